"""A reorientation that a committee decides, against an indicator: one decision, in the minutes and in the review."""

from __future__ import annotations

from typing import Any

import pytest
from django.urls import reverse
from tests.apps.foundations.meetings.test_meetings import AFTER, approved, attended, convened
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.journal.selectors import list_due
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import CommitteeDecision, Session
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.consolidation import selectors, services
from avenant.indicators.consolidation.models import ReviewItem

pytestmark = pytest.mark.django_db
TEXT = "Inviter à la visite dès trente jours d’arrêt."


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Any) -> None:
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    settings.FILES = tmp_path / "files"


def decided(cast: Cast, session: Session, **more: str) -> Any:
    """Typed in the page that the session opens."""
    definition = DefinitionRecord.objects.get(code="pdp-1.4")
    said = {
        "definition": str(definition.pk), "finding": "Deux orientations seulement.", "decision": TEXT,
        "owner": "service", "due_on": "2026-09-30", **more,
    }  # fmt: skip
    return signed_in(cast.service).post(reverse("consolidation:reorient", args=[session.pk]), said)


def test_one_decision_is_read_in_the_session_the_review_and_the_indicator(cast: Cast) -> None:
    Story(cast).campaign()
    session = convened(cast)
    attended(cast, session)
    assert (
        "Décider une réorientation d’après un indicateur"
        in signed_in(cast.service).get(session.page()).content.decode()
    )
    assert decided(cast, session).status_code == 302
    assert decided(cast, session).status_code == 302, "a second click"
    with acting_as(cast.labour):
        [decision] = CommitteeDecision.objects.visible_to(cast.labour)
        [item] = ReviewItem.objects.visible_to(cast.labour)
        assert (item.decided_in_id, item.review.year, item.owner_id) == (decision.pk, 2025, decision.owner_id)
        assert selectors.list_decisions_on(cast.labour, item.definition) == [item]
    shown = signed_in(cast.labour).get(session.page()).content.decode()
    assert TEXT in shown
    assert f'<a href="{item.review.page()}">Indicateur 1.4, ' in shown
    read = signed_in(cast.fund).get(item.review.page()).content.decode()
    assert TEXT in read
    assert f'<a href="{session.page()}">décidée en séance, 9 avril 2026' in read
    with acting_as(cast.service):
        keys = set(list_due(cast.service).filter(label__contains=TEXT).values_list("key", flat=True))
        assert keys == {f"decision:{decision.pk}"}, "it is due once"


def test_what_became_of_it_is_said_in_the_committee_and_read_everywhere(cast: Cast) -> None:
    Story(cast).campaign()
    session = convened(cast)
    attended(cast, session)
    decided(cast, session)
    with acting_as(cast.service):
        [item] = ReviewItem.objects.visible_to(cast.service).select_related("review", "owner")
        with pytest.raises(DomainError, match=r"celle du comité.*dites la suite donnée dans sa séance"):
            services.follow_up_item(actor=cast.service, item_id=item.pk, progress="done", outcome="Fait.", at=AFTER)
        for write in (
            lambda: services.remove_item(actor=cast.service, review_id=item.review_id, item_id=item.pk),
            lambda: services.edit_item(
                actor=cast.service, item_id=item.pk, content={"text": "Autre", "owner": item.owner}
            ),
        ):
            with pytest.raises(Refused, match="elle se modifie dans sa séance"):
                write()
        meetings.hold_session(actor=cast.service, session_id=session.pk, reason="", at=AFTER)
    approved(cast, session)
    with acting_as(cast.service):
        meetings.follow_up_decision(
            actor=cast.service, decision_id=item.decided_in_id, progress="done", outcome="Cent appels.", at=AFTER
        )
    read = signed_in(cast.fund).get(item.review.page()).content.decode()
    assert "réalisée" in read
    with acting_as(cast.fund):
        content = selectors.review_content(cast.fund, item.review, at=AFTER)
    assert (content["decisions"][0]["status"], content["decisions"][0]["outcome"]) == ("réalisée", "Cent appels.")


def test_taken_back_while_the_minutes_are_written_it_leaves_the_review_too(cast: Cast) -> None:
    Story(cast).campaign()
    session = convened(cast)
    decided(cast, session)
    with acting_as(cast.service):
        [decision] = CommitteeDecision.objects.visible_to(cast.service)
        meetings.remove_decision(actor=cast.service, session_id=session.pk, decision_id=decision.pk, at=AFTER)
        assert not ReviewItem.objects.visible_to(cast.service).exists()


def test_who_may_and_what_is_asked(cast: Cast) -> None:
    Story(cast).campaign()
    session = convened(cast)
    address = reverse("consolidation:reorient", args=[session.pk])
    assert signed_in(cast.labour).get(address).status_code == 403
    assert signed_in(cast.outsider).get(address).status_code == 404
    wrong = decided(cast, session, definition="", finding="")
    assert wrong.status_code == 422
    assert TEXT in wrong.content.decode(), "what was typed stays"
    late = decided(cast, session, due_on="2026-01-31")
    assert late.status_code == 409
    assert "L’échéance d’une décision est à venir" in late.content.decode()
    with as_system():
        assert not ReviewItem.objects.exists()
