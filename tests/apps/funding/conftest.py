from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, connections
from tests.support import server
from tests.support.funding import FundingCast, make_cast, publish

from avenant.funding.calls.models import PublishedCall


@pytest.fixture
def cast(db: None) -> FundingCast:
    return make_cast()


@pytest.fixture
def call(cast: FundingCast) -> PublishedCall:
    """The call of 2023, published."""
    return publish(cast)


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of its own, where transactions are real and seen by other connections."""
    name = f"at_once_{server.WORKER}"
    server.CLUSTER.drop_database(name)
    server.CLUSTER.create_database(name, os.environ["AVENANT_TEST_TEMPLATE"])
    settings = connections["default"].settings_dict
    former = settings["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        settings["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            settings["NAME"] = former
            server.CLUSTER.drop_database(name)
