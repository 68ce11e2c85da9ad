"""The ``avenant`` command: a light entry that imports a command's module when it is called.

The collector's part must work where Django is not installed, so nothing here imports it at the top.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
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
        os.environ.setdefault("AVENANT_LOGS", "plain")
    cluster = _cluster()
    with _alone(), embedded.running(cluster) if cluster else nullcontext():
        if cluster:
            cluster.create_database("avenant")
        _prepare(cluster, demo=demo)
        _serve(cluster, host, port)


rules = typer.Typer(no_args_is_help=True, help="Les règlements des appels à projets.")
main.add_typer(rules, name="rules")


@rules.command("check")
def check_rules(
    facts: Annotated[Path, typer.Argument(help="fichier JSON des faits du dossier")],
    rulebook: Annotated[str, typer.Option(help="nom du règlement (avenant rules list)")],
    as_json: Annotated[bool, typer.Option("--json", help="écrit les constats en JSON")] = False,
    at: Annotated[str, typer.Option(help="instant du dépôt, si les faits ne le disent pas")] = "",
) -> None:
    """Évalue un dossier. Codes de sortie : 0 conforme, 1 non conforme, 2 fichier illisible, 3 indéterminé."""
    from avenant.rulebooks import check

    raise typer.Exit(check.show(check.check(facts, rulebook, at), as_json=as_json))


@rules.command("list")
def list_rules() -> None:
    """Liste les règlements et leurs paramètres à fixer."""
    from avenant.rulebooks import check

    check.show_rulebooks()


@main.command()
def backup(
    into: Annotated[Path | None, typer.Option(help="dossier des sauvegardes")] = None,
    keep: Annotated[int, typer.Option(help="nombre de sauvegardes gardées ; 0 : toutes")] = 0,
) -> None:
    """Sauvegarde la base et les fichiers, sans arrêter la plateforme."""
    from avenant.config import backup as backups
    from avenant.config import embedded

    folder, cluster = into or _backups(), _cluster()
    with embedded.running(cluster) if cluster else nullcontext(), _told(backups.BackupError):
        made = backups.back_up(
            _address(cluster, "owner"), files=_files(), into=folder, programs=_programs(cluster), at=_now()
        )
        manifest = backups.read_manifest(made)
        rows = sum(manifest.tables.values())
        print(
            f"{made} : {len(manifest.tables)} tables, {rows} lignes, {manifest.files} fichiers, {manifest.size} octets."
        )
        for old in backups.keep_last(folder, keep) if keep else ():
            print(f"{old} : supprimée.")


@main.command()
def restore(
    archive: Annotated[Path, typer.Argument(help="dossier d’une sauvegarde")],
    drill: Annotated[bool, typer.Option("--essai", help="restaure à part, compare, puis efface")] = False,
) -> None:
    """Restaure une sauvegarde, compte les lignes de chaque table et les compare.

    La base embarquée n’est remplacée qu’une fois la restauration vérifiée ; l’ancienne est gardée sous un autre nom.
    Une base externe doit être vide.
    """
    from avenant.config import backup as backups
    from avenant.config import embedded

    cluster, started = _cluster(), time.monotonic()
    if cluster is None and drill:
        raise typer.BadParameter("l’essai se fait sur un serveur embarqué : lancez-le sans DATABASE_URL.")
    with (
        nullcontext() if drill else _alone(),
        embedded.running(cluster) if cluster else nullcontext(),
        _told(backups.BackupError),
    ):
        if cluster is None:
            manifest = backups.restore(
                archive, owner_url=_address(None, "owner"), files=_files(), programs=_programs(None)
            )
        else:
            manifest = _restore_beside(cluster, archive, drill=drill)
    if drill:
        backups.note_drill(archive, at=_now(), seconds=round(time.monotonic() - started, 1))
    print(f"{archive} : {len(manifest.tables)} tables restaurées, mêmes nombres de lignes ; {manifest.files} fichiers.")


def _restore_beside(cluster: Any, archive: Path, *, drill: bool) -> Any:
    """Restore into a database and a folder of their own; put them in place of the present ones only once compared."""
    from avenant.config import backup as backups

    beside, files = "avenant_restored", _files()
    fresh = files.with_name(f"{files.name}.restored")
    cluster.drop_database(beside)
    shutil.rmtree(fresh, ignore_errors=True)
    cluster.create_database(beside)
    try:
        manifest = backups.restore(
            archive, owner_url=cluster.url("avenant_owner", beside), files=fresh, programs=_programs(cluster)
        )
        if not drill:
            former = f"{_now():%Y%m%d%H%M%S}"
            cluster.replace_database("avenant", by=beside, kept_as=f"avenant_{former}")
            if files.exists():
                files.rename(files.with_name(f"{files.name}.{former}"))
            fresh.rename(files)
    finally:
        cluster.drop_database(beside)
        shutil.rmtree(fresh, ignore_errors=True)
    return manifest


@main.command()
def doctor(
    as_json: Annotated[bool, typer.Option("--json", help="réponse lisible par un programme")] = False,
) -> None:
    """Vérifie ce dont la plateforme a besoin. Code de sortie : 0 tout va, 1 à surveiller, 2 en défaut."""
    from avenant.config import diagnosis, embedded

    cluster = _cluster()
    with embedded.running(cluster) if cluster else nullcontext():
        addresses = {role: _address(cluster, role) for role in ("owner", "app", "system")}
        os.environ.update(_environment("app", addresses["app"]))
        checks = diagnosis.examine(addresses, backups=_backups(), files=_files(), at=_now())
    print(diagnosis.as_json(checks) if as_json else diagnosis.as_text(checks))
    raise typer.Exit(max(check.state for check in checks))


@main.command()
def verify(
    proof: Annotated[Path, typer.Argument(help="fichier de preuve (JSON)")],
    seal: Annotated[str, typer.Option("--sceau", help="empreinte d’un sceau que vous connaissez par ailleurs")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="réponse lisible par un programme")] = False,
) -> None:
    """Vérifie une preuve sans la plateforme ni réseau. Code de sortie : 0 tout est vérifié ou reste à comparer, 1 sinon."""
    from dataclasses import asdict

    from avenant.domain.proof import FORMAT
    from avenant.domain.proof import verify as verified

    try:
        content = json.loads(proof.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        print(f"{proof} ne se lit pas : {error}", file=sys.stderr)
        raise typer.Exit(1) from None
    checks = verified(content if isinstance(content, dict) else {}, known_chain=seal)
    if as_json:
        print(
            json.dumps({"format": FORMAT, "checks": [asdict(check) for check in checks]}, ensure_ascii=False, indent=1)
        )
    else:
        words = {True: "vérifié", False: "FAUX", None: "à comparer"}
        print("\n".join(f"{words[check.holds]:<11} {check.sentence}" for check in checks))
    raise typer.Exit(int(any(check.holds is False for check in checks)))


@contextmanager
def _told(kind: type[Exception]) -> Iterator[None]:
    """Say a failure in its own sentence, and leave with 1."""
    try:
        yield
    except kind as error:
        print(error, file=sys.stderr)
        raise typer.Exit(1) from None


def _now() -> datetime:
    return datetime.now(UTC)


def _files() -> Path:
    return Path(os.environ.get("AVENANT_FILES", str(_home() / "files"))).resolve()


def _backups() -> Path:
    return Path(os.environ.get("AVENANT_BACKUPS", str(_home() / "backups"))).resolve()


def _programs(cluster: Any) -> Path:
    """Where ``pg_dump`` is: the embedded server's, else the machine's own, else the wheel's."""
    if cluster is not None:
        return Path(cluster.bin)
    found = shutil.which("pg_dump")
    if found:
        return Path(found).parent
    from avenant.config import embedded

    return embedded.programs()


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
