"""What a rule says of a dossier: outcome, amounts, one sentence for a director, what would change it, the article.

Sentences are written when they are read: evaluating ten thousand dossiers writes none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

from avenant.domain.french import typeset
from avenant.domain.rules.parameters import in_words


class Outcome(StrEnum):
    """``undetermined``: a fact or a parameter is missing. ``not_applicable``: the rule's condition does not hold."""

    PASS = "pass"  # noqa: S105
    FAIL = "fail"
    WARNING = "warning"
    UNDETERMINED = "undetermined"
    NOT_APPLICABLE = "not_applicable"


class Effect(StrEnum):
    """What a rule that is not met does: it refuses the dossier, cuts an amount, or warns."""

    REFUSES = "refuses"
    CAPS = "caps"
    WARNS = "warns"


class Finding(NamedTuple):
    """One rule on one subject. ``subject`` is « » for the dossier, « P1 » a project, « P1/L2 » one of its lines.

    ``missing`` names the facts (``project.starts_on``) or the parameters (``parameter:rate``) that lack.
    ``amounts`` are euros at the cent.
    """

    rule: str
    kind: str
    effect: Effect
    outcome: Outcome
    subject: str
    article: str
    words: str
    advice: str
    values: Mapping[str, Any]
    amounts: tuple[tuple[str, Decimal], ...] = ()
    missing: tuple[str, ...] = ()

    @property
    def sentence(self) -> str:
        """One French sentence for a director."""
        return _written(self.words, self.values)

    @property
    def remedy(self) -> str:
        """What would have to change for the rule to be met; empty when nothing has to."""
        return _written(self.advice, self.values)


class Step(NamedTuple):
    """One step of the computing of a project's aid: which rule, the amount before and after, in a few words."""

    rule: str
    words: str
    values: Mapping[str, Any]
    before: Decimal | None
    after: Decimal

    @property
    def sentence(self) -> str:
        return _written(self.words, self.values)


def _written(text: str, values: Mapping[str, Any]) -> str:
    return typeset(text.format_map({name: in_words(value) for name, value in values.items()})) if text else ""


class LineAmounts(NamedTuple):
    """What is kept of one expense. ``eligible`` amounts are None while a fact is missing; ``reasons`` are rule ids."""

    code: str
    eligible_excl_tax: Decimal | None
    eligible_incl_tax: Decimal | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectAmounts:
    """The amounts of one project; None while a fact or a parameter is missing (named in ``missing``)."""

    code: str
    lines: tuple[LineAmounts, ...]
    total_excl_tax: Decimal | None
    total_incl_tax: Decimal | None
    eligible_excl_tax: Decimal | None
    eligible_incl_tax: Decimal | None
    requested: Decimal | None
    grant: Decimal | None
    missing: tuple[str, ...]
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """All that a rulebook says of a dossier, in the order of the rulebook, and the amounts."""

    rulebook: str
    digest: str
    findings: tuple[Finding, ...]
    projects: tuple[ProjectAmounts, ...]
    grant: Decimal | None

    @property
    def outcome(self) -> Outcome:
        """The worst finding: fail, then undetermined, then warning, then pass."""
        present = {one.outcome for one in self.findings}
        order = (Outcome.FAIL, Outcome.UNDETERMINED, Outcome.WARNING)
        return next((one for one in order if one in present), Outcome.PASS)

    @property
    def missing(self) -> tuple[str, ...]:
        """The facts and parameters that lack, without repeats, with their subject: « P1: project.starts_on »."""
        named = (
            f"{one.subject}: {name}" if one.subject and not name.startswith("parameter:") else name
            for one in self.findings
            for name in one.missing
        )
        return tuple(dict.fromkeys(named))

    def of(self, rule: str) -> tuple[Finding, ...]:
        """The findings of one rule."""
        return tuple(one for one in self.findings if one.rule == rule)

    def why_not(self) -> tuple[Finding, ...]:
        """What stands between this dossier and a yes: refusals first, then what is missing; each with its remedy."""
        fails = [one for one in self.findings if one.outcome is Outcome.FAIL]
        return (*fails, *(one for one in self.findings if one.outcome is Outcome.UNDETERMINED))
