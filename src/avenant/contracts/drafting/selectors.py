"""Reads of contracts, actor first."""

from __future__ import annotations

import uuid

from django.db.models import Prefetch, QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.catalogue.records import catalogue_of
from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.domain.indicators import Catalogue
from avenant.foundations.parties.actors import Actor


def list_contracts(actor: Actor) -> QuerySet[Contract]:
    """The contracts of my circles, with their parties."""
    parties = ContractParty.objects.visible_to(actor).select_related("organisation")
    return (
        Contract.objects.visible_to(actor)
        .select_related("territory")
        .prefetch_related(Prefetch("parties", queryset=parties))
        .order_by("title")
    )


def get_contract(actor: Actor, contract_id: uuid.UUID) -> Contract:
    """One contract; 404 when I am not a party."""
    return get_object_or_404(list_contracts(actor), pk=contract_id)


def list_promises(actor: Actor, contract: Contract, year: int | None = None) -> QuerySet[PromisedIndicator]:
    """What the contract promises to measure, in the order of its text; for one year when it is given."""
    rows = PromisedIndicator.objects.visible_to(actor).filter(contract=contract).select_related("definition__set")
    if year is not None:
        rows = rows.filter(first_year__lte=year, last_year__gte=year)
    return rows.order_by("definition__strand", "-definition__set__scope", "definition__set", "definition__position")


def definitions_of(actor: Actor, contract: Contract, year: int) -> list[DefinitionRecord]:
    """The definitions that the contract promises for a year, by strand, national before local."""
    return [promise.definition for promise in list_promises(actor, contract, year)]


def catalogue_for(definitions: list[DefinitionRecord]) -> Catalogue:
    """The domain's catalogue of some definitions, with the rules of their sets."""
    sets: dict[str, IndicatorSet] = {record.set_id: record.set for record in definitions}
    return catalogue_of(definitions, sets.values())
