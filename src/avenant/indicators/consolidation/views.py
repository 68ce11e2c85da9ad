from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.contracts.drafting import selectors as contracts
from avenant.foundations.documents import selectors as documents
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.consolidation import pages, policies, selectors, services, tasks
from avenant.indicators.consolidation.forms import ItemForm, StrandForm
from avenant.indicators.consolidation.models import Review, ReviewItem


@door(reads={"GET"})
def region(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """The figures of a region and year, each with its coverage."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    only_dgt = request.GET.get("dgt") == "1"
    return render(
        request,
        "consolidation/region.html",
        {
            "campaign": campaign,
            "strands": pages.region_strands(request.actor, campaign, only_dgt=only_dgt),
            "only_dgt": only_dgt,
            "may_consolidate": policies.may_consolidate(request.actor),
        },
    )


@door(writes={"POST"})
def consolidate(request: ActorRequest, campaign_id: uuid.UUID) -> HttpResponse:
    """Ask for the figures to be made again; the job runs as soon as this act is written."""
    campaign = campaigns.get_campaign(request.actor, campaign_id)
    policies.may_consolidate(request.actor).or_raise()
    tasks.consolidate_campaign.defer(campaign_id=str(campaign.pk))
    messages.success(request, "La consolidation est lancée : les chiffres se mettent à jour dans un instant.")
    return redirect("consolidation:region", campaign_id)


@door(reads={"GET"})
def benchmark(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Where a service stands among the others, who stay anonymous."""
    contract = contracts.get_contract(request.actor, contract_id)
    lines = pages.positions(request.actor, contract, year)
    return render(request, "consolidation/benchmark.html", {"contract": contract, "year": year, "lines": lines})


@door(writes={"POST"})
def open_review(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Start the yearly review of a contract, or find it."""
    return redirect(
        services.open_review(actor=request.actor, contract_id=contract_id, year=year, at=request.now).page()
    )


@door(reads={"GET"})
def review(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """The yearly review: its figures, its words, its decisions, its PDF."""
    row = selectors.get_review(request.actor, review_id)
    return render(request, "consolidation/review.html", _review_context(request, row))


@door(writes={"POST"})
def write_strand(request: ActorRequest, review_id: uuid.UUID, strand: str) -> HttpResponse:
    """Write the qualitative part of one strand."""
    text = request.POST.get("text", "")
    services.write_strand(actor=request.actor, review_id=review_id, strand=strand, text=text)
    messages.success(request, "Le bilan qualitatif du volet est enregistré.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def add_item(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Add a way to improve or a decision."""
    row = selectors.get_review(request.actor, review_id)
    form = ItemForm(request.POST, owners=selectors.list_parties(request.actor, row))
    if not form.is_valid():
        return render(
            request, "consolidation/review.html", _review_context(request, row) | {"item_form": form}, status=422
        )
    kind = ReviewItem.Kind(form.cleaned_data.pop("kind"))
    services.add_item(actor=request.actor, review_id=review_id, kind=kind, content=form.cleaned_data)
    messages.success(request, f"La {kind.label} est ajoutée.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def remove_item(request: ActorRequest, review_id: uuid.UUID, item_id: int) -> HttpResponse:
    """Take a way to improve or a decision back."""
    services.remove_item(actor=request.actor, review_id=review_id, item_id=item_id)
    messages.success(request, "La ligne est retirée.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def sign_off(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Sign the review off."""
    row = services.sign_off_review(actor=request.actor, review_id=review_id, at=request.now)
    messages.success(request, f"Le bilan {row.year} est arrêté ; son PDF se prépare.")
    return redirect(row.page())


@door(writes={"POST"})
def reopen(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Reopen a signed-off review by a decision."""
    reason = request.POST.get("reason", "")
    row = services.reopen_review(actor=request.actor, review_id=review_id, reason=reason, at=request.now)
    messages.success(request, "Le bilan est rouvert ; son ancien PDF reste parmi les documents.")
    return redirect(row.page())


def _review_context(request: ActorRequest, row: Review) -> dict[str, object]:
    actor = request.actor
    items = list(selectors.list_items(actor, row))
    return {
        "review": row,
        "strands": [
            (one, StrandForm(initial={"text": one.text}, auto_id=f"id_{one.strand}_%s"))
            for one in selectors.list_strands(actor, row)
        ],
        "quantitative": selectors.by_strand(selectors.quantitative(actor, row)),
        "improvements": [item for item in items if item.kind == ReviewItem.Kind.IMPROVEMENT],
        "decisions": [item for item in items if item.kind == ReviewItem.Kind.DECISION],
        "item_form": ItemForm(owners=selectors.list_parties(actor, row)),
        "documents": documents.list_documents(actor, row.pk),
        "may_edit": policies.may_edit_review(actor, row),
        "may_sign_off": services.may_sign_off(actor, row),
        "may_reopen": may_advance(row, "reopen", actor),
    }
