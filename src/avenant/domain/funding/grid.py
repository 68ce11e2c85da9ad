"""The scoring grid of a call: gates, appreciations and priorities, each with its weight (specification, §5.1).

The text gives six criteria and four priorities without a weight. The three criteria that are pieces are gates; the
others weigh 1 each by default, and a call sets its own weights as parameters, before its publication only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

BASIS: Final = "§5.1"


class Kind(StrEnum):
    """``gate``: yes or no, closes the ranking. ``appreciation``: weighed. ``priority``: weighed, and retained first.
    ``opinion``: compulsory for the examiner, without weight."""

    GATE = "gate"
    APPRECIATION = "appreciation"
    PRIORITY = "priority"
    OPINION = "opinion"


class Value(StrEnum):
    """What an examiner says of a criterion."""

    MET = "met"
    PARTLY = "partly"
    NOT_MET = "not_met"
    NEUTRAL = "neutral"

    @property
    def label(self) -> str:
        return {
            self.MET: "respecté",
            self.PARTLY: "en partie",
            self.NOT_MET: "non respecté",
            self.NEUTRAL: "sans objet",
        }[self]

    @property
    def needs_reason(self) -> bool:
        """Less than met says why."""
        return self in {Value.PARTLY, Value.NOT_MET}


@dataclass(frozen=True, slots=True)
class Criterion:
    """A line of the grid. ``rule`` is the rule of the rulebook that opens or closes a gate."""

    code: str
    kind: Kind
    label: str
    article: str = BASIS
    rule: str = ""

    @property
    def parameter(self) -> str:
        """The parameter of the call that holds its weight."""
        return f"weight_{self.code}"


GATES: Final = (
    Criterion("request", Kind.GATE, "Courrier de demande signé par l’autorité compétente", rule="request-letter"),
    Criterion("form", Kind.GATE, "Dossier de candidature complété", rule="form"),
    Criterion("indicators", Kind.GATE, "Indicateurs de suivi des actions retenues", rule="indicators"),
)
APPRECIATIONS: Final = (
    Criterion("earlier_clact", Kind.APPRECIATION, "Respect des conventions des précédents CLACT"),
    Criterion("orientations", Kind.APPRECIATION, "Respect des orientations régionales"),
    Criterion("coherence", Kind.APPRECIATION, "Cohérence du projet global"),
)
PRIORITIES: Final = (
    Criterion("shared", Kind.PRIORITY, "Actions mutualisées entre établissements"),
    Criterion("many_agents", Kind.PRIORITY, "Grand nombre d’agents"),
    Criterion("policy", Kind.PRIORITY, "Orientations prioritaires nationales ou régionales"),
    Criterion("innovative", Kind.PRIORITY, "Actions innovantes"),
)
OPINIONS: Final = (Criterion("proportionality", Kind.OPINION, "Proportionnalité aux besoins", "§3.2, 8°"),)
CRITERIA: Final = {one.code: one for one in (*GATES, *APPRECIATIONS, *PRIORITIES, *OPINIONS)}
WEIGHED: Final = (*APPRECIATIONS, *PRIORITIES)
TO_SAY: Final = (*APPRECIATIONS, *OPINIONS)
"""What an examiner must say before the examination is concluded."""

THRESHOLD: Final = "many_agents_threshold"
"""The parameter of a call that says from how many agents a project is large; a blank ranks by their number."""

_POINTS: Final = {Value.MET: Fraction(1), Value.PARTLY: Fraction(1, 2), Value.NOT_MET: Fraction(0)}


def weights_of(value: Callable[[str], Any], known: Mapping[str, Any]) -> dict[str, Fraction]:
    """The weight of each weighed criterion: the call's parameter, 1 when the call has none or leaves it blank."""
    told = {one.code: value(one.parameter) if one.parameter in known else None for one in WEIGHED}
    return {code: Fraction(1 if weight is None else weight) for code, weight in told.items()}


def points(
    marks: Mapping[str, Value], weights: Mapping[str, Fraction], *, agents: int, most_agents: int,
    threshold: int | None = None,
) -> dict[str, Fraction]:  # fmt: skip
    """The points of each weighed criterion, between 0 and 1, of which :func:`ranking.rank` makes the score.

    A neutral appreciation takes the weighted mean of the other appreciations: it neither helps nor harms. Without a
    threshold, « grand nombre d'agents » counts in proportion to the largest project of the call.
    """
    said = {one.code: marks.get(one.code) for one in APPRECIATIONS}
    known = {code: _POINTS[value] for code, value in said.items() if value is not None and value in _POINTS}
    total = sum((weights[code] for code in known), Fraction(0))
    mean = sum((known[code] * weights[code] for code in known), Fraction(0)) / total if total else Fraction(0)
    found = {
        code: mean if value is Value.NEUTRAL else known.get(code, Fraction(0)) for code, value in said.items()
    }  # fmt: skip
    for one in PRIORITIES:
        found[one.code] = Fraction(int(marks.get(one.code) is Value.MET))
    if threshold is None and "many_agents" not in marks:
        found["many_agents"] = Fraction(agents, most_agents) if most_agents else Fraction(0)
    return found


def large(agents: int | None, threshold: int | None) -> bool | None:
    """Does a project reach the call's threshold; None when the call sets none or the number is not said."""
    return None if agents is None or threshold is None else agents >= threshold


def priorities_met(marks: Mapping[str, Value]) -> tuple[str, ...]:
    """The priority criteria that a dossier meets: with one at least, it is retained before the others (§2.2)."""
    return tuple(one.code for one in PRIORITIES if marks.get(one.code) is Value.MET)


def missing(marks: Mapping[str, Value]) -> list[str]:
    """What is still to be said of a dossier, in words."""
    return [one.label for one in TO_SAY if one.code not in marks]
