"""Definitions that the parties of a contract write themselves, in the few shapes that a small form can describe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from avenant.domain.decision import DomainError, Severity
from avenant.domain.french import quoted, typeset
from avenant.domain.indicators import Component, ComponentType, Definition, Kind, Provider
from avenant.domain.indicators.definitions import Choice
from avenant.domain.indicators.rules import Comparison, Expression, Relation, Rule

LOCAL_KINDS: Final = (Kind.INTEGER, Kind.RATE, Kind.CHOICE, Kind.TEXT, Kind.LIST)
DEFAULT_TEXT_LENGTH: Final = 4000
_CODE: Final = re.compile(r"[0-9A-Za-z]+(?:[.-][0-9A-Za-z]+)*")
_MAXIMUM_CODE: Final = 20


@dataclass(frozen=True, slots=True)
class LocalIndicator:
    """What the form asks. ``choices`` are the answers of a CHOICE; ``max_length`` bounds a TEXT, in characters;
    ``numerator`` and ``denominator`` name the two counts of a RATE."""

    printed_code: str
    label: str
    strand: str
    kind: Kind
    provider: Provider = Provider.SERVICE
    unit: str = ""
    help: str = ""
    choices: tuple[str, ...] = ()
    max_length: int = DEFAULT_TEXT_LENGTH
    numerator: str = ""
    denominator: str = ""


def local_definition(indicator: LocalIndicator, *, set_code: str, clause: str, valid_from: date) -> Definition:
    """The definition, its code under its set's. Raises DomainError for a code or a shape that cannot be."""
    printed = indicator.printed_code.strip()
    if len(printed) > _MAXIMUM_CODE or not _CODE.fullmatch(printed):
        raise DomainError(
            f"Le code {quoted(printed)} n’est pas lisible\u202f: des chiffres et des lettres, séparés par des points "
            f"ou des tirets, {_MAXIMUM_CODE} signes au plus, par exemple «\u202f2.1.1\u202f»."
        )
    return Definition(
        code=f"{set_code}-{printed.lower()}",
        set_code=set_code,
        printed_code=printed,
        label=typeset(indicator.label.strip()),
        short_label=typeset(indicator.label.strip()),
        kind=indicator.kind,
        components=_components(indicator),
        clause=typeset(clause),
        source_lines="",
        strand=indicator.strand,
        valid_from=valid_from,
        help=typeset(indicator.help.strip()),
        unit=indicator.unit.strip(),
        group="Indicateurs propres au contrat",
        provider=indicator.provider,
    )


def local_rules(definition: Definition) -> tuple[Rule, ...]:
    """What always holds: the numerator of a rate is at most its denominator."""
    if definition.kind is not Kind.RATE:
        return ()
    return (
        Comparison(
            code=f"{definition.code}-rate",
            relation=Relation.AT_MOST,
            left=Expression.parse(f"{definition.code}:numerator"),
            right=Expression.parse(f"{definition.code}:denominator"),
            severity=Severity.BLOCKING,
            sentence=f"{definition.printed_code}\u202f: le numérateur ({{left}}) ne peut pas dépasser "
            "le dénominateur ({right}).",
            basis=definition.clause,
        ),
    )


def _components(indicator: LocalIndicator) -> tuple[Component, ...]:
    label = typeset(indicator.label.strip())
    match indicator.kind:
        case Kind.INTEGER:
            return (Component("total", label, ComponentType.INTEGER),)
        case Kind.RATE:
            if not (indicator.numerator.strip() and indicator.denominator.strip()):
                raise DomainError("Un taux nomme ce qu’il compte (numérateur) et sur combien (dénominateur).")
            return (
                Component("numerator", typeset(indicator.numerator.strip()), ComponentType.INTEGER),
                Component("denominator", typeset(indicator.denominator.strip()), ComponentType.INTEGER),
            )
        case Kind.CHOICE:
            answers = tuple(dict.fromkeys(typeset(one.strip()) for one in indicator.choices if one.strip()))
            if len(answers) < 2:
                raise DomainError("Un choix propose au moins deux réponses, une par ligne.")
            choices = tuple(Choice(f"choice-{rank}", answer) for rank, answer in enumerate(answers, start=1))
            return (Component("status", label, ComponentType.CHOICE, choices=choices),)
        case Kind.TEXT:
            return (Component("text", label, ComponentType.TEXT, max_length=indicator.max_length),)
        case Kind.LIST:
            title = Component("title", "Intitulé", ComponentType.TEXT, max_length=300)
            return (Component("items", label, ComponentType.LIST, fields=(title,)),)
        case _:
            raise DomainError("Cette nature d’indicateur ne s’ajoute pas depuis un contrat.")
