"""The aid of a dossier from its rulebook, and the rate of a call revised to its envelope."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import accumulate

from avenant.domain.money import ZERO
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation, ProjectAmounts
from avenant.domain.rules.rulebook import Rulebook


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The aid of each project, what the applicant bears, and the evaluation that explains it; None while unknown."""

    projects: tuple[ProjectAmounts, ...]
    total: Decimal | None
    own_share: Decimal | None
    evaluation: Evaluation


def grant_of(rulebook: Rulebook, facts: Facts) -> Grant:
    """The aid that the rules compute, with its steps. ``own_share`` is the eligible cost that the aid leaves."""
    told = evaluate(rulebook, facts)
    bases = [one.eligible_excl_tax for one in told.projects]
    known = [one for one in bases if one is not None]
    total = sum(known, ZERO) if len(known) == len(bases) else None
    rest = None if total is None or told.grant is None else total - told.grant
    return Grant(projects=told.projects, total=told.grant, own_share=rest, evaluation=told)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateProposal:
    """A uniform rate for a call: the total it gives, and how far it is from the current rate. Nothing is changed.

    ``above_maximum``: the stated maximum is passed, an express decision is needed.
    """

    current: Fraction
    proposed: Fraction
    factor: Fraction
    total_before: Decimal
    total_after: Decimal
    above_maximum: bool


def propose_rate(
    rulebook: Rulebook,
    dossiers: Iterable[Facts],
    *,
    envelope: Decimal,
    parameter: str = "rate",
    maximum: Fraction | None = None,
) -> RateProposal:
    """The highest rate, in hundredths of a point, whose aids fit the envelope under every other rule of the call.

    Requests are not looked at: a revised rate opens them. Raises ValueError while the rate is blank or an aid unknown.
    """
    current: Fraction | None = rulebook.value(parameter)
    if current is None:
        raise ValueError("the rate is not fixed")
    listed = list(dossiers)
    free = rulebook.without_kind("request")

    def aids(rate: Fraction) -> Iterator[Decimal]:
        given = free.with_parameters({parameter: _written(rate)})
        for one in listed:
            amount = evaluate(given, one).grant
            if amount is None:
                raise ValueError("an aid is unknown")
            yield amount

    def total(rate: Fraction) -> Decimal:
        return sum(aids(rate), ZERO)

    def fits(rate: Fraction) -> bool:
        return all(reached <= envelope for reached in accumulate(aids(rate)))

    before = total(current)
    low, high = 0, 10_000
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if fits(Fraction(middle, 10_000)) else (low, middle - 1)
    proposed = Fraction(low, 10_000)
    return RateProposal(
        current=current,
        proposed=proposed,
        factor=proposed / current if current else Fraction(0),
        total_before=before,
        total_after=total(proposed),
        above_maximum=maximum is not None and proposed > maximum,
    )


def _written(rate: Fraction) -> str:
    hundredths = round(rate * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
