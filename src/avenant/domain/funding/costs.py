"""Amounts of an expense line: excluding and including tax, one VAT rate a line, mixed rates refused or split."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_euros, typeset
from avenant.domain.money import ZERO, cents, percent, share
from avenant.domain.rules.findings import Evaluation
from avenant.domain.rules.parameters import rate_in_words

MAINLAND_RATES: Final = tuple(map(percent, ("0", "2.1", "5.5", "10", "20")))
OVERSEAS_RATES: Final = tuple(map(percent, ("0", "1.05", "1.75", "2.1", "8.5")))
"""Guadeloupe, Martinique, La Réunion (CGI, articles 278, 294, 296); Guyane and Mayotte: no VAT."""

_CENT: Final = Decimal("0.01")


class MixedVat(DomainError):
    """The tax of a line is none of the rates: it mixes several, or a figure is wrong."""


@dataclass(frozen=True, slots=True)
class Taxed:
    """An amount at one VAT rate."""

    excl_tax: Decimal
    incl_tax: Decimal
    rate: Fraction


def with_tax(excl_tax: Decimal, rate: Fraction) -> Taxed:
    """The amount with its tax, rounded at the cent."""
    return Taxed(excl_tax, excl_tax + share(excl_tax, rate), rate)


def rate_of(excl_tax: Decimal, incl_tax: Decimal, rates: Iterable[Fraction] = MAINLAND_RATES) -> Taxed:
    """The line with the one rate that gives its tax, at one cent near. Raises :class:`MixedVat` when none does."""
    tax = _tax(excl_tax, incl_tax)
    listed = tuple(rates)
    for rate in listed:
        if abs(share(excl_tax, rate) - tax) <= _CENT:
            return Taxed(excl_tax, incl_tax, rate)
    raise MixedVat(
        typeset(
            f"{format_euros(tax)} de taxe sur {format_euros(excl_tax)} ne répond à aucun taux "
            f"({enumerate_in_words([rate_in_words(rate) for rate in listed])}). "
            "Faites une ligne par taux, ou corrigez le montant."
        ),
        code="vat",
    )


def _tax(excl_tax: Decimal, incl_tax: Decimal) -> Decimal:
    if incl_tax < excl_tax:
        raise MixedVat(typeset("Le montant toutes taxes comprises est inférieur au montant hors taxes."), code="vat")
    return incl_tax - excl_tax


def split_by_rate(excl_tax: Decimal, incl_tax: Decimal, low: Fraction, high: Fraction) -> tuple[Taxed, Taxed]:
    """A line that mixes two rates, as two lines whose sums are the line's to the cent.

    The part at each rate follows from the tax; its own tax is that of its rate, two cents near. Raises
    :class:`MixedVat` when no such split exists, ValueError when the rates are not in order.
    """
    if low >= high:
        raise ValueError("two rates, the lower first")
    tax = Fraction(_tax(excl_tax, incl_tax))
    at_high = cents((tax - low * Fraction(excl_tax)) / (high - low))
    slack = cents(Fraction(_CENT) / (high - low))  # what one cent of rounded tax moves
    if -slack <= at_high <= excl_tax + slack:
        at_high = min(max(at_high, ZERO), excl_tax)
    else:
        raise MixedVat(
            typeset(f"Aucun partage entre {rate_in_words(low)} et {rate_in_words(high)} ne donne cette taxe."),
            code="vat",
        )
    first = with_tax(excl_tax - at_high, low)
    return first, Taxed(at_high, incl_tax - first.incl_tax, high)


@dataclass(frozen=True, slots=True)
class LineCost:
    """What is kept of one line; None while it is unknown. ``reasons`` are the rules that took something."""

    project: str
    line: str
    eligible_excl_tax: Decimal | None
    eligible_incl_tax: Decimal | None
    reasons: tuple[str, ...]


def eligible_costs(evaluation: Evaluation) -> tuple[LineCost, ...]:
    """The eligible cost of each expense line of a dossier, in its order."""
    return tuple(
        LineCost(project.code, line.code, line.eligible_excl_tax, line.eligible_incl_tax, line.reasons)
        for project in evaluation.projects
        for line in project.lines
    )
