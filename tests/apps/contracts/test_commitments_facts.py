"""What the platform sees kept by itself: results handed in, a seat taken at the committee; and the papers of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support.cast import Cast
from tests.support.roles import as_system
from tests.support.story import JANUARY, Story

from avenant.contracts.commitments import selectors, services
from avenant.contracts.drafting.models import Contract
from avenant.domain.contracts.keeping import Status
from avenant.domain.indicators import Provider
from avenant.foundations import clock
from avenant.foundations.meetings import selectors as committees
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import Attendance, Committee, Session
from avenant.foundations.meetings.services.sessions import Presence
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.models import DeclaredValue, DraftValue
from avenant.site import followed, packs
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 10, 9, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES = tmp_path / "files"


def line(reader: Actor, contract: Contract, clause: str, year: int, party: str) -> selectors.RegisterLine:
    with acting_as(reader):
        lines = selectors.list_register(reader, contract, year, MARCH)
    return next(one for one in lines if (one.said.clause.key, one.said.party.organisation.key) == (clause, party))


def seen(reader: Actor) -> int:
    with acting_as(reader):
        return DeclaredValue.objects.visible_to(reader).filter(definition__strand="volet-1").count()


def sit(cast: Cast, committee: Committee, *, absent: Actor | None = None) -> Session:
    """A session of a body, kept by the service: everybody is there, but one when it is said."""
    missing = absent.organisation_id if absent else None
    with acting_as(cast.service):
        start = MARCH - timedelta(hours=3)
        timing = meetings.Timing(start, start + timedelta(hours=2))
        session = meetings.plan_session(actor=cast.service, committee_id=committee.pk, timing=timing, at=JANUARY)
        meetings.convene_session(actor=cast.service, session_id=session.pk, at=JANUARY)
        noted = {
            seat.pk: Presence(
                Attendance.Status.ABSENT if seat.organisation_id == missing else Attendance.Status.PRESENT
            )
            for seat in committees.list_seats(committee)
        }
        meetings.take_attendance(actor=cast.service, session_id=session.pk, noted=noted, at=MARCH)
        reason = "La caisse est excusée." if absent else ""
        return meetings.hold_session(actor=cast.service, session_id=session.pk, reason=reason, at=MARCH)


def statuses(cast: Cast, contract: Contract, clause: str) -> dict[str, Status]:
    parties = ("satdl", "dreets-paca", "carsat-sud-est")
    return {key: line(cast.labour, contract, clause, 2026, key).status for key in parties}


@pytest.mark.req("S3-4-05", "S3-5.V1-14")
def test_results_handed_in_hold_the_commitment_and_are_read_by_the_parties(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    with as_system():
        services.plan_registers(at=JANUARY)
    part = story.part()
    story.fill(part)
    with as_system():
        assert followed.record_facts(at=MARCH) == 0, "a draft holds nothing"
    for party in (cast.labour, cast.fund):
        assert seen(party) == 0
        with acting_as(party):
            assert not DraftValue.objects.visible_to(party).exists(), "draft answers are not read"
    story.hand_in(Provider.SERVICE)
    with as_system():
        assert followed.record_facts(at=MARCH) == 2
        assert followed.record_facts(at=MARCH) == 0
    for party in (cast.labour, cast.fund):
        assert seen(party) > 0
        for clause in ("eng-communiquer-resultats", "eng-spsti-resultats-volet-1"):
            kept = line(party, story.contract, clause, 2025, "satdl")
            assert (kept.status, kept.state) == (Status.HELD, "tenu")
            assert kept.proofs[0].title == "Indicateurs 2025 transmis"
    assert line(cast.labour, story.contract, "eng-secretariat", 2025, "satdl").status is Status.TO_COME


def test_who_sat_at_the_committee_kept_its_commitment_and_the_pack_tells_it(cast: Cast, monkeypatch: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: MARCH)
    contract = Story(cast).contract
    with as_system():
        list(set_up_committees(at=JANUARY))
        services.plan_registers(at=JANUARY)
    with acting_as(cast.service):
        committee = Committee.objects.visible_to(cast.service).get(kind="follow_up", circle_id=contract.circle_id)
    session = sit(cast, committee, absent=cast.fund)
    with as_system():
        assert followed.record_facts(at=MARCH) == 2
    states = statuses(cast, contract, "eng-participer-comite")
    assert states == {"satdl": Status.HELD, "dreets-paca": Status.HELD, "carsat-sud-est": Status.TO_COME}
    with acting_as(cast.labour):
        section = packs.commitments_section(cast.labour, committees.get_session(cast.labour, session.pk))
    assert section.title == "Engagements 2025"
    headings = [one.heading for one in section.tables]
    assert headings[:3] == ["Engagements fermes", "Moyens mobilisables", "Commentaires des parties"]
    assert all(one.rows for one in section.tables[3:])
    assert len(section.tables[3:]) == 3, "each party, its commitments with their evidence"


@pytest.mark.req("S3-5.V1-04")
@pytest.mark.parametrize("whole", [True, False])
def test_who_took_part_in_the_charter_kept_its_commitment_for_the_year(
    cast: Cast, monkeypatch: Any, whole: bool
) -> None:
    monkeypatch.setattr(clock, "now", lambda: MARCH)
    contract = Story(cast).contract
    with as_system():
        list(set_up_committees(at=JANUARY))
        services.plan_registers(at=JANUARY)
    with acting_as(cast.service):
        beside = Committee.objects.visible_to(cast.service).get(kind="follow_up", circle_id=contract.circle_id)
        charter = meetings.add_committee(
            actor=cast.service, beside_id=beside.pk, name="Charte régionale sur le maintien en emploi PACA",
            kind=Committee.Kind.TECHNICAL, minimum=0, at=JANUARY,
        )  # fmt: skip
        meetings.add_seat(
            actor=cast.service, committee_id=charter.pk, at=JANUARY,
            draft=meetings.SeatDraft(None, "PRESANSE PACA-CORSE, représentation des services", expert=True),
        )  # fmt: skip
    session = sit(cast, charter, absent=None if whole else cast.fund)
    with as_system():
        assert followed.record_facts(at=MARCH) == (3 if whole else 2)
        assert followed.record_facts(at=MARCH) == 0
    kept = statuses(cast, contract, "eng-charte-maintien")
    assert kept == {
        "satdl": Status.HELD,
        "dreets-paca": Status.HELD,
        "carsat-sud-est": Status.HELD if whole else Status.TO_COME,
    }
    assert set(statuses(cast, contract, "eng-participer-comite").values()) == {Status.TO_COME}
    [proof] = line(cast.labour, contract, "eng-charte-maintien", 2026, "dreets-paca").proofs
    assert (proof.title, proof.type) == ("Présence à la séance du 10 mars 2026", "liste de présence")
    assert proof.session_id == session.pk
    said = line(cast.labour, contract, "eng-charte-maintien", 2026, "satdl").said
    assert said.nature == "ferme"
    assert "PRESANSE PACA-CORSE" in said.clause.body
