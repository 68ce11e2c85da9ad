"""Aids of an establishment that cannot be compared line by line, and those that their funder changed after they were looked
at: the officer looks at them, the platform guesses nothing."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from avenant.domain.french import counted, format_date, typeset
from avenant.domain.funding.doubles import FundedLine, over_before, why_unlined
from avenant.foundations.parties.actors import Actor
from avenant.funding.reviews.models import DoubleVerdict, Instruction, PartnerAid
from avenant.funding.reviews.selectors.checks import (
    Ledger,
    Match,
    PastAid,
    list_matches,
    past_line,
    read_ledger,
)
from avenant.funding.reviews.selectors.outdated import AID, WITHDRAWN, Outdated, what_changed


@dataclass(frozen=True, slots=True)
class Unlined:
    """An aid to be looked at whole: what it is, why its lines say too little, what was said of it.

    ``apart``: it was over before the project began. It is shown, and nobody has to settle it. ``withdrawn``: its funder
    withdrew it after it was judged; it funds nothing any more.
    """

    other: str
    label: str
    subject: str
    amount: Decimal
    since: date
    until: date | None
    why: str
    apart: bool
    page: str
    verdicts: tuple[DoubleVerdict, ...]
    outdated: tuple[Outdated, ...] = ()
    """The verdicts on the aid as it was told before."""

    @property
    def withdrawn(self) -> bool:
        return self.other.startswith(WITHDRAWN)

    @property
    def settled(self) -> bool:
        return bool(self.verdicts)

    @property
    def lines(self) -> frozenset[uuid.UUID | None]:
        """The expenses of the dossier found to be funded by it."""
        return frozenset(one.line for one in self.verdicts if one.same)


def list_unlined(
    actor: Actor, instruction: Instruction, ledger: Ledger | None = None, matches: Iterable[Match] | None = None
) -> list[Unlined]:
    """The aids taken over, and the aids told by funders, whose known lines do not cover them, or that were corrected or
    withdrawn since a verdict. An aid told that a line of the dossier already resembles is not asked again. Those to settle
    come first, then the newest."""
    ledger = ledger or read_ledger(actor, instruction)
    matched = {one.other for one in (list_matches(actor, instruction, ledger) if matches is None else matches)}
    start = _start(ledger)
    found = [_past(one, instruction, start, ledger.verdicts) for one in ledger.past]
    found += [_told(one, start, ledger) for one in ledger.aids if f"{AID}{one.pk}" not in matched]
    gone = {one.now.pk: one.now for one in ledger.outdated if one.now.withdrawn}
    found += [_withdrawn(one, start, ledger) for one in gone.values()]
    listed = [one for one in found if one.why]
    return sorted(listed, key=lambda one: (one.settled, one.apart, -one.since.toordinal(), one.label))


def list_unsettled(actor: Actor, instruction: Instruction) -> list[str]:
    """What is still to be said of double funding, in words; empty when every question has its answer."""
    ledger = read_ledger(actor, instruction)
    matches = list_matches(actor, instruction, ledger)
    pairs = sum(one.verdict is None for one in matches)
    whole = sum(not one.settled and not one.apart for one in list_unlined(actor, instruction, ledger, matches))
    return [counted(number, noun) for number, noun in ((pairs, "rapprochement"), (whole, "aide")) if number]


def _start(ledger: Ledger) -> date | None:
    """The first day of the dossier's expenses; None as soon as one project does not tell it."""
    days = [one.project.starts_on for one in ledger.own]
    if not days or None in days:
        return None
    ordered = [one.ordered_on for one in ledger.own]
    return min(one for one in [*days, *ordered] if one is not None)


def _past(past: PastAid, instruction: Instruction, start: date | None, said: Sequence[DoubleVerdict]) -> Unlined:
    aid = past.grant
    lines = [past_line(aid, one, instruction.dossier) for one in past.lines]
    until = aid.consume_until or aid.lapses_on
    why = why_unlined(aid.amount, lines)
    if why and aid.establishment_id is None and not aid.siret:
        why = typeset(f"{why} L'ancien fichier ne donne pas de SIRET : seul le nom est le même.")
    return _unlined(
        f"grant:{aid.pk}", f"{aid.number}, {aid.get_nature_display()} ({aid.authority.short_name})", aid.title, aid.amount,
        aid.decided_on, until, why, start, aid.page(), said,
    )  # fmt: skip


def _told(aid: PartnerAid, start: date | None, ledger: Ledger) -> Unlined:
    line = FundedLine(key=str(aid.pk), file=str(aid.pk), funder="", label=aid.label, amount=aid.cost)
    before = ledger.outdated_on(f"{AID}{aid.pk}")
    said = [*(one.what_changed for one in before[-1:]), why_unlined(aid.amount, [line])]
    return _of_funder(aid, f"{AID}{aid.pk}", " ".join(filter(None, said)), start, ledger, before)


def _withdrawn(aid: PartnerAid, start: date | None, ledger: Ledger) -> Unlined:
    other = f"{WITHDRAWN}{aid.pk}"
    return _of_funder(aid, other, what_changed(aid), start, ledger, ledger.outdated_on(other))


def _of_funder(
    aid: PartnerAid, other: str, why: str, start: date | None, ledger: Ledger, before: tuple[Outdated, ...]
) -> Unlined:
    found = _unlined(
        other, f"{aid.money} ({aid.owner.short_name})", aid.label, aid.amount, aid.on, aid.until, why, start,
        aid.page or aid.story(), ledger.verdicts,
    )  # fmt: skip
    return replace(found, outdated=before, apart=found.apart and not before)


def _unlined(
    other: str, label: str, subject: str, amount: Decimal, since: date, until: date | None, why: str, start: date | None,
    page: str, said: Sequence[DoubleVerdict],
) -> Unlined:  # fmt: skip
    apart = over_before(until, start)
    if why and apart and until and start:
        why = typeset(f"{why} Elle finit le {format_date(until)}, avant le début du projet, le {format_date(start)}.")
    verdicts = tuple(one for one in said if one.other == other)
    return Unlined(other, label, subject, amount, since, until, why, apart, page, verdicts)
