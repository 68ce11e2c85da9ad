"""What a campaign gives to the regional base (SIRSé in PACA) and to the regional occupational-health dashboard.

One line for each indicator, service and year (CPOM PACA, article 6). Nothing personal leaves: no free text, lists by
their number of lines only, and the small cells of every table of persons hidden with what would give them back.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from avenant.contracts.catalogue.records import definition_of
from avenant.domain.disclosure import Rules
from avenant.domain.french import format_number, format_percentage, typeset
from avenant.domain.indicators import Component, ComponentType, Coverage, Definition, Distribution
from avenant.domain.indicators.values import COUNT_FIELD, Value, count_rows, rate
from avenant.foundations.documents import stamping
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import selectors
from avenant.indicators.consolidation.secrecy import WITHHELD, withheld_rows
from avenant.indicators.profiles import selectors as profiles
from avenant.indicators.profiles.pages import label_of, view_of

COLUMNS: Final = (
    Column("Année", Kind.INTEGER, 8), Column("Région", width=26), Column("SPSTI", width=28), Column("Volet", width=10),
    Column("Indicateur", Kind.CODE, 16), Column("Définition", width=60), Column("Valeur", width=60),
    Column("État", width=16),
)  # fmt: skip
Part = int | Decimal | str | None
"""One part of a value: a number, a choice in words; None is hidden by the statistical secret."""


@dataclass(frozen=True, slots=True)
class Line:
    """One indicator, or one profile table, of one service."""

    service: str
    strand: str
    code: str
    definition: str
    parts: Mapping[str, Part]
    state: str

    @property
    def words(self) -> str:
        """« Femmes : 60 ; Hommes : secret statistique »."""
        return typeset(
            " ; ".join(f"{label} : {_written(part)}" if label else _written(part) for label, part in self.parts.items())
        )


def list_lines(actor: Actor, campaign: Campaign) -> list[Line]:
    """Every indicator and profile table of every service of the campaign; who has said nothing has its line too."""
    settings = campaigns.find_settings(actor)
    small = settings.small_count if settings else Rules().persons
    return [*_indicators(actor, campaign, small), *_profiles(actor, campaign)]


def _indicators(actor: Actor, campaign: Campaign, small: int) -> Iterator[Line]:
    collected = selectors.collect(actor, campaign)
    for record, answers in collected.answers.items():
        definition = definition_of(record)
        for service, answer in answers.items():
            state = "provisoire" if (record.pk, service) in collected.provisional else "validé"
            if not answer.value:
                state = "non disponible" if answer.reason else "non renseigné"
            parts = told_parts(definition, answer.value, small=small)
            yield Line(service, definition.strand, record.code, definition.label, parts, state)


def _profiles(actor: Actor, campaign: Campaign) -> Iterator[Line]:
    """The tables that services shared, as the collector protected them: a cell that is not there is hidden."""
    shared = profiles.list_profiles(actor).filter(declaration__campaign=campaign, private_to=None)
    for profile in shared.order_by("declaration__service__name"):
        for table in profile.tables.all():
            view = view_of(table.variables, table.categories, table.cells)
            parts: dict[str, Part] = {one.label: one.number for one in view.bars}
            for label, numbers in view.rows:
                parts |= {f"{label} · {head}": number for head, number in zip(view.head, numbers, strict=True)}
            title = " × ".join(label_of(name) for name in table.variables)
            service = profile.declaration.service.short_name
            yield Line(
                service, "volet-1", f"profil-{table.name}", f"Profil des salariés suivis : {title}", parts, "partagé"
            )


def told_parts(definition: Definition, value: Value, *, small: int) -> dict[str, Part]:
    """The parts of a value that may leave: its rate first, numbers and choices, tables without their small cells."""
    parts: dict[str, Part] = {}
    computed = rate(value)
    if computed is not None:
        parts["taux"] = format_percentage(computed)
    for component in definition.components:
        if component.key in value:
            parts |= _told(component, value[component.key], alone=len(definition.components) == 1, small=small)
    return parts


def _told(component: Component, part: Any, *, alone: bool, small: int) -> dict[str, Part]:
    label = "" if alone else component.label
    match component.type:
        case ComponentType.INTEGER:
            return {label: int(part)}
        case ComponentType.NUMBER:
            return {label: Decimal(part)}
        case ComponentType.CHOICE:
            return {label: component.choice_label(part)}
        case ComponentType.CHOICES:
            return {label: ", ".join(component.choice_label(key) for key in part)}
        case ComponentType.DATE:
            return {label: str(part)}
        case ComponentType.LIST if any(one.key == COUNT_FIELD for one in component.fields):
            return {f"{component.label}, {category}": number for category, number in _masked(part, small).items()}
        case ComponentType.LIST:
            return {f"{component.label} (nombre)": count_rows(component, part)}
        case _:
            return {}


def _masked(rows: Sequence[Mapping[str, Any]], small: int) -> dict[str, int | None]:
    """A table of persons, its small cells hidden, and one more when a single one would be told by the total."""
    counts = {str(row["category"]): row.get(COUNT_FIELD) for row in rows}
    given = {label: int(count) for label, count in counts.items() if count is not None}
    hidden = withheld_rows(Distribution(given, Coverage(())), small=small) | (counts.keys() - given.keys())
    if len(hidden) == 1:
        hidden |= {label for _, label in sorted((count, label) for label, count in given.items() if count)[:1]}
    return {label: None if label in hidden else given[label] for label in counts}


def _written(part: Part) -> str:
    match part:
        case None:
            return WITHHELD
        case str():
            return part
        case _:
            return format_number(part)


def base_sheet(campaign: Campaign, lines: Sequence[Line]) -> Sheet:
    """The lines as a spreadsheet."""
    head = (campaign.year, campaign.territory.name)
    return Sheet(
        "Base régionale",
        COLUMNS,
        [(*head, one.service, one.strand, one.code, one.definition, one.words, one.state) for one in lines],
    )


def base_json(campaign: Campaign, lines: Sequence[Line], *, made: datetime | None) -> str:
    """The lines as JSON, with the stamp of who takes them; a hidden number is null and named under « secret »."""
    stamp = stamping.current()
    content = {
        "mention": dict(stamp.facts()) if stamp else {"Mention": stamping.MENTION},
        "annee": campaign.year,
        "region": campaign.territory.name,
        "consolide_le": made.isoformat() if made else None,
        "lignes": [
            {
                "annee": campaign.year,
                "spsti": one.service,
                "volet": one.strand,
                "indicateur": one.code,
                "definition": one.definition,
                "etat": one.state,
                "valeur": {label or "valeur": _plain(part) for label, part in one.parts.items()},
                "secret": [label for label, part in one.parts.items() if part is None],
            }
            for one in lines
        ],
    }
    return json.dumps(content, ensure_ascii=False, indent=1)


def _plain(part: Part) -> int | float | str | None:
    return float(part) if isinstance(part, Decimal) else part
