"""What each person sees, three times: the filter of the code, bare SQL under row level security, and the pages."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction
from django.db.models import F, Model, Q
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.access_table import Visitor, each_page_once, known_people, nothing_logged
from tests.support.roles import as_system
from tests.support.routes import list_routes
from tests.support.world import CAST, World

from avenant.contracts.commitments.models import ExpertiseRequest
from avenant.contracts.drafting.models import ContractParty, PromisedIndicator
from avenant.foundations.journal.models import Event
from avenant.foundations.meetings.models import Consultation
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import CircleMember, CircleRow, PrivateRow, ShareableRow
from avenant.foundations.parties.protection import IN_TURN
from avenant.foundations.parties.services import open_circle
from avenant.funding.allocation.models import Examined
from avenant.indicators.consolidation.models import ReviewItem
from avenant.indicators.declarations.models import Submission
from avenant.indicators.registers.models import EstablishmentList, RegisteredAction

# Where an address calls its row by another name than its model's.
ALSO = {
    "consultation_id": Consultation,
    "line_id": Examined,
    "submission_id": Submission,
    "action_id": RegisteredAction,
    "expertise_id": ExpertiseRequest,
    "item_id": ReviewItem,
    "list_id": EstablishmentList,
    "party_id": ContractParty,
    "promise_id": PromisedIndicator,
}
# The text of the world's contract foresees no agreement under it; its dossier was not rejected, and has no letter.
NOT_HERE = {"drafting:sub-agreement", "reviews:rejection-letter"}
MODELS = [model for model in apps.get_models() if issubclass(model, CircleRow)]
ORGANISATIONS = ("satdl", "dreets-paca", "carsat-sud-est", "val-issole", "deets-ailleurs")


def expected(model: type[CircleRow], actor: Actor) -> set[Any]:
    """What the actor should see, from all the rows and all the memberships of the circles."""
    mine = set(CircleMember.objects.filter(organisation_id=actor.organisation_id).values_list("circle_id", flat=True))
    rows = model._default_manager.filter(circle_id__in=mine)
    if issubclass(model, PrivateRow):
        rows = rows.filter(private_to_id=actor.organisation_id)
    if issubclass(model, ShareableRow):
        rows = rows.exclude(~Q(private_to_id=actor.organisation_id), private_to_id__isnull=False)
    return set(rows.values_list("pk", flat=True))


def bare(model: type[Model]) -> set[Any]:
    """What SQL without any filter gives to the role and the context of the connection."""
    column = connection.ops.quote_name(model._meta.pk.column)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM {connection.ops.quote_name(model._meta.db_table)}")  # noqa: S608
        return {row[0] for row in cursor.fetchall()}


def test_each_person_sees_the_rows_of_their_circles_and_no_other(world: World) -> None:
    kinds_seen = set()
    for model in MODELS:
        for name in CAST:
            actor = world.actor(name)
            with as_system():
                right = expected(model, actor)
                filtered = model.objects.visible_to(actor).values_list("pk", flat=True)
                assert set(filtered) == right, (model, name, "the filter alone: this role sees every row")
            with acting_as(actor):
                assert set(model.objects.visible_to(actor).values_list("pk", flat=True)) == right, (model, name)
                assert bare(model) == right, (model, name)
            if right:
                kinds_seen.add(model)
        assert bare(model) == set(), f"{model} without a context"
    assert kinds_seen == set(MODELS), "the world lacks a row of some kind: the sweep would prove nothing of it"


def test_a_page_answers_404_if_and_only_if_its_object_is_not_seen(world: World) -> None:
    """Whichever kind of row an address names, by the name of its argument."""
    by_name = {f"{model._meta.model_name}_id": model for model in MODELS} | ALSO
    wrong: list[tuple[str, str, int]] = []
    asked, visitors = 0, {name: Visitor.of(world, name) for name in CAST}
    with each_page_once(), known_people(), nothing_logged():
        for route in list_routes():
            owner = next((argument for argument in route.arguments if argument in by_name), None)
            if owner is None or "GET" not in route.view.reads or route.name in NOT_HERE:
                continue
            for name, visitor in visitors.items():
                actor = world.actor(name)
                with acting_as(actor):
                    seen = by_name[owner].objects.visible_to(actor).filter(pk=world.arguments[owner]).exists()
                status = visitor.ask(world, route, "GET").status_code
                if (status == 404) is seen:
                    wrong.append((route.name, name, status))
                asked += 1
    assert wrong == []
    assert asked >= 8 * len(CAST)


def test_what_one_organisation_keeps_is_changed_by_it_alone(world: World) -> None:
    """The others read it; the database refuses their UPDATE and their DELETE, whatever the services say.

    It is the rule of every table whose rows name an owner, but for those where the parties act in turn.
    """
    refused = set()
    owned = {model._meta.db_table: model for model in apps.get_models() if _names_its_owner(model)}
    assert set(IN_TURN) <= set(owned)
    for model in (model for table, model in owned.items() if table not in IN_TURN):
        for name in (*CAST, "funder"):
            actor = world.actor(name)
            with acting_as(actor):
                others = model._default_manager.exclude(owner_id=actor.organisation_id)
                if not others.exists():
                    continue
                for act in (lambda rows: rows.update(owner_id=F("owner_id")), lambda rows: rows._raw_delete(rows.db)):
                    with pytest.raises(DatabaseError, match="its owner alone changes it"), transaction.atomic():
                        act(others)
            refused.add(model._meta.db_table)
    assert {"documents_document", "registers_establishmentlist", "registers_structure", "calls_call"} <= refused


def _names_its_owner(model: type[Model]) -> bool:
    columns = {field.column for field in model._meta.local_concrete_fields}
    return "owner_id" in columns and "pgh_id" not in columns


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(circles=st.lists(st.sets(st.sampled_from(ORGANISATIONS), min_size=1), min_size=1, max_size=4))
def test_any_shuffle_of_memberships_is_seen_by_its_members_only(world: World, circles: list[set[str]]) -> None:
    cast, made = world.cast, dict[uuid.UUID, set[uuid.UUID]]()
    with as_system():
        for members in circles:
            keys = {cast.organisation(key).pk for key in members}
            circle = open_circle(kind="contract", title="essai", members=dict.fromkeys(keys, "partie"))
            event = Event.objects.create(circle_id=circle, at=datetime(2026, 1, 1, tzinfo=UTC), verb="x", label="x")
            made[event.pk] = keys
    for actor in vars(cast).values():
        with acting_as(actor):
            right = {pk for pk, members in made.items() if actor.organisation_id in members}
            assert set(Event.objects.visible_to(actor).filter(pk__in=made).values_list("pk", flat=True)) == right
            assert bare(Event) & set(made) == right
