"""What holds for every template of the platform, whoever writes it."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.template.loader import get_template

from avenant.site.templatetags import avenant

FOLDERS = [Path(str(folder)) for folder in settings.TEMPLATES[0]["DIRS"]]
TEMPLATES = {str(path.relative_to(folder)): path for folder in FOLDERS for path in sorted(folder.rglob("*.html"))}
PAGES = {name: path for name, path in TEMPLATES.items() if '{% extends "base.html" %}' in path.read_text("utf-8")}
VENDOR = Path(avenant.__file__).parents[1] / "static" / "vendor"

INLINE = re.compile(
    r"""\sstyle\s*=|<style\b|<script(?![^>]*\ssrc=)|\son[a-z]+\s*=|\shx-on|javascript:""", re.IGNORECASE
)
TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}|<[^>]*>", re.DOTALL)
PLAIN_SPACE = re.compile(r"\S* (?:[;:!?»](?=\s|$)|%(?=\s|$|[.,;]))|« ")
EVERY = pytest.mark.parametrize("name", TEMPLATES)


@EVERY
def test_parses(name: str) -> None:
    get_template(name)


@EVERY
def test_has_no_inline_style_or_script(name: str) -> None:
    markup = re.sub(r"\{%.*?%\}", "", TEMPLATES[name].read_text("utf-8"))  # an argument named style is no attribute
    assert not INLINE.findall(markup)


@EVERY
def test_sets_narrow_spaces_before_high_punctuation(name: str) -> None:
    words = TAG.sub("", TEMPLATES[name].read_text("utf-8"))
    assert not PLAIN_SPACE.findall(words)


@EVERY
def test_reads_an_address_in_the_block_that_makes_it(name: str) -> None:
    parts = re.split(r"\{% (?:end)?block\b.*?%\}", TEMPLATES[name].read_text("utf-8"))
    made = [set(re.findall(r"\{% url [^%]* as (\w+) %\}", part)) for part in parts]
    for part, own in zip(parts, made, strict=True):
        read = set(re.findall(r'(?:href|action)="\{\{ (\w+) \}\}', part))
        assert not read & (set().union(*made) - own)


@EVERY
def test_names_only_icons_of_the_sprite(name: str) -> None:
    used = set(re.findall(r'\{% icon "([\w-]+)"', TEMPLATES[name].read_text("utf-8")))
    assert used <= sprite()


@EVERY
def test_names_only_static_files_that_exist(name: str) -> None:
    text = TEMPLATES[name].read_text("utf-8")
    for path in re.findall(r'\{% static "([^"]+)" %\}|/statique/([\w./-]+)', text):
        assert finders.find("".join(path)), path


@pytest.mark.parametrize("name", PAGES)
def test_page_has_a_title_and_a_heading(name: str) -> None:
    text = PAGES[name].read_text("utf-8")
    assert re.search(r"\{% block title %\}\S", text)
    assert re.search(r"\{% block heading %\}\S", text)


@pytest.mark.parametrize("name", ["400.html", "403_csrf.html", "500.html", "503.html"])
def test_page_of_a_failure_needs_no_context(name: str) -> None:
    assert "<h1>" in get_template(name).render()


def test_marks_are_icons_of_the_sprite() -> None:
    assert set(avenant.MARKS.values()) <= sprite()


def test_vendored_files_are_those_that_were_copied() -> None:
    rows = re.findall(r"^\| `([^`]+)` .*`([0-9a-f]{64})` \|$", (VENDOR / "README.md").read_text("utf-8"), re.MULTILINE)
    assert {name for name, _ in rows} == {
        path.name for path in VENDOR.iterdir() if path.suffix in {".css", ".svg", ".js"}
    }
    for name, total in rows:
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == total, name


def sprite() -> set[str]:
    """The names of the icons that the sprite holds."""
    return set(re.findall(r'<symbol id="([\w-]+)"', (VENDOR.parent / avenant.SPRITE).read_text("utf-8")))


def test_a_page_gives_no_other_meaning_to_what_the_frame_shows() -> None:
    """A context that names another thing ``now`` breaks the band of every page that is drawn in the demonstration."""
    taken = "administers|memberships|navigation|administration|due_count|unread_count|now|demo"
    named = re.compile(rf'"(?:{taken})": (?!settings\.DEMO|actor\.has)')
    pages = [
        one
        for one in Path(avenant.__file__).parents[2].rglob("*.py")
        if "render(request" in (text := one.read_text("utf-8")) and named.search(text)
    ]
    assert pages == []
