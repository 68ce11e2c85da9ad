"""Coming in: passwords, second factors, sessions, what was typed when the session had ended."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.usersessions.models import UserSession
from cryptography.fernet import InvalidToken
from django.conf import LazySettings
from django.contrib.auth.password_validation import CommonPasswordValidator, validate_password
from django.core import mail
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.http import HttpResponse
from django.test import Client
from tests.apps.foundations.accounts.conftest import PASSWORD, Clock, sign_in, signed_in, with_password
from tests.support.cast import Cast
from tests.support.roles import as_system

from avenant.foundations.accounts import passwords, services
from avenant.foundations.accounts.adapters import SecondFactorAdapter
from avenant.foundations.accounts.models import SecurityEntry, User
from avenant.foundations.messages.models import Preference
from avenant.foundations.parties.actors import Actor

pytestmark = pytest.mark.django_db
LONGER = "une autre phrase, plus longue encore"


@pytest.fixture
def compulsory(settings: LazySettings, without_second_factor: None) -> None:
    settings.SECOND_FACTOR_REQUIRED = True


def code_of(secret: str) -> str:
    counter = next(iter(yield_hotp_counters_from_time()))
    return str(format_hotp_value(hotp_value(secret, counter)))


def enrol(browser: Client) -> list[str]:
    """Set an application up by its pages; the recovery codes that were shown."""
    page = browser.get("/compte/second-facteur/application").content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page)
    assert secret
    answer = browser.post("/compte/second-facteur/application", {"code": code_of(secret.group(1))})
    assert answer.headers["Location"] == "/compte/second-facteur/secours"
    return re.findall(r"<code>(\d{8})</code>", browser.get("/compte/second-facteur/secours").content.decode())


# -- passwords -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("length", "decides", "accepted"), [
    (11, False, False), (12, False, True), (13, True, False), (14, True, True),
])  # fmt: skip
def test_twelve_characters_fourteen_for_those_who_decide(
    cast: Cast, length: int, decides: bool, accepted: bool
) -> None:
    user = User.objects.get(pk=(cast.service if decides else cast.reader).person_id)
    password = "Xq7 vélo-bleu tard"[:length]
    if accepted:
        validate_password(password, user)
    else:
        with pytest.raises(ValidationError, match="quatorze" if decides else "douze"):
            validate_password(password, user)


@pytest.mark.parametrize("guessed", [
    "1q2w3e4r5t6y", "motdepasse2026", "P@ssw0rd2024!", "azertyuiop12", "qsdfghjklm!!", "bonjourbonjour", "0000000000000000",
    "Avenant2026!!", "Marseille13000!", "santeautravail", "lectrice.durance",
])  # fmt: skip
def test_a_password_that_is_guessed_is_refused_however_disguised(cast: Cast, guessed: str) -> None:
    user = User(name="Durance", email="lectrice.durance@example.org")
    with pytest.raises(ValidationError, match="se devine"):
        validate_password(guessed, user)


def test_no_common_password_that_is_long_enough_passes(cast: Cast) -> None:
    listed = [one for one in CommonPasswordValidator().passwords if len(one) >= passwords.SHORTEST]
    assert len(listed) > 150
    for one in listed:
        with pytest.raises(ValidationError):
            validate_password(one)


@pytest.mark.parametrize(
    "good", ["cheval agrafe pile", "kX9#vLm2qP!z", "nous partons demain à la mer", "élan vertige 7 prunes" * 9]
)
def test_a_phrase_passes_even_a_very_long_one(cast: Cast, good: str) -> None:
    validate_password(good)


def test_a_lost_password_is_chosen_anew_by_mail_once(person: User) -> None:
    browser = Client(SERVER_NAME="localhost")
    browser.post("/compte/mot-de-passe/oubli", {"email": person.email})
    link = re.search(r"http://\S+", str(mail.outbox[0].body))
    assert link
    assert "mot de passe" in mail.outbox[0].subject
    path = link.group().partition(":8000")[2]
    form = browser.get(path).headers["Location"]
    assert browser.post(form, {"password1": "court", "password2": "court"}).status_code == 200
    browser.post(form, {"password1": LONGER, "password2": LONGER})
    assert sign_in(person, LONGER).status_code == 302
    assert Client(SERVER_NAME="localhost").get(path).status_code == 404  # served already


def test_an_unknown_address_is_not_told_from_a_known_one(person: User) -> None:
    answers = [
        Client(SERVER_NAME="localhost").post("/compte/mot-de-passe/oubli", {"email": email}).headers["Location"]
        for email in (person.email, "personne@example.org")
    ]
    assert len(set(answers)) == 1
    assert len(mail.outbox) == 1


def test_a_silent_mail_server_does_not_break_the_page(person: User, settings: LazySettings) -> None:
    settings.EMAIL_BACKEND = "tests.apps.foundations.accounts.silent.Backend"
    answer = Client(SERVER_NAME="localhost").post("/compte/mot-de-passe/oubli", {"email": person.email}, follow=True)
    assert "ne répond pas" in answer.content.decode()


def test_a_closed_account_does_not_open(person: User) -> None:
    User.objects.filter(pk=person.pk).update(is_active=False)
    answer = sign_in(person)
    assert answer.headers["Location"] == "/compte/ferme"
    assert answer.client.get("/").status_code == 302
    assert "Votre compte est fermé" in answer.client.get("/compte/ferme").content.decode()


def test_brute_force_from_behind_one_proxy_does_not_lock_the_institution(person: User, cast: Cast) -> None:
    """Everybody of an institution shares the address of its proxy: one account that is attacked shuts only itself."""
    for _ in range(20):
        sign_in(person, "faux")
    colleagues = [with_password(who) for who in (cast.contributor, cast.reader, cast.labour)]
    assert {sign_in(one).status_code for one in colleagues} == {302}
    assert services.may_try_to_sign_in(person.email, "198.51.100.7").allowed  # nor its person, from elsewhere


# -- second factor ---------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("compulsory")
def test_who_decides_is_led_to_a_second_factor_and_nowhere_else(person: User) -> None:
    browser = sign_in(person).client
    for page in ("/", "/contrats/", "/compte/", "/compte/jetons", "/echeances.csv"):
        assert browser.get(page).headers["Location"] == "/compte/second-facteur", page
    assert browser.post("/messages/preferences", {"rhythm": "daily"}).headers["Location"] == "/compte/second-facteur"
    assert not Preference.objects.filter(person=person, rhythm="daily").exists()
    page = browser.get("/compte/second-facteur").content.decode()
    assert "Votre rôle demande un second facteur" in page
    enrol(browser)
    assert browser.get("/").status_code == 200


@pytest.mark.usefixtures("compulsory")
def test_who_only_reads_needs_none(cast: Cast) -> None:
    assert signed_in(cast.reader).get("/").status_code == 200


def test_the_second_factor_is_asked_at_each_sign_in(person: User) -> None:
    browser = sign_in(person).client
    codes = enrol(browser)
    assert len(codes) == 10
    answer = sign_in(person)
    assert answer.headers["Location"] == "/compte/second-facteur/code"
    assert answer.client.get("/").status_code == 302  # the password alone opens nothing
    wrong = answer.client.post("/compte/second-facteur/code", {"code": "000000"})
    assert "Ce code ne convient pas" in wrong.content.decode()
    assert answer.client.post("/compte/second-facteur/code", {"code": codes[0]}).status_code == 302
    assert answer.client.get("/").status_code == 200
    again = sign_in(person).client
    replayed = again.post("/compte/second-facteur/code", {"code": codes[0]})  # a recovery code serves once
    assert "Ce code ne convient pas" in replayed.content.decode()


def test_codes_are_not_guessed(person: User) -> None:
    enrol(sign_in(person).client)
    browser = sign_in(person).client
    for _ in range(5):
        browser.post("/compte/second-facteur/code", {"code": "000000"})
    assert "Trop d’essais" in browser.post("/compte/second-facteur/code", {"code": "000000"}).content.decode()


def test_a_code_serves_once_and_that_of_a_clock_an_hour_off_does_not(person: User) -> None:
    browser = sign_in(person).client
    page = browser.get("/compte/second-facteur/application").content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page).group(1)  # type: ignore[union-attr]
    browser.post("/compte/second-facteur/application", {"code": code_of(secret)})
    cache.clear()  # the code that enrolled is forgotten: half a minute has passed

    def answer(code: str) -> HttpResponse:
        return sign_in(person).client.post("/compte/second-facteur/code", {"code": code})  # type: ignore[return-value]

    now = next(iter(yield_hotp_counters_from_time()))
    for off in (-120, 120):  # steps of thirty seconds
        told = answer(format_hotp_value(hotp_value(secret, now + off)))
        assert "Ce code ne convient pas" in told.content.decode()
    code = code_of(secret)
    assert answer(code).status_code == 302
    assert "Ce code ne convient pas" in answer(code).content.decode(), "a code that was seen is worth nothing again"


def test_secrets_are_encrypted_in_the_database(person: User) -> None:
    browser = sign_in(person).client
    page = browser.get("/compte/second-facteur/application").content.decode()
    secret = re.search(r"<code>([A-Z2-7]+)</code>", page).group(1)  # type: ignore[union-attr]
    browser.post("/compte/second-facteur/application", {"code": code_of(secret)})
    assert secret not in str(list(Authenticator.objects.values_list("data", flat=True)))


def test_a_secret_is_read_after_its_key_was_changed_while_the_former_one_is_told(settings: LazySettings) -> None:
    adapter, former = SecondFactorAdapter(), settings.SECRET_KEY
    kept = adapter.encrypt("JBSWY3DPEHPK3PXP")
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "k" * 40, [former]
    assert adapter.decrypt(kept) == "JBSWY3DPEHPK3PXP"
    settings.SECRET_KEY_FALLBACKS = []
    with pytest.raises(InvalidToken):
        adapter.decrypt(kept)


def test_who_decides_keeps_the_last_second_factor(person: User) -> None:
    browser = sign_in(person).client
    enrol(browser)
    page = browser.get("/compte/second-facteur/application/retirer").content.decode()
    assert "ajoutez-en d’abord un autre" in page
    browser.post("/compte/second-facteur/application/retirer")
    assert Authenticator.objects.filter(user=person, type="totp").exists()


def test_what_protects_an_account_asks_who_it_is_again(person: User) -> None:
    browser = sign_in(person).client
    session = browser.session
    session["started"] = int(time.time()) - 16 * 60
    session.save()
    answer = browser.get("/compte/second-facteur/application")
    assert answer.headers["Location"].startswith("/compte/confirmer")
    again = browser.post(answer.headers["Location"], {"password": PASSWORD})
    assert again.headers["Location"] == "/compte/second-facteur/application"
    assert browser.get("/compte/second-facteur/application").status_code == 200


# -- sessions --------------------------------------------------------------------------------------------------------


def test_a_stolen_cookie_is_worth_nothing_after_the_sign_out(person: User) -> None:
    browser = sign_in(person).client
    thief = Client(SERVER_NAME="localhost")
    thief.cookies["sessionid"] = browser.cookies["sessionid"].value
    assert thief.get("/").status_code == 200
    browser.post("/compte/deconnexion")
    assert thief.get("/").headers["Location"].startswith("/compte/connexion")


@pytest.mark.parametrize(
    ("https", "told"),
    [
        ("1", "__Host-session __Host-csrf True True True True"),
        ("0", "sessionid csrftoken False False True True"),
    ],
)
def test_cookies_are_closed_to_scripts_and_with_https_bound_to_the_host(https: str, told: str) -> None:
    names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE")
    names += ("SESSION_COOKIE_HTTPONLY", "CSRF_COOKIE_HTTPONLY")
    script = f"from django.conf import settings; print(*(getattr(settings, name) for name in {names}))"
    environment = {**os.environ, "AVENANT_HTTPS": https}
    answer = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True)  # noqa: S603  our own script
    assert answer.stdout.strip() == told


def test_i_see_my_sessions_and_close_the_others(person: User) -> None:
    here, elsewhere = sign_in(person).client, sign_in(person).client
    page = here.get("/compte/").content.decode()
    assert page.count("Cette session") == 1
    assert page.count("Une autre session") == 1
    here.post("/compte/sessions/autres/fermer")
    assert here.get("/").status_code == 200
    assert elsewhere.get("/").status_code == 302
    assert UserSession.objects.filter(user=person).count() == 1


def test_nobody_closes_the_session_of_another(person: User, cast: Cast) -> None:
    sign_in(person)
    number = UserSession.objects.get(user=person).pk
    assert signed_in(cast.reader).post(f"/compte/sessions/{number}/fermer").status_code == 404


# -- what was typed --------------------------------------------------------------------------------------------------


def ended(who: Actor, clock: Clock) -> Client:
    browser = signed_in(who)
    browser.get("/")
    clock.move(minutes=46)
    return browser


TYPED = {"rhythm": "daily", "text": "Une réponse longue,\nsur deux lignes.", "old_password": "secret"}


def test_what_was_posted_is_shown_again_after_the_sign_in(person: User, cast: Cast, clock: Clock) -> None:
    browser = ended(cast.service, clock)
    answer = browser.post("/messages/preferences", TYPED)
    assert answer.headers["Location"] == "/compte/connexion?next=/compte/reprise"
    assert not Preference.objects.filter(person=person, rhythm="daily").exists()
    answer = sign_in(person, browser=browser, next="/compte/reprise")
    page = browser.get(answer.headers["Location"]).content.decode()
    assert "Une réponse longue,<br>sur deux lignes." in page
    assert 'action="/messages/preferences"' in page
    assert "secret" not in page.replace("Adresse secrète", "")


def test_what_one_typed_is_not_shown_to_another(cast: Cast, clock: Clock) -> None:
    browser = ended(cast.service, clock)
    browser.post("/messages/preferences", TYPED)
    sign_in(with_password(cast.reader), browser=browser)
    assert "Une réponse longue" not in browser.get("/compte/reprise").content.decode()


def test_htmx_is_asked_to_sign_in_in_place(cast: Cast, clock: Clock) -> None:
    answer = ended(cast.service, clock).post("/messages/preferences", TYPED, HTTP_HX_REQUEST="true")
    assert answer.status_code == 401
    assert "Votre saisie reste à l’écran" in answer.content.decode()


def test_too_much_is_not_kept(cast: Cast, clock: Clock) -> None:
    answer = ended(cast.service, clock).post("/messages/preferences", {"text": "x" * 200_001})
    assert answer.headers["Location"] == "/compte/connexion?next=/"


def test_sign_ins_with_a_second_factor_are_noted_once(person: User) -> None:
    codes = enrol(sign_in(person).client)
    sign_in(person).client.post("/compte/second-facteur/code", {"code": codes[0]})
    with as_system():
        noted: Any = SecurityEntry.objects.filter(action="sign_in", person=person).count()
    assert noted == 2
