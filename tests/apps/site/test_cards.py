"""The card of an establishment: what each story knows of it, each block by right, within the queries of a page."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.support.cast import Cast
from tests.support.world import World, build

from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import Visit
from avenant.site.cards import compose

pytestmark = pytest.mark.django_db
NOW = datetime(2025, 4, 1, 9, tzinfo=UTC)


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


def blocks(actor: Actor, place: Establishment) -> dict[str, list[str]]:
    with acting_as(actor), CaptureQueriesContext(connection) as captured:
        made = compose(actor, place, now=NOW)
    assert len(captured) <= 16, [one["sql"][:90] for one in captured]
    return {block.title: [line.text for line in block.lines] for block in made}


def test_the_card_shows_dossiers_aids_visits_and_what_is_due_to_those_who_may_know(world: World) -> None:
    funding = world.funding
    with acting_as(funding.officer):
        visit = Visit.objects.get(pk=world.arguments["visit_id"])
        grant = Grant.objects.select_related("establishment", "dossier").get(pk=visit.grant_id)
        place = grant.establishment
        assert place is not None
        waiting = DueItem.objects.filter(
            circle_id=grant.circle_id, state="open", organisation=funding.officer.organisation_id
        )
        labels = set(waiting.values_list("label", flat=True))
    for actor in (funding.officer, funding.fund):
        found = blocks(actor, place)
        assert any(grant.dossier.number in line for line in found["Dossiers"])
        assert "Visite du" in found["Visites des projets financés"][0]
        assert "Aides accordées" in found
    assert labels
    assert labels <= set(blocks(funding.officer, place)["Ce qui vous y attend"])
    for stranger in (world.cast.service, funding.director, funding.other_director):
        assert not {"Dossiers", "Aides accordées", "Visites des projets financés"} & set(blocks(stranger, place))
