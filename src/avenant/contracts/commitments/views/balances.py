from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.commitments import pages, policies, printing, selectors, services
from avenant.contracts.commitments.balances import COLUMNS, balances_of, content_of
from avenant.contracts.commitments.forms import CommentForm, FreezeForm, ReasonForm
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting import text_pages
from avenant.contracts.drafting.policies import party_of
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents.attachments import PDF, file_response, sheet_response
from avenant.foundations.doors import ActorRequest, door


@door(reads={"GET"})
def balance(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """The balance of a year by party, firm and optional apart, with the comment of each party."""
    contract = drafting.get_contract(request.actor, contract_id)
    lines = selectors.list_register(request.actor, contract, year, request.now)
    asked = selectors.list_party_years(request.actor, contract, year)
    frozen = selectors.frozen_balance(request.actor, contract, year)
    own = party_of(request.actor, contract)
    mine = next((one.comment for one in asked if own and one.party_id == own.pk), "")
    today = selectors.local_day(contract, request.now)
    held = selectors.list_sessions(request.actor, contract).filter(starts_at__lte=request.now)
    found = balances_of(lines, asked)
    context = {
        "contract": contract,
        "tabs": text_pages.tabs(request.actor, contract),
        "standing": contract.standing(today),
        "year": year,
        "years": selectors.years_of(contract, today),
        "balances": found,
        "has_optional": any(one.optional_total for one in found),
        "firm_columns": COLUMNS[True],
        "optional_columns": COLUMNS[False],
        "frozen": frozen,
        "versions": selectors.list_balances(request.actor, contract, year),
        "may": policies.may_take_part(request.actor, contract),
        "comment_form": CommentForm(initial={"text": mine}),
        "freeze_form": FreezeForm(sessions=held),
        "reason_form": ReasonForm(),
        "over": today.year > year,
    }
    return render(request, "commitments/balance.html", context)


@door(reads={"GET"})
def printed(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """The balance as a PDF: as it was frozen, else as it stands."""
    contract = drafting.get_contract(request.actor, contract_id)
    frozen = selectors.frozen_balance(request.actor, contract, year)
    if frozen is not None:
        content = frozen.content
    else:
        lines = selectors.list_register(request.actor, contract, year, request.now)
        content = content_of(lines, balances_of(lines, selectors.list_party_years(request.actor, contract, year)))
    document = printing.print_balance(contract, year, content, frozen, at=request.now)
    return file_response(document.pdf, name=f"bilan-engagements-{contract.key}-{year}.pdf", media_type=PDF)


@door(reads={"GET"})
def export(request: ActorRequest, contract_id: uuid.UUID, year: int, form: str) -> HttpResponse:
    """The balance as a CSV or a workbook."""
    contract = drafting.get_contract(request.actor, contract_id)
    lines = selectors.list_register(request.actor, contract, year, request.now)
    asked = selectors.list_party_years(request.actor, contract, year)
    sheet = pages.balance_sheet(balances_of(lines, asked))
    return sheet_response(sheet, form, name=f"bilan-engagements-{contract.key}-{year}", at=request.now)


@door(writes={"POST"})
def comment(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """My party comments its year."""
    form = CommentForm(request.POST)
    text = form.cleaned_data["text"] if form.is_valid() else ""
    services.comment_year(actor=request.actor, contract_id=contract_id, year=year, text=text, at=request.now)
    messages.success(request, "Le commentaire de votre organisme est enregistré.")
    return redirect("commitments:balance", contract_id, year)


@door(writes={"POST"})
def freeze(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Freeze the balance as the committee examined it."""
    contract = drafting.get_contract(request.actor, contract_id)
    policies.may_take_part(request.actor, contract).or_raise()
    if year not in selectors.years_of(contract, selectors.local_day(contract, request.now)):
        raise Http404("Cette année n’est pas de celles du contrat.")
    form = FreezeForm(request.POST, sessions=selectors.list_sessions(request.actor, contract))
    try:
        if not form.is_valid():
            raise DomainError("Choisissez la séance qui a examiné le bilan.")
        chosen = form.cleaned_data["session"].pk
        services.freeze_balance(
            actor=request.actor, contract_id=contract_id, year=year, session_id=chosen, at=request.now
        )
        messages.success(request, "Le bilan est arrêté, avec son empreinte.")
    except Refused:
        raise
    except DomainError as error:
        messages.error(request, error.message)
    return redirect("commitments:balance", contract_id, year)


@door(writes={"POST"})
def reopen(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Reopen a frozen balance, with a reason."""
    reason = request.POST.get("reason", "")
    services.reopen_balance(actor=request.actor, contract_id=contract_id, year=year, reason=reason, at=request.now)
    messages.success(request, "Le bilan est rouvert\u202f; la version arrêtée reste lisible.")
    return redirect("commitments:balance", contract_id, year)
