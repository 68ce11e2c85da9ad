"""Take pictures of pages and check them with axe: ``python tests/support/look.py / /echeances --email … --password …``.

Each page is opened at 1280 and 320 px, light and dark; pictures go to ``var/look/``. The platform must be running.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

CHROMIUM = "/usr/bin/chromium"
WIDTHS = (1280, 320)
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
PICTURES = Path("var/look")
RULES = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
}


@contextmanager
def open_browser() -> Iterator[Browser]:
    """The system's Chromium, which needs no download and runs as any user."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def sign_in(page: Page, address: str, email: str, password: str) -> None:
    """Open a session by the sign-in page."""
    page.goto(f"{address}/compte/connexion")
    page.fill("[name=email]", email)
    page.fill("[name=password]", password)
    page.click("main [type=submit]")


def find_faults(page: Page) -> list[str]:
    """What is wrong with the page as it is: axe's findings, sideways scrolling, what the policy of the site blocked."""
    faults = [
        f"{fault['id']}: {node['html'][:160]}"
        for fault in Axe().run(page, options=RULES).response["violations"]
        for node in fault["nodes"]
    ]
    if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
        faults.append("the page scrolls sideways")
    return faults


def look(page: Page, address: str, path: str, name: str, *, menu: bool) -> list[str]:
    """Open ``path``, take its picture, say its faults. ``menu`` opens the account menu first."""
    told: list[str] = []
    page.on("console", lambda message: told.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: told.append(str(error)))
    page.goto(f"{address}{path}")
    if menu:
        page.click("details.av-menu > summary")
    page.screenshot(path=PICTURES / f"{name}.png", full_page=True)
    return [*find_faults(page), *told]


def main() -> int:
    """Look at the pages asked for; the exit code is the number of pages with faults."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+")
    parser.add_argument("--address", default="http://localhost:8000")
    parser.add_argument("--email", default="")
    parser.add_argument("--password", default="")
    parser.add_argument("--menu", action="store_true")
    asked = parser.parse_args()
    PICTURES.mkdir(parents=True, exist_ok=True)
    bad = 0
    with open_browser() as browser:
        for width in WIDTHS:
            for scheme in SCHEMES:
                context = browser.new_context(
                    viewport={"width": width, "height": 800}, color_scheme=scheme, locale="fr-FR"
                )
                page = context.new_page()
                if asked.email:
                    sign_in(page, asked.address, asked.email, asked.password)
                for path in asked.paths:
                    name = f"{path.strip('/').replace('/', '-').replace('?', '-') or 'home'}-{width}-{scheme}"
                    faults = look(context.new_page(), asked.address, path, name, menu=asked.menu)
                    bad += bool(faults)
                    print(f"{'✕' if faults else '✓'} {name}", *faults, sep="\n    ")  # noqa: T201
                context.close()
    return bad


if __name__ == "__main__":
    sys.exit(main())
