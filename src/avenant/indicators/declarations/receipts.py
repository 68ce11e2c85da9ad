"""The receipt of a submission, typeset."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.french import format_number
from avenant.foundations.documents.selectors import list_documents
from avenant.foundations.documents.typesetting import Document, moment_in_words, typeset
from avenant.foundations.journal.sealing import make_proof
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations.models import Submission
from avenant.indicators.declarations.services.control import said_in


def print_receipt(submission: Submission) -> Document:
    """The PDF of a receipt: what was sent, by whom, when in the contract's zone, and the hash that proves it."""
    part = submission.part
    at = submission.at.astimezone(ZoneInfo(part.declaration.contract.territory.time_zone))
    unit = f", {part.unit}" if part.unit else ""
    data: dict[str, object] = {
        "institutions": [part.owner.name],
        "declaration": f"{part.declaration} ({part.declaration.contract})",
        "part": f"{part.owner.short_name}{unit}, transmission n\u00b0\u00a0{submission.number}",
        "provider": part.owner.name,
        "person": submission.person.name if submission.person else "un traitement de la plateforme",
        "instant": moment_in_words(at),
        "values": format_number(submission.values.count()),
        "hash": submission.sha256,
    }
    if part.declaration.contract.fictional:
        data["mention"] = "Démonstration, faits fictifs"
    return typeset("letter-receipt", data, title=f"Accusé {submission.receipt}", reference=submission.receipt, at=at)


def prove_submission(actor: Actor, submission: Submission, *, at: datetime) -> dict[str, Any]:
    """The proof file of a submission: its figures as they were hashed, their definitions, the acts of its part, sealed."""
    part = submission.part
    values = list(submission.values.select_related("definition"))
    return make_proof(
        actor,
        kind="figure",
        title=f"{part.declaration}, {part.owner.short_name}, accusé {submission.receipt}",
        content=said_in([(one.definition.code, one) for one in values], submission.texts),
        sha256=submission.sha256,
        context=[
            (f"Définition {one.definition.code}, version {one.definition.version}", one.definition.content)
            for one in values
        ],
        documents=[{"name": one.name, "sha256": one.sha256} for one in list_documents(actor, submission.pk)],
        subjects=[part.pk],
        at=at,
    )
