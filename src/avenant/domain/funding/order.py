"""An envelope shared in the order of the committee, each project with its reason and what would bring it in.

What a remedy says is enough: with that envelope and that maximum, the same sharing gives the project its whole aid. Of
whole aids that nothing but the envelope holds, it is also the least, up to ``CUTS`` changes of what those before receive.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Final

from avenant.domain.french import format_euros, typeset
from avenant.domain.funding.allocation import (
    Candidate,
    Constraints,
    Scenario,
    Share,
    Till,
    checked,
    effective_floors,
    kept_for_others,
    lower_least,
    unmet_floors,
)
from avenant.domain.money import ZERO

_CENT: Final = Decimal("0.01")
CUTS: Final = 256
"""Changes that are followed; their number may double at each rank."""


def in_order(candidates: Iterable[Candidate], constraints: Constraints, *, strict: bool = False) -> Scenario:
    """Each project in the order of rank receives its aid while it fits.

    One that does not fit receives what is left when partial funding is allowed and that is useful; otherwise it is
    out, and the next is tried (``strict``: nobody after the first who is out).
    """
    listed = checked(candidates)
    till, ways = Till(listed, constraints), _Ways(listed, constraints, strict=strict)
    shares, stopped = [], ""
    for one in listed:
        room, limit = till.room(one)
        amount = ZERO if stopped else _given(one, room, partial=constraints.partial)
        ways.serve(one)
        remedy = ways.bring_in(one, till, stopped=bool(stopped)) if amount < one.wanted else ""
        ways.leave(one, till, amount)
        till.take(one, amount)
        shares.append(_told(one, amount, room, limit, stopped, remedy))
        if strict and not amount and one.wanted and not stopped:
            stopped = one.key
    return Scenario(
        name="in_order",
        shares=tuple(shares),
        envelope=constraints.envelope,
        notes=unmet_floors(listed, shares, constraints),
    )


def _given(one: Candidate, room: Decimal, *, partial: bool) -> Decimal:
    amount = one.wanted if one.wanted <= room else room if partial else ZERO
    return amount if amount >= one.least else ZERO


_LIMITS = {
    "envelope": "l'enveloppe ne laisse que {room} à son rang",
    "floor": "{room} restent à son rang, le reste de l'enveloppe étant réservé à d'autres territoires",
    "establishment": "son établissement atteint son maximum : il lui reste {room}",
}


def _told(one: Candidate, amount: Decimal, room: Decimal, limit: str, stopped: str, remedy: str) -> Share:
    wanted = one.wanted
    if amount and amount == wanted:
        return Share(one.key, amount, typeset(f"Retenu au rang {one.rank} : {format_euros(amount)}, son aide entière."))
    why = _LIMITS[limit].format(room=format_euros(room))
    if amount:
        reason = f"Retenu en partie au rang {one.rank} : {format_euros(amount)} sur {format_euros(wanted)}, car {why}."
        return Share(one.key, amount, typeset(reason), remedy)
    if not wanted:
        return Share(one.key, ZERO, typeset("Non retenu : son aide calculée est nulle."))
    if wanted < one.least:
        why = f"son aide de {format_euros(wanted)} est sous le minimum utile de {format_euros(one.least)}"
        return Share(one.key, ZERO, typeset(f"Non retenu : {why}."), lower_least(wanted))
    if stopped:
        why = f"le rang s'arrête à {stopped}, qui n'a pas pu être financé"
        return Share(one.key, ZERO, typeset(f"Non retenu : {why}."), remedy)
    return Share(one.key, ZERO, typeset(f"Non retenu : {why}, pour {format_euros(wanted)} demandés."), remedy)


class _Served:
    """What is given when nobody before lacks anything; ``needed`` is the envelope that this takes."""

    def __init__(self, floors: Mapping[str, Decimal]) -> None:
        self.floors = floors
        self.of_territory: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.of_establishment: dict[str, Decimal] = defaultdict(lambda: ZERO)
        self.needed = ZERO

    def take(self, one: Candidate, amount: Decimal) -> None:
        self.of_territory[one.territory] += amount
        if one.establishment:
            self.of_establishment[one.establishment] += amount
        kept = kept_for_others(self.floors, self.of_territory, one.territory)
        self.needed = max(self.needed, sum(self.of_territory.values(), ZERO) + kept)


class _Cuts:
    """The envelopes from the one at hand up, cut wherever what those before receive changes, when each receives all or
    nothing and the envelope alone holds them. A larger one lets somebody before in, who may take the room of the next: so
    what brings a project in is not what is missing, nor what serves everybody before."""

    def __init__(self, envelope: Decimal) -> None:
        self.pieces = [(envelope, ZERO)]
        """From which envelope, and what those before receive of it until the next piece."""
        self.end: Decimal | None = None
        """From which envelope nothing is followed."""

    def _bounded(self) -> Iterable[tuple[Decimal, Decimal, Decimal | None]]:
        ends = [*(start for start, _ in self.pieces[1:]), self.end]
        return ((start, taken, end) for (start, taken), end in zip(self.pieces, ends, strict=True))

    def least(self, wanted: Decimal) -> tuple[Decimal, bool] | None:
        """The least envelope that gives ``wanted`` to the next, and whether those before receive what they do now; None when
        it is further than what is followed."""
        for rank, (start, taken, end) in enumerate(self._bounded()):
            enough = max(start, taken + wanted)
            if end is None or enough < end:
                return enough, rank == 0
        return None

    def serve(self, wanted: Decimal) -> None:
        """Give ``wanted`` to the next wherever it fits."""
        pieces: list[tuple[Decimal, Decimal]] = []
        for start, taken, end in self._bounded():
            enough = taken + wanted
            if enough <= start:
                pieces.append((start, enough))
            else:
                pieces.append((start, taken))
                if end is None or enough < end:
                    pieces.append((enough, enough))
        if len(pieces) > CUTS:
            self.end = pieces[CUTS][0]
        self.pieces = pieces[:CUTS]


class _Ways:
    """What would bring each project in, as the ranking is walked: the least that nobody before would take, or else what
    serves everybody before as well."""

    def __init__(self, listed: Sequence[Candidate], constraints: Constraints, *, strict: bool) -> None:
        self.constraints, self.strict = constraints, strict
        self.rich = _Served(effective_floors(listed, constraints))
        """The same maximum by establishment, an envelope without end."""
        self.free = _Served(effective_floors(listed, replace(constraints, per_establishment=None)))
        """Neither an end to the envelope nor a maximum."""
        self.near: Decimal | None = None
        """The least addition to the envelope that changes what somebody before receives."""
        self.held = self.stopped = self.barred = False
        """Somebody before is held by the maximum; stops the ranking with any envelope; stops it whatever is given."""
        self.given = ZERO
        """What the next project receives where the envelope has no end."""
        alone = not (strict or constraints.partial or constraints.floors or constraints.per_establishment is not None)
        self.cuts = _Cuts(constraints.envelope) if alone else None

    def serve(self, one: Candidate) -> None:
        """Give its aid to the next project where money has no end."""
        most = self.constraints.per_establishment
        used = self.rich.of_establishment[one.establishment]
        room = one.wanted if most is None or not one.establishment else most - used
        self.given = _given(one, room, partial=self.constraints.partial)
        self.rich.take(one, self.given)
        self.free.take(one, _given(one, one.wanted, partial=True))

    def bring_in(self, one: Candidate, till: Till, *, stopped: bool) -> str:
        """The sentence for a project that does not receive its whole aid; empty when nothing of the sharing does it."""
        if one.wanted < one.least or self.barred:
            return ""
        if self.cuts is not None and (least := self.cuts.least(one.wanted)) is not None:
            return _way(least[0] - self.constraints.envelope, None, alone=least[1])
        own, most = till.own(one), self.constraints.per_establishment
        more = max(one.wanted - till.open_to(one), ZERO)
        alone = not stopped and (self.near is None or more < self.near)
        if own is None or own >= one.wanted:
            if alone:
                return _way(more, None, alone=True)
        elif alone and most is not None and not self.held and not self.constraints.floors:
            return _way(more, most + one.wanted - own, alone=True)
        if self.given == one.wanted and not self.stopped:
            return _way(self.rich.needed - self.constraints.envelope, None, alone=False)
        sums = self.free.of_establishment
        highest = max(sums.values()) if self.strict else sums[one.establishment]
        return _way(max(self.free.needed - self.constraints.envelope, ZERO), highest, alone=False)

    def leave(self, one: Candidate, till: Till, amount: Decimal) -> None:
        """Note what a project that lacks something would take of an addition, before it is counted in the till."""
        self.stopped = self.stopped or (self.strict and bool(one.wanted) and not self.given)
        self.barred = self.barred or (self.strict and ZERO < one.wanted < one.least)
        if self.cuts is not None and one.wanted >= one.least:
            self.cuts.serve(one.wanted)
        if amount == one.wanted or one.wanted < one.least:
            return
        own = till.own(one)
        reach = one.wanted if own is None else min(one.wanted, own)
        self.held = self.held or reach < one.wanted
        need = self._need(one, till.open_to(one), amount, reach)
        if need is not None:
            self.near = need if self.near is None else min(self.near, need)

    def _need(self, one: Candidate, left: Decimal, amount: Decimal, reach: Decimal) -> Decimal | None:
        if amount == reach:
            return None
        if not self.constraints.partial:
            return one.wanted - left if reach == one.wanted else None
        return max(one.least, amount + _CENT) - left if reach >= one.least else None


def _way(more: Decimal, most: Decimal | None, *, alone: bool) -> str:
    asked = [] if most is None else [f"un maximum de {format_euros(most)} par établissement"]
    asked += [f"{format_euros(more)} de plus dans l'enveloppe"] if more or most is None else []
    order = "" if alone else ", les mieux classés étant servis d'abord"
    return typeset(f"Il entrerait en entier avec {' et '.join(asked)}{order}.")
