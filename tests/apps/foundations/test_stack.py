"""A request has room on the interpreter's stack."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from avenant.foundations.stack import SLOTS, RoomMiddleware


def test_the_first_frame_of_a_request_asks_for_more_than_a_chunk() -> None:
    assert settings.MIDDLEWARE[0] == "avenant.foundations.stack.RoomMiddleware"
    assert RoomMiddleware.__call__.__code__.co_stacksize == SLOTS
    answered = HttpResponse("à cœur")
    assert RoomMiddleware(lambda request: answered)(HttpRequest()) is answered
