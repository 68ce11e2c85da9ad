"""How long a password is: twelve characters, fourteen for those who administer, decide or sign. And how hard to guess."""

from __future__ import annotations

import re
from typing import Any, Final

from django.core.exceptions import ValidationError
from django.utils import timezone
from zxcvbn import zxcvbn

from avenant.domain.audiences import Role
from avenant.foundations.accounts import selectors

SHORTEST, SHORTEST_FOR_DECIDERS = 12, 14
STRONG: Final = 4
"""The highest score of zxcvbn: ten thousand million guesses at least."""
READ: Final = 32
"""Characters that are weighed: the weighing of more can be made to last for seconds."""
EXPECTED: Final = (
    "avenant", "azerty", "azertyuiop", "bonjour", "chouchou", "doudou", "loulou", "motdepasse", "prevention", "qsdfghjklm",
    "sante", "soleil", "travail", "wxcvbn",
)  # fmt: skip
"""What French people and this platform add to the lists of zxcvbn: the keyboard, usual words."""
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


class HardToGuess:
    """Neither a password of the lists (thirty thousand leaked ones, names, words), however disguised, nor a series of
    the keyboard, a date, a repetition, or what everybody knows of the person. Nothing is asked over the network."""

    def validate(self, password: str, user: Any = None) -> None:
        """Raise when ``password`` is found in fewer guesses than a strong one."""
        known = re.split(r"[^\w]+", f"{getattr(user, 'name', '')} {getattr(user, 'email', '')}")
        if zxcvbn(password[:READ], user_inputs=[*EXPECTED, *filter(None, known)])["score"] < STRONG:
            raise ValidationError(
                "Ce mot de passe se devine\u202f: mot courant, suite du clavier, date ou nom, même avec des chiffres autour. "
                "Prenez plutôt quatre mots sans lien entre eux.",
                code="guessed",
            )

    def get_help_text(self) -> str:
        """The rule in words."""
        return "Ni mot courant, ni suite du clavier, ni nom ou date, même avec des chiffres autour."
