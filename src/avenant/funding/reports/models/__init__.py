"""The tables of what becomes of an aid, by moment."""

from avenant.funding.reports.models.impact import (
    DuerpPromise,
    Evaluation,
    GrantObjective,
    JointPart,
    JointReview,
    ProgressNews,
    Visit,
    VisitFollowUp,
    VisitParticipant,
)
from avenant.funding.reports.models.recovery import Recovery, RecoveryEntry, RecoveryLetter, Settlement
from avenant.funding.reports.models.reimbursements import ReimbursedExpense, Reimbursement
from avenant.funding.reports.models.statements import (
    ExpenseVerdict,
    FollowUp,
    GrantReport,
    HandIn,
    ReportedExpense,
    ReportEvidence,
    ReportText,
)

__all__ = [
    "DuerpPromise",
    "Evaluation",
    "ExpenseVerdict",
    "FollowUp",
    "GrantObjective",
    "GrantReport",
    "HandIn",
    "JointPart",
    "JointReview",
    "ProgressNews",
    "Recovery",
    "RecoveryEntry",
    "RecoveryLetter",
    "ReimbursedExpense",
    "Reimbursement",
    "ReportEvidence",
    "ReportText",
    "ReportedExpense",
    "Settlement",
    "Visit",
    "VisitFollowUp",
    "VisitParticipant",
]
