"""Writes of the demonstration: its clock, and the deadlines that it never lets pass for a real institution."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.contracts.commitments.models import Keeping, PartyYear
from avenant.contracts.commitments.services import postpone_line, postpone_year
from avenant.domain.contracts.keeping import Status
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.states import record
from avenant.foundations.meetings.services.due import end_of_day
from avenant.indicators.declarations.models import Declaration, Part
from avenant.indicators.declarations.policies import EDITABLE
from avenant.indicators.declarations.services.due import plan_entry

MARGIN, POSTPONED_BY = timedelta(days=60), timedelta(days=90)
"""A deadline nearer than the margin is postponed; the margin is longer than any step of the clock."""


@transaction.atomic
def postpone_real_deadlines(*, at: datetime) -> int:
    """Push back what a real institution's contract makes due soon, so that no lateness is ever invented for it.

    Run under the system role, by the builder and after each step of the clock. Returns how many returns moved.
    """
    _postpone_commitments(at)
    _postpone_acts(at)
    near = Declaration.objects.filter(
        contract__fictional=False, closed_at=None, taken_over=False, due_at__lt=at + MARGIN
    ).select_related("contract__territory")
    for declaration in near:
        declaration.due_at = _later(at, declaration.contract.territory.time_zone)
        declaration.save(update_fields=["due_at"])
        parts = Part.objects.filter(declaration=declaration, state__in=EDITABLE)
        for part in parts.select_related("declaration__service", "declaration__contract", "owner"):
            plan_entry(part, waiting="la démonstration, sans retard possible")
        record(
            declaration.circle_id,
            verb="declaration.postponed",
            label="Démonstration : échéance reportée, aucun retard n’est inventé pour un organisme réel",
            actor=None,
            at=at,
            page=declaration.page(),
            subject=declaration.pk,
        )
    return len(near)


def _postpone_commitments(at: datetime) -> None:
    """A real institution is a party to fictional contracts too: none of its commitments is ever late or unanswered."""
    soon = at + MARGIN
    years = PartyYear.objects.filter(party__organisation__fictional=False, closes_at__lt=soon)
    for year in years.select_related("contract__territory", "party__organisation"):
        postpone_year(row=year, closes_at=_later(at, year.contract.territory.time_zone))
    lines = Keeping.objects.filter(
        party__organisation__fictional=False, due_at__lt=soon, status=Status.TO_COME.value
    ).select_related("contract__territory", "party__organisation")
    for line in lines:
        postpone_line(row=line, due_at=_later(at, line.contract.territory.time_zone))


def _postpone_acts(at: datetime) -> None:
    """Nor is any act that awaits a real institution in a fictional file ever overdue."""
    overdue = DueItem.objects.filter(state=DueItem.State.OPEN, organisation__fictional=False, due_at__lte=at)
    for item in overdue:
        item.due_at = _later(at, item.zone)
    DueItem.objects.bulk_update(overdue, ["due_at"])


def _later(at: datetime, zone: str) -> datetime:
    """The end of the day to which a deadline is postponed, on the clocks of ``zone``."""
    return end_of_day((at + POSTPONED_BY).astimezone(ZoneInfo(zone)).date(), zone)
