"""The dashboard of a cell (tableau de bord de la cellule PDP): its flow, its rates, beside the region's spread."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from django.http import Http404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract
from avenant.domain.indicators import Answer, Definition, Spread, format_value, measures
from avenant.foundations.parties.actors import Actor
from avenant.indicators.consolidation import selectors
from avenant.indicators.consolidation.records import position_of
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.sheet import answer_of
from avenant.indicators.profiles import selectors as profiles
from avenant.indicators.profiles.pages import CellWork
from avenant.indicators.registers import selectors as registers
from avenant.indicators.registers.policies import may_note
from avenant.indicators.registers.services.strand_one import service_of

FLOW: Final = ("satdl-1.1.4", "satdl-1.1.5", "pdp-1.3", "pdp-1.13", "satdl-1.1.6", "satdl-1.1.7", "satdl-1.1.8",
               "satdl-1.1.9")  # fmt: skip
OBSERVATORY: Final = tuple(f"satdl-1.2.{number}" for number in range(6, 13))
RATES: Final = (
    ("Consentement", ("satdl-1.1.5",), "satdl-1.1.4", "consentements (1.1.5) sur orientations (1.1.4)"),
    ("Plan de retour à l’emploi", ("pdp-1.13",), "pdp-1.3", "plans (1.13) sur salariés suivis (1.3)"),
    ("Maintien", ("satdl-1.1.6", "satdl-1.1.7", "satdl-1.1.8"), "pdp-1.3",
     "maintiens et reclassements (1.1.6 à 1.1.8) sur salariés suivis (1.3)"),
)  # fmt: skip
CALENDAR: Final = (2000, 2100)
Numbers = Mapping[str, Decimal]


@dataclass(frozen=True, slots=True)
class CellRate:
    """One rate of the cell; None when a term is missing or nobody was there."""

    label: str
    value: Decimal | None
    formula: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the flow with the spread of the other services; ``why`` when it is not told."""

    printed: str
    label: str
    number: Decimal | None
    length: int
    spread: Spread | None
    why: str


@dataclass(frozen=True, slots=True)
class Flow:
    """From referrals to consents to outcomes."""

    told: bool
    steps: list[Step]
    rates: list[CellRate]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One indicator of the observatory of unfitness."""

    printed: str
    label: str
    words: str


@dataclass(frozen=True, slots=True)
class Observatory:
    """The seven indicators of action 2, objective 4; shared once the authorities can read them."""

    shared: bool
    rows: list[Diagnosis]


def rates_of(numbers: Numbers) -> list[CellRate]:
    """The three rates of the dashboard (S3-6-20)."""
    return [CellRate(label, _rate(numbers, parts, whole), formula) for label, parts, whole, formula in RATES]


def _rate(numbers: Numbers, parts: tuple[str, ...], whole: str) -> Decimal | None:
    if not numbers.get(whole) or any(part not in numbers for part in parts):
        return None
    return sum((numbers[part] for part in parts), Decimal(0)) / numbers[whole]


def contract_in(actor: Actor, contract_id: uuid.UUID, year: int) -> Contract:
    """A contract in one of its years; 404 in another. A contract whose days are not fixed has any year of the calendar."""
    contract = contracts.get_contract(actor, contract_id)
    first = contract.starts_on.year if contract.starts_on else CALENDAR[0]
    last = contract.ends_on.year if contract.ends_on else CALENDAR[1]
    if not first <= year <= last:
        raise Http404("Cette année n’est pas de celles du contrat.")
    return contract


def cell_context(actor: Actor, contract_id: uuid.UUID, year: int) -> dict[str, Any]:
    """What the page of a cell shows; 404 for who is not a party to the contract."""
    contract = contract_in(actor, contract_id, year)
    records = {one.code: one for one in contracts.definitions_of(actor, contract, year)}
    declaration = declarations.list_declarations(actor, year=year).filter(contract=contract).first()
    now = declarations.values_of_two_years(actor, declaration)[0] if declaration else {}
    definitions = {code: definition_of(record) for code, record in records.items()}
    answers = {
        code: answer_of(now[record.pk], definitions[code]) for code, record in records.items() if record.pk in now
    }
    numbers = {code: found for code, one in answers.items() if (found := _number(definitions[code], one)) is not None}
    positions = {row.definition.code: position_of(row) for row in selectors.list_positions(actor, contract, year)}
    longest = max((numbers[code] for code in FLOW if code in numbers), default=Decimal(0)) or Decimal(1)
    steps = [
        Step(
            definitions[code].printed_code,
            definitions[code].label,
            numbers.get(code),
            round(100 * numbers.get(code, Decimal(0)) / longest),
            positions[code].spread if code in positions else None,
            positions[code].hidden_because if code in positions else "",
        )
        for code in FLOW
        if code in definitions
    ]
    profile = profiles.profiles_of(actor, declaration)[1] if declaration else None
    return {
        "contract": contract,
        "year": year,
        "flow": Flow(bool(numbers), steps, rates_of(numbers)),
        "observatory": _observatory(records, definitions, answers),
        "profile": profile,
        "work": CellWork(profile.dashboard) if profile else None,
        "record": registers.find_cell(actor, contract.circle_id),
        "may_note": may_note(actor, service_of(contract).organisation_id),
    }


def _number(definition: Definition, answer: Answer) -> Decimal | None:
    found = measures(definition, answer.value)
    return found.get("total", next(iter(found.values()), None))


def _observatory(
    records: Mapping[str, DefinitionRecord], definitions: Mapping[str, Definition], answers: Mapping[str, Answer]
) -> Observatory:
    rows = [
        Diagnosis(
            definitions[code].printed_code,
            definitions[code].label,
            format_value(definitions[code], answers[code].value) if code in answers and answers[code].value else "",
        )
        for code in OBSERVATORY
        if code in records
    ]
    return Observatory(any(row.words for row in rows), rows)
