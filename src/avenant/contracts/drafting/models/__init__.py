"""A contract, what its text says from a day to another, what it promises to measure."""

from avenant.contracts.drafting.models.heads import Contract, ContractParty
from avenant.contracts.drafting.models.measures import CollectionMethod, Confirmation, OperatingMode, PromisedIndicator
from avenant.contracts.drafting.models.text import (
    Annex,
    Clause,
    ClauseTag,
    ContractFramework,
    Contribution,
    Framework,
    Provision,
    ServiceLever,
)

__all__ = [
    "Annex",
    "Clause",
    "ClauseTag",
    "CollectionMethod",
    "Confirmation",
    "Contract",
    "ContractFramework",
    "ContractParty",
    "Contribution",
    "Framework",
    "OperatingMode",
    "PromisedIndicator",
    "Provision",
    "ServiceLever",
]
