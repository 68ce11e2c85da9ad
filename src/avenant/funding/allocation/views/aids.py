"""One aid of an envelope: its funder corrects or withdraws it."""

from __future__ import annotations

import uuid

from django import forms
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.allocation import policies, selectors
from avenant.funding.allocation.forms import CorrectAidForm, WithdrawAidForm
from avenant.funding.allocation.models import Aid
from avenant.funding.allocation.services import correcting as services
from avenant.funding.grants.selectors import list_schemes


@door(reads={"GET"})
def aid(request: ActorRequest, envelope_id: uuid.UUID, aid_id: uuid.UUID) -> HttpResponse:
    """One aid of an envelope, and the acts of its funder."""
    row = selectors.find_aid(request.actor, envelope_id, aid_id)
    if row is None:
        raise Http404
    return _page(request, row)


def _mine(request: ActorRequest, envelope_id: uuid.UUID, aid_id: uuid.UUID) -> Aid:
    """The aid, if its funder may change it. Raises when it was withdrawn since its page was opened."""
    row = services.held_aid(request.actor, envelope_id, aid_id)
    policies.may_change_aid(request.actor, row).or_raise()
    return row


def _page(request: ActorRequest, row: Aid, *, status: int = 200, **typed: forms.Form) -> HttpResponse:
    context = {
        "aid": row, "envelope": row.envelope, "may_change": policies.may_change_aid(request.actor, row),
        "correct_form": CorrectAidForm.of(row, schemes=list_schemes(request.actor), prefix="correct"),
        "withdraw_form": WithdrawAidForm(prefix="withdraw"), "mark": services.aid_mark(row),
    }  # fmt: skip
    return render(request, "allocation/aid.html", context | typed, status=status)


@door(writes={"POST"})
def correct(request: ActorRequest, envelope_id: uuid.UUID, aid_id: uuid.UUID) -> HttpResponse:
    """Say an aid of my institution otherwise."""
    row = _mine(request, envelope_id, aid_id)
    form = CorrectAidForm(request.POST, schemes=list_schemes(request.actor), prefix="correct")
    if form.is_valid():
        with refusals_in(form):
            made = services.correct_aid(
                actor=request.actor, envelope_id=envelope_id, aid_id=aid_id, at=request.now, **form.correction()
            )
            messages.success(
                request, "L’aide est corrigée\u202f; le journal de l’enveloppe garde ce qui était inscrit."
            )
            return redirect(made.page())
    return _page(request, row, status=422, correct_form=form)


@door(writes={"POST"})
def withdraw(request: ActorRequest, envelope_id: uuid.UUID, aid_id: uuid.UUID) -> HttpResponse:
    """Take an aid of my institution off its envelope."""
    row, form = _mine(request, envelope_id, aid_id), WithdrawAidForm(request.POST, prefix="withdraw")
    if form.is_valid():
        with refusals_in(form):
            services.withdraw_aid(
                actor=request.actor, envelope_id=envelope_id, aid_id=aid_id, reason=form.cleaned_data["reason"],
                at=request.now,
            )  # fmt: skip
            messages.success(request, "L’aide est retirée de l’enveloppe, qui retrouve son montant.")
            return redirect(row.envelope.page())
    return _page(request, row, status=422, withdraw_form=form)
