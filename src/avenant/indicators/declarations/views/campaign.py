from __future__ import annotations

import uuid

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render

from avenant.foundations.documents.attachments import sheet_response
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.foundations.paging import Pages, word_count
from avenant.indicators.campaigns import policies
from avenant.indicators.campaigns import selectors as campaign_selectors
from avenant.indicators.campaigns import services as campaign_services
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations import progress, selectors
from avenant.indicators.declarations.forms import CampaignForm, CommitteeForm, DeclarationFilter, ReasonForm
from avenant.indicators.declarations.models import Declaration
from avenant.indicators.declarations.services import opening

PAGE = 30
EXPORTED = 5_000
ACTS = {"ouvrir": "open", "clore": "close", "rouvrir": "reopen"}


@door(reads={"GET"})
def campaigns(request: ActorRequest) -> HttpResponse:
    """The campaigns of my region, and the declarations of my files."""
    form, rows, sort = _asked(request)
    page = Pages(rows, PAGE).get_page(request.GET.get("page"))
    context = {
        "campaigns": campaign_selectors.list_campaigns(request.actor),
        "form": form,
        "page": page,
        "lines": progress.lines_of(page, request.now),
        "columns": [label for _, label in progress.COLUMNS],
        "sort": sort,
        "sentence": word_count(page.paginator.count, "déclaration"),
        "reset": request.path if form.active else "",
        "query": request.GET.urlencode(),
        "may_prepare": policies.may_run_campaigns(request.actor),
    }
    return render(request, "declarations/campaigns.html", context)


@door(reads={"GET"})
def export(request: ActorRequest, kind: str) -> HttpResponse:
    """The declarations that the page shows."""
    sheet = progress.lines_sheet(progress.lines_of(_asked(request)[1][:EXPORTED], request.now))
    return sheet_response(sheet, kind, name="declarations", at=request.now)


def _asked(request: ActorRequest) -> tuple[DeclarationFilter, QuerySet[Declaration], str]:
    """The filter of the address, the declarations it keeps, in the order it asks for."""
    years = [(str(one), str(one)) for one in selectors.list_years(request.actor)]
    form, sort = DeclarationFilter(request.GET, annee=years), request.GET.get("tri", "annee")
    rows = progress.find_declarations(
        request.actor, at=request.now, year=form.wanted("annee") or None, state=form.wanted("etat"),
        search=form.wanted("q"), sort=sort,
    )  # fmt: skip
    return form, rows, sort


@door(reads={"GET"}, writes={"POST"})
def prepare(request: ActorRequest) -> HttpResponse:
    """Prepare the collection of a year."""
    policies.may_run_campaigns(request.actor).or_raise()
    form = CampaignForm(request.POST or None, initial={"year": request.now.year - 1, "opens_on": request.now.date()})
    if request.method == "POST" and form.is_valid():
        campaign = campaign_services.prepare_campaign(actor=request.actor, at=request.now, **form.cleaned_data)
        messages.success(request, f"La campagne {campaign.year} est prête : relisez ses dates, puis ouvrez-la.")
        return redirect(campaign.page())
    return render(request, "declarations/prepare.html", {"form": form})


@door(reads={"GET"})
def campaign(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Progress by service: who has handed in what, who is late, who holds the pen."""
    row = campaign_selectors.get_campaign(request.actor, campaign_id)
    form, board, sort = _board(request, row)
    return render(
        request,
        "declarations/campaign.html",
        {
            "campaign": row,
            "board": board,
            "lines": board.lines,
            "handed": f"{board.handed_in} / {board.total}",
            "columns": [label for _, label in progress.COLUMNS],
            "form": form,
            "sort": sort,
            "sentence": word_count(len(board.lines), "déclaration"),
            "reset": request.path if form.active else "",
            "query": request.GET.urlencode(),
            "acts": [
                (word, row.lifecycle.step(verb), may_advance(row, verb, request.actor)) for word, verb in ACTS.items()
            ],
            "committee_form": CommitteeForm(initial={"committee_on": row.committee_on}),
        },
    )


@door(reads={"GET"})
def export_board(request: ActorRequest, campaign_id: uuid.UUID, kind: str) -> HttpResponse:
    """The progress of a campaign that its page shows."""
    row = campaign_selectors.get_campaign(request.actor, campaign_id)
    _, board, _ = _board(request, row)
    return sheet_response(progress.lines_sheet(board.lines), kind, name=f"campagne-{row.year}", at=request.now)


def _board(request: ActorRequest, row: Campaign) -> tuple[DeclarationFilter, progress.Board, str]:
    form, sort = DeclarationFilter(request.GET), request.GET.get("tri", "service")
    board = progress.board(
        request.actor, row, at=request.now, state=form.wanted("etat"), search=form.wanted("q"), sort=sort
    )
    return form, board, sort


@door(writes={"POST"})
def advance(request: ActorRequest, campaign_id: uuid.UUID, verb: str) -> HttpResponse:
    """Open, close or reopen the collection."""
    if verb not in ACTS:
        raise Http404
    if verb == "ouvrir":
        row = opening.open_campaign(actor=request.actor, campaign_id=campaign_id, at=request.now)
        messages.success(request, f"La campagne {row.year} est ouverte : chaque fournisseur a son échéance.")
        return redirect(row.page())
    form = ReasonForm(request.POST)
    act = opening.close_campaign if verb == "clore" else opening.reopen_campaign
    row = act(actor=request.actor, campaign_id=campaign_id, reason=form.data.get("reason", ""), at=request.now)
    messages.success(request, f"La campagne {row.year} est {row.state_label}.")
    return redirect(row.page())


@door(writes={"POST"})
def move_committee(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Move the first committee, and with it the deadline and the due items."""
    form = CommitteeForm(request.POST)
    row = campaign_selectors.get_campaign(request.actor, campaign_id)
    if form.is_valid():
        row = opening.move_committee(
            actor=request.actor, campaign_id=campaign_id, committee_on=form.cleaned_data["committee_on"], at=request.now
        )
        messages.success(request, "La date du comité et les échéances qui en dépendent ont changé ensemble.")
    else:
        messages.error(request, "Donnez une date de comité : rien n’a changé.")
    return redirect(row.page())
