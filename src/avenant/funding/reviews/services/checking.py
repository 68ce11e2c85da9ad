"""What may be funded twice is settled by the examiner: an expense excluded or not the same, an aid looked at whole."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.db.models import TextField
from django.db.models.functions import Cast

from avenant.domain.decision import DomainError
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Expense
from avenant.funding.reviews.models import DoubleVerdict, PartnerAid
from avenant.funding.reviews.selectors.checks import list_matches
from avenant.funding.reviews.selectors.instructions import JUDGED
from avenant.funding.reviews.selectors.outdated import AID, what_changed
from avenant.funding.reviews.selectors.unlined import list_unlined
from avenant.funding.reviews.services.opening import examining, settle


@transaction.atomic
def settle_double(
    *, actor: Actor, dossier_id: uuid.UUID, line: uuid.UUID, other: str, same: bool, reason: str, at: datetime
) -> DoubleVerdict:
    """Say whether a line of the dossier is already funded elsewhere, with the reason. It is: the rules exclude it as an
    action already financed (§3.2, 5°) and the amounts follow; the establishment's content is not changed."""
    instruction = examining(actor, dossier_id)
    match = next((one for one in list_matches(actor, instruction) if (one.line, one.other) == (line, other)), None)
    if match is None:
        raise DomainError(_why_gone(actor, other) or "Ce rapprochement n’est plus proposé.", code="no_match")
    if not reason.strip():
        raise DomainError("Dites ce qui le montre : la facture, l’objet, l’échange avec le financeur.", code="reason")
    made, _ = DoubleVerdict.objects.update_or_create(
        instruction=instruction, line=line, other=other,
        defaults={"circle_id": instruction.circle_id, "other_label": match.other_label[:300], "same": same,
                  "reason": reason.strip()[:300], "at": at, "person_id": actor.person_id},
    )  # fmt: skip
    record(
        instruction.circle_id, verb=JUDGED, label=f"Double financement tranché : {match.line_label}", actor=actor, at=at,
        reason=reason.strip(), evidence={"other": match.other_label, "same": same}, page=instruction.page(),
        subject=instruction.pk,
    )  # fmt: skip
    settle(instruction, at=at)
    return made


@transaction.atomic
def settle_unlined(
    *, actor: Actor, dossier_id: uuid.UUID, other: str, line: uuid.UUID | None, reason: str, at: datetime
) -> DoubleVerdict:
    """Say, of an aid that cannot be compared line by line, which expense of the dossier it funds, or that it funds none
    (``line`` is None), with what the examiner saw. An expense it funds is excluded, as by :func:`settle_double`; « none »
    takes back the expenses named before."""
    instruction = examining(actor, dossier_id)
    aid = next((one for one in list_unlined(actor, instruction) if one.other == other), None)
    if aid is None:
        raise DomainError(_why_gone(actor, other) or "Cette aide n’est plus à regarder.", code="no_aid")
    expense = Expense.objects.filter(project__dossier_id=dossier_id, pk=line).first() if line else None
    if line and expense is None:
        raise DomainError("Cette dépense n’est pas dans le dossier.", code="no_line")
    if expense and aid.withdrawn:
        raise DomainError("Cette aide est retirée : elle ne finance plus rien.", code="withdrawn")
    if not reason.strip():
        raise DomainError(
            "Dites ce que vous avez regardé : le dossier de l’aide, ses factures, l’échange.", code="reason"
        )
    said = DoubleVerdict.objects.filter(instruction=instruction, other=other)
    (said.filter(line=None) if expense else said).delete()
    made, _ = DoubleVerdict.objects.update_or_create(
        instruction=instruction, line=line, other=other,
        defaults={"circle_id": instruction.circle_id, "other_label": aid.label[:300], "same": expense is not None,
                  "reason": reason.strip()[:300], "at": at, "person_id": actor.person_id},
    )  # fmt: skip
    record(
        instruction.circle_id, verb=JUDGED, label=f"Double financement tranché : {aid.label}", actor=actor, at=at,
        reason=reason.strip(),
        evidence={"other": aid.label, "same": expense is not None}, page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    settle(instruction, at=at)
    return made


def _why_gone(actor: Actor, other: str) -> str:
    """What became of an aid that a page still showed; empty when nothing did."""
    key = other.removeprefix(AID)
    ended = PartnerAid.objects.visible_to(actor).exclude(ended_at=None).annotate(key=Cast("pk", TextField()))
    found = ended.filter(key=key).select_related("owner__territory").first()
    return f"Cette aide a changé depuis que vous avez ouvert la page. {what_changed(found)}" if found else ""
