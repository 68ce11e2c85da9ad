"""A call as one of its versions tells it, and what a version changes of another: read from the plain content they keep."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.contracts.comparison import Difference, Mark, Piece, words
from avenant.domain.french import format_deadline, format_moment, typeset
from avenant.domain.rules.rulebook import Rulebook
from avenant.funding.calls.models import Opinion, Source, kept_rulebook
from avenant.funding.calls.wording import Link, RuleSentence, links_of, rule_groups, value_in_words

SECOND = timedelta(seconds=1)
TEXTS = {
    "presentation": "Présentation", "criteria": "Critères", "priorities": "Priorités", "source_criteria": "Critères par source",
    "strands": "Domaines d’action prioritaires", "calendar": "Calendrier", "documents": "Documents", "links": "Liens",
    "legal": "Fondements", "funding": "Financement", "duerp": "Document unique", "frameworks": "Politiques soutenues",
    "texts": "Textes de référence", "address": "Page de l’agence",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class CallText:
    """What a version of a call says, ready to be read. ``closes_at`` is excluded; none for a call that stays open."""

    title: str
    reference: str
    mailbox: str
    opens_at: datetime
    closes_at: datetime | None
    certified: bool
    sources: tuple[tuple[str, tuple[str, ...]], ...]
    opinions: tuple[str, ...]
    content: Mapping[str, Any]
    book: Rulebook

    @property
    def last(self) -> str:
        """The last second admitted, with its zone; empty for a call that stays open."""
        return format_deadline(self.closes_at - SECOND) if self.closes_at else ""

    @property
    def groups(self) -> list[tuple[str, list[RuleSentence]]]:
        """The rules in sentences, in the order of a reader's questions."""
        return rule_groups(self.book)

    @property
    def links(self) -> list[Link]:
        """The links, each judged."""
        return links_of(self.content)


def read_text(said: Mapping[str, Any]) -> CallText:
    """The text of a published call from its plain content: that of today, or the one that a version keeps."""
    zone, content = ZoneInfo(said["zone"]), said["content"]
    criteria = content.get("source_criteria", {})
    closes = said["closes_before"]
    return CallText(
        title=said["title"], reference=said["reference"], mailbox=said["mailbox"],
        opens_at=datetime.fromisoformat(said["opens_at"]).astimezone(zone),
        closes_at=datetime.fromisoformat(closes).astimezone(zone) if closes else None,
        certified=said["certified"],
        sources=tuple((str(Source(one).label), tuple(criteria.get(one, []))) for one in said["sources"]),
        opinions=tuple(str(Opinion(one).label) for one in said["opinions"]),
        content=content, book=kept_rulebook(said["rulebook"]["digest"], said["rulebook"]["rules"]),
    )  # fmt: skip


def differences(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Difference]:
    """What ``after`` changes of ``before``, each line word by word: the head, then the rules, then the texts.

    A rule is told by the parameters that changed, and by its own sentence when it came, left or was written otherwise.
    """
    one, other = (dict(_lines(read_text(said))) for said in (before, after))
    return [
        Difference(typeset(label), _pieces(key, one.get((label, key), ""), other.get((label, key), "")))
        for label, key in dict.fromkeys((*one, *other))
        if one.get((label, key)) != other.get((label, key))
    ]


def _pieces(key: str, old: str, new: str) -> tuple[Piece, ...]:
    """A sentence word by word; a value is one thing, said before and after."""
    if key.startswith("text:"):
        return words(old, new)
    return tuple(Piece(mark, said) for mark, said in ((Mark.REMOVED, old), (Mark.ADDED, new)) if said)


def _lines(text: CallText) -> Iterator[tuple[tuple[str, str], str]]:
    """Every line of a call by its label and its key, as one reads it."""
    head = {
        "Intitulé": text.title, "Référence": text.reference, "Ouverture": format_moment(text.opens_at),
        "Date limite": text.last, "Adresse unique": text.mailbox,
        "Sources de financement": ", ".join(label for label, _ in text.sources),
        "Avis demandés": ", ".join(text.opinions),
        "Seconde personne": "certifie le dossier avant son dépôt" if text.certified else "",
    }  # fmt: skip
    yield from (((label, ""), words) for label, words in head.items() if words)
    for name, parameter in text.book.parameters.items():
        yield (parameter.label, f"parameter:{name}"), value_in_words(parameter, text.book)
    for table in text.book.content["rule"]:
        told = " ".join(str(table[name]) for name in ("reason", "remedy", "article") if table.get(name))
        yield (table["label"], f"rule:{table['id']}"), told or "règle en vigueur"
    for name, label in TEXTS.items():
        if written := _written(text.content.get(name)):
            yield (label, f"text:{name}"), typeset(written)


def _written(said: Any) -> str:
    """A part of the text on one line: its sentences, or the values of each of its entries."""
    if isinstance(said, Mapping):
        return " · ".join(
            filter(None, (_written(value) for name, value in said.items() if name not in {"key", "state"}))
        )
    if isinstance(said, list | tuple):
        return " ; ".join(filter(None, map(_written, said)))
    return str(said or "")
