"""Worked cases: a few rows by hand, and what each indicator must then say."""

from pathlib import Path

import pytest
from tests.support.extract import BAKERY, FACTORY, GARAGE, establishments, write_extract

from avenant.collect.counting import of_indicator, records, standing, statement
from avenant.collect.declaration import catalogue, steering
from avenant.collect.profiles import variable
from avenant.collect.report import dashboard
from avenant.collect.running import Result, run
from avenant.collect.schema import canonical
from avenant.domain.disclosure import Rules
from avenant.domain.periods import Period

YEAR = Period.of_year(2025)


def counted(folder: Path, stages: tuple[str, ...] = (), **tables: object) -> Result:
    return run(write_extract(folder, establishments=establishments(), **tables), YEAR, stages=stages)  # type: ignore[arg-type]


def test_visits_count_in_their_year_only(tmp_path: Path) -> None:
    days = ("2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01")
    visits = [{"employee": "A", "date": day, "kind": kind} for day in days for kind in ("pre_return", "return")]
    visits += [{"employee": "B", "date": "2025-06-01", "kind": "mid_career", "extra_exam": "true"}]
    figures = counted(tmp_path, visits=visits).figures
    assert figures["pdp-1.6:total"] == figures["satdl-1.2.6:pre_return"] == 2
    assert figures["pdp-1.7:total"] == 2
    assert (figures["pdp-1.5:total"], figures["satdl-1.2.5:total"]) == (1, 1)
    assert figures["satdl-1.2.1:denominator"] == 2


def test_unfit_persons_are_counted_once_and_parts_stay_within(tmp_path: Path) -> None:
    opinions = [
        {"employee": "A", "date": "2025-02-01", "dispense": "none"},
        {"employee": "A", "date": "2025-03-01", "dispense": "harmful"},
        {"employee": "B", "date": "2025-03-01", "dispense": "obstacle"},
        {"employee": "C", "date": "2025-03-01", "dispense": "none"},
        {"employee": "D", "date": "2024-03-01", "dispense": "obstacle"},
    ]
    cases = [
        {"employee": "A", "referred_on": "2024-01-01", "started_on": "2024-02-01", "recall_6m_on": "2025-12-31"},
        {"employee": "B", "referred_on": "2025-12-01", "started_on": "2026-01-01"},
        {"employee": "C", "referred_on": "2025-01-01", "started_on": "2025-02-01", "recall_6m_on": "2026-01-01"},
    ]
    figures = counted(tmp_path, unfitness=opinions, cases=cases).figures
    assert [figures[f"{code}:total"] for code in ("pdp-1.10", "pdp-1.11", "pdp-1.12", "satdl-1.2.10")] == [3, 2, 1, 1]


def test_a_followed_employee_counts_while_the_support_lasts(tmp_path: Path) -> None:
    spans = {
        "before": ("2024-01-01", "2024-12-31"),
        "ends-first-day": ("2024-01-01", "2025-01-01"),
        "goes-on": ("2024-06-01", ""),
        "starts-last-day": ("2025-12-31", ""),
        "after": ("2026-01-01", ""),
    }
    cases = [
        {"employee": who, "referred_on": "2024-01-01", "started_on": start, "closed_on": end}
        for who, (start, end) in spans.items()
    ]
    assert counted(tmp_path, cases=cases).figures["pdp-1.3:total"] == 3


def test_the_social_service_referrals_split_without_counting_twice(tmp_path: Path) -> None:
    rows = [("A", "cell"), ("A", "physician"), ("B", "physician"), ("B", "physician"), ("C", "cell")]
    referrals = [{"employee": who, "date": "2025-05-05", "channel": channel} for who, channel in rows]
    figures = counted(tmp_path, social_referrals=referrals).figures
    parts = [figures[f"pdp-1.2:{part}"] for part in ("total", "via_cell", "outside_cell")]
    assert parts == [3, 2, 1]


def test_outcomes_take_the_last_of_the_year(tmp_path: Path) -> None:
    ends = [("A", "2025-02-01", "refused"), ("A", "2025-09-01", "same_job"), ("B", "2025-02-01", "unfinished"),
            ("C", "2025-02-01", "refused"), ("D", "2026-01-01", "refused"), ("E", "2025-03-01", "")]  # fmt: skip
    cases = [
        {"employee": who, "referred_on": "2024-12-01", "closed_on": day, "outcome": outcome}
        for who, day, outcome in ends
    ]
    figures = counted(tmp_path, cases=cases).figures
    assert figures["satdl-1.1.6:total"] == 1
    assert [figures[f"satdl-1.1.9:{part}"] for part in ("total", "refused", "unfinished")] == [2, 1, 1]


def test_small_companies_have_fewer_than_ten_employees(tmp_path: Path) -> None:
    sheets = [{"siret": siret, "date": "2025-04-01"} for siret in (BAKERY, BAKERY, GARAGE, FACTORY)]
    received = [
        {"siret": BAKERY, "received_on": "2025-04-01", "musculoskeletal_plan": "true", "action_plan": "true"},
        {"siret": BAKERY, "received_on": "2025-05-01", "musculoskeletal_plan": "false"},
        {"siret": GARAGE, "received_on": "2025-05-01", "musculoskeletal_plan": "true"},
    ]
    figures = counted(tmp_path, company_sheets=sheets, risk_assessments=received).figures
    assert (figures["satdl-2.2.1:total"], figures["satdl-2.2.2:total"], figures["satdl-2.2.3:with_tms"]) == (2, 2, 1)
    assert (figures["satdl-3.2.1:total"], figures["satdl-3.2.4:total"]) == (2, 1)


def test_companies_by_siren_establishments_by_siret_sendings_once(tmp_path: Path) -> None:
    second = "10007919300023"  # the bakery's other shop
    told = [
        {"siret": siret, "date": "2025-03-03", "kind": "communication", "theme": "tms", "audience": "companies"}
        for siret in (BAKERY, second, GARAGE)
    ]
    told += [
        {"siret": siret, "date": "2025-03-03", "kind": "collective", "theme": "job_retention"}
        for siret in (BAKERY, second)
    ]
    told += [{"date": "2025-01-01", "kind": "professionals", "people": 40}]
    figures = counted(tmp_path, outreach=told).figures
    assert (figures["a4-v2-3:total"], figures["satdl-1.3.1:companies"], figures["satdl-1.1.3:total"]) == (3, 1, 1)
    assert figures["satdl-1.3.5:total"] == 40


def test_referents_by_what_was_last_known(tmp_path: Path) -> None:
    rows = [(BAKERY, "2024-01-01", "true"), (BAKERY, "2025-06-01", "false"), (GARAGE, "2024-01-01", "true"),
            (FACTORY, "2025-12-31", "false"), (FACTORY, "2026-01-01", "true")]  # fmt: skip
    known = [{"siret": siret, "date": day, "identified": found} for siret, day, found in rows]
    figures = counted(tmp_path, safety_referents=known).figures
    assert (figures["satdl-3.1.2:total"], figures["satdl-3.1.3:total"]) == (1, 2)


@pytest.mark.req("S3-5.V1.1-03")
def test_the_index_of_exclusion_is_entered_at_visits_and_spread_by_stage(tmp_path: Path) -> None:
    """20 000 followed, 5 000 with an index, 3 000 / 1 500 / 500: 25.0 % and 60 / 30 / 10 %."""
    stages = ["Stade 1"] * 3_000 + ["Stade 2"] * 1_500 + ["Stade 3"] * 500 + [""] * 15_000
    visits = [
        {"employee": f"S{rank}", "date": "2025-02-02", "kind": "periodic", "irdp_stage": stage}
        for rank, stage in enumerate(stages)
    ]
    result = counted(tmp_path, ("Stade 1", "Stade 2", "Stade 3"), visits=visits)
    assert result.figures["satdl-1.2.1:numerator"] / result.figures["satdl-1.2.1:denominator"] == 0.25
    assert [number / 5_000 for number in result.stages.values()] == [0.6, 0.3, 0.1]


def test_a_stage_that_is_not_configured_is_not_lost(tmp_path: Path) -> None:
    visits = [{"employee": who, "date": "2025-02-02", "kind": "periodic", "irdp_stage": "IV"} for who in "AB"]
    assert counted(tmp_path, ("I", "II"), visits=visits).stages == {"I": 0, "II": 0, "Non connu": 2}
    assert counted(tmp_path, (), visits=visits).stages == {}


@pytest.mark.req("S3-5.V1-08")
def test_attendance_of_the_fund_at_the_meetings_of_the_cell(tmp_path: Path) -> None:
    """10 meetings, the fund present at 7: 70 %."""
    held = [{"date": f"2025-{month:02}-01", "fund_present": str(month <= 7).lower()} for month in range(1, 11)]
    told = dict(dashboard(counted(tmp_path, meetings=held)))
    assert told["Réunions de la cellule, dont caisse présente"] == "7 sur 10 (70,0\u202f%)"


@pytest.mark.req("S3-5.V1-11", "S3-5.V1-09")
def test_reports_of_the_health_insurance_and_what_came_of_them(tmp_path: Path) -> None:
    """20 reports, 18 visits, feedback on 15: 90 %, 75 %, 5 to give; those of the social service propose indicator 1.4."""
    rows = [
        {
            "employee": f"S{rank}", "received_on": "2025-03-01", "reporter": "social" if rank < 3 else "medical",
            "visit_on": "2025-03-20" if rank < 18 else "", "feedback_on": "2025-04-01" if rank < 15 else "",
        }
        for rank in range(20)
    ]  # fmt: skip
    result = counted(tmp_path, reports=rows)
    told = dict(dashboard(result))
    assert told["Signalements reçus de l’assurance maladie"] == "20"
    assert told["dont visite de pré-reprise tenue"] == "18 sur 20 (90,0\u202f%)"
    assert told["dont suites données"] == "15 sur 20 (75,0\u202f%)\u202f; 5 à donner"
    assert result.figures["pdp-1.4:total"] == 3
    names = {column.name for column in canonical().tables["reports"].columns}
    assert names == {"employee", "received_on", "reporter", "visit_on", "feedback_on"}


@pytest.mark.req("S3-5.V1-11")
@pytest.mark.parametrize(
    ("received", "visited", "answered", "leaving"),
    [
        (10, 10, 10, {}),
        (11, 11, 11, {"received": 11, "visited": 11, "answered": 11}),
        (40, 10, 0, {"received": 40, "answered": 0}),
        (40, 11, 0, {"received": 40, "visited": 11, "answered": 0}),
        (40, 29, 18, {"received": 40, "visited": 29, "answered": 18}),
        (40, 30, 18, {"received": 40, "answered": 18}),
        (40, 29, 19, {"received": 40, "visited": 29}),
    ],
)
def test_what_steers_the_cell_leaves_when_no_subtraction_tells_a_few_persons(
    tmp_path: Path, received: int, visited: int, answered: int, leaving: dict[str, int]
) -> None:
    """At eleven persons, one below, one above: for the figure itself, and for its difference with the others."""
    rows = [
        {
            "employee": f"S{rank}", "received_on": "2025-03-01", "reporter": "medical",
            "visit_on": "2025-03-20" if rank < visited else "", "feedback_on": "2025-04-01" if rank < answered else "",
        }
        for rank in range(received)
    ]  # fmt: skip
    told = steering(counted(tmp_path, reports=rows), Rules(persons=11))
    assert {
        key.removeprefix("reports-"): number for key, number in told.items() if key.startswith("reports-")
    } == leaving


@pytest.mark.req("S3-5.V1-03")
def test_the_process_of_the_cell_keeps_four_dates(tmp_path: Path) -> None:
    columns = {column.name for column in canonical().tables["cases"].columns}
    assert {"referred_on", "consulted_on", "plan_on", "closed_on"} <= columns
    case = {"employee": "A", "referred_on": "2025-01-01", "consulted_on": "2025-02-01", "plan_on": "2025-03-01"}
    result = counted(tmp_path, cases=[case, {"employee": "B", "referred_on": "2024-12-31", "plan_on": "2026-01-01"}])
    figures = result.figures
    assert (figures["satdl-1.1.4:total"], figures["cell-consultations"], figures["pdp-1.13:total"]) == (1, 1, 1)


@pytest.mark.req("S1-IV.1-02")
def test_the_three_factors_are_codes_and_only_counts_are_shared(tmp_path: Path) -> None:
    cases = [
        {"employee": f"S{rank}", "referred_on": "2025-01-01", "started_on": "2025-01-02", "capacity": "mixed",
         "employer": "favourable", "job_market": "unfavourable"}
        for rank in range(12)
    ]  # fmt: skip
    tables = counted(tmp_path, cases=cases).tables
    assert tables[("capacité",)] == {("Mitigé",): 12}
    assert tables[("employeur",)] == {("Favorable",): 12}
    assert tables[("emploi",)] == {("Défavorable",): 12}
    factors = [column for column in canonical().tables["cases"].columns if column.codes == "factor"]
    assert [column.type for column in factors] == ["code"] * 3


@pytest.mark.req("S1-IV.1-03")
def test_the_origin_is_illness_or_work(tmp_path: Path) -> None:
    rows = [("A", "illness"), ("B", "work"), ("C", "work"), ("D", "")]
    cases = [
        {"employee": who, "referred_on": "2025-01-01", "started_on": "2025-01-02", "origin": origin}
        for who, origin in rows
    ]
    table = counted(tmp_path, cases=cases).tables[("origine",)]
    assert table == {("Maladie",): 1, ("AT/MP",): 2, ("Non connu",): 1}


@pytest.mark.req("S3-5.V1-12")
def test_the_channel_of_a_referral_is_the_cell_or_the_physician() -> None:
    assert set(canonical().lists["channel"].codes) == {"cell", "physician"}
    assert canonical().lists["channel"].readings()["medecin du travail"] == "physician"


def test_the_profile_bands_are_exact_at_their_ends(tmp_path: Path) -> None:
    ages = {"A": 24, "B": 25, "C": 34, "D": 35, "E": 54, "F": 55}
    cases = [{"employee": who, "referred_on": "2025-01-01", "started_on": "2025-01-02"} for who in ages]
    employees = [
        {"employee": who, "siret": GARAGE, "sex": "F", "birth_year": 2025 - age} for who, age in ages.items()
    ] + [{"employee": "A", "siret": FACTORY, "sex": "F", "birth_year": 2001}]
    tables = counted(tmp_path, cases=cases, employees=employees).tables
    told = {place[0]: number for place, number in tables[("âge",)].items()}
    assert told == {"moins de 25 ans": 1, "25-34 ans": 2, "35-44 ans": 1, "45-54 ans": 1, "55 ans et plus": 1}
    assert tables[("taille",)] == {("10-49",): 6}
    assert sum(tables[("secteur",)].values()) == 6


def test_every_countable_belongs_to_a_definition_and_prints_its_sql() -> None:
    known, rows = catalogue(), records(canonical(), YEAR)
    keys = {one.key for one in standing(YEAR.last_day)}
    for one in standing(YEAR.last_day):
        assert one.aid or known[one.code].component(one.component)
        assert not one.of or one.of in keys
        assert statement(one, rows).startswith(("SELECT", "WITH"))
        assert one.sentence.endswith(".")


def test_most_indicators_of_the_contract_are_countable() -> None:
    asked = {definition.code for definition in catalogue().definitions}
    not_countable = {code for code in asked if not of_indicator(code, YEAR.last_day)}
    # Lists of documents, ways of working and the profile tables are stated otherwise.
    assert not_countable == {"pdp-1.1", "pdp-1.14", "satdl-1.1.1", "satdl-1.1.2", "satdl-1.2.12"}


def test_a_variable_is_found_by_its_name_without_accent() -> None:
    assert variable("AGE").column == "age_class"
