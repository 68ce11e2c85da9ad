"""The order in which the demonstration's world is made, whole or not at all."""

from __future__ import annotations

from django.conf import settings
from django.db import connection, transaction

from avenant.demo.building import (
    actions,
    acts,
    allocation,
    applicant,
    campaign,
    commitments,
    contracts,
    delegations,
    directory,
    funding,
    instruction,
    lending,
    meetings,
    neutral_counts,
    people,
    reports,
    reviews,
    secrecy,
    socle,
    strand_one,
    structures,
)
from avenant.demo.building.calendar import paris
from avenant.demo.models import World
from avenant.demo.services import postpone_real_deadlines
from avenant.foundations import clock
from avenant.foundations.journal.sealing import seal_journal
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation.services import consolidate_campaign
from avenant.indicators.profiles.services import gather_region
from avenant.references.reading import read

LOCK = 4_622_011  # any number, the same for all: two starts never build at once


@transaction.atomic
def build() -> bool:
    """Make the world, once. False when this database holds it. Run under the system role, after the references."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
    if World.objects.exists():
        return False
    story, services = read("demo/story"), read("demo/services")["service"]
    people.make_organisations()
    cast = people.make_people()
    contracts.make_local_indicators()
    contracts.sign_contracts(cast, story, services)
    directory.fill_directory()
    directory.appoint_contacts(cast, story, services)
    contracts.take_over_former_years(cast, story, services)
    reviews.sign_off(cast, story["signed_review"])
    structures.follow(cast)
    strand_one.tell(cast)
    neutral_counts.count(cast)
    campaign.open_campaign(cast, story)
    campaign.live_year(cast, story, services)
    funding.tell_calls(cast)
    applicant.tell_applicant(cast)
    instruction.instruct(cast)
    allocation.allocate(cast)
    delegations.delegate(cast)
    reports.follow(cast)
    lending.lend(cast)
    socle.tell_socle(cast)
    for told in story["draft_review"]:
        reviews.write(cast, told, year=story["campaign_year"], at=paris(told["at"]))
    for one in Campaign.objects.filter(year=story["campaign_year"]):
        gather_region(campaign_id=one.pk, at=paris(story["consolidated_at"]))
    for one in Campaign.objects.all():
        consolidate_campaign(campaign_id=one.pk, at=paris(story["consolidated_at"]))
    meetings.meet(cast, paris(story["contracts_at"]))
    secrecy.keep_secrets(cast, paris(story["contracts_at"]), paris(story["starts_at"]))
    starts_at = paris(story["starts_at"])
    commitments.keep(cast, read("demo/commitments"), at=starts_at)
    actions.act(cast, read("demo/actions"))
    acts.live(cast, paris(story["contracts_at"]), starts_at)
    postpone_real_deadlines(at=starts_at)
    seal_journal(at=starts_at)
    World.objects.create(pk=1, starts_at=starts_at, committee_on=story["committee_on"])
    if settings.DEMO_DATE:
        clock.set_now(starts_at)
    return True
