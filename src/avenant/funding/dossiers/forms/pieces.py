"""Pieces, as they are joined."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from avenant.domain.french import typeset
from avenant.domain.rules.kinds.pieces import Acceptable, RequiredPiece
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.fields import DayField
from avenant.funding.dossiers.facts import FORM, FUNDING_PLAN, LINKED, STAFF_OPINION
from avenant.funding.dossiers.forms.questions import EMPTY
from avenant.funding.dossiers.forms.rows import body_choices
from avenant.funding.dossiers.models import Dossier, Piece, Project


class Files(forms.FileInput):
    """Several files at once: the pages of one piece, photographed."""

    allow_multiple_selected = True

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Any]:
        return files.getlist(name) if hasattr(files, "getlist") else [one for one in [files.get(name)] if one]


class FilesField(forms.FileField):
    """The files chosen, in their order; an empty list when there is none."""

    widget = Files(attrs={"multiple": True, "accept": "application/pdf,image/jpeg,image/png,.xlsx"})

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        return [super(FilesField, self).clean(one, initial) for one in data or []]


class PieceForm(forms.Form):
    """A piece: a file, one of another dossier, or why there is none. It shows and wants what its kind asks for."""

    use_required_attribute = False

    kind = forms.ChoiceField(label="Pièce", error_messages={"required": "Choisissez la pièce."})
    project = forms.TypedChoiceField(label="Projet", required=False, coerce=int, empty_value=None)
    file = FilesField(
        label="Fichier, ou photographies",
        required=False,
        help_text="PDF, PNG, JPEG ou XLSX, 20 Mo au plus. Plusieurs photographies font un seul PDF, dans leur ordre. "
        "Aucune donnée de santé d’une personne.",
    )
    reuse = forms.TypedChoiceField(
        label="Ou reprendre une pièce déjà jointe", required=False, coerce=uuid.UUID, empty_value=None,
        help_text="Son fichier n’est gardé qu’une fois ; sa date et sa signature sont reprises si vous les laissez vides.",
    )  # fmt: skip
    on = DayField(label="Date de la pièce", required=False, help_text="Mise à jour du DUERP, avis rendu, débat.")
    signatory = forms.CharField(label="Signée par (qualité)", required=False, max_length=200)
    signed_on = DayField(label="Signée le", required=False)
    body = forms.ChoiceField(label="Instance", required=False)
    opinion = forms.ChoiceField(label="Avis", required=False, choices=[*EMPTY, *Piece.Opinion.choices])
    unavailable = forms.CharField(label="Non disponible, parce que", required=False, max_length=300)

    def __init__(
        self, *args: Any, dossier: Dossier, projects: Sequence[Project], reusable: Sequence[Piece] = (), **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        book = dossier.call.book()
        labels = {code: typeset(f"{one[:1].upper()}{one[1:]}") for code, one in book.vocabulary.pieces.items()}
        online = {FUNDING_PLAN} if dossier.call.form_upload else {FORM, FUNDING_PLAN}
        self._choose("body", body_choices(dossier.status))
        self._choose(
            "kind", [("", "Choisir"), *((code, label) for code, label in labels.items() if code not in online)]
        )
        self._choose("project", [("", "tout le dossier"), *((one.position, str(one)) for one in projects)])
        kind = str((self.data if self.is_bound else self.initial).get("kind", ""))
        self._choose("reuse", [("", "—"), *_reusable(reusable, labels, kind)])
        self.shown_names = [name for name in self.fields if name in _shown(kind, book, reusable=bool(reusable))]
        if not (self.data.get("reuse") or self.data.get("unavailable")):
            for name in _wanted(kind, book):
                self.fields[name].required = True
        if "project" in self.shown_names and len(projects) == 1:
            self.initial.setdefault("project", 1)

    def _choose(self, name: str, choices: Sequence[tuple[Any, str]]) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def shown(self) -> list[forms.BoundField]:
        """The fields that the kind chosen asks for; the kind alone while none is."""
        return [self[name] for name in self.shown_names]

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        if said.get("file") and said.get("reuse"):
            self.add_error("reuse", "Choisissez un fichier, ou reprenez-en un : pas les deux.")
        return said


def _acceptable(kind: str, book: Rulebook) -> list[tuple[RequiredPiece, Acceptable]]:
    return [(rule, one) for rule in book.all_of(RequiredPiece) for one in rule.one_of if one.piece == kind]


def _wanted(kind: str, book: Rulebook) -> set[str]:
    """What the rules read of a piece of this kind."""
    asked = _acceptable(kind, book)
    wanted = {"on"} if any(one.dated_from for _, one in asked) else set()
    wanted |= {"signatory", "signed_on"} if any(one.signed for _, one in asked) else set()
    return wanted | ({"body", "on", "opinion"} if kind == STAFF_OPINION else set())


def _shown(kind: str, book: Rulebook, *, reusable: bool) -> set[str]:
    if not kind:
        return {"kind"}
    shown = {"kind", "file", "on", *_wanted(kind, book)} | ({"reuse"} if reusable else set())
    shown |= {"project"} if any(rule.per == "project" for rule, _ in _acceptable(kind, book)) else set()
    return shown | ({"unavailable"} if kind in LINKED or kind == STAFF_OPINION else set())


def _reusable(pieces: Sequence[Piece], labels: Mapping[str, str], kind: str) -> list[tuple[str, str]]:
    """The pieces of the establishment's other dossiers, those of the same kind first; a file used again is told once."""
    once: dict[tuple[str, str], Piece] = {}
    for one in pieces:
        once.setdefault((one.kind, one.document.sha256 if one.document else ""), one)
    return [
        (str(one.pk), f"{labels.get(one.kind, one.kind)} : {one.document}, {one.dossier.call}")
        for one in sorted(once.values(), key=lambda one: one.kind != kind)
    ]
