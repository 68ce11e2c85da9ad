from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.text import slugify

from avenant.foundations.documents.attachments import CSV, XLSX, file_response
from avenant.foundations.documents.spreadsheets import Sheet, csv_bytes, workbook_bytes
from avenant.foundations.doors import ActorRequest, door
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.models import Declaration
from avenant.indicators.profiles import pages, policies, selectors, services
from avenant.indicators.profiles.models import Profile


@door(reads={"GET"})
def profile(request: ActorRequest, declaration_id: uuid.UUID) -> HttpResponse:
    """The protected profile of the people followed by a cell: what its service keeps, else what it shared."""
    declaration = declarations.get_declaration(request.actor, declaration_id)
    return render(request, "profiles/profile.html", _context(request, declaration))


def _context(request: ActorRequest, declaration: Declaration) -> dict[str, Any]:
    kept, shared = selectors.profiles_of(request.actor, declaration)
    shown = kept or shared
    own = declarations.is_service_of(request.actor, declaration)
    rules = selectors.rules_for(request.actor, declaration.contract)
    safe = kept is not None and kept.persons >= rules.persons and kept.establishments >= rules.establishments
    return {
        "declaration": declaration,
        "profile": shown,
        "kept": kept,
        "shared": shared,
        "views": _views(shown),
        "work": pages.CellWork(shown.dashboard) if shown else None,
        "may_share": policies.may_share(request.actor, own=own, kept=kept is not None, safe=safe),
        "own": own,
        "years": selectors.list_years(request.actor, declaration),
        "withheld": [" × ".join(pages.label_of(name) for name in one) for one in shown.withheld] if shown else [],
    }


def _views(profile: Profile | None) -> list[pages.TableView]:
    if profile is None:
        return []
    return [pages.view_of(one.variables, one.categories, one.cells) for one in profile.tables.all()]


@door(reads={"GET"})
def export(request: ActorRequest, declaration_id: uuid.UUID, kind: str) -> HttpResponse:
    """The tables that the page shows, hidden cells said."""
    declaration = declarations.get_declaration(request.actor, declaration_id)
    kept, shared = selectors.profiles_of(request.actor, declaration)
    if kind not in ("csv", "xlsx") or not (kept or shared):
        raise Http404
    who = declaration.service.short_name
    sheet = pages.spreadsheet(_views(kept or shared), year=declaration.year, who=who)
    return _file(request, sheet, f"profil {declaration.year} {who}", kind)


def _file(request: ActorRequest, sheet: Sheet, name: str, kind: str) -> HttpResponse:
    content = csv_bytes(sheet) if kind == "csv" else workbook_bytes([sheet], title=name, at=request.now)
    return file_response(content, name=f"{slugify(name)}.{kind}", media_type=CSV if kind == "csv" else XLSX)


@door(writes={"POST"})
def share(request: ActorRequest, declaration_id: uuid.UUID) -> HttpResponse:
    """Let the parties read the protected tables."""
    done = services.share_profile(actor=request.actor, declaration_id=declaration_id, at=request.now)
    messages.success(request, "Les parties du contrat lisent maintenant ces tables protégées.")
    if done.unchanged:
        messages.warning(
            request,
            f"Restent telles que partagées la première fois, car la différence parlerait de peu de personnes\u202f: "
            f"{', '.join(done.unchanged)}.",
        )
    return redirect("profiles:profile", declaration_id)


@door(reads={"GET"})
def regional(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The shared profiles of a region put together."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    policies.may_read_region(request.actor).or_raise()
    row = selectors.find_regional(request.actor, campaign)
    content = row.content if row else {}
    context = {
        "campaign": campaign,
        "row": row,
        "views": pages.regional_views(content),
        "work": pages.CellWork(content.get("dashboard", {})),
    }
    return render(request, "profiles/regional.html", context)
