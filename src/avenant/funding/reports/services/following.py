"""The follow-up of an aid begins with its signed agreement: its reports, its evaluation, its promises become due.

Run again after a first payment or an amendment, it moves what is still expected and touches nothing that was handed in.
"""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.funding.followup import Duty, DutyKind
from avenant.domain.funding.statements import BASIS
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Objective, Piece
from avenant.funding.grants.models import Grant, GrantIndicator
from avenant.funding.reports import policies, terms
from avenant.funding.reports.models import DuerpPromise, Evaluation, FollowUp, GrantObjective, GrantReport
from avenant.funding.reports.selectors import statements

LETTER = "lettre_duerp"
BLOCKED = "le versement suivant reste bloqué."


def midnight_after(day: date, zone: ZoneInfo) -> datetime:
    """The first instant that is too late for ``day``."""
    return datetime.combine(day + timedelta(days=1), time(), tzinfo=zone)


def locked_grant(grant_id: uuid.UUID) -> Grant:
    """The aid, locked; the caller has already seen that its actor may read it."""
    rows = Grant.objects.select_for_update(of=("self",))
    return rows.select_related(
        "call__owner", "authority__territory", "beneficiary", "dossier__call", "dossier__submission"
    ).get(pk=grant_id)


def locked_report(actor: Actor, report_id: uuid.UUID) -> GrantReport:
    """A report that the actor sees, locked after its aid: whoever needs both takes them in this order."""
    locked_grant(statements.get_report(actor, report_id).grant_id)
    GrantReport.objects.select_for_update(of=("self",)).get(pk=report_id)
    return statements.get_report(actor, report_id)


@transaction.atomic
def follow_grant(*, actor: Actor | None, grant_id: uuid.UUID, at: datetime) -> FollowUp:
    """Open the follow-up of a signed aid, or bring its days up to date. ``None`` is the platform itself (a job)."""
    if actor is not None:
        Grant.objects.visible_to(actor).get(pk=grant_id)
    grant = locked_grant(grant_id)
    policies.may_follow(actor, grant).or_raise()
    follow_up = FollowUp.objects.filter(grant=grant).first() or _open(actor, grant, at)
    if grant.consume_until and follow_up.until != grant.consume_until:
        follow_up.until = max(grant.consume_until, follow_up.since)
        follow_up.save(update_fields=["until"])
    anchor = terms.anchor_of(grant)
    if anchor is not None:
        _owe(actor, grant, follow_up, terms.duties_of(grant, follow_up.since, anchor), at)
    return follow_up


def _open(actor: Actor | None, grant: Grant, at: datetime) -> FollowUp:
    reading = terms.read_terms(grant, at=at)
    until = grant.consume_until or max(reading.since, grant.lapses_on)
    follow_up = FollowUp.objects.create(
        circle_id=grant.circle_id, grant=grant, opened_at=at, zone=str(terms.zone_of(grant)),
        since=min(reading.since, until), until=until, excluding_tax=reading.excluding_tax, costs=reading.costs,
        deadlines=terms.own_deadlines(grant),
        penalty=str(reading.penalty),
    )  # fmt: skip
    record(
        grant.circle_id, verb="followup.open", label="Suivi de l’aide ouvert", actor=actor, at=at,
        page=follow_up.page(), subject=grant.pk,
    )  # fmt: skip
    _take_objectives(grant, until)
    return follow_up


def _take_objectives(grant: Grant, until: date) -> None:
    """The targets are those of the local contract, with their day, then those of the agreement: nobody tells them again."""
    told: list[tuple[Objective | GrantIndicator, date]] = [
        (one, one.due_on) for one in Objective.objects.filter(dossier=grant.dossier_id)
    ]
    told += [(one, until) for one in GrantIndicator.objects.filter(grant=grant)]
    for one, due_on in told:
        if one.target is None:
            continue
        GrantObjective.objects.get_or_create(
            grant=grant, label=one.label,
            defaults={"circle_id": grant.circle_id, "unit": one.unit, "baseline": one.baseline, "target": one.target,
                      "due_on": due_on},
        )  # fmt: skip


def _owe(actor: Actor | None, grant: Grant, follow_up: FollowUp, duties: list[Duty], at: datetime) -> None:
    """Bring the reports, the evaluation and the promise of the DUERP to their days."""
    zone = ZoneInfo(follow_up.zone)
    owed = GrantReport.objects.select_for_update().filter(grant=grant).exclude(kind=GrantReport.Kind.CLAIM)
    held = {(one.kind, one.year): one for one in owed}
    closing = [one for one in held.values() if one.kind == GrantReport.Kind.CLOSING]
    for duty in duties:
        row = held.pop((duty.kind.value, duty.year), None)
        if row is None and duty.kind is DutyKind.CLOSING and closing:
            row = held.pop((closing[0].kind, closing[0].year))
        _expect(actor, grant, duty, row, zone, at)
    for row in held.values():
        if row.state == "expected":
            advance(
                row, "drop", actor=actor if _reads(actor) else None, at=at, reason="Le calendrier de l’aide a changé."
            )
            journal.drop(hand_in_key(row))
    last = duties[-1] if duties else None
    if last is not None:
        _evaluate(grant, last.due_on, zone, at)
        _promise_duerp(grant, duties[0].due_on, zone, at)


def _reads(actor: Actor | None) -> bool:
    return actor is not None and actor.has(Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER)


def _expect(
    actor: Actor | None, grant: Grant, duty: Duty, row: GrantReport | None, zone: ZoneInfo, at: datetime
) -> None:
    told = {
        "year": duty.year, "starts_on": duty.period.start, "ends_on": duty.period.last_day, "due_on": duty.due_on,
        "due_at": midnight_after(duty.due_on, zone),
    }  # fmt: skip
    if row is None:
        row = GrantReport.objects.create(
            circle_id=grant.circle_id, grant=grant, kind=duty.kind.value, state=GrantReport.lifecycle.start, state_since=at,
            **told,
        )  # fmt: skip
    elif row.state == "dropped":
        advance(row, "expect_again", actor=actor if _reads(actor) else None, at=at)
    if row.state == "expected":
        GrantReport.objects.filter(pk=row.pk).update(**told)
        for name, value in told.items():
            setattr(row, name, value)
        plan_hand_in(row, grant, zone)


def hand_in_key(report: GrantReport) -> str:
    """The natural key of the échéance of a report."""
    return f"report:{report.pk}:hand-in"


def plan_hand_in(report: GrantReport, grant: Grant, zone: ZoneInfo) -> None:
    """A report is due from the direction of the establishment; reminders come from it, before and after."""
    if grant.beneficiary_id is None:
        return
    journal.plan(
        report.circle_id,
        Due(
            key=hand_in_key(report), label=f"Remettre {report.wording} et l’état récapitulatif",
            organisation_id=grant.beneficiary_id, waiting=grant.authority.short_name, due_at=report.due_at,
            page=report.page(), basis=BASIS, role=Role.DIRECTOR, zone=str(zone), consequence=BLOCKED,
        ),
    )  # fmt: skip


def _evaluate(grant: Grant, due_on: date, zone: ZoneInfo, at: datetime) -> None:
    due_at = midnight_after(due_on, zone)
    row, _ = Evaluation.objects.get_or_create(
        grant=grant,
        defaults={"circle_id": grant.circle_id, "state": Evaluation.lifecycle.start, "state_since": at,
                  "due_on": due_on, "due_at": due_at},
    )  # fmt: skip
    if row.state != "expected" or grant.beneficiary_id is None:
        return
    Evaluation.objects.filter(pk=row.pk).update(due_on=due_on, due_at=due_at)
    row.due_at = due_at
    plan_evaluation(row, grant, zone)


def evaluation_key(evaluation: Evaluation) -> str:
    """The natural key of the échéance of the evaluation."""
    return f"evaluation:{evaluation.pk}:hand-in"


def plan_evaluation(row: Evaluation, grant: Grant, zone: ZoneInfo) -> None:
    """The evaluation is due from the direction of the establishment."""
    if grant.beneficiary_id is None:
        return
    journal.plan(
        row.circle_id,
        Due(
            key=evaluation_key(row), label="Remettre l’évaluation d’impact", organisation_id=grant.beneficiary_id,
            waiting=grant.authority.short_name, due_at=row.due_at, page=row.page(), basis=BASIS, role=Role.DIRECTOR,
            zone=str(zone), consequence="l’aide ne peut pas être soldée.",
        ),
    )  # fmt: skip


def duerp_key(promise: DuerpPromise) -> str:
    """The natural key of the échéance of the DUERP."""
    return f"duerp:{promise.pk}:hand-in"


def _promise_duerp(grant: Grant, due_on: date, zone: ZoneInfo, at: datetime) -> None:
    """The letter joined to the dossier is a promise, due by default with the first yearly report (§4, note 1)."""
    letter = Piece.objects.filter(dossier=grant.dossier_id, kind=LETTER, document__isnull=False).first()
    if letter is None or grant.beneficiary_id is None:
        return
    promise, made = DuerpPromise.objects.get_or_create(
        grant=grant,
        defaults={"circle_id": grant.circle_id, "state": DuerpPromise.lifecycle.start, "state_since": at,
                  "signed_on": letter.signed_on, "letter": letter.document, "due_on": due_on,
                  "due_at": midnight_after(due_on, zone)},
    )  # fmt: skip
    if made:
        plan_duerp(promise, grant, zone)


def plan_duerp(promise: DuerpPromise, grant: Grant, zone: ZoneInfo) -> None:
    """The updated DUERP is due from the establishment."""
    if grant.beneficiary_id is None:
        return
    journal.plan(
        promise.circle_id,
        Due(
            key=duerp_key(promise), label="Remettre le DUERP mis à jour, promis par lettre",
            organisation_id=grant.beneficiary_id, waiting=grant.authority.short_name, due_at=promise.due_at,
            page=promise.page(), basis="§4, note 1", role=Role.DIRECTOR, zone=str(zone),
            consequence="l’engagement est signalé en retard à l’ARS.",
        ),
    )  # fmt: skip


def stop_following(grant: Grant, *, reason: str, at: datetime) -> None:
    """Nothing is expected any more of an aid that is cancelled: its reports, its evaluation, its DUERP."""
    for row in GrantReport.objects.filter(grant=grant, state="expected"):
        advance(row, "drop", actor=None, at=at, reason=reason)
        journal.drop(hand_in_key(row))
    journal.drop(
        *(evaluation_key(one) for one in Evaluation.objects.filter(grant=grant)),
        *(duerp_key(one) for one in DuerpPromise.objects.filter(grant=grant)),
    )


def follow_grants(*, at: datetime) -> int:
    """Open or bring up to date the follow-up of every aid that runs; how many. A job of the platform."""
    followed = 0
    for one in Grant.objects.filter(state="in_force", signed_on__isnull=False, beneficiary__isnull=False):
        if policies.may_follow(None, one).allowed:
            follow_grant(actor=None, grant_id=one.pk, at=at)
            followed += 1
    return followed
