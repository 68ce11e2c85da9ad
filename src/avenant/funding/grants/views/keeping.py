"""What an authority keeps beside its aids: its socle, its batches of scans."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from avenant.foundations.documents.services import MAX_BYTES
from avenant.foundations.doing import do, refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.grants import forms, policies, selectors, services
from avenant.funding.grants.services import socle as socles


@door(reads={"GET"}, writes={"POST"})
def socle(request: ActorRequest) -> HttpResponse:
    """The versions of my authority's socle; a POST prepares the next one."""
    policies.may_write_socle(request.actor).or_raise()
    form = forms.SocleForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        socles.prepare_socle(actor=request.actor, title=form.cleaned_data["title"], at=request.now)
        return redirect("grants:socle")
    return _socle_page(request, status=422 if form.is_bound else 200, form=form)


def _socle_page(request: ActorRequest, *, status: int = 200, **said: object) -> HttpResponse:
    purpose = request.GET.get("finalite", "")
    versions = selectors.list_socles(request.actor.organisation_id)
    return render(
        request,
        "grants/socle.html",
        {
            "versions": [(one, selectors.list_practices(one, purpose)) for one in versions], "purpose": purpose,
            "draft": next((one for one in versions if one.adopted_on is None), None),
            "may_adopt": policies.may_adopt_socle(request.actor), "form": forms.SocleForm(),
            "practice_form": forms.PracticeForm(auto_id="practice_%s"), **said,
        }, status=status,
    )  # fmt: skip


@door(writes={"POST"})
def add_practice(request: ActorRequest, socle_id: uuid.UUID) -> HttpResponse:
    """A practice, with its purposes."""
    policies.may_write_socle(request.actor).or_raise()
    selectors.get_socle(request.actor, socle_id)
    form = forms.PracticeForm(request.POST, auto_id="practice_%s")
    return do(
        request, form,
        lambda: socles.add_practice(actor=request.actor, socle_id=socle_id, at=request.now, **form.cleaned_data),
        page=reverse("grants:socle"), told="La pratique est ajoutée.",
    ) or _socle_page(request, status=422, practice_form=form)  # fmt: skip


@door(writes={"POST"})
def adopt_socle(request: ActorRequest, socle_id: uuid.UUID) -> HttpResponse:
    """The version is adopted."""
    row = socles.adopt_socle(actor=request.actor, socle_id=socle_id, at=request.now)
    messages.success(request, f"{row} est adoptée : elle est jointe aux conventions à venir.")
    return redirect("grants:socle")


@door(reads={"GET"}, writes={"POST"})
def batches(request: ActorRequest) -> HttpResponse:
    """The batches of scanned pages; a POST sends one."""
    policies.may_scan(request.actor).or_raise()
    form = forms.BatchForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_in(form, "file"):
            row = services.send_batch(
                actor=request.actor, name=file.name, content=file.read(MAX_BYTES + 1), at=request.now
            )
            return redirect("grants:batch", row.pk)
    rows = selectors.list_batches(request.actor)[:50]
    status = 422 if form.errors else 200
    return render(request, "grants/batches.html", {"form": form, "rows": rows}, status=status)


@door(reads={"GET"})
def batch(request: ActorRequest, scanbatch_id: uuid.UUID) -> HttpResponse:
    """Where each page of a batch went."""
    return render(request, "grants/batch.html", {"batch": selectors.get_batch(request.actor, scanbatch_id)})
