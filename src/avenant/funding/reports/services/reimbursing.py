"""Invoices paid back before the balance: the establishment asks, what is accepted gives, each expense counts once."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max, Sum

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.money import ZERO
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies as grant_policies
from avenant.funding.grants import selectors as grants
from avenant.funding.grants import services as paying
from avenant.funding.grants.models import Grant
from avenant.funding.reports import policies
from avenant.funding.reports.models import GrantReport, ReimbursedExpense, Reimbursement
from avenant.funding.reports.reading import day_there
from avenant.funding.reports.selectors import reimbursing as selectors
from avenant.funding.reports.selectors import statements
from avenant.funding.reports.services.following import locked_grant, midnight_after

DAYS_TO_REIMBURSE: Final = timedelta(days=15)


def reimburse_key(grant: Grant) -> str:
    """The natural key of the reimbursement that accepted expenses wait for."""
    return f"grant:{grant.pk}:reimburse"


@transaction.atomic
def open_claim(*, actor: Actor, grant_id: uuid.UUID, at: datetime) -> GrantReport:
    """Open a request for reimbursement, or the one that its establishment has not handed in yet. It is written, handed in
    and read as a report is."""
    grants.get_grant(actor, grant_id)
    grant = locked_grant(grant_id)
    follow_up = statements.find_follow_up(actor, grant)
    if follow_up is None:
        raise DomainError("Le suivi de cette aide n’est pas ouvert.", code="no_follow_up")
    policies.may_claim(actor, grant, grants.list_waiting_for_invoices(grant)).or_raise()
    rows = GrantReport.objects.filter(grant=grant, kind=GrantReport.Kind.CLAIM)
    there = rows.filter(state__in=["expected", "returned"]).order_by("rank").first()
    if there is not None:
        return statements.get_report(actor, there.pk)
    zone = ZoneInfo(follow_up.zone)
    row = GrantReport.objects.create(
        circle_id=grant.circle_id, grant=grant, kind=GrantReport.Kind.CLAIM, year=day_there(follow_up, at).year,
        rank=(rows.aggregate(last=Max("rank"))["last"] or 0) + 1, starts_on=follow_up.since, ends_on=follow_up.until,
        due_on=follow_up.until, due_at=midnight_after(follow_up.until, zone), state=GrantReport.lifecycle.start,
        state_since=at,
    )  # fmt: skip
    record(grant.circle_id, verb="claim.open", label=f"{row} ouverte", actor=actor, at=at, page=row.page(),
           subject=row.pk)  # fmt: skip
    return statements.get_report(actor, row.pk)


def expect(actor: Actor, grant: Grant, *, at: datetime) -> None:
    """Expenses were accepted: when they give something before the balance, its authority has to set the payment."""
    found = selectors.preview(actor, grant, grant.follow_up)
    if found.steps is None or not found.gives:
        return
    zone = ZoneInfo(grant.follow_up.zone)
    journal.plan(
        grant.circle_id,
        Due(
            key=reimburse_key(grant), label=f"Rembourser les factures acceptées, {format_euros(found.gives)} : {grant}",
            organisation_id=grant.authority_id, waiting=grant.name[:200], zone=str(zone), role=Role.ARS_CALL_OFFICER,
            due_at=midnight_after(at.astimezone(zone).date() + DAYS_TO_REIMBURSE, zone), page=selectors.page_of(grant),
            consequence="l’établissement a avancé ces dépenses.",
        ),
    )  # fmt: skip


@transaction.atomic
def pay_back(*, actor: Actor, grant_id: uuid.UUID, at: datetime) -> Reimbursement:
    """Set the payment that the newly accepted expenses give: rate × all that is accepted, within the share paid before the
    balance, less what is paid or engaged, the advance first. Each expense is counted by one reimbursement.

    Raises DomainError when no expense is new, or when what is engaged already covers them.
    """
    grants.get_grant(actor, grant_id)
    grant = locked_grant(grant_id)
    waiting = grants.list_waiting_for_invoices(grant)
    grant_policies.may_reimburse(actor, grant, waiting).or_raise()
    follow_up = statements.find_follow_up(actor, grant)
    if follow_up is None:
        raise DomainError("Le suivi de cette aide n’est pas ouvert.", code="no_follow_up")
    found = selectors.preview(actor, grant, follow_up)
    if found.steps is None:
        raise DomainError(found.refusal, code="rate")
    if not found.lines:
        raise DomainError("Toutes les dépenses acceptées sont déjà comptées : rien n’est changé.", code="counted")
    one = paying.reimburse(
        actor=actor, grant_id=grant.pk, compliant=found.steps.compliant, at=at,
        invoices=[paying.AcceptedInvoice(f"f-{each.expense.pk}", each.label, each.document) for each in found.lines],
    )  # fmt: skip
    held = Reimbursement.objects.filter(grant=grant)
    before = held.filter(instalment=one).aggregate(sum=Sum("amount"))["sum"] or ZERO
    row = Reimbursement.objects.create(
        circle_id=grant.circle_id, grant=grant, number=held.count() + 1, instalment=one, amount=one.amount - before,
        compliant=found.steps.compliant, content=found.content(), at=at, person_id=actor.person_id,
    )  # fmt: skip
    ReimbursedExpense.objects.bulk_create(
        ReimbursedExpense(circle_id=grant.circle_id, expense=each.expense, reimbursement=row, counted=each.counted)
        for each in found.lines
    )
    journal.close(reimburse_key(grant))
    return row
