"""Strand 1 of a contract in one year: its references, its actions by level, a card by objective (CPOM, volet 1)."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.http import Http404
from django.urls import reverse

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import policies as drafting
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Clause, Contract, Provision
from avenant.contracts.drafting.text_pages import Text
from avenant.domain.contracts import ClauseKind
from avenant.domain.indicators import format_value
from avenant.domain.registers import ActionKind, Level, steps_of
from avenant.foundations.parties.actors import Actor
from avenant.indicators.consolidation.cell import contract_in
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.sheet import answer_of
from avenant.indicators.registers import policies as registers_policies
from avenant.indicators.registers import selectors as registers
from avenant.indicators.registers.models import ObjectiveNote, RegisteredAction
from avenant.indicators.registers.services.strand_one import service_of

STRAND: Final = "volet-1"
NO_LEVEL: Final = "sans"


@dataclass(frozen=True, slots=True)
class Measured:
    """An indicator of an objective, with what was handed in for the year and for the year before."""

    printed: str
    label: str
    page: str
    now: str
    before: str


@dataclass(frozen=True, slots=True)
class Card:
    """One objective: its text, its indicators, its steps, what the service says of it this year."""

    clause: Clause
    sheet: Clause | None
    levels: tuple[str, ...]
    partners: tuple[str, ...]
    measured: Sequence[Measured]
    steps: Sequence[tuple[str, bool]]
    note: ObjectiveNote | None

    @property
    def done(self) -> int:
        return sum(validated for _, validated in self.steps)

    @property
    def proposal(self) -> str:
        """The text that the validated steps propose for the indicator of the objective."""
        return " ; ".join(step for step, validated in self.steps if validated)


@dataclass(frozen=True, slots=True)
class Listed:
    """One action under a level: an objective of the contract, or a line of the service's register."""

    label: str
    page: str
    levels: tuple[str, ...]


def strand_context(actor: Actor, contract_id: uuid.UUID, year: int, today: date, level: str = "") -> dict[str, Any]:
    """What the page of strand 1 shows; 404 for a contract without a service and for who is not a party."""
    contract = contract_in(actor, contract_id, year)
    service_of(contract)
    text = Text(actor, contract, today)
    cards = cards_of(actor, contract, text, year)
    actions = [_objective(contract, year, one) for one in cards]
    actions += [_line(one) for one in registers.list_actions(actor, year=year, kind=ActionKind.PDP_ACTION.value)]
    agreements = list(registers.list_actions(actor, kind=ActionKind.AGREEMENT_SIGNED.value))
    return {
        "contract": contract,
        "year": year,
        "strand": STRAND,
        "references": _references(actor, contract),
        "cards": cards,
        "levels": list(Level),
        "level": level,
        "actions": [one for one in actions if _answers(one, level)],
        "untold": sum(not one.levels for one in actions),
        "agreements": [one for one in agreements if one.on.year <= year],
        "cell": registers.find_cell(actor, contract.circle_id),
    }


def objective_context(actor: Actor, contract_id: uuid.UUID, year: int, today: date, clause_key: str) -> dict[str, Any]:
    """One objective of strand 1; 404 when the contract has none of this key."""
    contract = contract_in(actor, contract_id, year)
    text = Text(actor, contract, today)
    card = next((one for one in cards_of(actor, contract, text, year) if one.clause.key == clause_key), None)
    if card is None:
        raise Http404
    return {
        "contract": contract,
        "year": year,
        "card": card,
        "may_note": registers_policies.may_note(actor, service_of(contract).organisation_id),
        "may_tag": drafting.may_speak(actor, contract),
    }


def cards_of(actor: Actor, contract: Contract, text: Text, year: int) -> list[Card]:
    """The objectives of strand 1, in the order of the text."""
    notes = {one.clause_key: one for one in registers.list_objective_notes(actor, contract.circle_id, year)}
    tagged: dict[str, list[str]] = {}
    for tag in contracts.list_tags(actor, contract):
        if tag.family == tag.Family.LEVEL:
            tagged.setdefault(tag.clause_key, []).append(tag.code)
    measured = _measured(actor, contract, year)
    return [
        _card(text, one, tagged.get(one.key, ()), measured, notes.get(one.key))
        for one in text.of_kind(ClauseKind.OBJECTIVE, ClauseKind.ACTION)
        if text.stands_in(one, STRAND)
    ]


def _card(
    text: Text, clause: Clause, levels: Iterable[str], measured: Mapping[str, Measured], note: ObjectiveNote | None
) -> Card:
    steps, validated = steps_of(clause.body), set(note.validated if note else ())
    return Card(
        clause,
        next((one for one in text.above(clause) if one.kind == ClauseKind.SHEET), None),
        tuple(one.value for one in Level if one.value in levels),
        tuple(text.short_name(one) for one in clause.details.get("partners", ())),
        [measured[code] for code in clause.details.get("indicators", ()) if code in measured],
        [(step, rank in validated) for rank, step in enumerate(steps)],
        note,
    )


def _measured(actor: Actor, contract: Contract, year: int) -> dict[str, Measured]:
    records = contracts.definitions_of(actor, contract, year)
    declaration = declarations.list_declarations(actor, year=year).filter(contract=contract).first()
    now, before = declarations.values_of_two_years(actor, declaration) if declaration else ({}, {})
    return {
        one.code: Measured(one.printed_code, one.label, one.page(), _words(one, now), _words(one, before))
        for one in records
    }


def _words(record: DefinitionRecord, stated: Mapping[uuid.UUID, Any]) -> str:
    if record.pk not in stated:
        return ""
    definition = definition_of(record)
    return format_value(definition, answer_of(stated[record.pk], definition).value)


def _references(actor: Actor, contract: Contract) -> list[Mapping[str, Any]]:
    """The texts that the strand cites, in its own words."""
    found = contracts.list_provisions(actor, contract, [Provision.Kind.REFERENCE])
    return [one.content for one in found if one.clause_key == STRAND]


def _objective(contract: Contract, year: int, card: Card) -> Listed:
    return Listed(
        str(card.clause), reverse("consolidation:objective", args=[contract.pk, year, card.clause.key]), card.levels
    )


def _line(action: RegisteredAction) -> Listed:
    return Listed(action.label or action.get_kind_display(), "", tuple(action.levels))


def _answers(one: Listed, level: str) -> bool:
    if level == NO_LEVEL:
        return not one.levels
    return not level or level in one.levels
