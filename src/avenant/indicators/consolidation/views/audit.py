from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.consolidation import pages, policies, selectors, services
from avenant.indicators.consolidation.cell import cell_context


@door(reads={"GET"})
def audit(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """What the joint audit lets anybody tell outside the circle."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    policies.may_read_cockpit(request.actor).or_raise()
    row, made = selectors.find_audit(request.actor, campaign), selectors.find_consolidation(request.actor, campaign)
    context = {
        "campaign": campaign,
        "audit": row,
        "fresh": row is not None and made is not None and row.fingerprint == made.fingerprint,
        "hidden": pages.audited_cells(request.actor, campaign, row.hidden if row else []),
        "may_audit": policies.may_consolidate(request.actor),
    }
    return render(request, "consolidation/audit.html", context)


@door(writes={"POST"})
def ask_audit(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Ask for the audit to be made again."""
    services.ask_audit(actor=request.actor, campaign_id=campaign_id, at=request.now)
    messages.success(request, "L’audit est lancé : cette page dit où il en est.")
    return redirect("consolidation:audit", campaign_id)


@door(reads={"GET"})
def cell(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """The dashboard of the cell: from referrals to consents to outcomes, beside the region."""
    return render(request, "consolidation/cell.html", cell_context(request.actor, contract_id, year))
