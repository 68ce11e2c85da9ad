"""The tables of what becomes of an aid, by moment."""

from avenant.funding.reports.models.impact import (
    DuerpPromise,
    Evaluation,
    JointPart,
    JointReview,
    Objective,
    ProgressNews,
    Visit,
    VisitFollowUp,
    VisitParticipant,
)
from avenant.funding.reports.models.recovery import Recovery, RecoveryEntry, RecoveryLetter, Settlement
from avenant.funding.reports.models.statements import (
    Evidence,
    ExpenseVerdict,
    FollowUp,
    HandIn,
    Report,
    ReportedExpense,
    ReportText,
)

__all__ = [
    "DuerpPromise",
    "Evaluation",
    "Evidence",
    "ExpenseVerdict",
    "FollowUp",
    "HandIn",
    "JointPart",
    "JointReview",
    "Objective",
    "ProgressNews",
    "Recovery",
    "RecoveryEntry",
    "RecoveryLetter",
    "Report",
    "ReportText",
    "ReportedExpense",
    "Settlement",
    "Visit",
    "VisitFollowUp",
    "VisitParticipant",
]
