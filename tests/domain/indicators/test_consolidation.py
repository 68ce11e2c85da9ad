"""Many services put together: sums, rates, distributions, always with who is in them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.indicators import Answer, Collected, Distribution, Rate, Total, consolidate, contract_total
from avenant.references.indicator_sets import load_catalogue

CATALOGUE = load_catalogue("pdp", "a4", "satdl")


def plain(text: str) -> str:
    return text.replace("’", "'").replace("\u202f", " ")


def given_by(**values: dict[str, Any]) -> dict[str, Answer]:
    return {service: Answer.provided(value) for service, value in values.items()}


@pytest.mark.req("S3-6-03")
def test_answers_of_all_services_are_aggregated_by_their_nature() -> None:
    counts = consolidate(CATALOGUE["pdp-1.3"], given_by(a={"total": 120}, b={"total": 80}))
    total = counts.parts["total"]
    assert isinstance(total, Total)
    assert total.value == 200

    rates = consolidate(
        CATALOGUE["satdl-1.2.3"],
        given_by(a={"numerator": 1, "denominator": 10}, b={"numerator": 90, "denominator": 90}),
    )
    assert rates.share is not None
    assert rates.share.value == Decimal("0.91")

    statuses = consolidate(
        CATALOGUE["pdp-1.1"], given_by(a={"status": "done"}, b={"status": "done"}, c={"status": "not_done"})
    )
    status = statuses.parts["status"]
    assert isinstance(status, Distribution)
    assert status.counts == {"done": 2, "partly": 0, "not_done": 1}

    texts = consolidate(
        CATALOGUE["satdl-2.3.2"],
        given_by(a={"total": 3, "evaluation": "Utile"}, b={"total": 4, "evaluation": "Trop court"}),
    )
    text = texts.parts["evaluation"]
    assert isinstance(text, Collected)
    assert text.entries == (("a", "Utile"), ("b", "Trop court"))


def test_a_partial_total_says_so() -> None:
    answers = {
        "a": Answer.provided({"total": 1200}),
        "b": Answer.provided({"total": 191}),
        "c": Answer.empty(),
        "d": Answer.not_available("Changement de logiciel"),
    }
    consolidated = consolidate(CATALOGUE["pdp-1.3"], answers)
    total = consolidated.parts["total"]
    assert isinstance(total, Total)
    assert total.coverage.contributors == ("a", "b")
    assert total.coverage.missing == ("c",)
    assert total.coverage.unavailable == {"d": "Changement de logiciel"}
    assert not total.coverage.complete
    assert plain(total.text) == "1 391 (total partiel, 2 services sur 4)"


def test_zero_is_an_answer_and_nothing_is_not_zero() -> None:
    zero = consolidate(CATALOGUE["pdp-1.3"], given_by(a={"total": 0})).parts["total"]
    nothing = consolidate(CATALOGUE["pdp-1.3"], {"a": Answer.empty()}).parts["total"]
    assert isinstance(zero, Total)
    assert isinstance(nothing, Total)
    assert zero.value == 0
    assert zero.text == "0 (1 service sur 1)"
    assert nothing.value is None
    assert nothing.text == "Aucune réponse (0 service sur 1)"


def test_a_rate_without_denominator_is_not_computable() -> None:
    share = consolidate(CATALOGUE["satdl-1.2.3"], given_by(a={"numerator": 0, "denominator": 0})).share
    assert share is not None
    assert share.value is None
    assert share.text == "non calculable (1 service sur 1)"
    nobody = consolidate(CATALOGUE["satdl-1.2.3"], {"a": Answer.empty()}).share
    assert nobody is not None
    assert nobody.text == "Aucune réponse (0 service sur 1)"


def test_a_share_rests_on_those_who_gave_both_numbers() -> None:
    answers = {
        "a": Answer.provided({"total": 80, "of_which": 20}),
        "b": Answer.provided({"total": 920}),
        "c": Answer.provided({"total": 100}, unavailable={"of_which": "Liste non reçue"}),
    }
    consolidated = consolidate(CATALOGUE["a4-v2-1"], answers)
    total, of_which = consolidated.parts["total"], consolidated.parts["of_which"]
    assert isinstance(total, Total)
    assert isinstance(of_which, Total)
    assert total.value == 1100
    assert total.coverage.complete
    assert of_which.value == 20
    assert of_which.coverage.text == "1 service sur 3"
    assert of_which.coverage.missing == ("b",)
    assert of_which.coverage.unavailable == {"c": "Liste non reçue"}
    assert consolidated.share == Rate(20, 80, of_which.coverage)


def test_tables_are_summed_by_row_and_say_where_a_number_is_left_out() -> None:
    answers = given_by(
        a={"status": "in_place", "condition": [{"category": "TMS", "count": 60}, {"category": "Cancers"}]},
        b={"status": "in_place", "condition": [{"category": "TMS", "count": 30}, {"category": "Zona", "count": 12}]},
    )
    table = consolidate(CATALOGUE["satdl-1.2.12"], answers).parts["condition"]
    assert isinstance(table, Distribution)
    assert table.counts["TMS"] == 90
    assert table.counts["Zona"] == 12
    assert table.incomplete == {"Cancers"}


def test_several_delays_are_counted_each_and_lists_stay_whole() -> None:
    delays = consolidate(
        CATALOGUE["pdp-1.14"],
        given_by(a={"status": "yes", "delays": ["3_months", "1_year"]}, b={"status": "yes", "delays": ["1_year"]}),
    ).parts["delays"]
    assert isinstance(delays, Distribution)
    assert delays.counts == {"3_months": 1, "6_months": 0, "1_year": 2, "other": 0}
    rows = [{"title": "Orientation", "validated_on": "2025-03-12"}]
    listed = consolidate(CATALOGUE["satdl-1.1.2"], given_by(a={"procedures": rows})).parts["procedures"]
    assert isinstance(listed, Collected)
    assert listed.entries == (("a", rows),)


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.one_of(st.none(), st.integers(0, 10**6)), min_size=1))
def test_every_expected_service_is_accounted_for_once(figures: dict[str, int | None]) -> None:
    answers = {
        service: Answer.empty() if figure is None else Answer.provided({"total": figure})
        for service, figure in figures.items()
    }
    total = consolidate(CATALOGUE["pdp-1.3"], answers).parts["total"]
    assert isinstance(total, Total)
    known = [figure for figure in figures.values() if figure is not None]
    assert total.value == (sum(known) if known else None)
    assert total.coverage.expected == len(figures)
    assert {*total.coverage.contributors, *total.coverage.missing} == set(figures)
    assert total.coverage.complete is (len(known) == len(figures))


@pytest.mark.req("S3-6.V2-06")
def test_an_establishment_of_two_strands_counts_once_in_the_contract() -> None:
    trained = {"volet-2": ["40000000000012"], "volet-3": ["40000000000012"]}
    assert {strand: contract_total({strand: listed}).value for strand, listed in trained.items()} == {
        "volet-2": 1,
        "volet-3": 1,
    }
    assert contract_total(trained).value == 1
    numbers_only = contract_total({"volet-2": None, "volet-3": None})
    assert numbers_only.value is None
    assert numbers_only.reason.startswith("Pas de total pour le contrat")
    assert contract_total({"volet-2": ["40000000000012"], "volet-3": None}).value is None
    assert not any(one.strand == "volet-1" for one in CATALOGUE.definitions if one.set_code == "a4")
