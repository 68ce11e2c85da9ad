"""The pages of the contracts that live: actions, cited texts, amendments, signatures, committees, readable everywhere."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, enter, go, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]
LISTS = ("mes-actions", "actions-communes", "actions-communes/nouvelle", "pieces-absentes", "textes")


def contract_of(page: Page, platform: Platform, title: str) -> str:
    """Open a contract by its title, the notice accepted where it is asked; its address."""
    page.goto(f"{platform.address}/contrats/?q={title}")
    go(page.get_by_role("link", name=re.compile(title)).first)
    if "/notice" in page.url:
        page.get_by_label("J’ai lu cette notice").check()
        page.get_by_role("button", name="Accepter et entrer").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(title)
    return page.url


def test_lists_of_actions_texts_and_messages(browser: Browser, platform: Platform) -> None:
    labour = enter(browser, platform, "Pilote CPOM")
    for name in LISTS:
        labour.goto(f"{platform.address}/contrats/{name}")
        no_violation(labour)
    labour.goto(f"{platform.address}/contrats/?q=Valcornet")
    signed = labour.get_by_role("row").filter(has_text="à compter de la dernière signature")
    expect(signed.locator("td[data-label='État']").first).to_contain_text(
        "à la signature"
    )  # after a cell of two columns
    for address in ("/messages/", "/messages/preferences"):
        labour.goto(f"{platform.address}{address}")
        no_violation(labour)


def test_actions_of_a_programme_and_targets(browser: Browser, platform: Platform) -> None:
    labour = enter(browser, platform, "Pilote CPOM")
    contract = contract_of(labour, platform, "CPOM 2025-2029, Santé au Travail Val d’Issole")
    labour.goto(f"{contract}/actions")
    expect(labour.get_by_text("Douze entreprises sur vingt accompagnées.")).to_be_visible()
    expect(labour.get_by_role("link", name=re.compile("Journée sur le maintien"))).to_be_visible()
    no_violation(labour)
    labour.goto(f"{contract}/actions/fiche-2-1")
    no_violation(labour)
    labour.goto(f"{contract}/cibles")
    no_violation(labour)


def test_amendments_signatures_and_ends(browser: Browser, platform: Platform) -> None:
    labour = enter(browser, platform, "Pilote CPOM")
    amended = contract_of(labour, platform, "CPOM 2024-2028, Santé Travail Rivebelle")
    labour.goto(f"{amended}/avenants")
    no_violation(labour)
    go(labour.get_by_role("link", name=re.compile("Avenant n° 2")))
    no_violation(labour)
    labour.goto(f"{amended}/avenants/nouveau")
    no_violation(labour)
    for title, page in (
        ("Sauvecombe", "avenants"),
        ("Tourmaline", "avenants"),
        ("CPOM 2026-2030, Prévention et Santé Valcornet", "signatures"),
    ):
        contract = contract_of(labour, platform, title)
        labour.goto(f"{contract}/{page}")
        no_violation(labour)


def test_a_reorientation_is_read_in_the_review_and_in_the_session(browser: Browser, platform: Platform) -> None:
    labour = enter(browser, platform, "Pilote CPOM")
    labour.goto(f"{platform.address}/comites/seances?annee=2026&q=Ventarelle")
    labour.get_by_role("link", name=re.compile("12 février 2026")).first.click()
    expect(labour.get_by_text("Proposer la visite de pré-reprise dès trente jours d’arrêt", exact=True)).to_be_visible()
    no_violation(labour)
    labour.get_by_role("link", name=re.compile("^Indicateur 1.10")).click()
    expect(labour.get_by_role("link", name=re.compile("décidée en séance, 12 février 2026"))).to_be_visible()
    no_violation(labour)
