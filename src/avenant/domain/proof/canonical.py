"""One way of writing facts as bytes, so that equal facts have equal hashes."""

from __future__ import annotations

import hashlib
import json


def canonical(value: object) -> bytes:
    """JSON in UTF-8, keys sorted, no space, no escaped letter. Raises ``TypeError`` on what JSON does not hold as it is.

    A float would be written differently by another language: amounts and rates are text, counts are integers.
    """
    _refuse_floats(value)
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def fingerprint(value: object) -> str:
    """SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def textual(value: object) -> object:
    """The same JSON value with each float written as its shortest text, ready for :func:`canonical`."""
    match value:
        case float():
            return repr(value)
        case dict():
            return {str(key): textual(inner) for key, inner in value.items()}
        case list() | tuple():
            return [textual(inner) for inner in value]
        case _:
            return value


def _refuse_floats(value: object) -> None:
    if isinstance(value, float):
        raise TypeError("a float has no canonical form: write the number as text")
    if isinstance(value, dict):
        for key, inner in value.items():
            if not isinstance(key, str):
                raise TypeError("a key is a text")
            _refuse_floats(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            _refuse_floats(inner)
