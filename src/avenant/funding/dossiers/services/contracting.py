"""The local contract between the management and the staff representatives: objectives, signatures, finalised by both."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.foundations.documents import services as documents
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import Standing
from avenant.funding.dossiers.models import Dossier, LocalContract, Objective
from avenant.funding.dossiers.services.writing import RowSaid, _editing, _save_rows, check_body, settle

SIGNATURES = ("management_capacity", "management_signed_on", "staff_body", "staff_capacity", "staff_signed_on")


@transaction.atomic
def set_objectives(*, actor: Actor, dossier_id: uuid.UUID, objectives: Sequence[RowSaid], at: datetime) -> Standing:
    """Write the quantified targets: each with its unit, where it starts, where it aims, by when. One without its target
    is refused."""
    dossier = _editing(actor, dossier_id, at)
    for one in objectives:
        if one.values is not None and any(one.values.get(name) is None for name in ("baseline", "target", "due_on")):
            raise DomainError("Un objectif a sa valeur de départ, sa cible et son échéance.", code="objective")
    _save_rows(Objective, objectives, dossier, {"dossier": dossier})
    return settle(dossier, actor=actor, at=at)


@transaction.atomic
def tell_signatures(
    *, actor: Actor, dossier_id: uuid.UUID, said: Mapping[str, Any], file: tuple[str, bytes] | None = None, at: datetime
) -> LocalContract:
    """Write who signed the local contract and when, each party as it comes; ``file`` is the signed copy."""
    dossier, contract = _open(actor, dossier_id, at)
    for name in SIGNATURES:
        if name in said:
            setattr(contract, name, said[name] if said[name] is not None or name.endswith("_on") else "")
    _check_days(dossier, contract, at)
    if file:
        contract.document = documents.receive_file(
            actor=actor, circle_id=dossier.circle_id, name=file[0], content=file[1], kind="local-contract", at=at
        )
    contract.person_id = actor.person_id
    contract.save()
    return contract


def _check_days(dossier: Dossier, contract: LocalContract, at: datetime) -> None:
    days = [day for day in (contract.management_signed_on, contract.staff_signed_on) if day is not None]
    today = at.astimezone(ZoneInfo(dossier.call.zone)).date()
    if any(day > today for day in days):
        raise DomainError("Une signature ne peut pas être datée d’un jour à venir.", code="future")
    check_body(dossier, contract.staff_body, contract.staff_signed_on)


@transaction.atomic
def finalise_contract(*, actor: Actor, dossier_id: uuid.UUID, at: datetime) -> LocalContract:
    """The contract holds once both parties have signed it, with their dates, on quantified objectives (§1)."""
    dossier, contract = _open(actor, dossier_id, at)
    policies.may_finalise(contract, Objective.objects.filter(dossier=dossier).count()).or_raise()
    contract.finalised_at, contract.person_id = at, actor.person_id
    contract.save()
    record(
        dossier.circle_id, verb="dossier.local_contract", label="Contrat local signé par les deux parties", actor=actor,
        at=at, page=dossier.page(), subject=dossier.pk,
        evidence={"management": _day(contract.management_signed_on), "staff": _day(contract.staff_signed_on)},
    )  # fmt: skip
    return contract


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _open(actor: Actor, dossier_id: uuid.UUID, at: datetime) -> tuple[Dossier, LocalContract]:
    selectors.get_dossier(actor, dossier_id)
    dossier = Dossier.objects.select_for_update(of=("self",)).select_related("call__owner", "owner").get(pk=dossier_id)
    contract = LocalContract.objects.filter(dossier=dossier).first()
    policies.may_sign(actor, dossier, contract).or_raise()
    return dossier, contract or LocalContract(dossier=dossier, circle_id=dossier.circle_id)
