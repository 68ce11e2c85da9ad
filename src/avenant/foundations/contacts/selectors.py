"""Reads of the contact lists, actor first."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.folding import fold
from avenant.foundations.accounts.models import User
from avenant.foundations.contacts.models import (
    Contact,
    ContactList,
    DirectExchange,
    ExchangeContent,
    Following,
    ListReview,
    Partner,
)
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment, Organisation


@dataclass(frozen=True, slots=True)
class Sought:
    """Which contacts: of a file, of an organisation, with words; those of ``on`` only, or all with the former ones."""

    file: uuid.UUID | None = None
    organisation: uuid.UUID | None = None
    words: str = ""
    on: date | None = None


def list_contacts(actor: Actor, sought: Sought) -> QuerySet[Contact]:
    """The contacts of my files."""
    followings = Following.objects.visible_to(actor).select_related("establishment")
    rows = (
        Contact.objects.visible_to(actor)
        .select_related("list__organisation", "list__unit", "circle")
        .prefetch_related(Prefetch("followings", queryset=followings))
        .order_by("list__organisation__short_name", "-correspondent", "function", "id")
    )
    if sought.file:
        rows = rows.filter(circle_id=sought.file)
    if sought.organisation:
        rows = rows.filter(list__organisation_id=sought.organisation)
    if sought.on:
        rows = rows.filter(current_on(sought.on))
    for word in fold(sought.words).split():
        rows = rows.filter(folded__contains=word)
    return rows


def current_on(day: date) -> Q:
    """The contacts that hold on a day."""
    return Q(starts_on__lte=day) & (Q(ends_on=None) | Q(ends_on__gt=day))


def list_lists(actor: Actor, circle_id: uuid.UUID) -> QuerySet[ContactList]:
    """The lists of a file, its contacts and reviews with them."""
    contacts = list_contacts(actor, Sought(file=circle_id))
    reviews = ListReview.objects.visible_to(actor).select_related("person")
    return (
        ContactList.objects.visible_to(actor)
        .filter(circle_id=circle_id)
        .select_related("organisation", "unit", "circle")
        .prefetch_related(Prefetch("contacts", queryset=contacts), Prefetch("reviews", queryset=reviews))
    )


def list_own_lists(actor: Actor) -> QuerySet[ContactList]:
    """The lists that my organisation keeps."""
    return (
        ContactList.objects.visible_to(actor)
        .filter(organisation_id=actor.organisation_id)
        .select_related("circle", "unit", "organisation")
        .order_by("circle__title")
    )


def list_files(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The files that have contact lists, by title."""
    rows = ContactList.objects.visible_to(actor).order_by("circle__title")
    return list(rows.values_list("circle_id", "circle__title").distinct())


def list_organisations(actor: Actor) -> list[tuple[uuid.UUID, str]]:
    """The organisations that keep a list in one of my files."""
    rows = ContactList.objects.visible_to(actor).values("organisation")
    return list(Organisation.objects.filter(pk__in=rows).order_by("short_name").values_list("pk", "short_name"))


def get_list(actor: Actor, contactlist_id: uuid.UUID, *, lock: bool = False) -> ContactList:
    """One list; 404 outside its file."""
    rows = ContactList.objects.visible_to(actor).select_related("organisation__territory", "unit", "circle")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=contactlist_id)


def get_contact(actor: Actor, contact_id: uuid.UUID) -> Contact:
    """One contact; 404 outside its file."""
    rows = Contact.objects.visible_to(actor).select_related("list__organisation__territory", "list__circle")
    return get_object_or_404(rows, pk=contact_id)


def who_follows(actor: Actor, establishment: Establishment, *, on: date) -> QuerySet[Contact]:
    """Who follows an establishment in each institution, as far as my files say."""
    mine = Following.objects.visible_to(actor).filter(establishment=establishment).values("contact_id")
    return list_contacts(actor, Sought(on=on)).filter(pk__in=mine)


def follows(actor: Actor, establishment_id: uuid.UUID, *, on: date) -> QuerySet[Contact]:
    """The contacts by which I follow an establishment: those of my organisation that bear my professional e-mail."""
    mine = Following.objects.visible_to(actor).filter(establishment_id=establishment_id).values("contact_id")
    mailbox = User.objects.filter(pk=actor.person_id).values_list("email", flat=True).first() or ""
    rows = Contact.objects.visible_to(actor).filter(current_on(on), pk__in=mine)
    return rows.filter(list__organisation_id=actor.organisation_id, mailbox__iexact=mailbox).exclude(mailbox="")


def list_exchanges(
    actor: Actor, establishment_id: uuid.UUID, *, on: date
) -> list[tuple[DirectExchange, ExchangeContent | None]]:
    """The direct exchanges about an establishment, in my files. What was said is read by who follows it, in the file
    in which they follow it; the others read the days and the institutions (convention Martinique, article 6)."""
    rows = (
        DirectExchange.objects.visible_to(actor)
        .filter(establishment_id=establishment_id)
        .select_related(
            "giver__list__organisation", "giver__list__unit", "receiver__list__organisation", "receiver__list__unit"
        )
    )
    files = follows(actor, establishment_id, on=on).values("circle_id")
    told = {
        one.exchange_id: one
        for one in ExchangeContent.objects.visible_to(actor).filter(
            exchange__establishment_id=establishment_id, circle_id__in=files
        )
    }
    return [(one, told.get(one.pk)) for one in rows]


def list_partners(actor: Actor, domain: str, *, on: date) -> QuerySet[Partner]:
    """The partners of a domain with whom to call, in my files, as long as the contact holds."""
    return (
        Partner.objects.visible_to(actor)
        .filter(domain=domain, contact__in=Contact.objects.visible_to(actor).filter(current_on(on)))
        .select_related("contact__list__organisation", "contact__list__unit", "circle")
    )
