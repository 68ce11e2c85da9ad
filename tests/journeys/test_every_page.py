"""Every page that a link leads to, once, as the first person who reaches it: axe, 320 px, scripts, no dead link."""

from __future__ import annotations

from collections import deque
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Page
from tests.journeys.conftest import WIDTHS, Platform, enter

pytestmark = [pytest.mark.journey, pytest.mark.slow]

VISITORS = (
    "Chargée d’appel à projets", "Ariel Démo", "Prévention, CGSS", "Camille Démo, responsable", "Pilote CPOM, DREETS",
    "Charlie Démo", "Sacha Démo", "administration de la plateforme",
)  # fmt: skip
"""Who makes the round: the people who instruct, hand in, fund, declare, validate, read, govern accounts."""
FILES = ("pdf", "csv", "xlsx", "json", "ics", "txt")
ELSEWHERE = ("documents:", "journal:", "api:")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
NAVIGATION = ".av-bar > nav a, .av-menu nav a"


def _route(path: str) -> str:
    """The name of a page's route, its query's keys not counting; empty for a file."""
    if path.endswith(FILES):
        return ""
    name = resolve(path).view_name
    return "" if name.startswith(ELSEWHERE) else name


def _addresses(page: Page, selector: str) -> list[str]:
    found = page.eval_on_selector_all(selector, "all => all.map(one => one.getAttribute('href'))")
    return [urlsplit(one).path for one in found if one and one.startswith("/") and not one.startswith("/static/")]


def _faults(page: Page) -> list[str]:
    """What is wrong with the page that is open, at 1280 and 320 px."""
    page.set_viewport_size({"width": 1280, "height": 900})
    result = Axe().run(page, options={"runOnly": RULES})
    told = [
        f"{page.url}: {one['id']}: {node['html'][:160]}"
        for one in result.response["violations"]
        for node in one["nodes"]
    ]
    page.set_viewport_size(dict(zip(("width", "height"), WIDTHS["phone"], strict=True)))  # type: ignore[arg-type]
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    if overflow > 0:
        told.append(f"{page.url} sticks out by {overflow} px at 320 px")
    if page.locator("h1").count() != 1:
        told.append(f"{page.url} has {page.locator('h1').count()} h1")
    return told


def test_every_page_is_readable_and_every_link_leads_somewhere(browser: Browser, platform: Platform) -> None:
    looked: set[str] = set()
    faults: list[str] = []
    for who in VISITORS:
        page = enter(browser, platform, who)
        own = set(_addresses(page, NAVIGATION))
        waiting = deque(dict.fromkeys([*own, *_addresses(page, "a[href]")]))
        opened: set[str] = set()
        while waiting:
            path = waiting.popleft()
            try:
                route = _route(path)
            except Resolver404:
                faults.append(f"{who}: dead link {path}")
                continue
            if path in opened or not route or (route in looked and path not in own):
                continue
            opened.add(path)
            if route in looked:  # an entry of the navigation: it opens, that is all
                status = page.request.get(f"{platform.address}{path}").status
            else:
                looked.add(route)
                answer = page.goto(f"{platform.address}{path}")
                status = answer.status if answer else 0
            if status != 200:
                faults.append(f"{who}: {path} answers {status}")
            elif path == urlsplit(page.url).path:
                faults += _faults(page)
                waiting.extend(_addresses(page, "a[href]"))
        page.context.close()
    assert faults == []
    assert len(looked) > 100, sorted(looked)
