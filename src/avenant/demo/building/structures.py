"""The structures of the FACT action: one that has gone through it, one that has started, one that waits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avenant.contracts.drafting.models import Contract
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import Cast
from avenant.foundations.documents.spreadsheets import Column, Sheet, workbook_bytes
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.registers.services import structures
from avenant.references.reading import read


def follow(cast: Cast) -> None:
    """The fictional service follows its structures, each as far as its entry tells."""
    story = read("demo/structures")
    actor = cast.manager(story["service"])
    with acting_as(actor):
        contract = Contract.objects.visible_to(actor).get(
            starts_on__year__lte=story["contract_year"], ends_on__year__gte=story["contract_year"]
        )
        for entry in entries(story, "structure"):
            structure = structures.follow_structure(
                actor=actor, contract_id=contract.pk, name=entry["name"], siret="", starts_on=entry["starts_on"],
                at=paris(entry["at"]),
            )  # fmt: skip
            if grid := entry.get("grid"):
                structures.attach_grid(
                    actor=actor, structure_id=structure.pk, survey=_survey(grid), at=paris(grid["at"])
                )
            if told := entry.get("transformation"):
                structures.tell_transformation(
                    actor=actor, structure_id=structure.pk, on=told["on"], text=told["text"], at=paris(told["at"])
                )


def _survey(grid: Mapping[str, Any]) -> structures.Survey:
    columns = (Column("Indicateur de la charge de travail", width=60), Column("Mesure", width=16))
    sheet = Sheet("Grille", columns, ((name, "") for name in grid["indicators"]))
    content = workbook_bytes([sheet], title="Grille, démonstration", at=paris(grid["at"]))
    name = "grille-charge-de-travail-demonstration.xlsx"
    return structures.Survey(grid["surveyed_on"], len(grid["indicators"]), name, content)
