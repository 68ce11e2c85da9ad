"""Strand 1 of the fictional service: its cell, and the actions, partnerships and campaigns of its register."""

from __future__ import annotations

from avenant.contracts.drafting.models import Contract
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import Cast
from avenant.domain.registers import ActionKind, Level, PartnerKind, Quality
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.registers import services
from avenant.indicators.registers.reading import ActionLine
from avenant.indicators.registers.services import strand_one
from avenant.references.reading import read


def tell(cast: Cast) -> None:
    """The service describes its cell and keeps its register."""
    story = read("demo/strand_one")
    actor, at = cast.manager(story["service"]), paris(story["at"])
    lines = [
        ActionLine(
            ActionKind(one["kind"]),
            one["on"],
            count=one.get("count"),
            label=one["label"],
            levels=tuple(map(Level, one.get("levels", ()))),
            partner=one.get("partner", ""),
            partner_kind=PartnerKind(one["partner_kind"]) if "partner_kind" in one else None,
            qualities=tuple(map(Quality, one.get("qualities", ()))),
        )
        for one in entries(story, "action")
    ]
    with acting_as(actor):
        contract = Contract.objects.visible_to(actor).get(
            starts_on__year__lte=story["contract_year"], ends_on__year__gte=story["contract_year"]
        )
        strand_one.describe_cell(
            actor=actor, contract_id=contract.pk, draft=strand_one.CellDraft(**story["cell"]), at=at
        )
        services.register_actions(actor=actor, lines=lines, at=at)
