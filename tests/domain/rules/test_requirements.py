"""The rules of the CLACT call of Guadeloupe 2023, each shown by its worked cases."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.worked import evaluation_of, facts_of, listed, play, worst

from avenant import rulebooks
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.kinds.terms import Consumption, Instalments, Report
from avenant.domain.rules.rulebook import rulebook_from_json

CALL = "clact_guadeloupe_2023"


def shown(*groups: str) -> Any:
    return pytest.mark.parametrize(("name", "case"), listed(CALL, *groups))


@pytest.mark.req("S4-3.1-01")
@shown("body")
def test_eligible_bodies(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-11", "S4-3.2.2-01")
@shown("rate", "cap", "complete")
def test_forty_percent_up_to_300_000(name: str, case: dict[str, Any]) -> None:
    play(name, case)


def test_the_rest_is_borne_by_the_establishment() -> None:
    told = evaluation_of(CALL, {})
    assert [str(amount) for _, amount in told.of("rate")[0].amounts] == ["40000.00", "100000.00", "60000.00"]


@pytest.mark.req("S4-5.1-17")
@shown("two-projects")
def test_reach_of_the_cap(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-12")
@shown("count")
def test_two_projects(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-4-06")
@shown("single")
def test_one_dossier(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-13")
@shown("minimum")
def test_no_project_under_25_000(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-18")
@shown("basis")
def test_amount_compared_with_thresholds(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-15")
@shown("letter")
def test_letter_above_150_000(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.2-04")
@shown("public-aid")
def test_public_aid(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-19")
@shown("public-aid", "cofinancing", "own-letter", "letter")
def test_own_funds_are_a_cofinancing(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-5.1-14")
@shown("cofinancing")
def test_cofinancing(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-4-10", "S4-4-12")
@shown("duerp")
def test_duerp(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.8-01")
@shown("start")
def test_start(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.8-03")
@shown("start-reading")
def test_year_after_the_agreement(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@shown("operating")
def test_operating_expenses(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-2.2-08")
@shown("no-link")
def test_direct_link(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-2.2-09")
@shown("jobs")
def test_no_job(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.3-01")
@shown("recurrent", "operating")
def test_recurrent(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.3-02")
@shown("training-plan")
def test_training_paid_elsewhere(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.3-03")
@shown("teaching")
def test_teaching_cost(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.3-04")
@shown("posts")
def test_permanent_posts(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.3-05")
@shown("equipment")
def test_equipment(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@pytest.mark.req("S4-3.2.3-06")
@shown("shared-posts")
def test_shared_posts(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@shown("opinion")
def test_opinion_of_the_staff_on_this_plan(name: str, case: dict[str, Any]) -> None:
    play(name, case)


@shown("declared")
def test_declared_cofunding(name: str, case: dict[str, Any]) -> None:
    play(name, case)


def test_a_later_call_leaves_earlier_dossiers_alone() -> None:
    book = rulebooks.load(CALL)
    values = {
        "rate": 40, "max_grant": 300000, "max_projects": 2, "min_project": 25000, "letter_threshold": 150000,
        "max_public_aid": 80, "instalments": [40, 30, 30], "consumption_deadline": "2026-03-31",
        "report_day": "03-30", "submission_deadline": "2023-11-06T23:59:59",
    }  # fmt: skip
    assert {name: book.parameters[name].read(raw) for name, raw in values.items()} == {
        name: book.value(name) for name in values
    }
    kept = book.to_json()
    later = book.with_parameters({"min_project": 30000})
    assert later.digest != book.digest
    assert book.to_json() == kept
    facts = facts_of(CALL, {"set": {"projects.0.expenses.0.excl_tax": "25000.00"}})
    for copied, outcome in ((kept, "pass"), (later.to_json(), "fail")):
        assert worst(evaluate(rulebook_from_json(copied), facts), "minimum") == outcome


def test_the_terms_are_those_of_the_call() -> None:
    book = rulebooks.load(CALL)
    instalments, consumption, report = (book.first_of(kind) for kind in (Instalments, Consumption, Report))
    assert instalments is not None
    assert consumption is not None
    assert report is not None
    assert instalments.after == ("signature", "report", "report")
    assert str(consumption.last_day) == "2026-03-31"
