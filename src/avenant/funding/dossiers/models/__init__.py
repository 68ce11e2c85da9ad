"""The tables of the dossiers."""

from __future__ import annotations

from typing import Any

from avenant.funding.dossiers.models.acts import CategoryRuling, Certification, KeptFacts, LocalContract, Submission
from avenant.funding.dossiers.models.content import (
    Action,
    Dialogue,
    Expense,
    FundingLine,
    HrIndicator,
    Indicator,
    Objective,
    Project,
    ProjectPartner,
    ReceivedCredit,
)
from avenant.funding.dossiers.models.dossier import Applicant, Dossier, DossierRow
from avenant.funding.dossiers.models.essays import WhatIf, WhatIfLine
from avenant.funding.dossiers.models.pieces import Piece, PieceCheck
from avenant.funding.dossiers.models.workbooks import Workbook

CONTENT: tuple[type[Any], ...] = (
    Project, ProjectPartner, Action, Indicator, Expense, FundingLine, HrIndicator, Dialogue, Piece, ReceivedCredit,
    Objective,
)  # fmt: skip
"""The tables of a dossier's content."""

__all__ = [
    "CONTENT",
    "Action",
    "Applicant",
    "CategoryRuling",
    "Certification",
    "Dialogue",
    "Dossier",
    "DossierRow",
    "Expense",
    "FundingLine",
    "HrIndicator",
    "Indicator",
    "KeptFacts",
    "LocalContract",
    "Objective",
    "Piece",
    "PieceCheck",
    "Project",
    "ProjectPartner",
    "ReceivedCredit",
    "Submission",
    "WhatIf",
    "WhatIfLine",
    "Workbook",
]
