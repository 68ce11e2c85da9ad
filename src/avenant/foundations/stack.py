"""Room on the interpreter's stack for a whole request.

CPython keeps the frames of a thread in chunks of 16 KB, taken from the kernel and given back as soon as they are empty.
A page calls hundreds of thousands of functions; where the edge of a chunk falls under them, each call takes and gives
back a chunk, which made a form of sixty indicators twice as long (cpython issue 142183). A first frame that asks for
much gets one large chunk, and what it calls lives in the rest of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from django.http import HttpRequest, HttpResponse

SLOTS: Final = 2**14 + 1
"""Just over 128 KB of eight-byte slots: the chunk is the next power of two, half of it left for the calls."""


class RoomMiddleware:
    """Answer a request from a frame with room below it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


RoomMiddleware.__call__.__code__ = RoomMiddleware.__call__.__code__.replace(co_stacksize=SLOTS)
