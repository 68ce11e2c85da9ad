"""The charts of a region's figures, drawn by a job and stored: the same data are not drawn twice.

Never imported by the web process: a process that drew a chart must not fork. About 40 ms a chart.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from avenant.contracts.catalogue.records import definition_of
from avenant.domain.french import format_evolution, format_number, format_percentage
from avenant.domain.indicators import (
    Answer,
    Definition,
    Kind,
    Rate,
    Scope,
    Total,
    TrendPoint,
    consolidate,
    measures,
    trend,
)
from avenant.foundations.documents import charts
from avenant.foundations.documents.charts import Bar, Chart, Quartiles, Series
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation.models import BenchmarkLine
from avenant.indicators.consolidation.records import position_of
from avenant.indicators.consolidation.selectors.figures import Collection, collect_for_system

# What became of the persons whom the cell followed: the outcome chart of a service that promises these indicators.
OUTCOMES = ("1.1.6", "1.1.7", "1.1.8", "1.1.9")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A chart to be: where it is stored, what it shows (hashed), how it is drawn."""

    circle_id: uuid.UUID
    key: str
    shown: Any
    draw: Callable[[], Chart]

    @property
    def sha256(self) -> str:
        return hashlib.sha256(json.dumps(self.shown, sort_keys=True, default=str).encode()).hexdigest()


History = list[tuple[int, Collection]]


def wanted_charts(campaign: Campaign) -> Iterator[Wanted]:
    """Every chart that the figures of a campaign call for, in the circles of the region and of each contract."""
    campaigns = Campaign.objects.filter(territory_id=campaign.territory_id).order_by("year")
    history = [(one.year, collect_for_system(one)) for one in campaigns]
    collected = dict(history)[campaign.year]
    yield from _region_trends(campaign, history)
    yield from _service_trends(history)
    yield from _named(campaign, collected)
    yield from _positions(campaign)
    yield from _outcomes(campaign, collected)


def scope_of(campaign: Campaign, key: str) -> bool:
    """Is the chart of that key made with this campaign: it goes when the figures no longer call for it."""
    return key.startswith(("trend:", f"{campaign.year}:"))


def _name(definition: Definition) -> str:
    return f"{definition.printed_code} {definition.short_label or definition.label}"


def _unit(definition: Definition, measure: str) -> str:
    if measure == "rate":
        return "%"
    return definition.component(measure).unit or definition.unit or "nombre"


def _shown(measure: str, value: Decimal | None) -> Decimal | None:
    """A rate is drawn in percent, to one decimal."""
    return value if value is None or measure != "rate" else (value * 100).quantize(Decimal("0.1"))


def _said(measure: str, value: Decimal) -> str:
    return format_percentage(value) if measure == "rate" else format_number(value)


# -- trends -----------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Line:
    """One indicator over the years, for a region or a service. ``beside``: the regional median, where it is told."""

    definition: Definition
    measure: str
    points: list[TrendPoint]
    beside: dict[int, Decimal]
    covered: dict[int, str]

    @property
    def told(self) -> list[TrendPoint]:
        return [point for point in self.points if point.value is not None]

    def wanted(self, circle_id: uuid.UUID, who: str) -> Wanted:
        shown = [
            self.definition.label,
            who,
            [[p.year, p.value, p.version] for p in self.points],
            self.beside,
            self.covered,
        ]
        return Wanted(circle_id, f"trend:{self.definition.code}", shown, lambda: self.chart(who))

    def chart(self, who: str) -> Chart:
        years = range(self.points[0].year, self.points[-1].year + 1)
        own = {point.year: _shown(self.measure, point.value) for point in self.points}
        series = [Series(who, {year: own.get(year) for year in years})]
        if self.beside:
            told = {year: _shown(self.measure, self.beside.get(year)) for year in years}
            series.append(Series("Médiane régionale", told))
        breaks = dict.fromkeys(trend(self.points).breaks, "nouvelle définition")
        drawn = charts.trend(series, title=self._title(who), unit=_unit(self.definition, self.measure), breaks=breaks)
        if not self.covered:
            return drawn
        said = [self.covered.get(year, "aucune campagne") for year in years]
        table = [(*row, words) for row, words in zip(drawn.table, ("Services", *said), strict=True)]
        return replace(drawn, table=tuple(table))

    def _title(self, who: str) -> str:
        first, last = self.told[-2:]
        title = f"{_name(self.definition)}, {who} : {_said(self.measure, last.value or Decimal())} en {last.year}"
        if first.version == last.version and first.value and last.value is not None and not self.covered:
            title += f", {format_evolution(first.value, last.value)} depuis {first.year}"
        return title


def _region_trends(campaign: Campaign, history: History) -> Iterator[Wanted]:
    lines: dict[str, _Line] = {}
    for year, collected in history:
        for record, answers in collected.answers.items():
            definition = definition_of(record)
            measure = _measure(definition, answers)
            result = consolidate(definition, answers)
            part = result.share if measure == "rate" else result.parts.get(measure)
            value = part.value if isinstance(part, Total | Rate) else None
            line = lines.setdefault(record.code, _Line(definition, measure, [], {}, {}))
            line.definition, line.measure = definition, measure or line.measure
            line.points.append(TrendPoint(year, value, record.version))
            line.covered[year] = result.coverage.text if part is None else part.coverage.text
    for line in lines.values():
        if len(line.told) > 1:
            yield line.wanted(campaign.circle_id, "région")


def _service_trends(history: History) -> Iterator[Wanted]:
    lines: dict[tuple[str, str], _Line] = {}
    medians = _medians([contract.pk for _, collected in history for contract in collected.contracts.values()])
    contracts: dict[str, Any] = {}
    for year, collected in history:
        contracts |= collected.contracts
        for record, answers in collected.answers.items():
            definition = definition_of(record)
            for service, answer in answers.items():
                told = measures(definition, answer.value)
                measure, value = next(iter(told.items()), ("", None))
                line = lines.setdefault((service, record.code), _Line(definition, measure, [], {}, {}))
                line.definition, line.measure = definition, measure or line.measure
                line.points.append(TrendPoint(year, value, record.version))
                median = medians.get((collected.contracts[service].pk, year, record.pk))
                if median is not None:
                    line.beside[year] = median
    for (service, _), line in lines.items():
        if len(line.told) > 1:
            yield line.wanted(contracts[service].circle_id, service)


def _medians(contracts: list[uuid.UUID]) -> dict[tuple[uuid.UUID, int, uuid.UUID], Decimal]:
    rows = BenchmarkLine.objects.filter(contract__in=contracts).values_list("contract", "year", "definition", "result")
    return {
        (contract, year, definition): Decimal(result["spread"]["median"])
        for contract, year, definition, result in rows
        if result["spread"]
    }


def _measure(definition: Definition, answers: Mapping[str, Answer]) -> str:
    """The figure by which an indicator is drawn: its rate, or its first count. Empty when it has none."""
    if definition.kind in (Kind.RATE, Kind.RATE_WITH_DISTRIBUTION):
        return "rate"
    return next((key for one in answers.values() for key in measures(definition, one.value)), "")


# -- one year ---------------------------------------------------------------------------------------------------------


def _named(campaign: Campaign, collected: Collection) -> Iterator[Wanted]:
    """For the authorities: the services by name, the highest first."""
    for record, answers in collected.answers.items():
        definition = definition_of(record)
        measure = _measure(definition, answers)
        values = {service: measures(definition, one.value).get(measure) for service, one in answers.items()}
        if len([value for value in values.values() if value is not None]) < 2:
            continue
        ranked = sorted(values.items(), key=lambda pair: (pair[1] is None, -(pair[1] or 0), pair[0]))
        rows = [Bar(service, _shown(measure, value), "non renseigné") for service, value in ranked]
        title, unit = f"{_name(definition)}, par service, {campaign.year}", _unit(definition, measure)
        shown = [title, unit, [[row.label, row.value] for row in rows]]
        yield Wanted(campaign.circle_id, f"{campaign.year}:named:{record.code}", shown, _bars(rows, title, unit))


def _bars(rows: list[Bar], title: str, unit: str) -> Callable[[], Chart]:
    return lambda: charts.bars(rows, title=title, unit=unit)


def _positions(campaign: Campaign) -> Iterator[Wanted]:
    """For each service: its value and the middle half of the others, where the comparison is not withheld."""
    lines = BenchmarkLine.objects.filter(
        contract__territory_id=campaign.territory_id, year=campaign.year, contract__declarations__campaign=campaign
    ).select_related("definition")
    for line in lines:
        position = position_of(line)
        if position.spread is None:
            continue
        definition = definition_of(line.definition)
        title = f"{_name(definition)} : votre service parmi {position.contributors}, {line.year}"
        told = (position.spread.first_quartile, position.spread.median, position.spread.third_quartile)
        box = Quartiles(*(_shown(position.measure, one) or Decimal() for one in told))
        own, unit = _shown(position.measure, position.own), _unit(definition, position.measure)
        key = f"{line.year}:position:{definition.code}"
        yield Wanted(line.circle_id, key, [title, unit, own, told], _place(own, box, title, unit))


def _place(own: Decimal | None, box: Quartiles, title: str, unit: str) -> Callable[[], Chart]:
    # No tick for the others: the lowest and the highest are one service's own figure.
    return lambda: charts.distribution(own, box, (), title=title, unit=unit)


def _outcomes(campaign: Campaign, collected: Collection) -> Iterator[Wanted]:
    """What became of the followed employees: kept at their post or in employment, redeployed, lost."""
    for service, contract in collected.contracts.items():
        rows = [
            Bar(
                _name(definition),
                next(iter(measures(definition, answers[service].value).values()), None),
                "non renseigné",
            )
            for definition, answers in _outcome_indicators(collected)
            if service in answers
        ]
        if len(rows) == len(OUTCOMES):
            title = f"Issues des accompagnements de la cellule, {campaign.year}"
            shown = [title, [[row.label, row.value] for row in rows]]
            yield Wanted(contract.circle_id, f"{campaign.year}:outcome", shown, _bars(rows, title, "salariés"))


def _outcome_indicators(collected: Collection) -> Iterator[tuple[Definition, Mapping[str, Answer]]]:
    for record, answers in collected.answers.items():
        if record.set.scope == Scope.LOCAL and record.printed_code in OUTCOMES:
            yield definition_of(record), answers
