"""Where a report, a visit or a recovery stands, for its mark. Read in the pages of the follow-up."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django import template

from avenant.domain.french import format_euros, format_percentage
from avenant.funding.reports.models import Recovery, ReportedExpense

register = template.Library()

_TONES = {"accepted": "good", "reported": "good", "accepted_reserve": "warn", "returned": "warn", "received": ""}


@register.filter
def standing(row: Any, at: datetime) -> str:
    """``{{ report|standing:at }}`` « en retard », « reçu »."""
    told: str = row.standing(at)
    return told


@register.filter
def tone(row: Any, at: datetime) -> str:
    """``{{ report|tone:at }}``: the tone of its mark."""
    if "retard" in row.standing(at):
        return "bad"
    return "good" if (row.state, row.lifecycle.name) == ("received", "duerp_promise") else _TONES.get(row.state, "")


@register.filter
def verdict_tone(one: ReportedExpense) -> str:
    """``{{ expense|verdict_tone }}``."""
    made = one.verdict_made
    return "" if made is None else "good" if made.accepted else "bad"


@register.filter
def recovery_tone(one: Recovery) -> str:
    """``{{ recovery|recovery_tone }}``."""
    return "good" if one.state == "settled" else "" if one.state == "waived" else "warn"


@register.filter
def rate_percent(rate: Fraction) -> str:
    """``{{ rate|rate_percent }}`` « 40,00 % »."""
    return format_percentage(Decimal(rate.numerator) / Decimal(rate.denominator), decimals=2)


@register.filter
def as_euros(text: str) -> str:
    """``{{ kept|as_euros }}``: an amount kept as text."""
    return format_euros(Decimal(text))
