"""The regional cockpit: every contract of the region on one line (S3-X-01). A read of my files, never a bypass."""

from __future__ import annotations

import uuid
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.domain.contracts import Standing
from avenant.foundations.meetings.selectors import next_days
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part
from avenant.indicators.declarations.progress import ORDER

NOT_OPEN = "none"
STATES = {NOT_OPEN: "pas ouverte", **Part.lifecycle.states}


@dataclass(frozen=True, slots=True)
class CockpitLine:
    """One contract: with whom, how it stands, its days to run, its return of the year, what it lacks.

    ``missing`` counts the indicators that say nothing yet; ``gaps`` tells what else is missing, in words.
    """

    contract: Contract
    service: str
    standing: Standing
    days_left: int | None
    declaration: Declaration | None
    state: str
    promised: int
    missing: int
    gaps: tuple[str, ...] = ()
    session_on: date | None = None

    @property
    def state_label(self) -> str:
        return STATES[self.state]

    @property
    def committee_on(self) -> date | None:
        """The day of its next session; while none is dated, the day that the campaign gives."""
        return self.session_on or (self.declaration.committee_on if self.declaration else None)


SORTS = {
    "service": lambda line: line.service.casefold(),
    "cpom": lambda line: (list(Standing).index(line.standing), line.service.casefold()),
    "nature": lambda line: (line.contract.get_kind_display(), line.service.casefold()),
    "debut": lambda line: line.contract.starts_on or date.max,
    "fin": lambda line: line.contract.ends_on or date.max,
    "campagne": lambda line: ([NOT_OPEN, *ORDER].index(line.state), line.service.casefold()),
    "comite": lambda line: (line.committee_on or date.max, line.service.casefold()),
    "manquants": lambda line: (line.missing, line.service.casefold()),
}


def cockpit(
    actor: Actor,
    year: int,
    *,
    today: date,
    state: str = "",
    standing: str = "",
    kind: str = "",
    search: str = "",
    sort: str = "service",
) -> list[CockpitLine]:
    """Every contract of the actor's region with its return of ``year``, as it stands ``today``; filtered and sorted."""
    found = contracts.list_contracts(actor).filter(territory=actor.territory).prefetch_related(None)
    if kind:
        found = found.filter(kind=kind)
    if standing in set(Standing):
        found = contracts.standing_as(found, Standing(standing), today)
    rows = list(found)
    returns = {one.contract_id: one for one in Declaration.objects.visible_to(actor).filter(year=year).order_by()}
    services, undated, states = _services(actor), _undated(actor), _states(actor, year)
    promised, answered = _promised(actor, year), _answered(actor, year)
    annexes, methods = contracts.count_missing_annexes(actor, today), contracts.count_without_method(actor)
    sessions = next_days(actor, today)
    lines = [
        _line(
            one, services.get(one.pk, one.title), today, returns.get(one.pk),
            min(states[one.pk], key=ORDER.index, default=NOT_OPEN), promised[one.pk], promised[one.pk] - answered[one.pk],
            undated[one.pk], annexes[one.pk], methods[one.pk], sessions.get(one.circle_id),
        )
        for one in rows
    ]  # fmt: skip
    words = search.casefold()
    shown = [one for one in lines if (not state or one.state == state) and words in one.service.casefold()]
    shown.sort(key=SORTS.get(sort.removeprefix("-"), SORTS["service"]), reverse=sort.startswith("-"))
    return shown


def _line(
    contract: Contract,
    service: str,
    today: date,
    declaration: Declaration | None,
    state: str,
    promised: int,
    missing: int,
    undated: int,
    annexes: int,
    methods: int,
    session_on: date | None,
) -> CockpitLine:
    counts = ((undated, "signature à compléter", "signatures à compléter"), (annexes, "annexe absente", "annexes absentes"),
              (methods, "modalité de recueil", "modalités de recueil"))  # fmt: skip
    gaps = tuple(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)
    return CockpitLine(
        contract,
        service,
        contract.standing(today),
        contract.days_left(today),
        declaration,
        state,
        promised,
        missing,
        gaps,
        session_on,
    )


def _services(actor: Actor) -> dict[uuid.UUID, str]:
    """By contract, the name of its service: the first one that the text names."""
    rows = ContractParty.objects.visible_to(actor).filter(role=ContractParty.Role.SERVICE).order_by("-position")
    return dict(rows.values_list("contract_id", "organisation__short_name"))


def _undated(actor: Actor) -> Counter[uuid.UUID]:
    """By contract, the signatures of which the date is still to be told."""
    rows = ContractParty.objects.visible_to(actor).filter(signature_to_confirm=True).order_by()
    return Counter(dict(rows.values_list("contract_id").annotate(Count("pk"))))


def _states(actor: Actor, year: int) -> defaultdict[uuid.UUID, set[str]]:
    """By contract, the states of the parts of its return."""
    states: defaultdict[uuid.UUID, set[str]] = defaultdict(set)
    parts = Part.objects.visible_to(actor).filter(declaration__year=year).order_by()
    for contract, state in parts.values_list("declaration__contract", "state"):
        states[contract].add(state)
    return states


def _promised(actor: Actor, year: int) -> Counter[uuid.UUID]:
    found = PromisedIndicator.objects.visible_to(actor).filter(first_year__lte=year, last_year__gte=year)
    return Counter(dict(found.order_by().values_list("contract_id").annotate(Count("pk"))))


def _answered(actor: Actor, year: int) -> Counter[uuid.UUID]:
    """By contract, the indicators of which something was handed in: a figure, or why there is none."""
    found = (
        DeclaredValue.objects.visible_to(actor)
        .filter(
            submission__part__declaration__year=year,
            submission__part__state__in=declarations.HANDED_IN,
        )
        .exclude(Q(value={}) & Q(unavailable=""))
        .values_list("submission__part__declaration__contract")
        .annotate(Count("definition", distinct=True))
    )
    return Counter(dict(found))
