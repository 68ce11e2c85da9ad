"""The card of an establishment, made of what each story knows of it. A block with nothing to show is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final

from django.db.models import Exists, OuterRef
from django.utils import timezone

from avenant.contracts.drafting import selectors as contracts
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.domain.french import format_date, format_euros
from avenant.domain.money import ZERO
from avenant.foundations.contacts import selectors as contacts
from avenant.foundations.journal import selectors as journal
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.selectors import list_sites
from avenant.funding.grants import selectors as grants
from avenant.indicators.registers import selectors as registers
from avenant.indicators.registers.models import EstablishmentList, ListedEstablishment

SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a block: what it says, the page it opens, what else there is to know."""

    text: str
    page: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the card, from one story."""

    title: str
    lines: tuple[Line, ...]


BlockMaker = Callable[[Actor, Establishment, datetime], Iterable[Line]]


def compose(actor: Actor, establishment: Establishment, *, now: datetime) -> list[Block]:
    """The blocks of the card that hold something this actor sees: nothing hints at the others."""
    made = (Block(title, tuple(make(actor, establishment, now))) for title, make in BLOCKS)
    return [block for block in made if block.lines]


def _followers(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    rows = contacts.who_follows(actor, establishment, on=timezone.localdate(now))
    for institution, found in groupby(rows, key=lambda one: str(one.list)):
        for one in found:
            reach = " · ".join(part for part in (one.mailbox, one.phone) if part)
            yield Line(f"{institution} : {one}".replace(" :", "\u202f:"), one.page(), reach)


def _due(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    circles = [one.circle_id for one in _files_of(actor, establishment)]
    for item in journal.list_due(actor).filter(circle_id__in=circles)[:SHOWN]:
        yield Line(item.label, item.page, f"avant le {format_date(timezone.localdate(item.due_at))}")


def _files(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    for one in _files_of(actor, establishment)[:SHOWN]:
        yield Line(str(one), one.page(), f"{one.state_label}, {one.term}")


def _files_of(actor: Actor, establishment: Establishment) -> list[Contract]:
    if not establishment.siren:
        return []
    party = ContractParty.objects.filter(contract=OuterRef("pk"), organisation__siren=establishment.siren)
    return list(contracts.list_contracts(actor).filter(Exists(party))[:SHOWN])


def _visits(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    if establishment.siret:
        for one in registers.list_actions(actor, siret=establishment.siret)[:SHOWN]:
            yield Line(one.get_kind_display(), "", f"{format_date(one.on)}{f', {one.label}' if one.label else ''}")


def _lists(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    if establishment.siret:
        lines = ListedEstablishment.objects.visible_to(actor).filter(siret=establishment.siret).values("listing_id")
        for one in EstablishmentList.objects.visible_to(actor).filter(pk__in=lines).select_related("owner")[:SHOWN]:
            yield Line(str(one), one.page(), one.owner.short_name)


def _aids(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    """The aids of every institution that I see, each institution with its total."""
    rows = grants.list_for(actor, establishment)
    for institution, found in groupby(rows, key=lambda one: one.authority.short_name):
        told = list(found)
        for one in told:
            words = f"{institution}, {one.get_nature_display()} {one.decided_on.year}\u202f: {format_euros(one.amount)}"
            yield Line(words, one.page(), one.title)
        if len(told) > 1:
            total = format_euros(sum((one.amount for one in told), ZERO))
            yield Line(f"{institution}, total\u202f: {total}")


def _sites(actor: Actor, establishment: Establishment, now: datetime) -> Iterable[Line]:
    for one in list_sites(establishment)[:SHOWN]:
        yield Line(one.name, one.page(), one.commune)


BLOCKS: Final[tuple[tuple[str, BlockMaker], ...]] = (
    ("Qui le suit", _followers),
    ("Ce qui vous y attend", _due),
    ("Dossiers", _files),
    ("Aides accordées", _aids),
    ("Visites et actions de votre service", _visits),
    ("Listes partagées ou tenues par votre organisme", _lists),
    ("Autres établissements de la même entité", _sites),
)
"""In the order of the page; a later story adds its own line here."""
