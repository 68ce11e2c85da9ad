"""Regional figures and positions between the domain and their JSON in the tables."""

from __future__ import annotations

from typing import Any

from pydantic import TypeAdapter

from avenant.domain.indicators import Consolidated, Position
from avenant.indicators.consolidation.models import BenchmarkLine, RegionalFigure

_CONSOLIDATED: TypeAdapter[Consolidated] = TypeAdapter(Consolidated)
_POSITION: TypeAdapter[Position] = TypeAdapter(Position)


def consolidated_content(result: Consolidated) -> dict[str, Any]:
    """A consolidated indicator as JSON."""
    content: dict[str, Any] = _CONSOLIDATED.dump_python(result, mode="json")
    return content


def consolidated_of(row: RegionalFigure) -> Consolidated:
    """The consolidated indicator that a row holds."""
    return _CONSOLIDATED.validate_python(row.result)


def position_content(position: Position) -> dict[str, Any]:
    """A position as JSON."""
    content: dict[str, Any] = _POSITION.dump_python(position, mode="json")
    return content


def position_of(row: BenchmarkLine) -> Position:
    """The position that a row holds."""
    return _POSITION.validate_python(row.result)
