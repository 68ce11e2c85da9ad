"""The security log, the brake on guessed passwords, and sessions that end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import call_command
from django.db import ProgrammingError, transaction
from django.test import Client, RequestFactory
from tests.apps.foundations.accounts.conftest import NOON, PASSWORD, Clock
from tests.support.cast import Cast
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.foundations.accounts import services
from avenant.foundations.accounts.models import SecurityEntry, User
from avenant.foundations.doors import address_of
from avenant.foundations.parties.actors import Actor, acting_as

pytestmark = pytest.mark.django_db
Action = SecurityEntry.Action


def client(actor: Actor) -> Client:
    signed_in = Client(SERVER_NAME="localhost")
    signed_in.force_login(User.objects.get(pk=actor.person_id))
    return signed_in


def log(**wanted: Any) -> list[tuple[str, str]]:
    with as_system():
        rows = SecurityEntry.objects.filter(**wanted).order_by("pk")
        return [(row.action, row.page) for row in rows]


def test_a_view_is_noted_once_per_person_file_and_hour(cast: Cast, clock: Clock) -> None:
    page = Story(cast).contract.page()
    service, labour = client(cast.service), client(cast.labour)
    for minutes in (0, 29, 1):  # 12:30, 12:59, 13:00
        clock.move(minutes=minutes)
        assert service.get(page).status_code == 200
        labour.get(page)
    assert log(person_id=cast.service.person_id) == [("view", page)] * 2
    assert log(organisation_id=cast.labour.organisation_id) == [("view", page)] * 2


def test_lists_and_acts_are_not_views_and_exports_are_noted_each_time(cast: Cast) -> None:
    service = client(cast.service)
    for _ in range(2):
        service.get("/")
        service.get("/echeances")
        service.get("/echeances.csv")
        service.post("/messages/tout-lu")
    assert log() == [("export", "/echeances.csv")] * 2


def test_what_is_refused_and_what_does_not_exist_for_me_are_noted(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    outsider, service = client(cast.outsider), client(cast.service)
    page = story.contract.page()
    assert outsider.get(page).status_code == 404
    assert service.post(f"{story.part().page()}/valider").status_code == 403
    assert log() == [("refused", page), ("refused", f"{story.part().page()}/valider")]


def test_the_log_keeps_no_address_in_clear(cast: Cast) -> None:
    services.log_access(Action.VIEW, actor=cast.service, page="/x", address="192.0.2.7", at=NOON)
    with as_system():
        (row,) = SecurityEntry.objects.all()
    assert len(row.address) == 16
    assert "." not in row.address


def test_an_organisation_reads_its_own_entries_only_and_nobody_rewrites_one(cast: Cast) -> None:
    for actor in (cast.service, cast.labour):
        services.log_access(Action.EXPORT, actor=actor, page="/x", address="", at=NOON)
    with acting_as(cast.service):
        assert {row.organisation_id for row in SecurityEntry.objects.all()} == {cast.service.organisation_id}
        for forbidden in (SecurityEntry.objects.all().delete, lambda: SecurityEntry.objects.update(page="/y")):
            with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
                forbidden()
    assert SecurityEntry.objects.count() == 0
    with as_system(), pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        SecurityEntry.objects.update(page="/y")


def test_twelve_months_are_kept(cast: Cast, clock: Clock) -> None:
    for at in (NOON.replace(year=2025) - timedelta(seconds=1), NOON.replace(year=2025), NOON):
        services.log_access(Action.EXPORT, actor=cast.service, page=f"/{at:%Y}", address="", at=at)
    with as_system():
        call_command("purge_security_log", verbosity=0)
    assert log() == [("export", "/2025"), ("export", "/2026")]


# -- signing in ------------------------------------------------------------------------------------------------------


def sign_in(person: User, password: str = PASSWORD, address: str = "192.0.2.1") -> Any:
    return Client(SERVER_NAME="localhost").post(
        "/compte/connexion", {"email": person.email, "password": password}, REMOTE_ADDR=address
    )


def test_five_failures_close_the_door_for_five_minutes(person: User, clock: Clock) -> None:
    for _ in range(4):
        sign_in(person, "faux")
        clock.move(seconds=10)
    assert "ne convient pas" in sign_in(person, "faux").content.decode()
    refused = sign_in(person).content.decode()
    assert "Trop d’essais de connexion en cinq minutes\u202f: réessayez dans 5 minutes." in refused
    assert "Votre compte n’est pas fermé." in refused
    clock.move(minutes=4, seconds=19)
    assert "réessayez dans 1 minute." in sign_in(person).content.decode()
    clock.move(seconds=1)
    assert sign_in(person).status_code == 302


def test_four_failures_then_the_right_word_forgive(person: User) -> None:
    for _ in range(2):
        for _ in range(4):
            sign_in(person, "faux")
        assert sign_in(person).status_code == 302


def test_a_colleague_at_the_same_address_still_comes_in(person: User, cast: Cast) -> None:
    for _ in range(6):
        sign_in(person, "faux")
    other = User.objects.get(pk=cast.labour.person_id)
    other.set_password(PASSWORD)
    other.save()
    assert sign_in(other).status_code == 302
    assert sign_in(person, address="192.0.2.2").status_code == 302


def test_many_addresses_do_not_open_one_account(person: User) -> None:
    for number in range(services.ALLOWED_BY_ACCOUNT):
        sign_in(person, "faux", address=f"192.0.2.{number}")
    assert sign_in(person, address="198.51.100.1").status_code == 200


def test_one_address_does_not_try_many_accounts() -> None:
    for number in range(services.ALLOWED_BY_ADDRESS):
        assert services.may_try_to_sign_in(f"{number}@example.org", "192.0.2.1").allowed
        services.count_failure(f"{number}@example.org", "192.0.2.1")
    assert not services.may_try_to_sign_in("last@example.org", "192.0.2.1").allowed
    assert services.may_try_to_sign_in("last@example.org", "192.0.2.2").allowed


def test_sign_ins_failures_and_sign_outs_are_noted(person: User) -> None:
    browser = Client(SERVER_NAME="localhost")
    browser.post("/compte/connexion", {"email": person.email, "password": "faux"})
    browser.post("/compte/connexion", {"email": person.email, "password": PASSWORD})
    browser.post("/compte/deconnexion")
    assert [action for action, _ in log()] == ["failed_sign_in", "sign_in", "sign_out"]
    assert [action for action, _ in log(person=person)] == ["sign_in", "sign_out"]


@pytest.mark.parametrize(
    ("proxies", "told", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "203.0.113.6, 203.0.113.9", "203.0.113.9"),
        (2, "203.0.113.6, 203.0.113.9", "203.0.113.6"),
        (1, "", "192.0.2.1"),
    ],
)
def test_only_our_own_proxies_are_believed(settings: LazySettings, proxies: int, told: str, address: str) -> None:
    settings.PROXIES = proxies
    headers = {"HTTP_X_FORWARDED_FOR": told} if told else {}
    assert address_of(RequestFactory().get("/", REMOTE_ADDR="192.0.2.1", **headers)) == address


# -- sessions --------------------------------------------------------------------------------------------------------


def test_a_session_sleeps_after_45_minutes(cast: Cast, clock: Clock) -> None:
    browser = client(cast.service)
    browser.get("/")
    clock.move(minutes=44, seconds=59)
    assert browser.get("/").status_code == 200
    clock.move(minutes=45)
    assert browser.get("/").headers["Location"] == "/compte/connexion?next=/"
    assert "après 45 minutes sans activité" in browser.get("/compte/connexion").content.decode()


def test_a_session_lasts_twelve_hours_at_most(cast: Cast, clock: Clock) -> None:
    browser = client(cast.service)
    browser.get("/")
    for _ in range(23):
        clock.move(minutes=30)
        assert browser.get("/").status_code == 200
    clock.move(minutes=29, seconds=59)
    assert browser.get("/").status_code == 200
    clock.move(seconds=1)
    assert browser.get("/").status_code == 302
    assert "a duré douze heures" in browser.get("/compte/connexion").content.decode()
