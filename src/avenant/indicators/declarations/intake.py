"""What a workbook or a pasted column would change in a part: read whole, line by line, before anything is written."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from avenant.domain.decision import DomainError
from avenant.domain.french import counted, parse_date
from avenant.domain.indicators import parse_value
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.documents.tables import Cell, CellKind, read_table
from avenant.indicators.declarations.fields import only_told
from avenant.indicators.declarations.persons import refuse_people
from avenant.indicators.declarations.rows import Row, Sheet
from avenant.indicators.declarations.services.entry import Entry
from avenant.indicators.declarations.workbook import BETWEEN, CODE, COMMENT, KEY, UNAVAILABLE, VALUE, Place, places


@dataclass(slots=True)
class Line:
    """One cell that the file fills: its place, what is typed there now, what it would become, or why it is refused."""

    line: int
    code: str
    after: str = ""
    label: str = ""
    before: str = ""
    error: str = ""
    place: Place | None = None

    @property
    def changes(self) -> bool:
        return not self.error and self.before.strip() != self.after.strip()


@dataclass(slots=True)
class Intake:
    """What a file says: its lines, and for each indicator the entry that the confirmation would save."""

    lines: list[Line]
    entries: list[Entry] = field(default_factory=list)
    empty: int = 0

    @property
    def refused(self) -> list[Line]:
        return [one for one in self.lines if one.error]

    @property
    def changed(self) -> list[Line]:
        return [one for one in self.lines if one.changes]

    @property
    def same(self) -> int:
        return len(self.lines) - len(self.refused) - len(self.changed)


def read_workbook(sheet: Sheet, content: bytes, filename: str) -> Intake:
    """Read the template that comes back filled, or any table with columns « Code » and « Valeur ».

    Each line that cannot be taken says why: a value that cannot be read, an unknown code, a code that the spreadsheet
    made a number, another provider's indicator, a key that was changed. An empty cell changes nothing. Raises
    DomainError for a file that cannot be read, that has not these columns, or that looks like a list of people.
    """
    table = read_table(content, filename, key_columns=(CODE,))
    titles = {title: index for index, title in enumerate(table.header)}
    value = next((title for title in titles if title == VALUE or title == f"{VALUE} {sheet.part.declaration.year}"), "")
    refuse_people(table.header, ((row.line, row.texts) for row in table.rows))
    if CODE not in titles or not value:
        raise DomainError(
            f"«\u202f{filename}\u202f» n’a pas les colonnes «\u202f{CODE}\u202f» et «\u202f{VALUE} "
            f"{sheet.part.declaration.year}\u202f»\u202f: partez du modèle de cette déclaration. Rien n’a été importé.",
            code="columns",
        )
    questions = {one.line: one.question for one in table.numeric_keys}
    known = _known(sheet)
    lines: list[Line] = []
    said: dict[uuid.UUID, dict[str, str]] = {}
    empty = 0
    for row in table.rows:
        cells = {title: row.cells[index] for title, index in titles.items()}
        line = Line(row.line, cells[CODE].text.strip(), _typed(cells[value]))
        line.error = questions.get(row.line, "") or _find(line, cells, known, sheet)
        if line.place:
            _remember(said, line.place.row, cells)
        if line.after or line.error:
            lines.append(line)
        else:
            empty += 1
    return _weighed(sheet, lines, said, empty)


def _find(line: Line, cells: Mapping[str, Cell], known: Mapping[str, tuple[Place, str]], sheet: Sheet) -> str:
    """Put the line at its place; answers why when it has none."""
    key = cells[KEY].text.strip() if KEY in cells else ""
    if not key:
        rows = [row for row in sheet.rows if line.code in (row.definition.printed_code, row.definition.code)]
        return _only_place(line, rows)
    if key not in known:
        code = key.split("|")[0]
        return _why_unknown(key, [row for row in sheet.rows if row.definition.code == code])
    place, before = known[key]
    if line.code not in (place.row.definition.printed_code, place.row.definition.code):
        return (
            f"La clé cachée désigne {place.row.definition.printed_code}, la colonne «\u202f{CODE}\u202f» dit "
            f"«\u202f{line.code}\u202f»\u202f: une ligne a été déplacée ou modifiée. Repartez du modèle."
        )
    _put(line, place, before)
    return ""


def _only_place(line: Line, rows: list[Row]) -> str:
    if not rows:
        return f"Le code «\u202f{line.code}\u202f» n’est pas dans cette déclaration."
    if not rows[0].own:
        return _others(rows[0])
    found = list(places(rows[0]))
    if len(found) > 1:
        return f"{rows[0].definition.printed_code} demande {len(found)} réponses\u202f: partez du modèle."
    _put(line, *found[0])
    return ""


def _why_unknown(key: str, rows: list[Row]) -> str:
    if rows and not rows[0].own:
        return _others(rows[0])
    if rows and f"|v{rows[0].definition.version}|" not in key:
        return (
            f"La définition de {rows[0].definition.printed_code} a changé depuis ce modèle\u202f: "
            "téléchargez le modèle de cette année."
        )
    return f"La clé cachée «\u202f{key[:60]}\u202f» a été modifiée\u202f: repartez du modèle."


def _others(row: Row) -> str:
    definition = row.definition
    return f"{definition.printed_code} est fourni par {definition.provider.label}\u202f: cette ligne n’est pas prise."


def _put(line: Line, place: Place, before: str) -> None:
    line.place, line.before = place, before
    line.code, line.label = place.row.definition.printed_code, place.label


def read_paste(sheet: Sheet, text: str, section: str = "") -> Intake:
    """Read pasted lines: « code⇥value » (a value for each count asked), or a bare column for the counts of a group.

    ``section`` is the group that a bare column fills, in the order of the page. Raises DomainError when the column has
    not as many lines as the group has counts, or looks like a list of people.
    """
    pasted = [(number, one) for number, one in enumerate(text.splitlines(), start=1) if one.strip()]
    if not pasted:
        raise DomainError("Collez au moins une ligne.")
    refuse_people((), ((number, one.split("\t")) for number, one in pasted))
    if section:
        return _weighed(sheet, _column(sheet, pasted, section), {}, 0)
    codes = [one.split("\t")[0].strip() for _, one in pasted]
    lines = [line for number, one in pasted for line in _coded(sheet, number, one, codes)]
    return _weighed(sheet, lines, {}, 0)


def counts_of(rows: Iterable[Row]) -> list[tuple[Place, str]]:
    """The whole numbers that some rows ask for, in their order, with what is typed now."""
    return [
        (place, typed)
        for row in rows
        for place, typed in places(row)
        if place.component.type is ComponentType.INTEGER and not place.component.optional
    ]


def _column(sheet: Sheet, pasted: list[tuple[int, str]], section: str) -> list[Line]:
    groups = {group.section: group for strand in sheet.strands for group in strand.groups}
    if section not in groups:
        raise DomainError("Choisissez le groupe que cette colonne remplit.")
    wanted = counts_of(groups[section].rows)
    if len(pasted) != len(wanted):
        raise DomainError(
            f"Vous avez collé {len(pasted)} lignes, ce groupe attend {len(wanted)} nombres\u202f: rien n’est rempli, "
            "pour ne pas décaler les valeurs. Complétez la colonne (0 compris), ou collez «\u202fcode, valeur\u202f»."
        )
    lines = []
    for (number, typed), (place, before) in zip(pasted, wanted, strict=True):
        line = Line(number, "", typed.strip())
        _put(line, place, before)
        lines.append(line)
    return lines


def _coded(sheet: Sheet, number: int, text: str, codes: list[str]) -> Iterator[Line]:
    code, *values = (one.strip() for one in text.split("\t"))
    line = Line(number, code, "\t".join(values))
    rows = [row for row in sheet.rows if code in (row.definition.printed_code, row.definition.code)]
    wanted = [one for one in (places(rows[0]) if rows else ()) if one[0].index is None]
    if not rows or not rows[0].own:
        line.error = _only_place(line, rows)
    elif _ambiguous(sheet, code, codes):
        line.error = (
            f"«\u202f{code}\u202f» ou «\u202f{code}0\u202f»\u202f? Un tableur écrit 1.10 comme 1.1. "
            f"Collez aussi la ligne «\u202f{code}0\u202f», ou écrivez le code complet ({rows[0].definition.code})."
        )
    elif not values or len(values) > len(wanted):
        line.error = f"{code} attend {counted(len(wanted), 'valeur')}, la ligne en donne {len(values)}."
    if line.error:
        yield line
        return
    for (place, before), value in zip(wanted, values, strict=False):
        one = Line(number, code, value)
        _put(one, place, before)
        if value:
            yield one


def _ambiguous(sheet: Sheet, code: str, codes: list[str]) -> bool:
    """May this code be another one that a spreadsheet shortened: 1.1 for 1.10, when 1.10 is asked and not pasted."""
    twin = f"{code}0"
    asked = any(row.definition.printed_code == twin for row in sheet.own_rows)
    printed = any(row.definition.printed_code == code for row in sheet.rows)
    return asked and printed and (twin not in codes or codes.count(code) > 1)


def _known(sheet: Sheet) -> dict[str, tuple[Place, str]]:
    return {place.key: (place, typed) for row in sheet.own_rows for place, typed in places(row)}


def _typed(cell: Cell) -> str:
    """A cell as a person would type it in the form: a date in French, the rest as it is."""
    if cell.kind is CellKind.DATE and cell.text[:4].isdigit():
        return parse_date(cell.text[:10]).strftime("%d/%m/%Y")
    return cell.text.strip()


def _remember(said: dict[uuid.UUID, dict[str, str]], row: Row, cells: Mapping[str, Cell]) -> None:
    """The first comment and the first reason given on the lines of an indicator."""
    for name, title in (("unavailable", UNAVAILABLE), ("comment", COMMENT)):
        text = cells[title].text.strip() if title in cells else ""
        if text:
            said.setdefault(row.record.pk, {}).setdefault(name, text)


def _weighed(sheet: Sheet, lines: list[Line], said: Mapping[uuid.UUID, dict[str, str]], empty: int) -> Intake:
    """Check each value as the form would, and make of the lines of an indicator one entry over what is typed now."""
    touched: dict[uuid.UUID, list[Line]] = {}
    for line in lines:
        if line.place and not line.error:
            touched.setdefault(line.place.row.record.pk, []).append(line)
    entries: list[Entry] = []
    for row in sheet.own_rows:
        mine = touched.get(row.record.pk, [])
        _check(row, mine)
        entry = _entry(row, [line for line in mine if not line.error], said.get(row.record.pk, {}))
        if entry is not None:
            entries.append(entry)
    return Intake(lines, entries, empty)


def _check(row: Row, lines: list[Line]) -> None:
    errors = parse_value(row.definition, _merged(row, lines)).errors
    for line in lines:
        if line.place is None:
            continue
        steps = [line.place.component.key]
        if line.place.index is not None and line.place.field is not None:
            steps += [str(line.place.index), line.place.field.key]
        line.error = errors.get(".".join(steps), "") or errors.get(steps[0], "")


def _entry(row: Row, lines: list[Line], said: Mapping[str, str]) -> Entry | None:
    stated = row.stated
    unavailable = said.get("unavailable", "" if lines or not stated else stated.unavailable)
    comment = said.get("comment", stated.comment if stated else "")
    before = (stated.unavailable, stated.comment) if stated else ("", "")
    if not any(line.changes for line in lines) and (unavailable, comment) == before:
        return None
    return Entry(
        row.record.pk,
        _merged(row, lines),
        unavailable=unavailable,
        comment=comment,
        justification=stated.justification if stated else "",
        seen=getattr(stated, "saved_at", None),
    )


def _merged(row: Row, lines: list[Line]) -> dict[str, Any]:
    """What is typed now, with the lines over it."""
    raw = row.raw
    for line in lines:
        if line.place is None:
            continue
        component, index, inner = line.place.component, line.place.index, line.place.field
        if index is None or inner is None:
            split = component.type is ComponentType.CHOICES
            raw[component.key] = [one.strip() for one in line.after.split(BETWEEN.strip())] if split else line.after
            continue
        cells = _cells(row, component.key) if not isinstance(raw.get(component.key), dict) else raw[component.key]
        raw[component.key] = cells
        cells.setdefault(index, {})[inner.key] = line.after
    return {
        one.key: only_told(one, [cells[index] for index in sorted(cells)])
        if isinstance(cells := raw.get(one.key), dict)
        else cells
        for one in row.own
    }


def _cells(row: Row, key: str) -> dict[int, dict[str, Any]]:
    """The lines of a list by their rank in the form, those that are only proposed included."""
    listed = next(one for one in row.fields if one.component.key == key)
    return {
        index: {cell.component.key: cell.value for cell in line}
        for index, line in enumerate(listed.rows)
        if line[0].told
    }
