"""Who is reminded of what, and when."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st
from tests.support.cast import Cast, actor
from tests.support.roles import as_system

from avenant.domain.audiences import Role
from avenant.domain.reminders import days_left, step_reached
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.services import Due
from avenant.foundations.messages import services
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.services import open_circle

STEPS = (15, 7, 2, 0, -3)
PARIS, GUADELOUPE = ZoneInfo("Europe/Paris"), ZoneInfo("America/Guadeloupe")
DUE = datetime(2026, 3, 12, tzinfo=PARIS)  # excluded: the last day is 11 March
MORNING = timedelta(hours=7)


@pytest.mark.parametrize(
    ("day", "step"),
    [
        (date(2026, 2, 23), None),
        (date(2026, 2, 24), 15),
        (date(2026, 3, 3), 15),
        (date(2026, 3, 4), 7),
        (date(2026, 3, 8), 7),
        (date(2026, 3, 9), 2),
        (date(2026, 3, 10), 2),
        (date(2026, 3, 11), 0),
        (date(2026, 3, 13), 0),
        (date(2026, 3, 14), -3),
        (date(2026, 4, 14), -3),
    ],
)
def test_a_step_comes_at_seven_in_the_morning_of_its_day(day: date, step: int | None) -> None:
    at = datetime(day.year, day.month, day.day, 7, tzinfo=PARIS)
    assert step_reached(DUE, at, STEPS) == step


def test_nobody_is_reminded_before_seven() -> None:
    at = datetime(2026, 3, 4, 7, tzinfo=PARIS)
    assert step_reached(DUE, at - timedelta(seconds=1), STEPS) == 15
    assert step_reached(DUE, at, STEPS) == 7


def test_the_days_are_those_of_the_zone() -> None:
    due = datetime(2026, 3, 12, tzinfo=GUADELOUPE)
    at = datetime(2026, 3, 12, 3, 59, tzinfo=UTC)  # 11 March, 23 h 59 in Guadeloupe
    assert days_left(due, at) == 0
    assert days_left(due, at + timedelta(minutes=1)) == -1


@given(
    st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31)).map(lambda naive: naive.replace(tzinfo=PARIS)),
    st.timedeltas(timedelta(0), timedelta(days=400)),
)
def test_steps_only_go_forward(at: datetime, later: timedelta) -> None:
    first, then = step_reached(DUE, at, STEPS), step_reached(DUE, at + later, STEPS)
    assert first is None or (then is not None and then <= first)


# -- what is written -------------------------------------------------------------------------------------------------


@pytest.fixture
def item(cast: Cast) -> DueItem:
    with acting_as(cast.labour):
        members = {cast.labour.organisation_id: "labour", cast.service.organisation_id: "service"}
        circle = open_circle(kind="contract", title="CPOM d’essai", members=members)
        return journal.plan(
            circle,
            Due(
                key="essai",
                label="Transmettre les indicateurs 2025",
                organisation_id=cast.service.organisation_id,
                role=Role.SERVICE_MANAGER,
                waiting="DREETS PACA",
                due_at=DUE,
                page="/declarations/",
                basis="CPOM PACA 2025-2029, article 6",
                consequence="La région consolidera sans ces chiffres.",
            ),
        )


def remind(day: int, month: int = 3) -> list[Notice]:
    with as_system():
        services.remind(at=datetime(2026, month, day, 8, tzinfo=PARIS))
        return list(Notice.objects.order_by("at"))


def test_a_reminder_says_the_article_who_waits_what_follows_and_one_act(item: DueItem, cast: Cast) -> None:
    (notice,) = remind(24, month=2)
    assert notice.person_id == cast.service.person_id
    assert notice.title == "Dans 15 jours\u202f: Transmettre les indicateurs 2025"
    assert notice.body == "Dernier jour\u202f: 11 mars 2026, heure de Paris."
    assert (notice.basis, notice.waiting) == ("CPOM PACA 2025-2029, article 6", "DREETS PACA")
    assert notice.consequence == "La région consolidera sans ces chiffres."
    assert (notice.act, notice.page) == ("Ouvrir la page pour agir", "/declarations/")


def test_each_step_is_told_once_whatever_is_run_again(item: DueItem) -> None:
    told = [len(remind(*day)) for day in ((23, 2), (24, 2), (24, 2), (25, 2), (4,), (9,), (11,), (12,), (14,), (20,))]
    assert told == [0, 1, 1, 1, 2, 3, 4, 4, 5, 5]
    with as_system():
        assert [notice.title.split("\u202f:")[0] for notice in Notice.objects.order_by("at")] == [
            "Dans 15 jours",
            "Dans 7 jours",
            "Dans 2 jours",
            "Aujourd’hui",
            "En retard de 3 jours",
        ]


def test_a_platform_stopped_for_a_week_sends_one_reminder_not_three(item: DueItem) -> None:
    assert [notice.title.split("\u202f:")[0] for notice in remind(10)] == ["Demain"]


def test_a_date_that_moves_starts_its_reminders_again(item: DueItem, cast: Cast) -> None:
    remind(4)
    with acting_as(cast.labour):
        DueItem.objects.filter(pk=item.pk).update(due_at=DUE + timedelta(days=5))
    assert len(remind(9)) == 2


@pytest.mark.parametrize("end", [journal.close, journal.drop])
def test_what_is_done_or_dropped_is_not_reminded(item: DueItem, cast: Cast, end: object) -> None:
    with acting_as(cast.service):
        end("essai")  # type: ignore[operator]
    assert remind(11) == []


def test_only_the_people_of_the_role_still_there_are_reminded(item: DueItem, cast: Cast) -> None:
    with as_system():
        gone = actor(cast.organisation("satdl"), "Partie", Role.SERVICE_MANAGER)
        from avenant.foundations.parties.models import Membership

        Membership.objects.filter(person_id=gone.person_id).update(ends_on=date(2026, 3, 4))
    assert {notice.person_id for notice in remind(3)} == {cast.service.person_id, gone.person_id}
    assert {notice.person_id for notice in remind(4)[2:]} == {cast.service.person_id}


def test_the_steps_are_a_parameter(item: DueItem, settings: LazySettings) -> None:
    settings.REMINDER_DAYS = (30,)
    assert [notice.title.split("\u202f:")[0] for notice in remind(10, month=2)] == ["Dans 29 jours"]
