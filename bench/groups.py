"""The measures of one group, in a process of its own: ``python -m bench.groups GROUP FILE`` writes them as JSON."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable
from dataclasses import asdict
from importlib import import_module
from pathlib import Path

from bench.figures import Figure

ALONE = {
    "rules": ("rules", "measures"),
    "start": ("start", "measures"),
    "backup": ("backup", "measures"),
    "collect": ("collect", "measures"),
    "collect-nation": ("collect", "nation"),
    "disclosure": ("disclosure", "measures"),
    "neutral": ("neutral", "measures"),
}
"""Where the groups that need no Django are, by their module and their function."""


def measures(group: str) -> Iterable[Figure]:
    """The figures of ``group``, one by one."""
    if group in ALONE:
        module, function = ALONE[group]
        found: Iterable[Figure] = getattr(import_module(f"bench.{module}"), function)()
        return found
    import django
    from django.core.management import call_command

    django.setup()
    call_command("collectstatic", "--noinput", "--verbosity=0")
    match group:
        case "finess":
            from bench import finess

            owner = {**os.environ, "DATABASE_URL": os.environ["BENCH_OWNER_URL"]}
            return finess.measures(os.environ, owner, Path(sys.argv[2]).parent)
        case "calls" | "what-if" | "envelope":
            from bench import calls

            return {"calls": calls.pages, "what-if": calls.what_if, "envelope": calls.at_once}[group]()
        case "jobs":
            from bench import jobs

            return jobs.measures()
        case "load":
            from bench import load

            return load.measures()
    from bench import region

    return {
        "pages": region.pages,
        "contracts": region.contract_pages,
        "directory": region.directory_pages,
        "nation": region.national_directory,
    }[group]()


def main() -> None:
    group, told = sys.argv[1:]
    found = []
    for one in measures(group):
        found.append(asdict(one))
        Path(told).write_text(
            json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8"
        )  # a failure keeps these
        print(f"{one.name} : {one.wall if one.spent is None else one.spent:.0f} ms", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
