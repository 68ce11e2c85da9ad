"""A session prepared on the complete dossiers of a call, before its committee."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from avenant.domain.decision import DomainError
from avenant.domain.french import counted
from avenant.foundations.meetings.models import Committee, Session
from avenant.foundations.meetings.services import committees, sessions
from avenant.foundations.meetings.services.committees import CommitteeDraft, SeatDraft
from avenant.foundations.meetings.services.sessions import Timing
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.models import Selection
from avenant.funding.allocation.services.sessions.locking import note
from avenant.funding.allocation.services.sessions.ranking import write_ranking
from avenant.funding.calls.models import PublishedCall

AGENDA = "Examen des dossiers de l’appel, classement et propositions"


@dataclass(frozen=True, slots=True, kw_only=True)
class SelectionSaid:
    """A session to prepare: when and where, on which envelope, the quorum (None: every institution), the payroll's use."""

    envelope_id: uuid.UUID
    starts_at: datetime
    ends_at: datetime
    place: str = ""
    quorum: int | None = None
    payroll: str = Selection.Payroll.REFERENCE


@transaction.atomic
def prepare_selection(*, actor: Actor, call: PublishedCall, said: SelectionSaid, at: datetime) -> Selection:
    """Prepare the committee's session on the complete dossiers of a call that have no decision yet, ranked."""
    policies.may_prepare(actor, call).or_raise()
    envelope = selectors.get_envelope(actor, said.envelope_id)
    policies.may_change(actor, envelope).or_raise()
    if Selection.objects.visible_to(actor).filter(call=call, state__in=["prepared", "closed"]).exists():
        raise DomainError("Une séance de cet appel est déjà en préparation, ou attend ses décisions.", code="twice")
    committee = _committee(actor, call, said.quorum, at)
    timing = Timing(starts_at=said.starts_at, ends_at=said.ends_at, place=said.place)
    meeting = sessions.plan_session(
        actor=actor, committee_id=committee.pk, timing=timing, purpose=Session.Purpose.SELECTION, at=at
    )
    if Selection.objects.filter(meeting=meeting).exists():
        raise DomainError("Une séance de sélection se tient déjà à cette heure.", code="same_hour")
    number = Selection.objects.filter(call=call).aggregate(last=Max("number"))["last"] or 0
    selection = Selection.objects.create(
        circle_id=call.call.circle_id, call=call, meeting=meeting, envelope=envelope, number=number + 1,
        payroll=said.payroll, state=Selection.lifecycle.start, state_since=at,
    )  # fmt: skip
    count = write_ranking(actor, selection, at)
    detail = f"{counted(count, 'dossier')}, sur l’enveloppe {envelope}."
    sessions.add_agenda_item(actor=actor, session_id=meeting.pk, title=AGENDA, detail=detail, at=at)
    note(selection, "selection.prepare", f"Séance préparée : {counted(count, 'dossier')}", actor, at)
    return selection


def _committee(actor: Actor, call: PublishedCall, quorum: int | None, at: datetime) -> Committee:
    """The call's selection committee: the authority that presides, and the partners of the call."""
    key = f"selection-{call.key}"
    found = Committee.objects.visible_to(actor).filter(key=key).first()
    if found is not None:
        return found
    seats = [SeatDraft(call.owner, "Présidence du comité de sélection")]
    seats += [SeatDraft(one, "Membre du comité de sélection") for one in call.partners.all()]
    draft = CommitteeDraft(
        key=key, kind=Committee.Kind.SELECTION, name=f"Comité de sélection, {call.title}"[:200],
        short_name=f"Sélection {call.year}", circle_id=call.call.circle_id, file_title=str(call)[:250],
        page_of_file=reverse("allocation:call", args=[call.key]), secretariat=call.owner, seats=tuple(seats),
        settings={"minimum": 0, "zone": call.zone, "quorum": quorum, "basis": "§5.2", "fictional": call.fictional,
                  "chair_rule": "L’autorité qui porte l’appel"},
    )  # fmt: skip
    return committees.set_up_committee(actor=actor, draft=draft, at=at)
