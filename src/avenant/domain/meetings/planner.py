"""The calendar of a region's committees: each in a slot that suits its service, no representative in two places.

Exact and deterministic: an integer program solved by HiGHS with one thread and no time limit. The most committees
first, then the best answers of the services, then the earliest slots.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

import highspy

from avenant.domain.decision import Finding, Severity
from avenant.domain.french import enumerate_in_words, format_date


class Answer(StrEnum):
    """What a service says of a slot."""

    YES = "yes"
    IF_NEEDED = "if_needed"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Slot:
    """A proposed time, half-open, in instants of one zone."""

    key: str
    starts_at: datetime
    ends_at: datetime

    def overlaps(self, other: Slot) -> bool:
        return self.starts_at < other.ends_at and other.starts_at < self.ends_at


@dataclass(frozen=True, slots=True)
class Candidate:
    """A committee to place: its service's answers by slot, None while the service has not answered."""

    key: str
    name: str
    answers: Mapping[str, Answer] | None = None

    def takes(self, slot: Slot) -> bool:
        """Not consulted, it takes any slot (with a warning); consulted, a slot it did not name is a no."""
        return self.answers is None or self.answers.get(slot.key, Answer.NO) is not Answer.NO


@dataclass(frozen=True, slots=True)
class Representative:
    """One who sits for an authority, and the slots at which they cannot."""

    key: str
    authority: str
    unavailable: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where a committee meets, and who represents each authority there."""

    slot: str
    representatives: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The committees that have a place, and those that could not have one."""

    placed: Mapping[str, Placed]
    unplaced: tuple[str, ...] = ()


@dataclass(slots=True)
class _Program:
    """Columns that are 0 or 1, rows between bounds; maximised."""

    costs: list[float] = field(default_factory=list)
    lower: list[float] = field(default_factory=list)
    upper: list[float] = field(default_factory=list)
    rows: list[tuple[float, float, dict[int, float]]] = field(default_factory=list)

    def column(self, gain: float, *, lower: float = 0, upper: float = 1) -> int:
        self.costs.append(gain)
        self.lower.append(lower)
        self.upper.append(upper)
        return len(self.costs) - 1

    def solve(self) -> list[bool] | None:
        """The chosen columns; None when nothing satisfies every row."""
        solver = highspy.Highs()  # type: ignore[no-untyped-call]
        options: dict[str, bool | int | float | str] = {
            "output_flag": False,
            "threads": 1,
            "parallel": "off",
            "random_seed": 0,
            "mip_rel_gap": 0.0,
        }
        for name, value in options.items():
            solver.setOptionValue(name, value)
        for gain, lower, upper in zip(self.costs, self.lower, self.upper, strict=True):
            solver.addCol(-gain, lower, upper, 0, [], [])
        for index in range(len(self.costs)):
            solver.changeColIntegrality(index, highspy.HighsVarType.kInteger)
        for lower, upper, row in self.rows:
            solver.addRow(lower, upper, len(row), list(row), list(row.values()))
        solver.run()
        status = solver.getModelStatus()
        if status == highspy.HighsModelStatus.kInfeasible:
            return None
        if status != highspy.HighsModelStatus.kOptimal:
            raise RuntimeError(f"HiGHS ended with {status}")
        return [value > 0.5 for value in solver.getSolution().col_value]


def propose(
    candidates: Sequence[Candidate],
    slots: Sequence[Slot],
    representatives: Sequence[Representative],
    *,
    fixed: Mapping[str, str] | None = None,
) -> Proposal | None:
    """Give each committee a slot of its own and a representative of each authority, none of them twice at one time.

    ``fixed`` (committee: slot) are the places decided by hand; None is returned when they cannot all be held. The
    answer to the same question is always the same.
    """
    fixed = fixed or {}
    ordered = sorted(slots, key=lambda one: (one.starts_at, one.key))
    unit = len(candidates) * len(ordered) + 1
    whole = (2 * len(candidates) + 1) * unit
    program = _Program()
    chosen: dict[tuple[str, str], int] = {}
    for one in candidates:
        for rank, slot in enumerate(ordered):
            held = fixed.get(one.key)
            if (held == slot.key) if held else one.takes(slot):
                gain = whole - rank - unit * _reluctance(one, slot)
                chosen[one.key, slot.key] = program.column(gain, lower=1 if held else 0)
    sits = {
        (person.key, slot.key): program.column(0)
        for person in representatives
        for slot in ordered
        if slot.key not in person.unavailable
    }
    _each_once(program, candidates, ordered, chosen)
    _each_represented(program, ordered, representatives, chosen, sits)
    _nobody_twice(program, ordered, representatives, sits)
    picked = program.solve() if program.costs else []
    if picked is None or any((key, slot) not in chosen for key, slot in fixed.items()):
        return None
    return _read(candidates, ordered, representatives, chosen, sits, picked)


def _reluctance(candidate: Candidate, slot: Slot) -> int:
    if candidate.answers is None:
        return 1
    return {Answer.YES: 0, Answer.IF_NEEDED: 1, Answer.NO: 2}[candidate.answers.get(slot.key, Answer.NO)]


def _each_once(
    program: _Program, candidates: Sequence[Candidate], slots: Sequence[Slot], chosen: Mapping[tuple[str, str], int]
) -> None:
    for one in candidates:
        row = {chosen[one.key, slot.key]: 1.0 for slot in slots if (one.key, slot.key) in chosen}
        if row:
            program.rows.append((0, 1, row))


def _each_represented(
    program: _Program,
    slots: Sequence[Slot],
    representatives: Sequence[Representative],
    chosen: Mapping[tuple[str, str], int],
    sits: Mapping[tuple[str, str], int],
) -> None:
    """As many representatives of each authority in a slot as there are committees in it."""
    for slot in slots:
        meeting = {column: 1.0 for (_, key), column in chosen.items() if key == slot.key}
        for authority in sorted({one.authority for one in representatives}):
            seated = {
                sits[one.key, slot.key]: -1.0
                for one in representatives
                if one.authority == authority and (one.key, slot.key) in sits
            }
            if meeting:
                program.rows.append((0, 0, meeting | seated))


def _nobody_twice(
    program: _Program,
    slots: Sequence[Slot],
    representatives: Sequence[Representative],
    sits: Mapping[tuple[str, str], int],
) -> None:
    """At the start of each slot, a representative sits in one at most of those that are running."""
    for slot in slots:
        running = [one for one in slots if one.starts_at <= slot.starts_at < one.ends_at]
        if len(running) < 2:
            continue
        for person in representatives:
            row = {sits[person.key, one.key]: 1.0 for one in running if (person.key, one.key) in sits}
            if len(row) > 1:
                program.rows.append((0, 1, row))


def _read(
    candidates: Sequence[Candidate],
    slots: Sequence[Slot],
    representatives: Sequence[Representative],
    chosen: Mapping[tuple[str, str], int],
    sits: Mapping[tuple[str, str], int],
    picked: Sequence[bool],
) -> Proposal:
    free = {
        slot.key: {
            authority: [
                one.key
                for one in representatives
                if one.authority == authority and (one.key, slot.key) in sits and picked[sits[one.key, slot.key]]
            ]
            for authority in sorted({one.authority for one in representatives})
        }
        for slot in slots
        if any(picked[column] for (_, key), column in sits.items() if key == slot.key)
    }  # fmt: skip
    placed: dict[str, Placed] = {}
    for one in candidates:
        for slot in slots:
            column = chosen.get((one.key, slot.key))
            if column is not None and picked[column]:
                seated = {authority: people.pop(0) for authority, people in free.get(slot.key, {}).items()}
                placed[one.key] = Placed(slot.key, seated)
    return Proposal(placed, tuple(one.key for one in candidates if one.key not in placed))


def double_bookings(placed: Mapping[str, Placed], slots: Mapping[str, Slot]) -> list[tuple[str, str, str]]:
    """Pairs of committees whose sessions overlap while the same representative sits in both: (who, one, other)."""
    found = []
    ordered = sorted(placed)
    for index, one in enumerate(ordered):
        for other in ordered[index + 1 :]:
            if slots[placed[one].slot].overlaps(slots[placed[other].slot]):
                people = set(placed[one].representatives.values()) & set(placed[other].representatives.values())
                found += [(person, one, other) for person in sorted(people)]
    return found


def warnings(
    candidates: Sequence[Candidate],
    placed: Mapping[str, Placed],
    slots: Mapping[str, Slot],
    *,
    first: date,
    last: date,
) -> list[Finding]:
    """What the one who publishes should know: outside the window, not consulted, unavailable, without a session."""
    names = {one.key: one.name for one in candidates}
    unheard = [one.name for one in candidates if one.answers is None]
    outside = [
        f"{names[key]} ({format_date(slots[one.slot].starts_at.date())})"
        for key, one in sorted(placed.items(), key=lambda pair: names.get(pair[0], ""))
        if not first <= slots[one.slot].starts_at.date() <= last
    ]
    unavailable = [
        one.name
        for one in candidates
        if one.key in placed and one.answers is not None and not one.takes(slots[placed[one.key].slot])
    ]
    alone = [one.name for one in candidates if one.key not in placed]
    told = (
        ("not_consulted", "N’a pas encore été entendu", unheard),
        ("outside_window", "Séance hors de la période prévue", outside),
        ("unavailable", "S’est dit indisponible à la date retenue", unavailable),
        ("below_minimum", "Reste sans séance cette année", alone),
    )
    return [
        Finding(code, Severity.TO_JUSTIFY, f"{sentence} : {enumerate_in_words(found)}.", "CPOM PACA, article 7")
        for code, sentence, found in told
        if found
    ]
