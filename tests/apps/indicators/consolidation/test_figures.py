"""The figures of a region: sums with their coverage, positions, what the job does and when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system

from avenant.foundations.parties.actors import acting_as
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation import pages, services
from avenant.indicators.consolidation.models import BenchmarkLine, Consolidation, RegionalFigure
from avenant.indicators.consolidation.records import position_of
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.services import control, opening

pytestmark = pytest.mark.django_db
APRIL = datetime(2026, 4, 20, 9, tzinfo=UTC)


def ranked(rank: int, code: str, key: str) -> int:
    """100, 200, 300… by service; a part is a fifth of its whole."""
    return 100 * rank // (5 if key in ("of_which", "numerator") else 1)


def figure(cast: Cast, campaign: Campaign, code: str) -> pages.FigureLine:
    with acting_as(cast.labour):
        return next(one for one in pages.region_lines(cast.labour, campaign) if one.definition.code == code)


@pytest.mark.req("S3-6-03")
def test_answers_are_aggregated_by_kind_with_their_coverage(cast: Cast) -> None:
    region = Region(cast, 3, sets=("pdp", "a4", "satdl"))
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    told = {part.label: part for part in figure(cast, campaign, "pdp-1.10").parts}
    assert told[""].words == "600 (total partiel, 3 services sur 4)", "a number is summed, and says that it is partial"
    assert told[""].number == 600
    share = figure(cast, campaign, "satdl-1.2.3").parts[-1]
    assert share.label == "Taux"
    assert share.number == Decimal("20.0"), "a rate is recomputed from its sums"
    status = figure(cast, campaign, "pdp-1.1").parts[0].words
    assert ": 3" in status, "a status is counted by value"
    assert "3 services sur 4" in status
    text = figure(cast, campaign, "satdl-1.1.1").parts[0].words
    assert text.count("texte") >= 3, "texts are listed, each with its service"
    assert "Service 01" in text


def test_a_rate_is_never_a_mean_of_rates(cast: Cast) -> None:
    region = Region(cast, 2, sets=("satdl",))
    campaign = region.campaign()
    region.declare(
        campaign, lambda rank, _, key: {"numerator": 10, "denominator": 20 if rank == 1 else 1000}.get(key, 1)
    )
    region.consolidate(campaign)
    assert figure(cast, campaign, "satdl-1.2.3").parts[-1].number == Decimal("2.0"), "20 / 1 020, not (50 % + 1 %) / 2"


@pytest.mark.parametrize(
    ("validated", "standing"), [(2, "provisoire, 2 validés sur 3"), (3, "validé, 3 validés sur 3")]
)
def test_a_figure_says_how_much_of_it_is_validated(cast: Cast, validated: int, standing: str) -> None:
    region = Region(cast, 3)
    campaign = region.campaign()
    region.declare(campaign, ranked, ranks=range(1, validated + 1), state="validated")
    if validated < 3:
        region.declare(campaign, ranked, ranks=[3])
    region.consolidate(campaign)
    line = figure(cast, campaign, "pdp-1.10")
    assert line.standing.replace("\u202f", " ") == standing
    assert line.missing == ["Durance Luberon"]


def test_the_page_filters_sorts_and_says_when_nothing_matches(cast: Cast) -> None:
    region = Region(cast, 2, sets=("pdp", "a4", "satdl"))
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    with acting_as(cast.labour):
        ask = lambda **asked: pages.region_lines(cast.labour, campaign, pages.FigureFilter(**asked))  # noqa: E731
        assert len(ask()) == 62
        assert {one.definition.strand for one in ask(strand="volet-2")} == {"volet-2"}
        assert len(ask(only_dgt=True)) == 8
        assert [one.definition.code for one in ask(words="1.10 ")] == ["pdp-1.10"]
        labels = [one.definition.label.casefold() for one in ask(sort="-definition")]
        assert labels == sorted(labels, reverse=True)
    client = signed_in(cast.labour)
    page = client.get(reverse("consolidation:region", args=[campaign.pk]), {"q": "zzz"})
    assert "Aucun indicateur ne correspond" in page.content.decode()


def test_a_service_never_opens_the_regions_page(cast: Cast) -> None:
    region = Region(cast, 2)
    campaign = region.campaign()
    for person in (cast.service, region.manager(1), cast.outsider):
        assert signed_in(person).get(reverse("consolidation:region", args=[campaign.pk])).status_code == 404


# -- one service among the others -------------------------------------------------------------------------------------


def position_at(rank: int, region: Region, code: str = "pdp-1.10") -> pages.PositionLine:
    actor = region.manager(rank)
    with acting_as(actor):
        row = BenchmarkLine.objects.visible_to(actor).get(definition__code=code)
        return pages.position_line(row.definition, position_of(row))


@pytest.mark.req("S3-6-04")
def test_a_service_reads_its_value_the_median_the_quartiles_and_its_rank(cast: Cast) -> None:
    region = Region(cast, 13)
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    assert len(selectors_population(cast, campaign)) == 14, "the 14 services of PACA are expected"
    line = position_at(3, region)
    assert line.own == "300"
    assert line.median == "700"
    assert line.quartiles == "400 – 1\u202f000"
    assert line.rank == "11 / 13"


def selectors_population(cast: Cast, campaign: Campaign) -> list[pages.NamedLine]:
    with acting_as(cast.labour):
        record = RegionalFigure.objects.get(campaign=campaign, definition__code="pdp-1.10").definition
        return pages.named_lines(cast.labour, campaign, record)


@pytest.mark.req("S3-6-05")
@pytest.mark.parametrize("contributors", [2, 3, 4, 5, 6])
def test_the_others_are_an_anonymous_distribution_from_five_services_on(cast: Cast, contributors: int) -> None:
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, ranked, ranks=range(1, contributors + 1))
    region.consolidate(campaign)
    line = position_at(1, region)
    assert line.own == "100", "a service always sees its own value in clear"
    if contributors < 5:
        assert not line.median
        assert "services ont répondu" in line.hidden
    else:
        assert line.median
    person = region.manager(1)
    contract = region.contracts[0]
    page = signed_in(person).get(reverse("consolidation:benchmark", args=[contract.pk, 2025])).content.decode()
    assert not any(f"Service {rank:02}" in page for rank in range(2, 7)), "nobody else is named"
    with acting_as(person):
        visible = BenchmarkLine.objects.all()
        assert {one.contract_id for one in visible} == {contract.pk}, "row level security, whatever the filter"
    named = {line.service: line.value for line in selectors_population(cast, campaign)}
    assert named["Service 01"] == "100", "the authorities read a table of named values, under the floor too"
    assert named["Service 02"] == "200"
    assert named["Durance Luberon"] == "non renseigné"
    with acting_as(cast.labour):
        record = RegionalFigure.objects.get(campaign=campaign, definition__code="pdp-1.10").definition
    address = reverse("consolidation:indicator", args=[campaign.pk, record.pk])
    assert "Service 02" in signed_in(cast.labour).get(address).content.decode()
    assert signed_in(person).get(address).status_code == 404


@pytest.mark.parametrize(("least", "hidden"), [(10, True), (11, False), (0, False)])
def test_a_quartile_of_few_persons_is_withheld(cast: Cast, least: int, hidden: bool) -> None:
    region = Region(cast, 5)
    campaign = region.campaign()
    region.declare(campaign, lambda *_: least)
    region.consolidate(campaign)
    line = position_at(1, region)
    assert line.own == str(least)
    assert ("Secret statistique" in line.hidden) is hidden
    things = position_at(1, region, "a4-v2-1")
    assert not things.hidden, "establishments are no persons"


# -- the job ----------------------------------------------------------------------------------------------------------


def test_only_what_changed_is_consolidated_again(cast: Cast) -> None:
    region = Region(cast, 2)
    campaign = region.campaign()
    with as_system():
        assert services.consolidate_stale_campaigns() == 0, "nothing is handed in yet"
        region.declare(campaign, ranked, ranks=[1])
    with as_system():
        assert services.consolidate_stale_campaigns() == 1
    region.consolidate(campaign)
    with as_system():
        assert services.consolidate_stale_campaigns() == 0
        assert Consolidation.objects.get(campaign=campaign).at == datetime(2026, 3, 1, tzinfo=UTC)
    region.declare(campaign, ranked, ranks=[2])
    with as_system():
        assert services.consolidate_stale_campaigns() == 1


def test_the_parts_are_consolidated_when_all_is_validated_and_the_campaign_closed(cast: Cast) -> None:
    region = Region(cast, 2)
    campaign = region.campaign()
    region.declare(campaign, ranked, state="validated")
    with as_system():
        Part.objects.filter(declaration__service__key="satdl").update(state="submitted")
        Part.objects.filter(declaration__service__key="satdl").update(state="validated")
    region.consolidate(campaign)
    states = lambda: set(Part.objects.values_list("state", flat=True))  # noqa: E731
    with as_system():
        assert states() == {"validated"}, "the campaign is still open"
    with acting_as(cast.labour):
        opening.close_campaign(actor=cast.labour, campaign_id=campaign.pk, reason="date passée", at=APRIL)
    region.consolidate(campaign, APRIL)
    with as_system():
        assert states() == {"consolidated"}
        assert services.consolidate_stale_campaigns() == 0, "its own step does not call it again"
        part = Part.objects.filter(owner__key="fictif-1").get()
    with acting_as(cast.labour):
        control.reopen_part(actor=cast.labour, part_id=part.pk, reason="erreur", at=APRIL + timedelta(days=1))
    with as_system():
        assert services.consolidate_stale_campaigns() == 1, "a reopened part leaves the figures"


def test_one_part_not_validated_holds_all_the_others(cast: Cast) -> None:
    region = Region(cast, 2)
    campaign = region.campaign()
    region.declare(campaign, ranked, state="validated")
    with acting_as(cast.labour):
        opening.close_campaign(actor=cast.labour, campaign_id=campaign.pk, reason="date passée", at=APRIL)
    region.consolidate(campaign, APRIL)
    with as_system():
        assert not Part.objects.filter(state="consolidated").exists(), "Durance Luberon has handed in nothing"


@pytest.mark.req("S3-9-03")
def test_five_campaigns_the_last_consolidated_after_the_contract_ended(cast: Cast) -> None:
    region = Region(cast, 1)
    done = []
    for year in range(2025, 2030):
        campaign = region.campaign(year)
        region.declare(campaign, ranked)
        region.consolidate(campaign, datetime(year + 1, 4, 12, tzinfo=UTC))
        done.append(campaign)
    with as_system():
        made = list(Consolidation.objects.order_by("campaign__year").values_list("campaign__year", "at__year"))
    assert made == [(2025, 2026), (2026, 2027), (2027, 2028), (2028, 2029), (2029, 2030)]
    assert region.contracts[0].ends_on.isoformat() == "2029-12-31", "consolidated in spring 2030, after expiry"
    assert done[-1].committee_on is not None
    assert (done[-1].committee_on.year, done[-1].committee_on.month) in {(2030, 3), (2030, 4)}
    assert figure(cast, done[-1], "pdp-1.10").contributors == 1
    after = region.campaign(2030)
    with as_system():
        assert not Part.objects.filter(declaration__campaign=after).exists(), "the contract yields no sixth campaign"


@pytest.mark.slow
def test_fourteen_services_and_62_indicators_in_few_queries(cast: Cast, django_assert_max_num_queries: object) -> None:
    region = Region(cast, 14, sets=("pdp", "a4", "satdl"))
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    labour, manager = signed_in(cast.labour), signed_in(region.manager(1))
    for client, address in (
        (labour, campaign.page()),
        (labour, reverse("consolidation:region", args=[campaign.pk])),
        (labour, reverse("consolidation:cockpit")),
        (manager, reverse("consolidation:benchmark", args=[region.contracts[0].pk, 2025])),
    ):
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            assert client.get(address).status_code == 200
