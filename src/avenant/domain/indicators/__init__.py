"""Indicators: definitions, the values that providers state, their checks, their consolidation and comparison.

Start at :mod:`definitions`; a declaration goes through :func:`parse_value`, then :func:`check`; a region through
:func:`consolidate` and :func:`position`.
"""

from avenant.domain.indicators.benchmark import Position, Spread, Trend, TrendPoint, position, spread, trend
from avenant.domain.indicators.consolidation import (
    Collected,
    Consolidated,
    ContractTotal,
    Coverage,
    Distribution,
    Rate,
    Total,
    consolidate,
    contract_total,
)
from avenant.domain.indicators.definitions import (
    Catalogue,
    Component,
    ComponentType,
    Definition,
    DefinitionSet,
    Kind,
    Provider,
    Scope,
    sort_key,
)
from avenant.domain.indicators.validation import Earlier, Thresholds, check, proposals
from avenant.domain.indicators.values import Answer, AnswerState, Parsed, format_value, measures, parse_value

__all__ = [
    "Answer",
    "AnswerState",
    "Catalogue",
    "Collected",
    "Component",
    "ComponentType",
    "Consolidated",
    "ContractTotal",
    "Coverage",
    "Definition",
    "DefinitionSet",
    "Distribution",
    "Earlier",
    "Kind",
    "Parsed",
    "Position",
    "Provider",
    "Rate",
    "Scope",
    "Spread",
    "Thresholds",
    "Total",
    "Trend",
    "TrendPoint",
    "check",
    "consolidate",
    "contract_total",
    "format_value",
    "measures",
    "parse_value",
    "position",
    "proposals",
    "sort_key",
    "spread",
    "trend",
]
