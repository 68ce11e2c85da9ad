"""The note to the social partners is published by an explicit act."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.domain.audiences import OrganisationKind
from avenant.domain.decision import Decision
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.parties.services import admit_to_circle, open_circle
from avenant.indicators.campaigns import selectors as campaigns
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import policies, selectors, tasks
from avenant.indicators.consolidation.models import Publication, PublicationBasis


@transaction.atomic
def publish_note(*, actor: Actor, campaign_id: uuid.UUID, at: datetime) -> Publication:
    """Publish the region's figures to its social partners: no service named, small counts of persons withheld.

    A note that says nothing new is not published twice: the last one is returned. A job makes its PDF.
    """
    campaign = campaigns.get_campaign(actor, campaign_id, lock=True)
    may_publish(actor, campaign).or_raise()
    note = selectors.prepare_note(actor, campaign)
    notes = selectors.list_publications(actor).filter(territory_id=campaign.territory_id)
    former = notes.filter(year=campaign.year).first()
    if former is not None and former.content == note.content:
        return former
    publication = Publication.objects.create(
        circle_id=_circle(campaign, notes.first()),
        territory_id=campaign.territory_id,
        year=campaign.year,
        number=former.number + 1 if former else 1,
        content=note.content,
        at=at,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
    )
    PublicationBasis.objects.create(
        circle_id=campaign.circle_id, publication=publication, counted=note.counted, cells=note.cells
    )
    record(
        publication.circle_id,
        verb="publication.published",
        label=f"Note aux partenaires sociaux publiée : {publication}",
        actor=actor,
        at=at,
        page=publication.page(),
        subject=publication.pk,
    )
    tasks.typeset_note.defer(publication_id=str(publication.pk))
    return publication


def may_publish(actor: Actor, campaign: Campaign) -> Decision:
    """The decision on a publication, with what it depends on (page and service ask the same)."""
    return policies.may_publish(
        actor,
        campaign,
        consolidated=selectors.find_consolidation(actor, campaign) is not None,
        partners=len(selectors.list_partners(campaign.territory_id)),
    )


def _circle(campaign: Campaign, last: Publication | None) -> uuid.UUID:
    """The circle of the region's authorities and social partners; a new organisation of theirs joins it."""
    partners = selectors.list_partners(campaign.territory_id)
    if last is not None:
        for one in partners:
            admit_to_circle(circle_id=last.circle_id, organisation=one, role=one.kind)
        return last.circle_id
    kinds = (OrganisationKind.LABOUR, OrganisationKind.FUND)
    authorities = Organisation.objects.filter(territory_id=campaign.territory_id, kind__in=kinds)
    return open_circle(
        kind="social_partners",
        title=f"Partenaires sociaux, {campaign.territory}",
        members={one.pk: one.kind for one in [*authorities, *partners]},
    )
