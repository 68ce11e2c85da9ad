"""Aids and payments as tables to take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.funding.grants.models import Grant, Instalment, Scheme
from avenant.funding.grants.selectors.loans import Account

GRANTS = (
    Column("Numéro", Kind.CODE, 28),
    Column("Bénéficiaire", width=44),
    Column("SIRET", Kind.CODE, 18),
    Column("Territoire", Kind.CODE, 12),
    Column("Objet", width=50),
    Column("Appel", width=44),
    Column("Source", width=24),
    Column("État", width=22),
    Column("Décidée le", Kind.DATE, 14),
    Column("Convention signée le", Kind.DATE, 18),
    Column("Montant accordé", Kind.EUROS, 16),
    Column("Montant en vigueur", Kind.EUROS, 18),
    Column("Versé", Kind.EUROS, 16),
    Column("Consommé", Kind.EUROS, 16),
    Column("À consommer jusqu’au", Kind.DATE, 18),
    Column("Origine", width=20),
)


def grant_sheet(rows: Iterable[Grant]) -> Sheet:
    """The aids."""
    return Sheet(
        "Aides",
        GRANTS,
        (
            (
                one.number, one.name, one.siret, one.territory_code, one.title, str(one.call or ""), one.source,
                one.state_label, one.decided_on, one.signed_on, one.awarded, one.amount, one.paid, one.consumed,
                one.consume_until, "repris" if one.taken_over else "plateforme",
            )
            for one in rows
        ),
    )  # fmt: skip


ORDERS = (
    Column("Ordre de paiement", Kind.CODE, 20),
    Column("Ordonnancé le", Kind.DATE, 14),
    Column("Bénéficiaire", width=44),
    Column("SIRET", Kind.CODE, 18),
    Column("Convention", Kind.CODE, 28),
    Column("Objet", width=60),
    Column("Versement", Kind.INTEGER, 12),
    Column("Montant", Kind.EUROS, 16),
    Column("Source", width=24),
    Column("Service fait le", Kind.DATE, 14),
    Column("Pièces justificatives", width=60),
)


def order_sheet(number: str, rows: Iterable[Instalment]) -> Sheet:
    """A payment order, one line an instalment, for the accountant."""
    return Sheet(
        number,
        ORDERS,
        (
            (
                one.order_number, one.ordered_on, one.grant.name, one.grant.siret, one.grant.number,
                f"Convention {one.grant.number}, versement {one.number} : {one.grant.title}", one.number, one.amount,
                one.grant.source, one.certified_on, " ; ".join(piece["label"] for piece in one.justified_by),
            )
            for one in rows
        ),
    )  # fmt: skip


PAYMENTS = (
    Column("Bénéficiaire", width=44),
    Column("Convention", Kind.CODE, 28),
    Column("Versement", Kind.INTEGER, 12),
    Column("Montant", Kind.EUROS, 16),
    Column("État", width=18),
    Column("Prévu le", Kind.DATE, 14),
    Column("Service fait le", Kind.DATE, 14),
    Column("Ordonnancé le", Kind.DATE, 14),
    Column("Ordre de paiement", Kind.CODE, 20),
    Column("Payé le", Kind.DATE, 14),
    Column("Référence du comptable", Kind.CODE, 24),
)


def payment_sheet(rows: Iterable[Instalment]) -> Sheet:
    """The instalments of an authority."""
    return Sheet(
        "Versements",
        PAYMENTS,
        (
            (
                one.grant.name, one.grant.number, one.number, one.amount, one.state_label, one.due_on, one.certified_on,
                one.ordered_on, one.order_number, one.paid_on, one.reference,
            )
            for one in rows
        ),
    )  # fmt: skip


LOANS = (
    Column("Bénéficiaire", width=44),
    Column("Convention", Kind.CODE, 28),
    Column("Prêteur", width=24),
    Column("Prêté", Kind.EUROS, 16),
    Column("Remboursé", Kind.EUROS, 16),
    Column("Reste dû", Kind.EUROS, 16),
    Column("En retard", Kind.EUROS, 16),
    Column("Prochaine échéance", Kind.DATE, 18),
    Column("État de l’aide", width=20),
)


def loan_sheet(rows: Iterable[Grant]) -> Sheet:
    """What is lent, one line an aid (rows of :func:`selectors.loans.list_loans`)."""
    told: Iterable[Any] = rows
    return Sheet(
        "Prêts et avances remboursables",
        LOANS,
        (
            (
                one.name, one.number, one.authority.short_name, one.lent, one.repaid, one.left, one.late, one.next_on,
                one.state_label,
            )
            for one in told
        ),
    )  # fmt: skip


ACCOUNT = (
    Column("Convention", Kind.CODE, 28),
    Column("Échéance", Kind.INTEGER, 10),
    Column("À rembourser le", Kind.DATE, 16),
    Column("Montant", Kind.EUROS, 16),
    Column("Remboursé", Kind.EUROS, 16),
    Column("N’est plus demandé", Kind.EUROS, 20),
    Column("Reste dû", Kind.EUROS, 16),
    Column("État", width=24),
)


def account_sheet(grant: Grant, account: Account) -> Sheet:
    """The account of a loan, one line a repayment."""
    return Sheet(
        "Compte du prêt",
        ACCOUNT,
        (
            (
                grant.number, one.row.number, one.row.due_on, one.row.amount, one.row.paid, one.row.released, one.left,
                one.standing.value,
            )
            for one in account.lines
        ),
    )  # fmt: skip


FUNDED = (
    Column("Établissement", width=44),
    Column("FINESS", Kind.CODE, 12),
    Column("SIRET", Kind.CODE, 18),
    Column("Secteur", width=24),
    Column("Nature du financement", width=24),
    Column("Année", Kind.INTEGER, 8),
    Column("Montant notifié", Kind.EUROS, 18),
    Column("Objet", width=60),
)


def funded_sheet(rows: Iterable[Grant]) -> Sheet:
    """The establishments that an institution has funded, for its partners (convention, article 4)."""
    return Sheet(
        "Établissements ayant reçu un financement",
        FUNDED,
        (
            (
                one.name, one.establishment.finess_et if one.establishment else "", one.siret, one.sector,
                one.get_nature_display(), one.decided_on.year, one.awarded, one.title,
            )
            for one in rows
        ),
    )  # fmt: skip


CATALOGUE = (
    Column("Nature", width=40),
    Column("Intitulé", width=50),
    Column("Financeur", width=24),
    Column("Pour", width=44),
    Column("Secteur", width=40),
    Column("Bénéficiaires", width=44),
    Column("Valable du", Kind.DATE, 14),
    Column("Au (inclus)", Kind.DATE, 14),
    Column("Taux (%)", Kind.NUMBER, 10),
    Column("Plafond", Kind.EUROS, 16),
    Column("Conditions", width=80),
    Column("Ne finance pas la même dépense que", width=50),
    Column("Fondement", width=60),
    Column("Adresse", width=60),
)


def catalogue_sheet(rows: Iterable[Scheme], labels: Mapping[str, str]) -> Sheet:
    """The catalogue; ``labels`` names the schemes that others exclude."""
    return Sheet(
        "CNO et aides financières pour la prévention",
        CATALOGUE,
        (
            (
                one.get_kind_display(), one.title, one.funder, one.get_variant_display(), one.sector, one.beneficiaries,
                one.starts_on, one.ends_on, one.rate, one.cap, one.conditions or ("à compléter" if one.lacks else ""),
                ", ".join(labels.get(code, code) for code in one.excludes), one.article, one.link,
            )
            for one in rows
        ),
    )  # fmt: skip
