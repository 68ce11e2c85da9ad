"""Proofs that anyone can check by additions.

A witness is another table that tells the same story: every figure shown is the same, every equation holds, and yet the
protected cell has another value. Two witnesses, one low and one high, prove that a reader cannot do better than the
rule. This module uses neither solver nor floating point: it adds whole numbers and compares them.

A witness made while protecting differs from the truth in a few cells only, so it tells the truth of the others: it
stays with those who hold the figures. What can be given to a reader is computed from what the reader sees, see
:mod:`avenant.domain.disclosure.reader`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from avenant.domain.disclosure.cells import Attacker, Cell, Equation, Publication
from avenant.domain.disclosure.primary import Assessment, Requirement


@dataclass(frozen=True, slots=True)
class Witness:
    """A possible table, written as its differences from the true one."""

    changes: Mapping[str, int]

    def table(self, publication: Publication) -> dict[str, int]:
        """The whole possible table."""
        return {key: cell.value + self.changes.get(key, 0) for key, cell in publication.cells.items()}


@dataclass(frozen=True, slots=True)
class Proof:
    """Witnesses that a cell may be at a bound or beyond, each for the attackers who know nothing that it changes."""

    key: str
    bound: int
    witnesses: tuple[Witness, ...]


@dataclass(frozen=True, slots=True)
class Claim:
    """One thing to prove: this attacker must find possible that the cell be at the bound or beyond."""

    requirement: Requirement
    bound: int
    attacker: Attacker


def is_possible(
    table: Mapping[str, int],
    shown: Mapping[str, int | None],
    cells: Mapping[str, Cell],
    equations: Iterable[Equation],
) -> bool:
    """Whether a reader who sees ``shown`` must admit this table: same figures, all equations, all bounds. Additions
    only."""
    same = all(value is None or table[key] == value for key, value in shown.items())
    bounded = all(_within(cell, table[key]) for key, cell in cells.items())
    return same and bounded and all(equation.balance(table) == 0 for equation in equations)


def holds(witness: Witness, publication: Publication, hidden: frozenset[str]) -> bool:
    """Whether the witness is possible for who sees all that is shown: the check of :func:`is_possible`, limited to
    what the witness touches, since the true table is additive."""
    for key, change in witness.changes.items():
        cell = publication.cells[key]
        if key not in hidden or not _within(cell, cell.value + change):
            return False
    touched = {id(one): one for key in witness.changes for one in publication.equations_of.get(key, ())}
    return all(equation.balance(witness.changes) == 0 for equation in touched.values())


def fools(witness: Witness, attacker: Attacker) -> bool:
    """Whether the witness changes nothing that this attacker knows."""
    return attacker.knows.isdisjoint(witness.changes)


def reaches(witness: Witness, cell: Cell, bound: int) -> bool:
    """Whether the witness puts the cell at the bound or beyond, on the bound's side of the truth."""
    possible = cell.value + witness.changes.get(cell.key, 0)
    return possible >= bound if bound > cell.value else possible <= bound


def claims(assessment: Assessment) -> Iterable[Claim]:
    """All that must be proved; a bound that the true value reaches by itself needs no proof."""
    attackers = {attacker.name: attacker for attacker in assessment.attackers}
    for requirement in assessment.requirements:
        for bound in requirement.open_bounds(assessment.publication.cells[requirement.key].value):
            for name in requirement.against:
                yield Claim(requirement, bound, attackers[name])


def unproved(assessment: Assessment, hidden: frozenset[str], proofs: Iterable[Proof]) -> tuple[Claim, ...]:
    """The claims that these proofs do not establish; none means that the publication may be released.

    This is the check that anyone holding the figures can redo: it adds and compares whole numbers, nothing else.
    """
    publication = assessment.publication
    sound: dict[tuple[str, int], list[Witness]] = {}
    for proof in proofs:
        cell = publication.cells[proof.key]
        sound.setdefault((proof.key, proof.bound), []).extend(
            witness
            for witness in proof.witnesses
            if reaches(witness, cell, proof.bound) and holds(witness, publication, hidden)
        )
    return tuple(
        claim
        for claim in claims(assessment)
        if not any(fools(one, claim.attacker) for one in sound.get((claim.requirement.key, claim.bound), ()))
    )


def _within(cell: Cell, value: int) -> bool:
    return cell.floor <= value and (cell.ceiling is None or value <= cell.ceiling)
