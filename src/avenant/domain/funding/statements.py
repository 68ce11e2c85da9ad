"""The statement of consumption of an aid: what its expenses must say, what they are worth, how they read by action.

An expense is counted once, on the base of the call (excluding or including tax); totals of the two bases are never added.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Final

from avenant.domain.decision import Finding, Severity
from avenant.domain.folding import fold
from avenant.domain.french import enumerate_in_words, format_date, format_euros, typeset
from avenant.domain.funding.costs import MAINLAND_RATES, OVERSEAS_RATES, MixedVat, rate_of
from avenant.domain.money import ZERO, split
from avenant.domain.periods import Period

BASIS: Final = "§3.3"
VAT_RATES: Final = tuple(sorted({*MAINLAND_RATES, *OVERSEAS_RATES}))
"""A supplier may be of the mainland or of overseas."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredExpense:
    """A line of a statement. ``credits`` is the code of the invoice that a credit note takes back; its amounts are then
    negative. ``vat``: ``not_recovered``, ``recovered`` or ``none``."""

    code: str
    supplier: str
    invoice: str
    paid_on: date
    excl_tax: Decimal
    incl_tax: Decimal
    vat: str
    action: str = ""
    evidence: str = ""
    credits: str = ""

    @property
    def key(self) -> tuple[str, str, bool]:
        """What makes it the same piece of paper as another: supplier and number."""
        return fold(self.supplier), fold(self.invoice), bool(self.credits)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRules:
    """What a statement is read against. ``since`` and ``period``: the first day of all, and the days of this report;
    ``earlier``: the papers already declared, by key, with where. ``total``: what the establishment announces; ``claim``: it
    is a request for reimbursement, which nobody makes when nothing was spent."""

    period: Period
    since: date
    today: date
    excluding_tax: bool
    total: Decimal | None = None
    earlier: Mapping[tuple[str, str, bool], str]
    nothing_spent: bool = False
    vat_note: str = ""
    claim: bool = False


def counted(expense: DeclaredExpense, *, excluding_tax: bool) -> Decimal:
    """What an expense counts for: VAT that is recovered costs nothing, so it never counts."""
    return expense.excl_tax if excluding_tax or expense.vat == "recovered" else expense.incl_tax


def check_statement(expenses: Sequence[DeclaredExpense], rules: StatementRules) -> list[Finding]:
    """What stops a statement, what asks for a word, what is only to know; each in a sentence."""
    found = [*_whole(expenses, rules), *_papers(expenses, rules)]
    for one in expenses:
        found += [*_amounts(one), *_credit(one, expenses), *_dates(one, rules)]
    return found


def _stop(code: str, sentence: str, *subjects: str) -> Finding:
    return Finding(code, Severity.BLOCKING, typeset(sentence), BASIS, subjects)


def _whole(expenses: Sequence[DeclaredExpense], rules: StatementRules) -> Iterator[Finding]:
    if not expenses:
        if rules.claim:
            yield _stop("empty", "Une demande de remboursement porte une facture au moins.")
        elif not rules.nothing_spent:
            yield _stop("empty", "Aucune dépense : ajoutez-les, ou déclarez que rien n'a été dépensé sur la période.")
        return
    if rules.nothing_spent:
        yield _stop("not-empty", "Vous déclarez que rien n'a été dépensé, et des dépenses sont saisies : choisissez.")
    if not any(one.evidence for one in expenses):
        whole = "Demande incomplète" if rules.claim else "Bilan incomplet"
        yield _stop("no-evidence", f"{whole} : aucun justificatif financier n'est joint (factures acquittées…).")
    else:
        bare = [one.code for one in expenses if not one.evidence]
        if bare:
            words = f"Sans justificatif : {enumerate_in_words(bare)}. L'ARS peut refuser une dépense sans preuve."
            yield Finding("line-evidence", Severity.INFORMATION, typeset(words), BASIS, tuple(bare))
    spent = sum((counted(one, excluding_tax=rules.excluding_tax) for one in expenses), ZERO)
    if rules.total is not None and rules.total != spent:
        gap = format_euros(abs(rules.total - spent))
        yield _stop(
            "total",
            f"Le total annoncé, {format_euros(rules.total)}, n'est pas la somme des dépenses, {format_euros(spent)} : "
            f"écart de {gap}.",
        )
    kinds = {one.vat for one in expenses if one.vat != "none"}
    if len(kinds) > 1 and not rules.vat_note.strip():
        words = (
            "Des dépenses sont déclarées avec une TVA récupérée, d'autres non : dites pourquoi. "
            "La TVA récupérée n'est jamais comptée."
        )
        yield Finding("mixed-vat", Severity.TO_JUSTIFY, typeset(words), BASIS)
    if all(one.paid_on not in rules.period for one in expenses):
        years = sorted({one.paid_on.year for one in expenses})
        yield _stop(
            "wrong-year",
            f"Toutes les dépenses sont de {enumerate_in_words([str(one) for one in years])} : "
            f"{'cette demande' if rules.claim else 'ce bilan'} va du {format_date(rules.period.start)} au "
            f"{format_date(rules.period.last_day)}. Vérifiez l'année"
            f"{' des factures' if rules.claim else ' du bilan'}.",
        )


def _papers(expenses: Sequence[DeclaredExpense], rules: StatementRules) -> Iterator[Finding]:
    seen: dict[tuple[str, str, bool], str] = {}
    for one in expenses:
        words = f"{one.code} : la pièce {one.invoice} de {one.supplier} est déjà déclarée"
        if one.key in seen:
            yield _stop("twice", f"{words} ({seen[one.key]}).", one.code, seen[one.key])
        elif one.key in rules.earlier:
            yield _stop("twice", f"{words} ({rules.earlier[one.key]}).", one.code)
        seen.setdefault(one.key, one.code)


def _amounts(one: DeclaredExpense) -> Iterator[Finding]:
    excl, incl = one.excl_tax, one.incl_tax
    if not one.credits and (excl < 0 or incl < 0):
        yield _stop(
            "negative",
            f"{one.code} : une facture n'est pas négative. Pour un avoir, indiquez la facture qu'il corrige.",
            one.code,
        )
        return
    if one.credits and (excl > 0 or incl > 0):
        yield _stop("positive-credit", f"{one.code} : un avoir a des montants négatifs.", one.code)
        return
    if not excl and not incl:
        yield _stop("zero", f"{one.code} : le montant est nul.", one.code)
    elif abs(incl) < abs(excl):
        yield _stop("tax", f"{one.code} : le montant TTC est au moins le montant HT.", one.code)
    elif one.vat == "none" and incl != excl:
        yield _stop("tax", f"{one.code} : sans TVA, les montants HT et TTC sont égaux.", one.code)
    else:
        try:
            rate_of(abs(excl), abs(incl), VAT_RATES)
        except MixedVat as mixed:
            yield Finding("tax", Severity.BLOCKING, typeset(f"{one.code} : ") + mixed.message, BASIS, (one.code,))


def _credit(one: DeclaredExpense, expenses: Iterable[DeclaredExpense]) -> Iterator[Finding]:
    if not one.credits:
        return
    invoice = next((other for other in expenses if other.code == one.credits and not other.credits), None)
    if invoice is None:
        yield _stop("credit", f"{one.code} : l'avoir corrige une facture qui n'est pas déclarée ici.", one.code)
        return
    taken = sum((abs(other.incl_tax) for other in expenses if other.credits == invoice.code), ZERO)
    if taken > invoice.incl_tax:
        yield _stop(
            "credit",
            f"{one.code} : les avoirs sur {invoice.code} dépassent la facture ({format_euros(taken)} pour "
            f"{format_euros(invoice.incl_tax)}).",
            one.code,
        )


def _dates(one: DeclaredExpense, rules: StatementRules) -> Iterator[Finding]:
    paid = f"{one.code} : payée le {format_date(one.paid_on)}"
    if one.paid_on > rules.today:
        yield _stop(
            "future", f"{paid}, un jour qui n'est pas venu : seules les factures acquittées comptent.", one.code
        )
    elif one.paid_on >= rules.period.end:
        then = "elle ne peut pas être financée" if rules.claim else "bilan suivant"
        yield _stop("after", f"{paid}, après le {format_date(rules.period.last_day)} : {then}.", one.code)
    elif one.paid_on < rules.since:
        yield _stop(
            "before", f"{paid}, avant le {format_date(rules.since)} : elle ne peut pas être financée.", one.code
        )
    elif one.paid_on < rules.period.start:
        words = f"{paid}, avant la période de ce bilan : oubliée d'un bilan précédent, elle est comptée ici."
        yield Finding("forgotten", Severity.INFORMATION, typeset(words), BASIS, (one.code,))


@dataclass(frozen=True, slots=True)
class ActionCost:
    """An action of the award and its eligible cost, on the base of the call."""

    key: str
    label: str
    eligible: Decimal


@dataclass(frozen=True, slots=True)
class StatementRow:
    """One action in a statement; amounts on the base of the call. ``remaining`` is what of the cost is still to spend,
    negative when it was exceeded."""

    label: str
    eligible: Decimal
    grant: Decimal
    paid: Decimal
    in_year: Decimal
    to_date: Decimal
    evidence: tuple[str, ...]

    @property
    def remaining(self) -> Decimal:
        return self.eligible - self.to_date


@dataclass(frozen=True, slots=True)
class Spent:
    """What one expense adds to an action; ``now`` when this report tells it, with the number of its evidence."""

    action: str
    amount: Decimal
    now: bool
    evidence: str = ""


def consumption(
    actions: Sequence[ActionCost], *, granted: Decimal, paid: Decimal, spent: Iterable[Spent]
) -> tuple[list[StatementRow], StatementRow]:
    """The statement by action, and its total. Aid and payments are shared in proportion to the eligible costs, to the cent.

    What no action holds is told on a last line. Raises ValueError when no action has a cost.
    """
    known = {one.key for one in actions}
    told = list(spent)
    weights = [Fraction(one.eligible) for one in actions]
    aids, payments = split(granted, weights), split(paid, weights)
    rows = [
        _row(one.label, one.eligible, aid, payment, [each for each in told if each.action == one.key])
        for one, aid, payment in zip(actions, aids, payments, strict=True)
    ]
    others = [each for each in told if each.action not in known]
    if others:
        rows.append(_row("Autres dépenses du projet", ZERO, ZERO, ZERO, others))
    return rows, _row("Total", sum((one.eligible for one in actions), ZERO), granted, paid, told)


def _row(label: str, eligible: Decimal, aid: Decimal, paid: Decimal, spent: Sequence[Spent]) -> StatementRow:
    numbers = dict.fromkeys(each.evidence for each in spent if each.now and each.evidence)
    return StatementRow(
        label=label,
        eligible=eligible,
        grant=aid,
        paid=paid,
        in_year=sum((each.amount for each in spent if each.now), ZERO),
        to_date=sum((each.amount for each in spent), ZERO),
        evidence=tuple(numbers),
    )
