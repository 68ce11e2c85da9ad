"""A committee from its plan to its approved minutes, as its members live it."""

from __future__ import annotations

import io
import uuid
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.urls import reverse
from pypdf import PdfReader, PdfWriter
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system
from tests.support.tampering import tampered, verified

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.sealing import seal_journal
from avenant.foundations.journal.selectors import list_due
from avenant.foundations.meetings import exports, printing, selectors, services
from avenant.foundations.meetings.models import Attendance, Committee, CommitteeDecision, Session
from avenant.foundations.meetings.services.minutes import DecisionDraft
from avenant.foundations.meetings.services.reports import ReportText
from avenant.foundations.meetings.services.sessions import Presence, session_gaps
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.services import open_circle
from avenant.site import packs
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db
JANUARY = datetime(2026, 1, 12, 9, tzinfo=UTC)
START = datetime(2026, 4, 9, 7, 30, tzinfo=UTC)
AFTER = START + timedelta(hours=4)
TIMING = services.Timing(START, START + timedelta(hours=2), place="Marseille")


def committee_of(person: Actor, kind: str = "follow_up") -> Committee:
    with acting_as(person):
        return selectors.list_committees(person).get(kind=kind)


def planned(cast: Cast, timing: services.Timing = TIMING) -> Session:
    with acting_as(cast.service):
        return services.plan_session(
            actor=cast.service, committee_id=committee_of(cast.service).pk, timing=timing, at=JANUARY
        )


def convened(cast: Cast) -> Session:
    session = planned(cast)
    with acting_as(cast.service):
        return services.convene_session(actor=cast.service, session_id=session.pk, at=JANUARY)


def attended(cast: Cast, session: Session, *, absent: tuple[str, ...] = (), note: str = "") -> None:
    with acting_as(cast.service):
        seats = selectors.list_seats(selectors.get_session(cast.service, session.pk).committee)
        noted = {
            seat.pk: Presence(Attendance.Status.ABSENT, note)
            if seat.organisation and seat.organisation.key in absent
            else Presence(Attendance.Status.PRESENT)
            for seat in seats
        }
        services.take_attendance(actor=cast.service, session_id=session.pk, noted=noted, at=AFTER)


def held(cast: Cast, *, absent: tuple[str, ...] = (), reason: str = "", note: str = "") -> Session:
    session = convened(cast)
    attended(cast, session, absent=absent, note=note)
    with acting_as(cast.service):
        return services.hold_session(actor=cast.service, session_id=session.pk, reason=reason, at=AFTER)


def decide(cast: Cast, session: Session, text: str = "Former les équipes.") -> CommitteeDecision:
    draft = DecisionDraft(text, cast.organisation("carsat-sud-est"), date(2026, 9, 1))
    with acting_as(cast.service):
        return services.record_decision(actor=cast.service, session_id=session.pk, draft=draft, at=AFTER)


def approved(cast: Cast, session: Session) -> Session:
    with acting_as(cast.service):
        services.share_minutes(actor=cast.service, session_id=session.pk, at=AFTER)
    for person in (cast.labour, cast.fund):
        with acting_as(person):
            session = services.approve_minutes(actor=person, session_id=session.pk, at=AFTER)
    return session


def test_the_committee_of_a_contract_is_set_up_from_its_text(cast: Cast) -> None:
    committee = committee_of(cast.service)
    assert [one.key for one in selectors.list_members(committee)] == ["carsat-sud-est", "dreets-paca", "satdl"]
    assert (committee.minimum, committee.window_first, committee.window_last) == (1, "03-01", "04-30")
    assert committee.secretariat.key == "satdl"
    assert committee.defaults == ["quorum"]
    page = signed_in(cast.fund).get(committee.page()).content.decode()
    for words in (
        "réglage par défaut de la plateforme",
        "CPOM PACA 2025-2029, article 7",
        "mise en place, facultative",
    ):
        assert words in page
    with acting_as(cast.outsider), pytest.raises(Http404):
        selectors.get_committee(cast.outsider, committee.pk)


@pytest.mark.req("S3-7-13")
def test_the_plan_has_an_optional_setting_up_and_five_consolidating_sessions(cast: Cast) -> None:
    committee = committee_of(cast.service)
    page = signed_in(cast.service).get(committee.page())
    plans = [(one.year, expected.reference_year) for one, expected in page.context["plans"] if expected]
    assert plans == [(2025, None), (2026, 2025), (2027, 2026), (2028, 2027), (2029, 2028), (2030, 2029)]
    assert page.content.decode().count("mise en place, facultative") == 1
    begun = datetime(2025, 1, 13, 9, tzinfo=UTC)
    start = datetime(2025, 4, 8, 7, 30, tzinfo=UTC)
    timing = services.Timing(start, start + timedelta(hours=2))
    with acting_as(cast.service):
        setup = services.plan_session(
            actor=cast.service, committee_id=committee.pk, timing=timing, purpose=Session.Purpose.SETUP, at=begun
        )
        figures = packs.figures_section(cast.service, selectors.get_session(cast.service, setup.pk))
    assert (setup.reference_year, list(figures.tables)) == (None, [])
    assert figures.empty == "Cette séance ne consolide pas d’indicateurs."


def test_the_secretariat_plans_convenes_and_its_due_items_follow(cast: Cast) -> None:
    session = planned(cast)
    with acting_as(cast.service):
        due = list_due(cast.service).get(key=f"session:{session.pk}:convene")
        assert due.due_at == datetime(2026, 3, 19, 23, tzinfo=UTC), "the end of 19 March in Paris, three weeks before"
        moved = services.Timing(START + timedelta(days=7), START + timedelta(days=7, hours=2))
        services.move_session(actor=cast.service, session_id=session.pk, timing=moved, at=JANUARY)
        due.refresh_from_db()
        assert due.due_at == datetime(2026, 3, 26, 23, tzinfo=UTC), "it moves with the date"
        services.convene_session(actor=cast.service, session_id=session.pk, at=JANUARY)
        due.refresh_from_db()
        assert due.state == DueItem.State.DONE
    with acting_as(cast.fund):
        notice = Notice.objects.visible_to(cast.fund).get(
            person_id=cast.fund.person_id, title__startswith="Convocation"
        )
        assert "Engagements des parties" in notice.body


def test_a_session_put_off_waits_for_who_will_be_there(cast: Cast) -> None:
    session = planned(cast)
    later = timedelta(hours=1)
    with acting_as(cast.service):
        services.convene_session(actor=cast.service, session_id=session.pk, at=JANUARY)
        there = {one.pk: Presence(Attendance.Status.PRESENT) for one in session.committee.seats.all()}
        services.take_attendance(actor=cast.service, session_id=session.pk, noted=there, at=START)
        for start, kept in ((START + later, len(there)), (START + timedelta(days=7), 0)):
            timing = services.Timing(start, start + timedelta(hours=2))
            services.move_session(actor=cast.service, session_id=session.pk, timing=timing, at=START)
            assert Attendance.objects.filter(session=session).count() == kept


@pytest.mark.req("S3-7-02")
def test_the_service_prepares_the_agenda_and_writes_the_minutes(cast: Cast) -> None:
    session = planned(cast)
    for person in (cast.labour, cast.fund):
        with acting_as(person):
            with pytest.raises(Refused, match="secrétariat est assuré par Durance Luberon"):
                services.build_agenda(actor=person, session_id=session.pk, at=JANUARY)
            services.add_agenda_item(actor=person, session_id=session.pk, title="Point demandé", detail="", at=JANUARY)
    with acting_as(cast.service):
        assert services.build_agenda(actor=cast.service, session_id=session.pk, at=JANUARY) >= 3
        assert services.build_agenda(actor=cast.service, session_id=session.pk, at=JANUARY) == 0, "never doubled"
        rows = selectors.list_agenda(cast.service, session)
        services.move_agenda_item(actor=cast.service, session_id=session.pk, item_id=rows[1].pk, up=True)
        assert [one.pk for one in selectors.list_agenda(cast.service, session)][:2] == [rows[1].pk, rows[0].pk]
        services.convene_session(actor=cast.service, session_id=session.pk, at=JANUARY)
        services.write_minutes(actor=cast.service, session_id=session.pk, text="Ce qui fut dit.", at=AFTER)
    with acting_as(cast.labour), pytest.raises(Refused, match="secrétariat est assuré"):
        services.write_minutes(actor=cast.labour, session_id=session.pk, text="Autre chose.", at=AFTER)


def test_the_agenda_takes_what_is_due_in_the_file_and_what_was_decided(cast: Cast) -> None:
    first = held(cast)
    decision = decide(cast, first, "Écrire le mode opératoire.")
    later = services.Timing(START + timedelta(days=14), START + timedelta(days=14, hours=2))
    second = planned(cast, later)
    with acting_as(cast.service):
        services.build_agenda(actor=cast.service, session_id=second.pk, at=AFTER)
        titles = [one.title for one in selectors.list_agenda(cast.service, second)]
        assert "Suite donnée : Écrire le mode opératoire." in titles
        assert selectors.list_former_decisions(cast.service, second) == [decision]


@pytest.mark.req("S3-7-01")
def test_without_a_party_the_session_is_not_closed_as_valid_without_a_reason(cast: Cast) -> None:
    session = convened(cast)
    attended(cast, session, absent=("carsat-sud-est",))
    with acting_as(cast.service):
        with pytest.raises(DomainError, match=r"quorum n’est pas atteint.*Carsat Sud-Est"):
            services.hold_session(actor=cast.service, session_id=session.pk, reason=" ", at=AFTER)
        done = services.hold_session(
            actor=cast.service, session_id=session.pk, reason="Séance maintenue, accord des présents.", at=AFTER
        )
    assert "Carsat Sud-Est" in done.gaps[0]


@pytest.mark.req("S3-7-01")
def test_a_committee_without_a_member_of_the_fund_is_incomplete(cast: Cast) -> None:
    session = convened(cast)
    with acting_as(cast.labour):
        committee = selectors.get_committee(cast.labour, session.committee_id)
        assert session_gaps(cast.labour, selectors.get_session(cast.labour, session.pk), ())[0][0].startswith(
            "Le quorum"
        )
        seat = next(one for one in selectors.list_seats(committee) if one.organisation.key == "carsat-sud-est")
        services.remove_seat(actor=cast.labour, committee_id=committee.pk, seat_id=seat.pk, at=JANUARY)
    attended(cast, session)
    page = signed_in(cast.service).get(committee.page()).content.decode()
    assert "Composition incomplète" in page
    with acting_as(cast.service):
        serious, _ = session_gaps(cast.service, selectors.get_session(cast.service, session.pk))
        assert serious == ["La composition est incomplète : Carsat Sud-Est."]
        with pytest.raises(DomainError, match=r"composition est incomplète : Carsat Sud-Est.*motif"):
            services.hold_session(actor=cast.service, session_id=session.pk, reason="", at=AFTER)
        done = services.hold_session(
            actor=cast.service, session_id=session.pk, reason="La caisse désigne son représentant.", at=AFTER
        )
    assert done.gaps == ["La composition est incomplète : Carsat Sud-Est."]
    assert 'value="' + str(cast.fund.organisation_id) in signed_in(cast.labour).get(committee.page()).content.decode()


@pytest.mark.req("S3-4-03")
def test_a_party_that_was_absent_has_not_kept_its_commitment_to_take_part(cast: Cast) -> None:
    held(cast, absent=("carsat-sud-est",), reason="Accord des présents.", note="Représentante souffrante.")
    with acting_as(cast.labour):
        committee = selectors.get_committee(cast.labour, committee_of(cast.labour).pk)
        found = {one.organisation.key: one for one in selectors.participation(cast.labour, committee, 2026)}
    assert found["carsat-sud-est"].kept is False
    assert found["carsat-sud-est"].comment == "Représentante souffrante."
    assert found["dreets-paca"].kept is True
    assert found["satdl"].kept is True


@pytest.mark.req("S0-8-06")
def test_closing_names_the_yearly_points_that_were_left(cast: Cast) -> None:
    session = convened(cast)
    attended(cast, session)
    points = ["état statistique AT/MP/trajet (art. 5)", "mise à jour des contacts (art. 6)", "bilan annuel (art. 8)"]
    with acting_as(cast.service):
        Committee.objects.filter(pk=session.committee_id).update(checklist=[*points, "planification annuelle (art. 8)"])
        services.check_points(actor=cast.service, session_id=session.pk, points=points, at=AFTER)
        row = selectors.get_session(cast.service, session.pk)
        assert session_gaps(cast.service, row) == ([], ["Point annuel non traité : planification annuelle (art. 8)."])
        services.check_points(
            actor=cast.service, session_id=session.pk, points=[*points, "planification annuelle (art. 8)"], at=AFTER
        )
        row = selectors.get_session(cast.service, session.pk)
        assert session_gaps(cast.service, row) == ([], [])
        services.check_points(actor=cast.service, session_id=session.pk, points=points, at=AFTER)
        closed = services.hold_session(actor=cast.service, session_id=session.pk, reason="", at=AFTER)
    assert closed.gaps == ["Point annuel non traité : planification annuelle (art. 8)."]
    decide(cast, closed)
    with as_system():
        content = printing.minutes_content(closed)
    assert len(content["attendance"]) == 3
    assert content["decisions"][0]["owner"] == "Carsat Sud-Est"
    assert content["decisions"][0]["due"] == "1er septembre 2026"


def test_two_secretaries_lose_nothing(cast: Cast) -> None:
    session = convened(cast)
    with as_system():
        colleague = actor(cast.organisation("satdl"), "Deuxième secrétaire", Role.SERVICE_MANAGER)
    seen = services.text_mark("")
    address = reverse("meetings:minutes", args=[session.pk])
    assert signed_in(cast.service).post(address, {"text": "Le texte de l’une.", "seen": seen}).status_code == 302
    answer = signed_in(colleague).post(address, {"text": "Le texte de l’autre.", "seen": seen})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Le texte de l’une." in page
    assert "Le texte de l’autre.</textarea>" in page
    assert "Responsable CPOM a enregistré ce texte" in page
    with acting_as(cast.service):
        assert selectors.get_session(cast.service, session.pk).minutes == "Le texte de l’une."
    fresh = services.text_mark("Le texte de l’une.")
    assert signed_in(colleague).post(address, {"text": "Les deux.", "seen": fresh}).status_code == 302


def test_a_decision_typed_while_reading_goes_to_the_minutes_once(cast: Cast) -> None:
    session = convened(cast)
    with acting_as(cast.service):
        point = selectors.list_agenda(cast.service, session)[1]
    client = signed_in(cast.service)
    typed = {
        "kind": "decision", "text": "Tenir un point mensuel.", "owner": str(cast.fund.organisation_id),
        "due_on": "2099-09-01", "item": str(point.pk), "point": "2",
    }  # fmt: skip
    for _ in range(2):
        answer = client.post(reverse("meetings:decide", args=[session.pk]), typed)
        assert answer.url == f"{reverse('meetings:reading', args=[session.pk])}?point=2"
    assert "Tenir un point mensuel." in client.get(answer.url).content.decode()
    with acting_as(cast.fund):
        assert list_due(cast.fund).filter(label__contains="Tenir un point mensuel.").count() == 1
        assert printing.minutes_content(session)["points"][1]["decisions"][0]["text"] == "Tenir un point mensuel."


def test_minutes_are_shared_corrected_and_approved_by_all(cast: Cast) -> None:
    session = held(cast)
    decide(cast, session)
    with acting_as(cast.service):
        services.share_minutes(actor=cast.service, session_id=session.pk, at=AFTER)
    with acting_as(cast.labour):
        services.approve_minutes(actor=cast.labour, session_id=session.pk, at=AFTER)
        with pytest.raises(Refused, match="déjà approuvé"):
            services.approve_minutes(actor=cast.labour, session_id=session.pk, at=AFTER)
    with acting_as(cast.fund):
        services.remark_on_minutes(actor=cast.fund, session_id=session.pk, text="Une date manque.", at=AFTER)
        assert list_due(cast.fund).filter(label__startswith="Approuver le compte rendu").exists()
    with acting_as(cast.service):
        services.correct_minutes(actor=cast.service, session_id=session.pk, reason="Date ajoutée.", at=AFTER)
        services.write_minutes(actor=cast.service, session_id=session.pk, text="Avec sa date.", at=AFTER)
    session = approved(cast, session)
    assert session.state == "minutes_approved"
    with as_system():
        printing.print_minutes(session_id=session.pk)
        printing.print_minutes(session_id=session.pk)
        document = Document.objects.get(subject=session.pk, kind=printing.MINUTES)
    pdf = PdfReader(io.BytesIO(documents.read(document)))
    text = " ".join(page.extract_text() for page in pdf.pages)
    for words in ("Avec sa date.", "Former les équipes.", "Carsat Sud-Est", "Approbation"):
        assert words in text
    with acting_as(cast.service), pytest.raises(Refused):
        services.write_minutes(actor=cast.service, session_id=session.pk, text="Trop tard.", at=AFTER)


def test_the_minutes_that_a_person_takes_away_bear_their_stamp(cast: Cast) -> None:
    session = held(cast)
    decide(cast, session)
    address = reverse("meetings:minutes-copy", args=[session.pk])
    early = signed_in(cast.fund).get(address)
    assert early.status_code == 409
    assert "une fois approuvé par tous les membres" in early.content.decode()
    approved(cast, session)
    with as_system():
        printing.print_minutes(session_id=session.pk)
        original = Document.objects.get(subject=session.pk, kind=printing.MINUTES)
    assert address in signed_in(cast.fund).get(session.page()).content.decode()
    answer = signed_in(cast.fund).get(address)
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert "-confidentiel.pdf" in answer.headers["Content-Disposition"]
    told = " ".join(" ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(answer.content)).pages)
    for words in (
        "Confidentiel, secret professionnel",
        "CPOM 2025-2029, Santé au Travail Durance Luberon",
        "finalité",
        "Correspondante CPOM, Carsat Sud-Est",
        "Former les équipes.",
        original.sha256,
    ):
        assert words in told
    kept = " ".join(one.extract_text() for one in PdfReader(io.BytesIO(documents.read(original))).pages)
    assert "Correspondante CPOM" not in kept, "the kept original is nobody's copy"
    download = signed_in(cast.fund).get(reverse("documents:download", args=[original.pk]))
    assert download.headers["Cache-Control"] == "private, no-store"
    assert signed_in(cast.outsider).get(address).status_code == 404


def test_a_decision_is_proved_offline_once_its_minutes_are_approved(cast: Cast, tmp_path: Path) -> None:
    """Downloaded by a member, verified without the platform; each thing that is changed is told."""
    session = held(cast)
    decision = decide(cast, session)
    address = reverse("meetings:proof", args=[session.pk, decision.pk])
    refused = signed_in(cast.fund).get(address)
    assert (refused.status_code, "approuvé par tous" in refused.content.decode()) == (403, True)
    approved(cast, session)
    with as_system():
        seal = seal_journal(at=AFTER + timedelta(hours=12))
    assert seal is not None
    page = signed_in(cast.fund).get(session.page()).content.decode()
    assert address in page
    proof = signed_in(cast.fund).get(address).json()
    assert (proof["kind"], proof["content"]["text"]) == ("decision", "Former les équipes.")
    code, words = verified(proof, tmp_path, seal=seal.chain)
    assert (code, "FAUX" in words) == (0, False)
    assert "vérifié     Fondement du comité" in words
    for told, other in tampered(proof):
        code, words = verified(other, tmp_path)
        assert (code, told in words) == (1, True), (told, words)
    with acting_as(cast.fund):
        services.follow_up_decision(
            actor=cast.fund, decision_id=decision.pk, progress="done", outcome="Fait.", at=AFTER
        )
    assert verified(signed_in(cast.fund).get(address).json(), tmp_path)[0] == 0, "what became of it comes after"
    assert signed_in(cast.outsider).get(address).status_code == 404
    elsewhere = reverse("meetings:proof", args=[uuid.uuid4(), decision.pk])
    assert signed_in(cast.fund).get(elsewhere).status_code == 404


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("plan.pdf", b"%PDF-1.7" + b"0" * (200 * 1024 * 1024), "dépasse 20\u202fMo"),
        ("plan.pdf", b"ceci n'est pas un PDF", "n’est pas d’un type accepté"),
    ],
)
def test_an_annex_that_is_too_heavy_or_no_pdf_is_refused_in_a_sentence(
    cast: Cast, name: str, content: bytes, said: str
) -> None:
    session = planned(cast)
    sent = {"file": SimpleUploadedFile(name, content, content_type="application/pdf")}
    answer = signed_in(cast.fund).post(reverse("meetings:annex", args=[session.pk]), sent)
    assert answer.status_code == 409
    told = answer.content.decode()
    assert "plan.pdf" in told
    assert said.replace("\u202f", "") in told.replace("\u202f", "").replace("\xa0", "").replace("20 Mo", "20Mo")
    with as_system():
        assert not Document.objects.filter(subject=session.pk).exists()


def test_every_file_of_a_committee_is_kept_by_no_proxy(cast: Cast) -> None:
    committee = committee_of(cast.service)
    names = [
        (reverse("meetings:export-committees", args=["csv"])),
        (reverse("meetings:export-sessions", args=["xlsx"])),
        (reverse("meetings:committee-calendar", args=[committee.pk])),
    ]
    for address in names:
        assert signed_in(cast.service).get(address).headers["Cache-Control"] == "private, no-store", address


def test_what_became_of_a_decision_closes_what_was_due(cast: Cast) -> None:
    decision = decide(cast, held(cast))
    with acting_as(cast.fund):
        assert list_due(cast.fund).filter(key=f"decision:{decision.pk}").exists()
        services.follow_up_decision(
            actor=cast.fund, decision_id=decision.pk, progress="done", outcome="Formation tenue.", at=AFTER
        )
        assert not list_due(cast.fund).filter(key=f"decision:{decision.pk}").exists()
    with acting_as(cast.labour), pytest.raises(Refused, match="La suite se dit par Carsat Sud-Est"):
        services.follow_up_decision(actor=cast.labour, decision_id=decision.pk, progress="done", outcome="", at=AFTER)


def test_bad_dates_and_double_clicks(cast: Cast) -> None:
    with pytest.raises(DomainError, match="est passé"):
        planned(cast, services.Timing(JANUARY - timedelta(days=1), JANUARY))
    with pytest.raises(DomainError, match="fin de la séance suit"):
        planned(cast, services.Timing(START, START))
    with pytest.raises(DomainError, match="au moins son mois"):
        planned(cast, services.Timing())
    assert planned(cast).pk == planned(cast).pk, "a second click finds the session of the first"
    client = signed_in(cast.service)
    committee = committee_of(cast.service)
    address = reverse("meetings:plan", args=[committee.pk])
    typed = {"purpose": "ordinary", "day": "2099-05-01", "starts": "09:00", "ends": "11:00", "place": "Salle bleue"}
    page = client.post(address, typed, follow=True).content.decode()
    assert "sort de la période prévue par le texte" in page
    wrong = client.post(address, {**typed, "starts": ""})
    assert wrong.status_code == 422
    assert "Salle bleue" in wrong.content.decode(), "what was typed stays"
    session = convened(cast)
    with acting_as(cast.service), pytest.raises(DomainError, match="une fois tenue"):
        services.hold_session(actor=cast.service, session_id=session.pk, reason="", at=START - timedelta(minutes=1))


def test_a_cancelled_session_does_not_count_and_is_told(cast: Cast) -> None:
    session = convened(cast)
    with acting_as(cast.service):
        with pytest.raises(Refused, match="demande un motif"):
            services.cancel_session(actor=cast.service, session_id=session.pk, reason="", at=JANUARY)
        services.cancel_session(actor=cast.service, session_id=session.pk, reason="Grève.", at=JANUARY)
    with acting_as(cast.fund):
        assert Notice.objects.visible_to(cast.fund).filter(title__startswith="Séance annulée").exists()
        lines = selectors.list_plans(cast.fund, 2026, today=date(2026, 1, 12), kind="follow_up")
    assert lines[0].plan.planned == 0
    assert "planification annuelle manque" in lines[0].plan.alerts[0]


def test_a_year_without_plan_is_due_from_the_secretariat(cast: Cast) -> None:
    with as_system():
        services.plan_missing_years(at=JANUARY)
    with acting_as(cast.service):
        assert list_due(cast.service).filter(label__startswith="Planifier les séances de 2026").count() == 1
    planned(cast, services.Timing(year=2026, month=4))
    with acting_as(cast.service):
        assert not list_due(cast.service).filter(label__startswith="Planifier les séances").exists()


def test_the_calendar_goes_out_as_table_and_as_invitations(cast: Cast) -> None:
    session = planned(cast)
    client = signed_in(cast.labour)
    for kind in ("csv", "xlsx", "ics"):
        assert client.get(reverse("meetings:export-sessions", args=[kind])).status_code == 200
    assert client.get(reverse("meetings:export-sessions", args=["pdf"])).status_code == 404
    with acting_as(cast.labour):
        rows = list(selectors.list_sessions(cast.labour))
        ics = exports.sessions_calendar(rows, at=JANUARY, name="Séances").decode()
    assert f"UID:session-{session.pk}" in ics
    assert "DTSTART;TZID=Europe/Paris:20260409T093000" in ics
    assert "STATUS:TENTATIVE" in ics
    stranger = signed_in(cast.outsider)
    assert str(session.pk) not in stranger.get(reverse("meetings:export-sessions", args=["ics"])).content.decode()


def test_the_pack_holds_agenda_figures_decisions_and_bound_annexes(cast: Cast) -> None:
    session = convened(cast)
    writer = PdfWriter()
    for _ in range(3):
        writer.add_blank_page(595, 842)
    annex = io.BytesIO()
    writer.write(annex)
    with acting_as(cast.service):
        services.attach_annex(
            actor=cast.service, session_id=session.pk, name="annexe.pdf", content=annex.getvalue(), at=JANUARY
        )
        services.attach_annex(
            actor=cast.service, session_id=session.pk, name="abîmé.pdf", content=b"%PDF-1.7 rien", at=JANUARY
        )
    with acting_as(cast.labour):
        asked = [
            services.ask_pack(actor=cast.labour, session_id=session.pk, at=AFTER, defer=lambda _: None)
            for _ in range(2)
        ]
    assert asked[0] == asked[1], "a second click finds the first"
    with as_system():
        packs.make_pack(pack_id=asked[0].pk)
        packs.make_pack(pack_id=asked[0].pk)
    with acting_as(cast.fund):
        pack = selectors.get_pack(cast.fund, asked[0].pk)
        assert pack.document is not None
        content = documents.read(pack.document)
    assert pack.left_out == ["abîmé.pdf : ce PDF est illisible ou protégé."]
    pdf = PdfReader(io.BytesIO(content))
    titles = [one.title for one in pdf.outline if not isinstance(one, list)]
    for title in (
        "Ordre du jour",
        "Indicateurs 2025",
        "Décisions antérieures et leurs suites",
        "Annexe 1 : annexe.pdf",
    ):
        assert title in titles
    text = " ".join(page.extract_text() for page in pdf.pages)
    assert "1.10" in text
    assert "non renseigné" in text
    stranger = signed_in(cast.outsider)
    assert stranger.get(reverse("meetings:pack", args=[pack.pk])).status_code == 404
    assert stranger.get(reverse("documents:download", args=[pack.document_id])).status_code == 404


@pytest.mark.req("S3-6-02")
def test_the_committee_file_has_one_line_for_each_indicator_with_both_years(cast: Cast) -> None:
    region = Region(cast, 1, sets=("pdp",))
    for year, amounts in ((2025, {"pdp-1.10": 100, "pdp-1.3": 40}), (2026, {"pdp-1.10": 150})):
        region.declare(region.campaign(year), lambda _, code, __, told=amounts: told.get(code))
    manager = region.manager(1)
    with as_system():
        list(set_up_committees(at=JANUARY))
    start = datetime(2027, 4, 8, 7, 30, tzinfo=UTC)
    with acting_as(manager):
        committee = selectors.list_committees(manager).get(kind="follow_up")
        timing = services.Timing(start, start + timedelta(hours=2))
        session = services.plan_session(actor=manager, committee_id=committee.pk, timing=timing, at=AFTER)
        section = packs.figures_section(manager, selectors.get_session(manager, session.pk))
        promised = {one.definition.printed_code for one in contracts.list_promises(manager, region.contracts[0])}
    assert all(
        one.columns == ("Ind.", "Définition", "2025", "2026", "Évolution", "Recueil", "Commentaire")
        for one in section.tables
    )
    rows = {row[0].rstrip("*"): row for table in section.tables for row in table.rows}
    assert sum(len(table.rows) for table in section.tables) == len(rows) == len(promised)
    assert set(rows) == promised
    assert rows["1.10"][2:6] == ("100", "150", "+\u202f50,0\u202f%", "en contrôle")
    assert rows["1.3"][2:5] == ("40", "non renseigné", "")
    assert rows["1.4"][2:4] == ("non renseigné", "non renseigné")


@pytest.mark.req("S0-8-05")
def test_the_yearly_report_needs_its_three_parts(cast: Cast) -> None:
    with acting_as(cast.service):
        report = services.open_report(
            actor=cast.service, committee_id=committee_of(cast.service).pk, year=2025, at=JANUARY
        )
        whole = ReportText("Des acquis.", "Des difficultés.", prospects="Des perspectives.")
        for text, missing in (
            (ReportText("Des acquis.", "Des difficultés."), "perspectives"),
            (ReportText("Des acquis.", prospects="Des perspectives."), "difficultés"),
            (ReportText(difficulties="Des difficultés.", prospects="Des perspectives."), "acquis"),
        ):
            services.write_report(actor=cast.service, report_id=report.pk, text=text, at=JANUARY)
            with pytest.raises(Refused, match=missing):
                services.adopt_report(actor=cast.service, report_id=report.pk, at=JANUARY)
        none = ReportText("Des acquis.", no_difficulty=True, prospects="Des perspectives.")
        services.write_report(actor=cast.service, report_id=report.pk, text=none, at=JANUARY)
        adopted = services.adopt_report(actor=cast.service, report_id=report.pk, at=JANUARY)
        assert [one["text"] for one in adopted.content["sections"]] == ["Des acquis.", "Néant.", "Des perspectives."]
        services.reopen_report(actor=cast.service, report_id=report.pk, reason="Une erreur.", at=JANUARY)
        services.write_report(actor=cast.service, report_id=report.pk, text=whole, at=JANUARY)
        services.adopt_report(actor=cast.service, report_id=report.pk, at=JANUARY)
    with as_system():
        printing.print_report(report_id=report.pk)
        document = Document.objects.get(subject=report.pk)
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(documents.read(document))).pages)
    for words in ("Acquis de la coopération", "Des difficultés.", "Perspectives de développement"):
        assert words in text


@pytest.mark.req("S0-8-01")
def test_a_committee_of_two_levels_shows_its_gap(cast: Cast) -> None:
    labour = cast.labour
    with acting_as(labour):
        three = [cast.organisation(key) for key in ("ars-paca", "carsat-sud-est", "dreets-paca")]
        circle = open_circle(kind="contract", title="Convention d’essai", members={one.pk: "partie" for one in three})
        seats = [
            services.SeatDraft(one, f"Représentant {level}", level)
            for one in three
            for level in ("decision", "operational")
        ]
        draft = services.CommitteeDraft(
            "essai", Committee.Kind.FOLLOW_UP, "Comité d’essai", "Essai", circle, "Convention d’essai", "/", three[2],
            tuple(seats[:-1]), {"levels": ["decision", "operational"]},
        )  # fmt: skip
        committee = services.set_up_committee(actor=labour, draft=draft, at=JANUARY)
        page = signed_in(labour).get(committee.page())
        assert [(gap.organisation, gap.level) for gap in page.context["gaps"]] == [("DREETS PACA", "operational")]
        assert "Composition incomplète" in page.content.decode()
        services.add_seat(actor=labour, committee_id=committee.pk, draft=seats[-1], at=JANUARY)
        assert not signed_in(labour).get(committee.page()).context["gaps"]


def test_members_configure_their_committee_and_bad_settings_are_refused(cast: Cast) -> None:
    committee = committee_of(cast.service)
    address = reverse("meetings:settings", args=[committee.pk])
    typed = {
        "name": committee.name, "minimum": "2", "secretariat": str(cast.fund.organisation_id), "quorum": "2",
        "window_first": "01/03", "window_last": "30/04",
    }  # fmt: skip
    client = signed_in(cast.labour)
    assert client.post(address, {**typed, "window_last": ""}).status_code == 422
    assert client.post(address, {**typed, "window_last": "31/02"}).status_code == 422
    assert client.post(address, {**typed, "quorum": "4"}).status_code == 409
    assert client.post(address, typed).status_code == 302
    after = committee_of(cast.service)
    assert (after.minimum, after.quorum, after.secretariat.key) == (2, 2, "carsat-sud-est")
    assert "quorum" not in after.defaults
    assert signed_in(cast.contributor).get(address).status_code == 403


def test_pages_cost_few_queries(cast: Cast, django_assert_max_num_queries: object) -> None:
    session = convened(cast)
    client = signed_in(cast.labour)
    pages = [
        reverse("meetings:committees"),
        reverse("meetings:sessions"),
        committee_of(cast.labour).page(),
        session.page(),
        reverse("meetings:reading", args=[session.pk]),
    ]
    for address in pages:
        client.get(address)
        with django_assert_max_num_queries(20):  # type: ignore[operator]
            assert client.get(address).status_code == 200
