"""When a rule applies: comparisons of facts with parameters or codes, joined by all, any and not; three-valued."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from avenant.domain.rules.work import Operand, Sheet

Answer = tuple[bool | None, tuple[str, ...]]
"""True, False or None, and the facts that lack when it is None."""


class Condition(Protocol):
    def holds(self, sheet: Sheet) -> Answer: ...


_TESTS: Final[Mapping[str, Callable[[Any, Any], bool]]] = {
    "positive": lambda value, wanted: (value > 0) is wanted,
    "is": lambda value, wanted: value == wanted,
    "in": lambda value, wanted: any(one in wanted for one in value) if isinstance(value, tuple) else value in wanted,
    "above": lambda value, limit: value > limit,
    "at_least": lambda value, limit: value >= limit,
    "below": lambda value, limit: value < limit,
    "at_most": lambda value, limit: value <= limit,
}
TESTS: Final = frozenset(_TESTS) | {"known"}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fact against a code, a list of codes or a parameter. ``known`` asks only whether the fact is there."""

    fact: Operand
    test: str
    wanted: Operand | None

    def holds(self, sheet: Sheet) -> Answer:
        value = self.fact.read(sheet)
        if self.wanted is None:
            return value is not None, ()
        wanted = self.wanted.read(sheet)
        missing = tuple(one.name for one, got in ((self.fact, value), (self.wanted, wanted)) if got is None)
        return (None, missing) if missing else (_TESTS[self.test](value, wanted), ())


@dataclass(frozen=True, slots=True)
class Every:
    """All hold: one that does not is enough to say no, whatever else is missing."""

    conditions: tuple[Condition, ...]

    def holds(self, sheet: Sheet) -> Answer:
        return _joined([one.holds(sheet) for one in self.conditions], decisive=False)


@dataclass(frozen=True, slots=True)
class Either:
    """One holds: one that does is enough to say yes, whatever else is missing."""

    conditions: tuple[Condition, ...]

    def holds(self, sheet: Sheet) -> Answer:
        return _joined([one.holds(sheet) for one in self.conditions], decisive=True)


@dataclass(frozen=True, slots=True)
class Contrary:
    """The condition does not hold."""

    condition: Condition

    def holds(self, sheet: Sheet) -> Answer:
        answer, missing = self.condition.holds(sheet)
        return (None if answer is None else not answer), missing


def _joined(answers: list[Answer], *, decisive: bool) -> Answer:
    if any(answer is decisive for answer, _ in answers):
        return decisive, ()
    missing = tuple(dict.fromkeys(name for answer, names in answers if answer is None for name in names))
    return (None, missing) if missing else (not decisive, ())
