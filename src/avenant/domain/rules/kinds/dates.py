"""Rules of dates: the window of the call, the deadline of the deposit, the start of a project."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from avenant.domain.periods import add_months
from avenant.domain.rules.findings import Finding, Outcome
from avenant.domain.rules.kinds.base import Check, Rule, values_of
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.paths import DAY, MOMENT, Operand
from avenant.domain.rules.tables import Table
from avenant.domain.rules.work import Sheet

SECOND = timedelta(seconds=1)
LATE = "Le dépôt est clos ; seul un incident de la plateforme, constaté par décision, prolonge le délai."


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
            fact=table.fact("fact", "submitted_at", of=MOMENT),
            opens=table.optional_parameter("opens", Unit.MOMENT),
            closes=table.optional_parameter("closes", Unit.MOMENT),
        )

    def check(self, sheet: Sheet) -> Iterable[Finding]:
        (moment, opens, closes), missing = values_of(sheet, self.fact, self.opens, self.closes)
        first = opens and opens.replace(tzinfo=self.zone)
        last = closes and closes.replace(tzinfo=self.zone)
        if moment is None or (missing and (last is None or moment < last + SECOND)):
            return [self.lacking(sheet, missing)]
        values: dict[str, Any] = {"moment": moment.astimezone(self.zone), "first": first, "last": last}
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
            fact=table.fact("fact", "project.starts_on", of=DAY),
            not_before=table.optional_parameter("not_before", Unit.DATE),
            after=table.optional_fact("after", of=DAY),
            until=table.optional_fact("until", of=DAY),
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
