from __future__ import annotations

import pytest
from tests.support.cast import Cast
from tests.support.story import Story

from avenant.indicators.declarations.models import Part


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


@pytest.fixture
def part(story: Story) -> Part:
    """The service's part of an open campaign, empty."""
    story.campaign()
    return story.part()
