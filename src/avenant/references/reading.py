"""Reads the reference files that ship with the package. Nothing reads them at import time."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

from avenant.domain.french import typeset


def read(name: str) -> dict[str, Any]:
    """The content of ``references/<name>.toml``."""
    return tomllib.loads((files("avenant.references") / f"{name}.toml").read_text(encoding="utf-8"))


def read_folder(folder: str) -> Iterator[dict[str, Any]]:
    """The content of every file of ``references/<folder>``, by name."""
    for path in sorted((files("avenant.references") / folder).iterdir(), key=lambda entry: entry.name):
        if path.name.endswith(".toml"):
            yield tomllib.loads(path.read_text(encoding="utf-8"))


def typeset_content(content: Any) -> Any:
    """French typography on every text of a file, keys excepted."""
    if isinstance(content, str):
        return typeset(content)
    if isinstance(content, dict):
        return {key: typeset_content(value) for key, value in content.items()}
    if isinstance(content, list):
        return [typeset_content(value) for value in content]
    return content
