"""The joint audit of a campaign: everything that could be shown outside the circle, put together and attacked.

All indicators of all services with their regional totals, the profile tables, and what earlier notes told, as one
linear system. Outside the circle no cell of a service is shown; the attackers are the public and each service, which
knows its own figures. What the parties of a contract read is contractual: the authorities know every total already,
and their view of the breakdowns is verified table by table when a service brings it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from avenant.domain.decision import Severity
from avenant.domain.disclosure import (
    Attacker,
    Audit,
    Axis,
    Cell,
    Equation,
    Origin,
    Publication,
    Rules,
    Showing,
    Unit,
    after_release,
    assess,
    audit,
    cross,
    insiders,
    protect,
    together,
)
from avenant.domain.indicators import Answer, Catalogue, Definition, Kind
from avenant.domain.indicators.definitions import ComponentType
from avenant.domain.indicators.rules import Comparison, Relation
from avenant.indicators.consolidation.profile_tables import SERVICE, ProfileCounts, linked, profile_tables
from avenant.indicators.consolidation.secrecy import counts_persons

ESTABLISHMENTS: Final = frozenset({"établissements", "entreprises"})
Answers = Mapping[str, Mapping[str, Answer]]
"""By code of indicator, then by service."""


@dataclass(frozen=True, slots=True)
class Told:
    """An earlier note: what it showed of each regional cell (None: hidden), and the numbers behind it."""

    name: str
    shown: Mapping[str, int | None]
    truth: Mapping[str, int]


def publication_of(
    catalogue: Catalogue, answers: Answers, profiles: Iterable[ProfileCounts] = (), earlier: Iterable[Told] = ()
) -> Publication:
    """All the cells of a campaign, tied to what earlier notes told. No cell of a service is printed."""
    pieces = [
        _measure(definition, component.key, given)
        for definition in catalogue.definitions
        for component in definition.components
        if component.type in (ComponentType.INTEGER, ComponentType.NUMBER)
        and (given := _numbers(answers.get(definition.code, {}), component.key))
    ]
    pieces += [one.publication for one in profile_tables(list(profiles))]
    whole = together(*pieces) if pieces else Publication.of(())
    whole = linked(whole, list(profiles))
    whole = _tied(whole, catalogue)
    whole = Publication.of(map(_printed, whole.cells.values()), whole.equations, whole.grids)
    for note in earlier:
        whole = after_release(whole, note.shown, note.truth, release=note.name)
    return whole


def _numbers(given: Mapping[str, Answer], key: str) -> dict[str, int]:
    found = {service: answer.value.get(key) for service, answer in given.items()}
    return {
        service: int(number)
        for service, number in found.items()
        if isinstance(number, int | Decimal) and number >= 0 and number == int(number)
    }


def _measure(definition: Definition, key: str, given: Mapping[str, int]) -> Publication:
    kind = definition.component(key).unit or definition.unit
    unit = Unit.ESTABLISHMENTS if kind in ESTABLISHMENTS else Unit.PERSONS
    unit = unit if unit is Unit.ESTABLISHMENTS or counts_persons(definition, key) else Unit.AMOUNT
    axis = Axis.flat(SERVICE, given, owners=True)
    return cross(name_of(definition.code, key), (axis,), {(one,): number for one, number in given.items()}, unit=unit)


def name_of(code: str, key: str) -> str:
    """The name of the regional cell of one part of an indicator."""
    return f"{code}:{key}"


def _tied(whole: Publication, catalogue: Catalogue) -> Publication:
    """The relations that a reader knows between indicators: parts of a whole, service by service."""
    cells: list[Cell] = []
    equations: list[Equation] = []
    for parts, total, exact in _relations(catalogue):
        for key, cell in whole.cells.items():
            measure, bar, place = key.partition("|")
            keys = [part + bar + place for part in parts]
            if measure != total or any(one not in whole.cells for one in keys):
                continue
            gap = cell.value - sum(whole.cells[one].value for one in keys)
            if gap < 0 or (exact and gap):
                continue
            rest = Cell(f"{key} hors {' et '.join(parts)}", gap, cell.unit, owner=cell.owner, showing=Showing.NEVER)
            cells += [] if exact else [rest]
            equations.append(Equation((key,), (*keys, *([] if exact else [rest.key])), Origin.OF_WHICH))
    return whole.plus(cells, equations)


def _relations(catalogue: Catalogue) -> Iterable[tuple[tuple[str, ...], str, bool]]:
    for rule in catalogue.rules:
        if isinstance(rule, Comparison) and rule.severity is Severity.BLOCKING and len(rule.right.terms) == 1:
            parts = tuple(name_of(one.code, one.part) for one in rule.left.terms)
            right = rule.right.terms[0]
            yield parts, name_of(right.code, right.part), rule.relation is Relation.EQUALS
    for one in catalogue.definitions:
        if one.kind in (Kind.RATE, Kind.RATE_WITH_DISTRIBUTION):
            yield (name_of(one.code, "numerator"),), name_of(one.code, "denominator"), False
        for component in one.components:
            if component.derived_from:
                parts = tuple(name_of(one.code, key) for key in component.derived_from)
                yield parts, name_of(one.code, component.key), True


def _printed(cell: Cell) -> Cell:
    return replace(cell, showing=Showing.NEVER) if cell.owner else cell


def audit_campaign(publication: Publication, rules: Rules) -> Audit:
    """Hide what must be, and prove it against the public and each service."""
    readers: tuple[Attacker, ...] = insiders(publication)
    return audit(protect(assess(publication, rules, insiders=readers)))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the audit allows: the regional cells that may be told, those that may not, and the witnesses."""

    told: tuple[str, ...]
    hidden: tuple[str, ...]
    breaches: tuple[str, ...]
    proofs: tuple[Mapping[str, Any], ...]
    cells: int
    readers: int

    @classmethod
    def of(cls, found: Audit) -> Outcome:
        publication = found.assessment.publication
        regional = sorted(
            key
            for key, cell in publication.cells.items()
            if not cell.owner and cell.showing is Showing.FREE and " dans " not in key
        )
        breaches = tuple(sorted({one.requirement.key for one in found.breaches}))
        unsafe = _touched(breaches, regional)
        return cls(
            tuple(key for key in regional if key not in found.hidden and key not in unsafe),
            tuple(key for key in regional if key in found.hidden or key in unsafe),
            breaches,
            tuple(
                {"cell": one.key, "bound": one.bound, "witnesses": [dict(witness.changes) for witness in one.witnesses]}
                for one in found.proofs
            ),
            len(publication.cells),
            len(found.assessment.attackers),
        )


def examine(publication: Publication, rules: Rules) -> Outcome:
    """The outcome of the audit; nothing to tell when nothing was collected."""
    if not publication.cells:
        return Outcome((), (), (), (), 0, 0)
    return Outcome.of(audit_campaign(publication, rules))


def _touched(breaches: Iterable[str], regional: Iterable[str]) -> set[str]:
    """The regional cells of the measures in which somebody could deduce a cell: they are not told either."""
    measures = {one.partition("|")[0].partition(" ")[0] for one in breaches}
    return {key for key in regional if key.partition("|")[0].partition(" ")[0] in measures}
