"""The regional cockpit: every CPOM of the region on one line (S3-X-01). A read of my files, never a bypass."""

from __future__ import annotations

import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part
from avenant.indicators.declarations.progress import ORDER

NOT_OPEN = "none"
STATES = {NOT_OPEN: "pas ouverte", **Part.lifecycle.states}


@dataclass(frozen=True, slots=True)
class CockpitLine:
    """One CPOM: who, from when to when, where its return of the year stands, how many indicators say nothing yet."""

    contract: Contract
    service: str
    declaration: Declaration | None
    state: str
    promised: int
    missing: int

    @property
    def state_label(self) -> str:
        return STATES[self.state]

    @property
    def committee_on(self) -> date | None:
        return self.declaration.committee_on if self.declaration else None


SORTS = {
    "service": lambda line: line.service.casefold(),
    "cpom": lambda line: (line.contract.state, line.service.casefold()),
    "debut": lambda line: line.contract.starts_on,
    "fin": lambda line: line.contract.ends_on,
    "campagne": lambda line: ([NOT_OPEN, *ORDER].index(line.state), line.service.casefold()),
    "comite": lambda line: (line.committee_on or date.max, line.service.casefold()),
    "manquants": lambda line: (line.missing, line.service.casefold()),
}


def cockpit(actor: Actor, year: int, *, state: str = "", search: str = "", sort: str = "service") -> list[CockpitLine]:
    """Every CPOM of a service in the actor's region with its return of ``year``; filtered by state and by words."""
    rows = list(contracts.list_contracts(actor).filter(territory=actor.territory, kind=Contract.Kind.CPOM_SERVICE))
    returns = {one.contract_id: one for one in declarations.list_declarations(actor, year=year)}
    promised, answered = _promised(actor, rows, year), _answered(actor, rows, year)
    lines = [_line(one, returns.get(one.pk), promised[one.pk], promised[one.pk] - answered[one.pk]) for one in rows]
    words = search.casefold()
    shown = [one for one in lines if (not state or one.state == state) and words in one.service.casefold()]
    shown.sort(key=SORTS.get(sort.removeprefix("-"), SORTS["service"]), reverse=sort.startswith("-"))
    return shown


def _line(contract: Contract, declaration: Declaration | None, promised: int, missing: int) -> CockpitLine:
    service = next(
        (one.organisation.short_name for one in contract.parties.all() if one.role == ContractParty.Role.SERVICE), ""
    )
    states = [part.state for part in declaration.parts.all()] if declaration else []
    state = min(states, key=ORDER.index, default=NOT_OPEN)
    return CockpitLine(contract, service, declaration, state, promised, missing)


def _promised(actor: Actor, rows: list[Contract], year: int) -> Counter[uuid.UUID]:
    found = PromisedIndicator.objects.visible_to(actor).filter(
        contract__in=rows, first_year__lte=year, last_year__gte=year
    )
    return Counter(found.values_list("contract_id", flat=True))


def _answered(actor: Actor, rows: list[Contract], year: int) -> Counter[uuid.UUID]:
    """By contract, the indicators of which something was handed in: a figure, or why there is none."""
    found = (
        DeclaredValue.objects.visible_to(actor)
        .filter(
            submission__part__declaration__contract__in=rows,
            submission__part__declaration__year=year,
            submission__part__state__in=declarations.HANDED_IN,
        )
        .exclude(Q(value={}) & Q(unavailable=""))
        .values_list("submission__part__declaration__contract", "definition")
        .distinct()
    )
    return Counter(contract for contract, _ in found)
