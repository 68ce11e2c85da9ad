from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from tests.support.cast import Cast
from tests.support.story import Story

from avenant.foundations.accounts.models import User
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations.models import Part


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


@pytest.fixture
def part(story: Story) -> Part:
    """The service's part of an open campaign, empty."""
    story.campaign()
    return story.part()


@pytest.fixture
def signed_in(db: None) -> Callable[[Actor], Client]:
    """A browser in which somebody is signed in."""

    def sign_in(actor: Actor) -> Client:
        client = Client()
        client.force_login(User.objects.get(pk=actor.person_id))
        return client

    return sign_in
