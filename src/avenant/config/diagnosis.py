"""What ``avenant doctor`` examines: the nets that must really hold, and what the platform leans on.

Each check answers one French sentence and, when something is wrong, what to do. Nothing here writes, but one temporary
file to see that the folder of the files takes it.
"""

from __future__ import annotations

import json
import shutil
import smtplib
import socket
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import IntEnum
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from avenant.config import backup as backups
from avenant.domain.french import format_date

DRIFT: Final = timedelta(seconds=5)
BACKUP_AGE: Final = timedelta(hours=26)
DRILL_AGE: Final = timedelta(days=92)
HEARTBEAT: Final = timedelta(minutes=2)
LEAST_FREE, FREE_SOON = 0.05, 0.15
SMTP_PATIENCE: Final = 5
LOOPBACK: Final = {"localhost", "127.0.0.1", "::1"}


class State(IntEnum):
    """How a check ends; the worst is the command's exit code."""

    FINE = 0
    WATCH = 1
    FAULT = 2


WORDS: Final = {State.FINE: "en ordre", State.WATCH: "à surveiller", State.FAULT: "en défaut"}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing examined: its key, its state, what was found, what to do."""

    key: str
    state: State
    found: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """What is examined: the three addresses, the folders, the instant."""

    addresses: Mapping[str, str]
    backups: Path
    files: Path
    at: datetime


Examination = Callable[[Place], Iterator[Check]]


def examine(addresses: Mapping[str, str], *, backups: Path, files: Path, at: datetime) -> list[Check]:
    """Every check, in reading order. One that cannot be made is a fault: what could not be seen is not in order."""
    import django

    django.setup()
    place = Place(addresses, backups, files, at)
    found: list[Check] = []
    for examination in EXAMINATIONS:
        try:
            found += examination(place)
        except Exception as error:  # noqa: BLE001  whatever fails is told, and the rest still examined
            key = examination.__name__.strip("_")
            found.append(Check(key, State.FAULT, f"Vérification impossible\u202f: {error}".strip()))
    return found


def as_json(checks: list[Check]) -> str:
    """The checks for a program: a list of objects, ``state`` being 0, 1 or 2."""
    return json.dumps([asdict(check) for check in checks], ensure_ascii=False, indent=1)


def as_text(checks: list[Check]) -> str:
    """The checks for a person, one a line, with what to do under what is not in order."""
    lines = []
    for check in checks:
        lines.append(f"{WORDS[check.state]:<13} {check.key:<12} {check.found}")
        if check.state and check.advice:
            lines.append(f"{'':<26} → {check.advice}")
    return "\n".join(lines)


def _roles(place: Place) -> Iterator[Check]:
    """The processes' roles are bound by row level security, own nothing, and the web's cannot become another."""
    for role in ("app", "system"):
        with psycopg.connect(place.addresses[role]) as connection:
            name, powerful, owned = connection.execute(
                "SELECT current_user, rolsuper OR rolbypassrls OR rolcreaterole, "
                "(SELECT count(*) FROM pg_class WHERE relowner = r.oid) FROM pg_roles r WHERE rolname = current_user"
            ).fetchone() or ("", True, 0)
            reaches = connection.execute(
                "SELECT count(*) FROM pg_roles WHERE rolname <> current_user AND pg_has_role(current_user, oid, 'MEMBER')"
            ).fetchone()
        bad = powerful or owned or (reaches and reaches[0])
        yield Check(
            f"role-{role}",
            State.FAULT if bad else State.FINE,
            f"Le rôle {name} {'échappe au cloisonnement' if bad else 'est tenu par le cloisonnement'}.",
            "Rendez-le NOSUPERUSER NOBYPASSRLS NOCREATEROLE, sans table à lui ni autre rôle qu’il puisse prendre.",
        )


def _links(place: Place) -> Iterator[Check]:
    """What goes to the database over a network is encrypted, and the server's certificate is verified."""
    for role, address in place.addresses.items():
        parts = conninfo_to_dict(address)
        host, mode = str(parts.get("host") or ""), str(parts.get("sslmode") or "prefer")
        if not host or host.startswith("/") or host in LOOPBACK:
            continue
        verified = mode in {"verify-full", "verify-ca"}
        yield Check(
            f"liaison-{role}",
            State.FINE if verified else State.WATCH if mode == "require" else State.FAULT,
            f"Liaison avec {host}\u202f: sslmode={mode}.",
            "Ajoutez « ?sslmode=verify-full » à l’adresse de la base, et son certificat à la machine.",
        )


def _isolation(place: Place) -> Iterator[Check]:
    """Row level security is really on: in the catalogue, and by reading as the web without any context."""
    with psycopg.connect(place.addresses["owner"]) as connection:
        tables = connection.execute(
            "SELECT c.relname, c.relrowsecurity AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid) "
            "FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'circle_id' AND NOT a.attisdropped "
            "WHERE c.relkind IN ('r', 'p') AND c.relnamespace = 'public'::regnamespace ORDER BY 1"
        ).fetchall()
        optional = {
            row[0]
            for row in connection.execute(
                "SELECT c.relname FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid "
                "WHERE a.attname = 'circle_id' AND NOT a.attnotnull AND c.relnamespace = 'public'::regnamespace"
            )
        }
    bare = [name for name, protected in tables if not protected]
    with psycopg.connect(place.addresses["app"]) as connection:
        for name, _protected in tables:
            query = sql.SQL("SELECT 1 FROM {} LIMIT 1").format(sql.Identifier(name))
            if name not in optional and connection.execute(query).fetchone():
                bare.append(name)
    yield Check(
        "cloisons",
        State.FAULT if bare else State.FINE,
        f"Tables lisibles hors de leur cercle\u202f: {', '.join(sorted(set(bare)))}."
        if bare
        else f"{len(tables)} tables cloisonnées, aucune ligne lisible sans organisme.",
        "Arrêtez la plateforme, puis lancez « avenant manage prepare_database », qui remet les cloisons.",
    )


def _migrations(_place: Place) -> Iterator[Check]:
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    yield Check(
        "schéma",
        State.FAULT if waiting else State.FINE,
        f"{len(waiting)} évolutions de la base attendent." if waiting else "La base est celle de cette version.",
        "Redémarrez par « avenant start », qui les applique.",
    )


def _documents(place: Place) -> Iterator[Check]:
    from avenant.foundations.documents.typesetting import typeset

    facts = dict.fromkeys(("declaration", "part", "provider", "person", "instant", "values", "hash"), "essai")
    typeset("letter-receipt", {**facts, "institutions": []}, title="Essai", reference="essai", at=place.at)
    yield Check("documents", State.FINE, "Les polices sont là et un PDF se compose.")


def _clock(place: Place) -> Iterator[Check]:
    """The database and this process agree on the instant; nothing recorded is in the future; zones are known."""
    with psycopg.connect(place.addresses["system"]) as connection:
        told = connection.execute("SELECT now(), (SELECT max(at) FROM accounts_securityentry)").fetchone()
        zones = [row[0] for row in connection.execute("SELECT DISTINCT time_zone FROM parties_territory")]
        known = {row[0] for row in connection.execute("SELECT name FROM pg_timezone_names")}
    database, last = told or (place.at, None)
    drift = abs(database - datetime.now(database.tzinfo))
    back = last is not None and last > database + DRIFT
    yield Check(
        "horloge",
        State.FAULT if drift > DRIFT or back else State.FINE,
        "Le dernier accès noté est dans le futur\u202f: l’horloge a reculé."
        if back
        else f"Écart de {drift.total_seconds():.0f} s entre la base et ce serveur.",
        "Synchronisez les deux machines (NTP) : les échéances et les dépôts se jugent à la seconde.",
    )
    missing = [zone for zone in zones if zone not in known or not _zone_known(zone)]
    yield Check(
        "fuseaux",
        State.FAULT if missing else State.FINE,
        f"Fuseaux inconnus\u202f: {', '.join(missing)}." if missing else f"{len(zones)} fuseaux de territoires connus.",
        "Installez les données de fuseaux horaires (tzdata) de la machine.",
    )


def _mail(_place: Place) -> Iterator[Check]:
    from django.conf import settings

    if "smtp" not in settings.EMAIL_BACKEND:
        yield Check(
            "courriel",
            State.WATCH,
            "Les messages sont écrits dans un dossier, personne ne les reçoit.",
            "Donnez AVENANT_EMAIL_URL.",
        )
        return
    server = smtplib.SMTP_SSL if settings.EMAIL_USE_SSL else smtplib.SMTP
    try:
        with server(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=SMTP_PATIENCE) as connection:
            connection.noop()
        yield Check("courriel", State.FINE, f"{settings.EMAIL_HOST} répond.")
    except OSError as error:
        yield Check(
            "courriel",
            State.FAULT,
            f"{settings.EMAIL_HOST} ne répond pas\u202f: {error}.",
            "Les messages attendent et partiront d’eux-mêmes\u202f; vérifiez AVENANT_EMAIL_URL.",
        )


def _antivirus(_place: Place) -> Iterator[Check]:
    from django.conf import settings

    if not settings.CLAMAV_SOCKET:
        yield Check("antivirus", State.WATCH, "Aucun antivirus n’examine les dépôts.", "Donnez CLAMAV_SOCKET.")
        return
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as clamd:
            clamd.settimeout(SMTP_PATIENCE)
            clamd.connect(settings.CLAMAV_SOCKET)
            clamd.sendall(b"zPING\0")
            answers = clamd.recv(16).startswith(b"PONG")
    except OSError:
        answers = False
    yield Check(
        "antivirus",
        State.FINE if answers else State.FAULT,
        "clamd répond." if answers else "clamd ne répond pas\u202f: aucun dépôt n’est accepté.",
        "Redémarrez clamd.",
    )


def _disk(place: Place) -> Iterator[Check]:
    place.files.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=place.files) as probe:
        probe.write(b"\0" * 4096)
    usage = shutil.disk_usage(place.files)
    free = usage.free / usage.total
    yield Check(
        "disque",
        State.FAULT if free < LEAST_FREE else State.WATCH if free < FREE_SOON else State.FINE,
        f"{usage.free // 2**30} Go libres sur {usage.total // 2**30} pour les fichiers.",
        "Libérez de la place ou agrandissez le disque avant qu’un dépôt soit refusé.",
    )


def _backups(place: Place) -> Iterator[Check]:
    """The last backup is of less than a day; one of them was restored and compared in the last three months."""
    kept = backups.list_backups(place.backups)
    if not kept:
        yield Check("sauvegarde", State.FAULT, f"Aucune sauvegarde dans {place.backups}.", "Lancez « avenant backup ».")
        return
    last = datetime.fromisoformat(backups.read_manifest(kept[0]).made_at)
    yield Check(
        "sauvegarde",
        State.FINE if place.at - last <= BACKUP_AGE else State.FAULT,
        f"La dernière date du {format_date(last)}.",
        "Lancez « avenant backup », puis planifiez-la chaque nuit.",
    )
    drills = [json.loads((one / backups.DRILL).read_text("utf-8")) for one in kept if (one / backups.DRILL).exists()]
    tried = max((datetime.fromisoformat(drill["restored_at"]) for drill in drills), default=None)
    yield Check(
        "restauration",
        State.FINE if tried and place.at - tried <= DRILL_AGE else State.WATCH,
        f"Dernier essai le {format_date(tried)}." if tried else "Aucune sauvegarde gardée n’a été restaurée à l’essai.",
        "Lancez « avenant restore DOSSIER --essai »\u202f: une sauvegarde jamais restaurée n’en est pas une.",
    )


def _worker(place: Place) -> Iterator[Check]:
    with psycopg.connect(place.addresses["system"]) as connection:
        beat = connection.execute("SELECT max(last_heartbeat) FROM procrastinate_workers").fetchone()
        stalled, failed, late = connection.execute(
            "SELECT count(*) FILTER (WHERE j.status = 'doing' AND w.id IS NULL), "
            "count(*) FILTER (WHERE j.status = 'failed'), "
            "count(*) FILTER (WHERE j.status = 'todo' AND j.scheduled_at < now() - interval '15 minutes') "
            "FROM procrastinate_jobs j LEFT JOIN procrastinate_workers w ON w.id = j.worker_id"
        ).fetchone() or (0, 0, 0)
    alive = bool(beat and beat[0] and place.at - beat[0] <= HEARTBEAT)
    yield Check(
        "travaux",
        State.FINE if alive else State.FAULT,
        "Le processus des travaux est vivant." if alive else "Aucun processus n’exécute les travaux.",
        "Démarrez-le\u202f: consolidations, rappels et documents l’attendent.",
    )
    wrong = stalled + failed + late
    yield Check(
        "file",
        State.WATCH if wrong else State.FINE,
        f"{stalled} travaux interrompus, {failed} en échec, {late} en retard."
        if wrong
        else "Aucun travail interrompu, en échec ni en retard.",
        "Les interrompus reprennent seuls\u202f; l’échec est expliqué au journal technique.",
    )


def _journal(place: Place) -> Iterator[Check]:
    """The journal is the one that was sealed: the last seal is of less than two days while acts wait."""
    from avenant.foundations.journal.sealing import list_seals

    row = list_seals().first()
    with psycopg.connect(place.addresses["system"]) as connection:
        waiting = connection.execute(
            "SELECT count(*) FROM journal_event e WHERE e.at < now() - interval '2 days' "
            "AND NOT EXISTS (SELECT 1 FROM journal_sealedevent s WHERE s.event_id = e.id)"
        ).fetchone()
    late = bool(waiting and waiting[0])
    yield Check(
        "sceaux",
        State.FAULT if late else State.FINE,
        f"{waiting[0]} actes de plus de deux jours attendent leur sceau."
        if late and waiting
        else f"Dernier sceau\u202f: n°\u00a0{row.number}, {row.chain[:16]}…"
        if row
        else "Aucun acte à sceller encore.",
        "Le sceau se pose chaque nuit\u202f: vérifiez les travaux\u202f; « avenant manage verify_journal » relit toute la chaîne.",
    )


def _zone_known(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


EXAMINATIONS: Final[tuple[Examination, ...]] = (
    _roles,
    _links,
    _isolation,
    _migrations,
    _documents,
    _clock,
    _mail,
    _antivirus,
    _disk,
    _backups,
    _worker,
    _journal,
)
