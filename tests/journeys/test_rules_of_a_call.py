"""Rules edited with their live check, tried on dossiers, applied by decision while drafts are open, replayed at a day."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, confirm, enter, go, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def check(page: Page, label: str, typed: str, words: str) -> None:
    """Type a parameter and read what the check beside the form says of it."""
    page.locator("form[hx-post]").get_by_label(label).first.fill(typed)
    page.keyboard.press("Tab")
    expect(page.locator("#check")).to_contain_text(words)


def test_rules_are_checked_tried_revised_and_replayed(browser: Browser, platform: Platform) -> None:
    officer = enter(browser, platform, "Chargée d’appel à projets")
    officer.goto(f"{platform.address}/appels/preparation/")
    go(officer.get_by_role("link", name="CLACT 2027"))
    check(officer, "Taux de prise en charge", "-5", "en dessous du minimum")
    check(officer, "Taux de prise en charge", "quarante", "Taux de prise en charge")
    check(officer, "Taux de prise en charge", "150", "dépasse le maximum")
    check(officer, "Taux de prise en charge", "40", "à fixer avant la publication")
    check(officer, "Plafond de l’aide", "5 000", "ramène toutes les aides au même montant")
    check(officer, "Plafond de l’aide", "300 000", "Date limite de dépôt")
    no_violation(officer)
    officer.locator("form[hx-post]").get_by_label("Plafond de l’aide").fill("beaucoup")
    go(officer.get_by_role("button", name="Enregistrer les paramètres"))
    expect(officer.locator("form[hx-post]").get_by_label("Plafond de l’aide")).to_have_value("beaucoup")
    no_violation(officer, widths=("phone",))

    decider = enter(browser, platform, "Direction, ARS Guadeloupe")
    decider.goto(f"{platform.address}/appels/preparation/")
    go(decider.get_by_role("link", name="CLACT 2026"))
    go(decider.get_by_role("link", name="Essayer d’autres règles"))
    decider.locator("form[data-guard]").get_by_label("Taux de prise en charge").fill("35")
    go(decider.get_by_role("button", name="Essayer ces règles"))
    expect(decider.get_by_role("heading", name="Ce qui changerait")).to_be_visible(timeout=30_000)
    no_violation(decider)
    decider.locator("summary", has_text="Appliquer ces règles").click()
    decider.get_by_label("Motif de la révision").fill("Enveloppe réduite.")
    decider.get_by_role("button", name="Réviser le règlement").click()
    confirm(decider)
    expect(decider.locator("#messages")).to_contain_text("Les brouillons le suivent")

    decider.goto(f"{platform.address}/dossiers/?texte=gaiac")
    go(decider.locator("tbody a").first)
    go(decider.get_by_role("link", name="Accusé de dépôt"))
    go(decider.get_by_role("link", name="Rejouer les règles"))
    expect(decider.get_by_text("Mêmes constats qu’au dépôt")).to_be_visible()
    no_violation(decider)
    decider.get_by_label("Règles du").fill("2026-03-03")
    go(decider.get_by_role("button", name="Rejouer"))
    expect(decider.get_by_text("Ce ne sont pas les constats du dépôt")).to_be_visible()
