"""The proof of a committee's decision: its words as every member approved them, sealed in the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from avenant.domain.proof import fingerprint
from avenant.foundations.documents.selectors import list_documents
from avenant.foundations.journal.sealing import make_proof
from avenant.foundations.meetings.models import CommitteeDecision, Session
from avenant.foundations.meetings.printing import MINUTES
from avenant.foundations.parties.actors import Actor


def decision_said(decision: CommitteeDecision) -> dict[str, Any]:
    """What the hash of a decision holds; what became of it comes later and is in the journal."""
    session = decision.session
    return {
        "session": str(session.pk),
        "held_on": session.day.isoformat() if session.day else None,
        "number": decision.number,
        "kind": decision.kind,
        "text": decision.text,
        "action": decision.action,
        "finding": decision.finding,
        "owner": decision.owner.key,
        "due_on": decision.due_on.isoformat() if decision.due_on else None,
        "basis": fingerprint(session.committee.basis),
    }


def hashes_of(session: Session) -> dict[str, str]:
    """The hash of each decision of a session, by number: what the journal keeps when its minutes are approved."""
    return {
        str(one.number): fingerprint(decision_said(one))
        for one in session.decisions.select_related("session__committee", "owner")
    }


def prove_decision(actor: Actor, decision: CommitteeDecision, *, at: datetime) -> dict[str, Any]:
    """The proof file of a decision: its words, the article of its committee, the hash of the minutes, the acts of the
    session."""
    session = decision.session
    minutes = list_documents(actor, session.pk).filter(kind=MINUTES)
    return make_proof(
        actor,
        kind="decision",
        title=f"Décision n°\u00a0{decision.number}, {session}",
        content=decision_said(decision),
        context=[("Fondement du comité", session.committee.basis)],
        documents=[{"name": one.name, "sha256": one.sha256} for one in minutes],
        subjects=[session.pk],
        at=at,
    )
