"""The neutral count at the size of a region: ``python -m bench.neutral [ours theirs common]``, both sides and the count.

Bars: 130,000 × 5,000 in 45 s on one thread, 10 MB exchanged, exact before rounding.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from pathlib import Path

from stdnum import luhn

from avenant.collect import matching
from avenant.domain.neutral_count import Message, Side, common


def sirets(start: int, count: int) -> list[str]:
    """Establishments that do not exist, their keys valid."""
    return [_keyed(f"{_keyed(f'9{number:07}')}0001") for number in range(start, start + count)]


def _keyed(digits: str) -> str:
    return digits + str(luhn.calc_check_digit(digits))


def main(ours: int = 130_000, theirs: int = 5_000, shared: int = 3_217) -> None:
    """Print the seconds of each step, what was exchanged, the count, the peak memory."""
    with tempfile.TemporaryDirectory(prefix="avenant-bench-") as folder:
        home = Path(folder)
        lists = {Side.FUND: sirets(0, ours), Side.SERVICE: sirets(ours - shared, theirs)}
        for side, listed in lists.items():
            (home / f"{side}.csv").write_text("SIRET\n" + "\n".join(listed) + "\n", encoding="utf-8")
        begun, worked, moved = time.perf_counter(), time.process_time(), 0
        for side in lists:
            started = time.perf_counter()
            matching.engage(home / f"{side}.csv", home / side, question="bench", side=side)
            matching.blind(home / side)
            moved += (home / side / matching.BLINDED).stat().st_size
            print(f"{side}: promise and blind {time.perf_counter() - started:.1f} s", flush=True)
        answers: list[Message] = []
        for side in lists:
            started = time.perf_counter()
            answers.append(matching.answer(home / side, home / side.other / matching.BLINDED))
            moved += (home / side / matching.DOUBLED).stat().st_size
            print(f"{side}: answer {time.perf_counter() - started:.1f} s", flush=True)
        found = common(*answers)
        seconds, processor = time.perf_counter() - begun, time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        cost = f"{seconds:.1f} s ({processor:.1f} s of processor), {moved / 1e6:.2f} MB exchanged, peak {peak} MB"
        print(f"{ours} × {theirs}: {cost}, {found} in common")
        assert found == shared


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
