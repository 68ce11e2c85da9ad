"""The proof of a funding decision: what was told to the establishment, under which rules, sealed in the journal."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from avenant.domain.proof import fingerprint, textual
from avenant.foundations.journal.sealing import make_proof
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import Told
from avenant.funding.dossiers.models import Submission


def decision_said(told: Told) -> dict[str, Any]:
    """What the hash of a decision holds: the decision, the hash of the dossier it is about, of its rules and findings."""
    handed = _handed_in(told)
    return {
        "dossier": told.dossier.number,
        "call": told.dossier.call.key,
        "outcome": told.outcome,
        "amount": f"{told.amount:.2f}",
        "reason": told.reason,
        "conditions": told.conditions,
        "decided_on": told.decided_on.isoformat(),
        "content": handed.sha256 if handed else None,
        "rules": fingerprint(textual(handed.rules)) if handed else None,
        "findings": fingerprint(textual(handed.findings)) if handed else None,
    }


def prove_decision(actor: Actor, told: Told, *, at: datetime) -> dict[str, Any]:
    """The proof file of a decision: its words and amount, the rules of the call and what they found with their articles
    on the day of the deposit, the hash of its letter, the acts of the dossier."""
    handed = _handed_in(told)
    context: list[tuple[str, object]] = []
    if handed:
        context = [
            (f"Règlement {handed.rulebook}, tel qu’au dépôt", handed.rules),
            ("Constats du règlement et leurs articles", handed.findings),
        ]
    return make_proof(
        actor,
        kind="decision",
        title=f"Décision sur le dossier {told.dossier.number}, {told.dossier.call.title}",
        content=decision_said(told),
        context=context,
        documents=[{"name": told.letter.name, "sha256": told.letter.sha256}] if told.letter else [],
        subjects=[told.dossier_id],
        at=at,
    )


def _handed_in(told: Told) -> Submission | None:
    return Submission.objects.filter(dossier_id=told.dossier_id).first()
