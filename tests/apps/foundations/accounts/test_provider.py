"""Coming in by ProConnect, against a provider of identity that this test serves on the loopback, with its own keys."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import LazySettings
from django.test import Client
from tests.apps.foundations.accounts.conftest import signed_in
from tests.support.cast import Cast
from tests.support.roles import as_system

from avenant.foundations.accounts.models import Proposal, User
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation

pytestmark = pytest.mark.django_db
KNOWN = {"client_id", "redirect_uri", "scope", "response_type", "state", "nonce", "acr_values"}
SIREN = "130025265"


class Provider:
    """What ProConnect does: discovery, keys, token, signed userinfo. ``says`` is what it knows of the person."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.says: dict[str, Any] = {"sub": "abc", "given_name": "Agent", "usual_name": "Démo"}
        self.signing: Any = self.key
        self.nonce = ""
        self.kind = "application/jwt"
        self.ends = True
        self.sid = ""
        self.server = HTTPServer(("127.0.0.1", 0), self._handler())
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def sign(self, said: dict[str, Any]) -> str:
        claims = {"iss": self.address, "aud": "avenant", "exp": int(time.time()) + 60, **said}
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, self.signing, algorithm="RS256", headers={"kid": "1"})

    def answer(self, path: str) -> tuple[str, bytes]:
        if path.endswith("/openid-configuration"):
            told = {name: f"{self.address}/{name}" for name in ("authorization_endpoint", "token_endpoint")}
            told |= {"end_session_endpoint": f"{self.address}/end"} if self.ends else {}
            told |= {"userinfo_endpoint": f"{self.address}/userinfo", "jwks_uri": f"{self.address}/keys"}
            return "application/json", json.dumps(told | {"issuer": self.address}).encode()
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return "application/json", json.dumps({"keys": [{**public, "kid": "1", "alg": "RS256"}]}).encode()
        if path == "/token_endpoint":
            token = self.token = self.sign({"sub": "abc", "nonce": self.nonce, "sid": self.sid})
            return "application/json", json.dumps(
                {"access_token": "x", "token_type": "Bearer", "id_token": token}
            ).encode()
        return self.kind, self.sign(self.says).encode()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                kind, body = provider.answer(self.path.partition("?")[0])
                self.send_response(200)
                self.send_header("Content-Type", kind)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *args: Any) -> None:
                """Say nothing."""

        return Handler


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[Provider]:
    served = Provider()
    app = {
        "provider_id": "proconnect", "name": "ProConnect", "client_id": "avenant", "secret": "secret",
        "settings": {"server_url": served.address, "acr_values": "eidas1"},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"proconnect": {"APPS": [app]}}
    settings.OIDC_NAME = "ProConnect"
    yield served
    served.server.shutdown()
    served.server.server_close()


def come_in(provider: Provider, browser: Client | None = None) -> Any:
    """Leave for the provider, come back with a code, post it."""
    browser = browser or Client(SERVER_NAME="localhost")
    away = browser.post("/compte/proconnect").headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}
    assert set(asked) == KNOWN  # an unknown parameter is refused (Y000400)
    assert min(len(asked["state"]), len(asked["nonce"])) >= 32
    assert asked["redirect_uri"] == "http://localhost/compte/proconnect/retour"
    provider.nonce = provider.nonce or asked["nonce"]
    back = f"/compte/proconnect/retour?code=c&state={asked['state']}"
    assert "data-go" in browser.get(back).content.decode()
    return browser.post(back)


def test_the_verified_address_opens_the_account_of_that_address(provider: Provider, person: User) -> None:
    provider.says["email"] = person.email.upper()
    answer = come_in(provider)
    assert answer.headers["Location"] == "/"
    assert answer.client.get("/").status_code == 200
    provider.nonce = ""
    provider.says["email"] = "autre@example.org"  # bound since: the address may change
    assert come_in(provider).client.get("/").status_code == 200
    assert "Entrer par ProConnect" in Client().get("/compte/connexion").content.decode()


def test_leaving_ends_the_session_of_the_provider_too(provider: Provider, person: User) -> None:
    """RP-initiated logout: whose session, where to come back, and nothing of ours is left open meanwhile."""
    provider.says["email"] = person.email
    browser = come_in(provider).client
    away = browser.post("/compte/deconnexion").headers["Location"]
    asked = {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}
    assert away.startswith(f"{provider.address}/end?")
    assert (asked["id_token_hint"], len(asked["state"]) >= 32) == (provider.token, True)
    assert asked["post_logout_redirect_uri"] == "http://localhost/compte/connexion"
    assert browser.get("/").headers["Location"].startswith("/compte/connexion")
    assert browser.post("/compte/deconnexion").headers["Location"] == "/compte/connexion", "once"


@pytest.mark.parametrize("by", ["a provider that does not offer it", "a session opened here"])
def test_leaving_stays_here_without_a_provider_to_tell(provider: Provider, person: User, by: str) -> None:
    provider.says["email"], provider.ends = person.email, False
    browser = come_in(provider).client
    if by == "a session opened here":
        browser = Client(SERVER_NAME="localhost")
        browser.force_login(person)
    assert browser.post("/compte/deconnexion").headers["Location"] == "/compte/connexion"


ENDED = {"http://schemas.openid.net/event/backchannel-logout": {}}


def ending(provider: Provider, **said: Any) -> str:
    claims = {"sub": "abc", "iat": int(time.time()), "jti": token_urlsafe(8), "events": ENDED, **said}
    return provider.sign(claims)


def tell(token: str) -> int:
    """What the provider is answered: it has no session here, no cookie and no form of ours."""
    answer = Client(SERVER_NAME="localhost", enforce_csrf_checks=True).post(
        "/compte/proconnect/fin", {"logout_token": token}
    )
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.status_code


@pytest.mark.parametrize("told", [{}, {"sid": "s1"}, {"sid": "s1", "sub": None}, {"sid": "another"}])
def test_a_session_ended_at_the_provider_ends_ours(provider: Provider, person: User, told: dict[str, Any]) -> None:
    """Back-channel logout: the session that it opened, not another one of the same person."""
    provider.says["email"], provider.sid = person.email, "s1"
    browser = come_in(provider).client
    elsewhere = Client(SERVER_NAME="localhost")
    elsewhere.force_login(person)
    assert tell(ending(provider, **told)) == 200
    closed = browser.get("/").headers.get("Location", "").startswith("/compte/connexion")
    assert closed == (told.get("sid") != "another")
    assert elsewhere.get("/").status_code == 200
    assert UserSession.objects.filter(data__has_key="proconnect").exists() != closed


REFUSED: dict[str, dict[str, Any]] = {
    "another service": {"aud": "another service"},
    "another provider": {"iss": "https://example.org"},
    "expired": {"exp": 1},
    "without end": {"exp": None},
    "a nonce": {"nonce": "n"},
    "nobody": {"sub": None},
    "no event": {"events": None},
    "another event": {"events": {"x": {}}},
    "events that are no object": {"events": ["http://schemas.openid.net/event/backchannel-logout"]},
    "no identifier": {"jti": None},
    "no date": {"iat": None},
}


@pytest.mark.parametrize("fault", [*REFUSED, "key", "no signature", "replayed", "no token", "not a token"])
def test_an_ending_that_is_not_proved_ends_nothing(provider: Provider, person: User, fault: str) -> None:
    provider.says["email"] = person.email
    token = ""
    if fault == "replayed":
        token = ending(provider)
        assert tell(token) == 200
    browser = come_in(provider).client
    match fault:
        case "key":
            provider.signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
            token = ending(provider)
        case "no signature":
            said = jwt.decode(ending(provider), options={"verify_signature": False})
            token = jwt.encode(said, None, algorithm="none", headers={"kid": "1"})
        case "not a token":
            token = "a.b.c"
        case _ if fault in REFUSED:
            token = ending(provider, **REFUSED[fault])
    assert tell(token) == 400
    assert browser.get("/").status_code == 200


def test_a_provider_that_does_not_give_its_keys_may_try_again(provider: Provider, settings: LazySettings) -> None:
    token = ending(provider)
    app = settings.SOCIALACCOUNT_PROVIDERS["proconnect"]["APPS"][0]
    app["settings"]["server_url"] = "http://127.0.0.1:9"
    assert tell(token) == 503


def test_the_siret_proposes_and_the_administrator_confirms(
    provider: Provider, cast: Cast, administrator: Actor
) -> None:
    with as_system():
        Organisation.objects.filter(key="satdl").update(siren=SIREN)
    provider.says |= {"email": "agent@example.org", "siret": f"{SIREN}00013"}
    browser = come_in(provider).client
    assert "son administrateur a reçu votre demande" in browser.get("/").content.decode()
    row = Proposal.objects.get(person__email="agent@example.org")
    assert row.person.name == "Agent Démo"
    signed_in(administrator).post(
        f"/compte/personnes/demandes/{row.pk}", {f"{row.pk.hex}-roles": ["reader"], "answer": "confirm"}
    )
    assert browser.get("/").status_code == 200


def test_an_organisation_that_is_not_here_turns_away(provider: Provider) -> None:
    provider.says |= {"email": "agent@example.org", "siret": "99999999900013"}
    answer = come_in(provider)
    assert answer.headers["Location"] == "/compte/connexion"
    assert "pas d’espace ici" in answer.client.get("/compte/connexion").content.decode()
    assert not User.objects.filter(email="agent@example.org").exists()


@pytest.mark.parametrize("fault", ["key", "nonce", "kind", "subject", "audience", "unverified"])
def test_what_is_not_proved_opens_nothing(provider: Provider, person: User, fault: str) -> None:
    provider.says["email"] = person.email
    match fault:
        case "key":
            provider.signing = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        case "nonce":
            provider.nonce = "n" * 43
        case "kind":
            provider.kind = "application/json"
        case "subject":
            provider.says["sub"] = "somebody else"
        case "audience":
            provider.says["aud"] = "another service"
        case "unverified":
            provider.says["email_verified"] = False
    browser = come_in(provider).client
    assert browser.get("/").headers["Location"].startswith("/compte/connexion")


def test_a_state_serves_once(provider: Provider, person: User) -> None:
    provider.says["email"] = person.email
    browser = Client(SERVER_NAME="localhost")
    away = browser.post("/compte/proconnect").headers["Location"]
    asked = parse_qs(urlsplit(away).query)
    provider.nonce = asked["nonce"][0]
    back = f"/compte/proconnect/retour?code=c&state={asked['state'][0]}"
    browser.post(back)
    thief = Client(SERVER_NAME="localhost")
    assert "Connexion impossible" in thief.post(back).content.decode()


def test_without_provider_there_is_no_such_door() -> None:
    for door in ("/compte/proconnect", "/compte/proconnect/fin"):
        assert Client(SERVER_NAME="localhost").post(door).status_code == 404
