"""The technical opinion of an institution on a dossier: four points, each answered, none guessed (convention, article 2, 1)."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words

BASIS: Final = "Convention, article 2, 1"

POINTS: Final = {
    "layout": "Projets d’aménagement proposés par l’établissement",
    "equipment": "Avantages et inconvénients des équipements en matériels sollicités",
    "relevance": "Leur pertinence dans le contexte spécifique de l’établissement demandeur",
    "assessments": "Évaluations extérieures ou internes effectuées",
}
"""The four points of the convention, in its order and its words; « leur » is that of the equipment."""


class Answer(StrEnum):
    """What an institution says of one point, in light of what it knows."""

    FAVOURABLE = "favourable"
    RESERVED = "reserved"
    UNFAVOURABLE = "unfavourable"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        return {
            self.FAVOURABLE: "favorable",
            self.RESERVED: "réservé",
            self.UNFAVOURABLE: "défavorable",
            self.UNKNOWN: "sans connaissance",
        }[self]

    @property
    def needs_comment(self) -> bool:
        """A reserve or a refusal says why."""
        return self in {Answer.RESERVED, Answer.UNFAVOURABLE}


@dataclass(frozen=True, slots=True)
class PointAnswer:
    """The answer to one point, with its comment."""

    answer: Answer
    comment: str = ""


def check_opinion(said: Mapping[str, PointAnswer | None]) -> None:
    """Raise :class:`DomainError` unless the four points are answered, reserves and refusals with their comment.

    « Sans connaissance » is an answer; a blank is not.
    """
    blank = [label for code, label in POINTS.items() if said.get(code) is None]
    if blank:
        raise DomainError(
            f"Répondez à chaque point ; « sans connaissance » est une réponse. Il reste : {enumerate_in_words(blank)}.",
            code="blank_point", basis=BASIS,
        )  # fmt: skip
    silent = [
        label
        for code, label in POINTS.items()
        if (one := said[code]) is not None and one.answer.needs_comment and not one.comment.strip()
    ]
    if silent:
        raise DomainError(
            f"Un avis réservé ou défavorable se motive : {enumerate_in_words(silent)}.", code="no_comment", basis=BASIS
        )


def worst(answers: Iterable[Answer]) -> Answer | None:
    """The most severe of the answers that know something; ``UNKNOWN`` when none does, None without any answer."""
    given = set(answers)
    order = (Answer.UNFAVOURABLE, Answer.RESERVED, Answer.FAVOURABLE, Answer.UNKNOWN)
    return next((one for one in order if one in given), None)


class Collegial(StrEnum):
    """The one opinion of the concertation committee on a dossier."""

    FAVOURABLE = "favourable"
    RESERVED = "reserved"
    UNFAVOURABLE = "unfavourable"
    ADJOURNED = "adjourned"

    @property
    def label(self) -> str:
        return {
            self.FAVOURABLE: "favorable",
            self.RESERVED: "favorable avec réserve",
            self.UNFAVOURABLE: "défavorable",
            self.ADJOURNED: "ajourné",
        }[self]


def check_collegial(opinion: Collegial, comment: str, *, parties: Mapping[str, str], present: Collection[str]) -> None:
    """Raise :class:`DomainError` unless each of ``parties`` (key: name) was represented, and a reserve is told.

    Without all of them the committee may adjourn, and nothing else: the opinion is collegial.
    """
    absent = [name for key, name in parties.items() if key not in present]
    if absent and opinion is not Collegial.ADJOURNED:
        raise DomainError(
            f"L’avis est collégial : il manque un représentant de {enumerate_in_words(absent)}. "
            "Le comité peut ajourner l’examen.",
            code="absent", basis=BASIS,
        )  # fmt: skip
    if opinion is not Collegial.FAVOURABLE and not comment.strip():
        raise DomainError("Dites la réserve, le refus ou la raison de l’ajournement.", code="no_comment", basis=BASIS)
