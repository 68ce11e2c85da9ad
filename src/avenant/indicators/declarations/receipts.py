"""The receipt of a submission, typeset."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from avenant.domain.french import format_number
from avenant.foundations.documents.typesetting import Document, moment_in_words, typeset
from avenant.indicators.declarations.models import Submission


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
