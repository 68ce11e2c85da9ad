"""May this actor amend or end a contract, and if not why."""

from __future__ import annotations

from datetime import date
from typing import Final

from avenant.contracts.amendments.models import Amendment, PartyChange
from avenant.contracts.drafting.models import UNSIGNED, Contract, ContractParty
from avenant.contracts.drafting.policies import LEADS, may_speak, party_of
from avenant.domain.decision import Decision
from avenant.domain.french import format_date
from avenant.foundations.parties.actors import Actor

VALIDITY: Final = "CPOM PACA 2025-2029, article 9"


def may_amend(actor: Actor, contract: Contract, today: date) -> Decision:
    """Each party proposes an amendment, during the validity of the contract."""
    if contract.state != "in_force":
        return Decision.no("Un avenant modifie un contrat en vigueur.", VALIDITY)
    if contract.ends_on and today > contract.ends_on:
        return Decision.no(
            f"Le contrat a pris fin le {format_date(contract.ends_on)}\u202f: un avenant ne le prolonge plus. "
            "Préparez un nouveau contrat.",
            VALIDITY,
        )
    return may_speak(actor, contract)


def may_write(actor: Actor, amendment: Amendment, today: date) -> Decision:
    """While it is in preparation."""
    if amendment.state != "draft":
        return Decision.no("L’avenant n’est plus en préparation\u202f: reprenez sa rédaction pour le modifier.")
    return may_amend(actor, amendment.contract, today)


def signing_party(actor: Actor, amendment: Amendment) -> ContractParty | None:
    """The party for which the actor signs: its own, or the one that its organisation takes the place of."""
    party = party_of(actor, amendment.contract)
    if party is not None:
        return party
    changes = PartyChange.objects.filter(amendment=amendment, organisation=actor.organisation_id)
    change = changes.select_related("party__organisation").first()
    return change.party if change else None


def may_sign(actor: Actor, amendment: Amendment) -> Decision:
    """The lead of each party, while the amendment is at the signature."""
    if amendment.state != "to_sign":
        return Decision.no("L’avenant n’est pas à la signature.")
    party = signing_party(actor, amendment)
    lead = LEADS.get(ContractParty.Role(party.role)) if party else None
    if lead is None or not actor.has(lead):
        return Decision.no("La signature revient au responsable de chaque partie.")
    return Decision.yes()


def may_raise_difficulty(actor: Actor, contract: Contract) -> Decision:
    """Any party, of a contract that binds it."""
    if contract.state not in ("in_force", "denounced"):
        return Decision.no("Le registre des difficultés suit un contrat en vigueur.")
    return may_speak(actor, contract)


def may_note_ruling(actor: Actor, contract: Contract) -> Decision:
    """Any party, of a contract that binds or bound it."""
    if contract.state in UNSIGNED:
        return Decision.no("Un contrat qui n’est pas signé n’a pas de contentieux.")
    party = party_of(actor, contract)
    lead = LEADS.get(ContractParty.Role(party.role)) if party else None
    if lead is None or not actor.has(lead):
        return Decision.no("Une décision de justice est notée par le responsable d’une partie.")
    return Decision.yes()


def may_denounce(actor: Actor, contract: Contract, *, tried: bool, override_reason: str = "") -> Decision:
    """A party that considers itself wronged, after an amicable step; without one it says why (S3-7-08)."""
    if contract.state != "in_force":
        return Decision.no("Seul un contrat en vigueur se dénonce.", "CPOM PACA 2025-2029, article 7")
    allowed = may_speak(actor, contract)
    if not allowed.allowed:
        return allowed
    if not tried and not override_reason.strip():
        return Decision.no(
            "Aucune démarche amiable n’est notée au registre des difficultés\u202f: notez-en une, ou dites pourquoi "
            "il n’y en a pas eu.",
            "CPOM PACA 2025-2029, article 7",
        )
    return Decision.yes()
