"""Files about people, recognised and refused: no name, no social security number, no birth date enters the platform."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import quoted, typeset
from avenant.domain.identifiers import looks_like_nir

_ABOUT_PEOPLE: Final = {
    "un nom de personne": ("nom", "noms", "prenom", "prenoms", "nom prenom", "nom et prenom", "nom de naissance",
                           "nom d usage", "nom de famille", "nom du salarie", "nom patronymique", "civilite", "salarie",
                           "nom du referent", "interlocuteur"),
    "un numéro de sécurité sociale": ("nir", "nss", "insee", "numero de securite sociale", "n de securite sociale",
                                      "n securite sociale", "no securite sociale", "num secu", "n secu", "nir ou nia"),
    "une date de naissance": ("date de naissance", "date naissance", "ne le", "nee le", "ddn", "naissance", "age",
                              "annee de naissance"),
    "une coordonnée personnelle": ("telephone portable", "mobile", "courriel personnel", "adresse personnelle"),
    "une donnée de santé": ("diagnostic", "pathologie", "avis d aptitude", "inaptitude", "restrictions"),
}  # fmt: skip
_WHAT: Final = {title: what for what, titles in _ABOUT_PEOPLE.items() for title in titles}


class RowsAboutPeople(DomainError):
    """The file holds rows about people; the message names the column and says why it is refused."""

    def __init__(self, column: str, what: str) -> None:
        advice = " Si c'est le nom d'une entreprise, appelez la colonne « Raison sociale »." if "nom" in what else ""
        super().__init__(
            typeset(
                f"Colonne {quoted(column)} : elle semble contenir {what}. Aucune donnée sur des personnes n'entre sur "
                f"la plateforme. Retirez la colonne, puis renvoyez le fichier ; rien n'a été enregistré.{advice}"
            ),
            code="rows_about_people",
        )


def refuse_rows_about_people(header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Raise :class:`RowsAboutPeople` when a title says so, or when a cell holds a social security number."""
    for title in header:
        what = _WHAT.get(fold(title))
        if what:
            raise RowsAboutPeople(title, what)
    for row in rows:
        for title, text in zip(header, row, strict=False):
            if looks_like_nir(text):
                raise RowsAboutPeople(title, "un numéro de sécurité sociale")
