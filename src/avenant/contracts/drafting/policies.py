"""May this actor write in a contract, and if not why."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo

from avenant.contracts.drafting.models import (
    UNSIGNED,
    Contract,
    ContractParty,
    Contribution,
    OperatingMode,
    PromisedIndicator,
)
from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor

if TYPE_CHECKING:
    from avenant.contracts.drafting.checklist import Checklist

_LISTED: Final = "\u202f; "
ARTICLE_6: Final = "CPOM PACA 2025-2029, article 6"
INJUNCTIONS: Final = "Convention ARS, CGSS et DEETS de Martinique, article 5"
ANNEX_4: Final = "Instruction conjointe DGT/DRP du 12 juillet 2024, annexe 4"
LEADS: Final = {
    ContractParty.Role.LABOUR: Role.LABOUR_LEAD,
    ContractParty.Role.FUND: Role.FUND_CORRESPONDENT,
    ContractParty.Role.SERVICE: Role.SERVICE_MANAGER,
    ContractParty.Role.ARS: Role.ARS_DECISION_MAKER,
    ContractParty.Role.ESTABLISHMENT: Role.DIRECTOR,
}
"""Who speaks for each party about what the contract measures."""


def party_of(actor: Actor, contract: Contract) -> ContractParty | None:
    """The party that the actor works for."""
    return next((one for one in contract.parties.all() if one.organisation_id == actor.organisation_id), None)


def may_speak(actor: Actor, contract: Contract) -> Decision:
    """Only the lead of a party speaks for it; an ended contract is only read."""
    party = party_of(actor, contract)
    lead = LEADS.get(ContractParty.Role(party.role)) if party else None
    if lead is None or not actor.has(lead):
        roles = ", ".join(role.label for role in LEADS.values())
        return Decision.no(f"Ce qui est mesuré se décide entre les parties\u202f: {roles}.")
    if contract.state in ("ended", "expired"):
        return Decision.no("Ce contrat est terminé\u202f: il ne se modifie plus.")
    return Decision.yes()


def may_change_indicators(actor: Actor, contract: Contract) -> Decision:
    """The parties while the text is not signed; what it promises to measure then changes by an amendment only."""
    if contract.state not in UNSIGNED:
        return Decision.no(
            "Le contrat est signé\u202f: ses indicateurs et leurs cibles changent par un avenant de toutes les parties."
        )
    return may_speak(actor, contract)


def may_remove_from(promise: PromisedIndicator, year: int, at: datetime) -> Decision:
    """From a year of its own; in force never from a year that is over, whose figures are due or already declared."""
    contract = promise.contract
    if not promise.first_year <= year <= promise.last_year:
        return Decision.no(
            f"Choisissez une année pour laquelle il est promis, de {promise.first_year} à {promise.last_year}."
        )
    current = at.astimezone(ZoneInfo(contract.territory.time_zone)).year
    if contract.state == "in_force" and year < current:
        return Decision.no(
            f"Les chiffres de {year} sont dus\u202f: un indicateur se retire à partir de {current} au plus tôt."
        )
    return Decision.yes()


def may_confirm(actor: Actor, contract: Contract) -> Decision:
    """Each party confirms for itself."""
    return may_speak(actor, contract)


def may_publish_methods(actor: Actor) -> Decision:
    """The labour directorate communicates the collection methods to the parties."""
    if not actor.has(Role.LABOUR_LEAD):
        return Decision.no("Publier une modalité de recueil revient à la direction du travail de la région.", ARTICLE_6)
    return Decision.yes()


def may_settle_operating_mode(actor: Actor, contract: Contract) -> Decision:
    """The fund and the service, together: neither decides for the other."""
    party = party_of(actor, contract)
    if party is None or party.role not in (ContractParty.Role.FUND, ContractParty.Role.SERVICE):
        return Decision.no("Le mode opératoire commun se détermine entre la caisse et le service.", ANNEX_4)
    return may_speak(actor, contract)


def may_agree(actor: Actor, mode: OperatingMode | None, contract: Contract) -> Decision:
    """The side that has not yet agreed to the text as it stands."""
    allowed = may_settle_operating_mode(actor, contract)
    if not allowed.allowed:
        return allowed
    if mode is None:
        return Decision.no("Aucun mode opératoire n’est encore proposé.")
    party = party_of(actor, contract)
    agreed = mode.fund_agrees if party and party.role == ContractParty.Role.FUND else mode.service_agrees
    return Decision.no("Votre organisme a déjà donné son accord.") if agreed else Decision.yes()


def speaking_party(actor: Actor, contract: Contract) -> ContractParty:
    """The party for which the actor speaks. Raises Refused for whoever does not."""
    may_speak(actor, contract).or_raise()
    return next(one for one in contract.parties.all() if one.organisation_id == actor.organisation_id)


def may_contribute(actor: Actor, contract: Contract) -> Decision:
    """Each party states its own means."""
    return may_speak(actor, contract)


def may_withdraw(actor: Actor, row: Contribution) -> Decision:
    """The party that declared it; what the text says is changed by an amendment."""
    if row.printed:
        return Decision.no("Cet apport est dans le texte du contrat\u202f: il se modifie par avenant.")
    if row.party.organisation_id != actor.organisation_id:
        return Decision.no("Seule la partie qui a déclaré un apport le retire.")
    return may_contribute(actor, row.contract)


# -- Drafting and signing ----------------------------------------------------------------------------------------------


HEALTH_AGENCY_KINDS: Final = frozenset({Contract.Kind.CPOM_ESTABLISHMENT.value, Contract.Kind.CLACT.value})
"""What the health agency prepares with an establishment; every other contract is the labour directorate's to prepare."""


def may_prepare(actor: Actor, kind: str = "") -> Decision:
    """The labour directorate opens the preparation of a contract, the health agency that of its establishments' ones.

    Without a kind: may the actor prepare any contract at all.
    """
    ours = Role.ARS_DECISION_MAKER if kind in HEALTH_AGENCY_KINDS else Role.LABOUR_LEAD
    if actor.has(ours) or (not kind and actor.has(Role.ARS_DECISION_MAKER)):
        return Decision.yes()
    if kind in HEALTH_AGENCY_KINDS:
        return Decision.no("Préparer le contrat d’un établissement revient à l’agence régionale de santé.")
    return Decision.no("Préparer un contrat revient à la direction du travail de la région.")


def may_write(actor: Actor, contract: Contract) -> Decision:
    """Every party takes part in the drafting; once in force only an amendment changes the text."""
    if contract.state not in UNSIGNED:
        return Decision.no("Le contrat est signé\u202f: son texte ne change plus que par avenant.")
    return may_speak(actor, contract)


def may_lead_signature(actor: Actor, contract: Contract) -> Decision:
    """The authority that prepares the contract opens it to consultation and signature; a sub-agreement, any of its parties."""
    if contract.kind == Contract.Kind.SUB_AGREEMENT:
        return may_speak(actor, contract)
    return may_prepare(actor, contract.kind)


def may_be_signed(found: Checklist) -> Decision:
    """Ready to be signed: no compulsory clause nor consultation is missing. Every reason is said at once."""
    if not found.missing:
        return Decision.yes()
    return Decision.no(f"Le contrat n’est pas prêt à signer\u202f: {_LISTED.join(found.missing)}.")


def may_record_consultation(actor: Actor, contract: Contract) -> Decision:
    """The authority that prepares the contract leads and organises the consultations, before the signature."""
    if not may_prepare(actor, contract.kind).allowed:
        who = "L’agence régionale de santé" if contract.kind in HEALTH_AGENCY_KINDS else "La direction du travail"
        return Decision.no(f"{who} organise les consultations.", "CPOM Guadeloupe 2025-2030, III")
    if contract.state not in UNSIGNED:
        return Decision.no("Une consultation précède la signature\u202f: ce contrat est déjà signé.")
    return may_speak(actor, contract)


def may_link_injunction(actor: Actor, contract: Contract) -> Decision:
    """An injunction is taken into account by the CPOM of an establishment; the health agency or the fund joins it."""
    if contract.kind != Contract.Kind.CPOM_ESTABLISHMENT:
        return Decision.no("Une injonction se rattache au CPOM d’un établissement seulement.", INJUNCTIONS)
    party = party_of(actor, contract)
    if party is None or party.role == ContractParty.Role.ESTABLISHMENT:
        return Decision.no("L’agence régionale de santé rattache les injonctions au contrat.", INJUNCTIONS)
    return may_speak(actor, contract)


def may_prepare_sub_agreement(actor: Actor, contract: Contract, parties: Sequence[ContractParty]) -> Decision:
    """One of the parties that the text names, while the contract is not over."""
    if actor.organisation_id not in {one.organisation_id for one in parties}:
        names = ", ".join(one.organisation.short_name for one in parties)
        return Decision.no(f"Cette convention se prépare entre\u202f: {names}.")
    return may_speak(actor, contract)


def may_check(actor: Actor, contract: Contract) -> Decision:
    """Who organises the consultations checks that the text agrees with the plans (S1-III.D-04, S1-III.D-05)."""
    return may_record_consultation(actor, contract)


def may_sign(actor: Actor, contract: Contract) -> Decision:
    """The lead of each party brings its signed copy, while the contract is at the signature."""
    if contract.state in ("draft", "in_consultation"):
        return Decision.no("Le texte n’est pas encore ouvert à la signature.")
    if contract.state != "to_sign":
        return Decision.no("Toutes les parties ont signé.")
    return may_speak(actor, contract)


def may_name_representative(contract: Contract) -> Decision:
    """Until it is in force; afterwards the text no longer changes, but by an amendment."""
    if contract.state not in UNSIGNED:
        return Decision.no("Le contrat est signé\u202f: la qualité de ses signataires ne change plus.")
    return Decision.yes()
