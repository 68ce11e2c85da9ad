"""How long a password is: twelve characters, fourteen for those who administer, decide or sign."""

from __future__ import annotations

from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.foundations.accounts import selectors

SHORTEST, SHORTEST_FOR_DECIDERS = 12, 14
WORDS: Final = {SHORTEST: "douze", SHORTEST_FOR_DECIDERS: "quatorze"}


class LengthByRole:
    """Django's own rule of length, but for the roles of the person: those they hold, or are invited to."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise when ``password`` is shorter than the person's roles ask."""
        shortest = self._shortest(user)
        if len(password) < shortest:
            raise ValidationError(f"Le mot de passe compte au moins {WORDS[shortest]} caractères.", code="too_short")

    def get_help_text(self) -> str:
        """The rule in words."""
        return "Douze caractères au moins, quatorze si vous administrez, décidez ou signez. Une phrase convient bien."

    def _shortest(self, user: Any) -> int:
        roles: frozenset[Role] = getattr(user, "invited_roles", frozenset())
        if user is not None and user.pk:
            roles |= selectors.list_roles(user.pk, on=timezone.localdate())
        return SHORTEST_FOR_DECIDERS if any(role.decides for role in roles) else SHORTEST
