"""The cockpit of the region's CPOM, and the exports."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.http import Http404
from django.urls import reverse
from python_calamine import CalamineWorkbook
from tests.apps.indicators.consolidation.test_figures import ranked
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system

from avenant.contracts.drafting.models import Contract
from avenant.foundations.documents import services as documents
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Territory
from avenant.indicators.consolidation import services
from avenant.indicators.consolidation.models import Export
from avenant.indicators.consolidation.selectors.cockpit import cockpit, with_missing

pytestmark = pytest.mark.django_db
TODAY = date(2026, 3, 3)


def sheets(content: bytes) -> dict[str, list[list[Any]]]:
    book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    return {name: book.get_sheet_by_name(name).to_python() for name in book.sheet_names}


@pytest.mark.req("S3-X-01")
def test_every_cpom_on_one_line_filtered_sorted_exported(cast: Cast) -> None:
    region = Region(cast, 3)
    campaign = region.campaign()
    region.declare(campaign, ranked, ranks=[1], state="validated")
    region.declare(campaign, lambda rank, code, key: None if code == "pdp-1.10" else 30, ranks=[2])
    with acting_as(cast.labour):
        lines = with_missing(cast.labour, cockpit(cast.labour, 2025, today=TODAY), 2025, TODAY)
    told = [
        (one.service, one.standing.label, one.contract.starts_on, one.contract.ends_on, one.state_label,
         one.committee_on, one.missing)
        for one in lines
    ]  # fmt: skip
    period, committee = (date(2025, 1, 1), date(2029, 12, 31)), date(2026, 4, 10)
    assert told == [
        ("Durance Luberon", "en vigueur", *period, "en saisie", committee, 62),
        ("Service 01", "en vigueur", *period, "validée", committee, 0),
        ("Service 02", "en vigueur", *period, "en contrôle", committee, 1),
        ("Service 03", "en vigueur", *period, "en saisie", committee, 20),
    ]
    with acting_as(cast.fund):
        ask = lambda **asked: [one.service for one in cockpit(cast.fund, 2025, today=TODAY, **asked)]  # noqa: E731
        assert ask(state="draft") == ["Durance Luberon", "Service 03"]
        assert ask(search="service 0") == ["Service 01", "Service 02", "Service 03"]
        assert ask(sort="-manquants")[0] == "Durance Luberon"
        assert {one.state_label for one in cockpit(cast.fund, 2026, today=TODAY)} == {"pas ouverte"}
    client = signed_in(cast.labour)
    page = client.get(reverse("consolidation:cockpit"), {"etat": "submitted"}).content.decode()
    assert "Service 02" in page
    assert "Service 01" not in page
    for column in ("SPSTI ou contrat", "État", "Début", "Fin", "Campagne", "Comité", "Indicateurs manquants"):
        assert column in page
    file = client.get(reverse("consolidation:export-cockpit", args=["xlsx"]), {"etat": "submitted"}).content
    rows, *_ = sheets(file).values()  # then the stamp of who takes it away
    assert [row[0] for row in rows] == ["SPSTI ou contrat", "Service 02"], "exactly what is shown"


def test_a_fund_of_two_regions_sees_both_and_chooses_one(cast: Cast) -> None:
    region = Region(cast, 2)
    with as_system():
        moved = region.contracts[1]
        elsewhere = Territory.objects.exclude(pk=cast.fund.territory).first()
        assert elsewhere is not None
        Contract.objects.filter(pk=moved.pk).update(territory=elsewhere)
    client = signed_in(cast.fund)
    both = client.get(reverse("consolidation:cockpit"), {"annee": "2025"}).content.decode()
    assert "Contrats de vos régions" in both
    assert "3 contrats" in both
    one = client.get(reverse("consolidation:cockpit"), {"annee": "2025", "region": elsewhere.pk}).content.decode()
    assert "1 contrat<" in one or "Un contrat" in one or "1 contrat" in one
    assert moved.page() in one
    file = client.get(reverse("consolidation:export-cockpit", args=["xlsx"]), {"annee": "2025"}).content
    rows, *_ = sheets(file).values()
    assert {row[-2] for row in rows[1:]} == {elsewhere.name, "Provence-Alpes-Côte d’Azur"}


def test_the_cockpit_is_the_authorities_own(cast: Cast) -> None:
    response = signed_in(cast.service).get(reverse("consolidation:cockpit"))
    assert response.status_code == 403
    assert "direction du travail" in response.content.decode()


def test_an_export_holds_what_is_shown_with_year_region_coverage_and_date(cast: Cast) -> None:
    region = Region(cast, 2)
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    client = signed_in(cast.fund)
    address = reverse("consolidation:export-region", args=[campaign.pk, "csv"])
    text = client.get(address, {"q": "1.10"}).content.decode("utf-8-sig")
    header, *rows = [line.split(";") for line in text.strip().splitlines()]
    row = dict(zip(header, rows[-1], strict=True))
    assert (row["Année"], row["Région"], row["Indicateur"]) == ("2025", "Provence-Alpes-Côte d’Azur", "1.10")
    assert row["Nombre ou taux"] == "300"
    assert row["Couverture"] == "2 services sur 3"
    assert row["Il manque"] == "Durance Luberon"
    assert row["Consolidé le"].startswith("2026-03-01")
    assert len(rows) == 1
    book = sheets(client.get(reverse("consolidation:export-region", args=[campaign.pk, "xlsx"])).content)
    assert {row[3] for row in book["Région"][1:]} >= {"1.1", "1.10", "1.14"}


def test_the_national_export_has_the_starred_indicators_and_annex_4_by_service(cast: Cast) -> None:
    region = Region(cast, 2)
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    book = sheets(signed_in(cast.labour).get(reverse("consolidation:export-national", args=[campaign.pk])).content)
    codes = {row[4] for row in book["Par service"][1:]}
    assert len(codes) == 8 + 6
    assert {row[2] for row in book["Par service"][1:]} == {"Durance Luberon", "Service 01", "Service 02"}
    assert {row[3] for row in book["Région"][1:]} == codes
    stated = next(row for row in book["Par service"] if row[2:5] == ["Service 02", "volet-1", "1.10"])
    assert stated[-2:] == ["200", "provisoire"]


def test_the_five_years_are_made_by_a_job_that_says_how_far_it_is(cast: Cast) -> None:
    region = Region(cast, 2)
    for year in (2025, 2026):
        campaign = region.campaign(year)
        region.declare(campaign, ranked)
        region.consolidate(campaign)
    client = signed_in(cast.labour)
    response = client.post(reverse("consolidation:ask-export", args=[campaign.pk]))
    assert response.status_code == 302
    assert "années écrites" in client.get(response["Location"]).content.decode()
    with as_system():
        export = Export.objects.get()
        services.make_export(export_id=export.pk)
        services.make_export(export_id=export.pk)
        export.refresh_from_db()
        assert (export.done, export.total) == (3, 3)
        book = sheets(documents.read(export.document))  # type: ignore[arg-type]
    assert list(book)[:2] == ["2025", "2026"]
    assert len(book) == 3, "the last sheet is the stamp"
    assert reverse("documents:download", args=[export.document_id]) in client.get(response["Location"]).content.decode()
    with acting_as(region.manager(1)), pytest.raises(Http404):
        services.ask_export(actor=region.manager(1), campaign_id=campaign.pk, at=datetime(2027, 3, 1, tzinfo=UTC))


def test_the_cockpit_asks_as_much_for_three_contracts_as_for_one(
    cast: Cast, django_assert_max_num_queries: Callable[[int], AbstractContextManager[Any]]
) -> None:
    Region(cast, 3).campaign()
    with acting_as(cast.labour), django_assert_max_num_queries(10):
        assert len(cockpit(cast.labour, 2025, today=TODAY)) == 4
