"""What a funded establishment owes until its award is closed: yearly reports, the closing report, the evaluation.

The text (§3.3) asks for a report each 30 March and gives no date to what follows the end of consumption: the closing
report and the impact evaluation are due some months after it, a parameter of the call.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from avenant.domain.funding.payments import report_days
from avenant.domain.periods import Period, add_months


class DutyKind(StrEnum):
    """A report of a year, or the closing one, which goes up to the last day of consumption."""

    YEARLY = "yearly"
    CLOSING = "closing"


@dataclass(frozen=True, slots=True)
class Duty:
    """One report: the days whose payments it tells, the last day to hand it in."""

    kind: DutyKind
    period: Period
    due_on: date

    @property
    def year(self) -> int:
        """The year by which the report is named: that of the last payments it tells."""
        return self.period.last_day.year


def duties(*, anchor: date, since: date, until: date, day: tuple[int, int], closing_months: int) -> list[Duty]:
    """The reports of an award, in their order (§3.3; §3.2, 4°).

    ``anchor`` is the day of the first payment, or of the signature while nothing is paid: no report is due that year.
    ``since`` is the first day whose expenses count, ``until`` the last. Raises ValueError when ``until`` is before ``since``.
    """
    if until < since:
        raise ValueError("consumption ends after it starts")
    told, start = [], since
    for due_on in report_days(anchor, until, day):
        end = date(due_on.year, 1, 1)
        if start < end:
            told.append(Duty(DutyKind.YEARLY, Period(start, end), due_on))
            start = end
    closing = Period.through(min(start, until), until)
    return [*told, Duty(DutyKind.CLOSING, closing, add_months(until, closing_months))]


def is_late(due_on: date, handed_in_on: date) -> bool:
    """The due day itself is in time, to its last second on the clocks of the call; the next midnight is late."""
    return handed_in_on >= due_on + timedelta(days=1)
