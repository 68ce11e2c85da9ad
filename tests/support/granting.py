"""The story of an aid, from the complete dossier to its payments, walked by calling the services as each person would."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import judging
from avenant.funding.grants import services
from avenant.funding.grants.models import Agreement, Grant, Instalment
from tests.support.funding import FundingCast, fill, hand_in, join, open_for, publish
from tests.support.roles import as_system

DECIDED = date(2024, 1, 15)
JANUARY = datetime(2024, 1, 16, 13, tzinfo=UTC)
SIGNED = date(2024, 2, 15)
FEBRUARY = datetime(2024, 2, 20, 13, tzinfo=UTC)
COPY = b"%PDF-1.7 signe %%EOF"
ALL = ("authority", "direction", "staff")


def complete_dossier(cast: FundingCast, call: PublishedCall | None = None, *, cost: str = "100000.00",
                     asked: str = "40000.00") -> Dossier:  # fmt: skip
    dossier = open_for(cast.director, call or publish(cast))
    fill(cast.director, dossier, cost=cost, asked=asked)
    if Decimal(cost) > 150_000:
        join(cast.director, dossier, "lettre_etablissement")
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        return judging.judge_completeness(
            actor=cast.officer, dossier_id=dossier.pk, at=datetime(2023, 11, 8, 13, tzinfo=UTC)
        )


def grant_it(cast: FundingCast, dossier: Dossier, amount: str = "40000.00") -> Grant:
    with acting_as(cast.decider):
        return services.open_grant(
            actor=cast.decider, at=JANUARY, dossier=dossier, amount=Decimal(amount), rate=Fraction(2, 5),
            source="FIR 2023", decided_on=DECIDED,
        )  # fmt: skip


def awarded(cast: FundingCast, amount: str = "40000.00", **more: Any) -> Grant:
    return grant_it(cast, complete_dossier(cast, **more), amount)


def open_agreement(cast: FundingCast, grant: Grant, at: datetime = JANUARY) -> Agreement:
    with acting_as(cast.officer):
        return services.open_agreement(actor=cast.officer, grant_id=grant.pk, at=at)


def sign(
    actor: Actor, row: Agreement, parties: Sequence[str] = ALL, *, on: date = SIGNED, at: datetime = FEBRUARY
) -> Agreement:
    with acting_as(actor):
        copy = services.Copy(reference=row.reference, signed_on=on, name="convention.pdf", content=COPY)
        return services.take_signatures(actor=actor, agreement_id=row.pk, parties=parties, copy=copy, at=at)


def in_force(cast: FundingCast, amount: str = "40000.00", **more: Any) -> Grant:
    """An aid whose agreement all have signed."""
    grant = awarded(cast, amount, **more)
    sign(cast.officer, open_agreement(cast, grant))
    with acting_as(cast.officer):
        return Grant.objects.get(pk=grant.pk)


def instalment(grant: Grant, number: int) -> Instalment:
    with as_system():
        return Instalment.objects.get(grant=grant, number=number)


def accept_documents(cast: FundingCast, one: Instalment, at: datetime, codes: Sequence[str] = ()) -> None:
    for code in codes or one.needs:
        with acting_as(cast.director):
            services.receive_document(actor=cast.director, instalment_id=one.pk, code=code, name=f"{code}.pdf",
                                      content=COPY + code.encode(), at=at)  # fmt: skip
        with acting_as(cast.officer):
            services.judge_document(actor=cast.officer, instalment_id=one.pk, code=code, accepted=True, at=at)


def pay(cast: FundingCast, one: Instalment, at: datetime) -> Instalment:
    """Certified, ordered and paid the same day."""
    with acting_as(cast.officer):
        services.certify(actor=cast.officer, instalment_id=one.pk, at=at)
        services.order(actor=cast.officer, instalment_ids=[one.pk], at=at)
        return services.record_payment(
            actor=cast.officer, instalment_id=one.pk, paid_on=at.date(), reference="MANDAT 12", at=at
        )
