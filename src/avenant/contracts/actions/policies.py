"""May this actor say where an action stands, open a shared one, keep the campaigns and the targeted establishments."""

from __future__ import annotations

from typing import Final

from avenant.contracts.actions.models import SharedAction
from avenant.contracts.commitments.policies import may_take_part
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor

AUTHORITIES: Final = (Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT, Role.ARS_DECISION_MAKER)
ARTICLE_4: Final = "CPOM PACA 2025-2029, article 4"


def may_follow(actor: Actor, contract: Contract) -> Decision:
    """The lead of a party keeps what is shared of the follow-up: effects, campaigns, targeted establishments."""
    return may_take_part(actor, contract)


def may_say_progress(actor: Actor, contract: Contract, pilot: ContractParty | None) -> Decision:
    """Each party says where the actions that it answers for stand (S3-4-01)."""
    allowed = may_take_part(actor, contract)
    if not allowed.allowed:
        return allowed
    if pilot is None:
        return Decision.no(
            "Cette action n’a pas de partie responsable\u202f: elle se désigne dans le texte.", ARTICLE_4
        )
    if pilot.organisation_id != actor.organisation_id:
        return Decision.no(f"{pilot.organisation.short_name} répond de cette action et dit où elle en est.", ARTICLE_4)
    return Decision.yes()


def may_open_shared(actor: Actor) -> Decision:
    """The institutions of the region lead what is common to several contracts."""
    if not actor.has(*AUTHORITIES):
        return Decision.no("Une action commune à plusieurs contrats est ouverte par une institution de la région.")
    return Decision.yes()


def may_lead_shared(actor: Actor, action: SharedAction) -> Decision:
    """Who leads it changes it."""
    if action.leader_id != actor.organisation_id:
        return Decision.no(f"Cette action est animée par {action.leader.short_name}.")
    return may_open_shared(actor)
