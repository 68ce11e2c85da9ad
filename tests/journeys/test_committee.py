"""A committee in the browser: planned, convened, held, told in minutes that every member approves."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, confirm, enter, follow, go, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def act(page: Page, name: str, told: str) -> None:
    """Press a button that asks first, and read what the page says."""
    page.get_by_role("button", name=name).first.click()
    confirm(page)
    expect(page.locator("#messages")).to_contain_text(told)


@pytest.mark.req("S0-2-03")
def test_a_meeting_is_planned_convened_held_and_its_minutes_approved(browser: Browser, platform: Platform) -> None:
    service = enter(browser, platform, "Camille Démo")
    follow(service, "Réunions", "Comités")
    no_violation(service)
    go(service.get_by_role("link", name=re.compile("Réunions techniques")).first)
    no_violation(service)
    go(service.get_by_role("link", name="Planifier une séance"))
    no_violation(service)
    service.get_by_label("Objet").select_option("technical")
    service.get_by_label("Jour").fill("2026-03-03")
    service.get_by_label(re.compile("^De ")).fill("09:30")
    service.get_by_label(re.compile("^À ")).fill("11:00")
    service.get_by_role("button", name="Planifier la séance").click()
    expect(service.locator("#messages")).to_contain_text("La séance est planifiée")
    session = service.url
    service.get_by_text("Demander un point", exact=True).click()
    service.get_by_label("Point", exact=True).fill("Préparer le comité")
    service.get_by_role("button", name="Ajouter le point").click()
    act(service, "Convoquer la séance", "convocation est envoyée")
    no_violation(service)

    # In the room: what is decided is typed on the screen that everybody reads.
    go(service.get_by_role("link", name="Mode lecture"))
    no_violation(service)
    service.get_by_label("Décision ou proposition").fill("Relire les chiffres ensemble.")
    service.get_by_label("Responsable").select_option(label="Val d’Issole")
    service.get_by_role("button", name="Consigner la décision").click()
    expect(service.locator("#messages")).to_contain_text("consignée")
    expect(service.get_by_text("Relire les chiffres ensemble.")).to_be_visible()
    service.goto(session)
    for present in service.get_by_label("présent", exact=True).all():
        present.check()
    service.get_by_role("button", name="Noter les présences").click()
    expect(service.get_by_text("quorum atteint")).to_be_visible()

    # An hour and a half later, the session is over.
    go(service.get_by_role("button", name="+1 jour"))
    service.goto(session)
    service.get_by_role("button", name="Clore la séance").click()
    expect(service.locator("#messages")).to_contain_text("séance est close")
    act(service, "Soumettre le compte rendu", "soumis aux membres")
    for who, told in (("Correspondance CPOM", "approbation est notée"), ("Pilote CPOM", "approuvé par tous")):
        member = enter(browser, platform, who)
        member.goto(session)
        no_violation(member)
        act(member, "Approuver le compte rendu", told)
    service.reload()
    expect(service.locator("main")).to_contain_text("compte rendu approuvé")
    no_violation(service)
