from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _pages_without_collected_files(settings: Any, tmp_path: Path) -> None:
    """Pages name their static files plainly; the files of a test are its own."""
    plain = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": plain}
    settings.STATIC_ROOT = tmp_path
    settings.FILES = tmp_path / "files"
