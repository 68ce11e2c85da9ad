from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PartiesConfig(AppConfig):
    name = "avenant.foundations.parties"
    label = "parties"
    verbose_name = "parties"

    def ready(self) -> None:
        # Rights and policies follow the tables: once, after the last app that has some.
        last = [config for config in apps.get_app_configs() if config.models_module][-1]
        post_migrate.connect(protect_after_migrate, sender=last, dispatch_uid="protect-database")


def protect_after_migrate(**kwargs: Any) -> None:
    """Give rights, policies and guards to the tables that the migrations have just made."""
    from avenant.foundations.parties.protection import protect_database

    protect_database()
