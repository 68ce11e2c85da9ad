"""Loads all the reference files, in the order in which they need each other."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import transaction

from avenant.contracts.actions.references import load_funding_requests
from avenant.contracts.catalogue.references import load_indicator_sets
from avenant.contracts.drafting.references import load_contracts
from avenant.foundations import clock
from avenant.foundations.parties.references import load_parties
from avenant.site.committees import set_up_committees


def load_references() -> Iterator[str]:
    """Bring the tables to what the files say and tell what changed; a second time tells nothing."""
    with transaction.atomic():
        yield from load_parties()
        yield from load_indicator_sets()
        yield from load_contracts(at=clock.now())
        yield from load_funding_requests(at=clock.now())
        yield from set_up_committees(at=clock.now())
