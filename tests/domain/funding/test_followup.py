"""Reports due, statements read, claims followed: the rules, at their boundaries."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.decision import Finding, Severity
from avenant.domain.funding.followup import DutyKind, duties, is_late
from avenant.domain.funding.recovery import Claim, Way, claim_of, last_day_to_answer, may_decide
from avenant.domain.funding.statements import (
    ActionCost,
    DeclaredExpense,
    Spent,
    StatementRules,
    check_statement,
    consumption,
    counted,
)
from avenant.domain.periods import Period

D = Decimal
YEAR = Period.of_year(2024)


def schedule(**changes: Any) -> Any:
    said: dict[str, Any] = {
        "anchor": date(2024, 2, 15), "since": date(2023, 1, 1), "until": date(2026, 3, 31), "day": (3, 30),
        "closing_months": 3,
    }  # fmt: skip
    return duties(**{**said, **changes})


def test_reports_go_from_the_year_after_to_a_closing_one_that_covers_the_last_days() -> None:
    first, second, closing = schedule()
    assert (first.due_on, second.due_on, closing.due_on) == (date(2025, 3, 30), date(2026, 3, 30), date(2026, 6, 30))
    assert (first.kind, closing.kind) == (DutyKind.YEARLY, DutyKind.CLOSING)
    assert (first.period, second.period) == (Period(date(2023, 1, 1), date(2025, 1, 1)), Period.of_year(2025))
    assert closing.period == Period.through(date(2026, 1, 1), date(2026, 3, 31))
    assert (first.year, second.year, closing.year) == (2024, 2025, 2026)


@pytest.mark.parametrize(
    ("until", "yearly"),
    [(date(2026, 3, 29), 1), (date(2026, 3, 30), 2), (date(2026, 3, 31), 2), (date(2027, 3, 30), 3)],
)
def test_a_report_is_due_while_the_aid_may_be_consumed(until: date, yearly: int) -> None:
    assert len(schedule(until=until)) == yearly + 1


def test_no_yearly_report_when_the_consumption_ends_first() -> None:
    (closing,) = schedule(until=date(2024, 12, 31))
    assert closing.period == Period.through(date(2023, 1, 1), date(2024, 12, 31))
    with pytest.raises(ValueError, match="consumption"):
        schedule(until=date(2022, 12, 31))


@given(
    st.dates(date(2020, 1, 1), date(2030, 12, 31)), st.integers(0, 2500), st.integers(0, 400), st.integers(0, 24),
)  # fmt: skip
def test_periods_follow_each_other_and_cover_every_day_once(since: date, days: int, later: int, months: int) -> None:
    until = since + timedelta(days=days)
    told = schedule(since=since, until=until, anchor=since + timedelta(days=later), closing_months=months)
    assert told[0].period.start == since
    assert told[-1].period.last_day == until
    for one, following in pairwise(told):
        assert one.period.end == following.period.start
        assert one.due_on >= one.period.end


def test_the_due_day_is_in_time_and_the_next_is_late() -> None:
    due = date(2025, 3, 30)
    assert [is_late(due, due + timedelta(days=one)) for one in (-1, 0, 1)] == [False, False, True]


def expense(**changes: Any) -> DeclaredExpense:
    said: dict[str, Any] = {
        "code": "D1", "supplier": "Ergo Conseil", "invoice": "F-1", "paid_on": date(2024, 5, 2), "excl_tax": D("1000.00"),
        "incl_tax": D("1085.00"), "vat": "not_recovered", "evidence": "J1",
    }  # fmt: skip
    return DeclaredExpense(**{**said, **changes})


def read(*expenses: DeclaredExpense, **changes: Any) -> list[Finding]:
    said: dict[str, Any] = {
        "period": YEAR, "since": date(2023, 1, 1), "today": date(2025, 3, 1), "excluding_tax": True, "earlier": {},
    }  # fmt: skip
    return check_statement(expenses, StatementRules(**{**said, **changes}))


def codes(found: list[Finding]) -> list[str]:
    return [one.code for one in found]


def test_a_whole_statement_has_no_finding() -> None:
    assert read(expense(), total=D("1000.00")) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"excl_tax": D("-0.01"), "incl_tax": D("-0.01")}, "negative"),
        ({"excl_tax": D("0.00"), "incl_tax": D("0.00")}, "zero"),
        ({"incl_tax": D("999.99")}, "tax"),
        ({"incl_tax": D("1085.02")}, "tax"),
        ({"incl_tax": D("1150.00")}, "tax"),
        ({"vat": "none"}, "tax"),
        ({"paid_on": date(2025, 1, 1)}, "after"),
        ({"paid_on": date(2022, 12, 31)}, "before"),
        ({"credits": "D9", "excl_tax": D("-10"), "incl_tax": D("-10")}, "credit"),
        ({"credits": "D9"}, "positive-credit"),
    ],
)
def test_what_stops_a_statement(changes: dict[str, Any], code: str) -> None:
    good = expense(code="D0", invoice="F-0")
    (found,) = [one for one in read(good, expense(**changes)) if one.code == code]
    assert (found.severity, found.subjects[0]) == (Severity.BLOCKING, "D1")
    assert found.sentence.startswith("D1")


@pytest.mark.parametrize(
    "changes",
    [
        {"excl_tax": D("0.01"), "incl_tax": D("0.01")},
        {"incl_tax": D("1000.00")},
        {"incl_tax": D("1200.00")},
        {"incl_tax": D("1085.01")},
        {"vat": "none", "incl_tax": D("1000.00")},
        {"paid_on": date(2024, 12, 31)},
        {"paid_on": date(2024, 1, 1)},
    ],
)
def test_what_is_just_inside_passes(changes: dict[str, Any]) -> None:
    assert read(expense(**changes)) == []


def test_forgotten_expenses_are_taken_and_a_whole_wrong_year_is_not() -> None:
    late = expense(code="D2", invoice="F-2", paid_on=date(2023, 12, 31))
    assert codes(read(expense(), late)) == ["forgotten"]
    (whole, _) = read(late)
    assert (whole.code, whole.severity) == ("wrong-year", Severity.BLOCKING)
    assert "2023" in whole.sentence


def test_a_payment_to_come_is_not_one() -> None:
    assert codes(read(expense(paid_on=date(2024, 6, 2)), today=date(2024, 6, 1))) == ["future"]
    assert read(expense(paid_on=date(2024, 6, 1)), today=date(2024, 6, 1)) == []


def test_the_announced_total_is_the_sum_to_the_cent() -> None:
    assert codes(read(expense(), total=D("1000.01"))) == ["total"]
    (found,) = read(expense(), total=D("990.00"))
    assert "10,00" in found.sentence


def test_the_same_paper_is_not_declared_twice() -> None:
    again = expense(code="D2", supplier="ERGO CONSEIL", invoice="f 1")
    assert codes(read(expense(), again)) == ["twice"]
    earlier = {expense().key: "bilan 2023"}
    (found,) = read(expense(), earlier=earlier)
    assert "bilan 2023" in found.sentence


def test_nothing_spent_is_said_or_refused() -> None:
    assert codes(read()) == ["empty"]
    assert read(nothing_spent=True) == []
    assert "not-empty" in codes(read(expense(), nothing_spent=True))


def test_no_evidence_at_all_is_incomplete_and_one_missing_is_told() -> None:
    assert codes(read(expense(evidence=""))) == ["no-evidence"]
    (found,) = read(expense(), expense(code="D2", invoice="F-2", evidence=""))
    assert (found.code, found.severity) == ("line-evidence", Severity.INFORMATION)


def test_vat_recovered_and_not_asks_why_and_is_never_counted() -> None:
    mixed = (expense(), expense(code="D2", invoice="F-2", vat="recovered"))
    (found,) = read(*mixed)
    assert (found.code, found.severity) == ("mixed-vat", Severity.TO_JUSTIFY)
    assert read(*mixed, vat_note="Deux secteurs d’activité") == []
    assert [counted(one, excluding_tax=False) for one in mixed] == [D("1085.00"), D("1000.00")]
    assert [counted(one, excluding_tax=True) for one in mixed] == [D("1000.00"), D("1000.00")]


def test_credit_notes_stay_within_their_invoice() -> None:
    credit = expense(code="D2", invoice="A-1", credits="D1", excl_tax=D("-1000.00"), incl_tax=D("-1085.00"))
    assert read(expense(), credit, total=D("0.00")) == []
    assert codes(read(expense(), replace(credit, incl_tax=D("-1085.01")))) == ["credit"]


def test_the_statement_by_action_shares_to_the_cent_and_adds_up() -> None:
    actions = [ActionCost("a", "Cycles", D("1000.00")), ActionCost("b", "Formation", D("2000.00"))]
    spent = [
        Spent("a", D("400.00"), now=False, evidence="J0"), Spent("a", D("700.00"), now=True, evidence="J1"),
        Spent("", D("5.00"), now=True),
    ]  # fmt: skip
    rows, total = consumption(actions, granted=D("1000.01"), paid=D("400.00"), spent=spent)
    assert [one.grant for one in rows] == [D("333.34"), D("666.67"), D("0.00")]
    assert (rows[0].in_year, rows[0].to_date, rows[0].remaining) == (D("700.00"), D("1100.00"), D("-100.00"))
    assert rows[0].evidence == ("J1",)
    for column in ("eligible", "grant", "paid", "in_year", "to_date"):
        assert sum(getattr(one, column) for one in rows) == getattr(total, column)


def test_a_claim_is_never_taken_twice() -> None:
    claim = claim_of(D("100.00"), [(Way.OFFSET, D("60.00"), D("0")), (Way.ORDER, D("30.00"), D("10.00"))])
    assert (claim.unplanned, claim.left) == (D("10.00"), D("30.00"))
    given = claim_of(
        D("100.00"),
        [(Way.ORDER, D("90.00"), D("30.00")), (Way.FORGIVEN, D("50.00"), D(0)), (Way.LOST, D("20.00"), D(0))],
    )
    assert (given.unplanned, given.left) == (D(0), D(0))
    assert given.may_close().allowed
    assert not given.may_receive(D("0.01")).allowed
    assert claim.may_give_up(D("30.00")).allowed
    assert [claim.may_give_up(D(one)).allowed for one in ("30.01", "0", "-1")] == [False] * 3
    assert [claim.may_add(Way.ORDER, D(one)).allowed for one in ("9.99", "10.00", "10.01", "0.00")] == [
        True, True, False, False,
    ]  # fmt: skip
    assert [claim.may_receive(D(one)).allowed for one in ("20.00", "20.01", "0.00")] == [True, False, False]
    assert not claim.may_close().allowed
    assert Claim(D("100.00"), offset=D("100.00")).may_close().allowed


def test_the_decision_waits_for_the_answer_or_the_day_after_the_last() -> None:
    by = last_day_to_answer(date(2026, 7, 1))
    assert by == date(2026, 7, 31)
    assert not may_decide(today=by, answer_by=None, answered=False).allowed
    assert not may_decide(today=by, answer_by=by, answered=False).allowed
    assert may_decide(today=by, answer_by=by, answered=True).allowed
    assert may_decide(today=by + timedelta(days=1), answer_by=by, answered=False).allowed
