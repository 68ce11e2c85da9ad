"""Fifty people at once for a minute: requests a second, 95th percentile, errors. A server of our own, on loopback."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from contextlib import closing, suppress

from django.conf import settings

from bench import region
from bench.figures import Figure
from bench.pages import signed_in

USERS, SECONDS = 50, int(os.environ.get("BENCH_SECONDS", "60"))


def measures() -> list[Figure]:
    return measure(region.walks())


def measure(pages: Mapping[str, list[str]]) -> list[Figure]:
    """Walk ``pages`` (addresses by e-mail) with fifty clients for a minute."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(
        [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(port), "--workers", "2",
         "--blocking-threads", "4", "--log-level", "error", "avenant.config.wsgi:application"],
        start_new_session=True,
    )  # fmt: skip
    try:
        _wait(port)
        return _run(port, {_cookie(email): addresses for email, addresses in pages.items()})
    finally:
        server.terminate()
        try:
            server.wait(timeout=20)
        except subprocess.TimeoutExpired:
            os.killpg(server.pid, signal.SIGKILL)
            server.wait()


def _wait(port: int) -> None:
    for _ in range(1200):
        with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), timeout=1)):
            return
        time.sleep(0.1)
    raise TimeoutError("the server did not start")


def _cookie(email: str) -> str:
    """A session of the person, as a browser would hold it."""
    held = signed_in(email).cookies[settings.SESSION_COOKIE_NAME]
    return f"{held.key}={held.value}"


def _run(port: int, walks: Mapping[str, list[str]]) -> list[Figure]:
    times: list[float] = []
    errors: list[str] = []
    end = time.monotonic() + SECONDS
    cookies = list(walks)

    def person(number: int) -> None:
        cookie = cookies[number % len(cookies)]
        client = http.client.HTTPConnection("localhost", port, timeout=60)
        step = number
        while time.monotonic() < end:
            address = walks[cookie][step % len(walks[cookie])]
            step += 1
            start = time.perf_counter()
            try:
                client.request("GET", address, headers={"Cookie": cookie})
                answer = client.getresponse()
                answer.read()
                if answer.status != 200:
                    errors.append(f"{address} {answer.status}")
            except OSError as error:
                errors.append(f"{address} {error!r}")
                client.close()
            times.append((time.perf_counter() - start) * 1000)

    threads = [threading.Thread(target=person, args=(number,)) for number in range(USERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise RuntimeError(f"{len(errors)} errors under load, the first: {errors[0]}")
    rate = len(times) / SECONDS
    return [
        Figure(
            name=f"{USERS} personnes à la fois, 95 % des réponses", wall=statistics.quantiles(times, n=20)[-1],
            note=f"{rate:.0f} requêtes/s, aucune erreur",
        )
    ]  # fmt: skip
