"""Aids added up over several years: those that the platform granted to an establishment and to its legal entity."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

import pytest
from tests.support.allocation import NOVEMBER, instructed, judged
from tests.support.funding import OCTOBER, FundingCast, fill, open_for, publish
from tests.support.granting import awarded
from tests.support.roles import as_system

from avenant.domain.rules.facts import EarlierAid
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.dossiers import earlier, selectors
from avenant.funding.dossiers.checks import Standing, read_afresh, standing_of
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import handing_in
from avenant.funding.grants.models import Grant
from avenant.funding.reviews.models import Instruction
from avenant.funding.reviews.services.opening import evaluate_instructed

pytestmark = pytest.mark.django_db
HIGH = "900000.00"
SAID = {"caps": {"public": HIGH}, "dossier_cap": HIGH, "unit_prices": {}, "pay_by": "2027-12-31"}
COMPUTED = Decimal("33708.33")


@pytest.fixture
def former(cast: FundingCast) -> Grant:
    """40 000 € granted to the first establishment by an earlier call, on 1 March 2022."""
    grant = awarded(cast)
    with as_system():
        Grant.objects.filter(pk=grant.pk).update(decided_on=date(2022, 3, 1))
        grant.refresh_from_db()
    return grant


def dossier_of(cast: FundingCast, who: Actor, finess: str, **caps: str) -> Dossier:
    call = publish(cast, key="exemple-2023", rulebook="exemple_fictif", parameters={**SAID, **caps})
    made = open_for(who, call, finess)
    with acting_as(who):
        Dossier.objects.filter(pk=made.pk).update(answers={"network": False})
    fill(who, made, joined=("courrier",), kind="conseil")
    return made


def standing(who: Actor, dossier: Dossier) -> Standing:
    with acting_as(who):
        told = standing_of(selectors.get_dossier(who, dossier.pk), at=OCTOBER)
        assert told.evaluation
        return told


@pytest.mark.parametrize(
    ("own_cap", "outcome", "grant"),
    [
        ("73708.34", "pass", COMPUTED),
        ("73708.33", "pass", COMPUTED),
        ("73708.32", "warning", COMPUTED - Decimal("0.01")),
        ("40000.00", "warning", Decimal(0)),
    ],
)
def test_the_aids_of_the_establishment_count(
    cast: FundingCast, former: Grant, own_cap: str, outcome: str, grant: Decimal
) -> None:
    """40 000 € already granted and 33 708,33 € computed: exactly at the cap, one cent under, nothing left."""
    dossier = dossier_of(cast, cast.director, "99B000001", own_cap=own_cap, group_cap=HIGH)
    told = standing(cast.director, dossier)
    assert told.evaluation.of("own-cap")[0].outcome == outcome
    assert told.evaluation.grant == grant
    assert "déjà 40\u202f000,00\u202f€ accordés" in told.evaluation.of("own-cap")[0].sentence


def test_an_aid_out_of_the_period_or_cancelled_does_not_count(cast: FundingCast, former: Grant) -> None:
    dossier = dossier_of(cast, cast.director, "99B000001", own_cap="40000.00", group_cap=HIGH)
    for change, counted in (
        ({"decided_on": date(2020, 10, 20)}, False),
        ({"decided_on": date(2020, 10, 21)}, True),
        ({"decided_on": date(2023, 10, 20)}, True),
        ({"decided_on": date(2023, 10, 21)}, False),
        ({"decided_on": date(2022, 3, 1), "state": "cancelled"}, False),
    ):
        with as_system():
            Grant.objects.filter(pk=former.pk).update(**change)
        with acting_as(cast.director):
            told = read_afresh(selectors.get_dossier(cast.director, dossier.pk), at=OCTOBER)
            assert (told.evaluation.grant == 0) is counted, change


def test_the_instruction_adds_what_the_group_received(cast: FundingCast, former: Grant) -> None:
    """Another establishment of the same legal entity does not see that aid when it hands in; the authority does."""
    with as_system():
        Establishment.objects.filter(finess_et__in=["99B000001", "99B000002"]).update(finess_ej="990000001")
    dossier = dossier_of(cast, cast.other_director, "99B000002", own_cap=HIGH, group_cap="60000.00")
    assert standing(cast.other_director, dossier).evaluation.grant == COMPUTED
    with acting_as(cast.other_director):
        handing_in.submit_dossier(actor=cast.other_director, dossier_id=dossier.pk, at=OCTOBER)
    judged(dossier)
    instructed(dossier.call)
    with acting_as(cast.officer):
        row = Instruction.objects.select_related("dossier__establishment", "dossier__call").get(dossier=dossier)
        told = evaluate_instructed(row, at=NOVEMBER)
        assert told.of("group-cap")[0].outcome == "warning"
        assert told.grant == Decimal("20000.00")
        found = earlier.list_earlier_aids([row.dossier])[dossier.pk]
        assert [dataclasses.replace(one, scheme="") for one in found] == [
            EarlierAid(on=date(2022, 3, 1), amount=Decimal(40_000), holder="group")
        ]


def test_the_opinions_given_are_counted_at_the_instruction(cast: FundingCast) -> None:
    """Three opinions are expected by the call of Martinique: two given are not enough, three are."""
    said = {"closes": "2023-10-31T23:59:59", "rate": 40, "max_grant": HIGH, "min_project": 5000, "instalments": [60, 40],
            "territories": ["971"]}  # fmt: skip
    call = publish(cast, key="clact-972", rulebook="clact_medico_social_martinique", parameters=said)
    dossier = open_for(cast.director, call, category="ehpad")
    with acting_as(cast.director):
        Dossier.objects.filter(pk=dossier.pk).update(answers={"source": "fir"})
    fill(cast.director, dossier, joined=("socle",))
    with acting_as(cast.director):
        handing_in.submit_dossier(actor=cast.director, dossier_id=dossier.pk, at=OCTOBER)
    judged(dossier)
    instructed(call)
    with acting_as(cast.officer):
        row = Instruction.objects.select_related("dossier__establishment", "dossier__call").get(dossier=dossier)
        assert evaluate_instructed(row, at=NOVEMBER).of("opinions")[0].outcome == "pass"
    with as_system():
        row.asked.filter(organisation=cast.fund.organisation_id).update(given_at=None)
    with acting_as(cast.officer):
        assert evaluate_instructed(row, at=NOVEMBER).of("opinions")[0].outcome == "fail"
