"""The open data of subsidies: prepared from the aids signed, published, followed up to the three months of the decree;
and the lists that institutions send each other."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.domain.french import counted, enumerate_in_words
from avenant.domain.funding.subsidies import Beneficiary, Subsidy, lines, problems, publish_by
from avenant.domain.identifiers import parse_siret
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.attachments import XLSX
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.spreadsheets import Sheet, workbook_bytes
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Organisation
from avenant.foundations.parties.services import open_circle, own_circle
from avenant.funding.dossiers.models import ProjectPartner
from avenant.funding.grants import policies
from avenant.funding.grants.models import Grant, Grantor, PublishedSubsidy


@dataclass(frozen=True, slots=True)
class Prepared:
    """An aid as it would be published, what is missing, and by when."""

    grant: Grant
    subsidy: Subsidy
    problems: tuple[str, ...]
    limit: date

    @property
    def lent(self) -> Decimal:
        """What of the award is lent, and so not published."""
        return self.grant.awarded - self.subsidy.amount

    @property
    def ready(self) -> bool:
        return not self.problems


def prepare(actor: Actor) -> list[Prepared]:
    """The signed aids of my institution, as open data, the oldest signature first.

    What is lent is no subsidy: it is left out, and an aid that is lent whole has no line.
    """
    grantor = Grantor.objects.filter(organisation_id=actor.organisation_id).first()
    rows = Grant.objects.visible_to(actor).filter(authority_id=actor.organisation_id, signed_on__isnull=False)
    rows = rows.exclude(state="cancelled").select_related("authority").prefetch_related("instalments")
    grants = [one for one in rows.order_by("signed_on", "number") if one.given]
    shared = _partners([one.dossier_id for one in grants if one.dossier_id])
    return [_prepared(one, grantor.siret if grantor else "", shared) for one in grants]


def _partners(dossiers: Collection[uuid.UUID]) -> dict[uuid.UUID, list[ProjectPartner]]:
    """The partners of the dossiers of one shared project, whose shares make the whole."""
    found: dict[uuid.UUID, list[ProjectPartner]] = {}
    projects: dict[uuid.UUID, set[uuid.UUID]] = {}
    for one in ProjectPartner.objects.filter(project__dossier__in=dossiers).select_related("project"):
        found.setdefault(one.project.dossier_id, []).append(one)
        projects.setdefault(one.project.dossier_id, set()).add(one.project_id)
    return {
        pk: rows for pk, rows in found.items()
        if len(projects[pk]) == 1 and len(rows) > 1 and sum(row.cost_share or 0 for row in rows) == 100
    }  # fmt: skip


def _prepared(grant: Grant, siret: str, shared: dict[uuid.UUID, list[ProjectPartner]]) -> Prepared:
    partners = shared.get(grant.dossier_id, []) if grant.dossier_id else []
    who = tuple(
        Beneficiary(
            one.name, one.siret or (grant.siret if one.carrier else ""), share=Fraction(one.cost_share or 0) / 100
        )
        for one in partners
    ) or (Beneficiary(grant.name, grant.siret),)
    paid = [one for one in grant.instalments.all() if one.amount and not one.repayable]
    signed = grant.signed_on or grant.decided_on
    days = [day for one in paid for day in (one.paid_on or one.due_on,) if day] or [signed]
    subsidy = Subsidy(
        grantor=grant.authority.name, grantor_siret=siret, signed_on=signed, reference=grant.number, beneficiaries=who,
        purpose=grant.title, amount=grant.given, instalments=len(paid) or 1, first_day=min(days), last_day=max(days),
    )  # fmt: skip
    return Prepared(grant, subsidy, tuple(problems(subsidy)), publish_by(signed))


@transaction.atomic
def name_grantor(*, actor: Actor, siret: str, at: datetime) -> Grantor:
    """Give the SIRET of my institution, its key checked."""
    policies.may_scan(actor).or_raise()
    row, _ = Grantor.objects.update_or_create(
        organisation_id=actor.organisation_id, defaults={"siret": parse_siret(siret)}
    )
    record(
        own_circle(actor), verb="subsidies.grantor", label=f"SIRET de l’attribuant : {row.siret}", actor=actor, at=at
    )
    return row


@transaction.atomic
def publish(*, actor: Actor, at: datetime) -> int:
    """Publish every aid that lacks nothing; those already published take their new content. How many lines of aids."""
    policies.may_scan(actor).or_raise()
    today = timezone.localdate(at)
    ready = [one for one in prepare(actor) if one.ready]
    for one in ready:
        PublishedSubsidy.objects.update_or_create(
            grant_key=one.grant.pk,
            defaults={"authority_id": actor.organisation_id, "lines": lines(one.subsidy), "signed_on": one.subsidy.signed_on,
                      "published_on": one.grant.published_on or today},
        )  # fmt: skip
    fresh = sorted(one.grant.pk for one in ready if one.grant.published_on is None)
    list(Grant.objects.select_for_update(of=("self",)).filter(pk__in=fresh).order_by("pk"))  # in the order of payments
    Grant.objects.filter(pk__in=fresh).update(published_on=today)
    journal.close(*(f"grant:{pk}:publish" for pk in fresh))
    if fresh:
        record(own_circle(actor), verb="subsidies.publish", actor=actor, at=at, page=reverse("grants:open-data"),
               label=f"Données ouvertes : {counted(len(fresh), 'aide')} de plus")  # fmt: skip
    return len(ready)


@transaction.atomic
def send_list(*, actor: Actor, sheet: Sheet, name: str, recipients: Collection[Organisation], at: datetime) -> Document:
    """Send a list to institutions: the file, kept in a circle of them and us; who received it is in the journal."""
    if not recipients:
        raise DomainError("Choisissez au moins un destinataire.", code="nobody")
    members = sorted({actor.organisation_id, *(one.pk for one in recipients)})
    circle = uuid.uuid5(actor.organisation_id, "lists " + " ".join(map(str, members)))
    if not Circle.objects.filter(pk=circle).exists():
        roles = {pk: "émetteur" if pk == actor.organisation_id else "destinataire" for pk in members}
        open_circle(kind="lists", title=f"Listes transmises par {actor.organisation}", members=roles, circle_id=circle)
    content = workbook_bytes([sheet], title=sheet.name, at=at)
    kept = documents.keep(
        circle_id=circle, owner_id=actor.organisation_id, name=f"{name}.xlsx", content=content, kind="list", media_type=XLSX,
        at=at, person_id=actor.person_id,
    )  # fmt: skip
    page = reverse("documents:download", args=[kept.pk])
    told = sorted(one.short_name for one in recipients)
    record(circle, verb="list.send", label=f"{sheet.name} : transmise à {enumerate_in_words(told)}", actor=actor, at=at,
           page=page, evidence={"destinataires": told, "fichier": kept.sha256})  # fmt: skip
    for one in recipients:
        notify_organisation(
            circle, one.pk,
            Message(key=f"list:{kept.pk}:{one.pk}", title=f"{sheet.name}, de {actor.organisation}", act="Ouvrir la liste",
                    page=page, consequence="Rien n’est attendu de vous."),
            at=at,
        )  # fmt: skip
    return kept
