"""Who writes, hands in, reads, settles, recovers, evaluates and visits; and why not."""

from __future__ import annotations

from datetime import date, datetime

from avenant.domain.audiences import INSTITUTIONS, Role
from avenant.domain.decision import Decision, Severity
from avenant.domain.french import format_euros, typeset
from avenant.domain.funding.recovery import ARTICLE, may_decide
from avenant.domain.funding.statements import BASIS
from avenant.domain.lifecycles import APPLICANTS, GRANTING, PARTNERS, READING
from avenant.foundations.journal.states import StatefulRow, may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants.models import Grant, Instalment
from avenant.funding.grants.selectors import loans
from avenant.funding.reports.models import (
    DuerpPromise,
    Evaluation,
    GrantReport,
    JointReview,
    Recovery,
    Settlement,
    Visit,
    VisitFollowUp,
)
from avenant.funding.reports.reading import Standing

NOT_YOURS = "Ce document est celui de l’établissement."
NOT_AUTHORITY = "Cet acte revient à l’autorité qui a accordé l’aide."


def may_follow(actor: Actor | None, grant: Grant) -> Decision:
    """The follow-up begins with the signed agreement of an establishment that is on the platform (§3.3)."""
    if actor is not None and (actor.organisation_id != grant.authority_id or not actor.has(*READING, *GRANTING)):
        return Decision.no(NOT_AUTHORITY)
    if grant.state not in {"in_force", "closed"} or grant.signed_on is None:
        return Decision.no("Le suivi commence à la signature de la convention.", BASIS)
    if grant.beneficiary_id is None:
        return Decision.no("Cette aide n’a pas d’établissement inscrit sur la plateforme.")
    terms = grant.said_terms
    if "invoices" not in terms.after and (grant.consume_until is None or terms.report_day is None):
        return Decision.no("Les modalités de l’aide ne disent ni jour de bilan, ni fin de consommation.", BASIS)
    return Decision.yes()


def may_write(actor: Actor, report: GrantReport) -> Decision:
    """The establishment writes until it hands in, and again when the report was returned."""
    if actor.organisation_id != report.grant.beneficiary_id:
        return Decision.no(NOT_YOURS)
    if not actor.has(*APPLICANTS):
        return Decision.no(f"{report.noun.capitalize()} est rempli{report.e} par la direction ou le chef de projet.")
    if report.state not in {"expected", "returned"}:
        return Decision.no(
            f"{report.noun.capitalize()} est « {report.state_label} »\u202f: son contenu ne change plus."
        )
    return Decision.yes()


def may_hand_in(actor: Actor, standing: Standing, *, at: datetime) -> Decision:
    """Handed in by the direction, after the period it tells, without a finding that stops it."""
    report = standing.report
    if actor.organisation_id != report.grant.beneficiary_id:
        return Decision.no(NOT_YOURS)
    allowed = may_advance(report, "hand_in", actor)
    if not allowed.allowed:
        return allowed
    if standing.today <= report.ends_on and not report.is_claim:
        return Decision.no("La période de ce bilan n’est pas finie.", BASIS)
    stops = [one for one in standing.findings if one.severity is not Severity.INFORMATION]
    if stops:
        more = f" Et {len(stops) - 3} autres." if len(stops) > 3 else ""
        return Decision.no(" ".join(one.sentence for one in stops[:3]) + more, BASIS)
    return Decision.yes()


def _reads(actor: Actor, grant: Grant, row: StatefulRow, verb: str) -> Decision:
    if actor.organisation_id != grant.authority_id:
        return Decision.no(NOT_AUTHORITY)
    return may_advance(row, verb, actor)


def may_claim(actor: Actor, grant: Grant, waiting: list[Instalment]) -> Decision:
    """The establishment asks for its invoices to be paid back while a part of the aid waits for them."""
    if actor.organisation_id != grant.beneficiary_id:
        return Decision.no("Une demande de remboursement vient de l’établissement.")
    if not actor.has(*APPLICANTS):
        return Decision.no("Une demande de remboursement est préparée par la direction ou le chef de projet.")
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} ».")
    if not waiting:
        return Decision.no("Aucun versement de cette aide n’attend de factures.")
    return Decision.yes()


def may_judge(actor: Actor, report: GrantReport) -> Decision:
    """The authority says of each expense whether it accepts it, while the report is received."""
    if actor.organisation_id != report.grant.authority_id or not actor.has(*READING, *GRANTING):
        return Decision.no(NOT_AUTHORITY)
    if report.state != "received":
        return Decision.no(f"{report.noun.capitalize()} est « {report.state_label} ».")
    return Decision.yes()


def may_return(actor: Actor, report: GrantReport) -> Decision:
    """The authority sends a report back."""
    return _reads(actor, report.grant, report, "return")


def may_accept(actor: Actor, standing: Standing) -> Decision:
    """A report is accepted once every expense has its decision."""
    allowed = _reads(actor, standing.report.grant, standing.report, "accept")
    if not allowed.allowed:
        return allowed
    waiting = [one.code for one in standing.expenses if one.verdict_made is None]
    if waiting:
        shown = ", ".join(waiting[:5]) + ("…" if len(waiting) > 5 else "")
        return Decision.no(f"Chaque dépense est acceptée ou refusée d’abord\u202f: il reste {shown}.", BASIS)
    verdicts = {one.pk: one.verdict_made for one in standing.expenses}
    for one in standing.expenses:
        note, invoice = one.verdict_made, verdicts.get(one.credits_id) if one.credits_id else None
        if note and invoice and note.accepted != invoice.accepted:
            return Decision.no(
                f"{one.code} est un avoir\u202f: il suit sa facture, acceptée ou refusée comme elle.", BASIS
            )
    return Decision.yes()


def may_lift(actor: Actor, report: GrantReport) -> Decision:
    """The authority lifts its reserve."""
    return _reads(actor, report.grant, report, "lift_reserve")


def may_settle(
    actor: Actor, grant: Grant, reports: list[GrantReport], *, at: datetime, reason: str | None = None
) -> Decision:
    """The balance is struck when every report is accepted; without the reports that are overdue, with a reason."""
    if actor.organisation_id != grant.authority_id:
        return Decision.no(NOT_AUTHORITY)
    if not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"Le solde est arrêté par le {Role.ARS_DECISION_MAKER.label}.")
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} ».")
    open_ones = [one for one in reports if one.state not in {"accepted", "accepted_reserve", "dropped"}]
    open_ones = [one for one in open_ones if not (one.is_claim and one.state == "expected")]
    waiting = [one for one in open_ones if not one.is_overdue(at)]
    if waiting:
        return Decision.no(f"Le solde attend\u202f: {', '.join(one.wording for one in waiting)}.", BASIS)
    if open_ones and reason is not None and not reason.strip():
        return Decision.no("Un bilan n’a pas été remis\u202f: arrêter le solde sans lui demande un motif.", BASIS)
    return Decision.yes()


def may_move(actor: Actor, recovery: Recovery, verb: str, *, today: date) -> Decision:
    """The steps of a recovery: told, answered, decided after the exchange, taken, settled when nothing is left."""
    grant = recovery.grant
    side = grant.beneficiary_id if verb == "observe" else grant.authority_id
    if actor.organisation_id != side:
        return Decision.no(NOT_YOURS if verb == "observe" else NOT_AUTHORITY)
    allowed = may_advance(recovery, verb, actor)
    if verb in {"charge", "order"} and recovery.state in {"charged", "ordered"} and actor.has(*GRANTING):
        allowed = Decision.yes()  # one more entry of the same way
    if not allowed.allowed:
        return allowed
    settled = recovery.settlement.paid
    if verb in {"notify", "decide", "charge", "order"} and grant.paid < settled:
        words = f"Un versement a été rejeté depuis ce solde : {format_euros(grant.paid)} versés, et non {format_euros(settled)}."
        return Decision.no(typeset(f"{words} Abandonnez cette récupération, puis arrêtez un nouveau solde."), ARTICLE)
    if verb == "observe" and recovery.answer_by is not None and today > recovery.answer_by:
        return Decision.no("Le délai de réponse est passé.", ARTICLE)
    if verb == "decide":
        return may_decide(today=today, answer_by=recovery.answer_by, answered=recovery.state == "observed")
    if verb == "settle":
        return recovery.claim().may_close()
    return allowed


def may_give_up(actor: Actor, recovery: Recovery) -> Decision:
    """What an offset or an order cannot bring back is given up by the decision maker; before that, the whole recovery is
    waived."""
    if actor.organisation_id != recovery.grant.authority_id:
        return Decision.no(NOT_AUTHORITY)
    if not actor.has(Role.ARS_DECISION_MAKER):
        return Decision.no(f"Une récupération est remise par le {Role.ARS_DECISION_MAKER.label}.")
    if recovery.state not in {"charged", "ordered"}:
        return Decision.no(f"La récupération est « {recovery.state_label} »\u202f: elle ne se remet pas.")
    if not recovery.claim().left:
        return Decision.no("Il ne reste rien à récupérer.")
    return Decision.yes()


def may_close(actor: Actor, grant: Grant, settlement: Settlement | None) -> Decision:
    """An aid is settled once what is due was paid and what is too much came back."""
    if actor.organisation_id != grant.authority_id or not actor.has(*GRANTING):
        return Decision.no(NOT_AUTHORITY)
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} ».")
    if settlement is None:
        return Decision.no("Le solde n’est pas encore arrêté.")
    if grant.paid < settlement.due:
        return Decision.no(typeset(f"Il reste {format_euros(settlement.due - grant.paid)} à verser."))
    if Recovery.objects.filter(grant=grant).exclude(state__in=["settled", "waived"]).exists():
        return Decision.no("Une récupération est en cours.")
    if left := loans.left_of(grant):
        words = (
            f"Il reste {format_euros(left)} à rembourser du prêt\u202f: ils reviennent, ou sont remis par une décision."
        )
        return Decision.no(typeset(words))
    return Decision.yes()


def may_tell_news(actor: Actor, grant: Grant) -> Decision:
    """The establishment tells how its actions go, while the aid runs."""
    if actor.organisation_id != grant.beneficiary_id:
        return Decision.no("L’avancement est dit par l’établissement.")
    if not actor.has(*APPLICANTS):
        return Decision.no("L’avancement est dit par la direction ou le chef de projet.")
    if grant.state != "in_force":
        return Decision.no(f"L’aide est « {grant.state_label} ».")
    return Decision.yes()


def may_set_objectives(actor: Actor, grant: Grant, evaluation: Evaluation | None) -> Decision:
    """The authority and the establishment set the targets, until the evaluation is handed in."""
    inside = actor.organisation_id in {grant.authority_id, grant.beneficiary_id}
    if not inside or not actor.has(*APPLICANTS, *READING, *GRANTING):
        return Decision.no("Les objectifs sont fixés par l’établissement et l’autorité.")
    if evaluation is not None and evaluation.state in {"received", "accepted"}:
        return Decision.no(f"L’évaluation est « {evaluation.state_label} »\u202f: les objectifs ne changent plus.")
    return Decision.yes()


def may_write_evaluation(actor: Actor, evaluation: Evaluation) -> Decision:
    """The establishment writes its evaluation until it hands it in."""
    if actor.organisation_id != evaluation.grant.beneficiary_id:
        return Decision.no(NOT_YOURS)
    if not actor.has(*APPLICANTS):
        return Decision.no("L’évaluation est remplie par la direction ou le chef de projet.")
    if evaluation.state not in {"expected", "returned"}:
        return Decision.no(f"L’évaluation est « {evaluation.state_label} ».")
    return Decision.yes()


def may_hand_in_evaluation(actor: Actor, evaluation: Evaluation, lacking: list[str]) -> Decision:
    """Whole: both effects, and the final value of each indicator or why there is none."""
    if actor.organisation_id != evaluation.grant.beneficiary_id:
        return Decision.no(NOT_YOURS)
    allowed = may_advance(evaluation, "hand_in", actor)
    if allowed.allowed and lacking:
        return Decision.no(f"Il manque\u202f: {', '.join(lacking)}.", BASIS)
    return allowed


def may_read_evaluation(actor: Actor, evaluation: Evaluation, verb: str) -> Decision:
    """The authority accepts or returns an evaluation."""
    return _reads(actor, evaluation.grant, evaluation, verb)


def may_hand_in_duerp(actor: Actor, promise: DuerpPromise) -> Decision:
    """The establishment brings its updated DUERP."""
    if actor.organisation_id != promise.grant.beneficiary_id:
        return Decision.no(NOT_YOURS)
    return may_advance(promise, "hand_in", actor)


def may_ask_duerp_again(actor: Actor, promise: DuerpPromise) -> Decision:
    """The authority asks for the DUERP again."""
    return _reads(actor, promise.grant, promise, "return")


def may_plan_visit(actor: Actor, grant: Grant) -> Decision:
    """Any of the three institutions of the call plans a visit, alone or with others (convention, art. 2, II)."""
    if actor.kind not in INSTITUTIONS or not actor.has(*PARTNERS):
        return Decision.no("Une visite est organisée par l’ARS, la caisse ou la direction du travail.")
    if grant.state not in {"in_force", "closed"}:
        return Decision.no("Une visite suit la signature de la convention.")
    return Decision.yes()


def may_report_visit(actor: Actor, visit: Visit, verb: str, *, today: date) -> Decision:
    """An institution that takes part writes the report, from the day of the visit; it may cancel it before."""
    if (
        actor.organisation_id not in {one.organisation_id for one in visit.participants.all()}
        or actor.kind not in INSTITUTIONS
    ):
        return Decision.no("Le compte rendu est écrit par une institution qui participe à la visite.")
    allowed = may_advance(visit, verb, actor)
    if allowed.allowed and verb == "report" and today < visit.on:
        return Decision.no("La visite n’a pas encore eu lieu.")
    return allowed


def may_finish(actor: Actor, row: VisitFollowUp) -> Decision:
    """Who was asked for something after a visit says that it is done."""
    if row.organisation_id != actor.organisation_id:
        return Decision.no("C’est à l’organisme désigné de dire que c’est fait.")
    return Decision.yes()


def may_start_joint_review(actor: Actor, call: PublishedCall, *, inside: bool) -> Decision:
    """An institution of the call opens the joint review."""
    if not inside or actor.kind not in INSTITUTIONS or not actor.has(*PARTNERS):
        return Decision.no("Le bilan conjoint est ouvert par une institution de l’appel.")
    return Decision.yes()


def may_write_joint_review(actor: Actor, review: JointReview) -> Decision:
    """Any institution of its circle writes it while it is open."""
    if not actor.has(*PARTNERS):
        return Decision.no("Le bilan conjoint est écrit par les trois institutions.")
    if review.state != "open":
        return Decision.no(f"Le bilan conjoint est « {review.state_label} ».")
    return Decision.yes()


def may_close_joint_review(actor: Actor, review: JointReview) -> Decision:
    """It closes with both parts: working conditions and care (convention, art. 2, II)."""
    allowed = may_advance(review, "close", actor)
    if allowed.allowed and review.lacking:
        return Decision.no(f"Il manque\u202f: {', '.join(review.lacking)}.", "Convention, article 2, II")
    return allowed
