"""Parameters against each other: each remark exactly at its bound, just below, just above; blanks give none."""

from __future__ import annotations

from typing import Any

import pytest

from avenant import rulebooks
from avenant.domain.rules.coherence import remarks_on


def remarks(**values: Any) -> tuple[str, ...]:
    return remarks_on(rulebooks.load("clact_guadeloupe_2023").with_parameters(values))


@pytest.mark.parametrize("name", rulebooks.names())
def test_the_rulebooks_of_the_platform_hold_together(name: str) -> None:
    assert remarks_on(rulebooks.load(name)) == ()


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"max_grant": "10000.00"}, ""),
        ({"max_grant": "10000.01"}, ""),
        ({"max_grant": "9999.99"}, "ramène toutes les aides au même montant"),
        ({"rate": "80", "maximum_rate": "80"}, ""),
        ({"rate": "80.01", "maximum_rate": "90"}, "maximum d’aides publiques"),
        ({"rate": "40", "maximum_rate": "40"}, ""),
        ({"rate": "40.01", "maximum_rate": "40"}, "le taux dépasse le maximum affiché"),
        ({"consumption_deadline": "2023-11-06"}, ""),
        ({"consumption_deadline": "2023-11-05"}, "avant la fin du dépôt"),
        ({"consumption_deadline": "2022-12-31", "submission_deadline": None}, "avant le début des projets"),
        ({"territories": ["971", "XYZ"]}, "«\u202fXYZ\u202f» n’est pas un code"),
        ({"rate": None, "max_grant": None, "territories": None, "consumption_deadline": None}, ""),
    ],
)
def test_each_remark_at_its_bound(values: dict[str, Any], words: str) -> None:
    found = remarks(**values)
    assert len(found) == bool(words), found
    assert words in "".join(found)
