"""The scoring grid of a dossier."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.funding import grid as criteria
from avenant.domain.rules.findings import Outcome
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.funding.dossiers.checks import Standing, standing_of
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import GridForm
from avenant.funding.reviews.models import Mark
from avenant.funding.reviews.selectors.ranking import assess_call
from avenant.funding.reviews.selectors.study import study_of
from avenant.funding.reviews.services import marking
from avenant.funding.reviews.views.entering import Entered, enter_grid


@door(reads={"GET"}, writes={"POST"})
def grid(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Gates as the rules say them, appreciations and priorities to say, weights of the call, place in the ranking."""
    entered = enter_grid(request, dossier_id)
    kept = list(Mark.objects.filter(instruction=entered.instruction))
    form = GridForm(request.POST or None, marks={one.criterion: (one.value, one.reason) for one in kept})
    form.seen = marking.grid_mark(kept)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("seen")
        with refusals_in(form):
            marking.mark_criteria(
                actor=request.actor, dossier_id=dossier_id, said=form.said(), at=request.now, seen=seen
            )
            messages.success(request, "La grille est enregistrée.")
            return redirect("reviews:grid", dossier_id)
    return _page(request, entered, form, 422 if form.errors else 200)


def _page(request: ActorRequest, entered: Entered, form: GridForm, status: int) -> HttpResponse:
    standing, call = standing_of(entered.dossier, at=request.now), entered.instruction.call
    weights = criteria.weights_of(call.book().value, call.book().parameters)
    place = next((one for one in assess_call(request.actor, call) if one.dossier.pk == entered.dossier.pk), None)
    context = {
        **entered.context(), "part": "Grille", "form": form, "gates": gates_of(standing),
        "place": place, "study": study_of(standing),
        "lines": [(one, value, reason, weights.get(one.code)) for one, value, reason in form.lines()],
        "may_examine": policies.may_examine(request.actor, entered.instruction, interested=entered.interested),
    }  # fmt: skip
    return render(request, "reviews/grid.html", context, status=status)


def gates_of(standing: Standing) -> list[dict[str, Any]]:
    """The three criteria that are pieces: yes or no, as the rules of the call find them; those that it has."""
    known = {one.id for one in standing.book.rules}
    return [
        {"label": one.label, "article": one.article, "passed": _passed(standing, one.rule)}
        for one in criteria.GATES
        if one.rule in known
    ]


def _passed(standing: Standing, rule: str) -> bool:
    return all(one.outcome in {Outcome.PASS, Outcome.NOT_APPLICABLE} for one in standing.evaluation.of(rule))
