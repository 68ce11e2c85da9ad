"""What every page of an instruction starts from: the row, who reads it, the parts of the page."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any, Final

from django.http import Http404

from avenant.foundations.doors import ActorRequest
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import Instruction, Interest
from avenant.funding.reviews.selectors import instructions as selectors

PARTS: Final = (
    ("reviews:instruction", "Synthèse"),
    ("reviews:study", "Étude"),
    ("reviews:opinions", "Avis"),
    ("reviews:grid", "Grille"),
    ("reviews:checks", "Contrôles"),
    ("reviews:supplements", "Compléments"),
    ("reviews:exchanges", "Échanges"),
)


def parts_of(actor: Actor, instruction: Instruction, *, interested: bool) -> list[tuple[str, str]]:
    """The parts that the reader may open."""
    closed = set()
    if not policies.may_take_part(actor, instruction, interested=interested).allowed:
        closed |= {"reviews:opinions", "reviews:checks", "reviews:exchanges"}
    if not policies.may_see_grid(actor, instruction, interested=interested).allowed:
        closed.add("reviews:grid")
    return [(route, label) for route, label in PARTS if route not in closed]


@dataclass(frozen=True, slots=True)
class Entered:
    """An instruction, the interests declared in it, and its reader."""

    instruction: Instruction
    interests: list[Interest]
    actor: Actor

    @property
    def interested(self) -> bool:
        """Has the reader an interest that stands."""
        return any(one.person_id == self.actor.person_id and one.lifted_at is None for one in self.interests)

    @property
    def dossier(self) -> Dossier:
        return self.instruction.dossier

    def context(self) -> dict[str, Any]:
        """What the frame of the pages shows."""
        parts = parts_of(self.actor, self.instruction, interested=self.interested)
        return {"instruction": self.instruction, "dossier": self.dossier, "parts": parts,
                "interested": self.interested, "own": False, "error": None}  # fmt: skip


def enter(request: ActorRequest, dossier_id: uuid.UUID) -> Entered:
    """The instruction of a dossier. A dossier that is not mine answers 404; the establishment's own, 403: opinions, grid and
    ranking stay with the institutions (S4-5.2-06). Not opened yet, 404."""
    instruction = selectors.find_instruction(request.actor, dossier_id)
    if instruction is None:
        policies.may_enter(request.actor, get_dossier(request.actor, dossier_id)).or_raise()
        raise Http404
    return Entered(instruction, selectors.list_interests(request.actor, instruction), request.actor)


def enter_within(request: ActorRequest, dossier_id: uuid.UUID) -> Entered:
    """The same, for opinions and checks: closed to who declared an interest."""
    entered = enter(request, dossier_id)
    policies.may_take_part(request.actor, entered.instruction, interested=entered.interested).or_raise()
    return entered


def enter_grid(request: ActorRequest, dossier_id: uuid.UUID) -> Entered:
    """The same, for the grid: closed to the partners until the opinions are open, too."""
    entered = enter(request, dossier_id)
    policies.may_see_grid(request.actor, entered.instruction, interested=entered.interested).or_raise()
    return entered
