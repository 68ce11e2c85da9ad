"""The directory of establishments: loaded in bulk, found by number and by word, read page after page."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date

import pytest
from django.db import IntegrityError, transaction
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.establishments import make_siret

from avenant.domain.decision import DomainError
from avenant.foundations.parties import selectors
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.management.commands.load_directory import read_line
from avenant.foundations.parties.models import Establishment
from avenant.foundations.parties.selectors import CANDIDATES, PAGE, DirectorySearch, browse_directory, list_sites
from avenant.foundations.parties.services import own_circle

pytestmark = pytest.mark.django_db


def names(search: DirectorySearch) -> list[str]:
    return [row.name for row in browse_directory(search).rows]


def line(number: int, name: str, **said: object) -> DirectoryLine:
    return DirectoryLine(name=name, siret=make_siret(number), **said)  # type: ignore[arg-type]


@pytest.fixture
def three(db: None) -> Iterable[DirectoryLine]:
    lines = [
        line(1, "Résidence L’Œillet", commune="Manosque", territory="04", finess_et="040000001", regime="general"),
        line(2, "Élan du Verdon", commune="Gréoux-les-Bains", territory="04", headcount=9),
        line(3, "Zénith Soins", commune="Marseille", territory="13", closed_on=date(2025, 6, 30)),
    ]
    assert load_directory(lines) == 3
    return lines


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("residence", ["Résidence L’Œillet"]),
        ("RÉSID œill", ["Résidence L’Œillet"]),
        ("oeillet manosque", ["Résidence L’Œillet"]),
        ("elan", ["Élan du Verdon"]),
        ("verdon greoux", ["Élan du Verdon"]),
        ("verdon marseille", []),
        (make_siret(3), ["Zénith Soins"]),
        (make_siret(3)[:9], ["Zénith Soins"]),
        (f"{make_siret(2)[:3]} {make_siret(2)[3:9]}", ["Élan du Verdon"]),
        ("04000", ["Résidence L’Œillet"]),
        ("!!!", []),
        ("'; --", []),
    ],
)
def test_search_is_blind_to_accents_and_knows_numbers(three: object, words: str, found: list[str]) -> None:
    assert names(DirectorySearch(words)) == found


def test_order_is_french_and_filters_know_the_departments_of_a_region(three: object) -> None:
    assert names(DirectorySearch()) == ["Élan du Verdon", "Résidence L’Œillet", "Zénith Soins"]
    assert len(names(DirectorySearch(territory="R93"))) == 3
    assert names(DirectorySearch(territory="13")) == ["Zénith Soins"]
    assert names(DirectorySearch(kind="finess")) == ["Résidence L’Œillet"]
    assert names(DirectorySearch(kind="general")) == ["Résidence L’Œillet"]
    assert names(DirectorySearch("elan", territory="13")) == []


def test_loading_again_changes_nothing_and_what_moved_is_brought_up_to_date(three: list[DirectoryLine]) -> None:
    assert load_directory(three) == 0
    moved = replace(three[0], siret=make_siret(9), headcount=40)
    assert load_directory([moved, moved]) == 1
    assert Establishment.objects.count() == 3
    row = Establishment.objects.get(finess_et="040000001")
    assert (row.siret, row.headcount) == (make_siret(9), 40)


def test_two_finess_sites_may_share_a_siret(three: list[DirectoryLine]) -> None:
    assert load_directory([replace(three[0], finess_et="040000002", name="Accueil de jour")]) == 1
    home = Establishment.objects.get(finess_et="040000001")
    assert [row.name for row in list_sites(home)] == ["Accueil de jour"]


def test_pages_go_on_by_key_and_none_is_lost_among_equal_names(db: None) -> None:
    load_directory([line(number, "Les Oliviers") for number in range(PAGE + 7)])
    first = browse_directory(DirectorySearch())
    assert len(first.rows) == PAGE
    second = browse_directory(DirectorySearch(after=first.following))
    assert second.following is None
    assert len({row.pk for row in first.rows + second.rows}) == PAGE + 7


def test_a_search_orders_200_candidates_and_says_when_it_is_cut(db: None) -> None:
    load_directory([line(number, f"Foyer {number:03}") for number in range(CANDIDATES)])
    assert not browse_directory(DirectorySearch("foyer")).cut
    load_directory([line(CANDIDATES, "Foyer de trop")])
    assert browse_directory(DirectorySearch("foyer")).cut


def test_what_the_filters_leave_is_taken_away_whole_or_not_at_all(
    three: list[DirectoryLine], cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    browser = signed_in(cast.service)
    said = browser.get("/annuaire/export/csv?q=verdon").content.decode("utf-8-sig").splitlines()
    assert [one.split(";")[0] for one in said] == ["Nom", "Élan du Verdon"]
    assert browser.get("/annuaire/export/xlsx?territoire=04").content.startswith(b"PK")
    assert browser.get("/annuaire/export/pdf").status_code == 404
    monkeypatch.setattr(selectors, "EXPORTED", 2)
    refused = browser.get("/annuaire/export/csv")
    assert refused.status_code == 409
    assert "filtrez par territoire" in refused.content.decode()
    assert browser.get("/annuaire/export/csv?territoire=04").status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"siret": "", "finess_et": ""},
        {"siret": "123"},
        {"siret": make_siret(1), "finess_et": "12345"},
    ],
)
def test_the_database_refuses_a_line_without_a_possible_number(wrong: dict[str, str]) -> None:
    with pytest.raises(IntegrityError, match="parties_establishment"), transaction.atomic():
        Establishment.objects.create(name="essai", folded="essai", **wrong)


def test_the_database_refuses_twins(three: list[DirectoryLine]) -> None:
    for twin in ({"siret": three[0].siret, "finess_et": "040000001"}, {"siret": "", "finess_et": "040000001"}):
        with pytest.raises(IntegrityError, match="unique"), transaction.atomic():
            Establishment.objects.create(name="essai", folded="essai", **twin)


def test_a_file_of_the_directory_is_read_line_by_line() -> None:
    row = {
        "siret": make_siret(1),
        "nom": "Les Oliviers",
        "effectif": "1 391",
        "departement": "04",
        "ferme_le": "30/06/2025",
    }
    read = read_line(row, frozenset({"04"}))
    assert (read.siret, read.headcount, read.territory, read.closed_on) == (
        make_siret(1),
        1391,
        "04",
        date(2025, 6, 30),
    )
    assert read_line(row, frozenset()).territory is None
    for wrong in ({"nom": ""}, {"siret": ""}, {"siret": "12"}, {"regime": "x"}, {"effectif": "-1"}):
        with pytest.raises(DomainError):
            read_line(row | wrong, frozenset())


def test_an_organisation_has_one_circle_of_its_own(cast: Cast) -> None:
    with acting_as(cast.service):
        first = own_circle(cast.service)
    with acting_as(cast.contributor):
        assert own_circle(cast.contributor) == first
    with acting_as(cast.fund):
        assert own_circle(cast.fund) != first
