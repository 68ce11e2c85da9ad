"""Writes about contracts: their head, what they promise to measure, how it is collected."""

from avenant.contracts.drafting.services.heads import (
    ContractDraft,
    PartyDraft,
    enter_last_signature,
    prepare_contract,
    take_over_contract,
)

__all__ = ["ContractDraft", "PartyDraft", "enter_last_signature", "prepare_contract", "take_over_contract"]
