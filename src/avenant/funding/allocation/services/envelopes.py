"""Envelopes: written by each funder, delegated to narrower ones, drawn on under a lock."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final

from django.db import transaction
from django.db.models import F

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.deciding import over_envelope
from avenant.domain.money import ZERO
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.services import own_circle
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.models import Aid, Envelope, OpenedSource, Source
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants.selectors import list_schemes
from avenant.funding.reviews.services.aids import AidSaid as AidTold
from avenant.funding.reviews.services.aids import funders_circle, keep_aid

SCHEMES: Final[dict[str, str]] = {Source.STPE: "stpe", Source.PREVENTION: "contrat-prevention"}
"""The catalogue's code of the scheme that an envelope pays, where its source tells one."""


@transaction.atomic
def open_source(*, actor: Actor, call: PublishedCall, source: str, criteria: str, at: datetime) -> OpenedSource:
    """Say that a call opens a funding source, with its eligibility criteria (convention, article 2, 1)."""
    policies.may_prepare(actor, call).or_raise()
    if source not in Source.values:
        raise DomainError("Cette source de financement n’est pas connue.", code="source")
    if not criteria.strip():
        raise DomainError("Une source ouverte dit ses critères d’éligibilité.", code="criteria")
    opened, _ = OpenedSource.objects.update_or_create(
        call=call, source=source,
        defaults={"circle_id": call.call.circle_id, "criteria": criteria.strip(), "told_at": at},
    )  # fmt: skip
    record(
        call.call.circle_id, verb="call.source", label=f"Source ouverte : {opened}", actor=actor, at=at,
        reason=opened.criteria, page=call.call.page(), subject=call.call_id,
    )  # fmt: skip
    return opened


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvelopeSaid:
    """An envelope: of which source, year and territory (None: the whole country), how much, on which decision."""

    source: str
    year: int
    territory: str | None
    amount: Decimal
    label: str = ""
    basis: str = ""


@transaction.atomic
def write_envelope(*, actor: Actor, said: EnvelopeSaid, at: datetime) -> Envelope:
    """Write an envelope of mine. Raises DomainError when the same is there already."""
    policies.may_keep_envelopes(actor).or_raise()
    return _make(actor, said, parent=None, at=at)


def keeping_circle(actor: Actor) -> uuid.UUID:
    """Where an institution keeps its envelopes and aids: with the funders of its region; a national body, for itself."""
    return own_circle(actor) if actor.kind is OrganisationKind.NATIONAL else funders_circle(actor)


def _make(actor: Actor, said: EnvelopeSaid, *, parent: Envelope | None, at: datetime) -> Envelope:
    if said.amount < 0:
        raise DomainError("Une enveloppe est positive ou nulle.", code="amount")
    same = Envelope.objects.filter(
        owner_id=actor.organisation_id,
        giver=None,
        source=said.source,
        year=said.year,
        territory_id=said.territory,
        label=said.label.strip(),
    )
    if same.exists():
        raise DomainError("Cette enveloppe est déjà inscrite : modifiez son montant ou précisez-la.", code="twice")
    made = Envelope.objects.create(
        circle_id=keeping_circle(actor), owner_id=actor.organisation_id, source=said.source, year=said.year,
        territory_id=said.territory, parent=parent, label=said.label.strip()[:120], amount=said.amount,
        basis=said.basis.strip()[:200], written_at=at,
    )  # fmt: skip
    _note(made, "envelope.write", f"Enveloppe inscrite : {made}, {format_euros(said.amount)}", actor, at)
    return made


@transaction.atomic
def revise_envelope(*, actor: Actor, envelope_id: uuid.UUID, amount: Decimal, reason: str, at: datetime) -> Envelope:
    """Change the amount of an envelope, with a reason; never under what is already delegated, reserved and granted."""
    envelope = locked(actor, envelope_id)
    policies.may_revise(actor, envelope).or_raise()
    if not reason.strip():
        raise DomainError("La révision d’une enveloppe a son motif.", code="reason")
    if amount < envelope.committed:
        raise DomainError(
            f"{format_euros(envelope.committed)} sont déjà délégués, réservés ou accordés : l’enveloppe ne descend pas dessous."
        )
    if envelope.parent_id:
        take_from(actor, envelope.parent_id, amount - envelope.amount)
    before, envelope.amount = envelope.amount, amount
    envelope.save(update_fields=["amount"])
    _note(
        envelope,
        "envelope.revise",
        f"Enveloppe révisée : {format_euros(before)} → {format_euros(amount)}",
        actor,
        at,
        reason,
    )
    return envelope


@transaction.atomic
def delegate(
    *, actor: Actor, envelope_id: uuid.UUID, territory: str | None, amount: Decimal, label: str, at: datetime
) -> Envelope:
    """Give a part of an envelope to a narrower one: another territory, or a precise use."""
    envelope = locked(actor, envelope_id)
    policies.may_change(actor, envelope).or_raise()
    if amount <= 0:
        raise DomainError("Le montant délégué est positif.", code="amount")
    take_from(actor, envelope.pk, amount)
    said = EnvelopeSaid(
        source=envelope.source, year=envelope.year, territory=territory, amount=amount, label=label,
        basis=f"Délégation sur {envelope}",
    )  # fmt: skip
    return _make(actor, said, parent=envelope, at=at)


def take_from(actor: Actor, envelope_id: uuid.UUID, amount: Decimal) -> None:
    """Delegate this much more of an envelope (less, when it is negative), or raise and change nothing.

    Always after the part whose amount changes: locks are taken from the part up, so that two people never wait for each
    other.
    """
    envelope = locked(actor, envelope_id)
    if amount > envelope.left:
        raise DomainError(over_envelope(envelope.left, amount), code="exceeded", basis="§3.2, 1°")
    Envelope.objects.filter(pk=envelope.pk).update(delegated=F("delegated") + amount)


def locked(actor: Actor, envelope_id: uuid.UUID) -> Envelope:
    """An envelope, locked; 404 outside its circle."""
    selectors.get_envelope(actor, envelope_id)
    rows = Envelope.objects.select_for_update(of=("self",)).select_related("owner", "territory", "giver")
    return rows.get(pk=envelope_id)


def lock_in_order(*envelope_ids: uuid.UUID) -> None:
    """Lock several envelopes: the parts before what they are parts of, as everybody takes them, then by identifier."""
    for one in sorted(Envelope.objects.filter(pk__in=envelope_ids), key=lambda one: (-_depth(one), one.pk)):
        Envelope.objects.select_for_update(of=("self",)).get(pk=one.pk)


def _depth(envelope: Envelope) -> int:
    """How many envelopes it comes down from."""
    depth, above = 0, envelope.parent_id
    while above is not None:
        depth, above = depth + 1, Envelope.objects.filter(pk=above).values_list("parent_id", flat=True).first()
    return depth


def draw(envelope_id: uuid.UUID, amount: Decimal) -> None:
    """Hold this much more of an envelope (less, when it is negative), or raise and hold nothing.

    The row stays locked until the transaction ends: whoever comes at the same time waits, then reads what is left.
    """
    envelope = Envelope.objects.select_for_update(of=("self",)).get(pk=envelope_id)
    if amount > envelope.left:
        raise DomainError(over_envelope(envelope.left, amount), code="exceeded", basis="§3.2, 1°")
    Envelope.objects.filter(pk=envelope_id).update(held=F("held") + amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expense:
    """The expense that an aid pays, when its funder knows it. ``cost`` is its whole cost; None, it is not known."""

    label: str = ""
    cost: Decimal | None = None
    invoice: str = ""
    supplier: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AidSaid:
    """An aid as its funder tells it, outside the platform's own decisions: to an establishment of the directory, for a
    dossier, or to a beneficiary that is no establishment, which then says what it is (``outside``)."""

    beneficiary: str = ""
    establishment: Establishment | None = None
    outside: str = ""
    scheme_id: uuid.UUID | None = None
    until: date | None = None
    expense: Expense = Expense()
    subject: str
    on: date
    nature: str = Aid.Nature.PROJECT
    partnership: bool = False
    reserved: Decimal = ZERO
    granted: Decimal = ZERO
    paid: Decimal = ZERO
    dossier_id: uuid.UUID | None = None


@transaction.atomic
def declare_aid(*, actor: Actor, envelope_id: uuid.UUID, said: AidSaid, at: datetime) -> Aid:
    """Write an aid of mine on an envelope of mine: the partners see it beside their own, so that none is paid twice."""
    envelope = locked(actor, envelope_id)
    policies.may_declare_aid(actor, envelope).or_raise()
    check_amounts(said)
    if said.dossier_id and Aid.objects.filter(envelope=envelope, dossier_id=said.dossier_id).exists():
        raise DomainError("Ce dossier a déjà une aide sur cette enveloppe.", code="twice")
    _check_beneficiary(said)
    _refuse_same(envelope, said)
    draw(envelope.pk, said.reserved + said.granted)
    values: dict[str, Any] = {
        name: getattr(said, name)
        for name in ("subject", "on", "nature", "partnership", "reserved", "granted", "paid", "dossier_id")
    }
    place = said.establishment
    made = Aid.objects.create(
        circle_id=keeping_circle(actor), envelope=envelope, beneficiary=place.name if place else said.beneficiary.strip(),
        outside=said.outside.strip(), **values,
        told=keep_aid(actor=actor, said=told_of(actor, envelope, place, said), at=at) if place else None,
    )  # fmt: skip
    _note(envelope, "envelope.aid", f"Aide inscrite : {made}, {format_euros(said.reserved + said.granted)}", actor, at)
    return made


def check_amounts(said: AidSaid) -> None:
    """Raise when what is paid is no part of what is granted, or an amount is negative."""
    if min(said.reserved, said.granted, said.paid) < 0 or said.paid > said.granted:
        raise DomainError("Le montant versé est une part du montant accordé ; aucun n’est négatif.", code="amount")


def _check_beneficiary(said: AidSaid) -> None:
    if said.establishment is None and not said.beneficiary.strip():
        raise DomainError("Choisissez l’établissement aidé, ou nommez le bénéficiaire.", code="beneficiary")
    if said.establishment is None and not said.dossier_id and not said.outside.strip():
        raise DomainError("Un bénéficiaire qui n’est pas un établissement dit ce qu’il est.", code="outside")
    if said.establishment is not None and (said.outside.strip() or said.dossier_id):
        raise DomainError("L’aide va à l’établissement choisi : videz l’autre bénéficiaire.", code="two")


def _refuse_same(envelope: Envelope, said: AidSaid) -> None:
    """An aid to a beneficiary that is no establishment, sent twice, is drawn once; the others have their own twin."""
    if said.establishment is not None or said.dossier_id:
        return
    told = {name: getattr(said, name) for name in ("on", "nature", "reserved", "granted", "paid")}
    named = {"beneficiary": said.beneficiary.strip(), "outside": said.outside.strip(), "subject": said.subject}
    if Aid.objects.filter(envelope=envelope, **named, **told).exists():
        raise DomainError("Cette aide est déjà inscrite sur cette enveloppe.", code="twice")


def told_of(actor: Actor, envelope: Envelope, place: Establishment, said: AidSaid) -> AidTold:
    """What the other funders are told of an aid to an establishment, so that the checks of its dossiers compare it."""
    scheme = said.scheme_id
    if scheme is None and (code := SCHEMES.get(envelope.source)) is not None:
        scheme = list_schemes(actor).filter(code=code).values_list("pk", flat=True).first()
    source = envelope.get_source_display()
    return AidTold(
        scheme_id=scheme, source=source if said.granted else f"{source}, réservée", establishment=place,
        label=said.expense.label.strip() or said.subject, amount=said.reserved + said.granted, cost=said.expense.cost,
        on=said.on, until=said.until, invoice=said.expense.invoice, supplier=said.expense.supplier, page=envelope.page(),
    )  # fmt: skip


def _note(envelope: Envelope, verb: str, label: str, actor: Actor, at: datetime, reason: str = "") -> None:
    record(
        keeping_circle(actor), verb=verb, label=label, actor=actor, at=at, reason=reason.strip(), page=envelope.page(),
        subject=envelope.pk,
    )  # fmt: skip
