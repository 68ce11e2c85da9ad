"""Stored figures as their pages show them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from pydantic import TypeAdapter

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting.models import Contract
from avenant.domain.french import format_number, format_percentage
from avenant.domain.indicators import (
    Collected,
    Consolidated,
    Definition,
    Distribution,
    Position,
    Rate,
    Total,
)
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import selectors

CONSOLIDATED = TypeAdapter(Consolidated)
POSITION = TypeAdapter(Position)


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One indicator of the region: its parts in words, and who is missing."""

    record: DefinitionRecord
    definition: Definition
    parts: list[tuple[str, str]]
    coverage: str
    complete: bool
    missing: list[str]


def region_strands(actor: Actor, campaign: Campaign, *, only_dgt: bool = False) -> list[tuple[str, list[FigureLine]]]:
    """The regional figures under their strand; ``only_dgt`` keeps the indicators of the DGT survey."""
    rows = selectors.list_figures(actor, campaign)
    if only_dgt:
        rows = rows.filter(definition__in_dgt_survey=True)
    strands: dict[str, list[FigureLine]] = {}
    for row in rows:
        definition = definition_of(row.definition)
        result = CONSOLIDATED.validate_python(row.result)
        line = FigureLine(
            row.definition,
            definition,
            _parts(definition, result),
            result.coverage.text,
            result.coverage.complete,
            row.missing,
        )
        strands.setdefault(definition.strand, []).append(line)
    return list(strands.items())


def _parts(definition: Definition, result: Consolidated) -> list[tuple[str, str]]:
    told = [(_label(definition, key), _words(definition, key, part)) for key, part in result.parts.items()]
    if result.share is not None:
        told.append(("Taux", result.share.text))
    return [(label, words) for label, words in told if words]


def _label(definition: Definition, key: str) -> str:
    return definition.component(key).label if len(definition.components) > 1 else ""


def _words(definition: Definition, key: str, part: Any) -> str:
    component = definition.component(key)
    match part:
        case Total() | Rate():
            return "" if component.optional and not part.coverage.contributors else part.text
        case Distribution():
            told = [
                f"{component.choice_label(answer)} : {format_number(count)}" for answer, count in part.counts.items()
            ]
            return " ; ".join(told) if part.coverage.contributors else ""
        case Collected():
            return " ; ".join(f"{service} : {_text(entry)}" for service, entry in part.entries)
    return ""


def _text(entry: Any) -> str:
    if isinstance(entry, str):
        return entry
    return f"{len(entry)} ligne(s)"


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
    return [
        _line(row.definition, POSITION.validate_python(row.result))
        for row in selectors.list_positions(actor, contract, year)
    ]


def _line(record: DefinitionRecord, position: Position) -> PositionLine:
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
