from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.db.backends.signals import connection_created
from hypothesis import HealthCheck, settings

from tests.support import server

# How fast the machine is proves nothing of a rule.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")


@pytest.fixture(scope="session")
def django_db_setup(django_test_environment: None, django_db_blocker: Any) -> Iterator[None]:
    """A clone of the migrated template. Tests run as the application role, so that row level security is on."""
    name = f"test_{server.WORKER}"
    server.CLUSTER.drop_database(name)
    server.CLUSTER.create_database(name, os.environ["AVENANT_TEST_TEMPLATE"])
    connection_created.connect(_as_application, dispatch_uid="tests-role")
    yield
    with django_db_blocker.unblock():
        connection.close()
    server.CLUSTER.drop_database(name)


def _as_application(connection: Any, **_: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET ROLE avenant_app")


@pytest.fixture
def committed(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """A database of its own, where transactions are real and seen by other connections."""
    name = f"at_once_{server.WORKER}"
    server.CLUSTER.drop_database(name)
    server.CLUSTER.create_database(name, os.environ["AVENANT_TEST_TEMPLATE"])
    said = connections["default"].settings_dict
    former = said["NAME"]
    with django_db_blocker.unblock():
        connection.close()
        said["NAME"] = name
        try:
            yield
        finally:
            connection.close()
            said["NAME"] = former
            server.CLUSTER.drop_database(name)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that a PostgreSQL run as root reaches: in a closed one, it would keep its data in ``/var/tmp`` for good."""
    with tempfile.TemporaryDirectory(prefix="avenant-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture(autouse=True)
def without_second_factor(settings: Any) -> None:
    """People of the tests are signed in without one; the tests of the second factor ask it again."""
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture(autouse=True)
def without_notice(settings: Any) -> None:
    """People of the tests enter files at once; the tests of the notice ask it again."""
    settings.SECRECY_NOTICE_REQUIRED = False


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--write-tables", action="store_true", help="approve the generated pages of docs/reference")


pytest_plugins = ["tests.support.cast"]
