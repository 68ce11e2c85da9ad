"""What the rules say of a declaration, at, below and above each bound."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from avenant.domain.decision import Finding, Severity
from avenant.domain.indicators import (
    Answer,
    Catalogue,
    Earlier,
    Provider,
    Spread,
    Thresholds,
    check,
    format_value,
    measures,
    parse_value,
    proposals,
)
from avenant.domain.indicators.deadlines import recall_due
from avenant.references.indicator_sets import load_catalogue

CATALOGUE = load_catalogue("pdp", "a4", "satdl")
PROFILES = ("gender", "age", "sector", "company_size", "reason", "condition")


def plain(text: str) -> str:
    return text.replace("’", "'").replace("\u202f", " ")


def answers(values: Mapping[str, int | dict[str, Any]]) -> dict[str, Answer]:
    """Answers by code; a bare number is a total."""
    return {
        code: Answer.provided({"total": value} if isinstance(value, int) else value) for code, value in values.items()
    }


def rules_on(values: Mapping[str, int | dict[str, Any]], **options: Any) -> list[Finding]:
    """The findings other than completeness."""
    found = check(CATALOGUE, answers(values), **options)
    return [one for one in found if not one.code.endswith(("-missing", "-awaited"))]


def outcome(values: Mapping[str, int | dict[str, Any]]) -> dict[str, Severity]:
    return {one.code: one.severity for one in rules_on(values)}


def profile(*counts: int) -> list[dict[str, Any]]:
    return [{"category": f"Ligne {index}", "count": count} for index, count in enumerate(counts)]


@pytest.mark.req("S3-6.1.10-01")
def test_unfit_with_waiver_are_among_the_unfit() -> None:
    assert outcome({"pdp-1.10": 200, "pdp-1.11": 120}) == {}
    (error,) = rules_on({"pdp-1.10": 100, "pdp-1.11": 120})
    assert error.code == "pdp-1.11-within-1.10"
    assert error.severity is Severity.BLOCKING
    assert "(1.11 : 120)" in plain(error.sentence)
    assert "(1.10 : 100)" in plain(error.sentence)
    assert error.basis == "CPOM PACA 2025-2029, article 6"
    assert error.subjects == ("pdp-1.11", "pdp-1.10")


@pytest.mark.req("S3-6.1.11-01")
def test_all_the_unfit_may_have_a_waiver_not_one_more() -> None:
    assert outcome({"pdp-1.10": 120, "pdp-1.11": 120}) == {}
    assert outcome({"pdp-1.10": 120, "pdp-1.11": 121}) == {"pdp-1.11-within-1.10": Severity.BLOCKING}


@pytest.mark.req("S3-6.1.12-01")
def test_those_followed_by_the_cell() -> None:
    assert outcome({"pdp-1.12": 30, "pdp-1.11": 120, "pdp-1.3": 120}) == {}
    assert outcome({"pdp-1.12": 120, "pdp-1.11": 120, "pdp-1.3": 120}) == {}
    assert outcome({"pdp-1.12": 121, "pdp-1.11": 120, "pdp-1.3": 200}) == {"pdp-1.12-within-1.11": Severity.BLOCKING}
    assert outcome({"pdp-1.12": 101, "pdp-1.11": 120, "pdp-1.3": 100}) == {"pdp-1.12-within-1.3": Severity.TO_JUSTIFY}


@pytest.mark.req("S3-6.1.14-01")
def test_follow_up_and_its_delays() -> None:
    assert outcome({"pdp-1.14": {"status": "no"}}) == {}
    assert outcome({"pdp-1.14": {"status": "no", "delays": ["3_months"]}}) == {
        "pdp-1.14-no-without-delay": Severity.BLOCKING
    }
    assert outcome({"pdp-1.14": {"status": "yes"}}) == {"pdp-1.14-yes-with-delay": Severity.BLOCKING}
    assert outcome({"pdp-1.14": {"status": "yes", "delays": ["3_months", "1_year"]}}) == {}
    assert outcome({"pdp-1.14": {"status": "yes", "delays": ["other"]}}) == {
        "pdp-1.14-other-in-months": Severity.BLOCKING
    }
    assert outcome({"pdp-1.14": {"status": "yes", "delays": ["other"], "other_months": 18}}) == {}
    assert outcome({"pdp-1.14": {"status": "yes", "delays": ["6_months"], "other_months": 18}}) == {
        "pdp-1.14-months-for-other": Severity.BLOCKING
    }


def test_parts_make_their_total() -> None:
    assert outcome({"pdp-1.2": {"total": 37, "via_cell": 30, "outside_cell": 7}}) == {}
    assert outcome({"pdp-1.2": {"total": 37, "via_cell": 30}}) == {}
    assert outcome({"pdp-1.2": {"total": 37, "via_cell": 37}}) == {}
    blocked = {"pdp-1.2-parts": Severity.BLOCKING}
    assert outcome({"pdp-1.2": {"total": 37, "via_cell": 30, "outside_cell": 6}}) == blocked
    assert outcome({"pdp-1.2": {"total": 37, "via_cell": 38}}) == blocked


@pytest.mark.req("S3-6.1.3-01")
def test_profile_tables_total_the_employees_followed() -> None:
    parsed = parse_value(CATALOGUE["pdp-1.3"], {"total": "120"})
    assert parsed.value == {"total": 120}
    tables: dict[str, Any] = {key: profile(100, 20) for key in PROFILES}
    assert outcome({"pdp-1.3": 120, "satdl-1.2.12": {"status": "in_place", **tables}}) == {}
    for key in PROFILES:
        short: dict[str, Any] = {"status": "in_place", **tables, key: profile(100, 15)}
        (gap,) = rules_on({"pdp-1.3": 120, "satdl-1.2.12": short})
        assert gap.severity is Severity.BLOCKING
        assert gap.code == f"satdl-1.2.12-{key.replace('_', '-')}"
        assert "l'écart de 5 sur la ligne « Non connu »" in plain(gap.sentence)
        short[key] = [*profile(100, 15), {"category": "Non connu", "count": 5}]
        assert outcome({"pdp-1.3": 120, "satdl-1.2.12": short}) == {}


def test_a_table_with_a_secret_cell_has_no_total_to_compare() -> None:
    hidden = [{"category": "TMS", "count": 80}, {"category": "Cancers"}]
    assert "satdl-1.2.12-condition" not in outcome(
        {"pdp-1.3": 120, "satdl-1.2.12": {"status": "in_progress", "condition": hidden}}
    )


@pytest.mark.req("S3-6.1.5-01")
def test_mid_career_visits_told_twice_must_agree() -> None:
    visits = {"mid_career": 790, "pre_return": 10, "return": 10}
    (warning,) = rules_on({"pdp-1.5": 800, "satdl-1.2.6": visits})
    assert warning.code == "satdl-1.2.6-mid_career-differs"
    assert warning.severity is Severity.TO_JUSTIFY
    assert plain(warning.sentence) == "1.2.6, « Mi-carrière » : vous déclarez 790, alors que 1.5 donne 800."
    assert outcome({"pdp-1.5": 800, "satdl-1.2.6": {**visits, "mid_career": 800}}) == {}


@pytest.mark.req("S3-6.1.8-01", "S3-6.1.2.7-01")
def test_adaptations_of_the_service_are_the_sum_of_both_origins() -> None:
    national = {"pdp-1.8": 45, "pdp-1.9": 300}
    assert proposals(CATALOGUE, answers(national)) == {"satdl-1.2.7": {"total": 345}}
    assert outcome({**national, "satdl-1.2.7": 345}) == {}
    (warning,) = rules_on({**national, "satdl-1.2.7": 340})
    assert warning.severity is Severity.TO_JUSTIFY
    assert warning.subjects == ("satdl-1.2.7", "pdp-1.8", "pdp-1.9")
    assert "340, alors que 1.8 et 1.9 donnent 345" in plain(warning.sentence)
    assert proposals(CATALOGUE, answers({"pdp-1.8": 45})) == {}


@pytest.mark.req("S3-6.1.2.8-01")
def test_unfit_of_the_service_are_those_of_the_national_indicator() -> None:
    assert proposals(CATALOGUE, answers({"pdp-1.10": 200})) == {"satdl-1.2.8": {"total": 200}}
    assert outcome({"pdp-1.10": 200, "satdl-1.2.8": 200}) == {}
    assert outcome({"pdp-1.10": 200, "satdl-1.2.8": 199}) == {"satdl-1.2.8-total-differs": Severity.TO_JUSTIFY}


@pytest.mark.req("S3-6.1.2.9-01")
def test_waivers_of_the_service() -> None:
    assert proposals(CATALOGUE, answers({"pdp-1.11": 120})) == {"satdl-1.2.9": {"total": 120}}
    assert outcome({"satdl-1.2.9": 120, "satdl-1.2.8": 120}) == {}
    assert outcome({"satdl-1.2.9": 121, "satdl-1.2.8": 120}) == {"satdl-1.2.9-within-1.2.8": Severity.BLOCKING}


@pytest.mark.req("S3-6.1.1.4-01")
def test_more_employees_followed_than_referred_is_only_told() -> None:
    assert outcome({"satdl-1.1.4": 150, "pdp-1.3": 120}) == {}
    assert outcome({"satdl-1.1.4": 120, "pdp-1.3": 120}) == {}
    (told,) = rules_on({"satdl-1.1.4": 119, "pdp-1.3": 120})
    assert told.severity is Severity.INFORMATION
    assert "années précédentes" in told.sentence


@pytest.mark.req("S3-6.1.1.6-01")
def test_outcomes_beyond_the_employees_followed_are_told() -> None:
    outcomes = {"satdl-1.1.6": 50, "satdl-1.1.7": 30, "satdl-1.1.8": 20, "satdl-1.1.9": 20}
    assert outcome({**outcomes, "pdp-1.3": 120}) == {}
    assert outcome({**outcomes, "pdp-1.3": 119}) == {"satdl-1.1-outcomes": Severity.INFORMATION}


@pytest.mark.req("S3-6.1.2.1-01")
def test_rate_of_irdp_and_its_stages() -> None:
    definition = CATALOGUE["satdl-1.2.1"]
    right = {"numerator": 5000, "denominator": 20000, "stages": profile(3000, 2000)}
    assert plain(format_value(definition, right)).startswith("25,0 % (5 000 / 20 000)")
    assert outcome({"satdl-1.2.1": right}) == {}
    (error,) = rules_on({"satdl-1.2.1": {**right, "stages": profile(3000, 1999)}})
    assert error.code == "satdl-1.2.1-stages"
    assert error.severity is Severity.BLOCKING
    assert "4 999 salariés, le numérateur 5 000" in plain(error.sentence)
    nobody = {"numerator": 0, "denominator": 0, "stages": profile(0)}
    assert plain(format_value(definition, nobody)).startswith("non calculable (0 / 0)")
    assert measures(definition, nobody) == {}


def test_a_rate_stays_within_0_and_100_percent() -> None:
    assert outcome({"satdl-1.2.3": {"numerator": 20, "denominator": 20}}) == {}
    assert outcome({"satdl-1.2.3": {"numerator": 21, "denominator": 20}}) == {"satdl-1.2.3-rate": Severity.BLOCKING}


@pytest.mark.req("S3-6.1.2.10-01")
def test_unfit_followed_by_the_cell_are_among_the_unfit_and_recalled_at_six_months() -> None:
    assert outcome({"satdl-1.2.10": 40, "satdl-1.2.8": 200}) == {}
    assert outcome({"satdl-1.2.10": 200, "satdl-1.2.8": 200}) == {}
    assert outcome({"satdl-1.2.10": 201, "satdl-1.2.8": 200}) == {"satdl-1.2.10-within-1.2.8": Severity.BLOCKING}
    months = CATALOGUE["satdl-1.2.10"].recall_months
    assert months == 6
    assert recall_due(date(2025, 8, 31), months) == date(2026, 2, 28)


@pytest.mark.req("S3-6.1.2.12-01")
def test_data_collection_in_place_shows_its_tables() -> None:
    (warning,) = rules_on({"satdl-1.2.12": {"status": "in_place"}})
    assert warning.code == "satdl-1.2.12-tables"
    assert warning.severity is Severity.TO_JUSTIFY
    tables: dict[str, Any] = {key: profile(120) for key in PROFILES}
    assert check_one("satdl-1.2.12", {"status": "in_place", **tables}) == []
    del tables["reason"]
    (partial,) = rules_on({"satdl-1.2.12": {"status": "in_place", **tables}})
    assert "il manque « Raison de l'accompagnement »" in plain(partial.sentence)
    assert outcome({"satdl-1.2.12": {"status": "in_progress"}}) == {}


def check_one(code: str, value: dict[str, Any]) -> list[Finding]:
    """Every finding, completeness included, on one indicator."""
    return [one for one in check(CATALOGUE, answers({code: value})) if code in one.subjects]


@pytest.mark.req("S3-6.2.2.3-01")
def test_documents_with_tms_are_among_the_documents_and_actions_stay_apart() -> None:
    assert outcome({"satdl-2.2.2": 50, "satdl-2.2.3": {"with_tms": 20, "actions": 45}}) == {}
    assert outcome({"satdl-2.2.2": 50, "satdl-2.2.3": {"with_tms": 50, "actions": 45}}) == {}
    assert outcome({"satdl-2.2.2": 50, "satdl-2.2.3": {"with_tms": 51, "actions": 45}}) == {
        "satdl-2.2.3-within-2.2.2": Severity.BLOCKING
    }
    definition = CATALOGUE["satdl-2.2.3"]
    value = parse_value(definition, {"with_tms": "20", "actions": "45"}).value
    assert value == {"with_tms": 20, "actions": 45}
    assert measures(definition, value) == {"with_tms": 20, "actions": 45}
    assert "65" not in format_value(definition, value)


@pytest.mark.req("S3-6.2.4.1-01")
def test_adapted_jobs_are_among_the_jobs_studied() -> None:
    assert outcome({"satdl-2.4.1": {"total": 30, "of_which": 12}}) == {}
    assert plain(format_value(CATALOGUE["satdl-2.4.1"], {"total": 30, "of_which": 12})) == "30, dont 12 (40,0 %)"
    assert outcome({"satdl-2.4.1": {"total": 30, "of_which": 30}}) == {}
    assert outcome({"satdl-2.4.1": {"total": 30, "of_which": 31}}) == {"satdl-2.4.1-of-which": Severity.BLOCKING}


@pytest.mark.parametrize("code", [f"a4-v{strand}-{number}" for strand in (2, 3) for number in (1, 2, 3)])
def test_establishments_of_the_fund_are_among_the_establishments(code: str) -> None:
    assert outcome({code: {"total": 80, "of_which": 15}}) == {}
    assert outcome({code: {"total": 80, "of_which": 80}}) == {}
    assert outcome({code: {"total": 80, "of_which": 81}}) == {f"{code}-of-which": Severity.BLOCKING}


@pytest.mark.req("S3-6.1.7-01")
def test_a_jump_above_half_of_last_year_asks_for_a_reason() -> None:
    assert parse_value(CATALOGUE["pdp-1.7"], {"total": "5200"}).value == {"total": 5200}

    def jump(before: int, now: int, jump: str = "0.5") -> list[Finding]:
        earlier = {"pdp-1.7": Earlier(2024, Answer.provided({"total": before}))}
        return rules_on({"pdp-1.7": now}, previous=earlier, thresholds=Thresholds(jump=Decimal(jump)))

    assert jump(5200, 7800) == []
    assert jump(5200, 2600) == []
    (up,) = jump(5200, 7801)
    assert (up.code, up.severity) == ("pdp-1.7-total-jump", Severity.TO_JUSTIFY)
    assert jump(5200, 2599)[0].severity is Severity.TO_JUSTIFY
    assert jump(5200, 7801, "0.6") == []
    assert jump(5200, 5201, "0")[0].severity is Severity.TO_JUSTIFY


@pytest.mark.parametrize(
    ("before", "now", "sentence"),
    [
        (40, 120, "Trois fois plus qu'en 2024 (1.7 : 120, contre 40)."),
        (40, 130, "Au moins trois fois plus qu'en 2024 (1.7 : 130, contre 40)."),
        (120, 40, "Trois fois moins qu'en 2024 (1.7 : 40, contre 120)."),
        (100, 162, "+ 62,0 % par rapport à 2024 (1.7 : 162, contre 100)."),
        (100, 1200, "12 fois plus qu'en 2024 (1.7 : 1 200, contre 100)."),
        (100, 0, "Plus rien depuis 2024 (1.7 : 0, contre 100)."),
        (0, 12, "Rien en 2024 (1.7 : 12, contre 0)."),
    ],
)
def test_jumps_are_told_in_words(before: int, now: int, sentence: str) -> None:
    (found,) = rules_on({"pdp-1.7": now}, previous={"pdp-1.7": Earlier(2024, Answer.provided({"total": before}))})
    assert plain(found.sentence) == sentence
    assert (found.severity is Severity.INFORMATION) is (before == 0)


def test_a_rate_is_compared_as_a_rate() -> None:
    earlier = {"satdl-1.2.3": Earlier(2024, Answer.provided({"numerator": 10, "denominator": 100}))}
    same: dict[str, int | dict[str, Any]] = {"satdl-1.2.3": {"numerator": 100, "denominator": 1000}}
    assert rules_on(same, previous=earlier) == []
    (found,) = rules_on({"satdl-1.2.3": {"numerator": 30, "denominator": 100}}, previous=earlier)
    assert plain(found.sentence) == "Trois fois plus qu'en 2024 (1.2.3 : 30,0 %, contre 10,0 %)."


def test_figures_of_another_version_are_not_compared() -> None:
    earlier = {"pdp-1.3": Earlier(2024, Answer.provided({"total": 1}), version=2)}
    (found,) = rules_on({"pdp-1.3": 120}, previous=earlier)
    assert (found.code, found.severity) == ("pdp-1.3-version", Severity.INFORMATION)


def test_nothing_is_compared_with_an_absence() -> None:
    for earlier in (Answer.empty(), Answer.not_available("logiciel")):
        assert rules_on({"pdp-1.3": 120}, previous={"pdp-1.3": Earlier(2024, earlier)}) == []


def test_a_figure_far_from_its_peers_is_told() -> None:
    peers = {"pdp-1.3": Spread("total", Decimal(100), Decimal(80), Decimal(120), 12)}
    assert rules_on({"pdp-1.3": 180}, peers=peers) == []
    assert rules_on({"pdp-1.3": 20}, peers=peers) == []
    (above,) = rules_on({"pdp-1.3": 181}, peers=peers)
    assert above.severity is Severity.INFORMATION
    assert "181 est très au-dessus des autres services. La médiane de 12 services est 100." in plain(above.sentence)
    assert "au-dessous" in rules_on({"pdp-1.3": 19}, peers=peers)[0].sentence


def test_completeness_asks_each_provider_for_its_own() -> None:
    def codes(provider: Provider | None, suffix: str) -> list[str]:
        found = check(CATALOGUE, {}, provider=provider)
        return [one.code for one in found if one.code.endswith(suffix)]

    assert len(codes(Provider.SERVICE, "-missing")) == 61
    assert codes(Provider.SERVICE, "-awaited") == [
        "a4-v2-1-of_which-awaited",
        "a4-v2-2-of_which-awaited",
        "a4-v2-3-of_which-awaited",
        "a4-v3-1-of_which-awaited",
        "a4-v3-2-of_which-awaited",
        "a4-v3-3-of_which-awaited",
        "pdp-1.4-total-awaited",
    ]
    assert codes(Provider.SOCIAL_SERVICE, "-missing") == ["pdp-1.4-missing"]
    assert codes(Provider.SOCIAL_SERVICE, "-awaited") == []
    assert len(codes(Provider.FUND_PREVENTION, "-missing")) == 6
    assert len(codes(None, "-missing")) == 62


def test_a_value_in_part_says_which_part_is_missing() -> None:
    (found,) = check_one("satdl-1.2.3", {"numerator": 3})
    assert "il manque « Dossiers de salariés »" in plain(found.sentence)
    assert found.severity is Severity.BLOCKING


def test_an_avowed_absence_completes_and_is_told() -> None:
    one = Catalogue([CATALOGUE["pdp-1.3"]])
    (found,) = check(one, {"pdp-1.3": Answer.not_available("Changement de logiciel")})
    assert (found.code, found.severity) == ("pdp-1.3-not-available", Severity.INFORMATION)
    assert found.sentence.endswith("Changement de logiciel")
    joint = Catalogue([CATALOGUE["a4-v2-1"]])
    part = Answer.provided({"total": 80}, unavailable={"of_which": "Liste non reçue"})
    (told,) = check(joint, {"a4-v2-1": part})
    assert (told.code, told.severity) == ("a4-v2-1-of_which-not-available", Severity.INFORMATION)


def test_the_weightiest_findings_come_first_then_the_order_of_reading() -> None:
    found = check(CATALOGUE, answers({"pdp-1.12": 9, "pdp-1.11": 8, "pdp-1.10": 7, "pdp-1.3": 1, "satdl-1.1.4": 0}))
    weights = [list(Severity).index(one.severity) for one in found]
    assert weights == sorted(weights)
    assert [one.code for one in found if one.code.startswith("pdp-1.1")][-1] == "pdp-1.12-within-1.3"
    missing = [one.subjects[0] for one in found if one.code.endswith("-missing") and one.subjects[0][:3] == "pdp"]
    assert missing[:3] == ["pdp-1.1", "pdp-1.2", "pdp-1.4"]


def test_finding_codes_are_stable_and_unique() -> None:
    found = check(CATALOGUE, {})
    assert [one.code for one in found] == [one.code for one in check(CATALOGUE, {})]
    assert len({one.code for one in found}) == len(found)
