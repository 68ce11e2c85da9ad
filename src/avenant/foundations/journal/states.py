"""States move here and nowhere else: the table of the domain, the row, the journal, in one act."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any, ClassVar, TypeVar

from django.apps import apps
from django.db import models

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.domain.lifecycles import Lifecycle
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import CircleRow


class StatefulRow(CircleRow):
    """A file with a lifecycle. ``state_since`` is the one date kept on the row; the rest of its story is the journal."""

    lifecycle: ClassVar[Lifecycle]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    state = models.CharField("état", max_length=20, editable=False)
    state_since = models.DateTimeField("dans cet état depuis", editable=False)

    class Meta(CircleRow.Meta):
        abstract = True

    @property
    def state_label(self) -> str:
        return self.lifecycle.states[self.state]

    def page(self) -> str:
        """Address of the file's page."""
        return ""

    def journal_page(self) -> str:
        """Address that its journal rows open: a page that everybody who reads the journal may read."""
        return self.page()


Stateful = TypeVar("Stateful", bound=StatefulRow)


def guarded_tables() -> Iterator[tuple[str, Lifecycle]]:
    """Every table that a lifecycle governs (protection.py makes its trigger)."""
    for model in apps.get_models():
        if issubclass(model, StatefulRow):
            yield model._meta.db_table, model.lifecycle  # noqa: SLF001  Django's public-by-use


def may_advance(row: StatefulRow, verb: str, actor: Actor | None) -> Decision:
    """Does the lifecycle let this actor's roles make ``verb`` from the row's state. ``None`` is the platform itself."""
    step = row.lifecycle.step(verb)
    roles = actor.roles if actor else frozenset({Role.SYSTEM})
    if roles.isdisjoint(step.by):
        names = ", ".join(sorted(role.label for role in step.by))
        return Decision.no(f"« {step.label} » revient à : {names}.")
    if row.state not in step.sources:
        return Decision.no(f"« {step.label} » est impossible : l’état est « {row.state_label} ».")
    return Decision.yes()


def advance(
    row: Stateful,
    verb: str,
    *,
    actor: Actor | None,
    at: datetime,
    reason: str = "",
    label: str = "",
    evidence: Mapping[str, Any] | None = None,
) -> Stateful:
    """Make the step ``verb``: check the table, write the state, write the journal. The row is locked by the caller.

    Raises :class:`avenant.domain.decision.Refused` when the lifecycle, the roles or a missing reason forbid it.
    """
    step = row.lifecycle.step(verb)
    may_advance(row, verb, actor).or_raise()
    if step.reason and not reason.strip():
        Decision.no(f"« {step.label} » demande un motif.").or_raise()
    row.state, row.state_since = step.target, at
    row.save(update_fields=["state", "state_since"])
    record(
        row.circle_id,
        verb=f"{row.lifecycle.name}.{verb}",
        label=label or f"{row} : {row.state_label}",
        actor=actor,
        at=at,
        reason=reason,
        evidence=evidence,
        page=row.journal_page(),
        subject=row.pk,
    )
    return row


def record(
    circle_id: uuid.UUID,
    *,
    verb: str,
    label: str,
    actor: Actor | None,
    at: datetime,
    reason: str = "",
    evidence: Mapping[str, Any] | None = None,
    page: str = "",
    subject: uuid.UUID | None = None,
) -> Event:
    """Write one row of the journal: a business fact, in the words of the agent who will read it.

    An actor to whom a colleague lends a role acts « par délégation de » that colleague: the row says so.
    """
    by_delegation = {"by_delegation_of": actor.by_delegation_of} if actor and actor.lent else {}
    return Event.objects.create(
        circle_id=circle_id,
        at=at,
        verb=verb,
        label=label[:250],
        reason=reason,
        evidence={**(evidence or {}), **by_delegation},
        page=page,
        subject=subject,
        person_id=actor.person_id if actor else None,
        organisation_id=actor.organisation_id if actor else None,
    )
