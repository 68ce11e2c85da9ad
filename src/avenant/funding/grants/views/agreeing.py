"""The acts on the text of an aid: prepared, opened to signature, printed, signed, amended, reduced."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect

from avenant.foundations.documents.attachments import PDF, file_response
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.grants import forms, policies, selectors, services
from avenant.funding.grants.models import Agreement
from avenant.funding.grants.printing import print_agreement
from avenant.funding.grants.views.following import grant_page, sign_form


@door(writes={"POST"})
def add_indicator(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """An indicator that the dossier lacked."""
    row = selectors.get_grant(request.actor, grant_id)
    policies.may_prepare(request.actor, row).or_raise()
    form = forms.IndicatorForm(request.POST, actions=row.actions.all(), auto_id="indicator_%s")

    def act() -> object:
        said = dict(form.cleaned_data)
        action = uuid.UUID(said.pop("action"))
        return services.add_indicator(actor=request.actor, grant_id=grant_id, action_id=action, at=request.now, **said)

    done = do(request, form, act, page=row.page(), told="L’indicateur est ajouté.")
    return done or grant_page(request, grant_id, status=422, indicator_form=form)


@door(writes={"POST"})
def open_agreement(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """The agreement is made, frozen, and each party is asked to sign it."""
    services.open_agreement(actor=request.actor, grant_id=grant_id, at=request.now)
    messages.success(request, "La convention est arrêtée. Chaque partie est prévenue qu’elle a un exemplaire à signer.")
    return redirect("grants:grant", grant_id)


@door(writes={"POST"})
def resume(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """The agreement is taken back."""
    reason = request.POST.get("reason", "")
    services.resume_agreement(actor=request.actor, grant_id=grant_id, reason=reason, at=request.now)
    messages.success(request, "La convention est reprise. Ce qui a été signé reste au dossier.")
    return redirect("grants:grant", grant_id)


@door(reads={"GET"})
def agreement_pdf(request: ActorRequest, agreement_id: uuid.UUID) -> HttpResponse:
    """The text, typeset, with the mark of each page."""
    row = selectors.get_agreement(request.actor, agreement_id)
    pdf = print_agreement(row, at=request.now).pdf
    return file_response(pdf, name=f"{row.reference.lower()}.pdf", media_type=PDF)


@door(writes={"POST"})
def sign(request: ActorRequest, agreement_id: uuid.UUID) -> HttpResponse:
    """A signed copy comes back; what was typed stays when it cannot be kept."""
    row = selectors.get_agreement(request.actor, agreement_id)
    policies.may_sign(request.actor, row.grant, row, []).or_raise()
    form = sign_form(request.actor, row.grant, row, request.POST, request.FILES)

    def act() -> Agreement:
        return services.take_signatures(
            actor=request.actor, agreement_id=agreement_id, parties=form.cleaned_data["parties"], copy=form.copy(),
            at=request.now,
        )  # fmt: skip

    waiting = "L’exemplaire est au dossier. D’autres signatures sont attendues."
    return do(
        request, form, act, page=row.grant.page(),
        told=lambda made: "Toutes les parties ont signé." if made.signed_on else waiting,
    ) or grant_page(request, row.grant_id, status=422, sign_form=form)  # fmt: skip


@door(writes={"POST"})
def amend(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """An amendment is opened to signature."""
    grant, form = (
        selectors.get_grant(request.actor, grant_id),
        forms.AmendmentForm(request.POST, auto_id="amendment_%s"),
    )
    policies.may_amend(request.actor, grant).or_raise()
    return do(
        request, form,
        lambda: services.open_amendment(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data),
        page=grant.page(), told="L’avenant est arrêté. Chaque partie est prévenue qu’elle a un exemplaire à signer.",
    ) or grant_page(request, grant_id, status=422, amendment_form=form)  # fmt: skip


@door(writes={"POST"})
def withdraw_amendment(request: ActorRequest, agreement_id: uuid.UUID) -> HttpResponse:
    """An amendment that nobody signs any more."""
    reason = request.POST.get("reason", "")
    row = services.withdraw_amendment(actor=request.actor, agreement_id=agreement_id, reason=reason, at=request.now)
    messages.success(request, "L’avenant est retiré.")
    return redirect("grants:grant", row.grant_id)


@door(writes={"POST"})
def reduce(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """An aid is reduced by decision."""
    grant, form = (
        selectors.get_grant(request.actor, grant_id),
        forms.ReductionForm(request.POST, auto_id="reduction_%s"),
    )
    policies.may_reduce(request.actor, grant).or_raise()
    return do(
        request, form,
        lambda: services.reduce(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data),
        page=grant.page(), told="L’aide est réduite. L’établissement est prévenu.",
    ) or grant_page(request, grant_id, status=422, reduction_form=form)  # fmt: skip
