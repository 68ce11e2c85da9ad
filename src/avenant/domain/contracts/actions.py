"""What is done under a contract: the closed lists that describe an action, and the campaigns of the laboratories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

ACTION_NATURES: Final[Mapping[str, str]] = {
    "qvt": "qualité de vie au travail (QVT)",
    "prevention": "prévention des risques professionnels",
}
"""Complementary: one action may be both, and is counted once (convention Martinique 2022, preamble)."""

SERVICE_ROLES: Final[Mapping[str, str]] = {
    "evaluation": "aide à l’évaluation et à la prévention",
    "advice": "conseil aux employeurs, travailleurs et représentants",
    "surveillance": "surveillance de l’état de santé",
    "traceability": "traçabilité des expositions et veille sanitaire",
}
"""The four roles of a service for the chemical risk (Labour Code, L4622-2)."""


@dataclass(frozen=True, slots=True)
class CampaignCount:
    """How many measurement campaigns a year has, of how many expected; ``laboratory`` is empty for all together."""

    laboratory: str
    planned: int
    expected: int

    @property
    def words(self) -> str:
        """« 1 sur 2 », « complet », « 3 sur 2\u202f: au-delà de ce qui est prévu »."""
        if self.planned == self.expected:
            return "complet"
        told = f"{self.planned} sur {self.expected}"
        return told if self.planned < self.expected else f"{told}\u202f: au-delà de ce qui est prévu"

    @property
    def complete(self) -> bool:
        return self.planned >= self.expected


def count_campaigns(
    planned: Mapping[str, int], *, each: Mapping[str, int], total: int | None = None
) -> list[CampaignCount]:
    """The campaigns of a year against what is expected of each laboratory, or of all of them together with ``total``.

    « Deux fois par an » reads both ways: the parties choose, each laboratory by default (S1-III.C-19).
    """
    if total is not None:
        return [CampaignCount("", sum(planned.get(name, 0) for name in each), total)]
    return [CampaignCount(name, planned.get(name, 0), expected) for name, expected in each.items()]
