"""How far declarations have gone, service by service: a read of the parts of my files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.db.models import Exists, OuterRef, QuerySet

from avenant.domain.folding import fold
from avenant.domain.indicators import Provider
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations import selectors
from avenant.indicators.declarations.models import Declaration, Part

COLUMNS = (
    (Provider.SERVICE, "Le service"),
    (Provider.SOCIAL_SERVICE, "Service social"),
    (Provider.FUND_PREVENTION, "Prévention de la caisse"),
)
LATE: Final = "retard"
"""The filter of what was not handed in in time, beside the states of a part."""
ORDERS: Final = {"annee": "-year", "service": "service__short_name", "echeance": "due_at"}
SHEET: Final = (
    Column("Année", Kind.INTEGER, 8), Column("Service", width=30), Column("Repris", width=8),
    Column("À transmettre avant", Kind.INSTANT, 20), *(Column(label, width=24) for _, label in COLUMNS),
    Column("En retard", width=10), Column("Attendu de", width=60),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """One declaration. ``state``: that of the service's part; late when a part was not handed in in time."""

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

    @property
    def awaited(self) -> str:
        """« Rochelune, Carsat Sud-Est »: who still has something to hand in; the states of the parts say which."""
        return ", ".join(dict.fromkeys(one.owner.short_name for one in self.missing))


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


def board(
    actor: Actor, campaign: Campaign, *, at: datetime, state: str = "", search: str = "", sort: str = ""
) -> Board:
    """Every return of the campaign that I may see, filtered as :func:`find_declarations` does; ``sort`` orders."""
    lines = {
        one.declaration.pk: one for one in lines_of(selectors.list_declarations(actor).filter(campaign=campaign), at)
    }
    found = find_declarations(actor, at=at, state=state, search=search, sort=sort or "service").filter(
        campaign=campaign
    )
    shown = [lines[pk] for pk in found.values_list("pk", flat=True)]
    service_states = Counter(line.service_part.state for line in lines.values() if line.service_part)
    return Board(shown, len(lines), service_states, sum(line.late for line in lines.values()))


def find_declarations(
    actor: Actor, *, at: datetime, year: int | None = None, state: str = "", search: str = "", sort: str = ""
) -> QuerySet[Declaration]:
    """The declarations of my files, of every year, in the order asked for; by default the newest year first.

    ``state`` is that of the service's part, or :data:`LATE`; ``search`` ignores case and accents.
    """
    rows = selectors.list_declarations(actor, year=year)
    parts = Part.objects.visible_to(actor).filter(declaration=OuterRef("pk"))
    if state == LATE:
        rows = rows.filter(Exists(parts.filter(state="draft")), due_at__lte=at)
    elif state:
        rows = rows.filter(Exists(parts.filter(provider=Provider.SERVICE, state=state)))
    if words := fold(search):
        names = rows.order_by().values_list("service_id", "service__short_name").distinct()
        rows = rows.filter(service_id__in=[pk for pk, name in names if words in fold(name)])
    column = ORDERS.get(sort.removeprefix("-"), "-year")
    flipped = column.removeprefix("-") if column.startswith("-") else f"-{column}"
    return rows.order_by(flipped if sort.startswith("-") else column, "-year", "service__short_name", "pk")


def lines_of(rows: Iterable[Declaration], at: datetime) -> list[Line]:
    """Each declaration as one line, in the same order."""
    return [_line(one, at) for one in rows]


def lines_sheet(lines: Iterable[Line]) -> Sheet:
    """What a list of declarations shows, as a table to take away."""
    rows = (
        (
            one.declaration.year, one.name, "oui" if one.declaration.taken_over else "", one.declaration.due_at,
            *(part.state_label if part else "" for part in one.cells), "oui" if one.late else "", one.awaited,
        )
        for one in lines
    )  # fmt: skip
    return Sheet("Déclarations", SHEET, rows)


def _line(declaration: Declaration, at: datetime) -> Line:
    parts = tuple(declaration.parts.all())
    own = next((part for part in parts if part.provider == Provider.SERVICE), None)
    state = own.state if own else "draft"
    waiting = any(part.state == "draft" for part in parts)
    return Line(declaration, parts, state, late=waiting and at >= declaration.due_at)
