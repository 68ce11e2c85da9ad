"""Answers that carry their reason: may this be done, and what does a rule say of these figures."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class DomainError(Exception):
    """A refusal that a person reads: what happened, on which basis. Doors translate it, nothing else catches it."""

    def __init__(self, message: str, *, code: str = "refused", basis: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.code = code
        self.basis = basis


class Refused(DomainError):
    """A policy said no; ``message`` is its reason."""


@dataclass(frozen=True, slots=True)
class Decision:
    """May this be done, and if not why, on which article."""

    allowed: bool
    reason: str = ""
    basis: str = ""

    @classmethod
    def yes(cls) -> Decision:
        return cls(allowed=True)

    @classmethod
    def no(cls, reason: str, basis: str = "") -> Decision:
        return cls(allowed=False, reason=reason, basis=basis)

    def or_raise(self) -> None:
        """Raise :class:`Refused` with the reason when the answer is no."""
        if not self.allowed:
            raise Refused(self.reason, basis=self.basis)


class Severity(StrEnum):
    """How much a finding weighs: it stops the act, asks for a reason, or informs."""

    BLOCKING = "blocking"
    TO_JUSTIFY = "to_justify"
    INFORMATION = "information"


@dataclass(frozen=True, slots=True)
class Finding:
    """One rule, its outcome on given figures, in a sentence that a director understands.

    ``code`` names the rule and is stable from one run to the next: a justification is kept against it.
    ``subjects`` are the codes of the definitions concerned, the first being where the page shows the finding.
    """

    code: str
    severity: Severity
    sentence: str
    basis: str = ""
    subjects: tuple[str, ...] = ()
