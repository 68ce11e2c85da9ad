"""The net under a forgotten filter: what bare SQL shows to each role, history tables included."""

from __future__ import annotations

import uuid
from datetime import UTC, date, datetime

import psycopg
import pytest
from django.db import connection, transaction
from tests.support import server
from tests.support.cast import Cast

from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import CircleMember
from avenant.foundations.parties.protection import MEMBERS, READERS_OWN
from avenant.foundations.parties.services import admit_to_circle, open_circle

pytestmark = pytest.mark.django_db


def contract(cast: Cast, *organisations: str) -> Contract:
    members = [cast.organisation(key) for key in organisations]
    circle = open_circle(kind="contract", title="essai", members={member.pk: "partie" for member in members})
    made = Contract.objects.create(
        circle_id=circle,
        key=uuid.uuid4().hex,
        kind="cpom_spsti",
        title="essai",
        territory_id="R93",
        starts_on=date(2025, 1, 1),
        ends_on=date(2029, 12, 31),
        state="draft",
        state_since=datetime(2025, 1, 1, tzinfo=UTC),
    )
    ContractParty.objects.bulk_create(
        ContractParty(circle_id=circle, contract=made, organisation=member, role="service") for member in members
    )
    return made


def seen(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  table names of this file
        return int(cursor.fetchone()[0])


def test_bare_sql_shows_a_party_its_rows_and_nothing_to_others(cast: Cast) -> None:
    with acting_as(cast.service):
        before = seen("drafting_contract")
        contract(cast, "satdl", "dreets-paca")
        assert seen("drafting_contract") == before + 1
    with acting_as(cast.labour):
        ours = seen("drafting_contract")
    with acting_as(cast.other_service):
        assert seen("drafting_contract") == 0
        assert seen("drafting_contractparty") == 0
    assert ours >= 1


def test_without_context_nothing_is_seen_and_the_context_ends_with_its_block(cast: Cast) -> None:
    assert seen("drafting_contract") == 0
    with acting_as(cast.service):
        contract(cast, "satdl", "dreets-paca")
        with acting_as(cast.other_service):
            assert seen("drafting_contract") == 0
        assert seen("drafting_contract") > 0
    assert seen("drafting_contract") == 0


def test_a_row_cannot_be_written_into_a_circle_one_is_not_in(cast: Cast) -> None:
    with acting_as(cast.service):
        ours = contract(cast, "satdl", "dreets-paca")
    with acting_as(cast.other_service), pytest.raises(Exception, match="row-level security"), transaction.atomic():
        ContractParty.objects.create(
            circle_id=ours.circle_id, contract_id=ours.pk, organisation=cast.organisation("val-issole"), role="service"
        )


def test_nobody_joins_a_circle_alone(cast: Cast) -> None:
    with acting_as(cast.service):
        ours = contract(cast, "satdl", "dreets-paca")
    with acting_as(cast.other_service):
        with pytest.raises(Exception, match="not a member"), transaction.atomic():
            admit_to_circle(circle_id=ours.circle_id, organisation=cast.organisation("val-issole"), role="partie")
        with pytest.raises(Exception, match="permission denied"), transaction.atomic():
            CircleMember.objects.create(
                circle_id=ours.circle_id, organisation=cast.organisation("val-issole"), role="partie"
            )
        with pytest.raises(Exception, match="not among the members"), transaction.atomic():
            open_circle(kind="contract", title="à d’autres", members={cast.organisation("satdl").pk: "partie"})


def test_a_member_sees_its_own_membership_only(cast: Cast) -> None:
    with acting_as(cast.service):
        contract(cast, "satdl", "dreets-paca")
        organisations = set(CircleMember.objects.values_list("organisation__key", flat=True))
    assert organisations == {"satdl"}


def test_every_table_with_a_circle_is_protected() -> None:
    """From the catalogue of the database, not from a list: a table made tomorrow is swept too."""
    with connection.cursor() as cursor:
        cursor.execute("""
            SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity,
                   (SELECT array_agg(p.polname::text) FROM pg_policy p WHERE p.polrelid = c.oid)
            FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'circle_id' AND NOT a.attisdropped
            WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace
        """)
        tables = cursor.fetchall()
    assert {"declarations_draftvalueevent", "journal_event", "parties_circlemember"} <= {table for table, *_ in tables}
    shown = {"members", "platform"}
    auditors = {"auditors_add_nothing", "auditors_change_nothing", "auditors_delete_nothing"}
    for table, enabled, forced, names in tables:
        # Nobody writes members but by a function; what a reader says of itself, an auditor says too.
        expected = shown if table == MEMBERS or table in READERS_OWN else shown | auditors
        assert (enabled, forced, set(names)) == (True, False, expected), table


def test_the_application_role_has_no_power_beyond_its_rows() -> None:
    with psycopg.connect(server.CLUSTER.url("avenant_app", f"test_{server.WORKER}")) as bare:
        assert bare.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole FROM pg_roles WHERE rolname = current_user"
        ).fetchone() == (
            False,
            False,
            False,
        )
        for forbidden in (
            "TRUNCATE parties_organisation CASCADE",
            "SET ROLE avenant_system",
            "SET ROLE avenant_owner",
            "ALTER TABLE drafting_contract DISABLE ROW LEVEL SECURITY",
            "DELETE FROM journal_event",
            "UPDATE declarations_submission SET sha256 = ''",
            "DELETE FROM declarations_draftvalueevent",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege), bare.transaction():
                bare.execute(forbidden)
