"""Lines whose cost is not told, and aids that cannot be compared line by line: each boundary."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest

from avenant.domain.funding.doubles import FundedLine, doubles, over_before, why_unlined


def line(key: str, amount: str | None, **more: str) -> FundedLine:
    said = {"file": key, "funder": "CGSS", "label": "Rails de transfert", "establishment": "E", **more}
    return FundedLine(key=key, amount=Decimal(amount) if amount else None, **said)


def test_a_line_of_unknown_cost_pairs_by_its_invoice_and_never_by_an_amount() -> None:
    (pair,) = doubles([line("1", None, invoice="FA 12"), line("2", "1200.00", invoice="fa-12")])
    assert pair.score == 75
    assert not [one for one in pair.reasons if "montant" in one]
    assert doubles([line("1", None), line("2", None)]) == []


@pytest.mark.parametrize(
    ("costs", "why"),
    [
        ([], "Aucune ligne de dépense n’est connue."),
        (["700.00", "299.99"], "Les dépenses connues font 999,99\u202f€ pour une aide de 1\u202f000,00\u202f€."),
        (["700.00", "300.00"], ""),
        (["700.00", "300.01"], ""),
        (["999.99", None], "Coût inconnu\u202f: «\u202fRails de transfert\u202f»."),
        (["1000.00", None], ""),
        ([None], "Coût inconnu\u202f: «\u202fRails de transfert\u202f»."),
    ],
)
def test_an_aid_is_known_line_by_line_once_its_lines_add_up_to_it(costs: list[str | None], why: str) -> None:
    lines = [line(str(rank), cost) for rank, cost in enumerate(costs)]
    assert why_unlined(Decimal("1000.00"), lines) == why


def test_an_aid_over_the_day_before_a_project_is_apart_and_an_unknown_day_is_not() -> None:
    start = date(2024, 1, 15)
    assert over_before(date(2024, 1, 14), start)
    assert not over_before(date(2024, 1, 15), start)
    assert not over_before(date(2024, 1, 16), start)
    assert not over_before(None, start)
    assert not over_before(date(2019, 1, 1), None)
