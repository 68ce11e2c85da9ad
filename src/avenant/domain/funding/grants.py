"""The aid of a dossier from its rulebook, and the rate of a call revised to its envelope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from avenant.domain.money import ZERO
from avenant.domain.rules.evaluation import aid_of, evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation, ProjectAmounts
from avenant.domain.rules.rulebook import Rulebook, rulebook_from_json

WHOLE: Final = 10_000
"""A rate of 100 %, in hundredths of a point."""


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

    Requests are not looked at: a revised rate opens them. An aid never decreases when the rate grows: a dossier whose
    aid is the same at both ends of the search is not evaluated again. Raises ValueError while the rate is blank or an
    aid unknown.
    """
    current: Fraction | None = rulebook.value(parameter)
    if current is None:
        raise ValueError("the rate is not fixed")
    tried = _Tried(revisable(rulebook), list(dossiers), parameter)
    before = sum(tried.aids(round(current * WHOLE)), ZERO)
    low, high = 0, WHOLE
    if tried.total(high) <= envelope:
        low = high
    while high - low > 1:
        middle = tried.guess(low, high, envelope)
        low, high = (middle, high) if tried.total(middle, low, high) <= envelope else (low, middle)
    proposed = Fraction(low, WHOLE)
    return RateProposal(
        current=current,
        proposed=proposed,
        factor=proposed / current if current else Fraction(0),
        total_before=before,
        total_after=tried.total(low),
        above_maximum=maximum is not None and proposed > maximum,
    )


def revisable(rulebook: Rulebook) -> Rulebook:
    """The rules under which a rate is revised: requests are opened, and the maximum of public aids, which judges a plan
    as it was declared, cuts the aid instead (§3.2, 2°)."""
    content = rulebook.to_json()
    content["rule"] = [one for one in content["rule"] if one["kind"] != "request"]
    for one in content["rule"]:
        if one["kind"] == "public_aid":
            one["effect"] = "caps"
    return rulebook_from_json(content)


class _Tried:
    """The aids of the dossiers at the rates already tried, in hundredths of a point."""

    def __init__(self, rulebook: Rulebook, dossiers: list[Facts], parameter: str) -> None:
        self.rulebook, self.dossiers, self.parameter = rulebook, dossiers, parameter
        self.known: dict[int, list[Decimal]] = {}
        self.guesses = 0

    def aids(self, rate: int, low: int | None = None, high: int | None = None) -> list[Decimal]:
        """The aid of each dossier at a rate; ``low`` and ``high`` are tried rates around it."""
        if rate not in self.known:
            given = self.rulebook.with_parameters({self.parameter: _written(Fraction(rate, WHOLE))})
            below, above = (None if end is None else self.known.get(end) for end in (low, high))
            self.known[rate] = [
                below[number] if below and above and below[number] == above[number] else _known_aid(given, one)
                for number, one in enumerate(self.dossiers)
            ]
        return self.known[rate]

    def total(self, rate: int, low: int | None = None, high: int | None = None) -> Decimal:
        return sum(self.aids(rate, low, high), ZERO)

    def guess(self, low: int, high: int, envelope: Decimal) -> int:
        """Where the line between both ends meets the envelope; every third guess is the middle, so that it ends."""
        self.guesses += 1
        bottom, top = self.total(low), self.total(high)
        if self.guesses % 3 == 0 or top <= bottom:
            return (low + high) // 2
        reached = low + int((high - low) * Fraction(envelope - bottom) / Fraction(top - bottom))
        return min(max(reached, low + 1), high - 1)


def _known_aid(rulebook: Rulebook, facts: Facts) -> Decimal:
    amount = aid_of(rulebook, facts)
    if amount is None:
        raise ValueError("an aid is unknown")
    return amount


def _written(rate: Fraction) -> str:
    hundredths = round(rate * 10_000)
    return f"{hundredths // 100}.{hundredths % 100:02d}"
