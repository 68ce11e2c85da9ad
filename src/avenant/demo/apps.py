from typing import Any

from django.apps import AppConfig
from django.db import connection
from django.db.models.signals import post_migrate

from avenant.foundations.parties.apps import last_with_tables


class DemoConfig(AppConfig):
    name = "avenant.demo"
    label = "demo"
    verbose_name = "démonstration"

    def ready(self) -> None:
        post_migrate.connect(reserve_mark, sender=last_with_tables(), dispatch_uid="reserve-demonstration-mark")


def reserve_mark(**kwargs: Any) -> None:
    """Keep the mark that opens the demonstration's doors, and its people, out of the web's reach: the builder's alone.

    Runs after the general rights of the roles, which are given at the same signal by an app that is ready earlier.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = 'avenant_app'")
        if cursor.fetchone():
            cursor.execute("REVOKE INSERT, UPDATE, DELETE ON demo_world, demo_visitor FROM avenant_app")
