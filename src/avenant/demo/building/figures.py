"""The figures of a fictional service for a year: always the same, plausible together, made from ``figures.toml``."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from typing import Any, Final

YEAR: Final = 2025
GROWTH: Final = 1.01
BETWEEN_SERVICES: Final = 0.2
BETWEEN_YEARS: Final = 0.06
STEADY_BELOW: Final = 30
"""Under this, a figure does not vary from one year to the next: a few units more would look like a jump."""

Typed = dict[str, Any]
"""What a person would type, by component."""


class Figures:
    """The figures of one service for one year, by code then component, as they would be typed.

    ``factors`` multiply what a service declares of an indicator, for the story that its justification tells.
    """

    def __init__(
        self, recipes: Mapping[str, Any], service: str, employees: int, year: int, factors: Mapping[str, float]
    ) -> None:
        self.service, self.year, self.factors = service, year, factors
        self.employees = employees * GROWTH ** (year - YEAR)
        self._counts: dict[str, int] = {}
        self.typed: dict[str, Typed] = {
            code: {key: self._typed(code, key, recipe) for key, recipe in parts.items()}
            for code, parts in recipes.items()
        }

    def _typed(self, code: str, key: str, recipe: Mapping[str, Any]) -> Any:
        for given in ("choice", "choices", "text", "rows"):
            if given in recipe:
                return recipe[given]
        if "rows_of" in recipe:
            return self._spread(self._counts[recipe["rows_of"]], recipe["shares"], recipe["rest"])
        count = self._counts[f"{code}:{key}"] = self._count(code, f"{code}:{key}", recipe)
        return str(count)

    def _count(self, code: str, name: str, recipe: Mapping[str, Any]) -> int:
        factor = self.factors.get(code, 1.0)
        if "of" in recipe:
            return round(sum(self._counts[one] for one in recipe["of"]) * recipe.get("share", 1) * factor)
        if "count" in recipe:
            return round(recipe["count"] * self._between(name, BETWEEN_SERVICES))
        base = recipe["per_thousand"] * self.employees / 1000 * self._between(name, BETWEEN_SERVICES)
        base *= recipe.get("trend", 1.0) ** (self.year - YEAR)
        if base >= STEADY_BELOW:
            base *= self._between(f"{name}:{self.year}", BETWEEN_YEARS)
        return round(base * factor)

    def _between(self, what: str, width: float) -> float:
        """A number around 1, at most ``width`` away, that only the service and ``what`` decide."""
        part = zlib.crc32(f"{self.service}:{what}".encode()) / 0xFFFFFFFF
        return 1 + width * (2 * part - 1)

    @staticmethod
    def _spread(total: int, shares: Mapping[str, float], rest: str) -> list[dict[str, str]]:
        rows = {category: round(total * share) for category, share in shares.items()}
        rows[rest] = total - sum(rows.values())
        return [{"category": category, "count": str(count)} for category, count in rows.items()]
