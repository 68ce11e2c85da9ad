"""What the instruction says of the dossiers of a call, as the committee ranks them: the one place that reads it."""

from __future__ import annotations

from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.reviews.models import CollegialOpinion
from avenant.funding.reviews.selectors import ranking
from avenant.funding.reviews.selectors.ranking import Assessed

__all__ = ["Assessed", "all_examined", "assess", "collegial_of"]


def assess(actor: Actor, call: PublishedCall) -> list[Assessed]:
    """The complete dossiers of a call in the order of the ranking."""
    return ranking.assess_call(actor, call)


def all_examined(actor: Actor, call: PublishedCall) -> Decision:
    """May grants be decided: in a window call, once every dossier received is examined (§3.2, 1°)."""
    return ranking.all_examined(actor, call)


def collegial_of(one: Assessed) -> CollegialOpinion | None:
    """The collegial opinion of a dossier, once the committee has given it."""
    return getattr(one.instruction, "collegial", None) if one.instruction else None
