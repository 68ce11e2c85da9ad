"""The letter that tells an establishment its dossier is rejected as incomplete."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from avenant.domain.french import format_date
from avenant.foundations.documents.typesetting import Document, moment_in_words, typeset
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier


def print_rejection(actor: Actor, dossier: Dossier, *, at: datetime) -> Document:
    """The PDF of a rejection: each reason with its article, what the authority said of the piece, and what would have
    remedied it (§5.2). The letter is dated of the decision: printed again, it is the same."""
    event = (
        Event.objects.visible_to(actor)
        .filter(circle_id=dossier.circle_id, subject=dossier.pk, verb="dossier.reject_incomplete")
        .latest("at")
    )
    zone = ZoneInfo(dossier.call.zone)
    submitted = moment_in_words(dossier.submitted_at.astimezone(zone)) if dossier.submitted_at else ""
    data: dict[str, object] = {
        "institutions": [dossier.call.owner.name],
        "call": str(dossier.call),
        "number": dossier.number,
        "establishment": dossier.name,
        "submitted": submitted,
        "decided": format_date(event.at.astimezone(zone).date()),
        "mailbox": dossier.call.mailbox,
        "reasons": [
            {name: str(one.get(name, "")) for name in ("sentence", "article", "remedy", "said")}
            for one in event.evidence.get("reasons", [])
        ],
    }
    if dossier.call.fictional:
        data["mention"] = "Démonstration, faits fictifs"
    return typeset(
        "dossier-rejection", data, title=f"Dossier {dossier.number}, incomplet", reference=dossier.number,
        at=event.at.astimezone(zone),
    )  # fmt: skip
