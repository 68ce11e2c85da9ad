"""Rules that look and say: bodies, numbers, plan, statements. They change no amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, ClassVar

from avenant.domain.french import NARROW_SPACE, enumerate_in_words, format_number
from avenant.domain.money import ZERO
from avenant.domain.rules.conditions import Condition
from avenant.domain.rules.findings import Finding, Outcome
from avenant.domain.rules.kinds.base import Check, Rule, gaps_of, values_of
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import DAY, NUMBER, Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet, project_of


@dataclass(frozen=True, slots=True, kw_only=True)
class EligibleBody(Check):
    """Who may apply: one criterion a field, each a list of codes. ``categories`` unknown to the list are to confirm."""

    kind: ClassVar[str] = "body"
    scope: ClassVar[str] = "dossier"
    fields: ClassVar[str] = "statuses, sectors, territories, categories (paramètres, listes de codes)"

    criteria: tuple[tuple[Operand, Operand], ...]

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        given = []
        for field, path in BODY.items():
            allowed = table.optional_parameter(field, Unit.CODES)
            if allowed is not None:
                given.append((table.named_fact(field, path), allowed))
        if not given:
            raise table.error("statuses", "au moins un critère est attendu : " + ", ".join(BODY) + ".")
        return cls(**common, criteria=tuple(given))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        missing: list[str] = []
        for fact, allowed in self.criteria:
            (value, codes), gaps = values_of(sheet, fact, allowed)
            missing += gaps
            if gaps:
                continue
            held = value if isinstance(value, tuple) else (value,)
            if not any(one in codes for one in held):
                return [
                    self.unmet(
                        sheet,
                        "{label} : {what} « {held} » n'est pas admis ; sont admis : {codes}.",
                        "Cet appel ne s'adresse pas à ce demandeur ; un autre appel le peut.",
                        what=fact.label,
                        held=self._words(held),
                        codes=self._words(codes),
                    )
                ]
        if missing:
            return [self.lacking(sheet, tuple(missing))]
        return [self.found(sheet, Outcome.PASS, "{label} : le demandeur est admis.")]

    def _words(self, codes: tuple[str, ...]) -> str:
        return enumerate_in_words([self.names.get(one, one) for one in codes]) or "aucun"


BODY = {
    "statuses": "applicant.status",
    "sectors": "applicant.sectors",
    "territories": "applicant.territory",
    "categories": "applicant.category",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound(Check):
    """A number or an amount against a parameter; ``floor`` is at least, ``count`` at most, both included."""

    fields: ClassVar[str] = "fact (nombre ou montant) ; limit (paramètre) ; per (dossier, project)"
    least: ClassVar[bool]

    fact: Operand
    limit: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        limit = table.parameter("limit", Unit.EUROS, Unit.COUNT, Unit.DATE)
        return cls(**common, fact=table.fact("fact", of=DAY if limit.unit is Unit.DATE else NUMBER), limit=limit)

    @property
    def level(self) -> str:
        return "project" if self.fact.name.startswith("project.") else "dossier"

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (value, limit), missing = values_of(sheet, self.fact, self.limit)
        if missing:
            gaps = gaps_of(sheet, self.fact) if value is None else ()
            return [self.lacking(sheet, (*(name for name in missing if name != self.fact.name), *gaps))]
        values = {"what": self.fact.label, "value": value, "limit": limit}
        amounts = tuple((name, one) for name, one in (("value", value), ("limit", limit)) if isinstance(one, Decimal))
        if value >= limit if self.least else value <= limit:
            side = "pour {limit} au moins" if self.least else "pour {limit} au plus"
            return [
                self.found(sheet, Outcome.PASS, "{label} : {what} de {value}, " + side + ".", amounts=amounts, **values)
            ]
        gap = limit - value if self.least else value - limit
        if self.least:
            words, advice = "{label} : {what} de {value}, au moins {limit} sont demandés.", "Il faudrait {gap} de plus."
        else:
            words, advice = "{label} : {what} de {value}, {limit} au plus sont admis.", "Il faudrait {gap} de moins."
        return [self.unmet(sheet, words, advice, amounts=amounts, gap=gap, **values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Floor(Bound):
    """At least, the limit included."""

    kind: ClassVar[str] = "floor"
    least: ClassVar[bool] = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Count(Bound):
    """At most, the limit included."""

    kind: ClassVar[str] = "count"
    least: ClassVar[bool] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan(Check):
    """The funding plan covers the cost, and the funder is not alone in it."""

    kind: ClassVar[str] = "plan"
    fields: ClassVar[str] = "cost (fait d’un montant)"

    cost: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, cost=table.fact("cost", "project.total_excl_tax", of=NUMBER))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        project = project_of(sheet)
        cost, total = self.cost.read(sheet), project.plan_total
        if total is None:
            return [self.lacking(sheet, ("project.plan",))]
        if cost is None:
            return [self.lacking(sheet, gaps_of(sheet, self.cost))]
        others = total - (project.requested_aid or ZERO)
        values = {"total": total, "cost": cost, "others": others, "gap": abs(cost - total)}
        amounts = (("plan", total), ("cost", cost))
        if others <= 0:
            words = "{label} : le financeur sollicité ne peut porter seul le projet."
            return [self.unmet(sheet, words, "Ajoutez une part de fonds propres ou d'un autre financeur.", **values)]
        if total < cost:
            words = "{label} : le plan apporte {total} pour un coût de {cost}."
            return [self.unmet(sheet, words, "Il manque {gap} au plan.", amounts=amounts, **values)]
        if total > cost:
            words = "{label} : le plan apporte {total}, plus que le coût de {cost}."
            return [self.unmet(sheet, words, "Le plan dépasse le coût de {gap}.", amounts=amounts, **values)]
        words = "{label} : le plan est équilibré à {total}, dont {others} hors de l'aide demandée."
        return [self.found(sheet, Outcome.PASS, words, amounts=amounts, **values)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement(Check):
    """A condition that must hold of the dossier or of each project: declared, held, respected, in scope."""

    kind: ClassVar[str] = "statement"
    fields: ClassVar[str] = "must (condition) ; per (dossier, project) ; reason (phrase) ; remedy (phrase)"

    must: Condition
    per: str
    reason: str
    remedy: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            must=table.needed_condition("must"),
            per=table.one_of("per", ("dossier", "project"), "dossier"),
            reason=table.text("reason"),
            remedy=table.text("remedy", "Complétez ou corrigez le dossier."),
        )

    @property
    def level(self) -> str:
        return self.per

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        holds, missing = self.must(sheet)
        if holds is None:
            return [self.lacking(sheet, missing)]
        if holds:
            return [self.found(sheet, Outcome.PASS, "{label} : c'est le cas.")]
        return [self.unmet(sheet, "{label} : {reason}", "{remedy}", reason=self.reason, remedy=self.remedy)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EachAction(Check):
    """Each action of a project meets a condition (« au moins un indicateur »); the actions at fault are named."""

    kind: ClassVar[str] = "each_action"
    inside: ClassVar[str] = "action"
    fields: ClassVar[str] = "must (condition sur l’action) ; reason (phrase)"

    must: Condition
    reason: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, must=table.needed_condition("must"), reason=table.text("reason"))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        project = project_of(sheet)
        actions = project.facts.actions
        if actions is None:
            return [self.lacking(sheet, ("project.actions",))]
        findings = []
        for action in actions:
            here = Sheet(sheet.facts, sheet.projects, project, action=action)
            holds, missing = self.must(here)
            if holds is None:
                findings.append(self.lacking(here, missing))
            elif not holds:
                words = "Action « {action} » : {reason}"
                findings.append(
                    self.unmet(here, words, "Complétez cette action.", action=action.code, reason=self.reason)
                )
        if not actions:
            return [self.unmet(sheet, "{label} : aucune action n'est décrite.", "Décrivez au moins une action.")]
        return findings or [self.found(sheet, Outcome.PASS, "{label} : chaque action y répond.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares(Check):
    """The cost shares of a shared project's establishments make 100 %."""

    kind: ClassVar[str] = "shares"
    fields: ClassVar[str] = "–"

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common)

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        partners = project_of(sheet).facts.partners
        if not partners:
            return [self.found(sheet, Outcome.NOT_APPLICABLE, "{label} : le projet n'est pas mutualisé.")]
        shares = [one.cost_share for one in partners if one.cost_share is not None]
        if len(shares) < len(partners):
            return [self.lacking(sheet, ("project.partners",))]
        total = sum(shares, ZERO)
        if total == 100:
            return [self.found(sheet, Outcome.PASS, "{label} : les parts font 100 %.")]
        written = f"{format_number(total.normalize())}{NARROW_SPACE}%"
        return [self.unmet(sheet, "{label} : les parts font {total}.", "Les parts doivent faire 100 %.", total=written)]
