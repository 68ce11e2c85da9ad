"""Writes about contracts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.parties.services import open_circle


@dataclass(frozen=True, slots=True)
class PartyDraft:
    """A party as the text designates it: the signatory by capacity, never by name."""

    organisation: Organisation
    role: str
    capacity: str = ""


@dataclass(frozen=True, slots=True)
class ContractDraft:
    """The head of a contract: who, from which day to which last day, what is measured."""

    key: str
    kind: Contract.Kind
    title: str
    territory_id: str
    starts_on: date
    ends_on: date
    parties: tuple[PartyDraft, ...]
    definitions: tuple[DefinitionRecord, ...] = ()
    source: str = ""
    fictional: bool = False


@transaction.atomic
def take_over_contract(*, actor: Actor | None, at: datetime, draft: ContractDraft) -> Contract:
    """Enter a contract that was signed outside the platform; it is in force from the start.

    Its circle is its parties. Each definition is promised for every calendar year of the contract: a contract of 2025 to
    2029 yields five campaigns, the last consolidated in the spring after its end (S3-9-03).
    """
    circle = open_circle(
        kind="contract", title=draft.title, members={party.organisation.pk: party.role for party in draft.parties}
    )
    contract = Contract.objects.create(
        circle_id=circle,
        key=draft.key,
        kind=draft.kind,
        title=draft.title,
        territory_id=draft.territory_id,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        source=draft.source,
        fictional=draft.fictional,
        state=Contract.lifecycle.start,
        state_since=at,
    )
    ContractParty.objects.bulk_create(
        ContractParty(
            circle_id=circle,
            contract=contract,
            organisation=party.organisation,
            role=party.role,
            capacity=party.capacity,
        )
        for party in draft.parties
    )
    PromisedIndicator.objects.bulk_create(
        PromisedIndicator(
            circle_id=circle,
            contract=contract,
            definition=definition,
            first_year=draft.starts_on.year,
            last_year=draft.ends_on.year,
        )
        for definition in draft.definitions
    )
    record(
        circle,
        verb="contract.taken_over",
        label=f"Contrat repris : {contract}",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return advance(contract, "bring_into_force", actor=actor, at=at)
