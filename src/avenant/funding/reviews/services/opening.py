"""An instruction is opened on a complete dossier, assigned, labelled, concluded, reopened."""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.urls import reverse

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import DomainError
from avenant.domain.funding import grid
from avenant.domain.funding.opinions import BASIS as OPINIONS
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.findings import Evaluation
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.parties.services import open_circle
from avenant.funding.dossiers.checks import Standing, standing_of
from avenant.funding.dossiers.models import Dossier, Expense, Project
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services import judging
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import Examination, Instruction, Interest, Mark, OpinionAsked, Supplement
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.concluding import list_left
from avenant.funding.reviews.selectors.examined import add_what_is_known
from avenant.funding.reviews.selectors.former import former_respect
from avenant.funding.reviews.selectors.outdated import lines_funded_elsewhere
from avenant.funding.reviews.selectors.ranking import marks_of

OPINION_DAYS = 21
"""Days given for an opinion when the officer says nothing."""

ASSIGNMENT_DAYS = 7
"""Days given to the officer to find an examiner."""

PEN = {
    OrganisationKind.FUND: Role.FUND_CORRESPONDENT,
    OrganisationKind.LABOUR: Role.LABOUR_LEAD,
    OrganisationKind.ARS: Role.ARS_EXAMINER,
}
"""Who is reminded of the opinion of each institution."""
PROPOSED = "Proposé d’après le dossier."


def locked(actor: Actor, dossier_id: uuid.UUID) -> Instruction:
    """The instruction of a dossier, locked; 404 outside its circle."""
    found = selectors.get_instruction(actor, dossier_id)
    Instruction.objects.select_for_update(of=("self",)).get(pk=found.pk)
    return selectors.get_instruction(actor, dossier_id)


def examining(actor: Actor, dossier_id: uuid.UUID) -> Instruction:
    """The instruction, locked, if the actor may examine it now."""
    instruction = locked(actor, dossier_id)
    interested = selectors.has_interest(actor, instruction)
    policies.may_examine(actor, instruction, interested=interested).or_raise()
    return instruction


@transaction.atomic
def open_instruction(*, actor: Actor | None, dossier_id: uuid.UUID, at: datetime) -> Instruction:
    """Open the instruction of a complete dossier; opening again gives the one that is there. None acts for the platform.

    Its circle is the authority and the institutions of the call: the establishment is not in it.
    """
    with connection.cursor() as cursor:  # two officers, or an officer and the job, open it once
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"instruction:{dossier_id}"])
    existing = Instruction.objects.filter(dossier_id=dossier_id).first()
    if existing is not None:
        return existing
    dossier = (
        get_dossier(actor, dossier_id)
        if actor
        else Dossier.objects.select_related("call__owner", "owner", "establishment", "submission").get(pk=dossier_id)
    )
    if actor is not None:
        policies.may_open(actor, dossier).or_raise()
    elif dossier.state != "complete":
        raise DomainError("Seul un dossier complet est instruit.", code="not_complete", basis=policies.INSTRUCTION)
    givers = [dossier.call.owner, *dossier.call.partners.all()]
    circle = open_circle(
        kind="instruction", title=f"Instruction · {dossier.number} · {dossier.name}"[:250],
        members={one.pk: "autorité" if one.pk == dossier.call.owner_id else "avis" for one in givers},
    )  # fmt: skip
    projects = list(Project.objects.filter(dossier=dossier).prefetch_related("partners"))
    instruction = Instruction.objects.create(
        circle_id=circle, dossier=dossier, call_id=dossier.call_id, owner_id=dossier.call.owner_id,
        in_scope=not projects or any(one.in_scope is not False for one in projects),
        scope_reason="" if any(one.in_scope is not False for one in projects) else "Hors périmètre, dit par le dossier.",
        opinions_due_at=_midnight_after(at, OPINION_DAYS, dossier.call.zone),
        state=Instruction.lifecycle.start, state_since=at,
    )  # fmt: skip
    _propose(instruction, dossier, projects, at)
    for one in givers:
        asked = OpinionAsked.objects.create(circle_id=circle, instruction=instruction, organisation=one)
        plan_opinion(instruction, asked, one)
    record(
        circle, verb="instruction.open", label=f"Instruction ouverte, {dossier.number}", actor=actor, at=at,
        page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    plan_assignment(instruction, at)
    settle(instruction, at=at)
    return instruction


def plan_assignment(instruction: Instruction, at: datetime) -> None:
    """The instruction waits for an examiner: at its opening, or when the one it had declares an interest."""
    dossier = instruction.dossier
    journal.plan(
        instruction.circle_id,
        Due(
            key=f"instruction:{instruction.pk}:assign", label=f"Attribuer l’instruction, {dossier.name}",
            organisation_id=instruction.owner_id, waiting=dossier.call.owner.short_name,
            due_at=_midnight_after(at, ASSIGNMENT_DAYS, dossier.call.zone), page=instruction.page(),
            basis=policies.INSTRUCTION, role=Role.ARS_CALL_OFFICER, zone=dossier.call.zone,
        ),
    )  # fmt: skip


def _midnight_after(at: datetime, days: int, zone: str) -> datetime:
    here = ZoneInfo(zone)
    return datetime.combine(at.astimezone(here).date() + timedelta(days=days + 1), time(), here)


def plan_opinion(instruction: Instruction, asked: OpinionAsked, giver: Organisation) -> None:
    """The opinion of an institution is due: its reminders come from it."""
    dossier = instruction.dossier
    if instruction.opinions_due_at is None:
        return
    journal.plan(
        instruction.circle_id,
        Due(
            key=opinion_key(asked.pk), label=f"Rendre l’avis sur {dossier.number}, {dossier.name}",
            organisation_id=giver.pk, waiting=instruction.owner.short_name, due_at=instruction.opinions_due_at,
            page=reverse("reviews:opinions", args=[dossier.pk]), basis=OPINIONS, role=PEN.get(OrganisationKind(giver.kind)),
            zone=dossier.call.zone, consequence="les avis des autres institutions restent fermés.",
        ),
    )  # fmt: skip


def opinion_key(asked_id: uuid.UUID) -> str:
    """The natural key of the échéance of an opinion."""
    return f"opinion:{asked_id}:give"


def _propose(instruction: Instruction, dossier: Dossier, projects: list[Project], at: datetime) -> None:
    """The priorities that the dossier itself tells are proposed to the examiner, who may change each."""
    book = dossier.call.book()
    threshold = book.value(grid.THRESHOLD) if grid.THRESHOLD in book.parameters else None
    agents = max((one.agents or 0 for one in projects), default=0)
    listed = {one["code"] for one in dossier.call.content.get("strands", [])}
    told = {
        "shared": any(len(one.partners.all()) > 1 for one in projects),
        "policy": any(listed & set(one.strands) for one in projects),
        "innovative": any(one.innovative for one in projects),
    }
    if (reached := grid.large(agents, threshold)) is not None:
        told["many_agents"] = reached
    Mark.objects.bulk_create(
        Mark(
            circle_id=instruction.circle_id, instruction=instruction, criterion=code, reason=PROPOSED, at=at,
            value=(grid.Value.MET if met else grid.Value.NOT_MET).value,
        )
        for code, met in told.items()
    )  # fmt: skip
    former = former_respect(dossier, at=at)
    if former.proposed is not None:
        Mark.objects.create(
            circle_id=instruction.circle_id, instruction=instruction, criterion="earlier_clact", at=at,
            value=former.proposed.value, reason=(former.reason or PROPOSED)[:500],
        )  # fmt: skip


@transaction.atomic
def open_waiting(*, actor: Actor, at: datetime) -> int:
    """Open the instruction of every complete dossier of my institution's calls that waits; how many."""
    policies.may_open_all(actor).or_raise()
    waiting = list(selectors.list_waiting_dossiers(actor).values_list("pk", flat=True))
    for one in waiting:
        open_instruction(actor=actor, dossier_id=one, at=at)
    return len(waiting)


def open_waiting_for_system(*, at: datetime) -> int:
    """The same for every region: the job of the platform. Run twice, it changes nothing."""
    waiting = list(Dossier.objects.filter(state="complete", instruction=None).values_list("pk", flat=True))
    for one in waiting:
        open_instruction(actor=None, dossier_id=one, at=at)
    return len(waiting)


def drop_withdrawn_for_system() -> None:
    """Nobody is expected any more for the instruction of a dossier that its establishment withdrew. A job of the platform;
    run again, it changes nothing."""
    gone = Instruction.objects.filter(dossier__state="withdrawn")
    asked = OpinionAsked.objects.filter(instruction__in=gone, given_at=None)
    examinations = Examination.objects.filter(instruction__in=gone)
    supplements = Supplement.objects.filter(dossier__state="withdrawn")
    journal.drop(
        *(f"instruction:{one}:assign" for one in gone.values_list("pk", flat=True)),
        *(opinion_key(one) for one in asked.values_list("pk", flat=True)),
        *(f"examination:{one}" for one in examinations.values_list("pk", flat=True)),
        *(f"supplement:{one}:answer" for one in supplements.values_list("pk", flat=True)),
    )


@transaction.atomic
def assign_examiner(
    *, actor: Actor, dossier_id: uuid.UUID, person_id: uuid.UUID, at: datetime, tell: bool = True
) -> Instruction:
    """Give a dossier to one examiner of the authority; whoever declared an interest cannot receive it.

    ``tell`` writes to the examiner: who assigns several at once tells it itself, once.
    """
    instruction = locked(actor, dossier_id)
    policies.may_assign(actor, instruction).or_raise()
    examiner = selectors.list_examiners(actor, on=at).filter(pk=person_id).first()
    if examiner is None:
        raise DomainError("Cette personne n’instruit pas pour votre institution.", code="not_examiner")
    if Interest.objects.filter(instruction=instruction, person=examiner, lifted_at=None).exists():
        raise DomainError(f"{examiner.name} a déclaré un lien d’intérêt dans ce dossier.", code="interest")
    instruction.examiner = examiner
    instruction.save(update_fields=["examiner"])
    label = f"Instruction attribuée à {examiner.name}"
    if instruction.state == "opened":
        advance(instruction, "assign", actor=actor, at=at, label=label)
    else:
        record(
            instruction.circle_id, verb="instruction.reassign", label=label, actor=actor, at=at,
            page=instruction.page(), subject=instruction.pk,
        )  # fmt: skip
    journal.close(f"instruction:{instruction.pk}:assign")
    if tell and examiner.pk != actor.person_id:
        notify(
            instruction.circle_id, instruction.owner_id, [examiner.pk],
            Message(
                key=f"instruction:{instruction.pk}:assigned:{at:%Y%m%dT%H%M}", title=f"À instruire : {instruction.dossier}",
                act="Ouvrir l’instruction", page=instruction.page(), consequence="Le dossier attend son instruction.",
                waiting=actor.organisation,
            ), at=at,
        )  # fmt: skip
    return instruction


@transaction.atomic
def label_instruction(*, actor: Actor, dossier_id: uuid.UUID, labels: list[str], at: datetime) -> Instruction:
    """Set the labels of a dossier: short words by which the queue is filtered."""
    instruction = examining(actor, dossier_id)
    instruction.labels = sorted({one.strip()[:40] for one in labels if one.strip()})[:12]
    instruction.save(update_fields=["labels"])
    return instruction


@transaction.atomic
def tell_scope(*, actor: Actor, dossier_id: uuid.UUID, in_scope: bool, reason: str, at: datetime) -> Instruction:
    """Say whether a dossier is in the scope of the call: out of it, it is examined on the same calendar and ranked after
    every dossier in scope (§2.2, instruction of 17 December 2013)."""
    instruction = examining(actor, dossier_id)
    if not in_scope and not reason.strip():
        raise DomainError("Dites pourquoi le dossier est hors du périmètre de l’appel.", code="reason", basis="§2.2")
    instruction.in_scope, instruction.scope_reason = in_scope, reason.strip()[:300]
    instruction.save(update_fields=["in_scope", "scope_reason"])
    record(
        instruction.circle_id, verb="instruction.scope", actor=actor, at=at, reason=reason.strip(),
        label="Dossier dans le périmètre" if in_scope else "Dossier hors périmètre, non prioritaire",
        page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    return instruction


@transaction.atomic
def rule_category(*, actor: Actor, dossier_id: uuid.UUID, confirmed: bool, reason: str, at: datetime) -> Instruction:
    """Rule on the establishment's category while its dossier is examined (§3.1); the amounts follow."""
    examining(actor, dossier_id)
    judging.rule_category(actor=actor, dossier_id=dossier_id, confirmed=confirmed, reason=reason, at=at)
    return settle(selectors.get_instruction(actor, dossier_id), at=at)


def evaluate_instructed(
    instruction: Instruction, *, at: datetime, standing: Standing | None = None,
    excluded: Collection[Expense] | None = None,
) -> Evaluation:  # fmt: skip
    """What the rules say of the dossier with what the authority found: lines already funded elsewhere, respect of the
    former contracts, aids already granted to the beneficiary and its group. The establishment's own content is not touched."""
    standing = standing or standing_of(instruction.dossier, at=at)
    facts = standing.facts
    if excluded is None:
        lines = lines_funded_elsewhere(instruction).values_list("line", flat=True)
        excluded = list(Expense.objects.filter(pk__in=set(lines)).select_related("project"))
    codes = {(one.project.code, one.code) for one in excluded}
    projects = tuple(
        dataclasses.replace(
            project,
            expenses=tuple(
                dataclasses.replace(line, funded_elsewhere=True) if (project.code, line.code) in codes else line
                for line in project.expenses or ()
            ),
        )
        for project in facts.projects or ()
    )
    former = marks_of(instruction).get("earlier_clact")
    told = {grid.Value.NEUTRAL: "none", grid.Value.MET: "respected", None: facts.measures.get("earlier_clact")}
    respect = told.get(former, "not_respected")
    measures = {**facts.measures, **({"earlier_clact": respect} if respect is not None else {})}
    found = dataclasses.replace(facts, projects=projects or None, measures=measures)
    dossier = instruction.dossier
    book, known = add_what_is_known({dossier.pk: (standing.book, found)}, {dossier.pk: dossier})[dossier.pk]
    return evaluate(book, known)


def settle(instruction: Instruction, *, at: datetime) -> Instruction:
    """Bring the amounts of the row to what the rules compute now."""
    told = evaluate_instructed(instruction, at=at)
    eligible = [one.eligible_excl_tax for one in told.projects if one.eligible_excl_tax is not None]
    requested = [one.requested for one in told.projects if one.requested is not None]
    instruction.grant = told.grant
    instruction.eligible = sum(eligible[1:], eligible[0]) if eligible else None
    instruction.grant_requested = sum(requested[1:], requested[0]) if requested else None
    instruction.save(update_fields=["grant", "eligible", "grant_requested"])
    return instruction


@transaction.atomic
def conclude_instruction(*, actor: Actor, dossier_id: uuid.UUID, conclusion: str, at: datetime) -> Instruction:
    """Conclude: the dossier is examined and may be decided upon."""
    instruction = locked(actor, dossier_id)
    interested = selectors.has_interest(actor, instruction)
    left = list_left(actor, instruction, selectors.list_examinations(actor, instruction))
    policies.may_conclude(actor, instruction, interested=interested, left=left).or_raise()
    if not conclusion.strip():
        raise DomainError("Écrivez la conclusion de l’instruction : le comité la lira.", code="conclusion")
    instruction.conclusion = conclusion.strip()
    instruction.save(update_fields=["conclusion"])
    settle(instruction, at=at)
    return advance(
        instruction, "conclude", actor=actor, at=at, label=f"Instruction conclue, {instruction.dossier.number}"
    )


@transaction.atomic
def reopen_instruction(*, actor: Actor, dossier_id: uuid.UUID, reason: str, at: datetime) -> Instruction:
    """Take a concluded instruction up again, with a reason. What funders corrected or withdrew since the conclusion counts
    from now on."""
    instruction = locked(actor, dossier_id)
    policies.may_reopen(actor, instruction).or_raise()
    advance(instruction, "reopen", actor=actor, at=at, reason=reason)
    return settle(instruction, at=at)
