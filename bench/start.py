"""``make run`` from a clone: the first start, packages cached, and the second one, to the first page."""

from __future__ import annotations

import http.client
import os
import resource
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path

from bench.databases import ROOT
from bench.figures import Figure

PATIENCE = 900
OURS = ("PYTHON", "VIRTUAL_ENV", "UV_", "AVENANT_", "DATABASE_", "DJANGO_")
"""The variables that a clone must not hear: those of our own environment. What reaches the package registry stays."""


def measures() -> Iterator[Figure]:
    """A clone of the present commit, in the temporary folder, with an environment that knows nothing.

    The folder is open to the server's account: run as root, a closed one would leave server and data in ``/var/tmp``.
    """
    folder = Path(tempfile.mkdtemp(prefix="avenant-start-"))
    folder.chmod(0o755)
    try:
        clone = folder / "avenant"
        subprocess.run([_found("git"), "clone", "--quiet", "--depth=1", f"file://{ROOT}", str(clone)], check=True)
        yield _started("clone neuf, paquets en cache : make run jusqu’à la première page", clone, 120_000)
        yield _started("second démarrage : make run jusqu’à la première page", clone, 15_000)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(name: str, clone: Path, bar: float) -> Figure:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    known = {key: value for key, value in os.environ.items() if not key.startswith(OURS)}
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    server = subprocess.Popen(
        [_found("make"), "--silent", "run", f"PORT={port}"], cwd=clone, env=known, stdout=subprocess.DEVNULL, start_new_session=True
    )  # fmt: skip
    try:
        _wait(server, port)
        wall = 1000 * (time.perf_counter() - begun)
    finally:
        os.killpg(server.pid, signal.SIGINT)
        server.wait(timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Figure(name=name, wall=wall, bar=bar, note=f"{spent:.0f} s de processeur, arrêt compris")


def _found(program: str) -> str:
    path = shutil.which(program)
    if path is None:
        raise FileNotFoundError(program)
    return path


def _wait(server: subprocess.Popen[bytes], port: int) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and server.poll() is None:
        with suppress(OSError), closing(http.client.HTTPConnection("localhost", port, timeout=30)) as client:
            client.request("GET", "/")
            client.getresponse().read()
            return
        time.sleep(0.1)
    raise RuntimeError("the platform did not start")
