"""What browsers report of the content policy: a line of the technical log each, so many a minute and no more."""

from __future__ import annotations

import json
import logging
import time
from collections import deque
from typing import Any, Final
from urllib.parse import urlsplit

LARGEST: Final = 8_192
"""Bytes of a report that is read."""
A_MINUTE: Final = 30
"""Reports that each process writes down in a minute: anybody may send some, and a full log tells nothing."""

_log = logging.getLogger("avenant.content_policy")
_recent: deque[float] = deque(maxlen=A_MINUTE)


def note(body: bytes) -> bool:
    """Log one report, in either shape that browsers send; False when it is not one, or comes after too many."""
    said = _read(body)
    now = time.monotonic()
    if said is None or (len(_recent) == A_MINUTE and now - _recent[0] < 60):
        return False
    _recent.append(now)
    _log.warning("content policy: %s refused %s on %s", *said)
    return True


def _read(body: bytes) -> tuple[str, str, str] | None:
    """The rule, what it refused (its host, never what an address carries) and the page."""
    if len(body) > LARGEST:
        return None
    try:
        found: Any = json.loads(body)
    except ValueError:
        return None
    if isinstance(found, list):
        found = {"csp-report": found[0].get("body")} if found and isinstance(found[0], dict) else None
    report = found.get("csp-report") if isinstance(found, dict) else None
    if not isinstance(report, dict):
        return None
    rule = report.get("effective-directive") or report.get("effectiveDirective") or report.get("violated-directive")
    refused = _place(report.get("blocked-uri") or report.get("blockedURL"), host=True)
    page = _place(report.get("document-uri") or report.get("documentURL"), host=False)
    return (_one_line(rule), refused, page) if rule else None


def _place(address: object, *, host: bool) -> str:
    try:
        parts = urlsplit(str(address or ""))
        return _one_line((parts.hostname or parts.path) if host else parts.path)
    except ValueError:
        return "?"


def _one_line(text: object) -> str:
    return "".join(one for one in str(text) if one.isprintable())[:120]
