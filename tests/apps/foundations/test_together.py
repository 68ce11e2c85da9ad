"""Two acts that met in the database: the second is told in words, in its form or on a page of its own."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django import forms
from django.db import DatabaseError, OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from psycopg.errors import DeadlockDetected
from tests.support.at_once import at_once
from tests.support.cast import make_people
from tests.support.roles import as_system

from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import door
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import CircleMember, Unit
from avenant.foundations.parties.services import open_circle, own_circle
from avenant.foundations.together import TOGETHER

Act = Callable[[Actor], object]


def _open_a_unit_twice(who: Actor) -> None:
    for _ in range(2):
        Unit.objects.create(organisation_id=who.organisation_id, key="cellule", name="Cellule")


def _wait_for_each_other(_who: Actor) -> None:
    raise OperationalError("deadlock detected") from DeadlockDetected()


def _read_what_is_not_there(_who: Actor) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT nothing FROM nowhere")


MET = pytest.mark.parametrize(
    ("act", "words"),
    [(_open_a_unit_twice, "Cette unité existe déjà dans l’organisme."), (_wait_for_each_other, TOGETHER)],
)


def _answer(act: Act, who: Actor) -> HttpResponse:
    @door(writes={"POST"})
    def view(_request: HttpRequest) -> HttpResponse:
        act(who)
        return HttpResponse("done")

    request = RequestFactory().post("/")
    request.actor = who  # type: ignore[attr-defined]
    return view(request)


@MET
@pytest.mark.django_db
def test_the_door_tells_the_second(act: Act, words: str) -> None:
    answer = _answer(act, make_people().labour)
    assert answer.status_code == 409
    assert words in answer.content.decode()


@MET
@pytest.mark.django_db
def test_a_form_tells_the_second_and_keeps_what_was_typed(act: Act, words: str) -> None:
    who, form = make_people().labour, forms.Form({})
    assert form.is_valid()
    with refusals_in(form):
        act(who)
    assert form.errors == {"__all__": [words]}
    assert not Unit.objects.filter(key="cellule").exists()


@pytest.mark.django_db
def test_another_error_of_the_database_is_a_fault() -> None:
    who = make_people().labour
    with pytest.raises(DatabaseError, match="nowhere"):
        _answer(_read_what_is_not_there, who)


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_a_circle_that_two_open_at_once_is_opened_once() -> None:
    who = make_people().labour

    def click() -> object:
        with acting_as(who):
            return own_circle(who)

    assert at_once(*[click] * 6) == [""] * 6
    with as_system():
        assert CircleMember.objects.filter(organisation_id=who.organisation_id, circle__kind="own").count() == 1


@pytest.mark.django_db
def test_nobody_joins_a_circle_by_opening_it_again() -> None:
    people = make_people()
    with acting_as(people.labour):
        circle = own_circle(people.labour)
    stranger = people.other_service.organisation_id
    with acting_as(people.other_service):
        open_circle(kind="own", title="Encore", members={stranger: "titulaire"}, circle_id=circle)
    with as_system():
        members = CircleMember.objects.filter(circle=circle).values_list("organisation_id", flat=True)
        assert list(members) == [people.labour.organisation_id]
