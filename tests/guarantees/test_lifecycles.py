"""Who moves what: the table, the policy, the database and the person who holds one right only."""

from __future__ import annotations

import json
import uuid
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import product

import pytest
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from tests.support.cast import Cast, actor
from tests.support.lifecycle_pages import make_page
from tests.support.roles import as_system
from tests.support.world import World

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Refused
from avenant.domain.lifecycles import LIFECYCLES, Lifecycle, Step
from avenant.foundations.journal.models import Event
from avenant.foundations.journal.states import StatefulRow, advance, may_advance
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import CircleMember, Organisation

MODELS = [model for model in apps.get_models() if issubclass(model, StatefulRow)]
AT = datetime(2026, 3, 2, 9, tzinfo=UTC)
CYCLES = pytest.mark.parametrize("cycle", LIFECYCLES.values(), ids=LIFECYCLES)
# What a row needs besides its state to leave its start: the last signature gives a contract its term.
READY = {"contract": {"ends_on__isnull": False}}
STATEFUL = pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.model_name)


@CYCLES
def test_the_table_holds_together(cycle: Lifecycle) -> None:
    """Every step joins known states; each state is reached; none is a dead end unless it is declared final."""
    states = set(cycle.states)
    assert {cycle.start} | cycle.final <= states
    assert {step.target for step in cycle.steps} | set().union(*(step.sources for step in cycle.steps)) <= states
    assert set(_paths(cycle)) == states
    assert {state for state in states if not cycle.from_state(state)} <= cycle.final
    assert all(step.by for step in cycle.steps)
    assert len({step.verb for step in cycle.steps}) == len(cycle.steps)


def test_every_lifecycle_governs_a_table() -> None:
    assert {model.lifecycle.name for model in MODELS} == set(LIFECYCLES)


def test_the_page_of_the_lifecycles_is_the_approved_one(approved: Callable[[str, str], None]) -> None:
    approved("lifecycles.md", make_page())


@pytest.mark.parametrize("role", Role)
@STATEFUL
def test_every_state_verb_and_role(model: type[StatefulRow], role: Role) -> None:
    """The policy says yes exactly where the table does, and a no says why."""
    person = _person(role)
    for state, step in product(model.lifecycle.states, model.lifecycle.steps):
        row = model(state=state)
        decision = may_advance(row, step.verb, None if role is Role.SYSTEM else person)
        assert decision.allowed == (state in step.sources and role in step.by), (state, step.verb)
        assert decision.allowed or decision.reason.startswith("«")


@STATEFUL
def test_the_database_refuses_every_move_that_the_table_does_not_list(world: World, model: type[StatefulRow]) -> None:
    """Bare SQL, under the role of the jobs: from every state to every other."""
    cycle = model.lifecycle
    with as_system():
        row = _new_row(model)
        for source, target in product(cycle.states, repeat=2):
            with transaction.atomic():
                _walk_to(row, source)
                if source == target or (source, target) in cycle.moves():
                    _move(row, target)
                else:
                    with pytest.raises(IntegrityError, match="no step from"), transaction.atomic():
                        _move(row, target)
                transaction.set_rollback(True)


@STATEFUL
def test_the_database_refuses_every_wrong_start(world: World, model: type[StatefulRow]) -> None:
    table = connection.ops.quote_name(model._meta.db_table)
    with as_system(), connection.cursor() as cursor:
        row = _new_row(model)
        for state in set(model.lifecycle.states) - {model.lifecycle.start}:
            changes = json.dumps({"id": str(uuid.uuid4()), "state": state})
            with pytest.raises(IntegrityError, match="a new row starts as"), transaction.atomic():
                cursor.execute(
                    f"INSERT INTO {table} SELECT (jsonb_populate_record(r, %s::jsonb)).* "  # noqa: S608
                    f"FROM {table} r WHERE id = %s",
                    [changes, row.pk],
                )


@STATEFUL
def test_one_role_is_enough_and_nothing_else_is(world: World, model: type[StatefulRow]) -> None:
    """For each verb: who holds its role alone makes it, and no more once the role, the circle or the state is gone."""
    with as_system():
        row = _new_row(model)
        member = CircleMember.objects.filter(circle_id=row.circle_id).select_related("organisation").first()
        assert member is not None
        stranger = _stranger(world.cast, row)
    for step, role in _rights(model.lifecycle):
        with as_system():
            holder, without = actor(member.organisation, "Une personne", role), actor(member.organisation, "Une autre")
            outside = actor(stranger, "Ailleurs", role)
        for source in step.sources:
            with transaction.atomic():
                with as_system():
                    _walk_to(row, source)
                _assert_only(holder, without, outside, row, step)
                transaction.set_rollback(True)
        for state in set(model.lifecycle.states) - step.sources:
            assert not may_advance(model(state=state), step.verb, holder).allowed


def _assert_only(holder: Actor, without: Actor, outside: Actor, row: StatefulRow, step: Step) -> None:
    kind = type(row)
    with acting_as(without), pytest.raises(Refused, match="revient à"):
        advance(kind.objects.visible_to(without).get(pk=row.pk), step.verb, actor=without, at=AT, reason="motif")
    with acting_as(outside):
        assert not kind.objects.visible_to(outside).filter(pk=row.pk).exists()
        assert kind.objects.filter(pk=row.pk).update(state=step.target) == 0
    with acting_as(holder):
        mine = kind.objects.visible_to(holder).get(pk=row.pk)
        if step.reason:
            with pytest.raises(Refused, match="demande un motif"):
                advance(mine, step.verb, actor=holder, at=AT, reason=" ")
        moved = advance(mine, step.verb, actor=holder, at=AT, reason="motif")
        told = Event.objects.visible_to(holder).get(subject=row.pk, verb=f"{row.lifecycle.name}.{step.verb}", at=AT)
    assert (moved.state, moved.state_since) == (step.target, AT)
    assert (told.person_id, told.organisation_id) == (holder.person_id, holder.organisation_id)


def _new_row(model: type[StatefulRow]) -> StatefulRow:
    """A row of the world that is still where its lifecycle starts."""
    ready = READY.get(model.lifecycle.name, {})
    row = model.objects.filter(state=model.lifecycle.start, **ready).first()
    assert row is not None, f"the world has no {model.lifecycle.name} at its start"
    return row


def _rights(cycle: Lifecycle) -> Iterator[tuple[Step, Role]]:
    return ((step, role) for step in cycle.steps for role in sorted(step.by) if role is not Role.SYSTEM)


def _stranger(cast: Cast, row: StatefulRow) -> Organisation:
    inside = CircleMember.objects.filter(circle_id=row.circle_id).values("organisation_id")
    known = [getattr(cast, name).organisation_id for name in ("service", "labour", "fund", "outsider")]
    return Organisation.objects.filter(pk__in=known).exclude(pk__in=inside)[0]


def _paths(cycle: Lifecycle) -> dict[str, list[str]]:
    """The shortest way from the start to each state."""
    paths, queue = {cycle.start: [cycle.start]}, deque([cycle.start])
    while queue:
        state = queue.popleft()
        for step in cycle.from_state(state):
            if step.target not in paths:
                paths[step.target] = [*paths[state], step.target]
                queue.append(step.target)
    return paths


def _walk_to(row: StatefulRow, state: str) -> None:
    """Bring a new row to ``state`` by moves that the table lists."""
    for following in _paths(row.lifecycle)[state][1:]:
        _move(row, following)


def _move(row: StatefulRow, state: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"UPDATE {type(row)._meta.db_table} SET state = %s WHERE id = %s", [state, row.pk])  # noqa: S608


def _person(role: Role) -> Actor:
    return Actor(
        uuid.uuid4(), "Une personne", uuid.uuid4(), "Un organisme", OrganisationKind.LABOUR, "R93", frozenset({role})
    )
