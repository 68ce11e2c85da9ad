"""``python -m bench``: build the volume once, measure, print each figure beside its baseline."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.table import Table

from avenant.config import embedded
from bench import rules
from bench.figures import Figure

ROOT = Path(__file__).resolve().parent.parent
GROUPS = {"rules", "pages", "contracts", "load", "jobs", "finess"}
JOBS = {"jobs", "contracts"}
BASELINE = Path(__file__).with_name("baseline.json")


def _environment(cluster: embedded.Server, role: str, database: str) -> dict[str, str]:
    return {
        "DATABASE_URL": cluster.url(role, database),
        "DJANGO_SETTINGS_MODULE": "avenant.config.settings",
        "AVENANT_SECRET_KEY": "a-key-for-benches-that-is-long-enough-to-be-taken",
        "AVENANT_FILES": str(ROOT / "var" / "bench-files"),
    }


def _database(cluster: embedded.Server) -> str:
    """The filled database, built again when the tables or the world have changed."""
    digest = hashlib.sha256()
    for path in sorted(
        [
            *ROOT.glob("src/avenant/**/migrations/*.py"),
            Path(__file__).with_name("world.py"),
            Path(__file__).with_name("directory.py"),
        ]
    ):
        digest.update(path.read_bytes())
    name = f"bench_{digest.hexdigest()[:10]}"
    if cluster.create_database(name):
        owner = {**os.environ, **_environment(cluster, "avenant_owner", name)}
        for command in (["-m", "django", "prepare_database"], ["-m", "bench.build"]):
            result = subprocess.run(
                [sys.executable, *command], env=owner, cwd=ROOT, check=False, stdout=subprocess.DEVNULL
            )
            if result.returncode:
                cluster.drop_database(name)
                sys.exit(result.returncode)
    return name


def _finess(cluster: embedded.Server) -> list[Figure]:
    """The directory at the size of the country, in a database of its own, made anew."""
    from bench import finess

    name = "bench_directory"
    cluster.drop_database(name)
    cluster.create_database(name)
    owner = _environment(cluster, "avenant_owner", name)
    prepare = [sys.executable, "-m", "django", "prepare_database"]
    subprocess.run(prepare, env={**os.environ, **owner}, check=True, stdout=subprocess.DEVNULL)
    found = finess.run(_environment(cluster, "avenant_app", name), owner, ROOT / "var")
    cluster.drop_database(name)
    return [Figure(said, milliseconds, None, bar) for said, milliseconds, bar in found]


def _served(wanted: set[str]) -> list[Figure]:
    """The measures that need a database."""
    cluster = embedded.server(ROOT / "var" / "bench-postgres")
    with embedded.running(cluster):
        database = _database(cluster)
        os.environ.update(_environment(cluster, "avenant_app", database))
        subprocess.run([sys.executable, "-m", "django", "collectstatic", "--noinput", "--verbosity=0"], check=True)
        import django

        django.setup()
        from bench import jobs, load, measures

        figures = list(measures.pages()) if "pages" in wanted else []
        figures += list(measures.contract_pages()) if "contracts" in wanted else []
        figures += load.measure(measures.walks()) if "load" in wanted else []
        figures += jobs.measures(cluster.url("avenant_system", database), wanted) if wanted & JOBS else []
        figures += _finess(cluster) if "finess" in wanted else []
    return figures


def main() -> None:
    """Measure some groups, or all of them; ``--save`` makes the figures the new baseline."""
    wanted = GROUPS & set(sys.argv) or GROUPS
    figures = list(rules.measures()) if "rules" in wanted else []
    figures += _served(wanted) if wanted - {"rules"} else []
    before = json.loads(BASELINE.read_text(encoding="utf-8")) if BASELINE.exists() else {}
    table = Table("mesure", "ms", "requêtes", "à atteindre", "référence", "rapport")
    for one in figures:
        known = before.get(one.name)
        table.add_row(
            one.name, f"{one.milliseconds:.0f}", "" if one.queries is None else str(one.queries), one.bar,
            f"{known:.0f}" if known else "", f"{one.milliseconds / known:.2f}" if known else "",
        )  # fmt: skip
    Console().print(table)
    if "--save" in sys.argv:
        saved = before | {one.name: round(one.milliseconds, 1) for one in figures}
        BASELINE.write_text(json.dumps(saved, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
