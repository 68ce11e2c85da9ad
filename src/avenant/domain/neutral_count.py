"""The neutral count: how many establishments two lists have in common, counted by a third that sees none of them.

Each party blinds its list with its own key, then blinds the other's blinded list again. What both keys have blinded is
the same point for the same establishment, whatever the order; the platform intersects such points and never holds a
key. Before anything moves each party commits to its list: the digest of a salt, the question and the sorted list.

A message is a text of one line (JSON), then its points, 33 bytes each, sorted: their order says nothing of the list.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.french import format_number, typeset

FORMAT: Final = "avenant-compte-neutre"
POINT: Final = 33
"""Bytes of a compressed point of the P-256 curve; the first says the sign, 2 or 3."""

SMALLEST: Final = 500
"""A shorter list is refused: its count would be about each of its establishments."""

LARGEST: Final = 500_000
HEAVIEST: Final = LARGEST * POINT + 1_000
"""Bytes of the longest message, its first line included."""

FLOOR: Final = 11
"""A count from 0 to 10, or as near to the whole of a list, is not told."""

STEP: Final = 10
"""What is told is rounded to the nearest ten."""

_HEX: Final = re.compile(r"[0-9a-f]{64}")


class Side(StrEnum):
    """Whose list, or whose hand."""

    SERVICE = "service"
    FUND = "fund"

    @property
    def other(self) -> Side:
        return Side.FUND if self is Side.SERVICE else Side.SERVICE


class Stage(StrEnum):
    """What a message is: the promise, a list blinded once, the other's list blinded twice."""

    COMMITTED = "committed"
    BLINDED = "blinded"
    DOUBLED = "doubled"

    @property
    def label(self) -> str:
        return {"committed": "engagement", "blinded": "liste masquée", "doubled": "réponse"}[self]


class BadMessage(DomainError):
    """A message that cannot be used; the sentence says why."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message), code="bad_message")


@dataclass(frozen=True, slots=True)
class Message:
    """What one hand says about one list: ``size`` and ``commitment`` are those of the list, not of the hand."""

    question: str
    stage: Stage
    by: Side
    size: int
    commitment: str
    points: tuple[bytes, ...] = ()

    @property
    def of(self) -> Side:
        """Whose list it is: a list blinded twice was given back by the other side."""
        return self.by.other if self.stage is Stage.DOUBLED else self.by


def commitment(salt: bytes, question: str, sirets: Iterable[str]) -> str:
    """The promise of a list: SHA-256 of the salt, the question and the sorted list, a line each."""
    digest = hashlib.sha256(salt)
    for line in (question, *sorted(sirets)):
        digest.update(b"\n" + line.encode())
    return digest.hexdigest()


def refuse_size(size: int) -> None:
    """Raise :class:`BadMessage` for a list too short to be counted, or longer than any real one."""
    if size < SMALLEST:
        raise BadMessage(
            f"La liste compte {format_number(size)} établissements : le compte neutre en demande au moins {SMALLEST}, sinon sa "
            "réponse désignerait presque chacun. Passez par la liste partagée dans un cercle confidentiel."
        )
    if size > LARGEST:
        raise BadMessage(f"La liste dépasse {format_number(LARGEST)} établissements : vérifiez que c'est la bonne.")


def write_message(message: Message) -> bytes:
    """The bytes of a message."""
    head = {
        "format": FORMAT, "version": 1, "question": message.question, "stage": message.stage.value,
        "by": message.by.value, "size": message.size, "commitment": message.commitment,
    }  # fmt: skip
    return json.dumps(head, separators=(",", ":")).encode() + b"\n" + b"".join(sorted(message.points))


def read_message(content: bytes) -> Message:
    """The message of some bytes, once its form is verified: sizes, points that look like points, no duplicate.

    Raises :class:`BadMessage`.
    """
    line, _, rest = content.partition(b"\n")
    try:
        head = json.loads(line)
        if head["format"] != FORMAT:
            raise KeyError(head["format"])
        message = Message(
            str(head["question"]), Stage(head["stage"]), Side(head["by"]), int(head["size"]), str(head["commitment"])
        )
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BadMessage(
            "Ce fichier n'est pas un message du compte neutre. Il vient de : avenant collect match."
        ) from error
    if not _HEX.fullmatch(message.commitment):
        raise BadMessage("L'engagement de ce message est illisible : refaites-le avec avenant collect match engage.")
    refuse_size(message.size)
    if message.stage is Stage.COMMITTED:
        if rest:
            raise BadMessage("Un engagement ne contient aucune liste : ce fichier a été modifié.")
        return message
    return replace(message, points=_points(message, rest))


def _points(message: Message, rest: bytes) -> tuple[bytes, ...]:
    if len(rest) != POINT * message.size:
        raise BadMessage(
            f"Ce message annonce {format_number(message.size)} établissements et n'en porte pas autant : il est tronqué ou "
            "modifié. Demandez-le de nouveau."
        )
    points = tuple(rest[start : start + POINT] for start in range(0, len(rest), POINT))
    if any(point[0] not in (2, 3) for point in points):
        raise BadMessage("Ce message est abîmé : ses points sont illisibles. Demandez-le de nouveau.")
    if len(set(points)) != len(points):
        raise BadMessage("Ce message compte deux fois le même établissement : il est refusé.")
    return points


def check_against(message: Message, promised: Message) -> None:
    """Raise :class:`BadMessage` when a message is not about the list that was promised."""
    if (message.question, message.of, message.size, message.commitment) != (
        promised.question, promised.by, promised.size, promised.commitment,
    ):  # fmt: skip
        raise BadMessage(
            "Ce message ne correspond pas à l'engagement déposé : autre liste, autre taille ou autre question. Rien n'a été "
            "enregistré."
        )


def common(one: Message, other: Message) -> int:
    """How many establishments two lists blinded twice have in common. Raises :class:`BadMessage` on another pair."""
    if one.question != other.question or {one.by, other.by} != set(Side) or one.stage is not Stage.DOUBLED:
        raise BadMessage(
            "Ces deux réponses ne vont pas ensemble : il en faut une de chaque partie, à la même question."
        )
    if other.stage is not Stage.DOUBLED:
        raise BadMessage("Le compte se fait sur deux réponses, pas sur une liste masquée une seule fois.")
    return len(set(one.points) & set(other.points))


@dataclass(frozen=True, slots=True)
class Released:
    """What is told of a count: a number of tens, or a bound when the number is near nothing or near a whole list."""

    told: int | None
    bound: str = ""

    @property
    def words(self) -> str:
        """« environ 3 220 », « moins de 11 », « tous ou presque »."""
        if self.told is not None:
            return typeset(f"environ {format_number(self.told)}")
        return f"moins de {FLOOR}" if self.bound == "below" else "tous ou presque"


def release(exact: int, sizes: Iterable[int], *, floor: int = FLOOR) -> Released:
    """Floor and rounding of a count. ``sizes`` are known to both parties: a rest below the floor is not told either."""
    if exact < floor:
        return Released(None, "below")
    if min(sizes) - exact < floor:
        return Released(None, "above")
    return Released((exact + STEP // 2) // STEP * STEP)
