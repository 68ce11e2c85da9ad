from __future__ import annotations

import uuid

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import Contract
from avenant.foundations.documents.attachments import CSV, JSON, XLSX, file_response, named_response
from avenant.foundations.documents.spreadsheets import Sheet, csv_bytes, workbook_bytes
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import exports, pages, policies, regional_base, selectors, services, tasks
from avenant.indicators.consolidation.forms import CockpitFilterForm, DecisionForm, FigureFilterForm
from avenant.indicators.consolidation.selectors.cockpit import STATES, cockpit, spread_of, with_missing

COCKPIT_PAGE = 50


@door(reads={"GET"})
def region(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The figures of a region and year, each with its coverage."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    asked = pages.FigureFilter.of(request.GET.dict())
    lines = pages.region_lines(request.actor, campaign, asked)
    context = {
        "campaign": campaign,
        "consolidation": selectors.find_consolidation(request.actor, campaign),
        "strands": pages.by_strand(lines),
        "sentence": _found(len(lines)),
        "form": FigureFilterForm(request.GET),
        "sort": asked.sort,
        "reset": request.path if asked.active else "",
        "query": request.GET.urlencode(),
        "exports": selectors.list_exports(request.actor, campaign)[:3],
        "may_consolidate": policies.may_consolidate(request.actor),
    }
    return render(request, "consolidation/region.html", context)


def _found(count: int) -> str:
    return f"{count or 'Aucun'} indicateur{'s' if count > 1 else ''}"


@door(writes={"POST"})
def consolidate(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Ask for the figures to be made again; the job runs as soon as this act is written."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    policies.may_consolidate(request.actor).or_raise()
    tasks.consolidate_campaign.defer(campaign_id=str(campaign.pk))
    messages.success(request, "La consolidation est lancée : les chiffres se mettent à jour dans un instant.")
    return redirect("consolidation:region", campaign_id)


@door(reads={"GET"})
def export_region(request: ActorRequest, campaign_id: uuid.UUID, kind: str) -> HttpResponse:
    """The figures that the page shows with the same filters, as a file."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    lines = pages.region_lines(request.actor, campaign, pages.FigureFilter.of(request.GET.dict()))
    sheet = exports.region_sheet(request.actor, campaign, lines)
    return _file(request, kind, [sheet], f"{campaign.territory_id}-indicateurs-{campaign.year}")


@door(reads={"GET"})
def export_national(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """What the DGT and the CNAM ask for: starred indicators and annex 4, by service and for the region."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    sheets = exports.national_sheets(request.actor, campaign)
    return _file(request, "xlsx", sheets, f"{campaign.territory_id}-enquete-dgt-annexe-4-{campaign.year}")


@door(reads={"GET"})
def export_base(request: ActorRequest, campaign_id: uuid.UUID, kind: str) -> HttpResponse:
    """What feeds the regional base and the regional dashboard: one line an indicator, service and year, nothing personal."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    lines = regional_base.list_lines(request.actor, campaign)
    name = f"{campaign.territory_id}-base-regionale-{campaign.year}"
    if kind != "json":
        return _file(request, kind, [regional_base.base_sheet(campaign, lines)], name)
    consolidation = selectors.find_consolidation(request.actor, campaign)
    content = regional_base.base_json(campaign, lines, made=consolidation.at if consolidation else None)
    return file_response(content, name=f"{name}-confidentiel.json", media_type=JSON)


@door(writes={"POST"})
def ask_export(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Ask for the workbook of the last five years; a job makes it."""
    export = services.ask_export(actor=request.actor, campaign_id=campaign_id, at=request.now)
    return redirect("consolidation:export", export.pk)


@door(reads={"GET"})
def export(request: ActorRequest, export_id: uuid.UUID) -> HttpResponse:
    """How far a long export is, then its file."""
    row = selectors.get_export(request.actor, export_id)
    template = "consolidation/export.html#state" if request.htmx else "consolidation/export.html"
    return render(request, template, {"export": row})


@door(reads={"GET"})
def indicator(request: ActorRequest, campaign_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """One indicator of the region: the services by name, its trend, the decisions that it motivated."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    figure = selectors.get_figure(request.actor, campaign, definition_id)
    lines = pages.named_lines(request.actor, campaign, figure.definition)
    form = DecisionForm(contracts=[line.contract for line in lines])
    return render(
        request, "consolidation/indicator.html", _indicator(request, campaign, figure.definition, form, lines)
    )


@door(writes={"POST"})
def decide(request: ActorRequest, campaign_id: uuid.UUID, definition_id: uuid.UUID) -> HttpResponse:
    """Record a decision of reorientation in the reviews of some contracts."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    record = selectors.get_figure(request.actor, campaign, definition_id).definition
    lines = pages.named_lines(request.actor, campaign, record)
    form = DecisionForm(request.POST, contracts=[line.contract for line in lines])
    if not form.is_valid():
        context = _indicator(request, campaign, record, form, lines)
        return render(request, "consolidation/indicator.html", context, status=422)
    chosen: list[Contract] = list(form.cleaned_data["contracts"])
    services.decide_on_indicator(
        actor=request.actor,
        contract_ids=[one.pk for one in chosen],
        year=campaign.year,
        reorientation=form.reorientation(record),
        at=request.now,
    )
    messages.success(request, "La décision est consignée : le prochain bilan dira ce qu’elle est devenue.")
    return redirect("consolidation:indicator", campaign_id, definition_id)


def _indicator(
    request: ActorRequest,
    campaign: Campaign,
    record: DefinitionRecord,
    form: DecisionForm,
    lines: list[pages.NamedLine],
) -> dict[str, object]:
    actor = request.actor
    keys = (f"{campaign.year}:named:{record.code}", f"trend:{record.code}")
    charts = [selectors.find_chart(actor, campaign.circle_id, key) for key in keys]
    return {
        "campaign": campaign,
        "record": record,
        "line": pages.figure_line(selectors.get_figure(actor, campaign, record.pk)),
        "lines": lines,
        "charts": [chart for chart in charts if chart],
        "decisions": selectors.list_decisions_on(actor, record),
        "form": form,
        "may_decide": policies.may_write_review(actor),
    }


@door(reads={"GET"})
def show_cockpit(request: ActorRequest) -> HttpResponse:
    """Every contract of the region on one line."""
    policies.may_read_cockpit(request.actor).or_raise()
    year, years, asked = _asked(request)
    today = timezone.localdate(request.now)
    lines = cockpit(request.actor, year, today=today, **asked)
    page = Paginator(lines, COCKPIT_PAGE).get_page(request.GET.get("page"))
    if asked["sort"].removeprefix("-") != "manquants":
        page.object_list = with_missing(request.actor, page.object_list, year, today)
    regions, kinds = spread_of(request.actor)
    context = {
        "page": page,
        "count": len(lines),
        "year": year,
        "years": years,
        "several": len(regions) > 1,
        "kinds": len(kinds) > 1,
        "form": CockpitFilterForm(request.GET, states=STATES.items(), regions=regions),
        "sort": asked["sort"],
        "reset": f"{request.path}?annee={year}" if any(asked[one] for one in asked if one != "sort") else "",
        "query": request.GET.urlencode(),
    }
    return render(request, "consolidation/cockpit.html", context)


@door(reads={"GET"})
def export_cockpit(request: ActorRequest, kind: str) -> HttpResponse:
    """The cockpit with the same filters, as a file."""
    policies.may_read_cockpit(request.actor).or_raise()
    year, _, asked = _asked(request)
    today = timezone.localdate(request.now)
    lines = with_missing(request.actor, cockpit(request.actor, year, today=today, **asked), year, today)
    sheet = exports.cockpit_sheet(lines, year=year, at=request.now)
    return _file(request, kind, [sheet], f"{request.actor.territory}-contrats-{year}")


def _asked(request: ActorRequest) -> tuple[int, list[Campaign], dict[str, str]]:
    """The year, the campaigns there are, and the filters of the address."""
    year, years = _year(request)
    read = {
        "state": "etat", "standing": "contrat", "kind": "nature", "territory": "region", "search": "q", "sort": "tri",
    }  # fmt: skip
    asked = {name: request.GET.get(key, "").strip() for name, key in read.items()}
    return year, years, {**asked, "sort": asked["sort"] or "suivi"}


def _year(request: ActorRequest) -> tuple[int, list[Campaign]]:
    """The reference year asked for, or the last campaign's; and the campaigns there are."""
    rows = list(campaigns.list_campaigns(request.actor).filter(territory_id=request.actor.territory))
    asked = request.GET.get("annee", "")
    last = rows[0].year if rows else request.now.year - 1
    return (int(asked) if asked.isdecimal() and len(asked) == 4 else last), rows


def _file(request: ActorRequest, kind: str, sheets: list[Sheet], name: str) -> HttpResponse:
    """A CSV of the first sheet, or an XLSX of all."""
    if kind not in ("csv", "xlsx"):
        raise Http404
    content = csv_bytes(sheets[0]) if kind == "csv" else workbook_bytes(sheets, title=name, at=request.now)
    return named_response(content, name=f"{name}.{kind}", media_type=CSV if kind == "csv" else XLSX)
