"""Templates of contracts: what a contract of a kind must or should hold. A template asks, it writes no clause."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Final

from avenant.references.contract_texts.loading import BrokenText, made
from avenant.references.contract_texts.shape import ClauseKind
from avenant.references.reading import typeset_content

_FOLDER: Final = files("avenant.references") / "contracts" / "templates"


class Requirement(StrEnum):
    REQUIRED = "required"  # without it the contract is not ready to be signed
    EXPECTED = "expected"  # without it the checklist says so, with the platform's default if there is one
    OPTIONAL = "optional"


@dataclass(frozen=True, slots=True)
class AskedConsultation:
    key: str
    body: str
    basis: str


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """A plan with which the text must agree before the signature; one that is not required only informs."""

    key: str
    label: str
    basis: str
    required: bool = True


@dataclass(frozen=True, slots=True)
class AskedClause:
    """One line of the checklist; ``asks`` is what the clause must state."""

    key: str
    kind: ClauseKind
    label: str
    requirement: Requirement
    basis: str
    parent: str = ""
    asks: tuple[str, ...] = ()
    default: str = ""  # what the platform applies when the text is silent


@dataclass(frozen=True, slots=True)
class ContractTemplate:
    """The checklist of one kind of contract, with the roles that must sign it."""

    key: str
    kind: str
    title: str
    source: str
    roles: tuple[str, ...]
    clauses: tuple[AskedClause, ...]
    consultations: tuple[AskedConsultation, ...] = ()
    checks: tuple[AskedCheck, ...] = ()

    def clause(self, key: str) -> AskedClause:
        """The asked clause of that key. Raises KeyError."""
        return {one.key: one for one in self.clauses}[key]


def contract_template_keys() -> tuple[str, ...]:
    """The keys of the templates, in alphabetical order."""
    return tuple(sorted(one.name.removesuffix(".toml") for one in _FOLDER.iterdir() if one.name.endswith(".toml")))


@cache
def load_contract_template(key: str) -> ContractTemplate:
    """Read one template. Raises FileNotFoundError when it is not kept, BrokenText when it contradicts itself."""
    content = tomllib.loads((_FOLDER / f"{key}.toml").read_text(encoding="utf-8"))
    try:
        template = made(ContractTemplate, typeset_content(content))
    except (KeyError, TypeError, ValueError) as error:
        raise BrokenText(f"{key}: {error}") from error
    seen: set[str] = {""}
    for one in template.clauses:
        if one.key in seen or one.parent not in seen:
            raise BrokenText(f"{key}: the clause {one.key} stands twice, or before its parent")
        seen.add(one.key)
    return template
