"""The organisations that exist nowhere, and who signs in to the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from avenant.demo.models import Visitor
from avenant.domain.audiences import OrganisationKind
from avenant.domain.indicators import Provider
from avenant.foundations.accounts.models import User
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership, Organisation, Unit
from avenant.references.reading import read

REGION = "R93"
DOMAIN = "demo.invalid"
SOURCE = "Démonstration, faits fictifs"
SINCE = date(2019, 1, 1)
AFTER_THE_OTHERS = 100


class Cast:
    """The actors of the demonstration, by the key of their person."""

    def __init__(self, actors: Mapping[str, Actor]) -> None:
        self._actors = actors
        self.labour = actors["pilote"]
        self.fund = actors["caisse"]
        self.social_service = actors["service-social"]
        self.contributor = actors["contributrice"]

    def person(self, key: str) -> Actor:
        """The actor of one person of the file."""
        return self._actors[key]

    def manager(self, service: str) -> Actor:
        """Who answers for the declaration of a fictional service."""
        return self._actors["responsable" if service == "val-issole" else f"responsable-{service}"]

    def holder(self, provider: Provider, service: str) -> Actor:
        """Who hands in one part of the declaration of ``service``."""
        return {
            Provider.SERVICE: self.manager(service),
            Provider.SOCIAL_SERVICE: self.social_service,
            Provider.FUND_PREVENTION: self.fund,
        }[provider]


def make_organisations() -> None:
    """The fictional services, and the other fictional organisations."""
    for entry in entries(read("demo/services"), "service"):
        _organisation(entry, OrganisationKind.SERVICE)
    for entry in entries(read("demo/people"), "organisation"):
        _organisation(entry, OrganisationKind(entry["kind"]))


def _organisation(entry: Mapping[str, Any], kind: OrganisationKind) -> None:
    Organisation.objects.create(
        key=entry["key"],
        kind=kind.value,
        name=entry["name"],
        short_name=entry["short_name"],
        territory_id=entry.get("territory", REGION),
        seat=entry.get("seat", ""),
        fictional=True,
        source=SOURCE,
    )


def make_people() -> Cast:
    """The people, each a member of one organisation; nobody has a password."""
    actors = {}
    for position, entry in enumerate(entries(read("demo/people"), "person")):
        organisation = Organisation.objects.get(key=entry["organisation"])
        person = User.objects.create_user(email=f"{entry['key']}@{DOMAIN}", name=entry["name"])
        membership = Membership.objects.create(
            person=person,
            organisation=organisation,
            unit=Unit.objects.get(organisation=organisation, key=entry["unit"]) if "unit" in entry else None,
            roles=entry["roles"],
            starts_on=SINCE,
        )
        Visitor.objects.create(
            person=person, position=position, first=entry.get("first", False), story=entry.get("story", "")
        )
        actors[entry["key"]] = Actor.of(membership)
    return Cast(actors)
