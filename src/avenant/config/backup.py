"""Backup and restore: one dump and the files, with the row counts of the instant of the dump, compared at each restore.

A backup is a folder named by its instant. It is made beside its final name and renamed when it is whole, so a folder
that bears the name of a backup is one. The dump and the counts read the same exported snapshot: people go on working.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import subprocess
import tarfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

import psycopg
from psycopg import IsolationLevel, sql
from psycopg.conninfo import conninfo_to_dict

DUMP, FILES, MANIFEST, DRILL = "database.dump", "files.tar", "manifest.json", "restored.json"
PREFIX: Final = "avenant-"
STAMP: Final = "%Y%m%dT%H%M%SZ"
BLOCK: Final = 1 << 20
_FULL: Final = {errno.ENOSPC, errno.EDQUOT}

TABLES = """
SELECT c.relname FROM pg_class c
WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY c.relname
"""


class BackupError(RuntimeError):
    """A backup or a restore that did not succeed, in a French sentence: what happened, what was left as it was."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup holds. ``tables`` counts rows, ``files`` the uploaded files, sizes are in bytes."""

    made_at: str
    software: str
    postgresql: str
    tables: Mapping[str, int]
    files: int
    dump_sha256: str
    files_sha256: str
    size: int


def back_up(owner_url: str, *, files: Path, into: Path, programs: Path, at: datetime) -> Path:
    """Write a whole backup under ``into`` and return its folder; on any failure nothing bears a backup's name.

    ``owner_url`` is the address as the owner of the tables, whom row level security does not bind; ``programs`` the folder
    of ``pg_dump``. Raises :class:`BackupError`.
    """
    name = f"{PREFIX}{at.astimezone(UTC):{STAMP}}"
    final, partial = into / name, into / f".{name}.partial"
    if final.exists():
        raise BackupError(f"La sauvegarde {name} existe déjà.")
    try:
        partial.mkdir(parents=True, mode=0o700)
        tables, server = _dump(owner_url, partial / DUMP, programs)
        number = _pack(files, partial / FILES)
        manifest = Manifest(
            made_at=at.astimezone(UTC).isoformat(timespec="seconds"),
            software=version("avenant"),
            postgresql=server,
            tables=tables,
            files=number,
            dump_sha256=_sha256(partial / DUMP),
            files_sha256=_sha256(partial / FILES),
            size=(partial / DUMP).stat().st_size + (partial / FILES).stat().st_size,
        )
        _write(partial / MANIFEST, asdict(manifest))
        partial.rename(final)
    except (OSError, subprocess.CalledProcessError, psycopg.Error) as error:
        raise BackupError(
            f"La sauvegarde n’a pas abouti\u202f: {_why(error)}. Rien n’en a été gardé, les précédentes sont intactes."
        ) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return final


def restore(archive: Path, *, owner_url: str, files: Path, programs: Path) -> Manifest:
    """Restore ``archive`` into the empty database of ``owner_url`` and the absent or empty folder ``files``.

    The dump's hash is verified before anything is written, and every table's rows are counted after. Raises
    :class:`BackupError` when the archive is not whole, the place is taken, or one count differs.
    """
    manifest = read_manifest(archive)
    for name, expected in ((DUMP, manifest.dump_sha256), (FILES, manifest.files_sha256)):
        if _sha256(archive / name) != expected:
            raise BackupError(f"{name} n’est plus celui qui a été sauvegardé\u202f: son empreinte diffère.")
    if _tables_of(owner_url):
        raise BackupError("La base où restaurer contient déjà des tables\u202f: donnez-en une vide.")
    if files.exists() and any(files.iterdir()):
        raise BackupError(f"Le dossier {files} contient déjà des fichiers\u202f: donnez-en un vide.")
    try:
        _run(
            owner_url,
            programs / "pg_restore",
            "--single-transaction",
            "--exit-on-error",
            "--no-owner",
            "--dbname",
            str(conninfo_to_dict(owner_url)["dbname"]),
            str(archive / DUMP),
        )
        files.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archive / FILES) as packed:
            packed.extractall(files, filter="data")
    except (OSError, subprocess.CalledProcessError, tarfile.TarError) as error:
        raise BackupError(f"La restauration n’a pas abouti\u202f: {_why(error)}.") from error
    differences = _differences(manifest, _tables_of(owner_url), sum(1 for path in files.rglob("*") if path.is_file()))
    if differences:
        raise BackupError("La restauration diffère de la sauvegarde\u202f: " + "\u202f; ".join(differences) + ".")
    return manifest


def note_drill(archive: Path, *, at: datetime, seconds: float) -> None:
    """Write beside the backup that it was restored and compared, so that ``avenant doctor`` can say when."""
    _write(archive / DRILL, {"restored_at": at.astimezone(UTC).isoformat(timespec="seconds"), "seconds": seconds})


def read_manifest(archive: Path) -> Manifest:
    """What the backup says of itself; :class:`BackupError` when the folder is not one."""
    try:
        return Manifest(**json.loads((archive / MANIFEST).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{archive} n’est pas une sauvegarde d’Avenant.") from error


def list_backups(folder: Path) -> list[Path]:
    """The whole backups of ``folder``, the last first."""
    return sorted((path for path in folder.glob(f"{PREFIX}*") if (path / MANIFEST).exists()), reverse=True)


def keep_last(folder: Path, number: int) -> list[Path]:
    """Delete all but the last ``number`` backups; return those deleted."""
    old = list_backups(folder)[max(number, 1) :]
    for path in old:
        shutil.rmtree(path)
    return old


def _dump(owner_url: str, target: Path, programs: Path) -> tuple[dict[str, int], str]:
    with psycopg.connect(owner_url) as connection:
        connection.isolation_level = IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        snapshot = connection.execute("SELECT pg_export_snapshot()").fetchone()
        server = connection.info.parameter_status("server_version") or ""
        tables = _count(connection)
        assert snapshot is not None  # noqa: S101  the function always answers
        _run(owner_url, programs / "pg_dump", "--format=custom", f"--snapshot={snapshot[0]}", f"--file={target}")
    return tables, server


def _tables_of(owner_url: str) -> dict[str, int]:
    with psycopg.connect(owner_url) as connection:
        return _count(connection)


def _count(connection: psycopg.Connection[Any]) -> dict[str, int]:
    names = [row[0] for row in connection.execute(TABLES)]
    counts = {}
    for name in names:
        row = connection.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(name))).fetchone()
        counts[name] = row[0] if row else 0
    return counts


def _differences(manifest: Manifest, tables: Mapping[str, int], files: int) -> list[str]:
    found = [
        f"{name}, {manifest.tables.get(name, 0)} lignes sauvegardées et {tables.get(name, 0)} restaurées"
        for name in sorted({*manifest.tables, *tables})
        if manifest.tables.get(name) != tables.get(name)
    ]
    if manifest.files != files:
        found.append(f"{manifest.files} fichiers sauvegardés et {files} restaurés")
    return found


def _pack(files: Path, target: Path) -> int:
    """Pack the uploaded files; one that disappears meanwhile was deleted after the dump's instant."""
    number = 0
    with tarfile.open(target, "w") as packed:
        for path in sorted(files.rglob("*")) if files.exists() else ():
            if path.is_file():
                packed.add(path, path.relative_to(files).as_posix())
                number += 1
    return number


def _run(url: str, program: Path, *arguments: str) -> None:
    """Run a program of PostgreSQL; the password goes by its environment, where other accounts do not read it."""
    names = {"host": "PGHOST", "port": "PGPORT", "user": "PGUSER", "password": "PGPASSWORD", "dbname": "PGDATABASE"}
    parts = conninfo_to_dict(url)
    given = {variable: str(parts[name]) for name, variable in names.items() if parts.get(name)}
    environment = {"PATH": os.defpath, "LC_ALL": "C.UTF-8", **given}
    subprocess.run(  # noqa: S603  our own program and arguments
        [str(program), *arguments], env=environment, check=True, capture_output=True, text=True
    )


def _why(error: Exception) -> str:
    if isinstance(error, OSError) and error.errno in _FULL:
        return "le disque est plein"
    if isinstance(error, subprocess.CalledProcessError):
        if "No space left on device" in (error.stderr or ""):
            return "le disque est plein"
        return (error.stderr or str(error)).strip().splitlines()[-1]
    return error.strerror or str(error) if isinstance(error, OSError) else str(error).strip()


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    try:
        with path.open("rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
    except OSError as error:
        raise BackupError(f"{path.name} manque dans la sauvegarde.") from error
    return digest.hexdigest()


def _write(path: Path, value: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
