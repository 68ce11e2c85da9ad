"""When a contract's campaigns run: the year they tell of, the committee that reads them, the day they are due."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from avenant.domain.periods import Period, add_months

DAYS_BEFORE_COMMITTEE: Final = 30
_EARLIEST_DAY: Final = (1, 31)


def reference_period(year: int) -> Period:
    """The days that a campaign tells of: the calendar year (CPOM PACA, article 7)."""
    return Period.of_year(year)


def campaign_years(contract: Period) -> range:
    """One campaign a calendar year that the contract touches; the last is read after its end."""
    return contract.years()


def committee_window(year: int) -> Period:
    """March and April of the next year, when the committee consolidates ``year`` (CPOM PACA, article 7)."""
    return Period.through(date(year + 1, 3, 1), date(year + 1, 4, 30))


def submission_deadline(year: int, committee: date, *, days_before: int = DAYS_BEFORE_COMMITTEE) -> date:
    """The last day to submit: ``days_before`` the committee, never before 31 January of the next year."""
    return max(committee - timedelta(days=days_before), date(year + 1, *_EARLIEST_DAY))


def recall_due(support_ended: date, months: int) -> date:
    """When an employee whose support ended is to be recalled: same day number, or the month's last."""
    return add_months(support_ended, months)
