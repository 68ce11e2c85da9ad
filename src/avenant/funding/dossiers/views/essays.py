"""Other parameters tried on the dossiers of a call, with the progress of the job."""

from __future__ import annotations

import json
import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.french import typeset
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages
from avenant.funding.calls import policies as call_policies
from avenant.funding.calls import selectors as calls
from avenant.funding.calls import services as call_services
from avenant.funding.calls.forms import ParametersForm
from avenant.funding.calls.models import Call, PublishedCall
from avenant.funding.calls.wording import parameter_groups, value_in_words
from avenant.funding.dossiers import selectors
from avenant.funding.dossiers.services import trying
from avenant.funding.dossiers.tables import what_if_sheet

PAGE = 50
ESSAYS = 20
EXPORTED = 20_000
OUTCOMES = {"pass": "conforme", "warning": "à voir", "fail": "non conforme", "undetermined": "indéterminé"}


@door(reads={"GET"}, writes={"POST"})
def what_ifs(request: ActorRequest, call_id: uuid.UUID) -> HttpResponse:
    """Try parameters on the dossiers handed in to a call: its own, or those of an earlier call of the same rulebook."""
    row = calls.get_call(request.actor, call_id)
    call_policies.may_try_rules(request.actor, row.owner_id).or_raise()
    possible = selectors.list_tried_calls(request.actor, row)
    source = _chosen(possible, request.GET.get("dossiers") or request.POST.get("dossiers"), row)
    if source is None:
        return render(request, "dossiers/what_ifs.html", {"call": row, "source": None})
    raws = _raws(source) | (row.parameters if row.pk != source.call_id else {})
    form = ParametersForm(source.book(), raws, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        changed = {**(row.parameters if row.pk != source.call_id else {}), **form.changed_values(raws)}
        with refusals_in(form):
            return redirect(trying.ask_what_if(actor=request.actor, call=source, values=changed, at=request.now).page())
    context = {
        "call": row, "source": source, "possible": possible, "form": form,
        "fields": form.grouped(parameter_groups(source.book())),
        "essays": list(selectors.list_essays(request.actor, source)[:ESSAYS]),
    }  # fmt: skip
    return render(request, "dossiers/what_ifs.html", context, status=422 if form.errors else 200)


def _chosen(possible: list[PublishedCall], key: str | None, row: Call) -> PublishedCall | None:
    own = next((one for one in possible if one.call_id == row.pk), None)
    return next((one for one in possible if one.key == key), None) or own or next(iter(possible), None)


def _raws(source: PublishedCall) -> dict[str, Any]:
    return {one["name"]: one.get("value") for one in source.book().content["parameter"]}


@door(reads={"GET"})
def what_if(request: ActorRequest, whatif_id: uuid.UUID) -> HttpResponse:
    """One try: its progress, the totals before and after, the dossiers that it would change."""
    essay = selectors.get_essay(request.actor, whatif_id)
    if request.htmx:
        response = render(request, "dossiers/what_if.html#state", {"essay": essay})
        if essay.finished_at:  # the results are the page itself
            response["HX-Refresh"] = "true"
        return response
    book = essay.call.book()
    labels = {one["id"]: typeset(one["label"]) for one in book.content["rule"]}
    page = Pages(selectors.list_essay_lines(request.actor, essay), PAGE).get_page(request.GET.get("page"))
    tried = book.with_parameters(essay.parameters)
    call = selectors.find_working_call(request.actor, essay.call)
    context = {
        "essay": essay, "page": page,
        "lines": [(one, [labels.get(rule, rule) for rule in one.rules], OUTCOMES[one.before], OUTCOMES[one.after]) for one in page],
        "values": [
            (typeset(book.parameters[name].label), value_in_words(book.parameters[name], book),
             value_in_words(tried.parameters[name], tried)) for name in essay.parameters
        ],
        "difference": essay.grant_after - essay.grant_before,
        "may_revise": call_policies.may_revise(request.actor, call) if call else None,
    }  # fmt: skip
    return render(request, "dossiers/what_if.html", context)


@door(reads={"GET"})
def export(request: ActorRequest, whatif_id: uuid.UUID, form: str) -> HttpResponse:
    """The dossiers that the try would change."""
    essay = selectors.get_essay(request.actor, whatif_id)
    lines = selectors.list_essay_lines(request.actor, essay)[:EXPORTED]
    return sheet_response(what_if_sheet(lines, OUTCOMES), form, name=f"essai-{essay.call.key}", at=request.now)


@door(writes={"POST"})
def apply(request: ActorRequest, whatif_id: uuid.UUID) -> HttpResponse:
    """Make the parameters tried those of the call, by decision."""
    essay = selectors.get_essay(request.actor, whatif_id)
    call_services.revise_call(
        actor=request.actor, call_id=essay.call.call_id, values=json.loads(json.dumps(essay.parameters)),
        reason=request.POST.get("reason", ""), at=request.now,
    )  # fmt: skip
    messages.success(
        request,
        "Le règlement est révisé. Les brouillons le suivent, les dossiers déposés gardent le leur.",
    )
    return redirect(essay.call.page())
