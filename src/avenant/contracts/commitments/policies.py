"""May this actor write in the follow-up of the commitments, and if not why."""

from __future__ import annotations

from typing import Final

from avenant.contracts.commitments.models import Balance, ExpertiseRequest, Proof
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.policies import LEADS, party_of
from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor

ARTICLE_4: Final = "CPOM PACA 2025-2029, article 4"


def may_take_part(actor: Actor, contract: Contract) -> Decision:
    """The lead of a party. The last year of a contract is balanced after its end: an ended contract stays open here."""
    party = party_of(actor, contract)
    lead = LEADS.get(ContractParty.Role(party.role)) if party else None
    if lead is None or not actor.has(lead):
        roles = ", ".join(role.label for role in LEADS.values())
        return Decision.no(f"Le suivi des engagements revient à\u202f: {roles}.", ARTICLE_4)
    return Decision.yes()


def may_state(actor: Actor, contract: Contract, party: ContractParty, frozen: Balance | None) -> Decision:
    """Each party states its own commitments; nobody marks another's, and a balance that is frozen is no longer written."""
    allowed = may_take_part(actor, contract)
    if not allowed.allowed:
        return allowed
    if party.organisation_id != actor.organisation_id:
        return Decision.no(
            "Chaque partie déclare ses propres engagements\u202f: pour ceux d’une autre, faites une remarque.",
            ARTICLE_4,
        )
    return may_write_year(frozen)


def may_write_year(frozen: Balance | None) -> Decision:
    """While the balance of the year is not frozen."""
    if frozen is not None:
        return Decision.no(f"Le bilan {frozen.year} est arrêté\u202f: il faut le rouvrir pour le corriger.")
    return Decision.yes()


def may_withdraw(actor: Actor, proof: Proof, frozen: Balance | None) -> Decision:
    """The party that brought it; a fact found by the platform stays."""
    if proof.key:
        return Decision.no("Ce fait est constaté par la plateforme\u202f: il ne se retire pas.")
    return may_state(actor, proof.keeping.contract, proof.keeping.party, frozen)


def may_answer(actor: Actor, request: ExpertiseRequest) -> Decision:
    """The party that was asked, once."""
    allowed = may_take_part(actor, request.contract)
    if not allowed.allowed:
        return allowed
    if request.asked_of_id != actor.organisation_id:
        return Decision.no("L’organisme à qui l’expertise est demandée y répond.")
    return Decision.no("Cette demande a déjà sa réponse.") if request.answer else Decision.yes()
