"""An attacker written apart from the library: no solver, no shared code; he tries every table of whole numbers."""

from collections.abc import Iterator


def possible_tables(shown, bounds, sums) -> Iterator[dict]:
    """Every table that agrees with the figures shown.

    ``shown``: figure or None; ``bounds``: lowest and highest of each hidden cell; ``sums``: (left cells, right cells).
    """
    unknown = [key for key, figure in shown.items() if figure is None]
    table = {key: figure for key, figure in shown.items() if figure is not None}

    def extend(rank):
        if not all(can_balance(table, bounds, left, right) for left, right in sums):
            return
        if rank == len(unknown):
            yield dict(table)
            return
        key = unknown[rank]
        for value in range(bounds[key][0], bounds[key][1] + 1):
            table[key] = value
            yield from extend(rank + 1)
            del table[key]

    yield from extend(0)


def can_balance(table, bounds, left, right):
    """Whether the cells not tried yet can still make both sides equal."""
    least = most = 0
    for sign, side in ((1, left), (-1, right)):
        for key in side:
            low, high = (table[key], table[key]) if key in table else bounds[key]
            least += sign * (low if sign > 0 else high)
            most += sign * (high if sign > 0 else low)
    return least <= 0 <= most


def deduced(shown, bounds, sums, key):
    """Lowest and highest value of a cell over all possible tables, found by trying."""
    found = [table[key] for table in possible_tables(shown, bounds, sums)]
    return min(found), max(found)
