"""The neutral count at the size of a region, 130,000 × 5,000 establishments: both sides and the count.

Bars: 45 s on one thread, 10 MB exchanged, exact before rounding.
"""

from __future__ import annotations

import resource
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from stdnum import luhn

from avenant.collect import matching
from avenant.domain.neutral_count import Message, Side, common
from bench.figures import Figure, measured


def sirets(start: int, count: int) -> list[str]:
    """Establishments that do not exist, their keys valid."""
    return [_keyed(f"{_keyed(f'9{number:07}')}0001") for number in range(start, start + count)]


def _keyed(digits: str) -> str:
    return digits + str(luhn.calc_check_digit(digits))


def measures(ours: int = 130_000, theirs: int = 5_000, shared: int = 3_217) -> Iterator[Figure]:
    """Each side's part, then the whole with what was exchanged."""
    with tempfile.TemporaryDirectory(prefix="avenant-bench-") as folder:
        home, whole, moved = Path(folder), list[Figure](), 0
        for side, listed in ((Side.FUND, sirets(0, ours)), (Side.SERVICE, sirets(ours - shared, theirs))):
            (home / f"{side}.csv").write_text("SIRET\n" + "\n".join(listed) + "\n", encoding="utf-8")
        for side in (Side.FUND, Side.SERVICE):
            whole.append(measured(f"{side} : promesse et masquage", partial(_promised, home, side), runs=1, bar=None))
            moved += (home / side / matching.BLINDED).stat().st_size
        answers = list[Message]()
        for side in (Side.FUND, Side.SERVICE):
            act = partial(_answered, home, side, answers)
            whole.append(measured(f"{side} : second masquage", act, runs=1, bar=None))
            moved += (home / side / matching.DOUBLED).stat().st_size
        yield from whole
        found = common(*answers)
        assert found == shared
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        told = f"{found} en commun, {moved / 1e6:.1f} Mo échangés (10 permis), {peak} Mo de mémoire"
        spent = sum(one.spent or 0 for one in whole)
        wall = sum(one.wall for one in whole)
        yield Figure(
            name=f"compte neutre, {ours} × {theirs}", wall=wall, spent=spent, best=spent, bar=45_000, note=told
        )


def _promised(home: Path, side: Side) -> None:
    matching.engage(home / f"{side}.csv", home / side, question="bench", side=side)
    matching.blind(home / side)


def _answered(home: Path, side: Side, answers: list[Message]) -> None:
    answers.append(matching.answer(home / side, home / side.other / matching.BLINDED))
