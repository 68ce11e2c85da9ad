"""The text of a contract in the tables: loaded once, corrected, read on a day."""

from __future__ import annotations

import time

import pytest
from django.test import Client
from django.urls import reverse
from tests.conftest import as_system
from tests.support.cast import actor

from avenant.contracts.drafting.models import Contract
from avenant.domain.audiences import Role
from avenant.foundations.accounts.models import User
from avenant.foundations.parties.models import Organisation
from avenant.site.loading import load_references

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing() -> None:
    with as_system():
        assert list(load_references()) == []


@pytest.mark.parametrize(
    "key,org",
    [
        ("cpom-durance-luberon-2025-2029", "satdl"),
        ("cpom-guadeloupe-2025-2030", "cist-97-1"),
        ("convention-martinique-2022-2025", "deets-martinique"),
    ],
)
def test_pages(key, org) -> None:
    with as_system():
        contract = Contract.objects.get(key=key)
        me = actor(Organisation.objects.get(key=org), "x", Role.READER)
    client = Client()
    client.force_login(User.objects.get(pk=me.person_id))
    for name in ("contract", "text", "programme", "commitments", "context", "indicators", "contributions", "printed"):
        t = time.time()
        r = client.get(reverse(f"drafting:{name}", args=[contract.pk]))
        print(name, r.status_code, len(r.content), round((time.time() - t) * 1000))
        open(f"/tmp/cr_{org}_{name}.{'pdf' if name == 'printed' else 'html'}", "wb").write(r.content)
