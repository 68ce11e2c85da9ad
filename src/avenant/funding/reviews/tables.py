"""Instructions and rankings as tables to take away."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.money import cents
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.funding.reviews.models import PartnerAid
from avenant.funding.reviews.selectors.ranking import Assessed

INSTRUCTION_COLUMNS = (
    Column("Numéro", Kind.CODE, 28),
    Column("Établissement", width=44),
    Column("Appel", width=30),
    Column("État", width=16),
    Column("Déposé le", Kind.INSTANT, 18),
    Column("Travaillé en amont avec", width=24),
    Column("Depuis le", Kind.DATE, 14),
    Column("Instructeur", width=30),
    Column("Avis rendus", Kind.INTEGER, 12),
    Column("Avis attendus", Kind.INTEGER, 12),
    Column("Étiquettes", width=24),
    Column("Aide demandée", Kind.EUROS, 16),
    Column("Aide calculée", Kind.EUROS, 16),
)
RANKING_COLUMNS = (
    Column("Rang", Kind.INTEGER, 8),
    Column("Numéro", Kind.CODE, 28),
    Column("Établissement", width=44),
    Column("Périmètre", width=16),
    Column("Priorités", width=40),
    Column("Score", Kind.NUMBER, 10),
    Column("Agents concernés", Kind.INTEGER, 12),
    Column("Avis", width=40),
    Column("Avis collégial", width=22),
    Column("Instruit", width=10),
    Column("Coût éligible HT", Kind.EUROS, 16),
    Column("Aide calculée", Kind.EUROS, 16),
    Column("Pourquoi ce rang", width=60),
)


def instruction_sheet(rows: Iterable[Any]) -> Sheet:
    """The queue, instants on the clocks of each call."""
    return Sheet(
        "Instruction",
        INSTRUCTION_COLUMNS,
        (
            (
                one.dossier.number, one.dossier.name, one.call.key, one.state_label,
                one.dossier.submitted_at.astimezone(ZoneInfo(one.call.zone)), one.dossier.upstream_with,
                one.dossier.upstream_since, one.examiner.name if one.examiner else "", one.given, one.wanted,
                ", ".join(one.labels), one.grant_requested, one.grant,
            )
            for one in rows
        ),
    )  # fmt: skip


def ranking_sheet(rows: Iterable[Assessed]) -> Sheet:
    """The ranking; what a reader with an interest may not see stays blank."""
    return Sheet("Classement", RANKING_COLUMNS, (_ranked(one) for one in rows))


def _ranked(one: Assessed) -> tuple[Any, ...]:
    opinions = ", ".join(f"{who} {answer.label}" for who, answer in one.opinions.answers)
    told = (
        (None, one.withheld, "", "")
        if one.withheld
        else (cents(one.score), opinions, one.opinions.collegial.label if one.opinions.collegial else "", one.sentence)
    )
    return (
        one.rank, one.dossier.number, one.dossier.name, "dans le périmètre" if one.in_scope else "hors périmètre",
        ", ".join(one.priority_labels), told[0], one.agents, told[1], told[2], "oui" if one.examined else "non",
        one.eligible, one.grant, told[3],
    )  # fmt: skip


AID_COLUMNS = (
    Column("Dispositif", width=40),
    Column("Déclarée par", width=24),
    Column("SIRET", Kind.CODE, 16),
    Column("FINESS", Kind.CODE, 12),
    Column("Établissement", width=44),
    Column("Dépense aidée", width=40),
    Column("Aide", Kind.EUROS, 16),
    Column("Coût", Kind.EUROS, 16),
    Column("Accordée le", Kind.DATE, 14),
    Column("Facture", Kind.CODE, 20),
    Column("Fournisseur", width=30),
    Column("Retirée le", Kind.DATE, 14),
    Column("Motif du retrait", width=40),
)


def aid_sheet(rows: Iterable[PartnerAid]) -> Sheet:
    """The aids declared by the funders of the region."""
    return Sheet(
        "Aides",
        AID_COLUMNS,
        (
            (
                one.money, one.owner.short_name, one.establishment.siret, one.establishment.finess_et,
                one.establishment.name, one.label, one.amount, one.cost, one.on, one.invoice, one.supplier,
                one.ended_on, one.ended_reason,
            )
            for one in rows
        ),
    )  # fmt: skip
