"""What an examiner and a committee look at beside the ranking: proportion, payroll reference, who validates a rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.french import format_date, format_euros, typeset
from avenant.domain.funding.calendar import CalendarStep
from avenant.domain.money import ZERO, cents

PARTNERSHIP_COSTS = frozenset({"logistique", "communication"})
"""What the labour directorate contributes to in an action led with its partners (convention, title 1, article 1)."""


@dataclass(frozen=True, slots=True)
class Proportion:
    """How a project measures up to who it serves: euros by agent, share of the yearly payroll; None while unknown."""

    by_agent: Decimal | None
    of_payroll: Decimal | None


def proportion(cost: Decimal | None, agents: int | None, payroll: Decimal | None) -> Proportion:
    """The cost of a project by agent and against the payroll of its establishment (§3.2, 8°)."""
    return Proportion(
        cents(Fraction(cost) / agents) if cost is not None and agents else None,
        cost / payroll if cost is not None and payroll else None,
    )


def above_reference(asked: Decimal | None, reference: Decimal | None) -> Decimal:
    """How far a request is above its payroll reference, in euros; 0 when it is not, or when one is unknown."""
    return ZERO if asked is None or reference is None else max(asked - reference, ZERO)


def partnership_warning(payer: OrganisationKind, nature: str, *, partnership: bool) -> str:
    """What is said of a contribution of the labour directorate to logistics or communication; empty when all is well."""
    if payer is not OrganisationKind.LABOUR or nature not in PARTNERSHIP_COSTS or partnership:
        return ""
    return typeset(
        "Hors de l'engagement de l'article 1 : la logistique et la communication sont prises en charge pour une "
        "action en partenariat."
    )


def validators_of(rate: Decimal, maximum: Decimal | None) -> frozenset[Role]:
    """Who validates a revised rate: above the stated maximum, the decision-maker alone (§3.2, 2°, §5.1)."""
    if maximum is not None and rate > maximum:
        return frozenset({Role.ARS_DECISION_MAKER})
    return frozenset({Role.ARS_DECISION_MAKER, Role.ARS_CALL_OFFICER})


def rate_warning(rate: Decimal, maximum: Decimal | None) -> str:
    """« au-dessus du maximum affiché », when it is."""
    if maximum is None or rate <= maximum:
        return ""
    return typeset(
        f"Ce taux est au-dessus du maximum affiché de {_percent(maximum)} : la direction de l'agence le valide par "
        "une dérogation expresse."
    )


def _percent(rate: Decimal) -> str:
    whole = rate.quantize(Decimal("0.01")).normalize()
    return f"{whole:f} %".replace(".", ",")


def over_envelope(room: Decimal, asked: Decimal) -> str:
    """Why an amount is refused: how much too much it is."""
    return typeset(
        f"L'enveloppe serait dépassée de {format_euros(asked - room)} : il y reste {format_euros(room)} pour "
        f"{format_euros(asked)} demandés. Rien n'y est pris."
    )


def step_on_time(step: CalendarStep | None, on: date) -> str:
    """What a day says against a step of the calendar: empty inside it (both days included) or without one."""
    if step is None or step.starts_on <= on <= step.ends_on:
        return ""
    if on < step.starts_on:
        return typeset(f"Avant la période annoncée, qui commence le {format_date(step.starts_on)}.")
    late = (on - step.ends_on).days
    return typeset(f"En retard de {late} jour{'s' if late > 1 else ''} sur le {format_date(step.ends_on)}.")
