"""National credits in the browser: delegated to a region, which draws on them at once; reduced down to what it committed."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect
from tests.journeys.conftest import Platform, enter, go, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]
REFERENCE, SECOND = "Décision fictive n° 20 (démonstration)", "Décision fictive n° 21 (démonstration)"


def change(page: Page, amount: str) -> None:
    """Ask for another amount, by a decision with its reason."""
    form = page.locator("form[action$='/delegation']")
    if not form.is_visible():
        page.get_by_text("Modifier le montant", exact=True).click()
    form.get_by_label("Nouveau montant délégué").fill(amount)
    form.get_by_label("Décision ou article").fill(SECOND)
    form.get_by_label("Décidée le").fill("2026-03-03")
    form.get_by_label("Motif").fill("Crédits repris (démonstration).")
    go(form.get_by_role("button", name="Modifier la délégation"))


def test_credits_are_delegated_to_a_region_used_there_and_reduced(browser: Browser, platform: Platform) -> None:
    national = enter(browser, platform, "crédits nationaux")
    national.goto(f"{platform.address}/attribution/enveloppes")
    go(national.locator("main tbody a").first)
    national.get_by_text("Déléguer à un organisme d’une région", exact=True).click()
    form = national.locator("form[action$='/deleguer-a']")
    form.get_by_label("Déléguée à").select_option(label="ARS Guadeloupe (Guadeloupe)")
    form.get_by_label("Montant délégué").fill("50 000")
    form.get_by_label("Précision").fill("parcours")
    form.get_by_label("Décision ou article").fill(REFERENCE)
    form.get_by_label("Décidée le").fill("2026-03-02")
    go(form.get_by_role("button", name="Déléguer à cet organisme"))
    expect(national.locator("#messages")).to_contain_text("La délégation est inscrite")
    go(national.get_by_role("row", name=re.compile("parcours")).get_by_role("link"))
    expect(national.get_by_role("heading", level=1)).to_have_text("Délégation à ARS Guadeloupe")
    no_violation(national)
    delegation = national.url

    # The region reads who decided what, draws on it at once, and does not touch its amount.
    region = enter(browser, platform, "Chargée d’appel")
    region.goto(f"{platform.address}/attribution/delegations")
    no_violation(region)
    go(region.get_by_role("row", name=re.compile("parcours")).get_by_role("link"))
    assert region.url == delegation, "one envelope that two sides read"
    expect(
        region.get_by_text(f"Reçue de Direction nationale de démonstration (organisme fictif) : {REFERENCE}")
    ).to_be_visible()
    expect(region.get_by_text("il ne change que par sa décision")).to_be_visible()
    region.get_by_text("Déléguer une part", exact=True).click()
    form = region.locator("form[action$='/deleguer']")
    form.get_by_label("Territoire").select_option(label="Saint-Martin")
    form.get_by_label("Montant délégué").fill("20 000")
    go(form.get_by_role("button", name="Déléguer ce montant"))
    expect(region.locator("#messages")).to_contain_text("Le montant est délégué")
    no_violation(region)

    # One cent under what is committed: refused, what was typed stays. Down to it: done.
    national.reload()
    change(national, "19 999,99")
    expect(national.locator("main")).to_contain_text(re.compile("a déjà engagé 20.000,00.€ de cette délégation"))
    expect(national.get_by_label("Nouveau montant délégué")).to_have_value("19 999,99")
    no_violation(national)
    change(national, "20 000")
    expect(national.locator("#messages")).to_contain_text("La délégation est modifiée")
    expect(national.get_by_role("row", name=re.compile("Modification : " + re.escape(SECOND)))).to_be_visible()

    # Whoever funds in the region reads it beside its own envelopes.
    fund = enter(browser, platform, "Prévention, CGSS")
    fund.goto(f"{platform.address}/attribution/enveloppes?texte=parcours")
    expect(fund.get_by_role("row", name=re.compile("reçue de Direction nationale"))).to_contain_text("20 000,00")
    no_violation(fund)
