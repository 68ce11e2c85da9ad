"""A report as it stands: its expenses, what stops it, its statement by action."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property
from zoneinfo import ZoneInfo

from avenant.domain.decision import Finding, Severity
from avenant.domain.funding.statements import (
    Spent,
    StatementRow,
    StatementRules,
    check_statement,
    consumption,
)
from avenant.domain.money import ZERO
from avenant.funding.reports.models import FollowUp, GrantReport, ReportedExpense, ReportEvidence, ReportText

_ORDER = (Severity.BLOCKING, Severity.TO_JUSTIFY, Severity.INFORMATION)


@dataclass(frozen=True)
class Standing:
    """What a report holds for who reads it, on a day. ``others``: the expenses of the other reports of the establishment."""

    report: GrantReport
    follow_up: FollowUp
    text: ReportText | None
    expenses: list[ReportedExpense]
    evidence: list[ReportEvidence]
    others: list[ReportedExpense]
    today: date

    @cached_property
    def findings(self) -> list[Finding]:
        """What stops the report, what asks for a word, what is to know; worst first."""
        codes = {one.pk: one.code for one in self.expenses}
        text = self.text
        rules = StatementRules(
            period=self.report.period, since=self.follow_up.since, today=self.today,
            excluding_tax=self.follow_up.excluding_tax, total=text.total if text else None, earlier=self._earlier(),
            nothing_spent=bool(text and text.nothing_spent), vat_note=text.vat_note if text else "",
            claim=self.report.is_claim,
        )  # fmt: skip
        found = check_statement([one.declared(codes) for one in self.expenses], rules)
        if not self.report.is_claim and (text is None or not text.story.strip()):
            words = "La mise en œuvre des mesures n’est pas racontée."
            found.append(Finding("story", Severity.BLOCKING, words, "§3.3"))
        if text is not None and text.total is None and self.expenses:
            words = "Le total dépensé sur la période est à annoncer."
            found.append(Finding("no-total", Severity.BLOCKING, words, "§3.3"))
        return sorted(found, key=lambda one: _ORDER.index(one.severity))

    def _earlier(self) -> dict[tuple[str, str, bool], str]:
        told = {}
        for one in self.others:
            verdict = one.verdict_made
            if verdict is None or verdict.accepted:
                told[*one.declared({}).key[:2], bool(one.credits_id)] = f"{one.report}, {one.code}"
        return told

    @property
    def blocking(self) -> list[Finding]:
        """What must be settled before it is handed in."""
        return [one for one in self.findings if one.severity is not Severity.INFORMATION]

    def counts(self, one: ReportedExpense) -> Decimal:
        """What an expense counts for."""
        return one.counts(excluding_tax=self.follow_up.excluding_tax)

    @cached_property
    def total(self) -> Decimal:
        """The sum of the expenses, on the base of the call."""
        return sum((self.counts(one) for one in self.expenses), ZERO)

    @cached_property
    def accepted(self) -> Decimal:
        """Of which accepted."""
        kept = (one for one in self.expenses if one.verdict_made and one.verdict_made.accepted)
        return sum((self.counts(one) for one in kept), ZERO)

    @cached_property
    def refused(self) -> Decimal:
        """Of which refused."""
        kept = (one for one in self.expenses if one.verdict_made and not one.verdict_made.accepted)
        return sum((self.counts(one) for one in kept), ZERO)

    @cached_property
    def statement(self) -> tuple[list[StatementRow], StatementRow]:
        """The consumption by action, refused expenses left out, and its total."""
        grant, spent = self.report.grant, []
        for one in (*self.others, *self.expenses):
            if one.report.grant_id != grant.pk or (one.verdict_made and not one.verdict_made.accepted):
                continue
            now, before = self._when(one)
            if now or before:
                evidence = one.evidence.code if one.evidence else ""
                spent.append(Spent(one.action_key, self.counts(one), now=now, evidence=evidence))
        costs = self.follow_up.action_costs()
        return consumption(costs, granted=grant.amount, paid=grant.paid, spent=spent)

    @property
    def told_now(self) -> str:
        """The heading of what this statement tells as its own."""
        return "Dans cette demande" if self.report.is_claim else "Dépensé dans l’année"

    def _when(self, one: ReportedExpense) -> tuple[bool, bool]:
        """Does this statement tell an expense as its own, or as told before. A request holds several years: what it
        declares is told by its day in the report of a year; what was handed in before a request was told before it."""
        mine, there = self.report, one.report
        if there.pk == mine.pk:
            return True, False
        if mine.is_claim:
            received = there.received_at
            return False, received is not None and (mine.received_at is None or received < mine.received_at)
        if there.is_claim:
            return one.paid_on in mine.period, one.paid_on < mine.starts_on
        return False, there.ends_on < mine.starts_on


def day_there(follow_up: FollowUp, at: datetime) -> date:
    """The day on the clocks of the call."""
    return at.astimezone(ZoneInfo(follow_up.zone)).date()
