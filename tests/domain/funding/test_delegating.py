"""How far a delegation comes down, to the cent; which day a decision may bear."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.funding.delegating import Use, below_committed, decided_too_late

EUROS = st.decimals(min_value=0, max_value=10**9, places=2)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


@pytest.mark.parametrize(
    ("amount", "refused"), [("60000.01", False), ("60000", False), ("59999.99", True), ("0", True)]
)
def test_a_delegation_comes_down_to_what_is_committed_and_no_further(amount: str, refused: bool) -> None:
    told = below_committed(Decimal(amount), Decimal(60_000), "ARS Guadeloupe")
    assert bool(told) is refused


def test_the_refusal_tells_the_total() -> None:
    told = plain(below_committed(Decimal("59999.99"), Decimal(60_000), "ARS Guadeloupe"))
    assert told == "ARS Guadeloupe a déjà engagé 60 000,00 € de cette délégation : elle ne descend pas à 59 999,99 €."
    told = plain(below_committed(Decimal(0), Decimal("0.01"), "ARS Guadeloupe"))
    assert told.endswith("elle ne se retire plus, elle descend au plus bas à ce montant.")
    assert below_committed(Decimal(0), Decimal(0), "ARS Guadeloupe") == ""


def test_a_decision_is_of_today_at_the_latest() -> None:
    today = date(2026, 3, 3)
    assert decided_too_late(date(2026, 3, 2), today) == decided_too_late(today, today) == ""
    assert "4 mars 2026" in plain(decided_too_late(date(2026, 3, 4), today))


@given(EUROS, EUROS)
def test_what_is_left_and_what_is_committed_make_the_whole(delegated: Decimal, committed: Decimal) -> None:
    use = Use(max(delegated, committed), min(delegated, committed))
    assert use.left + use.committed == use.delegated
    assert use.left >= 0
    assert (use.rate is None) is (use.delegated == 0)
    assert use.rate is None or 0 <= use.rate <= 1
