"""The cockpit: every contract of my region, or of my regions, on one line (S3-X-01). A read of my files, never a bypass."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
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

    ``missing`` counts the indicators that say nothing yet; ``gaps`` tells what else is missing, in words
    (:func:`with_missing`).
    """

    contract: Contract
    service: str
    standing: Standing
    days_left: int | None
    declaration: Declaration | None
    state: str
    promised: int = 0
    missing: int = 0
    gaps: tuple[str, ...] = ()
    session_on: date | None = None

    @property
    def state_label(self) -> str:
        return STATES[self.state]

    @property
    def committee_on(self) -> date | None:
        """The day of its next session; while none is dated, the day that the campaign gives."""
        return self.session_on or (self.declaration.committee_on if self.declaration else None)


OVER = frozenset({Standing.EXPIRED, Standing.ENDED})
SORTS = {
    "suivi": lambda line: (line.standing in OVER, line.service.casefold()),
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
    territory: str = "",
    search: str = "",
    sort: str = "suivi",
) -> list[CockpitLine]:
    """Every contract of the actor with its return of ``year``, as it stands ``today``; filtered and sorted.

    By default those that are over come last.

    What each lacks is counted here only for the sort that asks for it: :func:`with_missing` tells it of those shown.
    """
    found = contracts.list_contracts(actor)
    if territory:
        found = found.filter(territory=territory)
    if kind:
        found = found.filter(kind=kind)
    if standing in set(Standing):
        found = contracts.standing_as(found, Standing(standing), today)
    rows = list(found.prefetch_related(None))  # of the parties, a line tells the service's name alone
    services, returns, states = _services(actor), _returns(actor, year), _states(actor, year)
    sessions = next_days(actor, [one.circle_id for one in rows], today)
    lines = [
        CockpitLine(
            one,
            services.get(one.pk, one.title),
            one.standing(today),
            one.days_left(today),
            returns.get(one.pk),
            min(states.get(one.pk, ()), key=ORDER.index, default=NOT_OPEN),
            session_on=sessions.get(one.circle_id),
        )
        for one in rows
    ]
    words = search.casefold()
    shown = [one for one in lines if (not state or one.state == state) and words in one.service.casefold()]
    if sort.removeprefix("-") == "manquants":
        shown = with_missing(actor, shown, year, today)
    shown.sort(key=SORTS.get(sort.removeprefix("-"), SORTS["suivi"]), reverse=sort.startswith("-"))
    return shown


def spread_of(actor: Actor) -> tuple[list[tuple[str, str]], set[str]]:
    """The territories of my contracts, by name (one for a regional body, several for a fund that covers more), and their
    kinds."""
    rows = contracts.list_contracts(actor).order_by("territory__name", "territory_id")
    found = list(rows.values_list("territory_id", "territory__name", "kind").distinct())
    return list(dict.fromkeys((code, name) for code, name, _ in found)), {kind for *_, kind in found}


def with_missing(actor: Actor, lines: Iterable[CockpitLine], year: int, today: date) -> list[CockpitLine]:
    """The same lines with what each lacks: indicators that say nothing yet, signatures, annexes, collection methods."""
    lines = list(lines)
    rows = [one.contract for one in lines]
    promised, answered = _promised(actor, rows, year), _answered(actor, rows, year)
    annexes, methods = contracts.count_missing_annexes(actor, rows, today), contracts.count_without_method(actor, rows)
    unsigned = ContractParty.objects.visible_to(actor).filter(contract__in=rows, signature_to_confirm=True)
    undated = Counter(unsigned.order_by().values_list("contract_id", flat=True))
    return [
        replace(
            one,
            promised=promised[one.contract.pk],
            missing=promised[one.contract.pk] - answered[one.contract.pk],
            gaps=_gaps(undated[one.contract.pk], annexes[one.contract.pk], methods[one.contract.pk]),
        )
        for one in lines
    ]


def _gaps(undated: int, annexes: int, methods: int) -> tuple[str, ...]:
    counts = ((undated, "signature à compléter", "signatures à compléter"), (annexes, "annexe absente", "annexes absentes"),
              (methods, "modalité de recueil", "modalités de recueil"))  # fmt: skip
    return tuple(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)


def _services(actor: Actor) -> dict[uuid.UUID, str]:
    """By contract of mine, the name of its service: the first one that the text names."""
    found = ContractParty.objects.visible_to(actor).filter(role=ContractParty.Role.SERVICE).order_by("-position")
    return dict(found.values_list("contract_id", "organisation__short_name"))


def _returns(actor: Actor, year: int) -> dict[uuid.UUID, Declaration]:
    return {one.contract_id: one for one in Declaration.objects.visible_to(actor).filter(year=year).order_by()}


def _states(actor: Actor, year: int) -> dict[uuid.UUID, list[str]]:
    """By contract of mine, the states of the parts of its return."""
    parts = Part.objects.visible_to(actor).filter(declaration__year=year)
    found: dict[uuid.UUID, list[str]] = {}
    for contract, state in parts.order_by().values_list("declaration__contract_id", "state"):
        found.setdefault(contract, []).append(state)
    return found


def _promised(actor: Actor, rows: list[Contract], year: int) -> Counter[uuid.UUID]:
    found = PromisedIndicator.objects.visible_to(actor).filter(
        contract__in=rows, first_year__lte=year, last_year__gte=year
    )
    return Counter(dict(found.order_by().values_list("contract").annotate(Count("pk"))))


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
        .order_by()
        .values_list("submission__part__declaration__contract")
        .annotate(Count("definition", distinct=True))
    )
    return Counter(dict(found))
