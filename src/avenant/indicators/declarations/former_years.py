"""A spreadsheet of former years, read: what it would enter, and why each other line is refused. Writes nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty, PromisedIndicator
from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import DomainError
from avenant.domain.french import Unreadable, enumerate_in_words, parse_integer, quoted, typeset
from avenant.domain.indicators import Catalogue, Component, Definition, Scope, parse_value
from avenant.domain.indicators.definitions import UnknownCode
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, workbook_bytes
from avenant.foundations.documents.tables import Limits, Table, read_table
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns import policies as campaign_policies
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.declarations.models import Declaration

SERVICE, YEAR, CODE, COMPONENT, VALUE = COLUMNS = ("Service", "Année", "Code", "Composante", "Valeur")
LIMITS: Final = Limits(size=2_000_000, rows=20_000)


@dataclass(frozen=True, slots=True)
class FormerPeriod:
    """The calendar years, both included, of the contracts to enter for the services that had none here."""

    first_year: int
    last_year: int

    def __contains__(self, year: int) -> bool:
        return self.first_year <= year <= self.last_year


@dataclass(frozen=True, slots=True)
class RejectedLine:
    """A line that will not be entered (as the spreadsheet numbers it), and why."""

    line: int
    reason: str


@dataclass(slots=True)
class FormerReturn:
    """What a service had counted in a year. ``contract`` is None when it is still to be entered."""

    service: Organisation
    year: int
    contract: Contract | None
    typed: dict[DefinitionRecord, dict[str, str]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many lines of the file it holds."""
        return sum(map(len, self.typed.values()))


@dataclass(frozen=True, slots=True)
class FormerYears:
    """What a file holds: the returns that can be entered, the lines that cannot."""

    returns: tuple[FormerReturn, ...]
    rejected: tuple[RejectedLine, ...]

    @property
    def count(self) -> int:
        return sum(one.count for one in self.returns)

    @property
    def without_contract(self) -> list[Organisation]:
        """The services whose contract will be entered too."""
        return list(dict.fromkeys(one.service for one in self.returns if one.contract is None))


def template_workbook(actor: Actor, *, at: datetime) -> bytes:
    """The workbook to fill: codes are text cells, and the second sheet lists them."""
    columns = (Column(SERVICE, width=34), Column(YEAR, Kind.INTEGER), Column(CODE, Kind.CODE), Column(COMPONENT),
               Column(VALUE, width=24))  # fmt: skip
    listed = (Column(CODE, Kind.CODE), Column("Indicateur", width=70), Column(COMPONENT, width=20),
              Column("Intitulé de la composante", width=50))  # fmt: skip
    national = contracts.catalogue_for(_newest(DefinitionRecord.objects.filter(set__scope=Scope.NATIONAL)))
    codes = [
        (one.code, one.label, component.key, component.label)
        for one in national.definitions
        for component in one.components
    ]
    return workbook_bytes(
        [Sheet("Années antérieures", columns, []), Sheet("Codes", listed, codes)],
        title=f"Reprise d’années antérieures, {actor.organisation}",
        at=at,
    )


def read_former_years(
    *, actor: Actor, content: bytes, filename: str, former: FormerPeriod | None, at: datetime
) -> FormerYears:
    """Say what the file would enter and why each other line is refused. Writes nothing.

    Raises :class:`DomainError` when the file is not a table, or has not the columns of the template.
    """
    campaign_policies.may_run_campaigns(actor).or_raise()
    table = read_table(content, filename, key_columns=[CODE], limits=LIMITS)
    missing = [title for title in COLUMNS if title not in table.header and title != COMPONENT]
    if missing:
        raise DomainError(
            typeset(
                f"Il manque {enumerate_in_words([quoted(title) for title in missing])} parmi les titres des colonnes. "
                "Partez du modèle. Rien n'a été importé."
            ),
            code="missing_columns",
        )
    return _Reader(actor, former, at).read(table)


@dataclass(frozen=True, slots=True)
class _Target:
    """Where the lines of a service and year go, or why they go nowhere."""

    refusal: str = ""
    contract: Contract | None = None
    records: Mapping[str, DefinitionRecord] = field(default_factory=dict)
    catalogue: Catalogue = field(default_factory=lambda: Catalogue(()))


class _Reader:
    """Reads a table line by line; services, years and their contracts are looked up once."""

    def __init__(self, actor: Actor, former: FormerPeriod | None, at: datetime) -> None:
        self.actor, self.former, self.at = actor, former, at
        self.services = list(
            Organisation.objects.filter(territory_id=actor.territory, kind=OrganisationKind.SERVICE.value)
        )
        self.targets: dict[tuple[uuid.UUID, int], _Target] = {}
        self.returns: dict[tuple[uuid.UUID, int], FormerReturn] = {}

    def read(self, table: Table) -> FormerYears:
        rejected = [RejectedLine(one.line, one.question) for one in table.numeric_keys]
        asked = {one.line for one in rejected}
        for row in table.rows:
            if row.line in asked:
                continue
            try:
                self._read_line(dict(zip(table.header, (text.strip() for text in row.texts), strict=True)))
            except DomainError as refusal:
                rejected.append(RejectedLine(row.line, refusal.message))
        return FormerYears(tuple(self.returns.values()), tuple(sorted(rejected, key=lambda one: one.line)))

    def _read_line(self, cells: Mapping[str, str]) -> None:
        service, year = self._service(cells[SERVICE]), parse_integer(cells[YEAR], minimum=2000)
        target = self.targets.get((service.pk, year))
        if target is None:
            target = self.targets[service.pk, year] = self._target(service, year)
        if target.refusal:
            raise Unreadable(target.refusal)
        definition = _find(target.catalogue, cells[CODE])
        component = _component(definition, cells.get(COMPONENT, ""))
        parsed = parse_value(definition, {component.key: cells[VALUE]})
        for sentence in parsed.errors.values():
            raise Unreadable(f"{definition.printed_code} : {sentence}")
        if component.key not in parsed.value:
            raise Unreadable(f"{definition.printed_code} : la valeur est vide. Une donnée inconnue ne se reprend pas.")
        found = self.returns.setdefault((service.pk, year), FormerReturn(service, year, target.contract))
        typed = found.typed.setdefault(target.records[definition.code], {})
        if component.key in typed:
            raise Unreadable(f"{definition.printed_code} est déjà donné pour {service.short_name} et {year}.")
        typed[component.key] = cells[VALUE]

    def _service(self, text: str) -> Organisation:
        wanted = typeset(text).casefold()
        found = [one for one in self.services if wanted in (one.key, one.short_name.casefold(), one.name.casefold())]
        if len(found) != 1:
            raise Unreadable(f"{quoted(text)} ne désigne pas un service de votre région. Écrivez son nom court.")
        return found[0]

    def _target(self, service: Organisation, year: int) -> _Target:
        if year >= self.at.year:
            return _Target(f"{year} n'est pas une année antérieure.")
        campaign = campaigns.find_campaign(self.actor, year)
        if campaign is not None and not campaign.taken_over:
            return _Target(f"{year} a sa campagne sur la plateforme : ses chiffres ne se reprennent pas d'un fichier.")
        own = contracts.list_contracts(self.actor).filter(
            kind=Contract.Kind.CPOM_SERVICE, parties__organisation=service, parties__role=ContractParty.Role.SERVICE
        )
        contract = own.filter(starts_on__lte=date(year, 12, 31), ends_on__gte=date(year, 1, 1)).first()
        if contract is None:
            return self._without_contract(service, year, list(own))
        if Declaration.objects.visible_to(self.actor).filter(contract=contract, year=year).exists():
            return _Target(f"La déclaration {year} de {service.short_name} existe déjà : elle n'est pas remplacée.")
        return _target(contracts.definitions_of(self.actor, contract, year), contract)

    def _without_contract(self, service: Organisation, year: int, others: list[Contract]) -> _Target:
        if self.former is None:
            return _Target(
                f"{service.short_name} n'a pas de contrat pour {year} sur la plateforme. "
                "Demandez à créer les contrats, ou retirez la ligne."
            )
        if year not in self.former:
            return _Target(
                f"{year} est hors des contrats à créer ({self.former.first_year} à {self.former.last_year})."
            )
        if any(
            one.starts_on
            and one.ends_on
            and one.starts_on.year <= self.former.last_year
            and one.ends_on.year >= self.former.first_year
            for one in others
        ):
            return _Target(f"Le contrat à créer en chevaucherait un autre de {service.short_name}.")
        promised = PromisedIndicator.objects.visible_to(self.actor).filter(contract__in=others).values("definition")
        known = DefinitionRecord.objects.filter(set__scope=Scope.NATIONAL) | DefinitionRecord.objects.filter(
            pk__in=promised
        )
        return _target(_newest(known), None)


def _target(records: Iterable[DefinitionRecord], contract: Contract | None) -> _Target:
    by_code = {record.code: record for record in records}
    return _Target("", contract, by_code, contracts.catalogue_for(list(by_code.values())))


def _newest(records: Iterable[DefinitionRecord]) -> list[DefinitionRecord]:
    """The last version of each definition."""
    newest: dict[str, DefinitionRecord] = {}
    for record in sorted(records, key=lambda one: (one.set_id, one.position, one.version)):
        newest[record.code] = record
    return list(newest.values())


def _find(catalogue: Catalogue, code: str) -> Definition:
    try:
        return catalogue.find(code)
    except UnknownCode:
        raise Unreadable(
            f"Le code {quoted(code)} ne désigne pas un seul indicateur de ce contrat. La feuille « Codes » du modèle "
            "donne ceux qui sont nationaux."
        ) from None


def _component(definition: Definition, text: str) -> Component:
    """The part that a line names by its key or its label; the first when it names none."""
    if not text:
        return definition.components[0]
    wanted = typeset(text).casefold()
    for component in definition.components:
        if wanted in (component.key.casefold(), component.label.casefold()):
            return component
    offered = enumerate_in_words([quoted(one.key) for one in definition.components])
    raise Unreadable(f"{definition.printed_code} n'a pas de composante {quoted(text)} : choisissez {offered}.")
