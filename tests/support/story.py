"""The story of the collection, walked by calling the services as each person would."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from avenant.contracts.drafting.models import Contract
from avenant.domain.indicators import Provider
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.campaigns import services as campaigns
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations.models import Declaration, Part
from avenant.indicators.declarations.services import control, entry, opening
from avenant.indicators.declarations.sheet import sheet
from tests.support.cast import Cast

JANUARY = datetime(2026, 1, 15, 8, tzinfo=UTC)
FEBRUARY = datetime(2026, 2, 24, 15, 2, tzinfo=UTC)


class Story:
    """The contract of Durance Luberon and its campaign of 2025, at the step that a test asks for."""

    def __init__(self, cast: Cast) -> None:
        self.cast = cast
        with acting_as(cast.labour):
            self.contract = Contract.objects.get(key="cpom-durance-luberon-2025-2029")

    def campaign(self, year: int = 2025, *, committee_on: date = date(2026, 4, 10)) -> Campaign:
        with acting_as(self.cast.labour):
            campaign = campaigns.prepare_campaign(
                actor=self.cast.labour, at=JANUARY, year=year, opens_on=date(year + 1, 1, 15), committee_on=committee_on
            )
            return opening.open_campaign(actor=self.cast.labour, campaign_id=campaign.pk, at=JANUARY)

    def part(self, provider: Provider = Provider.SERVICE, year: int = 2025) -> Part:
        with acting_as(self.cast.labour):
            declaration = Declaration.objects.get(contract=self.contract, year=year)
            return Part.objects.select_related("declaration").get(declaration=declaration, provider=provider)

    def holder(self, provider: Provider) -> Actor:
        return {
            Provider.SERVICE: self.cast.service,
            Provider.SOCIAL_SERVICE: self.cast.social_service,
            Provider.FUND_PREVENTION: self.cast.fund,
        }[provider]

    def type(self, part: Part, code: str, raw: dict[str, Any] | str, *, at: datetime = FEBRUARY, **said: str) -> None:
        """Type one indicator, by its code."""
        actor = self.holder(Provider(part.provider))
        with acting_as(actor):
            row = next(one for one in sheet(actor, part).rows if one.definition.code == code)
            typed = raw if isinstance(raw, dict) else {row.own[0].key: raw}
            entry.save_entry(
                actor=actor,
                part_id=part.pk,
                entry=entry.Entry(row.record.pk, typed, **said),
                at=at,  # type: ignore[arg-type]
            )

    def fill(self, part: Part, *, at: datetime = FEBRUARY, amount: int = 20) -> None:
        """Fill everything that the part asks for: each count is ``amount``, each other component something readable."""
        actor = self.holder(Provider(part.provider))
        with acting_as(actor):
            rows = sheet(actor, part).own_rows
            entries = [
                entry.Entry(row.record.pk, {one.key: _something(one, amount) for one in row.own if not one.optional})
                for row in rows
            ]
            entry.save_entries(actor=actor, part_id=part.pk, entries=entries, at=at)

    def settle(self, part: Part, *, at: datetime = FEBRUARY) -> None:
        """Give a reason to whatever asks for one."""
        actor = self.holder(Provider(part.provider))
        with acting_as(actor):
            filled = sheet(actor, part)
            asked = {one.subjects[0] for one in filled.findings if one.severity == "to_justify"}
            for row in filled.own_rows:
                if row.definition.code in asked and row.stated:
                    entry.save_entry(
                        actor=actor,
                        part_id=part.pk,
                        entry=entry.Entry(row.record.pk, row.stated.value, justification="expliqué par le service"),
                        at=at,
                    )

    def submit(self, part: Part, *, at: datetime = FEBRUARY) -> Any:
        actor = self.holder(Provider(part.provider))
        with acting_as(actor):
            return control.submit_part(actor=actor, part_id=part.pk, at=at)

    def validate(self, part: Part, *, at: datetime = datetime(2026, 3, 9, 9, tzinfo=UTC)) -> Part:
        with acting_as(self.cast.labour):
            return control.validate_part(actor=self.cast.labour, part_id=part.pk, at=at)

    def hand_in(self, provider: Provider = Provider.SERVICE, *, amount: int = 20) -> Part:
        """Fill, settle and submit one part of the campaign's declaration."""
        part = self.part(provider)
        self.fill(part, amount=amount)
        self.settle(part)
        self.submit(part)
        return self.part(provider)


def _something(component: Any, amount: int) -> Any:
    match component.type:
        case ComponentType.INTEGER | ComponentType.NUMBER:
            return str(amount)
        case ComponentType.CHOICE:
            return component.choices[0].key
        case ComponentType.CHOICES:
            return [component.choices[0].key]
        case ComponentType.DATE:
            return "12/03/2025"
        case ComponentType.LIST:
            return [{part.key: _something(part, amount) for part in component.fields}]
        case _:
            return "texte"
