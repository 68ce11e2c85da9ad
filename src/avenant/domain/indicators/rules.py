"""The small vocabulary in which a catalogue states what must hold between figures: data, never code.

An operand names an indicator, and one part of it after a colon: ``pdp-1.8``, ``satdl-1.2.6:return``.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from avenant.domain.decision import Severity

MAIN_PART: Final = "total"


@dataclass(frozen=True, slots=True)
class Reference:
    """One part of one indicator's value; the part is ``total`` when the text names none."""

    code: str
    part: str = MAIN_PART

    @classmethod
    def parse(cls, text: str) -> Reference:
        code, _, part = text.strip().partition(":")
        if not code:
            raise ValueError(f"an operand names an indicator: {text!r}")
        return cls(code, part or MAIN_PART)


@dataclass(frozen=True, slots=True)
class Expression:
    """A sum of operands: ``pdp-1.8 + pdp-1.9``."""

    terms: tuple[Reference, ...]

    @classmethod
    def parse(cls, text: str) -> Expression:
        return cls(tuple(Reference.parse(term) for term in text.split("+")))


class Relation(StrEnum):
    """``at_most``: left ≤ right. ``equals``: left = right."""

    AT_MOST = "at_most"
    EQUALS = "equals"


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two sums of counts bound together. ``sentence`` may use {left}, {right} and {gap}.

    Nothing is said while the right side is unknown. Counts are never negative: what is known of the left side may
    already exceed the right one, and that is said at once; equality waits until every term is known.
    """

    code: str
    relation: Relation
    left: Expression
    right: Expression
    severity: Severity
    sentence: str
    basis: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.code for term in (*self.left.terms, *self.right.terms)))


class Effect(StrEnum):
    """What a condition does to the parts it names."""

    REQUIRES = "requires"
    FORBIDS = "forbids"


@dataclass(frozen=True, slots=True)
class Condition:
    """When a choice is (or, ``unless``, is not) among ``answers``, parts are required or forbidden.

    ``sentence`` may use {parts}, the labels of the parts at fault.
    """

    code: str
    effect: Effect
    when: Reference
    answers: tuple[str, ...]
    parts: tuple[Reference, ...]
    severity: Severity
    sentence: str
    unless: bool = False
    basis: str = ""

    @property
    def subjects(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(term.code for term in (self.when, *self.parts)))


Rule = Comparison | Condition
