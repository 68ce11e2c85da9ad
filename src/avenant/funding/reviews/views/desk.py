"""The instruction desk of an institution, and the ranking of a call."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from avenant.domain.french import counted
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.calls.selectors import get_published
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import DeskFilter, SeveralForm
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.instructions import DEFAULT_SORT, InstructionSearch
from avenant.funding.reviews.selectors.ranking import all_examined, assess_call, list_not_examined
from avenant.funding.reviews.services import batches, opening
from avenant.funding.reviews.services.batches import Batch
from avenant.funding.reviews.tables import instruction_sheet, ranking_sheet

PAGE, EXPORTED, TOLD = 50, 20_000, 10


def _filter(request: ActorRequest) -> DeskFilter:
    calls = [(one.pk, str(one)) for one in selectors.calls_in_instruction(request.actor)]
    form = DeskFilter(request.GET, calls=calls, labels=selectors.list_labels(request.actor))
    form.is_valid()
    return form


def _search(request: ActorRequest, form: DeskFilter) -> InstructionSearch:
    said = form.cleaned_data
    return InstructionSearch(
        call=said.get("appel"), state=said.get("etat", ""), label=said.get("etiquette", ""),
        waiting=said.get("attend", ""), mine=bool(said.get("miens")), text=said.get("texte", ""),
        sort=request.GET.get("tri", DEFAULT_SORT),
    )  # fmt: skip


@door(reads={"GET"})
def desk(request: ActorRequest) -> HttpResponse:
    """The dossiers that my institution examines or gives an opinion on, upstream ones first."""
    policies.may_use_desk(request.actor).or_raise()
    return _page(request)


@door(writes={"POST"})
def act_on_several(request: ActorRequest) -> HttpResponse:
    """Assign or label the dossiers ticked, or all those of the filtered list."""
    policies.may_act_on_several(request.actor).or_raise()
    form = SeveralForm(request.POST, people=selectors.list_examiners(request.actor, on=request.now))
    if form.is_valid():
        with refusals_in(form):
            _tell(request, form, _act(request, form.cleaned_data))
            return redirect(f"{reverse('reviews:desk')}?{request.GET.urlencode()}")
    return _page(request, form, status=422)


def _act(request: ActorRequest, said: dict[str, Any]) -> Batch:
    rows = said["dossier"]
    if said["everything"]:
        found = selectors.list_instructions(request.actor, _search(request, _filter(request)))
        rows = list(found.values_list("dossier_id", flat=True)[: batches.MOST + 1])
    if said["act"] == "assign":
        return batches.assign_each(actor=request.actor, dossiers=rows, person_id=said["examiner"], at=request.now)
    return batches.label_each(
        actor=request.actor, dossiers=rows, label=said["label"], remove=said["act"] == "unlabel", at=request.now
    )


def _tell(request: ActorRequest, form: SeveralForm, batch: Batch) -> None:
    if batch.done:
        messages.success(request, f"{form.told()}\u202f: {counted(len(batch.done), 'dossier')}.")
    if batch.left:
        reasons = " · ".join(f"{one.dossier.number}\u202f: {reason}" for one, reason in batch.left[:TOLD])
        more = "" if len(batch.left) <= TOLD else " …"
        messages.warning(request, f"{counted(len(batch.left), 'dossier laissé')}. {reasons}{more}")


def _page(request: ActorRequest, several: SeveralForm | None = None, *, status: int = 200) -> HttpResponse:
    form = _filter(request)
    search = _search(request, form)
    found = Pages(selectors.list_instructions(request.actor, search), PAGE)
    may_act = policies.may_act_on_several(request.actor).allowed
    if may_act and several is None:
        several = SeveralForm(people=selectors.list_examiners(request.actor, on=request.now))
    context: dict[str, Any] = {
        "several": several, "ticked": several.ticked() if several else (), "most": batches.MOST,
        "form": form, "page": found.get_page(request.GET.get("page")), "sort": search.sort,
        "sentence": word_count(found.known, "dossier", none="Aucun"), "query": request.GET.urlencode(),
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "waiting": list(selectors.list_waiting_dossiers(request.actor)[:20]),
        "calls": selectors.calls_in_instruction(request.actor),
    }  # fmt: skip
    return render(request, "reviews/desk.html", context, status=status)


@door(reads={"GET"})
def export_desk(request: ActorRequest, form: str) -> HttpResponse:
    """The dossiers that the page shows."""
    policies.may_use_desk(request.actor).or_raise()
    rows = selectors.list_instructions(request.actor, _search(request, _filter(request)))[:EXPORTED]
    return sheet_response(instruction_sheet(rows), form, name="instruction", at=request.now)


@door(writes={"POST"})
def open_waiting(request: ActorRequest) -> HttpResponse:
    """Open the instruction of every complete dossier that waits."""
    count = opening.open_waiting(actor=request.actor, at=request.now)
    messages.success(request, f"{count} instruction{'s' if count > 1 else ''} ouverte{'s' if count > 1 else ''}.")
    return redirect("reviews:desk")


@door(reads={"GET"})
def ranking(request: ActorRequest, key: str) -> HttpResponse:
    """The complete dossiers of a call in their order, each with what places it there."""
    policies.may_use_desk(request.actor).or_raise()
    call = get_published(key)
    rows = assess_call(request.actor, call)
    context = {
        "call": call, "rows": rows, "may_decide": all_examined(request.actor, call),
        "left": list_not_examined(request.actor, call), "examined": sum(one.examined for one in rows),
    }  # fmt: skip
    return render(request, "reviews/ranking.html", context)


@door(reads={"GET"})
def export_ranking(request: ActorRequest, key: str, form: str) -> HttpResponse:
    """The ranking as the page shows it."""
    policies.may_use_desk(request.actor).or_raise()
    call = get_published(key)
    sheet = ranking_sheet(assess_call(request.actor, call))
    return sheet_response(sheet, form, name=f"classement-{call.key}", at=request.now)
