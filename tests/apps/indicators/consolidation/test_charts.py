"""Charts: made by the job, stored with their table, drawn again only when their data changed."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.urls import reverse
from tests.apps.indicators.consolidation.test_figures import ranked
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import PromisedIndicator
from avenant.domain.indicators import Provider
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import selectors, services
from avenant.indicators.consolidation.models import BenchmarkLine, StoredChart
from avenant.indicators.consolidation.services import drawing

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 9, 9, tzinfo=UTC)


def keep_only(*codes: str) -> None:
    """One chart takes 40 ms: these contracts promise few indicators."""
    with as_system():
        PromisedIndicator.objects.exclude(definition__code__in=codes).delete()


def draw(campaign: Campaign) -> int:
    with as_system():
        return drawing.draw_charts(campaign_id=campaign.pk, at=MARCH)


@pytest.mark.req("S3-6.1.1.8-01")
def test_the_outcome_chart_shows_what_became_of_the_followed_employees(cast: Cast) -> None:
    story = Story(cast)
    campaign = story.campaign()
    part = story.part()
    story.fill(part)
    for code, number in (("1.1.6", "21"), ("1.1.7", "34"), ("1.1.8", "8"), ("1.1.9", "5")):
        story.type(part, f"satdl-{code}", {"total": number})
    story.settle(part)
    story.submit(part)
    with acting_as(cast.labour):
        submitted = selectors.collect(cast.labour, campaign)
        record = DefinitionRecord.objects.get(code="satdl-1.1.8")
        assert submitted.answers[record]["Durance Luberon"].value == {"total": 8}, "stored"
        assert record.label == "Reclassements professionnels"
        assert record.provider == Provider.SERVICE
        assert not record.in_dgt_survey
    with as_system():
        services.consolidate_campaign(campaign_id=campaign.pk, at=MARCH)
    draw(campaign)
    with acting_as(cast.service):
        chart = selectors.find_chart(cast.service, story.contract.circle_id, "2025:outcome")
        assert chart is not None
        shown = {row[0].split()[0]: row[1] for row in chart.table[1:]}
        assert shown == {"1.1.6": "21", "1.1.7": "34", "1.1.8": "8", "1.1.9": "5"}
        assert chart.svg.startswith("<svg")
        review = services.open_review(actor=cast.service, contract_id=story.contract.pk, year=2025, at=MARCH)
    page = signed_in(cast.service).get(review.page()).content.decode()
    assert "Issues des accompagnements de la cellule, 2025" in page
    assert "<svg" in page


def test_charts_are_stored_by_the_hash_of_their_data_and_go_with_them(cast: Cast) -> None:
    region = Region(cast, 5, sets=("pdp",))
    keep_only("pdp-1.10")
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    assert draw(campaign) == 6 + 1, "a position for each service of the region, the services by name"
    assert draw(campaign) == 0, "nothing changed"
    region.declare(campaign, lambda rank, *_: 900 if rank == 5 else 100 * rank, ranks=[5])
    region.consolidate(campaign)
    assert draw(campaign) >= 2
    with as_system():
        named = StoredChart.objects.get(key="2025:named:pdp-1.10")
        assert named.table[1] == ["Service 05", "900"]
        BenchmarkLine.objects.filter(contract=region.contracts[0]).delete()
    draw(campaign)
    person = region.manager(1)
    with acting_as(person):
        assert not StoredChart.objects.filter(key__contains="position").exists(), "it went with its figure"
        assert not StoredChart.objects.filter(key__contains="named").exists(), "names are the authorities' own"


def test_the_position_chart_tells_no_other_services_value(cast: Cast) -> None:
    region = Region(cast, 6, sets=("pdp",))
    keep_only("pdp-1.10")
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    draw(campaign)
    with as_system():
        chart = StoredChart.objects.get(key="2025:position:pdp-1.10", circle_id=region.contracts[1].circle_id)
    assert [row[0] for row in chart.table] == [
        "Repère", "Votre service", "Premier quartile", "Médiane", "Troisième quartile",
    ]  # fmt: skip
    assert "600" not in str(chart.table), "neither the lowest nor the highest: they are one service's own"
    with as_system():
        record = DefinitionRecord.objects.get(code="pdp-1.10")
    address = reverse("consolidation:position", args=[region.contracts[1].pk, 2025, record.pk])
    page = signed_in(region.manager(2)).get(address).content.decode()
    assert "<svg" in page
    assert "Médiane" in page


def test_a_trend_breaks_where_a_year_is_missing_or_the_definition_changes(cast: Cast) -> None:
    region = Region(cast, 5, sets=("pdp",))
    keep_only("pdp-1.10")
    last = None
    for year in (2025, 2026, 2028, 2029):
        if year == 2028:
            _amend("pdp-1.10", first_year=2028)
        last = region.campaign(year)
        region.declare(last, lambda rank, *_, year=year: 10 * rank + year)
        region.consolidate(last)
    assert last is not None
    draw(last)
    with as_system():
        own = StoredChart.objects.get(key="trend:pdp-1.10", circle_id=region.contracts[0].circle_id)
        whole = StoredChart.objects.get(key="trend:pdp-1.10", circle_id=last.circle_id)
    assert own.table[0] == ["Année", "Service 01", "Médiane régionale", "Remarque"]
    assert [row[0] for row in own.table[1:]] == ["2025", "2026", "2027", "2028", "2029"]
    assert own.table[3][1] == "non disponible"
    assert own.table[4][-1] == "nouvelle définition"
    assert whole.table[1][-1] == "5 services sur 6"
    assert whole.table[3][-1] == "aucune campagne"
    page = signed_in(region.manager(1)).get(reverse("consolidation:trends", args=[region.contracts[0].pk]))
    assert "<svg" in page.content.decode()


def _amend(code: str, *, first_year: int) -> None:
    """A second version of a definition, promised from a year on."""
    with as_system():
        former = DefinitionRecord.objects.get(code=code)
        promises = list(PromisedIndicator.objects.filter(definition=former))
        PromisedIndicator.objects.filter(definition=former).update(last_year=first_year - 1)
        former.pk, former.version = None, 2
        former._state.adding = True
        former.content = {**former.content, "version": 2}
        former.id = DefinitionRecord._meta.pk.get_default()
        former.save()
        PromisedIndicator.objects.bulk_create(
            PromisedIndicator(
                circle_id=one.circle_id, contract_id=one.contract_id, definition=former, first_year=first_year,
                last_year=2029,
            )
            for one in promises
        )  # fmt: skip
