"""What the instruction says of the dossiers of a call, as the committee ranks them: the one place that reads it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

from avenant.domain.decision import Decision
from avenant.domain.funding.opinions import Collegial
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.reading import read
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall, kept_rulebook
from avenant.funding.dossiers import selectors as dossiers
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.models import Expense, Submission
from avenant.funding.reviews import policies as reviews
from avenant.funding.reviews.models import CollegialOpinion, DoubleVerdict, Supplement
from avenant.funding.reviews.selectors import ranking
from avenant.funding.reviews.selectors.examined import add_what_is_known
from avenant.funding.reviews.selectors.instructions import find_instruction, has_interest
from avenant.funding.reviews.selectors.ranking import Assessed

__all__ = ["Assessed", "all_examined", "assess", "collegial_of", "facts_of", "may_give_opinion", "record_collegial"]


def assess(actor: Actor, call: PublishedCall) -> list[Assessed]:
    """The complete dossiers of a call in the order of the ranking."""
    return ranking.assess_call(actor, call)


def all_examined(actor: Actor, call: PublishedCall) -> Decision:
    """May grants be decided: in a window call, once every dossier received is examined (§3.2, 1°)."""
    return ranking.all_examined(actor, call)


def collegial_of(one: Assessed) -> CollegialOpinion | None:
    """The collegial opinion of a dossier, once the committee has given it."""
    return getattr(one.instruction, "collegial", None) if one.instruction else None


def may_give_opinion(actor: Actor, dossier_id: uuid.UUID) -> Decision:
    """May the committee's opinion on a dossier be recorded now: once those of the institutions are open."""
    instruction = find_instruction(actor, dossier_id)
    if instruction is None:
        return Decision.no("L’instruction de ce dossier n’est pas ouverte.")
    return reviews.may_record_collegial(actor, instruction, interested=has_interest(actor, instruction))


def record_collegial(
    *, actor: Actor, dossier_id: uuid.UUID, value: Collegial, comment: str, held_on: date,
    present: Mapping[uuid.UUID, str], at: datetime,
) -> CollegialOpinion:  # fmt: skip
    """Keep the one opinion of the committee on a dossier, by the service of the instruction."""
    from avenant.funding.reviews.services import opinions

    made: CollegialOpinion = opinions.record_collegial(
        actor=actor, dossier_id=dossier_id, value=value, comment=comment, held_on=held_on, present=present, at=at
    )
    return made


def facts_of(actor: Actor, listed: Sequence[Assessed], *, at: datetime) -> dict[uuid.UUID, tuple[Rulebook, Facts]]:
    """The rulebook and the facts of each dossier, less the lines that the authority found funded elsewhere.

    A dossier completed on request is read as it stands; the others as they were handed in.
    """
    found = {one.dossier.pk: one.dossier for one in listed}
    excluded = _excluded(actor, found)
    completed = set(
        Supplement.objects.visible_to(actor)
        .filter(dossier__in=found, state__in=["answered", "accepted"])
        .values_list("dossier_id", flat=True)
    )
    told: dict[uuid.UUID, tuple[Rulebook, Facts]] = {}
    rows = Submission.objects.visible_to(actor).filter(dossier__in=found.keys() - completed)
    for one in rows.values_list("dossier_id", "digest", "rules", "facts").iterator():
        facts = _less(read(Facts, one[3]), excluded.get(one[0], frozenset()))
        told[one[0]] = kept_rulebook(one[1], one[2]), facts
    for pk in completed:
        standing = standing_of(dossiers.get_dossier(actor, pk), at=at)
        told[pk] = standing.book, _less(standing.facts, excluded.get(pk, frozenset()))
    return add_what_is_known(told, found)


def _excluded(actor: Actor, found: Collection[uuid.UUID]) -> dict[uuid.UUID, frozenset[tuple[str, str]]]:
    verdicts = DoubleVerdict.objects.visible_to(actor).filter(instruction__dossier__in=found, same=True)
    lines = Expense.objects.visible_to(actor).filter(pk__in=verdicts.values("line")).select_related("project")
    codes: dict[uuid.UUID, set[tuple[str, str]]] = {}
    for line in lines:
        codes.setdefault(line.project.dossier_id, set()).add((line.project.code, line.code))
    return {pk: frozenset(one) for pk, one in codes.items()}


def _less(facts: Facts, codes: frozenset[tuple[str, str]]) -> Facts:
    if not codes:
        return facts
    projects = tuple(
        replace(
            project,
            expenses=tuple(
                replace(line, funded_elsewhere=True) if (project.code, line.code) in codes else line
                for line in project.expenses or ()
            ),
        )
        for project in facts.projects or ()
    )
    return replace(facts, projects=projects)
