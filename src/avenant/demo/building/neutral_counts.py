"""Neutral counts between the fictional service and the fund: one told, one that waits for the service's next message."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from avenant.contracts.drafting.models import Contract
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import Cast
from avenant.domain.neutral_count import POINT, Message, Side, Stage, write_message
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.registers.models import BlindCount
from avenant.indicators.registers.services import blind
from avenant.references.reading import read


def count(cast: Cast) -> None:
    """The service asks, both sides bring what their entry tells, the platform counts what is complete."""
    story = read("demo/neutral_counts")
    actors = {Side.SERVICE: cast.manager(story["service"]), Side.FUND: cast.fund}
    for entry in entries(story, "count"):
        with acting_as(actors[Side.SERVICE]):
            contract = Contract.objects.visible_to(actors[Side.SERVICE]).get(
                starts_on__year__lte=story["contract_year"], ends_on__year__gte=story["contract_year"]
            )
            asked = blind.ask_blind_count(
                actor=actors[Side.SERVICE], circle_id=contract.circle_id, kind=entry["kind"], strand=entry["strand"],
                year=entry["year"], at=paris(entry["asked_at"]),
            )  # fmt: skip
        for told in entries(entry, "message"):
            side = Side(told["side"])
            content = _message(asked, entry, Stage(told["stage"]), side)
            with acting_as(actors[side]):
                blind.bring_message(actor=actors[side], count_id=asked.pk, content=content, at=paris(told["at"]))
        if "told_at" in entry:
            blind.count_blindly(at=paris(entry["told_at"]))


def _message(asked: BlindCount, entry: Mapping[str, Any], stage: Stage, by: Side) -> bytes:
    """A message of the right form whose points stand for lists that nobody has made: no curve is computed."""
    of = by.other if stage is Stage.DOUBLED else by
    size, start = entry[f"{of.value}_size"], 0 if of is Side.SERVICE else entry["service_size"] - entry["common"]
    promise = hashlib.sha256(f"{asked.pk}{of.value}".encode()).hexdigest()
    points = () if stage is Stage.COMMITTED else tuple(_point(start + rank) for rank in range(size))
    return write_message(Message(str(asked.pk), stage, by, size, promise, points))


def _point(rank: int) -> bytes:
    return b"\x02" + hashlib.sha256(str(rank).encode()).digest()[: POINT - 1]
