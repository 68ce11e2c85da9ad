"""Backup and restore at a size: ``python -m bench.backup [gigabytes]``, a fifth of it in the database, the rest in files.

What is written cannot be compressed, so the archive is as large as what it keeps. The place on the disk is three times
the size: what is kept, its backup, what is restored. Everything is deleted at the end.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import psycopg

from avenant.config import backup, embedded

ROOT = Path(__file__).resolve().parent.parent
GIGABYTE = 10**9
FILE, ROW = 4_000_000, 8_000
TIMES_THE_SIZE = 4
SOURCE, RESTORED = "bench_backup", "bench_restored"
Made = TypeVar("Made")


def main(gigabytes: float = 1.0) -> None:
    """Print the seconds of the backup and of the restore with its compared counts."""
    size = int(gigabytes * GIGABYTE)
    (ROOT / "var").mkdir(exist_ok=True)
    if shutil.disk_usage(ROOT / "var").free < TIMES_THE_SIZE * size:
        sys.exit(f"{gigabytes:g} GB need {TIMES_THE_SIZE * gigabytes:g} GB free on the disk of {ROOT / 'var'}.")
    cluster = embedded.server(ROOT / "var" / "bench-postgres")
    with tempfile.TemporaryDirectory(prefix="bench-backup-", dir=ROOT / "var") as folder, embedded.running(cluster):
        place = Path(folder)
        try:
            _fill(cluster, place / "files", size)
            _measure(cluster, place, gigabytes)
        finally:
            for name in (SOURCE, RESTORED):
                cluster.drop_database(name)


def _measure(cluster: embedded.Server, place: Path, gigabytes: float) -> None:
    programs = embedded.programs()
    archive, saved = _timed(
        lambda: backup.back_up(
            cluster.url("avenant_owner", SOURCE), files=place / "files", into=place / "kept", programs=programs,
            at=datetime.now(UTC),
        )
    )  # fmt: skip
    cluster.create_database(RESTORED)
    manifest, restored = _timed(
        lambda: backup.restore(
            archive, owner_url=cluster.url("avenant_owner", RESTORED), files=place / "restored", programs=programs
        )
    )
    rows = sum(manifest.tables.values())
    print(f"{gigabytes:g} GB, {manifest.size / GIGABYTE:.2f} GB kept, {rows} rows, {manifest.files} files")
    print(f"backup {saved:.1f} s, restore and compare {restored:.1f} s")


def _fill(cluster: embedded.Server, files: Path, size: int) -> None:
    for name in (SOURCE, RESTORED):
        cluster.drop_database(name)
    cluster.create_database(SOURCE)
    owner = cluster.url("avenant_owner", SOURCE)
    environment = {
        **os.environ,
        "DATABASE_URL": owner,
        "DJANGO_SETTINGS_MODULE": "avenant.config.settings",
        "AVENANT_SECRET_KEY": "a-key-for-benches-that-is-long-enough-to-be-taken",
    }
    prepare = [sys.executable, "-m", "django", "prepare_database"]
    subprocess.run(prepare, env=environment, check=True, stdout=subprocess.DEVNULL)
    with psycopg.connect(owner) as connection:
        connection.execute("CREATE TABLE bench_ballast (id bigint PRIMARY KEY, content bytea NOT NULL)")
        with connection.cursor().copy("COPY bench_ballast FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int8", "bytea"])
            for number in range(size // 5 // ROW):
                copy.write_row((number, os.urandom(ROW)))
    files.mkdir()
    for number in range(size * 4 // 5 // FILE):
        (files / f"{number:06}").write_bytes(os.urandom(FILE))


def _timed(act: Callable[[], Made]) -> tuple[Made, float]:
    started = time.perf_counter()
    made = act()
    return made, time.perf_counter() - started


if __name__ == "__main__":
    main(*(float(one) for one in sys.argv[1:]))
