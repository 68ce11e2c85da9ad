"""What moved, on the home page: an act noted in several of my files is told once."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from tests.apps.foundations.accounts.conftest import signed_in
from tests.support.cast import Cast
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.services import own_circle

pytestmark = pytest.mark.django_db
LATER = datetime(2027, 3, 3, 9, tzinfo=UTC)


def test_an_act_noted_in_two_files_is_told_once(cast: Cast) -> None:
    story = Story(cast)
    with acting_as(cast.labour):
        own = own_circle(cast.labour)
    with as_system():
        for circle, label in ((story.contract.circle_id, "Délégué"), (own, "Délégué"), (own, "Modifié")):
            record(circle, verb="delegated", label=label, actor=cast.labour, at=LATER, page="/")
    shown = signed_in(cast.labour).get("/").content.decode().partition("Ce qui a bougé")[2]
    assert (shown.count("Délégué<"), shown.count("Modifié<")) == (1, 1)
    assert shown.count("et 1 autre dossier") == 1
