"""What the collector refuses, with the exit code that a scheduler reads."""

from __future__ import annotations

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset

REJECTED, BAD_INPUT, IDENTITY, SECRECY, NETWORK, TAMPERED, INTERRUPTED = 1, 4, 3, 5, 6, 7, 130
"""Exit codes: rows were rejected, input that cannot be read, identity columns, secrecy, platform, seal, Ctrl+C."""


class CollectError(DomainError):
    """A refusal that the person at the keyboard reads: what happened and what to do."""

    def __init__(self, message: str, *, code: str = "refused", exit_code: int = BAD_INPUT) -> None:
        super().__init__(typeset(message), code=code)
        self.exit_code = exit_code
