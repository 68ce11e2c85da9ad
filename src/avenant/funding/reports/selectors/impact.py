from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Sum
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import INSTITUTIONS
from avenant.domain.folding import fold
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls.models import Call, PublishedCall
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import (
    DuerpPromise,
    Evaluation,
    GrantObjective,
    JointReview,
    ProgressNews,
    Visit,
    VisitFollowUp,
)

OVERDUE = "overdue"
SORTS = {
    "date": ("on", "id"),
    "-date": ("-on", "-id"),
    "nom": ("grant__folded", "on", "id"),
    "-nom": ("-grant__folded", "on", "id"),
}
DEFAULT_SORT = "-date"


@dataclass(frozen=True, slots=True)
class VisitSearch:
    """Which visits to show; ``state`` is a state, or ``overdue``: past, without a report."""

    state: str = ""
    text: str = ""
    sort: str = DEFAULT_SORT


def list_visits(actor: Actor, search: VisitSearch, *, at: datetime) -> QuerySet[Visit]:
    """The visits that I see."""
    rows = (
        Visit.objects.visible_to(actor)
        .select_related("grant", "planned_by")
        .prefetch_related("participants__organisation")
    )
    if search.state == OVERDUE:
        rows = rows.filter(state="planned", report_by__lte=at)
    elif search.state:
        rows = rows.filter(state=search.state)
    for word in fold(search.text).split():
        rows = rows.filter(Q(grant__folded__contains=word) | Q(grant__number__icontains=word))
    return rows.order_by(*SORTS.get(search.sort, SORTS[DEFAULT_SORT]))


def list_of_grant(actor: Actor, grant: Grant) -> QuerySet[Visit]:
    """The visits of a funded project."""
    rows = Visit.objects.visible_to(actor).filter(grant=grant).select_related("grant")
    return rows.prefetch_related("participants__organisation")


def get_visit(actor: Actor, visit_id: uuid.UUID) -> Visit:
    """One visit; 404 outside its circle."""
    rows = Visit.objects.visible_to(actor).select_related("grant__call", "grant__follow_up", "planned_by")
    return get_object_or_404(
        rows.prefetch_related("participants__organisation", "follow_ups__organisation"), pk=visit_id
    )


def get_visit_follow_up(actor: Actor, follow_up_id: uuid.UUID) -> VisitFollowUp:
    """Something to do after a visit; 404 outside its circle."""
    rows = VisitFollowUp.objects.visible_to(actor)
    rows = rows.select_related("visit__grant__call", "visit__grant__authority__territory", "organisation")
    return get_object_or_404(rows, pk=follow_up_id)


def institutions_of(grant: Grant) -> list[Organisation]:
    """The authority and the institutions of the call: who may visit."""
    partners = list(grant.call.partners.all()) if grant.call else []
    return [grant.authority, *(one for one in partners if one.pk != grant.authority_id)]


def members_of(grant: Grant) -> list[Organisation]:
    """Those, and the establishment: who may be asked for something after a visit."""
    return [*institutions_of(grant), *([grant.beneficiary] if grant.beneficiary else [])]


def get_evaluation(actor: Actor, grant_id: uuid.UUID) -> Evaluation:
    """The evaluation of an aid; 404 outside its circle, or before the follow-up begins."""
    rows = Evaluation.objects.visible_to(actor).select_related(
        "grant__authority", "grant__beneficiary", "grant__follow_up", "grant__call"
    )
    return get_object_or_404(rows, grant=grant_id)


def find_evaluation(actor: Actor, grant: Grant) -> Evaluation | None:
    """The evaluation of an aid, once its follow-up is open."""
    return Evaluation.objects.visible_to(actor).filter(grant=grant).first()


def list_objectives(actor: Actor, grant: Grant) -> QuerySet[GrantObjective]:
    """The quantified targets of an aid."""
    return GrantObjective.objects.visible_to(actor).filter(grant=grant)


def get_objective(actor: Actor, objective_id: uuid.UUID) -> GrantObjective:
    """One target; 404 outside its circle."""
    return get_object_or_404(GrantObjective.objects.visible_to(actor).select_related("grant"), pk=objective_id)


def find_duerp(actor: Actor, grant: Grant) -> DuerpPromise | None:
    """The promise of a DUERP, if the dossier made one."""
    return DuerpPromise.objects.visible_to(actor).filter(grant=grant).select_related("letter", "document").first()


def get_duerp(actor: Actor, grant_id: uuid.UUID) -> DuerpPromise:
    """The same; 404 when there is none."""
    rows = DuerpPromise.objects.visible_to(actor).select_related("grant__authority", "grant__follow_up")
    return get_object_or_404(rows, grant=grant_id)


def list_news(actor: Actor, grant: Grant) -> QuerySet[ProgressNews]:
    """What was told of the actions, newest first."""
    return ProgressNews.objects.visible_to(actor).filter(grant=grant).select_related("action", "person")


def list_joint_reviews(actor: Actor) -> QuerySet[JointReview]:
    """The joint reviews of my institution's calls."""
    return JointReview.objects.visible_to(actor).select_related("call").defer("call__rules", "call__content")


def get_joint_review(actor: Actor, review_id: uuid.UUID) -> JointReview:
    """One joint review; 404 outside the circle of its call."""
    rows = JointReview.objects.visible_to(actor).select_related("call__owner", "call__call")
    return get_object_or_404(rows.prefetch_related("parts__organisation"), pk=review_id)


def calls_to_review(actor: Actor) -> list[PublishedCall]:
    """The calls of whose circle my institution is a member."""
    mine = Call.objects.visible_to(actor).values("pk")
    return list(PublishedCall.objects.filter(call__in=mine).defer("rules", "content").order_by("-year", "key"))


def figures_of(actor: Actor, call: PublishedCall) -> dict[str, Any]:
    """What the actions that a call funded are, as my institution sees them: aids, paid, evaluations, targets reached."""
    if actor.kind not in INSTITUTIONS:
        return {}
    rows = Grant.objects.visible_to(actor).filter(call=call).exclude(state="cancelled")
    told = rows.aggregate(number=Count("pk"), amount=Sum("amount"), paid=Sum("paid"))
    evaluations = Evaluation.objects.visible_to(actor).filter(grant__call=call, state__in=["received", "accepted"])
    finals = list(
        GrantObjective.objects.visible_to(actor).filter(
            grant__call=call, final__isnull=False, grant__evaluation__state__in=["received", "accepted"]
        )
    )
    return {
        "number": told["number"],
        "amount": str(told["amount"] or Decimal(0)),
        "paid": str(told["paid"] or Decimal(0)),
        "evaluated": evaluations.count(),
        "measured": len(finals),
        "reached": sum(bool(one.reached) for one in finals),
        "visits": Visit.objects.visible_to(actor).filter(grant__call=call, state="reported").count(),
    }
