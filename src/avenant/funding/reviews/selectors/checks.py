"""Checks across funders: the same expense funded twice, aids that exclude each other, dates, former contracts."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import Exists, F, Q, QuerySet
from django.db.models.expressions import Combinable
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.domain.french import format_date, format_euros, typeset
from avenant.domain.funding.aids import CatalogueAid, Clash, HeldAid, clashes, unknown_aids
from avenant.domain.funding.doubles import FundedLine, doubles, likeness
from avenant.domain.periods import Period
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.funding.dossiers.models import Dossier, Expense
from avenant.funding.grants.models import Grant, PastExpense, Scheme
from avenant.funding.grants.selectors import list_schemes
from avenant.funding.reviews.models import DoubleVerdict, Instruction, PartnerAid
from avenant.funding.reviews.selectors.outdated import Outdated, aid_words, latest, sort_out

OWN_SCHEME = "clact"
SCHEMES: dict[str, str] = {Grant.Nature.STPE: "stpe", Grant.Nature.CONTRACT: "contrat-prevention"}
"""The catalogue's codes of the aids taken over, where their nature tells one."""
SHOWN = 50


@dataclass(frozen=True, slots=True)
class Match:
    """An expense of the dossier that another file or another funder may pay already: a question, with its reasons."""

    line: uuid.UUID
    line_label: str
    line_amount: Decimal | None
    other: str
    other_label: str
    page: str
    score: int
    reasons: tuple[str, ...]
    verdict: DoubleVerdict | None
    outdated: tuple[Outdated, ...] = ()
    """The verdicts on the aid as it was told before."""

    @property
    def what_changed(self) -> str:
        """What the last correction of the aid was, when it was judged before."""
        return self.outdated[-1].what_changed if self.outdated else ""


@dataclass(frozen=True, slots=True)
class AidConflicts:
    """What the catalogue says of the aids of an establishment against this call."""

    clashes: list[Clash]
    unknown: list[str]


AID_SORTS = {
    "date": ("on", "pk"),
    "-date": ("-on", "pk"),
    "etablissement": ("establishment__name", "-on"),
    "-etablissement": ("-establishment__name", "-on"),
    "montant": ("amount", "pk"),
    "-montant": ("-amount", "pk"),
}


@dataclass(frozen=True, slots=True)
class AidSearch:
    """Which declared aids to show, of one establishment or all: those in force, or those that were withdrawn."""

    establishment: Establishment | None = None
    scheme: uuid.UUID | None = None
    withdrawn: bool = False
    text: str = ""
    sort: str = "-date"


def list_aids(actor: Actor, search: AidSearch) -> QuerySet[PartnerAid]:
    """The aids told by the funders of my region, newest first."""
    rows = PartnerAid.objects.visible_to(actor).select_related("scheme", "owner__territory", "establishment")
    rows = rows.filter(ended_at__isnull=not search.withdrawn, next=None)
    if search.establishment:
        rows = rows.filter(establishment=search.establishment)
    if search.scheme:
        rows = rows.filter(scheme=search.scheme)
    for word in search.text.split():
        rows = rows.filter(
            Q(establishment__name__icontains=word) | Q(label__icontains=word) | Q(invoice__icontains=word)
        )
    return rows.order_by(*AID_SORTS.get(search.sort, AID_SORTS["-date"]))


def get_aid(actor: Actor, aid_id: uuid.UUID) -> PartnerAid:
    """One declared aid, as it was told at one time; 404 outside its region's funders."""
    rows = PartnerAid.objects.visible_to(actor).select_related(
        "scheme", "owner__territory", "establishment", "ended_by"
    )
    return get_object_or_404(rows, pk=aid_id)


def list_versions(actor: Actor, aid: PartnerAid) -> list[PartnerAid]:
    """What was said of an aid over time, latest first."""
    rows = PartnerAid.objects.visible_to(actor).filter(owner_id=aid.owner_id, establishment_id=aid.establishment_id)
    told = {one.pk: one for one in rows.select_related("scheme", "owner__territory", "ended_by")}
    before = {one.next_id: one for one in told.values() if one.next_id}
    found = [latest(told[aid.pk], told)]
    while (former := before.get(found[-1].pk)) is not None:
        found.append(former)
    return found


@dataclass(frozen=True, slots=True)
class PastAid:
    """An aid taken over from a former file, with its known expenses."""

    grant: Grant
    lines: tuple[PastExpense, ...]


@dataclass(frozen=True, slots=True)
class Ledger:
    """The expenses of a dossier and of the establishment's others, the aids told of it or taken over from former files, and
    what was said of the expenses that may be funded twice: ``verdicts`` on what is still told, ``outdated`` on an aid that
    its funder has corrected or withdrawn since."""

    own: list[Expense]
    others: list[Expense]
    aids: list[PartnerAid]
    past: list[PastAid]
    verdicts: list[DoubleVerdict]
    outdated: list[Outdated]

    @property
    def excluded(self) -> list[Expense]:
        """The expenses found to be funded already."""
        counted = [*self.verdicts, *(one.verdict for one in self.outdated if one.counts)]
        lines = {one.line for one in counted if one.same}
        return [one for one in self.own if one.pk in lines]

    def outdated_on(self, other: str) -> tuple[Outdated, ...]:
        """The verdicts on what ``other`` was before."""
        return tuple(one for one in self.outdated if one.other == other)


def read_ledger(actor: Actor, instruction: Instruction) -> Ledger:
    """What the checks of a dossier read."""
    dossier = instruction.dossier
    rows = Expense.objects.visible_to(actor).filter(_others(dossier) | Q(project__dossier=dossier))
    expenses = list(rows.select_related("project__dossier"))
    told = PartnerAid.objects.visible_to(actor).filter(establishment_id=dossier.establishment_id)
    aids = list(told.select_related("scheme", "owner__territory"))
    said = DoubleVerdict.objects.visible_to(actor).filter(instruction=instruction).select_related("person")
    verdicts, outdated = sort_out(instruction, said, aids)
    return Ledger(
        [one for one in expenses if one.project.dossier_id == dossier.pk],
        [one for one in expenses if one.project.dossier_id != dossier.pk],
        [one for one in aids if one.ended_at is None],
        list_past_aids(actor, dossier),
        verdicts,
        outdated,
    )


def _others(dossier: Dossier) -> Q:
    """The expenses of the establishment's other dossiers, drafts and refused ones left out."""
    place = Q(project__dossier__establishment_id=dossier.establishment_id)
    return place & Q(project__dossier__state__in=["submitted", "complete"]) & ~Q(project__dossier=dossier)


_LINE = ("id", "label", "cost", "on", "supplier", "invoice")


def list_past_aids(actor: Actor, dossier: Dossier) -> list[PastAid]:
    """The aids taken over from former files, with their expenses, of a dossier's establishment: by its line of the
    directory, by its SIRET, or by its very name where the former file gave no number. One query: a row for each expense."""
    names = _names(dossier)
    joined = {f"line_{name}": F(f"past_expenses__{name}") for name in _LINE}
    rows: QuerySet[Any] = _past_aids(actor, dossier).select_related("authority").annotate(**joined)
    found: dict[uuid.UUID, tuple[Grant, list[PastExpense]]] = {}
    for row in rows.order_by(
        "-decided_on", "number", "pk", *(f"past_expenses__{name}" for name in ("on", "label", "id"))
    ):
        if row.establishment_id or row.siret or fold(row.name) in names:
            lines = found.setdefault(row.pk, (row, []))[1]
            if row.line_id is not None:
                lines.append(PastExpense(grant=row, **{name: getattr(row, f"line_{name}") for name in _LINE}))
    return [PastAid(grant, tuple(lines)) for grant, lines in found.values()]


def _names(dossier: Dossier) -> set[str]:
    return {fold(dossier.name), fold(dossier.establishment.name)}


def _past_aids(actor: Actor, dossier: Dossier) -> QuerySet[Grant]:
    place = dossier.establishment
    mine = Q(establishment=place) | Q(siret=place.siret) if place.siret else Q(establishment=place)
    for name in _names(dossier):
        mine |= Q(establishment=None, siret="", folded__startswith=f"{name} ")
    return Grant.objects.visible_to(actor).filter(mine, taken_over=True).exclude(state="cancelled")


def has_other_money(actor: Actor, dossier: Dossier) -> Combinable:
    """Does the establishment have another dossier, an aid told (even withdrawn since) or an aid taken over: without any,
    nothing can be funded twice. An expression, asked with what else is to be known of the dossier."""
    rows = (
        Expense.objects.visible_to(actor).filter(_others(dossier)),
        PartnerAid.objects.visible_to(actor).filter(establishment_id=dossier.establishment_id),
        _past_aids(actor, dossier),
    )
    found = [Exists(one.order_by()) for one in rows]
    return found[0] | found[1] | found[2]


def list_matches(actor: Actor, instruction: Instruction, ledger: Ledger | None = None) -> list[Match]:
    """The expenses of a dossier that may be funded twice: by expense line, across the calls that I read, the aids that
    funders told and those taken over, of the same establishment. The surest first; nothing is decided here.

    A pair is proposed from a score of 50 (same amount, near words, near dates, supplier), or when an aid has the same
    object on dates that overlap the project's. An aid that pairs, and was said to be another expense before its correction,
    is asked of that one again too.
    """
    dossier, ledger = instruction.dossier, ledger or read_ledger(actor, instruction)
    own, aids, others = ledger.own, ledger.aids, ledger.others
    known: dict[str, tuple[str, str]] = {
        f"expense:{one.pk}": (
            f"{one.label}, {format_euros(one.excl_tax or Decimal(0))} ({one.project.dossier.number})",
            one.project.dossier.page(),
        )
        for one in others
    }
    known |= {f"aid:{one.pk}": (aid_words(one), one.page or one.story()) for one in aids}
    known |= {
        f"past:{line.pk}": (_past_words(one.grant, line), one.grant.page()) for one in ledger.past for line in one.lines
    }
    lines = [_line(one, dossier) for one in [*own, *others] if one.excl_tax is not None]
    lines += [_aid_line(one) for one in aids]
    lines += [past_line(one.grant, line, dossier) for one in ledger.past for line in one.lines]
    mine = {f"expense:{one.pk}": one for one in own}
    said = {(str(one.line), one.other): one for one in ledger.verdicts}
    found: dict[tuple[str, str], tuple[int, tuple[str, ...]]] = {}
    for pair in doubles(lines):
        for left, right in ((pair.first, pair.second), (pair.second, pair.first)):
            if left in mine and right in known:
                found[left, right] = (pair.score, pair.reasons)
    for key, one in mine.items():
        for aid in aids:
            if (key, f"aid:{aid.pk}") not in found and (reason := _same_object(one, aid)):
                found[key, f"aid:{aid.pk}"] = (0, (reason,))
    paired = {other for _, other in found}
    for past in ledger.outdated:
        key = f"expense:{past.verdict.line}"
        if past.other in paired and key in mine:
            found.setdefault((key, past.other), (0, ("rapprochée d’elle avant sa correction",)))
    told = [
        Match(
            mine[left].pk, mine[left].label, mine[left].excl_tax, right, known[right][0], known[right][1], score, reasons,
            said.get((str(mine[left].pk), right)),
            tuple(one for one in ledger.outdated_on(right) if one.verdict.line in (mine[left].pk, None)),
        )
        for (left, right), (score, reasons) in found.items()
    ]  # fmt: skip
    return sorted(told, key=lambda one: (one.verdict is not None, -one.score, one.line_label, one.other))[:SHOWN]


def _line(one: Expense, dossier: Dossier) -> FundedLine:
    return FundedLine(
        key=f"expense:{one.pk}", file=str(one.project.dossier_id), funder="ARS", label=one.label,
        amount=one.excl_tax or Decimal(0), on=one.ordered_on or one.project.starts_on,
        establishment=str(dossier.establishment_id),
    )  # fmt: skip


def _aid_line(one: PartnerAid) -> FundedLine:
    return FundedLine(
        key=f"aid:{one.pk}", file=f"aid:{one.pk}", funder=one.owner.short_name, label=one.label,
        amount=one.cost if one.cost is not None else one.amount, on=one.on, invoice=one.invoice, supplier=one.supplier,
        establishment=str(one.establishment_id),
    )  # fmt: skip


def past_line(aid: Grant, one: PastExpense, dossier: Dossier) -> FundedLine:
    """An expense of an aid taken over, as the checks of a dossier compare it."""
    return FundedLine(
        key=f"past:{one.pk}", file=f"grant:{aid.pk}", funder=aid.authority.short_name, label=one.label, amount=one.cost,
        on=one.on or aid.decided_on, invoice=one.invoice, supplier=one.supplier, establishment=str(dossier.establishment_id),
    )  # fmt: skip


def _past_words(aid: Grant, one: PastExpense) -> str:
    cost = format_euros(one.cost) if one.cost is not None else "coût inconnu"
    return typeset(
        f"{one.label}, {cost} (aide {aid.number} du {format_date(aid.decided_on)}, {aid.authority.short_name})"
    )


def _same_object(one: Expense, aid: PartnerAid) -> str:
    project = one.project
    if likeness(one.label, aid.label) < 0.5 or project.starts_on is None or project.ends_on is None:
        return ""
    if not Period.through(project.starts_on, project.ends_on).overlaps(Period.through(aid.on, aid.until or aid.on)):
        return ""
    return typeset(f"même objet, « {aid.label} », et dates qui se recouvrent")


def list_conflicts(
    actor: Actor, instruction: Instruction, matches: Iterable[Match], ledger: Ledger | None = None
) -> AidConflicts:
    """What the catalogue forbids: an aid and this call on one expense, two aids on one expense, an aid that was closed.

    An expense is the line of the dossier for a match that is not dismissed; elsewhere, the words of the aid.
    """
    catalogue = {one.code: _entry(one) for one in list_schemes(actor)}
    ledger = ledger or read_ledger(actor, instruction)
    aids = {f"aid:{one.pk}": (one.scheme.code, one.amount, one.on) for one in ledger.aids if one.scheme}
    past = {
        f"past:{line.pk}": (code, one.grant.amount, one.grant.decided_on)
        for one in ledger.past
        if (code := SCHEMES.get(one.grant.nature)) is not None
        for line in one.lines
    }
    elsewhere, placed, held = aids | past, set(), []
    for match in matches:
        if match.other not in elsewhere or (match.verdict is not None and not match.verdict.same):
            continue
        code, amount, on = elsewhere[match.other]
        placed.add(match.other)
        held += [
            HeldAid(code, amount, match.line_label, on),
            HeldAid(OWN_SCHEME, match.line_amount or Decimal(0), match.line_label),
        ]
    held += [
        HeldAid(one.scheme.code, one.amount, one.label, one.on)
        for one in ledger.aids
        if one.scheme and f"aid:{one.pk}" not in placed
    ]
    labels = {code: one.label for code, one in catalogue.items()}
    return AidConflicts(
        clashes(set(held), catalogue), [labels.get(code, code) for code in unknown_aids(held, catalogue)]
    )


def _entry(one: Scheme) -> CatalogueAid:
    period = Period.through(one.starts_on, one.ends_on) if one.starts_on and one.ends_on else None
    return CatalogueAid(
        code=one.code, label=str(one), open_during=period, excludes=frozenset(one.excludes), article=one.article,
        complete=not one.lacks,
    )  # fmt: skip
