"""Who works where is written by one's own institution: the database refuses the rest, whatever a service forgets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.utils import timezone
from tests.support.cast import Cast, actor
from tests.support.roles import as_system

from avenant.domain.audiences import Role
from avenant.foundations.accounts.models import Delegation, Invitation, Proposal, User
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership
from avenant.foundations.secrecy.models import Elimination

pytestmark = pytest.mark.django_db
NOW: datetime = timezone.now()


def invitation(organisation: Any) -> Invitation:
    return Invitation(
        organisation_id=organisation, email=f"{organisation}@example.org", roles=["reader"], starts_on=date(2026, 1, 1),
        invited_at=NOW, expires_at=NOW,
    )  # fmt: skip


def rows_of(who: Actor) -> list[Any]:
    """One row of each kind, of the organisation of somebody."""
    person = User.objects.get(pk=who.person_id)
    mine = Membership.objects.get(person=person)
    other = actor(mine.organisation, "Collègue", Role.READER)
    colleague = Membership.objects.get(person_id=other.person_id)
    made = [
        invitation(who.organisation_id),
        Proposal(person=person, organisation_id=who.organisation_id, siret="1" * 14, proposed_at=NOW),
        Delegation(
            lender=mine,
            borrower=colleague,
            roles=["reader"],
            starts_on=date(2026, 1, 1),
            ends_on=date(2026, 2, 1),
            made_at=NOW,
        ),
    ]
    for one in made:
        one.save()
    return [mine, *made]


def test_nobody_writes_the_people_of_another_institution(cast: Cast) -> None:
    with as_system():
        theirs, own = rows_of(cast.fund), rows_of(cast.service)
    with acting_as(cast.service):
        for row in theirs:
            model = type(row)
            assert model.objects.filter(pk=row.pk).exists(), "read, as an agenda or a notice must"
            assert model.objects.filter(pk=row.pk).update(**{model._meta.pk.attname: row.pk}) == 0
            with transaction.atomic():
                assert not model.objects.select_for_update().filter(pk=row.pk).exists()
                assert model.objects.filter(pk=row.pk).delete()[0] == 0
        for row in own:
            assert type(row).objects.filter(pk=row.pk).update(**{row._meta.pk.attname: row.pk}) == 1
        person = User.objects.get(pk=cast.service.person_id)
        for stranger in (
            Membership(person=person, organisation_id=cast.fund.organisation_id, roles=["administrator"],
                       starts_on=date(2026, 1, 1)),
            Invitation(organisation_id=cast.fund.organisation_id, email="moi@example.org", roles=["administrator"],
                       starts_on=date(2026, 1, 1), invited_at=NOW, expires_at=NOW),
        ):  # fmt: skip
            with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
                stranger.save(force_insert=True)
        with pytest.raises(DatabaseError, match="row-level security"), transaction.atomic():
            Membership.objects.filter(pk=own[0].pk).update(organisation_id=cast.fund.organisation_id)


def test_the_web_gives_a_visa_and_changes_nothing_else_of_the_elimination_list(cast: Cast) -> None:
    with as_system():
        row = Elimination.objects.create(category="accounts", until=date(2026, 1, 1), count=3, at=NOW, automatic=False)
    with acting_as(cast.labour):
        assert Elimination.objects.filter(pk=row.pk).update(approved_by_id=cast.labour.person_id, approved_at=NOW) == 1
        for statement in (
            "UPDATE secrecy_elimination SET count = 0",
            "DELETE FROM secrecy_elimination",
            "INSERT INTO secrecy_elimination SELECT * FROM secrecy_elimination",
        ):
            with (
                pytest.raises(DatabaseError, match="permission denied"),
                transaction.atomic(),
                connection.cursor() as cursor,
            ):
                cursor.execute(statement)
