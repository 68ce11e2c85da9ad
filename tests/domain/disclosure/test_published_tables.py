"""Golden test G8: match or beat the published results on INSEE's two tables."""

import pytest
from tests.domain.disclosure import published

from avenant.domain.disclosure import Method, Rules, assess, audit, protect

RULES = Rules(persons=0, complement=False, group=False, dominance_margin=10)
"""INSEE's rules: fewer than 3 companies, 85 %; and an interval of 10 % around each sensitive value."""

pytestmark = pytest.mark.skipif(published.FOLDER is None, reason="the published tables are not here")


def test_g8_turnover_exactly():
    """414 cells, 77 primary; published: 64 secondary with the exact method."""
    table = published.turnover()
    assert len(table.cells) == 414
    assessment = assess(table, RULES)
    assert len(assessment.primary) == 77
    protection = protect(assessment)
    assert protection.method is Method.EXACT
    assert len(protection.secondary) <= 60
    assert audit(protection).safe


@pytest.mark.slow
def test_g8_four_dimensions():
    """689 cells, 114 primary; published: 291 secondary."""
    table = published.pizzas()
    assert len(table.cells) == 689
    assessment = assess(table, RULES)
    assert len(assessment.primary) == 114
    protection = protect(assessment)
    assert len(protection.secondary) <= 200
    assert audit(protection).safe
