"""Contacts taken from a spreadsheet: functions and professional addresses, never anything else of a person."""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils import timezone

from avenant.domain.decision import Decision, DomainError
from avenant.domain.folding import fold
from avenant.domain.french import parse_date, quoted, typeset
from avenant.foundations.contacts import policies, selectors, services
from avenant.foundations.contacts.models import ContactList
from avenant.foundations.contacts.services import ContactDraft
from avenant.foundations.imports.kinds import Kind, LineReader, TakenLine, Target, register
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.selectors import find_by_number


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A contact and the list it goes to."""

    listing: ContactList
    draft: ContactDraft


class Contacts(Kind):
    """The contacts of my organisation, in the files where it keeps a list."""

    key: ClassVar[str] = "contacts"
    label: ClassVar[str] = "Contacts de votre organisme"
    lead: ClassVar[str] = "Qui joindre chez vous, pour quel dossier, et les établissements que chacun suit."
    agents: ClassVar[tuple[str, ...]] = ("nom de l agent", "nom", "agent", "interlocuteur", "nom prenom")
    targets: ClassVar[tuple[Target, ...]] = (
        Target("function", "Fonction", ("Qualité", "Poste", "Rôle"), required=True),
        Target("name", "Nom de l’agent", ("Agent", "Interlocuteur", "Nom", "Nom prénom")),
        Target("mailbox", "Courriel professionnel", ("Courriel", "E-mail", "Email", "Mail", "Boîte fonctionnelle")),
        Target("phone", "Téléphone professionnel", ("Téléphone", "Tél", "Tel")),
        Target("file", "Dossier", ("Contrat", "Convention"), help="facultatif si vous n’avez qu’une liste"),
        Target("numbers", "Établissements suivis", ("Établissements", "SIRET suivis", "FINESS suivis", "SIRET", "FINESS"),
               help="SIRET ou numéros FINESS, séparés par des espaces"),
        Target("starts_on", "Depuis le", ("Début", "Date de début"), help="aujourd’hui si la case est vide"),
        Target("ends_on", "Jusqu’au (exclu)", ("Fin", "Date de fin")),
        Target("correspondent", "Correspondant unique", help="oui pour le correspondant unique"),
    )  # fmt: skip

    def may(self, actor: Actor) -> Decision:
        return policies.may_keep_lists(actor)

    def reader(self, actor: Actor, at: datetime) -> LineReader:
        lists = list(selectors.list_own_lists(actor))
        today = timezone.localdate(at)
        known = {
            (one.list_id, one.folded, one.starts_on)
            for one in selectors.list_contacts(actor, selectors.Sought(organisation=actor.organisation_id))
        }

        def read(said: Mapping[str, str]) -> ContactLine:
            draft = ContactDraft(
                function=said["function"][:120],
                name=said["name"][:120],
                mailbox=_mailbox(said["mailbox"]),
                phone=said["phone"][:30],
                starts_on=parse_date(said["starts_on"]) if said["starts_on"] else today,
                ends_on=parse_date(said["ends_on"]) if said["ends_on"] else None,
                correspondent=fold(said["correspondent"]) in ("oui", "x", "1"),
                establishments=find_by_number(said["numbers"]),
            )
            if not (draft.mailbox or draft.phone):
                raise DomainError("Il faut un courriel ou un téléphone professionnel.")
            if draft.ends_on and draft.ends_on <= draft.starts_on:
                raise DomainError("La fin suit le début.")
            listing = _list(lists, said["file"])
            services.check_correspondent(listing, draft)
            folded = fold(f"{draft.name} {draft.function} {draft.mailbox} {listing}")[:300]
            if (listing.pk, folded, draft.starts_on) in known:
                raise DomainError("Ce contact est déjà dans la liste.")
            return ContactLine(listing, draft)

        return read

    def identity(self, line: ContactLine) -> Hashable:
        draft = line.draft
        if draft.correspondent:
            return line.listing.pk, "correspondent", draft.ends_on
        return line.listing.pk, fold(f"{draft.name} {draft.function} {draft.mailbox}"), draft.starts_on

    def say(self, line: ContactLine) -> str:
        draft = line.draft
        parts = [draft.function, draft.name, draft.mailbox, draft.phone]
        return f"{', '.join(part for part in parts if part)} → {line.listing.circle.title}"

    def take(self, actor: Actor, lines: Sequence[tuple[int, Any]], *, mark: str, at: datetime) -> Iterable[TakenLine]:
        for number, line in lines:
            draft = ContactDraft(
                **{name: getattr(line.draft, name) for name in ContactDraft.__slots__} | {"source": mark}
            )
            row = services.add_contact(actor=actor, list_id=line.listing.pk, draft=draft, at=at)
            yield TakenLine(number, row.pk, str(row))

    def undo(self, actor: Actor, subjects: Sequence[uuid.UUID], *, at: datetime) -> None:
        services.undo_contacts(actor=actor, contact_ids=subjects, at=at)


def _list(lists: list[ContactList], said: str) -> ContactList:
    wanted = fold(said)
    found = [one for one in lists if not wanted or wanted == fold(one.circle.title)]
    if len(found) == 1:
        return found[0]
    if not lists:
        raise DomainError("Votre organisme n’a pas encore de liste : elle s’ouvre quand un contrat prend effet.")
    told = (
        "précisez le dossier de ce contact"
        if not wanted
        else f"{quoted(said)} ne désigne pas un dossier où vous avez une liste"
    )
    raise DomainError(typeset(f"{told[0].upper()}{told[1:]}."))


def _mailbox(text: str) -> str:
    if text:
        try:
            validate_email(text)
        except ValidationError:
            raise DomainError(typeset(f"{quoted(text)} n'est pas une adresse de courriel.")) from None
    return text


register(Contacts())
