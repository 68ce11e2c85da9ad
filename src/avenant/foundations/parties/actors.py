"""Who acts: a person in the name of one organisation, or a job of the platform."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import date

from django.db import connection, transaction

from avenant.domain.audiences import OrganisationKind, Role
from avenant.foundations.parties.models import Membership


@dataclass(frozen=True, slots=True)
class Actor:
    """A person acting in the name of one organisation (and unit), with the roles that the membership gives."""

    person_id: uuid.UUID
    name: str
    organisation_id: uuid.UUID
    organisation: str
    kind: OrganisationKind
    territory: str
    roles: frozenset[Role]
    unit_id: uuid.UUID | None = None
    unit: str = ""
    membership_id: uuid.UUID | None = field(default=None, compare=False)
    lent: tuple[tuple[Role, str], ...] = field(default=(), compare=False)
    """Roles that a colleague has lent for a time, each with the colleague's name."""

    @classmethod
    def of(cls, membership: Membership, *, lent: Iterable[tuple[Role, str]] = ()) -> Actor:
        """The actor of a membership (fetched with its person, organisation and unit), and what colleagues lend it."""
        lent = tuple((role, lender) for role, lender in lent if role.value not in membership.roles)
        return cls(
            person_id=membership.person_id,
            name=membership.person.name,
            organisation_id=membership.organisation_id,
            organisation=membership.organisation.short_name,
            kind=OrganisationKind(membership.organisation.kind),
            territory=membership.organisation.territory_id,
            roles=frozenset(Role(role) for role in membership.roles) | {role for role, _ in lent},
            unit_id=membership.unit_id,
            unit=membership.unit.name if membership.unit else "",
            membership_id=membership.id,
            lent=lent,
        )

    @property
    def by_delegation_of(self) -> str:
        """« Camille, Dominique »: who lends roles to this person; empty when nobody does."""
        return ", ".join(dict.fromkeys(lender for _, lender in self.lent))

    def has(self, *roles: Role) -> bool:
        """Does the actor hold one of ``roles``."""
        return not self.roles.isdisjoint(roles)


_acting: ContextVar[Actor | None] = ContextVar("acting", default=None)
CONTEXT = ("app.organisations", "app.day", "pghistory.context_id", "pghistory.context_metadata")


@contextmanager
def acting_as(actor: Actor, *, read_only: bool = False, on: date | None = None) -> Iterator[None]:
    """One transaction in the name of ``actor``: row level security and history know who acts.

    The context is local to the transaction and *restored* on exit: ``set_config(…, true)`` outlives a savepoint, and a
    caller inside a larger transaction would keep seeing rows that are not its own. ``on`` is the day on which
    memberships with days are told; the database's own without it.
    """
    if _acting.get() == actor and connection.in_atomic_block and not read_only:
        yield  # already in this actor's name: nothing to set, nothing to restore
        return
    history = {"person": str(actor.person_id), "name": actor.name, "organisation": str(actor.organisation_id)}
    values = (str(actor.organisation_id), on.isoformat() if on else "", str(uuid.uuid4()), json.dumps(history))
    outermost = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        settings = [f"current_setting('{name}', true), set_config('{name}', %s, true)" for name in CONTEXT]
        settings += ["set_config('transaction_read_only', 'on', true)"] if read_only else []
        cursor.execute("SELECT " + ", ".join(settings), values)
        row = cursor.fetchone()
        former = _acting.set(actor)
        try:
            yield
        finally:
            _acting.reset(former)
        if outermost:
            return  # the settings end with the transaction
        cursor.execute(
            "SELECT " + ", ".join(f"set_config('{name}', %s, true)" for name in CONTEXT),
            [row[index] or "" for index in range(0, 2 * len(CONTEXT), 2)],
        )


@contextmanager
def reading_only() -> Iterator[None]:
    """One READ ONLY transaction in nobody's name: what a public page may do with the database."""
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
        yield
