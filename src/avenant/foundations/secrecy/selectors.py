"""Reads of secrecy: who has acknowledged what, what an export is for, which audits run, what is no longer secret."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import JSONObject
from django.shortcuts import get_object_or_404
from django.utils import timezone

from avenant.domain.audiences import OrganisationKind, Role
from avenant.foundations.accounts.models import SecurityEntry
from avenant.foundations.documents.models import Document
from avenant.foundations.meetings.models import HELD, Session
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import AUDITOR, Circle, CircleMember, Membership, Organisation
from avenant.foundations.secrecy.models import Acknowledgement, AuditRight, Declassification, SecurityPolicy
from avenant.references.secrecy import SecrecyNotice, notice_of, notices

DEFAULT_PURPOSE = "Exécution du contrat"
CANDIDATES = 200


@dataclass(frozen=True, slots=True)
class Entry:
    """A file as one person enters it: its notice, whether they have acknowledged it, what their exports are for."""

    circle_id: uuid.UUID
    title: str
    notice: SecrecyNotice | None
    acknowledged: bool
    purpose: str

    @property
    def awaited(self) -> bool:
        """Is the notice still to be acknowledged."""
        return self.notice is not None and not self.acknowledged


def list_entries(actor: Actor, circles: Collection[uuid.UUID]) -> list[Entry]:
    """How the actor enters each of ``circles``: one query."""
    mine = _live().filter(circle=OuterRef("pk"), person_id=actor.person_id, private_to_id=actor.organisation_id)
    rows = Circle.objects.filter(pk__in=circles).annotate(
        mine=Subquery(mine.values(json=JSONObject(purpose="purpose"))[:1])
    )
    return [
        Entry(
            row.pk,
            row.title,
            notice_of(row.kind),
            row.mine is not None,
            (row.mine or {}).get("purpose") or DEFAULT_PURPOSE,
        )
        for row in rows
    ]


def get_entry(actor: Actor, circle_id: uuid.UUID) -> Entry:
    """How the actor enters a file that asks a notice; 404 for another's file, or for a circle that asks none."""
    kinds = [kind for one in notices() for kind in one.circles]
    mine = CircleMember.objects.filter(circle=OuterRef("pk"), organisation_id=actor.organisation_id)
    get_object_or_404(Circle.objects.filter(Exists(mine), kind__in=kinds), pk=circle_id)
    return list_entries(actor, [circle_id])[0]


def reads_only(actor: Actor, circle_id: uuid.UUID) -> bool:
    """Is the actor's organisation an auditor of the file."""
    rows = CircleMember.objects.filter(circle_id=circle_id, organisation_id=actor.organisation_id, role=AUDITOR)
    return rows.exists()


def list_administrators(actor: Actor, *, on: date) -> list[Membership]:
    """Whom to call: the administrators of my organisation, on a day."""
    rows = Membership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=on),
        organisation_id=actor.organisation_id,
        roles__contains=[Role.ADMINISTRATOR.value],
        person__is_active=True,
    )
    return list(rows.select_related("person", "organisation").order_by("person__name"))


def list_acknowledged_days(organisation_id: uuid.UUID, people: Collection[uuid.UUID]) -> Mapping[uuid.UUID, date]:
    """On which day each of ``people`` last acknowledged the current notice, in the name of an organisation."""
    rows = _live().filter(private_to_id=organisation_id, person_id__in=people)
    last = rows.order_by().values("person_id").annotate(last=Max("at")).values_list("person_id", "last")
    return {person: timezone.localdate(at) for person, at in last}


def list_acknowledgements(actor: Actor) -> QuerySet[Acknowledgement]:
    """What the people of my organisation answered, file by file, the last first."""
    return Acknowledgement.objects.visible_to(actor).select_related("person", "circle").order_by("-at")


def list_files(actor: Actor) -> QuerySet[Circle]:
    """The files of my organisation that ask a notice."""
    kinds = [kind for one in notices() for kind in one.circles]
    mine = CircleMember.objects.filter(circle=OuterRef("pk"), organisation_id=actor.organisation_id)
    return Circle.objects.filter(Exists(mine), kind__in=kinds).order_by("title")


def list_declassified(actor: Actor, circle_id: uuid.UUID) -> QuerySet[Declassification]:
    """The items of a file that are no longer confidential, the last first."""
    return Declassification.objects.visible_to(actor).filter(circle_id=circle_id).select_related("owner", "proof")


@dataclass(frozen=True, slots=True)
class Item:
    """Something of a file that has a level: a document, or the minutes of a session."""

    key: str
    kind: Declassification.Subject
    subject: uuid.UUID
    label: str
    owner_id: uuid.UUID
    public: bool


def list_items(actor: Actor, circle_id: uuid.UUID) -> list[Item]:
    """The documents and minutes of a file with their level. Confidential by default, whatever the form (article 8)."""
    lifted = set(list_declassified(actor, circle_id).values_list("subject", flat=True))
    documents = Document.objects.visible_to(actor).filter(circle_id=circle_id)[:CANDIDATES]
    sessions = Session.objects.visible_to(actor).filter(circle_id=circle_id, state__in=HELD)
    found = [
        (Declassification.Subject.MINUTES, one.pk, f"Compte rendu : {one}", one.committee.secretariat_id)
        for one in sessions.select_related("committee")[:CANDIDATES]
    ]
    found += [(Declassification.Subject.DOCUMENT, one.pk, one.name, one.owner_id) for one in documents]
    return [Item(f"{kind.value}:{pk}", kind, pk, label, owner, pk in lifted) for kind, pk, label, owner in found]


def list_audits(actor: Actor, circle_id: uuid.UUID) -> QuerySet[AuditRight]:
    """Every audit of a file, past ones too: all its parties see them."""
    return AuditRight.objects.visible_to(actor).filter(circle_id=circle_id).select_related("auditor", "decided_by")


def list_running_audits(actor: Actor, circle_id: uuid.UUID, *, on: date) -> list[AuditRight]:
    """The audits under which somebody reads the file on a day."""
    return list(list_audits(actor, circle_id).filter(ended_at=None, starts_on__lte=on, last_day__gte=on))


def list_possible_auditors(actor: Actor) -> QuerySet[Organisation]:
    """The institutions that a party may let in; whoever is a party already is refused by the database."""
    kinds = (OrganisationKind.NATIONAL, OrganisationKind.ARS, OrganisationKind.FUND, OrganisationKind.LABOUR)
    rows = Organisation.objects.filter(kind__in=[one.value for one in kinds])
    return rows.exclude(pk=actor.organisation_id).order_by("name")


def list_own_accesses(actor: Actor, circle_id: uuid.UUID) -> QuerySet[SecurityEntry]:
    """What the people of my organisation opened or took away of a file; never what another party's did."""
    rows = SecurityEntry.objects.filter(organisation_id=actor.organisation_id, space=circle_id)
    return rows.select_related("person").order_by("-at")


def list_security_policies(actor: Actor, circle_id: uuid.UUID) -> QuerySet[SecurityPolicy]:
    """The security policies that I may read in a file: mine, and those that were shared."""
    return SecurityPolicy.objects.visible_to(actor).filter(circle_id=circle_id).select_related("owner")


def _live() -> QuerySet[Acknowledgement]:
    """The acknowledgements that count: accepted, of the current version, not withdrawn."""
    current = Q(pk=None)
    for one in notices():
        current |= Q(notice=one.key, version=one.version)
    return Acknowledgement.objects.filter(current, accepted=True, withdrawn_at=None)
