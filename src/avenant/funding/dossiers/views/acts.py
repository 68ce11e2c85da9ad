"""Acts on a dossier beside its content: signed, certified, its category ruled on, a partner gone."""

from __future__ import annotations

import uuid
from decimal import Decimal

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.forms import DepartureForm, SignatureForm
from avenant.funding.dossiers.models import ProjectPartner
from avenant.funding.dossiers.services import certifying, contracting, judging, sharing


@door(writes={"POST"})
def sign(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Write who signed the local contract."""
    row = selectors.get_dossier(request.actor, dossier_id)
    form = SignatureForm(request.POST, request.FILES, status=row.status)
    if not form.is_valid():
        messages.error(
            request,
            "Les signatures ne se lisent pas : " + " ".join(str(one) for told in form.errors.values() for one in told),
        )
        return redirect("dossiers:contrat", row.pk)
    said = dict(form.cleaned_data)
    file = said.pop("file")
    contracting.tell_signatures(
        actor=request.actor, dossier_id=row.pk, said=said, file=(file.name, file.read()) if file else None,
        at=request.now,
    )  # fmt: skip
    messages.success(request, "Les signatures sont enregistrées.")
    return redirect("dossiers:contrat", row.pk)


@door(writes={"POST"})
def finalise(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Both parties signed: the local contract no longer changes."""
    contracting.finalise_contract(actor=request.actor, dossier_id=dossier_id, at=request.now)
    messages.success(request, "Le contrat local est finalisé.")
    return redirect("dossiers:contrat", dossier_id)


@door(writes={"POST"})
def certify(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Certify the dossier as it stands."""
    certifying.certify_dossier(actor=request.actor, dossier_id=dossier_id, at=request.now)
    messages.success(request, "Le dossier est certifié tel qu’il est. Une autre personne le dépose.")
    return redirect("dossiers:dossier", dossier_id)


@door(writes={"POST"})
def category(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Confirm, or refuse with a reason, a category that the call does not list."""
    said = request.POST
    judging.rule_category(
        actor=request.actor, dossier_id=dossier_id, confirmed=said.get("confirmed") == "oui",
        reason=said.get("reason", ""), at=request.now,
    )  # fmt: skip
    messages.success(request, "Votre décision sur la catégorie est enregistrée.")
    return redirect("dossiers:dossier", dossier_id)


@door(reads={"GET"}, writes={"POST"})
def leave(request: ActorRequest, projectpartner_id: uuid.UUID) -> HttpResponse:
    """A partner leaves a shared project: the day, the reason, the shares of those who stay."""
    rows = ProjectPartner.objects.visible_to(request.actor).select_related("project__dossier__call")
    partner = get_object_or_404(rows, pk=projectpartner_id)
    policies.may_tell_departure(request.actor, partner.project.dossier, partner).or_raise()
    staying = [one for one in partner.project.partners.all() if one.pk != partner.pk and one.left_on is None]
    form = DepartureForm(request.POST or None, staying=staying)
    if request.method == "POST" and form.is_valid():
        shares: dict[uuid.UUID, Decimal | None] = {one.pk: form.cleaned_data[f"share-{one.pk}"] for one in staying}
        with refusals_in(form):
            sharing.leave_project(
                actor=request.actor, partner_id=partner.pk, on=form.cleaned_data["on"],
                reason=form.cleaned_data["reason"], shares=shares, at=request.now,
            )  # fmt: skip
            messages.success(request, f"{partner.name} a quitté le projet. L’ARS en est informée.")
            return redirect(partner.project.dossier.page())
    context = {"partner": partner, "project": partner.project, "dossier": partner.project.dossier, "form": form}
    return render(request, "dossiers/departure.html", context, status=422 if form.errors else 200)
