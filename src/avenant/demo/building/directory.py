"""The fictional establishments, and whom each party of a fictional contract has appointed to follow it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any

from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.demo.building.calendar import paris
from avenant.demo.building.people import DOMAIN, Cast
from avenant.foundations.contacts import services as contacts
from avenant.foundations.contacts.models import ContactList
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment
from avenant.references.reading import read

FUNCTIONS = {
    ContractParty.Role.LABOUR: "Pilote des CPOM",
    ContractParty.Role.FUND: "Correspondant CPOM",
    ContractParty.Role.SERVICE: "Responsable du CPOM",
}


def fill_directory() -> None:
    """A few establishments that exist nowhere."""
    lines = read("demo/directory")["establishment"]
    load_directory(DirectoryLine(**line, department=line["territory"], in_finess=True) for line in lines)


def appoint_contacts(cast: Cast, story: Mapping[str, Any], services: Iterable[Mapping[str, Any]]) -> None:
    """Each party of each fictional contract appoints one contact; the lists were reviewed at the start of the year."""
    at = paris(story["contracts_at"])
    followed = list(Establishment.objects.filter(finess_et__startswith="99").order_by("finess_et"))
    for rank, entry in enumerate(services):
        contract = Contract.objects.get(key__startswith=f"cpom-{entry['key']}-{story['contract_years'][0]}")
        for party in contract.parties.select_related("organisation__territory"):
            role = ContractParty.Role(party.role)
            listing = contacts.open_list(
                circle_id=contract.circle_id,
                organisation=party.organisation,
                opened_on=date(story["contract_years"][0], 1, 1),
                single=role is ContractParty.Role.FUND,
                at=at,
            )
            sites = tuple(followed[rank % 4 :: 4]) if rank < 4 else ()
            _appoint(cast, entry["key"], listing, role, sites, story)
    # A year has passed since: these messages were read.
    Notice.objects.filter(key__startswith="contact:").update(read_at=at, sent_at=at)


def _appoint(
    cast: Cast,
    service: str,
    listing: ContactList,
    role: ContractParty.Role,
    sites: tuple[Establishment, ...],
    story: Mapping[str, Any],
) -> None:
    at = paris(story["contracts_at"])
    actors: dict[ContractParty.Role, Actor] = {
        ContractParty.Role.LABOUR: cast.labour,
        ContractParty.Role.FUND: cast.fund,
        ContractParty.Role.SERVICE: cast.manager(service),
    }
    actor = actors[role]
    draft = contacts.ContactDraft(
        function=FUNCTIONS[role],
        starts_on=at.date(),
        mailbox=f"{role}.{service}@{DOMAIN}",
        correspondent=listing.single,
        fictional=True,
        establishments=sites,
    )
    with acting_as(actor):
        contacts.add_contact(actor=actor, list_id=listing.pk, draft=draft, at=at)
        reviewed = at.replace(year=at.year + 1) + timedelta(days=7)
        contacts.record_review(
            actor=actor, list_id=listing.pk, on=reviewed.date(), committee="Comité de suivi du CPOM", at=reviewed
        )
