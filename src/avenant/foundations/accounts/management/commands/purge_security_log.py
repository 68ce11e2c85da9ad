from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from avenant.foundations.accounts.services import purge_security_log


class Command(BaseCommand):
    help = "Supprime les entrées du journal de sécurité de plus de douze mois. À lancer avec le rôle « system »."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"Entrées supprimées : {purge_security_log(at=timezone.now())}")
