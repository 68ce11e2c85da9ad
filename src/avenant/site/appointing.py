"""A contract that takes effect has its contact lists: one a party, one correspondent for the fund of a CPOM."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone

from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.foundations.contacts.models import ContactList
from avenant.foundations.contacts.services import open_list


def open_lists(*, at: datetime) -> int:
    """Open the missing lists of the contracts in force at ``at``; how many contracts had none. For the system role.

    The fund of a CPOM appoints one single correspondent (CPOM Guadeloupe, III); each party, its persons in charge
    (CPOM PACA, article 4).
    """
    today = timezone.localdate(at)
    known = ContactList.objects.values("circle_id")
    waiting = Contract.objects.filter(state="in_force", starts_on__lte=today).exclude(circle_id__in=known)
    opened = 0
    for contract in waiting.prefetch_related("parties__organisation__territory"):
        opened += 1
        cpom = contract.kind in (Contract.Kind.CPOM_SERVICE, Contract.Kind.CPOM_ESTABLISHMENT)
        for party in contract.parties.all():
            open_list(
                circle_id=contract.circle_id,
                organisation=party.organisation,
                opened_on=contract.starts_on or today,
                single=cpom and party.role == ContractParty.Role.FUND,
                at=at,
            )
    return opened
