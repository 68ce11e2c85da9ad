"""Writes about contracts: their head, their text, what they promise to measure, how it is collected."""

from avenant.contracts.drafting.services.contributing import ACTIONS, declare_contribution, withdraw_contribution
from avenant.contracts.drafting.services.heads import (
    ContractDraft,
    PartyDraft,
    enter_last_signature,
    prepare_contract,
    take_over_contract,
)
from avenant.contracts.drafting.services.tagging import follow_orientations, tag_action
from avenant.contracts.drafting.services.text import take_over_text

__all__ = [
    "ACTIONS",
    "ContractDraft",
    "PartyDraft",
    "declare_contribution",
    "enter_last_signature",
    "follow_orientations",
    "prepare_contract",
    "tag_action",
    "take_over_contract",
    "take_over_text",
    "withdraw_contribution",
]
