"""Decisions told to the establishments: notified with a letter, grants opened; and those who wait are answered."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from fractions import Fraction
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import counted, format_euros
from avenant.domain.funding.deciding import step_on_time
from avenant.domain.lifecycles import APPLICANTS
from avenant.domain.proof import fingerprint
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, selectors, tasks
from avenant.funding.allocation.models import Award, Told
from avenant.funding.allocation.models.decisions import FUNDED
from avenant.funding.allocation.proving import decision_said
from avenant.funding.allocation.services.sessions import locked
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.services import open_grant

UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Notified:
    """How many decisions were notified now, and what is said of the calendar (empty when it is kept)."""

    count: int
    late: str


@transaction.atomic
def notify_decisions(*, actor: Actor, selection_id: uuid.UUID, at: datetime) -> Notified:
    """Tell every decision of a session that was not told yet: the decision to each applicant, a grant for each retained
    dossier, the letters by a job. Run again, it tells what is new."""
    selection = locked(actor, selection_id)
    policies.may_notify(actor, selection).or_raise()
    told = Told.objects.filter(dossier__call=selection.call).values("dossier_id")
    awards = list(selectors.list_awards(actor, selection).exclude(dossier__in=told).exclude(dossier__state="withdrawn"))
    for one in awards:
        _tell(actor, selection.call, one, at)
    late = step_on_time(selectors.step_of(selection.call, "notification"), selectors.today_of(selection.call, at))
    if awards:
        tasks.print_decisions.defer(selection_id=str(selection.pk))
    label = f"{counted(len(awards), 'décision')} notifiée{'s' if len(awards) > 1 else ''}"
    if selection.state == "decided":
        advance(selection, "notify", actor=actor, at=at, label=label, evidence={"late": late} if late else {})
    elif awards:
        record(selection.circle_id, verb="selection.notify", label=label, actor=actor, at=at, page=selection.page(),
               subject=selection.pk)  # fmt: skip
    return Notified(len(awards), late)


def _tell(actor: Actor, call: PublishedCall, award: Award, at: datetime) -> None:
    """The establishment reads its decision and its reason, never a score nor a rank."""
    dossier = award.dossier
    follows = (
        "La convention vous sera proposée à la signature." if award.amount else "L’appel est terminé pour ce dossier."
    )
    told = Told.objects.create(
        circle_id=dossier.circle_id, dossier=dossier, outcome=award.outcome, amount=award.amount, reason=award.reason,
        conditions=award.conditions, decided_on=award.decided_on, notified_at=at,
    )  # fmt: skip
    words = f", {format_euros(award.amount)}" if award.amount else ""
    if award.outcome in FUNDED:
        base = award.line.base
        rate = Fraction(award.amount) / Fraction(base) if base and base >= award.amount else None
        source = str(award.envelope.get_source_display()) if award.envelope else ""
        open_grant(
            actor=actor, at=at, dossier=dossier.pk, amount=award.amount, rate=rate, conditions=award.conditions,
            source=source, decided_on=award.decided_on,
        )  # fmt: skip
    record(
        dossier.circle_id, verb="dossier.decided", label=f"Décision notifiée : {told}{words}", actor=actor, at=at,
        reason=award.reason, page=told.page(), subject=dossier.pk, evidence={"sha256": fingerprint(decision_said(told))},
    )  # fmt: skip
    journal.close(undecided_key(dossier.pk))
    notify_organisation(
        dossier.circle_id, dossier.owner_id,
        Message(
            key=f"dossier:{dossier.pk}:decided", title=f"Décision sur votre dossier {dossier.number} : {told}{words}",
            act="Lire la décision", page=told.page(), body=award.reason, basis="§6",
            consequence=follows,
        ), at=at, roles=APPLICANTS,
    )  # fmt: skip


def undecided_key(dossier_id: uuid.UUID) -> str:
    """The natural key of the échéance of a dossier without decision."""
    return f"dossier:{dossier_id}:{UNDECIDED}"


@transaction.atomic
def answer_undecided(*, actor: Actor, call: PublishedCall, text: str, at: datetime) -> int:
    """Write to every applicant whose dossier has no decision after the examination: where it stands. How many."""
    policies.may_prepare(actor, call).or_raise()
    if not text.strip():
        raise DomainError("Dites aux établissements où en est leur dossier.", code="text")
    rows = list(selectors.list_late(actor, call, selectors.today_of(call, at)))
    for dossier in rows:
        record(
            dossier.circle_id, verb="dossier.waiting", label="Dossier toujours sans décision : réponse d’attente",
            actor=actor, at=at, reason=text.strip(), page=dossier.page(), subject=dossier.pk,
        )  # fmt: skip
        notify_organisation(
            dossier.circle_id, dossier.owner_id,
            Message(
                key=f"dossier:{dossier.pk}:waiting:{at:%Y%m%d}", title=f"Votre dossier {dossier.number} attend sa décision",
                act="Voir le dossier", page=dossier.page(), body=text.strip(), basis="§6",
                consequence="Rien n’est attendu de vous.", waiting="",
            ), at=at, roles=APPLICANTS,
        )  # fmt: skip
    return len(rows)


def flag_undecided_for_system(*, at: datetime) -> int:
    """Declare what is due for each dossier without decision after the examination of its call. A job of the platform."""
    flagged = 0
    for call in PublishedCall.objects.select_related("owner").defer("rules").exclude(closes_at=None):
        step = selectors.step_of(call, "examination")
        if step is None or selectors.today_of(call, at) <= step.ends_on:
            continue
        zone = ZoneInfo(call.zone)
        due = datetime.combine(step.ends_on + timedelta(days=1), datetime.min.time(), zone)
        decided = Award.objects.filter(dossier__call=call).values("dossier_id")
        waiting = Dossier.objects.filter(call=call, state__in=["submitted", "complete"]).exclude(pk__in=decided)
        for dossier in waiting.defer("answers"):
            flagged += 1
            journal.plan(
                dossier.circle_id,
                Due(
                    key=undecided_key(dossier.pk), label=f"Décider du dossier {dossier.number}, sans décision après l’instruction",
                    organisation_id=call.owner_id, waiting=dossier.name[:200], due_at=due, page=dossier.page(), basis="§6",
                    consequence="L’établissement attend sa décision.", role=Role.ARS_CALL_OFFICER, zone=call.zone,
                ),
            )  # fmt: skip
    return flagged
