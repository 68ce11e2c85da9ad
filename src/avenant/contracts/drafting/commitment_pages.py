"""The commitments of a contract as a list: one line for each party that owes one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django import forms

from avenant.contracts.drafting.forms import Choices, Filter
from avenant.contracts.drafting.models import Clause, ClauseTag, ContractParty, Framework, Provision
from avenant.contracts.drafting.text_pages import RECURRENCES, Text, party_name
from avenant.domain.contracts import ClauseKind
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, format_date
from avenant.foundations.documents.spreadsheets import Column, Sheet
from avenant.references.contract_texts import Nature

NATURES: Final = {Nature.FIRM.value: "ferme", Nature.OPTIONAL.value: "mobilisable"}


def _choice(label: str, every: str, choices: Choices) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", every), *choices])


class CommitmentFilter(Filter):
    """Which commitments to show."""

    q = forms.CharField(label="Mots", required=False, max_length=100)
    partie = _choice("Partie", "Toutes", ())
    nature = _choice("Nature", "Toutes", NATURES.items())
    categorie = _choice("Catégorie", "Toutes", ())
    recurrence = _choice("Récurrence", "Toutes", RECURRENCES.items())
    article = _choice("Article", "Tous", ())
    cadre = _choice("Cadre", "Tous", ())


@dataclass(frozen=True, slots=True)
class CommitmentLine:
    """What one party owes: the commitment, its article, its category in words, the frameworks that it serves."""

    clause: Clause
    party: ContractParty
    article: Clause
    category: str
    frameworks: tuple[Framework, ...]
    rank: int

    @property
    def nature(self) -> str:
        return NATURES[self.clause.details["nature"]]

    @property
    def recurrence(self) -> str:
        return RECURRENCES[self.clause.details["recurrence"]]

    @property
    def due(self) -> str:
        """When, in the words of the text; empty when it does not say."""
        return str(self.clause.details.get("due_rule") or "")

    @property
    def party_name(self) -> str:
        return party_name(self.party)

    @property
    def article_name(self) -> str:
        return self.article.number or self.article.heading or self.article.get_kind_display()

    @property
    def shared_with(self) -> int:
        return len(self.clause.details["parties"])


ORDERS: Final = {
    "texte": lambda one: one.rank,
    "partie": lambda one: (fold(one.party_name), one.rank),
    "categorie": lambda one: (fold(one.category), one.rank),
    "engagement": lambda one: (fold(one.clause.heading), one.rank),
    "nature": lambda one: (one.nature, one.rank),
    "recurrence": lambda one: (one.recurrence, one.rank),
}


def commitment_lines(text: Text, provisions: Iterable[Provision], tags: Iterable[ClauseTag]) -> list[CommitmentLine]:
    """A line for each party and commitment, in the order of the text."""
    categories = {one.key: one.content["label"] for one in provisions if one.kind == Provision.Kind.CATEGORY}
    served: dict[str, list[str]] = {}
    for tag in tags:
        if tag.family == ClauseTag.Family.FRAMEWORK:
            served.setdefault(tag.clause_key, []).append(tag.code)
    known = Framework.objects.in_bulk({code for codes in served.values() for code in codes})
    order = {one.key: rank for rank, one in enumerate(text.clauses)}
    return [
        CommitmentLine(
            one,
            text.parties[organisation],
            text.article_of(one),
            categories.get(one.details["category"], one.details["category"]),
            tuple(known[code] for code in served.get(one.key, ()) if code in known),
            order[one.key],
        )
        for one in text.of_kind(ClauseKind.COMMITMENT)
        for organisation in one.details["parties"]
        if organisation in text.parties
    ]


def find_commitments(lines: list[CommitmentLine], query: Any) -> tuple[CommitmentFilter, list[CommitmentLine], str]:
    """The filter of an address, the lines that it keeps, in the order that it asks for."""
    form = CommitmentFilter(
        query,
        partie=_choices((one.party.organisation.key, one.party_name) for one in lines),
        categorie=_choices((one.clause.details["category"], one.category) for one in lines),
        article=_choices((one.article.key, one.article_name) for one in lines),
        cadre=_choices((row.pk, row.label) for one in lines for row in one.frameworks),
    )
    words = fold(form.wanted("q")).split()
    found = [
        one
        for one in lines
        if form.wanted("partie") in ("", one.party.organisation.key)
        and form.wanted("nature") in ("", one.clause.details["nature"])
        and form.wanted("categorie") in ("", one.clause.details["category"])
        and form.wanted("recurrence") in ("", one.clause.details["recurrence"])
        and form.wanted("article") in ("", one.article.key)
        and (not form.wanted("cadre") or form.wanted("cadre") in {row.pk for row in one.frameworks})
        and all(word in fold(f"{one.clause.heading} {one.clause.body}") for word in words)
    ]
    order = query.get("tri", "texte")
    found.sort(key=ORDERS.get(order.removeprefix("-"), ORDERS["texte"]), reverse=order.startswith("-"))
    return form, found, order


def _choices(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict(pairs).items())


def balance(lines: Iterable[CommitmentLine]) -> list[tuple[str, int, int]]:
    """By party, how many firm commitments and how many means that may be mobilised: never added up."""
    found: dict[str, list[int]] = {}
    for one in lines:
        found.setdefault(one.party_name, [0, 0])[one.clause.details["nature"] == Nature.OPTIONAL] += 1
    return [(name, firm, optional) for name, (firm, optional) in found.items()]


def commitments_sheet(lines: Iterable[CommitmentLine]) -> Sheet:
    """The list as a table to take away."""
    columns = (
        Column("Partie", width=24),
        Column("Catégorie", width=28),
        Column("Engagement", width=50),
        Column("Dans les mots du texte", width=80),
        Column("Nature", width=14),
        Column("Récurrence", width=16),
        Column("Échéance", width=30),
        Column("Article", width=20),
        Column("Cadres", width=24),
        Column("Preuves possibles", width=40),
    )
    rows = (
        (
            one.party_name,
            one.category,
            one.clause.heading,
            one.clause.body,
            one.nature,
            one.recurrence,
            _due(one),
            one.article_name,
            enumerate_in_words([row.label for row in one.frameworks]),
            " ; ".join(one.clause.details.get("evidence", ())),
        )
        for one in lines
    )
    return Sheet("Engagements", columns, rows)


def _due(line: CommitmentLine) -> str:
    on = line.clause.details.get("due_on")
    return line.due or (format_date(date.fromisoformat(on)) if on else "")
