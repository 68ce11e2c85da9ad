"""What may be told of a region's figures outside the circle of its authorities: no service, no handful of persons.

A count of persons from 1 to 10 is small (a parameter of the region), and so is what remains when a part is taken from
its whole. A figure of fewer services than the floor is those services' own. Pure functions: no table, no clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from avenant.domain.decision import Severity
from avenant.domain.indicators import Catalogue, Consolidated, Definition, Distribution, Kind, Position, Total
from avenant.domain.indicators.rules import Comparison, Reference, Relation

WITHHELD: Final = "secret statistique"

# What an indicator counts when it does not count persons; anything else is taken for persons, to be on the safe side.
THINGS: Final = frozenset(
    [
        "actions",
        "ateliers",
        "communications",
        "conventions",
        "documents",
        "entreprises",
        "établissements",
        "études",
        "fiches",
        "informations",
        "messages",
        "mois",
        "plans",
        "procédures",
        "professionnels",
        "référents",
    ]
)


def counts_persons(definition: Definition, key: str) -> bool:
    """Does this part count persons (or their visits, adaptations…), so that a small number may tell who they are."""
    return (definition.component(key).unit or definition.unit) not in THINGS


def is_small(value: Decimal | int, small: int) -> bool:
    """1 to ``small`` − 1: nobody is nobody's secret."""
    return 0 < value < small


def shield_position(definition: Definition, position: Position, *, small: int) -> Position:
    """A position without its comparison when a quartile is itself a small number of another service's persons."""
    spread = position.spread
    if spread is None or position.measure == "rate" or not counts_persons(definition, position.measure):
        return position
    told = (spread.first_quartile, spread.median, spread.third_quartile)
    if not any(is_small(value, small) for value in told):
        return position
    why = f"Secret statistique : les autres services comptent moins de {small} personnes."
    return replace(position, spread=None, rank=None, hidden_because=why)


def gate_position(definition: Definition, position: Position, told: frozenset[str]) -> Position:
    """A position without its comparison when the joint audit does not let the region's own figure be told.

    A rate needs both its terms. What the audit did not look at is not told either.
    """
    keys = ("numerator", "denominator") if position.measure == "rate" else (position.measure,)
    if position.spread is None or all(f"{definition.code}:{key}" in told for key in keys):
        return position
    why = "Secret statistique : l’audit de la campagne ne permet pas de dire ce chiffre de la région."
    return replace(position, spread=None, rank=None, hidden_because=why)


def not_audited(results: Mapping[str, Consolidated], told: frozenset[str]) -> frozenset[Reference]:
    """The regional counts that the joint audit does not let anybody tell outside the circle."""
    return frozenset(
        Reference(code, key)
        for code, result in results.items()
        for key, part in result.parts.items()
        if isinstance(part, Total) and part.value is not None and f"{code}:{key}" not in told
    )


@dataclass(frozen=True, slots=True)
class _Relation:
    """``parts`` are within ``whole`` (``whole`` ≥ their sum), or make it up exactly."""

    parts: tuple[Reference, ...]
    whole: tuple[Reference, ...]
    exact: bool


def withheld(
    catalogue: Catalogue, results: Mapping[str, Consolidated], *, floor: int, small: int
) -> frozenset[Reference]:
    """The counts that are not told: too few services, few persons, or a part whose complement is few persons.

    Where parts make up a whole exactly, one hidden part hides another: a subtraction must not give it back.
    """
    counts: dict[Reference, Decimal] = {}
    hidden: set[Reference] = set()
    for code, result in results.items():
        for key, part in result.parts.items():
            if isinstance(part, Total) and part.value is not None:
                counts[Reference(code, key)] = part.value
                if len(part.coverage.contributors) < floor:
                    hidden.add(Reference(code, key))
    persons = {one for one in counts if counts_persons(catalogue[one.code], one.part)}
    hidden |= {one for one in persons if is_small(counts[one], small)}
    relations = [one for one in _relations(catalogue, counts) if persons.issuperset(one.parts)]
    while more := {lost for one in relations for lost in _lost(one, counts, hidden, small)} - hidden:
        hidden |= more
    return frozenset(hidden)


def _lost(
    relation: _Relation, counts: Mapping[Reference, Decimal], hidden: set[Reference], small: int
) -> list[Reference]:
    """What the relation gives back of what is hidden, or tells of a small complement."""
    terms = (*relation.parts, *relation.whole)
    unknown = [one for one in terms if one in hidden]
    if relation.exact and len(unknown) == 1:
        others = (one for one in terms if one not in hidden)
        return sorted(others, key=lambda one: (one in relation.whole, counts[one]))[:1]
    gap = sum(counts[one] for one in relation.whole) - sum(counts[one] for one in relation.parts)
    return list(relation.parts) if not unknown and is_small(gap, small) else []


def _relations(catalogue: Catalogue, counts: Mapping[Reference, Decimal]) -> Iterator[_Relation]:
    """The inclusions and sums that a reader knows of: the catalogue's rules, and the shape of each definition."""
    for rule in catalogue.rules:
        if isinstance(rule, Comparison) and rule.severity is Severity.BLOCKING:
            yield from _known(rule.left.terms, rule.right.terms, counts, exact=rule.relation is Relation.EQUALS)
    for one in catalogue.definitions:
        if one.kind in (Kind.RATE, Kind.RATE_WITH_DISTRIBUTION):
            yield from _known([Reference(one.code, "numerator")], [Reference(one.code, "denominator")], counts)
        for component in one.components:
            if component.derived_from:
                parts = [Reference(one.code, key) for key in component.derived_from]
                yield from _known(parts, [Reference(one.code, component.key)], counts, exact=True)
        for key, sum_ in one.prefill.items():
            yield from _known(sum_.terms, [Reference(one.code, key)], counts, exact=True)


def _known(
    parts: Iterable[Reference], whole: Iterable[Reference], counts: Mapping[Reference, Decimal], *, exact: bool = False
) -> Iterator[_Relation]:
    relation = _Relation(tuple(parts), tuple(whole), exact)
    if any(one not in counts for one in (*relation.parts, *relation.whole)):
        return
    # Sums over different services do not make each other up: a local indicator and the national one it repeats.
    if not exact or sum(counts[one] for one in relation.parts) == sum(counts[one] for one in relation.whole):
        yield relation


def withheld_rows(table: Distribution, *, small: int) -> frozenset[str]:
    """The rows of a table of persons that are not told: the small ones, then the next smallest, until what is hidden
    is at least two rows and no small number itself, since the table's total may be known."""
    given = sorted((count, label) for label, count in table.counts.items() if count)
    hidden = [(count, label) for count, label in given if is_small(count, small)]
    rest = [one for one in given if one not in hidden]
    while hidden and rest and (len(hidden) < 2 or is_small(sum(count for count, _ in hidden), small)):
        hidden.append(rest.pop(0))
    return frozenset(label for _, label in hidden)
