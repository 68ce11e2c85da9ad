"""E-mails of the messages: what they say, to whom, when, and that a mail server that is down loses none."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from smtplib import SMTPServerDisconnected
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.domain.indicators import Provider
from avenant.foundations.messages import mails, selectors, services, tasks
from avenant.foundations.messages.models import Notice, Preference
from avenant.foundations.messages.services import Message
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.services import open_circle
from avenant.indicators.consolidation import services as consolidation
from avenant.indicators.consolidation.services import review as review_services
from avenant.indicators.declarations.services import control, opening

pytestmark = pytest.mark.django_db
PARIS = ZoneInfo("Europe/Paris")
AT = datetime(2026, 3, 2, 8, tzinfo=PARIS)


def message(key: str, **said: Any) -> Message:
    return Message(
        **{
            "key": key,
            "title": f"Objet {key}",
            "act": "Répondre",
            "page": "/declarations/",
            "consequence": "Le bilan se fera sans vous.",
            "waiting": "DREETS PACA",
            "basis": "article 6",
            **said,
        }
    )


def tell(cast: Cast, *keys: str, file: str = "CPOM d’essai", at: datetime = AT, **said: Any) -> None:
    with acting_as(cast.labour):
        members = {cast.labour.organisation_id: "labour", cast.service.organisation_id: "service"}
        circle = open_circle(kind="contract", title=file, members=members)
        for key in keys:
            services.notify(circle, cast.service.organisation_id, [cast.service.person_id], message(key, **said), at=at)


def choose(actor: Actor, rhythm: Preference.Rhythm, at: datetime = AT) -> None:
    with acting_as(actor):
        services.choose_rhythm(actor=actor, rhythm=rhythm, at=at)


def send(at: datetime) -> list[EmailMultiAlternatives]:
    mail.outbox.clear()
    with as_system():
        for person in mails.list_people_to_write(at=at):
            mails.write_to(person_id=person, at=at)
    return list(mail.outbox)  # type: ignore[arg-type]


def test_one_email_a_day_and_person_by_file(cast: Cast) -> None:
    tell(cast, "a", "b", file="CPOM un")
    tell(cast, "c", file="CPOM deux")
    assert send(AT.replace(hour=6, minute=59)) == []
    (sent,) = send(AT.replace(hour=7))
    assert sent.subject == "[Avenant] 3 messages dans 2 dossiers"
    assert [line for line in sent.body.splitlines() if line.startswith(("CPOM", "- "))] == [
        "CPOM deux",
        "- Objet c",
        "CPOM un",
        "- Objet a",
        "- Objet b",
    ]
    tell(cast, "d")
    assert send(AT.replace(hour=18)) == []
    assert [one.subject for one in send(AT + timedelta(days=1))] == ["[Avenant] Objet d"]


def test_the_plain_text_and_the_html_say_the_same(cast: Cast) -> None:
    tell(cast, "a", body="Deux <questions> & une date.")
    (sent,) = send(AT)
    assert sent.body == (
        "Bonjour,\n\nCPOM d’essai\n\n- Objet a\n  Deux <questions> & une date.\n  Qui attend\u202f: DREETS PACA.\n"
        "  Fondement\u202f: article 6.\n  Si rien n’est fait\u202f: le bilan se fera sans vous.\n"
        "  Répondre\u202f: http://localhost:8000/declarations/\n\n"
        "Choisir mes courriels\u202f: http://localhost:8000/messages/preferences\n"
        "Ce courriel est envoyé par la plateforme Avenant\u202f; il n’attend pas de réponse.\n"
    )
    page, kind = sent.alternatives[0]
    assert kind == "text/html"
    for words in (
        "CPOM d’essai",
        "Objet a",
        "Deux &lt;questions&gt; &amp; une date.",
        "Qui attend\u202f: DREETS PACA.",
        "Fondement\u202f: article 6.",
        "Si rien n’est fait\u202f: le bilan se fera sans vous.",
        '<a href="http://localhost:8000/declarations/">Répondre</a>',
    ):
        assert words in str(page)


def test_each_chooses_at_once_once_a_day_or_never(cast: Cast) -> None:
    choose(cast.service, Preference.Rhythm.IMMEDIATE)
    tell(cast, "a")
    assert len(send(AT.replace(hour=3))) == 1
    choose(cast.service, Preference.Rhythm.NONE)
    tell(cast, "b")
    assert send(AT + timedelta(days=1)) == []
    choose(cast.service, Preference.Rhythm.IMMEDIATE, at=AT + timedelta(days=2))
    tell(cast, "c", at=AT + timedelta(days=2))
    assert [one.subject for one in send(AT + timedelta(days=3))] == ["[Avenant] Objet c"]


def test_the_morning_is_that_of_the_region(cast: Cast) -> None:
    with as_system():
        cast.organisation("satdl").territory.__class__.objects.filter(pk="R93").update(time_zone="America/Guadeloupe")
    tell(cast, "a")
    assert send(datetime(2026, 3, 2, 10, 59, tzinfo=UTC)) == []
    assert len(send(datetime(2026, 3, 2, 11, tzinfo=UTC))) == 1


def test_a_mail_server_that_is_down_loses_nothing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(cast, "a")

    def down(_mail: EmailMultiAlternatives) -> int:
        raise SMTPServerDisconnected

    with monkeypatch.context() as patched:
        patched.setattr(EmailMultiAlternatives, "send", down)
        assert send(AT) == []
        with as_system():
            assert Notice.objects.get().sent_at is None
            circle = Notice.objects.get().circle_id
        with acting_as(cast.labour):
            (told,) = selectors.list_told(cast.labour, circle, "/declarations/")
            assert (told.read_at, told.sent_at, told.failing_since) == (None, None, AT), (
                "who told it sees that it waits"
            )
        page = signed_in(cast.service).get(reverse("notices:notices")).content.decode()
        assert "Vos courriels ne partent pas" in page
        assert "Objet a" in page
    assert len(send(AT + timedelta(minutes=5))) == 1
    assert send(AT + timedelta(minutes=10)) == []
    with acting_as(cast.labour):
        (told,) = selectors.list_told(cast.labour, circle, "/declarations/")
        assert (told.sent_at, told.failing_since) == (AT + timedelta(minutes=5), None)
        assert Preference.objects.get(person_id=cast.service.person_id).failing_since is None


def test_a_message_read_on_the_platform_is_not_sent(cast: Cast) -> None:
    tell(cast, "a", "b")
    with acting_as(cast.service):
        first = selectors.list_notices(cast.service).filter(key="a").get()
        services.mark_read(actor=cast.service, notice_id=first.pk, at=AT)
        assert selectors.list_unread(cast.service).count() == 1
    assert [one.subject for one in send(AT)] == ["[Avenant] Objet b"]


def test_a_person_who_left_receives_nothing(cast: Cast) -> None:
    tell(cast, "a")
    with as_system():
        from avenant.foundations.accounts.models import User

        User.objects.filter(pk=cast.service.person_id).update(is_active=False)
    assert send(AT) == []


def test_a_title_of_two_lines_cannot_add_a_header(cast: Cast) -> None:
    tell(cast, "a", title="Objet\nBcc: x@example.org")
    assert [one.subject for one in send(AT)] == ["[Avenant] Objet Bcc: x@example.org"]


def test_the_periodic_job_queues_one_job_a_person(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    tell(cast, "a", "b")
    queued: list[str] = []
    monkeypatch.setattr(tasks.write_to, "defer", lambda *, person_id: queued.append(person_id))
    monkeypatch.setattr(tasks.clock, "now", lambda: AT)
    with as_system():
        tasks.send_mail()
    assert queued == [str(cast.service.person_id)]


def test_only_the_person_addressed_reads_a_message(cast: Cast) -> None:
    tell(cast, "a")
    for other in (cast.contributor, cast.labour, cast.other_service, cast.outsider):
        with acting_as(other):
            assert selectors.list_unread(other).count() == 0


# -- the events of the collection ------------------------------------------------------------------------------------


def told(actor: Actor) -> list[tuple[str, str]]:
    with acting_as(actor):
        return [(notice.title, notice.act) for notice in selectors.list_notices(actor).order_by("at")]


def test_the_people_of_a_declaration_are_told_of_each_event(cast: Cast) -> None:
    story = Story(cast)
    campaign = story.campaign()
    name = "Durance Luberon"
    opened = (f"La campagne 2025 est ouverte\u202f: indicateurs de {name} à transmettre", "Saisir les indicateurs")
    assert told(cast.service) == [opened]
    assert told(cast.contributor) == told(cast.labour) == told(cast.other_service) == []
    assert [title for title, _ in told(cast.social_service)] == [opened[0]]
    with acting_as(cast.labour):
        from datetime import date

        opening.move_committee(
            actor=cast.labour, campaign_id=campaign.pk, committee_on=date(2026, 4, 17), at=AT - timedelta(days=9)
        )
    part = story.hand_in(Provider.SERVICE)
    with acting_as(cast.labour):
        control.return_part(
            actor=cast.labour, part_id=part.pk, reason="À préciser.", questions=[control.Asked("Pourquoi ?")], at=AT
        )
    with acting_as(cast.service):
        question = part.questions.get()
        control.answer_question(actor=cast.service, question_id=question.pk, text="Ainsi.", at=AT)
        control.submit_part(actor=cast.service, part_id=part.pk, at=AT)
    story.validate(part, at=AT + timedelta(days=20))
    with acting_as(cast.labour):
        control.reopen_part(actor=cast.labour, part_id=part.pk, reason="Erreur.", at=AT + timedelta(days=21))
    assert told(cast.service) == [
        opened,
        ("Le comité est déplacé au 17 avril 2026", "Voir la déclaration"),
        ("Les indicateurs 2025 vous sont renvoyés avec 1 question", "Répondre et corriger"),
        ("Les indicateurs 2025 sont validés", "Voir la déclaration"),
        ("Les indicateurs 2025 sont rouverts par décision", "Corriger et transmettre de nouveau"),
    ]


def test_a_refused_act_tells_nobody(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    part = story.part()
    with acting_as(cast.labour), pytest.raises(Exception, match="impossible"):
        control.return_part(actor=cast.labour, part_id=part.pk, reason="x", questions=[], at=AT)
    assert len(told(cast.service)) == 1


def test_the_parties_are_told_of_a_signed_off_review(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    with acting_as(cast.labour):
        review = consolidation.open_review(actor=cast.labour, contract_id=story.contract.pk, year=2025, at=AT)
        review_services._tell_signed_off(review, actor=cast.labour, at=AT)
    title = f"Le bilan 2025 est arrêté\u202f: {story.contract.title}"
    assert told(cast.service)[-1] == (title, "Lire le bilan")
    assert told(cast.fund)[-1] == (title, "Lire le bilan")
    assert told(cast.labour) == []
