"""Many dossiers: the list reads its page and nothing more."""

from __future__ import annotations

import statistics
import time

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support import server
from tests.support.clients import signed_in
from tests.support.funding import OCTOBER, FundingCast, fill, hand_in, make_cast, open_for, publish
from tests.support.roles import as_system

from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Project, Submission
from avenant.funding.dossiers.services import trying

MANY = 10_000


def gather_statistics() -> None:
    """As autovacuum does in a database that lives: without them the planner takes ten thousand rows for a few."""
    name = connection.settings_dict["NAME"]
    with psycopg.connect(server.CLUSTER.url("postgres", name), autocommit=True) as owner:
        owner.execute("ANALYZE")


def copies(model: Dossier, many: int, *, whole: bool = False) -> None:
    """As many dossiers like one, each in a circle of its own that the authority is in; ``whole``: project and deposit."""
    with as_system(), connection.cursor() as cursor:
        cursor.execute(
            """
            CREATE TEMPORARY TABLE made AS
            SELECT gen_random_uuid() AS circle, gen_random_uuid() AS organisation, n FROM generate_series(1, %s) AS n;
            INSERT INTO parties_organisation
                (id, key, kind, name, short_name, territory_id, siren, seat, mailbox, fictional, source)
            SELECT organisation, 'etablissement-' || n, 'establishment', 'Établissement ' || n, 'E' || n, 'R01',
                '', '', '', true, '' FROM made;
            SELECT count(open_circle(circle, 'dossier', 'essai', ARRAY[%s]::uuid[], ARRAY['autorité'])) FROM made;
            """,
            [many, str(model.call.owner_id)],
        )
        columns = [one.column for one in Dossier._meta.concrete_fields]
        changed = {
            "id": "gen_random_uuid()", "circle_id": "made.circle", "owner_id": "made.organisation",
            "number": "'N-' || made.n", "folded": "'etablissement ' || made.n", "name": "'Établissement ' || made.n",
            "submitted_at": "d.submitted_at + made.n * interval '1 second'", "state": "'draft'",
            "grant": "made.n",
        }  # fmt: skip
        said = ", ".join(changed.get(one, f'd."{one}"') for one in columns)
        names = ", ".join(f'"{one}"' for one in columns)
        cursor.execute(
            f"INSERT INTO dossiers_dossier ({names}) SELECT {said} FROM dossiers_dossier d, made WHERE d.id = %s",  # noqa: S608
            [model.pk],
        )
        cursor.execute("UPDATE dossiers_dossier SET state = 'submitted' WHERE state = 'draft'")
        if not whole:
            return
        for table, changed in (
            (Project, {"id": "gen_random_uuid()", "circle_id": "n.circle_id", "dossier_id": "n.id"}),
            (
                Submission,
                {"id": "gen_random_uuid()", "circle_id": "n.circle_id", "dossier_id": "n.id", "number": "n.number"},
            ),
        ):
            columns = [one.column for one in table._meta.concrete_fields]
            said = ", ".join(changed.get(one, f'm."{one}"') for one in columns)
            names = ", ".join(f'"{one}"' for one in columns)
            cursor.execute(
                f"INSERT INTO {table._meta.db_table} ({names}) SELECT {said} FROM {table._meta.db_table} m, "  # noqa: S608
                "dossiers_dossier n WHERE m.dossier_id = %s AND n.id <> %s",
                [model.pk, model.pk],
            )


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_ten_thousand_dossiers() -> None:
    cast = make_cast()
    call = publish(cast)
    made = open_for(cast.director, call)
    fill(cast.director, made)
    hand_in(cast.director, made)
    copies(made, MANY)
    gather_statistics()
    client = signed_in(cast.officer)
    place = reverse("dossiers:dossiers")
    asked = {
        "first": {}, "page 100": {"page": "100"}, "of the call": {"appel": str(call.pk)}, "searched": {"texte": "9999"},
        "by aid": {"tri": "-aide", "appel": str(call.pk)}, "page 100 of the call": {"appel": str(call.pk), "page": "100"},
    }  # fmt: skip
    client.get(place)
    for name, said in asked.items():
        times = []
        for _ in range(5):
            with CaptureQueriesContext(connection) as told:
                start = time.perf_counter()
                answer = client.get(place, said)
                times.append(time.perf_counter() - start)
            assert answer.status_code == 200
            assert len(told) <= 20, (name, len(told), [one["sql"][:90] for one in told])
        print(f"{name}: {statistics.median(times) * 1000:.0f} ms, {len(told)} queries")  # noqa: T201


@pytest.mark.slow
@pytest.mark.django_db
def test_an_export_of_forty_columns_leaves_as_it_is_read(cast: FundingCast, call: PublishedCall) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    hand_in(cast.director, made)
    copies(made, 5_000, whole=True)
    client = signed_in(cast.officer)
    start = time.perf_counter()
    with CaptureQueriesContext(connection) as told:
        answer = client.get(reverse("dossiers:export", args=["csv"]))
        parts = iter(answer.streaming_content)  # type: ignore[attr-defined]
        first = next(parts)
        begun = time.perf_counter() - start
        rest = b"".join(parts)
    whole = time.perf_counter() - start
    lines = (first + rest).decode("utf-8-sig").splitlines()
    assert len(lines) == 5_002
    assert len(lines[0].split(";")) >= 40
    asked = [one["sql"] for one in told if "SAVEPOINT" not in one["sql"]]  # the tests' own
    assert len(asked) <= 20  # two thousand rows at a time, with their projects
    print(f"CSV: first byte {begun:.2f} s, whole {whole:.2f} s, {len(asked)} queries")  # noqa: T201


@pytest.mark.slow
@pytest.mark.django_db
def test_rules_tried_on_many_dossiers(cast: FundingCast, call: PublishedCall) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    hand_in(cast.director, made)
    copies(made, 2_000, whole=True)
    with acting_as(cast.officer):
        essay = trying.ask_what_if(actor=cast.officer, call=call, values={"rate": 30}, at=OCTOBER)
    start, spent = time.perf_counter(), time.process_time()
    with as_system():
        done = trying.answer_what_if(essay_id=essay.pk, at=OCTOBER)
    assert (done.done, done.total) == (2_001, 2_001)
    took, used = time.perf_counter() - start, time.process_time() - spent
    print(f"what-if: 2 001 dossiers in {took:.1f} s, {used:.1f} s of processor")  # noqa: T201
