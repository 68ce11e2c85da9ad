"""The instruction of a dossier, walked by calling the services as each person would."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from avenant.domain.funding.grid import Value
from avenant.domain.funding.opinions import POINTS, Answer, PointAnswer
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.services import open_circle
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import judging
from avenant.funding.grants.models import Grant
from avenant.funding.reviews.models import Instruction
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.checks import list_matches
from avenant.funding.reviews.selectors.unlined import list_unlined
from avenant.funding.reviews.services import checking, marking, opening, opinions
from tests.support.funding import TOO_LATE, FundingCast, fill, hand_in, open_for
from tests.support.roles import as_system

NOVEMBER = TOO_LATE + timedelta(days=2, hours=10)
DECEMBER = datetime(2023, 12, 5, 15, tzinfo=TOO_LATE.tzinfo)


def complete_dossier(cast: FundingCast, call: PublishedCall, *, director: Actor | None = None, **more: Any) -> Dossier:
    """A dossier handed in in time and judged complete after the deadline."""
    director = director or cast.director
    finess = "99B000002" if director is cast.other_director else "99B000001"
    made = open_for(director, call, finess)
    fill(director, made, **more)
    hand_in(director, made)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
    return made


def instruct(cast: FundingCast, dossier: Dossier, *, at: datetime = NOVEMBER) -> Instruction:
    """Its instruction, opened and given to the examiner."""
    with acting_as(cast.officer):
        opening.open_instruction(actor=cast.officer, dossier_id=dossier.pk, at=at)
        opening.assign_examiner(actor=cast.officer, dossier_id=dossier.pk, person_id=cast.examiner.person_id, at=at)
        return selectors.get_instruction(cast.officer, dossier.pk)


def points(**answers: Answer) -> dict[str, PointAnswer]:
    """Four answers, favourable unless said, each with a comment when it needs one."""
    told = {code: answers.get(code, Answer.FAVOURABLE) for code in POINTS}
    return {code: PointAnswer(one, "Parce que." if one.needs_comment else "") for code, one in told.items()}


def give(giver: Actor, dossier: Dossier, *, at: datetime = NOVEMBER, **answers: Answer) -> None:
    with acting_as(giver):
        opinions.give_opinion(actor=giver, dossier_id=dossier.pk, said=points(**answers), comment="Vu.", at=at)


def give_all(cast: FundingCast, dossier: Dossier) -> None:
    """Every institution gives its opinion, and the job opens them."""
    for giver in (cast.examiner, cast.fund, cast.labour):
        give(giver, dossier)
    open_them(dossier)


def open_them(dossier: Dossier) -> int:
    """What the job of the platform does once the round is over."""
    with as_system():
        return opinions.open_opinions_for_system(instruction_id=Instruction.objects.get(dossier=dossier).pk)


def mark(cast: FundingCast, dossier: Dossier, said: Mapping[str, Value] | None = None) -> None:
    """The examiner fills the grid: all that must be said is met, unless told otherwise."""
    told = dict.fromkeys(("earlier_clact", "orientations", "coherence", "proportionality"), Value.MET)
    said = {**told, **(said or {})}
    with acting_as(cast.examiner):
        marking.mark_criteria(
            actor=cast.examiner, dossier_id=dossier.pk, at=NOVEMBER,
            said={code: (value, "Constaté." if value.needs_reason else "") for code, value in said.items()},
        )  # fmt: skip


def settle_doubles(cast: FundingCast, dossier: Dossier) -> None:
    """The examiner finds nothing funded twice: each question of the checks has its answer."""
    with acting_as(cast.examiner):
        row = selectors.get_instruction(cast.examiner, dossier.pk)
        said = {"actor": cast.examiner, "dossier_id": dossier.pk, "reason": "Autre service.", "at": NOVEMBER}
        for one in list_matches(cast.examiner, row):
            checking.settle_double(line=one.line, other=one.other, same=False, **said)
        for aid in list_unlined(cast.examiner, row):
            checking.settle_unlined(line=None, other=aid.other, **said)


def examine(cast: FundingCast, dossier: Dossier, said: Mapping[str, Value] | None = None) -> None:
    """From its opening to its conclusion."""
    instruct(cast, dossier)
    give_all(cast, dossier)
    mark(cast, dossier, said)
    settle_doubles(cast, dossier)
    with acting_as(cast.examiner):
        opening.conclude_instruction(
            actor=cast.examiner, dossier_id=dossier.pk, conclusion="Projet utile et mesuré.", at=DECEMBER
        )


def take_over_aid(cast: FundingCast, dossier: Dossier) -> Grant:
    """An aid of 2021 of the same establishment, taken over from a former file, in the circle of the authority."""
    circle = open_circle(kind="grant", title="Aide de 2021", members={cast.officer.organisation_id: "autorité"})
    return Grant.objects.create(
        circle_id=circle, authority_id=cast.officer.organisation_id, establishment_id=dossier.establishment_id,
        name=dossier.name, folded="aide", number=f"CLACT-2021-{uuid.uuid4().hex[:6]}", title="CLACT 2021",
        awarded=Decimal(20000), amount=Decimal(20000), decided_on=date(2021, 2, 1), lapses_on=date(2024, 12, 31),
        taken_over=True, fictional=True, state=Grant.lifecycle.start, state_since=NOVEMBER,
    )  # fmt: skip
