"""Two people who did the same thing at the same instant: what the database refuses to the second, in words."""

from __future__ import annotations

from functools import cache

from django.apps import apps
from django.db import DatabaseError
from django.db.models import UniqueConstraint
from psycopg.errors import DeadlockDetected, UniqueViolation

from avenant.domain.decision import DomainError

TOGETHER = "Quelqu’un d’autre agissait ici au même instant. Rechargez la page, puis recommencez s’il le faut."


def told_of(error: DatabaseError) -> DomainError | None:
    """The refusal to tell when two acts met: by the words of the constraint they met on, when it has some. None is a fault
    of ours, or a database that does not answer."""
    cause = error.__cause__
    if isinstance(cause, DeadlockDetected):
        return DomainError(TOGETHER, code="together")
    if isinstance(cause, UniqueViolation):
        return DomainError(_words().get(cause.diag.constraint_name or "", TOGETHER), code="together")
    return None


@cache
def _words() -> dict[str, str]:
    """What each constraint that holds one row only says, by its name."""
    return {
        one.name: str(one.violation_error_message)
        for model in apps.get_models()
        for one in model._meta.constraints  # noqa: SLF001
        if isinstance(one, UniqueConstraint) and one.violation_error_message != one.default_violation_error_message
    }
