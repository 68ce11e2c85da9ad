"""The contact lists of the story's contract, opened as the nightly job does."""

from __future__ import annotations

from datetime import datetime

from avenant.contracts.drafting.models import Contract
from avenant.foundations.contacts.models import ContactList
from avenant.site import appointing
from tests.support.roles import as_system


def open_lists(contract: Contract, at: datetime) -> dict[str, ContactList]:
    """By the key of their organisation."""
    with as_system():
        appointing.open_lists(at=at)
        rows = ContactList.objects.filter(circle_id=contract.circle_id).select_related("organisation__territory")
        return {one.organisation.key: one for one in rows}
