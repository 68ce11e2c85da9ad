from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from avenant.demo.building.world import build


class Command(BaseCommand):
    help = "Makes the demonstration world in this database, once. Run by the system role when AVENANT_DEMO=1."

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("AVENANT_DEMO=1 manque : la démonstration ne se construit pas dans une base ordinaire.")
        if build():
            self.stdout.write("Le monde de démonstration est construit.")
