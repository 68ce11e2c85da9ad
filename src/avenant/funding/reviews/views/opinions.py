"""Opinions of the institutions, and the collegial one."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from avenant.domain.funding.opinions import POINTS, Collegial
from avenant.foundations.doing import refusals_in
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.parties.models import Organisation
from avenant.funding.reviews import policies
from avenant.funding.reviews.forms import CollegialForm, LastDayForm, OpinionForm
from avenant.funding.reviews.models import CollegialOpinion
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.instructions import OpinionLine
from avenant.funding.reviews.services import opinions as services
from avenant.funding.reviews.views.entering import Entered, enter_within


@door(reads={"GET"})
def opinions(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Who gave an opinion, mine to write, all of them once they are open, then the committee's."""
    return _page(request, enter_within(request, dossier_id), None, None, 200)


def _page(
    request: ActorRequest, entered: Entered, form: OpinionForm | None, collegial_form: CollegialForm | None, status: int
) -> HttpResponse:
    actor, row = request.actor, entered.instruction
    lines = selectors.list_opinions(actor, row)
    mine = next((one for one in lines if one.mine), None)
    collegial = CollegialOpinion.objects.visible_to(actor).filter(instruction=row).first()
    shown = [one for one in lines if one.opinion and one.given and row.opinions_opened_at]
    institutions = [one.asked.organisation for one in lines]
    context = {
        **entered.context(), "part": "Avis", "lines": lines, "given": sum(one.given for one in lines), "mine": mine,
        "table": _table(shown), "shown": shown, "collegial": collegial,
        "present": _present(collegial, institutions),
        "opening": bool(row.opinions_opened_at) and any(one.given and one.opinion is None for one in lines),
        "seen": services.opinion_mark(mine.opinion if mine else None),
        "form": form or OpinionForm(opinion=mine.opinion if mine else None),
        "collegial_form": collegial_form or CollegialForm(institutions=institutions),
        "may_give": policies.may_give(actor, row, mine, interested=entered.interested),
        "may_take_back": policies.may_take_back(actor, row, mine, interested=entered.interested),
        "may_close": policies.may_close_round(actor, row),
        "may_record": policies.may_record_collegial(actor, row, interested=entered.interested),
        "may_examine": policies.may_examine(actor, row, interested=entered.interested),
    }  # fmt: skip
    return render(request, "reviews/opinions.html", context, status=status)


def _table(shown: list[OpinionLine]) -> list[tuple[str, list[object]]]:
    """The four points, each with the answers of the institutions side by side."""
    answers = [dict(one.answers) for one in shown]
    return [(label, [told.get(label) for told in answers]) for label in POINTS.values()] if shown else []


def _present(collegial: CollegialOpinion | None, institutions: list[Organisation]) -> list[tuple[str, str]]:
    held = collegial.present if collegial else {}
    return [(one.short_name, held[str(one.pk)]) for one in institutions if str(one.pk) in held]


@door(writes={"POST"})
def give(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Keep my institution's opinion, or give it."""
    entered, form = enter_within(request, dossier_id), OpinionForm(request.POST)
    if form.is_valid():
        act = services.save_opinion if "save" in request.POST else services.give_opinion
        said, comment = form.said(), form.cleaned_data["comment"]
        with refusals_in(form):
            act(
                actor=request.actor, dossier_id=dossier_id, said=said, comment=comment, at=request.now,
                seen=request.POST.get("seen"),
            )  # fmt: skip
            messages.success(request, f"Votre avis est {'enregistré' if 'save' in request.POST else 'rendu'}.")
            return redirect("reviews:opinions", dossier_id)
    return _page(request, entered, form, None, 422)


@door(writes={"POST"})
def take_back(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Take my institution's opinion back."""
    enter_within(request, dossier_id)
    reason = request.POST.get("reason", "")
    services.take_opinion_back(actor=request.actor, dossier_id=dossier_id, reason=reason, at=request.now)
    messages.success(request, "Votre avis est repris : il est de nouveau attendu.")
    return redirect("reviews:opinions", dossier_id)


@door(writes={"POST"})
def close(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Close the round."""
    reason = request.POST.get("reason", "")
    services.close_round(actor=request.actor, dossier_id=dossier_id, reason=reason, at=request.now)
    messages.success(request, "Le recueil des avis est clos ; ceux qui sont rendus s’ouvrent.".replace(" ;", "\u202f;"))
    return redirect("reviews:opinions", dossier_id)


@door(writes={"POST"})
def move_due(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Give another last day."""
    enter_within(request, dossier_id)
    form = LastDayForm(request.POST)
    if form.is_valid():
        day = form.cleaned_data["last_day"]
        services.move_opinions_due(actor=request.actor, dossier_id=dossier_id, last_day=day, at=request.now)
        messages.success(request, "Le dernier jour des avis est déplacé, et ses rappels avec lui.")
    else:
        messages.error(request, "Dites le dernier jour des avis.")
    return redirect("reviews:opinions", dossier_id)


@door(writes={"POST"})
def record_collegial(request: ActorRequest, dossier_id: uuid.UUID) -> HttpResponse:
    """Record the committee's opinion."""
    entered = enter_within(request, dossier_id)
    institutions = [one.asked.organisation for one in selectors.list_opinions(request.actor, entered.instruction)]
    form = CollegialForm(request.POST, institutions=institutions)
    if form.is_valid():
        said = form.cleaned_data
        with refusals_in(form):
            services.record_collegial(
                actor=request.actor, dossier_id=dossier_id, value=Collegial(said["value"]), comment=said["comment"],
                held_on=said["held_on"], present=form.present(), at=request.now,
            )  # fmt: skip
            messages.success(request, "L’avis collégial est enregistré.")
            return redirect("reviews:opinions", dossier_id)
    return _page(request, entered, None, form, 422)
