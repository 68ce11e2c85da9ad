"""Loads the contracts of the source documents: their head, parties, promised indicators, and their whole text."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import services
from avenant.contracts.drafting.models import Contract, Framework
from avenant.foundations.loading import entries, upsert
from avenant.foundations.parties.models import Organisation
from avenant.references.contract_texts import (
    ContractText,
    contract_text_keys,
    load_contract_text,
    load_frameworks,
)
from avenant.references.indicator_sets import load_set
from avenant.references.reading import read_folder


def load_contracts(*, at: datetime) -> list[str]:
    """Take over each contract that the tables do not hold, then bring texts to what their references say.

    Returns what changed, empty the second time.
    """
    changes = _load_frameworks()
    heads = {content["key"]: content for content in read_folder("contracts")}
    texts = {key: load_contract_text(key) for key in contract_text_keys()}
    for key in dict.fromkeys([*heads, *texts]):
        contract = Contract.objects.filter(key=key).first()
        if contract is None:
            draft = _draft(heads[key]) if key in heads else draft_of(texts[key])
            enter = services.take_over_contract if draft.starts_on else services.prepare_contract
            contract = enter(actor=None, at=at, draft=draft)
            changes.append(f"+ contrat {contract}")
        if key in texts:
            changes += services.take_over_text(actor=None, contract=contract, text=texts[key], at=at)
    return changes


def _load_frameworks() -> list[str]:
    changes: list[str] = []
    for one in load_frameworks().values():
        upsert(
            Framework,
            {"key": one.key},
            {
                "label": one.label,
                "name": one.name,
                "level": one.level,
                "family": one.family,
                "territory_id": one.territory or None,
                "starts_on": one.starts_on,
                "ends_on": one.ends_on,
                "period": one.period,
                "note": one.note,
                "source": one.source,
            },
            changes,
        )
    return changes


def draft_of(text: ContractText) -> services.ContractDraft:
    """The head of a contract from its text alone: it promises no indicator."""
    organisations = Organisation.objects.in_bulk([one.organisation for one in text.parties], field_name="key")
    return services.ContractDraft(
        key=text.key,
        kind=Contract.Kind(text.kind),
        title=text.title,
        territory_id=text.territory,
        starts_on=text.term.starts_on if text.signed else None,
        ends_on=text.term.ends_on if text.signed else None,
        title_period=text.title_period,
        duration_years=text.term.duration_years,
        source=text.source,
        parties=tuple(
            services.PartyDraft(organisations[one.organisation], one.role, one.capacity) for one in text.parties
        ),
    )


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
