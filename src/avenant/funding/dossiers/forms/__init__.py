"""What the pages of the dossiers ask, read and nothing more."""

from avenant.funding.dossiers.forms.lists import DossierFilter, ReplayForm
from avenant.funding.dossiers.forms.pieces import PieceForm
from avenant.funding.dossiers.forms.rows import (
    ActionRow,
    CreditRow,
    DialogueRow,
    ExpenseRow,
    FundingRow,
    IndicatorRow,
    ObjectiveRow,
    PartnerRow,
    Rows,
)
from avenant.funding.dossiers.forms.sections import (
    ApplicantForm,
    DepartureForm,
    EstablishmentForm,
    PlanForm,
    ProjectForm,
    SignatureForm,
)

__all__ = [
    "ActionRow",
    "ApplicantForm",
    "CreditRow",
    "DepartureForm",
    "DialogueRow",
    "DossierFilter",
    "EstablishmentForm",
    "ExpenseRow",
    "FundingRow",
    "IndicatorRow",
    "ObjectiveRow",
    "PartnerRow",
    "PieceForm",
    "PlanForm",
    "ProjectForm",
    "ReplayForm",
    "Rows",
    "SignatureForm",
]
