from typing import Any

from django.apps import AppConfig, apps
from django.db.models.signals import post_migrate


class PartiesConfig(AppConfig):
    name = "avenant.foundations.parties"
    label = "parties"
    verbose_name = "parties"

    def ready(self) -> None:
        # Rights and policies follow the tables: once.
        post_migrate.connect(protect_after_migrate, sender=last_with_tables(), dispatch_uid="protect-database")


def last_with_tables() -> AppConfig:
    """The last app that has tables: at its signal, all are made."""
    return [config for config in apps.get_app_configs() if config.models_module][-1]


def protect_after_migrate(**kwargs: Any) -> None:
    """Give rights, policies and guards to the tables that the migrations have just made."""
    from avenant.foundations.parties.protection import protect_database

    protect_database()
