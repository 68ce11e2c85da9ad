"""A service's figure, from its form to the region's signed-off review: the whole job in the browser, in French."""

from __future__ import annotations

import re
from io import BytesIO

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from pypdf import PdfReader
from tests.journeys.conftest import Platform, confirm, enter, go, made, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def row(page: Page, code: str) -> object:
    """The row of an indicator in the entry form."""
    return page.locator(".av-entry").filter(
        has=page.locator(".av-entry-code", has_text=re.compile(rf"^\s*{re.escape(code)}\*?\s*$"))
    )


def type_figure(page: Page, code: str, figure: str) -> None:
    """Type a figure and leave its field: it is saved."""
    field = row(page, code).locator("input.av-input-number").first  # type: ignore[attr-defined]
    with page.expect_response(re.compile("/saisie/")):
        field.fill(figure)
        field.press("Tab")


@pytest.mark.req("S3-6.1.11-01")
def test_one_figure_travels_from_a_service_to_a_signed_off_review(browser: Browser, platform: Platform) -> None:
    # The service corrects: 1.11 above 1.10 blocks, in the sentence that a director understands.
    service = enter(browser, platform, "Camille Démo")
    no_violation(service)
    go(service.get_by_role("link", name=re.compile("Répondre et corriger")).first)
    no_violation(service)
    type_figure(service, "1.10", "421")
    type_figure(service, "1.11", "433")
    expect(row(service, "1.11")).to_contain_text("433")  # type: ignore[arg-type]
    submit = service.get_by_role("button", name="Transmettre la déclaration")
    expect(submit).to_be_disabled()
    type_figure(service, "1.11", "377")
    for box in service.get_by_label("Votre réponse").all():
        box.fill("La nouvelle procédure date de mars.")
        go(service.get_by_role("button", name="Répondre à la question").first)
    for justification in service.locator("textarea[name$='.justification']").all():
        if justification.is_visible() and not justification.input_value():
            with service.expect_response(re.compile("/saisie/")):
                justification.fill("Nouvelle procédure depuis mars.")
                justification.press("Tab")
    submit.click()
    confirm(service)
    expect(service.get_by_role("heading", level=1)).to_have_text("Déclaration transmise")
    no_violation(service)

    # The fund has its say, the labour directorate validates.
    fund = enter(browser, platform, "Correspondance CPOM")
    fund.goto(f"{platform.address}/indicateurs/")
    go(fund.get_by_role("link", name=re.compile(r"^Val d’Issole\s*, 2025$")))
    go(fund.get_by_role("link", name="Val d’Issole", exact=True))
    fund.get_by_role("button", name="Enregistrer mes remarques").click()
    expect(fund.locator("#messages")).to_contain_text("remarques sont enregistrées")
    labour = enter(browser, platform, "Pilote CPOM")
    labour.goto(f"{platform.address}/indicateurs/")
    go(labour.get_by_role("link", name=re.compile(r"^Val d’Issole\s*, 2025$")))
    declaration = labour.url
    for part in (
        "Val d’Issole",
        "Carsat Sud-Est, Service social de l’assurance maladie",
        "Carsat Sud-Est, Service prévention",
    ):
        labour.goto(declaration)
        go(labour.get_by_role("link", name=part, exact=True))
        no_violation(labour)
        labour.get_by_role("button", name="Valider la part").click()
        confirm(labour)
        expect(labour.locator("#messages")).to_contain_text("validée")

    # The review: figures nobody retyped, words by strand, a decision, signed off, made into a PDF by a job.
    labour.goto(declaration)
    go(labour.get_by_role("button", name=re.compile("bilan annuel")))
    no_violation(labour)
    for number in range(labour.get_by_role("button", name="Enregistrer ce volet").count()):
        form = labour.locator("form[action*='/volets/']").nth(number)
        form.locator("textarea").fill("Les actions du volet se sont tenues.")
        go(form.get_by_role("button", name="Enregistrer ce volet"))
        expect(labour.locator("#messages")).to_contain_text("enregistré")
    labour.get_by_role("button", name="Arrêter le bilan").click()
    confirm(labour)
    expect(labour.locator("#messages")).to_contain_text("arrêté")
    link = labour.get_by_role("link", name=re.compile(r"bilan-2025-.*\.pdf"))
    made(link)
    no_violation(labour)
    with labour.expect_download() as download:
        link.first.click()
    pdf = PdfReader(BytesIO(download.value.path().read_bytes()))
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert "421" in text
    assert "377" in text
    assert pdf.trailer["/Root"]["/MarkInfo"]["/Marked"]


def test_nobody_else_reads_what_is_not_handed_in(browser: Browser, platform: Platform) -> None:
    labour = enter(browser, platform, "Pilote CPOM")
    labour.goto(f"{platform.address}/indicateurs/")
    go(labour.get_by_role("link", name=re.compile(r"^Durance Luberon\s*, 2025$")))
    go(labour.get_by_role("link", name="Durance Luberon", exact=True))
    expect(labour.get_by_text("Pas encore transmise")).to_be_visible()
    stranger = enter(browser, platform, "Camille Démo")
    assert stranger.goto(labour.url).status == 404  # type: ignore[union-attr]


def test_the_pages_work_without_javascript(browser: Browser, platform: Platform) -> None:
    context: BrowserContext = browser.new_context(java_script_enabled=False, locale="fr-FR")
    page = context.new_page()
    page.goto(f"{platform.address}/compte/connexion")
    page.get_by_role("button", name=re.compile("Service social")).first.click()
    page.goto(f"{platform.address}/declarations/")
    go(page.get_by_role("link", name="Durance Luberon"))
    page.locator("input.av-input-number").first.fill("12")
    page.get_by_role("button", name="Enregistrer la saisie").click()
    expect(page.locator("#messages")).to_contain_text("enregistrée")
    expect(page.locator("input.av-input-number").first).to_have_value("12")
