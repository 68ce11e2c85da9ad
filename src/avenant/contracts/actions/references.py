"""Loads what the texts of the contracts tell of the funding asked for their actions."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from avenant.contracts.actions.models import FundingRequest
from avenant.contracts.actions.services import take_over_request
from avenant.contracts.drafting.models import Contract
from avenant.foundations.loading import entries
from avenant.references.reading import read, typeset_content


def load_funding_requests(*, at: datetime) -> Iterator[str]:
    """Take over each request that the tables do not hold, and say which. A second time says nothing."""
    for entry in entries(typeset_content(read("funding_requests")), "request"):
        contract = Contract.objects.get(key=entry["contract"])
        if not FundingRequest.objects.filter(contract=contract, clause_key=entry["clause"]).exists():
            made = take_over_request(
                contract=contract, clause_key=entry["clause"], funder=entry["funder"],
                submitted_on=entry["submitted_on"], source=entry["source"], at=at,
            )  # fmt: skip
            yield f"+ {made}"
