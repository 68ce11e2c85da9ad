"""The card of an establishment, made of what each story knows of it. A block with nothing to show is not there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from itertools import groupby
from typing import Final

from django.db.models import Exists, OuterRef
from django.urls import reverse
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
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants import selectors as grants
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import Visit
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


class Sight:
    """What one actor sees of an establishment at an instant; what several blocks ask is read once."""

    def __init__(self, actor: Actor, establishment: Establishment, now: datetime) -> None:
        self.actor, self.establishment, self.now = actor, establishment, now
        self.today = timezone.localdate(now)

    @cached_property
    def contracts(self) -> list[Contract]:
        """The contracts whose party is the enterprise of the establishment."""
        if not self.establishment.siren:
            return []
        party = ContractParty.objects.filter(contract=OuterRef("pk"), organisation__siren=self.establishment.siren)
        return list(contracts.list_contracts(self.actor).filter(Exists(party))[:SHOWN])

    @cached_property
    def dossiers(self) -> list[Dossier]:
        """Its answers to the calls, the last first."""
        rows = Dossier.objects.visible_to(self.actor).filter(establishment=self.establishment)
        return list(rows.select_related("call").defer("call__rules", "call__content", "answers")[:SHOWN])

    @cached_property
    def aids(self) -> list[Grant]:
        """Its aids, institution by institution."""
        return grants.list_for(self.actor, self.establishment)


BlockMaker = Callable[[Sight], Iterable[Line]]


def compose(actor: Actor, establishment: Establishment, *, now: datetime) -> list[Block]:
    """The blocks of the card that hold something this actor sees: nothing hints at the others."""
    sight = Sight(actor, establishment, now)
    made = (Block(title, tuple(make(sight))) for title, make in BLOCKS)
    return [block for block in made if block.lines]


def _followers(sight: Sight) -> Iterable[Line]:
    rows = list(contacts.who_follows(sight.actor, sight.establishment, on=sight.today))
    for institution, found in groupby(rows, key=lambda one: str(one.list)):
        for one in found:
            reach = " · ".join(part for part in (one.mailbox, one.phone) if part)
            yield Line(f"{institution}\u202f: {one}", one.page(), reach)
    if rows:
        yield Line("Échanges directs", reverse("contacts:exchanges", args=[sight.establishment.pk]))


def _due(sight: Sight) -> Iterable[Line]:
    files = (*sight.contracts, *sight.dossiers, *sight.aids)
    circles = {one.circle_id for one in files}
    if not circles:
        return
    for item in journal.list_due(sight.actor).filter(circle_id__in=circles)[:SHOWN]:
        yield Line(item.label, item.page, f"avant le {format_date(timezone.localdate(item.due_at))}")


def _files(sight: Sight) -> Iterable[Line]:
    for one in sight.contracts:
        yield Line(str(one), one.page(), f"{one.state_label}, {one.term}")
    for dossier in sight.dossiers:
        yield Line(str(dossier), dossier.page(), f"{dossier.state_label}, {dossier.call}")


def _actions(sight: Sight) -> Iterable[Line]:
    if sight.establishment.siret:
        for one in registers.list_actions(sight.actor, siret=sight.establishment.siret)[:SHOWN]:
            yield Line(one.get_kind_display(), "", f"{format_date(one.on)}{f', {one.label}' if one.label else ''}")


def _visits(sight: Sight) -> Iterable[Line]:
    """The visits of its funded projects, each with the institutions that go."""
    if not sight.aids:
        return
    rows = Visit.objects.visible_to(sight.actor).filter(grant__in=sight.aids)
    for one in rows.prefetch_related("participants__organisation")[:SHOWN]:
        there = ", ".join(str(participant) for participant in one.participants.all())
        yield Line(
            f"Visite du {format_date(one.on)}\u202f: {one.purpose}", one.page(), f"{one.standing(sight.now)}, {there}"
        )


def _lists(sight: Sight) -> Iterable[Line]:
    if sight.establishment.siret:
        lines = ListedEstablishment.objects.visible_to(sight.actor).filter(siret=sight.establishment.siret)
        rows = EstablishmentList.objects.visible_to(sight.actor).filter(pk__in=lines.values("listing_id"))
        for one in rows.select_related("owner")[:SHOWN]:
            yield Line(str(one), one.page(), one.owner.short_name)


def _aids(sight: Sight) -> Iterable[Line]:
    """The aids of every institution that I see, each institution with its total."""
    for institution, found in groupby(sight.aids, key=lambda one: one.authority.short_name):
        told = list(found)
        for one in told:
            words = f"{institution}, {one.get_nature_display()} {one.decided_on.year}\u202f: {format_euros(one.amount)}"
            yield Line(words, one.page(), one.title)
        if len(told) > 1:
            total = format_euros(sum((one.amount for one in told), ZERO))
            yield Line(f"{institution}, total\u202f: {total}")


def _sites(sight: Sight) -> Iterable[Line]:
    for one in list_sites(sight.establishment)[:SHOWN]:
        yield Line(one.name, one.page(), one.commune)


BLOCKS: Final[tuple[tuple[str, BlockMaker], ...]] = (
    ("Qui le suit", _followers),
    ("Ce qui vous y attend", _due),
    ("Dossiers", _files),
    ("Aides accordées", _aids),
    ("Visites des projets financés", _visits),
    ("Visites et actions de votre service", _actions),
    ("Listes partagées ou tenues par votre organisme", _lists),
    ("Autres établissements de la même entité", _sites),
)
"""In the order of the page; a later story adds its own line here."""
