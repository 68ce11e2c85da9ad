"""The door by which a labour directorate takes former years over: a file, what it would enter, then a confirmation."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.core.cache import cache
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.documents.attachments import XLSX, file_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.campaigns import policies
from avenant.indicators.declarations.former_years import FormerPeriod, read_former_years, template_workbook
from avenant.indicators.declarations.forms import TakingOverForm
from avenant.indicators.declarations.services.taking_over import take_over_years

KEPT_FOR = 3600
SHOWN = 200


@dataclass(frozen=True, slots=True)
class _Received:
    """A file that waits for its confirmation, kept for its sender alone."""

    content: bytes
    filename: str
    former: FormerPeriod | None


@door(reads={"GET"}, writes={"POST"})
def taking_over(request: ActorRequest) -> HttpResponse:
    """Send the file of former years; see what it would enter, and each refused line with its reason."""
    policies.may_run_campaigns(request.actor).or_raise()
    form = TakingOverForm(request.POST or None, request.FILES or None)
    context: dict[str, Any] = {"form": form}
    if request.method == "POST" and form.is_valid():
        received = _received(form)
        with refusals_in(form, "file"):
            found = read_former_years(
                actor=request.actor, content=received.content, filename=received.filename, former=received.former,
                at=request.now,
            )  # fmt: skip
            token = uuid.uuid4().hex
            cache.set(_key(request, token), received, KEPT_FOR)
            context |= {"found": found, "token": token, "shown": found.rejected[:SHOWN], "name": received.filename}
    status = 422 if form.errors else 200
    return render(request, "declarations/taking_over.html", context, status=status)


@door(writes={"POST"})
def confirm(request: ActorRequest) -> HttpResponse:
    """Enter what the preview showed."""
    policies.may_run_campaigns(request.actor).or_raise()
    key = _key(request, request.POST.get("token", ""))
    received = cache.get(key)
    if received is None:
        raise DomainError("Cet aperçu a expiré : envoyez de nouveau le fichier.", code="expired")
    found = take_over_years(
        actor=request.actor, content=received.content, filename=received.filename, former=received.former,
        at=request.now,
    )  # fmt: skip
    cache.delete(key)
    count = len(found.returns)
    said = "déclaration est reprise" if count == 1 else "déclarations sont reprises"
    messages.success(request, f"{count} {said}. Consolidez la région pour comparer les années.")
    return redirect("campaigns:campaigns")


@door(reads={"GET"})
def template(request: ActorRequest) -> HttpResponse:
    """The workbook to fill."""
    policies.may_run_campaigns(request.actor).or_raise()
    content = template_workbook(request.actor, at=request.now)
    return file_response(content, name="reprise-annees-anterieures.xlsx", media_type=XLSX)


def _received(form: TakingOverForm) -> _Received:
    said = form.cleaned_data
    former = FormerPeriod(said["first_year"], said["last_year"]) if said["make_contracts"] else None
    return _Received(said["file"].read(), said["file"].name, former)


def _key(request: ActorRequest, token: str) -> str:
    return f"taking-over:{request.actor.person_id}:{token}"
