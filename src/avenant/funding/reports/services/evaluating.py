"""The impact of an aid: quantified targets, final values, effects on working conditions and on care; the DUERP; the news."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.funding.statements import BASIS
from avenant.foundations.documents import services as documents
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import selectors as grants
from avenant.funding.grants.models import GrantedAction
from avenant.funding.grants.services import abandon_action, complete_action
from avenant.funding.reports import policies, terms
from avenant.funding.reports.models import DuerpPromise, Evaluation, GrantObjective, ProgressNews
from avenant.funding.reports.selectors import impact as selectors
from avenant.funding.reports.services.following import (
    duerp_key,
    evaluation_key,
    midnight_after,
    plan_duerp,
    plan_evaluation,
)
from avenant.funding.reports.services.handing_in import DAYS_TO_READ
from avenant.funding.reports.services.reviewing import DAYS_TO_CORRECT

DUERP = "duerp-updated"


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectiveSaid:
    """A target as it is typed; without a value to aim at it is refused."""

    label: str
    unit: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    due_on: date | None = None


@transaction.atomic
def set_objective(*, actor: Actor, grant_id: uuid.UUID, said: ObjectiveSaid, at: datetime) -> GrantObjective:
    """Add a quantified target to those that the contracts say (§1): what, from where, to where, by when. No target value,
    no objective; one that a contract says is not told again."""
    grant = grants.get_grant(actor, grant_id)
    policies.may_set_objectives(actor, grant, selectors.find_evaluation(actor, grant)).or_raise()
    if not said.label.strip():
        raise DomainError("Nommez l’indicateur.", code="label")
    if said.target is None:
        raise DomainError(f"« {said.label.strip()} »\u202f: un objectif a une valeur cible.", code="target")
    if said.due_on is None:
        raise DomainError(f"« {said.label.strip()} »\u202f: un objectif a une échéance.", code="due_on")
    row = GrantObjective(circle_id=grant.circle_id, grant=grant)
    row.label, row.unit, row.baseline = said.label.strip()[:200], said.unit.strip()[:40], said.baseline
    row.target, row.due_on = said.target, said.due_on
    if GrantObjective.objects.filter(grant=grant, label=row.label).exists():
        raise DomainError("Cet indicateur a déjà son objectif.", code="taken")
    row.save()
    record(
        grant.circle_id, verb="objective.set", label=f"Objectif fixé\u202f: {row.label}, {row.target} {row.unit}".strip(),
        actor=actor, at=at, page=grant.page(), subject=grant.pk,
    )  # fmt: skip
    return row


@transaction.atomic
def write_evaluation(
    *,
    actor: Actor,
    grant_id: uuid.UUID,
    conditions: str,
    care: str,
    finals: Mapping[uuid.UUID, tuple[Decimal | None, str]],
    at: datetime,
) -> Evaluation:
    """Keep what the establishment says of the impact; ``finals`` gives a final value and a comment by objective."""
    selectors.get_evaluation(actor, grant_id)
    row = Evaluation.objects.select_for_update(of=("self",)).select_related("grant").get(grant=grant_id)
    policies.may_write_evaluation(actor, row).or_raise()
    row.conditions, row.care = conditions.strip(), care.strip()
    row.save(update_fields=["conditions", "care"])
    for one in GrantObjective.objects.filter(grant=row.grant_id, pk__in=list(finals)):
        one.final, comment = finals[one.pk]
        one.comment = comment.strip()
        one.save(update_fields=["final", "comment"])
    return row


def lacking(evaluation: Evaluation, objectives: list[GrantObjective]) -> list[str]:
    """What an evaluation still misses: both effects; a final value for each indicator, or a comment that says why not."""
    told = []
    if not evaluation.conditions.strip():
        told.append("les effets sur les conditions de travail")
    if not evaluation.care.strip():
        told.append("les effets sur la prise en charge")
    told += [
        f"la valeur finale de « {one.label} », ou pourquoi elle manque"
        for one in objectives
        if one.final is None and not one.comment.strip()
    ]
    return told


@transaction.atomic
def hand_in_evaluation(*, actor: Actor, grant_id: uuid.UUID, at: datetime) -> Evaluation:
    """Hand the evaluation in, whole."""
    selectors.get_evaluation(actor, grant_id)
    Evaluation.objects.select_for_update(of=("self",)).get(grant=grant_id)
    row = selectors.get_evaluation(actor, grant_id)
    objectives = list(selectors.list_objectives(actor, row.grant))
    policies.may_hand_in_evaluation(actor, row, lacking(row, objectives)).or_raise()
    if row.received_at is None:
        row.received_at, row.late = at, at >= row.due_at
        row.save(update_fields=["received_at", "late"])
    advance(
        row, "hand_in", actor=actor, at=at,
        evidence={"objectives": [
            {"label": one.label, "unit": one.unit, "baseline": _text(one.baseline), "target": str(one.target),
             "final": _text(one.final), "gap": _text(one.gap), "comment": one.comment} for one in objectives
        ]},
    )  # fmt: skip
    journal.close(evaluation_key(row))
    zone = ZoneInfo(row.grant.follow_up.zone)
    day = at.astimezone(zone).date() + timedelta(days=DAYS_TO_READ)
    journal.plan(
        row.circle_id,
        Due(
            key=f"evaluation:{row.pk}:review", label=f"Lire l’évaluation d’impact de {row.grant.name}",
            organisation_id=row.grant.authority_id, waiting=row.grant.name[:200], due_at=midnight_after(day, zone),
            page=row.page(), basis=BASIS, role=Role.ARS_CALL_OFFICER, zone=str(zone),
        ),
    )  # fmt: skip
    return row


def _text(value: Decimal | None) -> str | None:
    return None if value is None else str(value)


@transaction.atomic
def judge_evaluation(
    *, actor: Actor, grant_id: uuid.UUID, accepted: bool, reason: str = "", at: datetime
) -> Evaluation:
    """Accept the evaluation, or send it back with what to complete."""
    selectors.get_evaluation(actor, grant_id)
    Evaluation.objects.select_for_update(of=("self",)).get(grant=grant_id)
    row = selectors.get_evaluation(actor, grant_id)
    verb = "accept" if accepted else "return"
    policies.may_read_evaluation(actor, row, verb).or_raise()
    advance(row, verb, actor=actor, at=at, reason=reason.strip())
    journal.close(f"evaluation:{row.pk}:review")
    if not accepted:
        zone = ZoneInfo(row.grant.follow_up.zone)
        row.due_on = at.astimezone(zone).date() + timedelta(days=DAYS_TO_CORRECT)
        row.due_at = midnight_after(row.due_on, zone)
        row.save(update_fields=["due_on", "due_at"])
        plan_evaluation(row, row.grant, zone)
    return row


@transaction.atomic
def hand_in_duerp(
    *, actor: Actor, grant_id: uuid.UUID, name: str, content: bytes, updated_on: date, at: datetime
) -> DuerpPromise:
    """Bring the updated DUERP that a letter promised; its update is after the letter, and not to come."""
    row = _locked_duerp(actor, grant_id)
    policies.may_hand_in_duerp(actor, row).or_raise()
    today = at.astimezone(ZoneInfo(row.grant.follow_up.zone)).date()
    if updated_on > today:
        raise DomainError("La mise à jour du DUERP n’est pas à venir.", code="future")
    if row.signed_on and updated_on < row.signed_on:
        raise DomainError("Ce DUERP est antérieur à la lettre qui promettait sa mise à jour.", code="before")
    row.document = documents.receive_file(
        actor=actor, circle_id=row.circle_id, name=name, content=content, kind=DUERP, at=at, subject=row.pk
    )
    row.updated_on = updated_on
    row.save(update_fields=["document", "updated_on"])
    advance(row, "hand_in", actor=actor, at=at, evidence={"sha256": row.document.sha256})
    journal.close(duerp_key(row))
    return row


@transaction.atomic
def ask_duerp_again(*, actor: Actor, grant_id: uuid.UUID, reason: str, at: datetime) -> DuerpPromise:
    """The file that came is not the updated DUERP: the promise runs again."""
    row = _locked_duerp(actor, grant_id)
    policies.may_ask_duerp_again(actor, row).or_raise()
    advance(row, "return", actor=actor, at=at, reason=reason)
    zone = ZoneInfo(row.grant.follow_up.zone)
    row.due_on = max(row.due_on, at.astimezone(zone).date() + timedelta(days=DAYS_TO_CORRECT))
    row.due_at = midnight_after(row.due_on, zone)
    row.save(update_fields=["due_on", "due_at"])
    plan_duerp(row, row.grant, zone)
    return row


def _locked_duerp(actor: Actor, grant_id: uuid.UUID) -> DuerpPromise:
    selectors.get_duerp(actor, grant_id)
    DuerpPromise.objects.select_for_update(of=("self",)).get(grant=grant_id)
    return selectors.get_duerp(actor, grant_id)


@transaction.atomic
def tell_news(
    *, actor: Actor, grant_id: uuid.UUID, action_id: uuid.UUID, progress: str, on: date, comment: str, at: datetime
) -> ProgressNews:
    """Tell how an action goes, between two reports (§3.3): its state, the day, a comment."""
    grant = grants.get_grant(actor, grant_id)
    policies.may_tell_news(actor, grant).or_raise()
    action = GrantedAction.objects.filter(grant=grant, pk=action_id).first()
    if action is None:
        raise DomainError("Cette action n’est pas dans l’aide.", code="unknown")
    if on > at.astimezone(terms.zone_of(grant)).date():
        raise DomainError("Le jour de la nouvelle n’est pas à venir.", code="future")
    if progress in {"delayed", "abandoned"} and not comment.strip():
        raise DomainError("Une action retardée ou abandonnée demande un commentaire.", code="comment")
    row = ProgressNews.objects.create(
        circle_id=grant.circle_id, grant=grant, action=action, progress=progress, on=on, comment=comment.strip(), at=at,
        person_id=actor.person_id,
    )  # fmt: skip
    if progress == ProgressNews.Progress.DONE and action.state == "promised":
        complete_action(actor=actor, grant_id=grant.pk, action_id=action.pk, done_on=on, at=at)
    if progress == ProgressNews.Progress.ABANDONED and action.state == "promised":
        abandon_action(actor=actor, grant_id=grant.pk, action_id=action.pk, reason=comment, at=at)
    record(
        grant.circle_id, verb="grant.news", label=f"{action.title}\u202f: {row.get_progress_display()}", actor=actor,
        at=at, reason=row.comment, page=grant.page(), subject=grant.pk,
    )  # fmt: skip
    return row
