"""The figures of a fictional service for a year: always the same, plausible together, made from ``figures.toml``."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

YEAR: Final = 2025
GROWTH: Final = 1.01
BETWEEN_SERVICES: Final = 0.2
BETWEEN_YEARS: Final = 0.06
STEADY_BELOW: Final = 30
"""Under this, a figure does not vary from one year to the next: a few units more would look like a jump."""

Recipe = Mapping[str, Any]
Typed = dict[str, Any]
"""What a person would type for one indicator, by component."""


@dataclass(slots=True)
class Figures:
    """One service in one year. ``factors`` multiply, by code, what the story says has moved."""

    service: str
    employees: int
    year: int
    factors: Mapping[str, float] = field(default_factory=dict)
    _counts: dict[str, int] = field(default_factory=dict, init=False)

    def typed(self, recipes: Mapping[str, Mapping[str, Recipe]]) -> dict[str, Typed]:
        """Every indicator of ``recipes``, in their order: a share follows what it is a share of."""
        return {
            code: {key: self._typed(code, key, recipe) for key, recipe in parts.items()}
            for code, parts in recipes.items()
        }

    def _typed(self, code: str, key: str, recipe: Recipe) -> Any:
        for said in ("choice", "choices", "text", "rows"):
            if said in recipe:
                return recipe[said]
        if "rows_of" in recipe:
            return _spread(self._counts[recipe["rows_of"]], recipe["shares"], recipe["rest"])
        name = f"{code}:{key}"
        self._counts[name] = round(self._size(name, recipe) * self.factors.get(code, 1))
        return str(self._counts[name])

    def _size(self, name: str, recipe: Recipe) -> float:
        if "of" in recipe:
            return sum(self._counts[one] for one in recipe["of"]) * float(recipe.get("share", 1))
        size = self._around(name, BETWEEN_SERVICES)
        if "count" in recipe:
            return size * int(recipe["count"])
        size *= float(recipe["per_thousand"]) * self.employees / 1000
        size *= (GROWTH * float(recipe.get("trend", 1))) ** (self.year - YEAR)
        return size if size < STEADY_BELOW else size * self._around(f"{name}:{self.year}", BETWEEN_YEARS)

    def _around(self, what: str, width: float) -> float:
        """A number around 1, at most ``width`` away, that only the service and ``what`` decide."""
        part = zlib.crc32(f"{self.service}:{what}".encode()) / 0xFFFFFFFF
        return 1 + width * (2 * part - 1)


def _spread(total: int, shares: Mapping[str, float], rest: str) -> list[dict[str, str]]:
    """The rows of a table that sums to ``total``: its ``shares``, then the ``rest``."""
    rows = {category: round(total * share) for category, share in shares.items()}
    rows[rest] = total - sum(rows.values())
    return [{"category": category, "count": str(count)} for category, count in rows.items()]
