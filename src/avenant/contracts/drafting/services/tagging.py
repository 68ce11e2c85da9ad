"""What an action serves: a reading that the parties correct, outside the text that they signed."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.contracts.drafting import policies
from avenant.contracts.drafting.models import Clause, ClauseTag, Contract, Provision
from avenant.contracts.drafting.selectors import clauses_on, get_contract, list_frameworks, list_provisions
from avenant.contracts.drafting.services.contributing import ACTIONS
from avenant.domain.contracts import ClauseKind
from avenant.domain.contracts.actions import ACTION_NATURES, SERVICE_ROLES
from avenant.domain.decision import DomainError
from avenant.domain.registers import Level
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor


@transaction.atomic
def tag_action(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, purposes: Collection[str], at: datetime
) -> list[str]:
    """Say which purposes of article D4622-45 an action serves; return those that it now serves.

    At least one, among those that this contract lists (S1-II-02). Raises DomainError otherwise.
    """
    contract, action = _action(actor, contract_id, clause_key, at)
    listed = [one.key for one in list_provisions(actor, contract, [Provision.Kind.PURPOSE])]
    if not purposes or set(purposes) - set(listed):
        raise DomainError("Une action sert au moins une des finalités que le contrat énumère.", basis="D. 4622-45")
    label = f"Finalités de l’action «\u202f{action}\u202f» précisées"
    return _write(
        actor, contract, clause_key, ClauseTag.Family.PURPOSE, [one for one in listed if one in purposes], label, at
    )


@transaction.atomic
def follow_orientations(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, orientations: Collection[str], at: datetime
) -> list[str]:
    """Say which regional orientations an action follows, among those that the text lists; none is allowed."""
    contract, action = _action(actor, contract_id, clause_key, at)
    today = at.astimezone(ZoneInfo(contract.territory.time_zone)).date()
    listed = [one.key for one in clauses_on(actor, contract, today, ClauseKind.ORIENTATION)]
    if set(orientations) - set(listed):
        raise DomainError("Choisissez parmi les orientations que le contrat énumère.")
    label = f"Orientations de l’action «\u202f{action}\u202f» précisées"
    chosen = [one for one in listed if one in orientations]
    return _write(actor, contract, clause_key, ClauseTag.Family.ORIENTATION, chosen, label, at)


@dataclass(frozen=True, slots=True)
class Reading:
    """What an action is: prevention, quality of life at work, or both; the roles of the service; the plans it serves."""

    natures: Collection[str] = ()
    roles: Collection[str] = ()
    frameworks: Collection[str] = ()


@transaction.atomic
def describe_action(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, reading: Reading, at: datetime
) -> dict[str, list[str]]:
    """Say what an action is and whose priorities it serves; several at once, each counted once (S0-P-03, S1-II-03).

    Raises DomainError for what is not of the closed lists: the two natures, the four roles of article L4622-2, the
    frameworks that the contract names.
    """
    contract, action = _action(actor, contract_id, clause_key, at)
    known = {one.framework_id for one in list_frameworks(actor, contract)}
    asked = (
        (ClauseTag.Family.NATURE, reading.natures, set(ACTION_NATURES)),
        (ClauseTag.Family.ROLE, reading.roles, set(SERVICE_ROLES)),
        (ClauseTag.Family.FRAMEWORK, reading.frameworks, known),
    )
    for _, codes, listed in asked:
        if set(codes) - listed:
            raise DomainError("Choisissez parmi ce qui est proposé pour cette action.")
    label = f"Lecture de l’action «\u202f{action}\u202f» précisée"
    return {
        family.value: _write(actor, contract, clause_key, family, list(dict.fromkeys(codes)), label, at)
        for family, codes, _ in asked
    }


@transaction.atomic
def address_levels(
    *, actor: Actor, contract_id: uuid.UUID, clause_key: str, levels: Collection[str], at: datetime
) -> list[str]:
    """Say which levels of prevention an action addresses: several, or none as long as nobody has said."""
    contract, action = _action(actor, contract_id, clause_key, at)
    if set(levels) - set(Level):
        raise DomainError("Un niveau de prévention est primaire, secondaire ou tertiaire.")
    label = f"Niveaux de prévention de l’action «\u202f{action}\u202f» précisés"
    chosen = [one.value for one in Level if one in levels]
    return _write(actor, contract, clause_key, ClauseTag.Family.LEVEL, chosen, label, at)


def _action(actor: Actor, contract_id: uuid.UUID, clause_key: str, at: datetime) -> tuple[Contract, Clause]:
    contract = get_contract(actor, contract_id, lock=True)
    policies.may_speak(actor, contract).or_raise()
    today = at.astimezone(ZoneInfo(contract.territory.time_zone)).date()
    action = next((one for one in clauses_on(actor, contract, today, *ACTIONS) if one.key == clause_key), None)
    if action is None:
        raise DomainError("Cette action n’est pas dans le contrat.")
    return contract, action


def _write(
    actor: Actor, contract: Contract, clause_key: str, family: str, codes: list[str], label: str, at: datetime
) -> list[str]:
    """Bring the tags of one family to ``codes``: outside the text, noted in the journal."""
    rows = ClauseTag.objects.visible_to(actor).filter(contract=contract, clause_key=clause_key, family=family)
    rows.exclude(code__in=codes).delete()
    former = set(rows.values_list("code", flat=True))
    ClauseTag.objects.bulk_create(
        ClauseTag(circle_id=contract.circle_id, contract=contract, clause_key=clause_key, family=family, code=code)
        for code in codes
        if code not in former
    )
    record(
        contract.circle_id,
        verb="contract.action_tagged",
        label=label,
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return codes
