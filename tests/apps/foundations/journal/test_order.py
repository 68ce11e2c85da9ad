"""Lines of one same instant are read in the order in which they were written, wherever they are listed."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, Story

from avenant.foundations.journal.models import Event
from avenant.foundations.journal.sealing import find_broken_seal, make_proof, seal_journal
from avenant.foundations.journal.selectors import list_events, list_latest_moves
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import acting_as

pytestmark = pytest.mark.django_db
LATER = FEBRUARY + timedelta(days=700)
COUNT = 12


@pytest.fixture
def story(cast: Cast) -> Story:
    """A contract in which twelve acts are noted at one instant, then one dated before them."""
    made = Story(cast)
    with acting_as(cast.service):
        for rank in range(COUNT):
            noted(made, f"acte {rank:02}")
        noted(made, "antidaté", days=-1)
    return made


def noted(story: Story, label: str, days: int = 0) -> Event:
    return record(
        story.contract.circle_id, verb="contract.noted", label=label, actor=story.cast.service,
        at=LATER + timedelta(days=days), subject=story.contract.pk,
    )  # fmt: skip


WRITTEN = ["antidaté", *(f"acte {rank:02}" for rank in range(COUNT))]


def test_the_order_of_writing_orders_one_instant_and_no_more(story: Story, cast: Cast) -> None:
    with acting_as(cast.service):
        listed = [one.label for one in list_events(cast.service, story.contract.circle_id)[: COUNT + 1]]
        moved = [one.label for one, _ in list_latest_moves(cast.service, COUNT + 1)]
        proof = make_proof(
            cast.service, kind="file", title="x", content={}, subjects=[story.contract.pk], at=LATER
        )["journal"]  # fmt: skip
    assert listed == moved == WRITTEN[::-1]
    assert [one["event"]["label"] for one in proof][-COUNT - 1 :] == WRITTEN


def test_pages_and_exports_keep_it_in_both_directions(story: Story, cast: Cast) -> None:
    client = signed_in(cast.service)
    address = reverse("drafting:journal", args=[story.contract.pk])
    for query, expected in (({}, WRITTEN[::-1]), ({"tri": "date"}, WRITTEN)):
        shown = client.get(address, {"q": "act", **query}).content.decode()
        told = [one for one in expected if one.startswith("acte")]
        places = [shown.index(f">{one} ") for one in told]
        assert places == sorted(places)
        sent = client.get(reverse("drafting:export-journal", args=[story.contract.pk, "csv"]), {"q": "act", **query})
        text = b"".join(sent) if sent.streaming else sent.content
        lines = [text.index(one.encode()) for one in told]
        assert lines == sorted(lines)


def test_seals_made_of_them_hold(story: Story) -> None:
    with as_system():
        assert seal_journal(at=LATER) is not None
        assert find_broken_seal() is None
