"""A call's dossiers before the committee, in bulk: many dossiers like one, instructed, in a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db import connection

from avenant.foundations.meetings.models import Attendance
from avenant.foundations.meetings.services import sessions as sittings
from avenant.foundations.meetings.services.sessions import Presence
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.allocation.models import Envelope, Examined, Selection
from avenant.funding.allocation.services import envelopes, sessions
from avenant.funding.allocation.services.envelopes import EnvelopeSaid
from avenant.funding.allocation.services.sessions import Proposal, SelectionSaid
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from tests.support.funding import FundingCast, fill, hand_in, open_for
from tests.support.roles import as_system

NOVEMBER = datetime(2023, 11, 20, 13, tzinfo=UTC)
SITTING = datetime(2023, 12, 12, 13, tzinfo=UTC)
NUMBER = "'N-' || lpad(made.n::text, 5, '0')"
JANUARY = datetime(2024, 1, 31, 14, tzinfo=UTC)


def one_dossier(cast: FundingCast, call: PublishedCall, **amounts: str) -> Dossier:
    """The dossier of the first establishment, handed in."""
    made = open_for(cast.director, call)
    fill(cast.director, made, **amounts)
    hand_in(cast.director, made)
    with as_system():
        made.refresh_from_db()
    return made


def _insert(table: str, changed: dict[str, str], source: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s AND is_generated = 'NEVER'",
            [table],
        )
        columns = [row[0] for row in cursor.fetchall()]
        names = ", ".join(f'"{one}"' for one in columns)
        said = ", ".join(changed.get(one, f'd."{one}"') for one in columns)
        cursor.execute(f"INSERT INTO {table} ({names}) SELECT {said} FROM {table} d, made WHERE {source}")  # noqa: S608


def copies(model: Dossier, many: int, *, state: str = "complete") -> None:
    """As many dossiers like one, each of its own establishment, with its submission and its project, in ``state``."""
    call = model.call
    members = [str(call.owner_id), *(str(one.pk) for one in call.partners.all())]
    with as_system(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS made")
        cursor.execute(
            """
            CREATE TEMPORARY TABLE made AS SELECT gen_random_uuid() AS circle, gen_random_uuid() AS organisation,
            gen_random_uuid() AS dossier, gen_random_uuid() AS project, n FROM generate_series(1, %s) AS n
            """,
            [many],
        )
        cursor.execute(
            """
            INSERT INTO parties_organisation
                (id, key, kind, name, short_name, territory_id, siren, seat, mailbox, fictional, source)
            SELECT organisation, 'etablissement-' || n, 'establishment', 'Établissement ' || n, 'E' || n, 'R01',
                '', '', '', true, '' FROM made
            """
        )
        cursor.execute(
            "SELECT count(open_circle(circle, 'dossier', 'essai', %s::uuid[] || organisation, %s::text[])) FROM made",
            [members, ["avis"] * len(members) + ["titulaire"]],
        )
        _insert(
            "dossiers_dossier",
            {"id": "made.dossier", "circle_id": "made.circle", "owner_id": "made.organisation", "number": NUMBER,
             "folded": "'etablissement ' || made.n", "name": "'Établissement ' || made.n", "state": "'draft'",
             "submitted_at": "d.submitted_at + made.n * interval '1 second'", "grant": "40000", "eligible": "100000",
             "payroll": "1000000 * (1 + made.n % 7)"},
            f"d.id = '{model.pk}'",
        )  # fmt: skip
        _insert(
            "dossiers_submission",
            {
                "id": "gen_random_uuid()",
                "circle_id": "made.circle",
                "dossier_id": "made.dossier",
                "number": NUMBER,
            },
            f"d.dossier_id = '{model.pk}'",
        )
        _insert(
            "dossiers_project",
            {"id": "made.project", "circle_id": "made.circle", "dossier_id": "made.dossier"},
            f"d.dossier_id = '{model.pk}'",
        )
        cursor.execute(
            "UPDATE dossiers_dossier SET state = 'submitted' WHERE state = 'draft' AND id IN (SELECT dossier FROM made)"
        )
        if state != "submitted":
            cursor.execute("UPDATE dossiers_dossier SET state = %s WHERE id IN (SELECT dossier FROM made)", [state])


def instructed(call: PublishedCall, *, many: int | None = None) -> None:
    """An instruction, concluded, for each complete dossier of a call (or the first ``many``)."""
    members = [str(call.owner_id), *(str(one.pk) for one in call.partners.all())]
    with as_system(), connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS judged")
        cursor.execute(
            """
            CREATE TEMPORARY TABLE judged AS SELECT gen_random_uuid() AS circle, gen_random_uuid() AS instruction,
            d.id AS dossier, d.eligible, d.grant, d.requested FROM dossiers_dossier d
            WHERE d.call_id = %s AND d.state = 'complete'
            AND NOT EXISTS (SELECT 1 FROM reviews_instruction i WHERE i.dossier_id = d.id) ORDER BY d.number LIMIT %s
            """,
            [str(call.pk), many],
        )
        cursor.execute(
            "SELECT count(open_circle(circle, 'instruction', 'essai', %s::uuid[], %s::text[])) FROM judged",
            [members, ["avis"] * len(members)],
        )
        cursor.execute(
            """
            INSERT INTO reviews_instruction (id, circle_id, state, state_since, dossier_id, call_id, owner_id, labels,
                in_scope, scope_reason, eligible, "grant", grant_requested, conclusion)
            SELECT instruction, circle, 'opened', %s, dossier, %s, %s, '{}', true, '', eligible, "grant", requested, ''
            FROM judged
            """,
            [NOVEMBER, str(call.pk), str(call.owner_id)],
        )
        for member in members:
            cursor.execute(
                """
                INSERT INTO reviews_opinionasked (id, circle_id, instruction_id, organisation_id, given_at)
                SELECT gen_random_uuid(), circle, instruction, %s, %s FROM judged
                """,
                [member, NOVEMBER],
            )
        cursor.execute(
            "UPDATE reviews_instruction SET opinions_opened_at = %s WHERE id IN (SELECT instruction FROM judged)",
            [NOVEMBER],
        )
        for state in ("assigned", "examined"):
            cursor.execute(
                "UPDATE reviews_instruction SET state = %s WHERE id IN (SELECT instruction FROM judged)", [state]
            )


def judged(dossier: Dossier) -> None:
    """The model itself is complete."""
    with as_system():
        Dossier.objects.filter(pk=dossier.pk, state="submitted").update(state="complete")


def judged_dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    """The dossier of the first establishment, handed in and complete."""
    made = one_dossier(cast, call)
    judged(made)
    return made


def envelope_of(actor: Actor, amount: str, **more: Any) -> Envelope:
    said: dict[str, Any] = {"source": "fir", "year": 2023, "territory": "R01", "amount": Decimal(amount), **more}
    with acting_as(actor):
        return envelopes.write_envelope(actor=actor, said=EnvelopeSaid(**said), at=NOVEMBER)


def session_on(cast: FundingCast, call: PublishedCall, envelope: Envelope, **more: Any) -> Selection:
    """The session of the committee, prepared in November."""
    said: dict[str, Any] = {
        "envelope_id": envelope.pk,
        "starts_at": SITTING,
        "ends_at": SITTING + timedelta(hours=3),
        **more,
    }
    with acting_as(cast.officer):
        return sessions.prepare_selection(actor=cast.officer, call=call, said=SelectionSaid(**said), at=NOVEMBER)


def all_present(cast: FundingCast, selection: Selection) -> None:
    """The meeting is convened, everybody is there."""
    with acting_as(cast.officer):
        sittings.convene_session(actor=cast.officer, session_id=selection.meeting_id, at=NOVEMBER)
        seats = selection.meeting.committee.seats.all()
        there = {one.pk: Presence(Attendance.Status.PRESENT) for one in seats}
        sittings.take_attendance(actor=cast.officer, session_id=selection.meeting_id, noted=there, at=SITTING)


def propose_all(
    cast: FundingCast, selection: Selection, amount: str | None = None, *, refused: int = 0
) -> list[Examined]:
    """The committee retains every dossier, at its computed aid or at this amount, but refuses the last ``refused``."""
    with acting_as(cast.officer):
        lines = list(Examined.objects.filter(selection=selection).order_by("rank"))
        for number, line in enumerate(lines):
            said = Proposal(outcome="retained", amount=Decimal(amount) if amount else line.computed)
            if number >= len(lines) - refused:
                said = Proposal(outcome="refused", reason="Projet hors des orientations du cahier des charges.")
            sessions.propose(actor=cast.officer, line_id=line.pk, said=said, at=SITTING)
        return list(Examined.objects.filter(selection=selection).order_by("rank"))


def closed(cast: FundingCast, selection: Selection) -> Selection:
    """The session of the day is closed."""
    all_present(cast, selection)
    with acting_as(cast.officer):
        return sessions.close_selection(
            actor=cast.officer, selection_id=selection.pk, reason="", at=SITTING + timedelta(hours=3)
        )
