"""The minutes of a session: written by two hands without loss, shared, corrected, approved; and its decisions."""

from __future__ import annotations

import hashlib
import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.meetings import policies, selectors, tasks
from avenant.foundations.meetings.models import AgendaItem, Approval, CommitteeDecision, MinutesRemark, Session
from avenant.foundations.meetings.proving import hashes_of
from avenant.foundations.meetings.services import due
from avenant.foundations.messages.services import Message
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation


def text_mark(text: str) -> str:
    """What a form carries to say which text it was opened on."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


class StaleText(DomainError):
    """Somebody else wrote the same text since it was opened: nothing is overwritten, both are shown."""

    def __init__(self, who: str, typed: str, stored: str) -> None:
        super().__init__(
            f"{who} a enregistré ce texte depuis que vous l’avez ouvert. Le vôtre reste à l’écran : reprenez ce qui "
            "vous sert, puis enregistrez de nouveau.",
            code="stale",
        )
        self.typed, self.stored = typed, stored


def refuse_stale(*, stored: str, typed: str, seen: str | None, who: str) -> None:
    """Raise :class:`StaleText` when the text opened is no longer the one stored, and what was typed differs."""
    if seen is not None and seen != text_mark(stored) and typed != stored:
        raise StaleText(who, typed, stored)


@transaction.atomic
def write_minutes(*, actor: Actor, session_id: uuid.UUID, text: str, at: datetime, seen: str | None = None) -> Session:
    """Write the general text of the minutes. ``seen`` is the :func:`text_mark` the form was opened on."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_write_minutes(actor, session).or_raise()
    typed = _clean(text)
    refuse_stale(stored=session.minutes, typed=typed, seen=seen, who=_last_hand(session))
    session.minutes, session.minutes_at, session.minutes_by_id = typed, at, actor.person_id
    session.save(update_fields=["minutes", "minutes_at", "minutes_by"])
    return session


@transaction.atomic
def write_notes(
    *, actor: Actor, session_id: uuid.UUID, item_id: int, text: str, at: datetime, seen: str | None = None
) -> AgendaItem:
    """Write what was said of one point, in the reading mode or in the page."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_write_minutes(actor, session).or_raise()
    item = selectors.get_agenda_item(actor, session, item_id)
    typed = _clean(text)
    refuse_stale(stored=item.notes, typed=typed, seen=seen, who=_last_hand(session))
    item.notes = typed
    item.save(update_fields=["notes"])
    session.minutes_at, session.minutes_by_id = at, actor.person_id
    session.save(update_fields=["minutes_at", "minutes_by"])
    return item


@dataclass(frozen=True, slots=True)
class DecisionDraft:
    """A decision as it is typed: who does it and until when; for a way to improve, the action and the finding."""

    text: str
    owner: Organisation
    due_on: date | None = None
    kind: CommitteeDecision.Kind = CommitteeDecision.Kind.DECISION
    action: str = ""
    finding: str = ""
    item_id: int | None = None
    page_of_action: str = ""


@transaction.atomic
def record_decision(*, actor: Actor, session_id: uuid.UUID, draft: DecisionDraft, at: datetime) -> CommitteeDecision:
    """Record a decision: it goes to the minutes at once, and is due from its owner. A second click changes nothing."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_decide(actor, session).or_raise()
    if draft.owner.pk not in {one.pk for one in selectors.list_members(session.committee)}:
        raise DomainError("Le responsable d’une décision est un organisme qui siège au comité.")
    if draft.due_on and draft.due_on < at.astimezone(session.committee.clock).date():
        raise DomainError("L’échéance d’une décision est à venir. Votre texte n’est pas perdu : corrigez la date.")
    item = selectors.get_agenda_item(actor, session, draft.item_id) if draft.item_id else None
    same = session.decisions.filter(text=draft.text.strip(), owner=draft.owner, item=item, kind=draft.kind)
    if found := same.first():
        return found
    last = session.decisions.aggregate(last=Max("number"))["last"] or 0
    decision = CommitteeDecision.objects.create(
        circle_id=session.circle_id,
        session=session,
        item=item,
        number=last + 1,
        kind=draft.kind,
        text=draft.text.strip(),
        action=draft.action.strip(),
        page_of_action=draft.page_of_action,
        finding=draft.finding.strip(),
        owner=draft.owner,
        due_on=draft.due_on,
    )
    due.plan_decision(decision)
    _record(session, "session.decided", f"Décision n° {decision.number} : {decision}", actor, at)
    return decision


@transaction.atomic
def remove_decision(*, actor: Actor, session_id: uuid.UUID, decision_id: int, at: datetime) -> None:
    """Take back a decision while the minutes are being written; it is due from nobody any more."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_decide(actor, session).or_raise()
    decision = get_object_or_404(CommitteeDecision.objects.visible_to(actor).filter(session=session), pk=decision_id)
    journal.drop(f"decision:{decision.pk}")
    decision.delete()
    _record(session, "session.decision_removed", f"Décision retirée : {decision}", actor, at)


@transaction.atomic
def follow_up_decision(
    *, actor: Actor, decision_id: int, progress: str, outcome: str, at: datetime
) -> CommitteeDecision:
    """Say what became of a decision, whatever the state of its session; the minutes stay as they were approved."""
    decision = selectors.get_decision(actor, decision_id, lock=True)
    policies.may_follow_up(actor, decision).or_raise()
    decision.progress = CommitteeDecision.Progress(progress)
    decision.outcome, decision.outcome_at = outcome.strip(), at
    decision.save(update_fields=["progress", "outcome", "outcome_at"])
    due.plan_decision(decision)
    _record(
        decision.session,
        "session.followed_up",
        f"Suite donnée ({decision.get_progress_display()}) : {decision}",
        actor,
        at,
        decision.outcome,
    )
    return decision


@transaction.atomic
def share_minutes(*, actor: Actor, session_id: uuid.UUID, at: datetime) -> Session:
    """Submit the minutes to the members; the secretariat approves them by doing so."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_share_minutes(actor, session).or_raise()
    notes = session.agenda.exclude(notes="").exists()
    if not (session.minutes.strip() or notes or session.decisions.exists()):
        raise DomainError("Le compte rendu est vide : écrivez au moins ce qui s’est dit ou décidé.")
    session.minutes_version += 1
    session.save(update_fields=["minutes_version"])
    advance(session, "share_minutes", actor=actor, at=at, label=f"Compte rendu soumis : {session}")
    Approval.objects.create(
        circle_id=session.circle_id,
        session=session,
        organisation_id=session.committee.secretariat_id,
        version=session.minutes_version,
        at=at,
    )
    journal.close(due.key_of(session, "minutes"))
    due.plan_approvals(session, at)
    message = Message(
        key=f"session:{session.pk.hex}:minutes:{session.minutes_version}",
        title=f"Compte rendu à approuver : {session}",
        act="Lire le compte rendu",
        page=session.page(),
        waiting=session.committee.secretariat.short_name,
        consequence="Le compte rendu reste à l’état de projet.",
        basis=session.committee.basis,
    )
    due.tell_members(session, message, actor=actor, at=at)
    return session


@transaction.atomic
def remark_on_minutes(*, actor: Actor, session_id: uuid.UUID, text: str, at: datetime) -> MinutesRemark:
    """Ask for a correction of the minutes that were shared."""
    session = selectors.get_session(actor, session_id)
    policies.may_remark(actor, session).or_raise()
    if not text.strip():
        raise DomainError("Écrivez votre remarque avant de l’envoyer.")
    remark = MinutesRemark.objects.create(
        circle_id=session.circle_id,
        session=session,
        version=session.minutes_version,
        text=text.strip(),
        at=at,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
    )
    _record(session, "session.remarked", f"Remarque sur le compte rendu : {session}", actor, at, remark.text)
    return remark


@transaction.atomic
def correct_minutes(*, actor: Actor, session_id: uuid.UUID, reason: str, at: datetime) -> Session:
    """Take the minutes back to correct them: everyone will be asked again."""
    session = selectors.get_session(actor, session_id, lock=True)
    policies.may_correct_minutes(actor, session).or_raise()
    advance(session, "correct_minutes", actor=actor, at=at, reason=reason, label=f"Compte rendu repris : {session}")
    due.drop_approvals(session)
    due.plan_minutes(session, at)
    return session


@transaction.atomic
def approve_minutes(*, actor: Actor, session_id: uuid.UUID, at: datetime) -> Session:
    """Approve for one's organisation; the last one makes the minutes final, and a job makes their PDF."""
    session = selectors.get_session(actor, session_id, lock=True)
    approved = selectors.approved_by(actor, session)
    policies.may_approve_minutes(actor, session, approved).or_raise()
    Approval.objects.create(
        circle_id=session.circle_id,
        session=session,
        organisation_id=actor.organisation_id,
        version=session.minutes_version,
        at=at,
    )
    members = {one.pk: one for one in selectors.list_members(session.committee)}
    journal.close(due.key_of(session, f"approve:{members[actor.organisation_id].key}"))
    if set(members) <= approved | {actor.organisation_id}:
        advance(session, "approve_minutes", actor=actor, at=at, label=f"Compte rendu approuvé : {session}",
                evidence={"decisions": hashes_of(session)})  # fmt: skip
        tasks.typeset_minutes.defer(session_id=str(session.pk))
    else:
        _record(session, "session.approved", f"Compte rendu approuvé par {actor.organisation}", actor, at)
    return session


def _clean(text: str) -> str:
    """As stored: browsers send CRLF."""
    return text.replace("\r\n", "\n").strip()


def _last_hand(session: Session) -> str:
    return session.minutes_by.name if session.minutes_by else "Une autre personne"


def _record(session: Session, verb: str, label: str, actor: Actor, at: datetime, reason: str = "") -> None:
    record(
        session.circle_id,
        verb=verb,
        label=label,
        actor=actor,
        at=at,
        reason=reason,
        page=session.page(),
        subject=session.pk,
    )
