from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.secrecy import pages, policies, selectors
from avenant.foundations.secrecy.forms import AnswersFilter, NoticeForm, PurposeForm
from avenant.foundations.secrecy.services import notice as services

PAGE, EXPORTED = 50, 10_000


@door(reads={"GET"}, writes={"POST"}, before_notice=True)
def notice(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """The notice of a file: accept and go where one was going, or refuse."""
    entry = selectors.get_entry(request.actor, circle_id)
    form = NoticeForm(request.POST or None)
    going = _going(request)
    if request.method == "POST" and request.POST.get("answer") == "refuse":
        services.decline(actor=request.actor, circle_id=circle_id, at=request.now)
        return _closed(request, entry)
    if request.method == "POST" and form.is_valid():
        purpose = form.cleaned_data["purpose"]
        services.acknowledge(actor=request.actor, circle_id=circle_id, purpose=purpose, at=request.now)
        return redirect(going)
    context = {"entry": entry, "form": form, "going": going}
    return render(request, "secrecy/notice.html", context, status=422 if form.is_bound else 200)


@door(writes={"POST"})
def choose_purpose(request: ActorRequest, circle_id: uuid.UUID) -> HttpResponse:
    """Say what my exports of a file are for."""
    form = PurposeForm(request.POST)
    typed = form.cleaned_data["purpose"] if form.is_valid() else ""
    services.choose_purpose(actor=request.actor, circle_id=circle_id, purpose=typed, at=request.now)
    messages.success(request, "La finalité de vos exports est enregistrée.")
    return redirect("secrecy:space", circle_id=circle_id)


@door(reads={"GET"})
def answers(request: ActorRequest) -> HttpResponse:
    """Who of my organisation has acknowledged secrecy, file by file, and who has not."""
    policies.may_withdraw(request.actor).or_raise()
    form = AnswersFilter(request.GET)
    form.is_valid()
    sort = request.GET.get("tri", "-date")
    rows = pages.find_answers(request.actor, form.cleaned_data, sort=sort)
    page = Paginator(rows, PAGE).get_page(request.GET.get("page"))
    count = page.paginator.count
    context = {
        "form": form,
        "page": page,
        "lines": pages.answers(request.actor, page),
        "sentence": f"{count or 'Aucune'} réponse{'s' if count > 1 else ''}",
        "reset": request.path if any(form.cleaned_data.values()) else "",
        "sort": sort,
        "query": request.GET.urlencode(),
    }
    return render(request, "secrecy/answers.html", context)


@door(reads={"GET"})
def export_answers(request: ActorRequest, form: str) -> HttpResponse:
    """What the list shows, as a file."""
    policies.may_withdraw(request.actor).or_raise()
    asked = AnswersFilter(request.GET)
    asked.is_valid()
    rows = pages.find_answers(request.actor, asked.cleaned_data, sort=request.GET.get("tri", "-date"))[:EXPORTED]
    sheet = pages.answers_sheet(pages.answers(request.actor, rows))
    return sheet_response(sheet, form, name="secret-professionnel", at=request.now)


@door(writes={"POST"}, before_notice=True)
def withdraw(request: ActorRequest, acknowledgement_id: uuid.UUID) -> HttpResponse:
    """Ask the notice again of somebody."""
    row = services.withdraw_acknowledgement(
        actor=request.actor,
        acknowledgement_id=acknowledgement_id,
        reason=request.POST.get("reason", ""),
        at=request.now,
    )
    messages.success(request, f"La notice sera de nouveau demandée à {row.person.name}.")
    return redirect("secrecy:answers")


def _going(request: ActorRequest) -> str:
    going = request.POST.get("suite") or request.GET.get("suite") or ""
    safe = url_has_allowed_host_and_scheme(going, {request.get_host()}, require_https=request.is_secure())
    return going if safe and going else reverse("site:home")


def _closed(request: ActorRequest, entry: selectors.Entry) -> HttpResponse:
    today = timezone.localdate(request.now)
    context = {"entry": entry, "administrators": selectors.list_administrators(request.actor, on=today)}
    return render(request, "secrecy/closed.html", context, status=403)
