"""The actions of a programme: where a fictional service says they stand, and one done for several contracts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from avenant.contracts.actions import services
from avenant.contracts.actions.models import Progress, SharedAction
from avenant.contracts.drafting.models import Contract
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import Cast
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as


def act(cast: Cast, told: Mapping[str, Any]) -> None:
    """Say the progress of each action told, then open the shared one."""
    service = cast.manager(told["service"])
    contract = _contract(told["service"])
    with acting_as(service):
        for one in entries(told, "progress"):
            services.say_progress(
                actor=service, contract_id=contract.pk, clause_key=one["clause"], state=Progress.State(one["state"]),
                comment=one["comment"], at=paris(one["at"]),
            )  # fmt: skip
    shared = told["shared"]
    draft = services.SharedDraft(
        kind=SharedAction.Kind(shared["kind"]),
        title=shared["title"],
        held_on=shared["held_on"],
        contracts=[_contract(key).pk for key in shared["services"]],
    )
    with acting_as(cast.labour):
        services.open_shared(actor=cast.labour, draft=draft, at=paris(shared["at"]))


def _contract(service: str) -> Contract:
    return Contract.objects.get(
        state="in_force", fictional=True, starts_on__year=2025, parties__organisation__key=service
    )
