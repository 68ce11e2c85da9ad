"""Reads of contracts, actor first."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.catalogue.records import catalogue_of, set_of
from avenant.contracts.drafting.models import (
    CollectionMethod,
    Confirmation,
    Contract,
    ContractFramework,
    ContractParty,
    OperatingMode,
    PromisedIndicator,
)
from avenant.domain.contracts import Standing
from avenant.domain.indicators import Catalogue
from avenant.domain.indicators.definitions import FreeField
from avenant.foundations.parties.actors import Actor

ANNEX_4 = "a4"
"""The set of the indicators that the fund and the service obtain together."""


class MethodState(StrEnum):
    """Whether the parties know how an indicator is collected."""

    PUBLISHED = "published"
    AWAITED = "awaited"
    OVERDUE = "overdue"

    @property
    def label(self) -> str:
        return {self.PUBLISHED: "publiée", self.AWAITED: "à communiquer", self.OVERDUE: "en retard"}[self]


def list_contracts(actor: Actor) -> QuerySet[Contract]:
    """The contracts of my circles, with their parties."""
    parties = ContractParty.objects.visible_to(actor).select_related("organisation").order_by("position", "role")
    return (
        Contract.objects.visible_to(actor)
        .select_related("territory")
        .prefetch_related(Prefetch("parties", queryset=parties))
        .order_by("title")
    )


def in_force_during(contracts: QuerySet[Contract], year: int) -> QuerySet[Contract]:
    """Those whose dates touch a calendar year; one that is not signed has none."""
    return contracts.filter(starts_on__lte=date(year, 12, 31), ends_on__gte=date(year, 1, 1))


def standing_as(contracts: QuerySet[Contract], standing: Standing, today: date) -> QuerySet[Contract]:
    """Those that stand so on a day: the rule of :func:`avenant.domain.contracts.standing`, as a filter."""
    match standing:
        case Standing.DRAFT | Standing.CONSULTING | Standing.TO_SIGN:
            return contracts.filter(state=standing.value)
        case Standing.TO_COME:
            return contracts.filter(state="in_force", terminated=False, starts_on__gt=today)
        case Standing.IN_FORCE:
            return contracts.filter(state="in_force", terminated=False, starts_on__lte=today, ends_on__gte=today)
        case Standing.TERMINATED:
            return contracts.filter(state="in_force", terminated=True, ends_on__gte=today)
        case Standing.DENOUNCED:
            return contracts.filter(state="denounced", ends_on__gte=today)
        case Standing.EXPIRED:
            return contracts.filter(Q(state="expired") | Q(state="in_force", terminated=False, ends_on__lt=today))
        case Standing.ENDED:
            stopped = Q(state="denounced") | Q(state="in_force", terminated=True)
            return contracts.filter(Q(state="ended") | (stopped & Q(ends_on__lt=today)))


def linked_to(actor: Actor, contracts: QuerySet[Contract], framework: str) -> QuerySet[Contract]:
    """Those whose objectives derive from a framework."""
    links = ContractFramework.objects.visible_to(actor).filter(framework=framework, contract=OuterRef("pk"))
    return contracts.filter(Exists(links))


def get_contract(actor: Actor, contract_id: uuid.UUID, *, lock: bool = False) -> Contract:
    """One contract; 404 when I am not a party."""
    rows = list_contracts(actor).select_related("territory", "term_framework")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=contract_id)


# -- What a contract promises ------------------------------------------------------------------------------------------


def list_promises(actor: Actor, contract: Contract, year: int | None = None) -> QuerySet[PromisedIndicator]:
    """What the contract promises to measure, in the order of its text.

    For one year when it is given: what a campaign asks, hence nothing that the parties have still to confirm.
    """
    rows = PromisedIndicator.objects.visible_to(actor).filter(contract=contract).select_related("definition__set")
    if year is not None:
        rows = rows.filter(first_year__lte=year, last_year__gte=year, proposed=False)
    return rows.order_by("definition__strand", "-definition__set__scope", "definition__set", "definition__position")


def list_promises_of(actor: Actor, code: str) -> QuerySet[PromisedIndicator]:
    """The contracts of mine that promise an indicator, whatever the version of its definition."""
    return (
        PromisedIndicator.objects.visible_to(actor)
        .filter(definition__code=code)
        .select_related("contract__territory", "definition__set")
        .order_by("contract__title")
    )


def get_promise(actor: Actor, promise_id: int, *, lock: bool = False) -> PromisedIndicator:
    """One promise; 404 outside its circle."""
    rows = PromisedIndicator.objects.visible_to(actor).select_related("contract__territory", "definition__set")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=promise_id)


def confirmed_by(actor: Actor, contract: Contract) -> dict[int, list[Confirmation]]:
    """The confirmations of a contract's proposed indicators, by promise."""
    found: dict[int, list[Confirmation]] = {}
    rows = Confirmation.objects.visible_to(actor).filter(promise__contract=contract, promise__proposed=True)
    for one in rows.select_related("organisation"):
        found.setdefault(one.promise_id, []).append(one)
    return found


def definitions_of(actor: Actor, contract: Contract, year: int) -> list[DefinitionRecord]:
    """The definitions that the contract promises for a year, by strand, national before local."""
    return [promise.definition for promise in list_promises(actor, contract, year)]


def free_fields(actor: Actor, contract: Contract, year: int) -> list[FreeField]:
    """The qualitative fields that a campaign offers where the contract names no indicator (S3-5.V2.2-10)."""
    sets = {promise.definition.set_id: promise.definition.set for promise in list_promises(actor, contract, year)}
    return [field for one in sets.values() for field in set_of(one).free_fields]


def catalogue_for(definitions: list[DefinitionRecord]) -> Catalogue:
    """The domain's catalogue of some definitions, with the rules of their sets."""
    sets: dict[str, IndicatorSet] = {record.set_id: record.set for record in definitions}
    return catalogue_of(definitions, sets.values())


# -- How it is collected -----------------------------------------------------------------------------------------------


def list_methods(actor: Actor, code: str) -> QuerySet[CollectionMethod]:
    """What was published on how an indicator is collected, in my contracts, latest first."""
    return (
        CollectionMethod.objects.visible_to(actor)
        .filter(definition__code=code)
        .select_related("contract", "annex")
        .order_by("-published_at")
    )


def _with_method(actor: Actor) -> Exists:
    return Exists(
        CollectionMethod.objects.visible_to(actor).filter(
            contract=OuterRef("contract"), definition__code=OuterRef("definition__code")
        )
    )


def list_without_method(actor: Actor) -> QuerySet[PromisedIndicator]:
    """What my contracts promise and nobody has said how to collect. A proposed indicator waits for its confirmation."""
    rows = PromisedIndicator.objects.visible_to(actor).filter(proposed=False)
    return rows.filter(~_with_method(actor))


def count_without_method(actor: Actor, contracts: Iterable[Contract]) -> Counter[uuid.UUID]:
    """By contract, what it promises and nobody has said how to collect."""
    rows = list_without_method(actor).filter(contract__in=contracts).order_by()
    return Counter(dict(rows.values_list("contract_id").annotate(Count("pk"))))


def list_overdue_methods(actor: Actor, today: date) -> QuerySet[PromisedIndicator]:
    """Those of :func:`list_without_method` whose contract set a day that is past (S3-6-01)."""
    rows = list_without_method(actor).filter(contract__methods_due_on__lt=today)
    return rows.select_related("contract", "definition__set").order_by("contract__title", "definition__position")


def method_states(actor: Actor, today: date, contract: Contract | None = None) -> dict[str, MethodState]:
    """By definition code, the worst state among my contracts (or in one): late, then awaited, then published.

    A definition that no contract of mine promises is absent.
    """
    rows = PromisedIndicator.objects.visible_to(actor).filter(proposed=False)
    if contract is not None:
        rows = rows.filter(contract=contract)
    states: dict[str, MethodState] = {}
    for code, known, due_on in rows.annotate(known=_with_method(actor)).values_list(
        "definition__code", "known", "contract__methods_due_on"
    ):
        late = due_on is not None and due_on < today
        one = MethodState.PUBLISHED if known else MethodState.OVERDUE if late else MethodState.AWAITED
        states[code] = max(one, states.get(code, one), key=list(MethodState).index)
    return states


@dataclass(frozen=True, slots=True)
class SharedMode:
    """How the annex 4 indicators are obtained, as a page shows it. ``row`` is None until it is proposed.

    ``strands`` are those on which the contract promises such indicators; without any there is nothing to settle.
    """

    row: OperatingMode | None
    strands: tuple[str, ...]

    @property
    def text(self) -> str:
        return self.row.text if self.row else "À déterminer au premier comité de suivi."

    @property
    def decided(self) -> bool:
        return self.row is not None and self.row.decided


def operating_mode(actor: Actor, contract: Contract) -> SharedMode:
    """The operating mode that the fund and the service share; by default, to be determined at the first committee."""
    strands = (
        list_promises(actor, contract).filter(definition__set=ANNEX_4).values_list("definition__strand", flat=True)
    )
    row = OperatingMode.objects.visible_to(actor).filter(contract=contract).select_related("document").first()
    return SharedMode(row, tuple(dict.fromkeys(strands)))


def shared_mode(actor: Actor, contract: Contract) -> OperatingMode | None:
    """The operating mode of a contract once the fund and the service have both agreed on it; else None."""
    agreed = OperatingMode.objects.visible_to(actor).filter(contract=contract, service_agrees=True, fund_agrees=True)
    return agreed.first()


# -- Lists -------------------------------------------------------------------------------------------------------------


def search_contracts(contracts: QuerySet[Contract], words: Iterable[str]) -> QuerySet[Contract]:
    """Those that have each word in their title or in the name of a party."""
    for word in words:
        party = Q(organisation__name__icontains=word) | Q(organisation__short_name__icontains=word)
        named = ContractParty.objects.filter(party, contract=OuterRef("pk"))
        contracts = contracts.filter(Q(title__icontains=word) | Exists(named))
    return contracts
