"""The numbers of French establishments: SIREN, SIRET, FINESS. And those of persons, which no file may hold."""

from __future__ import annotations

import re
from typing import Final

from stdnum.exceptions import ValidationError
from stdnum.fr import nir, siret

from avenant.domain.decision import DomainError
from avenant.domain.french import quoted, typeset

_SPACES: Final = re.compile(r"[\s\u00a0\u202f.\-]+")
_FINESS: Final = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{7}")
_NIR: Final = re.compile(r"[12][0-9]{2}(?:0[1-9]|1[0-2])(?:[0-9]{2}|2[AB])[0-9]{6}(?:[0-9]{2})?")
_WHOLE_FLOAT: Final = re.compile(r"([0-9]{14})[.,]0+")
_DOUBLED: Final = dict(zip("0123456789", (0, 2, 4, 6, 8, 1, 3, 5, 7, 9), strict=True))
_POST_OFFICE: Final = "356000000"
_SCIENTIFIC: Final = re.compile(r"[0-9][.,][0-9]+E\+?[0-9]+", re.IGNORECASE)


class BadIdentifier(DomainError):
    """A number that cannot be what it is said to be; ``message`` says why."""

    def __init__(self, message: str) -> None:
        super().__init__(typeset(message), code="bad_identifier")


def parse_siret(text: str) -> str:
    """The 14 digits of a SIRET typed with or without spaces, its key checked. Raises :class:`BadIdentifier`.

    A SIRET that a spreadsheet kept as a number comes as ``12345678901234.0``: all 14 digits are there, it is recovered.
    Written ``1,23457E+13`` its last digits are lost: it is refused with the question. The establishments of La Poste
    follow their own key (the sum of the digits is a multiple of 5).
    """
    typed = text.strip()
    if _plainly_right(typed):
        return typed
    if _SCIENTIFIC.fullmatch(typed):
        raise BadIdentifier(
            f"{quoted(typed)} : le tableur a arrondi ce SIRET, ses derniers chiffres sont perdus. Quel est-il ? "
            "Mettez la colonne au format Texte, puis écrivez-le."
        )
    whole = _WHOLE_FLOAT.fullmatch(typed)
    digits = whole[1] if whole else _SPACES.sub("", typed)
    if not digits:
        raise BadIdentifier("Le SIRET manque.")
    if not (digits.isascii() and digits.isdigit()):
        raise BadIdentifier(f"{quoted(typed)} n'est pas un SIRET : il ne compte que des chiffres.")
    if len(digits) == 13:
        raise BadIdentifier(f"{quoted(typed)} a 13 chiffres : un zéro s'est-il perdu au début ? Un SIRET en compte 14.")
    if len(digits) != 14:
        raise BadIdentifier(f"{quoted(typed)} a {len(digits)} chiffres : un SIRET en compte 14.")
    try:
        siret.validate(digits)
    except ValidationError:
        raise BadIdentifier(f"{quoted(typed)} : la clé de ce SIRET est fausse. Un chiffre est à vérifier.") from None
    return digits


def siren_of(establishment: str) -> str:
    """The enterprise (SIREN) of an establishment (SIRET): its first nine digits."""
    return establishment[:9]


def parse_finess(text: str) -> str:
    """The nine characters of a FINESS number. Its key is not checked: see :func:`finess_key_holds`."""
    number = _SPACES.sub("", text).upper()
    if not _FINESS.fullmatch(number):
        raise BadIdentifier(f"{quoted(text.strip())} n'est pas un numéro FINESS : il compte neuf caractères.")
    return number


def finess_key_holds(number: str) -> bool:
    """Does a FINESS number follow the usual key. A no only warns: numbers of Corsica have letters."""
    return number.isascii() and number.isdigit() and _luhn_holds(number)


def _plainly_right(siret: str) -> bool:
    """A SIRET written as it should be, told without the library: a file of the country holds 133,000 of them."""
    if len(siret) != 14 or not (siret.isascii() and siret.isdigit()) or siret.startswith(_POST_OFFICE):
        return False
    return _luhn_holds(siret) and _luhn_holds(siret[:9])


def _luhn_holds(digits: str) -> bool:
    return (sum(map(int, digits[::-2])) + sum(map(_DOUBLED.__getitem__, digits[-2::-2]))) % 10 == 0


def looks_like_nir(text: str) -> bool:
    """Is this a social security number, with its key or without: 13 or 15 characters that begin as one does."""
    number = _SPACES.sub("", text)
    return bool(nir.is_valid(number)) or _NIR.fullmatch(number) is not None


def parse_siren(text: str) -> str:
    """The nine digits of a SIREN, its key checked. Raises :class:`BadIdentifier`."""
    digits = _SPACES.sub("", text)
    if not (len(digits) == 9 and digits.isascii() and digits.isdigit()):
        raise BadIdentifier(f"{quoted(text.strip())} n'est pas un SIREN : il compte neuf chiffres.")
    if not _luhn_holds(digits):
        raise BadIdentifier(f"{quoted(text.strip())} : la clé de ce SIREN est fausse. Un chiffre est à vérifier.")
    return digits
