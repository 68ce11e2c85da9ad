"""What is taken back of an award: why, after which exchange, by which ways, until nothing is left (§3.2, 9°)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Final

from avenant.domain.decision import Decision
from avenant.domain.french import format_date, format_euros, typeset
from avenant.domain.funding.payments import Balance, Method
from avenant.domain.money import ZERO

ANSWER_DAYS: Final = 30
"""Days left to the establishment to answer before a decision; the text gives none."""
ARTICLE: Final = "§3.2, 9° ; états récapitulatifs du §3.3"
"""The text cites a « 2.3 » that does not exist: the statements are those of §3.3."""


class Way(StrEnum):
    """How a part of a claim comes back, taken on a notification of credits or asked by a recovery order; or why it never
    will: forgiven by a decision, or given up by the accountant as what cannot be recovered."""

    OFFSET = "offset"
    ORDER = "order"
    FORGIVEN = "forgiven"
    LOST = "lost"


GIVEN_UP: Final = frozenset({Way.FORGIVEN, Way.LOST})


@dataclass(frozen=True, slots=True)
class Claim:
    """Where a claim stands: what is asked, what an offset has taken, what an order asks, what of that order is paid, what
    is given up. What is given up is first what nothing covers, then what the orders still ask."""

    amount: Decimal
    offset: Decimal = ZERO
    ordered: Decimal = ZERO
    paid: Decimal = ZERO
    given_up: Decimal = ZERO

    @property
    def unplanned(self) -> Decimal:
        """What neither an offset nor an order covers yet."""
        return max(self.amount - self.offset - self.ordered - self.given_up, ZERO)

    @property
    def left(self) -> Decimal:
        """What has not come back yet, and is still asked."""
        return self.amount - self.offset - self.paid - self.given_up

    def may_add(self, way: Way, amount: Decimal) -> Decision:
        """An offset or an order is positive and within what no way covers yet."""
        return _within(
            amount, self.unplanned, f"Il ne reste que {format_euros(self.unplanned)} à imputer ou à ordonner."
        )

    def may_receive(self, amount: Decimal) -> Decision:
        """A payment is positive and within what the orders still ask."""
        waiting = min(self.ordered - self.paid, self.left)
        return _within(amount, waiting, f"Les titres de recette n'attendent plus que {format_euros(waiting)}.")

    def may_give_up(self, amount: Decimal) -> Decision:
        """What is given up is positive and within what has not come back."""
        return _within(amount, self.left, f"Il ne reste que {format_euros(self.left)} à récupérer.")

    def may_close(self) -> Decision:
        """A claim closes when nothing is left of it."""
        if self.left:
            return Decision.no(typeset(f"Il reste {format_euros(self.left)} à récupérer."))
        return Decision.yes()


def _within(amount: Decimal, most: Decimal, beyond: str) -> Decision:
    if amount <= 0:
        return Decision.no("Le montant est positif.")
    return Decision.no(typeset(beyond)) if amount > most else Decision.yes()


def claim_of(amount: Decimal, entries: Iterable[tuple[Way, Decimal, Decimal]]) -> Claim:
    """The claim after its entries: way, amount, and what was paid of it."""
    told = list(entries)
    return Claim(
        amount=amount,
        offset=sum((one for way, one, _ in told if way is Way.OFFSET), ZERO),
        ordered=sum((one for way, one, _ in told if way is Way.ORDER), ZERO),
        paid=sum((paid for way, _, paid in told if way is Way.ORDER), ZERO),
        given_up=sum((one for way, one, _ in told if way in GIVEN_UP), ZERO),
    )


def may_decide(*, today: date, answer_by: date | None, answered: bool) -> Decision:
    """The decision waits for the answer of the establishment, or for the day after the last it had to answer."""
    if answer_by is None:
        return Decision.no("La récupération n'est pas encore notifiée à l'établissement.".replace("'", "’"))
    if answered or today > answer_by:
        return Decision.yes()
    until = format_date(answer_by)
    return Decision.no(typeset(f"Phase contradictoire : l'établissement répond jusqu'au {until} inclus."))


def last_day_to_answer(notified_on: date, days: int = ANSWER_DAYS) -> date:
    """The last day to answer, the day of the notification not counted."""
    return notified_on + timedelta(days=days)


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenBack:
    """What is asked back of an aid, once what came back before is deducted. ``unspent`` was paid beyond what is due,
    ``back`` came back, or was given up, by former recoveries, ``repaid`` by the schedule of a loan; ``recalled`` leaves
    that schedule."""

    unspent: Decimal
    back: Decimal = ZERO
    repaid: Decimal = ZERO
    recalled: Decimal = ZERO
    recovered: Decimal
    penalty: Decimal = ZERO


@dataclass(frozen=True, slots=True)
class Step:
    """A line of a computation: what, how much, how it is found; ``result`` marks what the lines above give."""

    label: str
    amount: Decimal
    how: str = ""
    result: bool = False


def computation(balance: Balance, taken: TakenBack, *, compliant: Decimal, rate: str, method: Method) -> list[Step]:
    """The balance of an aid line by line, so that anybody finds each cent again with a pencil (§3.2, 9°).

    ``rate`` is the exact rate in words, for the method that uses one: « 3 000,00 € accordés sur 7 000,00 € ».
    """
    told = [Step("Dépenses acceptées", compliant)]
    if method is Method.B:
        told.append(Step("Aide sur ces dépenses", balance.worth, f"{rate}, au centime"))
    told += [
        Step("Aide en vigueur", balance.granted, "l'aide due ne la dépasse pas"),
        Step("Aide due", balance.due, "le moindre des deux montants ci-dessus", result=True),
        Step("Versé", balance.paid),
    ]
    if balance.to_pay:
        return _typeset([*told, Step("Reste à verser", balance.to_pay, "aide due moins versé", result=True)])
    if taken.unspent == taken.recovered and not taken.penalty:
        over = [Step("À récupérer", taken.recovered, "versé moins aide due", result=True)] if taken.unspent else []
        return _typeset([*told, *over])
    told.append(Step("Versé au-delà de l'aide due", taken.unspent, "versé moins aide due", result=True))
    if taken.back:
        told.append(Step("Déjà revenu, ou remis, par une récupération", -taken.back))
    if taken.repaid:
        told.append(Step("Déjà remboursé du prêt, part non employée", -taken.repaid))
    if taken.penalty:
        told.append(Step("Pénalité de la convention", taken.penalty))
    return _typeset([*told, Step("À récupérer", taken.recovered + taken.penalty, result=True)])


def _typeset(steps: Iterable[Step]) -> list[Step]:
    return [replace(one, label=typeset(one.label), how=typeset(one.how)) for one in steps]


def causes(balance: Balance, *, compliant: Decimal, declared: Decimal, base: Decimal) -> list[str]:
    """Why money is asked back, in sentences: reduced award, under-consumption, expenses that were not accepted."""
    told = []
    refused = declared - compliant
    if refused > 0:
        told.append(f"Consommation non conforme : {format_euros(refused)} de dépenses ne sont pas acceptées.")
    if declared < base:
        told.append(f"Sous-consommation : {format_euros(declared)} dépensés sur {format_euros(base)} prévus.")
    if not told and balance.recovered:
        told.append(
            f"L'aide est réduite à {format_euros(balance.granted)}, moins que les {format_euros(balance.paid)} versés."
        )
    return [typeset(one) for one in told]
