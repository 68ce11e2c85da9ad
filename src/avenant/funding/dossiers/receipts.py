"""The receipt of a deposit, typeset."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from avenant.domain.french import format_second
from avenant.domain.french import typeset as french
from avenant.foundations.documents.typesetting import Document, typeset
from avenant.funding.dossiers.models import Piece, Submission


def print_receipt(submission: Submission) -> Document:
    """The PDF of a receipt: number, instant in the call's zone, the files with their hashes, the hash of the whole."""
    dossier, call = submission.dossier, submission.dossier.call
    at = submission.at.astimezone(ZoneInfo(submission.zone))
    pieces = Piece.objects.filter(dossier=dossier, document__isnull=False).select_related("document")
    labels = submission.book().vocabulary.pieces
    data: dict[str, object] = {
        "institutions": [call.owner.name],
        "call": str(call),
        "number": submission.number,
        "establishment": dossier.name,
        "person": submission.person.name if submission.person else "un traitement de la plateforme",
        "instant": format_second(at),
        "pieces": [[french(labels.get(one.kind, one.kind)), one.document.name] for one in pieces if one.document],
        "hash": submission.sha256,
        "rules": submission.digest,
    }
    if call.fictional:
        data["mention"] = "Démonstration, faits fictifs"
    return typeset("dossier-receipt", data, title="Accusé de dépôt", reference=submission.number, at=at)
