"""The progress of a campaign, service by service: a read of the parts of my files."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from avenant.domain.indicators import Provider
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations import selectors
from avenant.indicators.declarations.models import Declaration, Part

COLUMNS = (
    (Provider.SERVICE, "Le service"),
    (Provider.SOCIAL_SERVICE, "Service social"),
    (Provider.FUND_PREVENTION, "Prévention de la caisse"),
)


@dataclass(frozen=True, slots=True)
class Line:
    """One service of the campaign. ``state``: the least advanced of its parts; late when not handed in in time."""

    declaration: Declaration
    parts: tuple[Part, ...]
    state: str
    late: bool

    @property
    def name(self) -> str:
        return self.declaration.service.short_name

    @property
    def cells(self) -> list[Part | None]:
        """The parts in the order of the columns; None where the contract has no such provider."""
        by_provider = {Provider(part.provider): part for part in self.parts}
        return [by_provider.get(provider) for provider, _ in COLUMNS]

    @property
    def label(self) -> str:
        return Part.lifecycle.states[self.state]

    @property
    def service_part(self) -> Part | None:
        return next((part for part in self.parts if part.provider == Provider.SERVICE), None)

    @property
    def missing(self) -> list[Part]:
        """The parts that still wait for their provider."""
        return [part for part in self.parts if part.state in ("draft", "returned")]


@dataclass(frozen=True, slots=True)
class Board:
    """The lines shown, and what they count whatever the filter."""

    lines: list[Line]
    total: int
    counts: Counter[str]
    late: int

    @property
    def handed_in(self) -> int:
        return sum(self.counts[state] for state in selectors.HANDED_IN)


ORDER = ("draft", "returned", "submitted", "validated", "consolidated")


def board(actor: Actor, campaign: Campaign, *, at: datetime, state: str = "", sort: str = "") -> Board:
    """Every return of the campaign that I may see; ``state`` filters (``retard``: the late), ``sort`` orders."""
    returns = selectors.list_declarations(actor).filter(campaign=campaign)
    lines = [_line(one, at) for one in returns]
    shown = [line for line in lines if not state or line.state == state or (state == "retard" and line.late)]
    key = _by_state if sort.removeprefix("-") == "etat" else _by_name
    shown.sort(key=key, reverse=sort.startswith("-"))
    service_states = Counter(line.service_part.state for line in lines if line.service_part)
    return Board(shown, len(lines), service_states, sum(line.late for line in lines))


def _by_name(line: Line) -> tuple[int, str]:
    return 0, line.name.casefold()


def _by_state(line: Line) -> tuple[int, str]:
    return ORDER.index(line.state), line.name.casefold()


def _line(declaration: Declaration, at: datetime) -> Line:
    parts = tuple(declaration.parts.all())
    own = next((part for part in parts if part.provider == Provider.SERVICE), None)
    state = own.state if own else "draft"
    waiting = any(part.state == "draft" for part in parts)
    return Line(declaration, parts, state, late=waiting and at >= declaration.due_at)
