"""What an indicator is: who provides it, of which parts its value is made, and which text asks for it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final

from avenant.domain.indicators.rules import Expression, Rule


class Kind(StrEnum):
    """The shape of a value, by which a form or a table chooses its layout."""

    INTEGER = "integer"
    INTEGER_OF_WHICH = "integer_of_which"
    INTEGERS = "integers"
    RATE = "rate"
    RATE_WITH_DISTRIBUTION = "rate_with_distribution"
    CHOICE = "choice"
    CHOICE_WITH_DELAYS = "choice_with_delays"
    CHOICE_AND_COUNT = "choice_and_count"
    CHOICE_AND_TABLES = "choice_and_tables"
    LIST = "list"
    TEXT = "text"
    NUMBER_AND_TEXT = "number_and_text"

    @property
    def label(self) -> str:
        return _KIND_LABELS[self]


_KIND_LABELS: Final = {
    Kind.INTEGER: "nombre",
    Kind.INTEGER_OF_WHICH: "nombre, dont",
    Kind.INTEGERS: "plusieurs nombres",
    Kind.RATE: "taux",
    Kind.RATE_WITH_DISTRIBUTION: "taux et répartition",
    Kind.CHOICE: "choix",
    Kind.CHOICE_WITH_DELAYS: "choix et délais",
    Kind.CHOICE_AND_COUNT: "choix et nombre",
    Kind.CHOICE_AND_TABLES: "choix et tableaux",
    Kind.LIST: "liste",
    Kind.TEXT: "texte",
    Kind.NUMBER_AND_TEXT: "nombre et texte",
}


class ComponentType(StrEnum):
    """What one part of a value holds. CHOICES is several keys ticked; LIST is rows of ``fields``."""

    INTEGER = "integer"
    NUMBER = "number"
    CHOICE = "choice"
    CHOICES = "choices"
    TEXT = "text"
    DATE = "date"
    LIST = "list"


class Provider(StrEnum):
    """Who states a figure."""

    SERVICE = "service"
    SOCIAL_SERVICE = "social_service"
    FUND_PREVENTION = "fund_prevention"
    JOINT = "joint"

    @property
    def label(self) -> str:
        return _PROVIDER_LABELS[self]


_PROVIDER_LABELS: Final = {
    Provider.SERVICE: "le SPSTI",
    Provider.SOCIAL_SERVICE: "le service social de l’assurance maladie",
    Provider.FUND_PREVENTION: "le service prévention de la caisse régionale",
    Provider.JOINT: "le SPSTI et la caisse régionale",
}


class Scope(StrEnum):
    """National sets are the same for every contract; a local set belongs to one service's contract."""

    NATIONAL = "national"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer of a list: what is stored, and what is read."""

    key: str
    label: str


@dataclass(frozen=True, slots=True)
class Component:
    """One part of a value.

    ``provider`` is set when it differs from the definition's. ``derived_from`` names the parts whose sum stands for
    this one when it is left empty. ``counted_when`` names the field that a row of a LIST needs to count.
    ``categories`` are the rows that a table proposes; others may be added.
    """

    key: str
    label: str
    type: ComponentType
    optional: bool = False
    unit: str = ""
    minimum: int = 0
    max_length: int = 4000
    provider: Provider | None = None
    choices: tuple[Choice, ...] = ()
    fields: tuple[Component, ...] = ()
    categories: tuple[str, ...] = ()
    derived_from: tuple[str, ...] = ()
    counted_when: str = ""

    def choice_label(self, key: str) -> str:
        """The label of a stored choice; the key itself when the definition no longer offers it."""
        return next((choice.label for choice in self.choices if choice.key == key), key)


@dataclass(frozen=True, slots=True)
class Definition:
    """One indicator as its contract words it. ``code`` is stable and unique; ``printed_code`` is what the text prints.

    ``valid_to`` is the last day of validity, None while it stands. ``provider_stated`` is False when the text names
    no provider and the service is assumed. ``prefill`` gives, by component, the expression of other indicators that
    says the same thing: it proposes a value and a difference asks for a reason.
    """

    code: str
    set_code: str
    printed_code: str
    label: str
    kind: Kind
    components: tuple[Component, ...]
    clause: str
    source_lines: str
    strand: str
    valid_from: date
    valid_to: date | None = None
    version: int = 1
    short_label: str = ""
    help: str = ""
    unit: str = ""
    group: str = ""
    provider: Provider = Provider.SERVICE
    provider_stated: bool = True
    in_dgt_survey: bool = False
    legal_basis: str = ""
    collection_method: str | None = None
    granularity: str = ""
    target: str = ""
    recall_months: int | None = None
    to_be_confirmed: bool = False
    prefill: Mapping[str, Expression] = field(default_factory=dict)

    def component(self, key: str) -> Component:
        """The part of that key. Raises KeyError."""
        for component in self.components:
            if component.key == key:
                return component
        raise KeyError(f"{self.code} has no component {key!r}")

    def provider_of(self, component: Component) -> Provider:
        """Who states this part: its own provider, else the definition's (a joint total is entered by the service)."""
        if component.provider:
            return component.provider
        return Provider.SERVICE if self.provider is Provider.JOINT else self.provider

    def parts_of(self, provider: Provider) -> tuple[Component, ...]:
        """The parts that this provider states."""
        return tuple(component for component in self.components if self.provider_of(component) is provider)

    def stands_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class FreeField:
    """A qualitative field that a campaign offers beside the indicators, where the contract names no indicator."""

    code: str
    label: str
    strand: str
    help: str = ""


@dataclass(frozen=True, slots=True)
class DefinitionSet:
    """The indicators that one text asks for, with the rules that bind them."""

    code: str
    label: str
    scope: Scope
    source: str
    owner: str = ""
    to_be_confirmed: bool = False
    definitions: tuple[Definition, ...] = ()
    rules: tuple[Rule, ...] = ()
    free_fields: tuple[FreeField, ...] = ()


class UnknownCode(KeyError):
    """No indicator, or more than one, answers to that code."""


class Catalogue:
    """The indicators of one contract: several sets read as one. Raises ValueError when two share a code."""

    def __init__(self, definitions: Iterable[Definition], rules: Iterable[Rule] = ()) -> None:
        self.definitions = tuple(definitions)
        self.rules = tuple(rules)
        self._by_code = {definition.code: definition for definition in self.definitions}
        if len(self._by_code) != len(self.definitions):
            raise ValueError("two definitions share a code")

    @classmethod
    def of(cls, *sets: DefinitionSet) -> Catalogue:
        return cls(
            (definition for one in sets for definition in one.definitions),
            (rule for one in sets for rule in one.rules),
        )

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    def __getitem__(self, code: str) -> Definition:
        return self._by_code[code]

    def find(self, key: str) -> Definition:
        """The indicator that a sheet or a reader names, by stable code or by printed code. Raises UnknownCode.

        A printed code is text: 1.1 and 1.10 are two indicators, and both differ from 1.1.1.
        """
        wanted = key.strip().casefold()
        found = [one for one in self.definitions if wanted in (one.code.casefold(), one.printed_code.casefold())]
        if len(found) != 1:
            raise UnknownCode(key)
        return found[0]

    def filled_by(self, provider: Provider) -> tuple[Definition, ...]:
        """The indicators of which this provider states the value (the first part)."""
        return tuple(one for one in self.definitions if one.provider_of(one.components[0]) is provider)


def sort_key(code: str) -> tuple[tuple[int, int, str], ...]:
    """The order of reading: letters as text, numbers as numbers, so that 1.10 follows 1.9."""
    return tuple(
        (0, int(part), "") if part.isdecimal() else (1, 0, part) for part in re.findall(r"[0-9]+|[^\W0-9_]+", code)
    )
