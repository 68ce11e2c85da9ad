"""What is left to do before an instruction is concluded."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists

from avenant.domain.funding import grid
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Examination, Instruction, Supplement
from avenant.funding.reviews.policies import Left, left_to_conclude
from avenant.funding.reviews.selectors.checks import has_other_money
from avenant.funding.reviews.selectors.ranking import marks_of
from avenant.funding.reviews.selectors.unlined import list_unsettled


def list_left(actor: Actor, instruction: Instruction, examinations: Iterable[Examination]) -> list[Left]:
    """What is left, each with the part of the pages where it is done; the ledger of double funding is read only when the
    establishment has other money."""
    dossier = instruction.dossier
    open_requests = Supplement.objects.visible_to(actor).filter(dossier=dossier, state__in=["asked", "answered"])
    pending, other_money = (
        Dossier.objects.filter(pk=dossier.pk)
        .annotate(pending=Exists(open_requests.order_by()), other_money=has_other_money(actor, dossier))
        .values_list("pending", "other_money")
        .get()
    )
    return left_to_conclude(
        instruction, missing=grid.missing(marks_of(instruction)), examinations=examinations, pending=pending,
        unsettled=list_unsettled(actor, instruction) if other_money else (),
    )  # fmt: skip
