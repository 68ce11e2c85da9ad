"""Visits, unfitness and adaptations: what occupational physicians and nurses record."""

from __future__ import annotations

from avenant.collect.counting.registry import Rows, Scalar, Tally, count

_VISITS = "Les visites de ce type faites dans l'année, par tout professionnel du service."


@count("pdp-1.5:total", _VISITS, "seen", Tally.ACTS, behind=lambda t: (t.mid_career > 0).sum())
@count("satdl-1.2.6:mid_career", _VISITS, "seen", Tally.ACTS, behind=lambda t: (t.mid_career > 0).sum())
def mid_career(rows: Rows) -> Scalar:
    return rows.mid_career.sum()


@count("pdp-1.6:total", _VISITS, "seen", Tally.ACTS, behind=lambda t: (t.pre_return > 0).sum())
@count("satdl-1.2.6:pre_return", _VISITS, "seen", Tally.ACTS, behind=lambda t: (t.pre_return > 0).sum())
def pre_return(rows: Rows) -> Scalar:
    return rows.pre_return.sum()


@count("pdp-1.7:total", _VISITS, "seen", Tally.ACTS, behind=lambda t: (t.back > 0).sum())
@count("satdl-1.2.6:return", _VISITS, "seen", Tally.ACTS, behind=lambda t: (t.back > 0).sum())
def back(rows: Rows) -> Scalar:
    return rows.back.sum()


@count("satdl-1.2.1:denominator", "Les salariés vus au moins une fois dans l'année.", "seen", Tally.PERSONS)
@count(
    "satdl-1.2.3:denominator", "Les dossiers des salariés vus au moins une fois dans l'année.", "seen", Tally.PERSONS
)
def seen(rows: Rows) -> Scalar:
    return rows.count()


@count("satdl-1.2.1:numerator", "Ceux dont un stade d'IRDP a été saisi à une visite de l'année.", "seen", Tally.PERSONS,
       of="satdl-1.2.1:denominator")  # fmt: skip
def staged(rows: Rows) -> Scalar:
    return rows.stage.notnull().sum()


@count("satdl-1.2.3:numerator", "Ceux dont les risques professionnels ont été saisis à une visite de l'année.", "seen",
       Tally.PERSONS, of="satdl-1.2.3:denominator")  # fmt: skip
def with_risks(rows: Rows) -> Scalar:
    return (rows.risks == 1).sum()


@count("satdl-1.2.2:total", "Les pathologies saisies avec le thésaurus aux visites de l'année.", "seen", Tally.ACTS,
       behind=lambda t: (t.pathologies > 0).sum(), health=True)  # fmt: skip
def pathologies(rows: Rows) -> Scalar:
    return rows.pathologies.sum()


@count("satdl-1.2.4:total", "Les visites de l'année précédées d'un questionnaire rempli.", "seen", Tally.ACTS,
       behind=lambda t: (t.questionnaires > 0).sum())  # fmt: skip
def questionnaires(rows: Rows) -> Scalar:
    return rows.questionnaires.sum()


@count("satdl-1.2.5:total", "Les visites de mi-carrière de l'année où un examen complémentaire a été fait.", "seen",
       Tally.ACTS, behind=lambda t: (t.extra > 0).sum(), of="satdl-1.2.6:mid_career")  # fmt: skip
def mid_career_with_exam(rows: Rows) -> Scalar:
    return rows.extra.sum()


_UNFIT = "Les salariés qui ont eu un avis d'inaptitude dans l'année ; deux avis pour un même salarié comptent une fois."


@count("pdp-1.10:total", _UNFIT, "unfit", Tally.PERSONS, health=True)
@count("satdl-1.2.8:total", _UNFIT, "unfit", Tally.PERSONS, health=True)
def unfit(rows: Rows) -> Scalar:
    return rows.count()


_DISPENSED = (
    "Parmi les inaptes de l'année, ceux dont un avis dispense l'employeur de reclassement, pour l'un des deux motifs."
)


@count("pdp-1.11:total", _DISPENSED, "unfit", Tally.PERSONS, health=True, of="pdp-1.10:total")
@count("satdl-1.2.9:total", _DISPENSED, "unfit", Tally.PERSONS, health=True, of="satdl-1.2.8:total")
def dispensed(rows: Rows) -> Scalar:
    return (rows.dispensed == 1).sum()


@count("pdp-1.12:total", "Parmi eux, ceux dont le suivi par la cellule avait commencé avant la fin de l'année.", "unfit",
       Tally.PERSONS, health=True, of="pdp-1.11:total")  # fmt: skip
def dispensed_and_followed(rows: Rows) -> Scalar:
    return ((rows.dispensed == 1) & (rows.followed == 1)).sum()


@count("satdl-1.2.10:total", "Parmi les inaptes de l'année, ceux que la cellule a suivis et rappelés à 6 mois.", "unfit",
       Tally.PERSONS, health=True, of="satdl-1.2.8:total")  # fmt: skip
def unfit_recalled(rows: Rows) -> Scalar:
    return ((rows.followed == 1) & (rows.recalled == 1)).sum()


@count("pdp-1.8:total", "Les aménagements proposés dans l'année par la cellule (Code du travail, article L.4624-3).",
       "adaptations", Tally.ACTS, behind=lambda t: t.employee.nunique(where=t.proposed_by == "cell"),
       of="satdl-1.2.7:total")  # fmt: skip
def adapted_by_cell(rows: Rows) -> Scalar:
    return (rows.proposed_by == "cell").sum()


@count("pdp-1.9:total", "Les aménagements proposés dans l'année par le médecin du travail hors cellule.", "adaptations",
       Tally.ACTS, behind=lambda t: t.employee.nunique(where=t.proposed_by == "physician"),
       of="satdl-1.2.7:total")  # fmt: skip
def adapted_by_physician(rows: Rows) -> Scalar:
    return (rows.proposed_by == "physician").sum()


@count("satdl-1.2.7:total", "Tous les aménagements proposés dans l'année.", "adaptations", Tally.ACTS,
       behind=lambda t: t.employee.nunique())  # fmt: skip
def adapted(rows: Rows) -> Scalar:
    return rows.count()
