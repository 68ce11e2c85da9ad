"""The navigation: pages by job, for whom they are of use and who may open them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.cast import Cast

from avenant.domain.audiences import OrganisationKind, Role
from avenant.foundations.parties.actors import Actor
from avenant.site.navigation import ADMINISTRATION, SECTIONS, list_administration, list_menus


def _labels(actor: Actor, path: str = "/") -> dict[str, list[str]]:
    return {menu.label: [entry.label for entry in menu.entries] for menu in list_menus(actor, path)}


@pytest.mark.django_db
def test_each_person_finds_the_pages_of_their_job(cast: Cast) -> None:
    service = _labels(cast.service)
    assert service["Financements"] == ["Appels à projets"]
    assert "Registre des actions" in service["Indicateurs"]
    labour = _labels(cast.labour)
    assert {"Contrats de la région", "Seuils du secret statistique"} <= set(labour["Indicateurs"])
    assert {"Instruction", "Attribution"} <= set(labour["Financements"])
    assert "Versements" not in labour["Financements"]
    establishment = replace(cast.service, kind=OrganisationKind.ESTABLISHMENT, roles=frozenset({Role.DIRECTOR}))
    assert list(_labels(establishment)) == ["Accueil", "Financements", "Réunions", "Annuaire"]
    authority = replace(cast.service, kind=OrganisationKind.ARS, roles=frozenset({Role.ARS_CALL_OFFICER}))
    assert {"Versements", "Socle minimum"} <= set(_labels(authority)["Financements"])


@pytest.mark.django_db
def test_who_governs_accounts_finds_their_administration(cast: Cast) -> None:
    assert list_administration(cast.service, "/") == ()
    administrator = replace(cast.service, roles=frozenset({Role.ADMINISTRATOR}))
    assert [one.address for one in list_administration(administrator, "/")] == [
        reverse("accounts:people"),
        reverse("accounts:security-log"),
        reverse("secrecy:answers"),
    ]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("path", "menu", "entry", "current"),
    [
        ("/", "Accueil", "Accueil", "page"),
        ("/contrats/", "Contrats", "Contrats", "page"),
        ("/contrats/engagements", "Contrats", "Mes engagements", "page"),
        ("/contrats/0192/texte", "Contrats", "Contrats", "true"),
        ("/declarations/parts/0192", "Indicateurs", "Campagnes et déclarations", "true"),
        ("/suivi/visites/0192", "Financements", "Visites sur site", "true"),
        ("/suivi/aides/0192", "Financements", "Bilans à remettre et reçus", "true"),
    ],
)
def test_the_page_that_is_open_is_marked_once(cast: Cast, path: str, menu: str, entry: str, current: str) -> None:
    marked = [
        (one.label, page.label, page.current)
        for one in list_menus(cast.labour, path)
        for page in one.entries
        if page.current
    ]
    assert marked == [(menu, entry, current)]


@pytest.mark.django_db
def test_a_section_with_one_page_is_a_link(cast: Cast) -> None:
    only = {menu.label: menu.only for menu in list_menus(cast.service, "/appels/")}
    assert only["Financements"] is not None
    assert only["Financements"].current == "page"
    assert only["Contrats"] is None


@pytest.mark.django_db
def test_the_bar_shows_the_name_of_an_only_page_where_it_has_room(cast: Cast) -> None:
    national = replace(cast.service, kind=OrganisationKind.NATIONAL, roles=frozenset())
    shown = {menu.label: menu.short for menu in list_menus(national, "/")}
    assert shown["Indicateurs"] == "Indicateurs", "« Catalogue des indicateurs » is as long as two sections"
    assert {menu.label: menu.short for menu in list_menus(cast.service, "/")}["Financements"] == "Appels à projets"


def test_no_page_is_told_twice() -> None:
    views = [page.view for section in (*SECTIONS, ADMINISTRATION) for part in section.parts for page in part.pages]
    assert len(views) == len(set(views))


@pytest.mark.django_db
def test_a_visitor_has_no_navigation(client: Client) -> None:
    assert 'aria-label="Principal"' not in client.get(reverse("site:legal")).content.decode()
