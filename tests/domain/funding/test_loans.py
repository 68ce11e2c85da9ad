"""A loan: its schedule to the cent, what is repaid, what a decision no longer asks, what an unspent aid does to it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.rulebook import book

from avenant.domain.funding.awards import terms_from_json, terms_of
from avenant.domain.funding.loans import (
    LoanTerms,
    Repayment,
    Standing,
    day_of,
    fill,
    in_equal_parts,
    left_of,
    plan_repayments,
    release,
    reschedule,
    split_unspent,
)
from avenant.domain.money import ZERO

D = Decimal
EUROS = st.integers(1, 10_000_000).map(lambda cents: Decimal(cents) / 100)
TERMS = st.builds(LoanTerms, over=st.integers(1, 84), every=st.integers(1, 12), deferred=st.integers(0, 24))

LOAN = """
[[parameter]]
name = "lent"
label = "Part prêtée"
unit = "percent"
value = {share}

[[parameter]]
name = "over"
label = "Durée"
unit = "months"
minimum = 1
value = 12

[[rule]]
id = "loan"
kind = "advance"
label = "Avance remboursable"
share = "lent"
repaid_over = "over"
"""
PARTS = """
[[parameter]]
name = "parts"
label = "Versements"
unit = "percents"
value = [40, 30, 30]

[[rule]]
id = "instalments"
kind = "instalments"
label = "Versements"
parts = "parts"
after = ["signature", "report", "report"]
"""


def lines(*amounts: str, paid: str = "0") -> list[Repayment]:
    made = [Repayment(number=rank, due_on=date(2026, rank, 15), amount=D(one)) for rank, one in enumerate(amounts, 1)]
    return fill(made, D(paid))


@pytest.mark.parametrize(
    ("amount", "parts", "told"),
    [
        ("100.00", 3, ["33.33", "33.33", "33.34"]),
        ("120.00", 7, ["17.14"] * 6 + ["17.16"]),
        ("0.02", 3, ["0.01", "0.01"]),
        ("0.03", 3, ["0.01"] * 3),
        ("0.04", 3, ["0.01", "0.01", "0.02"]),
        ("10.00", 1, ["10.00"]),
    ],
)
def test_the_last_repayment_takes_the_remainder(amount: str, parts: int, told: list[str]) -> None:
    assert [str(one) for one in in_equal_parts(D(amount), parts)] == told


def test_the_days_of_a_loan() -> None:
    assert LoanTerms(over=12, every=3, deferred=6).months == (9, 12, 15, 18)
    assert LoanTerms(over=10, every=3).months == (3, 6, 9, 10), "never later than announced"
    assert LoanTerms(over=2, every=3, deferred=1).months == (3,)
    assert day_of(date(2026, 8, 31), 6) == date(2027, 2, 28)
    for wrong in ({"over": 0}, {"over": 1, "every": 0}, {"over": 1, "deferred": -1}):
        with pytest.raises(ValueError):
            LoanTerms(**wrong)
    with pytest.raises(ValueError):
        in_equal_parts(ZERO, 3)


@given(EUROS, TERMS)
def test_a_schedule_makes_its_principal(amount: Decimal, terms: LoanTerms) -> None:
    plan = plan_repayments(amount, terms)
    assert sum(one.amount for one in plan) == amount
    assert all(one.amount > 0 for one in plan)
    assert len({one.amount for one in plan[:-1]}) <= 1, "equal, but the last"
    assert ZERO <= plan[-1].amount - plan[0].amount < D(len(plan)) / 100
    months = [one.months for one in plan]
    assert months == sorted(set(months))
    assert terms.deferred < months[0]
    assert months[-1] <= terms.deferred + terms.over


def test_what_is_received_goes_to_the_oldest_line() -> None:
    told = lines("100", "100", "100", paid="150")
    assert [one.left for one in told] == [0, 50, 100]
    assert [one.standing(date(2026, 2, 15)) for one in told] == [Standing.REPAID, Standing.PARTLY, Standing.TO_COME]
    assert [one.standing(date(2026, 2, 16)) for one in told] == [Standing.REPAID, Standing.LATE, Standing.TO_COME]
    assert left_of(lines("100", "100", paid="200")) == 0
    with pytest.raises(ValueError):
        lines("100", "100", paid="200.01")


def test_a_decision_no_longer_asks_the_last_lines() -> None:
    told = release(lines("100", "100", "100", paid="150"), D("120"))
    assert [one.left for one in told] == [0, 30, 0]
    assert told[2].standing(date(2026, 12, 1)) is Standing.RELEASED
    with pytest.raises(ValueError):
        release(lines("100", paid="99"), D("1.01"))


def test_another_schedule_asks_the_same() -> None:
    told = reschedule(lines("100", "100", "100", paid="150.01"), first_on=date(2026, 10, 31), parts=2, every=4)
    assert [(one.number, one.due_on, str(one.left)) for one in told if one.left] == [
        (4, date(2026, 10, 31), "74.99"), (5, date(2027, 2, 28), "75.00"),
    ]  # fmt: skip
    for wrong in ({"parts": 0, "every": 1}, {"parts": 1, "every": 0}):
        with pytest.raises(ValueError):
            reschedule(lines("100"), first_on=date(2026, 10, 31), **wrong)


@given(EUROS, TERMS, st.data())
def test_a_loan_is_repaid_released_or_left(amount: Decimal, terms: LoanTerms, data: st.DataObject) -> None:
    plan = plan_repayments(amount, terms)
    held = [
        Repayment(number=one.number, due_on=day_of(date(2026, 1, 31), one.months), amount=one.amount) for one in plan
    ]
    part = st.integers(0, 100)
    received = D(int(amount * data.draw(part))) / 100
    held = fill(held, received)
    forgiven = D(int(left_of(held) * data.draw(part))) / 100
    held = release(held, forgiven)
    assert received + forgiven + left_of(held) == amount
    if left_of(held):
        again = reschedule(held, first_on=date(2028, 1, 1), parts=data.draw(st.integers(1, 24)), every=1)
        assert left_of(again) == left_of(held)
        assert left_of(fill(again, received + left_of(held))) == 0


@pytest.mark.parametrize(
    ("unspent", "paid", "lent", "left", "told"),
    [
        ("5000", "10000", "10000", "10000", ("5000", "0", "5000")),
        ("5000", "10000", "10000", "7000", ("5000", "0", "5000")),
        ("10000", "10000", "10000", "7000", ("7000", "3000", "7000")),
        ("5000", "10000", "4000", "4000", ("2000", "0", "5000")),
        ("5000", "10000", "4000", "0", ("0", "2000", "3000")),
        ("5000", "10000", "0", "0", ("0", "0", "5000")),
        ("0", "0", "0", "0", ("0", "0", "0")),
    ],
)
def test_what_is_not_spent_is_parted_between_the_gift_and_the_loan(
    unspent: str, paid: str, lent: str, left: str, told: tuple[str, str, str]
) -> None:
    made = split_unspent(D(unspent), paid=D(paid), lent=D(lent), left=D(left))
    assert (made.recalled, made.back, made.recovered) == tuple(map(D, told))


@given(EUROS, st.data())
def test_the_same_euro_is_never_asked_twice(paid: Decimal, data: st.DataObject) -> None:
    cents = int(paid * 100)
    lent = D(data.draw(st.integers(0, cents))) / 100
    left = D(data.draw(st.integers(0, int(lent * 100)))) / 100
    unspent = D(data.draw(st.integers(0, cents))) / 100
    made = split_unspent(unspent, paid=paid, lent=lent, left=left)
    assert min(made.recalled, made.back, made.recovered) >= 0
    assert made.recalled <= left
    assert made.recovered + (left - made.recalled) + (lent - left) <= paid
    with pytest.raises(ValueError):
        split_unspent(paid + D("0.01"), paid=paid, lent=lent, left=left)


def test_the_terms_of_a_loan_are_kept() -> None:
    whole = terms_of(book(LOAN.format(share=100), rate=True))
    assert (whole.parts, whole.after, whole.loan) == ((Fraction(1),), ("signature",), LoanTerms(over=12))
    assert terms_from_json(whole.to_json()) == whole
    part = terms_of(book(LOAN.format(share=25), rate=True))
    assert part.parts == (Fraction(1, 4), Fraction(3, 4))
    cut = terms_of(book(LOAN.format(share=50) + PARTS, rate=True))
    assert list(zip(cut.parts, cut.after, strict=True)) == [
        (Fraction(1, 2), "signature"), (Fraction(1, 5), "signature"), (Fraction(3, 20), "report"), (Fraction(3, 20), "report"),
    ]  # fmt: skip
    assert terms_of(book(LOAN.format(share=100) + PARTS, rate=True)).parts == (Fraction(1),)
    assert terms_of(book(LOAN.format(share=0) + PARTS, rate=True)).loan is None
    assert terms_of(book(PARTS, rate=True)).loan is None
