"""Instructions as an actor sees them: the queue, one dossier, what is awaited from whom."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Case, Count, Exists, OuterRef, Q, QuerySet, Value, When
from django.http import Http404
from django.shortcuts import get_object_or_404

from avenant.domain.funding.opinions import POINTS, Answer, PointAnswer, worst
from avenant.foundations.accounts.models import User
from avenant.foundations.journal.models import Event
from avenant.foundations.journal.selectors import list_events
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership
from avenant.foundations.words import with_words
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Examination, Instruction, Interest, Opinion, OpinionAsked

SORTS = {
    "file": ("concluded", "not_upstream", "dossier__submitted_at", "id"),
    "depot": ("dossier__submitted_at", "id"),
    "-depot": ("-dossier__submitted_at", "-id"),
    "nom": ("dossier__folded", "id"),
    "-nom": ("-dossier__folded", "-id"),
    "aide": ("grant", "id"),
    "-aide": ("-grant", "-id"),
}
DEFAULT_SORT = "file"
WAITING = {"mien": "l’avis de mon institution", "avis": "un avis", "tous": "rien : tous les avis sont rendus"}


@dataclass(frozen=True, slots=True)
class InstructionSearch:
    """Which instructions to show. ``waiting`` is a key of ``WAITING``; ``mine`` keeps those assigned to me."""

    call: uuid.UUID | None = None
    state: str = ""
    label: str = ""
    waiting: str = ""
    mine: bool = False
    text: str = ""
    sort: str = DEFAULT_SORT


@dataclass(frozen=True, slots=True)
class OpinionLine:
    """An institution whose opinion is awaited: given or not, and what it says once the opinions are open."""

    asked: OpinionAsked
    opinion: Opinion | None
    """None while it is hidden from the reader, or not given."""
    mine: bool

    @property
    def given(self) -> bool:
        return self.asked.given_at is not None

    @property
    def answers(self) -> list[tuple[str, PointAnswer]]:
        """The four points with their answer, in the order of the convention; empty while it is hidden."""
        said = answers_of(self.opinion) if self.opinion else {}
        return [(label, said[code]) for code, label in POINTS.items() if code in said]

    @property
    def worst(self) -> Answer | None:
        """The most severe answer, for a list."""
        return worst(one.answer for _, one in self.answers)


def answers_of(opinion: Opinion) -> dict[str, PointAnswer]:
    """The answers kept in an opinion."""
    return {code: PointAnswer(Answer(answer), comment) for code, (answer, comment) in opinion.points.items()}


def list_instructions(actor: Actor, search: InstructionSearch) -> QuerySet[Instruction]:
    """The instruction queue: what is left to examine before what is concluded, dossiers worked on upstream first, then by
    instant of deposit (convention, article 2)."""
    rows: QuerySet[Any] = (
        Instruction.objects.visible_to(actor)
        .exclude(dossier__state="withdrawn")
        .select_related("dossier", "call", "examiner")
        .defer("call__rules", "call__content", "dossier__answers")
        .annotate(
            concluded=Case(When(state="examined", then=Value(1)), default=Value(0)),
            not_upstream=Case(When(dossier__upstream_with="", then=Value(1)), default=Value(0)),
            wanted=Count("asked", distinct=True),
            given=Count("asked", filter=Q(asked__given_at__isnull=False), distinct=True),
        )
    )
    if search.call:
        rows = rows.filter(call=search.call)
    if search.state:
        rows = rows.filter(state=search.state)
    if search.label:
        rows = rows.filter(labels__contains=[search.label])
    if search.mine:
        rows = rows.filter(examiner_id=actor.person_id)
    rows = _waiting(rows, actor, search.waiting)
    if search.text.strip():
        found = with_words(Dossier.objects.all(), search.text)
        rows = rows.filter(Exists(found.filter(pk=OuterRef("dossier_id"))))
    return rows.order_by(*SORTS.get(search.sort, SORTS[DEFAULT_SORT]))


def _waiting(rows: QuerySet[Any], actor: Actor, waiting: str) -> QuerySet[Any]:
    pending = OpinionAsked.objects.filter(instruction=OuterRef("pk"), given_at=None)
    if waiting == "mien":
        return rows.filter(Exists(pending.filter(organisation_id=actor.organisation_id)))
    if waiting == "avis":
        return rows.filter(Exists(pending))
    return rows.exclude(Exists(pending)) if waiting == "tous" else rows


def find_instruction(actor: Actor, dossier_id: uuid.UUID) -> Instruction | None:
    """The instruction of a dossier that the actor sees; None when it is not opened."""
    rows = Instruction.objects.visible_to(actor).select_related(
        "call__owner", "call__territory", "dossier__owner", "dossier__establishment", "dossier__submission",
        "dossier__kept", "dossier__category_ruling", "owner", "examiner", "collegial",
    )  # fmt: skip
    row = rows.filter(dossier_id=dossier_id).first()
    if row is not None:
        row.dossier.call = row.call
    return row


def get_instruction(actor: Actor, dossier_id: uuid.UUID) -> Instruction:
    """The instruction of a dossier; 404 outside its circle, so always for the establishment."""
    row = find_instruction(actor, dossier_id)
    if row is None:
        raise Http404
    return row


def list_waiting_dossiers(actor: Actor) -> QuerySet[Dossier]:
    """The complete dossiers of my institution's calls whose instruction is not opened."""
    rows = Dossier.objects.visible_to(actor).filter(state="complete", call__owner_id=actor.organisation_id)
    return rows.filter(instruction=None).select_related("call").defer("call__rules", "call__content", "answers")


def list_opinions(actor: Actor, instruction: Instruction) -> list[OpinionLine]:
    """Who gives an opinion and who gave it; the content only of mine, and of all once they are open."""
    asked = OpinionAsked.objects.visible_to(actor).filter(instruction=instruction).select_related("organisation")
    seen = {one.asked_id: one for one in Opinion.objects.visible_to(actor).filter(asked__instruction=instruction)}
    return [OpinionLine(one, seen.get(one.pk), one.organisation_id == actor.organisation_id) for one in asked]


def list_interests(actor: Actor, instruction: Instruction) -> list[Interest]:
    """The interests declared in a dossier, those that were lifted too."""
    rows = Interest.objects.visible_to(actor).filter(instruction=instruction)
    return list(rows.select_related("person", "organisation", "lifted_by").order_by("at"))


def has_interest(actor: Actor, instruction: Instruction) -> bool:
    """Did this person declare an interest in the dossier."""
    return Interest.objects.filter(instruction=instruction, person_id=actor.person_id, lifted_at=None).exists()


JUDGED, CHANGED = "instruction.double", "instruction.aid_changed"
"""Verbs of the journal that tell what the checks say."""


def list_story(actor: Actor, instruction: Instruction, *, interested: bool) -> QuerySet[Event]:
    """What happened in an instruction, newest first; who declared an interest does not read what the checks say."""
    rows = list_events(actor, instruction.circle_id)
    return rows.exclude(verb__in=(JUDGED, CHANGED)) if interested else rows


def list_examiners(actor: Actor, *, on: datetime) -> QuerySet[User]:
    """The people of my institution who may examine a dossier."""
    roles = ["ars_examiner", "ars_call_officer"]
    members = Membership.objects.filter(
        Q(ends_on=None) | Q(ends_on__gt=on.date()), organisation_id=actor.organisation_id, roles__overlap=roles,
        starts_on__lte=on.date(), person=OuterRef("pk"),
    )  # fmt: skip
    return User.objects.filter(Exists(members), is_active=True).order_by("name")


def calls_in_instruction(actor: Actor) -> list[PublishedCall]:
    """The calls of which I see an instruction."""
    mine = Instruction.objects.visible_to(actor).filter(call=OuterRef("pk"))
    return list(PublishedCall.objects.filter(Exists(mine)).defer("rules", "content").select_related("owner"))


def list_labels(actor: Actor) -> list[str]:
    """The labels in use, sorted."""
    rows = Instruction.objects.visible_to(actor).exclude(labels=[]).values_list("labels", flat=True)
    return sorted({label for labels in rows for label in labels})


def list_examinations(actor: Actor, instruction: Instruction) -> list[Examination]:
    """The examinations asked of the authority's own services (§5.2)."""
    rows = Examination.objects.visible_to(actor).filter(instruction=instruction)
    return list(rows.select_related("person"))


def get_examination(actor: Actor, examination_id: uuid.UUID) -> Examination:
    """One examination; 404 outside its instruction's circle."""
    rows = Examination.objects.visible_to(actor).select_related("instruction__dossier")
    return get_object_or_404(rows, pk=examination_id)
