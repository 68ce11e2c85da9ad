"""The ``avenant`` command: a light entry that imports a command's module when it is called.

The collector's part must work where Django is not installed, so nothing here imports it at the top.
"""

from __future__ import annotations

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer

main = typer.Typer(no_args_is_help=True, add_completion=False, help="Avenant : la plateforme et son collecteur.")

PATIENCE = 10  # seconds given to a process to finish what it does
Passed = {"allow_extra_args": True, "ignore_unknown_options": True}


def _home() -> Path:
    return Path(os.environ.get("AVENANT_HOME", "var")).resolve()


def _secret_key() -> str:
    """The signing key of this folder, made once. Production gives ``AVENANT_SECRET_KEY``."""
    path = _home() / "secret-key"
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48), encoding="utf-8")
    return path.read_text(encoding="utf-8")


def _environment(role: str, url: str) -> dict[str, str]:
    """What a process of ``role`` needs to know; each process gets its own role's address and no other."""
    given = {
        "DJANGO_SETTINGS_MODULE": "avenant.config.settings",
        "DATABASE_URL": url,
        "AVENANT_SECRET_KEY": os.environ.get("AVENANT_SECRET_KEY") or _secret_key(),
        "AVENANT_FILES": os.environ.get("AVENANT_FILES", str(_home() / "files")),
    }
    return {**os.environ, **given, "AVENANT_ROLE": role}


def _address(cluster: Any, role: str) -> str:
    """Address for ``role``: given by the environment, or the embedded server's."""
    variable = {"owner": "DATABASE_OWNER_URL", "app": "DATABASE_URL", "system": "DATABASE_SYSTEM_URL"}[role]
    if cluster is None:
        try:
            return os.environ[variable]
        except KeyError:
            raise typer.BadParameter(f"{variable} manque : l’adresse de la base pour le rôle {role}.") from None
    return str(cluster.url(f"avenant_{role}"))


def _cluster() -> Any:
    """The embedded server of this folder, or None when the environment names a database."""
    if os.environ.get("DATABASE_URL"):
        return None
    from avenant.config import embedded

    return embedded.server(_home() / "postgres")


def _manage(environment: dict[str, str], *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "django", *arguments], env=environment, check=True)  # noqa: S603


@main.command(context_settings=Passed)
def manage(
    context: typer.Context,
    role: Annotated[str, typer.Option(help="rôle de base de données : owner, app ou system")] = "owner",
) -> None:
    """Lance une commande d’administration de Django."""
    from avenant.config import embedded

    cluster = _cluster()
    with embedded.running(cluster) if cluster else nullcontext():
        if cluster:
            cluster.create_database("avenant")
        result = subprocess.run(  # noqa: S603
            [sys.executable, "-m", "django", *context.args],
            env=_environment(role, _address(cluster, role)),
            check=False,
        )
    raise typer.Exit(result.returncode)


@main.command(context_settings={**Passed, "help_option_names": []}, add_help_option=False)
def collect(context: typer.Context) -> None:
    """Le collecteur : compter chez soi, protéger, transmettre."""
    from avenant.collect.commands import collect as commands

    commands(args=context.args, prog_name="avenant collect")


@main.command()
def start(
    port: Annotated[int, typer.Option(help="port du serveur web")] = 8000,
    host: Annotated[str, typer.Option(help="adresse d’écoute")] = "127.0.0.1",
    demo: Annotated[bool, typer.Option("--demo", help="ouvre le monde de démonstration")] = False,
) -> None:
    """Prépare la base, puis démarre le serveur web et les traitements jusqu’à l’interruption."""
    from avenant.config import embedded

    if demo:
        os.environ.setdefault("AVENANT_DEMO", "1")
        os.environ.setdefault("AVENANT_DEMO_DATE", "2026-03-03T09:00:00+01:00")
        os.environ.setdefault("AVENANT_ADDRESS", f"http://localhost:{port}")
    cluster = _cluster()
    with _alone(), embedded.running(cluster) if cluster else nullcontext():
        if cluster:
            cluster.create_database("avenant")
        _prepare(cluster, demo=demo)
        _serve(cluster, host, port)


@contextmanager
def _alone() -> Iterator[None]:
    """One supervisor a folder: a second one would share the port, and the first to leave would stop the database."""
    import fcntl  # not on Windows, where the collector runs and no server does

    _home().mkdir(parents=True, exist_ok=True)
    with (_home() / "running").open("w", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("Avenant tourne déjà dans ce dossier : arrêtez-le d’abord (Ctrl+C).", file=sys.stderr)
            raise typer.Exit(1) from None
        yield


def _prepare(cluster: Any, *, demo: bool) -> None:
    owner = _environment("owner", _address(cluster, "owner"))
    _manage(owner, "prepare_database")
    _manage(owner, "collectstatic", "--noinput", "--verbosity=0")
    if demo:
        _manage(_environment("system", _address(cluster, "system")), "build_demonstration")


def _serve(cluster: Any, host: str, port: int) -> None:
    """Run web and worker side by side; stop both when one stops or a signal comes."""
    web = [
        sys.executable,
        "-m",
        "granian",
        "--interface",
        "wsgi",
        "--host",
        host,
        "--port",
        str(port),
        "--workers",
        "1",
        "--blocking-threads",
        "8",
        "--no-ws",
        "--log-level",
        "warning",
        "avenant.config.wsgi:application",
    ]
    worker = [sys.executable, "-m", "django", "work"]
    processes = [
        subprocess.Popen(web, env=_environment("app", _address(cluster, "app"))),  # noqa: S603
        subprocess.Popen(worker, env=_environment("system", _address(cluster, "system"))),  # noqa: S603
    ]

    def stop(_signal: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    print(f"Avenant : http://localhost:{port}  (Ctrl+C pour arrêter)", flush=True)
    if os.environ.get("AVENANT_DEMO") == "1":
        print("Démonstration : la page de connexion ouvre chaque rôle par un bouton, sans mot de passe.", flush=True)
    try:
        while all(process.poll() is None for process in processes):
            time.sleep(0.3)
    except KeyboardInterrupt:
        pass
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            try:
                process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:  # a long job: it is made to be killed, and starts again with the worker
                process.kill()
                process.wait()


if __name__ == "__main__":
    main()
