"""What the project knows of the 106 criteria of RGAA 4.1.2 before an audit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from avenant.references.reading import read

STATES: Final[Mapping[str, str]] = {
    "controle": "contrôlé par une machine à chaque changement",
    "construction": "recherché par construction, à confirmer par l’audit",
    "a_evaluer": "à évaluer par une personne",
    "sans_objet": "sans objet",
}


@dataclass(frozen=True, slots=True)
class Group:
    """Criteria that share one state and one reason. ``numbers`` as the reference writes them, « 1.1 »."""

    state: str
    numbers: tuple[str, ...]
    note: str


@cache
def load_groups() -> tuple[Group, ...]:
    """Every criterion once, grouped by state in the order of :data:`STATES`."""
    read_groups = [
        Group(entry["state"], tuple(entry["criteria"]), entry["note"]) for entry in read("accessibility")["group"]
    ]
    order = list(STATES)
    return tuple(sorted(read_groups, key=lambda group: order.index(group.state)))


def count_by_state() -> dict[str, int]:
    """How many criteria in each state, with its French name."""
    counts = Counter(number_state for group in load_groups() for number_state in [group.state] * len(group.numbers))
    return {name: counts[state] for state, name in STATES.items()}
