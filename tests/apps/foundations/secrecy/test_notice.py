"""The notice of confidentiality before a file, what an export says of itself, and the administrator's report."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import connection
from django.http import Http404
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from pypdf import PdfReader
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import JANUARY, Story

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.domain.indicators import Provider
from avenant.foundations.accounts import tokens
from avenant.foundations.accounts.models import SecurityEntry, User
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.secrecy import selectors
from avenant.foundations.secrecy.models import Acknowledgement
from avenant.foundations.secrecy.services import notice
from avenant.references import secrecy as references

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def asked(settings: LazySettings) -> None:
    settings.SECRECY_NOTICE_REQUIRED = True


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def acknowledge(person: Actor, circle_id: Any, purpose: str = "") -> None:
    with acting_as(person):
        notice.acknowledge(actor=person, circle_id=circle_id, purpose=purpose, at=JANUARY)


def answers(person: Actor) -> list[Acknowledgement]:
    with acting_as(person):
        return list(selectors.list_acknowledgements(person).filter(person_id=person.person_id))


def journal(person: Actor) -> list[str]:
    with acting_as(person):
        return list(Event.objects.filter(verb__startswith="secrecy.").order_by("at").values_list("verb", flat=True))


@pytest.mark.req("S3-8-05")
def test_a_person_accepts_the_notice_before_the_first_entry(cast: Cast, story: Story) -> None:
    """The file's page leads to the notice; refused, it stays closed; accepted, version and date are kept."""
    page = reverse("drafting:contract", args=[story.contract.pk])
    client = signed_in(cast.service)
    answer = client.get(page)
    assert answer.status_code == 302
    address = reverse("secrecy:notice", args=[story.contract.circle_id])
    assert answer.headers["Location"].startswith(f"{address}?suite=")
    text = client.get(answer.headers["Location"]).content.decode()
    for said in references.notices()[0].commitments:
        assert said in text.replace("&#x27;", "'")

    refused = client.post(address, {"answer": "refuse"})
    assert refused.status_code == 403
    assert "Qui appeler" in refused.content.decode()
    assert client.get(page).status_code == 302
    assert [one.accepted for one in answers(cast.service)] == [False]

    assert client.post(address, {"answer": "accept", "suite": page}).status_code == 422
    entered = client.post(address, {"answer": "accept", "engaged": "on", "purpose": "Bilan annuel", "suite": page})
    assert entered.headers["Location"] == page
    assert client.get(page).status_code == 200
    kept = answers(cast.service)[0]
    assert (kept.accepted, kept.version, kept.purpose) == (True, 1, "Bilan annuel")
    assert kept.at is not None
    assert journal(cast.service) == ["secrecy.declined", "secrecy.acknowledged"]
    assert journal(cast.fund) == [], "the answers of a person are their own organisation's"


def test_the_refusal_says_whom_to_call(cast: Cast, story: Story) -> None:
    with as_system():
        administrator = actor(cast.organisation("satdl"), "Administratrice", Role.ADMINISTRATOR)
    refused = signed_in(cast.service).post(
        reverse("secrecy:notice", args=[story.contract.circle_id]), {"answer": "refuse"}
    )
    assert administrator.name in refused.content.decode()


def test_one_more_query_at_most(cast: Cast, story: Story, settings: LazySettings) -> None:
    page = reverse("drafting:indicators", args=[story.contract.pk])
    acknowledge(cast.service, story.contract.circle_id)
    client = signed_in(cast.service)
    client.get(page)
    counts = []
    for required in (False, True):
        settings.SECRECY_NOTICE_REQUIRED = required
        with CaptureQueriesContext(connection) as queries:
            client.get(page)
        counts.append(len(queries))
    assert counts[1] - counts[0] == 1


def test_a_new_version_asks_again(cast: Cast, story: Story, monkeypatch: pytest.MonkeyPatch) -> None:
    acknowledge(cast.service, story.contract.circle_id)
    page = reverse("drafting:contract", args=[story.contract.pk])
    assert signed_in(cast.service).get(page).status_code == 200
    newer = tuple(replace(one, version=one.version + 1) for one in references.notices())
    monkeypatch.setattr(selectors, "notices", lambda: newer)
    monkeypatch.setattr(selectors, "notice_of", lambda kind: newer[0] if kind in newer[0].circles else None)
    assert signed_in(cast.service).get(page).status_code == 302
    acknowledge(cast.service, story.contract.circle_id)
    assert signed_in(cast.service).get(page).status_code == 200
    assert sorted(one.version for one in answers(cast.service)) == [1, 2]


def test_a_post_does_nothing_before_the_notice_and_loses_nothing(cast: Cast, story: Story) -> None:
    """What was typed is kept, shown again after the notice, and the transaction of the act is undone."""
    client = signed_in(cast.labour)
    before = _events(cast.labour)
    answer = client.post(
        reverse("secrecy:open-audit", args=[story.contract.circle_id]),
        {"mandate": "Mission de contrôle"},
        headers={"Referer": "http://testserver/contrats/"},
    )
    assert answer.status_code == 302
    assert "/notice?suite=" in answer.headers["Location"]
    assert _events(cast.labour) == before
    done = client.post(answer.headers["Location"], {"answer": "accept", "engaged": "on", "purpose": "x", "suite": ""})
    assert done.status_code == 302
    assert "Mission de contrôle" in client.get(reverse("accounts:resume")).content.decode()


def _events(person: Actor) -> int:
    with acting_as(person):
        return Event.objects.count()


def test_htmx_is_led_to_the_notice(cast: Cast, story: Story) -> None:
    page = reverse("drafting:contract", args=[story.contract.pk])
    answer = signed_in(cast.service).get(page, headers={"HX-Request": "true"})
    assert answer.status_code == 200
    assert answer.content == b""
    assert "/notice" in answer.headers["HX-Redirect"]


def test_the_notice_leads_to_no_other_site(cast: Cast, story: Story) -> None:
    said = {"answer": "accept", "engaged": "on", "purpose": "x", "suite": "https://ailleurs.example/"}
    answer = signed_in(cast.service).post(reverse("secrecy:notice", args=[story.contract.circle_id]), said)
    assert answer.headers["Location"] == "/"


def test_the_api_refuses_with_a_problem_document(cast: Cast, story: Story) -> None:
    story.campaign()
    part = story.part(Provider.SERVICE)
    with acting_as(cast.service):
        _, secret = tokens.issue(actor=cast.service, label="essai", scope="read", at=timezone.now())
    client = Client(headers={"Authorization": f"Bearer {secret}"})
    answer = client.get(f"/api/v1/parts/{part.pk}")
    assert answer.status_code == 403
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert "notice de confidentialité" in answer.json()["detail"]


def test_a_stranger_has_no_notice(cast: Cast, story: Story) -> None:
    address = reverse("secrecy:notice", args=[story.contract.circle_id])
    assert signed_in(cast.outsider).get(address).status_code == 404
    assert signed_in(cast.outsider).get(reverse("drafting:contract", args=[story.contract.pk])).status_code == 404


@pytest.mark.req("S3-8-06")
def test_the_administrator_sees_who_acknowledged_and_asks_again(cast: Cast, story: Story) -> None:
    """User, role, acknowledged on, last access; their own people only; a reset has a reason."""
    acknowledge(cast.service, story.contract.circle_id)
    acknowledge(cast.fund, story.contract.circle_id)
    with as_system():
        administrator = actor(cast.organisation("satdl"), "Administratrice", Role.ADMINISTRATOR)
        User.objects.filter(pk=cast.service.person_id).update(last_login=JANUARY)
    client = signed_in(administrator)
    shown = client.get(reverse("secrecy:answers")).content.decode()
    for said in (cast.service.name, Role.SERVICE_MANAGER.label, "15 janvier 2026"):
        assert said in shown
    assert shown.count("15 janvier 2026") == 2, "acknowledged on, and last access"
    assert cast.fund.name not in shown
    assert "15 janvier 2026" in client.get(reverse("accounts:people")).content.decode()

    row = answers(cast.service)[0]
    assert client.post(reverse("secrecy:withdraw", args=[row.pk]), {"reason": " "}).status_code == 409
    client.post(reverse("secrecy:withdraw", args=[row.pk]), {"reason": "Changement de poste."})
    page = reverse("drafting:contract", args=[story.contract.pk])
    assert signed_in(cast.service).get(page).status_code == 302
    assert answers(cast.service)[0].reason == "Changement de poste."
    assert signed_in(cast.service).get(reverse("secrecy:answers")).status_code == 403

    closed = client.post(reverse("accounts:close-account", args=[cast.service.membership_id]), {"reason": "Départ."})
    assert closed.status_code == 302, "the administrator manages the access of its users"
    with as_system():
        assert not User.objects.get(pk=cast.service.person_id).is_active


def test_a_reset_reaches_no_other_organisation(cast: Cast, story: Story) -> None:
    acknowledge(cast.fund, story.contract.circle_id)
    with as_system():
        administrator = actor(cast.organisation("satdl"), "Administratrice", Role.ADMINISTRATOR)
    row = answers(cast.fund)[0]
    assert signed_in(administrator).post(reverse("secrecy:withdraw", args=[row.pk]), {"reason": "x"}).status_code == 404


@pytest.mark.req("S3-8-08")
@pytest.mark.parametrize("kind", ["pdf", "xlsx"])
def test_an_export_carries_contract_purpose_person_date_and_mention(cast: Cast, story: Story, kind: str) -> None:
    acknowledge(cast.service, story.contract.circle_id, purpose="Préparation du comité")
    pdf = kind == "pdf"
    address = reverse("drafting:printed", args=[story.contract.pk]) if pdf else _workbook(cast, story)
    answer = signed_in(cast.service).get(address)
    assert answer.status_code == 200
    text = _pdf_text(answer.content) if pdf else _workbook_text(answer.content)
    day = timezone.localdate()
    for said in (story.contract.title, "Préparation du comité", cast.service.name, str(day.year), "Confidentiel"):
        assert " ".join(said.split()) in text, said
    with acting_as(cast.service):
        noted = SecurityEntry.objects.get(action="export")
    assert (noted.purpose, noted.space) == ("Préparation du comité", story.contract.circle_id)


def _workbook(cast: Cast, story: Story) -> str:
    story.campaign()
    return reverse("declarations:template", args=[story.part(Provider.SERVICE).pk])


def _pdf_text(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def _workbook_text(content: bytes) -> str:
    return " ".join(zipfile.ZipFile(io.BytesIO(content)).read("xl/sharedStrings.xml").decode().split())


def test_a_csv_says_it_by_its_name_alone(cast: Cast, story: Story) -> None:
    """Programs read it: not one line of text is added inside."""
    answer = signed_in(cast.service).get(reverse("drafting:export", args=["csv"]))
    assert answer.headers["Content-Disposition"] == 'attachment; filename="contrats-confidentiel.csv"'
    assert answer.content.decode("utf-8-sig").splitlines()[0].count(";") > 2


def test_the_purpose_can_be_changed_and_is_never_empty(cast: Cast, story: Story) -> None:
    circle = story.contract.circle_id
    with acting_as(cast.service), pytest.raises(DomainError):
        notice.choose_purpose(actor=cast.service, circle_id=circle, purpose="Avant", at=JANUARY)
    acknowledge(cast.service, circle, purpose="   ")
    assert answers(cast.service)[0].purpose == selectors.DEFAULT_PURPOSE
    with acting_as(cast.service):
        notice.choose_purpose(actor=cast.service, circle_id=circle, purpose="Audit  interne", at=JANUARY)
    assert answers(cast.service)[0].purpose == "Audit interne"


@pytest.mark.req("S3-8-07")
def test_every_access_and_export_is_logged_for_the_organisation_alone(cast: Cast, story: Story) -> None:
    """User, institution, object, action and time; a file is shared with its named parties only."""
    acknowledge(cast.service, story.contract.circle_id)
    acknowledge(cast.fund, story.contract.circle_id)
    page = reverse("drafting:contract", args=[story.contract.pk])
    printed = reverse("drafting:printed", args=[story.contract.pk])
    signed_in(cast.service).get(page)
    signed_in(cast.service).get(printed)
    signed_in(cast.fund).get(page)
    assert signed_in(cast.outsider).get(page).status_code == 404
    with acting_as(cast.service):
        mine = list(selectors.list_own_accesses(cast.service, story.contract.circle_id))
    assert {(one.person_id, one.organisation_id, one.page, one.action) for one in mine} == {
        (cast.service.person_id, cast.service.organisation_id, page, "view"),
        (cast.service.person_id, cast.service.organisation_id, printed, "export"),
    }
    assert all(one.at for one in mine)
    with acting_as(cast.outsider):
        refused = SecurityEntry.objects.get(person_id=cast.outsider.person_id)
    assert (refused.action, refused.page) == ("refused", page)
    with as_system():
        administrator = actor(cast.organisation("satdl"), "Administratrice", Role.ADMINISTRATOR)
    acknowledge(administrator, story.contract.circle_id)
    shown = signed_in(administrator).get(reverse("secrecy:space", args=[story.contract.circle_id])).content.decode()
    assert cast.service.name in shown
    assert cast.fund.name not in shown
    with acting_as(cast.outsider), pytest.raises(Http404):
        selectors.get_entry(cast.outsider, story.contract.circle_id)


def test_only_the_administrator_withdraws(cast: Cast, story: Story) -> None:
    acknowledge(cast.service, story.contract.circle_id)
    row = answers(cast.service)[0]
    with acting_as(cast.service), pytest.raises(Refused):
        notice.withdraw_acknowledgement(actor=cast.service, acknowledgement_id=row.pk, reason="x", at=JANUARY)
