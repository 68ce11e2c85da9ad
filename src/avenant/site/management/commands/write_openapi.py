from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from avenant.site.api import api


def openapi_text() -> str:
    """The API's description, as it is committed."""
    return json.dumps(api.get_openapi_schema(), ensure_ascii=False, indent=1, sort_keys=True) + "\n"


class Command(BaseCommand):
    help = "Writes the API's description; --check says whether the committed one is the code's."
    requires_system_checks: list[str] = []  # noqa: RUF012  Django's own declaration

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("path", type=Path)
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["path"]
        if not options["check"]:
            path.write_text(openapi_text(), encoding="utf-8")
        elif path.read_text(encoding="utf-8") != openapi_text():
            self.stderr.write(f"{path} is not the API's description: make openapi")
            raise SystemExit(1)
