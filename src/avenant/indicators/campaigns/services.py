"""Writes about campaigns and the parameters of a region."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import OrganisationKind
from avenant.domain.indicators import deadlines
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Territory
from avenant.foundations.parties.services import open_circle
from avenant.indicators.campaigns import policies, selectors
from avenant.indicators.campaigns.models import Campaign, RegionSettings

AUTHORITIES = (OrganisationKind.LABOUR, OrganisationKind.FUND)


@transaction.atomic
def settle_region(*, actor: Actor) -> RegionSettings:
    """The parameters of the actor's region, with their defaults the first time; its circle is the authorities."""
    settings = selectors.find_settings(actor)
    if settings is None:
        policies.may_run_campaigns(actor).or_raise()
        authorities = Organisation.objects.filter(
            territory_id=actor.territory, kind__in=[kind.value for kind in AUTHORITIES]
        )
        circle = open_circle(
            kind="region", title=f"Région {actor.territory}", members={one.pk: one.kind for one in authorities}
        )
        settings = RegionSettings.objects.create(circle_id=circle, territory_id=actor.territory)
    return settings


@transaction.atomic
def prepare_campaign(
    *, actor: Actor, at: datetime, year: int, opens_on: date, committee_on: date, taken_over: bool = False
) -> Campaign:
    """Prepare the collection of a reference year. A second one for the same region and year is refused.

    The last day to submit is 30 days (a parameter) before the first committee, never before 31 January (S3-6-18).
    """
    policies.may_run_campaigns(actor).or_raise()
    settings = settle_region(actor=actor)
    policies.may_prepare(actor, year, committee_on, exists=selectors.find_campaign(actor, year) is not None).or_raise()
    last_day = deadlines.submission_deadline(year, committee_on, days_before=settings.days_before_committee)
    return Campaign.objects.create(
        circle_id=settings.circle_id,
        territory_id=actor.territory,
        year=year,
        opens_on=opens_on,
        due_at=end_of_day(last_day, settings.territory),
        committee_on=committee_on,
        taken_over=taken_over,
        state=Campaign.lifecycle.start,
        state_since=at,
    )


def end_of_day(day: date, territory: Territory) -> datetime:
    """The instant that ends ``day`` in the territory's zone: instants are half-open, the next day's midnight."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(territory.time_zone))


def set_committee(campaign: Campaign, committee_on: date) -> None:
    """Write the committee's date and the deadline that follows from it."""
    settings = RegionSettings.objects.get(territory_id=campaign.territory_id)
    last_day = deadlines.submission_deadline(campaign.year, committee_on, days_before=settings.days_before_committee)
    campaign.committee_on, campaign.due_at = committee_on, end_of_day(last_day, campaign.territory)
    campaign.save(update_fields=["committee_on", "due_at"])
