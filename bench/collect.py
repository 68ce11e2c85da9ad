"""The collector against its bars: ``python -m bench.collect [runs]`` from the root of the repository.

Each measure is a fresh process on the same synthetic region: 1.3 million employees, 3 million visits, 130,000
establishments. Beside the command: the decode limit (pyarrow reads the columns needed), and the six figures of visits
and unfitness by a pandas script and by a script of the standard library.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from avenant.collect.synthesis import Plan, synthesise

FOLDER = Path(tempfile.gettempdir()) / "avenant-bench-collect"
REGION = Plan(establishments=130_000, employees=1_300_000, visits=3_000_000)
NATION = Plan(establishments=1_500_000, employees=20_000_000, visits=50_000_000)
STEPS = (1, 4, 15)
"""``python -m bench.collect nation``: the growth against size, to 20 million employees within 2 GB."""

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


def measure(code: str) -> tuple[float, float, int]:
    """Wall seconds, processor seconds and peak memory in MB of a fresh process."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, code
    return wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss // 1024


def main(runs: int = 5) -> None:
    """Print the table."""
    for kind in ("parquet", "csv"):
        if not (FOLDER / kind).is_dir():
            synthesise(FOLDER / kind, REGION, kind=kind)
    cases = []
    for kind, read, bar in (("parquet", "read_table", "3 s, 512 MB"), ("csv", "read_csv", "6 s, 512 MB")):
        folder, out = str(FOLDER / kind), str(FOLDER / "result.json")
        cases += [
            (f"collect run, {kind}", bar, OURS.format(folder=folder, out=out), runs),
            (f"decode limit, {kind}", "", DECODE.format(folder=folder, kind=kind, read=read), runs),
            (f"pandas, {kind}", "", PANDAS.format(folder=folder, kind=kind), min(runs, 2)),
        ]
    cases.append(("standard library, csv", "", STANDARD.format(folder=str(FOLDER / "csv")), 1))
    print(f"{'measure':24} {'bar':14} {'best':>7} {'median':>7} {'cpu':>7} {'peak':>8}")
    for name, bar, code, times in cases:
        found = [measure(code) for _ in range(times)]
        walls, processors, peaks = zip(*found, strict=True)
        row = f"{min(walls):6.1f}s {statistics.median(walls):6.1f}s {min(processors):6.1f}s {max(peaks):5} MB"
        print(f"{name:24} {bar:14} {row}", flush=True)


def nation() -> None:
    """Print the seconds and the peak of one run at growing sizes, the last one the country's; one size on the disk at a time."""
    print(f"{'employees':>12} {'visits':>12} {'wall':>8} {'cpu':>8} {'peak':>8}", flush=True)
    for step in STEPS:
        share = step / STEPS[-1]
        plan = Plan(*(round(share * one) for one in (NATION.establishments, NATION.employees, NATION.visits)))
        with tempfile.TemporaryDirectory(prefix="avenant-bench-nation-") as home:
            folder = Path(home) / "extract"
            synthesise(folder, plan, kind="parquet")
            code = OURS.format(folder=str(folder), out=str(Path(home) / "nation.json")).replace(
                "'--json'", "'--memory', '1GB', '--json'"
            )
            wall, processor, peak = measure(code)
        print(f"{plan.employees:12} {plan.visits:12} {wall:7.1f}s {processor:7.1f}s {peak:5} MB", flush=True)


if __name__ == "__main__":
    if "nation" in sys.argv:
        nation()
        sys.exit()
    main(*(int(argument) for argument in sys.argv[1:]))
