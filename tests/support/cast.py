"""The people of the tests, named once: who they are makes each test of a right one sentence."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date

import pytest

from avenant.domain.audiences import Role
from avenant.foundations.accounts.models import User
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership, Organisation, Territory, Unit
from tests.support.roles import as_system


@dataclass
class Cast:
    """Each person works for one organisation with one role; ``outsider`` belongs to another region."""

    service: Actor
    contributor: Actor
    other_service: Actor
    labour: Actor
    fund: Actor
    social_service: Actor
    outsider: Actor
    reader: Actor

    def organisation(self, key: str) -> Organisation:
        return Organisation.objects.get(key=key)


def _organisation(key: str, kind: str, name: str, territory: str) -> Organisation:
    return Organisation.objects.create(
        key=key, kind=kind, name=name, short_name=name, territory=Territory.objects.get(pk=territory), fictional=True
    )


def actor(organisation: Organisation, name: str, *roles: Role, unit: str = "") -> Actor:
    """A person of ``organisation`` holding ``roles`` exactly."""
    person = User(email=f"{uuid.uuid4().hex}@example.org", name=name)
    person.set_unusable_password()
    person.save()
    membership = Membership.objects.create(
        person=person,
        organisation=organisation,
        roles=[role.value for role in roles],
        starts_on=date(2020, 1, 1),
        unit=Unit.objects.get(organisation=organisation, key=unit) if unit else None,
    )
    return Actor.of(membership)


@pytest.fixture
def cast(db: None) -> Cast:
    return make_people()


def make_people() -> Cast:
    """The cast, written in the transaction that is open."""
    with as_system():
        satdl = Organisation.objects.get(key="satdl")
        dreets = Organisation.objects.get(key="dreets-paca")
        carsat = Organisation.objects.get(key="carsat-sud-est")
        other = _organisation("val-issole", "spsti", "Val d’Issole", "R93")
        stranger = _organisation("deets-ailleurs", "labour", "Direction du travail d’ailleurs", "R02")
        return Cast(
            service=actor(satdl, "Responsable CPOM", Role.SERVICE_MANAGER),
            contributor=actor(satdl, "Contributrice", Role.SERVICE_CONTRIBUTOR),
            other_service=actor(other, "Responsable d’un autre service", Role.SERVICE_MANAGER),
            labour=actor(dreets, "Pilote CPOM", Role.LABOUR_LEAD, unit="pole-travail"),
            fund=actor(carsat, "Correspondante CPOM", Role.FUND_CORRESPONDENT, unit="prevention"),
            social_service=actor(carsat, "Assistante sociale", Role.SOCIAL_SERVICE, unit="ssam"),
            outsider=actor(stranger, "Pilote d’ailleurs", Role.LABOUR_LEAD),
            reader=actor(satdl, "Lectrice", Role.READER),
        )
