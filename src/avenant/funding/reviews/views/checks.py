"""Checks across funders, on one dossier."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.decision import DomainError
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.reviews import policies
from avenant.funding.reviews.selectors.checks import list_conflicts, list_matches, read_ledger
from avenant.funding.reviews.selectors.former import former_respect
from avenant.funding.reviews.selectors.unlined import list_unlined
from avenant.funding.reviews.services import checking
from avenant.funding.reviews.services.opening import evaluate_instructed
from avenant.funding.reviews.views.entering import enter_within

DATES = ("earliest-start", "latest-start")
NONE = "aucune"
MONEY = ("public-aid", "line-aids", "cofinancing", "funded-elsewhere")


@door(reads={"GET"})
def checks(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Expenses that may be funded twice, aids that exclude each other, start dates, public aids together."""
    entered = enter_within(request, dossier_id)
    row, actor = entered.instruction, request.actor
    standing = standing_of(entered.dossier, at=request.now)
    ledger = read_ledger(actor, row)
    matches, excluded = list_matches(actor, row, ledger), ledger.excluded
    told = evaluate_instructed(row, at=request.now, standing=standing, excluded=excluded)
    context = {
        **entered.context(), "part": "Contrôles", "former": former_respect(entered.dossier, at=request.now),
        "matches": matches, "unlined": list_unlined(actor, row, ledger, matches), "own_lines": ledger.own,
        "conflicts": list_conflicts(actor, row, matches, ledger),
        "aids": ledger.aids[:50],
        "dates": [one for rule in DATES for one in told.of(rule)],
        "money": [one for rule in MONEY for one in told.of(rule)],
        "before": standing.evaluation.grant, "after": told.grant,
        "excluded": excluded,
        "may_examine": policies.may_examine(actor, row, interested=entered.interested),
    }  # fmt: skip
    return render(request, "reviews/checks.html", context)


@door(writes={"POST"})
def settle_double(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Say whether a line is already funded."""
    enter_within(request, dossier_id)
    said = request.POST
    line = _line(said.get("line", ""))
    if said.get("same") not in {"oui", "non"}:
        raise DomainError("Dites si c’est la même dépense.", code="blank")
    same = said["same"] == "oui"
    checking.settle_double(
        actor=request.actor, dossier_id=dossier_id, line=line, other=said.get("other", ""), same=same,
        reason=said.get("reason", ""), at=request.now,
    )  # fmt: skip
    messages.success(request, "La dépense est exclue." if same else "Le rapprochement est écarté.")
    return redirect("reviews:checks", dossier_id)


@door(writes={"POST"})
def settle_unlined(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Say what an aid without known lines funds of the dossier, or that it funds nothing of it."""
    enter_within(request, dossier_id)
    said = request.POST
    if not said.get("line"):
        raise DomainError("Dites quelle dépense cette aide finance, ou aucune.", code="blank")
    line = None if said["line"] == NONE else _line(said["line"])
    checking.settle_unlined(
        actor=request.actor, dossier_id=dossier_id, other=said.get("other", ""), line=line,
        reason=said.get("reason", ""), at=request.now,
    )  # fmt: skip
    messages.success(request, "La dépense est exclue." if line else "L’aide est regardée, sans dépense commune.")
    return redirect("reviews:checks", dossier_id)


def _line(said: str) -> uuid.UUID:
    try:
        return uuid.UUID(said)
    except ValueError:
        raise DomainError("Cette dépense n’est pas dans le dossier.", code="no_line") from None
