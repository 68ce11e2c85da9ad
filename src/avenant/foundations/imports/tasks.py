"""Jobs of the imports: large files are read and taken by the worker."""

from __future__ import annotations

from avenant.foundations import clock
from avenant.foundations.jobs import job


@job("read_import", lock="directory")
def read_import(*, import_id: str) -> None:
    """Say what a large file would do."""
    from avenant.foundations.imports import large

    large.work(import_id, at=clock.now(), write=False)


@job("take_import", lock="directory")
def take_import(*, import_id: str) -> None:
    """Do what the preview of a large file showed."""
    from avenant.foundations.imports import large

    large.work(import_id, at=clock.now(), write=True)
