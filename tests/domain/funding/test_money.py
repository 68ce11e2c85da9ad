"""Costs, instalments, spending, balance and recovery."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.french import format_euros
from avenant.domain.funding.costs import MAINLAND_RATES, OVERSEAS_RATES, MixedVat, rate_of, split_by_rate
from avenant.domain.funding.payments import (
    Instalment,
    Method,
    SpentExpense,
    Verdict,
    effective_rate,
    may_pay,
    offset_on,
    pay,
    reduce_unpaid,
    report_days,
    schedule,
    settle,
    spending,
)
from avenant.domain.money import percent, share

PARTS = (percent(40), percent(30), percent(30))
AMOUNTS = st.decimals(0, 10**8, places=2)


def awarded(grant: str, paid: str = "") -> list[Instalment]:
    """The instalments of a grant, paid up to an amount (whole when none is given)."""
    left, instalments = Decimal(paid or grant), schedule(Decimal(grant), PARTS)
    for one in instalments:
        amount = min(one.amount, left)
        if amount:
            instalments = pay(instalments, one.number, amount)
            left -= amount
    return instalments


@given(AMOUNTS, st.lists(st.integers(1, 100), min_size=1, max_size=6))
def test_instalments_never_lose_a_cent(grant: Decimal, weights: list[int]) -> None:
    parts = [Fraction(one, sum(weights)) for one in weights]
    amounts = [one.amount for one in schedule(grant, parts)]
    assert sum(amounts) == grant
    assert all(one >= 0 for one in amounts)


@pytest.mark.parametrize(
    ("compliant", "due", "recovered"),
    [
        ("100000.00", "40000.00", "0.00"),
        ("99997.50", "39999.00", "1.00"),
        ("112500.00", "40000.00", "0.00"),
        ("0.00", "0.00", "40000.00"),
    ],
)
@pytest.mark.req("S4-3.2.9-01")
def test_under_consumption(compliant: str, due: str, recovered: str) -> None:
    told = settle(
        granted=Decimal("40000.00"), rate=percent(40), compliant=Decimal(compliant), instalments=awarded("40000.00")
    )
    assert (told.due, told.recovered) == (Decimal(due), Decimal(recovered))
    assert (told.granted, told.released) == (Decimal("40000.00"), Decimal("40000.00") - Decimal(due))
    assert format_euros(Decimal(due)) in told.sentence
    at_next = offset_on(told.recovered, Decimal("50000.00"))
    assert (at_next.offset, at_next.ordered) == (Decimal(recovered), 0)
    assert at_next.notified_net == Decimal("50000.00") - Decimal(recovered)


@pytest.mark.req("S4-3.2.9-02")
def test_a_rejected_expense_is_recovered_with_its_reason() -> None:
    day = date(2025, 5, 1)
    told = spending(
        [
            SpentExpense(code="F1", amount=Decimal("83750.00"), paid_on=day, verdict=Verdict.ACCEPTED),
            SpentExpense(
                code="F2", amount=Decimal("16250.00"), paid_on=day, verdict=Verdict.REJECTED, reason="hors convention"
            ),
        ],
        date(2026, 3, 31),
    )
    assert told.compliant == Decimal("83750.00")
    assert "hors convention" in told.reasons[0]
    end = settle(
        granted=Decimal("40000.00"), rate=percent(40), compliant=told.compliant, instalments=awarded("40000.00")
    )
    assert (end.due, end.recovered) == (Decimal("33500.00"), Decimal("6500.00"))


@pytest.mark.req("S4-3.2.9-05")
def test_methods_of_recovery() -> None:
    granted, rate = Decimal("100000.00"), effective_rate(Decimal("100000.00"), Decimal("250000.00"))
    full = settle(granted=granted, rate=rate, compliant=Decimal("200000.00"), instalments=awarded("100000.00"))
    assert (full.due, full.recovered) == (Decimal("80000.00"), Decimal("20000.00"))
    part = settle(
        granted=granted, rate=rate, compliant=Decimal("200000.00"), instalments=awarded("100000.00", "70000.00")
    )
    assert (part.to_pay, part.recovered, part.instalments[2].amount) == (Decimal("10000.00"), 0, Decimal("10000.00"))
    assert (
        settle(granted=granted, rate=rate, compliant=Decimal("250000.00"), instalments=awarded("100000.00")).recovered
        == 0
    )
    spent = settle(
        granted=granted, rate=rate, compliant=Decimal("75000.00"), instalments=awarded("100000.00"), method=Method.A
    )
    assert spent.recovered == Decimal("25000.00")
    assert offset_on(full.recovered, None).ordered == Decimal("20000.00")


@given(AMOUNTS, AMOUNTS, AMOUNTS, st.fractions(0, 1), st.fractions(0, 1), st.booleans())
def test_recovery_is_never_negative_nor_above_what_was_paid(
    granted: Decimal, paid: Decimal, compliant: Decimal, rate: Fraction, penalty: Fraction, breach: bool
) -> None:
    instalments = awarded(str(granted), str(min(paid, granted)))
    told = settle(
        granted=granted, rate=rate, compliant=compliant, instalments=instalments, penalty=penalty, breach=breach
    )
    assert 0 <= told.recovered <= told.claim <= told.paid
    assert told.due + told.recovered == told.paid + told.to_pay
    assert sum(one.amount for one in told.instalments) == max(told.due, told.paid)


@pytest.mark.req("S4-3.2.4-01")
@pytest.mark.parametrize(
    ("day", "counted"), [(date(2026, 3, 30), True), (date(2026, 3, 31), True), (date(2026, 4, 1), False)]
)
def test_the_last_day_of_consumption(day: date, counted: bool) -> None:
    expense = SpentExpense(code="F1", amount=Decimal("10.00"), paid_on=day, verdict=Verdict.ACCEPTED)
    told = spending([expense], date(2026, 3, 31))
    assert (told.compliant, told.late) == ((Decimal(10), Decimal(0)) if counted else (Decimal(0), Decimal(10)))
    assert bool(told.reasons) is not counted


@pytest.mark.parametrize(
    ("own", "of_call", "counted"),
    [
        (date(2025, 6, 30), date(2026, 3, 31), True),
        (date(2025, 6, 29), date(2026, 3, 31), False),
        (date(2025, 7, 1), date(2026, 3, 31), True),
        (date(2027, 1, 1), date(2025, 6, 29), False),
        (date(2025, 6, 29), None, False),
        (None, None, True),
    ],
)
def test_an_expense_has_its_own_last_day(own: date | None, of_call: date | None, counted: bool) -> None:
    """Paid on 30 June 2025: the nearer of its own day and the call's is the last."""
    paid = date(2025, 6, 30)
    expense = SpentExpense(code="F1", amount=Decimal(10), paid_on=paid, verdict=Verdict.ACCEPTED, until=own)
    told = spending([expense], of_call)
    assert (told.compliant, told.late) == ((10, 0) if counted else (0, 10))
    assert ("après le 29 juin 2025" in "".join(told.reasons).replace("\u202f", " ")) is not counted


def test_a_credit_note_is_counted_and_a_rejection_needs_its_reason() -> None:
    day = date(2025, 1, 1)
    note = SpentExpense(code="A", amount=Decimal("-5.00"), paid_on=day, verdict=Verdict.ACCEPTED)
    assert spending([note], None).compliant == 0
    with pytest.raises(ValueError):
        spending([SpentExpense(code="F", amount=Decimal(1), paid_on=day, verdict=Verdict.REJECTED)], None)


def test_an_instalment_waits_for_its_documents() -> None:
    plan = schedule(
        Decimal("100000.00"),
        PARTS,
        after=["signature", "report", "report"],
        documents=["bilan", "justificatifs", "état"],
    )
    assert [str(one.amount) for one in plan] == ["40000.00", "30000.00", "30000.00"]
    assert not may_pay(plan[0], signed=False, accepted=[]).allowed
    plan = pay(plan, 1, Decimal("40000.00"))
    refused = may_pay(plan[1], signed=True, accepted=["bilan", "justificatifs"], earlier=plan)
    assert "état" in refused.reason
    everything = ["bilan", "justificatifs", "état"]
    assert may_pay(plan[1], signed=True, accepted=everything, earlier=plan).allowed
    assert not may_pay(plan[1], signed=True, accepted=everything, earlier=plan, reserves=["à préciser"]).allowed
    with pytest.raises(ValueError):
        pay(plan, 1, Decimal("0.01"))
    assert [one.amount for one in reduce_unpaid(plan, Decimal("50000.00"))] == [Decimal(40000), Decimal(10000), 0]


def test_reports_of_a_convention_signed_in_february_2024() -> None:
    assert report_days(date(2024, 2, 15), date(2026, 3, 31), (3, 30)) == [date(2025, 3, 30), date(2026, 3, 30)]


def test_one_rate_of_tax_a_line() -> None:
    assert rate_of(Decimal("24000.00"), Decimal("26040.00"), OVERSEAS_RATES).rate == percent("8.5")
    with pytest.raises(MixedVat):
        rate_of(Decimal("100.00"), Decimal("113.00"))
    with pytest.raises(MixedVat):
        rate_of(Decimal("100.00"), Decimal("99.99"))
    low, high = split_by_rate(Decimal("100.00"), Decimal("115.00"), percent(10), percent(20))
    assert (low.excl_tax, high.excl_tax) == (Decimal("50.00"), Decimal("50.00"))


RATES = st.sampled_from([*combinations(OVERSEAS_RATES, 2), *combinations(MAINLAND_RATES, 2)])


@given(AMOUNTS, AMOUNTS, RATES, st.sampled_from([-1, 0, 1]))
def test_a_split_line_keeps_its_sums(
    first: Decimal, second: Decimal, rates: tuple[Fraction, Fraction], cent: int
) -> None:
    """Whatever the rounding of the invoice: its tax rounded once, line by line, or a cent beside."""
    low, high = rates
    excl = first + second
    incl = excl + share(first, low) + share(second, high) + Decimal(cent) / 100
    try:
        parts = split_by_rate(excl, incl, low, high)
    except MixedVat:
        assert cent
        return
    assert (sum(one.excl_tax for one in parts), sum(one.incl_tax for one in parts)) == (excl, incl)
    for one, rate in zip(parts, rates, strict=True):
        assert one.rate == rate
        assert one.excl_tax >= 0
        assert abs(one.incl_tax - one.excl_tax - share(one.excl_tax, rate)) <= Decimal("0.02")


def test_a_split_that_no_part_explains_is_refused() -> None:
    for incl in ("99.99", "109.89", "120.11"):
        with pytest.raises(MixedVat):
            split_by_rate(Decimal("100.00"), Decimal(incl), percent(10), percent(20))
    with pytest.raises(ValueError):
        split_by_rate(Decimal("100.00"), Decimal("115.00"), percent(20), percent(10))
