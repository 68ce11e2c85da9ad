"""``make audit``: do the locked packages have known vulnerabilities, as far as the registry of this machine tells.

A registry that gives packages may give no advisory: pip-audit then finds nothing, and says so as if all were well. So
a package whose vulnerability is known for years is asked first; where it passes for sound, nothing was checked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

CONTROL = "jinja2==2.10"
"""CVE-2019-10906, published in April 2019."""
PATIENCE = 180
EXPORT = (
    "--frozen",
    "--no-emit-project",
    "--extra",
    "server",
    "--extra",
    "psi",
    "--extra",
    "pdf",
    "--no-hashes",
    "--quiet",
)
Audit = Callable[[str], list[dict[str, Any]]]


def judge(locked: str, audit: Audit) -> tuple[int, str]:
    """The exit code and the words: 1 for a known vulnerability, 0 for none or for no answer, which is said."""
    try:
        if not any(one.get("vulns") for one in audit(CONTROL)):
            return 0, "Vulnerabilities: not checked, the registry of this machine gives no advisory."
        found = audit(locked)
    except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        return 0, f"Vulnerabilities: not checked, the audit gave no answer ({type(error).__name__})."
    lines = [
        f"{one['name']} {one['version']}: {', '.join(fault['id'] for fault in one['vulns'])}"
        for one in found
        if one.get("vulns")
    ]
    skipped = [one["name"] for one in found if "skip_reason" in one]
    told = f"Vulnerabilities: {len(lines)} known in {len(found) - len(skipped)} packages checked"
    return int(bool(lines)), "\n".join([f"{told}, {len(skipped)} not checked.", *lines, *skipped])


def ask(uv: str, requirements: str) -> list[dict[str, Any]]:
    """What pip-audit says of pinned packages. Raises what a missing network makes of it."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
        file.write(requirements)
        file.flush()
        asked = ["pip-audit@2.10.1", "-r", file.name, "--no-deps", "--disable-pip", "--format=json", "--timeout=10"]
        answer = _output([uv, "tool", "run", *asked, "--progress-spinner=off"])
    told: list[dict[str, Any]] = json.loads(answer)["dependencies"]
    return told


def _output(command: Sequence[str]) -> str:
    ran = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=PATIENCE, text=True)  # noqa: S603  found vulnerabilities are an exit code too
    return ran.stdout


def main() -> int:
    """``python -m tests.support.audit UV``."""
    uv = sys.argv[1]
    locked = _output([uv, "export", *EXPORT, "--directory", str(Path(__file__).parents[2])])
    code, words = judge(locked, lambda requirements: ask(uv, requirements))
    sys.stdout.write(f"{words}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
