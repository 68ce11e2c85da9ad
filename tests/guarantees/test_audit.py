"""The audit of vulnerabilities says « not checked » rather than « none » where nobody answered."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.audit import CONTROL, judge

KNOWN = [{"name": "jinja2", "version": "2.10", "vulns": [{"id": "PYSEC-2019-217"}]}]
SOUND = {"name": "django", "version": "5.2.1", "vulns": []}
SKIPPED = {"name": "jinja2", "skip_reason": "Dependency not found on PyPI"}


def audit(control: Any, locked: Any) -> Any:
    def asked(requirements: str) -> list[dict[str, Any]]:
        found = control if requirements == CONTROL else locked
        if isinstance(found, Exception):
            raise found
        return list(found)

    return asked


@pytest.mark.parametrize(
    ("control", "locked", "code", "words"),
    [
        (KNOWN, [SOUND], 0, "Vulnerabilities: 0 known in 1 packages checked, 0 not checked."),
        (KNOWN, [SOUND, *KNOWN], 1, "jinja2 2.10: PYSEC-2019-217"),
        (KNOWN, [SOUND, SKIPPED], 0, "Vulnerabilities: 0 known in 1 packages checked, 1 not checked."),
        ([SKIPPED], [SOUND], 0, "not checked, the registry of this machine gives no advisory."),
        (OSError("no network"), [], 0, "not checked, the audit gave no answer (OSError)."),
        (KNOWN, ValueError("not JSON"), 0, "not checked, the audit gave no answer (ValueError)."),
    ],
)
def test_what_is_not_checked_is_not_said_to_be_sound(control: Any, locked: Any, code: int, words: str) -> None:
    told = judge("django==5.2.1", audit(control, locked))
    assert (told[0], words in told[1]) == (code, True)
