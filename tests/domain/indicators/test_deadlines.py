"""The calendar of a contract's campaigns."""

from __future__ import annotations

from datetime import date

import pytest

from avenant.domain.indicators.deadlines import (
    campaign_years,
    committee_window,
    recall_due,
    reference_period,
    submission_deadline,
)
from avenant.domain.periods import Period


def test_a_campaign_tells_of_the_calendar_year() -> None:
    assert reference_period(2025) == Period(date(2025, 1, 1), date(2026, 1, 1))
    assert reference_period(2025).last_day == date(2025, 12, 31)


@pytest.mark.req("S3-9-03")
def test_the_contract_yields_five_campaigns_the_last_read_in_spring_2030() -> None:
    contract = Period.through(date(2025, 1, 1), date(2029, 12, 31))
    assert list(campaign_years(contract)) == [2025, 2026, 2027, 2028, 2029]
    last = committee_window(campaign_years(contract)[-1])
    assert last == Period.through(date(2030, 3, 1), date(2030, 4, 30))
    assert last.start > contract.last_day


@pytest.mark.parametrize(
    ("committee", "deadline"),
    [
        (date(2026, 4, 10), date(2026, 3, 11)),
        (date(2026, 3, 12), date(2026, 2, 10)),
        (date(2026, 3, 3), date(2026, 2, 1)),
        (date(2026, 3, 2), date(2026, 1, 31)),
        (date(2026, 3, 1), date(2026, 1, 31)),
        (date(2026, 2, 2), date(2026, 1, 31)),
    ],
)
def test_declarations_are_due_30_days_before_the_committee_never_before_31_january(
    committee: date, deadline: date
) -> None:
    assert submission_deadline(2025, committee) == deadline


def test_the_number_of_days_is_a_parameter() -> None:
    assert submission_deadline(2025, date(2026, 4, 10), days_before=15) == date(2026, 3, 26)


def test_recalls_are_clipped_to_the_end_of_the_month() -> None:
    assert recall_due(date(2025, 8, 31), 6) == date(2026, 2, 28)
    assert recall_due(date(2025, 8, 31), 12) == date(2026, 8, 31)
