"""The lists of declarations: of a campaign, and of every year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.story import FEBRUARY

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations import progress
from avenant.indicators.declarations.models import Declaration, Part

pytestmark = pytest.mark.django_db
HOME = reverse("campaigns:campaigns")


@pytest.fixture
def declaration(part: Part) -> Declaration:
    return part.declaration


def shown(client: Client, address: str, **query: object) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def found(cast: Cast, at: datetime = FEBRUARY, **asked: Any) -> list[str]:
    with acting_as(cast.labour):
        rows = progress.find_declarations(cast.labour, at=at, **asked)
        return [str(one) for one in rows]


def test_no_declaration_is_left_out_of_the_list_and_each_filter_narrows_it(
    declaration: Declaration, cast: Cast
) -> None:
    one = declaration
    assert found(cast) == [str(one)]
    assert found(cast, year=one.year) == [str(one)]
    assert found(cast, year=one.year - 1) == []
    assert found(cast, search=one.service.short_name.upper()) == [str(one)]
    assert found(cast, search="introuvable") == []
    assert found(cast, state="draft") == [str(one)]
    assert found(cast, state="validated") == []


def test_late_from_the_instant_of_the_deadline(declaration: Declaration, cast: Cast) -> None:
    due = declaration.due_at
    assert found(cast, due - timedelta(microseconds=1), state=progress.LATE) == []
    assert found(cast, due, state=progress.LATE) == [str(declaration)]


def test_the_pages_filter_sort_and_export_what_they_show(
    declaration: Declaration, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    client, name = signed_in(cast.labour), declaration.service.short_name
    board = reverse("campaigns:campaign", args=[declaration.campaign_id])
    for address in (HOME, board):
        assert "1 déclaration" in shown(client, address, q=name)
        assert "Attendu de" not in shown(client, address, q="introuvable")
        for order in ("annee", "-annee", "service", "-service", "echeance", "-echeance", "etat", "inconnu"):
            assert name in shown(client, address, tri=order)
    assert "Tout voir" in shown(client, HOME, annee=declaration.year)
    assert "Tout voir" not in shown(client, HOME, annee="jamais", etat="jamais")
    for name_of, arguments in (("export", ["csv"]), ("export-board", [declaration.campaign_id, "csv"])):
        address = reverse(f"campaigns:{name_of}", args=arguments)
        lines = client.get(address).content.decode("utf-8-sig").splitlines()
        assert name in lines[1]
        assert "Attendu de" in lines[0]
        assert len(client.get(address, {"q": "introuvable"}).content.decode("utf-8-sig").splitlines()) < len(lines)


def test_a_line_says_from_whom_something_is_awaited(declaration: Declaration, cast: Cast) -> None:
    with acting_as(cast.labour):
        [line] = progress.lines_of(Declaration.objects.visible_to(cast.labour), FEBRUARY)
        assert declaration.service.short_name in line.awaited
        assert "Carsat Sud-Est" in line.awaited
