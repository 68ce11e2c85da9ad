"""The cell of prevention of occupational exclusion (PDP): referrals, follow-ups, outcomes, reports and meetings."""

from __future__ import annotations

from avenant.collect.counting.registry import Countable, Rows, Scalar, Tally, add, count
from avenant.domain.french import typeset


@count("pdp-1.2:total", "Les salariés orientés vers le service social dans l'année, chacun une fois.", "referred",
       Tally.PERSONS)  # fmt: skip
def referred(rows: Rows) -> Scalar:
    return rows.count()


@count("pdp-1.2:via_cell", "Ceux que la cellule PDP a orientés au moins une fois.", "referred", Tally.PERSONS,
       of="pdp-1.2:total")  # fmt: skip
def via_cell(rows: Rows) -> Scalar:
    return (rows.via_cell == 1).sum()


@count("pdp-1.2:outside_cell", "Ceux que seul le médecin du travail, hors cellule, a orientés.", "referred",
       Tally.PERSONS, of="pdp-1.2:total")  # fmt: skip
def outside_cell(rows: Rows) -> Scalar:
    return (rows.via_cell == 0).sum()


@count("pdp-1.3:total", "Les salariés dont le suivi par la cellule a duré au moins un jour de l'année.", "cases",
       Tally.PERSONS)  # fmt: skip
def followed(rows: Rows) -> Scalar:
    return rows.employee.nunique(where=rows.followed)


@count("pdp-1.4:total", "Les salariés signalés dans l'année par le service social ; proposé au service social, qui le fixe.",
       "reports", Tally.PERSONS, proposed_to="social_service")  # fmt: skip
def reported(rows: Rows) -> Scalar:
    return rows.employee.nunique(where=rows.reporter == "social")


@count("pdp-1.13:total", "Les plans de retour à l'emploi formalisés dans l'année.", "cases", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.planned))  # fmt: skip
def planned(rows: Rows) -> Scalar:
    return rows.planned.sum()


@count("satdl-1.1.4:total", "Les orientations vers la cellule reçues dans l'année.", "cases", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.referred))  # fmt: skip
def entered(rows: Rows) -> Scalar:
    return rows.referred.sum()


@count("satdl-1.1.5:total", "Les consentements éclairés signés dans l'année.", "cases", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.consented))  # fmt: skip
def consented(rows: Rows) -> Scalar:
    return rows.consented.sum()


@count("satdl-1.2.11:recalls", "Les rappels à 1 an faits dans l'année.", "cases", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.recalled_year))  # fmt: skip
def recalls(rows: Rows) -> Scalar:
    return rows.recalled_year.sum()


@count("recalls-six-months", "Les rappels à 6 mois faits dans l'année.", "cases", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.recalled_half), aid=True)  # fmt: skip
def recalls_at_six_months(rows: Rows) -> Scalar:
    return rows.recalled_half.sum()


def _ends(key: str, sentence: str, *outcomes: str, of: str = "") -> None:
    def ended(rows: Rows) -> Scalar:
        return rows.outcome.isin(outcomes).sum()

    add(Countable(key, typeset(sentence), "outcomes", Tally.PERSONS, ended, of=of))


_LAST = "un salarié compte une fois, par sa dernière issue de l'année."
_ends("satdl-1.1.6:total", f"Les accompagnements finis dans l'année par un maintien au poste ; {_LAST}", "same_job")
_ends("satdl-1.1.7:total", f"Ceux finis par un maintien dans l'emploi ; {_LAST}", "in_employment")
_ends("satdl-1.1.8:total", f"Ceux finis par un reclassement professionnel ; {_LAST}", "reclassified")
_ends("satdl-1.1.9:total", f"Ceux finis par un refus, ou non aboutis ; {_LAST}", "refused", "unfinished")
_ends("satdl-1.1.9:refused", f"Les refus du salarié ; {_LAST}", "refused", of="satdl-1.1.9:total")
_ends("satdl-1.1.9:unfinished", f"Les accompagnements non aboutis ; {_LAST}", "unfinished", of="satdl-1.1.9:total")


@count("cell-meetings", "Les réunions de la cellule dans l'année.", "meetings", Tally.ACTS, aid=True)
def meetings(rows: Rows) -> Scalar:
    return rows.count()


@count("cell-meetings-with-fund", "Celles où la caisse ou le service social était présent.", "meetings", Tally.ACTS,
       of="cell-meetings", aid=True)  # fmt: skip
def meetings_with_fund(rows: Rows) -> Scalar:
    return rows.fund_present.fill_null(False).sum()


@count("reports-received", "Les signalements reçus du service médical ou du service social dans l'année.", "reports",
       Tally.ACTS, behind=lambda t: t.employee.nunique(), aid=True)  # fmt: skip
def reports(rows: Rows) -> Scalar:
    return rows.count()


@count("reports-visited", "Ceux qui ont donné lieu à une visite de pré-reprise.", "reports", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.visit_on.notnull()), of="reports-received", aid=True)  # fmt: skip
def visited(rows: Rows) -> Scalar:
    return rows.visit_on.notnull().sum()


@count("reports-answered", "Ceux dont les suites ont été données au service qui signale.", "reports", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.feedback_on.notnull()), of="reports-received", aid=True)  # fmt: skip
def answered(rows: Rows) -> Scalar:
    return rows.feedback_on.notnull().sum()


@count("cell-consultations", "Les concertations entre acteurs tenues dans l'année.", "cases", Tally.ACTS,
       behind=lambda t: t.employee.nunique(where=t.consulted), aid=True)  # fmt: skip
def consulted(rows: Rows) -> Scalar:
    return rows.consulted.sum()
