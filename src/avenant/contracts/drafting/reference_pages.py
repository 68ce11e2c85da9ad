"""The register of the texts that contracts cite: each once, with every contract that cites it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms
from django.urls import reverse

from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.forms import Filter
from avenant.contracts.drafting.models import Contract
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, format_number
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor

RELATIONS: Final = {"applies": "appliqué", "reproduces": "reproduit", "cites": "cité"}


@dataclass(frozen=True, slots=True)
class Citation:
    """A contract that cites a text: where, how, with what it takes over of it."""

    contract: Contract
    relation: str
    clause_key: str
    content: tuple[str, ...]

    def page(self) -> str:
        address = reverse("drafting:text", args=[self.contract.pk])
        return f"{address}#{self.clause_key}" if self.clause_key else self.contract.page()


@dataclass(frozen=True, slots=True)
class CitedText:
    """One text as it is cited, its articles and its date when they are given."""

    key: str
    label: str
    title: str
    dated: date | None
    articles: tuple[str, ...]
    code: str
    citations: tuple[Citation, ...]

    def page(self) -> str:
        return reverse("drafting:reference", args=[self.key])


class TextFilter(Filter):
    """Which texts to show."""

    q = forms.CharField(label="Mots", required=False, max_length=100)
    code = forms.ChoiceField(label="Code", required=False, choices=[("", "Tous")])


ORDERS: Final[Mapping[str, Callable[[CitedText], Any]]] = {
    "texte": lambda one: fold(one.label),
    "date": lambda one: (one.dated is None, str(one.dated or ""), fold(one.label)),
    "contrats": lambda one: (len(one.citations), fold(one.label)),
}


def find_texts(actor: Actor, query: Any) -> tuple[TextFilter, list[CitedText], str]:
    """The filter of an address, the texts that it keeps, in the order that it asks for."""
    every = _texts(actor)
    codes = sorted({one.code for one in every if one.code})
    form = TextFilter(query, code=[(one, one) for one in codes])
    words = fold(form.wanted("q")).split()
    found = [
        one
        for one in every
        if form.wanted("code") in ("", one.code)
        and all(word in fold(f"{one.label} {one.title} {' '.join(one.articles)}") for word in words)
    ]
    order = query.get("tri", "texte")
    found.sort(key=ORDERS.get(order.removeprefix("-"), ORDERS["texte"]), reverse=order.startswith("-"))
    return form, found, order


def _texts(actor: Actor) -> list[CitedText]:
    said: dict[str, list[tuple[Mapping[str, Any], Citation]]] = {}
    for one in selectors.list_references(actor):
        content = one.content
        citation = Citation(
            one.contract, RELATIONS.get(content.get("relation", ""), RELATIONS["cites"]), content.get("clause", ""),
            tuple(content.get("content", ())),
        )  # fmt: skip
        said.setdefault(one.key, []).append((content, citation))
    found = []
    for key, rows in said.items():
        first = next((content for content, _ in rows if content.get("title")), rows[0][0])
        dated = next((content["dated"] for content, _ in rows if content.get("dated")), None)
        found.append(
            CitedText(
                key, first["label"], first.get("title", ""), date.fromisoformat(dated) if dated else None,
                tuple(first.get("articles", ())), first.get("code", ""), tuple(citation for _, citation in rows),
            )
        )  # fmt: skip
    return found


def word_texts(count: int, *, active: bool) -> str:
    """« 12 textes cités » or « 2 textes répondent à ces filtres »."""
    plural = "s" if count > 1 else ""
    if active:
        verb = "répondent" if count > 1 else "répond" if count else "ne répond"
        return f"{format_number(count) if count else 'Aucun'} texte{plural} {verb} à ces filtres"
    return f"{format_number(count)} texte{plural} cité{plural}"


def texts_sheet(lines: Iterable[CitedText]) -> Sheet:
    """The register as a table."""
    columns = (
        Column("Texte", width=50),
        Column("Titre", width=60),
        Column("Date", Kind.DATE, 12),
        Column("Code", width=24),
        Column("Articles", width=40),
        Column("Contrats qui le citent", width=60),
    )
    rows = (
        (
            one.label,
            one.title,
            one.dated,
            one.code,
            enumerate_in_words(list(one.articles)),
            " ; ".join(citation.contract.title for citation in one.citations),
        )
        for one in lines
    )
    return Sheet("Textes cités", columns, rows)
