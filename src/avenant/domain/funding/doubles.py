"""The same expense funded twice: pairs of expense lines, across calls and declared aids, scored with their reasons.

Nothing is decided here: a pair is a question for an officer.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import combinations
from typing import Final

from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, format_date, format_euros, quoted, typeset
from avenant.domain.money import ZERO

SUSPECT: Final = 50
"""From this score a pair is shown."""

_INVOICE: Final = re.compile(r"[^0-9a-z]+")
_EMPTY_WORDS: Final = frozenset(
    {"de", "du", "des", "la", "le", "les", "l", "d", "et", "en", "pour", "a", "au", "aux", "un", "une"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class FundedLine:
    """An expense that someone funds. ``file`` is the dossier or the aid that holds it; lines of one file never pair.

    ``amount`` is the cost of the expense excluding tax; None when the file does not tell it: it then pairs by the rest.
    """

    key: str
    file: str
    funder: str
    label: str
    amount: Decimal | None
    on: date | None = None
    invoice: str = ""
    supplier: str = ""
    establishment: str = ""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two lines that may be one expense, with a score from 0 to 100 and the reasons of it."""

    first: str
    second: str
    score: int
    reasons: tuple[str, ...]


def invoice_key(number: str) -> str:
    """An invoice number without case, spaces, signs or leading zeros: « FA-2024/0012 » and « fa 2024 12 » are alike."""
    pieces = [piece.lstrip("0") or "0" for piece in re.findall(r"[0-9]+|[a-z]+", _INVOICE.sub(" ", fold(number)))]
    return "-".join(pieces)


def words_of(label: str) -> frozenset[str]:
    """The words of a label that tell something, folded, plurals brought together."""
    return frozenset(word.rstrip("sx") or word for word in fold(label).split() if word not in _EMPTY_WORDS)


def likeness(first: str, second: str) -> float:
    """Shared words over all words, between 0 and 1."""
    left, right = words_of(first), words_of(second)
    return len(left & right) / len(left | right) if left and right else 0.0


def pair_of(first: FundedLine, second: FundedLine) -> Pair:
    """The score of two lines: invoice (50), amount (25), words (up to 25), date (10), supplier (10), at most 100."""
    points, reasons = 0, []
    if first.invoice and second.invoice and invoice_key(first.invoice) == invoice_key(second.invoice):
        points += 50
        reasons.append(f"même numéro de facture, {first.invoice}")
    if first.amount is not None and second.amount is not None:
        if first.amount == second.amount:
            points += 25
            reasons.append(f"même montant, {format_euros(first.amount)}")
        elif abs(first.amount - second.amount) * 100 <= max(abs(first.amount), abs(second.amount)):
            points += 15
            reasons.append(f"montants à 1 % près, {format_euros(first.amount)} et {format_euros(second.amount)}")
    alike = likeness(first.label, second.label)
    if alike >= 0.5:
        points += round(25 * alike)
        reasons.append(f"intitulés proches, « {first.label} » et « {second.label} »")
    if first.on and second.on and abs((first.on - second.on).days) <= 31:
        points += 10
        reasons.append(f"dates proches, {format_date(first.on)} et {format_date(second.on)}")
    if first.supplier and fold(first.supplier) == fold(second.supplier):
        points += 10
        reasons.append(f"même fournisseur, {first.supplier}")
    left, right = sorted((first.key, second.key))
    return Pair(left, right, min(points, 100), tuple(map(typeset, reasons)))


def doubles(lines: Iterable[FundedLine], *, least: int = SUSPECT) -> list[Pair]:
    """The suspect pairs, the surest first. Lines are compared inside an establishment, by invoice, amount or words.

    The order of the lines changes nothing. Raises ValueError when two lines have one key.
    """
    listed = sorted(lines, key=lambda one: one.key)
    if len({one.key for one in listed}) != len(listed):
        raise ValueError("each line has its own key")
    found = {}
    for first, second in _near(listed):
        if first.file != second.file:
            pair = pair_of(first, second)
            if pair.score >= least:
                found[pair.first, pair.second] = pair
    return sorted(found.values(), key=lambda one: (-one.score, one.first, one.second))


def _near(lines: Iterable[FundedLine]) -> Iterator[tuple[FundedLine, FundedLine]]:
    """Pairs that share an establishment and an invoice, a rounded amount or a word: the others score too low."""
    blocks: dict[tuple[str, str, str], list[FundedLine]] = defaultdict(list)
    for one in lines:
        keys = {("word", word) for word in words_of(one.label)}
        if one.amount is not None:
            keys.add(("amount", str(one.amount)))
        if one.invoice:
            keys.add(("invoice", invoice_key(one.invoice)))
        for kind, value in keys:
            blocks[one.establishment, kind, value].append(one)
    for block in blocks.values():
        yield from combinations(block, 2)


def why_unlined(aid: Decimal, lines: Sequence[FundedLine]) -> str:
    """Why an aid cannot be compared line by line, in one sentence; empty when it can.

    An aid is never more than what it funds: it is known line by line once the costs of its known expenses add up to it.
    """
    if not lines:
        return "Aucune ligne de dépense n’est connue."
    untold = [quoted(one.label) for one in lines if one.amount is None]
    known = sum((one.amount for one in lines if one.amount is not None), ZERO)
    if known >= aid:
        return ""
    if untold:
        return typeset(f"Coût inconnu : {enumerate_in_words(untold)}.")
    return typeset(f"Les dépenses connues font {format_euros(known)} pour une aide de {format_euros(aid)}.")


def over_before(until: date | None, start: date | None) -> bool:
    """Was an aid over before the first day of a project. A day that is not known says no: the aid is to be looked at."""
    return until is not None and start is not None and until < start
