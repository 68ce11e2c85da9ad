from __future__ import annotations

import pytest
from tests.support.funding import FundingCast, make_cast, publish

from avenant.funding.calls.models import PublishedCall


@pytest.fixture
def cast(db: None) -> FundingCast:
    return make_cast()


@pytest.fixture
def call(cast: FundingCast) -> PublishedCall:
    """The call of 2023, published."""
    return publish(cast)
