"""The profile of a cell as its page shows it: tables with hidden cells said, bars for what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from avenant.collect.schema import section_title
from avenant.domain.disclosure import TOTAL
from avenant.domain.french import typeset
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet

HIDDEN = "secret"
LABELS: Mapping[str, str] = {
    "sexe": "Genre",
    "âge": "Classe d’âge",
    "secteur": "Secteur d’activité (section NAF)",
    "taille": "Taille de l’entreprise",
    "raison": "Raison de l’accompagnement",
    "pathologie": "Pathologie concernée",
    "origine": "Origine de la situation",
    "capacité": "Capacité restante du salarié",
    "employeur": "Possibilités de l’employeur",
    "emploi": "Marché de l’emploi",
    "stade": "Stade de l’indice de risque de désinsertion professionnelle",
}
ARRIVED, DONE = "reports-received", "reports-visited"


@dataclass(frozen=True, slots=True)
class Bar:
    """One category: its number, None when it is hidden, and the length of its bar out of 100."""

    label: str
    number: int | None
    length: int

    @property
    def words(self) -> str:
        return HIDDEN if self.number is None else str(self.number)


@dataclass(frozen=True, slots=True)
class TableView:
    """One table: bars of one variable, or a crossed table by rows."""

    key: str
    title: str
    bars: Sequence[Bar]
    head: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]
    hidden: int
    note: str = ""

    @property
    def total(self) -> int | None:
        return next((one.number for one in self.bars if one.label == TOTAL), None)

    @property
    def categories(self) -> list[Bar]:
        return [one for one in self.bars if one.label != TOTAL]


def label_of(name: str) -> str:
    """The French title of a variable."""
    return typeset(LABELS.get(name, name.capitalize()))


def view_of(variables: Sequence[str], categories: Sequence[Sequence[str]], cells: Iterable[Sequence[Any]], *,
            note: str = "") -> TableView:  # fmt: skip
    """A stored table as a page shows it; a place that the row does not hold is hidden."""
    shown = {tuple(line[:-1]): int(line[-1]) for line in cells}
    title = " × ".join(label_of(name) for name in variables)
    key = "table-" + "-".join(str(ord(one)) if not one.isascii() else one for one in "-".join(variables))
    if len(variables) == 1:
        largest = max((number for place, number in shown.items() if place != (TOTAL,)), default=0) or 1
        bars = [
            Bar(section_title(code), shown.get((code,)), round(100 * shown.get((code,), 0) / largest))
            for code in (*categories[0], TOTAL)
        ]
        return TableView(key, title, bars, (), (), sum(one.number is None for one in bars), note)
    rows = [
        (" · ".join(first), [shown.get((*first, code)) for code in (*categories[-1], TOTAL)])
        for first in _places(categories[:-1])
    ]
    hidden = sum(number is None for _, numbers in rows for number in numbers)
    return TableView(key, title, (), (*categories[-1], TOTAL), rows, hidden, note)


def _places(categories: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    if not categories:
        yield ()
        return
    for code in (*categories[0], TOTAL):
        for rest in _places(categories[1:]):
            yield (code, *rest)


def regional_views(content: Mapping[str, Any]) -> list[TableView]:
    """The tables of the regional profile, each with the services that it counts."""
    asked = len(content.get("services", ()))
    return [
        view_of([one["name"]], [one["categories"]], one["cells"], note=f"{len(one['services'])} services sur {asked}")
        for one in content.get("tables", ())
    ]


def spreadsheet(views: Iterable[TableView], *, year: int, who: str) -> Sheet:
    """Exactly what the page shows, one row a cell."""
    columns = (Column("Année", Kind.INTEGER, 8), Column("Qui", width=30), Column("Table", width=40),
               Column("Ligne", width=34), Column("Colonne", width=20), Column("Salariés", width=12))  # fmt: skip
    return Sheet("Profil", columns, [line for view in views for line in _lines(view, year, who)])


def _lines(view: TableView, year: int, who: str) -> Iterator[tuple[Any, ...]]:
    for bar in view.bars:
        yield year, who, view.title, bar.label, "", bar.words
    for label, numbers in view.rows:
        for column, number in zip(view.head, numbers, strict=True):
            yield year, who, view.title, label, column, HIDDEN if number is None else str(number)


@dataclass(frozen=True, slots=True)
class CellWork:
    """What the cell does besides the indicators: reports that came, visits held, meetings with the fund."""

    figures: Mapping[str, int]

    @property
    def lines(self) -> list[tuple[str, int, str]]:
        """Label, number, and the share that it makes of what it follows."""
        return [
            (label, self.figures[key], self._share(key, of))
            for key, label, of in _WORK
            if key in self.figures
        ]  # fmt: skip

    def _share(self, key: str, of: str) -> str:
        whole = self.figures.get(of, 0)
        return f"{round(100 * self.figures[key] / whole)}\u202f%" if whole else ""


_WORK = (
    ("reports-received", "Signalements reçus du service médical ou du service social", ""),
    ("reports-visited", "dont suivis d’une visite de pré-reprise", "reports-received"),
    ("reports-answered", "dont les suites ont été données", "reports-received"),
    ("cell-consultations", "Concertations entre acteurs", ""),
    ("recalls-six-months", "Rappels faits à six mois", ""),
    ("cell-meetings", "Réunions de la cellule", ""),
    ("cell-meetings-with-fund", "dont en présence de la caisse ou du service social", "cell-meetings"),
)
