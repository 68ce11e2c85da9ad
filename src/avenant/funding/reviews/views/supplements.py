"""Requests for more: asked by the authority, answered by the establishment."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.policies import may_correspond
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import AnswerForm, AskForm, ReturnForm, ask_sections
from avenant.funding.reviews.models import Supplement
from avenant.funding.reviews.selectors import instructions, supplements
from avenant.funding.reviews.services import supplements as services
from avenant.funding.reviews.services.supplements import Sent
from avenant.funding.reviews.views.entering import enter, parts_of


def _frame(request: ActorRequest, dossier: Dossier) -> dict[str, Any]:
    """The establishment reads the page without the parts of the instruction."""
    may_correspond(request.actor, dossier).or_raise()
    found = instructions.find_instruction(request.actor, dossier.pk)
    interested = found is not None and instructions.has_interest(request.actor, found)
    return {
        "dossier": dossier, "part": "Compléments", "error": None, "instruction": found,
        "parts": parts_of(request.actor, found, interested=interested) if found else (), "interested": interested,
        "own": dossier.owner_id == request.actor.organisation_id,
        "may_ask": policies.may_ask_more(request.actor, dossier, found, interested=interested),
    }  # fmt: skip


@door(reads={"GET"})
def list_them(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """The requests made on a dossier, and a form to make one."""
    return _list(request, get_dossier(request.actor, dossier_id), AskForm(), 200)


def _list(request: ActorRequest, dossier: Dossier, form: AskForm, status: int) -> HttpResponse:
    frame = _frame(request, dossier)
    chosen = set(request.POST.getlist("target")) if request.method == "POST" else set()
    context = {
        **frame, "rows": list(supplements.list_supplements(request.actor, dossier)), "form": form, "chosen": chosen,
        "sections": ask_sections(supplements.list_askable(dossier)) if frame["may_ask"].allowed else [],
    }  # fmt: skip
    return render(request, "reviews/supplements.html", context, status=status)


@door(writes={"POST"})
def ask(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Ask for fields, pieces or answers."""
    enter(request, dossier_id)
    form = AskForm(request.POST)
    if form.is_valid():
        targets = {one: request.POST.get(f"why-{one}", "") for one in request.POST.getlist("target")}
        with refusals_in(form):
            made = services.ask_supplement(
                actor=request.actor, dossier_id=dossier_id, message=form.cleaned_data["message"], targets=targets,
                questions=form.questions(), last_day=form.cleaned_data["last_day"], at=request.now,
            )  # fmt: skip
            messages.success(request, "La demande est envoyée à l’établissement.")
            return redirect(made.page())
    return _list(request, get_dossier(request.actor, dossier_id), form, 422)


@door(reads={"GET"}, writes={"POST"})
def supplement(request: ActorRequest, supplement_id: uuid.UUID) -> HttpResponse:
    """One request: what is asked, what it was, what is answered. The establishment writes here, and only this."""
    row = supplements.get_supplement(request.actor, supplement_id)
    lines = supplements.list_asked(request.actor, row)
    data = (request.POST, request.FILES) if request.method == "POST" else ()
    form = AnswerForm(*data, lines=lines, answer=row.answer)
    if request.method == "GET":
        return _page(request, row, form, 200)
    return _keep(request, row, form)


def _keep(request: ActorRequest, row: Supplement, form: AnswerForm) -> HttpResponse:
    """Keep all that could be read; send it when it is asked and whole."""
    form.is_valid()
    files = {pk: Sent(file.name, file.read()) for pk, file in form.sent().items()}
    with refusals_in(form):
        services.save_answers(
            actor=request.actor, supplement_id=row.pk, values=form.values(), files=files,
            answer=form.cleaned_data.get("answer", ""), at=request.now,
        )  # fmt: skip
    if "send" in request.POST and not form.errors:
        with refusals_in(form):
            services.answer_supplement(actor=request.actor, supplement_id=row.pk, at=request.now)
    if form.errors:
        return _page(request, row, form, 422)
    told = "Vos compléments sont transmis." if "send" in request.POST else "Votre saisie est enregistrée."
    messages.success(request, told)
    return redirect(row.page())


def _page(request: ActorRequest, row: Supplement, form: AnswerForm, status: int) -> HttpResponse:
    frame = _frame(request, row.dossier)
    examine = frame["may_ask"]
    context = {
        **frame, "supplement": row, "form": form, "lines": form.asked, "return_form": ReturnForm(),
        "may_answer": policies.may_answer(request.actor, row),
        "may_accept": may_advance(row, "accept", request.actor) if examine.allowed else examine,
        "may_return": may_advance(row, "return", request.actor) if examine.allowed else examine,
        "may_lapse": may_advance(row, "lapse", request.actor) if examine.allowed else examine,
        "past": request.now >= row.due_at,
    }  # fmt: skip
    return render(request, "reviews/supplement.html", context, status=status)


@door(writes={"POST"})
def accept(request: ActorRequest, supplement_id: uuid.UUID) -> HttpResponse:
    """Receive the answer."""
    row = services.accept_supplement(actor=request.actor, supplement_id=supplement_id, at=request.now)
    messages.success(request, "Les compléments sont reçus.")
    return redirect("reviews:supplements", row.dossier_id)


@door(writes={"POST"})
def ask_again(request: ActorRequest, supplement_id: uuid.UUID) -> HttpResponse:
    """Ask the same again."""
    form, row = ReturnForm(request.POST), supplements.get_supplement(request.actor, supplement_id)
    enter(request, row.dossier_id)
    if form.is_valid():
        services.return_supplement(actor=request.actor, supplement_id=row.pk, at=request.now, **form.cleaned_data)
        messages.success(request, "La demande est renvoyée à l’établissement.")
    else:
        messages.error(request, "Dites ce qui manque encore, et le dernier jour.")
    return redirect(row.page())


@door(writes={"POST"})
def lapse(request: ActorRequest, supplement_id: uuid.UUID) -> HttpResponse:
    """State that the answer did not come."""
    row = services.lapse_supplement(actor=request.actor, supplement_id=supplement_id, at=request.now)
    messages.success(request, "L’absence de réponse est constatée.")
    return redirect("reviews:supplements", row.dossier_id)
