"""The fictional contracts in force, and the years of the former ones, taken over from a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.catalogue.records import definition_content, definition_of, set_content
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services import ContractDraft, PartyDraft, take_over_contract, take_over_text
from avenant.demo.building.calendar import paris
from avenant.demo.building.figures import Figures
from avenant.demo.building.people import REGION, SOURCE, Cast
from avenant.domain.indicators import Component, ComponentType, Definition, DefinitionSet, Kind, Scope
from avenant.foundations.documents.spreadsheets import Column, Sheet, workbook_bytes
from avenant.foundations.documents.spreadsheets import Kind as ColumnKind
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.declarations.former_years import COLUMNS, FormerPeriod
from avenant.indicators.declarations.services.taking_over import take_over_years
from avenant.references.contract_texts import Clause, ContractText, load_contract_text
from avenant.references.reading import read

MODEL, MODEL_SERVICE = "cpom-durance-luberon-2025-2029", "satdl"
OWN_SECTIONS = ("art-3-service", "art-3-projet")
TABULAR = {ComponentType.INTEGER, ComponentType.NUMBER, ComponentType.CHOICE, ComponentType.TEXT}


def make_local_indicators() -> None:
    """The local indicators of the fictional services, in a set of their own."""
    content = read("demo/local")
    head = content["set"]
    kept = DefinitionSet(head["code"], head["label"], Scope.LOCAL, head["source"])
    row = IndicatorSet.objects.create(
        code=kept.code, label=kept.label, scope=kept.scope.value, source=kept.source, content=set_content(kept)
    )
    for position, entry in enumerate(entries(content, "definition"), start=1):
        definition = Definition(
            **entry,
            set_code=kept.code,
            kind=Kind.INTEGER,
            components=(Component("total", entry["label"], ComponentType.INTEGER),),
            clause=head["clause"],
            source_lines="",
            valid_from=date(2025, 1, 1),
        )
        DefinitionRecord.objects.create(
            set=row,
            code=definition.code,
            printed_code=definition.printed_code,
            label=definition.label,
            strand=definition.strand,
            position=position,
            provider=definition.provider.value,
            valid_from=definition.valid_from,
            content=definition_content(definition),
        )


def sign_contracts(cast: Cast, story: Mapping[str, Any], services: Iterable[Mapping[str, Any]]) -> None:
    """One contract for each fictional service, in force since its first day."""
    first, last = story["contract_years"]
    labour, fund = (Organisation.objects.get(key=key) for key in ("dreets-paca", "carsat-sud-est"))
    for entry in services:
        service = Organisation.objects.get(key=entry["key"])
        draft = ContractDraft(
            key=f"cpom-{service.key}-{first}-{last}",
            kind=Contract.Kind.CPOM_SERVICE,
            title=f"CPOM {first}-{last}, {service.name}",
            territory_id=REGION,
            starts_on=date(first, 1, 1),
            ends_on=date(last, 12, 31),
            parties=(
                PartyDraft(labour, ContractParty.Role.LABOUR, "Directeur régional"),
                PartyDraft(fund, ContractParty.Role.FUND, "Directeur général"),
                PartyDraft(service, ContractParty.Role.SERVICE, "Présidence"),
            ),
            definitions=tuple(promised_by(entry)),
            source=SOURCE,
            fictional=True,
        )
        with acting_as(cast.labour):
            at = paris(story["contracts_at"])
            contract = take_over_contract(actor=cast.labour, at=at, draft=draft)
            take_over_text(actor=cast.labour, contract=contract, text=twin_text(service), at=at)


def twin_text(service: Organisation) -> ContractText:
    """The text of the real contract of the region, in the name of a fictional service.

    What the real one says of its own service alone is left out: its accreditation, project, figures and signatures.
    """
    text = load_contract_text(MODEL)
    names = {
        "SANTÉ AU TRAVAIL DURANCE LUBERON": service.name,
        "Santé au Travail Durance Luberon": service.name,
        "SAT Durance Luberon": service.short_name,
        "Durance Luberon": service.short_name,
        "Durance-Luberon": service.short_name,
        "SATDL": service.short_name,
        "SAT DL": service.short_name,
    }
    told: ContractText = _renamed(text, MODEL_SERVICE, service.key, names)
    return replace(
        told,
        title=f"CPOM, {service.name}",
        parties=tuple(
            replace(
                one,
                seat=service.seat if one.organisation == service.key else one.seat,
                signature_note="",
                signature_to_confirm=False,
            )
            for one in told.parties
        ),
        clauses=tuple(one for one in told.clauses if not _of_the_service_alone(one)),
        tables=tuple(one for one in told.tables if not one.clause.startswith(OWN_SECTIONS)),
        figures=(),
        accreditations=(),
        service_projects=(),
        notes=("Démonstration, faits fictifs\u202f: texte repris du CPOM PACA 2025-2029, au nom d’un service fictif.",),
    )


def _of_the_service_alone(clause: Clause) -> bool:
    return clause.key.startswith(OWN_SECTIONS) or clause.parent.startswith(OWN_SECTIONS)


def _renamed(value: Any, key: str, other: str, names: Mapping[str, str]) -> Any:
    """A reference entry in which an organisation's key and names are another's."""
    if isinstance(value, str):
        if type(value) is not str:  # a member of an enumeration
            return value
        if value == key:
            return other
        for name, new in names.items():
            value = value.replace(name, new)
        return value
    if isinstance(value, tuple):
        return tuple(_renamed(one, key, other, names) for one in value)
    if is_dataclass(value) and not isinstance(value, type):
        return replace(
            value, **{one.name: _renamed(getattr(value, one.name), key, other, names) for one in fields(value)}
        )
    return value


def promised_by(entry: Mapping[str, Any]) -> list[DefinitionRecord]:
    """The definitions of a service: whole sets, and local ones by their code."""
    named = entry["indicators"]
    rows = DefinitionRecord.objects.filter(set__in=named) | DefinitionRecord.objects.filter(code__in=named)
    return list(rows.select_related("set").order_by("set", "position"))


def take_over_former_years(cast: Cast, story: Mapping[str, Any], services: Iterable[Mapping[str, Any]]) -> None:
    """The former contracts and their figures, by the same door as any labour directorate: a workbook."""
    columns = tuple(Column(title, ColumnKind.CODE) for title in COLUMNS)
    rows = [row for entry in services for year in story["former_years"] for row in _former_rows(entry, year)]
    at = paris(story["former_at"])
    content = workbook_bytes([Sheet("Années antérieures", columns, rows)], title="Années antérieures", at=at)
    with acting_as(cast.labour):
        found = take_over_years(
            actor=cast.labour,
            content=content,
            filename="annees-anterieures.xlsx",
            former=FormerPeriod(*story["former_contract_years"]),
            at=at,
        )
    if found.rejected:
        raise ValueError(f"lines of the demonstration refused: {found.rejected[:5]}")


def _former_rows(entry: Mapping[str, Any], year: int) -> Iterable[tuple[str, str, str, str, str]]:
    typed = Figures(entry["key"], entry["employees"], year).typed(read("demo/figures"))
    for definition in map(definition_of, promised_by(entry)):
        for component in definition.components:
            value = typed[definition.code].get(component.key)
            if value is not None and component.type in TABULAR:
                yield entry["short_name"], str(year), definition.code, component.key, value
