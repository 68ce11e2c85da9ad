"""A contract enters the platform: in preparation, or already signed elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.contracts.drafting.services.collection import plan_methods
from avenant.domain.decision import DomainError
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
    """The head of a contract: who, from which day to which last day, what is measured.

    The dates are None until the last signature; ``title_period`` (« 2025-2030 ») then only says which years the
    template of indicators covers. ``proposed`` are definitions that the parties have still to confirm. A text that
    says when the collection methods are communicated gives ``methods_due_on``, the last day for it.
    """

    key: str
    kind: Contract.Kind
    title: str
    territory_id: str
    starts_on: date | None
    ends_on: date | None
    parties: tuple[PartyDraft, ...]
    definitions: tuple[DefinitionRecord, ...] = ()
    proposed: tuple[DefinitionRecord, ...] = ()
    title_period: str = ""
    duration_years: int | None = None
    methods_due_on: date | None = None
    source: str = ""
    fictional: bool = False

    @property
    def years(self) -> tuple[int, int]:
        """The first and the last calendar year: of the dates, else of the title. Raises DomainError without either."""
        if self.starts_on and self.ends_on:
            return self.starts_on.year, self.ends_on.year
        first, _, last = self.title_period.partition("-")
        if not (first.isdecimal() and last.isdecimal()):
            raise DomainError(
                "Un contrat sans dates donne la période de son titre, par exemple «\u202f2025-2030\u202f»."
            )
        return int(first), int(last)


@transaction.atomic
def take_over_contract(*, actor: Actor | None, at: datetime, draft: ContractDraft) -> Contract:
    """Enter a contract that was signed outside the platform; it is in force from the start.

    Each definition is promised for every calendar year of the contract: a contract of 2025 to 2029 yields five
    campaigns, the last consolidated in the spring after its end (S3-9-03).
    """
    contract = _enter(draft, at)
    record(
        contract.circle_id,
        verb="contract.taken_over",
        label=f"Contrat repris\u202f: {contract}",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    plan_methods(contract, at)
    return advance(contract, "bring_into_force", actor=actor, at=at)


@transaction.atomic
def prepare_contract(*, actor: Actor | None, at: datetime, draft: ContractDraft) -> Contract:
    """Enter a contract that is not signed yet: in preparation, its dates unknown."""
    contract = _enter(draft, at)
    record(
        contract.circle_id,
        verb="contract.prepared",
        label=f"Contrat en préparation\u202f: {contract}",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return contract


def _enter(draft: ContractDraft, at: datetime) -> Contract:
    """The rows of a contract in preparation; its circle is its parties."""
    first_year, last_year = draft.years
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
        title_period=draft.title_period,
        duration_years=draft.duration_years,
        methods_due_on=draft.methods_due_on,
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
            first_year=first_year,
            last_year=last_year,
            proposed=proposed,
        )
        for proposed, definitions in ((False, draft.definitions), (True, draft.proposed))
        for definition in definitions
    )
    return contract
