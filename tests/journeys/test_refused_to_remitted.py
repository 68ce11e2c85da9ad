"""An aid that was not all spent, in the browser: expense refused, balance, recovery asked, answered, ordered, remitted."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, confirm, enter, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]
DECIDER, DIRECTOR, OFFICER = "Direction, ARS", "Ariel Démo", "Chargée d’appel à projets"


def press(page: Page, name: str, told: str, *, asks: bool = False) -> None:
    """Press a button, confirm when it asks, read what the page says."""
    page.get_by_role("button", name=name, exact=True).first.click()
    if asks:
        confirm(page)
    expect(page.locator("#messages")).to_contain_text(told)


def pass_weeks(page: Page, many: int) -> None:
    """Move the demonstration's clock."""
    for _ in range(many):
        page.get_by_role("button", name="+1 semaine", exact=True).click()
        page.wait_for_load_state()


def read(officer: Page, report: str, *, refused: str = "") -> None:
    """Read a report: an expense refused with its reason, the others accepted."""
    officer.goto(report)
    if refused:
        officer.get_by_label("Motif si refusée").first.fill(refused)
        officer.get_by_role("button", name=re.compile("^Refuser D")).first.click()
        expect(officer.locator("main")).to_contain_text(refused)
    else:
        rest = officer.get_by_role("button", name="Accepter toutes les dépenses qui restent", exact=True)
        if rest.count():
            press(officer, "Accepter toutes les dépenses qui restent", "acceptée", asks=True)
    press(officer, "Accepter le bilan", "accepté")


def test_what_was_not_spent_is_asked_back_and_what_cannot_come_is_remitted(
    browser: Browser, platform: Platform
) -> None:
    director, officer, decider = (enter(browser, platform, one) for one in (DIRECTOR, OFFICER, DECIDER))
    director.goto(f"{platform.address}/suivi/?texte=2023-0016")
    _, yearly, closing = (
        f"{platform.address}{one.get_attribute('href')}" for one in director.locator("td:nth-child(2) a").all()
    )
    director.locator("tbody a").first.click()
    follow_up = director.url
    director.goto(yearly)
    press(director, "Remettre le bilan", "remis dans les délais", asks=True)
    read(officer, yearly, refused="Facture étrangère au projet.")
    pass_weeks(officer, 5)
    director.goto(closing)
    director.get_by_label(re.compile("^Mise en œuvre")).fill("La dernière phase n’a pas eu lieu.")
    director.get_by_label(re.compile("^Rien n’a été dépensé")).check()
    press(director, "Enregistrer", "enregistré")
    press(director, "Remettre le bilan", "remis dans les délais", asks=True)
    read(officer, closing)

    decider.goto(follow_up)
    decider.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    press(decider, "Arrêter le solde", "olde", asks=True)
    officer.goto(f"{platform.address}/suivi/recuperations?texte=Mornes")
    officer.get_by_role("link", name=re.compile("2023-0016-R1")).click()
    expect(officer.get_by_role("heading", level=1)).to_contain_text("Récupération")
    recovery = officer.url
    press(officer, "Notifier à l’établissement", "notifiée")
    no_violation(officer)
    director.goto(recovery)
    director.get_by_label("Vos observations").fill("La formatrice est partie en congé.")
    press(director, "Transmettre les observations", "transmises")
    decider.goto(recovery)
    decider.get_by_label(re.compile("^Motif, repris")).fill("Observations lues : la dépense reste étrangère au projet.")
    press(decider, "Décider la récupération", "décidée")
    officer.goto(recovery)
    officer.get_by_label("Voie").select_option("order")
    officer.get_by_label("Date", exact=True).fill("2026-04-07")
    officer.get_by_label(re.compile("^Référence de la notification")).fill("TR-2026-12")
    press(officer, "Enregistrer le recouvrement", "enregistré")
    officer.get_by_label(re.compile("^Encaissé")).fill("1 000")
    officer.get_by_label("Le", exact=True).fill("2026-04-07")
    press(officer, "Enregistrer l’encaissement", "enregistré")

    decider.goto(recovery)
    decider.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    decider.get_by_label("Date de la décision").fill("2026-04-07")
    decider.get_by_label("Référence de la décision").fill("DG-2026-31")
    decider.locator("#give-up-reason").fill("Trésorerie de l’établissement.")
    no_violation(decider)
    press(decider, "Enregistrer la décision", "enregistrée", asks=True)
    expect(decider.locator("#compte + div tfoot")).to_contain_text("0,00")
    officer.goto(recovery)
    press(officer, "Solder la récupération", "soldée", asks=True)
    no_violation(officer)
    director.goto(recovery)
    expect(director.locator("main")).to_contain_text("Trésorerie de l’établissement.")
    expect(director.get_by_role("link", name="Remise gracieuse")).to_be_visible()
    no_violation(director)
