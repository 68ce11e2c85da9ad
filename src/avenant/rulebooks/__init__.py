"""Rulebooks that ship with the package, one folder a call. Nothing reads them at import time."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.domain.rules.rulebook import Rulebook, parse_rulebook


class UnknownRulebook(DomainError):
    """No rulebook of this name."""


def names() -> tuple[str, ...]:
    """The names of the rulebooks, sorted."""
    return tuple(sorted(one.name for one in files("avenant.rulebooks").iterdir() if (one / "rules.toml").is_file()))


@cache
def load(name: str) -> Rulebook:
    """The rulebook of this name. Raises :class:`UnknownRulebook`, or BadRulebook when its file is at fault."""
    return parse_rulebook(_read(name, "rules.toml"), file=f"{name}/rules.toml")


def cases(name: str) -> dict[str, Any]:
    """The worked cases of a rulebook: facts to start from, and what each change gives."""
    return tomllib.loads(_read(name, "cases.toml"))


def notice(name: str) -> str:
    """The legal source of a rulebook."""
    return _read(name, "NOTICE.md")


def _read(name: str, file: str) -> str:
    if name not in names():
        raise UnknownRulebook(typeset(f"Le règlement « {name} » n'existe pas. Règlements : {', '.join(names())}."))
    return (files("avenant.rulebooks") / name / file).read_text(encoding="utf-8")
