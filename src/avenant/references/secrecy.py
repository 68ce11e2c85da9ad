"""The notices of confidentiality, the exceptions that lift it, and how long things are kept, read from the files."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

from avenant.references.reading import read, typeset_content


@dataclass(frozen=True, slots=True)
class SecrecyNotice:
    """What a person acknowledges before entering a file of one of ``circles``, in one version of its text."""

    key: str
    version: int
    dated: date
    circles: tuple[str, ...]
    title: str
    basis: str
    lead: str
    commitments: tuple[str, ...]
    note: str


@dataclass(frozen=True, slots=True)
class Exemption:
    """One of the three exceptions. ``proof``: ``document`` (a file), or ``either`` (a file or a link)."""

    key: str
    label: str
    text: str
    proof: str


@dataclass(frozen=True, slots=True)
class Retention:
    """A category of what is kept: ``months`` from a day, the basis, the fate; ``purge`` when the platform deletes it."""

    key: str
    label: str
    months: int
    start: str
    basis: str
    fate: str
    purge: str = ""


@cache
def notices() -> tuple[SecrecyNotice, ...]:
    """The notices in their current version."""
    return tuple(
        SecrecyNotice(**{**one, "circles": tuple(one["circles"]), "commitments": tuple(one["commitments"])})
        for one in _read("secrecy", "notice", plain=("circles",))
    )


def notice_of(kind: str) -> SecrecyNotice | None:
    """The notice that a kind of circle asks."""
    return next((one for one in notices() if kind in one.circles), None)


@cache
def exemptions() -> dict[str, Exemption]:
    """The exceptions by key, in the order of the article."""
    return {one["key"]: Exemption(**one) for one in _read("secrecy", "exception")}


@cache
def retentions() -> dict[str, Retention]:
    """The categories by key, in the order of the file."""
    return {
        one["key"]: Retention(start=one.pop("from"), **one)  # « from » is a word of the language
        for one in _read("retention", "category")
    }


def _read(name: str, table: str, *, plain: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    kept = {"key", "purge", "proof", *plain}
    return [
        {field: value if field in kept else typeset_content(value) for field, value in one.items()}
        for one in read(name)[table]
    ]
