from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.secrecy import pages, policies
from avenant.foundations.secrecy.models import Elimination
from avenant.foundations.secrecy.services import retention as services

EXPORTED = 1_000


@door(reads={"GET"})
def retention(request: ActorRequest) -> HttpResponse:
    """How long each category is kept, what was eliminated, what waits for a visa."""
    policies.may_retain(request.actor).or_raise()
    return render(request, "secrecy/retention.html", {"kept": pages.list_kept(timezone.localdate())})


@door(reads={"GET"})
def export_eliminations(request: ActorRequest, form: str) -> HttpResponse:
    """The bordereau d’élimination."""
    policies.may_retain(request.actor).or_raise()
    rows = Elimination.objects.select_related("approved_by").order_by("-at")[:EXPORTED]
    return sheet_response(pages.elimination_sheet(rows), form, name="bordereau-elimination", at=request.now)


@door(writes={"POST"})
def approve(request: ActorRequest, category: str) -> HttpResponse:
    """Give the visa of a list."""
    services.approve_elimination(
        actor=request.actor,
        category=category,
        remark=request.POST.get("remark", ""),
        at=timezone.now(),
    )
    messages.success(request, "Le visa est inscrit au bordereau.")
    return redirect("secrecy:retention")
