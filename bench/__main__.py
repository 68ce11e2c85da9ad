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
    "backup": ("", "owner"),
    "start": (None, "app"),
    "collect": (None, "app"),
    "collect-nation": (None, "app"),
    "disclosure": (None, "app"),
    "neutral": (None, "app"),
}
"""The world on which each group is measured, and under which role; "" is a database made anew each time."""
SCRATCH = {"finess", "envelope", "backup"}


def measure(cluster: embedded.Server, group: str) -> tuple[list[Figure], bool]:
    """The figures of one group, and whether it came to its end."""
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
        ended = subprocess.run(command, env=variables or None, cwd=ROOT, check=False).returncode == 0
    finally:
        if group in SCRATCH:
            cluster.drop_database(f"bench_scratch_{group}")
    found = json.loads(told.read_text(encoding="utf-8")) if told.exists() else []
    return [Figure(**one) for one in found], ended


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
                figures, ended = measure(cluster, group)
            except (subprocess.CalledProcessError, OSError) as error:  # its world could not be made
                console.print(f"{group} : en échec, {error}")
                failed.append(group)
                continue
            console.print(report.table(group, figures, before))
            if not ended:
                failed.append(group)
            elif "--save" in sys.argv:
                report.keep(group, figures, at=datetime.now(UTC))
    if failed:
        sys.exit(f"En échec : {', '.join(failed)}.")


if __name__ == "__main__":
    main()
