"""The text of a contract in the tables: loaded once, corrected, read on a day."""

from __future__ import annotations

import pytest
from tests.conftest import as_system

from avenant.contracts.drafting.models import Contract
from avenant.site.loading import load_references

pytestmark = pytest.mark.django_db


def test_loading_twice_changes_nothing() -> None:
    with as_system():
        assert list(load_references()) == []
        for one in Contract.objects.all():
            print(one, one.clauses.count(), one.annexes.count(), one.provisions.count())
