"""Writes about contacts: a list is opened when its file takes effect, kept by its organisation, reviewed each year."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q

from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_date, typeset
from avenant.domain.periods import add_months
from avenant.foundations.contacts import policies, selectors
from avenant.foundations.contacts.models import (
    Contact,
    ContactList,
    DirectExchange,
    ExchangeContent,
    Following,
    ListReview,
    Partner,
)
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Establishment, Organisation, Unit

REVIEW: Final = "Convention Martinique, article 6 : liste mise à jour chaque année en comité de suivi"
APPOINTING: Final = "CPOM PACA 2025-2029, article 4 : chaque partie désigne les personnes chargées du suivi"
SINGLE: Final = "CPOM Guadeloupe, III : la caisse désigne un correspondant unique"
DIRECT: Final = "Convention Martinique, article 6 : échanges directs entre agents sur les établissements qu’ils suivent"
REVIEW_MONTHS: Final = 12


@dataclass(frozen=True, slots=True)
class ContactDraft:
    """A contact as it is typed or read from a file."""

    function: str
    starts_on: date
    mailbox: str = ""
    phone: str = ""
    name: str = ""
    ends_on: date | None = None
    correspondent: bool = False
    fictional: bool = False
    source: str = ""
    establishments: tuple[Establishment, ...] = ()


def appoint_key(listing: ContactList) -> str:
    """The key of the due item that asks an organisation for its first contact."""
    return f"contacts:{listing.pk.hex}:appoint"


def review_key(listing: ContactList, year: int) -> str:
    """The key of the due item of a yearly review."""
    return f"contacts:{listing.pk.hex}:review:{year}"


@transaction.atomic
def open_list(
    *,
    circle_id: uuid.UUID,
    organisation: Organisation,
    opened_on: date,
    at: datetime,
    unit: Unit | None = None,
    single: bool = False,
) -> ContactList:
    """Open the list of a party when its file takes effect, once; its first contact and its review become due."""
    listing, made = ContactList.objects.get_or_create(
        circle_id=circle_id,
        organisation=organisation,
        unit=unit,
        defaults={"single": single, "opened_on": opened_on},
    )
    if made:
        _plan_appointment(listing, at)
        _plan_review(listing, max(opened_on, at.date()))
    return listing


@transaction.atomic
def add_contact(*, actor: Actor, list_id: uuid.UUID, draft: ContactDraft, at: datetime) -> Contact:
    """Appoint a contact; the other parties are told. Raises DomainError when the single correspondent is not free."""
    listing = selectors.get_list(actor, list_id, lock=True)
    policies.may_keep(actor, listing).or_raise()
    check_correspondent(listing, draft)
    contact = Contact.objects.create(
        circle_id=listing.circle_id,
        list=listing,
        function=draft.function,
        name=draft.name,
        mailbox=draft.mailbox,
        phone=draft.phone,
        starts_on=draft.starts_on,
        ends_on=draft.ends_on,
        correspondent=draft.correspondent,
        fictional=draft.fictional,
        source=draft.source,
        folded=fold(f"{draft.name} {draft.function} {draft.mailbox} {listing}")[:300],
    )
    _follow(contact, draft.establishments)
    journal.close(appoint_key(listing))
    record(
        listing.circle_id,
        verb="contact.appoint",
        label=f"{listing} désigne un contact\u202f: {draft.function}",
        actor=actor,
        at=at,
        page=listing.page(),
        subject=contact.pk,
    )
    for other in _others(listing):
        notify_organisation(listing.circle_id, other, _told(contact, listing), at=at)
    return contact


def check_correspondent(listing: ContactList, draft: ContactDraft) -> None:
    """A single correspondent at a time: a second one waits for the end of the first (S1-III.C-01)."""
    if not draft.correspondent:
        return
    if not listing.single:
        raise DomainError("Le texte de ce dossier ne demande pas de correspondant unique à votre organisme.")
    rows = listing.contacts.filter(correspondent=True).filter(Q(ends_on=None) | Q(ends_on__gt=draft.starts_on))
    if draft.ends_on:
        rows = rows.filter(starts_on__lt=draft.ends_on)
    other = rows.first()
    if other:
        raise DomainError(
            typeset(
                f"« {other.function} » est déjà correspondant unique depuis le {format_date(other.starts_on)} : "
                "mettez d'abord fin à cette désignation."
            ),
        )


@transaction.atomic
def end_contact(*, actor: Actor, contact_id: uuid.UUID, ends_on: date, at: datetime) -> Contact:
    """A contact holds no longer from ``ends_on``; nothing is deleted. The last one gone, a new one is due."""
    contact = selectors.get_contact(actor, contact_id)
    listing = selectors.get_list(actor, contact.list_id, lock=True)
    policies.may_keep(actor, listing).or_raise()
    if ends_on <= contact.starts_on:
        raise DomainError(f"La fin suit le début ({format_date(contact.starts_on)}).")
    contact.ends_on = ends_on
    contact.save(update_fields=["ends_on"])
    record(
        listing.circle_id,
        verb="contact.end",
        label=f"{listing}\u202f: fin du contact {contact.function}, le {format_date(ends_on)}",
        actor=actor,
        at=at,
        page=listing.page(),
        subject=contact.pk,
    )
    if gap(listing, at.date()):
        _plan_appointment(listing, at)
    return contact


@transaction.atomic
def follow_establishment(*, actor: Actor, contact_id: uuid.UUID, establishment: Establishment) -> Contact:
    """A contact follows one more establishment."""
    contact = selectors.get_contact(actor, contact_id)
    policies.may_keep(actor, contact.list).or_raise()
    _follow(contact, [establishment])
    return contact


@transaction.atomic
def record_review(*, actor: Actor, list_id: uuid.UUID, on: date, committee: str, at: datetime) -> ContactList:
    """The list was gone through in committee on a day: the next review is due a year later (S0-6-03)."""
    listing = selectors.get_list(actor, list_id, lock=True)
    policies.may_keep(actor, listing).or_raise()
    if on > at.astimezone(ZoneInfo(listing.organisation.territory.time_zone)).date():
        raise DomainError("La date de la revue ne peut pas être à venir.")
    last = listing.reviewed_on or listing.opened_on
    if on < last:
        raise DomainError(f"La liste a déjà été revue ou ouverte le {format_date(last)}.")
    ListReview.objects.get_or_create(
        circle_id=listing.circle_id, list=listing, on=on,
        defaults={"committee": committee, "person_id": actor.person_id, "at": at},
    )  # fmt: skip
    journal.close(*(review_key(listing, year) for year in range(listing.opened_on.year, on.year + 2)))
    listing.reviewed_on = on
    listing.save(update_fields=["reviewed_on"])
    record(
        listing.circle_id,
        verb="contacts.review",
        label=f"Contacts de {listing} revus en comité\u202f: {committee}",
        actor=actor,
        at=at,
        page=listing.page(),
        subject=listing.pk,
    )
    _plan_review(listing, on)
    return listing


def gap(listing: ContactList, day: date) -> str:
    """What is missing on a day: « correspondant manquant », « aucun contact », or nothing."""
    current = listing.contacts.filter(selectors.current_on(day))
    if listing.single and not current.filter(correspondent=True).exists():
        return "correspondant unique manquant"
    return "" if current.exists() else "aucun contact désigné"


def undo_contacts(*, actor: Actor, contact_ids: Iterable[uuid.UUID], at: datetime) -> None:
    """Take back contacts entered by a file on the same day. Raises DomainError when one has been used since."""
    for contact in Contact.objects.visible_to(actor).filter(pk__in=contact_ids).select_related("list__organisation"):
        policies.may_keep(actor, contact.list).or_raise()
        if contact.list.reviewed_on and contact.list.reviewed_on >= at.date():
            raise DomainError(f"La liste de {contact.list} a été revue depuis\u202f: elle ne se défait plus.")
        contact.delete()
        if gap(contact.list, at.date()):
            _plan_appointment(contact.list, at)


def _follow(contact: Contact, establishments: Iterable[Establishment]) -> None:
    Following.objects.bulk_create(
        (Following(circle_id=contact.circle_id, contact=contact, establishment=one) for one in establishments),
        ignore_conflicts=True,
    )


def _others(listing: ContactList) -> list[uuid.UUID]:
    rows = ContactList.objects.filter(circle_id=listing.circle_id).exclude(organisation_id=listing.organisation_id)
    return list(rows.values_list("organisation_id", flat=True).distinct().order_by("organisation_id"))


def _told(contact: Contact, listing: ContactList) -> Message:
    return Message(
        key=f"contact:{contact.pk.hex}",
        title=f"{listing} désigne un contact : {contact.function}",
        act="Voir les contacts du dossier",
        page=listing.page(),
        consequence="Rien n’est attendu de vous.",
        basis=APPOINTING,
    )


def _plan_appointment(listing: ContactList, at: datetime) -> None:
    zone = listing.organisation.territory.time_zone
    label = "Désigner le correspondant unique" if listing.single else "Désigner les personnes chargées du suivi"
    journal.plan(
        listing.circle_id,
        journal.Due(
            key=appoint_key(listing),
            label=f"{label}\u202f: {listing}",
            organisation_id=listing.organisation_id,
            unit_id=listing.unit_id,
            waiting="les autres parties",
            due_at=_midnight(add_months(max(listing.opened_on, at.date()), 1), zone),
            page=listing.page(),
            basis=SINGLE if listing.single else APPOINTING,
            zone=zone,
        ),
    )


def _plan_review(listing: ContactList, after: date) -> None:
    zone, due_on = listing.organisation.territory.time_zone, add_months(after, REVIEW_MONTHS)
    journal.plan(
        listing.circle_id,
        journal.Due(
            key=review_key(listing, due_on.year),
            label=f"Revoir la liste de contacts en comité de suivi\u202f: {listing}",
            organisation_id=listing.organisation_id,
            unit_id=listing.unit_id,
            waiting="le comité de suivi",
            due_at=_midnight(due_on, zone),
            page=listing.page(),
            basis=REVIEW,
            zone=zone,
        ),
    )


def _midnight(day: date, zone: str) -> datetime:
    return datetime.combine(day, time(), tzinfo=ZoneInfo(zone))


@transaction.atomic
def log_exchange(
    *, actor: Actor, establishment: Establishment, giver_id: uuid.UUID, receiver_id: uuid.UUID, on: date, subject: str,
    text: str, at: datetime,
) -> DirectExchange:  # fmt: skip
    """Note that two listed agents were in touch about the working conditions of an establishment that both follow.

    Raises Refused when the actor does not follow it, DomainError when the other agent does not or is of the same
    institution. Convention Martinique, article 6.
    """
    today = at.date()
    giver = selectors.follows(actor, establishment.pk, on=today).filter(pk=giver_id).first()
    policies.may_exchange(giver).or_raise()
    assert giver is not None  # noqa: S101 - the policy has just said so
    receiver = selectors.who_follows(actor, establishment, on=today).filter(pk=receiver_id, circle=giver.circle).first()
    if receiver is None or receiver.list.organisation_id == giver.list.organisation_id:
        raise DomainError("Choisissez un agent d’un autre organisme qui suit aussi cet établissement.", basis=DIRECT)
    if on > today:
        raise DomainError("Cet échange est à venir : notez-le une fois qu’il a eu lieu.".replace(" :", "\u202f:"))
    exchange = DirectExchange.objects.create(
        circle_id=giver.circle_id, giver=giver, receiver=receiver, establishment=establishment, on=on, at=at,
        person_id=actor.person_id,
    )  # fmt: skip
    ExchangeContent.objects.create(circle_id=giver.circle_id, exchange=exchange, subject=subject, text=text)
    return exchange


@transaction.atomic
def name_partner(*, actor: Actor, contact_id: uuid.UUID, name: str, domain: str, at: datetime) -> Partner:
    """Say which contact of my organisation a partner outside the file calls. CPOM Guadeloupe, III."""
    contact = selectors.get_contact(actor, contact_id)
    policies.may_keep(actor, contact.list).or_raise()
    if Partner.objects.visible_to(actor).filter(contact=contact, name=name, domain=domain).exists():
        raise DomainError("Cet interlocuteur a déjà ce partenaire.")
    partner = Partner.objects.create(circle_id=contact.circle_id, contact=contact, name=name, domain=domain)
    label = typeset(f"{contact.list}, interlocuteur de {name} : {contact.function}")
    record(contact.circle_id, verb="contact.partner", label=label[:250], actor=actor, at=at, page=contact.page())
    return partner
