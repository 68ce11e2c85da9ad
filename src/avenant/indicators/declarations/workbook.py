"""The sheet of a part as a workbook: one row a component, last year beside, help, and a hidden key that comes back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from avenant.domain.indicators import Component
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.documents.spreadsheets import Column, Kind, Value, workbook_bytes
from avenant.foundations.documents.spreadsheets import Sheet as Page
from avenant.indicators.declarations.fields import EntryField
from avenant.indicators.declarations.rows import Row, Sheet

KEY, CODE, VALUE = "Clé (ne pas modifier)", "Code", "Valeur"
UNAVAILABLE, COMMENT = "Non disponible, parce que", "Commentaire"
BETWEEN = " ; "


@dataclass(frozen=True, slots=True)
class Place:
    """Where a cell goes: a component of an indicator, or one field of one line when the component is a list."""

    row: Row
    component: Component
    index: int | None = None
    field: Component | None = None

    @property
    def key(self) -> str:
        """Stable for a version of the definition: ``pdp-1.10|v1|total``, ``satdl-1.2.1|v1|stages|0|count``."""
        definition = self.row.definition
        steps = [definition.code, f"v{definition.version}", self.component.key]
        if self.index is not None and self.field is not None:
            steps += [str(self.index), self.field.key]
        return "|".join(steps)

    @property
    def label(self) -> str:
        if self.index is None or self.field is None:
            return self.component.label
        return f"{self.component.label}, ligne {self.index + 1}\u202f: {self.field.label}"

    @property
    def asked(self) -> Component:
        return self.field or self.component


def places(row: Row) -> Iterator[tuple[Place, str]]:
    """The cells of an indicator, each with what is typed in it now."""
    for one in row.fields:
        if one.component.type is ComponentType.LIST:
            for index, line in enumerate(one.rows):
                for cell in line:
                    yield Place(row, one.component, index, cell.component), str(cell.value)
        else:
            yield Place(row, one.component), _typed(one)


def template(sheet: Sheet, *, at: datetime) -> bytes:
    """The workbook to fill for a part: what is typed, last year's value, what each answer may be. Codes stay texts."""
    year = sheet.part.declaration.year
    columns = (
        Column(KEY, Kind.CODE, hidden=True),
        Column(CODE, Kind.CODE, width=9),
        Column("Indicateur", width=48),
        Column("Ce qui est demandé", width=34),
        Column("Réponse attendue", width=30),
        Column(f"Valeur {year - 1}", width=20),
        Column(f"{VALUE} {year}", Kind.TEXT, width=18, editable=True),
        Column(UNAVAILABLE, width=26, editable=True),
        Column(COMMENT, width=34, editable=True),
    )
    title = f"Indicateurs {year}, {sheet.part.declaration.service.short_name}"
    return workbook_bytes([Page(f"Indicateurs {year}", columns, list(_lines(sheet)))], title=title, at=at)


def _lines(sheet: Sheet) -> Iterator[list[Value]]:
    for row in sheet.own_rows:
        for rank, (place, typed) in enumerate(places(row)):
            first = rank == 0
            yield [
                place.key,
                row.definition.printed_code,
                row.definition.label,
                place.label,
                _expected(place.asked),
                row.previous_text if first else "",
                typed,
                row.stated.unavailable if first and row.stated else "",
                row.stated.comment if first and row.stated else "",
            ]


def _typed(one: EntryField) -> str:
    if one.component.type is ComponentType.CHOICES:
        return BETWEEN.join(one.component.choice_label(key) for key in one.value)
    if one.component.type is ComponentType.CHOICE:
        return one.component.choice_label(one.value) if one.value else ""
    return str(one.value)


def _expected(component: Component) -> str:
    optional = " (facultatif)" if component.optional else ""
    match component.type:
        case ComponentType.INTEGER:
            return f"nombre entier, 0 compris{optional}"
        case ComponentType.NUMBER:
            return f"nombre, virgule pour les décimales{optional}"
        case ComponentType.DATE:
            return f"date, par exemple 12/03/2025{optional}"
        case ComponentType.CHOICE:
            return " ou ".join(choice.label for choice in component.choices) + optional
        case ComponentType.CHOICES:
            offered = " ou ".join(choice.label for choice in component.choices)
            return f"{offered}, séparés par un point-virgule{optional}"
        case _:
            return f"texte{optional}"
