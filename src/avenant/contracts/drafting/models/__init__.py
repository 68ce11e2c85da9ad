"""A contract, what its text says from a day to another, what it promises to measure."""

from avenant.contracts.drafting.models.beside import Injunction
from avenant.contracts.drafting.models.heads import UNSIGNED, Contract, ContractParty
from avenant.contracts.drafting.models.measures import CollectionMethod, Confirmation, OperatingMode, PromisedIndicator
from avenant.contracts.drafting.models.signing import ConsistencyCheck, Consultation, FrozenText, Signature
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
    "UNSIGNED",
    "Annex",
    "Clause",
    "ClauseTag",
    "CollectionMethod",
    "Confirmation",
    "ConsistencyCheck",
    "Consultation",
    "Contract",
    "ContractFramework",
    "ContractParty",
    "Contribution",
    "Framework",
    "FrozenText",
    "Injunction",
    "OperatingMode",
    "PromisedIndicator",
    "Provision",
    "ServiceLever",
    "Signature",
]
