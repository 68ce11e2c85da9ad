"""The acts on instalments: documents, reserves, certification, orders, payments; and the follow-up of the aid."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.documents.services import MAX_BYTES
from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.funding.grants import forms, policies, selectors, services
from avenant.funding.grants.models import Instalment
from avenant.funding.grants.selectors import PaymentSearch
from avenant.funding.grants.tables import order_sheet, payment_sheet
from avenant.funding.grants.views.following import EXPORTED, PAGE, grant_page


def _search(request: ActorRequest, form: forms.PaymentFilter) -> PaymentSearch:
    form.is_valid()
    said = form.cleaned_data
    return PaymentSearch(said.get("etat", ""), said.get("texte", ""), request.GET.get("tri", "prevu"))


@door(reads={"GET"})
def payments(request: ActorRequest) -> HttpResponse:
    """What my authority has to pay, and has paid."""
    policies.may_scan(request.actor).or_raise()
    form = forms.PaymentFilter(request.GET)
    search = _search(request, form)
    rows = selectors.list_payments(request.actor, search)
    certified = selectors.list_payments(request.actor, PaymentSearch(state="certified", sort="nom"))
    found = Pages(rows, PAGE)
    page = found.get_page(request.GET.get("page"))
    return render(
        request,
        "grants/payments.html",
        {
            "form": form, "page": page, "rows": list(page), "query": request.GET.urlencode(),
            "sentence": word_count(found.known, "versement", none="Aucun"), "sort": search.sort,
            "reset": request.path if any(form.cleaned_data.values()) else "",
            "total": selectors.sum_of_payments(rows), "certified": list(certified),
            "to_order": selectors.sum_of_payments(certified),
            "orders": selectors.list_orders(request.actor), "today": timezone.localdate(request.now),
        },
    )  # fmt: skip


@door(reads={"GET"})
def export_payments(request: ActorRequest, form: str) -> HttpResponse:
    """The instalments that the page shows."""
    policies.may_scan(request.actor).or_raise()
    rows = selectors.list_payments(request.actor, _search(request, forms.PaymentFilter(request.GET)))[:EXPORTED]
    return sheet_response(payment_sheet(rows), form, name="versements", at=request.now)


@door(writes={"POST"})
def order(request: ActorRequest) -> HttpResponse:
    """The certified instalments that I choose leave in one order."""
    try:
        chosen = [uuid.UUID(one) for one in request.POST.getlist("instalment")]
    except ValueError:
        raise Http404 from None
    number = services.order(actor=request.actor, instalment_ids=chosen, at=request.now)
    messages.success(request, f"L’ordre de paiement {number} est prêt : téléchargez-le pour le comptable.")
    return redirect("grants:payments")


@door(reads={"GET"})
def order_file(request: ActorRequest, number: str, form: str) -> HttpResponse:
    """A payment order for the accountant."""
    rows = selectors.list_ordered(request.actor, number)
    if not rows:
        raise Http404
    return sheet_response(order_sheet(number, rows), form, name=f"ordre-{number.lower()}", at=request.now)


@door(writes={"POST"})
def send_document(request: ActorRequest, instalment_id: uuid.UUID) -> HttpResponse:
    """A document that an instalment waits for."""
    one = selectors.get_instalment(request.actor, instalment_id)
    policies.may_send_document(request.actor, one.grant, one).or_raise()
    form = forms.DocumentForm(request.POST, request.FILES, instalment=one, auto_id=f"document-{one.number}_%s")

    def act() -> object:
        file = form.cleaned_data["file"]
        return services.receive_document(
            actor=request.actor, instalment_id=instalment_id, code=form.cleaned_data["code"], name=file.name,
            content=file.read(MAX_BYTES + 1), at=request.now,
        )  # fmt: skip

    done = do(request, form, act, page=one.page(), told="Le document est envoyé.", field="file")
    return done or _again(request, one, document_form=form)


def _again(request: ActorRequest, one: Instalment, **typed: Form) -> HttpResponse:
    """The page of the aid, with what was typed for one instalment."""
    return grant_page(request, one.grant_id, status=422, lines={one.pk: typed})


@door(writes={"POST"})
def judge_document(request: ActorRequest, instalment_id: uuid.UUID) -> HttpResponse:
    """A document is accepted, or refused with its reason."""
    said = request.POST
    row = services.judge_document(
        actor=request.actor, instalment_id=instalment_id, code=said.get("code", ""),
        accepted=said.get("verdict") == "accepted", reason=said.get("reason", ""), at=request.now,
    )  # fmt: skip
    messages.success(request, f"Le document est {row.get_verdict_display()}.")
    return redirect(row.instalment.page())


@door(writes={"POST"})
def reserve(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """The instalments wait."""
    policies.may_follow(request.actor, selectors.get_grant(request.actor, grant_id)).or_raise()
    form = forms.ReserveForm(request.POST, auto_id="reserve_%s")
    return do(
        request, form,
        lambda: services.raise_reserve(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data),
        page=reverse("grants:grant", args=[grant_id]),
        told="La réserve est émise : les versements attendent qu’elle soit levée.",
    ) or grant_page(request, grant_id, status=422, reserve_form=form)  # fmt: skip


@door(writes={"POST"})
def lift_reserve(request: ActorRequest, grant_id: uuid.UUID, reserve_id: uuid.UUID) -> HttpResponse:
    """They wait no more."""
    services.lift_reserve(actor=request.actor, grant_id=grant_id, reserve_id=reserve_id, at=request.now)
    messages.success(request, "La réserve est levée.")
    return redirect("grants:grant", grant_id)


@door(writes={"POST"})
def certify(request: ActorRequest, instalment_id: uuid.UUID) -> HttpResponse:
    """The service is certified."""
    one = services.certify(actor=request.actor, instalment_id=instalment_id, at=request.now)
    messages.success(request, "Le service fait est certifié : le versement peut être ordonnancé.")
    return redirect(one.page())


@door(writes={"POST"})
def uncertify(request: ActorRequest, instalment_id: uuid.UUID) -> HttpResponse:
    """The certification is taken back, or the order that left, or a payment that bounced."""
    reason = request.POST.get("reason", "")
    one = selectors.get_instalment(request.actor, instalment_id)
    act = {"ordered": services.take_order_back, "paid": services.bounce}.get(one.state, services.uncertify)
    act(actor=request.actor, instalment_id=instalment_id, reason=reason, at=request.now)
    told = {"ordered": "L’ordre est repris", "paid": "Le rejet du paiement est enregistré"}
    back = f"{told.get(one.state, 'La certification est retirée')}, avec son motif."
    messages.success(request, back)
    return redirect(one.page())


@door(writes={"POST"})
def record_payment(request: ActorRequest, instalment_id: uuid.UUID) -> HttpResponse:
    """The accountant has paid."""
    one = selectors.get_instalment(request.actor, instalment_id)
    policies.may_follow(request.actor, one.grant).or_raise()
    form, at = forms.PaymentForm(request.POST, auto_id=f"payment-{one.number}_%s"), request.now
    return do(
        request, form,
        lambda: services.record_payment(actor=request.actor, instalment_id=instalment_id, at=at, **form.cleaned_data),
        page=one.page(), told="Le paiement est enregistré. L’établissement est prévenu.", field="paid_on",
    ) or _again(request, one, payment_form=form)  # fmt: skip


@door(writes={"POST"})
def reimburse(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """A total typed by hand, with its reason: what it gives before the balance."""
    policies.may_follow(request.actor, selectors.get_grant(request.actor, grant_id)).or_raise()
    form = forms.ReimbursementForm(request.POST, auto_id="reimbursement_%s")
    return do(
        request, form,
        lambda: services.reimburse_by_hand(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data),
        page=reverse("grants:grant", args=[grant_id]), field="compliant",
        told=lambda made: f"Le versement {made.number} est de {format_euros(made.amount)}.",
    ) or grant_page(request, grant_id, status=422, reimbursement_form=form)  # fmt: skip


@door(writes={"POST"})
def tell_action(request: ActorRequest, grant_id: uuid.UUID, grantedaction_id: uuid.UUID) -> HttpResponse:
    """An action is carried out, or given up."""
    form = forms.ActionForm(request.POST)
    if request.POST.get("act") == "abandon":
        services.abandon_action(
            actor=request.actor, grant_id=grant_id, action_id=grantedaction_id, reason=request.POST.get("reason", ""),
            at=request.now,
        )  # fmt: skip
        messages.success(request, "L’action est abandonnée. L’autorité est prévenue.")
    else:
        if not form.is_valid():
            raise DomainError("Cette date ne se lit pas : rien n’est changé.", code="day")
        services.complete_action(
            actor=request.actor, grant_id=grant_id, action_id=grantedaction_id, done_on=form.cleaned_data["done_on"],
            at=request.now,
        )  # fmt: skip
        messages.success(request, "L’action est réalisée.")
    return redirect("grants:grant", grant_id)


@door(writes={"POST"})
def note_consumption(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """What the last statement tells."""
    policies.may_follow(request.actor, selectors.get_grant(request.actor, grant_id)).or_raise()
    form = forms.ConsumptionForm(request.POST, auto_id="consumption_%s")
    return do(
        request, form,
        lambda: services.note_consumption(actor=request.actor, grant_id=grant_id, at=request.now, **form.cleaned_data),
        page=reverse("grants:grant", args=[grant_id]), told="La consommation est enregistrée.",
    ) or grant_page(request, grant_id, status=422, consumption_form=form)  # fmt: skip
