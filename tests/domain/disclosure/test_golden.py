"""The eleven published examples: each states its source, what was published and what must come out."""

from decimal import Decimal

import pytest

from avenant.domain.disclosure import (
    PUBLIC,
    Assessment,
    Axis,
    Cell,
    Count,
    Equation,
    Publication,
    Reason,
    Requirement,
    Rules,
    Showing,
    Unit,
    assess,
    audit,
    by_number,
    by_value,
    controlled_rounding,
    cross,
    is_rounded,
    protect,
    range_of,
    together,
    with_cell_key,
)
from avenant.domain.disclosure.primary import judge

NO_COMPLEMENT = {"complement": False, "group": False}


def table(measure, rows, columns, inner, **options):
    counts = {
        (row, column): value
        for row, line in zip(rows, inner, strict=True)
        for column, value in zip(columns, line, strict=True)
    }
    return cross(measure, (Axis.flat("r", rows), Axis.flat("c", columns)), counts, **options)


def asking(publication, *requirements):
    asked = tuple(Requirement(key, low, high, Reason.PERSONS, ("public",)) for key, low, high in requirements)
    return Assessment(publication, (PUBLIC,), asked)


def weight(protection):
    return sum(protection.assessment.publication.cells[key].value for key in protection.hidden)


def test_g1_geurts_intervals():
    """Handbook, Example 3: rows (X11, X12 | 7), (X21, X22 | 3), (3, 3 | 6); columns 9, 7; total 16."""
    published = table("x", ["1", "2", "3"], ["1", "2"], [(5, 2), (1, 2), (3, 3)])
    hidden = {f"x|c={column}|r={row}" for row in "12" for column in "12"}
    found = {key: range_of(published, hidden, key) for key in hidden}
    assert found == {
        "x|c=1|r=1": (3, 6),
        "x|c=2|r=1": (1, 4),
        "x|c=1|r=2": (0, 3),
        "x|c=2|r=2": (0, 3),
    }


G2 = [(30, 47, 64, 89), (90, 124, 5, 31), (92, 100, 59, 85), (800, 991, 651, 685)]


def test_g2_two_hidden_a_line_is_not_enough():
    """sdcTable, test-simpleheuristic.R: two hidden a line, yet wb = 47 exactly; one more cell cures it."""
    published = table("n", list("wxyz"), list("abcd"), G2)
    hidden = {f"n|c={cell[1]}|r={cell[0]}" for cell in ["wa", "wb", "wc", "xa", "xc", "yb", "yd", "zb", "zd"]}
    assert range_of(published, hidden, "n|c=b|r=w") == (47, 47)
    assert range_of(published, hidden | {"n|c=d|r=x"}, "n|c=b|r=w") == (0, 78)

    kept = [Showing.NEVER if key in hidden else Showing.FREE for key in published.cells]
    fixed = Publication.of(
        (
            Cell(cell.key, cell.value, showing=showing)
            for cell, showing in zip(published.cells.values(), kept, strict=True)
        ),
        published.equations,
    )
    for weigh in (by_value, by_number):
        cured = protect(asking(fixed, ("n|c=b|r=w", 46, 48)), weigh=weigh)
        assert len(cured.secondary) == 1
        assert audit(cured).safe


def test_g3_frequency_and_dominance():
    """INSEE, rtauargus README: 02/tr1 by frequency, 06/tr2 by dominance (38 of 40), 02/tr2 and 06/tr1 with them."""
    counts = {
        ("01", "tr1"): Count(100, establishments=10, largest=20),
        ("01", "tr2"): Count(50, establishments=5, largest=15),
        ("02", "tr1"): Count(30, establishments=2, largest=20),
        ("02", "tr2"): Count(20, establishments=5, largest=10),
        ("06", "tr1"): Count(60, establishments=8, largest=16),
        ("06", "tr2"): Count(40, establishments=6, largest=38),
    }
    axes = (Axis.flat("a", ["01", "02", "06"]), Axis.flat("s", ["tr1", "tr2"]))
    published = cross("v", axes, counts, unit=Unit.AMOUNT)
    assessment = assess(published, Rules(persons=0, **NO_COMPLEMENT))
    assert {one.key: one.reason for one in assessment.requirements} == {
        "v|a=02|s=tr1": Reason.ESTABLISHMENTS,
        "v|a=06|s=tr2": Reason.DOMINANCE,
    }
    protection = protect(assessment, weigh=by_value)
    assert protection.hidden == {"v|a=02|s=tr1", "v|a=06|s=tr2", "v|a=02|s=tr2", "v|a=06|s=tr1"}
    assert range_of(published, protection.hidden, "v|a=02|s=tr1") == (0, 50)
    assert range_of(published, protection.hidden, "v|a=06|s=tr2") == (10, 60)


def test_g4_lightest_pattern():
    """sdcTable microdata1: (A, f) = 2 is primary; the lightest pattern weighs 42 (GAUSS: 45)."""
    published = table("n", list("ABCD"), ["f", "m"], [(2, 18), (19, 14), (10, 12), (14, 11)])
    protection = protect(asking(published, ("n|c=f|r=A", 1, 3)), weigh=by_value)
    assert weight(protection) == 42
    assert len(protection.shown) - len(protection.hidden) == 11
    assert audit(protection).safe


def test_g5_fischetti_and_salazar():
    """Introductory table of Fischetti and Salazar-González: (II, C) in [5, 30], optimum 59 when values are the cost."""
    published = table("n", ["I", "II", "III"], list("ABC"), [(20, 50, 10), (8, 19, 22), (17, 32, 12)])
    pattern = {"n|c=A|r=II", "n|c=C|r=II", "n|c=A|r=III", "n|c=C|r=III"}
    assert range_of(published, pattern, "n|c=C|r=II") == (5, 30)
    protection = protect(asking(published, ("n|c=C|r=II", 18, 26)), weigh=by_value)
    assert weight(protection) == 59
    assert protection.hidden == pattern


def linked():
    counties = {"A": 2, "B": 2, "I": 8, "J": 8, "K": 3, "L": 3, "M": 3, "N": 7}
    cells = [Cell(name, value) for name, value in counties.items()]
    totals = [Cell("county-1", 20), Cell("county-2", 16), Cell("BIG", 6), Cell("small", 30), Cell("total", 36)]
    by_county = Publication.of(
        [*cells, *totals[:2], totals[4]],
        [
            Equation(("county-1",), ("A", "B", "I", "J")),
            Equation(("county-2",), ("K", "L", "M", "N")),
            Equation(("total",), ("county-1", "county-2")),
        ],
    )
    by_group = Publication.of(
        [*cells, *totals[2:]],
        [
            Equation(("BIG",), ("L", "M")),
            Equation(("small",), ("A", "B", "I", "J", "K", "N")),
            Equation(("total",), ("BIG", "small")),
        ],
    )
    return by_county, by_group


def test_g6_two_safe_tables_unsafe_together():
    """sdcTools UserSupport 136: each table leaves K open, together K = 3; the optimum hides N too."""
    by_county, by_group = linked()
    hidden = set("ABKLM")
    assert range_of(by_county, hidden, "K") == (0, 9)
    assert range_of(by_group, hidden, "K") == (0, 7)
    both = together(by_county, by_group)
    assert range_of(both, hidden, "K") == (3, 3)
    asked = asking(both, *((key, 1, both.cells[key].value + 1) for key in "ABKLM"))
    protection = protect(asked, weigh=by_number)
    assert protection.secondary == {"N"}
    assert audit(protection).safe


@pytest.mark.parametrize(
    ("values", "floor", "expected"),
    [((10, 3, 1, 1), 0, (0, 2)), ((10, 3, 1, 1), 1, (1, 1)), ((10, 5, 0, 0), 0, (0, 0))],
)
def test_g7_zeros(values, floor, expected):
    """sdcTools UserSupport 194: hidden ones lie in [0, 2], but are known when zeros are printed."""
    cells = [Cell(f"p{rank}", value, floor=floor) for rank, value in enumerate(values)]
    published = Publication.of([Cell("t", 15), *cells], [Equation(("t",), tuple(cell.key for cell in cells))])
    assert range_of(published, {"p2", "p3"}, "p2") == expected
    assert range_of(published, {"p2", "p3"}, "p3") == expected


G9 = {("A", "x"): 1, ("A", "y"): 0, ("B", "x"): 3, ("B", "y"): 3, ("C", "x"): 12, ("C", "y"): 20}


def test_g9_controlled_rounding():
    """Handbook 5.5, base 5: the published rounding changes 22 in all, the best one 18."""
    published = cross("n", (Axis.flat("r", "ABC"), Axis.flat("c", "xy")), G9)
    rounded = controlled_rounding(published, 5)
    assert is_rounded(published, rounded, 5)
    assert all(abs(rounded[key] - cell.value) < 5 for key, cell in published.cells.items())
    assert sum(abs(rounded[key] - cell.value) for key, cell in published.cells.items()) == 18


def test_g10_cell_key():
    """Handbook 5.4: record keys 0.9, 0.3, 0.6 give the cell key 0.8; for a count of 3, (0.7, 1] is + 1."""
    noise = {
        3: [(Decimal(0), Decimal("0.3"), -1), (Decimal("0.3"), Decimal("0.7"), 0), (Decimal("0.7"), Decimal(1), 1)]
    }
    assert with_cell_key(3, [Decimal("0.9"), Decimal("0.3"), Decimal("0.6")], noise) == 4


def test_g11_dominance_misses_the_second_contributor():
    """Handbook, chapter 4: 50,000 and 49,000 of 100,000 are safe under (1, 90), not under p % with p = 10."""
    cell = Cell("x", 100_000, Unit.AMOUNT, establishments=9, largest=50_000, second=49_000)
    assert judge(cell, Rules(dominance=90)) is None
    verdict = judge(cell, Rules(dominance=90, proportion=10))
    assert verdict is not None
    assert verdict[0] is Reason.PROPORTION
    assert verdict[2] == 104_000  # p/100 · x1 - (X - x1 - x2) = 5,000 - 1,000

    dominated = judge(Cell("x", 330, Unit.AMOUNT, establishments=3, largest=300, second=20), Rules(dominance=85))
    assert dominated is not None
    assert dominated[0] is Reason.DOMINANCE
    assert dominated[2] == 353  # 300 / 0.85 = 352.94, in whole numbers
