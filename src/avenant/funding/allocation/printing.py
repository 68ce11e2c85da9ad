"""The letters of the decisions and the table of retained projects, typeset."""

from __future__ import annotations

import io
import uuid
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from pypdf import PdfReader, PdfWriter

from avenant.domain.french import counted, format_date, format_euros
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.typesetting import ARCHIVED, typeset
from avenant.funding.allocation.models import Award, Selection, Told
from avenant.funding.allocation.models.decisions import FUNDED, Outcome
from avenant.funding.allocation.tables import Retained, total_of

LETTER, LETTERS, TABLE, LISTING = "decision-letter", "decision-letters", "retained-projects", "detailed-listing"
FICTIONAL = "Démonstration, faits fictifs"
SAID = {
    Outcome.RETAINED: "est retenu", Outcome.PARTLY: "est retenu en partie", Outcome.REFUSED: "n’est pas retenu",
}  # fmt: skip
APPEAL = (
    "Cette décision peut être contestée dans les deux mois qui suivent sa notification, par un recours gracieux auprès de "
    "l’autorité qui l’a prise ou devant le tribunal administratif (code de justice administrative, articles R. 421-1 et "
    "R. 421-5)."
)
"""What a decision that does not give all must say for its time limit to run."""


def print_letter(told: Told) -> bytes:
    """The letter of one decision: retained with its amount and conditions, or refused with its reason."""
    dossier, call = told.dossier, told.dossier.call
    funded = told.outcome in FUNDED
    at = told.notified_at.astimezone(ZoneInfo(call.zone))
    data: dict[str, object] = {
        "institutions": [call.owner.name], "call": str(call), "number": dossier.number, "establishment": dossier.name,
        "contact": dossier.contact or "la direction de l’établissement", "decision": told.get_outcome_display(),
        "decided": format_date(told.decided_on),
        "opening": (
            "Après examen de l’ensemble des dossiers reçus et avis du comité de sélection, votre projet "
            f"{SAID[Outcome(told.outcome)]}."
        ),
        "amount": format_euros(told.amount) if funded else "",
        "reason": told.reason, "conditions": told.conditions,
        "appeal": "" if told.outcome == Outcome.RETAINED else APPEAL,
        "next": (
            "Une convention vous sera proposée à la signature. Elle précise le montant, les actions, leurs indicateurs de suivi "
            "et le calendrier des versements."
            if funded
            else f"Pour toute question, écrivez à {call.mailbox} en rappelant le numéro de votre dossier."
        ),
    }  # fmt: skip
    if call.fictional:
        data["mention"] = FICTIONAL
    title = "Décision d’attribution" if funded else "Décision sur votre demande"
    return typeset(LETTER, data, title=title, reference=dossier.number, at=at, standards=ARCHIVED).pdf


def print_letters_for_system(*, selection_id: uuid.UUID, at: datetime) -> None:
    """Keep the letter of each decision of a session in its dossier's circle, then one file of them all for the authority.

    A job of the platform: run twice, letters already made are kept.
    """
    selection = Selection.objects.select_related("call__owner").get(pk=selection_id)
    awards = Award.objects.filter(line__selection=selection).order_by("line__rank").values_list("dossier_id", flat=True)
    rows = Told.objects.select_related("dossier__call__owner", "letter").in_bulk(list(awards))
    merged, count = PdfWriter(), 0
    for told in (rows[pk] for pk in awards if pk in rows):
        if told.letter is None:
            told.letter = _keep_letter(told)
            told.save(update_fields=["letter"])
        merged.append(PdfReader(io.BytesIO(documents.read(told.letter))))
        count += 1
    if count:
        Document.objects.filter(subject=selection.pk, kind=LETTERS).delete()
        out = io.BytesIO()
        merged.write(out)
        documents.keep(
            circle_id=selection.circle_id, owner_id=selection.call.owner_id, subject=selection.pk, kind=LETTERS,
            name=f"courriers-{selection.call.key}-{selection.number}.pdf", content=out.getvalue(),
            media_type="application/pdf", at=at,
        )  # fmt: skip


def _keep_letter(told: Told) -> Document:
    return documents.keep(
        circle_id=told.circle_id, owner_id=told.dossier.call.owner_id, subject=told.dossier_id, kind=LETTER,
        name=f"decision-{told.dossier.number.lower()}.pdf", content=print_letter(told), media_type="application/pdf",
        at=told.notified_at,
    )  # fmt: skip


def print_table(selection: Selection, rows: Sequence[Retained], recipients: Sequence[str], *, at: datetime) -> bytes:
    """The table of retained projects as a PDF."""
    call = selection.call
    local = at.astimezone(ZoneInfo(call.zone))
    data: dict[str, object] = {
        "institutions": [call.owner.name], "call": str(call), "session": f"n° {selection.number}, {selection.meeting.when}",
        "recipients": ", ".join(recipients) or "–",
        "rows": [
            [one.establishment, one.sector, one.title, one.theme, "" if one.total is None else format_euros(one.total),
             format_euros(one.granted), one.funders, one.opinion, format_date(one.decided_on)]
            for one in rows
        ],
        "totals": {
            "count": counted(len(rows), "projet"), "total": format_euros(total_of(one.total for one in rows)),
            "granted": format_euros(total_of(one.granted for one in rows)),
        },
    }  # fmt: skip
    if call.fictional:
        data["mention"] = FICTIONAL
    reference = f"PR-{call.key.upper()}-{selection.number}"[:60]
    return typeset(
        "retained-projects", data, title="Projets retenus", reference=reference, at=local, standards=ARCHIVED
    ).pdf
