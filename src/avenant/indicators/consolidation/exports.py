"""The region's figures as spreadsheets. Each row carries the year, the region, the coverage and the date."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from avenant.contracts.catalogue.records import definition_of
from avenant.domain.indicators import Definition, format_value
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, Value
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import selectors
from avenant.indicators.consolidation.pages import FigureLine, region_lines
from avenant.indicators.consolidation.selectors.cockpit import CockpitLine

HEAD = (Column("Année", Kind.INTEGER, 8), Column("Région", width=26))
INDICATOR = (
    Column("Volet", width=10), Column("Indicateur", Kind.CODE, 12), Column("Enquête DGT", width=10),
    Column("Définition", width=60),
)  # fmt: skip
COVERAGE = (
    Column("Couverture", width=22), Column("Services comptés", Kind.INTEGER, 10), Column("attendus", Kind.INTEGER, 10),
    Column("validés", Kind.INTEGER, 10), Column("Il manque", width=40), Column("Consolidé le", Kind.INSTANT, 18),
)  # fmt: skip
REGION = (
    *HEAD, *INDICATOR, Column("Composante", width=36), Column("Nombre ou taux", Kind.NUMBER, 16),
    Column("Unité", width=14), Column("En mots", width=60), *COVERAGE,
)  # fmt: skip
BY_SERVICE = (*HEAD, Column("Service", width=28), *INDICATOR, Column("Valeur", width=40), Column("État", width=14))
COCKPIT = (
    Column("SPSTI ou contrat", width=34), Column("Nature", width=20), Column("État du contrat", width=16),
    Column("Début", Kind.DATE, 12), Column("Fin", Kind.DATE, 12), Column("Jours restants", Kind.INTEGER, 14),
    Column("Campagne", Kind.INTEGER, 10), Column("État de la campagne", width=26),
    Column("Comité de suivi", Kind.DATE, 16), Column("Indicateurs manquants", Kind.INTEGER, 14),
    Column("Il manque aussi", width=40), Column("Région", width=26), Column("Établi le", Kind.INSTANT, 18),
)  # fmt: skip


def region_sheet(actor: Actor, campaign: Campaign, lines: Iterable[FigureLine], *, name: str = "Région") -> Sheet:
    """The regional figures that a page shows, one row a part."""
    consolidation = selectors.find_consolidation(actor, campaign)
    made = _local(campaign, consolidation.at) if consolidation else None
    return Sheet(name, REGION, _region_rows(campaign, lines, made))


def _region_rows(campaign: Campaign, lines: Iterable[FigureLine], made: datetime | None) -> Iterator[Sequence[Value]]:
    for line in lines:
        head = (*_head(campaign), *_indicator(line.definition))
        covered = (line.coverage, line.contributors, line.expected, line.validated, ", ".join(line.missing), made)
        for part in line.parts:
            yield (*head, part.label, part.number, part.unit if part.number is not None else "", part.words, *covered)


def national_sheets(actor: Actor, campaign: Campaign) -> list[Sheet]:
    """What the DGT and the CNAM ask for: the starred indicators and annex 4, for the region and service by service."""
    collected = selectors.collect(actor, campaign)
    records = [record for record in collected.answers if record.in_dgt_survey or record.set_id == "a4"]
    kept = {record.pk for record in records}
    lines = [line for line in region_lines(actor, campaign) if line.record.pk in kept]
    rows: list[Sequence[Value]] = []
    for record in records:
        definition = definition_of(record)
        for service, answer in collected.answers[record].items():
            said = format_value(definition, answer.value) if answer.value else ""
            unsaid = f"non disponible ({answer.reason})" if answer.reason else "non renseigné"
            state = "provisoire" if (record.pk, service) in collected.provisional else "validé"
            rows.append((*_head(campaign), service, *_indicator(definition), said or unsaid, state if said else ""))
    return [region_sheet(actor, campaign, lines), Sheet("Par service", BY_SERVICE, rows)]


def cockpit_sheet(lines: Iterable[CockpitLine], *, year: int, at: datetime) -> Sheet:
    """The cockpit as its page shows it."""
    rows = [
        (
            line.service, line.contract.get_kind_display(), line.standing.label, line.contract.starts_on,
            line.contract.ends_on, line.days_left, year, line.state_label, line.committee_on, line.missing,
            ", ".join(line.gaps), line.contract.territory.name, at,
        )
        for line in lines
    ]  # fmt: skip
    return Sheet("Contrats de la région", COCKPIT, rows)


def _head(campaign: Campaign) -> tuple[int, str]:
    return campaign.year, campaign.territory.name


def _indicator(definition: Definition) -> tuple[str, str, str, str]:
    surveyed = "oui" if definition.in_dgt_survey else ""
    return definition.strand, definition.printed_code, surveyed, definition.label


def _local(campaign: Campaign, at: datetime) -> datetime:
    return at.astimezone(campaign.territory_zone)
