from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.documents import selectors as documents
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.consolidation import policies, selectors, services


@door(reads={"GET"})
def publications(request: ActorRequest) -> HttpResponse:
    """The notes published to the social partners of my region."""
    rows = selectors.list_publications(request.actor)
    return render(request, "consolidation/publications.html", {"publications": rows})


@door(reads={"GET"})
def publication(request: ActorRequest, publication_id: uuid.UUID) -> HttpResponse:
    """One note, as it was published."""
    row = selectors.get_publication(request.actor, publication_id)
    context = {"publication": row, "note": row.content, "documents": documents.list_documents(request.actor, row.pk)}
    return render(request, "consolidation/publication.html", context)


@door(reads={"GET"})
def preview(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """What the note would tell if it were published now."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    policies.may_read_cockpit(request.actor).or_raise()
    context = {
        "campaign": campaign,
        "note": selectors.prepare_note(request.actor, campaign).content,
        "may_publish": services.may_publish(request.actor, campaign),
    }
    return render(request, "consolidation/preview.html", context)


@door(writes={"POST"})
def publish(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Publish the note."""
    row = services.publish_note(actor=request.actor, campaign_id=campaign_id, at=request.now)
    messages.success(request, "La note est publiée : les partenaires sociaux de la région la lisent.")
    return redirect(row.page())
