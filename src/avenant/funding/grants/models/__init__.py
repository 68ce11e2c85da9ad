"""Tables of the aids granted, by moment."""

from avenant.funding.grants.models.agreements import Agreement, AgreementSignature, GrantIndicator, Practice, Socle
from avenant.funding.grants.models.aids import FundAid, Grantor, PublishedSubsidy
from avenant.funding.grants.models.grants import Grant, GrantedAction, Instalment
from avenant.funding.grants.models.payments import InstalmentDocument, Reserve, ScanBatch

__all__ = [
    "Agreement",
    "AgreementSignature",
    "FundAid",
    "Grant",
    "GrantIndicator",
    "GrantedAction",
    "Grantor",
    "Instalment",
    "InstalmentDocument",
    "Practice",
    "PublishedSubsidy",
    "Reserve",
    "ScanBatch",
    "Socle",
]
