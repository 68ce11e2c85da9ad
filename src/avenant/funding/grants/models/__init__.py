"""Tables of the aids granted, by moment."""

from avenant.funding.grants.models.agreements import Agreement, AgreementSignature, GrantIndicator, Practice, Socle
from avenant.funding.grants.models.grants import Grant, GrantedAction, Instalment
from avenant.funding.grants.models.loans import LoanDecision, LoanReceipt, Repayment
from avenant.funding.grants.models.open_data import Grantor, PublishedSubsidy
from avenant.funding.grants.models.past import PastExpense
from avenant.funding.grants.models.payments import InstalmentDocument, Reserve, ScanBatch
from avenant.funding.grants.models.schemes import Scheme

__all__ = [
    "Agreement",
    "AgreementSignature",
    "Grant",
    "GrantIndicator",
    "GrantedAction",
    "Grantor",
    "Instalment",
    "InstalmentDocument",
    "LoanDecision",
    "LoanReceipt",
    "PastExpense",
    "Practice",
    "PublishedSubsidy",
    "Repayment",
    "Reserve",
    "ScanBatch",
    "Scheme",
    "Socle",
]
