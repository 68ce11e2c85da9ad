"""Scenarios: asked, computed (the optimum by a job), adopted."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import counted
from avenant.domain.funding import allocation as sharing
from avenant.domain.funding.allocation import Candidate, Constraints
from avenant.domain.funding.order import in_order
from avenant.domain.funding.scenarios import by_payroll, uniform_rate
from avenant.domain.money import ZERO, percent
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, selectors, tasks
from avenant.funding.allocation.models import Examined, Scenario, Selection, Share
from avenant.funding.allocation.services.sessions import locked

WITHOUT_AID = "Les règles de l’appel n’ouvrent droit à aucune aide pour ce projet."
REFUSED_FOR_MONEY = "Le projet n’entre pas dans la limite de l’enveloppe dédiée à l’appel (§3.2, 1°)."
OUTSIDE = {
    Examined.Opinion.UNFAVOURABLE: ("Hors du partage : l’avis collégial est défavorable.", ""),
    Examined.Opinion.ADJOURNED: (
        "Hors du partage : l’avis collégial est ajourné.", "Il entrerait dans le partage une fois cet avis rendu.",
    ),
}  # fmt: skip
"""The opinions that keep a dossier out of every sharing, with what is told of it and what would bring it in."""
MOST = 12
"""Scenarios kept beside one another in a session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hypotheses:
    """What a scenario supposes. Euros; ``floors`` by territory; ``maximum`` the highest rate, in percent."""

    envelope: Decimal | None = None
    floors: Mapping[str, Decimal] = field(default_factory=dict)
    per_establishment: Decimal | None = None
    least: Decimal = ZERO
    maximum: Decimal = Decimal(100)
    partial: bool = True
    strict: bool = False

    def to_json(self) -> dict[str, Any]:
        return {
            "floors": {place: str(amount) for place, amount in self.floors.items()},
            "per_establishment": None if self.per_establishment is None else str(self.per_establishment),
            "least": str(self.least), "maximum": str(self.maximum), "partial": self.partial, "strict": self.strict,
        }  # fmt: skip


@transaction.atomic
def ask_scenario(
    *, actor: Actor, selection_id: uuid.UUID, method: str, label: str, said: Hypotheses, at: datetime
) -> Scenario:
    """Ask for a scenario. The optimum is searched by a job; the others are there at once."""
    selection = locked(actor, selection_id)
    policies.may_work(actor, selection).or_raise()
    if method not in Scenario.Method.values:
        raise DomainError("Choisissez une façon de répartir l’enveloppe.", code="method")
    if Scenario.objects.filter(selection=selection).count() >= MOST:
        raise DomainError(f"Une séance garde {MOST} scénarios : retirez-en un d’abord.", code="many")
    envelope = selection.envelope.left if said.envelope is None else said.envelope
    if not ZERO <= envelope <= selection.envelope.left:
        raise DomainError("Un scénario partage au plus ce qui reste de l’enveloppe.", code="envelope")
    scenario = Scenario.objects.create(
        circle_id=selection.circle_id, selection=selection, method=method, envelope=envelope, asked_at=at,
        label=label.strip()[:80] or Scenario.Method(method).label, settings=said.to_json(),
    )  # fmt: skip
    record(
        selection.circle_id, verb="selection.scenario", label=f"Scénario demandé : {scenario}", actor=actor, at=at,
        evidence=scenario.settings, page=selection.page(), subject=selection.pk,
    )  # fmt: skip
    if method == Scenario.Method.OPTIMUM:
        tasks.compute_scenario.defer(scenario_id=str(scenario.pk))
        return scenario
    return compute(scenario, at=at)


def compute_for_system(*, scenario_id: uuid.UUID, at: datetime) -> None:
    """The job's half of :func:`ask_scenario`: run twice it changes nothing."""
    scenario = Scenario.objects.select_for_update().filter(pk=scenario_id, progress=Scenario.Progress.WAITING).first()
    if scenario is not None:
        compute(scenario, at=at)


def compute(scenario: Scenario, *, at: datetime) -> Scenario:
    """Share the envelope by the method of a scenario, and keep each dossier's part with its reason."""
    lines = list(Examined.objects.filter(selection=scenario.selection_id, rank__gt=0).order_by("rank"))
    selection = Selection.objects.get(pk=scenario.selection_id)
    sharing_in = [line for line in lines if line.opinion not in OUTSIDE]
    told = _shared(scenario, candidates_of(sharing_in, selection, scenario.settings))
    Share.objects.filter(scenario=scenario).delete()
    by_number = {line.number: line for line in lines}
    outside = (
        sharing.Share(line.number, ZERO, *OUTSIDE[Examined.Opinion(line.opinion)])
        for line in lines
        if line.opinion in OUTSIDE
    )
    Share.objects.bulk_create(
        (
            Share(
                circle_id=scenario.circle_id, scenario=scenario, line=by_number[one.key], amount=one.amount,
                reason=one.reason[:400], remedy=one.remedy[:300],
            )
            for one in (*told.shares, *outside)
        ),
        batch_size=1000,
    )  # fmt: skip
    scenario.total, scenario.retained = told.total, sum(1 for one in told.shares if one.amount)
    scenario.rate = None if told.rate is None else Decimal(told.rate.numerator * 100) / told.rate.denominator
    scenario.proven, scenario.notes = told.proven, list(told.notes)
    scenario.gap = None if told.gap is None else Decimal(told.gap.numerator * 100) / told.gap.denominator
    scenario.progress, scenario.computed_at = Scenario.Progress.DONE, at
    scenario.save()
    return scenario


def candidates_of(lines: Sequence[Examined], selection: Selection, settings: Mapping[str, Any]) -> list[Candidate]:
    """The ranked dossiers as the sharing reads them; the payroll reference caps the aid when the session says so."""
    least, capped = Decimal(settings["least"]), selection.payroll == Selection.Payroll.CAP
    return [
        Candidate(
            key=one.number, rank=one.rank, amount=one.computed, points=1 + round(Fraction(one.score) * 10),
            base=one.base, ceiling=min(one.ceiling, one.reference) if capped and one.reference is not None else one.ceiling,
            least=least, establishment=one.establishment, territory=one.territory_code, payroll=one.payroll,
        )
        for one in lines
    ]  # fmt: skip


def _shared(scenario: Scenario, listed: Sequence[Candidate]) -> sharing.Scenario:
    said = scenario.settings
    constraints = Constraints(
        envelope=scenario.envelope, floors={place: Decimal(one) for place, one in said["floors"].items()},
        per_establishment=None if said["per_establishment"] is None else Decimal(said["per_establishment"]),
        partial=said["partial"],
    )  # fmt: skip
    match scenario.method:
        case Scenario.Method.IN_ORDER:
            return in_order(listed, constraints, strict=said["strict"])
        case Scenario.Method.UNIFORM_RATE:
            return uniform_rate(listed, constraints, maximum=percent(said["maximum"]))
        case Scenario.Method.BY_PAYROLL:
            return by_payroll(listed, constraints)
        case _:
            from avenant.domain.funding.optimum import optimum  # the solver is loaded where it runs

            return optimum(listed, constraints)


@transaction.atomic
def adopt_scenario(*, actor: Actor, scenario_id: uuid.UUID, at: datetime) -> Scenario:
    """Take a scenario as what the committee proposes: its amounts go to the dossiers, each may still be changed with a
    reason. A dossier that receives nothing is proposed as not retained, for want of money or of any aid computed; those
    that its opinion keeps out of the sharing stay as the committee left them."""
    selection = locked(actor, selectors.get_scenario(actor, scenario_id).selection_id)
    scenario = selectors.get_scenario(actor, scenario_id)
    policies.may_work(actor, selection).or_raise()
    if scenario.progress != Scenario.Progress.DONE:
        raise DomainError("Ce scénario n’est pas encore calculé.", code="waiting")
    Scenario.objects.filter(selection=selection, adopted=True).update(adopted=False)
    Scenario.objects.filter(pk=scenario.pk).update(adopted=True)
    shares = {one.line_id: one.amount for one in Share.objects.filter(scenario=scenario)}
    lines = list(Examined.objects.filter(selection=selection))
    for line in lines:
        if line.opinion in OUTSIDE:
            continue
        amount = shares.get(line.pk, ZERO)
        whole = amount >= min(line.computed, line.ceiling)
        line.amount, line.override, line.conditions, line.reason = amount, "", "", ""
        line.outcome = Examined.Outcome.RETAINED if whole else Examined.Outcome.PARTLY
        if not amount:
            line.outcome = Examined.Outcome.REFUSED
            line.reason = REFUSED_FOR_MONEY if line.computed else WITHOUT_AID
    fields = ["outcome", "amount", "reason", "conditions", "override"]
    Examined.objects.bulk_update(lines, fields, batch_size=500)
    record(
        selection.circle_id, verb="selection.adopt", actor=actor, at=at, page=selection.page(), subject=selection.pk,
        label=f"Scénario adopté : {scenario}, {counted(scenario.retained, 'dossier')}", evidence={"scenario": str(scenario.pk)},
    )  # fmt: skip
    scenario.adopted = True
    return scenario


@transaction.atomic
def remove_scenario(*, actor: Actor, scenario_id: uuid.UUID, at: datetime) -> Selection:
    """Take a scenario away; the adopted one stays."""
    selection = locked(actor, selectors.get_scenario(actor, scenario_id).selection_id)
    scenario = selectors.get_scenario(actor, scenario_id)
    policies.may_work(actor, selection).or_raise()
    if scenario.adopted:
        raise DomainError("Le scénario adopté reste dans la séance.", code="adopted")
    label = f"Scénario retiré : {scenario}"
    scenario.delete()
    record(
        selection.circle_id, verb="selection.remove_scenario", label=label, actor=actor, at=at, page=selection.page()
    )
    return selection
