"""Who opens, writes, hands in, withdraws and judges a dossier; and why not."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.french import format_moment
from avenant.domain.lifecycles import APPLICANTS
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.checks import Standing
from avenant.funding.dossiers.models import Dossier

LATE = "Le dépôt est clos ; seul un incident de la plateforme, constaté par décision, prolonge le délai."


def _is_open(call: PublishedCall, at: datetime) -> Decision:
    zone = _zone(call)
    if at < call.opens_at:
        return Decision.no(f"L’appel ouvre le {format_moment(call.opens_at.astimezone(zone))}.")
    if call.closes_at is not None and at >= call.closes_at:
        return Decision.no(f"Trop tard : le dépôt se fermait le {last_second(call)}. {LATE}", "Date limite de dépôt")
    return Decision.yes()


def _zone(call: PublishedCall) -> ZoneInfo:
    return ZoneInfo(call.zone)


def last_second(call: PublishedCall) -> str:
    """« 6 novembre 2023 à 23 h 59, heure de Guadeloupe »: the last moment that is in time; empty when there is none."""
    if call.closes_at is None:
        return ""
    return format_moment((call.closes_at - timedelta(seconds=1)).astimezone(_zone(call)))


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
    missing = standing.missing()
    if missing:
        first = " ".join(one.sentence for one in missing[:3])
        more = f" Et {len(missing) - 3} autres." if len(missing) > 3 else ""
        return Decision.no(f"Il manque : {first}{more}", missing[0].article)
    return Decision.yes()


def may_withdraw(actor: Actor, dossier: Dossier) -> Decision:
    """The direction takes its dossier back."""
    if dossier.owner_id != actor.organisation_id:
        return Decision.no("Ce dossier est celui de l’établissement.")
    return may_advance(dossier, "withdraw", actor)


def may_judge(actor: Actor, dossier: Dossier, *, at: datetime) -> Decision:
    """Completeness is judged once the deposit is closed, by the authority's officer; at any time for a call that stays
    open (S4-5.2-04: mandatory pieces are judged at the deadline)."""
    if actor.organisation_id != dossier.call.owner_id:
        return Decision.no("La complétude est jugée par l’autorité qui porte l’appel.")
    closes_at = dossier.call.closes_at
    if closes_at is not None and at < closes_at:
        return Decision.no(f"La complétude se juge à la date limite, le {last_second(dossier.call)}.")
    if not actor.has(Role.ARS_CALL_OFFICER):
        return Decision.no(f"La complétude est jugée par le {Role.ARS_CALL_OFFICER.label}.")
    if dossier.state != "submitted":
        return Decision.no(f"Le dossier est « {dossier.state_label} ».")
    return Decision.yes()
