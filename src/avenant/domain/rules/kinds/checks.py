"""Rules that look and say: dates, pieces, bodies, numbers, plan. They change no amount."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from avenant.domain.french import enumerate_in_words, format_moment
from avenant.domain.money import ZERO
from avenant.domain.periods import add_months
from avenant.domain.rules.conditions import Answer, Condition
from avenant.domain.rules.facts import Piece
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.kinds.base import Rule, values_of
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Operand, Sheet

SECOND = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Check(Rule):
    """A rule that changes no amount."""

    phase: ClassVar[str] = "checks"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.REFUSES, Effect.WARNS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window(Check):
    """An instant of the dossier lies in the window of the call, in the call's own zone.

    The parameters name the first and the last second admitted: « 6 November 23:59:59 » is any instant before
    7 November 00:00:00 there. A side that the rule does not name is open.
    """

    kind: ClassVar[str] = "window"
    scope: ClassVar[str] = "dossier"
    fields: ClassVar[str] = "fact (instant) ; opens (paramètre, facultatif) ; closes (paramètre, facultatif)"

    fact: Operand
    opens: Operand | None
    closes: Operand | None
    zone: ZoneInfo

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            zone=ZoneInfo(table.take("@zone")),
            fact=table.fact("fact", "submitted_at"),
            opens=table.optional_parameter("opens", Unit.MOMENT),
            closes=table.optional_parameter("closes", Unit.MOMENT),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (moment, opens, closes), missing = values_of(sheet, self.fact, self.opens, self.closes)
        first = opens and opens.replace(tzinfo=self.zone)
        last = closes and closes.replace(tzinfo=self.zone)
        if moment is None or (missing and (last is None or moment < last + SECOND)):
            return [self.lacking(sheet, missing)]
        values: dict[str, Any] = {
            "moment": format_moment(moment.astimezone(self.zone)),
            "first": first and format_moment(first),
            "last": last and format_moment(last),
        }
        if first and moment < first:
            return [
                self.unmet(
                    sheet, "Déposé le {moment}, avant l'ouverture, le {first}.", "Déposez après l'ouverture.", **values
                )
            ]
        if last and moment >= (closes + SECOND).replace(tzinfo=self.zone):
            return [self.unmet(sheet, "Déposé le {moment}, trop tard : la limite était le {last}.", LATE, **values)]
        words = "Déposé le {moment}, avant la limite du {last}." if last else "Déposé le {moment} : l'appel est ouvert."
        return [self.found(sheet, Outcome.PASS, words, **values)]


LATE = "Le dépôt est clos ; seul un incident de la plateforme, constaté par décision, prolonge le délai."


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline(Window):
    """A window with an end and no start: the last second admitted, in the call's zone."""

    kind: ClassVar[str] = "deadline"
    fields: ClassVar[str] = "fact (instant) ; closes (paramètre, dernière seconde admise)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Start(Check):
    """When a project may begin: not before a day, not before a fact, and at the latest some months after another.

    ``reading`` (a choice) turns the months into « 31 December of the year that follows ».
    """

    kind: ClassVar[str] = "start"
    fields: ClassVar[str] = (
        "fact ; not_before (paramètre) ou after (fait) ; until (fait ou « @ choix ») et months (paramètre), reading"
    )

    fact: Operand
    not_before: Operand | None
    after: Operand | None
    until: Operand | None
    months: Operand | None
    reading: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            fact=table.fact("fact", "project.starts_on"),
            not_before=table.optional_parameter("not_before", Unit.DATE),
            after=table.optional_fact("after"),
            until=table.optional_fact("until"),
            months=table.optional_parameter("months", Unit.MONTHS),
            reading=table.optional_parameter("reading", Unit.CHOICE),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        day = self.fact.read(sheet)
        (floor, after, anchor, months, reading), missing = values_of(
            sheet, self.not_before, self.after, self.until, self.months, self.reading
        )
        if day is None:
            return [self.lacking(sheet, (self.fact.name, *missing))]
        firsts = [one for one in (floor, after) if one is not None]
        if firsts and day < max(firsts):
            words = "{label} : début le {day}, avant le premier jour admis, le {first}."
            return [self.unmet(sheet, words, "Commencez le {first} au plus tôt.", day=day, first=max(firsts))]
        if missing:
            return [self.lacking(sheet, missing)]
        last = self._last(anchor, months, reading)
        if last and day > last:
            words = "{label} : début le {day}, après le dernier jour admis, le {last}."
            return [self.unmet(sheet, words, "Commencez le {last} au plus tard.", day=day, last=last)]
        return [self.found(sheet, Outcome.PASS, "{label} : début le {day}.", day=day)]

    def _last(self, anchor: date | None, months: int | None, reading: str | None) -> date | None:
        if anchor is None:
            return None
        if reading == "end_of_next_year":
            return date(anchor.year + 1, 12, 31)
        return add_months(anchor, months or 0)


@dataclass(frozen=True, slots=True)
class Acceptable:
    """One piece that satisfies a requirement: signed when asked, dated on or after a parameter."""

    piece: str
    signed: bool
    dated_from: Operand | None

    def accepts(self, pieces: tuple[Piece, ...], sheet: Sheet) -> Answer:
        """Does one of these pieces fit; None and what lacks when it cannot be told."""
        missing: list[str] = []
        for piece in (one for one in pieces if one.kind == self.piece):
            limit: date | None = None if self.dated_from is None else self.dated_from.read(sheet)
            gaps = [f"pieces.{self.piece}.signed"] if self.signed and piece.signed is None else []
            if self.dated_from is not None:
                gaps += [f"pieces.{self.piece}.on"] if piece.on is None else []
                gaps += [self.dated_from.name] if limit is None else []
            late = limit is not None and piece.on is not None and piece.on < limit
            if (self.signed and piece.signed is False) or late:
                continue
            if not gaps:
                return True, ()
            missing += gaps
        return (None, tuple(missing)) if missing else (False, ())


@dataclass(frozen=True, slots=True, kw_only=True)
class RequiredPiece(Check):
    """A document that the dossier or each project must hold, when the condition holds; one of several may do."""

    kind: ClassVar[str] = "piece"
    fields: ClassVar[str] = "one_of (pièces admises : piece, signed, dated_from) ; per (dossier, project)"

    one_of: tuple[Acceptable, ...]
    per: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        given = table.take("one_of")
        if not isinstance(given, list) or not given:
            raise table.error("one_of", "une liste de pièces est attendue.")
        return cls(
            **common,
            one_of=tuple(_acceptable(table, one) for one in given),
            per=table.one_of("per", ("dossier", "project"), "dossier"),
        )

    @property
    def level(self) -> str:
        return self.per

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        own = sheet.project.facts.pieces if sheet.project else ()
        held = sheet.facts.pieces
        answers = [one.accepts((*(held or ()), *(own or ())), sheet) for one in self.one_of]
        wanted = " ou ".join(self.names.get(one.piece, one.piece) for one in self.one_of)
        if any(answer for answer, _ in answers):
            return [self.found(sheet, Outcome.PASS, "{label} : pièce fournie.")]
        missing = [name for answer, names in answers if answer is None for name in names]
        if held is None:
            missing.append("pieces")
        if sheet.project and self.per == "project" and own is None:
            missing.append("project.pieces")
        if missing:
            return [self.lacking(sheet, tuple(missing))]
        return [
            self.unmet(
                sheet, "{label} : il manque {wanted}.", "Joignez {wanted}{how}.", wanted=wanted, how=self._how(sheet)
            )
        ]

    def _how(self, sheet: Sheet) -> str:
        dated = [one.dated_from.read(sheet) for one in self.one_of if one.dated_from]
        signed = [self.names.get(one.piece, one.piece) for one in self.one_of if one.signed]
        parts = [f"à jour au {day:%d/%m/%Y} ou après" for day in dated if day]
        parts += [f"{enumerate_in_words(signed)} : signature, qualité et date"] if signed else []
        return f" ({' ; '.join(parts)})" if parts else ""


def _acceptable(table: Table, data: Any) -> Acceptable:
    if not isinstance(data, Mapping) or set(data) - {"piece", "signed", "dated_from"} or "piece" not in data:
        raise table.error("one_of", "une pièce s'écrit { piece = …, signed = true, dated_from = … }.")
    if data["piece"] not in table.vocabulary.pieces:
        raise table.error("one_of", f"la pièce « {data['piece']} » n'est pas au vocabulaire.")
    limit = table.named_parameter("one_of", data["dated_from"], (Unit.DATE,)) if "dated_from" in data else None
    return Acceptable(data["piece"], bool(data.get("signed", False)), limit)


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
        return cls(**common, fact=table.fact("fact"), limit=limit)

    @property
    def level(self) -> str:
        return "project" if self.fact.name.startswith("project.") else "dossier"

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (value, limit), missing = values_of(sheet, self.fact, self.limit)
        if missing:
            gaps = base_reasons(sheet, self.fact) if value is None else ()
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


def base_reasons(sheet: Sheet, fact: Operand) -> tuple[str, ...]:
    """Why a fact is missing: for a computed cost, the facts of its lines that lack."""
    project = sheet.project
    if project is None or not fact.name.startswith("project."):
        return (fact.name,)
    name = fact.name.removeprefix("project.")
    if name == "grant":
        return tuple(project.missing) or (fact.name,)
    if not name.endswith("_tax"):
        return (fact.name,)
    if project.lines is None:
        return ("project.expenses",)
    gaps = [one for line in project.lines for one in line.missing] if name.startswith("eligible") else []
    tax = name[-8:]
    gaps += [f"line.{tax}" for line in project.lines if getattr(line.facts, tax, None) is None]
    return tuple(dict.fromkeys(gaps)) or (fact.name,)


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
        return cls(**common, cost=table.fact("cost", "project.total_excl_tax"))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        project = sheet.project
        if project is None or project.facts.plan is None or project.plan_total is None:
            return [self.lacking(sheet, ("project.plan",))]
        cost, total = self.cost.read(sheet), project.plan_total
        if cost is None:
            return [self.lacking(sheet, base_reasons(sheet, self.cost))]
        others = total - (project.aids(frozenset({"requested"})) or ZERO)
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
        holds, missing = self.must.holds(sheet)
        if holds is None:
            return [self.lacking(sheet, missing)]
        if holds:
            return [self.found(sheet, Outcome.PASS, "{label} : c'est le cas.")]
        return [self.unmet(sheet, "{label} : {reason}", "{remedy}", reason=self.reason, remedy=self.remedy)]


@dataclass(frozen=True, slots=True, kw_only=True)
class EachAction(Check):
    """Each action of a project meets a condition (« au moins un indicateur »); the actions at fault are named."""

    kind: ClassVar[str] = "each_action"
    fields: ClassVar[str] = "must (condition sur l’action) ; reason (phrase)"

    must: Condition
    reason: str

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common, must=table.needed_condition("must"), reason=table.text("reason"))

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        actions = sheet.project.facts.actions if sheet.project else None
        if actions is None:
            return [self.lacking(sheet, ("project.actions",))]
        findings = []
        for action in actions:
            here = Sheet(sheet.facts, sheet.projects, sheet.project, action=action)
            holds, missing = self.must.holds(here)
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
        partners = sheet.project.facts.partners if sheet.project else ()
        if not partners:
            return [self.found(sheet, Outcome.NOT_APPLICABLE, "{label} : le projet n'est pas mutualisé.")]
        if any(one.cost_share is None for one in partners):
            return [self.lacking(sheet, ("project.partners",))]
        total = f"{sum((one.cost_share or ZERO for one in partners), ZERO).normalize():f}".replace(".", ",") + " %"
        if sum((one.cost_share or ZERO for one in partners), ZERO) == 100:
            return [self.found(sheet, Outcome.PASS, "{label} : les parts font 100 %.")]
        return [self.unmet(sheet, "{label} : les parts font {total}.", "Les parts doivent faire 100 %.", total=total)]
