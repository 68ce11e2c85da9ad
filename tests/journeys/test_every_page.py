"""Every page that a link leads to, once for each person who reaches it: it opens; the first time, it is looked at.

Looked at: axe (WCAG 2.1 A and AA) in the light theme at 1280 px and the colours again in the
dark one at 320 px, nothing that sticks out, one h1, no word of a script. ``AVENANT_SHOTS=folder`` keeps the pictures.
"""

from __future__ import annotations

import os
import re
from collections import Counter, deque
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.urls import Resolver404, resolve
from playwright.sync_api import Browser, Error, Page, ViewportSize
from tests.journeys.conftest import Platform, enter
from tests.support.routes import Route, list_routes

pytestmark = [pytest.mark.journey, pytest.mark.slow]

VISITORS = (
    "Pilote CPOM, DREETS PACA", "Camille Démo, responsable", "Chargée d’appel à projets", "Ariel Démo",
    "Prévention, CGSS", "Sacha Démo", "administration de la plateforme", "Responsable Démo, Tourmaline", "Charlie Démo",
)  # fmt: skip
"""Who makes the round: who validates, declares, instructs, hands in, funds, governs accounts, runs, reads."""
AGAIN = {
    "calls:call": 3, "calls:preparation": 3, "consolidation:review": 3, "dossiers:dossier": 3, "meetings:reading": 3,
    "meetings:session": 3,
}  # fmt: skip
"""The pages of which one is not like another: how many of them each person opens."""
UNREACHED: dict[str, tuple[str, ...]] = {
    "a link received by mail": (
        "account_reset_password_done", "account_reset_password_from_key",
        "account_reset_password_from_key_done", "accounts:accept-invitation",
    ),
    "an address that its owner keeps secret": (
        "journal:calendar", "meetings:calendar",
    ),
    "the way back from ProConnect": (
        "proconnect_callback", "socialaccount_login_cancelled", "socialaccount_login_error",
    ),
    "read by machines": (
        "site:health", "site:metrics", "site:security-contact",
    ),
    "nobody of the demonstration has a password or a second factor": (
        "account_inactive", "account_reauthenticate", "account_set_password", "accounts:resume",
        "mfa_authenticate", "mfa_deactivate_totp", "mfa_download_recovery_codes", "mfa_edit_webauthn",
        "mfa_generate_recovery_codes", "mfa_list_webauthn", "mfa_reauthenticate", "mfa_reauthenticate_webauthn",
        "mfa_remove_webauthn", "mfa_view_recovery_codes",
    ),
    "what an act makes: it is opened once the act is done": (
        "account_change_password", "calls:model", "consolidation:export", "consolidation:publication",
        "declarations:download-evidence", "dossiers:what-if", "dossiers:what-if-export", "dossiers:workbook",
        "grants:batch", "imports:import", "imports:rejected", "meetings:pack",
        "registers:blinded", "registers:list", "secrecy:security-policy",
    ),
    "a file in a state that these people do not hold first": (
        "actions:enterprises", "actions:export-enterprises", "actions:export-targets", "allocation:proof",
        "allocation:told", "amendments:amendment",
        "amendments:change", "amendments:copy", "amendments:indicator", "amendments:proof",
        "consolidation:edit-item", "consolidation:reorient", "dossiers:leave", "dossiers:statistics",
        "dossiers:what-ifs", "drafting:copy", "profiles:export", "reviews:rejection-letter",
    ),
}  # fmt: skip
"""The pages to which no link of these people need lead, by the reason."""
FILES = ("pdf", "csv", "xlsx", "json", "ics", "txt")
ELSEWHERE = ("documents:", "api:")
"""Files, and the API, which has its own guarantee."""
LIGHT = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]
DARK = ["color-contrast"]
DESKTOP: ViewportSize = {"width": 1280, "height": 900}
PHONE: ViewportSize = {"width": 320, "height": 700}
SHOTS = os.environ.get("AVENANT_SHOTS", "")
WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


class Links(HTMLParser):
    """The addresses of the platform that a page leads to by a link or by a form that reads."""

    def __init__(self, content: str) -> None:
        super().__init__()
        self.found: dict[str, None] = {}
        self.feed(content)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        wanted = {"a": said.get("href"), "form": said.get("action") if said.get("method") != "post" else ""}.get(tag)
        if wanted and wanted.startswith("/") and not wanted.startswith(settings.STATIC_URL):
            self.found[urlsplit(wanted).path] = None


class Round:
    """What was seen on the way: the routes linked to, those looked at, the faults told."""

    def __init__(self, platform: Platform) -> None:
        self.platform = platform
        self.linked: set[str] = set()
        self.looked: set[str] = set()
        self.faults: list[str] = []

    def make(self, page: Page, who: str) -> None:
        """Follow every link from home, each route once."""
        page.emulate_media(reduced_motion="reduce")
        said: list[str] = []
        page.on(
            "console", lambda message: said.append(f"{page.url}: {message.text}") if message.type == "error" else None
        )
        opened, paths = Counter[str](), set[str]()
        waiting = deque(Links(page.content()).found)
        while waiting:
            path = waiting.popleft()
            try:
                route = resolve(path).view_name
            except Resolver404:
                self.faults.append(f"{who}: dead link {path}")
                continue
            self.linked.add(route)
            done = path in paths or opened[route] >= AGAIN.get(route, 1)
            if done or path.endswith(FILES) or route.startswith(ELSEWHERE):
                continue
            opened[route] += 1
            paths.add(path)
            waiting.extend(self.open(page, who, route, path))
        self.faults += said

    def open(self, page: Page, who: str, route: str, path: str) -> list[str]:
        """Open one page, in the browser when nobody did before; the addresses that it leads to."""
        answer = _get(page, f"{self.platform.address}{path}", shown=route not in self.looked)
        if answer.status != 200:
            self.faults.append(f"{who}: {path} [{route}] answers {answer.status}")
            return []
        if "html" not in answer.headers.get("content-type", ""):
            return []
        content, shown = answer.text(), resolve(urlsplit(answer.url).path).view_name
        if route not in self.looked and shown not in self.looked:
            self.looked.add(shown)
            self.faults += [f"{path} [{shown}] {one}" for one in _faults(page, shown)]
        return list(Links(content).found)


def _get(page: Page, address: str, *, shown: bool) -> Any:
    """The answer at an address, shown in the browser or not; a file is never shown."""
    if shown:
        try:
            return page.goto(address)
        except Error as error:
            if "Download is starting" not in error.message:
                raise
    return page.request.get(address)


def _faults(page: Page, route: str) -> list[str]:
    """What is wrong with the page that is open, every fold of it open."""
    _shoot(page, route, "1280")
    page.evaluate("document.querySelectorAll('main details').forEach(one => one.open = true)")
    told = [] if page.locator("h1").count() == 1 else [f"has {page.locator('h1').count()} h1"]
    told += _violations(page, {"runOnly": LIGHT})
    page.set_viewport_size(PHONE)
    page.emulate_media(color_scheme="dark")
    if (over := page.evaluate(WIDER)) > 0:
        told.append(f"sticks out by {over} px at 320 px")
    told += _violations(page, {"runOnly": {"type": "rule", "values": DARK}})
    _shoot(page, route, "320")
    page.set_viewport_size(DESKTOP)
    page.emulate_media(color_scheme="light")
    return told


def _violations(page: Page, options: dict[str, Any]) -> list[str]:
    result = Axe().run(page, options={**options, "resultTypes": ["violations"]})
    return [f"{one['id']}: {node['html'][:160]}" for one in result.response["violations"] for node in one["nodes"]]


def _shoot(page: Page, route: str, width: str) -> None:
    if SHOTS:
        name = re.sub(r"\W", "-", route)
        page.screenshot(path=Path(SHOTS) / f"{name}-{width}.jpg", type="jpeg", quality=70, full_page=True)


def _reads_a_page(route: Route) -> bool:
    """Does a GET of the route show a page: not a file in a given form, not what a script asks for."""
    return "GET" in getattr(route.view, "reads", ()) and not route.name.startswith(ELSEWHERE)


def test_every_page_is_readable_and_every_link_leads_somewhere(browser: Browser, platform: Platform) -> None:
    made = Round(platform)
    for who in VISITORS:
        page = enter(browser, platform, who)
        page.set_viewport_size(DESKTOP)
        made.make(page, who)
        page.context.close()
    assert made.faults == [], "\n".join(made.faults)
    pages = {one.name for one in list_routes() if _reads_a_page(one)}
    told = {name for names in UNREACHED.values() for name in names}
    assert told <= pages, f"no longer pages: {sorted(told - pages)}"
    unreached = pages - made.linked - made.looked - told
    assert not unreached, f"no link leads there: {sorted(unreached)}"
