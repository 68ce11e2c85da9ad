"""The release gate: nothing is shown before every attacker, outside and inside, is proved to know no more than the
rule."""

from __future__ import annotations

from dataclasses import dataclass

from avenant.domain.disclosure.attack import Attack
from avenant.domain.disclosure.cells import DisclosureError
from avenant.domain.disclosure.pattern import Pattern
from avenant.domain.disclosure.primary import Assessment, Requirement
from avenant.domain.disclosure.protection import Protection, proofs_of
from avenant.domain.disclosure.reader import Range, Reader, Sight
from avenant.domain.disclosure.system import Problem
from avenant.domain.disclosure.witness import Claim, Proof, unproved
from avenant.domain.french import counted


@dataclass(frozen=True, slots=True)
class Breach:
    """An attacker who deduces more than the rule allows, and what he deduces."""

    requirement: Requirement
    attacker: str
    deduced: Range


@dataclass(frozen=True)
class Audit:
    """The outcome, with the witnesses by which it can be verified without a solver."""

    assessment: Assessment
    hidden: frozenset[str]
    proofs: tuple[Proof, ...]
    breaches: tuple[Breach, ...]

    @property
    def safe(self) -> bool:
        """Whether the publication may be released."""
        return not self.breaches

    def release(self) -> dict[str, int | None]:
        """What is shown, None where it is hidden. Raises :class:`DisclosureError` when the audit found a breach."""
        if self.breaches:
            count = len({breach.requirement.key for breach in self.breaches})
            raise DisclosureError(
                f"Publication refusée : on pourrait déduire {counted(count, 'case')} relevant du secret statistique. "
                "Regroupez des modalités ou renoncez à un croisement.",
                code="disclosive",
                basis="secret statistique",
            )
        return self.assessment.publication.shown(self.hidden)


def audit(protection: Protection) -> Audit:
    """Verify the proofs of a protection, look for those that are missing, and list who deduces too much.

    A claim counts as proved only by a witness of whole numbers that :func:`unproved` accepts: neither the engine nor
    the solver is trusted.
    """
    return audit_pattern(protection.assessment, protection.hidden, protection.proofs)


def audit_pattern(assessment: Assessment, hidden: frozenset[str], proofs: tuple[Proof, ...] = ()) -> Audit:
    """The same audit for any set of hidden cells, whoever chose it."""
    missing = unproved(assessment, hidden, proofs)
    if missing:
        proofs = (*proofs, *_search(assessment, hidden, missing))
        missing = unproved(assessment, hidden, proofs)
    return Audit(assessment, hidden, proofs, _breaches(assessment, hidden, missing))


def _search(assessment: Assessment, hidden: frozenset[str], missing: tuple[Claim, ...]) -> tuple[Proof, ...]:
    problem = Problem.of(assessment)
    pattern, attack = Pattern(problem, problem.system.mask(hidden)), Attack(problem.system)
    wanted = {(claim.requirement.key, claim.bound) for claim in missing}
    for number, task in enumerate(problem.tasks):
        bound = int(problem.system.value[task.cell]) + task.distance
        if (problem.system.keys[task.cell], bound) in wanted:
            pattern.attempt(number, attack)
    return tuple(proof for proof in proofs_of(pattern) if proof.witnesses)


def _breaches(assessment: Assessment, hidden: frozenset[str], missing: tuple[Claim, ...]) -> tuple[Breach, ...]:
    readers: dict[str, Reader] = {}
    found: dict[tuple[str, str], Breach] = {}
    for claim in missing:
        name, key = claim.attacker.name, claim.requirement.key
        if name not in readers:
            readers[name] = Reader(Sight.of(assessment.publication, hidden, claim.attacker.knows))
        if (name, key) not in found:
            found[name, key] = Breach(claim.requirement, name, readers[name].range(key))
    return tuple(found.values())
