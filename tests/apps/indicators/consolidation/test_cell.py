"""The dashboard of a cell: its flow, its rates, the region beside it; and the observatory of unfitness."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.region import Region

from avenant.foundations.parties.actors import acting_as
from avenant.indicators.consolidation.cell import FLOW, OBSERVATORY, cell_context, rates_of

pytestmark = pytest.mark.django_db
CELL = {"satdl-1.1.4": 200, "satdl-1.1.5": 150, "pdp-1.3": 120, "pdp-1.13": 60, "satdl-1.1.6": 20, "satdl-1.1.7": 25,
        "satdl-1.1.8": 15, "satdl-1.1.9": 40}  # fmt: skip


def amounts(rank: int, code: str, key: str) -> int:
    return CELL.get(code, 50) + 10 * (rank - 1)


@pytest.mark.req("S3-6-20")
def test_the_flow_its_rates_and_the_regional_spread(cast: Cast) -> None:
    region = Region(cast, 6, ("pdp", "satdl"))
    campaign = region.campaign()
    region.declare(campaign, amounts, ranks=range(1, 7))
    region.consolidate(campaign)
    contract = region.contracts[0]
    with acting_as(cast.labour):
        context = cell_context(cast.labour, contract.pk, 2025)
    flow = context["flow"]
    assert [step.number for step in flow.steps] == [CELL[code] for code in FLOW]
    assert [(rate.label, rate.value) for rate in flow.rates] == [
        ("Consentement", Decimal(150) / 200),
        ("Plan de retour à l’emploi", Decimal(60) / 120),
        ("Maintien", Decimal(60) / 120),
    ]
    assert flow.steps[0].spread is not None
    assert flow.steps[0].spread.median == 225, "200 to 250"
    for reader in (cast.labour, cast.fund, region.manager(1)):
        page = signed_in(reader).get(reverse("consolidation:cell", args=[contract.pk, 2025])).content.decode()
        assert "75,0" in page
        assert all(step.label in page for step in flow.steps)
    assert signed_in(cast.other_service).get(reverse("consolidation:cell", args=[contract.pk, 2025])).status_code == 404


@pytest.mark.parametrize("missing", ["satdl-1.1.4", "satdl-1.1.5"])
def test_a_rate_without_one_of_its_terms_is_not_zero(missing: str) -> None:
    numbers = {code: Decimal(number) for code, number in CELL.items() if code != missing}
    assert rates_of(numbers)[0].value is None
    assert rates_of({**numbers, "satdl-1.1.4": Decimal(0)})[0].value is None


@pytest.mark.req("S3-5.V1.2-04")
def test_the_observatory_links_seven_indicators_and_says_when_they_are_shared(cast: Cast) -> None:
    region = Region(cast, 1, ("pdp", "satdl"))
    campaign = region.campaign()
    contract = region.contracts[0]
    assert len(OBSERVATORY) == 7
    with acting_as(cast.fund):
        before = cell_context(cast.fund, contract.pk, 2025)["observatory"]
    assert (before.shared, [one.printed.rstrip("*") for one in before.rows]) == (
        False, ["1.2.6", "1.2.7", "1.2.8", "1.2.9", "1.2.10", "1.2.11", "1.2.12"],
    )  # fmt: skip
    region.declare(campaign, amounts, ranks=[1])
    for authority in (cast.labour, cast.fund):
        with acting_as(authority):
            assert cell_context(authority, contract.pk, 2025)["observatory"].shared
        page = signed_in(authority).get(reverse("consolidation:cell", args=[contract.pk, 2025])).content.decode()
        assert "partagé avec la direction du travail et la caisse" in page
        assert "pas encore partagé" not in page
