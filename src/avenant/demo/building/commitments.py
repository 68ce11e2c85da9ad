"""The commitments: every register planned, and a fictional service that says where its own stand."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from avenant.contracts.commitments import services
from avenant.contracts.commitments.services import ExchangeDraft, ExpertiseDraft, ProofDraft, Said, Which
from avenant.contracts.drafting.models import Contract
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import Cast
from avenant.domain.contracts.keeping import Status
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as


def keep(cast: Cast, told: Mapping[str, Any], *, at: datetime) -> None:
    """Plan the register of every contract, then tell what the fictional service says, gives and asks."""
    contract = Contract.objects.select_related("territory").get(
        state="in_force", fictional=True, starts_on__year=2025, parties__organisation__key=told["service"]
    )
    services.plan_contract(contract=contract, at=paris(told["planned_at"]))
    services.plan_registers(at=at)
    service = cast.manager(told["service"])
    party = contract.parties.get(organisation__key=told["service"])
    with acting_as(service):
        for one in entries(told, "commitment"):
            _state(cast, told["service"], Which(contract.pk, one["clause"], party.pk, one["year"]), one)
        services.comment_year(actor=service, contract_id=contract.pk, year=2025, text=told["year_comment"], at=at)
        for one in entries(told, "exchange"):
            said = {name: value for name, value in one.items() if name != "at"}
            services.log_exchange(
                actor=service, contract_id=contract.pk, draft=ExchangeDraft(**said), at=paris(one["at"])
            )
        asked = told["expertise"]
        draft = ExpertiseDraft(asked["asked_of"], asked["expertise"], asked["subject"], asked["due_on"])
        row = services.ask_expertise(actor=service, contract_id=contract.pk, draft=draft, at=paris(asked["at"]))
    with acting_as(cast.fund):
        services.answer_expertise(
            actor=cast.fund, contract_id=contract.pk, request_id=row.pk, answer=asked["answer"],
            reason=asked["reason"], at=paris(asked["answered_at"]),
        )  # fmt: skip


def _state(cast: Cast, service: str, which: Which, one: Mapping[str, Any]) -> None:
    actor, at = cast.manager(service), paris(one["at"])
    for proof in entries(one, "proof"):
        quantity = Decimal(proof["quantity"]) if "quantity" in proof else None
        draft = ProofDraft(
            proof["title"], proof["type"], proof["on"], quantity, proof.get("unit", ""),
            action=proof.get("action", False),
        )  # fmt: skip
        services.add_proof(actor=actor, which=which, draft=draft, at=at)
    services.state_commitment(actor=actor, which=which, said=Said(Status(one["status"]), one.get("comment", "")), at=at)
