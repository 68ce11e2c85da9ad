"""One indicator over many services. A result always says who is in it: no total without its coverage.

Counts are summed; rates are recomputed from the sums of numerators and denominators; choices are counted by answer;
tables are summed by row; texts and lists are put one after the other, each with its service.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from avenant.domain.french import NOT_COMPUTABLE, format_number, format_percentage, typeset
from avenant.domain.indicators.definitions import Component, ComponentType, Definition, Kind
from avenant.domain.indicators.values import COUNT_FIELD, Answer, AnswerState, Value


@dataclass(frozen=True, slots=True)
class Coverage:
    """Which of the expected services are in a result. ``unavailable`` gives the reason of those who cannot answer."""

    contributors: tuple[str, ...]
    missing: tuple[str, ...] = ()
    unavailable: Mapping[str, str] | None = None

    @property
    def expected(self) -> int:
        return len(self.contributors) + len(self.missing) + len(self.unavailable or ())

    @property
    def complete(self) -> bool:
        return len(self.contributors) == self.expected

    @property
    def text(self) -> str:
        """« 12 services sur 14 »."""
        count = len(self.contributors)
        return f"{count} service{'s' if count > 1 else ''} sur {self.expected}"


@dataclass(frozen=True, slots=True)
class Total:
    """A sum over the contributors; None when nobody contributed."""

    value: Decimal | None
    coverage: Coverage

    @property
    def text(self) -> str:
        return _with_coverage("" if self.value is None else format_number(self.value), self.coverage, "total partiel")


@dataclass(frozen=True, slots=True)
class Rate:
    """Sum of numerators over sum of denominators, of the services that gave both."""

    numerator: int
    denominator: int
    coverage: Coverage

    @property
    def value(self) -> Decimal | None:
        """Between 0 and 1; None when the denominator is 0."""
        return Decimal(self.numerator) / Decimal(self.denominator) if self.denominator else None

    @property
    def text(self) -> str:
        if not self.coverage.contributors:
            return _with_coverage("", self.coverage, "")
        written = NOT_COMPUTABLE if self.value is None else format_percentage(self.value)
        return _with_coverage(written, self.coverage, "taux partiel")


@dataclass(frozen=True, slots=True)
class Distribution:
    """How often each answer was given, or the sum of each row of a table; ``counts`` is by choice key or row label.

    ``incomplete`` are the rows where at least one service left the number out (a secret, or not known).
    """

    counts: Mapping[str, int]
    coverage: Coverage
    incomplete: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Collected:
    """What each service wrote, in the order of the services: a text, or the rows of a list."""

    entries: tuple[tuple[str, Any], ...]
    coverage: Coverage


Result = Total | Rate | Distribution | Collected


@dataclass(frozen=True, slots=True)
class Consolidated:
    """One indicator over the expected services: each part with its own coverage.

    ``share`` is the rate of an indicator that is one: numerator over denominator, or « dont » over total.
    """

    code: str
    coverage: Coverage
    parts: Mapping[str, Result]
    share: Rate | None = None


def consolidate(definition: Definition, answers: Mapping[str, Answer]) -> Consolidated:
    """Put together the answers to one indicator. ``answers`` has **every expected service**, by key: a service that
    has not answered is there with ``Answer.empty()``, so that it is counted as missing.
    """
    return Consolidated(
        definition.code,
        _coverage(answers, lambda value: bool(value)),
        {one.key: _CONSOLIDATIONS[one.type](one, answers) for one in definition.components},
        _share(definition, answers),
    )


_SHARES: Final = {
    Kind.RATE: ("numerator", "denominator"),
    Kind.RATE_WITH_DISTRIBUTION: ("numerator", "denominator"),
    Kind.INTEGER_OF_WHICH: ("of_which", "total"),
}


def _share(definition: Definition, answers: Mapping[str, Answer]) -> Rate | None:
    if definition.kind not in _SHARES:
        return None
    above, below = _SHARES[definition.kind]
    coverage = _coverage(answers, lambda value: above in value and below in value, (above, below))
    values = [answers[service].value for service in coverage.contributors]
    return Rate(sum(value[above] for value in values), sum(value[below] for value in values), coverage)


def _coverage(
    answers: Mapping[str, Answer], contributes: Callable[[Value], bool], keys: Collection[str] = ()
) -> Coverage:
    contributors = tuple(service for service, answer in answers.items() if contributes(answer.value))
    unavailable = {
        service: reason
        for service, answer in answers.items()
        if service not in contributors and (reason := _reason(answer, keys))
    }
    missing = tuple(service for service in answers if service not in contributors and service not in unavailable)
    return Coverage(contributors, missing, unavailable)


def _reason(answer: Answer, keys: Collection[str]) -> str:
    if answer.state is AnswerState.NOT_AVAILABLE:
        return answer.reason
    return next((reason for key, reason in answer.unavailable.items() if key in keys), "")


def _given(component: Component, answers: Mapping[str, Answer]) -> tuple[Coverage, list[tuple[str, Any]]]:
    coverage = _coverage(answers, lambda value: component.key in value, (component.key,))
    return coverage, [(service, answers[service].value[component.key]) for service in coverage.contributors]


def _total(component: Component, answers: Mapping[str, Answer]) -> Total:
    coverage, given = _given(component, answers)
    return Total(sum((Decimal(part) for _, part in given), Decimal()) if given else None, coverage)


def _distribution(component: Component, answers: Mapping[str, Answer]) -> Distribution:
    coverage, given = _given(component, answers)
    counts = {choice.key: 0 for choice in component.choices}
    for _, part in given:
        for key in [part] if isinstance(part, str) else part:
            counts[key] = counts.get(key, 0) + 1
    return Distribution(counts, coverage)


def _rows(component: Component, answers: Mapping[str, Answer]) -> Distribution | Collected:
    coverage, given = _given(component, answers)
    if all(one.key != COUNT_FIELD for one in component.fields):
        return Collected(tuple(given), coverage)
    counts: Counter[str] = Counter(dict.fromkeys(component.categories, 0))
    incomplete: set[str] = set()
    for row in (row for _, rows in given for row in rows):
        label = row[component.fields[0].key]
        counts[label] += row.get(COUNT_FIELD, 0)
        if COUNT_FIELD not in row:
            incomplete.add(label)
    return Distribution(dict(counts), coverage, frozenset(incomplete))


def _texts(component: Component, answers: Mapping[str, Answer]) -> Collected:
    coverage, given = _given(component, answers)
    return Collected(tuple(given), coverage)


_CONSOLIDATIONS: Final[Mapping[ComponentType, Callable[[Component, Mapping[str, Answer]], Result]]] = {
    ComponentType.INTEGER: _total,
    ComponentType.NUMBER: _total,
    ComponentType.CHOICE: _distribution,
    ComponentType.CHOICES: _distribution,
    ComponentType.LIST: _rows,
    ComponentType.TEXT: _texts,
    ComponentType.DATE: _texts,
}


def _with_coverage(figure: str, coverage: Coverage, partial: str) -> str:
    if not figure:
        return f"Aucune réponse ({coverage.text})"
    if coverage.complete:
        return f"{figure} ({coverage.text})"
    return f"{figure} ({partial}, {coverage.text})"


@dataclass(frozen=True, slots=True)
class ContractTotal:
    """The establishments of a contract over its strands, each counted once; None with the reason when it is unknown."""

    value: int | None
    reason: str = ""


def contract_total(establishments: Mapping[str, Iterable[str] | None]) -> ContractTotal:
    """Count distinct establishments (SIRET) over strands; None for a strand that gave a number without its list.

    An establishment met in two strands counts once: numbers alone cannot be added (annex 4).
    """
    without_list = sorted(strand for strand, listed in establishments.items() if listed is None)
    if without_list:
        return ContractTotal(
            None,
            typeset(
                "Pas de total pour le contrat : un établissement présent dans deux volets compterait deux fois, "
                f"et la liste des établissements manque pour {', '.join(without_list)}."
            ),
        )
    return ContractTotal(len({siret for listed in establishments.values() if listed for siret in listed}))
