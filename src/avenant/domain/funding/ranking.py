"""Ranking of the dossiers of a call: gates, scope, priority, weighted score, then a tie-break that always decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction

from avenant.domain.french import enumerate_in_words, format_number, typeset
from avenant.domain.money import cents


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A dossier to rank. ``points`` by criterion; a criterion without a weight counts 1, one without points counts 0.

    ``tie_break`` are values compared in order at equal scores, greater first (number of agents, earlier deposit as a
    negative number of seconds); ``key`` decides last.
    """

    key: str
    points: Mapping[str, int | Fraction]
    gates: Mapping[str, bool]
    in_scope: bool = True
    priority: bool = True
    tie_break: tuple[int | Fraction, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A rank, from 1, with the score and the sentence that says why the dossier stands there. Rank 0: not ranked."""

    key: str
    rank: int
    score: Fraction
    sentence: str


def rank(dossiers: Iterable[Scored], weights: Mapping[str, int | Fraction] | None = None) -> list[Place]:
    """The ranking: in scope before out of scope, priority before others, then score, tie-break and key.

    The same dossiers in any order give the same ranking. A dossier that fails a gate is not ranked, and says which.
    Raises ValueError on a negative weight or on two dossiers of the same key.
    """
    given = dict(weights or {})
    listed = list(dossiers)
    if any(weight < 0 for weight in given.values()):
        raise ValueError("weights are positive or zero")
    if len({one.key for one in listed}) != len(listed):
        raise ValueError("each dossier has its own key")
    scores = {one.key: score(one, given) for one in listed}
    passing = sorted(
        (one for one in listed if all(one.gates.values())),
        key=lambda one: (
            not one.in_scope, not one.priority, -scores[one.key], tuple(-value for value in one.tie_break), one.key,
        ),
    )  # fmt: skip
    places = []
    for number, one in enumerate(passing, 1):
        before = passing[number - 2] if number > 1 else None
        places.append(Place(one.key, number, scores[one.key], _why(one, before, scores)))
    refused = sorted((one for one in listed if not all(one.gates.values())), key=lambda one: one.key)
    return places + [Place(one.key, 0, scores[one.key], _gate(one)) for one in refused]


def score(dossier: Scored, weights: Mapping[str, int | Fraction]) -> Fraction:
    """The weighted sum of the points."""
    return sum((Fraction(points) * weights.get(name, 1) for name, points in dossier.points.items()), Fraction(0))


def _gate(one: Scored) -> str:
    closed = [name for name, passed in sorted(one.gates.items()) if not passed]
    return typeset(f"Non classé : {enumerate_in_words(closed)}.")


def _why(one: Scored, before: Scored | None, scores: Mapping[str, Fraction]) -> str:
    words = f"Score de {_written(scores[one.key])}"
    if not one.in_scope:
        words += ", hors périmètre : classé après les dossiers de l'appel"
    elif not one.priority:
        words += ", non prioritaire : classé après les dossiers prioritaires"
    elif before and scores[before.key] == scores[one.key]:
        words += f", à égalité avec {before.key} : départagé par le critère suivant"
    return typeset(words + ".")


def _written(value: Fraction) -> str:
    return format_number(int(value) if value.denominator == 1 else cents(value))
