from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import selectors as contracts
from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError
from avenant.domain.french import counted
from avenant.foundations.documents.attachments import XLSX, file_response, sheet_response
from avenant.foundations.documents.spreadsheets import workbook_bytes
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.paging import Pages, word_count
from avenant.foundations.parties.models import Organisation
from avenant.indicators.registers import policies, reading, selectors, services
from avenant.indicators.registers.forms import ActionForm, FileForm, ListFileForm, ListForm, RegisterFilter
from avenant.indicators.registers.models import RegisteredAction

PAGE, EXPORTED = 50, 20_000


@door(reads={"GET"})
def register(request: ActorRequest) -> HttpResponse:
    """The register of my service: its lines, and what they propose for a year."""
    form = _filter(request)
    year = form.cleaned_data.get("annee") or request.now.year - 1
    page = Pages(_filtered(request, form), PAGE).get_page(request.GET.get("page"))
    return render(
        request,
        "registers/register.html",
        {
            "form": form,
            "page": page,
            "sentence": word_count(page.paginator.count, "ligne"),
            "reset": request.path if any(form.cleaned_data.values()) else "",
            "query": request.GET.urlencode(),
            "year": year,
            "proposed": _proposed(request, year),
            "may_keep": policies.may_keep_register(request.actor),
        },
    )


@door(reads={"GET"}, writes={"POST"})
def add(request: ActorRequest) -> HttpResponse:
    """Write one line in the register."""
    policies.may_keep_register(request.actor).or_raise()
    form = ActionForm(request.POST or None, initial={"on": request.now.date()})
    if request.method == "POST" and form.is_valid():
        made = services.register_actions(actor=request.actor, lines=[form.line], at=request.now)
        messages.success(request, "La ligne est inscrite." if made else "Cette ligne était déjà au registre.")
        return redirect("registers:register")
    return render(request, "registers/add.html", {"form": form})


@door(writes={"POST"})
def strike(request: ActorRequest, action_id: uuid.UUID) -> HttpResponse:
    """Take a line out of the register."""
    services.strike_action(actor=request.actor, action_id=action_id)
    messages.success(request, "La ligne est retirée du registre.")
    return redirect("registers:register")


@door(reads={"GET"}, writes={"POST"})
def import_actions(request: ActorRequest) -> HttpResponse:
    """Read a file of lines and show what would be taken; nothing is written."""
    policies.may_keep_register(request.actor).or_raise()
    form = FileForm(request.POST or None, request.FILES or None)
    found = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_in(form, "file"):
            found = reading.read_actions(file.read(), file.name)
    return render(request, "registers/import.html", {"form": form, "found": found})


@door(writes={"POST"})
def confirm_actions(request: ActorRequest) -> HttpResponse:
    """Write the lines that the preview showed."""
    policies.may_keep_register(request.actor).or_raise()
    found = reading.read_actions(request.POST.get("lines", "").encode(), "aperçu")
    made = services.register_actions(actor=request.actor, lines=found.lines, at=request.now)
    known = len(found.lines) - made
    messages.success(request, f"{counted(made, 'ligne inscrite')}, {known} déjà au registre.")
    return redirect("registers:register")


@door(reads={"GET"})
def template(request: ActorRequest) -> HttpResponse:
    """The workbook to fill."""
    content = workbook_bytes([reading.action_sheet()], title="Registre", at=request.now)
    return file_response(content, name="modele-registre.xlsx", media_type=XLSX)


@door(reads={"GET"})
def export(request: ActorRequest, form: str) -> HttpResponse:
    """The lines that the page shows, as a file that can be imported again."""
    rows = _filtered(request, _filter(request))[:EXPORTED]
    sheet = reading.action_sheet(services.line_of(row) for row in rows)
    return sheet_response(sheet, form, name="registre", at=request.now)


@door(reads={"GET"})
def lists(request: ActorRequest) -> HttpResponse:
    """The lists that I see, the matches of my contracts, the totals that lists allow."""
    actor = request.actor
    return render(
        request,
        "registers/lists.html",
        {
            "lists": selectors.list_lists(actor)[:100],
            "matches": [(one, len(selectors.matched_sirets(actor, one))) for one in selectors.list_matches(actor)[:50]],
            "counts": selectors.list_blind_counts(actor)[:50],
            "totals": list(_totals(request)),
            "may_count": policies.may_count_blindly(actor, "trained", asked=False, shared=False),
            "may_import": policies.may_import_list(actor, _kind_of(request)),
        },
    )


@door(reads={"GET"})
def listing(request: ActorRequest, list_id: uuid.UUID) -> HttpResponse:
    """One list, its lines, and what its owner may do with it."""
    actor = request.actor
    row = selectors.get_list(actor, list_id)
    asked, twins = selectors.former_questions(actor, row), selectors.matched_twins(actor, row)
    match = next((one for one in asked if one.listing_id == row.pk), None)
    return render(
        request,
        "registers/list.html",
        {
            "listing": row,
            "page": Pages(selectors.list_lines(actor, row), PAGE).get_page(request.GET.get("page")),
            "match": match,
            "common": frozenset(selectors.matched_sirets(actor, match)) if match else frozenset(),
            "owned": row.owner_id == actor.organisation_id,
            "may_match": policies.may_match(actor, row, asked, twins),
            "may_share": policies.may_share(actor, row),
            "may_discard": policies.may_discard(actor, row, asked),
        },
    )


@door(writes={"POST"})
def act_on_list(request: ActorRequest, list_id: uuid.UUID, verb: str) -> HttpResponse:
    """Ask its match, share it, take it back."""
    if verb == "rapprocher":
        services.ask_match(actor=request.actor, list_id=list_id, at=request.now)
        messages.success(request, "Rapprochement demandé. La réponse s’affichera sur cette page.")
    elif verb == "partager":
        services.share_list(actor=request.actor, list_id=list_id, at=request.now)
        messages.success(request, "La liste est partagée avec les parties au contrat.")
    elif verb == "retirer":
        services.discard_list(actor=request.actor, list_id=list_id)
        messages.success(request, "La liste est retirée.")
        return redirect("registers:lists")
    else:
        raise Http404
    return redirect("registers:list", list_id)


@door(reads={"GET"}, writes={"POST"})
def import_list(request: ActorRequest) -> HttpResponse:
    """Read a file of establishments and show what would be kept; nothing is written."""
    policies.may_import_list(request.actor, _kind_of(request)).or_raise()
    form = ListFileForm(
        request.POST or None,
        request.FILES or None,
        initial={"year": request.now.year - 1, "as_of": f"{request.now.year - 1}-12-31"},
        **_list_choices(request),
    )
    found = None
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        with refusals_in(form, "file"):
            found = reading.read_list(file.read(), file.name)
    return render(request, "registers/list_import.html", {"form": form, "found": found})


@door(writes={"POST"})
def confirm_list(request: ActorRequest) -> HttpResponse:
    """Keep the list that the preview showed."""
    policies.may_import_list(request.actor, _kind_of(request)).or_raise()
    form = ListForm(request.POST, **_list_choices(request))
    if not form.is_valid():
        raise DomainError("Cet aperçu n’est plus lisible : envoyez le fichier de nouveau.")
    found = reading.read_list(request.POST.get("lines", "").encode(), "aperçu")
    made = services.import_list(actor=request.actor, lines=found.lines, at=request.now, **form.said)
    messages.success(
        request, f"Liste enregistrée : {counted(made.size, 'établissement')}. Elle n’est visible que de vous."
    )
    return redirect("registers:list", made.pk)


def _filter(request: ActorRequest) -> RegisterFilter:
    form = RegisterFilter(request.GET)
    form.is_valid()
    return form


def _filtered(request: ActorRequest, form: RegisterFilter) -> QuerySet[RegisteredAction]:
    said = form.cleaned_data
    siret = "".join(said.get("siret", "").split())
    return selectors.list_actions(
        request.actor, year=said.get("annee"), kind=said.get("nature", ""), siret=siret, level=said.get("niveau", ""),
        partner=said.get("partenaire", ""),
    )  # fmt: skip


def _proposed(request: ActorRequest, year: int) -> list[tuple[DefinitionRecord, dict[str, int]]]:
    """The proposals of a year with the indicators of the contracts that ask for them."""
    service = Organisation.objects.get(pk=request.actor.organisation_id)
    values = selectors.proposals(request.actor, service, year)
    asked = {
        record.code: record
        for contract in contracts.list_contracts(request.actor)
        for record in contracts.definitions_of(request.actor, contract, year)
    }
    return [(asked[code], values[code]) for code in sorted(values.keys() & asked.keys())]


def _totals(request: ActorRequest) -> Iterator[dict[str, Any]]:
    """The distinct totals of each contract and year for which lists are known."""
    known = selectors.list_lists(request.actor).exclude(strand="").order_by("-year").values_list(
        "circle_id", "circle__title", "owner", "year"
    )  # fmt: skip
    for circle_id, title, owner, year in dict.fromkeys(known):
        service = Organisation.objects.get(pk=owner)
        totals = selectors.distinct_totals(request.actor, service=service, circle_id=circle_id, year=year)
        yield {"title": title, "year": year, "totals": totals}


def _kind_of(request: ActorRequest) -> str:
    """What my organisation lists: the fund, what it follows; a service, what it did."""
    return "cog" if request.actor.kind is OrganisationKind.FUND else "trained"


def _list_choices(request: ActorRequest) -> dict[str, Any]:
    mine = [(one.circle_id, one.title) for one in contracts.list_contracts(request.actor)]
    return {"contracts": mine, "cog": _kind_of(request) == "cog"}
