"""The balance of an aid, computed from the expenses that were accepted, by the method of its call."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros, typeset
from avenant.domain.funding.loans import split_unspent
from avenant.domain.funding.payments import (
    Balance,
    Instalment,
    Method,
    Spending,
    SpentExpense,
    Verdict,
    effective_rate,
    settle,
    spending,
)
from avenant.domain.funding.recovery import Step, TakenBack, causes, computation
from avenant.domain.money import ZERO, share
from avenant.domain.rules.parameters import rate_in_words
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants.models import Grant
from avenant.funding.grants.models import Instalment as InstalmentRow
from avenant.funding.grants.selectors import loans
from avenant.funding.reports.models import FollowUp, GrantReport, Recovery, ReportedExpense
from avenant.funding.reports.selectors import statements

CANCELLED = ("cancelled", "lapsed")


@dataclass(frozen=True, slots=True)
class Struck:
    """A balance and how it was computed. ``base`` is the eligible cost, ``declared`` all that was declared in time;
    ``penalty`` the share that a breach adds to what is recovered, zero without one."""

    balance: Balance
    spent: Spending
    base: Decimal
    declared: Decimal
    rate: Fraction
    rate_said: str
    method: Method
    causes: tuple[str, ...]
    penalty: Fraction
    taken: TakenBack

    @property
    def steps(self) -> list[Step]:
        """The computation, line by line."""
        return computation(
            self.balance, self.taken, compliant=self.spent.compliant, rate=self.rate_said, method=self.method
        )

    @property
    def sentence(self) -> str:
        """What is due, paid, to pay or to take back."""
        back = self.taken.back + self.taken.repaid
        if not back:
            return self.balance.sentence
        left = format_euros(self.taken.recovered)
        return typeset(
            f"{self.balance.sentence} {format_euros(back)} en sont déjà revenus : il reste {left} à récupérer."
        )

    def content(self) -> dict[str, Any]:
        """Plain data, kept with the balance."""
        return {
            "method": self.method.value, "rate": str(self.rate), "base": str(self.base), "declared": str(self.declared),
            "waiting": str(self.spent.waiting), "rejected": str(self.spent.rejected), "late": str(self.spent.late),
            "reasons": list(self.spent.reasons), "causes": list(self.causes), "sentence": self.sentence,
            "steps": [[one.label, str(one.amount), one.how, one.result] for one in self.steps],
            "already_back": str(self.taken.back), "recalled": str(self.taken.recalled),
            "repaid_before": str(self.taken.repaid),
            "instalments": [
                {"number": one.number, "amount": str(one.amount), "paid": str(one.paid)}
                for one in self.balance.instalments
            ],
        }  # fmt: skip


def strike(actor: Actor, grant: Grant, follow_up: FollowUp, *, breach: bool = False) -> Struck:
    """The balance as it would be struck now. Raises DomainError while the rate of the aid is unknown.

    What is accepted counts; what waits for its reading does not yet. Unpaid instalments are cut first (§3.2, 9°).
    """
    base = sum((one.eligible for one in follow_up.action_costs()), ZERO)
    known = base >= grant.awarded
    rate = effective_rate(grant.awarded, base) if known else grant.aid_rate
    if rate is None:
        raise DomainError(
            "Le taux de cette aide n’est pas connu : son solde ne se calcule pas.".replace(" :", "\u202f:")
        )
    said = rate_in_words(rate)
    if known:
        shares = f"{format_euros(grant.awarded)} accordés sur {format_euros(base)} de coût éligible"
        said = f"{shares}, soit {said}"
    rows = statements.list_expenses(actor, GrantReport.objects.filter(grant=grant).exclude(received_at=None))
    spent = spending((_spent(one, follow_up) for one in rows), follow_up.until)
    method = Method(grant.said_terms.method)
    penalty = Fraction(follow_up.penalty) if breach else Fraction(0)
    balance = settle(
        granted=grant.amount, rate=rate, compliant=spent.compliant, instalments=_instalments(grant), method=method,
        penalty=penalty, breach=breach,
    )  # fmt: skip
    declared = spent.compliant + spent.waiting + spent.rejected
    told = causes(balance, compliant=spent.compliant, declared=declared, base=base)
    taken = _taken(grant, balance, penalty)
    return Struck(balance, spent, base, declared, rate, said, method, tuple(told), penalty, taken)


def _taken(grant: Grant, balance: Balance, penalty: Fraction) -> TakenBack:
    """What came back already is not asked again, nor what the schedule of a loan still asks."""
    if not balance.recovered:
        return TakenBack(unspent=ZERO, recovered=ZERO)
    former = Recovery.objects.filter(grant=grant).exclude(state="waived").prefetch_related("entries")
    back = min(sum((one.principal_back for one in former), ZERO), balance.recovered)
    lends = grant.said_terms.loan is not None
    parted = split_unspent(
        balance.recovered - back, paid=balance.paid, lent=loans.lent_of(grant) if lends else ZERO,
        left=loans.left_of(grant) if lends else ZERO,
    )  # fmt: skip
    return TakenBack(
        unspent=balance.recovered, back=back, repaid=parted.back, recalled=parted.recalled, recovered=parted.recovered,
        penalty=min(share(parted.recovered, penalty), balance.paid - parted.recovered),
    )  # fmt: skip


def _spent(one: ReportedExpense, follow_up: FollowUp) -> SpentExpense:
    made = one.verdict_made
    verdict = Verdict.DECLARED if made is None else Verdict.ACCEPTED if made.accepted else Verdict.REJECTED
    return SpentExpense(
        code=f"{one.report}, {one.code}", amount=one.counts(excluding_tax=follow_up.excluding_tax), paid_on=one.paid_on,
        verdict=verdict, reason=made.reason if made else "", until=one.pay_by,
    )  # fmt: skip


def _instalments(grant: Grant) -> list[Instalment]:
    rows = InstalmentRow.objects.filter(grant=grant).exclude(state__in=CANCELLED).order_by("number")
    return [
        Instalment(number=one.number, amount=one.amount, paid=one.amount if one.state == "paid" else ZERO)
        for one in rows
    ]
