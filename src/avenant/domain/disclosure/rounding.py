"""Rounding for public tables and maps: sums still hold, and small numbers are blurred.

Controlled rounding moves each figure to a neighbouring multiple of a base, the nearest as often as the sums allow
(Handbook on Statistical Disclosure Control, 5.5). From a rounded figure z a reader learns that the true one is
between z - b + 1 and z + b - 1. The cell key method (5.4) gives each figure its own noise, the same wherever it
appears.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

import numpy as np

from avenant.domain.disclosure.cells import DisclosureError, Publication
from avenant.domain.disclosure.solver import Program
from avenant.domain.disclosure.system import equation_rows

NODES = 20_000


def controlled_rounding(publication: Publication, base: int = 5) -> dict[str, int]:
    """Every cell at a multiple of ``base`` next to its value, so that all equations hold, with the least total change.

    A multiple of the base stays as it is; when no such table exists (possible from three dimensions on), figures may
    move by one more multiple. Raises :class:`DisclosureError` when there is still none, or when the base is below 2.
    """
    if base < 2:
        raise DisclosureError("La base d’arrondi est d’au moins 2.", code="bad_base")
    for spread in (0, 1):
        rounded = _rounded(publication, base, spread)
        if rounded is not None:
            return rounded
    raise DisclosureError("Aucun arrondi ne garde les totaux justes : regroupez des modalités.", code="no_rounding")


def _rounded(publication: Publication, base: int, spread: int) -> dict[str, int] | None:
    keys = tuple(publication.cells)
    number = {key: rank for rank, key in enumerate(keys)}
    value = np.array([publication.cells[key].value for key in keys], dtype=np.int64)
    low = np.maximum(value // base - spread, 0)
    high = -(-value // base) + spread
    # Columns: the multiple, then the number of steps beyond the nearest ones, so that the change is a linear cost.
    starts, cells, signs = equation_rows(publication.equations, number)
    program = Program(columns=len(keys), rows=(starts, cells, signs), integer=True, nodes=NODES)
    program.bound(low.astype(np.float64), high.astype(np.float64))
    program.cost(_slopes(value, base).astype(np.float64))
    solution = program.solve()
    if solution is None:
        return None
    return dict(zip(keys, (np.rint(solution).astype(np.int64) * base).tolist(), strict=True))


def _slopes(
    value: np.ndarray[tuple[int, ...], np.dtype[np.int64]], base: int
) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """Change in |z - a| when z goes from the multiple below to the one above; zero for a multiple of the base."""
    below = value % base
    slope: np.ndarray[tuple[int, ...], np.dtype[np.int64]] = np.where(below == 0, 0, base - 2 * below)
    return slope


def is_rounded(publication: Publication, rounded: Mapping[str, int], base: int) -> bool:
    """Whether figures are multiples of the base that keep every sum: the check that a reader can redo."""
    return all(figure % base == 0 for figure in rounded.values()) and all(
        equation.balance(rounded) == 0 for equation in publication.equations
    )


NoiseRow = tuple[Decimal, Decimal, int]
"""Cell keys above the first number and up to the second receive this noise."""


def with_cell_key(count: int, record_keys: Iterable[Decimal], noise: Mapping[int, Iterable[NoiseRow]]) -> int:
    """A count with the noise of its cell key: the fraction of the sum of its records' keys, looked up for this count.

    The same records receive the same noise in every table, so that repeating a question teaches nothing. ``noise``
    gives the rows of each count; counts beyond the largest use its rows. Zero stays zero.
    """
    if count == 0:
        return 0
    key = sum(record_keys, Decimal(0)) % 1
    rows = noise[min(count, max(noise))]
    return count + next((shift for above, up_to, shift in rows if above < key <= up_to), 0)
