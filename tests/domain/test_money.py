from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.money import cents, percent, share, split

AMOUNTS = st.decimals(-(10**12), 10**12, places=2)
WEIGHTS = st.lists(st.integers(0, 10**6), min_size=1, max_size=40).filter(any)


@pytest.mark.parametrize(
    ("exact", "rounded"),
    [
        ("0.004", "0.00"),
        ("0.005", "0.01"),
        ("0.006", "0.01"),
        ("-0.005", "-0.01"),
        ("-0.004", "0.00"),
        ("1e3", "1000.00"),
    ],
)
def test_a_half_cent_goes_away_from_zero(exact: str, rounded: str) -> None:
    assert str(cents(exact)) == rounded


def test_a_float_is_no_amount() -> None:
    with pytest.raises(TypeError):
        cents(0.1)  # type: ignore[arg-type]


@pytest.mark.parametrize("text", ["", "NaN", "Infinity", "douze"])
def test_what_is_not_a_number_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        cents(text)


def test_a_share_is_rounded_once() -> None:
    assert share(Decimal("749999.99"), percent(40)) == Decimal("300000.00")
    assert percent("33.5") == Fraction(67, 200)
    assert percent("1/3") == Fraction(1, 3)
    assert percent("100 / 100") == 1
    for typed in ("1/0", "1/2/3", "/3", "un tiers"):
        with pytest.raises(ValueError):
            percent(typed)


@given(AMOUNTS, WEIGHTS)
def test_a_split_never_loses_a_cent(amount: Decimal, weights: list[int]) -> None:
    parts = split(amount, weights)
    assert sum(parts) == amount
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(amount) * weight / sum(weights)) <= Fraction(1, 100)


@pytest.mark.parametrize("weights", [[], [0, 0], [2, -1]])
def test_weights_are_positive(weights: list[int]) -> None:
    with pytest.raises(ValueError):
        split(Decimal("10.00"), weights)
