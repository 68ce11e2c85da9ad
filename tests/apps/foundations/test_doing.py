"""What a form is told of a refusal, and what is left of an act that was refused half way."""

from __future__ import annotations

import pytest
from django import forms

from avenant.domain.decision import Decision, DomainError, Refused
from avenant.foundations.accounts.models import User
from avenant.foundations.doing import refusals_in

pytestmark = pytest.mark.django_db


class _Form(forms.Form):
    day = forms.DateField()


@pytest.fixture
def form() -> _Form:
    made = _Form({"day": "2026-03-30"})
    assert made.is_valid()
    return made


def _begin() -> None:
    User.objects.create(email="quelquun@fictif.example", name="Quelqu’un")


def _begin_without_right() -> None:
    _begin()
    Decision.no("Réservé à l’autorité.").or_raise()


@pytest.mark.parametrize(("field", "beside"), [(None, "__all__"), ("day", "day")])
def test_a_refusal_is_told_in_the_form_and_nothing_stays_half_done(form: _Form, field: str | None, beside: str) -> None:
    with refusals_in(form, field):
        _begin()
        raise DomainError("Le jour est passé.")
    assert form.errors == {beside: ["Le jour est passé."]}
    assert not User.objects.filter(email="quelquun@fictif.example").exists()


def test_what_succeeds_is_kept(form: _Form) -> None:
    with refusals_in(form):
        _begin()
    assert not form.errors
    assert User.objects.filter(email="quelquun@fictif.example").exists()


def test_a_missing_right_is_the_door_s_to_answer(form: _Form) -> None:
    with pytest.raises(Refused), refusals_in(form):
        _begin_without_right()
    assert not form.errors
    assert not User.objects.filter(email="quelquun@fictif.example").exists()


def test_a_fault_of_ours_is_not_told_as_a_refusal(form: _Form) -> None:
    with pytest.raises(ZeroDivisionError), refusals_in(form):
        raise ZeroDivisionError
    assert not form.errors
