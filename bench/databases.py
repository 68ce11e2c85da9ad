"""The databases of the bench: each is filled once, named by what it is made of, and kept for the next time."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

from avenant.config import embedded

ROOT = Path(__file__).resolve().parent.parent
HERE = Path(__file__).parent
SUPPORT = ROOT / "tests" / "support"
WORLDS = {
    "region": ("avenant_owner", [HERE / "world.py", HERE / "directory.py"]),
    "nation": ("avenant_owner", [HERE / "directory.py"]),
    "funding": ("postgres", [HERE / "calls.py", HERE / "rules.py", SUPPORT / "allocation.py"]),
    "envelope": ("postgres", [HERE / "calls.py", SUPPORT / "allocation.py", SUPPORT / "envelope.py"]),
}
"""Who fills each world, and what it is made of beside the tables."""


def environment(cluster: embedded.Server, role: str, database: str) -> dict[str, str]:
    """What a process of ``role`` needs to work on ``database``."""
    return {
        **os.environ,
        "DATABASE_URL": cluster.url(role, database),
        "DJANGO_SETTINGS_MODULE": "avenant.config.settings",
        "AVENANT_SECRET_KEY": "a-key-for-benches-that-is-long-enough-to-be-taken",
        "AVENANT_FILES": str(ROOT / "var" / "bench-files"),
        "AVENANT_LOGS": "plain",
    }


def migrated(cluster: embedded.Server) -> str:
    """A database with its tables and references, from which the others are copied."""
    return _made(
        cluster, f"bench_empty_{_digest([])}", "template0", "avenant_owner", ["-m", "django", "prepare_database"]
    )


def filled(cluster: embedded.Server, world: str) -> str:
    """The database of a world; made when it is missing, and dropped whole when its making fails."""
    role, sources = WORLDS[world]
    name = f"bench_{world}_{_digest(sources)}"
    return _made(cluster, name, migrated(cluster), role, ["-m", "bench.build", world])


def _digest(sources: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted([*ROOT.glob("src/avenant/**/migrations/*.py"), *sources]):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


def _made(cluster: embedded.Server, name: str, template: str, role: str, command: list[str]) -> str:
    if cluster.create_database(name, template):
        print(f"{name} : à remplir, une fois.", file=sys.stderr, flush=True)
        try:
            subprocess.run(
                [sys.executable, *command], env=environment(cluster, role, name), cwd=ROOT, check=True,
                stdout=subprocess.DEVNULL,
            )  # fmt: skip
        except BaseException:
            cluster.drop_database(name)
            raise
    return name
