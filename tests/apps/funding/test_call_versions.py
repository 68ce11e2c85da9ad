"""The versions of a published call: each has its page, its text of that day, and what it changed."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import GUADELOUPE, LAST, OCTOBER, FundingCast, open_for

from avenant.domain.proof import fingerprint
from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import services
from avenant.funding.calls.models import PublishedCall
from avenant.funding.calls.services.publishing import public_content
from avenant.funding.calls.versions import differences

pytestmark = pytest.mark.django_db
LATER = OCTOBER + timedelta(days=3)
UNTIL = datetime(2023, 11, 8, 12)


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


def revise(cast: FundingCast, call: PublishedCall, *, reason: str = "Enveloppe réduite.", **values: object) -> None:
    with acting_as(cast.decider):
        services.revise_call(actor=cast.decider, call_id=call.call_id, values=values, reason=reason, at=LATER)


def extend(cast: FundingCast, call: PublishedCall) -> PublishedCall:
    with acting_as(cast.officer):
        incident = services.record_incident(
            actor=cast.officer, call_id=call.call_id, started_at=OCTOBER, ended_at=OCTOBER + timedelta(hours=2),
            what="Dépôt impossible", at=LATER,
        )  # fmt: skip
    with acting_as(cast.decider):
        return services.extend_call(
            actor=cast.decider, call_id=call.call_id, until=UNTIL, reason="", incident_id=incident.pk, at=LATER
        )


def read(call: PublishedCall, number: int) -> str:
    answer = Client().get(reverse("calls:version", args=[call.key, number]))
    assert answer.status_code == 200
    return answer.content.decode().replace("\u202f", " ")


def test_an_earlier_version_has_its_page_marked_superseded_with_the_text_of_its_day(
    cast: FundingCast, call: PublishedCall
) -> None:
    revise(cast, call, rate=30)
    call.refresh_from_db()
    first, second = read(call, 1), read(call, 2)
    assert "Ce texte n’est plus en vigueur" in first
    assert "première publication" in first
    assert "Aide de l’ARS : 40 % du coût éligible" in first
    assert "Aide de l’ARS : 30 % du coût éligible" not in first
    assert "Ce texte n’est plus en vigueur" not in second
    assert "Enveloppe réduite." in second
    assert "Aide de l’ARS : 30 % du coût éligible" in second
    for number, page in ((1, first), (2, second)):
        assert call.versions.get(number=number).sha256 in page

    assert Client().get(reverse("calls:version", args=[call.key, 3])).status_code == 404
    assert Client().get(reverse("calls:version-json", args=[call.key, 3])).status_code == 404
    live = Client().get(call.page()).content.decode()
    assert all(reverse("calls:version", args=[call.key, number]) in live for number in (1, 2))


def test_the_data_of_a_version_are_those_of_its_hash(cast: FundingCast, call: PublishedCall) -> None:
    revise(cast, call, rate=30)
    for one in call.versions.all():
        said = Client().get(reverse("calls:version-json", args=[call.key, one.number])).json()
        assert fingerprint(said) == one.sha256


def test_each_version_tells_what_it_changed_word_by_word(cast: FundingCast, call: PublishedCall) -> None:
    revise(cast, call, rate=30)
    revise(cast, call, rate=35, min_project="20000.00", reason="Concertation.")
    first, second, third = (read(call, number) for number in (1, 2, 3))
    assert "Ce que la version 2 a changé ensuite" in first
    assert "Ce que cette version a changé" not in first
    assert "retiré : </span>40" in second
    assert "ajouté : </span>30" in second
    assert "Ce que la version 3 a changé ensuite" in second
    assert "Ce que cette version a changé" in third
    assert "ensuite" not in third
    kept = {one.number: one.content for one in call.versions.all()}
    assert [one.label for one in differences(kept[1], kept[2])] == ["Taux de prise en charge"]
    assert {one.label for one in differences(kept[2], kept[3])} == {
        "Taux de prise en charge", "Montant minimum d’un projet",
    }  # fmt: skip
    assert differences(kept[1], kept[1]) == []


def test_an_extension_moves_the_deposit_of_the_calendar_too(cast: FundingCast, call: PublishedCall) -> None:
    published = extend(cast, call)
    page = Client().get(call.page()).content.decode().replace("\u202f", " ")
    assert "jusqu’au 6 novembre 2023 à minuit" not in page
    assert page.count("8 novembre 2023") >= 2
    step = next(one for one in published.content["calendar"] if one["key"] == "deposit")
    assert step["ends_on"] == "2023-11-08"
    kept = {one.number: one.content for one in call.versions.all()}
    assert kept[2] == public_content(published)
    assert {"Date limite", "Calendrier"} <= {one.label for one in differences(kept[1], kept[2])}
    assert "jusqu’au 6 novembre 2023 à minuit" in read(call, 1)
    assert GUADELOUPE.key == call.zone
    assert published.closes_at > LAST  # type: ignore[operator]


def test_a_draft_leads_to_what_its_call_changed(cast: FundingCast, call: PublishedCall) -> None:
    dossier = open_for(cast.director, call)
    address = reverse("calls:version", args=[call.key, 2])
    assert address not in signed_in(cast.director).get(dossier.page()).content.decode()
    revise(cast, call, rate=30)
    assert address in signed_in(cast.director).get(dossier.page()).content.decode()
