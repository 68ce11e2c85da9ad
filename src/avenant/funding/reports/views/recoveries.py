"""A recovery: told, answered, decided, taken, settled."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpResponse
from django.shortcuts import render

from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_events
from avenant.foundations.messages.selectors import list_told
from avenant.funding.reports import policies
from avenant.funding.reports.forms import (
    AnswerForm,
    DecideForm,
    EntryForm,
    GiveUpForm,
    NotifyForm,
    PaymentForm,
    ReasonForm,
)
from avenant.funding.reports.models import Recovery
from avenant.funding.reports.selectors import recovery as selectors
from avenant.funding.reports.services import recovering

VERBS = ("notify", "observe", "decide", "charge", "order", "settle", "waive")


@door(reads={"GET"})
def recovery(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Why, how much, where it stands, its letters."""
    return _page(request, selectors.get_recovery(request.actor, recovery_id))


def _page(request: ActorRequest, row: Recovery, *, status: int = 200, **more: Any) -> HttpResponse:
    actor = request.actor
    today = request.now.astimezone(recovering.zone_of(row)).date()
    claim = row.claim()
    context = {
        "recovery": row, "grant": row.grant, "settlement": row.settlement, "claim": claim, "life": _life(row),
        "may": {verb: policies.may_move(actor, row, verb, today=today) for verb in VERBS},
        "own": row.grant.beneficiary_id == actor.organisation_id,
        "authority": row.grant.authority_id == actor.organisation_id,
        "notify_form": NotifyForm(), "answer_form": AnswerForm(), "waive_form": ReasonForm(prefix="waive"),
        "decide_form": DecideForm(initial={"amount": row.amount}), "entry_form": _entry_form(request, row),
        "payment_form": PaymentForm(), "may_give_up": policies.may_give_up(actor, row),
        "give_up_form": GiveUpForm(initial={"amount": claim.left}, auto_id="give-up-%s"),
        "entries": list(row.entries.select_related("onto")),
        "letters": list(row.letters.select_related("document")),
        "told": list_told(actor, row.circle_id, row.page()) if row.grant.authority_id == actor.organisation_id else [],
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk)[:20],
    }  # fmt: skip
    return render(request, "reports/recovery.html", {**context, **more}, status=status)


def _entry_form(request: ActorRequest, row: Recovery, data: Any = None) -> EntryForm:
    aids = (
        list(selectors.list_notified_after(request.actor, row))
        if row.state in {"decided", "charged", "ordered"}
        else []
    )
    return EntryForm(data, aids=aids, initial={"amount": row.claim().unplanned})


def _life(row: Recovery) -> list[dict[str, str]]:
    """Established, told, decided, taken, settled."""
    labels = ["Constatée", "Notifiée", "Observations", "Décidée", "Imputée ou en recouvrement", "Soldée"]
    place = {"established": 0, "notified": 1, "observed": 2, "decided": 3, "charged": 4, "ordered": 4, "settled": 5}
    if row.state == "waived":
        labels, now = [labels[0], "Abandonnée"], 1
    else:
        now = place[row.state]
    return [
        {"label": label, "status": "done" if rank < now else "now" if rank == now else "next"}
        for rank, label in enumerate(labels)
    ]


def _move(
    request: ActorRequest, row: Recovery, name: str, form: forms.Form, act: Callable[[], Any], told: str
) -> HttpResponse:
    return do(request, form, act, page=row.page(), told=told) or _page(request, row, status=422, **{name: form})


def _opened(request: ActorRequest, recovery_id: uuid.UUID, verb: str) -> Recovery:
    row = selectors.get_recovery(request.actor, recovery_id)
    today = request.now.astimezone(recovering.zone_of(row)).date()
    policies.may_move(request.actor, row, verb, today=today).or_raise()
    return row


@door(writes={"POST"})
def notify(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Open the exchange with the establishment."""
    row, form = _opened(request, recovery_id, "notify"), NotifyForm(request.POST)
    actor, at = request.actor, request.now
    return _move(
        request, row, "notify_form", form,
        lambda: recovering.notify_recovery(actor=actor, recovery_id=row.pk, at=at, **form.cleaned_data),
        "La récupération est notifiée\u202f; la lettre est jointe.",
    )  # fmt: skip


@door(writes={"POST"})
def answer(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Give observations."""
    row, form = _opened(request, recovery_id, "observe"), AnswerForm(request.POST, request.FILES)
    actor, at = request.actor, request.now

    def act() -> object:
        file = form.cleaned_data["file"]
        sent = {"name": file.name, "content": file.read()} if file else {}
        return recovering.answer_recovery(
            actor=actor, recovery_id=row.pk, text=form.cleaned_data["text"], at=at, **sent
        )

    return _move(request, row, "answer_form", form, act, "Vos observations sont transmises.")


@door(writes={"POST"})
def decide(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Decide."""
    row, form = _opened(request, recovery_id, "decide"), DecideForm(request.POST)
    actor, at = request.actor, request.now
    return _move(
        request, row, "decide_form", form,
        lambda: recovering.decide_recovery(actor=actor, recovery_id=row.pk, at=at, **form.cleaned_data),
        "La récupération est décidée\u202f; la lettre est jointe.",
    )  # fmt: skip


@door(writes={"POST"})
def collect(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Take a part on a notification, or ask it by an order."""
    verb = "order" if request.POST.get("way") == "order" else "charge"
    row = _opened(request, recovery_id, verb)
    form, actor, at = _entry_form(request, row, request.POST), request.actor, request.now
    take = recovering.order_recovery if verb == "order" else recovering.charge_recovery
    return _move(
        request, row, "entry_form", form, lambda: take(actor=actor, recovery_id=row.pk, said=form.said(), at=at),
        "Le recouvrement est enregistré\u202f; la lettre est jointe.",
    )  # fmt: skip


@door(writes={"POST"})
def pay(request: ActorRequest, recoveryentry_id: uuid.UUID) -> HttpResponse:
    """Write what was paid of an order."""
    entry = selectors.get_entry(request.actor, recoveryentry_id)
    row, form = _opened(request, entry.recovery_id, "order"), PaymentForm(request.POST)
    actor, at = request.actor, request.now
    return _move(
        request, row, "payment_form", form,
        lambda: recovering.receive_payment(actor=actor, entry_id=entry.pk, at=at, **form.cleaned_data),
        "L’encaissement est enregistré.",
    )  # fmt: skip


@door(writes={"POST"})
def give_up(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Ask a part no more."""
    row = selectors.get_recovery(request.actor, recovery_id)
    policies.may_give_up(request.actor, row).or_raise()
    form, actor, at = GiveUpForm(request.POST, auto_id="give-up-%s"), request.actor, request.now
    return _move(
        request, row, "give_up_form", form,
        lambda: recovering.give_up(actor=actor, recovery_id=row.pk, at=at, **form.cleaned_data),
        "La décision est enregistrée.",
    )  # fmt: skip


@door(writes={"POST"})
def close(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Settle."""
    row = _opened(request, recovery_id, "settle")
    actor, at = request.actor, request.now
    form = forms.Form(request.POST)
    return _move(
        request, row, "close_form", form,
        lambda: recovering.close_recovery(actor=actor, recovery_id=row.pk, at=at), "La récupération est soldée.",
    )  # fmt: skip


@door(writes={"POST"})
def waive(request: ActorRequest, recovery_id: uuid.UUID) -> HttpResponse:
    """Give it up."""
    row, form = _opened(request, recovery_id, "waive"), ReasonForm(request.POST, prefix="waive")
    actor, at = request.actor, request.now
    return _move(
        request, row, "waive_form", form,
        lambda: recovering.waive_recovery(actor=actor, recovery_id=row.pk, at=at, **form.cleaned_data),
        "La récupération est abandonnée.",
    )  # fmt: skip
