"""A dossier is opened, prefilled from the directory and from what the establishment said of itself."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.messages.models import Notice
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.services import open_circle
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.models import Applicant, Dossier, Project
from avenant.funding.dossiers.services.writing import follow_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What an establishment says of itself once."""

    establishment: Establishment
    status: str
    staff: str
    sectors: tuple[str, ...]
    category: str = ""
    group: str = ""


@transaction.atomic
def describe_applicant(*, actor: Actor, profile: Profile) -> Applicant:
    """Keep what the establishment says of itself: the next dossiers take it up."""
    if not actor.has(Role.DIRECTOR, Role.PROJECT_LEAD):
        raise DomainError("Ces renseignements sont donnés par la direction ou le chef de projet.", code="refused")
    said = {
        "establishment": profile.establishment, "status": profile.status, "staff": profile.staff,
        "sectors": list(profile.sectors), "category": profile.category, "group": profile.group,
    }  # fmt: skip
    row, _ = Applicant.objects.update_or_create(organisation_id=actor.organisation_id, defaults=said)
    return row


@transaction.atomic
def open_dossier(*, actor: Actor, call: PublishedCall, at: datetime) -> Dossier:
    """Open the one dossier of the establishment for a call. Its circle is the establishment alone.

    Opening it again gives the one that is there.
    """
    existing = selectors.find_own(actor, call)
    if existing is not None and existing.state == "draft":
        return existing
    policies.may_open(actor, call, existing, at=at).or_raise()
    applicant = selectors.find_applicant(actor)
    if applicant is None:
        raise DomainError("Dites d’abord de quel établissement il s’agit.", code="no_applicant")
    place = applicant.establishment
    circle = open_circle(
        kind="dossier", title=f"{call.title} · {place.name}"[:250], members={actor.organisation_id: "demandeur"}
    )
    dossier = Dossier.objects.create(
        circle_id=circle,
        call=call,
        owner_id=actor.organisation_id,
        establishment=place,
        name=place.name,
        folded=fold(f"{place.name} {place.commune} {place.finess_et} {place.siret}")[:400],
        territory_code=place.territory_id or "",
        status=applicant.status,
        sectors=applicant.sectors,
        category=applicant.category,
        staff=applicant.staff,
        group=applicant.group,
        agents=place.headcount,
        saved_at=at,
        saved_by_id=actor.person_id,
        state=Dossier.lifecycle.start,
        state_since=at,
    )
    Project.objects.create(circle_id=circle, dossier=dossier, position=1)
    follow_rules(dossier, at=at)
    record(
        circle, verb="dossier.open", label="Dossier ouvert", actor=actor, at=at, page=dossier.page(), subject=dossier.pk
    )
    plan_deposit(dossier)
    return dossier


def plan_deposit(dossier: Dossier) -> None:
    """The deposit is due at the call's closing: the reminders of drafts come from it."""
    call = dossier.call
    if call.closes_at is None:
        return
    journal.plan(
        dossier.circle_id,
        Due(
            key=deposit_key(dossier.pk), label=f"Déposer le dossier {call}",
            organisation_id=dossier.owner_id, waiting=call.owner.short_name, due_at=call.closes_at,
            page=dossier.page(), basis="Date limite de dépôt", role=Role.DIRECTOR, zone=call.zone,
            consequence="le dossier n’est pas examiné.",
        ),
    )  # fmt: skip


def deposit_key(dossier_id: uuid.UUID) -> str:
    """The natural key of the deposit's échéance."""
    return f"dossier:{dossier_id}:submit"


def follow_calls(*, at: datetime) -> int:
    """Bring the échéances of drafts to the closing of their call, and tell their people once when it changed; how many
    drafts were told. A job, which may run twice."""
    told = 0
    for dossier in Dossier.objects.filter(state="draft").select_related("call__owner", "establishment"):
        plan_deposit(dossier)
        if dossier.call.version > 1 and not Notice.objects.filter(key=_changed_key(dossier)).exists():
            _follow_change(dossier, at)
            told += 1
    return told


def _changed_key(dossier: Dossier) -> str:
    return f"dossier:{dossier.pk}:call-version:{dossier.call.version}"


def _follow_change(dossier: Dossier, at: datetime) -> None:
    """The amounts that lists show follow the new rules, and the people of the draft read what changed and why."""
    follow_rules(dossier, at=at)
    reason = dossier.call.versions.filter(number=dossier.call.version).values_list("reason", flat=True).first()
    notify_organisation(
        dossier.circle_id, dossier.owner_id,
        Message(
            key=_changed_key(dossier), title=f"L’appel a changé : {dossier.call.title}", act="Relire le dossier",
            page=dossier.page(), body=reason or "", basis=f"Version {dossier.call.version} de l’appel",
            consequence="Votre brouillon suit les règles de la nouvelle version.",
        ), at=at, roles=[Role.DIRECTOR, Role.PROJECT_LEAD],
    )  # fmt: skip
