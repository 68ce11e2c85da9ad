"""Passwords guessed at the same instant, each from a connection of its own: every failure counts."""

from __future__ import annotations

import pytest
from tests.support.at_once import at_once

from avenant.foundations.accounts.services import count_failure, may_try_to_sign_in
from avenant.foundations.accounts.services.security import ALLOWED_TOGETHER

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("committed")]
WHO, WHERE = "visee@example.org", "192.0.2.1"


def test_as_many_guesses_at_once_as_are_allowed_shut_the_door() -> None:
    at_once(*[lambda: count_failure(WHO, WHERE)] * (ALLOWED_TOGETHER - 1))
    assert may_try_to_sign_in(WHO, WHERE).allowed
    count_failure(WHO, WHERE)
    assert not may_try_to_sign_in(WHO, WHERE).allowed
    assert may_try_to_sign_in(WHO, "192.0.2.2").allowed, "from elsewhere, where nobody has failed"
