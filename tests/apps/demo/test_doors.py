"""The open doors of the demonstration: one button a person, three buttons for the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.roles import as_system

from avenant.demo.models import Visitor
from avenant.demo.tasks import catch_up
from avenant.foundations import clock
from avenant.foundations.accounts.models import User

SIGN_IN, CLOCK = "/demonstration/entrer", "/demonstration/horloge"
pytestmark = pytest.mark.django_db


@pytest.mark.slow
@pytest.mark.usefixtures("world", "open_doors")
class TestOpen:
    """One button a person; three buttons for the clock."""

    def test_the_sign_in_page_offers_each_person_once(self) -> None:
        page = Client().get(reverse("account_login")).content.decode()
        for email in Visitor.objects.values_list("person__email", flat=True):
            assert page.count(f'value="{email}"') == 1

    @pytest.mark.parametrize(
        "who",
        ["pilote", "caisse", "service-social", "responsable", "contributrice", "lecture", "administration",
         "partenaire-social", "responsable-durance-luberon"],
    )  # fmt: skip
    def test_one_button_enters(self, who: str) -> None:
        client = Client()
        answer = client.post(SIGN_IN, {"person": f"{who}@demo.invalid"}, follow=True)
        assert answer.redirect_chain == [(reverse("site:home"), 302)]
        assert answer.context["actor"].person_id == User.objects.get(email=f"{who}@demo.invalid").pk

    def test_nobody_else_enters(self) -> None:
        User.objects.create_user(email="autre@example.org", name="Autre")
        for email in ("autre@example.org", "personne@demo.invalid", ""):
            client = Client()
            assert client.post(SIGN_IN, {"person": email}).status_code == 404
            assert "_auth_user_id" not in client.session

    @pytest.mark.parametrize(
        ("step", "moved"),
        [("jour", timedelta(days=1)), ("semaine", timedelta(weeks=1)), ("comite", timedelta(days=38))],
    )
    def test_the_clock_moves_on_and_comes_back_to_the_page(self, step: str, moved: timedelta) -> None:
        before = clock.now()
        answer = Client().post(CLOCK, {"pas": step, "next": "/echeances?quand=retard"})
        assert answer["Location"] == "/echeances?quand=retard"
        assert clock.now().date() - before.date() == moved

    def test_the_clock_never_goes_back(self) -> None:
        clock.set_now(clock.now() + timedelta(days=60))
        before = clock.now()
        Client().post(CLOCK, {"pas": "comite"})
        assert clock.now() >= before
        assert "Au comité" not in Client().get(reverse("account_login")).content.decode()

    @pytest.mark.parametrize("wanted", ["https://ailleurs.example/", "//ailleurs.example", "", "javascript:alert(1)"])
    def test_the_clock_sends_nobody_elsewhere(self, wanted: str) -> None:
        assert Client().post(CLOCK, {"pas": "jour", "next": wanted})["Location"] == reverse("site:home")

    def test_an_unknown_step_moves_nothing(self) -> None:
        before = clock.shift()
        assert Client().post(CLOCK, {"pas": "siècle"}).status_code == 404
        assert clock.shift() == before

    def test_a_page_never_moves_the_clock(self) -> None:
        assert Client().get(CLOCK).status_code == 405
        assert Client().get(SIGN_IN).status_code == 405

    def test_the_job_of_a_step_runs_twice_without_harm(self) -> None:
        with as_system():
            catch_up()
            catch_up()
