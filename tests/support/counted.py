"""Declarations of the collector, made by the collector from counts that a test chooses."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from avenant.collect.counting import standing
from avenant.collect.declaration import declare, seal
from avenant.collect.running import Result, dump
from avenant.collect.secrecy import protect_tables
from avenant.domain.disclosure import Rules
from avenant.domain.periods import Period

SEX = {"Femmes": 60, "Hommes": 40}
REASON = {"AT": 45, "MP par tableaux": 30, "MCE": 3, "Autres": 22}


def counted(
    *, year: int = 2025, persons: int = 11, siren: str = "", tables: Mapping[str, Mapping[str, int]] | None = None,
    **figures: int,
) -> bytes:  # fmt: skip
    """The file of a service in which the cell followed the people that ``tables`` cut."""
    cut = tables if tables is not None else {"sexe": SEX, "raison": REASON}
    total = sum(next(iter(cut.values())).values()) if cut else 0
    period = Period.of_year(year)
    known = {one.key: 0 for one in standing(date(year, 12, 31))}
    lineage = {
        "software": "1.0", "schema": 1, "extract_sha256": "a" * 64, "checked": True,
        "definitions": {one.key: one.version for one in standing(date(year, 12, 31))},
    }  # fmt: skip
    said = {key.replace("__", ":").replace("_", "-", 1): number for key, number in figures.items()}
    every = {**known, "pdp-1.3:total": total, **said}
    behind = {one.key: every[one.key] for one in standing(date(year, 12, 31)) if one.behind is not None}
    result = Result(
        period, every, behind,
        {(name,): {(code,): number for code, number in counts.items()} for name, counts in cut.items()},
        {}, (), lineage,
    )  # fmt: skip
    rules = Rules(persons=persons)
    return dump(declare(result, protect_tables(result, rules), rules, service="Service", siren=siren)).encode()


def changed(content: bytes, *, resealed: bool = True, **said: Any) -> bytes:
    """The same file with other contents, with or without a seal made again."""
    parsed = {**json.loads(content), **said}
    return json.dumps({**parsed, "seal": seal(parsed)} if resealed else parsed).encode()
