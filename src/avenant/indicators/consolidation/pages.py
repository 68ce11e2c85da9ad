"""Stored figures as their pages and their exports show them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting.models import Contract
from avenant.domain.french import format_number, format_percentage
from avenant.domain.indicators import (
    Answer,
    Collected,
    Component,
    Consolidated,
    Definition,
    Distribution,
    Position,
    Rate,
    Total,
    format_value,
    measures,
)
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import selectors
from avenant.indicators.consolidation.models import RegionalFigure
from avenant.indicators.consolidation.records import consolidated_of, position_of


@dataclass(frozen=True, slots=True)
class FigurePart:
    """One part of a regional figure: what is read, with its coverage; and the number alone, where there is one."""

    label: str
    words: str
    number: Decimal | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One indicator of the region: its parts in words, who is missing, how much of it is validated."""

    record: DefinitionRecord
    definition: Definition
    parts: list[FigurePart]
    coverage: str
    complete: bool
    contributors: int
    expected: int
    validated: int
    missing: list[str]

    @property
    def final(self) -> bool:
        """Every service that is counted is validated."""
        return 0 < self.contributors == self.validated

    @property
    def standing(self) -> str:
        """« provisoire, 9 validés sur 12 »: may the figure still move."""
        if not self.contributors:
            return ""
        plural = "s" if self.validated > 1 else ""
        told = f"{self.validated} validé{plural} sur {self.contributors}"
        return f"validé, {told}" if self.final else f"provisoire, {told}"


SORTS = {
    "couverture": lambda line: (line.contributors / line.expected if line.expected else 0, line.validated),
    "definition": lambda line: line.definition.label.casefold(),
}


@dataclass(frozen=True, slots=True)
class FigureFilter:
    """Which figures are shown: of a strand, of the DGT survey only, with these words; in which order."""

    strand: str = ""
    only_dgt: bool = False
    words: str = ""
    sort: str = ""

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> FigureFilter:
        """What an address asks for; what it cannot read filters nothing."""
        return cls(asked.get("volet", ""), asked.get("dgt") == "1", asked.get("q", "").strip(), asked.get("tri", ""))

    @property
    def active(self) -> bool:
        return bool(self.strand or self.only_dgt or self.words)


def region_lines(actor: Actor, campaign: Campaign, asked: FigureFilter = FigureFilter()) -> list[FigureLine]:
    """The regional figures of a campaign that ``asked`` keeps, in the order of the catalogue or as it asks."""
    rows = selectors.list_figures(actor, campaign)
    if asked.strand:
        rows = rows.filter(definition__strand=asked.strand)
    if asked.only_dgt:
        rows = rows.filter(definition__in_dgt_survey=True)
    words = asked.words.casefold()
    lines = [figure_line(row) for row in rows]
    shown = [one for one in lines if words in f"{one.definition.printed_code} {one.definition.label}".casefold()]
    key = SORTS.get(asked.sort.removeprefix("-"))
    return sorted(shown, key=key, reverse=asked.sort.startswith("-")) if key else shown


def by_strand(lines: Iterable[FigureLine]) -> list[tuple[str, list[FigureLine]]]:
    """The lines under their strand, the order kept inside each."""
    strands: dict[str, list[FigureLine]] = {}
    for line in lines:
        strands.setdefault(line.definition.strand, []).append(line)
    return sorted(strands.items())


def figure_line(row: RegionalFigure) -> FigureLine:
    """A stored figure as it is read."""
    definition = definition_of(row.definition)
    result = consolidated_of(row)
    return FigureLine(
        row.definition,
        definition,
        list(_parts(definition, result)),
        result.coverage.text,
        result.coverage.complete,
        row.contributors,
        row.expected,
        row.validated,
        row.missing,
    )


def _parts(definition: Definition, result: Consolidated) -> Iterator[FigurePart]:
    for key, part in result.parts.items():
        component = definition.component(key)
        label = component.label if len(definition.components) > 1 else ""
        if component.optional and not part.coverage.contributors:
            continue
        match part:
            case Total():
                yield FigurePart(label, part.text, part.value, component.unit or definition.unit)
            case Distribution():
                yield FigurePart(label, _distribution(component, part))
            case Collected():
                told = " ; ".join(f"{service} : {_entry(component, entry)}" for service, entry in part.entries)
                yield FigurePart(label, told or f"Aucune réponse ({part.coverage.text})")
    if isinstance(result.share, Rate):
        percent = None if result.share.value is None else (result.share.value * 100).quantize(Decimal("0.1"))
        yield FigurePart("Taux", result.share.text, percent, "%")


def _distribution(component: Component, part: Distribution) -> str:
    if not part.coverage.contributors:
        return f"Aucune réponse ({part.coverage.text})"
    told = (
        f"{component.choice_label(answer)} : {format_number(count)}{' (partiel)' if answer in part.incomplete else ''}"
        for answer, count in part.counts.items()
    )
    partial = "" if part.coverage.complete else "répartition partielle, "
    return f"{' ; '.join(told)} ({partial}{part.coverage.text})"


def _entry(component: Component, entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    rows = (" – ".join(str(row[one.key]) for one in component.fields if one.key in row) for row in entry)
    return ", ".join(rows) or "aucun"


# -- one service among the others -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PositionLine:
    """Where a service stands on one indicator; ``hidden`` says why there is no comparison."""

    record: DefinitionRecord
    own: str
    median: str
    quartiles: str
    rank: str
    hidden: str


def positions(actor: Actor, contract: Contract, year: int) -> list[PositionLine]:
    """The benchmark of a service: own value, median, quartiles, rank; the others are anonymous."""
    return [position_line(row.definition, position_of(row)) for row in selectors.list_positions(actor, contract, year)]


def position_line(record: DefinitionRecord, position: Position) -> PositionLine:
    """A position as it is read."""
    own = "non renseigné" if position.own is None else _figure(position.measure, position.own)
    if position.spread is None:
        return PositionLine(record, own, "", "", "", position.hidden_because)
    first, third = (
        _figure(position.measure, one) for one in (position.spread.first_quartile, position.spread.third_quartile)
    )
    rank = f"{position.rank} / {position.contributors}" if position.rank else ""
    return PositionLine(record, own, _figure(position.measure, position.spread.median), f"{first} – {third}", rank, "")


def _figure(measure: str, number: Decimal) -> str:
    if measure == "rate":
        return format_percentage(number)
    return format_number(number, decimals=None if number == number.to_integral_value() else 1)


@dataclass(frozen=True, slots=True)
class NamedLine:
    """What one service said of an indicator: for the authorities, by name."""

    service: str
    contract: Contract
    value: str
    comparable: Decimal | None
    state: str


def named_lines(actor: Actor, campaign: Campaign, record: DefinitionRecord) -> list[NamedLine]:
    """Every expected service with what it handed in, the highest first; the silent ones last."""
    collected = selectors.collect(actor, campaign)
    definition = definition_of(record)
    lines = [
        NamedLine(
            service,
            collected.contracts[service],
            _said(definition, answer),
            next(iter(measures(definition, answer.value).values()), None),
            _standing(answer, provisional=(record.pk, service) in collected.provisional),
        )
        for service, answer in collected.answers.get(record, {}).items()
    ]
    return sorted(lines, key=lambda line: (line.comparable is None, -(line.comparable or 0), line.service))


def _said(definition: Definition, answer: Answer) -> str:
    if answer.value:
        return format_value(definition, answer.value)
    return f"non disponible ({answer.reason})" if answer.reason else "non renseigné"


def _standing(answer: Answer, *, provisional: bool) -> str:
    if not answer.value:
        return ""
    return "provisoire" if provisional else "validé"


def audited_cells(actor: Actor, campaign: Campaign, keys: Iterable[str]) -> list[tuple[str, str, str]]:
    """Regional cells of an audit in words: printed code, label, part."""
    known = {row.definition.code: definition_of(row.definition) for row in selectors.list_figures(actor, campaign)}
    found = []
    for key in keys:
        measure, _, place = key.partition("|")
        code, _, part = measure.partition(":")
        if code in known:
            single = len(known[code].components) == 1
            found.append(
                (known[code].printed_code, known[code].label, "" if single else known[code].component(part).label)
            )
        else:
            found.append(
                (
                    "",
                    measure[:1].upper() + measure[1:],
                    " × ".join(one.partition("=")[2] for one in place.split("|") if one) or "Total",
                )
            )
    return found
