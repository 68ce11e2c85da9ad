"""A director fills a dossier and hands it in; the authority finds it in its list."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, enter, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]
PDF = b"%PDF-1.4\n%essai\n%%EOF\n"


def fill_plan(page: Page) -> None:
    """Two lines: what is asked of the authority, what the establishment pays."""
    page.get_by_role("link", name="Projet, plan de financement").last.click()
    for rank, (payer, nature, amount) in enumerate(
        [("ARS", "requested", "244 800,00"), ("Établissement", "own", "367 200,00")]
    ):
        row = page.locator("fieldset.card").nth(rank)
        row.get_by_label("Financeur").fill(payer)
        row.get_by_label("Nature").select_option(nature)
        row.get_by_label("Montant (€)").fill(amount)
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator("#messages")).to_contain_text("enregistrée")
    expect(page.locator("#section-status")).to_contain_text("244")
    no_violation(page)


def join(page: Page, kind: str, *, project: str = "") -> None:
    """Join one piece, with what its kind asks for."""
    page.get_by_label("Pièce", exact=True).select_option(kind)
    expect(page.get_by_role("button", name="Joindre la pièce")).to_be_visible()
    form = page.locator("#join-form")
    form.locator("input[name=file]").set_input_files(
        {"name": f"{kind}.pdf", "mimeType": "application/pdf", "buffer": PDF}
    )
    form.get_by_label(re.compile("^Date de la pièce")).fill("2026-01-15")
    if kind in {"courrier_demande", "lettre_etablissement"}:
        form.get_by_label(re.compile("^Signée par")).fill("Direction")
        form.get_by_label(re.compile("^Signée le")).fill("2026-02-20")
    if kind == "avis_personnel":
        form.get_by_label(re.compile("^Instance")).select_option("cse")
        form.get_by_label(re.compile("^Avis")).select_option("favourable")
    if project:
        form.get_by_label(re.compile("^Projet")).select_option(project)
    page.get_by_role("button", name="Joindre la pièce").click()
    expect(page.locator("#messages")).to_contain_text("jointe")


def test_a_dossier_goes_from_its_form_to_the_authority(browser: Browser, platform: Platform) -> None:
    director = enter(browser, platform, "Ariel Démo")
    director.goto(f"{platform.address}/appels/clact-demonstration-2026")
    no_violation(director)
    director.goto(f"{platform.address}/dossiers/?etat=draft")
    no_violation(director)
    director.locator("tbody a").first.click()
    expect(director.get_by_role("heading", name="Ce qui manque")).to_be_visible()
    no_violation(director)
    home = director.url
    fill_plan(director)
    director.goto(f"{home}/pieces")
    no_violation(director)
    for kind in ("courrier_demande", "duerp", "avis_personnel", "diagnostic"):
        join(director, kind)
    join(director, "lettre_etablissement", project="1")
    director.goto(home)
    director.context.set_offline(True)
    director.get_by_role("button", name="Déposer le dossier").click()
    expect(director.locator("#messages")).to_contain_text("rien n’est envoyé")
    director.context.set_offline(False)
    director.get_by_role("button", name="Déposer le dossier").click()
    director.locator("#confirm button[value=yes]").click()
    expect(director.get_by_role("heading", level=1)).to_have_text("Dossier déposé")
    expect(director.locator("main")).to_contain_text("heure de Guadeloupe")
    number = director.locator("dd strong").first.inner_text()
    no_violation(director)

    officer = enter(browser, platform, "Chargée d’appel à projets")
    officer.goto(f"{platform.address}/dossiers/?texte=mornes&tri=-depot")
    expect(officer.locator("main")).to_contain_text(number)
    no_violation(officer)
    officer.locator("tr", has_text=number).get_by_role("link").first.click()
    expect(officer.get_by_role("heading", name="Montants")).to_be_visible()
    no_violation(officer)
