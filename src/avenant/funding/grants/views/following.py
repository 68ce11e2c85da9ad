"""The list of aids, and the page of one: what it is, what it waits for, what each may do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_due_in_file, list_events
from avenant.foundations.journal.states import may_advance
from avenant.foundations.messages.selectors import list_told
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.models import Territory
from avenant.funding.grants import forms, policies, selectors
from avenant.funding.grants.models import Agreement, Grant, Instalment
from avenant.funding.grants.selectors import DEFAULT_SORT, GrantSearch, loans
from avenant.funding.grants.services.agreement import today_of
from avenant.funding.grants.tables import grant_sheet
from avenant.funding.grants.wording import articles

PAGE, EXPORTED = 50, 20_000


def _filter(request: ActorRequest) -> forms.GrantFilter:
    territories = [(one.code, one.name) for one in Territory.objects.filter(parent__isnull=False).order_by("name")]
    form = forms.GrantFilter(
        request.GET, calls=selectors.calls_with_grants(request.actor), territories=territories,
        years=selectors.years_with_grants(request.actor),
    )  # fmt: skip
    form.is_valid()
    return form


def _search(request: ActorRequest, form: forms.GrantFilter) -> GrantSearch:
    said = form.cleaned_data
    return GrantSearch(
        call=uuid.UUID(said["appel"]) if said.get("appel") else None, state=said.get("etat", ""),
        territory=said.get("territoire", ""), year=said.get("annee"), text=said.get("texte", ""),
        sort=request.GET.get("tri", DEFAULT_SORT),
    )  # fmt: skip


@door(reads={"GET"})
def grants(request: ActorRequest) -> HttpResponse:
    """The aids that I see."""
    form = _filter(request)
    search = _search(request, form)
    found = Pages(selectors.list_grants(request.actor, search), PAGE)
    page = found.get_page(request.GET.get("page"))
    return render(
        request,
        "grants/grants.html",
        {
            "form": form, "page": page, "rows": list(page), "sort": search.sort,
            "sentence": word_count(found.known, "aide", none="Aucune"),
            "totals": selectors.totals_of(selectors.list_grants(request.actor, search)),
            "reset": request.path if any(form.cleaned_data.values()) else "", "query": request.GET.urlencode(),
            "may_follow": policies.may_scan(request.actor),
        },
    )  # fmt: skip


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The aids that the page shows."""
    rows = selectors.list_grants(request.actor, _search(request, _filter(request)))[:EXPORTED]
    return sheet_response(grant_sheet(rows), form, name="aides", at=request.now)


@door(reads={"GET"})
def grant(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """An aid: its amounts, its agreement, its instalments, its actions, its acts."""
    return grant_page(request, grant_id)


def grant_page(
    request: ActorRequest, grant_id: uuid.UUID, *, status: int = 200, lines: Mapping[uuid.UUID, Any] | None = None,
    **said: Any,
) -> HttpResponse:  # fmt: skip
    """The page of an aid; ``said`` are the forms that an act sends back as they were typed, ``lines`` those of instalments."""
    context = grant_context(request, selectors.get_grant(request.actor, grant_id)) | said
    for line in context["instalments"]:
        line.update((lines or {}).get(line["row"].pk, {}))
    return render(request, "grants/grant.html", context, status=status)


def grant_context(request: ActorRequest, row: Grant) -> dict[str, Any]:
    """What the page of an aid shows, whichever door it came through."""
    actor, today = request.actor, today_of(row, request.now)
    own = actor.organisation_id == row.beneficiary_id
    gaps = selectors.gaps_of(row) if row.state == "awarded" else []
    texts = selectors.list_agreements(row)
    standing = next((one for one in texts if not one.withdrawn_at and not one.signed_on), None)
    actions = list(row.actions.prefetch_related("indicators"))
    instalments = selectors.list_instalments(row)
    waiting = [one for one in instalments if one.after == "invoices" and one.state == "planned"]
    reserves = list(row.reserves.all())
    follows = policies.may_follow(actor, row)
    return {
        "grant": row, "own": own, "today": today, "follows": follows, "gaps": gaps, "texts": texts, "standing": standing,
        "life": life_of(row), "window": selectors.window_of(row), "warnings": selectors.warnings_of(row),
        "actions": actions, "instalments": _lines(row, instalments, reserves, actor, today), "reserves": reserves,
        "past_expenses": list(row.past_expenses.all()) if row.taken_over else [],
        "may_take_over": policies.may_take_over(actor) if row.authority_id == actor.organisation_id else follows,
        "text": articles(standing.content) if standing and not standing.number else [],
        "may_prepare": policies.may_prepare(actor, row),
        "may_open": policies.may_open_agreement(actor, row, gaps),
        "may_resume": may_advance(row, "resume", actor) if follows.allowed else follows,
        "may_sign": policies.may_sign(actor, row, standing, []) if standing else follows,
        "finalise": selectors.may_finalise(standing) if standing else None,
        "may_amend": policies.may_amend(actor, row), "may_reduce": policies.may_reduce(actor, row),
        "may_cancel": policies.may_cancel(actor, row), "cancel_form": forms.ReasonForm(auto_id="cancel_%s"),
        "may_tell_action": policies.may_tell_action(actor, row),
        "sign_form": sign_form(actor, row, standing, initial={"signed_on": today}) if standing else None,
        "indicator_form": forms.IndicatorForm(actions=actions, auto_id="indicator_%s"),
        "amendment_form": forms.AmendmentForm(auto_id="amendment_%s"),
        "reduction_form": forms.ReductionForm(auto_id="reduction_%s"),
        "reserve_form": forms.ReserveForm(auto_id="reserve_%s"),
        "consumption_form": forms.ConsumptionForm(auto_id="consumption_%s", initial={"on": today}),
        "pays_invoices": any(one.after == "invoices" for one in instalments),
        "may_reimburse": policies.may_reimburse(actor, row, waiting),
        "reimbursement_form": forms.ReimbursementForm(auto_id="reimbursement_%s"),
        "account": loans.read_account(actor, row, today=today),
        "resume_form": forms.ReasonForm(auto_id="resume_%s"),
        "told": list_told(actor, row.circle_id, row.page()) if follows.allowed else [],
        "due": list_due_in_file(actor, row.circle_id),
        "journal": list_events(actor, row.circle_id)[:15],
    }  # fmt: skip


def sign_form(
    actor: Any, row: Grant, agreement: Agreement, data: Any = None, files: Any = None, **more: Any
) -> forms.SignForm:
    """The form of a signed copy."""
    return forms.SignForm(
        data, files, agreement=agreement, own=actor.organisation_id == row.beneficiary_id, auto_id="sign_%s",
        scans=selectors.list_scans(agreement), **more,
    )  # fmt: skip


def _lines(row: Grant, rows: list[Instalment], reserves: Any, actor: Any, today: Any) -> list[dict[str, Any]]:
    held = [one.reason for one in reserves if one.lifted_on is None]
    lines = []
    for one in rows:
        documents = {each.code: each for each in one.documents.all()}
        may_send = policies.may_send_document(actor, row, one)
        lines.append(
            {
                "row": one, "needs": [(code, label, documents.get(code)) for code, label in one.needs.items()],
                "payable": selectors.may_be_paid(one, rows, row, held) if one.state == "planned" else None,
                "may_send": may_send, "tone": TONES.get(one.state, ""), "back": BACK.get(one.state, ""),
                "document_form": forms.DocumentForm(instalment=one, auto_id=f"document-{one.number}_%s")
                if may_send.allowed and one.needs else None,
                "payment_form": forms.PaymentForm(auto_id=f"payment-{one.number}_%s", initial={"paid_on": today})
                if one.state == "ordered" else None,
            }
        )  # fmt: skip
    return lines


BACK = {
    "certified": "Retirer la certification", "ordered": "Reprendre l’ordre de paiement", "paid": "Constater le rejet du paiement",
}  # fmt: skip
TONES = {"certified": "warn", "ordered": "warn", "paid": "good", "lapsed": "bad", "cancelled": ""}


def life_of(row: Grant) -> list[dict[str, str]]:
    """The life of an aid."""
    labels = ["Accordée", "Convention à la signature", "En cours", "Soldée"]
    now = {"awarded": 0, "to_sign": 1, "in_force": 2, "closed": 3, "cancelled": 0}[row.state]
    if row.state == "cancelled":
        labels, now = ["Accordée", "Annulée"], 1
    return [
        {"label": label, "status": "done" if rank < now else "now" if rank == now else "next"}
        for rank, label in enumerate(labels)
    ]
