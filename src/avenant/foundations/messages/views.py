from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.messages import selectors, services
from avenant.foundations.messages.forms import PreferenceForm
from avenant.foundations.messages.models import Preference

PAGE = 25


@door(reads={"GET"})
def notices(request: ActorRequest) -> HttpResponse:
    """My messages, newest first; those not read yet when asked."""
    unread_only = "non-lus" in request.GET
    found = selectors.list_notices(request.actor)
    page = Paginator(found.filter(read_at=None) if unread_only else found, PAGE).get_page(request.GET.get("page"))
    failing_since = selectors.get_preference(request.actor.person_id).failing_since
    context = {"page": page, "unread_only": unread_only, "failing_since": failing_since}
    return render(request, "notices/notices.html", context)


@door(writes={"POST"})
def open_notice(request: ActorRequest, notice_id: uuid.UUID) -> HttpResponse:
    """Do what a message proposes: it is read, and its page opens."""
    notice = services.mark_read(actor=request.actor, notice_id=notice_id, at=request.now)
    return redirect(notice.page if notice else "notices:notices")


@door(writes={"POST"})
def mark_all_read(request: ActorRequest) -> HttpResponse:
    """Nothing waits to be read any more."""
    services.mark_read(actor=request.actor, at=request.now)
    messages.success(request, "Tous vos messages sont marqués comme lus.")
    return redirect("notices:notices")


@door(reads={"GET"}, writes={"POST"})
def preferences(request: ActorRequest) -> HttpResponse:
    """Choose how to receive e-mails."""
    current = selectors.get_preference(request.actor.person_id)
    form = PreferenceForm(request.POST or None, initial={"rhythm": current.rhythm})
    if request.method == "POST" and form.is_valid():
        rhythm = Preference.Rhythm(form.cleaned_data["rhythm"])
        services.choose_rhythm(actor=request.actor, rhythm=rhythm, at=request.now)
        messages.success(request, "Votre choix est enregistré.")
        return redirect("notices:preferences")
    return render(request, "notices/preferences.html", {"form": form}, status=422 if form.errors else 200)
