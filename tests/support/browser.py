"""The browser of the journeys: the system's Chromium, installed through apt where it is missing and we may."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys

ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium() -> str | None:
    """Path of the system's Chromium, if there is one."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


def main() -> int:
    """Install Chromium when it is missing; say so when that cannot be done."""
    if chromium():
        return 0
    if shutil.which("apt-get") and os.geteuid() == 0:
        subprocess.run(["apt-get", "update", "-qq"], check=True)
        subprocess.run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"], check=True)
    if chromium():
        return 0
    print("Chromium is missing and could not be installed: the journeys will fail.", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
