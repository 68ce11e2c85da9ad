"""A session that ends while one types: it is opened again in a panel, and nothing typed is lost."""

from __future__ import annotations

import re

import psycopg
import pytest
from django.contrib.auth.hashers import make_password
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, enter, go, no_violation
from tests.journeys.test_one_year import row, type_figure
from tests.support import server

pytestmark = [pytest.mark.journey, pytest.mark.slow]

PASSWORD = "une phrase assez longue pour entrer"


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
    go(page.get_by_role("link", name=re.compile("Val d’Issole")).first)
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


def test_who_decides_enrols_a_security_key_and_comes_in_with_it(browser: Browser, platform: Platform) -> None:
    """A key of the browser's own (virtual authenticator): the whole ceremony, registration and assertion."""
    email = "pilote@demo.invalid"
    give_password(platform, email)
    page = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris").new_page()
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "usb", "hasUserVerification": True, "isUserVerified": True}
    cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, "automaticPresenceSimulation": True}})
    page.goto(f"{platform.address}/compte/connexion")
    sign_in(page, email)
    expect(page.get_by_text("Votre rôle demande un second facteur")).to_be_visible()
    page.goto(f"{platform.address}/contrats/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Second facteur")
    no_violation(page)
    go(page.get_by_role("link", name="Ajouter une clé").first)
    no_violation(page)
    page.get_by_label("Nom").fill("Clé du bureau")
    page.get_by_role("button", name="Ajouter la clé").click()
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Ajouter une clé de sécurité")
    page.goto(f"{platform.address}/compte/second-facteur/cles")
    expect(page.get_by_text("Clé du bureau").first).to_be_visible()

    page.context.clear_cookies()
    page.goto(f"{platform.address}/compte/connexion")
    sign_in(page, email)
    key = page.get_by_role("button", name="Se servir d’une clé de sécurité")
    expect(key).to_be_visible()
    page.goto(f"{platform.address}/contrats/")
    expect(page.get_by_role("heading", level=1)).to_have_text("Connexion")
    sign_in(page, email)
    key.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Contrats")
