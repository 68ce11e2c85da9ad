"""The people and the security log of an organisation, filtered, sorted, and as tables to take away."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Q, QuerySet
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.domain.folding import fold
from avenant.foundations.accounts import selectors
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership

ORDERS = {"date": "at", "nature": "action", "personne": "person__name", "dossier": "file", "page": "page"}


@dataclass(frozen=True, slots=True)
class Person:
    """A line of the administrator's list."""

    membership: Membership
    state: str
    tone: str
    roles: tuple[str, ...]
    needs_second_factor: bool
    second_factor: bool
    acknowledged_on: date | None

    @property
    def name(self) -> str:
        return self.membership.person.name


def list_people(actor: Actor, asked: Mapping[str, Any], *, sort: str, on: date) -> list[Person]:
    """The people of my organisation that answer the filters, in the order asked (``nom`` by default)."""
    rows = list(selectors.list_people(actor))
    acknowledged = selectors.list_acknowledged(actor, [row.person_id for row in rows])
    people = [_person(row, acknowledged, on) for row in rows]
    words, role, state = fold(asked.get("q") or ""), asked.get("role") or "", asked.get("etat") or ""
    found = [
        one
        for one in people
        if words in fold(f"{one.name} {one.membership.person.email}")
        and (not role or role in one.membership.roles)
        and (not state or _STATES[state] == one.state)
    ]
    never = timezone.make_aware(datetime(1, 1, 2), ZoneInfo("UTC"))
    keys: dict[str, Any] = {
        "nom": lambda one: fold(one.name),
        "etat": lambda one: (one.state, fold(one.name)),
        "facteur": lambda one: (one.second_factor, fold(one.name)),
        "acces": lambda one: one.membership.person.last_login or never,
        "debut": lambda one: one.membership.starts_on,
        "fin": lambda one: one.membership.ends_on or date.max,
    }
    return sorted(found, key=keys.get(sort.lstrip("-"), keys["nom"]), reverse=sort.startswith("-"))


def people_sheet(people: Iterable[Person]) -> Sheet:
    """The people, one a line."""
    titles = ("Nom", "Adresse", "Unité", "Rôles", "État", "Second facteur")
    dated = ("Début", "Fin", "Secret professionnel reconnu le")
    columns = (
        *(Column(title, width=30) for title in titles),
        *(Column(title, Kind.DATE, 14) for title in dated),
        Column("Dernier accès", Kind.INSTANT, 18),
    )
    return Sheet("Personnes", columns, (_cells(one) for one in people))


def list_entries(actor: Actor, asked: Mapping[str, Any], *, sort: str) -> QuerySet[Any]:
    """The entries of my organisation's people that answer the filters, the last first by default."""
    rows = selectors.list_security_entries(actor)
    if words := (asked.get("q") or "").strip():
        rows = rows.filter(Q(person__name__icontains=words) | Q(file__icontains=words) | Q(page__icontains=words))
    if asked.get("nature"):
        rows = rows.filter(action=asked["nature"])
    if asked.get("du"):
        rows = rows.filter(at__gte=_midnight(asked["du"]))
    if asked.get("au"):
        rows = rows.filter(at__lt=_midnight(asked["au"] + timedelta(days=1)))
    order = ORDERS.get(sort.lstrip("-"), "at") if sort else "at"
    back = "-" if sort.startswith("-") or not sort else ""
    return rows.order_by(f"{back}{order}", "-at", "-pk")


def entries_sheet(entries: Iterable[Any]) -> Sheet:
    """The entries, one a line."""
    columns = (
        Column("Date", Kind.INSTANT, 18),
        Column("Nature", width=24),
        Column("Personne", width=40),
        Column("Dossier", width=50),
        Column("Page", width=60),
        Column("Finalité", width=40),
    )
    return Sheet(
        "Journal de sécurité",
        columns,
        (
            (
                timezone.localtime(one.at),
                one.get_action_display(),
                one.person.name if one.person else "",
                one.file,
                one.page,
                one.purpose,
            )
            for one in entries
        ),
    )


_STATES = {"actif": "actif", "a-venir": "à venir", "parti": "parti", "ferme": "compte fermé"}


def _person(row: Membership, acknowledged: Mapping[uuid.UUID, date], on: date) -> Person:
    state, tone = "actif", "good"
    if row.ends_on is not None and row.ends_on <= on:
        state, tone = "parti", ""
    elif not row.person.is_active:
        state, tone = "compte fermé", "bad"
    elif row.starts_on > on:
        state, tone = "à venir", ""
    roles = [Role(role) for role in row.roles]
    return Person(
        membership=row,
        state=state,
        tone=tone,
        roles=tuple(role.label for role in roles),
        needs_second_factor=any(role.decides for role in roles),
        second_factor=getattr(row, "second_factor", False),
        acknowledged_on=acknowledged.get(row.person_id),
    )


def _cells(one: Person) -> tuple[Any, ...]:
    row = one.membership
    last = row.person.last_login
    return (
        row.person.name,
        row.person.email,
        row.unit.name if row.unit else "",
        ", ".join(one.roles),
        one.state,
        "oui" if one.second_factor else "non",
        row.starts_on,
        row.ends_on,
        one.acknowledged_on,
        timezone.localtime(last) if last else None,
    )


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), ZoneInfo(settings.TIME_ZONE))
