"""Reads of what is lent, actor first: the account of one aid, and the loans of an institution."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.db.models import DecimalField, Exists, F, Min, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce

from avenant.domain.funding import loans as rules
from avenant.domain.funding.loans import Planned, Standing
from avenant.domain.money import ZERO
from avenant.foundations.parties.actors import Actor
from avenant.foundations.words import with_words
from avenant.funding.grants.models import Grant, Instalment, LoanDecision, LoanReceipt, Repayment

LATE, RUNNING, REPAID, TO_LEND = "en-retard", "en-cours", "rembourse", "a-verser"
SORTS: Mapping[str, tuple[Any, ...]] = {
    "nom": ("folded", "id"),
    "-nom": ("-folded", "-id"),
    "reste": ("left", "id"),
    "-reste": ("-left", "-id"),
    "echeance": (F("next_on").asc(nulls_last=True), "id"),
    "-echeance": (F("next_on").desc(nulls_last=True), "-id"),
}
DEFAULT_SORT = "echeance"
TONES = {Standing.REPAID: "good", Standing.LATE: "bad", Standing.PARTLY: "warn"}


@dataclass(frozen=True, slots=True)
class AccountLine:
    """A line of the schedule as it stands today."""

    row: Repayment
    left: Decimal
    standing: Standing

    @property
    def tone(self) -> str:
        return TONES.get(self.standing, "")


@dataclass(frozen=True, slots=True)
class Account:
    """What was lent of an aid, and where each euro of it is. ``planned`` is the schedule before the money is lent."""

    lent: Decimal
    repaid: Decimal
    left: Decimal
    late: Decimal
    written_off: Decimal
    recalled: Decimal
    lines: list[AccountLine]
    receipts: list[LoanReceipt]
    decisions: list[LoanDecision]
    planned: list[Planned]

    @property
    def released(self) -> Decimal:
        """What decisions no longer ask of the lines."""
        return sum((one.row.released for one in self.lines), ZERO)

    @property
    def asked(self) -> Decimal:
        """What the lines add up to, those that a decision replaced included."""
        return sum((one.row.amount for one in self.lines), ZERO)

    @property
    def next_line(self) -> AccountLine | None:
        """The oldest line of which something is left."""
        return next((one for one in self.lines if one.left), None)


def left_of(grant: Grant) -> Decimal:
    """What is still to be repaid of an aid that its reader has already fetched."""
    return rules.left_of(one.as_domain() for one in Repayment.objects.filter(grant=grant))


def lent_of(grant: Grant) -> Decimal:
    """What was paid of an aid as a loan."""
    paid = Instalment.objects.filter(grant=grant, repayable=True, state="paid").aggregate(sum=Sum("amount"))
    return paid["sum"] or ZERO


def read_account(actor: Actor, grant: Grant, *, today: date) -> Account | None:
    """The account of an aid; None when nothing of it is lent."""
    lent = list(Instalment.objects.visible_to(actor).filter(grant=grant, repayable=True))
    if not lent:
        return None
    rows = list(Repayment.objects.visible_to(actor).filter(grant=grant).order_by("number"))
    told = [one.as_domain() for one in rows]
    lines = [AccountLine(row, one.left, one.standing(today)) for row, one in zip(rows, told, strict=True)]
    decisions = list(LoanDecision.objects.visible_to(actor).filter(grant=grant).select_related("person"))
    terms = grant.said_terms.loan
    waiting = next((one for one in lent if one.state != "paid" and one.amount), None)
    return Account(
        lent=sum((one.amount for one in lent if one.state == "paid"), ZERO),
        repaid=sum((one.paid for one in told), ZERO),
        left=rules.left_of(told),
        late=sum((one.left for one in lines if one.standing is Standing.LATE), ZERO),
        written_off=_sum(decisions, LoanDecision.Kind.WRITTEN_OFF),
        recalled=_sum(decisions, LoanDecision.Kind.RECALLED) - _sum(decisions, LoanDecision.Kind.RESTORED),
        lines=lines,
        receipts=list(LoanReceipt.objects.visible_to(actor).filter(grant=grant).select_related("person")),
        decisions=decisions,
        planned=rules.plan_repayments(waiting.amount, terms) if waiting and terms else [],
    )


def _sum(decisions: list[LoanDecision], kind: LoanDecision.Kind) -> Decimal:
    return sum((one.amount for one in decisions if one.kind == kind), ZERO)


@dataclass(frozen=True, slots=True)
class LoanSearch:
    """Which loans to show."""

    standing: str = ""
    text: str = ""
    sort: str = DEFAULT_SORT


def list_loans(actor: Actor, search: LoanSearch, *, today: date) -> QuerySet[Grant]:
    """The aids that I see of which a part is lent: what was lent, repaid, is left, is late, and the next day."""
    lent = Instalment.objects.filter(grant=OuterRef("pk"), repayable=True)
    open_lines = Q(amount__gt=F("paid") + F("released"))
    seen = Grant.objects.visible_to(actor).filter(Exists(lent)).exclude(state="cancelled")
    rows: QuerySet[Any] = seen.select_related("authority").defer("terms").annotate(
        lent=_total(lent.filter(state="paid"), Sum("amount")),
        repaid=_total(_lines(), Sum("paid")),
        left=_total(_lines(), Sum(F("amount") - F("paid") - F("released"))),
        late=_total(_lines().filter(due_on__lt=today), Sum(F("amount") - F("paid") - F("released"))),
        next_on=Subquery(_lines().filter(open_lines).order_by().values("grant").annotate(day=Min("due_on")).values("day")),
    )  # fmt: skip
    shown = {
        LATE: Q(late__gt=0), RUNNING: Q(left__gt=0), REPAID: Q(left=0, lent__gt=0), TO_LEND: Q(lent=0),
    }  # fmt: skip
    if search.standing in shown:
        rows = rows.filter(shown[search.standing])
    if search.text.strip():
        rows = rows.filter(pk__in=with_words(Grant.objects.visible_to(actor), search.text).values("pk"))
    return rows.order_by(*SORTS.get(search.sort, SORTS[DEFAULT_SORT]))


def totals_of(rows: QuerySet[Grant]) -> dict[str, Decimal]:
    """What a list of loans adds up to."""
    told = rows.order_by().aggregate(**{f"{name}_sum": Sum(name) for name in ("lent", "repaid", "left", "late")})
    return {name.removesuffix("_sum"): amount or ZERO for name, amount in told.items()}


def _lines() -> QuerySet[Repayment]:
    return Repayment.objects.filter(grant=OuterRef("pk"))


def _total(rows: QuerySet[Repayment] | QuerySet[Instalment], sum_of: Sum) -> Coalesce:
    money: DecimalField[Decimal, Decimal] = DecimalField(max_digits=14, decimal_places=2)
    told = rows.order_by().values("grant").annotate(total=sum_of).values("total")
    return Coalesce(Subquery(told, output_field=money), Value(ZERO), output_field=money)
