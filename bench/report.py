"""The figures as a table on the screen, and as they are kept: with their day, their machine, in words in the docs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from rich.table import Table

from bench.databases import HERE, ROOT
from bench.figures import Figure

BASELINE, DOCUMENT = HERE / "baseline.json", ROOT / "docs" / "reference" / "performance.md"
TITLES = {
    "rules": "Rules and sharing, computed without a database",
    "pages": "Collection: 18 regions, 180 services, 60 indicators, 10 years, 11,000 circles",
    "directory": "Directory of 150,000 establishments",
    "contracts": "Contracts: 200 in a region, one of 300 commitments and 12 amendments",
    "jobs": "Jobs of a region",
    "calls": "A call of 10,000 dossiers, a session of 2,000 lines",
    "what-if": "Other parameters tried on 10,000 dossiers",
    "envelope": "Twenty people deciding at once on one envelope",
    "finess": "FINESS file of the country",
    "nation": "Directory of 1,500,000 establishments",
    "load": "Fifty people for a minute",
    "backup": "Backup and restore",
    "start": "Starting",
    "collect": "Collector: 1.3 million employees, 3 million visits, 130,000 establishments",
    "collect-nation": "Collector: growth to 20 million employees and 50 million visits",
    "disclosure": "Disclosure control",
    "neutral": "Neutral count",
}
INTRODUCTION = """# Figures

Written by `make bench` (`python -m bench --save`); `python -m bench GROUP` measures one group. *Processor* is the time
of the web process and of the database's process together, median then least, in milliseconds: the server's time on a
machine that does nothing else, longer by half or more when others share its caches (the load is told). *Watch* is what
a clock told while other work may have run. A bar is held against the processor, or against the watch where only it is
known.
"""


def _number(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:.1f}" if value < 10 else f"{value:.0f}"


def _cells(one: Figure) -> list[str]:
    bar = "" if one.bar is None else f"{one.bar:.0f}"
    bar += "" if one.most is None else f", {one.most} q."
    return [
        one.name, _number(one.spent), _number(one.best), _number(one.wall),
        "" if one.queries is None else str(one.queries), bar, "oui" if one.holds else "NON", one.note,
    ]  # fmt: skip


def table(group: str, figures: Iterable[Figure], before: Mapping[str, Any]) -> Table:
    """The figures of a group; the last column is the ratio to what is kept."""
    shown = Table("mesure", "processeur", "au mieux", "montre", "requêtes", "à atteindre", "atteint", "", "rapport",
                  title=group)  # fmt: skip
    known = {one["name"]: one for one in before.get(group, {}).get("figures", ())}
    for one in figures:
        former = known.get(one.name, {})
        was, taken = former.get("best") or former.get("wall"), one.best or one.wall
        shown.add_row(*_cells(one), f"{taken / was:.2f}" if was else "")
    return shown


def kept() -> dict[str, Any]:
    """What was measured and kept, by group."""
    found: dict[str, Any] = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    return found


def keep(group: str, figures: list[Figure], *, at: datetime) -> None:
    """Make these figures the group's baseline, and write the page again."""
    told = {"at": at.date().isoformat(), "machine": machine(), "figures": [_rounded(one) for one in figures]}
    known = kept() | {group: told}
    known = {name: known[name] for name in TITLES if name in known}
    BASELINE.write_text(json.dumps(known, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    DOCUMENT.write_text(_page(known), encoding="utf-8")


def _rounded(one: Figure) -> dict[str, Any]:
    return {name: round(value, 1) if isinstance(value, float) else value for name, value in asdict(one).items()}


def _page(known: Mapping[str, Any]) -> str:
    lines = [INTRODUCTION]
    for group, told in known.items():
        lines += [f"## {TITLES[group]}", "", f"`python -m bench {group}`, {told['at']}, {told['machine']}.", ""]
        lines += ["| Measure | Processor | Least | Watch | Queries | Bar | Reached | Note |",
                  "| --- | ---: | ---: | ---: | ---: | ---: | --- | --- |"]  # fmt: skip
        lines += ["| " + " | ".join(_cells(Figure(**one))) + " |" for one in told["figures"]] + [""]
    return "\n".join(lines)


def machine() -> str:
    """The processor, how many of them, how busy: what a figure is worth."""
    name = platform.machine()
    told = Path("/proc/cpuinfo")
    if told.exists():
        names = [
            line.split(":", 1)[1].strip() for line in told.read_text().splitlines() if line.startswith("model name")
        ]
        name = names[0] if names else name
    return f"{os.cpu_count()} × {name}, Python {platform.python_version()}, load {os.getloadavg()[0]:.1f}"
