"""How long things are kept: deleted just past the term, kept just before; a visa is recorded; never a contract."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.urls import reverse
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.roles import as_system

from avenant.contracts.drafting.models import Contract
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.foundations.accounts.models import Invitation, SecurityEntry, User
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.secrecy.models import Elimination
from avenant.foundations.secrecy.services import retention
from avenant.references.secrecy import retentions

pytestmark = pytest.mark.django_db
NIGHT = datetime(2026, 6, 15, 2, 30, tzinfo=UTC)


@pytest.fixture
def platform(cast: Cast) -> Actor:
    with as_system():
        keeper = Organisation.objects.create(
            key="plateforme", kind="national", name="Plateforme", short_name="Plateforme", territory_id="R93"
        )
        return actor(keeper, "Administration", Role.PLATFORM_ADMINISTRATOR)


def test_what_reached_its_term_goes_and_what_did_not_stays(cast: Cast) -> None:
    edge = datetime(2025, 6, 15, tzinfo=UTC)
    with as_system():
        for at in (edge - timedelta(microseconds=1), edge, edge + timedelta(microseconds=1)):
            SecurityEntry.objects.create(at=at, action="sign_in")
        said = {
            "organisation_id": cast.service.organisation_id,
            "roles": [],
            "starts_on": edge.date(),
            "invited_at": edge,
        }
        Invitation.objects.create(email="a@example.org", expires_at=edge - timedelta(seconds=1), **said)
        Invitation.objects.create(email="b@example.org", expires_at=edge, **said)
        contracts = Contract.objects.count()
        counts = retention.apply_retention(at=NIGHT)
        assert (counts["security-log"], counts["invitations"]) == (1, 1)
        assert SecurityEntry.objects.filter(at__lte=edge + timedelta(microseconds=1)).count() == 2
        assert Invitation.objects.get().email == "b@example.org"
        assert Contract.objects.count() == contracts
        assert {one.category for one in Elimination.objects.all()} == {"security-log", "invitations"}
        assert retention.apply_retention(at=NIGHT)["security-log"] == 0


def test_no_rule_deletes_a_contract() -> None:
    assert not retentions()["contracts"].purge
    assert set(retention.PURGED) == {key for key, one in retentions().items() if one.purge}


def test_a_list_waits_for_its_visa(cast: Cast, platform: Actor) -> None:
    with as_system():
        old = User.objects.create_user(email="ancien@example.org", name="Ancien", is_active=False)
        User.objects.filter(pk=old.pk).update(last_login=datetime(2010, 1, 1, tzinfo=UTC))
        retention.apply_retention(at=NIGHT)
        retention.apply_retention(at=NIGHT)
        row = Elimination.objects.get(category="accounts")
        assert User.objects.filter(pk=old.pk).exists()
    client = signed_in(platform)
    assert "attend un visa" in client.get(reverse("secrecy:retention")).content.decode()
    said = {"remark": "Visa des archives, courrier du 1er juin."}
    assert client.post(reverse("secrecy:approve", args=["accounts"]), said).status_code == 302
    row.refresh_from_db()
    assert (row.approved_by_id, row.remark) == (platform.person_id, said["remark"])
    with pytest.raises(DomainError):
        retention.approve_elimination(actor=platform, category="accounts", remark="", at=NIGHT)
    sheet = client.get(reverse("secrecy:export-eliminations", args=["csv"]))
    assert "Visa des archives" in sheet.content.decode("utf-8-sig")
    assert client.get(reverse("secrecy:export-eliminations", args=["xlsx"])).status_code == 200


def test_only_the_platform_reads_it(cast: Cast) -> None:
    client = signed_in(cast.labour)
    assert client.get(reverse("secrecy:retention")).status_code == 403
