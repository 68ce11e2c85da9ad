"""Rules of the lines of expense: what is excluded, what part is kept, until when, at which price."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from avenant.domain.french import enumerate_in_words
from avenant.domain.money import ZERO, share, split
from avenant.domain.rules.conditions import Condition
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.kinds.base import Rule, values_of
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import DAY, Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import LineWork, Sheet, line_of, project_of

PAID_ON = "line.paid_on"


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRule(Rule):
    """Looks at each line of a project: one finding a line at fault, one for the project when all is well."""

    phase: ClassVar[str] = "lines"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.CAPS, Effect.REFUSES)
    inside: ClassVar[str] = "line"

    def unknown(self, sheet: Sheet, missing: tuple[str, ...]) -> None:
        """What is eligible of each line is unknown too."""
        for line in project_of(sheet).lines or ():
            line.lack(missing)

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        if project_of(sheet).lines is None:
            return (self.lacking(sheet, ("project.expenses",)),)
        found = [finding for here in sheet.inner if (finding := self.check_line(here, line_of(here))) is not None]
        return found or (self.found(sheet, Outcome.PASS, "{label} : aucune dépense concernée."),)

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        """The finding on a line, None when the rule has nothing to say of it."""
        raise NotImplementedError

    def lacking_line(self, here: Sheet, missing: tuple[str, ...]) -> Finding:
        """What is eligible of the line cannot be told."""
        line_of(here).lack(missing)
        return self.lacking(here, missing)

    def unmet_line(self, here: Sheet, words: str, advice: str, **values: Any) -> Finding:
        """The rule is not met by this line, named in the sentence."""
        facts = line_of(here).facts
        return self.unmet(here, words, advice, line=facts.label or facts.code, **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExcludedExpense(LineRule):
    """Lines that the condition describes are not financed: their whole amount leaves the base."""

    kind: ClassVar[str] = "excluded_expense"
    fields: ClassVar[str] = "excluded (condition sur la ligne) ; reason (motif, facultatif)"

    excluded: Condition
    reason: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, excluded=table.needed_condition("excluded"), reason=table.text("reason", common["label"]))

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        holds, missing = self.excluded(here)
        if holds is None:
            return self.lacking_line(here, missing)
        if not holds:
            return None
        amount = line.facts.excl_tax or ZERO
        line.exclude(self.id)
        return self.unmet_line(
            here,
            "La dépense « {line} » ({amount} hors taxes) est exclue : {reason}.",
            "Retirez cette dépense ou faites-la financer autrement ; si sa nature est mal choisie, corrigez-la.",
            amount=amount,
            reason=self.reason,
            amounts=(("excluded", amount),),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class EligiblePart(LineRule):
    """Of the lines that ``of`` describes, only some parts of their break-down are financed."""

    kind: ClassVar[str] = "eligible_part"
    fields: ClassVar[str] = "of (condition sur la ligne) ; parts (codes de la ventilation gardés)"

    of: Condition
    parts: tuple[str, ...]

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, of=table.needed_condition("of"), parts=table.codes("parts"))

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        holds, missing = self.of(here)
        if holds is None:
            return self.lacking_line(here, missing)
        if not holds or line.eligible_excl_tax == ZERO:
            return None
        if not line.facts.parts:
            return self.lacking_line(here, tuple(f"line.parts.{part}" for part in self.parts))
        kept = sum((line.facts.parts.get(part, ZERO) for part in self.parts), ZERO)
        before = line.eligible_excl_tax
        if before is None or kept >= before:
            return None
        line.keep(self.id, kept)
        return self.unmet_line(
            here,
            "La dépense « {line} » est retenue pour {kept} sur {before} : seul est financé le poste {parts}.",
            "Le reste, {cut}, est à la charge de l'établissement.",
            kept=kept,
            before=before,
            cut=before - kept,
            parts=enumerate_in_words([f"« {self.names.get(part, part)} »" for part in self.parts]),
            amounts=(("kept", kept), ("excluded", before - kept)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineDeadline(LineRule):
    """A date of each line is on or before its own last day, and on or before the call's.

    Nothing is paid before the notification: until then, the day of a payment has nothing to say.
    """

    kind: ClassVar[str] = "line_deadline"
    fields: ClassVar[str] = "fact (date de la ligne) ; until (paramètre, facultatif) ; own (dernier jour de la ligne)"

    fact: Operand
    until: Operand | None
    own: bool

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            fact=table.fact("fact", PAID_ON, of=DAY),
            until=table.optional_parameter("until", Unit.DATE),
            own=table.flag("own"),
        )

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        (day, until), missing = values_of(here, self.fact, self.until)
        limits = [one for one in (until, line.facts.deadline if self.own else None) if one is not None]
        if not limits and not missing:
            return None
        if day is None and self.fact.name == PAID_ON and here.facts.notified_on is None:
            return None
        if missing:
            return self.lacking_line(here, missing)
        last = min(limits)
        if day <= last:
            return None
        line.exclude(self.id)
        return self.unmet_line(
            here,
            "La dépense « {line} » est du {day}, après le dernier jour admis, le {last} : elle n'est pas comptée.",
            "Il aurait fallu qu'elle soit du {last} au plus tard.",
            day=day,
            last=last,
            amounts=(("excluded", line.facts.excl_tax or ZERO),),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineStart(LineRule):
    """Nothing ordered or begun before a date of the dossier (the notification, the deposit): such a line is excluded."""

    kind: ClassVar[str] = "line_start"
    fields: ClassVar[str] = "fact (date de la ligne) ; not_before (fait daté) ; same_day (le jour même est admis)"

    fact: Operand
    not_before: Operand
    same_day: bool

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            fact=table.fact("fact", "line.ordered_on", of=DAY),
            not_before=table.fact("not_before", "notified_on", of=DAY),
            same_day=table.flag("same_day"),
        )

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        (day, first), missing = values_of(here, self.fact, self.not_before)
        if missing:
            return self.lacking_line(here, missing)
        if day > first or (self.same_day and day == first):
            return None
        line.exclude(self.id)
        return self.unmet_line(
            here,
            "La dépense « {line} » est engagée le {day}, avant la notification du {first} : elle est exclue.",
            "Rien ne doit être commandé ni commencé avant la notification.",
            day=day,
            first=first,
            amounts=(("excluded", line.facts.excl_tax or ZERO),),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCap(LineRule):
    """The price of one unit of a kind of expense is capped: quantity × ceiling is the most that is kept."""

    kind: ClassVar[str] = "unit_cap"
    fields: ClassVar[str] = "amounts (paramètre : euros par nature de dépense)"

    amounts: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, amounts=table.parameter("amounts", Unit.EUROS_BY))

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        ceilings = self.amounts.read(here)
        if ceilings is None or line.facts.kind is None:
            return self.lacking_line(here, (self.amounts.name if ceilings is None else "line.kind",))
        ceiling = ceilings.get(line.facts.kind)
        before = line.eligible_excl_tax
        if ceiling is None or not before:
            return None
        if line.facts.quantity is None:
            return self.lacking_line(here, ("line.quantity",))
        kept = ceiling * line.facts.quantity
        if before <= kept:
            return None
        line.keep(self.id, kept)
        return self.unmet_line(
            here,
            "La dépense « {line} » est retenue pour {kept} sur {before} : {count} × {ceiling} au plus.",
            "Le dépassement, {cut}, est à la charge de l'établissement.",
            kept=kept,
            before=before,
            cut=before - kept,
            count=line.facts.quantity,
            ceiling=ceiling,
            amounts=(("kept", kept),),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class LineAid(LineRule):
    """The aids that a plan gives to one expense exceed neither its cost nor a share of it for public aids."""

    kind: ClassVar[str] = "line_aid"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.REFUSES, Effect.WARNS)
    fields: ClassVar[str] = "maximum (paramètre : part publique du coût hors taxes)"

    maximum: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, maximum=table.parameter("maximum", Unit.PERCENT))

    def unknown(self, sheet: Sheet, missing: tuple[str, ...]) -> None:
        """What a line receives does not change what is eligible of it."""

    def check_line(self, here: Sheet, line: LineWork) -> Finding | None:
        plan = project_of(here).facts.plan
        if plan is None:
            return self.lacking(here, ("project.plan",))
        aids = [aid for aid in plan if aid.line == line.facts.code]
        if not aids:
            return None
        rate, cost = self.maximum.read(here), line.facts.excl_tax
        if rate is None or cost is None or any(aid.amount is None for aid in aids):
            return self.lacking(
                here,
                (self.maximum.name if rate is None else "line.excl_tax" if cost is None else "project.plan",),
            )
        total = sum((aid.amount or ZERO for aid in aids), ZERO)
        public = sum((aid.amount or ZERO for aid in aids if aid.nature in ("requested", "public")), ZERO)
        if total <= cost and Fraction(public) <= Fraction(cost) * rate:
            return None
        return self.unmet_line(
            here,
            "La dépense « {line} » coûte {cost} et reçoit {total} d'aides, dont {public} publiques.",
            "Réduisez les aides : {cost} au plus, dont {rate} au plus d'aides publiques.",
            cost=cost,
            total=total,
            public=public,
            rate=rate,
            amounts=(("aids", total), ("public_aids", public)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareCap(Rule):
    """A cap within the base: lines that ``of`` describes count for at most a share of the eligible cost, or an amount."""

    kind: ClassVar[str] = "share_cap"
    phase: ClassVar[str] = "base"
    inside: ClassVar[str] = "line"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.CAPS,)
    fields: ClassVar[str] = "of (condition sur la ligne) ; share (paramètre) ou amount (paramètre)"

    of: Condition
    share: Operand | None
    amount: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        part, amount = table.optional_parameter("share", Unit.PERCENT), table.optional_parameter("amount", Unit.EUROS)
        if (part is None) == (amount is None):
            raise table.error("share", "l'un des deux champs « share » et « amount » est attendu.")
        return cls(**common, of=table.needed_condition("of"), share=part, amount=amount)

    def unknown(self, sheet: Sheet, missing: tuple[str, ...]) -> None:
        """What is eligible of each line is unknown too."""
        for line in project_of(sheet).lines or ():
            line.lack(missing)

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        project = project_of(sheet)
        if project.lines is None:
            return [self.lacking(sheet, ("project.expenses",))]
        concerned: list[LineWork] = []
        gaps: list[str] = []
        for here in sheet.inner:
            holds, missing = self.of(here)
            line = line_of(here)
            gaps += [*missing, *line.missing]
            if holds:
                concerned.append(line)
        (part, amount), missing = values_of(sheet, self.share, self.amount)
        total = project.eligible_excl_tax
        if gaps or missing or total is None:
            names = (*missing, *gaps) or ("line.excl_tax",)
            self.unknown(sheet, names)
            return [self.lacking(sheet, names)]
        limit = share(total, part) if part is not None else amount
        return [self._cut(sheet, concerned, limit)]

    def _cut(self, sheet: Sheet, concerned: list[LineWork], limit: Decimal) -> Finding:
        sums = [line.eligible_excl_tax or ZERO for line in concerned]
        before = sum(sums, ZERO)
        if before <= limit:
            return self.found(sheet, Outcome.PASS, "{label} : {before} sur {limit} admis.", before=before, limit=limit)
        for line, kept in zip(concerned, split(limit, [Fraction(one) for one in sums]), strict=True):
            line.keep(self.id, kept)
        return self.unmet(
            sheet,
            "{label} : ces dépenses comptent pour {limit} au lieu de {before}.",
            "Réduisez ces dépenses de {over}, ou acceptez qu'elles restent à votre charge.",
            before=before,
            limit=limit,
            over=before - limit,
            amounts=(("kept", limit), ("excluded", before - limit)),
        )
