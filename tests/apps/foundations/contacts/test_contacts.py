"""Contacts of a file: appointed by each party, one correspondent for the fund, reviewed each year, exported."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from django.http import Http404
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.contact_lists import open_lists
from tests.support.establishments import make_siret
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.contacts import selectors, services
from avenant.foundations.contacts.models import Contact, ContactList
from avenant.foundations.journal.models import DueItem
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
TODAY = date(2026, 3, 3)
DRAFT = services.ContactDraft("Pilote des CPOM", date(2026, 1, 1), mailbox="pole@demo.invalid")
SOLE = services.ContactDraft("Correspondant", date(2026, 1, 1), phone="04 00 00 00 00", correspondent=True)


@pytest.fixture
def lists(cast: Cast) -> dict[str, ContactList]:
    return open_lists(Story(cast).contract, AT)


def appoint(actor: Actor, listing: ContactList, draft: services.ContactDraft = DRAFT) -> Contact:
    with acting_as(actor):
        return services.add_contact(actor=actor, list_id=listing.pk, draft=draft, at=AT)


def gap(actor: Actor, listing: ContactList, day: date = TODAY) -> str:
    with acting_as(actor):
        return services.gap(selectors.get_list(actor, listing.pk), day)


@pytest.mark.req("S3-4-02")
def test_a_party_without_contact_is_a_gap_shown_to_all_and_appointing_tells_the_others(
    cast: Cast, lists: dict[str, ContactList]
) -> None:
    address = reverse("contacts:file", args=[lists["dreets-paca"].circle_id])
    for actor in (cast.labour, cast.fund, cast.service):
        assert signed_in(actor).get(address).content.decode().count("aucun contact désigné") == 2
    draft = replace(DRAFT, name="Agente fictive", phone="04 00 00 00 01")
    client = signed_in(cast.labour)
    client.post(
        reverse("contacts:add", args=[lists["dreets-paca"].pk]),
        {
            "function": draft.function,
            "name": draft.name,
            "mailbox": draft.mailbox,
            "phone": draft.phone,
            "starts_on": "2026-01-01",
        },
    )
    for actor in (cast.labour, cast.fund, cast.service):
        page = signed_in(actor).get(address).content.decode()
        assert page.count("aucun contact désigné") == 1
        for shown in ("Agente fictive", "Pilote des CPOM", "pole@demo.invalid", "04 00 00 00 01", "1er janvier 2026"):
            assert shown in page
    with as_system():
        told = set(Notice.objects.filter(key__startswith="contact:").values_list("organisation__key", flat=True))
    assert told == {"carsat-sud-est", "satdl"}


@pytest.mark.req("S1-III.C-01")
def test_the_fund_has_one_correspondent_at_a_time(cast: Cast, lists: dict[str, ContactList]) -> None:
    listing = lists["carsat-sud-est"]
    assert gap(cast.fund, listing) == "correspondant unique manquant"
    assert "correspondant unique manquant" in signed_in(cast.fund).get(listing.page()).content.decode()
    first = appoint(cast.fund, listing, SOLE)
    assert gap(cast.fund, listing) == ""
    with pytest.raises(DomainError, match="mettez d’abord fin"):
        appoint(cast.fund, listing, replace(SOLE, starts_on=date(2026, 6, 1)))
    with acting_as(cast.fund):
        services.end_contact(actor=cast.fund, contact_id=first.pk, ends_on=date(2026, 6, 1), at=AT)
    with pytest.raises(DomainError, match="déjà correspondant unique"):
        appoint(cast.fund, listing, replace(SOLE, starts_on=date(2026, 5, 31)))
    appoint(cast.fund, listing, replace(SOLE, starts_on=date(2026, 6, 1)))
    assert [gap(cast.fund, listing, day) for day in (date(2026, 5, 31), date(2026, 6, 1))] == ["", ""]


@pytest.mark.req("S0-6-03")
def test_the_list_is_reviewed_every_year_in_committee(cast: Cast, lists: dict[str, ContactList]) -> None:
    listing = lists["dreets-paca"]
    with acting_as(cast.labour):
        due = DueItem.objects.get(key=services.review_key(listing, 2027))
        assert (due.state, due.organisation_id, f"{due.due_at:%Y-%m-%d}") == (
            "open",
            cast.labour.organisation_id,
            "2027-03-02",
        )
        later = datetime(2027, 2, 10, 9, tzinfo=UTC)
        services.record_review(
            actor=cast.labour, list_id=listing.pk, on=date(2027, 2, 10), committee="Comité de suivi 2027", at=later
        )
        assert DueItem.objects.get(key=services.review_key(listing, 2027)).state == "done"
        again = DueItem.objects.get(key=services.review_key(listing, 2028))
        assert (again.state, f"{again.due_at:%Y-%m-%d}") == ("open", "2028-02-09")
    page = signed_in(cast.service).get(listing.page()).content.decode()
    assert "Revue le 10 février 2027" in page
    assert "Comité de suivi 2027, 10 février 2027, par Pilote CPOM" in page


def test_a_review_is_never_to_come_nor_before_the_opening(cast: Cast, lists: dict[str, ContactList]) -> None:
    listing = lists["dreets-paca"]
    for wrong in (date(2026, 3, 4), date(2024, 12, 31)):
        with acting_as(cast.labour), pytest.raises(DomainError):
            services.record_review(actor=cast.labour, list_id=listing.pk, on=wrong, committee="x", at=AT)


def test_each_keeps_its_own_list_and_a_stranger_sees_none(cast: Cast, lists: dict[str, ContactList]) -> None:
    for actor in (cast.service, cast.reader):
        with pytest.raises(Refused):
            appoint(actor, lists["dreets-paca"])
    with pytest.raises(Http404):
        appoint(cast.outsider, lists["dreets-paca"])
    assert signed_in(cast.outsider).get(lists["satdl"].page()).status_code == 404


def test_only_a_party_of_which_the_text_asks_it_has_a_single_correspondent(
    cast: Cast, lists: dict[str, ContactList]
) -> None:
    with pytest.raises(DomainError, match="ne demande pas"):
        appoint(cast.labour, lists["dreets-paca"], SOLE)


def test_opening_again_doubles_nothing(cast: Cast, lists: dict[str, ContactList]) -> None:
    with as_system():
        before = ContactList.objects.count()
    from avenant.site import appointing

    with as_system():
        assert appointing.open_lists(at=AT) == 0
        assert ContactList.objects.count() == before


def test_the_card_says_who_follows_an_establishment_to_those_who_may_know(
    cast: Cast, lists: dict[str, ContactList]
) -> None:
    load_directory([DirectoryLine("Foyer fictif", siret=make_siret(5))])
    place = Establishment.objects.get()
    appoint(cast.fund, lists["carsat-sud-est"], replace(SOLE, establishments=(place,)))
    for actor in (cast.service, cast.labour, cast.fund):
        page = signed_in(actor).get(place.page()).content.decode()
        assert "Qui le suit" in page
        assert "04 00 00 00 00" in page
    page = signed_in(cast.outsider).get(place.page()).content.decode()
    assert "Foyer fictif" in page
    assert "Qui le suit" not in page


def test_lists_are_filtered_and_exported(cast: Cast, lists: dict[str, ContactList]) -> None:
    appoint(cast.labour, lists["dreets-paca"])
    appoint(cast.fund, lists["carsat-sud-est"], SOLE)
    client = signed_in(cast.service)
    found = client.get(reverse("contacts:contacts"), {"q": "pilote cpom"})
    assert "1 contact" in found.content.decode()
    for form in ("csv", "xlsx"):
        answer = client.get(reverse("contacts:export", args=[form]), {"q": "pilote"})
        assert answer["Content-Disposition"] == (
            f'attachment; filename="contacts{"-confidentiel" if form == "csv" else ""}.{form}"'
        )
    assert (
        "Correspondant;" not in client.get(reverse("contacts:export", args=["csv"]), {"q": "pilote"}).content.decode()
    )
    assert client.get(reverse("contacts:export", args=["pdf"])).status_code == 404
