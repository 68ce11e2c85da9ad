from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from avenant.contracts.drafting import selectors as contracts
from avenant.foundations.documents import selectors as documents
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.states import may_advance
from avenant.foundations.meetings import selectors as meetings
from avenant.foundations.meetings.policies import may_decide
from avenant.indicators.consolidation import policies, selectors, services
from avenant.indicators.consolidation.forms import CommentForm, FollowUpForm, ItemForm, SessionDecisionForm, StrandForm
from avenant.indicators.consolidation.models import Review, ReviewItem


@door(writes={"POST"})
def open_review(request: ActorRequest, contract_id: uuid.UUID, year: int) -> HttpResponse:
    """Start the yearly review of a contract, or find it."""
    return redirect(
        services.open_review(actor=request.actor, contract_id=contract_id, year=year, at=request.now).page()
    )


@door(reads={"GET"})
def review(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """The yearly review: its figures, its words, its decisions, its PDF."""
    return _page(request, selectors.get_review(request.actor, review_id))


@door(writes={"POST"})
def write_strand(request: ActorRequest, review_id: uuid.UUID, strand: str) -> HttpResponse:
    """Write the qualitative part of one strand: by its button, or as one types."""
    text, seen = request.POST.get("text", ""), request.POST.get("seen")
    try:
        row = services.write_strand(
            actor=request.actor, review_id=review_id, strand=strand, text=text, seen=seen, at=request.now
        )
    except services.StaleText as stale:
        if request.htmx:
            raise
        context = {"stale": stale, "typed": {strand: text}}
        return _page(request, selectors.get_review(request.actor, review_id), status=409, **context)
    if request.htmx:
        return render(
            request,
            "consolidation/review.html#saved",
            {"one": row, "version": services.text_version(row), "swap": True},
        )
    messages.success(request, "Le bilan qualitatif du volet est enregistré.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def add_item(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Add a way to improve or a decision."""
    row = selectors.get_review(request.actor, review_id)
    form = _item_form(request, row, request.POST)
    if not form.is_valid():
        return _page(request, row, status=422, item_form=form)
    kind = ReviewItem.Kind(form.cleaned_data["kind"])
    services.add_item(actor=request.actor, review_id=review_id, kind=kind, content=form.content())
    messages.success(request, f"La {kind.label} est ajoutée.")
    return redirect("consolidation:review", review_id)


@door(reads={"GET"}, writes={"POST"})
def edit_item(request: ActorRequest, review_id: uuid.UUID, item_id: int) -> HttpResponse:
    """Change a way to improve or a decision."""
    row, item = selectors.get_review(request.actor, review_id), selectors.get_item(request.actor, item_id)
    policies.may_edit_item(request.actor, item).or_raise()
    form = _item_form(request, row, request.POST or None, initial=_initial(item))
    del form.fields["kind"]
    if request.method == "POST" and form.is_valid():
        services.edit_item(actor=request.actor, item_id=item_id, content=form.content())
        messages.success(request, "La ligne du bilan est modifiée.")
        return redirect("consolidation:review", review_id)
    status = 422 if form.errors else 200
    return render(request, "consolidation/item.html", {"review": row, "item": item, "form": form}, status=status)


@door(reads={"GET"}, writes={"POST"})
def reorient(request: ActorRequest, session_id: uuid.UUID) -> HttpResponse:
    """Decide, in a session, a reorientation that an indicator of the contract motivated."""
    session = meetings.get_session(request.actor, session_id)
    may_decide(request.actor, session).or_raise()
    contract, year = selectors.find_contract(request.actor, session), selectors.looks_back_on(session)
    definitions = contracts.definitions_of(request.actor, contract, year)
    form = SessionDecisionForm(request.POST or None, definitions=definitions)
    asked, rank = request.GET.get("item", ""), request.GET.get("point", "")
    if request.method == "POST" and form.is_valid():
        point = int(asked) if asked.isdecimal() else None
        reorientation = form.reorientation(form.cleaned_data["definition"])
        services.decide_in_session(
            actor=request.actor, session_id=session_id, reorientation=reorientation, at=request.now, point_id=point
        )
        messages.success(request, f"La décision est consignée au compte rendu et au bilan {year}.")
        reading = reverse("meetings:reading", args=[session_id])
        return redirect(f"{reading}?point={rank}" if rank.isdecimal() else session.page())
    context = {"session": session, "contract": contract, "year": year, "form": form}
    return render(request, "consolidation/reorient.html", context, status=422 if form.errors else 200)


@door(writes={"POST"})
def remove_item(request: ActorRequest, review_id: uuid.UUID, item_id: int) -> HttpResponse:
    """Take a way to improve or a decision back."""
    services.remove_item(actor=request.actor, review_id=review_id, item_id=item_id)
    messages.success(request, "La ligne est retirée.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def follow_up(request: ActorRequest, review_id: uuid.UUID, item_id: int) -> HttpResponse:
    """Say what became of a decision of a former review."""
    row, form = selectors.get_review(request.actor, review_id), FollowUpForm(request.POST)
    if not form.is_valid():
        return _page(request, row, status=422)
    services.follow_up_item(actor=request.actor, item_id=item_id, at=request.now, **form.cleaned_data)
    messages.success(request, "La suite donnée est enregistrée.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def comment(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Say something of the review to its other parties."""
    services.comment_review(actor=request.actor, review_id=review_id, text=request.POST.get("text", ""), at=request.now)
    messages.success(request, "Votre commentaire est enregistré : les autres parties le lisent.")
    return redirect("consolidation:review", review_id)


@door(writes={"POST"})
def sign_off(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Sign the review off."""
    row = services.sign_off_review(actor=request.actor, review_id=review_id, at=request.now)
    messages.success(request, f"Le bilan {row.year} est arrêté ; son PDF se prépare.")
    return redirect(row.page())


@door(writes={"POST"})
def reopen(request: ActorRequest, review_id: uuid.UUID) -> HttpResponse:
    """Reopen a signed-off review by a decision."""
    reason = request.POST.get("reason", "")
    row = services.reopen_review(actor=request.actor, review_id=review_id, reason=reason, at=request.now)
    messages.success(request, "Le bilan est rouvert ; son ancien PDF reste parmi les documents.")
    return redirect(row.page())


def _page(request: ActorRequest, row: Review, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page of a review; ``typed`` are the texts that were not taken, by strand."""
    actor, typed = request.actor, more.get("typed", {})
    items = list(selectors.list_items(actor, row))
    context = {
        "review": row,
        "strands": [
            (
                one,
                StrandForm(initial={"text": typed.get(one.strand, one.text)}, auto_id=f"id_{one.strand}_%s"),
                services.text_version(one),
            )
            for one in selectors.list_strands(actor, row)
        ],
        "quantitative": selectors.by_strand(selectors.quantitative(actor, row)),
        "charts": selectors.list_review_charts(actor, row),
        "improvements": [item for item in items if item.kind == ReviewItem.Kind.IMPROVEMENT],
        "decisions": [item for item in items if item.kind == ReviewItem.Kind.DECISION],
        "followed_up": [(item, _follow_up_form(item)) for item in selectors.list_followed_up(actor, row)],
        "comments": selectors.list_comments(actor, row),
        "comment_form": CommentForm(),
        "documents": documents.list_documents(actor, row.pk),
        "may_edit": policies.may_edit_review(actor, row),
        "may_follow_up": policies.may_follow_up(actor),
        "may_comment": policies.may_comment_review(actor),
        "may_sign_off": services.may_sign_off(actor, row),
        "may_reopen": may_advance(row, "reopen", actor),
    }
    if "item_form" not in more:
        context["item_form"] = _item_form(request, row)
    return render(request, "consolidation/review.html", context | more, status=status)


def _item_form(request: ActorRequest, row: Review, typed: Any = None, **more: Any) -> ItemForm:
    owners = selectors.list_parties(request.actor, row)
    definitions = contracts.definitions_of(request.actor, row.contract, row.year)
    return ItemForm(typed, owners=owners, definitions=definitions, **more)


def _initial(item: ReviewItem) -> dict[str, object]:
    names = ("text", "action", "definition", "finding", "owner", "due_on", "progress")
    return {name: getattr(item, name) for name in names}


def _follow_up_form(item: ReviewItem) -> FollowUpForm:
    initial = {"progress": item.progress, "outcome": item.outcome}
    return FollowUpForm(initial=initial, auto_id=f"id_suite_{item.pk}_%s")
