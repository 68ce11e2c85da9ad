"""The committees of a region on one page, as the demonstration tells them: no other journey moves its clock."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect
from tests.journeys.conftest import Platform, enter, no_violation

pytestmark = [pytest.mark.journey, pytest.mark.slow]


def test_the_regional_calendar_is_readable_everywhere(browser: Browser, platform: Platform) -> None:
    labour = enter(browser, platform, "Pilote CPOM")
    labour.goto(f"{platform.address}/comites/seances?annee=2026")
    expect(labour.get_by_role("status").first).to_contain_text("séance")
    no_violation(labour)
    labour.goto(f"{platform.address}/comites/calendriers")
    no_violation(labour)
    labour.get_by_role("link", name="Calendrier 2026").click()
    expect(labour.get_by_text("14 comités, 14 placés, 14 services entendus")).to_be_visible()
    no_violation(labour)
