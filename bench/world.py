"""The volume to plan for: 18 regions, 180 services, 60 indicators, 10 years, 11,000 circles. Synthetic, seeded."""

from __future__ import annotations

import io
import os
import random
import uuid
from datetime import UTC, date, datetime
from itertools import count

from django.db import connection, transaction
from pypdf import PdfWriter

from avenant.contracts.amendments.models import Amendment, AmendmentChange
from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting.models import Clause, Contract, ContractParty, PromisedIndicator
from avenant.domain.indicators import Definition, Provider
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.accounts.models import User
from avenant.foundations.documents.services import keep
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.meetings.models import AgendaItem, Committee, CommitteeDecision, Seat, Session
from avenant.foundations.parties.directory import load_directory
from avenant.foundations.parties.models import Circle, CircleMember, Membership, Organisation, Territory, Unit
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.declarations.models import Declaration, DeclaredValue, DraftValue, Part, Submission
from bench import directory

REGIONS, SERVICES, YEARS, CIRCLES = 18, 10, range(2016, 2026), 11_000
CONTRACTS, COMMITMENTS, AMENDMENTS = 200, 300, 12
"""Contracts of the first region in all, and of the fund that is a party in every region; commitments and amendments of
the first contract."""
DECISIONS, ANNEX_PAGES = 40, 24
ESTABLISHMENTS = int(os.environ.get("BENCH_ESTABLISHMENTS", "150000"))
AT = datetime(2026, 2, 20, 9, tzinfo=UTC)
DUE = datetime(2026, 3, 11, 23, tzinfo=UTC)
LABOUR, SERVICE, NATIONWIDE = "pilote@bench.invalid", "service@bench.invalid", "national@bench.invalid"
PARTS = ((Provider.SERVICE, None), (Provider.SOCIAL_SERVICE, "ssam"), (Provider.FUND_PREVENTION, "prevention"))


def build() -> None:
    """Fill an empty, migrated database; run as the owner, in one transaction."""
    with transaction.atomic():
        chance = random.Random(4622)  # noqa: S311  figures of a bench
        records = list(
            DefinitionRecord.objects.exclude(code__in=["satdl-1.2.12", "satdl-1.1.1"]).order_by("set", "position")
        )
        definitions = {record.pk: definition_of(record) for record in records}
        regions = [_region(number, records, definitions, chance) for number in range(REGIONS)]
        _fill_contracts(regions[0])
        _fill_nationwide()
        _fill_circles(regions[0])
        _people(regions[0])
        load_directory(directory.lines(ESTABLISHMENTS))
    with connection.cursor() as cursor:
        cursor.execute("VACUUM ANALYZE")


class Region:
    """The authorities of a region, its services and their contracts."""

    def __init__(self, number: int) -> None:
        self.territory = Territory.objects.create(code=f"B{number:02}", kind="region", name=f"Région {number:02}")
        self.labour = self._organisation(f"labour-{number}", "labour", f"Direction du travail {number}")
        self.fund = self._organisation(f"fund-{number}", "fund", f"Caisse {number}")
        self.units = {
            key: Unit.objects.create(organisation=self.fund, key=key, name=key) for key in ("ssam", "prevention")
        }
        self.services = [
            self._organisation(f"service-{number}-{index}", "spsti", f"Service {number:02}-{index:02}")
            for index in range(SERVICES)
        ]

    def _organisation(self, key: str, kind: str, name: str) -> Organisation:
        return Organisation.objects.create(
            key=f"bench-{key}", kind=kind, name=name, short_name=name, territory=self.territory, fictional=True
        )


def circle(kind: str, title: str, *members: Organisation) -> Circle:
    made = Circle.objects.create(kind=kind, title=title)
    CircleMember.objects.bulk_create(CircleMember(circle=made, organisation=one, role=one.kind) for one in members)
    return made


def _region(
    number: int, records: list[DefinitionRecord], definitions: dict[uuid.UUID, Definition], chance: random.Random
) -> Region:
    region = Region(number)
    shared = circle("region", f"Région {number}", region.labour, region.fund)
    RegionSettings.objects.create(circle=shared, territory=region.territory)
    campaigns = {}
    for year in YEARS:
        campaign = Campaign(
            circle=shared, territory=region.territory, year=year, opens_on=date(year + 1, 1, 15), due_at=DUE,
            committee_on=date(year + 1, 4, 10), state="prepared", state_since=AT,
        )  # fmt: skip
        campaign.save()
        Campaign.objects.filter(pk=campaign.pk).update(state="open")
        campaigns[year] = campaign
    for service in region.services:
        _contract(region, service, campaigns, records, definitions, chance)
    return region


def _contract(
    region: Region,
    service: Organisation,
    campaigns: dict[int, Campaign],
    records: list[DefinitionRecord],
    definitions: dict[uuid.UUID, Definition],
    chance: random.Random,
) -> None:
    members = {"service": service, "fund": region.fund, "labour": region.labour}
    ours = circle("contract", f"CPOM {service}", *members.values())
    contract = Contract.objects.create(
        circle=ours, key=f"cpom-{service.key}", kind="cpom_spsti", title=f"CPOM, {service}", territory=region.territory,
        starts_on=date(2016, 1, 1), ends_on=date(2025, 12, 31), fictional=True, state="draft", state_since=AT,
    )  # fmt: skip
    Contract.objects.filter(pk=contract.pk).update(state="in_force")
    ContractParty.objects.bulk_create(
        ContractParty(circle=ours, contract=contract, organisation=one, role=role) for role, one in members.items()
    )
    PromisedIndicator.objects.bulk_create(
        PromisedIndicator(circle=ours, contract=contract, definition=record, first_year=2016, last_year=2025)
        for record in records
    )
    for year in YEARS:
        declaration = Declaration.objects.create(
            circle=ours, campaign=campaigns[year], contract=contract, service=service, year=year, due_at=DUE
        )
        for provider, unit in PARTS:
            _part(region, declaration, provider, unit, records, definitions, chance)


numbers = count(1)


def _part(
    region: Region,
    declaration: Declaration,
    provider: Provider,
    unit: str | None,
    records: list[DefinitionRecord],
    definitions: dict[uuid.UUID, Definition],
    chance: random.Random,
) -> None:
    owner = region.fund if unit else declaration.service
    part = Part.objects.create(
        circle_id=declaration.circle_id, declaration=declaration, provider=provider, owner=owner,
        unit=region.units[unit] if unit else None, state="draft", state_since=AT,
    )  # fmt: skip
    values = [(record, _value(definitions[record.pk], provider, chance)) for record in records]
    values = [(record, value) for record, value in values if value]
    if declaration.year == YEARS[-1]:
        DraftValue.objects.bulk_create(
            DraftValue(
                circle_id=part.circle_id, private_to=owner, part=part, definition=record, value=value, saved_at=AT
            )
            for record, value in values
        )
        if declaration.service == region.services[0]:
            return
    submission = Submission.objects.create(
        circle_id=part.circle_id, part=part, number=1, at=AT, sha256="0" * 64, receipt=f"B-{next(numbers)}"
    )
    DeclaredValue.objects.bulk_create(
        DeclaredValue(circle_id=part.circle_id, submission=submission, definition=record, value=value)
        for record, value in values
    )
    Part.objects.filter(pk=part.pk).update(state="submitted")
    if declaration.year != YEARS[-1]:
        Part.objects.filter(pk=part.pk).update(state="validated")


def _value(definition: Definition, provider: Provider, chance: random.Random) -> dict[str, object]:
    made: dict[str, object] = {}
    for component in definition.parts_of(provider):
        if component.optional:
            continue
        if component.type is ComponentType.INTEGER:
            small = component.key in ("of_which", "numerator")
            made[component.key] = chance.randint(20, 60) if small else chance.randint(60, 4000)
        elif component.type is ComponentType.CHOICE:
            made[component.key] = chance.choice(component.choices).key
        elif component.type is ComponentType.TEXT:
            made[component.key] = "Texte d’essai."
    return made


def _fill_contracts(region: Region) -> None:
    """More contracts of the same authorities, and the text of the first one: what its pages must stay quick with."""
    for index in range(SERVICES, CONTRACTS):
        ours = circle("contract", f"Convention {index}", region.labour, region.fund)
        contract = Contract.objects.create(
            circle=ours, key=f"bench-convention-{index}", kind="convention", title=f"Convention {index:03}",
            territory=region.territory, starts_on=date(2022, 1, 1), ends_on=date(2027, 12, 31), fictional=True,
            state="draft", state_since=AT,
        )  # fmt: skip
        Contract.objects.filter(pk=contract.pk).update(state="in_force")
        ContractParty.objects.bulk_create(
            ContractParty(circle=ours, contract=contract, organisation=one, role=role)
            for role, one in {"labour": region.labour, "fund": region.fund}.items()
        )
    contract = Contract.objects.get(key=f"cpom-{region.services[0].key}")
    articles = [_clause(contract, f"art-{rank}", "article", "", rank) for rank in range(1, 31)]
    owed = [region.services[0].key, region.labour.key, region.fund.key]
    commitments = [
        _clause(contract, f"eng-{rank}", "commitment", f"art-{1 + rank % 30}", 1000 + rank)
        for rank in range(COMMITMENTS)
    ]
    for rank, one in enumerate(commitments):
        one.details = {
            "parties": [owed[rank % 3]], "nature": "firm", "category": "general", "recurrence": "ongoing",
        }  # fmt: skip
    Clause.objects.bulk_create([*articles, *commitments])
    _fill_amendments(contract)
    _fill_committee(contract, region)


def _fill_amendments(contract: Contract) -> None:
    """Twelve amendments applied one after the other, each of which rewrote one article."""
    for number in range(1, AMENDMENTS + 1):
        day = date(2016 + number // 2, 1 + number % 12, 1)
        row = Amendment.objects.create(
            circle_id=contract.circle_id, contract=contract, number=number, kind="content", title=f"Avenant {number}",
            effective_on=day, signed_on=day, state="draft", state_since=AT,
        )  # fmt: skip
        for state in ("to_sign", "signed", "applied"):
            Amendment.objects.filter(pk=row.pk).update(state=state)
        key = f"art-{number}"
        Clause.objects.filter(contract=contract, key=key).update(in_force_until=day)
        after = _clause(contract, key, "article", "", number)
        after.in_force_from, after.body = day, f"{after.body}Précision de l’avenant {number}."
        after.save()
        AmendmentChange.objects.create(
            circle_id=contract.circle_id, amendment=row, verb="rewrite", clause_key=key, kind="article",
            number=after.number, heading=after.heading, body=after.body, position=number,
        )  # fmt: skip


def _fill_committee(contract: Contract, region: Region) -> None:
    """A committee, its session with thirty points, what the last one decided, an annex: the papers of a sitting."""
    committee = Committee.objects.create(
        circle_id=contract.circle_id, key=f"follow-up-{contract.key}", kind="follow_up", name="Comité de suivi",
        short_name="Comité", file_title=contract.title, page_of_file=contract.page(), secretariat=region.services[0],
        basis="article 7", standing=[{"title": "Engagements des parties", "basis": "article 4"}],
    )  # fmt: skip
    for one in (region.services[0], region.labour, region.fund):
        Seat.objects.create(
            circle_id=contract.circle_id, committee=committee, organisation=one, capacity="Représentant"
        )
    session = Session.objects.create(
        circle_id=contract.circle_id, committee=committee, purpose="ordinary", year=2026, reference_year=2025,
        starts_at=datetime(2026, 4, 9, 8, tzinfo=UTC), ends_at=datetime(2026, 4, 9, 10, tzinfo=UTC), state="planned",
        state_since=AT,
    )  # fmt: skip
    AgendaItem.objects.bulk_create(
        AgendaItem(
            circle_id=contract.circle_id, session=session, position=rank, title=f"Point d’essai {rank}",
            source="standing" if rank == 1 else "added", detail="Précision du point. " * 5,
        )
        for rank in range(1, 31)
    )  # fmt: skip
    last = Session.objects.create(
        circle_id=contract.circle_id, committee=committee, purpose="ordinary", year=2025, reference_year=2024,
        starts_at=datetime(2025, 4, 10, 8, tzinfo=UTC), ends_at=datetime(2025, 4, 10, 10, tzinfo=UTC), state="planned",
        state_since=AT,
    )  # fmt: skip
    for state in ("convened", "held"):
        Session.objects.filter(pk=last.pk).update(state=state)
    CommitteeDecision.objects.bulk_create(
        CommitteeDecision(
            circle_id=contract.circle_id, session=last, number=number, text=f"Décision d’essai {number}. " * 6,
            finding="Constat de l’essai. " * 4, owner=region.services[0], due_on=date(2026, 3, 31),
        )
        for number in range(1, DECISIONS + 1)
    )  # fmt: skip
    writer = PdfWriter()
    for _ in range(ANNEX_PAGES):
        writer.add_blank_page(width=595, height=842)
    content = io.BytesIO()
    writer.write(content)
    keep(
        circle_id=contract.circle_id, owner_id=region.services[0].pk, subject=session.pk, kind="session-annex",
        name="annexe.pdf", content=content.getvalue(), media_type="application/pdf", at=AT,
    )  # fmt: skip


def _fill_nationwide() -> None:
    """A fund that is a party to a contract of every service of every region, and to conventions of the first one."""
    fund = Organisation.objects.create(
        key="bench-fund-nationwide", kind="fund", name="Caisse de toutes les régions", short_name="Caisse nationale",
        territory=Territory.objects.get(code="B00"), fictional=True,
    )  # fmt: skip
    rows = Contract.objects.filter(fictional=True, territory__code__startswith="B").order_by("-kind", "key")[:CONTRACTS]
    CircleMember.objects.bulk_create(
        CircleMember(circle_id=one.circle_id, organisation=fund, role="fund") for one in rows
    )
    ContractParty.objects.bulk_create(
        ContractParty(circle_id=one.circle_id, contract=one, organisation=fund, role="fund") for one in rows
    )
    person = User.objects.create_user(email=NATIONWIDE, name=NATIONWIDE)
    Membership.objects.create(
        person=person, organisation=fund, roles=["fund_correspondent"], starts_on=date(2016, 1, 1)
    )


def _clause(contract: Contract, key: str, kind: str, parent: str, position: int) -> Clause:
    body = "Les parties s’engagent à ce que dit cet essai, dans la limite de leurs moyens et de leurs missions. " * 3
    return Clause(
        circle_id=contract.circle_id, contract=contract, key=key, kind=kind, number=f"Article {position}",
        heading=f"Clause d’essai {position}", body=body, parent_key=parent, position=position,
    )  # fmt: skip


def _fill_circles(region: Region) -> None:
    """Files of the same authorities beyond the contracts: what row level security must not slow down."""
    circles = [Circle(kind="file", title=f"Dossier {index}") for index in range(CIRCLES)]
    Circle.objects.bulk_create(circles, batch_size=2000)
    CircleMember.objects.bulk_create(
        (
            CircleMember(circle=one, organisation=member, role="partie")
            for one in circles
            for member in (region.labour, region.fund)
        ),
        batch_size=4000,
    )
    Event.objects.bulk_create(
        (Event(circle=one, at=AT, verb="bench", label="Fait d’essai", organisation=region.labour) for one in circles),
        batch_size=2000,
    )
    DueItem.objects.bulk_create(
        (
            DueItem(
                circle=one, key=f"bench:{index}", label="Acte d’essai", organisation=region.labour, waiting="personne",
                due_at=DUE, page="/",
            )
            for index, one in enumerate(circles)
            if index % 10 == 0
        ),
        batch_size=2000,
    )  # fmt: skip


def _people(region: Region) -> None:
    for email, organisation, role in (
        (LABOUR, region.labour, "labour_lead"),
        (SERVICE, region.services[0], "service_manager"),
    ):
        person = User.objects.create_user(email=email, name=email)
        Membership.objects.create(person=person, organisation=organisation, roles=[role], starts_on=date(2016, 1, 1))
