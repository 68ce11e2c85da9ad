"""Contacts as a table to take away; the importer reads the same titles back."""

from __future__ import annotations

from collections.abc import Iterable

from avenant.foundations.contacts.models import Contact
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet

COLUMNS = (
    Column("Dossier", width=40),
    Column("Organisme", width=30),
    Column("Fonction", width=34),
    Column("Nom de l’agent", width=26),
    Column("Courriel professionnel", width=34),
    Column("Téléphone professionnel", Kind.CODE, 18),
    Column("Correspondant unique"),
    Column("Établissements suivis", Kind.CODE, 40),
    Column("Depuis le", Kind.DATE, 12),
    Column("Jusqu’au (exclu)", Kind.DATE, 12),
    Column("Source", width=34),
)


def contact_sheet(contacts: Iterable[Contact]) -> Sheet:
    """The contacts, their establishments by number."""
    return Sheet(
        "Contacts",
        COLUMNS,
        (
            (
                one.circle.title,
                str(one.list),
                one.function,
                one.name,
                one.mailbox,
                one.phone,
                "oui" if one.correspondent else "",
                ", ".join(f.establishment.finess_et or f.establishment.siret for f in one.followings.all()),
                one.starts_on,
                one.ends_on,
                "fictif" if one.fictional else one.source,
            )
            for one in contacts
        ),
    )
