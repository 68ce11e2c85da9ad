"""The note to the social partners: an explicit act, no service named, few persons withheld, no difference to read."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest
from django.urls import reverse
from pypdf import PdfReader
from tests.apps.indicators.consolidation.test_figures import ranked
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system

from avenant.domain.audiences import Role
from avenant.domain.decision import Refused
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import printing, services
from avenant.indicators.consolidation.models import Publication, PublicationBasis, RegionalFigure
from avenant.indicators.declarations.services import opening

pytestmark = pytest.mark.django_db
MAY = datetime(2026, 5, 4, 9, tzinfo=UTC)


def small(rank: int, code: str, key: str) -> int:
    """Two persons a service for 1.3: ten in the region."""
    return 2 if code == "pdp-1.3" else ranked(rank, code, key)


def partner() -> Actor:
    with as_system():
        made = Organisation.objects.create(
            key="crpst", kind="social_partners", name="Partenaires sociaux (fictif)", short_name="Partenaires sociaux",
            territory_id="R93", fictional=True,
        )  # fmt: skip
        return actor(made, "Partenaire social", Role.SOCIAL_PARTNER)


def publish(cast: Cast, campaign: Campaign, at: datetime = MAY) -> Publication:
    with acting_as(cast.labour):
        return services.publish_note(actor=cast.labour, campaign_id=campaign.pk, at=at)


def close(cast: Cast, campaign: Campaign) -> None:
    with acting_as(cast.labour):
        opening.close_campaign(actor=cast.labour, campaign_id=campaign.pk, reason="date passée", at=MAY)


def words(publication: Publication, code: str) -> list[str]:
    rows = [row for strand in publication.content["strands"] for row in strand["rows"]]
    return [part["words"] for part in next(row for row in rows if row["code"] == code)["parts"]]


@pytest.mark.req("S3-6-08")
def test_the_social_partners_read_regional_aggregates_and_the_authorities_names(cast: Cast) -> None:
    reader = partner()
    region = Region(cast, 5)
    campaign = region.campaign()
    region.declare(campaign, small)
    region.consolidate(campaign)
    close(cast, campaign)
    page = signed_in(reader).get(reverse("consolidation:publications"))
    assert "Aucune note publiée" in page.content.decode(), "nothing before the act"
    publication = publish(cast, campaign)
    with as_system():
        printing.print_note(publication_id=publication.pk)
    told = signed_in(reader).get(publication.page()).content.decode()
    with as_system():
        document = Document.objects.get(subject=publication.pk)
        text = "".join(one.extract_text() for one in PdfReader(io.BytesIO(documents.read(document))).pages)
    for version in (told, text, json.dumps(publication.content, ensure_ascii=False)):
        assert "Service 0" not in version, "no service is named"
        assert "Durance" not in version
        assert "1\u202f500" in version, "the regional aggregate of 1.10"
        assert "secret statistique" in version
    assert words(publication, "1.3*") == ["secret statistique"]
    assert signed_in(reader).get(reverse("documents:download", args=[document.pk])).status_code == 200
    named = signed_in(cast.labour).get(reverse("consolidation:region", args=[campaign.pk])).content.decode()
    assert "Durance Luberon" in named, "the authorities' version names who is missing"
    with acting_as(reader):
        assert not RegionalFigure.objects.exists()
        assert not PublicationBasis.objects.exists(), "row level security: who was counted is not theirs"
    for stranger in (region.manager(1), cast.outsider):
        assert signed_in(stranger).get(publication.page()).status_code == 404


def test_who_publishes_and_when(cast: Cast) -> None:
    region = Region(cast, 5)
    campaign = region.campaign()
    region.declare(campaign, ranked)
    with pytest.raises(Refused, match="consolidé"):
        publish(cast, campaign)
    region.consolidate(campaign)
    with pytest.raises(Refused, match="pas close"):
        publish(cast, campaign)
    close(cast, campaign)
    with pytest.raises(Refused, match="partenaires sociaux"):
        publish(cast, campaign)
    partner()
    with acting_as(cast.fund), pytest.raises(Refused, match="direction du travail"):
        services.publish_note(actor=cast.fund, campaign_id=campaign.pk, at=MAY)
    first = publish(cast, campaign)
    assert publish(cast, campaign) == first, "a note that says nothing new is not published twice"


def test_one_service_more_is_not_read_by_difference(cast: Cast) -> None:
    partner()
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, ranked, ranks=range(1, 6))
    region.consolidate(campaign)
    close(cast, campaign)
    assert words(publish(cast, campaign), "1.10*") == ["1\u202f500"]
    region.declare(campaign, ranked, ranks=[6])
    region.consolidate(campaign)
    second = publish(cast, campaign)
    assert second.number == 2
    assert words(second, "1.10*")[0].startswith("secret statistique")
