"""An aid that was lent comes back: its schedule begins with the payment, repayments are recorded, decisions change it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import counted, format_date, format_euros
from avenant.domain.funding import loans as rules
from avenant.domain.lifecycles import APPLICANTS, KEEPING
from avenant.domain.money import ZERO
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies
from avenant.funding.grants.models import Grant, Instalment, LoanDecision, LoanReceipt, Repayment
from avenant.funding.grants.services.agreement import locked, tell_both, today_of

Kind = LoanDecision.Kind
LONGEST: Final = 120
"""No schedule has more repayments, nor more months between two."""


def repay_key(row: Repayment) -> str:
    """The natural key of the échéance of a repayment."""
    return f"repayment:{row.pk}:pay"


def lend(grant: Grant, one: Instalment, *, actor: Actor, at: datetime) -> None:
    """The money of a loan is paid: its schedule begins that day, each line due from the establishment.

    The aid is locked. The lines make the payment to the cent, by the terms kept with the aid.
    """
    terms = grant.said_terms.loan
    if terms is None or one.paid_on is None:
        raise DomainError("Les modalités de cette aide ne disent pas comment elle se rembourse.", code="no_terms")
    last = Repayment.objects.filter(grant=grant).count()
    rows = [
        Repayment(
            circle_id=grant.circle_id, grant=grant, number=last + each.number, amount=each.amount,
            due_on=rules.day_of(one.paid_on, each.months),
        )
        for each in rules.plan_repayments(one.amount, terms)
    ]  # fmt: skip
    Repayment.objects.bulk_create(rows)
    _plan(grant, rows)
    first = rows[0]
    record(
        grant.circle_id, verb="loan.begin", actor=actor, at=at, page=grant.loan_page(), subject=grant.pk,
        label=f"Prêt de {format_euros(one.amount)} : {counted(len(rows), 'échéance')}, la première le "
        f"{format_date(first.due_on)}",
        evidence={"échéances": [[each.due_on.isoformat(), str(each.amount)] for each in rows]},
    )  # fmt: skip


def unlend(grant: Grant, one: Instalment, *, actor: Actor, at: datetime) -> None:
    """The money of a loan came back from the bank before anything was repaid: its schedule never began. The aid is locked.

    Raises DomainError once a repayment was received, or a decision made: they are undone first.
    """
    kept = LoanReceipt.objects.filter(grant=grant, taken_back_at=None).exists()
    if kept or LoanDecision.objects.filter(grant=grant).exists():
        raise DomainError(
            "Le prêt versé a déjà un remboursement ou une décision : le paiement n’a donc pas été rejeté.",
            code="repaid",
        )
    rows = _held(grant)
    journal.drop(*(repay_key(row) for row in rows))
    Repayment.objects.filter(grant=grant).delete()
    record(
        grant.circle_id, verb="loan.end", actor=actor, at=at, page=grant.loan_page(), subject=grant.pk,
        label=f"Prêt de {format_euros(one.amount)} : le paiement est rejeté, le plan de remboursement est retiré",
    )  # fmt: skip


def _plan(grant: Grant, rows: Iterable[Repayment]) -> None:
    if grant.beneficiary_id is None:
        return
    zone = ZoneInfo(grant.authority.territory.time_zone)
    for row in rows:
        left = row.as_domain().left
        if not left:
            continue
        journal.plan(
            grant.circle_id,
            Due(
                key=repay_key(row), organisation_id=grant.beneficiary_id, waiting=grant.authority.short_name,
                label=f"Rembourser l’échéance {row.number}, {format_euros(left)} : {grant.number}", role=Role.DIRECTOR,
                due_at=datetime.combine(row.due_on + timedelta(days=1), time(), tzinfo=zone), zone=zone.key,
                page=grant.loan_page(), basis="convention, plan de remboursement",
                consequence="l’aide ne peut pas être soldée.",
            ),
        )  # fmt: skip


def _held(grant: Grant) -> list[Repayment]:
    """The lines, locked after their aid."""
    return list(Repayment.objects.select_for_update(of=("self",)).filter(grant=grant).order_by("number"))


def _save(grant: Grant, rows: Sequence[Repayment], told: Sequence[rules.Repayment]) -> None:
    """Write what the rules give: a line with nothing left is done, one that asks again is due again."""
    changed = []
    for row, line in zip(rows, told, strict=False):
        if (row.paid, row.released) != (line.paid, line.released):
            row.paid, row.released = line.paid, line.released
            row.save(update_fields=["paid", "released"])
            changed.append(row)
    added = Repayment.objects.bulk_create(
        Repayment(circle_id=grant.circle_id, grant=grant, number=one.number, due_on=one.due_on, amount=one.amount)
        for one in told[len(rows) :]
    )
    _plan(grant, [*changed, *added])
    done = [row for row in changed if not row.as_domain().left]
    journal.close(*(repay_key(row) for row in done if row.paid))
    journal.drop(*(repay_key(row) for row in done))


def _lines(rows: Iterable[Repayment]) -> list[rules.Repayment]:
    return [row.as_domain() for row in rows]


def _received(grant: Grant) -> Decimal:
    kept = LoanReceipt.objects.filter(grant=grant, taken_back_at=None).values_list("amount", flat=True)
    return sum(kept, ZERO)


# -- What comes back ---------------------------------------------------------------------------------------------------


@transaction.atomic
def record_repayment(
    *, actor: Actor, grant_id: uuid.UUID, amount: Decimal | None, on: date, reference: str, at: datetime
) -> LoanReceipt:
    """Write what the establishment repaid, counted on the oldest lines first; ``None`` is all that is left (early
    repayment in full). The same receipt sent again changes nothing.

    Raises DomainError beyond what is left, on a day to come or before the loan, or for a reference already used.
    """
    grant = locked(actor, grant_id)
    rows = _held(grant)
    policies.may_record_repayment(actor, grant).or_raise()
    named = reference.strip()[:60]
    if not named:
        raise DomainError(
            "Donnez la référence de l’encaissement : elle évite de l’enregistrer deux fois.", code="reference"
        )
    left = rules.left_of(_lines(rows))
    there = LoanReceipt.objects.filter(grant=grant, reference=named, taken_back_at=None).first()
    if there is not None:
        if there.on == on and (there.amount == amount or (amount is None and not left)):
            return there
        raise DomainError(
            f"La référence {named} est déjà celle d’un encaissement de {format_euros(there.amount)}.", code="known"
        )
    _check_receipt(grant, amount, left, on, at)
    received = left if amount is None else amount
    row = LoanReceipt.objects.create(
        circle_id=grant.circle_id,
        grant=grant,
        amount=received,
        on=on,
        reference=named,
        at=at,
        person_id=actor.person_id,
    )
    _save(grant, rows, rules.fill(_lines(rows), _received(grant)))
    record(
        grant.circle_id, verb="loan.repay", actor=actor, at=at, page=grant.loan_page(), subject=grant.pk,
        label=f"Remboursement de {format_euros(received)} encaissé le {format_date(on)} ({named})",
        evidence={"montant": str(received), "référence": named, "reste": str(left - received)},
    )  # fmt: skip
    _tell(grant, f"loan:{row.pk}:repaid", f"Remboursement de {format_euros(received)} enregistré : {grant.number}",
          f"Reste à rembourser : {format_euros(left - received)}.", at)  # fmt: skip
    return row


def _check_receipt(grant: Grant, amount: Decimal | None, left: Decimal, on: date, at: datetime) -> None:
    if not left:
        raise DomainError("Rien ne reste à rembourser.", code="nothing")
    if amount is not None and amount <= 0:
        raise DomainError("Le montant remboursé est positif.", code="amount")
    if amount is not None and amount > left:
        raise DomainError(f"Il ne reste que {format_euros(left)} à rembourser.", code="beyond")
    first = grant.instalments.filter(repayable=True, paid_on__isnull=False).order_by("paid_on").first()
    if first is None or first.paid_on is None or not first.paid_on <= on <= today_of(grant, at):
        since = format_date(first.paid_on) if first and first.paid_on else "son versement"
        raise DomainError(
            f"Le prêt est versé depuis le {since} : l’encaissement va de ce jour à aujourd’hui.", code="day"
        )


@transaction.atomic
def take_receipt_back(*, actor: Actor, grant_id: uuid.UUID, receipt_id: uuid.UUID, reason: str, at: datetime) -> None:
    """A receipt written by mistake, or a payment that bounced, no longer counts; its lines are due again."""
    grant = locked(actor, grant_id)
    rows = _held(grant)
    policies.may_record_repayment(actor, grant).or_raise()
    row = LoanReceipt.objects.select_for_update(of=("self",)).filter(grant=grant, pk=receipt_id).first()
    if row is None or row.taken_back_at is not None:
        raise DomainError("Cet encaissement n’est pas, ou n’est plus, au compte du prêt.", code="unknown")
    if not reason.strip():
        raise DomainError("Un encaissement s’annule avec son motif.", code="reason")
    row.taken_back_at, row.reason = at, reason.strip()[:500]
    row.save(update_fields=["taken_back_at", "reason"])
    _save(grant, rows, rules.fill(_lines(rows), _received(grant)))
    record(
        grant.circle_id, verb="loan.take_back", actor=actor, at=at, page=grant.loan_page(), subject=grant.pk,
        reason=row.reason, label=f"Encaissement de {format_euros(row.amount)} annulé ({row.reference})",
    )  # fmt: skip
    _tell(grant, f"loan:{row.pk}:taken_back", f"Encaissement annulé, {format_euros(row.amount)} : {grant.number}",
          row.reason, at)  # fmt: skip


# -- Decisions ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def reschedule_loan(
    *, actor: Actor, grant_id: uuid.UUID, first_on: date, parts: int, every: int, reason: str, at: datetime
) -> LoanDecision:
    """Ask what is left by another schedule: ``parts`` equal repayments, one every ``every`` months from ``first_on``.

    Raises DomainError without a reason, on a day that is past, or when the schedule would be the same.
    """
    grant, rows, left = _deciding(actor, grant_id, reason)
    if first_on < today_of(grant, at):
        raise DomainError("La première échéance est aujourd’hui ou plus tard.", code="day")
    if not 1 <= parts <= LONGEST or not 1 <= every <= LONGEST:
        raise DomainError(f"Un plan a de 1 à {LONGEST} échéances, espacées de 1 à {LONGEST} mois.", code="parts")
    told = rules.reschedule(_lines(rows), first_on=first_on, parts=parts, every=every)
    asked = [(one.due_on, one.left) for one in _lines(rows) if one.left]
    if asked == [(one.due_on, one.left) for one in told if one.left]:
        raise DomainError("C’est déjà le plan de remboursement : rien n’est changé.", code="same")
    _save(grant, rows, told)
    return _decide(grant, Kind.RESCHEDULED, left, reason, actor=actor, at=at)


@transaction.atomic
def write_off_loan(
    *, actor: Actor, grant_id: uuid.UUID, amount: Decimal | None, reason: str, at: datetime, seen: Decimal | None = None
) -> LoanDecision:
    """Give up what is left, or a part of it from the last line back, by a decision with its reason. ``seen`` is what was
    left when the form was opened: a decision sent twice is taken once."""
    grant, rows, left = _deciding(actor, grant_id, reason)
    if seen is not None and left != seen:
        raise DomainError(
            f"Il reste {format_euros(left)} à rembourser, et non {format_euros(seen)} comme à l’ouverture de la page : "
            "relisez avant de décider.", code="stale",
        )  # fmt: skip
    given = left if amount is None else amount
    if not ZERO < given <= left:
        raise DomainError(f"La remise est positive, et de {format_euros(left)} au plus.", code="amount")
    _save(grant, rows, rules.release(_lines(rows), given))
    return _decide(grant, Kind.WRITTEN_OFF, given, reason, actor=actor, at=at)


def _deciding(actor: Actor, grant_id: uuid.UUID, reason: str) -> tuple[Grant, list[Repayment], Decimal]:
    grant = locked(actor, grant_id)
    rows = _held(grant)
    policies.may_decide_loan(actor, grant).or_raise()
    left = rules.left_of(_lines(rows))
    if not left:
        raise DomainError("Rien ne reste à rembourser.", code="nothing")
    if not reason.strip():
        raise DomainError("Une décision sur un prêt a son motif.", code="reason")
    return grant, rows, left


def _decide(
    grant: Grant, kind: LoanDecision.Kind, amount: Decimal, reason: str, *, actor: Actor, at: datetime
) -> LoanDecision:
    row = LoanDecision.objects.create(
        circle_id=grant.circle_id, grant=grant, kind=kind, amount=amount, reason=reason.strip(), at=at,
        person_id=actor.person_id,
    )  # fmt: skip
    words = f"{kind.label.capitalize()}, {format_euros(amount)}"
    record(grant.circle_id, verb=f"loan.{kind.value}", label=words, actor=actor, at=at, reason=row.reason,
           page=grant.loan_page(), subject=grant.pk, evidence={"montant": str(amount)})  # fmt: skip
    _tell(grant, f"loan-decision:{row.pk}", f"{words} : {grant.number}", row.reason, at)
    return row


# -- What a recovery does to a loan ------------------------------------------------------------------------------------


def recall(grant: Grant, amount: Decimal, *, reason: str, actor: Actor, at: datetime) -> None:
    """A recovery asks this part back at once: it leaves the schedule, the last lines first. The aid is locked."""
    if not amount:
        return
    rows = _held(grant)
    _save(grant, rows, rules.release(_lines(rows), amount))
    _decide(grant, Kind.RECALLED, amount, reason, actor=actor, at=at)


def restore(grant: Grant, amount: Decimal, *, reason: str, actor: Actor, at: datetime) -> None:
    """The recovery asks it no more: it comes back to the schedule. The aid is locked."""
    if not amount:
        return
    rows, terms = _held(grant), grant.said_terms.loan
    every = terms.every if terms else 1
    _save(grant, rows, rules.restore(_lines(rows), amount, today=today_of(grant, at), every=every))
    _decide(grant, Kind.RESTORED, amount, reason, actor=actor, at=at)


# -- Late --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def tell_late_repayments(*, at: datetime) -> int:
    """Tell the authority and the establishment each line whose day has passed unpaid, once; how many. Run by a job."""
    rows = Repayment.objects.filter(due_on__lt=at.date()).select_related("grant__authority__territory")
    told = 0
    for row in rows.filter(grant__state="in_force").order_by("due_on"):
        grant, line = row.grant, row.as_domain()
        if line.standing(today_of(grant, at)) is not rules.Standing.LATE:
            continue
        tell_both(
            grant,
            Message(
                key=f"repayment:{row.pk}:late:{row.due_on.isoformat()}", act="Ouvrir le compte du prêt",
                title=f"Échéance de {format_euros(line.left)} non remboursée depuis le {format_date(row.due_on)} : {grant}",
                page=grant.loan_page(), basis="convention, plan de remboursement",
                consequence="L’aide ne peut pas être soldée. Un rééchelonnement se décide avec son motif.",
            ), at=at, roles=[*KEEPING, Role.DIRECTOR],
        )  # fmt: skip
        told += 1
    return told


def _tell(grant: Grant, key: str, title: str, body: str, at: datetime) -> None:
    if grant.beneficiary_id:
        notify_organisation(
            grant.circle_id, grant.beneficiary_id,
            Message(
                key=key, title=title, act="Ouvrir le compte du prêt", page=grant.loan_page(), body=body,
                consequence="Le compte du prêt montre ce qui reste dû et quand.",
            ), at=at, roles=APPLICANTS,
        )  # fmt: skip
