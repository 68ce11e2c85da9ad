"""May this actor follow a committee, prepare its session, write and approve its minutes, plan a region's calendar."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.lifecycles import SEATED
from avenant.foundations.journal.states import may_advance
from avenant.foundations.meetings.models import Committee, CommitteeDecision, Consultation, Planning, Report, Session
from avenant.foundations.parties.actors import Actor

BASIS: Final = "CPOM PACA 2025-2029, article 7"
PLANNERS: Final = (OrganisationKind.LABOUR, OrganisationKind.FUND)


def may_follow(actor: Actor, committee: Committee) -> Decision:
    """The people in charge, in the organisations that sit."""
    seated = {seat.organisation_id for seat in committee.seats.all() if not seat.expert}
    if actor.organisation_id not in seated or not actor.has(*SEATED):
        return Decision.no("Le comité est l’affaire des responsables des organismes qui y siègent.", committee.basis)
    return Decision.yes()


def may_keep_papers(actor: Actor, committee: Committee) -> Decision:
    """The secretariat prepares the agenda and writes the minutes."""
    allowed = may_follow(actor, committee)
    if not allowed.allowed:
        return allowed
    if actor.organisation_id != committee.secretariat_id:
        return Decision.no(f"Le secrétariat est assuré par {committee.secretariat.short_name}.", committee.basis)
    return Decision.yes()


def may_configure(actor: Actor, committee: Committee) -> Decision:
    """Composition, frequency and quorum are settled by those who sit."""
    return may_follow(actor, committee)


def may_plan(actor: Actor, committee: Committee) -> Decision:
    """The secretariat plans; so does the labour directorate, which settles the region's calendar."""
    if actor.has(Role.LABOUR_LEAD) and may_follow(actor, committee).allowed:
        return Decision.yes()
    return may_keep_papers(actor, committee)


def may_move(actor: Actor, session: Session) -> Decision:
    """A session not yet held has its date, place and link changed."""
    if not session.editable:
        return Decision.no(f"La séance est à l’état « {session.state_label} » : sa date ne change plus.")
    return may_plan(actor, session.committee)


def may_convene(actor: Actor, session: Session) -> Decision:
    """By whoever plans it, once it has a day and an agenda."""
    for decision in (may_plan(actor, session.committee), may_advance(session, "convene", actor)):
        if not decision.allowed:
            return decision
    if session.starts_at is None:
        return Decision.no("Fixez d’abord le jour et l’heure de la séance.")
    return Decision.yes()


def may_cancel(actor: Actor, session: Session) -> Decision:
    """By whoever plans it, with a reason."""
    allowed = may_plan(actor, session.committee)
    return may_advance(session, "cancel", actor) if allowed.allowed else allowed


def may_propose_item(actor: Actor, session: Session) -> Decision:
    """Every member may ask for a point until the session is held."""
    if not session.editable:
        return Decision.no(f"La séance est à l’état « {session.state_label} » : son ordre du jour ne change plus.")
    return may_follow(actor, session.committee)


def may_order_agenda(actor: Actor, session: Session) -> Decision:
    """The secretariat orders and removes points."""
    allowed = may_propose_item(actor, session)
    return may_keep_papers(actor, session.committee) if allowed.allowed else allowed


def may_take_attendance(actor: Actor, session: Session) -> Decision:
    """The secretariat, while the session is being held or its record written."""
    if session.state not in ("convened", "held"):
        return Decision.no(
            f"La séance est à l’état « {session.state_label} » : les présences se notent pendant et après la séance."
        )
    return may_keep_papers(actor, session.committee)


def may_hold(actor: Actor, session: Session) -> Decision:
    """The secretariat closes a convened session."""
    allowed = may_advance(session, "hold", actor)
    return may_keep_papers(actor, session.committee) if allowed.allowed else allowed


def may_write_minutes(actor: Actor, session: Session) -> Decision:
    """The secretariat, from the day of the session until the minutes are shared."""
    if session.state not in ("convened", "held"):
        return Decision.no(f"La séance est à l’état « {session.state_label} » : son compte rendu ne s’écrit pas.")
    return may_keep_papers(actor, session.committee)


def may_share_minutes(actor: Actor, session: Session) -> Decision:
    """Once something is written."""
    allowed = may_advance(session, "share_minutes", actor)
    return may_keep_papers(actor, session.committee) if allowed.allowed else allowed


def may_correct_minutes(actor: Actor, session: Session) -> Decision:
    """The secretariat takes the minutes back to correct them."""
    allowed = may_advance(session, "correct_minutes", actor)
    return may_keep_papers(actor, session.committee) if allowed.allowed else allowed


def may_remark(actor: Actor, session: Session) -> Decision:
    """Every member, on minutes that wait for approval."""
    if session.state != "minutes_shared":
        return Decision.no("Les remarques se font sur un compte rendu soumis à l’approbation.")
    return may_follow(actor, session.committee)


def may_approve_minutes(actor: Actor, session: Session, approved: Collection[object]) -> Decision:
    """Every member organisation once; the secretariat approved by sharing them."""
    for decision in (may_follow(actor, session.committee), may_advance(session, "approve_minutes", actor)):
        if not decision.allowed:
            return decision
    if actor.organisation_id in approved:
        return Decision.no("Votre organisme a déjà approuvé ce compte rendu.")
    return Decision.yes()


def may_decide(actor: Actor, session: Session) -> Decision:
    """A decision is recorded by the secretariat, in the session or while its minutes are written."""
    return may_write_minutes(actor, session)


def may_follow_up(actor: Actor, decision: CommitteeDecision) -> Decision:
    """Its owner or the secretariat says what became of it."""
    committee = decision.session.committee
    allowed = may_follow(actor, committee)
    if not allowed.allowed:
        return allowed
    if actor.organisation_id not in (decision.owner_id, committee.secretariat_id):
        return Decision.no(f"La suite se dit par {decision.owner.short_name} ou par le secrétariat.")
    return Decision.yes()


def may_prove(decision: CommitteeDecision) -> Decision:
    """A decision is proved as every member approved it, never while its minutes are written."""
    if decision.session.state != "minutes_approved":
        return Decision.no("La preuve se télécharge une fois le compte rendu approuvé par tous les membres.")
    return Decision.yes()


def may_ask_pack(actor: Actor, session: Session) -> Decision:
    """Every member may ask for the papers of a session that has a day."""
    if session.starts_at is None or session.state == "cancelled":
        return Decision.no("Le dossier se prépare pour une séance dont le jour est fixé.")
    return may_follow(actor, session.committee)


def may_write_report(actor: Actor, report: Report) -> Decision:
    """Every member, until it is adopted."""
    if report.state != "draft":
        return Decision.no("Ce bilan est adopté : il se rouvre par décision.")
    return may_follow(actor, report.committee)


def may_adopt_report(actor: Actor, report: Report) -> Decision:
    """Once its three parts are written; « difficultés » may be marked as none (article 8)."""
    for decision in (may_follow(actor, report.committee), may_advance(report, "adopt", actor)):
        if not decision.allowed:
            return decision
    missing = [
        name
        for name, written in (
            ("acquis de la coopération", report.gains),
            ("difficultés éventuelles", report.difficulties or ("néant" if report.no_difficulty else "")),
            ("perspectives de développement", report.prospects),
        )
        if not written.strip()
    ]
    if missing:
        return Decision.no(f"Il reste à écrire : {', '.join(missing)}.", report.committee.basis)
    return Decision.yes()


def may_plan_region(actor: Actor) -> Decision:
    """The labour directorate and the fund settle the calendar together; the labour directorate holds the pen."""
    if actor.kind not in PLANNERS or not actor.has(Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT):
        return Decision.no("Le calendrier régional est arrêté par la direction du travail et la caisse.", BASIS)
    return Decision.yes()


def may_arrange(actor: Actor, planning: Planning) -> Decision:
    """The labour directorate proposes and places, until the calendar is published."""
    if not actor.has(Role.LABOUR_LEAD):
        return Decision.no("La direction du travail tient le calendrier.", BASIS)
    if planning.state == "published":
        return Decision.no("Le calendrier est publié : déplacez la séance elle-même.")
    return Decision.yes()


def may_seat_representatives(actor: Actor, planning: Planning) -> Decision:
    """Each planning authority says who of its own can sit, and when."""
    if planning.state == "published":
        return Decision.no("Le calendrier est publié : ses représentants ne changent plus.")
    return may_plan_region(actor)


def may_publish_planning(actor: Actor, planning: Planning) -> Decision:
    """Once at least one committee has its place."""
    allowed = may_advance(planning, "publish", actor)
    if allowed.allowed and not planning.placed:
        return Decision.no("Aucun comité n’a encore de place : proposez d’abord un calendrier.")
    return allowed


def may_answer(actor: Actor, consultation: Consultation) -> Decision:
    """The service that is asked, until the calendar is published."""
    if actor.organisation_id != consultation.organisation_id or not actor.has(Role.SERVICE_MANAGER):
        return Decision.no("Seul le responsable du service consulté donne ses disponibilités.", BASIS)
    if consultation.closed_at is not None:
        return Decision.no("Le calendrier est publié : la consultation est close.")
    return Decision.yes()
