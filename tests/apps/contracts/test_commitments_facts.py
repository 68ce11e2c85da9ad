"""What the platform sees kept by itself: results handed in, a seat taken at the committee; and the papers of a session."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.conftest import as_system
from tests.support.cast import Cast
from tests.support.story import JANUARY, Story

from avenant.contracts.commitments import selectors, services
from avenant.contracts.drafting.models import Contract
from avenant.domain.contracts.keeping import Status
from avenant.domain.indicators import Provider
from avenant.foundations import clock
from avenant.foundations.meetings import selectors as committees
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import Attendance, Committee
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
        start = MARCH - timedelta(hours=3)
        timing = meetings.Timing(start, start + timedelta(hours=2))
        session = meetings.plan_session(actor=cast.service, committee_id=committee.pk, timing=timing, at=JANUARY)
        meetings.convene_session(actor=cast.service, session_id=session.pk, at=JANUARY)
        absent = cast.fund.organisation_id
        noted = {
            seat.pk: Presence(Attendance.Status.ABSENT if seat.organisation_id == absent else Attendance.Status.PRESENT)
            for seat in committees.list_seats(committee)
        }
        meetings.take_attendance(actor=cast.service, session_id=session.pk, noted=noted, at=MARCH)
        meetings.hold_session(actor=cast.service, session_id=session.pk, reason="La caisse est excusée.", at=MARCH)
    with as_system():
        assert followed.record_facts(at=MARCH) == 2
    states = {
        key: line(cast.labour, contract, "eng-participer-comite", 2026, key).status
        for key in ("satdl", "dreets-paca", "carsat-sud-est")
    }
    assert states == {"satdl": Status.HELD, "dreets-paca": Status.HELD, "carsat-sud-est": Status.TO_COME}
    with acting_as(cast.labour):
        section = packs.commitments_section(cast.labour, committees.get_session(cast.labour, session.pk))
    assert section.title == "Engagements 2025"
    headings = [one.heading for one in section.tables]
    assert headings[:3] == ["Engagements fermes", "Moyens mobilisables", "Commentaires des parties"]
    assert all(one.rows for one in section.tables[3:])
    assert len(section.tables[3:]) == 3, "each party, its commitments with their evidence"
