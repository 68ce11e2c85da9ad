"""When a rule applies: comparisons of facts with parameters or codes, joined by all, any and not; three-valued.

A condition is compiled once into a function of the sheet: it answers yes, no, or « cannot be told » with what lacks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from operator import eq, ge, gt, le, lt
from typing import Any, Final

from avenant.domain.rules.paths import Operand
from avenant.domain.rules.work import Sheet

Answer = tuple[bool | None, tuple[str, ...]]
"""True, False or None, and the facts that lack when it is None."""

Condition = Callable[[Sheet], Answer]

YES: Final[Answer] = (True, ())
NO: Final[Answer] = (False, ())

ORDERED: Final[Mapping[str, Callable[[Any, Any], bool]]] = {"above": gt, "at_least": ge, "below": lt, "at_most": le}
TESTS: Final = frozenset(ORDERED) | {"is", "in", "positive", "known"}


def known(fact: Operand) -> Condition:
    """Is the fact there, whatever it says."""
    read = fact.read
    return lambda sheet: NO if read(sheet) is None else YES


def compared(fact: Operand, test: str, wanted: Any, *, blank: str = "") -> Condition:
    """One fact against a value; ``blank`` names the parameter whose value is still to be fixed."""
    read, gaps = fact.read, (fact.name,)
    unknown: Answer = (None, gaps)
    if blank:
        neither: Answer = (None, (*gaps, blank))
        without: Answer = (None, (blank,))
        return lambda sheet: neither if read(sheet) is None else without
    meets = _in(wanted) if test == "in" else ORDERED.get(test, eq)
    if test == "positive":
        meets, wanted = lambda value, positive: (value > 0) is positive, bool(wanted)

    def holds(sheet: Sheet) -> Answer:
        value = read(sheet)
        if value is None:
            return unknown
        return YES if meets(value, wanted) else NO

    return holds


def _in(wanted: Sequence[Any]) -> Callable[[Any, Any], bool]:
    codes = frozenset(wanted)
    return lambda value, _: not codes.isdisjoint(value) if isinstance(value, tuple) else value in codes


def every(conditions: Sequence[Condition]) -> Condition:
    """All hold: one that does not is enough to say no, whatever else is missing."""
    return _joined(tuple(conditions), decisive=NO, otherwise=YES)


def either(conditions: Sequence[Condition]) -> Condition:
    """One holds: one that does is enough to say yes, whatever else is missing."""
    return _joined(tuple(conditions), decisive=YES, otherwise=NO)


def contrary(condition: Condition) -> Condition:
    """The condition does not hold."""

    def holds(sheet: Sheet) -> Answer:
        answer = condition(sheet)
        return answer if answer[0] is None else NO if answer[0] else YES

    return holds


def _joined(conditions: tuple[Condition, ...], *, decisive: Answer, otherwise: Answer) -> Condition:
    def holds(sheet: Sheet) -> Answer:
        missing: tuple[str, ...] = ()
        for condition in conditions:
            answer = condition(sheet)
            if answer[0] is decisive[0]:
                return decisive
            if answer[0] is None:
                missing = (*missing, *answer[1])
        return (None, tuple(dict.fromkeys(missing))) if missing else otherwise

    return holds
