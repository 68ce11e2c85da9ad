"""``python -m bench [GROUP…] [--save]``: each group in a process of its own, its figures beside their bars.

A group that fails is told and does not lose the others. ``--save`` keeps the figures in ``baseline.json`` and writes
``docs/reference/performance.md``.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime

from rich.console import Console

from avenant.config import embedded
from bench import report
from bench.databases import ROOT, environment, filled, migrated
from bench.figures import Figure

GROUPS = {
    "rules": (None, "app"),
    "pages": ("region", "app"),
    "directory": ("region", "app"),
    "contracts": ("region", "app"),
    "jobs": ("region", "system"),
    "calls": ("funding", "app"),
    "what-if": ("funding", "system"),
    "envelope": ("envelope", "app"),
    "finess": ("", "app"),
    "nation": ("nation", "app"),
    "load": ("region", "app"),
    "start": (None, "app"),
}
"""The world on which each group is measured, and under which role; "" is a database made anew each time."""
SCRATCH = {"finess", "envelope"}


def measure(cluster: embedded.Server, group: str) -> list[Figure]:
    """The figures of one group. Raises CalledProcessError when it fails."""
    world, role = GROUPS[group]
    variables = {}
    if world is not None:
        database = filled(cluster, world) if world else migrated(cluster)
        if group in SCRATCH:
            scratch = f"bench_scratch_{group}"
            cluster.drop_database(scratch)
            cluster.create_database(scratch, database)
            database = scratch
        variables = environment(cluster, f"avenant_{role}", database)
        variables["BENCH_OWNER_URL"] = cluster.url("avenant_owner", database)
    told = ROOT / "var" / "bench" / f"{group}.json"
    told.parent.mkdir(parents=True, exist_ok=True)
    told.unlink(missing_ok=True)
    command = [sys.executable, "-m", "bench.groups", group, str(told)]
    try:
        subprocess.run(command, env=variables or None, cwd=ROOT, check=True)
    finally:
        if group in SCRATCH:
            cluster.drop_database(f"bench_scratch_{group}")
    return [Figure(**one) for one in json.loads(told.read_text(encoding="utf-8"))]


def main() -> None:
    """Measure some groups, or all of them."""
    wanted = [one for one in GROUPS if one in sys.argv[1:]] or list(GROUPS)
    unknown = set(sys.argv[1:]) - {*GROUPS, "--save"}
    if unknown:
        sys.exit(f"{', '.join(sorted(unknown))} : groupes possibles {', '.join(GROUPS)} ; --save garde les mesures.")
    console, failed = Console(width=None if sys.stdout.isatty() else 170), []
    before = report.kept()
    cluster = embedded.server(ROOT / "var" / "bench-postgres")
    with embedded.running(cluster):
        for group in wanted:
            try:
                figures = measure(cluster, group)
            except (subprocess.CalledProcessError, OSError) as error:
                console.print(f"{group} : en échec, {error}")
                failed.append(group)
                continue
            console.print(report.table(group, figures, before))
            if "--save" in sys.argv:
                report.keep(group, figures, at=datetime.now(UTC))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
