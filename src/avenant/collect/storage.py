"""Files written whole or not at all: a full disk or Ctrl+C leaves what was there before."""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from avenant.collect.refusals import CollectError
from avenant.domain.french import quoted

_BLOCK = 1 << 22


def write_whole(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, then move it there in one step."""
    data = content.encode("utf-8") if isinstance(content, str) else content
    with _disk(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(name).replace(path)
        except BaseException:
            Path(name).unlink(missing_ok=True)
            raise


@contextmanager
def folder_whole(target: Path) -> Iterator[Path]:
    """A new folder to fill, put in place of ``target`` when the block ends well, and removed when it does not."""
    with _disk(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            yield made
            _swap(made, target)
        finally:
            shutil.rmtree(made, ignore_errors=True)


def _swap(made: Path, target: Path) -> None:
    if not target.exists():
        made.replace(target)
        return
    before = target.with_name(f".{target.name}.before-{os.getpid()}")
    target.replace(before)
    try:
        made.replace(target)
    except BaseException:
        before.replace(target)
        raise
    shutil.rmtree(before, ignore_errors=True)


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise CollectError(disk_sentence(path, error), code="disk") from error


def disk_sentence(path: Path, error: OSError) -> str:
    """Why a file could not be written."""
    if error.errno == errno.ENOSPC:
        return f"Le disque est plein : {quoted(path.name)} n'a pas été écrit, rien d'autre n'a changé. Libérez de la place."
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return f"Écriture refusée dans {quoted(str(path.parent))} : choisissez un autre dossier ou demandez le droit."
    return f"{quoted(path.name)} ne s'écrit pas dans {quoted(str(path.parent))} : choisissez un autre dossier."


def sha256(path: Path) -> str:
    """The digest of a file, read by blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
