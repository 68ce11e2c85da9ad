"""Who examines, gives an opinion, marks, asks for more; and why not."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from avenant.domain.audiences import INSTITUTIONS, OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.french import enumerate_in_words
from avenant.domain.funding.opinions import BASIS as OPINIONS
from avenant.domain.lifecycles import APPLICANTS, EXAMINERS
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Examination, Instruction, PartnerAid, Supplement, Thread
from avenant.funding.reviews.selectors.instructions import OpinionLine

INSTRUCTION = "§5.2"
GIVERS = (Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER, Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD)
KEPT = "Les avis, la grille et le classement restent aux institutions ; la décision et ses motifs vous seront notifiés."
TOO_EARLY = (
    "La grille et les examens des services de l’ARS s’ouvrent avec les avis : chaque institution se prononce sans eux."
)
WITHDRAWN = (
    "Vous avez déclaré un lien d’intérêt dans ce dossier : ses avis, sa grille, ses contrôles et les échanges de son "
    "instruction vous sont fermés."
)


def may_enter(actor: Actor, dossier: Dossier) -> Decision:
    """The instruction is never the establishment's to read."""
    if dossier.owner_id == actor.organisation_id:
        return Decision.no(KEPT, INSTRUCTION)
    return Decision.yes()


def may_open(actor: Actor, dossier: Dossier) -> Decision:
    """The authority opens the instruction of a complete dossier; an incomplete one is rejected without it (§5.2)."""
    if dossier.call.owner_id != actor.organisation_id:
        return Decision.no("L’instruction est ouverte par l’autorité qui porte l’appel.", INSTRUCTION)
    if not actor.has(Role.ARS_CALL_OFFICER):
        return Decision.no(f"L’instruction est ouverte par le {Role.ARS_CALL_OFFICER.label}.")
    if dossier.state != "complete":
        return Decision.no(
            f"Le dossier est « {dossier.state_label} » : seul un dossier complet est instruit.", INSTRUCTION
        )
    return Decision.yes()


def may_take_part(actor: Actor, instruction: Instruction, *, interested: bool) -> Decision:
    """Opinions, grid, checks and exchanges: the institutions of the circle, less who declared an interest."""
    return Decision.no(WITHDRAWN, "Lien d’intérêt déclaré") if interested else Decision.yes()


def may_see_grid(actor: Actor, instruction: Instruction, *, interested: bool) -> Decision:
    """The grid and the examinations of the authority's services are opinions too: its partners read them with the
    opinions, once all are in."""
    seen = may_take_part(actor, instruction, interested=interested)
    if seen.allowed and instruction.owner_id != actor.organisation_id and not instruction.opinions_opened_at:
        return Decision.no(TOO_EARLY, OPINIONS)
    return seen


def _authority(actor: Actor, instruction: Instruction) -> Decision:
    if instruction.owner_id != actor.organisation_id:
        return Decision.no("Cet acte est celui de l’autorité qui porte l’appel.", INSTRUCTION)
    return Decision.yes()


def may_assign(actor: Actor, instruction: Instruction) -> Decision:
    """The officer assigns, and assigns again while it is not concluded."""
    mine = _authority(actor, instruction)
    if not mine.allowed:
        return mine
    if instruction.state == "assigned" and actor.has(Role.ARS_CALL_OFFICER):
        return Decision.yes()
    return may_advance(instruction, "assign", actor)


def may_examine(actor: Actor, instruction: Instruction, *, interested: bool) -> Decision:
    """Marks, checks, labels, scope, requests for more: the examiners of the authority, before the conclusion."""
    if not _authority(actor, instruction).allowed:
        return _authority(actor, instruction)
    if not actor.has(*EXAMINERS):
        return Decision.no("L’instruction revient au chargé d’appel et aux instructeurs de l’ARS.")
    if interested:
        return Decision.no(WITHDRAWN, "Lien d’intérêt déclaré")
    if instruction.state == "examined":
        return Decision.no("L’instruction est conclue : rouvrez-la pour la changer.")
    if instruction.dossier.state != "complete":
        return Decision.no(f"Le dossier est « {instruction.dossier.state_label} ».")
    return Decision.yes()


def may_give(actor: Actor, instruction: Instruction, line: OpinionLine | None, *, interested: bool) -> Decision:
    """An institution asked gives its opinion once, until the opinions are open."""
    if line is None:
        return Decision.no("L’avis de votre institution n’est pas attendu sur ce dossier.", OPINIONS)
    if not actor.has(*GIVERS):
        return Decision.no("L’avis est rendu par l’instructeur ou le correspondant de l’institution.", OPINIONS)
    if interested:
        return Decision.no(WITHDRAWN, "Lien d’intérêt déclaré")
    if line.given:
        return Decision.no("L’avis de votre institution est rendu.", OPINIONS)
    if instruction.opinions_opened_at:
        return Decision.no("Le recueil des avis est clos.", OPINIONS)
    if instruction.dossier.state != "complete":
        return Decision.no(f"Le dossier est « {instruction.dossier.state_label} » : il ne reçoit pas d’avis.", OPINIONS)
    return Decision.yes()


def may_take_back(actor: Actor, instruction: Instruction, line: OpinionLine | None, *, interested: bool) -> Decision:
    """Who may give an institution's opinion takes it back, as long as the opinions are closed."""
    if line is None or not line.given:
        return Decision.no("L’avis de votre institution n’est pas rendu.", OPINIONS)
    if not actor.has(*GIVERS):
        return Decision.no("L’avis est repris par l’instructeur ou le correspondant de l’institution.", OPINIONS)
    if interested:
        return Decision.no(WITHDRAWN, "Lien d’intérêt déclaré")
    if instruction.opinions_opened_at:
        return Decision.no("Les avis sont ouverts : le vôtre ne se reprend plus.", OPINIONS)
    return Decision.yes()


def may_lift_interests(actor: Actor, instruction: Instruction) -> Decision:
    """The authority's officer, or its decision-maker, lifts an interest that somebody else declared."""
    if not _authority(actor, instruction).allowed:
        return _authority(actor, instruction)
    if not actor.has(Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER):
        return Decision.no("Un lien d’intérêt est levé par le chargé d’appel ou le décideur de l’ARS.")
    return Decision.yes()


def may_close_round(actor: Actor, instruction: Instruction) -> Decision:
    """The authority ends the round without the last opinions, with its reason."""
    if not _authority(actor, instruction).allowed:
        return _authority(actor, instruction)
    if not actor.has(Role.ARS_CALL_OFFICER):
        return Decision.no(f"Le recueil des avis est clos par le {Role.ARS_CALL_OFFICER.label}.")
    if instruction.opinions_opened_at:
        return Decision.no("Les avis sont ouverts.")
    return Decision.yes()


def may_record_collegial(actor: Actor, instruction: Instruction, *, interested: bool) -> Decision:
    """The collegial opinion comes after the institutions' own, recorded by the authority."""
    if not _authority(actor, instruction).allowed:
        return _authority(actor, instruction)
    if not actor.has(Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER):
        return Decision.no("L’avis collégial est enregistré par le chargé d’appel ou le décideur de l’ARS.")
    if interested:
        return Decision.no(WITHDRAWN, "Lien d’intérêt déclaré")
    if not instruction.opinions_opened_at:
        return Decision.no("Le comité se prononce quand les avis sont tous rendus, ou leur recueil clos.", OPINIONS)
    return Decision.yes()


@dataclass(frozen=True, slots=True)
class Left:
    """Something left to do before the conclusion: what, in which part of the pages, on which basis."""

    sentence: str
    part: str
    basis: str


def left_to_conclude(
    instruction: Instruction, *, missing: Sequence[str], examinations: Iterable[Examination], pending: bool,
    unsettled: Sequence[str],
) -> list[Left]:  # fmt: skip
    """What is left before the conclusion: the grid, the examinations, the opinions, the requests for more (``pending``: one is
    not closed), what may be funded twice."""
    left = []
    if missing:
        left.append(Left(f"À apprécier : {enumerate_in_words(list(missing))}.", "reviews:grid", "§5.1"))
    if late := [one.name for one in examinations if one.given_at is None]:
        left.append(Left(f"Examen attendu : {enumerate_in_words(late)}.", "reviews:instruction", INSTRUCTION))
    if not instruction.opinions_opened_at:
        left.append(Left("Les avis des institutions ne sont pas tous rendus.", "reviews:opinions", OPINIONS))
    if pending:
        left.append(Left("Une demande de compléments n’est pas close.", "reviews:supplements", INSTRUCTION))
    if unsettled:
        doubles = enumerate_in_words(list(unsettled))
        left.append(
            Left(f"Double financement, à trancher dans les contrôles : {doubles}.", "reviews:checks", "§3.2, 5°")
        )
    return left


def may_conclude(actor: Actor, instruction: Instruction, *, interested: bool, left: Sequence[Left]) -> Decision:
    """Concluded by an examiner, once nothing is left to do."""
    for answer in (may_examine(actor, instruction, interested=interested), may_advance(instruction, "conclude", actor)):
        if not answer.allowed:
            return answer
    return Decision.no(left[0].sentence, left[0].basis) if left else Decision.yes()


def may_ask_more(actor: Actor, dossier: Dossier, instruction: Instruction | None, *, interested: bool) -> Decision:
    """Only a complete dossier receives requests: the mandatory pieces were judged at the deadline (§5.2)."""
    if dossier.state == "rejected_incomplete":
        return Decision.no("Un dossier rejeté, incomplet, ne reçoit pas de demande de compléments.", INSTRUCTION)
    if instruction is None:
        return Decision.no("L’instruction n’est pas ouverte : seul un dossier complet reçoit une demande.", INSTRUCTION)
    return may_examine(actor, instruction, interested=interested)


def may_answer(actor: Actor, supplement: Supplement) -> Decision:
    """The establishment answers, and changes only what is asked."""
    if supplement.dossier.owner_id != actor.organisation_id:
        return Decision.no("La réponse est celle de l’établissement.")
    if supplement.dossier.state != "complete":
        return Decision.no(f"Le dossier est « {supplement.dossier.state_label} ».")
    if not actor.has(*APPLICANTS):
        return Decision.no("La réponse est donnée par la direction ou le chef de projet.")
    return may_advance(supplement, "answer", actor)


def may_open_thread(actor: Actor, dossier: Dossier, audience: str) -> Decision:
    """The establishment writes to the institutions; they write to each other, to themselves or to it."""
    if dossier.owner_id == actor.organisation_id:
        if audience != Thread.Audience.APPLICANT:
            return Decision.no("Votre message est lu par les institutions.")
        if dossier.state == "draft":
            return Decision.no("Le dossier n’est pas déposé : posez votre question sur la page de l’appel.")
        return Decision.yes() if actor.has(*APPLICANTS) else Decision.no("La direction ou le chef de projet écrit.")
    return (
        Decision.yes() if actor.has(*GIVERS, Role.ARS_DECISION_MAKER) else Decision.no("Votre rôle lit les échanges.")
    )


def may_reply(actor: Actor, thread: Thread) -> Decision:
    """Who may open an exchange may answer in those of its audience."""
    return may_open_thread(actor, thread.dossier, thread.audience)


def may_declare_aids(actor: Actor) -> Decision:
    """The funders of a region tell each other their aids."""
    if actor.kind not in INSTITUTIONS:
        return Decision.no("Les aides sont déclarées par les financeurs de la région.")
    if not actor.has(*GIVERS):
        return Decision.no("Une aide est déclarée par le correspondant de l’institution ou l’instructeur de l’ARS.")
    return Decision.yes()


def may_change_aid(actor: Actor, aid: PartnerAid) -> Decision:
    """An aid is corrected and withdrawn by the funder that declared it, where it is kept, as long as it stands."""
    if aid.owner_id != actor.organisation_id:
        return Decision.no(f"Cette aide est corrigée ou retirée par {aid.owner.short_name}, qui l’a déclarée.")
    if aid.ended_at is not None:
        became = "retirée" if aid.withdrawn else "corrigée"
        return Decision.no(f"Cette déclaration est {became} : elle ne change plus.")
    if aid.page:
        return Decision.no("Cette aide est tenue sur son enveloppe : elle s’y corrige et s’y retire.")
    return may_declare_aids(actor)


def may_use_desk(actor: Actor) -> Decision:
    """The desk and the ranking are the institutions'."""
    if actor.kind not in INSTITUTIONS:
        return Decision.no(KEPT, INSTRUCTION)
    return Decision.yes()


def may_act_on_several(actor: Actor) -> Decision:
    """Acts on several dossiers are those of an authority's examiners; each dossier is then asked for itself."""
    if actor.kind is not OrganisationKind.ARS or not actor.has(*EXAMINERS):
        return Decision.no("Ces actes reviennent au chargé d’appel et aux instructeurs de l’ARS.", INSTRUCTION)
    return Decision.yes()


def may_reopen(actor: Actor, instruction: Instruction) -> Decision:
    """The officer of the authority takes a concluded instruction up again."""
    mine = _authority(actor, instruction)
    return may_advance(instruction, "reopen", actor) if mine.allowed else mine


def may_open_all(actor: Actor) -> Decision:
    """The officer of an authority opens the instructions of its calls."""
    if actor.kind is not OrganisationKind.ARS or not actor.has(Role.ARS_CALL_OFFICER):
        return Decision.no(f"L’instruction est ouverte par le {Role.ARS_CALL_OFFICER.label}.")
    return Decision.yes()
