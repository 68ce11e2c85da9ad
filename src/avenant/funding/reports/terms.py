"""What the rulebook of a dossier says of its follow-up: the base that is counted, the first day, each action's cost."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.funding.costs import eligible_costs
from avenant.domain.funding.followup import Duty, duties
from avenant.domain.money import ZERO
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.kinds.dates import Start
from avenant.domain.rules.kinds.lines import LineDeadline
from avenant.domain.rules.kinds.terms import NO_SHEET
from avenant.domain.rules.reading import read
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.facts import content_of
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant, GrantedAction, Instalment

CLOSING_MONTHS = 3
"""The text gives no date to the closing report: three months after the end of the consumption."""
OTHER = "Dépenses du projet"


@dataclass(frozen=True, slots=True)
class Reading:
    """How the expenses of an aid are read, and what each action may cost."""

    since: date
    excluding_tax: bool
    penalty: Fraction
    costs: list[dict[str, str]]


def read_terms(grant: Grant, *, at: datetime) -> Reading:
    """From the rulebook under which the dossier was handed in; for an aid taken over, from what its row says."""
    dossier = grant.dossier
    if dossier is None:
        cost = str(grant.base or grant.awarded)
        return Reading(
            date(grant.decided_on.year, 1, 1),
            True,
            Fraction(0),
            [{"action": "", "label": grant.title, "eligible": cost}],
        )
    book = dossier.submission.book()
    excluding_tax = _excluding_tax(book)
    return Reading(
        _since(grant, dossier, book), excluding_tax, grant.said_terms.penalty,
        _costs(grant, dossier, excluding_tax=excluding_tax, at=at),
    )  # fmt: skip


def own_deadlines(grant: Grant) -> list[dict[str, str]]:
    """The expenses of the dossier handed in that carry their own last day, when its rules look at them."""
    dossier = grant.dossier
    if dossier is None or not any(one.own for one in dossier.submission.book().all_of(LineDeadline)):
        return []
    facts = read(Facts, dossier.submission.facts)
    return [
        {"line": f"{project.code}/{one.code}", "label": one.label, "until": one.deadline.isoformat()}
        for project in facts.projects or ()
        for one in project.expenses or ()
        if one.deadline
    ]


def _excluding_tax(book: Rulebook) -> bool:
    rule: Mapping[str, Any] = next((one for one in book.content["rule"] if one["kind"] == "rate"), {})
    base: Any = rule.get("base", "")
    if base.startswith("@"):
        base = book.value(base[1:]) or ""
    return not base.endswith("incl_tax")


def _since(grant: Grant, dossier: Dossier, book: Rulebook) -> date:
    """The first day that the call admits; else the start of the projects; else the year of the decision."""
    admitted = [one.not_before.read(NO_SHEET) for one in book.all_of(Start) if one.not_before]
    starts = list(dossier.projects.filter(starts_on__isnull=False).values_list("starts_on", flat=True))
    known = [one for one in admitted if one] or starts
    return min(known, default=date(grant.decided_on.year, 1, 1))


def _costs(grant: Grant, dossier: Dossier, *, excluding_tax: bool, at: datetime) -> list[dict[str, str]]:
    """The eligible cost of each granted action; lines of no action go to the only one of their project, or apart."""
    standing = standing_of(dossier, at=at)
    kept = {(one.project, one.line): one for one in eligible_costs(standing.evaluation)}
    granted = {one.source_id: one for one in GrantedAction.objects.filter(grant=grant)}
    sums: dict[str, Decimal] = {}
    for project in content_of(dossier).projects:
        actions = [one.pk for one in project.actions.all() if one.pk in granted]
        for line in project.expenses.all():
            source = line.action_id or (actions[0] if len(actions) == 1 else None)
            cost = kept.get((project.code, line.code))
            amount = (cost.eligible_excl_tax if excluding_tax else cost.eligible_incl_tax) if cost else None
            key = str(granted[source].pk) if source in granted else ""
            sums[key] = sums.get(key, ZERO) + (amount or ZERO)
    told = [
        {"action": str(one.pk), "label": one.title, "eligible": str(sums.get(str(one.pk), ZERO))}
        for one in granted.values()
    ]
    rest = sums.get("", ZERO)
    if rest or not any(Decimal(one["eligible"]) for one in told):
        told.append({"action": "", "label": OTHER, "eligible": str(rest or grant.base or grant.awarded)})
    return told


def anchor_of(grant: Grant) -> date | None:
    """The day of the first payment, else of the signature: the reports begin the year after."""
    first = Instalment.objects.filter(grant=grant, paid_on__isnull=False).order_by("paid_on").first()
    return first.paid_on if first else grant.signed_on


def duties_of(grant: Grant, since: date, anchor: date) -> list[Duty]:
    """The reports that the aid owes, by the terms kept on it and its present last day of consumption."""
    terms, until = grant.said_terms, grant.consume_until
    if until is None or terms.report_day is None:
        return []
    months = terms.closing_months if terms.closing_months is not None else CLOSING_MONTHS
    return duties(anchor=anchor, since=min(since, until), until=until, day=terms.report_day, closing_months=months)


def zone_of(grant: Grant) -> ZoneInfo:
    """On whose clocks the deadlines of an aid are told."""
    return ZoneInfo(grant.call.zone if grant.call else grant.authority.territory.time_zone)
