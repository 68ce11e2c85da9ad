from __future__ import annotations

import uuid
from itertools import groupby

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from avenant.contracts.drafting import pages, policies, selectors, text_pages
from avenant.contracts.drafting.forms import OperatingModeForm, attachment
from avenant.contracts.drafting.services import collection, promises
from avenant.contracts.drafting.writing_forms import InjunctionForm
from avenant.foundations.documents import selectors as documents
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal import selectors as journal
from avenant.foundations.paging import Pages, word_count

PAGE, EVENTS, EXPORTED = 50, 20, 5_000


@door(reads={"GET"})
def contracts(request: ActorRequest) -> HttpResponse:
    """The contracts to which my organisation is a party."""
    today = timezone.localdate(request.now)
    form, rows, order = pages.find_contracts(request.actor, request.GET, today)
    _, *territories = form.choices_of("territoire")
    found = Paginator(rows, PAGE)
    page = found.get_page(request.GET.get("page"))
    return render(
        request,
        "drafting/contracts.html",
        {
            "form": form,
            "may_prepare": policies.may_prepare(request.actor),
            "page": page,
            "several": len(territories) > 1,
            "lines": [(one, one.standing(today)) for one in page],
            "sort": order,
            "sentence": pages.word_found(found.count, "contrat", active=form.active),
            "reset": request.path if form.active else "",
            "query": request.GET.urlencode(),
        },
    )


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The list as it is filtered and sorted, as a CSV or a workbook."""
    today = timezone.localdate(request.now)
    _, rows, _ = pages.find_contracts(request.actor, request.GET, today)
    return sheet_response(pages.contracts_sheet(rows, today), form, name="contrats", at=request.now)


@door(reads={"GET"})
def contract(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """One contract in a page: how it stands, its years and its parties, what is due, what is beside it."""
    row = selectors.get_contract(request.actor, contract_id)
    context = text_pages.summary(request.actor, row, timezone.localdate(request.now))
    context |= {
        "injunction_form": InjunctionForm(auto_id="injunction_%s"),
        "due": journal.list_due_in_file(request.actor, row.circle_id),
    }
    return render(request, "drafting/contract.html", context)


@door(reads={"GET"})
def show_journal(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The papers of a contract and all that happened in its file, newest first."""
    row = selectors.get_contract(request.actor, contract_id)
    form, rows = pages.find_events(request.actor, row, request.GET)
    events = Pages(rows, EVENTS)
    context = {
        "contract": row,
        "tabs": text_pages.tabs(request.actor, row),
        "standing": row.standing(timezone.localdate(request.now)),
        "documents": documents.list_documents(request.actor, row.pk),
        "events": events.get_page(request.GET.get("page")),
        "form": form,
        "sentence": word_count(events.count, "fait", none="Aucun"),
        "reset": request.path if form.active else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "drafting/journal.html", context)


@door(reads={"GET"})
def export_journal(request: ActorRequest, contract_id: uuid.UUID, form: str) -> HttpResponse:
    """What happened in the file of a contract, as the page filters it."""
    row = selectors.get_contract(request.actor, contract_id)
    _, rows = pages.find_events(request.actor, row, request.GET)
    return sheet_response(pages.events_sheet(rows[:EXPORTED]), form, name="journal", at=request.now)


@door(reads={"GET"})
def indicators(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """What the contract promises to measure, and how it is collected."""
    row = selectors.get_contract(request.actor, contract_id)
    lines = pages.promise_lines(request.actor, row, today=timezone.localdate(request.now))
    mode = selectors.operating_mode(request.actor, row)
    return render(
        request,
        "drafting/indicators.html",
        {
            "contract": row,
            "tabs": text_pages.tabs(request.actor, row),
            "catalogue_address": f"{reverse('catalogue:definitions')}?contrat={row.pk}",
            "strands": [(name, list(items)) for name, items in groupby(lines, lambda one: one.definition.strand)],
            "count": len(lines),
            "proposed": sum(line.promise.proposed for line in lines),
            "overdue": sum(line.is_late for line in lines),
            "mode": mode,
            "may_change": policies.may_change_indicators(request.actor, row),
            "may_confirm": policies.may_confirm(request.actor, row),
            "may_settle": policies.may_settle_operating_mode(request.actor, row),
            "may_agree": policies.may_agree(request.actor, mode.row, row),
        },
    )


@door(writes={"POST"})
def confirm(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """My party confirms proposed indicators."""
    chosen = [int(key) for key in request.POST.getlist("promise") if key.isdecimal()]
    settled = promises.confirm_indicators(
        actor=request.actor,
        contract_id=contract_id,
        promise_ids=None if "all" in request.POST else chosen,
        at=request.now,
    )
    messages.success(request, pages.word_confirmed(len(settled)))
    return redirect("drafting:indicators", contract_id)


@door(reads={"GET"}, writes={"POST"})
def operating_mode(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """The operating mode that the fund and the service share."""
    row = selectors.get_contract(request.actor, contract_id)
    mode = selectors.operating_mode(request.actor, row)
    form = OperatingModeForm(request.POST or None, request.FILES or None, initial=pages.mode_initial(mode))
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        collection.propose_operating_mode(
            actor=request.actor,
            contract_id=contract_id,
            text=typed["text"],
            tasks=typed["tasks"],
            committee_on=typed["committee_on"],
            document=attachment(typed, "document"),
            at=request.now,
        )
        messages.success(request, "Le mode opératoire est proposé\u202f: il attend l’accord de l’autre partie.")
        return redirect("drafting:indicators", contract_id)
    may = policies.may_settle_operating_mode(request.actor, row)
    return render(request, "drafting/operating_mode.html", {"contract": row, "mode": mode, "form": form, "may": may})


@door(writes={"POST"})
def agree(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """My side agrees to the operating mode as it stands."""
    collection.agree_operating_mode(actor=request.actor, contract_id=contract_id, at=request.now)
    messages.success(request, "Le mode opératoire commun est arrêté par la caisse et le service.")
    return redirect("drafting:indicators", contract_id)
