"""What the pages of contracts show: lists as sentences and tables, the life of one contract, its indicators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db.models import Q, QuerySet
from django.http import QueryDict

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.forms import ContractFilter, JournalFilter
from avenant.contracts.drafting.models import Contract, PromisedIndicator
from avenant.contracts.drafting.selectors import MethodState, SharedMode
from avenant.domain.contracts import LEAVING, Standing
from avenant.domain.french import format_date, format_number
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.journal import selectors as journal
from avenant.foundations.journal.models import NEWEST_FIRST, OLDEST_FIRST, Event
from avenant.foundations.parties.actors import Actor

ORDERS: Final = {"titre": "title", "nature": "kind", "debut": "starts_on", "fin": "ends_on", "etat": "state"}


def find_contracts(actor: Actor, query: QueryDict, today: date) -> tuple[ContractFilter, QuerySet[Contract], str]:
    """The filter of an address, the contracts it keeps, in the order it asks for."""
    mine = selectors.list_contracts(actor)
    territories = mine.order_by("territory__name").values_list("territory_id", "territory__name").distinct()
    frameworks = [(one.pk, one.label) for one in selectors.frameworks_in_use(actor)]
    form = ContractFilter(query, territoire=list(territories), cadre=frameworks)
    rows = selectors.search_contracts(mine, form.wanted("q").split())
    for name, column in (("nature", "kind"), ("territoire", "territory")):
        if form.wanted(name):
            rows = rows.filter(**{column: form.wanted(name)})
    if form.wanted("etat"):
        rows = selectors.standing_as(rows, Standing(form.wanted("etat")), today)
    if form.wanted("cadre"):
        rows = selectors.linked_to(actor, rows, form.wanted("cadre"))
    if form.wanted("annee"):
        rows = selectors.in_force_during(rows, form.wanted("annee"))
    order = query.get("tri", "-fin")
    column = ORDERS.get(order.removeprefix("-"), "title")
    return form, rows.order_by(f"-{column}" if order.startswith("-") else column, "title", "pk"), order


def word_found(count: int, noun: str, *, active: bool) -> str:
    """« 14 contrats répondent à ces filtres », « Aucun contrat ne répond à ces filtres », « 14 contrats »."""
    what = f"{format_number(count)} {noun}s" if count > 1 else f"{'Un' if count else 'Aucun'} {noun}"
    verb = "répondent" if count > 1 else "répond" if count else "ne répond"
    return f"{what} {verb} à ces filtres" if active else what


def word_confirmed(settled: int) -> str:
    """What a confirmation changed."""
    if not settled:
        return "Votre confirmation est enregistrée. La mention tombera avec celle des autres parties."
    plural = "s" if settled > 1 else ""
    return f"{format_number(settled)} indicateur{plural} confirmé{plural} par toutes les parties."


def contracts_sheet(rows: Iterable[Contract], today: date) -> Sheet:
    """The list as a table to take away."""
    columns = (
        Column("Contrat", width=50),
        Column("Nature", width=22),
        Column("Territoire", width=26),
        Column("Parties", width=50),
        Column("Début", Kind.DATE, 12),
        Column("Fin", Kind.DATE, 12),
        Column("État", width=16),
        Column("Fictif", width=8),
    )
    lines = (
        (
            one.title,
            one.get_kind_display(),
            one.territory.name,
            ", ".join(party.organisation.short_name for party in one.parties.all()),
            one.starts_on,
            one.ends_on,
            one.standing(today).label,
            one.fictional,
        )
        for one in rows
    )
    return Sheet("Contrats", columns, lines)


def find_events(actor: Actor, contract: Contract, query: QueryDict) -> tuple[JournalFilter, QuerySet[Event]]:
    """The filter of an address, the facts of a contract's file that it keeps, newest first unless it asks otherwise."""
    known = {one.organisation_id: one.organisation.short_name for one in contract.parties.all()}
    form = JournalFilter(query, organisme=[(str(key), name) for key, name in known.items()])
    rows = journal.list_events(actor, contract.circle_id)
    for word in form.wanted("q").split():
        rows = rows.filter(Q(label__icontains=word) | Q(reason__icontains=word))
    if form.wanted("organisme"):
        rows = rows.filter(organisation_id=form.wanted("organisme"))
    zone = ZoneInfo(contract.territory.time_zone)
    if form.wanted("depuis"):
        rows = rows.filter(at__gte=datetime.combine(form.wanted("depuis"), time(), zone))
    if form.wanted("jusque"):
        rows = rows.filter(at__lt=datetime.combine(form.wanted("jusque") + timedelta(days=1), time(), zone))
    return form, rows.order_by(*(OLDEST_FIRST if form.wanted("tri") else NEWEST_FIRST))


def events_sheet(events: Iterable[Event]) -> Sheet:
    """What happened in a file, as a table to take away."""
    columns = (
        Column("Date", Kind.INSTANT, 18), Column("Fait", width=80), Column("Motif", width=50), Column("Organisme", width=30),
    )  # fmt: skip
    rows = ((one.at, one.label, one.reason, one.organisation.short_name if one.organisation else "") for one in events)
    return Sheet("Journal", columns, rows)


# -- One contract ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class PromiseLine:
    """One promised indicator of the page: who confirmed it while it is proposed, and how it is collected."""

    promise: PromisedIndicator
    method: MethodState | None
    confirmed_by: tuple[str, ...] = ()
    confirmed_by_me: bool = False
    targets: list[tuple[str, str]] = field(default_factory=list)

    @property
    def definition(self) -> DefinitionRecord:
        return self.promise.definition

    @property
    def is_late(self) -> bool:
        return self.method is MethodState.OVERDUE


def promise_lines(actor: Actor, contract: Contract, *, today: date) -> list[PromiseLine]:
    """The promised indicators, in the order of the text."""
    states = selectors.method_states(actor, today, contract)
    confirmed = selectors.confirmed_by(actor, contract)
    return [
        PromiseLine(
            promise,
            states.get(promise.definition.code),
            tuple(one.organisation.short_name for one in confirmed.get(promise.pk, [])),
            any(one.organisation_id == actor.organisation_id for one in confirmed.get(promise.pk, [])),
            sorted(promise.targets.items()),
        )
        for promise in selectors.list_promises(actor, contract)
    ]


def life_of(contract: Contract, today: date) -> list[dict[str, str]]:
    """The stages of a contract on a day: prepared, in force, then over."""
    here = contract.standing(today)
    reached = {
        Standing.DRAFT: 0,
        Standing.CONSULTING: 1,
        Standing.TO_SIGN: 2,
        Standing.TO_COME: 2,
        Standing.IN_FORCE: 3,
    }.get(here, 4)
    end = here if here is Standing.ENDED or here in LEAVING else Standing.EXPIRED
    notes = (
        "",
        "",
        "",
        f"depuis le {format_date(contract.starts_on)}" if contract.starts_on else "à la dernière signature",
        f"dernier jour\u202f: {format_date(contract.ends_on)}" if contract.ends_on else "",
    )
    stages = (Standing.DRAFT, Standing.CONSULTING, Standing.TO_SIGN, Standing.IN_FORCE, end)
    return [
        {
            "label": one.label[:1].upper() + one.label[1:],
            "status": "done" if rank < reached else "now" if rank == reached else "next",
            "note": notes[rank],
        }
        for rank, one in enumerate(stages)
    ]


def mode_initial(mode: SharedMode) -> dict[str, Any]:
    """The operating mode as its form starts."""
    if mode.row is None:
        return {}
    row = mode.row
    return {"text": row.text, "tasks": row.tasks, "committee_on": row.committee_on.isoformat()}
