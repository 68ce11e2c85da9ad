"""A region of several fictional services, for what is told of many: written in bulk, where one service is walked by
its acts in :mod:`tests.support.story`."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.contracts.drafting import services as contracts
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.audiences import Role
from avenant.domain.indicators import Component, Provider
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns import services as campaigns
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import services
from avenant.indicators.declarations.models import Declaration, DeclaredValue, Part, Submission
from avenant.indicators.declarations.services import opening
from tests.support.cast import Cast, actor
from tests.support.roles import as_system

START = datetime(2025, 1, 1, tzinfo=UTC)
Amount = Callable[[int, str, str], int | None]
"""By the rank of the service, the code and the component: the number declared, None for nothing said."""


class Region:
    """PACA with ``count`` fictional services more, each with a CPOM 2025-2029 of the given sets of indicators."""

    def __init__(self, cast: Cast, count: int, sets: Iterable[str] = ("pdp", "a4"), since: int = 2025) -> None:
        self.cast = cast
        with as_system():
            definitions = tuple(DefinitionRecord.objects.filter(set__in=list(sets)))
            self.services = [
                Organisation.objects.create(
                    key=f"fictif-{rank}",
                    kind="spsti",
                    name=f"Service {rank:02}",
                    short_name=f"Service {rank:02}",
                    territory_id="R93",
                    fictional=True,
                )
                for rank in range(1, count + 1)
            ]
            self.contracts = [self._contract(one, definitions, since) for one in self.services]

    def _contract(self, service: Organisation, definitions: tuple[DefinitionRecord, ...], since: int) -> Contract:
        parties = (
            contracts.PartyDraft(service, ContractParty.Role.SERVICE),
            contracts.PartyDraft(self.cast.organisation("carsat-sud-est"), ContractParty.Role.FUND),
            contracts.PartyDraft(self.cast.organisation("dreets-paca"), ContractParty.Role.LABOUR),
        )
        draft = contracts.ContractDraft(
            key=f"cpom-{service.key}", kind=Contract.Kind.CPOM_SERVICE, title=f"CPOM 2025-2029, {service.name}",
            territory_id="R93", starts_on=date(since, 1, 1), ends_on=date(2029, 12, 31), parties=parties,
            definitions=definitions, fictional=True,
        )  # fmt: skip
        return contracts.take_over_contract(actor=None, at=START, draft=draft)

    def manager(self, rank: int) -> Actor:
        """The person in charge of the CPOM at the service of that rank (from 1)."""
        with as_system():
            return actor(self.services[rank - 1], f"Responsable {rank}", Role.SERVICE_MANAGER)

    def campaign(self, year: int = 2025) -> Campaign:
        at = datetime(year + 1, 1, 15, 8, tzinfo=UTC)
        labour = self.cast.labour
        with acting_as(labour):
            made = campaigns.prepare_campaign(
                actor=labour, at=at, year=year, opens_on=at.date(), committee_on=date(year + 1, 4, 10)
            )
            return opening.open_campaign(actor=labour, campaign_id=made.pk, at=at)

    def declare(
        self, campaign: Campaign, amount: Amount, *, ranks: Iterable[int] = (), state: str = "submitted"
    ) -> None:
        """Hand in, for the services of these ranks (all by default), the number that ``amount`` gives."""
        ranks = list(ranks) or range(1, len(self.services) + 1)
        at = datetime(campaign.year + 1, 2, 1, tzinfo=UTC)
        with as_system():
            for rank in ranks:
                declaration = Declaration.objects.get(campaign=campaign, contract=self.contracts[rank - 1])
                for part in Part.objects.filter(declaration=declaration):
                    self._hand_in(part, rank, amount, at)
                    for step in ("submitted", "validated")[: 1 if state == "submitted" else 2]:
                        Part.objects.filter(pk=part.pk).update(state=step, state_since=at)

    def _hand_in(self, part: Part, rank: int, amount: Amount, at: datetime) -> None:
        number = Submission.objects.filter(part=part).count() + 1
        submission = Submission.objects.create(
            circle_id=part.circle_id,
            part=part,
            number=number,
            at=at,
            sha256="0" * 64,
            receipt=f"{part.pk.hex}-{number}",
        )
        promised = DefinitionRecord.objects.filter(promises__contract_id=self.contracts[rank - 1].pk)
        values = []
        for record in promised:
            definition = definition_of(record)
            own = definition.parts_of(Provider(part.provider))
            stated = {one.key: _value(one, amount(rank, record.code, one.key)) for one in own if not one.optional}
            stated = {key: value for key, value in stated.items() if value is not None}
            if stated:
                values.append(
                    DeclaredValue(circle_id=part.circle_id, submission=submission, definition=record, value=stated)
                )
        DeclaredValue.objects.bulk_create(values)

    def consolidate(self, campaign: Campaign, at: datetime | None = None) -> None:
        with as_system():
            services.consolidate_campaign(
                campaign_id=campaign.pk, at=at or datetime(campaign.year + 1, 3, 1, tzinfo=UTC)
            )


def _value(component: Component, number: int | None) -> Any:
    if number is None:
        return None
    match component.type:
        case ComponentType.INTEGER:
            return number
        case ComponentType.NUMBER:
            return str(number)
        case ComponentType.CHOICE:
            return component.choices[0].key
        case ComponentType.CHOICES:
            return [component.choices[0].key]
        case ComponentType.DATE:
            return "2025-03-12"
        case ComponentType.LIST:
            return [{one.key: _value(one, number) for one in component.fields}]
        case _:
            return "texte"
