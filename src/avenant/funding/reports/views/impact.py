"""Evaluation, visits, joint reviews."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse

from avenant.foundations.doing import do
from avenant.foundations.doors import ActorRequest, door
from avenant.foundations.journal.selectors import list_events
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants import selectors as grants
from avenant.funding.reports import policies, terms
from avenant.funding.reports.forms import (
    DoneForm,
    EvaluationForm,
    JointForm,
    JointStartForm,
    ObjectiveForm,
    PartForm,
    ReasonForm,
    VisitForm,
    VisitReportForm,
)
from avenant.funding.reports.models import Evaluation, JointReview, Visit
from avenant.funding.reports.selectors import impact as selectors
from avenant.funding.reports.services import evaluating, visiting
from avenant.funding.reports.views.lists import TABS


@door(reads={"GET"}, writes={"POST"})
def evaluation(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """The targets, where they arrived, the effects; saved here by the establishment."""
    row, actor, at = selectors.get_evaluation(request.actor, grant_id), request.actor, request.now
    if request.method == "GET":
        return _evaluation(request, row)
    policies.may_write_evaluation(actor, row).or_raise()
    form = EvaluationForm(request.POST, objectives=list(selectors.list_objectives(actor, row.grant)))

    def act() -> object:
        said = form.cleaned_data
        return evaluating.write_evaluation(
            actor=actor,
            grant_id=grant_id,
            conditions=said["conditions"],
            care=said["care"],
            finals=form.finals(),
            at=at,
        )

    return do(request, form, act, page=row.page(), told="L’évaluation est enregistrée.") or _evaluation(
        request, row, status=422, form=form
    )


def _evaluation(request: ActorRequest, row: Evaluation, *, status: int = 200, **more: Any) -> HttpResponse:
    actor = request.actor
    objectives = list(selectors.list_objectives(actor, row.grant))
    told = {"conditions": row.conditions, "care": row.care}
    context = {
        "evaluation": row, "grant": row.grant, "objectives": objectives, "at": request.now,
        "form": EvaluationForm(initial=told, objectives=objectives),
        "objective_form": ObjectiveForm(initial={"due_on": row.grant.consume_until}),
        "return_form": ReasonForm(), "lacking": evaluating.lacking(row, objectives),
        "readable": row.received_at is not None or row.grant.beneficiary_id == actor.organisation_id,
        "own": row.grant.beneficiary_id == actor.organisation_id,
        "may_write": policies.may_write_evaluation(actor, row), "may_set": policies.may_set_objectives(actor, row.grant, row),
        "may_hand_in": policies.may_hand_in_evaluation(actor, row, evaluating.lacking(row, objectives)),
        "may_accept": policies.may_read_evaluation(actor, row, "accept"),
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk)[:10],
    }  # fmt: skip
    return render(request, "reports/evaluation.html", {**context, **more}, status=status)


@door(writes={"POST"})
def set_objective(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Set a quantified target."""
    row, form = selectors.get_evaluation(request.actor, grant_id), ObjectiveForm(request.POST)
    policies.may_set_objectives(request.actor, row.grant, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: evaluating.set_objective(actor=actor, grant_id=grant_id, said=form.said(), at=at),
        page=row.page(), told="L’objectif est fixé.",
    ) or _evaluation(request, row, status=422, objective_form=form)  # fmt: skip


@door(writes={"POST"})
def hand_in_evaluation(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Hand the evaluation in."""
    row = evaluating.hand_in_evaluation(actor=request.actor, grant_id=grant_id, at=request.now)
    messages.success(request, "L’évaluation est remise.")
    return redirect(row.page())


@door(writes={"POST"})
def judge_evaluation(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Accept the evaluation, or send it back."""
    accepted = request.POST.get("decision") == "oui"
    row = evaluating.judge_evaluation(
        actor=request.actor, grant_id=grant_id, accepted=accepted, reason=request.POST.get("reason", ""), at=request.now
    )
    messages.success(request, "L’évaluation est acceptée." if accepted else "L’évaluation est renvoyée.")
    return redirect(row.page())


@door(reads={"GET"}, writes={"POST"})
def plan_visit(request: ActorRequest, grant_id: uuid.UUID) -> HttpResponse:
    """Plan a visit, alone or with others."""
    grant, actor, at = grants.get_grant(request.actor, grant_id), request.actor, request.now
    policies.may_plan_visit(actor, grant).or_raise()
    form = VisitForm(request.POST or None, institutions=selectors.institutions_of(grant), own=actor.organisation_id)

    def act() -> object:
        said = form.cleaned_data
        return visiting.plan_visit(
            actor=actor,
            grant_id=grant.pk,
            on=said["on"],
            purpose=said["purpose"],
            participants=form.participants(),
            at=at,
        )

    done = None
    if request.method == "POST":
        done = do(request, form, act, page=reverse("reports:follow-up", args=[grant.pk]), told="La visite est prévue.")
    status = 422 if form.errors else 200
    return done or render(request, "reports/plan_visit.html", {"grant": grant, "form": form}, status=status)


@door(reads={"GET"})
def visit(request: ActorRequest, visit_id: uuid.UUID) -> HttpResponse:
    """A visit: who, why, what was seen, what follows."""
    return _visit(request, selectors.get_visit(request.actor, visit_id))


def _visit(request: ActorRequest, row: Visit, *, status: int = 200, **more: Any) -> HttpResponse:
    actor = request.actor
    today = request.now.astimezone(terms.zone_of(row.grant)).date()
    context = {
        "visit": row, "grant": row.grant, "standing": row.standing(request.now), "overdue": row.is_overdue(request.now),
        "form": VisitReportForm(members=selectors.members_of(row.grant)), "cancel_form": ReasonForm(prefix="cancel"),
        "done_form": DoneForm(), "may_report": policies.may_report_visit(actor, row, "report", today=today),
        "may_cancel": policies.may_report_visit(actor, row, "cancel", today=today),
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk)[:10],
    }  # fmt: skip
    return render(request, "reports/visit.html", {**context, **more}, status=status)


@door(writes={"POST"})
def report_visit(request: ActorRequest, visit_id: uuid.UUID) -> HttpResponse:
    """Write the report of a visit."""
    row, actor, at = selectors.get_visit(request.actor, visit_id), request.actor, request.now
    today = at.astimezone(terms.zone_of(row.grant)).date()
    policies.may_report_visit(actor, row, "report", today=today).or_raise()
    form = VisitReportForm(request.POST, members=selectors.members_of(row.grant))

    def act() -> object:
        return visiting.report_visit(
            actor=actor, visit_id=row.pk, findings=form.cleaned_data["findings"], follow_ups=form.follow_ups(), at=at
        )

    return do(request, form, act, page=row.page(), told="Le compte rendu est enregistré.") or _visit(
        request, row, status=422, form=form
    )


@door(writes={"POST"})
def cancel_visit(request: ActorRequest, visit_id: uuid.UUID) -> HttpResponse:
    """Cancel a visit."""
    row, form = selectors.get_visit(request.actor, visit_id), ReasonForm(request.POST, prefix="cancel")
    actor, at = request.actor, request.now
    today = at.astimezone(terms.zone_of(row.grant)).date()
    policies.may_report_visit(actor, row, "cancel", today=today).or_raise()
    return do(
        request, form, lambda: visiting.cancel_visit(actor=actor, visit_id=row.pk, at=at, **form.cleaned_data),
        page=row.page(), told="La visite est annulée.",
    ) or _visit(request, row, status=422, cancel_form=form)  # fmt: skip


@door(writes={"POST"})
def finish_follow_up(request: ActorRequest, visitfollowup_id: uuid.UUID) -> HttpResponse:
    """Say that what followed is done."""
    row, form = selectors.get_visit_follow_up(request.actor, visitfollowup_id), DoneForm(request.POST)
    policies.may_finish(request.actor, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: visiting.finish_follow_up(actor=actor, follow_up_id=row.pk, at=at, **form.cleaned_data),
        page=row.visit.page(), told="C’est noté.",
    ) or _visit(request, selectors.get_visit(actor, row.visit_id), status=422, done_form=form)  # fmt: skip


@door(reads={"GET"}, writes={"POST"})
def joint_reviews(request: ActorRequest) -> HttpResponse:
    """The joint reviews of my institution's calls; one is opened here."""
    actor, at = request.actor, request.now
    calls = selectors.calls_to_review(actor)
    form = JointStartForm(request.POST or None, calls=[(one.pk, str(one)) for one in calls])

    def act() -> object:
        call = get_object_or_404(PublishedCall, pk=form.cleaned_data["call"])
        return visiting.start_joint_review(actor=actor, call=call, title=form.cleaned_data["title"], at=at)

    done = None
    if request.method == "POST":
        done = do(request, form, act, page=reverse("reports:joint-reviews"), told="Le bilan conjoint est ouvert.")
    rows = list(selectors.list_joint_reviews(actor))
    may = policies.may_start_joint_review(actor, calls[0], inside=True) if calls else None
    context = {"tabs": TABS, "rows": rows, "form": form, "may_start": may}
    return done or render(request, "reports/joint_reviews.html", context, status=422 if form.errors else 200)


@door(reads={"GET"}, writes={"POST"})
def joint_review(request: ActorRequest, jointreview_id: uuid.UUID) -> HttpResponse:
    """The joint review: figures, what each institution says, the common text."""
    row, actor, at = selectors.get_joint_review(request.actor, jointreview_id), request.actor, request.now
    if request.method == "GET":
        return _joint(request, row)
    policies.may_write_joint_review(actor, row).or_raise()
    form = JointForm(request.POST)
    return do(
        request, form, lambda: visiting.write_joint_review(actor=actor, review_id=row.pk, at=at, **form.cleaned_data),
        page=row.page(), told="Le bilan conjoint est enregistré.",
    ) or _joint(request, row, status=422, form=form)  # fmt: skip


def _joint(request: ActorRequest, row: JointReview, *, status: int = 200, **more: Any) -> HttpResponse:
    actor = request.actor
    context = {
        "review": row, "figures": row.figures or selectors.figures_of(actor, row.call), "parts": list(row.parts.all()),
        "form": JointForm(initial={"conditions": row.conditions, "care": row.care}), "part_form": PartForm(),
        "may_write": policies.may_write_joint_review(actor, row), "may_close": policies.may_close_joint_review(actor, row),
        "journal": list_events(actor, row.circle_id).filter(subject=row.pk)[:10],
    }  # fmt: skip
    return render(request, "reports/joint_review.html", {**context, **more}, status=status)


@door(writes={"POST"})
def say_part(request: ActorRequest, jointreview_id: uuid.UUID) -> HttpResponse:
    """Say what my institution thinks of one dimension."""
    row, form = selectors.get_joint_review(request.actor, jointreview_id), PartForm(request.POST)
    policies.may_write_joint_review(request.actor, row).or_raise()
    actor, at = request.actor, request.now
    return do(
        request, form, lambda: visiting.say_part(actor=actor, review_id=row.pk, at=at, **form.cleaned_data),
        page=row.page(), told="Votre appréciation est enregistrée.",
    ) or _joint(request, row, status=422, part_form=form)  # fmt: skip


@door(writes={"POST"})
def close_joint_review(request: ActorRequest, jointreview_id: uuid.UUID) -> HttpResponse:
    """Close the joint review, or open it again."""
    actor, at = request.actor, request.now
    if reason := request.POST.get("reason", ""):
        row = visiting.reopen_joint_review(actor=actor, review_id=jointreview_id, reason=reason, at=at)
    else:
        row = visiting.close_joint_review(actor=actor, review_id=jointreview_id, at=at)
    messages.success(request, f"Le bilan conjoint est {row.state_label}.")
    return redirect(row.page())
