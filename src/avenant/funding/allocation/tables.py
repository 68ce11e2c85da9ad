"""Envelopes, aids, sessions, scenarios and retained projects as tables to take away."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from django.utils import timezone

from avenant.domain.money import ZERO
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.models import Territory
from avenant.funding.allocation.models import Award, Examined, Scenario, Share
from avenant.funding.allocation.selectors import Compared, use_of

SECTORS = {"sanitaire": "sanitaire", "medico_social": "médico-social"}


def envelope_sheet(rows: Iterable[Any]) -> Sheet:
    """Who funds what, and what is left of it."""
    columns = (
        Column("Financeur", width=24), Column("Source", width=40), Column("Année", Kind.CODE, 8), Column("Territoire", width=22),
        Column("Précision", width=24), Column("Enveloppe", Kind.EUROS), Column("Déléguée", Kind.EUROS),
        Column("Réservé", Kind.EUROS), Column("Accordé", Kind.EUROS), Column("Versé", Kind.EUROS), Column("Reste", Kind.EUROS),
        Column("Reçue de", width=30), Column("Décision", width=40), Column("Décidée le", Kind.DATE, 12),
    )  # fmt: skip
    return Sheet(
        "Enveloppes", columns,
        (
            (one.owner.short_name, one.get_source_display(), str(one.year), one.place, one.label, one.amount,
             one.delegated, one.reserved, one.granted, one.paid, one.remaining, one.giver.short_name if one.giver else "",
             one.basis, one.decided_on)
            for one in rows
        ),
    )  # fmt: skip


def national_sheet(rows: Iterable[Any]) -> Sheet:
    """What a national body has, delegates and may still delegate."""
    columns = (
        Column("Source", width=40), Column("Année", Kind.CODE, 8), Column("Territoire", width=22), Column("Précision", width=24),
        Column("Décision", width=40), Column("Enveloppe", Kind.EUROS), Column("Déléguée", Kind.EUROS),
        Column("Reste à déléguer", Kind.EUROS),
    )  # fmt: skip
    return Sheet(
        "Enveloppes", columns,
        (
            (one.get_source_display(), str(one.year), one.place, one.label, one.basis, one.amount, one.delegated,
             one.remaining)
            for one in rows
        ),
    )  # fmt: skip


def delegation_sheet(rows: Iterable[Any]) -> Sheet:
    """What national bodies delegate, by institution of a region, and what it has become."""
    columns = (
        Column("Région", width=24), Column("Déléguée à", width=24), Column("Déléguée par", width=30), Column("Source", width=40),
        Column("Année", Kind.CODE, 8), Column("Précision", width=24), Column("Décision", width=40),
        Column("Décidée le", Kind.DATE, 12), Column("Délégué", Kind.EUROS), Column("Engagé", Kind.EUROS),
        Column("Accordé", Kind.EUROS), Column("Versé", Kind.EUROS), Column("Reste", Kind.EUROS),
        Column("Taux d’engagement", Kind.PERCENT), Column("Accordé et versé relevés le", Kind.DATE, 16),
    )  # fmt: skip

    def row(one: Any) -> tuple[Any, ...]:
        use = use_of(one)
        return (
            one.place, one.owner.short_name, one.giver.short_name, one.get_source_display(), str(one.year), one.label,
            one.basis, one.decided_on, use.delegated, use.committed, use.granted, use.paid, use.left, use.rate,
            timezone.localdate(one.consumption.told_at),
        )  # fmt: skip

    return Sheet("Crédits délégués", columns, (row(one) for one in rows))


def aid_sheet(rows: Iterable[Any]) -> Sheet:
    """The aids of all the funders, dossier by dossier."""
    columns = (
        Column("Bénéficiaire", width=40), Column("Dossier", Kind.CODE, 28), Column("Action", width=44),
        Column("Financeur", width=24), Column("Source", width=40), Column("Nature", width=16), Column("Réservé", Kind.EUROS),
        Column("Accordé", Kind.EUROS), Column("Versé", Kind.EUROS), Column("Le", Kind.DATE, 12),
    )  # fmt: skip
    return Sheet(
        "Aides par dossier", columns,
        (
            (one.beneficiary, one.dossier.number if one.dossier else "", one.subject, one.envelope.owner.short_name,
             one.envelope.get_source_display(), one.get_nature_display(), one.reserved, one.granted, one.paid_now, one.on)
            for one in rows
        ),
    )  # fmt: skip


LINE_COLUMNS = (
    Column("Rang", Kind.INTEGER, 8), Column("Numéro", Kind.CODE, 28), Column("Établissement", width=44),
    Column("Territoire", Kind.CODE, 12), Column("Projet", width=44), Column("Score", Kind.NUMBER, 10),
    Column("Prioritaire", width=12), Column("Dans le périmètre", width=14), Column("Agents", Kind.INTEGER, 10),
    Column("Masse salariale", Kind.EUROS), Column("Coût total", Kind.EUROS), Column("Coût éligible", Kind.EUROS),
    Column("Aide demandée", Kind.EUROS), Column("Aide calculée", Kind.EUROS), Column("Part de référence", Kind.EUROS),
    Column("Avis collégial", width=20), Column("Réserve", width=30), Column("Proposition", width=20),
    Column("Montant proposé", Kind.EUROS), Column("Motif", width=40), Column("Conditions", width=30),
    Column("Écart au scénario", width=40), Column("Pourquoi ce rang", width=50),
)  # fmt: skip


def line_sheet(rows: Iterable[Examined]) -> Sheet:
    """The dossiers of a session, all that the committee reads of them."""
    return Sheet(
        "Dossiers", LINE_COLUMNS,
        (
            (one.rank, one.number, one.name, one.territory_code, one.title, one.score, one.priority, one.in_scope, one.agents,
             one.payroll, one.total, one.base, one.requested, one.computed, one.reference, one.get_opinion_display(),
             one.reservation, one.get_outcome_display(), one.amount, one.reason, one.conditions, one.override, one.sentence)
            for one in rows
        ),
    )  # fmt: skip


def comparison_sheet(compared: Sequence[Compared], places: Sequence[Territory]) -> Sheet:
    """The figures that decide between scenarios, one row a scenario."""
    columns = [
        Column("Scénario", width=40), Column("Méthode", width=24), Column("Hypothèses", width=60),
        Column("Enveloppe", Kind.EUROS), Column("Dossiers retenus", Kind.INTEGER), Column("dont en partie", Kind.INTEGER),
        Column("Total", Kind.EUROS), Column("Reste", Kind.EUROS), Column("Dernier rang retenu", Kind.INTEGER),
        Column("Taux (%)", Kind.NUMBER), Column("Adopté", width=10), Column("Remarques", width=60),
    ]  # fmt: skip
    for one in places:
        columns += [Column(f"{one.name}, établissements", Kind.INTEGER), Column(f"{one.name}, montant", Kind.EUROS)]

    def row(number: int, told: Compared) -> list[Any]:
        one, where = told.scenario, {place.name: place for place in told.places}
        cells: list[Any] = [
            f"{number}. {one.label}", one.get_method_display(), ", ".join(told.supposed), one.envelope, one.retained,
            told.partly, one.total, one.left, told.lowest or None, one.rate, one.adopted, " ".join(one.notes),
        ]  # fmt: skip
        for place in places:
            given = where.get(place.name)
            cells += [given.establishments, given.amount] if given else [0, ZERO]
        return cells

    return Sheet("Comparaison", tuple(columns), (row(number, told) for number, told in enumerate(compared, 1)))


def scenario_sheet(
    lines: Iterable[Examined], scenarios: Sequence[Scenario], shares: Mapping[uuid.UUID, Mapping[uuid.UUID, Share]]
) -> Sheet:
    """The scenarios side by side: amount, reason and what would bring the dossier in."""
    columns = [Column("Rang", Kind.INTEGER, 8), Column("Numéro", Kind.CODE, 28), Column("Établissement", width=44),
               Column("Aide calculée", Kind.EUROS)]  # fmt: skip
    for number, one in enumerate(scenarios, 1):
        columns += [
            Column(f"{number}. {one.label}", Kind.EUROS, 18), Column(f"{number}. Pourquoi", width=50),
            Column(f"{number}. Ce qui le ferait entrer", width=40),
        ]  # fmt: skip

    def row(line: Examined) -> list[Any]:
        told: list[Any] = [line.rank, line.number, line.name, line.computed]
        for one in scenarios:
            share = shares.get(line.pk, {}).get(one.pk)
            told += [share.amount, share.reason, share.remedy] if share else [None, "", ""]
        return told

    return Sheet("Scénarios", tuple(columns), (row(line) for line in lines))


@dataclass(frozen=True, slots=True)
class Retained:
    """A retained project, as the partners read it after the committee."""

    establishment: str
    sector: str
    title: str
    theme: str
    total: Decimal | None
    granted: Decimal
    funders: str
    opinion: str
    decided_on: date


RETAINED_COLUMNS = (
    Column("Établissement", width=40), Column("Secteur", width=18), Column("Intitulé du projet", width=44),
    Column("Thème", width=32), Column("Coût total", Kind.EUROS), Column("Montant accordé", Kind.EUROS),
    Column("Financeur(s)", width=24), Column("Avis collégial", width=22), Column("Date de décision", Kind.DATE, 14),
)  # fmt: skip


def retained_rows(awards: Iterable[Award], funders: Mapping[uuid.UUID, Sequence[str]]) -> list[Retained]:
    """The retained projects of a session, in rank; ``funders`` by dossier."""
    return [
        Retained(
            one.line.name, ", ".join(SECTORS.get(key, key) for key in one.line.sectors), one.line.title,
            " ; ".join(one.line.themes), one.line.total, one.amount,
            ", ".join(funders.get(one.dossier_id, ())) or (one.envelope.owner.short_name if one.envelope else ""),
            one.line.get_opinion_display(), one.decided_on,
        )
        for one in awards
        if one.amount
    ]  # fmt: skip


def retained_sheets(rows: Sequence[Retained]) -> list[Sheet]:
    """The table of retained projects, one row a project, and its totals in a sheet of their own."""
    table = Sheet(
        "Projets retenus", RETAINED_COLUMNS,
        [
            (one.establishment, one.sector, one.title, one.theme, one.total, one.granted, one.funders, one.opinion, one.decided_on)
            for one in rows
        ],
    )  # fmt: skip
    named = ("Coût total", "Montant accordé")
    totals = Sheet(
        "Totaux", (Column("Projets retenus", Kind.INTEGER), *(Column(one, Kind.EUROS) for one in named)),
        [(len(rows), total_of(one.total for one in rows), total_of(one.granted for one in rows))],
    )  # fmt: skip
    return [table, totals]


def total_of(amounts: Iterable[Decimal | None]) -> Decimal:
    """The sum of the amounts that are known."""
    return sum((one for one in amounts if one is not None), Decimal("0.00"))
