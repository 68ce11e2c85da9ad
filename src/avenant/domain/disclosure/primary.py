"""Primary rules: which cells tell too much by themselves, and how uncertain they must stay for a reader.

A sensitive cell is not merely hidden. Each reader must find possible, for its value, an interval at least as wide as
the rule: for eleven persons, from 1 to 10, so that no deduction is sharper than "fewer than eleven".

The thresholds (persons, establishments, 85 %) come from the French statistical practice; they are parameters of the
region.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum

from avenant.domain.disclosure.cells import (
    PUBLIC,
    Attacker,
    Cell,
    DisclosureError,
    Equation,
    Origin,
    Publication,
    Showing,
    Unit,
)


class Reason(StrEnum):
    """Why a cell is sensitive. Told to the owner of the records only: readers never learn which cells are primary."""

    PERSONS = "persons"
    ESTABLISHMENTS = "establishments"
    DOMINANCE = "dominance"
    PROPORTION = "proportion"
    COMPLEMENT = "complement"
    GROUP = "group"


@dataclass(frozen=True, slots=True)
class Rules:
    """Parameters of secrecy; each rule at 0 or None is off.

    ``persons`` and ``establishments``: fewer contributors than this is small. ``dominance``: percentage of the value
    above which the first company dominates. ``proportion`` (p % rule, off by default): the second contributor must
    not estimate the first within p %. ``margin``: percentage by which an amount must stay uncertain when its
    contributors are too few. ``dominance_margin``: the same for a dominated amount; None asks for the Handbook's
    level, the amount at which the first company would no longer dominate.

    Raises :class:`DisclosureError` on a parameter that is no percentage or a negative threshold.
    """

    persons: int = 11
    establishments: int = 3
    dominance: int = 85
    proportion: int = 0
    complement: bool = True
    group: bool = True
    margin: int = 10
    dominance_margin: int | None = None

    def __post_init__(self) -> None:
        percentages = (self.dominance, self.proportion, self.margin, self.dominance_margin or 0)
        if min(self.persons, self.establishments, *percentages) < 0 or self.dominance > 100:
            raise DisclosureError("Un seuil du secret statistique est hors de ses bornes.", code="bad_threshold")


@dataclass(frozen=True, slots=True, order=True)
class Requirement:
    """Each attacker named must find possible that the cell be as low as ``low`` and as high as ``high``, bounds
    included."""

    key: str
    low: int
    high: int
    reason: Reason
    against: tuple[str, ...]

    def open_bounds(self, truth: int) -> tuple[int, ...]:
        """The bounds that the true value does not reach by itself, and that witnesses must reach."""
        return tuple(bound for bound, open_ in ((self.low, self.low < truth), (self.high, truth < self.high)) if open_)


@dataclass(frozen=True)
class Assessment:
    """A publication with the virtual cells that secrecy needs, who may attack it, and what must stay uncertain."""

    publication: Publication
    attackers: tuple[Attacker, ...]
    requirements: tuple[Requirement, ...]

    @property
    def primary(self) -> frozenset[str]:
        """The sensitive cells. Confidential, as the thresholds of dominance are."""
        return frozenset(requirement.key for requirement in self.requirements)


def assess(
    publication: Publication,
    rules: Rules | None = None,
    *,
    insiders: Iterable[Attacker] = (),
) -> Assessment:
    """Apply the primary rules to every cell, seen from outside and by each insider.

    Besides the cells themselves, what remains of a total once one of its parts, or what an insider knows of it, is
    taken away becomes a virtual cell under the same rules.
    """
    rules = rules or Rules()
    attackers = (PUBLIC, *insiders)
    remainders = list(_remainders(publication, rules, attackers))
    whole = publication.plus(
        (rest.cell for rest in remainders), (rest.equation for rest in remainders if rest.equation)
    )
    requirements = []
    for cell in publication.cells.values():
        verdict = judge(cell, rules)
        if verdict and cell.showing is not Showing.ALWAYS:
            against = tuple(one.name for one in attackers if not _has_a_share(publication, cell.key, one))
            requirements.append(_require(cell, *verdict, against))
    requirements += [_require(rest.cell, *rest.verdict, rest.against) for rest in remainders]
    return Assessment(whole, attackers, tuple(sorted(one for one in requirements if one.against)))


Verdict = tuple[Reason, int, int]
"""A reason, and the interval (low, high) that a reader must find possible."""


def judge(cell: Cell, rules: Rules) -> Verdict | None:
    """The rule that makes this cell sensitive, with the widest interval that its rules ask for; None when it may be
    shown.

    A cell without any contributor is not sensitive: that nobody is there is not a secret, unless the group rule says
    so.
    """
    verdicts = list(_verdicts(cell, rules))
    if not verdicts:
        return None
    return verdicts[0][0], min(low for _, low, _ in verdicts), max(high for _, _, high in verdicts)


def _verdicts(cell: Cell, rules: Rules) -> Iterator[Verdict]:
    establishments = cell.value if cell.unit is Unit.ESTABLISHMENTS else cell.establishments
    if 0 < (cell.contributors or 0) < rules.persons:
        yield Reason.PERSONS, *_few(cell, rules, rules.persons if cell.unit is not Unit.ESTABLISHMENTS else 0)
    if 0 < (establishments or 0) < rules.establishments:
        yield Reason.ESTABLISHMENTS, *_few(cell, rules, rules.establishments if cell.unit is not Unit.PERSONS else 0)
    yield from _dominated(cell, rules)


def _few(cell: Cell, rules: Rules, threshold: int) -> tuple[int, int]:
    """Interval for too few contributors: 1 to T - 1 for the count itself, else a margin around the amount."""
    if 0 < cell.value < threshold:
        return 1, threshold - 1
    return _around(cell.value, _percentage(cell.value, rules.margin))


def _dominated(cell: Cell, rules: Rules) -> Iterator[Verdict]:
    if cell.largest is None:
        return
    if rules.dominance and 100 * cell.largest > rules.dominance * cell.value:
        enough = -(-100 * cell.largest // rules.dominance) - cell.value
        margin = rules.dominance_margin
        yield Reason.DOMINANCE, *_around(cell.value, enough if margin is None else _percentage(cell.value, margin))
    if rules.proportion and cell.second is not None:
        known = cell.value - cell.largest - cell.second
        lacking = _percentage(cell.largest, rules.proportion) - known
        if lacking > 0:
            yield Reason.PROPORTION, *_around(cell.value, lacking)


def _percentage(value: int, percentage: int) -> int:
    return -(-value * percentage // 100)


def _around(value: int, width: int) -> tuple[int, int]:
    return max(value - max(width, 1), 0), value + max(width, 1)


def _require(cell: Cell, reason: Reason, low: int, high: int, against: tuple[str, ...]) -> Requirement:
    top = high if cell.ceiling is None else min(high, cell.ceiling)
    return Requirement(cell.key, max(low, cell.floor), top, reason, against)


@dataclass(frozen=True, slots=True)
class _Remainder:
    cell: Cell
    equation: Equation | None
    verdict: Verdict
    against: tuple[str, ...]


def _remainders(publication: Publication, rules: Rules, attackers: tuple[Attacker, ...]) -> Iterator[_Remainder]:
    """What is left of a total without one of its parts, or without what an insider knows of it, when that tells too
    much."""
    found: dict[str, _Remainder] = {}
    for equation in publication.equations:
        if len(equation.left) != 1 or equation.origin is Origin.RELEASES:
            continue
        total = publication.cells[equation.left[0]]
        for label, taken, attackers_of in _subtractions(equation, attackers):
            against = tuple(one.name for one in attackers_of if _ignores(publication, one, equation, taken))
            rest = _remainder(publication, rules, total, equation, label, taken)
            if rest is None or not against:
                continue
            before = found[rest.cell.key].against if rest.cell.key in found else ()
            found[rest.cell.key] = replace(rest, against=tuple(dict.fromkeys([*before, *against])))
    yield from found.values()


def _subtractions(
    equation: Equation, attackers: tuple[Attacker, ...]
) -> Iterator[tuple[str, frozenset[str], tuple[Attacker, ...]]]:
    """What may be taken away from a total, under which name, and who may do it."""
    for part in equation.right:
        yield part, frozenset((part,)), attackers
    for attacker in attackers:
        taken = attacker.knows.intersection(equation.right)
        if len(taken) > 1:
            yield f"ce que connaît {attacker.name}", taken, (attacker,)


def _ignores(publication: Publication, attacker: Attacker, equation: Equation, taken: frozenset[str]) -> bool:
    """Whether the rest is a question for this attacker: he neither computes it from what he knows nor contributes to
    it."""
    if {equation.left[0], *taken} <= attacker.knows:
        return False
    return not _knows_any(publication, attacker, set(equation.right) - taken)


def _remainder(
    publication: Publication, rules: Rules, total: Cell, equation: Equation, label: str, taken: frozenset[str]
) -> _Remainder | None:
    rest = [publication.cells[key] for key in equation.right if key not in taken]
    if not rest or total.value == 0:
        return None
    value = sum(cell.value for cell in rest)
    verdict = _of_remainder(value, total, rules, equation.origin is Origin.HEALTH)
    if verdict is None or (len(rest) == 1 and verdict[0] is Reason.COMPLEMENT):
        return None
    if len(rest) == 1:
        return _Remainder(rest[0], None, verdict, ())
    cell = Cell(f"{total.key} moins {label}", value, total.unit, owner=total.owner, showing=Showing.NEVER)
    return _Remainder(cell, Equation((total.key,), (*sorted(taken), cell.key), Origin.COMPLEMENT), verdict, ())


def _of_remainder(value: int, total: Cell, rules: Rules, health: bool) -> Verdict | None:
    thresholds = {Unit.PERSONS: rules.persons, Unit.ESTABLISHMENTS: rules.establishments, Unit.AMOUNT: 0}
    threshold = thresholds[total.unit]
    if rules.complement and 0 < value < threshold:
        return Reason.COMPLEMENT, 1, threshold - 1
    if rules.group and health and value == 0 and total.unit is Unit.PERSONS:
        return Reason.GROUP, 0, threshold - 1
    return None


def _has_a_share(publication: Publication, key: str, attacker: Attacker) -> bool:
    """Whether the attacker knows the cell or contributes to it: he then attacks what is left of it without his
    share."""
    if key in attacker.knows:
        return True
    parts = [
        part for equation in publication.equations_of.get(key, ()) if equation.left == (key,) for part in equation.right
    ]
    return _knows_any(publication, attacker, parts)


def _knows_any(publication: Publication, attacker: Attacker, keys: Iterable[str]) -> bool:
    return any(key in attacker.knows and publication.cells[key].value for key in keys)
