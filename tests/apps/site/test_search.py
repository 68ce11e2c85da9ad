"""Search: what one may see, in groups, by words without accents, numbers and references; never more than 20 queries."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.world import World, build

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Grant

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(cast: Cast) -> World:
    return build(cast)


def find(actor: Actor, words: str) -> str:
    client = signed_in(actor)
    return client.get(reverse("site:search"), {"q": words}).content.decode()


def groups(page: str) -> list[str]:
    return [part.split("<")[0].split(">")[-1].strip() for part in page.split('id="group-')[1:]]


def test_each_kind_is_found_by_words_numbers_and_references(world: World) -> None:
    cast, place = world.cast, Establishment.objects.get(name="Établissement fictif")
    assert "Établissement fictif" in find(cast.service, "ETABLISSEMENT fictif")
    for number in (place.siret, place.siret[:9], place.finess_et):
        assert groups(find(cast.service, number)) == ["Établissements"]
    assert "Contrats" in groups(find(cast.service, "durance"))
    assert "Déclarations" in groups(find(cast.service, "declaration 2025"))
    assert "Campagnes et déclarations" in groups(find(cast.labour, "campagne 2025"))
    assert "Documents" in groups(find(cast.service, "avenant pdf"))
    assert "Cellule PDP" in find(cast.service, "cellule pdp")
    assert "Contributrice" in find(cast.service, "contributrice")


def test_a_dossier_and_its_aid_are_found_by_number_name_and_siret(world: World) -> None:
    officer = world.funding.officer
    with acting_as(officer):
        dossier = Dossier.objects.exclude(number="").first()
        grant = Grant.objects.first()
    assert dossier
    assert grant
    for words in (dossier.number, dossier.number.lower(), dossier.name):
        assert "Dossiers" in groups(find(officer, words)), words
    assert "Aides" in groups(find(officer, grant.number))
    for stranger in (world.cast.service, world.funding.other_director):
        assert not {"Dossiers", "Aides"} & set(groups(find(stranger, grant.number)))


def test_nothing_of_others_is_found(world: World) -> None:
    cast = world.cast
    for words in ("declaration 2025", "avenant pdf", "cellule pdp", "durance", "contributrice"):
        assert groups(find(cast.outsider, words)) == []
    assert "Contributrice" not in find(cast.fund, "contributrice"), "people of another organisation"
    assert groups(find(cast.outsider, "etablissement fictif")) == ["Établissements"], "the directory is public"


@pytest.mark.parametrize("words", ["", "   ", "!!!", "'; DROP TABLE", "%", "a" * 5000, "\u202f«\u202f"])
def test_whatever_is_typed_a_page_answers(world: World, words: str) -> None:
    assert "<h1>Recherche</h1>" in find(world.cast.service, words)


def test_twenty_queries_at_most(world: World) -> None:
    client = signed_in(world.cast.labour)
    client.get(reverse("site:search"), {"q": "2025"})
    for words in ("2025", "durance", "fictif"):
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("site:search"), {"q": words})
        assert len(captured) <= 20, [one["sql"][:90] for one in captured]
    place = Establishment.objects.get(name="Établissement fictif")
    with CaptureQueriesContext(connection) as captured:
        client.get(place.page())
    assert len(captured) <= 20
