"""What the pages of the commitments show: the register filtered and sorted, and tables to take away."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from django import forms

from avenant.contracts.commitments.balances import COLUMNS, PartyBalance, group_of, proof_words
from avenant.contracts.commitments.models import Exchange, ExpertiseRequest
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.drafting.commitment_pages import NATURES
from avenant.contracts.drafting.forms import Filter
from avenant.contracts.drafting.text_pages import RECURRENCES
from avenant.domain.contracts.keeping import Reading, Status
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet

STATES: Final = {
    "to_come": "à venir ou non mobilisé",
    "underway": "en cours",
    "held": "tenu ou mobilisé",
    "partly": "partiellement tenu",
    "not_held": "non tenu",
    "unanswered": "non tenu, commentaire attendu",
    "no_object": "sans objet",
    "lapsed": "caduc",
}


def _choice(label: str, every: str, choices: Iterable[tuple[str, str]] = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, required=False, choices=[("", every), *choices])


class RegisterFilter(Filter):
    """Which lines of a register to show; the year is that of the page."""

    annee = forms.TypedChoiceField(label="Année", required=False, coerce=int, empty_value=None, choices=[])
    q = forms.CharField(label="Mots", required=False, max_length=100)
    contrat = _choice("Contrat", "Tous")
    partie = _choice("Partie", "Toutes")
    nature = _choice("Nature", "Toutes", NATURES.items())
    categorie = _choice("Catégorie", "Toutes")
    etat = _choice("État", "Tous", STATES.items())
    recurrence = _choice("Récurrence", "Toutes", RECURRENCES.items())
    article = _choice("Article", "Tous")
    cadre = _choice("Cadre", "Tous")

    @property
    def active(self) -> bool:
        return any(self.wanted(name) for name in self.fields if name != "annee")


ORDERS: Final = {
    "texte": lambda one: (one.contract.title, one.said.rank, one.said.party.position),
    "contrat": lambda one: (fold(one.contract.title), one.said.rank),
    "partie": lambda one: (fold(one.said.party_name), one.said.rank),
    "categorie": lambda one: (fold(one.said.category), one.said.rank),
    "engagement": lambda one: (fold(one.said.clause.heading), one.said.rank),
    "nature": lambda one: (one.said.nature, one.said.rank),
    "etat": lambda one: (list(STATES).index(_state(one)), one.said.rank),
    "echeance": lambda one: (one.occurrence.due_on is None, str(one.occurrence.due_on or ""), one.said.rank),
}


def _state(line: RegisterLine) -> str:
    return "unanswered" if line.reading is Reading.UNANSWERED else group_of(line)


def find_lines(
    lines: Sequence[RegisterLine], years: Sequence[int], query: Any
) -> tuple[RegisterFilter, list[RegisterLine], str]:
    """The filter of an address, the lines that it keeps, in the order that it asks for."""
    form = RegisterFilter(
        query,
        annee=[(str(one), str(one)) for one in years],
        contrat=_pairs((str(one.contract.pk), one.contract.title) for one in lines),
        partie=_pairs((one.said.party.organisation.key, one.said.party_name) for one in lines),
        categorie=_pairs((one.said.clause.details["category"], one.said.category) for one in lines),
        article=_pairs((one.said.article.key, one.said.article_name) for one in lines),
        cadre=_pairs((row.pk, row.label) for one in lines for row in one.said.frameworks),
    )
    words = fold(form.wanted("q")).split()
    found = [one for one in lines if _kept(one, form, words)]
    order = query.get("tri", "texte")
    found.sort(key=ORDERS.get(order.removeprefix("-"), ORDERS["texte"]), reverse=order.startswith("-"))
    return form, found, order


def _kept(one: RegisterLine, form: RegisterFilter, words: Sequence[str]) -> bool:
    said, details = one.said, one.said.clause.details
    return (
        form.wanted("contrat") in ("", str(one.contract.pk))
        and form.wanted("partie") in ("", said.party.organisation.key)
        and form.wanted("nature") in ("", details["nature"])
        and form.wanted("categorie") in ("", details["category"])
        and form.wanted("recurrence") in ("", details["recurrence"])
        and form.wanted("article") in ("", said.article.key)
        and form.wanted("etat") in ("", _state(one))
        and (not form.wanted("cadre") or form.wanted("cadre") in {row.pk for row in said.frameworks})
        and all(word in fold(f"{said.clause.heading} {said.clause.body}") for word in words)
    )


def _pairs(pairs: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
    return list(dict(pairs).items())


def register_sheet(lines: Iterable[RegisterLine]) -> Sheet:
    """The register as it is filtered and sorted."""
    columns = (
        Column("Contrat", width=40),
        Column("Année", Kind.INTEGER, 8),
        Column("Partie", width=24),
        Column("Catégorie", width=28),
        Column("Engagement", width=50),
        Column("Dans les mots du texte", width=80),
        Column("Nature", width=14),
        Column("Récurrence", width=16),
        Column("Échéance", width=30),
        Column("Article", width=20),
        Column("Cadres", width=24),
        Column("État", width=28),
        Column("Commentaire", width=50),
        Column("Déclaré le", Kind.DATE, 14),
        Column("Preuves", width=60),
        Column("Preuves possibles", width=40),
    )
    rows = (
        (
            one.contract.title,
            one.year,
            one.said.party_name,
            one.said.category,
            one.said.clause.heading,
            one.said.clause.body,
            one.said.nature,
            one.said.recurrence,
            one.due,
            one.said.article_name,
            enumerate_in_words([row.label for row in one.said.frameworks]),
            one.state,
            one.comment,
            one.keeping.said_at.date() if one.keeping and one.keeping.said_at else None,
            " ; ".join(proof_words(proof) for proof in one.proofs),
            " ; ".join(one.said.clause.details.get("evidence", ())),
        )
        for one in lines
    )
    return Sheet("Engagements", columns, rows)


def balance_sheet(balances: Iterable[PartyBalance]) -> Sheet:
    """The balance of a year: a line for each party and nature."""
    heads = [word for _, word in COLUMNS[True]]
    columns = (
        Column("Partie", width=30),
        Column("Nature", width=14),
        *(Column(word.capitalize(), Kind.INTEGER, 16) for word in heads),
        Column("Total", Kind.INTEGER, 10),
        Column("Commentaire de la partie", width=60),
    )
    rows = [
        (
            one.name,
            nature,
            *(counts.get(key) for key, _ in COLUMNS[True]),
            sum(counts.values()),
            one.comment,
        )
        for one in balances
        for nature, counts in (("ferme", one.firm), ("mobilisable", one.optional))
    ]
    return Sheet("Bilan", columns, rows)


def exchange_sheet(rows: Iterable[Exchange]) -> Sheet:
    """The exchange log."""
    columns = (
        Column("Date", Kind.DATE, 12),
        Column("Remis par", width=24),
        Column("Remis à", width=24),
        Column("Objet", width=50),
        Column("Finalité", width=40),
        Column("Fondement", width=40),
    )
    lines = ((one.on, one.giver.short_name, one.receiver.short_name, one.what, one.purpose, one.basis) for one in rows)
    return Sheet("Journal des échanges", columns, lines)


def expertise_sheet(rows: Iterable[ExpertiseRequest]) -> Sheet:
    """The expertise requests."""
    columns = (
        Column("Demandée le", Kind.DATE, 12),
        Column("Demandée par", width=24),
        Column("Demandée à", width=24),
        Column("Expertise", width=28),
        Column("Objet", width=50),
        Column("Réponse", width=24),
        Column("Motif ou suite", width=50),
    )
    lines = (
        (
            one.asked_at.date(),
            one.asked_by.short_name,
            one.asked_of.short_name,
            one.get_expertise_display(),
            one.subject,
            one.get_answer_display() if one.answer else "attendue",
            one.reason,
        )
        for one in rows
    )
    return Sheet("Demandes d’expertise", columns, lines)


def word_register(lines: Sequence[RegisterLine], *, active: bool) -> str:
    """« 31 lignes » or « 3 lignes répondent à ces filtres », firm and optional apart."""
    firm = sum(one.firm for one in lines)
    what = f"{firm} engagement{'s' if firm > 1 else ''} ferme{'s' if firm > 1 else ''}"
    if optional := len(lines) - firm:
        what += f" et {optional} mobilisable{'s' if optional > 1 else ''}"
    return f"{what} avec ces filtres" if active else what


def held(lines: Iterable[RegisterLine]) -> int:
    """How many firm commitments are held."""
    return sum(one.firm and one.group == Status.HELD.value for one in lines)
