"""A platform of its own for the journeys: a clone of the demonstration, its web server and its worker."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect
from tests.support import server
from tests.support.browser import ARGUMENTS, chromium

# Playwright's loop makes Django believe that every test is asynchronous (journeys alone).
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
DEMONSTRATION = {"AVENANT_DEMO": "1", "AVENANT_DEMO_DATE": "2026-03-03T09:00:00+01:00"}
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"], "resultTypes": ["violations"]}
PATIENCE = 120
WAIT = 20_000  # milliseconds for an act, and for what it shows: a machine that tests on every core answers late
expect.set_options(timeout=WAIT)
WIDTHS = {"desktop": (1280, 900), "phone": (320, 700)}


@dataclass(frozen=True)
class Platform:
    """Where the journeys' platform answers, and in which database it lives."""

    address: str
    database: str


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    """Web as the application role, worker as the system role, on a clone that this module may change at will."""
    database, port = f"journey_{server.WORKER}", server.free_port()
    server.CLUSTER.drop_database(database)
    server.CLUSTER.create_database(database, server.demonstration())
    extra = {
        **DEMONSTRATION,
        "AVENANT_FILES": str(server.DEMONSTRATION_FILES),
        "AVENANT_DEBUG": "1",
        "AVENANT_ADDRESS": f"http://localhost:{port}",
    }
    web = [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--blocking-threads", "4"]
    processes = [
        subprocess.Popen(  # noqa: S603  our own commands
            [*web, "--log-level", "warning", "avenant.config.wsgi:application"],
            env={**server.environment("avenant_app", database), **extra},
        ),
        subprocess.Popen(
            [sys.executable, "-m", "django", "work"], env={**server.environment("avenant_system", database), **extra}
        ),
    ]
    try:
        server.wait_for_page(f"http://localhost:{port}/sante")
        yield Platform(f"http://localhost:{port}", database)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=5)
            except subprocess.TimeoutExpired:  # the worker draws charts: as in production, it is not waited for
                process.kill()
                process.wait()
        server.CLUSTER.drop_database(database)


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    path = chromium()
    assert path, "Chromium is missing: python -m tests.support.browser installs it"
    return {"executable_path": path, "args": ARGUMENTS, "headless": True}


@pytest.fixture(scope="session")
def browser_context_args() -> dict[str, Any]:
    return {"viewport": {"width": 1280, "height": 900}, "locale": "fr-FR", "timezone_id": "Europe/Paris"}


FAULTS: list[str] = []
"""What the scripts of the pages threw, a script that cannot be read included."""


@pytest.fixture(autouse=True)
def _scripts_without_fault() -> Iterator[None]:
    FAULTS.clear()
    yield
    assert FAULTS == []


def enter(browser: Browser, platform: Platform, who: str) -> Page:
    """Sign in to the demonstration as one of its people, each in a browser of their own."""
    context = browser.new_context(locale="fr-FR", timezone_id="Europe/Paris", accept_downloads=True)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.on("pageerror", lambda error: FAULTS.append(f"{page.url}: {error}"))
    page.goto(f"{platform.address}/compte/connexion")
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    page.get_by_role("button", name=re.compile(re.escape(who))).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ce qui vous attend")
    return page


def follow(page: Page, menu: str, entry: str) -> None:
    """Open a menu of the navigation, and a page of it."""
    bar = page.get_by_role("navigation", name="Principal", exact=True)
    bar.locator("summary", has_text=menu).click()
    bar.get_by_role("link", name=entry, exact=True).click()


def go(target: Locator) -> None:
    """Click what leads to another page, and be there: a check that follows at once must not look at the page left behind."""
    with target.page.expect_navigation():
        target.click()


def made(target: Locator) -> None:
    """Ask the page again until what a job makes is on it, as a person would; a busy machine takes its time."""
    until = time.monotonic() + PATIENCE
    while not target.count():
        assert time.monotonic() < until, f"{target.page.url}: {target} is not made"
        target.page.wait_for_timeout(500)
        target.page.reload()


def confirm(page: Page) -> None:
    page.locator("#confirm button[value=yes]").click()


def no_violation(page: Page, *, widths: tuple[str, ...] = ("desktop", "phone")) -> None:
    """The page passes axe (WCAG 2.1 AA) at each width, and nothing sticks out of it at 320 px."""
    for name in widths:
        width, height = WIDTHS[name]
        page.set_viewport_size({"width": width, "height": height})
        result = Axe().run(page, options=RULES)
        assert result.violations_count == 0, f"{page.url} at {width} px\n{result.generate_report()}"
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, f"{page.url} sticks out by {overflow} px at {width} px"
    page.set_viewport_size({"width": 1280, "height": 900})
