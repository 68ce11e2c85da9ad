"""What the allocation reads of the instruction: each dossier of a call, assessed and ranked; and who is not examined."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db.models import Max, Prefetch, prefetch_related_objects

from avenant.domain.decision import Decision
from avenant.domain.french import counted
from avenant.domain.funding import grid
from avenant.domain.funding.opinions import Answer, Collegial
from avenant.domain.funding.ranking import Place, Scored, rank
from avenant.domain.money import cents
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Instruction, Mark, Opinion, OpinionAsked
from avenant.funding.reviews.selectors.instructions import OpinionLine

ALL_EXAMINED = "§3.2, 1°"


@dataclass(frozen=True, slots=True)
class OpinionsSummary:
    """The opinions on a dossier in one line of a list. ``answers`` by institution, only once they are open."""

    given: int
    asked: int
    pending: tuple[str, ...]
    answers: tuple[tuple[str, Answer], ...]
    collegial: Collegial | None

    @property
    def open(self) -> bool:
        return bool(self.answers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessed:
    """One complete dossier of a call as the committee and the allocation read it.

    ``score`` is a weighted sum (no unit); ``grant`` the aid in euros that the rules compute after the instruction
    (excluded lines, confirmed category); ``rank`` starts at 1. ``withheld``: why the score, the marks and the opinions are
    not to be shown to the reader, who declared an interest or has yet to be read by the others; empty when they are.
    """

    dossier: Dossier
    instruction: Instruction | None
    examined: bool
    in_scope: bool
    priorities: tuple[str, ...]
    score: Fraction
    rank: int
    sentence: str
    agents: int
    opinions: OpinionsSummary
    requested: Decimal | None
    eligible: Decimal | None
    grant: Decimal | None
    withheld: str

    @property
    def reason(self) -> str:
        """What the rank owes to more than the score, which has its column; empty when the score alone says it."""
        return self.sentence.partition(", ")[2]

    @property
    def shown_score(self) -> Decimal:
        """The score at two decimals."""
        return cents(self.score)

    @property
    def priority_labels(self) -> list[str]:
        """The priorities met, in words."""
        return [grid.CRITERIA[code].label for code in self.priorities]


def assess_call(actor: Actor, call: PublishedCall) -> list[Assessed]:
    """The complete dossiers of a call that the actor sees, in the order of the ranking; rejected and withdrawn ones are
    not there. In scope before out of scope, priority before others, score, number of agents, earlier deposit (§2.2, §5.1).

    A dozen queries at most, whatever the number of dossiers.
    """
    dossiers = list(
        Dossier.objects.visible_to(actor)
        .filter(call=call, state="complete")
        .defer("answers")
        .annotate(concerned=Max("projects__agents"))
        .order_by("submitted_at", "id")
    )
    found = _instructions(actor, call)
    book = call.book()
    weights = grid.weights_of(book.value, book.parameters)
    threshold = book.value(grid.THRESHOLD) if grid.THRESHOLD in book.parameters else None
    most = max((one.concerned or 0 for one in dossiers), default=0)
    scored, marks = [], {}
    for one in dossiers:
        said = marks_of(found.get(one.pk))
        marks[one.pk] = said
        agents = one.concerned or 0
        scored.append(
            Scored(
                key=one.number, points=grid.points(said, weights, agents=agents, most_agents=most, threshold=threshold),
                gates={}, in_scope=_in_scope(found.get(one.pk)), priority=bool(grid.priorities_met(said)),
                tie_break=(agents, -Fraction(_stamp(one.submitted_at))),
            )
        )  # fmt: skip
    places = {place.key: place for place in rank(scored, weights)}
    rows = [
        _assessed(one, found.get(one.pk), marks[one.pk], places[one.number], _withheld(actor, found.get(one.pk)))
        for one in dossiers
    ]
    return sorted(rows, key=lambda one: one.rank)


def _withheld(actor: Actor, instruction: Instruction | None) -> str:
    if instruction is None:
        return ""
    if any(one.person_id == actor.person_id and one.lifted_at is None for one in instruction.interests.all()):
        return "lien d’intérêt déclaré"
    early = instruction.owner_id != actor.organisation_id and not instruction.opinions_opened_at
    return "avis attendus" if early else ""


def _stamp(at: datetime | None) -> int:
    return int(at.timestamp()) if at else 0


def _in_scope(instruction: Instruction | None) -> bool:
    return instruction.in_scope if instruction else True


def _instructions(actor: Actor, call: PublishedCall) -> dict[uuid.UUID, Instruction]:
    rows = list(Instruction.objects.visible_to(actor).filter(call=call).select_related("collegial", "examiner"))
    read_together(actor, rows, "interests")
    return {one.dossier_id: one for one in rows}


def read_together(actor: Actor, rows: list[Instruction], *more: str, opinions: bool = True) -> None:
    """Read the marks of instructions at once, who is asked for an opinion, and the opinions that the actor sees."""
    asked = OpinionAsked.objects.visible_to(actor).select_related("organisation")
    together: list[Any] = ["marks", *more, Prefetch("asked", asked)]
    if opinions:
        together.append(Prefetch("asked__opinion", Opinion.objects.visible_to(actor)))
    prefetch_related_objects(rows, *together)


def marks_of(instruction: Instruction | None) -> dict[str, grid.Value]:
    """What was said of each criterion."""
    rows: list[Mark] = list(instruction.marks.all()) if instruction else []
    return {one.criterion: grid.Value(one.value) for one in rows}


def _assessed(
    dossier: Dossier, instruction: Instruction | None, marks: Mapping[str, grid.Value], place: Place,
    withheld: str,
) -> Assessed:  # fmt: skip
    return Assessed(
        dossier=dossier,
        instruction=instruction,
        examined=instruction is not None and instruction.state == "examined",
        in_scope=_in_scope(instruction),
        priorities=grid.priorities_met(marks),
        score=place.score,
        rank=place.rank,
        sentence=place.sentence,
        agents=dossier.concerned or 0,  # type: ignore[attr-defined]
        opinions=summary_of(instruction),
        requested=instruction.grant_requested if instruction else dossier.requested,
        eligible=instruction.eligible if instruction else dossier.eligible,
        grant=instruction.grant if instruction else dossier.grant,
        withheld=withheld,
    )


def summary_of(instruction: Instruction | None, *, answers: bool = True) -> OpinionsSummary:
    """The opinions of an instruction fetched with its ``asked``, its ``collegial`` and, for ``answers``, their opinions."""
    if instruction is None:
        return OpinionsSummary(0, 0, (), (), None)
    asked = list(instruction.asked.all())
    opened = answers and instruction.opinions_opened_at is not None
    told = []
    for one in asked if opened else ():
        answer = OpinionLine(one, getattr(one, "opinion", None), mine=False).worst
        if answer is not None and one.given_at:
            told.append((one.organisation.short_name, answer))
    collegial = getattr(instruction, "collegial", None)
    return OpinionsSummary(
        given=sum(one.given_at is not None for one in asked),
        asked=len(asked),
        pending=tuple(one.organisation.short_name for one in asked if one.given_at is None),
        answers=tuple(told),
        collegial=Collegial(collegial.value) if collegial else None,
    )


def list_not_examined(actor: Actor, call: PublishedCall) -> list[Dossier]:
    """The dossiers received in a call that have no result yet: not judged, or complete and not examined. Rejected and
    withdrawn ones are closed."""
    received = Dossier.objects.visible_to(actor).filter(call=call, state__in=["submitted", "complete"])
    rows = received.exclude(instruction__state="examined").order_by("submitted_at", "id")
    return list(rows.defer("answers"))


def all_examined(actor: Actor, call: PublishedCall) -> Decision:
    """May grants be decided: in a window call, only once every dossier received is examined (§3.2, 1°). A call that
    stays open decides as it goes."""
    if call.closes_at is None:
        return Decision.yes()
    left = list_not_examined(actor, call)
    if not left:
        return Decision.yes()
    shown = ", ".join(one.number for one in left[:5])
    return Decision.no(
        f"Les aides se décident quand tous les dossiers reçus sont instruits : il en reste "
        f"{counted(len(left), 'dossier')} ({shown}{'…' if len(left) > 5 else ''}).",
        ALL_EXAMINED,
    )
