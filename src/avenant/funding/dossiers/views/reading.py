"""What a call amounts to, and its models to fill in."""

from __future__ import annotations

import uuid
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from avenant.domain.decision import Refused
from avenant.foundations import clock
from avenant.foundations.documents.attachments import PDF, XLSX, file_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door, public_door
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls import selectors as calls
from avenant.funding.dossiers import selectors
from avenant.funding.dossiers.checks import read_afresh
from avenant.funding.dossiers.forms import ReplayForm
from avenant.funding.dossiers.models_to_fill import form_model, risk_letter
from avenant.funding.dossiers.printing import print_dossier
from avenant.funding.dossiers.replays import replay
from avenant.funding.dossiers.statistics import call_statistics


@door(reads={"GET"})
def statistics(request: ActorRequest, key: str) -> HttpResponse:
    """The projects of a call by nature, strand and staff: for the authority and the institutions that give an opinion."""
    call = calls.get_published(key)
    mine = request.actor.organisation_id
    if mine != call.owner_id and not Organisation.objects.filter(pk=mine, pk__in=call.partners.values("pk")).exists():
        raise Refused("Les statistiques de l’appel sont celles de l’autorité et des institutions qui donnent un avis.")
    return render(request, "dossiers/statistics.html", {"call": call, "tables": call_statistics(request.actor, call)})


@public_door(reads={"GET"})
def model(request: HttpRequest, key: str) -> HttpResponse:
    """The application form of a call, as a workbook to fill in."""
    call = calls.get_published(key)
    return file_response(form_model(call, at=clock.now()), name=f"modele-{call.key}.xlsx", media_type=XLSX)


@door(reads={"GET"})
def letter(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The letter that promises the risk document, to sign."""
    row = selectors.get_dossier(request.actor, dossier_id)
    return file_response(risk_letter(row, at=request.now), name="lettre-engagement-duerp.pdf", media_type=PDF)


@door(reads={"GET"})
def printed(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The whole dossier, typeset: a draft as it stands, or what was handed in."""
    row = selectors.get_dossier(request.actor, dossier_id)
    document = print_dossier(read_afresh(row, at=request.now), at=request.now)
    name = f"dossier-{row.number.lower() or 'brouillon'}-confidentiel.pdf"
    return file_response(document.pdf, name=name, media_type=PDF)


@door(reads={"GET"})
def replayed(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The rules computed again on what was handed in, as they stood on a day: that of the deposit unless another is told."""
    submission = selectors.get_submission(request.actor, dossier_id)
    form = ReplayForm(request.GET or {"jour": submission.at.astimezone(ZoneInfo(submission.zone)).date().isoformat()})
    context = {"submission": submission, "dossier": submission.dossier, "form": form, "told": None}
    if form.is_valid():
        with refusals_in(form, "jour"):
            context["told"] = replay(submission, day=form.cleaned_data["jour"])
    return render(request, "dossiers/replay.html", context, status=422 if form.errors else 200)
