"""The terms of an award, read once in the rulebook under which the dossier was handed in, then kept with the award."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from avenant.domain.french import counted, format_date, typeset
from avenant.domain.funding.loans import LoanTerms
from avenant.domain.funding.payments import report_days
from avenant.domain.rules.kinds.terms import NO_SHEET, Advance, Consumption, Instalments, Interim, Recovery, Report
from avenant.domain.rules.rulebook import Rulebook

LAPSE_YEARS: Final = 3
"""Credits committed in a year lapse on 31 December of the third year after it."""

DOCUMENTS: Final[Mapping[str, str]] = {
    "bilan_annuel": "bilan annuel",
    "justificatifs_financiers": "justificatifs financiers",
    "etat_recapitulatif": "état récapitulatif annuel",
}
"""What the yearly report is made of, as agents name it."""

INVOICES: Final[Mapping[str, str]] = {"factures": "factures acquittées"}
JUSTIFIED: Final[Mapping[str, str]] = {"justificatifs_financiers": DOCUMENTS["justificatifs_financiers"]}
"""What a part paid on invoices waits for, and a balance whose call names no document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """How an award is paid and justified. A blank of the rulebook is a blank here: nothing is guessed.

    ``parts`` are exact shares that make one; ``after`` the trigger of each (signature, report, invoices, balance);
    ``documents`` what must be accepted before a part that follows a report (code: label); ``interim`` the share of the
    aid, advance included, that invoices may reach before the balance; ``consume_until`` the last day of consumption;
    ``loan`` how the first part is repaid, when it is lent; ``penalty`` the share that a breach adds to a recovery.
    """

    parts: tuple[Fraction, ...] = (Fraction(1),)
    after: tuple[str, ...] = ("signature",)
    documents: Mapping[str, str] = field(default_factory=dict)
    consume_until: date | None = None
    report_day: tuple[int, int] | None = None
    closing_months: int | None = None
    method: str = "B"
    interim: Fraction | None = None
    loan: LoanTerms | None = None
    penalty: Fraction = Fraction(0)

    def needs(self, after: str) -> dict[str, str]:
        """The documents that a part waits for, by its trigger (code: label)."""
        if after == "invoices":
            return dict(INVOICES)
        if after == "report":
            return dict(self.documents)
        return dict(self.documents or JUSTIFIED) if after == "balance" else {}

    def to_json(self) -> dict[str, Any]:
        """Plain data, exact."""
        return {
            "parts": [str(one) for one in self.parts],
            "after": list(self.after),
            "documents": dict(self.documents),
            "consume_until": self.consume_until.isoformat() if self.consume_until else None,
            "report_day": list(self.report_day) if self.report_day else None,
            "closing_months": self.closing_months,
            "method": self.method,
            "interim": None if self.interim is None else str(self.interim),
            "loan": None if self.loan is None else asdict(self.loan),
            "penalty": str(self.penalty),
        }


def terms_from_json(content: Mapping[str, Any]) -> Terms:
    """The terms kept with an award."""
    until, day, interim = content.get("consume_until"), content.get("report_day"), content.get("interim")
    loan = content.get("loan")
    return Terms(
        parts=tuple(Fraction(one) for one in content.get("parts", ["1"])),
        after=tuple(content.get("after", ["signature"])),
        documents=dict(content.get("documents", {})),
        consume_until=date.fromisoformat(until) if until else None,
        report_day=(day[0], day[1]) if day else None,
        closing_months=content.get("closing_months"),
        method=content.get("method", "B"),
        interim=None if interim is None else Fraction(interim),
        loan=None if loan is None else LoanTerms(**loan),
        penalty=Fraction(content.get("penalty", "0")),
    )


def terms_of(book: Rulebook) -> Terms:
    """The terms that a rulebook sets: instalments, consumption, reports, recovery. Without instalments, an advance is paid
    at the signature, then invoices up to their share, then the balance; without any of them, the whole at the signature.

    An advance that is repaid is a loan: it is the first part, at the signature, and the instalments cut what remains.
    """
    instalments, consumption = book.first_of(Instalments), book.first_of(Consumption)
    report, recovery = book.first_of(Report), book.first_of(Recovery)
    parts = instalments.parts.read(NO_SHEET) if instalments else None
    interim, advance = book.first_of(Interim), book.first_of(Advance)
    ceiling = interim.ceiling.read(NO_SHEET) if interim else None
    begun = (advance.share.read(NO_SHEET) if advance else None) or Fraction(0)
    loan = advance.loan(NO_SHEET) if advance and begun else None
    planned = tuple(zip(parts, instalments.after, strict=True)) if instalments and parts else _as_spent(begun, ceiling)
    if loan and instalments and parts:
        told = ((begun, "signature"), *((part * (1 - begun), trigger) for part, trigger in planned))
        planned = tuple((part, trigger) for part, trigger in told if part)
    labels = {**DOCUMENTS, **book.vocabulary.pieces}
    return Terms(
        parts=tuple(part for part, _ in planned),
        after=tuple(trigger for _, trigger in planned),
        documents={one: labels.get(one, one.replace("_", " ")) for one in report.documents} if report else {},
        consume_until=consumption.last_day if consumption else None,
        report_day=report.day.read(NO_SHEET) if report else None,
        closing_months=report.closing.read(NO_SHEET) if report and report.closing else None,
        method=(recovery.method.read(NO_SHEET) if recovery else None) or "B",
        interim=ceiling,
        loan=loan,
        penalty=(recovery.penalty.read(NO_SHEET) if recovery and recovery.penalty else None) or Fraction(0),
    )


def _as_spent(begun: Fraction, ceiling: Fraction | None) -> tuple[tuple[Fraction, str], ...]:
    """The parts of an aid paid as it is spent: the advance, the invoices up to their share, the balance."""
    before = max(begun, ceiling or Fraction(0))
    if not before:
        return ((Fraction(1), "signature"),)
    told = ((begun, "signature"), (before - begun, "invoices"), (1 - before, "balance"))
    return tuple((part, trigger) for part, trigger in told if part)


def lapse_day(committed: date) -> date:
    """The day on which what was not paid lapses: 31 December of the third year after the commitment."""
    return date(committed.year + LAPSE_YEARS, 12, 31)


def as_percent(rate: Fraction) -> Decimal:
    """A rate as a percentage with four decimals, for display and open data."""
    return (Decimal(rate.numerator) * 100 / Decimal(rate.denominator)).quantize(Decimal("0.0001"))


NEAR_THE_END: Final = 31
"""Days before the end of the consumption within which an instalment is told to come late."""


@dataclass(frozen=True, slots=True)
class PlannedDay:
    """When an instalment may be expected once the agreement is signed, after which report, and what is to be seen."""

    due_on: date | None
    report_on: date | None = None
    warning: str = ""


def plan_days(terms: Terms, signed_on: date) -> list[PlannedDay]:
    """The day of each instalment: the signature, then each yearly report in turn.

    A report close to the last day of consumption is told; so is an instalment that no report is left for.
    """
    until = terms.consume_until or date(signed_on.year + len(terms.parts), 12, 31)
    reports = iter(report_days(signed_on, until, terms.report_day) if terms.report_day else [])
    days = []
    for number, trigger in enumerate(terms.after, 1):
        if trigger == "signature":
            days.append(PlannedDay(signed_on))
            continue
        if trigger != "report":
            days.append(PlannedDay(None))
            continue
        report = next(reports, None)
        days.append(PlannedDay(report, report, _warning(number, report, terms.consume_until)))
    return days


def _warning(number: int, report: date | None, until: date | None) -> str:
    if report is None:
        return typeset(f"Versement {number} : aucun bilan annuel n'est attendu avant la fin de la consommation.")
    if until is None or (until - report).days > NEAR_THE_END:
        return ""
    left = (until - report).days
    words = "le jour même de" if not left else f"{counted(left, 'jour')} avant"
    return typeset(
        f"Versement {number} : il suit le bilan du {format_date(report)}, {words} la fin de la consommation "
        f"({format_date(until)})."
    )


def signature_window(calendar: Iterable[Mapping[str, Any]]) -> tuple[date, date] | None:
    """The days in which the calendar of a call has the agreements signed; None when it does not say."""
    for step in calendar:
        if step.get("key") == "agreement" and step.get("starts_on") and step.get("ends_on"):
            return date.fromisoformat(str(step["starts_on"])), date.fromisoformat(str(step["ends_on"]))
    return None


def word_window(signed_on: date, window: tuple[date, date] | None) -> tuple[str, str]:
    """Where a signature falls against the calendar of the call: words, and the tone of their mark."""
    if window is None:
        return "", ""
    first, last = window
    if signed_on < first:
        return f"avant le calendrier de l’appel ({format_date(first)})", "warn"
    if signed_on > last:
        return f"en retard sur le calendrier de l’appel ({format_date(last)})", "warn"
    return "dans le calendrier de l’appel", "good"


def reminder_reached(until: date, today: date, steps: Iterable[int]) -> int | None:
    """The step (days before ``until``) reached today: the closest one that is not passed; None before and after."""
    left = (until - today).days
    return min((step for step in steps if 0 <= left <= step), default=None)
