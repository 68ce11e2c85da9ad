"""A national body that exists nowhere, its envelope, and what it delegates to Guadeloupe."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from avenant.domain.audiences import Role
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.funding.allocation.models import Envelope
from avenant.funding.allocation.services import delegating, envelopes
from avenant.funding.allocation.services.delegating import Decided
from avenant.funding.allocation.services.envelopes import EnvelopeSaid
from tests.support.allocation import NOVEMBER
from tests.support.cast import actor
from tests.support.roles import as_system

DECIDED = date(2023, 11, 10)


def national_body(key: str = "credits-nationaux") -> Actor:
    """Who keeps the credits of a fictional national body."""
    with as_system():
        body = Organisation.objects.create(
            key=key, kind="national", name="Direction nationale (fictive)", short_name="Direction nationale (fictive)",
            territory_id="R93", fictional=True,
        )  # fmt: skip
        return actor(body, "Responsable des crédits", Role.NATIONAL_FUNDER)


def national_envelope(national: Actor, amount: str, **more: Any) -> Envelope:
    """An envelope of the whole country."""
    said: dict[str, Any] = {"source": "fir", "year": 2023, "territory": None, "amount": Decimal(amount), **more}
    with acting_as(national):
        return envelopes.write_envelope(actor=national, said=EnvelopeSaid(**said), at=NOVEMBER)


def decided(amount: str, **more: Any) -> Decided:
    return Decided(**{"amount": Decimal(amount), "reference": "Décision fictive n° 1", "decided_on": DECIDED, **more})


def entrusted(
    national: Actor, envelope: Envelope, amount: str, *, to: str = "ars-guadeloupe", label: str = "", **more: Any
) -> Envelope:
    """What a national body delegates to an institution."""
    with acting_as(national):
        return delegating.entrust(
            actor=national, envelope_id=envelope.pk, receiver_id=Organisation.objects.get(key=to).pk, label=label,
            said=decided(amount, **more), at=NOVEMBER,
        )  # fmt: skip


def changed(national: Actor, row: Envelope, amount: str, **more: Any) -> Envelope:
    with acting_as(national):
        return delegating.change_delegation(
            actor=national, envelope_id=row.pk, said=decided(amount, **{"reason": "Seconde circulaire.", **more}),
            at=NOVEMBER,
        )  # fmt: skip


def withdrawn(national: Actor, row: Envelope) -> Envelope:
    with acting_as(national):
        return delegating.withdraw_delegation(
            actor=national, envelope_id=row.pk, reference="Décision fictive n° 9", decided_on=DECIDED,
            reason="Crédits repris.", at=NOVEMBER,
        )  # fmt: skip
