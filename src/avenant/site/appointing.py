"""A contract that takes effect has its contact lists: one a party, one correspondent for the fund of a CPOM."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from django.utils import timezone

from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.foundations.contacts.models import ContactList
from avenant.foundations.contacts.services import open_list
from avenant.foundations.parties.models import Unit

FOLLOWING: Final = frozenset({"prevention", "pole-travail"})
"""The units whose agents follow establishments on the ground."""


def open_lists(*, at: datetime) -> int:
    """Open the missing lists of the contracts in force at ``at``; how many contracts had none. For the system role.

    The fund of a CPOM appoints one single correspondent (CPOM Guadeloupe, III); each party, its persons in charge
    (CPOM PACA, article 4). A convention lists the agents of the units that follow establishments: Département
    Prévention, Pôle Travail (convention Martinique, article 6).
    """
    today = timezone.localdate(at)
    known = ContactList.objects.values("circle_id")
    waiting = Contract.objects.filter(state="in_force", starts_on__lte=today).exclude(circle_id__in=known)
    opened = 0
    for contract in waiting.prefetch_related("parties__organisation__territory"):
        opened += 1
        cpom = contract.kind in (Contract.Kind.CPOM_SERVICE, Contract.Kind.CPOM_ESTABLISHMENT)
        for party in contract.parties.all():
            for unit in [None] if cpom else _units_of(party):
                open_list(
                    circle_id=contract.circle_id,
                    organisation=party.organisation,
                    unit=unit,
                    opened_on=contract.starts_on or today,
                    single=cpom and party.role == ContractParty.Role.FUND,
                    at=at,
                )
    return opened


def _units_of(party: ContractParty) -> list[Unit | None]:
    """The units of a party whose agents follow establishments; the whole organisation when it has none."""
    found = Unit.objects.filter(organisation_id=party.organisation_id, key__in=FOLLOWING & set(party.units))
    return list(found) or [None]
