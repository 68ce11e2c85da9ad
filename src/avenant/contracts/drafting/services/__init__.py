"""Writes about contracts: their head, their text, what they promise to measure, how it is collected."""

from avenant.contracts.drafting.services.beside import SubAgreementDraft, link_injunction, prepare_sub_agreement
from avenant.contracts.drafting.services.checking import Found, enter_accreditation, record_check
from avenant.contracts.drafting.services.contributing import ACTIONS, declare_contribution, withdraw_contribution
from avenant.contracts.drafting.services.heads import ContractDraft, PartyDraft, prepare_contract, take_over_contract
from avenant.contracts.drafting.services.signing import (
    Act,
    Paper,
    act_of,
    name_correspondent,
    name_representative,
    open_to_signature,
    resume_drafting,
    sign_contract,
)
from avenant.contracts.drafting.services.tagging import address_levels, describe_action, follow_orientations, tag_action
from avenant.contracts.drafting.services.text import take_over_text
from avenant.contracts.drafting.services.writing import (
    Beginning,
    ClauseText,
    add_clause,
    link_previous,
    open_consultations,
    prepare_after,
    prepare_from_template,
    record_consultation,
    remove_clause,
    write_clause,
)

__all__ = [
    "ACTIONS",
    "Act",
    "Beginning",
    "ClauseText",
    "ContractDraft",
    "Found",
    "Paper",
    "PartyDraft",
    "SubAgreementDraft",
    "act_of",
    "add_clause",
    "address_levels",
    "declare_contribution",
    "describe_action",
    "enter_accreditation",
    "follow_orientations",
    "link_injunction",
    "link_previous",
    "name_correspondent",
    "name_representative",
    "open_consultations",
    "open_to_signature",
    "prepare_after",
    "prepare_contract",
    "prepare_from_template",
    "prepare_sub_agreement",
    "record_check",
    "record_consultation",
    "remove_clause",
    "resume_drafting",
    "sign_contract",
    "tag_action",
    "take_over_contract",
    "take_over_text",
    "withdraw_contribution",
    "write_clause",
]
