"""The views of lists that a person keeps: found again by their name, on the data of the day, by nobody else."""

from __future__ import annotations

import pytest
from django.http import Http404
from django.test import Client
from django.urls import reverse
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.site import selectors, services

pytestmark = pytest.mark.django_db
LIST = "/contrats/?etat=in_force&tri=-fin"


def keep(who: Actor, name: str, address: str = LIST) -> None:
    with acting_as(who):
        services.save_view(actor=who, name=name, address=address)


def names(who: Actor) -> list[str]:
    with acting_as(who):
        return [one.name for one in selectors.list_saved_views(who)]


@pytest.fixture
def person(cast: Cast) -> Client:
    return signed_in(cast.service)


def test_a_filtered_list_is_kept_and_opened_again(person: Client) -> None:
    assert "Enregistrer cette vue" not in person.get("/contrats/").content.decode(), "nothing is chosen yet"
    page = person.get(LIST).content.decode()
    asked = reverse("site:views") + "?de=%2Fcontrats%2F%3Fetat%3Din_force%26tri%3D-fin"
    assert f'href="{asked}"' in page
    assert 'value="/contrats/?etat=in_force&amp;tri=-fin"' in person.get(asked).content.decode()
    saved = person.post(reverse("site:views"), {"name": "Contrats qui finissent", "address": f"{LIST}&page=3"})
    assert saved.headers["Location"] == LIST, "where one is in the list is not part of the view"
    for page in ("/", reverse("site:views")):
        told = person.get(page).content.decode()
        assert "Contrats qui finissent" in told
        assert 'href="/contrats/?etat=in_force&amp;tri=-fin"' in told


def test_the_same_name_again_keeps_the_new_filter(cast: Cast) -> None:
    keep(cast.service, "Mes contrats")
    keep(cast.service, "  Mes  contrats ", "/contrats/?etat=ended")
    with acting_as(cast.service):
        assert [one.page() for one in selectors.list_saved_views(cast.service)] == ["/contrats/?etat=ended"]


def test_a_view_is_its_persons_alone(cast: Cast, person: Client) -> None:
    keep(cast.service, "La mienne")
    colleague = actor(Organisation.objects.get(pk=cast.service.organisation_id), "Collègue", Role.READER)
    assert names(colleague) == names(cast.fund) == []
    with acting_as(cast.service):
        mine = selectors.list_saved_views(cast.service).get()
    with acting_as(colleague), pytest.raises(Http404):
        services.forget_view(actor=colleague, view_id=mine.pk)
    assert person.post(reverse("site:forget-view", args=[mine.pk])).status_code == 302
    assert names(cast.service) == []


@pytest.mark.parametrize(
    ("name", "address", "refused"),
    [
        ("Ailleurs", "https://example.org/contrats/", "pas une liste"),
        ("Ailleurs", "//example.org/contrats/", "pas une liste"),
        ("Ailleurs", "javascript:alert(1)", "pas une liste"),
        ("Nulle part", "/cette-page/n-existe-pas", "pas une liste"),
        ("   ", LIST, "Donnez un nom"),
        ("Trop long", "/contrats/?q=" + "x" * 1499, "trop long"),
    ],
)
def test_what_cannot_be_kept_says_why(cast: Cast, name: str, address: str, refused: str) -> None:
    with pytest.raises(DomainError, match=refused):
        keep(cast.service, name, address)


def test_the_longest_filter_and_the_fiftieth_view_are_kept_no_more(cast: Cast) -> None:
    keep(cast.service, "0", "/contrats/?q=" + "x" * 1498)
    for rank in range(1, services.MOST):
        keep(cast.service, str(rank))
    keep(cast.service, "7", "/contrats/")
    with pytest.raises(DomainError, match="50 vues"):
        keep(cast.service, "une de plus")
    assert len(names(cast.service)) == services.MOST
