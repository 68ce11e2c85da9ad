"""A session that ends while one types, and a security key: what only a browser can show."""

from __future__ import annotations

import re

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, no_violation
from tests.journeys.test_one_year import enter, row, type_figure
from tests.support import server

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PASSWORD = "une phrase assez longue pour entrer"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


def write(platform: Platform, query: str, *values: object) -> None:
    """Change the platform's database from outside, as time or an operator would."""
    with psycopg.connect(server.CLUSTER.url("postgres", platform.database), autocommit=True) as connection:
        connection.execute(query, values)


def give_password(platform: Platform, email: str) -> None:
    write(platform, "UPDATE accounts_user SET password = %s WHERE email = %s", make_password(PASSWORD), email)


def sign_in(page: Page, email: str) -> None:
    page.get_by_label("Adresse électronique").fill(email)
    page.get_by_label("Mot de passe", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Se connecter").click()


def test_a_session_that_ends_while_typing_is_opened_again_over_the_page(browser: Browser, platform: Platform) -> None:
    give_password(platform, "contributrice@demo.invalid")
    page = enter(browser, platform, "Alix Démo")
    page.goto(f"{platform.address}/declarations/")
    page.get_by_role("link", name=re.compile("Val d’Issole")).first.click()
    field = row(page, "1.10").locator("input.av-input-number").first  # type: ignore[attr-defined]
    write(platform, "DELETE FROM django_session")

    field.fill("417")
    field.press("Tab")
    panel = page.get_by_role("dialog", name="Votre session est terminée")
    expect(panel).to_be_visible()
    no_violation(page, widths=("desktop",))
    sign_in(panel, "contributrice@demo.invalid")  # type: ignore[arg-type]
    expect(panel).to_be_hidden()
    expect(field).to_have_value("417")
    expect(page.locator("#saved-at")).to_contain_text("Enregistré")

    # What follows is saved with the new session, and what was sent again is in the database.
    type_figure(page, "1.9", "12")
    page.reload()
    expect(field).to_have_value("417")


def test_a_security_key_is_added_and_opens_the_account(browser: Browser, platform: Platform) -> None:
    email = "lecture@demo.invalid"
    give_password(platform, email)
    context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris")
    context.set_default_timeout(15_000)
    page = context.new_page()
    protocol = context.new_cdp_session(page)
    protocol.send("WebAuthn.enable")
    protocol.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})
    page.goto(f"{platform.address}/compte/connexion")
    sign_in(page, email)
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui vous attend")

    page.goto(f"{platform.address}/compte/second-facteur")
    page.get_by_role("link", name="Ajouter une clé").click()
    page.get_by_label("Nom de la clé").fill("Clé du bureau")
    no_violation(page)
    page.get_by_role("button", name="Ajouter la clé").click()
    page.wait_for_url(re.compile("second-facteur/(secours|cles)$|second-facteur$"))
    page.goto(f"{platform.address}/compte/second-facteur/cles")
    expect(page.get_by_text("Clé du bureau").first).to_be_visible()
    no_violation(page)

    # The next sign-in asks for it: the password alone no longer opens.
    page.locator(".av-menu > summary").click()
    page.get_by_role("button", name="Se déconnecter").click()
    sign_in(page, email)
    page.get_by_role("button", name="Se servir d’une clé de sécurité").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui vous attend")
