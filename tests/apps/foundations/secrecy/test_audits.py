"""An auditor reads one file for a time and writes nothing; exceptions need their proof; secrecy outlives the contract."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import ProgrammingError, connection, transaction
from django.http import Http404
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import JANUARY, Story
from tests.support.world import build

from avenant.contracts.drafting.models import Contract
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents.services import keep
from avenant.foundations.documents.typesetting import typeset
from avenant.foundations.journal.models import Event
from avenant.foundations.journal.states import advance
from avenant.foundations.meetings.models import AgendaItem, MinutesRemark, Session
from avenant.foundations.meetings.printing import minutes_content
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.foundations.secrecy import selectors
from avenant.foundations.secrecy.models import AuditRight, Declassification
from avenant.foundations.secrecy.services import audits, levels

pytestmark = pytest.mark.django_db
FIRST, LAST = date(2026, 2, 2), date(2026, 2, 27)
TODAY = date(2026, 1, 15)
PDF = b"%PDF-1.4 preuve\n%%EOF\n"


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


@pytest.fixture
def auditor(cast: Cast) -> Actor:
    with as_system():
        court = Organisation.objects.create(
            key="audit", kind="national", name="Corps de contrôle", short_name="Contrôle", territory_id="R93"
        )
        return actor(court, "Auditrice", Role.READER)


def let_in(by: Actor, story: Story, auditor: Actor, first: date = FIRST, last: date = LAST) -> AuditRight:
    right = audits.Audit(auditor.organisation_id, "Lettre de mission du 12 janvier 2026", first, last)
    with acting_as(by):
        return audits.open_audit(actor=by, circle_id=story.contract.circle_id, audit=right, at=JANUARY, today=TODAY)


def sees(who: Actor, on: date) -> bool:
    with acting_as(who, on=on), connection.cursor() as cursor:
        filtered = Contract.objects.visible_to(who).exists()
        cursor.execute("SELECT count(*) FROM drafting_contract")
        assert bool(cursor.fetchone()[0]) is filtered, "the filter and the database agree"
    return filtered


def test_an_audit_opens_and_ends_by_itself_on_its_days(cast: Cast, story: Story, auditor: Actor) -> None:
    assert not sees(auditor, FIRST)
    let_in(cast.fund, story, auditor)
    seen = [sees(auditor, day) for day in (FIRST - timedelta(days=1), FIRST, LAST, LAST + timedelta(days=1))]
    assert seen == [False, True, True, False]


def test_the_end_is_told_to_every_party(cast: Cast, story: Story, auditor: Actor) -> None:
    row = let_in(cast.fund, story, auditor)
    for day, ended in ((LAST, 0), (LAST + timedelta(days=1), 1)):
        with as_system():
            assert audits.end_finished_audits(at=JANUARY, today=day) == ended
    for party in (cast.service, cast.labour, cast.fund):
        with acting_as(party):
            told = Event.objects.filter(subject=row.pk).order_by("at", "verb").values_list("verb", flat=True)
            assert set(told) == {"secrecy.audit_opened", "secrecy.audit_ended"}
    assert not sees(auditor, FIRST)


def test_an_auditor_writes_nothing_in_the_database_itself(cast: Cast, story: Story, auditor: Actor) -> None:
    """Whatever the code does: no row added, none changed, none deleted, nobody brought in."""
    let_in(cast.fund, story, auditor)
    circle, stranger = story.contract.circle_id, cast.outsider.organisation_id
    with acting_as(auditor, on=FIRST), connection.cursor() as cursor:
        for statement, values in (
            (
                "INSERT INTO journal_event (id, circle_id, at, verb, label, reason, evidence, page) "
                "VALUES (gen_random_uuid(), %s, now(), 'x', 'x', '', '{}', '')",
                [circle],
            ),
            ("SELECT admit_to_circle(%s, %s, 'labour')", [circle, stranger]),
            ("SELECT admit_auditor(%s, %s, '2026-02-02', '2026-03-02')", [circle, stranger]),
        ):
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute(statement, values)
        cursor.execute("UPDATE drafting_contract SET title = 'x'")
        assert cursor.rowcount == 0
        cursor.execute("DELETE FROM drafting_contractparty")
        assert cursor.rowcount == 0
    with acting_as(cast.labour):
        assert Contract.objects.get(pk=story.contract.pk).title != "x"


def test_the_pages_of_an_auditor(cast: Cast, story: Story, auditor: Actor) -> None:
    """The named file is read, another is not there; a write is refused; the parties see the banner."""
    today = timezone.localdate()
    with acting_as(cast.fund):
        right = audits.Audit(auditor.organisation_id, "Mission", today, today + timedelta(days=1))
        audits.open_audit(actor=cast.fund, circle_id=story.contract.circle_id, audit=right, at=JANUARY, today=today)
    client = signed_in(auditor)
    page = reverse("drafting:contract", args=[story.contract.pk])
    space = reverse("secrecy:space", args=[story.contract.circle_id])
    assert client.get(page).status_code == 200
    assert "Lecture au titre d’un audit" in client.get(space).content.decode()
    refused = client.post(reverse("drafting:correspondent", args=[story.contract.pk]), {"correspondent": "Direction"})
    assert refused.status_code == 403
    with acting_as(auditor, on=today):
        others = Contract.objects.visible_to(auditor).exclude(pk=story.contract.pk)
        assert not others.exists()
    for party in (cast.service, cast.labour, cast.fund):
        shown = signed_in(party).get(page).content.decode()
        assert "Corps de contrôle" in shown
        assert "lit ce dossier au titre d’un audit" in shown


def test_a_party_decides_for_a_year_at_most(cast: Cast, story: Story, auditor: Actor) -> None:
    for who in (cast.reader, cast.contributor):
        with pytest.raises(Refused):
            let_in(who, story, auditor)
    for first, last in (
        (TODAY - timedelta(days=1), LAST),
        (FIRST, FIRST - timedelta(days=1)),
        (FIRST, date(2027, 2, 3)),
    ):
        with pytest.raises(Refused):
            let_in(cast.fund, story, auditor, first, last)
    let_in(cast.fund, story, auditor, FIRST, date(2027, 2, 2))
    with pytest.raises(DomainError):
        let_in(cast.labour, story, auditor)
    with pytest.raises(DomainError, match="est partie"):
        let_in(cast.fund, story, cast.labour)
    with pytest.raises(Http404):
        let_in(cast.outsider, story, auditor)


def test_a_party_ends_an_audit_with_a_reason(cast: Cast, story: Story, auditor: Actor) -> None:
    row = let_in(cast.fund, story, auditor)
    with acting_as(cast.service):
        with pytest.raises(DomainError):
            audits.end_audit(actor=cast.service, audit_id=row.pk, reason=" ", at=JANUARY)
        audits.end_audit(actor=cast.service, audit_id=row.pk, reason="Mission terminée.", at=JANUARY)
    assert not sees(auditor, FIRST)
    let_in(cast.labour, story, auditor)
    assert sees(auditor, FIRST)


def document(cast: Cast, story: Story) -> Any:
    with acting_as(cast.service):
        return keep(
            circle_id=story.contract.circle_id, owner_id=cast.service.organisation_id, name="plaquette.pdf",
            content=PDF, kind="other", media_type="application/pdf", at=JANUARY,
        )  # fmt: skip


def lift(who: Actor, story: Story, item: Any, exemption: str, **proof: Any) -> Declassification:
    with acting_as(who):
        return levels.declassify(
            actor=who, circle_id=story.contract.circle_id, item=f"document:{item.pk}", exemption=exemption,
            proof=levels.Proof(**proof), at=JANUARY,
        )  # fmt: skip


@pytest.mark.req("S3-8-01")
def test_everything_is_confidential_by_default(cast: Cast, story: Story) -> None:
    """A document has the level of its file whatever its form, and so have minutes; a stranger finds nothing."""
    item = document(cast, story)
    with acting_as(cast.service):
        assert [one.public for one in selectors.list_items(cast.service, story.contract.circle_id)] == [False]
    shown = signed_in(cast.service).get(reverse("secrecy:space", args=[story.contract.circle_id])).content.decode()
    assert shown.count("confidentiel") > 1
    for said in ("à l’écrit comme à l’oral", "professionnel", item.name):
        assert said in shown
    trail = shown.partition("Fil d’Ariane")[2].partition("</nav>")[0]
    assert f'<a href="{story.contract.page()}">' in trail, "the way back to its contract"
    assert signed_in(cast.outsider).get(reverse("documents:download", args=[item.pk])).status_code == 404
    assert signed_in(cast.service).get(reverse("documents:download", args=[item.pk])).status_code == 200


@pytest.mark.req("S3-8-09")
def test_a_declassification_says_its_exception_and_its_proof(cast: Cast, story: Story) -> None:
    item = document(cast, story)
    with pytest.raises(DomainError, match="demande sa preuve"):
        lift(cast.service, story, item, "known")
    with pytest.raises(DomainError, match="demande sa preuve"):
        lift(cast.service, story, item, "known", link="https://example.org/")
    with pytest.raises(DomainError, match="trois exceptions"):
        lift(cast.service, story, item, "")
    with pytest.raises(Refused):
        lift(cast.fund, story, item, "public", link="https://example.org/")
    lift(cast.service, story, item, "public", link="https://example.org/plaquette")
    with acting_as(cast.fund):
        assert [one.public for one in selectors.list_items(cast.fund, story.contract.circle_id)] == [True]
        told = Event.objects.get(verb="secrecy.declassified")
    assert told.evidence["link"] == "https://example.org/plaquette"
    assert told.evidence["exemption"] == "public"
    other = document(cast, story)
    row = lift(cast.service, story, other, "known", name="preuve.pdf", content=PDF)
    assert row.proof is not None
    third = lift(cast.service, story, document(cast, story), "third_party", link="https://example.org/tiers")
    assert third.exemption == "third_party"


def test_the_page_lifts_and_keeps_what_was_typed(cast: Cast, story: Story) -> None:
    item = document(cast, story)
    client = signed_in(cast.service)
    address = reverse("secrecy:declassify", args=[story.contract.circle_id])
    said = {"item": f"document:{item.pk}", "exemption": "known", "reason": "Rapport public de 2019"}
    answer = client.post(address, said)
    assert answer.status_code == 422
    assert "Rapport public de 2019" in answer.content.decode()
    assert "demande sa preuve" in answer.content.decode()
    answer = client.post(address, said | {"proof": SimpleUploadedFile("preuve.pdf", PDF)})
    assert answer.status_code == 302
    shown = client.get(reverse("secrecy:space", args=[story.contract.circle_id])).content.decode()
    assert "preuve.pdf" in shown
    assert "connue avant la première divulgation" in shown


@pytest.mark.req("S3-8-03")
def test_a_security_policy_is_its_owners_until_it_is_shared(cast: Cast, story: Story) -> None:
    """For another party it does not exist (404, as every row one cannot see); its owner reads it."""
    with acting_as(cast.fund):
        row = levels.deposit_security_policy(
            actor=cast.fund, circle_id=story.contract.circle_id, name="pssi.pdf", content=PDF, at=JANUARY
        )
    address = reverse("secrecy:security-policy", args=[row.pk])
    assert signed_in(cast.service).get(address).status_code == 404
    assert signed_in(cast.fund).get(address).status_code == 200
    assert (
        "pssi.pdf"
        not in signed_in(cast.service).get(reverse("secrecy:space", args=[story.contract.circle_id])).content.decode()
    )
    share = reverse("secrecy:share", args=[row.pk])
    assert signed_in(cast.service).post(share).status_code == 404
    assert signed_in(cast.fund).post(share).status_code == 302
    assert signed_in(cast.service).get(address).status_code == 200
    assert signed_in(cast.outsider).get(address).status_code == 404


@pytest.mark.req("S3-8-04")
def test_secrecy_outlives_the_contract(cast: Cast, story: Story) -> None:
    """Expired, and closed: the parties read, nobody else does (404), nothing is written, no level falls."""
    item = document(cast, story)
    with acting_as(cast.labour):
        contract = Contract.objects.get(pk=story.contract.pk)
        assert contract.ends_on == date(2029, 12, 31)
        if contract.state == "draft":
            advance(contract, "bring_into_force", actor=cast.labour, at=JANUARY)
        advance(contract, "end", actor=cast.labour, at=JANUARY, reason="Terme atteint.")
    later = date(2030, 1, 15)
    for party in (cast.service, cast.labour, cast.fund):
        assert sees(party, later)
    assert not sees(cast.outsider, later)
    page = reverse("drafting:contract", args=[contract.pk])
    for party in (cast.service, cast.labour, cast.fund):
        assert signed_in(party).get(page).status_code == 200
        assert signed_in(party).get(reverse("documents:download", args=[item.pk])).status_code == 200
    assert signed_in(cast.outsider).get(page).status_code == 404
    assert signed_in(cast.other_service).get(reverse("documents:download", args=[item.pk])).status_code == 404
    with acting_as(cast.fund):
        assert not any(one.public for one in selectors.list_items(cast.fund, contract.circle_id))
    for route, said in {
        "drafting:confirm": {},
        "drafting:add-indicator": {
            "printed_code": "L2", "label": "Réunions", "strand": "volet-2", "kind": "integer", "provider": "service",
            "first_year": "2025", "last_year": "2029", "reason": "x",
        },
        "drafting:operating-mode": {"text": "Un mode."},
        "drafting:consult": {},
    }.items():  # fmt: skip
        before = rows(cast.labour)
        for party in (cast.service, cast.labour, cast.fund):
            status = signed_in(party).post(reverse(route, args=[contract.pk]), said).status_code
            assert status != 302, (route, party.name, status)
        assert rows(cast.labour) == before, route


def rows(who: Actor) -> int:
    with acting_as(who):
        return Event.objects.count()


@pytest.mark.req("S3-8-02")
def test_what_was_said_in_committee_has_the_level_of_its_file(cast: Cast) -> None:
    """Minutes, notes of a point and remarks stay in the contract's circle, confidential; public asks an exception."""
    world = build(cast)
    circle = world.story.contract.circle_id
    with acting_as(cast.service):
        session = Session.objects.get(circle_id=circle, state="minutes_shared")
        minutes = next(one for one in selectors.list_items(cast.service, circle) if one.subject == session.pk)
        assert not minutes.public
        said = (*AgendaItem.objects.filter(session=session), *MinutesRemark.objects.filter(session=session))
        assert {one.circle_id for one in said} == {circle}
        for exemption in ("", "autre"):
            with pytest.raises(DomainError, match="trois exceptions"):
                levels.declassify(
                    actor=cast.service, circle_id=circle, item=minutes.key, exemption=exemption,
                    proof=levels.Proof(link="https://example.org/"), at=JANUARY,
                )  # fmt: skip
        assert not Declassification.objects.filter(subject=session.pk).exists()
        printed = typeset(
            "committee-minutes", minutes_content(session), title="Compte rendu", reference="CR", at=JANUARY
        )
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(printed.pdf)).pages)
    assert "Confidentiel" in text
    page = reverse("meetings:session", args=[session.pk])
    assert signed_in(cast.outsider).get(page).status_code == 404
    shown = signed_in(cast.service).get(reverse("secrecy:space", args=[circle])).content.decode()
    assert "Compte rendu" in shown
