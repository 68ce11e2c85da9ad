"""The collector at the size of a region: 1.3 million employees, 3 million visits, 130,000 establishments.

Each measure is a fresh process, and its bar is held against the watch: the collector works on as many threads as there
are processors. Beside the command: the decode limit (pyarrow reads the columns needed), and the six figures of visits
and unfitness by a pandas script and by a script of the standard library.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from avenant.collect.mapping import write_mapping
from avenant.collect.proposing import propose
from avenant.collect.refusals import REJECTED
from avenant.collect.schema import canonical
from avenant.collect.synthesis import Plan, synthesise
from bench.figures import Figure

FOLDER = Path(tempfile.gettempdir()) / "avenant-bench-collect"
REGION = Plan(establishments=130_000, employees=1_300_000, visits=3_000_000)
NATION = Plan(establishments=1_500_000, employees=20_000_000, visits=50_000_000)
STEPS = (1, 4, 15)
"""Fifteenths of the nation, for the growth against size."""
EXPORT = Plan(establishments=30_000, employees=300_000, visits=900_000, faults=0.01)
RUNS = 5

CHECK = "from avenant.config.cli import main; main(['collect', 'check', {mapping!r}, '--out', {out!r}, '--json'])"
OURS = "from avenant.config.cli import main; main(['collect', 'run', {folder!r}, '--year', '2025', '--out', {out!r}, '--json'])"

DECODE = """
import pyarrow.{kind} as reader
from pathlib import Path
for path in sorted(Path({folder!r}).glob('*.{kind}')):
    reader.{read}(path)
"""

PANDAS = """
import pandas as pd
visits = pd.read_{kind}({folder!r} + '/visits.{kind}')
visits['date'] = pd.to_datetime(visits['date'])
year = visits[visits['date'].dt.year == 2025]
print(year['kind'].value_counts().to_dict(), year['employee'].nunique(), year[year['irdp_stage'].notna()]['employee'].nunique(),
      year[year['risks_recorded']]['employee'].nunique())
unfit = pd.read_{kind}({folder!r} + '/unfitness.{kind}')
unfit = unfit[pd.to_datetime(unfit['date']).dt.year == 2025]
staff = pd.read_{kind}({folder!r} + '/employees.{kind}')
print(unfit['employee'].nunique(), staff[staff['employee'].isin(unfit['employee'])].groupby('sex')['employee'].nunique().to_dict())
"""

STANDARD = """
import csv
from collections import Counter
kinds, seen, staged, risky = Counter(), set(), set(), set()
with open({folder!r} + '/visits.csv', encoding='utf-8') as file:
    for row in csv.DictReader(file):
        if row['date'].startswith('2025'):
            kinds[row['kind']] += 1
            seen.add(row['employee'])
            if row['irdp_stage']: staged.add(row['employee'])
            if row['risks_recorded'] == 'true': risky.add(row['employee'])
with open({folder!r} + '/unfitness.csv', encoding='utf-8') as file:
    unfit = {{row['employee'] for row in csv.DictReader(file) if row['date'].startswith('2025')}}
with open({folder!r} + '/employees.csv', encoding='utf-8') as file:
    sexes = Counter(row['sex'] for row in csv.DictReader(file) if row['employee'] in unfit)
print(kinds, len(seen), len(staged), len(risky), len(unfit), sexes)
"""


def measure(code: str, *, refused: int = 0) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and peak memory in MB of a fresh process that ends with 0, or with ``refused``."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode in (0, refused), code
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def figure(name: str, code: str, *, runs: int, bar: float | None = None, refused: int = 0, note: str = "") -> Figure:
    """Median and least by the watch, with the processor and the memory that it took."""
    walls, processors, peaks = zip(*(measure(code, refused=refused) for _ in range(runs)), strict=True)
    told = f"{note}{min(processors):.1f} s de processeur, au plus {max(peaks)} Mo"
    return Figure(name=name, wall=1000 * statistics.median(walls), best=1000 * min(walls), bar=bar, note=told)


def measures() -> Iterator[Figure]:
    """One year of all indicators from each format beside its limit, then the check of an export."""
    for kind, read, bar in (("parquet", "read_table", 3_000), ("csv", "read_csv", 6_000)):
        if not (FOLDER / kind).is_dir():
            synthesise(FOLDER / kind, REGION, kind=kind)
        folder, out = str(FOLDER / kind), str(FOLDER / "result.json")
        code = OURS.format(folder=folder, out=out)
        yield figure(f"collect run, {kind}", code, runs=RUNS, bar=bar, note="512 Mo permis ; ")
        yield figure(f"limite de lecture, {kind}", DECODE.format(folder=folder, kind=kind, read=read), runs=RUNS)
        yield figure(f"pandas, six chiffres, {kind}", PANDAS.format(folder=folder, kind=kind), runs=2)
    yield figure("bibliothèque standard, six chiffres, csv", STANDARD.format(folder=str(FOLDER / "csv")), runs=1)
    yield checked()


def checked() -> Figure:
    """The check of an export in Windows-1252, one line in a hundred at fault."""
    with tempfile.TemporaryDirectory(prefix="avenant-bench-export-") as home:
        synthesise(Path(home) / "export", EXPORT, kind="export")
        found = propose(Path(home) / "export", canonical())
        mapping = Path(home) / "export" / "correspondance.toml"
        mapping.write_text(write_mapping(found.sources, canonical(), found.open_points), encoding="utf-8")
        size = sum(path.stat().st_size for path in mapping.parent.glob("*.csv")) / 1e6
        code = CHECK.format(mapping=str(mapping), out=str(Path(home) / "extrait"))
        return figure(f"collect check, {size:.0f} Mo de CSV", code, runs=2, refused=REJECTED)


def nation() -> Iterator[Figure]:
    """One run at growing sizes, the last one the country's, within 2 GB; one size on the disk at a time."""
    for step in STEPS:
        share = step / STEPS[-1]
        plan = Plan(*(round(share * one) for one in (NATION.establishments, NATION.employees, NATION.visits)))
        with tempfile.TemporaryDirectory(prefix="avenant-bench-nation-") as home:
            synthesise(Path(home) / "extract", plan)
            code = OURS.format(folder=str(Path(home) / "extract"), out=str(Path(home) / "nation.json"))
            code = code.replace("'--json'", "'--memory', '1GB', '--json'")
            name = f"collect run, {plan.employees:,} salariés, {plan.visits:,} visites".replace(",", "\u202f")
            yield figure(name, code, runs=1, note="2 Go permis ; ")
