"""The collection opens, closes, opens again."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta

from django.db import transaction

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.french import format_date
from avenant.domain.indicators import Provider
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Unit
from avenant.indicators.campaigns import policies as campaign_policies
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns import services as campaign_services
from avenant.indicators.campaigns.models import Campaign, RegionSettings
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import Declaration, Part
from avenant.indicators.declarations.services.due import plan_entry
from avenant.indicators.declarations.services.told import tell_committee_moved, tell_opened

# Which party of the contract holds a part, in which of its units.
HOLDERS = {
    Provider.SERVICE: (ContractParty.Role.SERVICE, ""),
    Provider.SOCIAL_SERVICE: (ContractParty.Role.FUND, "ssam"),
    Provider.FUND_PREVENTION: (ContractParty.Role.FUND, "prevention"),
}


@transaction.atomic
def open_campaign(*, actor: Actor, campaign_id: uuid.UUID, at: datetime) -> Campaign:
    """Open the collection: a return for each contract in force, a part for each provider, each with its due item."""
    campaign = campaigns.get_campaign(actor, campaign_id, lock=True)
    campaign_policies.may_run_campaigns(actor).or_raise()
    settings = RegionSettings.objects.visible_to(actor).get(territory_id=campaign.territory_id)
    advance(campaign, "open", actor=actor, at=at, label=f"Campagne {campaign.year} ouverte")
    for contract in contracts.list_contracts(actor).filter(
        territory_id=campaign.territory_id,
        kind=Contract.Kind.CPOM_SERVICE,
        starts_on__lte=date(campaign.year, 12, 31),
        ends_on__gte=date(campaign.year, 1, 1),
    ):
        _open_declaration(campaign, contract, settings, actor=actor, at=at)
    return campaign


def _open_declaration(
    campaign: Campaign, contract: Contract, settings: RegionSettings, *, actor: Actor, at: datetime
) -> Declaration | None:
    records = contracts.definitions_of(actor, contract, campaign.year)
    parties = {party.role: party.organisation for party in contract.parties.all()}
    service = parties.get(ContractParty.Role.SERVICE)
    if not records or service is None:
        return None
    declaration = Declaration.objects.create(
        circle_id=contract.circle_id,
        campaign=campaign,
        contract=contract,
        service=service,
        year=campaign.year,
        due_at=campaign.due_at,
        committee_on=campaign.committee_on,
        taken_over=campaign.taken_over,
        jump_percent=settings.jump_percent,
        control_working_days=settings.control_working_days,
    )
    catalogue = contracts.catalogue_for(records)
    providers = {one.provider_of(component) for one in catalogue.definitions for component in one.components}
    for provider in sorted(providers & HOLDERS.keys()):
        role, unit = HOLDERS[provider]
        if role not in parties:
            continue
        part = Part.objects.create(
            circle_id=contract.circle_id,
            declaration=declaration,
            provider=provider,
            owner=parties[role],
            unit=Unit.objects.filter(organisation=parties[role], key=unit).first() if unit else None,
            state=Part.lifecycle.start,
            state_since=at,
        )
        if not campaign.taken_over:
            plan_entry(part, waiting=actor.organisation)
            tell_opened(part, actor=actor, at=at)
    record(
        contract.circle_id,
        verb="declaration.opened",
        label=f"Déclaration {campaign.year} ouverte, à transmettre avant le "
        f"{format_date((campaign.due_at - timedelta(seconds=1)).date())}",
        actor=actor,
        at=at,
        page=declaration.page(),
        subject=declaration.pk,
    )
    return declaration


@transaction.atomic
def close_campaign(*, actor: Actor, campaign_id: uuid.UUID, reason: str, at: datetime) -> Campaign:
    """Close the collection at this instant: one second later nothing can be handed in."""
    campaign = campaigns.get_campaign(actor, campaign_id, lock=True)
    advance(campaign, "close", actor=actor, at=at, reason=reason, label=f"Campagne {campaign.year} close")
    Declaration.objects.visible_to(actor).filter(campaign=campaign).update(closed_at=at)
    return campaign


@transaction.atomic
def reopen_campaign(*, actor: Actor, campaign_id: uuid.UUID, reason: str, at: datetime) -> Campaign:
    """Open the collection again, by a decision that says why."""
    campaign = campaigns.get_campaign(actor, campaign_id, lock=True)
    advance(campaign, "reopen", actor=actor, at=at, reason=reason, label=f"Campagne {campaign.year} rouverte")
    Declaration.objects.visible_to(actor).filter(campaign=campaign).update(closed_at=None)
    return campaign


@transaction.atomic
def move_committee(*, actor: Actor, campaign_id: uuid.UUID, committee_on: date, at: datetime) -> Campaign:
    """Move the first committee: the deadline and its due items move in the same transaction (S3-6-18)."""
    campaign = campaigns.get_campaign(actor, campaign_id, lock=True)
    campaign_policies.may_run_campaigns(actor).or_raise()
    campaign_policies.may_prepare(actor, campaign.year, committee_on, exists=False).or_raise()
    campaign_services.set_committee(campaign, committee_on)
    declarations = Declaration.objects.visible_to(actor).filter(campaign=campaign)
    declarations.update(due_at=campaign.due_at, committee_on=committee_on)
    open_parts = selectors.list_parts(actor).filter(declaration__in=declarations, state__in=policies.EDITABLE)
    for part in open_parts:
        plan_entry(part, waiting=actor.organisation)
    tell_committee_moved(campaign, open_parts, committee_on=committee_on, actor=actor, at=at)
    record(
        campaign.circle_id,
        verb="campaign.committee_moved",
        label=f"Comité déplacé au {format_date(committee_on)}, à transmettre "
        f"avant le {format_date((campaign.due_at - timedelta(seconds=1)).date())}",
        actor=actor,
        at=at,
        page=campaign.page(),
    )
    return campaign
