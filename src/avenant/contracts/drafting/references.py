"""Loads the contracts of the source documents: their head, parties and promised indicators."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import services
from avenant.contracts.drafting.models import Contract
from avenant.foundations.loading import entries
from avenant.foundations.parties.models import Organisation
from avenant.references.indicator_sets import load_set
from avenant.references.reading import read_folder


def load_contracts(*, at: datetime) -> list[str]:
    """Take over each contract that the tables do not hold; return what was made (empty the second time)."""
    return [line for content in read_folder("contracts") for line in _load(content, at)]


def _load(content: dict[str, Any], at: datetime) -> list[str]:
    if Contract.objects.filter(key=content["key"]).exists():
        return []
    draft = _draft(content)
    enter = services.take_over_contract if draft.starts_on else services.prepare_contract
    return [f"+ contrat {enter(actor=None, at=at, draft=draft)}"]


def _draft(content: dict[str, Any]) -> services.ContractDraft:
    organisations = Organisation.objects.in_bulk(
        [one["organisation"] for one in entries(content, "party")], field_name="key"
    )
    asked = [one for code in content["indicator_sets"] for one in load_set(code).definitions]
    return services.ContractDraft(
        key=content["key"],
        kind=Contract.Kind(content["kind"]),
        title=content["title"],
        territory_id=content["territory"],
        starts_on=content.get("starts_on"),
        ends_on=content.get("ends_on"),
        title_period=content.get("title_period", ""),
        duration_years=content.get("duration_years"),
        methods_due_on=content.get("methods_due_on"),
        source=content["source"],
        parties=tuple(
            services.PartyDraft(organisations[one["organisation"]], one["role"], one.get("capacity", ""))
            for one in entries(content, "party")
        ),
        definitions=_records(one.code for one in asked if not one.to_be_confirmed),
        proposed=_records(one.code for one in asked if one.to_be_confirmed),
    )


def _records(codes: Iterable[str]) -> tuple[DefinitionRecord, ...]:
    """The latest version of each definition."""
    return tuple(DefinitionRecord.objects.filter(code__in=list(codes)).order_by("code", "-version").distinct("code"))
