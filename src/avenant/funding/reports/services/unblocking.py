"""What a report does to the instalments: its documents are received, accepted or refused; a reserve blocks them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from avenant.domain.decision import DomainError
from avenant.domain.funding.payments import Balance
from avenant.domain.money import share
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant, Instalment, InstalmentDocument, Reserve
from avenant.funding.grants.selectors import loans
from avenant.funding.grants.services import amending
from avenant.funding.reports import letters
from avenant.funding.reports.balances import strike
from avenant.funding.reports.models import GrantReport, ReportEvidence
from avenant.funding.reports.reading import Standing

EVIDENCE = "justificatifs_financiers"
STATEMENT = "report-statement"


def waiting_for(report: GrantReport) -> Instalment | None:
    """The instalment that the report opens: the first of its rank among those paid after a report; the closing report
    opens the last one that still waits. A request for reimbursement opens none: what it gives is computed."""
    if report.is_claim:
        return None
    rows = list(Instalment.objects.filter(grant=report.grant_id, after=Instalment.Trigger.REPORT).order_by("number"))
    if report.kind == GrantReport.Kind.CLOSING:
        return next((one for one in reversed(rows) if one.state == "planned"), None)
    yearly = GrantReport.objects.filter(grant=report.grant_id, kind=GrantReport.Kind.YEARLY).exclude(state="dropped")
    rank = [one.pk for one in yearly.order_by("year")].index(report.pk)
    one = rows[rank] if rank < len(rows) else None
    return one if one is not None and one.state == "planned" else None


def _accepted(one: Instalment) -> set[str]:
    rows = InstalmentDocument.objects.filter(instalment=one, verdict=InstalmentDocument.Verdict.ACCEPTED)
    return set(rows.values_list("code", flat=True))


def receive(actor: Actor, standing: Standing, *, at: datetime) -> None:
    """The documents of the report are received for the instalment that waits for them: its evidence, its statement."""
    one = waiting_for(standing.report)
    if one is None:
        return
    first = ReportEvidence.objects.filter(report=standing.report).select_related("document").first()
    told = _statement(actor, standing, at)
    for code in set(one.needs) - _accepted(one):
        document = first.document if code == EVIDENCE and first else told
        grants.receive_document(actor=actor, instalment_id=one.pk, code=code, document=document, at=at)


def _statement(actor: Actor, standing: Standing, at: datetime) -> Document:
    report = standing.report
    return documents.keep(
        circle_id=report.circle_id, owner_id=actor.organisation_id, person_id=actor.person_id,
        name=f"etat-{report.grant.number.lower()}-{report.year}.pdf", media_type="application/pdf", kind=STATEMENT,
        content=letters.print_statement(standing, at=at).pdf, at=at, subject=report.pk,
    )  # fmt: skip


def refuse(actor: Actor, report: GrantReport, *, reason: str, at: datetime) -> None:
    """They are refused, with the reason of the return."""
    _judge(actor, report, accepted=False, reason=reason, at=at)


def accept(actor: Actor, report: GrantReport, *, reserve: str, at: datetime) -> None:
    """They are accepted; a reserve, when there is one, is held against the aid. The consumption is noted."""
    _judge(actor, report, accepted=True, reason="", at=at)
    if reserve:
        grants.raise_reserve(actor=actor, grant_id=report.grant_id, reason=_held(report, reserve), at=at)
    try:
        struck = strike(actor, report.grant, report.grant.follow_up)
    except DomainError:
        return  # the rate of an aid taken over may be unknown
    consumed = min(share(max(struck.spent.compliant, Decimal(0)), struck.rate), report.grant.amount)
    grants.note_consumption(
        actor=actor, grant_id=report.grant_id, consumed=consumed, on=min(report.ends_on, at.date()), at=at
    )


def _held(report: GrantReport, reserve: str) -> str:
    return f"{report}\u202f: {reserve}"[:300]


def _judge(actor: Actor, report: GrantReport, *, accepted: bool, reason: str, at: datetime) -> None:
    one = waiting_for(report)
    if one is None:
        return
    rows = InstalmentDocument.objects.filter(instalment=one, verdict=InstalmentDocument.Verdict.RECEIVED)
    for code in list(rows.values_list("code", flat=True)):
        grants.judge_document(actor=actor, instalment_id=one.pk, code=code, accepted=accepted, reason=reason, at=at)


def lift(actor: Actor, report: GrantReport, *, at: datetime) -> None:
    """The reserve of this report is lifted."""
    prefix = _held(report, "")
    for one in Reserve.objects.filter(grant=report.grant_id, lifted_on=None, reason__startswith=prefix.rstrip()):
        grants.lift_reserve(actor=actor, grant_id=report.grant_id, reserve_id=one.pk, at=at)


def cut(actor: Actor, grant: Grant, balance: Balance, *, reason: str, at: datetime) -> None:
    """The aid becomes what is due: the unpaid instalments are reduced, the last ones first."""
    if balance.due < grant.amount:
        words = reason.strip() or f"Solde de l’aide. {balance.sentence}"
        grants.reduce(actor=actor, grant_id=grant.pk, amount=balance.due, reason=words, at=at)


def close(actor: Actor, aid: Grant, *, at: datetime) -> None:
    """Nothing is left to pay nor to take back: the aid is settled, unless a loan has still to come back."""
    grant = Grant.objects.select_for_update(of=("self",)).get(pk=aid.pk)
    if grant.state == "in_force" and not loans.left_of(grant):
        advance(grant, "close", actor=actor, at=at, label="Aide soldée")
        amending.withdraw_open(grant, actor=actor, at=at, reason="Aide soldée.")
        journal.drop(f"grant:{grant.pk}:lapse")
