"""One act on several dossiers of the queue: each has it, or is left with its reason while the others have theirs."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.http import Http404
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.reviews import NOVEMBER, complete_dossier

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.reviews.models import Instruction
from avenant.funding.reviews.services import batches, opening, opinions
from avenant.funding.reviews.services.batches import Batch

pytestmark = pytest.mark.django_db
LATER = NOVEMBER + timedelta(days=1)
ADDRESS = reverse("reviews:act-on-several")


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def both(cast: FundingCast, call: PublishedCall) -> list[Dossier]:
    made = [complete_dossier(cast, call), complete_dossier(cast, call, director=cast.other_director)]
    with acting_as(cast.officer):
        for one in made:
            opening.open_instruction(actor=cast.officer, dossier_id=one.pk, at=NOVEMBER)
    return made


def _assign(cast: FundingCast, dossiers: list[uuid.UUID]) -> Batch:
    with acting_as(cast.officer):
        return batches.assign_each(actor=cast.officer, dossiers=dossiers, person_id=cast.examiner.person_id, at=LATER)


def _labels(cast: FundingCast, dossier: Dossier) -> list[str]:
    with acting_as(cast.officer):
        return Instruction.objects.get(dossier=dossier).labels


def test_several_dossiers_are_given_to_one_examiner_who_is_told_once(cast: FundingCast, both: list[Dossier]) -> None:
    batch = _assign(cast, [one.pk for one in both])
    assert {one.dossier_id for one in batch.done} == {one.pk for one in both}
    assert not batch.left
    with acting_as(cast.examiner):
        assert {one.examiner_id for one in Instruction.objects.all()} == {cast.examiner.person_id}
        told = Notice.objects.get(person_id=cast.examiner.person_id, title__startswith="À instruire")
    assert told.title.endswith("2 dossiers")
    assert signed_in(cast.examiner).get(told.page).context["page"].paginator.count == 2


def test_the_one_in_which_the_examiner_has_an_interest_is_left_and_the_other_is_given(
    cast: FundingCast, both: list[Dossier]
) -> None:
    with acting_as(cast.examiner):
        opinions.declare_interest(actor=cast.examiner, dossier_id=both[0].pk, reason="Ancien salarié.", at=NOVEMBER)
    batch = _assign(cast, [one.pk for one in both])
    assert [one.dossier_id for one in batch.done] == [both[1].pk]
    assert [(one.dossier_id, "lien d’intérêt" in why) for one, why in batch.left] == [(both[0].pk, True)]


def test_a_label_is_added_to_each_and_taken_off_the_others_stay(cast: FundingCast, both: list[Dossier]) -> None:
    _assign(cast, [one.pk for one in both])
    with acting_as(cast.examiner):
        opening.label_instruction(actor=cast.examiner, dossier_id=both[0].pk, labels=["urgent"], at=LATER)
        said: dict[str, Any] = {"actor": cast.examiner, "dossiers": [one.pk for one in both], "at": LATER}
        batches.label_each(label=" visite ", **said)
        batches.label_each(label="visite", **said)
    assert [_labels(cast, one) for one in both] == [["urgent", "visite"], ["visite"]]
    with acting_as(cast.examiner):
        batches.label_each(label="visite", remove=True, **said)
    assert [_labels(cast, one) for one in both] == [["urgent"], []]


def test_as_many_as_the_most_and_not_one_more(
    cast: FundingCast, both: list[Dossier], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "MOST", 2)
    assert len(_assign(cast, [one.pk for one in both]).done) == 2
    monkeypatch.setattr(batches, "MOST", 1)
    with pytest.raises(DomainError, match="1 dossiers au plus"):
        _assign(cast, [one.pk for one in both])


def test_a_dossier_that_is_not_seen_undoes_the_whole_act(cast: FundingCast, both: list[Dossier]) -> None:
    with pytest.raises(Http404):
        _assign(cast, [both[0].pk, uuid.uuid4()])
    with acting_as(cast.officer):
        assert not Instruction.objects.exclude(examiner=None).exists()


def test_the_other_institutions_act_on_no_dossier(cast: FundingCast, both: list[Dossier]) -> None:
    with acting_as(cast.fund), pytest.raises(Refused):
        batches.label_each(actor=cast.fund, dossiers=[both[0].pk], label="vu", at=LATER)
    assert b'id="several"' not in signed_in(cast.fund).get(reverse("reviews:desk")).content
    assert signed_in(cast.fund).post(ADDRESS, {"act": "label", "label": "vu"}).status_code == 403


def test_the_page_assigns_what_is_ticked_and_says_what_became_of_it(cast: FundingCast, both: list[Dossier]) -> None:
    client = signed_in(cast.officer)
    sent = {"act": "assign", "dossier": [one.pk for one in both], "examiner": cast.examiner.person_id}
    page = client.post(f"{ADDRESS}?etat=opened", sent, follow=True)
    assert page.redirect_chain[0][0] == f"{reverse('reviews:desk')}?etat=opened"
    assert "2 dossiers" in page.content.decode()
    assert page.context["page"].paginator.count == 0


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"act": "assign"}, "Choisissez l’instructeur."),
        ({"act": "label"}, "Écrivez l’étiquette."),
        ({"act": "other"}, "n’en fait pas partie"),
        ({"act": "label", "label": "vu", "dossier": []}, "Choisissez au moins un dossier."),
        ({"act": "label", "label": "vu", "dossier": ["x"]}, "Sélectionnez un choix valide"),
    ],
)
def test_what_is_missing_is_said_and_the_rows_stay_ticked(
    cast: FundingCast, both: list[Dossier], sent: dict[str, Any], told: str
) -> None:
    page = signed_in(cast.officer).post(ADDRESS, {"dossier": [both[0].pk], **sent})
    assert page.status_code == 422
    shown = page.content.decode()
    assert told in shown
    assert shown.count(" checked") == (1 if "dossier" not in sent else 0)


def test_the_whole_list_is_what_the_filters_leave(cast: FundingCast, both: list[Dossier]) -> None:
    _assign(cast, [both[0].pk])
    sent = {"act": "label", "label": "à voir", "everything": "on"}
    signed_in(cast.officer).post(f"{ADDRESS}?etat=opened", sent)
    assert [_labels(cast, one) for one in both] == [[], ["à voir"]]
