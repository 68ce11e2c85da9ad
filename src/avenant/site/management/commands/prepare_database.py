from __future__ import annotations

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connection

from avenant.site.loading import load_references

LOCK = 4_622_010  # any number, the same for all: two deployments never migrate at once


class Command(BaseCommand):
    help = "Applies the migrations, the rights and the references. Run by the owner role at each start; idempotent."

    def handle(self, *args: Any, **options: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        call_command("createcachetable", verbosity=0)
        call_command("migrate", verbosity=0, interactive=False)
        for line in load_references():
            self.stdout.write(line)
