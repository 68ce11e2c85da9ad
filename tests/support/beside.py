"""Data of public repositories that lie beside the project, where they are there: read, never committed."""

from __future__ import annotations

from pathlib import Path


def beside(name: str) -> Path:
    """The file called ``name`` under a ``shared/reference`` folder of a parent; a path that is not there otherwise."""
    found = (parent / "shared/reference" / name for parent in Path(__file__).resolve().parents)
    return next((one for one in found if one.exists()), Path(name))
