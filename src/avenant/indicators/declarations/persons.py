"""What looks like people in a table: the platform takes aggregates only, and says why it refuses the rest."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from stdnum.fr import nir

from avenant.domain.decision import DomainError

WHY = (
    "La plateforme ne reçoit que des chiffres agrégés\u202f: aucun nom, aucun numéro de sécurité sociale, aucune ligne "
    "par personne. Retirez ces données, puis recommencez\u202f; rien n’a été enregistré."
)
# Titles of columns of which one row is one person.
_PERSONAL = re.compile(
    r"\b(nir|nom|noms|nom de naissance|nom et prénom|nom prénom|prénom|prénoms|prenom|salarié|salarie|patient|matricule"
    r"|date de naissance|né le|née le|n° ?(de )?(sécurité sociale|sécu|ss)|numéro de sécurité sociale|adresse)\b",
    re.IGNORECASE,
)
_CIVIL = re.compile(r"\b(M\.|Mme|Mlle|Monsieur|Madame|Mademoiselle)\s+[A-ZÀ-Ý]")
_SURNAME = r"[A-ZÀ-Ý][A-ZÀ-Ý'’-]+"
_GIVEN = r"[A-ZÀ-Ý][a-zà-ÿ]+(?:-[A-ZÀ-Ý][a-zà-ÿ]+)?"
_FULL_NAME = re.compile(rf"(?:{_SURNAME}\s+{_GIVEN}|{_GIVEN}\s+{_SURNAME})")
_SHORT_NIR = re.compile(r"[1-478]\d{2}(?:0[1-9]|1[0-2]|[2-9]\d)(?:\d{2}|2[AB])\d{6}")


class LooksLikePeople(DomainError):
    """A table with rows about people; nothing of it is read further."""

    def __init__(self, what: str) -> None:
        super().__init__(f"{what} {WHY}", code="people")


def refuse_people(header: Sequence[str], rows: Iterable[tuple[int, Sequence[str]]]) -> None:
    """Raise LooksLikePeople when a title or a cell designates persons. ``rows`` are (line of the file, its cells).

    A title in the singular of a person (« Nom », « Prénom », « NIR »…), a number that is a NIR (with its key, or its
    thirteen digits), a civility before a name, or a cell that is a surname in capitals with a first name.
    """
    for title in header:
        if len(title) <= 40 and _PERSONAL.search(title):
            raise LooksLikePeople(f"La colonne «\u202f{title}\u202f» ressemble à une liste de personnes.")
    for line, cells in rows:
        for cell in cells:
            if _is_nir(cell):
                raise LooksLikePeople(f"La ligne {line} contient un numéro de sécurité sociale.")
            if _CIVIL.search(cell) or _FULL_NAME.fullmatch(cell.strip()):
                raise LooksLikePeople(f"La ligne {line} ressemble à une personne («\u202f{cell.strip()[:40]}\u202f»).")


def _is_nir(cell: str) -> bool:
    digits = re.sub(r"[\s.\u00a0\u202f-]", "", cell).upper()
    return len(digits) in (13, 15) and (bool(_SHORT_NIR.fullmatch(digits)) or bool(nir.is_valid(digits)))
