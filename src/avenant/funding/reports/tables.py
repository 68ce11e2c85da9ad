"""Reports, statements, recoveries and visits as tables to take away."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from avenant.domain.funding.statements import StatementRow
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import GrantReport, Recovery, Reimbursement, Visit
from avenant.funding.reports.reading import Standing

REPORTS = (
    Column("Aide", Kind.CODE, 28), Column("Établissement", width=44), Column("Nature", width=16),
    Column("Année", Kind.CODE, 8), Column("Du", Kind.DATE), Column("Au", Kind.DATE),
    Column("À remettre au plus tard le", Kind.DATE), Column("État", width=22), Column("Reçu le", Kind.INSTANT, 18),
    Column("En retard", width=10),
)  # fmt: skip
RECOVERIES = (
    Column("Numéro", Kind.CODE, 30), Column("Établissement", width=44), Column("État", width=26),
    Column("Constaté", Kind.EUROS, 16), Column("Décidé", Kind.EUROS, 16), Column("Imputé", Kind.EUROS, 16),
    Column("Encaissé", Kind.EUROS, 16), Column("Reste", Kind.EUROS, 16), Column("Réponse jusqu’au", Kind.DATE),
)  # fmt: skip
VISITS = (
    Column("Date", Kind.DATE), Column("Aide", Kind.CODE, 28), Column("Établissement", width=44),
    Column("Objet", width=44), Column("Institutions", width=34), Column("État", width=24), Column("Constats", width=60),
)  # fmt: skip


def reports_sheet(rows: Iterable[GrantReport], *, at: datetime) -> Sheet:
    """The reports, instants on the clocks of their call."""
    return Sheet(
        "Bilans",
        REPORTS,
        (
            (
                one.grant.number, one.grant.name, one.get_kind_display(), str(one.year), one.starts_on, one.ends_on,
                one.due_on, one.standing(at),
                one.received_at.astimezone(ZoneInfo(one.grant.call.zone)) if one.received_at and one.grant.call else None,
                "oui" if one.late or one.is_overdue(at) else "non",
            )
            for one in rows
        ),
    )  # fmt: skip


def statement_sheet(standing: Standing) -> Sheet:
    """The statement of consumption of a report."""
    rows, total = standing.statement
    columns = (
        Column("Action", width=44), Column("Coût éligible", Kind.EUROS, 16), Column("Aide", Kind.EUROS, 16),
        Column("Versé par l’ARS à ce jour", Kind.EUROS, 16), Column(standing.told_now, Kind.EUROS, 16),
        Column("Dépensé à ce jour", Kind.EUROS, 16), Column("Reste à dépenser", Kind.EUROS, 16),
        Column("Justificatifs", width=24),
    )  # fmt: skip
    return Sheet("État récapitulatif", columns, (_row(one) for one in (*rows, total)))


def _row(one: StatementRow) -> tuple[str | Decimal, ...]:
    return (
        one.label, one.eligible, one.grant, one.paid, one.in_year, one.to_date, one.remaining, ", ".join(one.evidence)
    )  # fmt: skip


def recoveries_sheet(rows: Iterable[Recovery]) -> Sheet:
    """The recoveries and where each stands."""
    claims = ((one, one.claim()) for one in rows)
    return Sheet(
        "Récupérations",
        RECOVERIES,
        (
            (
                one.number, one.grant.name, one.state_label, one.amount, one.decided, claim.offset, claim.paid,
                claim.left if one.state != "waived" else None, one.answer_by,
            )
            for one, claim in claims
        ),
    )  # fmt: skip


def visits_sheet(rows: Iterable[Visit], *, at: datetime) -> Sheet:
    """The visits and their reports."""
    return Sheet(
        "Visites",
        VISITS,
        (
            (
                one.on, one.grant.number, one.grant.name, one.purpose,
                ", ".join(part.organisation.short_name for part in one.participants.all()), one.standing(at), one.findings,
            )
            for one in rows
        ),
    )  # fmt: skip


REIMBURSEMENTS = (
    Column("Aide", Kind.CODE, 28), Column("Remboursement", Kind.INTEGER, 16), Column("Fixé le", Kind.INSTANT, 18),
    Column("Versement", Kind.INTEGER, 12), Column("Bilan ou demande", width=32), Column("Ligne", Kind.CODE, 8),
    Column("Dépense", width=44), Column("Pièce", width=44), Column("Acquittée le", Kind.CODE, 14),
    Column("Compté", Kind.EUROS, 16),
)  # fmt: skip


def reimbursement_sheet(grant: Grant, rows: Iterable[Reimbursement]) -> Sheet:
    """Each expense that a reimbursement counted, on the base of the call."""
    return Sheet(
        "Dépenses remboursées",
        REIMBURSEMENTS,
        (
            (
                grant.number, row.number, row.at, row.instalment.number, line["report"], line["code"], line["label"],
                line["piece"], line["paid_on"], Decimal(line["counted"]),
            )
            for row in rows
            for line in row.content["lines"]
        ),
    )  # fmt: skip
