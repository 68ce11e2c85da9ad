"""An aid is read."""

from __future__ import annotations

import uuid

from django.http import HttpResponse
from django.shortcuts import render

from avenant.foundations.doors import ActorRequest, door
from avenant.funding.grants import selectors


@door(reads={"GET"})
def grant(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """An aid: its amounts, its agreement, its instalments, its actions."""
    row = selectors.get_grant(request.actor, grant_id)
    return render(request, "grants/grant.html", {"grant": row})
