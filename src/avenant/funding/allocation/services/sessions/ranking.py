"""The dossiers of a session ranked, with the aid that the rules compute at the rate in force."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fractions import Fraction
from itertools import groupby

from django.db import transaction

from avenant.domain.folding import fold
from avenant.domain.french import counted
from avenant.domain.funding.grants import revisable
from avenant.domain.funding.scenarios import reference_shares
from avenant.domain.money import ZERO, cents
from avenant.domain.rules.evaluation import aid_of
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, scores, selectors
from avenant.funding.allocation.models import Award, Examined, Selection
from avenant.funding.allocation.services.sessions.locking import locked, note
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Project

WRITTEN = (
    "number", "name", "folded", "title", "themes", "sectors", "territory_code", "establishment", "agents", "payroll", "total",
    "base", "requested", "computed", "ceiling", "reference", "points", "score", "rank", "in_scope", "priority", "examined",
    "sentence", "opinion", "reservation", "present",
)  # fmt: skip
"""What the ranking writes on a line; what the committee proposed stays."""


@dataclass(frozen=True, slots=True)
class Amounts:
    """The aid that the rules compute, and the most that it may be at any rate."""

    computed: Decimal
    ceiling: Decimal


def amounts_of(book: Rulebook, facts: Facts, *, known: Decimal | None, rate: Decimal | None) -> Amounts:
    """The amounts of a dossier under a revised rate (None: the rate of its rulebook, whose aid is ``known``).

    A revised rate opens the requests; every other rule of the call stays: caps, public aids (§3.2, 2°).
    """
    if "rate" not in book.parameters:
        return Amounts(known or ZERO, known or ZERO)
    free = _at_rate(book.digest, book, Decimal(100))
    most = aid_of(free, facts) or ZERO
    if rate is None:
        return Amounts(known or ZERO, max(most, known or ZERO))
    return Amounts(min(aid_of(_at_rate(book.digest, book, rate), facts) or ZERO, most), most)


_RATED: dict[tuple[str, Decimal], Rulebook] = {}


def _at_rate(digest: str, book: Rulebook, rate: Decimal) -> Rulebook:
    key = (digest, rate)
    if key not in _RATED:
        if len(_RATED) > 64:
            _RATED.clear()
        _RATED[key] = revisable(book).with_parameters({"rate": f"{rate:.2f}"})
    return _RATED[key]


@transaction.atomic
def rank_again(*, actor: Actor, selection_id: uuid.UUID, at: datetime) -> Selection:
    """Take up again what the instruction says: new dossiers, scores, opinions, amounts. Proposals stay."""
    selection = locked(actor, selection_id)
    policies.may_work(actor, selection).or_raise()
    count = write_ranking(actor, selection, at)
    note(selection, "selection.rank", f"Classement établi : {counted(count, 'dossier')}", actor, at)
    return selection


def revise_amounts(actor: Actor, call: PublishedCall, at: datetime) -> None:
    """Bring the lines of the sessions being prepared to the rate in force."""
    for selection in Selection.objects.visible_to(actor).filter(call=call, state="prepared"):
        write_ranking(actor, locked(actor, selection.pk), at)


def write_ranking(actor: Actor, selection: Selection, at: datetime) -> int:
    """Write a line for each dossier that waits for a decision; how many there are."""
    decided = Award.objects.visible_to(actor).filter(dossier__call=selection.call)
    settled = set(decided.values_list("dossier_id", flat=True))
    listed = [one for one in scores.assess(actor, selection.call) if one.dossier.pk not in settled]
    facts = scores.facts_of(actor, listed, at=at)
    rate = selectors.rate_in_force(actor, selection.call)
    projects = _projects(actor, [one.dossier.pk for one in listed])
    members = {str(one.pk): one.short_name for one in (selection.call.owner, *selection.call.partners.all())}
    shares = reference_shares(selection.envelope.left, {str(one.dossier.pk): one.dossier.payroll for one in listed})
    existing = {one.dossier_id: one for one in Examined.objects.filter(selection=selection)}
    rows: list[Examined] = []
    for one in _in_order(selection, listed):
        line = existing.pop(one.dossier.pk, None) or Examined(
            circle_id=selection.circle_id, selection=selection, dossier=one.dossier
        )
        book, said = facts[one.dossier.pk]
        amounts = amounts_of(book, said, known=one.grant, rate=rate)
        _tell(line, one, projects.get(one.dossier.pk, []), shares[str(one.dossier.pk)], amounts)
        line.present = [members.get(key, key) for key in line.present]
        line.rank = len(rows) + 1
        rows.append(line)
    Examined.objects.filter(pk__in=[one.pk for one in existing.values()], award=None).delete()
    Examined.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["id"], update_fields=WRITTEN, batch_size=500
    )
    selection.ranked_at = at
    selection.save(update_fields=["ranked_at"])
    return len(rows)


def _in_order(selection: Selection, listed: Sequence[scores.Assessed]) -> list[scores.Assessed]:
    """The order of the instruction; with the payroll to break ties, the larger payroll first at equal scores."""
    if selection.payroll != Selection.Payroll.TIE_BREAK:
        return list(listed)

    def tied(one: scores.Assessed) -> tuple[bool, bool, Fraction]:
        return one.in_scope, bool(one.priorities), one.score

    ordered: list[scores.Assessed] = []
    for _, group in groupby(listed, key=tied):
        ordered += sorted(group, key=lambda one: (-(one.dossier.payroll or ZERO), one.rank))
    return ordered


def _projects(actor: Actor, dossiers: Iterable[uuid.UUID]) -> dict[uuid.UUID, list[Project]]:
    found: dict[uuid.UUID, list[Project]] = {}
    for one in Project.objects.visible_to(actor).filter(dossier__in=dossiers).order_by("position"):
        found.setdefault(one.dossier_id, []).append(one)
    return found


def _tell(
    line: Examined, one: scores.Assessed, projects: Sequence[Project], reference: Decimal | None, amounts: Amounts
) -> None:
    dossier: Dossier = one.dossier
    line.number, line.name, line.territory_code = dossier.number, dossier.name, dossier.territory_code
    line.folded = fold(f"{dossier.name} {dossier.number}")[:400]
    line.title = " ; ".join(project.title for project in projects if project.title)[:420]
    line.themes = list(dict.fromkeys(topic for project in projects for topic in project.topics))
    line.sectors, line.establishment = list(dossier.sectors), str(dossier.owner_id)
    line.agents, line.payroll = sum(project.agents or 0 for project in projects) or None, dossier.payroll
    line.total, line.base = dossier.total, one.eligible or ZERO
    line.requested, line.computed, line.ceiling = one.requested, amounts.computed, amounts.ceiling
    line.reference, line.score, line.sentence = reference, cents(one.score), one.sentence[:400]
    line.points = dict.fromkeys(one.priority_labels, 1)
    line.in_scope, line.priority, line.examined = one.in_scope, bool(one.priorities), one.examined
    collegial = scores.collegial_of(one)
    if collegial is not None:
        line.opinion, line.reservation, line.present = (
            collegial.value,
            collegial.comment,
            list(collegial.present),
        )
