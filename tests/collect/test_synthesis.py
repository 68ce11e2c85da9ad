"""Synthetic extracts, and an independent count of them by the standard library alone."""

import csv
from collections import defaultdict
from datetime import date
from pathlib import Path

import pytest
from stdnum.fr import siret

from avenant.collect.refusals import CollectError
from avenant.collect.running import run
from avenant.collect.storage import sha256
from avenant.collect.synthesis import Plan, synthesise
from avenant.domain.periods import Period

PLAN = Plan(establishments=200, employees=2_000, visits=6_000)


def rows(folder: Path, table: str) -> list[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_the_same_seed_gives_the_same_extract(tmp_path: Path) -> None:
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        synthesise(tmp_path / name, Plan(200, 2_000, 6_000, seed=seed), kind="csv")
    digests = [[sha256(path) for path in sorted((tmp_path / name).iterdir())] for name in ("one", "again", "other")]
    assert digests[0] == digests[1] != digests[2]


def test_siret_are_valid_and_each_is_alone(tmp_path: Path) -> None:
    synthesise(tmp_path / "made", PLAN, kind="csv")
    numbers = [row["siret"] for row in rows(tmp_path / "made", "establishments")]
    assert all(siret.is_valid(number) for number in numbers)
    assert len(set(numbers)) == len(numbers) == 200


def test_an_independent_count_gives_the_same_figures(tmp_path: Path) -> None:
    folder = tmp_path / "made"
    synthesise(folder, PLAN, kind="csv")
    figures = run(folder, Period.of_year(2025)).figures
    visits = [row for row in rows(folder, "visits") if row["date"].startswith("2025")]
    kinds: defaultdict[str, int] = defaultdict(int)
    for row in visits:
        kinds[row["kind"]] += 1
    assert figures["pdp-1.5:total"] == kinds["mid_career"]
    assert figures["pdp-1.6:total"] == kinds["pre_return"]
    assert figures["pdp-1.7:total"] == kinds["return"]
    assert figures["satdl-1.2.1:numerator"] == len({row["employee"] for row in visits if row["irdp_stage"]})
    assert figures["satdl-1.2.3:denominator"] == len({row["employee"] for row in visits})
    opinions = [row for row in rows(folder, "unfitness") if row["date"].startswith("2025")]
    followed = {row["employee"] for row in rows(folder, "cases") if row["started_on"] and row["started_on"] < "2026"}
    dispensed = {row["employee"] for row in opinions if row["dispense"] in ("harmful", "obstacle")}
    assert figures["pdp-1.10:total"] == len({row["employee"] for row in opinions})
    assert figures["pdp-1.12:total"] == len(dispensed & followed)
    cases = rows(folder, "cases")
    still = {row["employee"] for row in cases if row["started_on"] and row["started_on"] < "2026"
             and (not row["closed_on"] or row["closed_on"] >= "2025")}  # fmt: skip
    assert figures["pdp-1.3:total"] == len(still)
    advised = {row["siret"][:9] for row in rows(folder, "actions")
               if row["date"].startswith("2025") and row["kind"] == "advice" and row["theme"] == "fipu"}  # fmt: skip
    assert figures["satdl-2.1.3:total"] == len(advised)


def test_csv_and_parquet_give_the_same_figures(tmp_path: Path) -> None:
    for kind in ("csv", "parquet"):
        synthesise(tmp_path / kind, PLAN, kind=kind)
    one, other = (run(tmp_path / kind, Period.of_year(2025)) for kind in ("csv", "parquet"))
    assert (one.figures, one.tables) == (other.figures, other.tables)


def test_five_years_end_with_the_last(tmp_path: Path) -> None:
    synthesise(tmp_path / "made", PLAN, kind="csv")
    days = [date.fromisoformat(row["date"]) for row in rows(tmp_path / "made", "visits")]
    assert (min(days).year, max(days).year) == (2021, 2025)


@pytest.mark.parametrize("plan", [{"employees": 0}, {"faults": 1.0}, {"faults": -0.1}])
def test_sizes_that_make_no_sense_are_refused(plan: dict[str, float]) -> None:
    with pytest.raises(CollectError):
        Plan(**plan)  # type: ignore[arg-type]
