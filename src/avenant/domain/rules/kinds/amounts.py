"""Rules of amounts: they build the aid of each project, then cut it, in the order of the rulebook."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any, ClassVar

from avenant.domain.french import format_number
from avenant.domain.money import ZERO, cents, share
from avenant.domain.periods import add_months
from avenant.domain.rules.facts import EarlierAid
from avenant.domain.rules.findings import Effect, Finding, Outcome
from avenant.domain.rules.kinds.base import Rule, gaps_of, values_of
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import DAY, MOMENT, NUMBER, Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet, project_of


@dataclass(frozen=True, slots=True, kw_only=True)
class AmountRule(Rule):
    """Makes or cuts the aid of a project; when its condition cannot be told, nor can the aid."""

    phase: ClassVar[str] = "amounts"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.CAPS,)

    def unknown(self, sheet: Sheet, missing: tuple[str, ...]) -> None:
        """The aid is unknown too, unless the rule only judges it."""
        if self.effect is not Effect.CAPS:
            return
        for project in [sheet.project] if sheet.project else sheet.projects:
            project.lose(missing)

    def lost(self, sheet: Sheet, missing: tuple[str, ...]) -> list[Finding]:
        self.unknown(sheet, missing)
        return [self.lacking(sheet, missing)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate(AmountRule):
    """A share of the eligible base. The rate may depend on a fact of the dossier (status, territory)."""

    kind: ClassVar[str] = "rate"
    fields: ClassVar[str] = "rate (paramètre) ; base (fait d’un montant) ; by (fait qui choisit le taux, facultatif)"

    rate: Operand
    base: Operand
    by: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        by = table.optional_fact("by")
        unit = Unit.PERCENT_BY if by else Unit.PERCENT
        return cls(
            **common,
            by=by,
            rate=table.parameter("rate", unit),
            base=table.fact("base", "project.eligible_excl_tax", of=NUMBER),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (rate, key), missing = values_of(sheet, self.rate, self.by)
        if self.by and not missing:
            rate = rate.get(key)
            missing = () if rate is not None else (self.rate.name,)
        base = self.base.read(sheet)
        if base is None:
            missing = (*missing, *gaps_of(sheet, self.base))
        if missing:
            return self.lost(sheet, missing)
        amount = share(base, rate)
        project_of(sheet).add(self.id, amount, "{rate} de {base} font {amount}", rate=rate, base=base)
        return [
            self.found(
                sheet,
                Outcome.PASS,
                "{label} : {rate} du coût retenu de {base}, soit {amount} ; {rest} restent à financer.",
                rate=rate,
                base=base,
                amount=amount,
                rest=base - amount,
                amounts=(("aid", amount), ("base", base), ("rest", base - amount)),
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class LumpSum(AmountRule):
    """A fixed amount for each unit (bed, agent, day of training), for at most so many units."""

    kind: ClassVar[str] = "lump_sum"
    fields: ClassVar[str] = "units (fait, nombre d’unités) ; amount (paramètre) ; at_most (paramètre, facultatif)"

    units: Operand
    amount: Operand
    at_most: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            units=table.fact("units", of=NUMBER),
            amount=table.parameter("amount", Unit.EUROS),
            at_most=table.optional_parameter("at_most", Unit.COUNT),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (units, amount, at_most), missing = values_of(sheet, self.units, self.amount, self.at_most)
        if missing:
            return self.lost(sheet, missing)
        counted = units if at_most is None else min(units, at_most)
        total = cents(amount * counted)
        project_of(sheet).add(self.id, total, "{count} × {unit} font {amount}", count=_bare(counted), unit=amount)
        words = "{label} : {count} × {unit}, soit {amount}."
        values = {"count": _bare(counted), "unit": amount, "amount": total, "units": _bare(units)}
        if counted == units:
            return [self.found(sheet, Outcome.PASS, words, amounts=(("aid", total),), **values)]
        return [
            self.unmet(
                sheet,
                "{label} : {count} unités au plus sur {units}, à {unit}, soit {amount}.",
                "Les unités en plus ne sont pas financées.",
                amounts=(("aid", total),),
                **values,
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bonus(AmountRule):
    """When its condition holds, points of rate on the base, or an amount, are added."""

    kind: ClassVar[str] = "bonus"
    fields: ClassVar[str] = "points (paramètre) et base, ou amount (paramètre)"

    points: Operand | None
    base: Operand
    amount: Operand | None

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        points, amount = (
            table.optional_parameter("points", Unit.PERCENT),
            table.optional_parameter("amount", Unit.EUROS),
        )
        if (points is None) == (amount is None):
            raise table.error("points", "l'un des deux champs « points » et « amount » est attendu.")
        return cls(
            **common, points=points, amount=amount, base=table.fact("base", "project.eligible_excl_tax", of=NUMBER)
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (points, amount), missing = values_of(sheet, self.points, self.amount)
        base = self.base.read(sheet) if self.points else ZERO
        if base is None:
            missing = (*missing, *gaps_of(sheet, self.base))
        if missing:
            return self.lost(sheet, missing)
        added = share(base, points) if points is not None else amount
        project_of(sheet).add(self.id, added, "bonification de {amount}")
        return [self.found(sheet, Outcome.PASS, "{label} : {added} de plus.", added=added, amounts=(("bonus", added),))]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cap(AmountRule):
    """The aid does not exceed an amount, by project or by dossier; over several years with the aids already granted.

    ``by`` chooses the amount in a table (kind of body). ``holder`` counts the earlier aids of the beneficiary or of
    its whole group, decided in the ``years`` before the reference date (``since``). With the effect *warns* nothing is
    cut; with *refuses* the dossier is.
    """

    kind: ClassVar[str] = "cap"
    scope: ClassVar[str] = "dossier"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.CAPS, Effect.WARNS, Effect.REFUSES)
    fields: ClassVar[str] = (
        "amount (paramètre) ; per (project, dossier ou « @ choix ») ; by (fait qui choisit le montant) ; "
        "holder (beneficiary, group) et years (paramètre) : sur plusieurs années"
    )

    amount: Operand
    per: str | None
    per_name: str
    by: Operand | None
    holder: str
    years: Operand | None
    since: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        by = table.optional_fact("by")
        years = table.optional_parameter("years", Unit.YEARS)
        per = table.text("per", "dossier" if years else "project")
        name = per
        if per.startswith("@"):
            parameter = table.parameters.get(per[1:])
            if parameter is None or set(parameter.choices or ()) != {"project", "dossier"}:
                raise table.error("per", f"« {per} » n'est pas un choix entre project et dossier.")
            per, name = parameter.value, f"parameter:{per[1:]}"
        elif per not in ("project", "dossier"):
            raise table.error("per", "project ou dossier est attendu.")
        return cls(
            **common,
            by=by,
            years=years,
            per=per,
            per_name=name,
            amount=table.parameter("amount", Unit.EUROS_BY if by else Unit.EUROS),
            holder=table.one_of("holder", ("beneficiary", "group"), "beneficiary"),
            since=table.fact("since", "submitted_at", of=DAY | MOMENT),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (amount, key), missing = values_of(sheet, self.amount, self.by)
        if self.by and not missing:
            amount = amount.get(key)
            missing = () if amount is not None else (self.amount.name,)
        if self.per is None:
            missing = (*missing, self.per_name)
        spent = ZERO
        if self.years is not None and not missing:
            told = self._earlier(sheet)
            if isinstance(told, tuple):
                missing = told
            else:
                spent = told
        if sheet.facts.projects is None:
            missing = (*missing, "projects")
        if missing:
            return self.lost(sheet, missing)
        room = max(amount - spent, ZERO)
        if self.per == "dossier":
            return [self._judge(sheet, sheet.grant, room, spent)]
        return [self._judge(one, project_of(one).grant, room, spent) for one in sheet.inner]

    def _earlier(self, sheet: Sheet) -> Decimal | tuple[str, ...]:
        (years, since), missing = values_of(sheet, self.years, self.since)
        if missing or sheet.facts.earlier_aids is None:
            return (*missing, *(("earlier_aids",) if sheet.facts.earlier_aids is None else ()))
        day: date = since.date() if hasattr(since, "hour") else since
        first = add_months(day, -12 * years)
        return sum((one.amount for one in sheet.facts.earlier_aids if self._counts(one, first, day)), ZERO)

    def _counts(self, aid: EarlierAid, first: date, last: date) -> bool:
        return first < aid.on <= last and (self.holder == "group" or aid.holder == "beneficiary")

    def _judge(self, sheet: Sheet, grant: Decimal | None, room: Decimal, spent: Decimal) -> Finding:
        if grant is None:
            return self.lacking(sheet, sheet.project.gaps("grant") if sheet.project else sheet.grant_gaps())
        values: dict[str, Any] = {"grant": grant, "room": room, "spent": spent, "over": grant - room}
        so_far = ", déjà {spent} accordés sur la période" if self.years else ""
        if grant <= room:
            words = "{label} : {grant}, dans la limite de {room}" + so_far + "."
            return self.found(sheet, Outcome.PASS, words, amounts=(("room", room),), **values)
        if self.effect is Effect.CAPS:
            step = "plafonné à {amount}"
            if sheet.project:
                sheet.project.cut(self.id, room, step)
            else:
                sheet.cut_all(self.id, room, "part du dossier plafonné : {amount}")
            words = "{label} : l'aide de {grant} est ramenée à {room}" + so_far + "."
        else:
            words = "{label} : l'aide de {grant} dépasse {room}" + so_far + "."
        advice = "Prévoyez {over} de financement en plus."
        return self.unmet(sheet, words, advice, amounts=(("room", room), ("cut", grant - room)), **values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(AmountRule):
    """The aid is at most what is asked; what is asked beyond the aid is cut, with a message."""

    kind: ClassVar[str] = "request"
    fields: ClassVar[str] = "–"

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(**common)

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        project = project_of(sheet)
        asked, grant = project.facts.requested, project.grant
        if asked is None:
            return self.lost(sheet, ("project.requested",))
        if grant is None:
            return [self.lacking(sheet, tuple(project.missing))]
        if asked <= grant:
            if asked < grant:
                project.cut(self.id, asked, "aide demandée : {amount}")
            return [
                self.found(
                    sheet, Outcome.PASS, "{label} : {asked} demandés, {grant} possibles.", asked=asked, grant=grant
                )
            ]
        return [
            self.unmet(
                sheet,
                "{label} : {asked} demandés, ramenés à {grant}.",
                "Prévoyez {over} de financement en plus, ou diminuez le coût.",
                asked=asked,
                grant=grant,
                over=asked - grant,
                amounts=(("requested", asked), ("granted", grant), ("cut", asked - grant)),
            )
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicAid(AmountRule):
    """Public aids together (this one and the others) do not exceed a share of a cost excluding tax.

    Own funds and private money are not public aid. ``refuses``: the plan as declared is judged. ``caps``: the computed
    aid is brought down to the room that the others leave.
    """

    kind: ClassVar[str] = "public_aid"
    effects: ClassVar[tuple[Effect, ...]] = (Effect.REFUSES, Effect.CAPS)
    fields: ClassVar[str] = "maximum (paramètre) ; base (fait d’un montant hors taxes)"

    maximum: Operand
    base: Operand

    @classmethod
    def build(cls, table: Table, common: Mapping[str, Any]) -> Rule:
        return cls(
            **common,
            maximum=table.parameter("maximum", Unit.PERCENT),
            base=table.fact("base", "project.total_excl_tax", of=NUMBER),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        project = project_of(sheet)
        (maximum, base), missing = values_of(sheet, self.maximum, self.base)
        others = project.other_public_aid
        declared = project.public_aid if self.effect is Effect.REFUSES else (others or ZERO) + (project.grant or ZERO)
        if others is None or declared is None:
            missing = (*missing, "project.plan")
        if self.effect is Effect.CAPS and project.grant is None:
            missing = (*missing, *project.missing)
        if missing:
            return self.lost(sheet, missing)
        return [self._judge(sheet, maximum, base, declared, others)]

    def _judge(self, sheet: Sheet, maximum: Fraction, base: Decimal, declared: Any, others: Any) -> Finding:
        reached = Fraction(declared) / Fraction(base) if base else Fraction(0)
        limit = share(base, maximum)
        values = {"declared": declared, "reached": reached, "maximum": maximum, "limit": limit, "base": base}
        amounts = (("public_aid", declared), ("limit", limit))
        if Fraction(declared) <= Fraction(base) * maximum:
            words = "{label} : {declared}, soit {reached} du coût hors taxes, pour {maximum} au plus."
            return self.found(sheet, Outcome.PASS, words, amounts=amounts, **values)
        if self.effect is Effect.CAPS:
            project_of(sheet).cut(self.id, max(limit - others, ZERO), "aides publiques plafonnées : {amount}")
        return self.unmet(
            sheet,
            "{label} : {declared}, soit {reached} du coût hors taxes de {base}, pour {maximum} au plus.",
            "Réduisez les aides publiques de {over}, ou remplacez-les par des fonds propres.",
            amounts=amounts,
            over=declared - limit,
            **values,
        )


def _bare(number: int | Decimal) -> str:
    return format_number(number)
