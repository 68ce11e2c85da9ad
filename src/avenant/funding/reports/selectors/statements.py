from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import FollowUp, GrantReport, HandIn, ReportedExpense, ReportEvidence, ReportText
from avenant.funding.reports.reading import Standing, day_there

LATE = "late"
SORTS = {
    "remise": ("due_at", "id"),
    "-remise": ("-due_at", "-id"),
    "nom": ("grant__folded", "due_at", "id"),
    "-nom": ("-grant__folded", "due_at", "id"),
    "recu": ("received_at", "id"),
    "-recu": ("-received_at", "-id"),
}
DEFAULT_SORT = "remise"
_UNFINISHED = Q(state__in=["expected", "returned"])


@dataclass(frozen=True, slots=True)
class ReportSearch:
    """Which reports to show; ``state`` is a state, or ``late``: expected or returned past their day."""

    call: uuid.UUID | None = None
    state: str = ""
    kind: str = ""
    text: str = ""
    sort: str = DEFAULT_SORT


def list_reports(actor: Actor, search: ReportSearch, *, at: datetime) -> QuerySet[GrantReport]:
    """The reports that I see: my establishment's, or those of the aids that my institution follows."""
    rows = GrantReport.objects.visible_to(actor).select_related("grant__call", "grant__authority")
    rows = rows.defer("grant__call__rules", "grant__call__content")
    if search.state == LATE:
        rows = rows.filter(_UNFINISHED, due_at__lte=at).exclude(kind=GrantReport.Kind.CLAIM, state="expected")
    elif search.state:
        rows = rows.filter(state=search.state)
    else:
        rows = rows.exclude(state="dropped")
    if search.call:
        rows = rows.filter(grant__call=search.call)
    if search.kind:
        rows = rows.filter(kind=search.kind)
    for word in fold(search.text).split():
        rows = rows.filter(Q(grant__folded__contains=word) | Q(grant__number__icontains=word))
    return rows.order_by(*SORTS.get(search.sort, SORTS[DEFAULT_SORT]))


def list_calls(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The calls whose aids I follow: for the filters."""
    mine = Grant.objects.visible_to(actor).filter(call__isnull=False).values("call")
    return [(one.pk, str(one)) for one in PublishedCall.objects.filter(pk__in=mine).only("pk", "title", "year", "key")]


_AID = ("grant__call__owner", "grant__authority__territory", "grant__beneficiary", "grant__follow_up")


def get_report(actor: Actor, report_id: uuid.UUID) -> GrantReport:
    """One report; 404 outside its circle."""
    return get_object_or_404(GrantReport.objects.visible_to(actor).select_related(*_AID), pk=report_id)


def find_text(actor: Actor, report: GrantReport) -> ReportText | None:
    """What a report says; the authority sees it once it is handed in."""
    return ReportText.objects.visible_to(actor).filter(report=report).select_related("saved_by").first()


def list_expenses(actor: Actor, reports: Iterable[GrantReport] | QuerySet[GrantReport]) -> list[ReportedExpense]:
    """The expenses of reports, with what was said of each."""
    rows = ReportedExpense.objects.visible_to(actor).filter(report__in=reports)
    return list(rows.select_related("verdict__person", "evidence__document", "action", "credits", "report"))


def get_expense(actor: Actor, expense_id: uuid.UUID) -> ReportedExpense:
    """One expense; 404 outside its circle, or while it is its establishment's own."""
    rows = ReportedExpense.objects.visible_to(actor).select_related(
        "report__grant__follow_up", "report__grant__authority", "evidence", "verdict"
    )
    return get_object_or_404(rows, pk=expense_id)


def get_evidence(actor: Actor, evidence_id: uuid.UUID) -> ReportEvidence:
    """One piece of evidence; 404 outside its circle, or while it is its establishment's own."""
    return get_object_or_404(ReportEvidence.objects.visible_to(actor).select_related("report__grant"), pk=evidence_id)


def read_report(actor: Actor, report: GrantReport, *, at: datetime) -> Standing:
    """A report as it stands for me, beside the other reports of the same establishment."""
    follow_up = report.grant.follow_up
    siblings = GrantReport.objects.filter(grant__beneficiary=report.grant.beneficiary_id).exclude(pk=report.pk)
    return Standing(
        report=report,
        follow_up=follow_up,
        text=find_text(actor, report),
        expenses=list_expenses(actor, [report]),
        evidence=list(ReportEvidence.objects.visible_to(actor).filter(report=report).select_related("document")),
        others=list_expenses(actor, siblings),
        today=day_there(follow_up, at),
    )


def list_handed_in(actor: Actor, report: GrantReport) -> QuerySet[HandIn]:
    """Each time the report was handed in, the last first."""
    return HandIn.objects.visible_to(actor).filter(report=report).select_related("person").defer("content")


def find_follow_up(actor: Actor, grant: Grant) -> FollowUp | None:
    """How an aid is followed, once its agreement is signed."""
    return FollowUp.objects.visible_to(actor).filter(grant=grant).first()


def list_of_grant(actor: Actor, grant: Grant) -> list[GrantReport]:
    """The reports of an aid, in their order."""
    rows = GrantReport.objects.visible_to(actor).filter(grant=grant).exclude(state="dropped")
    return list(rows.select_related("grant"))
