"""The establishment writes its report: the story, the expenses, the evidence. Wrong lines are refused one by one."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Max

from avenant.domain.decision import DomainError, Severity
from avenant.domain.funding.statements import StatementRules, check_statement
from avenant.foundations.documents import services as documents
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants.models import GrantedAction
from avenant.funding.reports import policies
from avenant.funding.reports.models import (
    ExpenseVerdict,
    FollowUp,
    GrantReport,
    ReportedExpense,
    ReportEvidence,
    ReportText,
)
from avenant.funding.reports.reading import day_there
from avenant.funding.reports.selectors import statements as selectors

DOCUMENT_KIND = "report-evidence"
_OF_A_LINE = frozenset({"negative", "positive-credit", "zero", "tax", "credit", "future", "after", "before"})
"""What is said of one line alone, as soon as it is typed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSaid:
    """What a report says beside its expenses."""

    story: str = ""
    total: Decimal | None = None
    nothing_spent: bool = False
    vat_note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceSaid:
    """A file, and what it is."""

    name: str
    content: bytes
    kind: str = ReportEvidence.Kind.INVOICE.value


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpenseSaid:
    """An expense as it is typed; ``line`` is the expense of the dossier that it pays, ``credits`` the invoice that a credit
    note takes back; its file is new, or a number."""

    label: str
    supplier: str
    invoice: str
    paid_on: date
    excl_tax: Decimal
    incl_tax: Decimal
    vat: str = ReportedExpense.Vat.NOT_RECOVERED.value
    line: str = ""
    action: uuid.UUID | None = None
    credits: uuid.UUID | None = None
    evidence: uuid.UUID | None = None
    file: EvidenceSaid | None = None


def editing(actor: Actor, report_id: uuid.UUID) -> GrantReport:
    """The report, locked, if the actor may write it."""
    selectors.get_report(actor, report_id)
    report = (
        GrantReport.objects.select_for_update(of=("self",))
        .select_related("grant__follow_up", "grant__authority__territory", "grant__call", "grant__beneficiary")
        .get(pk=report_id)
    )
    policies.may_write(actor, report).or_raise()
    return report


@transaction.atomic
def write_report(*, actor: Actor, report_id: uuid.UUID, said: TextSaid, at: datetime) -> ReportText:
    """Keep what the establishment tells: the measures carried out, the total, why VAT differs from a line to another."""
    report = editing(actor, report_id)
    if said.total is not None and said.total < 0:
        raise DomainError("Le total dépensé est positif ou nul.", code="negative")
    text, _ = ReportText.objects.update_or_create(
        report=report,
        defaults={
            "circle_id": report.circle_id, "private_to_id": _reader(actor, report), "story": said.story.strip(),
            "total": said.total, "nothing_spent": said.nothing_spent, "vat_note": said.vat_note.strip()[:500],
            "saved_at": at, "saved_by_id": actor.person_id,
        },
    )  # fmt: skip
    return text


def _reader(actor: Actor, report: GrantReport) -> uuid.UUID | None:
    """A report never handed in is the establishment's alone; one sent back was already read."""
    return actor.organisation_id if report.received_at is None else None


@transaction.atomic
def declare_expense(
    *, actor: Actor, report_id: uuid.UUID, said: ExpenseSaid, at: datetime, expense_id: uuid.UUID | None = None
) -> ReportedExpense:
    """Add an expense, or correct one; a correction asks the authority again.

    Raises DomainError with the sentence of what is wrong in the line: a negative invoice, a tax that is no rate, a
    payment outside the days that the report tells, a credit note beyond its invoice. Nothing of it is kept then.
    """
    report = editing(actor, report_id)
    row = ReportedExpense.objects.filter(report=report, pk=expense_id).first() if expense_id else None
    if expense_id and row is None:
        raise DomainError(f"Cette dépense n’est pas dans {report.wording}.", code="unknown")
    row = row or ReportedExpense(
        circle_id=report.circle_id, private_to_id=_reader(actor, report), report=report, position=_next(report)
    )
    for name in ("paid_on", "excl_tax", "incl_tax", "vat"):
        setattr(row, name, getattr(said, name))
    row.label, row.supplier, row.invoice = (
        said.label.strip()[:200],
        said.supplier.strip()[:200],
        said.invoice.strip()[:80],
    )
    row.pay_by = report.grant.follow_up.own_day(said.line)
    row.line = said.line if row.pay_by else ""
    row.action = GrantedAction.objects.filter(grant=report.grant_id, pk=said.action).first() if said.action else None
    row.credits = ReportedExpense.objects.filter(report=report, pk=said.credits).first() if said.credits else None
    _check(report, row, at)
    row.evidence = _evidence(actor, report, said, at)
    row.save()
    ExpenseVerdict.objects.filter(expense=row).delete()
    return row


def _next(report: GrantReport) -> int:
    last = ReportedExpense.objects.filter(report=report).aggregate(last=Max("position"))["last"]
    return (last or 0) + 1


def _check(report: GrantReport, row: ReportedExpense, at: datetime) -> None:
    follow_up: FollowUp = report.grant.follow_up
    others = ReportedExpense.objects.filter(report=report).exclude(pk=row.pk)
    lines = [*others.select_related("evidence"), row]
    codes = {one.pk: one.code for one in lines}
    rules = StatementRules(
        period=report.period, since=follow_up.since, today=day_there(follow_up, at),
        excluding_tax=follow_up.excluding_tax, earlier={},
    )  # fmt: skip
    told = [replace(one.declared(codes), evidence="") for one in lines]
    if row.credits_id == row.pk:
        raise DomainError("Un avoir corrige une autre ligne que lui-même.", code="credit")
    for one in check_statement(told, rules):
        if one.severity is Severity.BLOCKING and one.code in _OF_A_LINE and row.code in one.subjects:
            words = one.sentence.removeprefix(f"{row.code}\u202f: ")
            raise DomainError(words[:1].upper() + words[1:], code=one.code, basis=one.basis)


def _evidence(actor: Actor, report: GrantReport, said: ExpenseSaid, at: datetime) -> ReportEvidence | None:
    if said.file is not None:
        return _keep(actor, report, said.file, at)
    return ReportEvidence.objects.filter(report=report, pk=said.evidence).first() if said.evidence else None


def _keep(actor: Actor, report: GrantReport, file: EvidenceSaid, at: datetime) -> ReportEvidence:
    document = documents.receive_file(
        actor=actor, circle_id=report.circle_id, name=file.name, content=file.content, kind=DOCUMENT_KIND, at=at,
        subject=report.pk, private_to_id=_reader(actor, report),
    )  # fmt: skip
    last = ReportEvidence.objects.filter(report=report).aggregate(last=Max("number"))["last"]
    return ReportEvidence.objects.create(
        circle_id=report.circle_id, private_to_id=_reader(actor, report), report=report, number=(last or 0) + 1,
        kind=file.kind, document=document,
    )  # fmt: skip


@transaction.atomic
def join_evidence(*, actor: Actor, report_id: uuid.UUID, file: EvidenceSaid, at: datetime) -> ReportEvidence:
    """Join a file under the next number: a paid invoice, the proof that a training took place, another."""
    return _keep(actor, editing(actor, report_id), file, at)


@transaction.atomic
def take_out_evidence(*, actor: Actor, evidence_id: uuid.UUID) -> GrantReport:
    """Take a file out; the expenses that named it wait for another. The numbers of the others do not move."""
    row = selectors.get_evidence(actor, evidence_id)
    report = editing(actor, row.report_id)
    row.delete()
    return report


@transaction.atomic
def take_out_expense(*, actor: Actor, expense_id: uuid.UUID) -> GrantReport:
    """Take an expense out, and the credit notes on it."""
    row = selectors.get_expense(actor, expense_id)
    report = editing(actor, row.report_id)
    row.delete()
    return report
