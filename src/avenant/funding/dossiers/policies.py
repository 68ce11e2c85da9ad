"""Who opens, writes, hands in, withdraws and judges a dossier; and why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.french import format_deadline, format_moment
from avenant.domain.lifecycles import APPLICANTS, EXAMINERS
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.checks import Standing
from avenant.funding.dossiers.models import Dossier, LocalContract, ProjectPartner

NOT_OURS = "Ce dossier est celui de l’établissement."
NOT_CERTIFIED = Decision.no(
    "L’appel demande qu’une seconde personne de l’établissement certifie le dossier, tel qu’il est, avant son dépôt.",
    "Option de l’appel",
)
LATE = "Le dépôt est clos ; seul un incident de la plateforme, constaté par décision, prolonge le délai."


def _is_open(call: PublishedCall, at: datetime) -> Decision:
    zone = _zone(call)
    if at < call.opens_at:
        return Decision.no(f"L’appel ouvre le {format_moment(call.opens_at.astimezone(zone))}.")
    if is_shut(call, at):
        return Decision.no(f"Trop tard : le dépôt se fermait le {last_second(call)}. {LATE}", "Date limite de dépôt")
    return Decision.yes()


def is_shut(call: PublishedCall, at: datetime) -> bool:
    """The last second of the deposit has passed."""
    return call.closes_at is not None and at >= call.closes_at


def _zone(call: PublishedCall) -> ZoneInfo:
    return ZoneInfo(call.zone)


def last_second(call: PublishedCall) -> str:
    """« lundi 6 novembre 2023, 23 h 59 (heure de Guadeloupe) »: the last moment in time; empty when there is none."""
    if call.closes_at is None:
        return ""
    return format_deadline((call.closes_at - timedelta(seconds=1)).astimezone(_zone(call)))


def may_open(actor: Actor, call: PublishedCall, existing: Dossier | None, *, at: datetime) -> Decision:
    """One dossier for each establishment and call, opened by its people while the call is open."""
    if actor.kind is not OrganisationKind.ESTABLISHMENT or not actor.has(*APPLICANTS):
        return Decision.no("Un dossier est ouvert par la direction ou le chef de projet d’un établissement.")
    if existing is not None:
        return Decision.no("Votre établissement a déjà un dossier pour cet appel.")
    return _is_open(call, at)


def may_write(actor: Actor, dossier: Dossier, *, at: datetime) -> Decision:
    """The establishment writes while it is a draft and the deposit is open."""
    if dossier.owner_id != actor.organisation_id:
        return Decision.no("Ce dossier est celui de l’établissement.")
    if not actor.has(*APPLICANTS):
        return Decision.no("Le dossier est rempli par la direction ou le chef de projet.")
    if dossier.state != "draft":
        return Decision.no(f"Le dossier est « {dossier.state_label} » : son contenu ne change plus.")
    return _is_open(dossier.call, at)


def may_submit(actor: Actor, dossier: Dossier, standing: Standing, *, at: datetime) -> Decision:
    """Handed in by the direction, whole, before the deposit closes."""
    if dossier.owner_id != actor.organisation_id:
        return Decision.no("Ce dossier est celui de l’établissement.")
    for answer in (_is_open(dossier.call, at), may_advance(dossier, "submit", actor)):
        if not answer.allowed:
            return answer
    if dossier.call.certified:
        held = getattr(dossier, "certification", None)
        if held is None:
            return NOT_CERTIFIED
        if held.person_id == actor.person_id:
            return Decision.no("Vous avez certifié ce dossier : une autre personne le dépose.", "Option de l’appel")
    missing = standing.missing()
    if missing:
        first = " ".join(one.sentence for one in missing[:3])
        more = f" Et {len(missing) - 3} autres." if len(missing) > 3 else ""
        return Decision.no(f"Il manque : {first}{more}", missing[0].article)
    return Decision.yes()


def may_certify(actor: Actor, dossier: Dossier, *, at: datetime) -> Decision:
    """A person of the establishment other than the last who wrote it, where the call asks for a certification."""
    if not dossier.call.certified:
        return Decision.no("Cet appel ne demande pas de certification.")
    may = may_write(actor, dossier, at=at)
    if not may.allowed:
        return may
    if dossier.saved_by_id == actor.person_id:
        return Decision.no(
            "Vous avez écrit la dernière version du dossier : une seconde personne le certifie.", "Option de l’appel"
        )
    return Decision.yes()


def may_sign(actor: Actor, dossier: Dossier, contract: LocalContract | None) -> Decision:
    """The local contract is written by the establishment, before or after the deposit, until both parties signed it."""
    if dossier.owner_id != actor.organisation_id:
        return Decision.no(NOT_OURS)
    if not actor.has(*APPLICANTS):
        return Decision.no("Le contrat local est tenu par la direction ou le chef de projet.")
    if dossier.state in {"withdrawn", "rejected_incomplete"}:
        return Decision.no(f"Le dossier est « {dossier.state_label} ».")
    if contract is not None and contract.finalised_at:
        return Decision.no("Le contrat local est signé par les deux parties : il ne change plus.", "§1")
    return Decision.yes()


def may_finalise(contract: LocalContract, objectives: int) -> Decision:
    """Both parties signed, each with its date, on at least one quantified objective (§1)."""
    lacking = []
    if not (contract.management_capacity and contract.management_signed_on):
        lacking.append("la signature de la direction, sa qualité et sa date")
    if not (contract.staff_body and contract.staff_capacity and contract.staff_signed_on):
        lacking.append("la signature des représentants du personnel, leur instance, la qualité et la date")
    if not objectives:
        lacking.append("au moins un objectif chiffré")
    if lacking:
        return Decision.no(
            f"Un contrat local unit la direction et les représentants du personnel ; il manque : {', '.join(lacking)}.",
            "§1",
        )
    return Decision.yes()


def may_tell_departure(actor: Actor, dossier: Dossier, partner: ProjectPartner) -> Decision:
    """The establishment that carries the project tells, after the deposit; in a draft the line is simply taken out."""
    if dossier.owner_id != actor.organisation_id:
        return Decision.no(NOT_OURS)
    if not actor.has(*APPLICANTS):
        return Decision.no("Un départ est déclaré par la direction ou le chef de projet.")
    if dossier.state not in {"submitted", "complete"}:
        return Decision.no(f"Le dossier est « {dossier.state_label} » : retirez la ligne, ou rien n’est à déclarer.")
    if partner.carrier:
        return Decision.no("Le porteur ne quitte pas son projet : il retire son dossier.")
    if partner.left_on:
        return Decision.no(f"{partner.name} a déjà quitté le projet.")
    return Decision.yes()


def may_rule_category(actor: Actor, dossier: Dossier) -> Decision:
    """The authority says whether a category that its call does not list is a health structure (§3.1)."""
    if actor.organisation_id != dossier.call.owner_id:
        return Decision.no("La catégorie est confirmée par l’autorité qui porte l’appel.")
    if not actor.has(*EXAMINERS):
        return Decision.no("La catégorie est confirmée par le chargé d’appel ou un instructeur de l’ARS.")
    if dossier.state not in {"submitted", "complete"}:
        return Decision.no(f"Le dossier est « {dossier.state_label} ».")
    return Decision.yes()


def may_withdraw(actor: Actor, dossier: Dossier) -> Decision:
    """The direction takes its dossier back, until it is told the decision."""
    if dossier.owner_id != actor.organisation_id:
        return Decision.no(NOT_OURS)
    if getattr(dossier, "decision_told", None) is not None:
        return Decision.no(
            "La décision est notifiée : le dossier ne se retire plus. Pour renoncer à une aide, écrivez à l’autorité "
            "dans les échanges du dossier : elle annule l’aide par décision."
        )
    return may_advance(dossier, "withdraw", actor)


def may_correspond(actor: Actor, dossier: Dossier) -> Decision:
    """Of the establishment, who holds the dossier reads what its instruction asks and says; the representatives of the staff
    give their opinion on the project and take no part in the financial instruction."""
    if dossier.owner_id == actor.organisation_id and not actor.has(*APPLICANTS, Role.READER):
        return Decision.no(
            "Les demandes et les échanges de l’instruction sont lus par la direction et le chef de projet."
        )
    return Decision.yes()


def may_judge(actor: Actor, dossier: Dossier, *, at: datetime) -> Decision:
    """Completeness is judged once the deposit is closed, by the authority's officer; at any time for a call that stays
    open (S4-5.2-04: mandatory pieces are judged at the deadline)."""
    if actor.organisation_id != dossier.call.owner_id:
        return Decision.no("La complétude est jugée par l’autorité qui porte l’appel.")
    if dossier.call.closes_at is not None and not is_shut(dossier.call, at):
        return Decision.no(f"La complétude se juge à la date limite, le {last_second(dossier.call)}.")
    if not actor.has(Role.ARS_CALL_OFFICER):
        return Decision.no(f"La complétude est jugée par le {Role.ARS_CALL_OFFICER.label}.")
    if dossier.state != "submitted":
        return Decision.no(f"Le dossier est « {dossier.state_label} ».")
    return Decision.yes()
