"""Reads of the home pages, actor first."""

from __future__ import annotations

import uuid
from datetime import datetime, time, timedelta

from django.db.models import QuerySet
from django.utils import timezone

from avenant.contracts.drafting.models import Contract
from avenant.foundations.journal import selectors as journal
from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.actors import Actor
from avenant.indicators.consolidation.models import Review
from avenant.indicators.declarations.models import Declaration
from avenant.site.forms import When, Whose
from avenant.site.models import SavedView


def list_due(
    actor: Actor,
    *,
    now: datetime,
    file: uuid.UUID | None = None,
    when: When | None = None,
    whose: Whose | None = None,
) -> QuerySet[DueItem]:
    """What is due from me, with its file: of one file, late at ``now`` or still to come before next Monday, of my unit
    or of the organisation as a whole."""
    due = journal.list_due(actor).select_related("circle", "unit")
    if file:
        due = due.filter(circle_id=file)
    if whose:
        due = due.filter(unit__isnull=whose is Whose.ORGANISATION)
    if when is When.LATE:
        due = due.filter(due_at__lte=now)
    if when is When.THIS_WEEK:
        due = due.filter(due_at__gt=now, due_at__lte=next_monday(now))
    return due


def list_files_with_due(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The files in which something is due from me, by title."""
    files = journal.list_due(actor).order_by("circle__title").values_list("circle_id", "circle__title").distinct()
    return list(files)


def next_monday(now: datetime) -> datetime:
    """When the week of ``now`` ends on the site's calendar. An échéance due by then is of that week."""
    today = timezone.localdate(now)
    monday = today + timedelta(days=7 - today.weekday())
    return timezone.make_aware(datetime.combine(monday, time()))


def list_years(actor: Actor, contract: Contract) -> list[tuple[int, Declaration | None, Review | None]]:
    """The years of a contract, the last first, each with its declaration and its review as far as they exist."""
    declarations = {
        one.year: one
        for one in Declaration.objects.visible_to(actor).filter(contract=contract).select_related("service")
    }
    reviews = {one.year: one for one in Review.objects.visible_to(actor).filter(contract=contract)}
    years = sorted(declarations.keys() | reviews.keys(), reverse=True)
    return [(year, declarations.get(year), reviews.get(year)) for year in years]


def list_saved_views(actor: Actor) -> QuerySet[SavedView]:
    """The views that I keep, list by list: those of the person, for the organisation for which they act."""
    return SavedView.objects.visible_to(actor).filter(person_id=actor.person_id)
