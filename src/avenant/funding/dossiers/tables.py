"""Dossiers as tables to take away."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from zoneinfo import ZoneInfo

from avenant.domain.money import cents
from avenant.domain.rules.findings import Outcome
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, Value
from avenant.funding.dossiers.models import Dossier, Project, WhatIfLine
from avenant.funding.dossiers.statistics import POPULATIONS

Cell = Callable[[Dossier, list[Project]], Value]

OUTCOMES = {
    "": "", Outcome.PASS: "conforme", Outcome.WARNING: "à voir", Outcome.FAIL: "non conforme",
    Outcome.UNDETERMINED: "indéterminé",
}  # fmt: skip
_YES_NO = {True: "oui", False: "non", None: ""}
_NATURES = dict(Project.Nature.choices)


def _joined(parts: Iterable[str]) -> str:
    return " ; ".join(dict.fromkeys(one for one in parts if one))


def _agents(projects: list[Project]) -> int | None:
    told = [one.agents for one in projects if one.agents is not None]
    return sum(told) if told else None


def _per_agent(row: Dossier, projects: list[Project]) -> Value:
    agents = _agents(projects)
    return cents(row.total / agents) if row.total is not None and agents else None


CELLS: tuple[tuple[Column, Cell], ...] = (
    (Column("Numéro", Kind.CODE, 28), lambda row, _: row.number),
    (Column("Établissement", width=44), lambda row, _: row.name),
    (Column("FINESS", Kind.CODE, 12), lambda row, _: row.establishment.finess_et),
    (Column("SIRET", Kind.CODE, 18), lambda row, _: row.establishment.siret),
    (Column("Commune", width=22), lambda row, _: row.establishment.commune),
    (Column("Territoire", Kind.CODE, 12), lambda row, _: row.territory_code),
    (Column("Statut", width=30), lambda row, _: row.get_status_display()),
    (Column("Statut du personnel", width=18), lambda row, _: row.get_staff_display()),
    (Column("Secteurs", width=22), lambda row, _: _joined(row.sectors)),
    (Column("Catégorie", width=22), lambda row, _: row.category),
    (Column("Groupement", width=22), lambda row, _: row.group),
    (Column("Agents", Kind.INTEGER, 10), lambda row, _: row.agents),
    (Column("Masse salariale", Kind.EUROS, 18), lambda row, _: row.payroll),
    (Column("Interlocuteur", width=30), lambda row, _: row.contact),
    (Column("Adresse de l’interlocuteur", width=30), lambda row, _: row.contact_email),
    (Column("Appel", width=44), lambda row, _: str(row.call)),
    (Column("Année de l’appel", Kind.INTEGER, 10), lambda row, _: row.call.year),
    (Column("État", width=20), lambda row, _: row.state_label),
    (Column("Dans cet état depuis", Kind.INSTANT, 18), lambda row, _: _there(row, row.state_since)),
    (Column("Déposé le", Kind.INSTANT, 18), lambda row, _: _there(row, row.submitted_at)),
    (Column("Fuseau", width=22), lambda row, _: row.call.zone),
    (Column("Constat", width=16), lambda row, _: OUTCOMES.get(row.outcome, row.outcome)),
    (Column("Périmètre", width=24), lambda row, _: {True: "dans le périmètre", False: "hors périmètre, non prioritaire",
                                                   None: ""}[row.in_scope]),
    (Column("Travaillé en amont avec", width=24), lambda row, _: row.upstream_with),
    (Column("Travaillé en amont depuis", Kind.DATE, 14), lambda row, _: row.upstream_since),
    (Column("Plan d’actions arrêté le", Kind.DATE, 14), lambda row, _: row.plan_on),
    (Column("Projets", Kind.INTEGER, 10), lambda _, projects: len(projects)),
    (Column("Intitulés", width=50), lambda _, projects: _joined(one.title for one in projects)),
    (Column("Natures", width=30), lambda _, projects: _joined(_NATURES.get(one.nature, "") for one in projects)),
    (Column("Volets", Kind.CODE, 12), lambda _, projects: _joined(code for one in projects for code in one.strands)),
    (Column("Thèmes", width=50), lambda _, projects: _joined(topic for one in projects for topic in one.topics)),
    (Column("Personnels concernés", width=30),
     lambda _, projects: _joined(POPULATIONS.get(code, code) for one in projects for code in one.populations)),
    (Column("Agents concernés", Kind.INTEGER, 12), lambda _, projects: _agents(projects)),
    (Column("Début", Kind.DATE, 12), lambda _, projects: min((one.starts_on for one in projects if one.starts_on), default=None)),
    (Column("Fin", Kind.DATE, 12), lambda _, projects: max((one.ends_on for one in projects if one.ends_on), default=None)),
    (Column("Mutualisé", width=12), lambda _, projects: _YES_NO[any(one.sharing for one in projects)]),
    (Column("Coût total HT", Kind.EUROS, 16), lambda row, _: row.total),
    (Column("Coût éligible HT", Kind.EUROS, 16), lambda row, _: row.eligible),
    (Column("Coût par agent concerné", Kind.EUROS, 16), _per_agent),
    (Column("Aide demandée", Kind.EUROS, 16), lambda row, _: row.requested),
    (Column("Aide calculée", Kind.EUROS, 16), lambda row, _: row.grant),
)  # fmt: skip


def _there(row: Dossier, moment: object) -> Value:
    """An instant on the clocks of the dossier's call."""
    return moment.astimezone(ZoneInfo(row.call.zone)) if moment else None  # type: ignore[attr-defined]


def dossier_sheet(rows: Iterable[Dossier]) -> Sheet:
    """The dossiers, instants on the clocks of their call; each row has its projects fetched beside it."""
    return Sheet("Dossiers", tuple(column for column, _ in CELLS), _lines(rows))


def _lines(rows: Iterable[Dossier]) -> Iterator[list[Value]]:
    for row in rows:
        projects = list(row.projects.all())
        yield [cell(row, projects) for _, cell in CELLS]


def what_if_sheet(lines: Iterable[WhatIfLine], outcomes: Mapping[str, str]) -> Sheet:
    """The dossiers that a try of parameters would change."""
    columns = (
        Column("Numéro", Kind.CODE, 28), Column("Établissement", width=44), Column("Constat avant", width=16),
        Column("Constat après", width=16), Column("Aide avant", Kind.EUROS, 16), Column("Aide après", Kind.EUROS, 16),
        Column("Règles qui changent", width=50),
    )  # fmt: skip
    return Sheet(
        "Essai", columns,
        (
            (one.dossier.number, one.dossier.name, outcomes.get(one.before, one.before), outcomes.get(one.after, one.after),
             one.grant_before, one.grant_after, ", ".join(one.rules))
            for one in lines
        ),
    )  # fmt: skip
