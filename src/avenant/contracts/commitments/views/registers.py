from __future__ import annotations

import uuid
from typing import Any

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from avenant.contracts.commitments import pages, selectors
from avenant.contracts.commitments.balances import balances_of
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting import text_pages
from avenant.contracts.drafting.models import Contract
from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door

PAGE = 50
FOLLOWED = 10


@door(reads={"GET"})
def register(request: ActorRequest, contract_id: uuid.UUID) -> HttpResponse:
    """Who promised what and where it stands in a year: one line for each party that owes a commitment."""
    contract, year, years, lines = _read(request, contract_id)
    form, found, order = pages.find_lines(lines, years, request.GET)
    today = selectors.local_day(contract, request.now)
    context = {
        "contract": contract,
        "tabs": text_pages.tabs(request.actor, contract),
        "standing": contract.standing(today),
        "year": year,
        "balance": balances_of(lines, ()),
        "frozen": selectors.frozen_balance(request.actor, contract, year),
        **_list(request, form, found, order),
    }
    return render(request, "commitments/register.html", context)


@door(reads={"GET"})
def export(request: ActorRequest, contract_id: uuid.UUID, form: str) -> HttpResponse:
    """The register as it is filtered and sorted, as a CSV or a workbook."""
    contract, year, years, lines = _read(request, contract_id)
    _, found, _ = pages.find_lines(lines, years, request.GET)
    sheet = pages.register_sheet(found)
    return sheet_response(sheet, form, name=f"engagements-{contract.key}-{year}", at=request.now)


@door(reads={"GET"})
def mine(request: ActorRequest) -> HttpResponse:
    """What my organisation owes, across its contracts, and where it stands."""
    year, years = _my_year(request)
    lines = selectors.list_mine(request.actor, year, request.now)
    form, found, order = pages.find_lines(lines, years, request.GET)
    context = {"year": year, "any": bool(lines), "held": pages.held(lines), **_list(request, form, found, order)}
    return render(request, "commitments/mine.html", context)


@door(reads={"GET"})
def export_mine(request: ActorRequest, form: str) -> HttpResponse:
    """The same list, as a CSV or a workbook."""
    year, years = _my_year(request)
    _, found, _ = pages.find_lines(selectors.list_mine(request.actor, year, request.now), years, request.GET)
    return sheet_response(pages.register_sheet(found), form, name=f"mes-engagements-{year}", at=request.now)


def _list(request: ActorRequest, form: pages.RegisterFilter, found: list[RegisterLine], order: str) -> dict[str, Any]:
    return {
        "form": form,
        "page": Paginator(found, PAGE).get_page(request.GET.get("page")),
        "sort": order,
        "sentence": pages.word_register(found, active=form.active),
        "reset": f"{request.path}?annee={request.GET.get('annee', '')}" if form.active else "",
        "query": request.GET.urlencode(),
    }


def _read(request: ActorRequest, contract_id: uuid.UUID) -> tuple[Contract, int, list[int], list[RegisterLine]]:
    contract = drafting.get_contract(request.actor, contract_id)
    years = selectors.years_of(contract, selectors.local_day(contract, request.now))
    year = _wanted(request, years)
    return contract, year, years, selectors.list_register(request.actor, contract, year, request.now)


def _wanted(request: ActorRequest, years: list[int]) -> int:
    typed = request.GET.get("annee", "")
    if not typed:
        return years[0]
    if not typed.isdecimal() or int(typed) not in years:
        raise Http404("Cette année n’est pas de celles du contrat.")
    return int(typed)


def _my_year(request: ActorRequest) -> tuple[int, list[int]]:
    this = timezone.localdate(request.now).year
    years = list(range(this, this - FOLLOWED, -1))
    return _wanted(request, years), years
