"""Loads the contracts of the source documents: their head, parties and promised indicators."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import services
from avenant.contracts.drafting.models import Contract
from avenant.foundations.loading import entries
from avenant.foundations.parties.models import Organisation
from avenant.references.reading import read_folder


def load_contracts(*, at: datetime) -> list[str]:
    """Take over each contract that the tables do not hold; return what was made (empty the second time)."""
    return [line for content in read_folder("contracts") for line in _load(content, at)]


def _load(content: dict[str, Any], at: datetime) -> list[str]:
    if Contract.objects.filter(key=content["key"]).exists():
        return []
    organisations = Organisation.objects.in_bulk(
        [one["organisation"] for one in entries(content, "party")], field_name="key"
    )
    contract = services.take_over_contract(
        actor=None,
        at=at,
        draft=services.ContractDraft(
            key=content["key"],
            kind=Contract.Kind(content["kind"]),
            title=content["title"],
            territory_id=content["territory"],
            starts_on=content["starts_on"],
            ends_on=content["ends_on"],
            source=content["source"],
            parties=tuple(
                services.PartyDraft(organisations[one["organisation"]], one["role"], one.get("capacity", ""))
                for one in entries(content, "party")
            ),
            definitions=tuple(DefinitionRecord.objects.filter(set__in=content["indicator_sets"])),
        ),
    )
    return [f"+ contrat {contract}"]
