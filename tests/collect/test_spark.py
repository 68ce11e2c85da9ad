"""The same expressions on a local Spark give the same figures: ``make test-spark``."""

import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from avenant.collect.counting import compute, records
from avenant.collect.profiles import compute_profile
from avenant.collect.running import run
from avenant.collect.schema import canonical
from avenant.collect.synthesis import Plan, synthesise
from avenant.domain.periods import Period

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.skipif(
        os.environ.get("AVENANT_SPARK") != "1" or not shutil.which("java"), reason="make test-spark, with Java"
    ),
]


class SparkEngine:
    """Runs Ibis expressions on Spark."""

    def __init__(self, backend: Any) -> None:
        self.backend = backend

    def rows(self, expression: Any) -> list[dict[str, Any]]:
        return list(self.backend.to_pyarrow(expression).to_pylist())


def test_spark_gives_the_figures_of_duckdb(tmp_path: Path) -> None:
    pytest.importorskip("pyspark")
    import ibis
    from pyspark.sql import SparkSession

    folder, year = tmp_path / "made", Period.of_year(2025)
    synthesise(folder, Plan(300, 5_000, 12_000))
    session = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
    try:
        for path in folder.glob("*.parquet"):
            session.read.parquet(str(path)).createOrReplaceTempView(path.stem)
        engine, rows = SparkEngine(ibis.pyspark.connect(session)), records(canonical(), year)
        expected = run(folder, year)
        assert {one.key: one.value for one in compute(engine, rows)} == dict(expected.figures)
        profile = compute_profile(engine, rows, canonical())
        assert profile.total == expected.figures["pdp-1.3:total"]
    finally:
        session.stop()
