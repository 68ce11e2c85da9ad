"""Evaluating a dossier: the lines first, then the base, the amounts, the checks, the terms; findings in file order."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from itertools import chain

from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation, Finding, Outcome
from avenant.domain.rules.rulebook import Rulebook
from avenant.domain.rules.work import ProjectWork, sheet_of


def evaluate(rulebook: Rulebook, facts: Facts) -> Evaluation:
    """What the rules of a call say of a dossier. The same facts and the same digest give the same answer.

    A missing fact, or a parameter still blank, gives an undetermined finding and an unknown amount, never a guess: an
    expense whose kind is not in the rulebook's vocabulary is of unknown kind.
    """
    dossier = sheet_of(facts)
    _doubt_unknown_kinds(rulebook, dossier.projects)
    found: list[Iterable[Finding]] = [()] * len(rulebook.rules)
    lines, others = rulebook.running
    for rule in lines:
        found[rule.position] = rule.run(dossier)
    for project in dossier.projects:
        project.close_lines()
    for rule in others:
        found[rule.position] = rule.run(dossier)
    return Evaluation(
        rulebook=rulebook.name,
        digest=rulebook.digest,
        findings=tuple(chain.from_iterable(found)),
        projects=tuple([one.amounts() for one in dossier.projects]),
        grant=dossier.grant,
    )


def aid_of(rulebook: Rulebook, facts: Facts) -> Decimal | None:
    """The aid alone, as :func:`evaluate` tells it, without its checks: for a rate tried many times."""
    dossier = sheet_of(facts)
    _doubt_unknown_kinds(rulebook, dossier.projects)
    lines, others = rulebook.running
    for rule in lines:
        for _ in rule.run(dossier):
            pass
    for project in dossier.projects:
        project.close_lines()
    for rule in others:
        if rule.phase == "amounts":
            for _ in rule.run(dossier):
                pass
    return dossier.grant


def _doubt_unknown_kinds(rulebook: Rulebook, projects: Iterable[ProjectWork]) -> None:
    known = rulebook.vocabulary.expenses
    if not known:
        return
    for project in projects:
        for line in project.lines or ():
            if line.facts.kind not in known:
                line.lack(("line.kind",))


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a changed rulebook does to one dossier."""

    key: str
    before: Outcome
    after: Outcome
    grant_before: Decimal | None
    grant_after: Decimal | None
    rules: tuple[str, ...]

    @property
    def changed(self) -> bool:
        return bool(self.rules) or self.grant_before != self.grant_after


def compare(before: Rulebook, after: Rulebook, dossiers: Iterable[tuple[str, Facts]]) -> Iterator[Change]:
    """What-if: each dossier under two rulebooks, one by one so that progress can be shown. ``rules`` changed outcome."""
    for key, facts in dossiers:
        old, new = evaluate(before, facts), evaluate(after, facts)
        gone = {(one.rule, one.subject): one.outcome for one in old.findings}
        come = {(one.rule, one.subject): one.outcome for one in new.findings}
        moved = {place[0] for place in gone.keys() | come.keys() if gone.get(place) != come.get(place)}
        yield Change(
            key=key,
            before=old.outcome,
            after=new.outcome,
            grant_before=old.grant,
            grant_after=new.grant,
            rules=tuple(sorted(moved)),
        )
