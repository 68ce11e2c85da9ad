"""What an envelope held for a dossier comes back to it: the dossier is withdrawn, or its aid is cancelled."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F

from avenant.domain.french import format_euros
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import Aid
from avenant.funding.allocation.services.envelopes import draw
from avenant.funding.allocation.services.telling import undecided_key
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant
from avenant.funding.reports.services import following


@transaction.atomic
def cancel_aid(*, actor: Actor, grant_id: uuid.UUID, reason: str, at: datetime) -> Grant:
    """Cancel an aid of which nothing is paid, by a decision with its reason: the establishment renounces it, or it was
    wrong. Its instalments, its text and its follow-up fall, the envelope has its credits back."""
    grant = grants.cancel(actor=actor, grant_id=grant_id, reason=reason, at=at)
    following.stop_following(grant, reason=reason, at=at)
    if grant.dossier_id is not None:
        for one in Aid.objects.visible_to(actor).filter(dossier_id=grant.dossier_id):
            _give_back(one, actor, f"Aide annulée : {reason.strip()}", at)
    return grant


@transaction.atomic
def release_withdrawn_for_system(*, at: datetime) -> int:
    """Give back what is reserved or granted for the dossiers that were withdrawn before they were told a decision; how
    many. A job of the platform."""
    rows = list(Aid.objects.filter(dossier__state="withdrawn").select_related("dossier"))
    for one in rows:
        if one.dossier is not None:
            journal.drop(undecided_key(one.dossier.pk))
        _give_back(one, None, "Dossier retiré par l’établissement.", at)
    return len(rows)


def hold_rise(actor: Actor, grant: Grant, amount: Decimal) -> None:
    """Reserve on the envelope of an aid what an amendment adds to it, or give it back (negative): never beyond."""
    aid = Aid.objects.visible_to(actor).filter(dossier_id=grant.dossier_id).first() if grant.dossier_id else None
    if aid is None:
        return
    draw(aid.envelope_id, amount)
    Aid.objects.filter(pk=aid.pk).update(reserved=F("reserved") + amount)


def _give_back(aid: Aid, actor: Actor | None, reason: str, at: datetime) -> None:
    held = aid.reserved + aid.granted
    draw(aid.envelope_id, -held)
    record(
        aid.circle_id, verb="envelope.release", label=f"Crédits rendus, {aid.beneficiary} : {format_euros(held)}",
        actor=actor, at=at, reason=reason, page=aid.envelope.page(), subject=aid.envelope_id,
    )  # fmt: skip
    aid.delete()
