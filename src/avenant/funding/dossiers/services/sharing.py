"""A partner leaves a shared project after the deposit: the day, the reason, and who takes its share."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.money import ZERO
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import policies
from avenant.funding.dossiers.checks import keep_facts, read_afresh
from avenant.funding.dossiers.models import ProjectPartner

WHOLE = Decimal(100)


@transaction.atomic
def leave_project(
    *,
    actor: Actor,
    partner_id: uuid.UUID,
    on: date,
    reason: str,
    shares: Mapping[uuid.UUID, Decimal | None],
    at: datetime,
) -> ProjectPartner:
    """Note that a partner left: its row stays, ``shares`` are those of the others from now on and make 100 %.

    The carrier does not leave: the dossier is its own. The authority is told; what was handed in stays as it was.
    """
    rows = ProjectPartner.objects.visible_to(actor).select_related("project__dossier__call__owner")
    partner = get_object_or_404(rows.select_for_update(of=("self",)), pk=partner_id)
    dossier = partner.project.dossier
    policies.may_tell_departure(actor, dossier, partner).or_raise()
    if not reason.strip():
        raise DomainError("Dites pourquoi l’établissement quitte le projet.", code="reason")
    if on > at.astimezone(ZoneInfo(dossier.call.zone)).date():
        raise DomainError("Un départ ne peut pas être daté d’un jour à venir.", code="future")
    staying = list(ProjectPartner.objects.filter(project=partner.project, left_on=None).exclude(pk=partner.pk))
    for one in staying:
        one.cost_share = shares.get(one.pk, one.cost_share)
    total = sum((one.cost_share or ZERO for one in staying), ZERO)
    if total != WHOLE:
        raise DomainError(
            f"Les parts de ceux qui restent font {f'{total:f}'.replace('.', ',')} %, et non 100 %.", code="shares"
        )
    for one in staying:
        one.save(update_fields=["cost_share"])
    partner.left_on, partner.left_reason = on, reason.strip()[:300]
    partner.save(update_fields=["left_on", "left_reason"])
    keep_facts(read_afresh(dossier, at=at))
    record(
        dossier.circle_id, verb="dossier.partner_left", label=f"{partner.name} quitte le projet {partner.project}",
        actor=actor, at=at, reason=reason.strip(), page=dossier.page(), subject=dossier.pk,
        evidence={"partner": partner.name, "on": on.isoformat(), "shares": {str(one.pk): str(one.cost_share) for one in staying}},
    )  # fmt: skip
    notify_organisation(
        dossier.circle_id, dossier.call.owner_id,
        Message(
            key=f"dossier:{dossier.pk}:left:{partner.pk}", title=f"{partner.name} quitte un projet mutualisé",
            act="Relire le dossier", page=dossier.page(), body=reason.strip(), basis="§5.1",
            consequence="La mutualisation et les parts sont à revoir.",
        ), at=at, roles=[Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER],
    )  # fmt: skip
    return partner
