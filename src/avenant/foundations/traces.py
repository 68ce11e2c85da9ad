"""Each request bears a reference: the one that an error page shows is the one that the technical log holds.

The technical log says what the platform did, never what people wrote: a page's address, a duration, an error. What
people did is in the journal, what they opened in the security log.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Callable
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Final

from django.http import HttpRequest, HttpResponse
from prometheus_client import Counter, Histogram

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
"""No 0, O, 1, I nor L: a reference is read aloud on the telephone."""

_reference: ContextVar[str] = ContextVar("reference", default="")

ANSWERS: Final = Counter("avenant_answers_total", "Answers by view, method and status", ("view", "method", "status"))
SECONDS: Final = Histogram(
    "avenant_answer_seconds",
    "Time to answer, by view",
    ("view",),
    buckets=(0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)


def reference() -> str:
    """The reference of the request at hand, or the last one of this thread; empty in a process that serves none."""
    return _reference.get()


class ReferenceMiddleware:
    """Give each request its reference, say it in the answer's headers, measure the answer."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # Not put back at the end: Django logs a refused answer once every middleware has returned.
        _reference.set("".join(secrets.choice(ALPHABET) for _ in range(8)))
        started = time.perf_counter()
        response = self.get_response(request)
        response.headers["X-Reference"] = reference()
        _measure(request, response, time.perf_counter() - started)
        return response


def _measure(request: HttpRequest, response: HttpResponse, seconds: float) -> None:
    # The view's name, never its address: an address holds identifiers, and would make a series of each file.
    view = request.resolver_match.view_name if request.resolver_match else "(none)"
    ANSWERS.labels(view, request.method if request.method in {"GET", "POST"} else "OTHER", response.status_code).inc()
    SECONDS.labels(view).observe(seconds)


class ReferenceFilter(logging.Filter):
    """Add the request's reference to each line."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.reference = reference() or "-"
        return True


class JsonFormatter(logging.Formatter):
    """One JSON object a line, for whatever gathers logs."""

    def format(self, record: logging.LogRecord) -> str:
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "reference": getattr(record, "reference", "-"),
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["error"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
