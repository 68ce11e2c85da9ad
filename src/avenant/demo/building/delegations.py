"""A national envelope delegated to two regions, raised here and reduced there; what one does with it. All fictional."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from avenant.demo.building.calendar import paris
from avenant.demo.building.funding import there
from avenant.demo.building.people import Cast
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Establishment, Organisation
from avenant.funding.allocation.models import Envelope
from avenant.funding.allocation.services import delegating, envelopes
from avenant.funding.allocation.services.delegating import Decided
from avenant.funding.allocation.services.envelopes import AidSaid, EnvelopeSaid, Expense
from avenant.references.reading import read


def delegate(cast: Cast) -> None:
    """The envelope, its delegations, a second decision, a part for a territory with an aid, and the morning's sums."""
    told = read("demo/delegations")
    given = _give(cast, told)
    _use(cast, given["ars-guadeloupe"], told["use"])
    delegating.tell_consumption_for_system(at=paris(told["told_at"]))


def _give(cast: Cast, told: Mapping[str, Any]) -> dict[str, Envelope]:
    national, given = cast.person(told["person"]), {}
    said = EnvelopeSaid(
        source=told["source"], year=told["year"], territory=None, amount=Decimal(told["amount"]), label=told["label"],
        basis=told["basis"],
    )  # fmt: skip
    with acting_as(national):
        whole = envelopes.write_envelope(actor=national, said=said, at=paris(told["written_at"]))
        for one in entries(told, "delegation"):
            receiver = Organisation.objects.get(key=one["to"])
            given[one["to"]] = delegating.entrust(
                actor=national, envelope_id=whole.pk, receiver_id=receiver.pk, label="", said=_decided(one),
                at=paris(one["at"]),
            )  # fmt: skip
        for one in entries(told, "change"):
            delegating.change_delegation(
                actor=national, envelope_id=given[one["to"]].pk, said=_decided(one), at=paris(one["at"])
            )
    return given


def _decided(one: Mapping[str, Any]) -> Decided:
    return Decided(
        amount=Decimal(one["amount"]), reference=one["reference"], decided_on=one["decided_on"], reason=one.get("reason", "")
    )  # fmt: skip


def _use(cast: Cast, row: Envelope, told: Mapping[str, Any]) -> None:
    officer, at = cast.person(told["person"]), there(told["at"])
    aid = AidSaid(
        establishment=Establishment.objects.get(finess_et=told["finess"]), subject=told["subject"], on=at.date(),
        expense=Expense(cost=Decimal(told["cost"])), granted=Decimal(told["granted"]), paid=Decimal(told["paid"]),
    )  # fmt: skip
    with acting_as(officer):
        part = envelopes.delegate(
            actor=officer, envelope_id=row.pk, territory=told["territory"], amount=Decimal(told["amount"]),
            label=told["label"], at=at,
        )  # fmt: skip
        envelopes.declare_aid(actor=officer, envelope_id=part.pk, said=aid, at=at)
