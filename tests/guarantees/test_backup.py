"""A backup is restored and compared before anybody needs it."""

from __future__ import annotations

import errno
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from tests.support import server
from typer.testing import CliRunner

from avenant.config import backup, diagnosis, embedded
from avenant.config.cli import main
from avenant.config.diagnosis import Check, State

pytestmark = pytest.mark.slow
AT = datetime(2026, 3, 3, 2, 0, tzinfo=UTC)
PROGRAMS = server.CLUSTER.bin


@pytest.fixture
def database() -> Iterator[str]:
    """A clone of the demonstration, with its files beside it."""
    name = f"backup_{server.WORKER}"
    server.CLUSTER.drop_database(name)
    server.CLUSTER.create_database(name, server.demonstration())
    yield name
    server.CLUSTER.drop_database(name)


@pytest.fixture
def empty() -> Iterator[str]:
    name = f"restored_{server.WORKER}"
    server.CLUSTER.drop_database(name)
    server.CLUSTER.create_database(name)
    yield name
    server.CLUSTER.drop_database(name)


def owner(database: str) -> str:
    return server.CLUSTER.url("avenant_owner", database)


def made(database: str, into: Path) -> Path:
    return backup.back_up(owner(database), files=server.DEMONSTRATION_FILES, into=into, programs=PROGRAMS, at=AT)


def test_what_is_restored_is_what_was_saved_and_still_kept_apart(database: str, empty: str, tmp_path: Path) -> None:
    archive = made(database, tmp_path)
    manifest = backup.restore(archive, owner_url=owner(empty), files=tmp_path / "files", programs=PROGRAMS)
    assert manifest.tables["drafting_contract"] >= 14
    assert manifest.files == sum(1 for path in (tmp_path / "files").rglob("*") if path.is_file()) > 0
    with psycopg.connect(owner(database)) as before, psycopg.connect(owner(empty)) as after:
        query = "SELECT id, state, title FROM drafting_contract ORDER BY id"
        assert after.execute(query).fetchall() == before.execute(query).fetchall()
        organisation = after.execute("SELECT organisation_id FROM parties_circlemember LIMIT 1").fetchone()
    assert organisation is not None
    with psycopg.connect(server.CLUSTER.url("avenant_app", empty)) as web:
        assert web.execute("SELECT count(*) FROM drafting_contract").fetchone() == (0,)
        web.execute("SELECT set_config('app.organisations', %s, true)", [str(organisation[0])])
        assert web.execute("SELECT count(*) FROM parties_circle").fetchone() != (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            web.execute("TRUNCATE drafting_contract")


def test_people_go_on_working_while_it_is_made(
    database: str, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A row added between the counts and the dump is in neither: both read one snapshot."""
    dump = backup._run

    def run(url: str, program: Path, *arguments: str) -> None:
        with psycopg.connect(url) as other:
            other.execute(
                "INSERT INTO accounts_securityentry (at, action, page, address, once, purpose) "
                "VALUES (now(), 'view', '/', '', '', '')"
            )
        dump(url, program, *arguments)

    monkeypatch.setattr(backup, "_run", run)
    archive = made(database, tmp_path)
    monkeypatch.undo()
    backup.restore(archive, owner_url=owner(empty), files=tmp_path / "files", programs=PROGRAMS)


def test_a_disk_full_leaves_nothing_that_looks_like_a_backup(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = made(database, tmp_path)

    def pack(_files: Path, _target: Path) -> int:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(backup, "_pack", pack)
    with pytest.raises(backup.BackupError, match="le disque est plein"):
        backup.back_up(
            owner(database),
            files=tmp_path,
            into=tmp_path,
            programs=PROGRAMS,
            at=AT + timedelta(days=1),
        )
    assert [path.name for path in tmp_path.iterdir()] == [good.name]
    assert backup.list_backups(tmp_path) == [good]


@pytest.mark.parametrize("name", [backup.DUMP, backup.FILES])
def test_a_backup_altered_by_one_byte_is_refused(database: str, empty: str, tmp_path: Path, name: str) -> None:
    archive = made(database, tmp_path)
    content = bytearray((archive / name).read_bytes())
    content[len(content) // 2] ^= 1
    (archive / name).write_bytes(content)
    with pytest.raises(backup.BackupError, match="empreinte"):
        backup.restore(archive, owner_url=owner(empty), files=tmp_path / "files", programs=PROGRAMS)


def test_a_count_that_differs_is_told(database: str, empty: str, tmp_path: Path) -> None:
    archive = made(database, tmp_path)
    manifest = json.loads((archive / backup.MANIFEST).read_text("utf-8"))
    manifest["tables"]["drafting_contract"] += 1
    (archive / backup.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(backup.BackupError, match=r"drafting_contract, [0-9]+ lignes sauvegardées"):
        backup.restore(archive, owner_url=owner(empty), files=tmp_path / "files", programs=PROGRAMS)


def test_nothing_is_restored_over_what_is_there(database: str, empty: str, tmp_path: Path) -> None:
    archive = made(database, tmp_path)
    with pytest.raises(backup.BackupError, match="vide"):
        backup.restore(archive, owner_url=owner(database), files=tmp_path / "files", programs=PROGRAMS)
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "mine").touch()
    with pytest.raises(backup.BackupError, match="vide"):
        backup.restore(archive, owner_url=owner(empty), files=tmp_path / "files", programs=PROGRAMS)


def test_a_folder_that_is_no_backup_is_refused(tmp_path: Path) -> None:
    with pytest.raises(backup.BackupError, match="pas une sauvegarde"):
        backup.read_manifest(tmp_path)


def test_the_present_database_is_replaced_once_the_restored_one_is_compared(
    open_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands, in a folder of their own: back up, go on, restore; what was there since is kept aside."""
    for variable in ("DATABASE_URL", "AVENANT_FILES"):
        monkeypatch.delenv(variable)
    monkeypatch.setenv("AVENANT_HOME", str(open_folder))
    cluster = embedded.server(open_folder / "postgres")
    with embedded.running(cluster):
        cluster.create_database("avenant")
        files = open_folder / "files"
        files.mkdir()
        (files / "first").write_text("one", "utf-8")
        with psycopg.connect(cluster.url("avenant_owner")) as connection:
            connection.execute("CREATE TABLE kept (number integer)")
            connection.execute("INSERT INTO kept VALUES (1)")
        assert CliRunner().invoke(main, ["backup"]).exit_code == 0
        (archive,) = backup.list_backups(open_folder / "backups")
        with psycopg.connect(cluster.url("avenant_owner")) as connection:
            connection.execute("INSERT INTO kept VALUES (2)")
        (files / "second").write_text("two", "utf-8")

        assert CliRunner().invoke(main, ["restore", str(archive), "--essai"]).exit_code == 0
        with psycopg.connect(cluster.url("avenant_owner")) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,), "a drill touches nothing"
        assert (archive / backup.DRILL).exists()

        result = CliRunner().invoke(main, ["restore", str(archive)])
        assert result.exit_code == 0, result.output
        with psycopg.connect(cluster.url("avenant_owner")) as connection:
            assert connection.execute("SELECT number FROM kept").fetchall() == [(1,)]
            former = connection.execute("SELECT datname FROM pg_database WHERE datname LIKE 'avenant\\_2%'").fetchall()
        assert [path.name for path in files.iterdir()] == ["first"]
        with psycopg.connect(cluster.url("avenant_owner", former[0][0])) as connection:
            assert connection.execute("SELECT count(*) FROM kept").fetchone() == (2,), "the former one is kept"
        assert len(list(open_folder.glob("files.2*/second"))) == 1


def test_only_the_last_ones_are_kept(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        folder = tmp_path / f"{backup.PREFIX}2026030{day}T020000Z"
        folder.mkdir()
        (folder / backup.MANIFEST).touch()
    (tmp_path / ".avenant-20260304T020000Z.partial").mkdir()
    assert [path.name[-8:-1] for path in backup.keep_last(tmp_path, 2)] == ["T020000"]
    assert [path.name[8:16] for path in backup.list_backups(tmp_path)] == ["20260303", "20260302"]


def examined(database: str, folder: Path, **addresses: str) -> dict[str, Check]:
    given = {role: server.CLUSTER.url(f"avenant_{role}", database) for role in ("owner", "app", "system")} | addresses
    return {check.key: check for check in diagnosis.examine(given, backups=folder, files=folder, at=datetime.now(UTC))}


@pytest.mark.django_db
def test_the_doctor_finds_the_nets_in_place(database: str, tmp_path: Path) -> None:
    checks = examined(database, tmp_path)
    for key in ("role-app", "role-system", "cloisons", "schéma", "documents", "horloge", "fuseaux"):
        assert checks[key].state == State.FINE, checks[key]
    assert checks["travaux"].state == State.FAULT
    assert checks["sauvegarde"].state == State.FAULT


@pytest.mark.parametrize(("asked", "state"), [
    ("", State.FAULT), ("?sslmode=require", State.WATCH), ("?sslmode=verify-full", State.FINE),
])  # fmt: skip
def test_the_doctor_sees_a_link_to_the_database_that_others_could_read(asked: str, state: State) -> None:
    far = {"app": f"postgresql://avenant_app@base.example.org/avenant{asked}", "system": "postgresql:///avenant"}
    place = diagnosis.Place(far, Path(), Path(), datetime.now(UTC))
    assert [(one.key, one.state) for one in diagnosis._links(place)] == [("liaison-app", state)]


@pytest.mark.django_db
def test_the_doctor_sees_a_table_open_to_all(database: str, tmp_path: Path) -> None:
    with psycopg.connect(owner(database)) as connection:
        connection.execute("ALTER TABLE drafting_contract DISABLE ROW LEVEL SECURITY")
    found = examined(database, tmp_path)["cloisons"]
    assert (found.state, "drafting_contract" in found.found) == (State.FAULT, True)


@pytest.mark.django_db
def test_the_doctor_sees_a_role_that_nothing_binds(database: str, tmp_path: Path) -> None:
    checks = examined(database, tmp_path, app=owner(database))
    assert checks["role-app"].state == State.FAULT
    assert checks["cloisons"].state == State.FAULT, "the owner reads every row"


@pytest.mark.django_db
def test_the_doctor_sees_a_clock_that_went_back(database: str, tmp_path: Path) -> None:
    with psycopg.connect(owner(database)) as connection:
        connection.execute(
            "INSERT INTO accounts_securityentry (at, action, page, address, once, purpose) "
            "VALUES (now() + interval '1 hour', 'view', '/', '', '', '')"
        )
    assert examined(database, tmp_path)["horloge"].state == State.FAULT


def test_whoever_changes_the_journal_in_the_database_is_found(database: str) -> None:
    """Not even the owner of the tables: every act is hashed again and compared to its seal."""

    def verified() -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "django", "verify_journal"],
            env=server.environment("avenant_system", database),
            capture_output=True,
            text=True,
            check=False,
        )

    assert "Journal intact" in verified().stdout
    with psycopg.connect(owner(database)) as connection:
        connection.execute(
            "UPDATE journal_event SET label = label || '.' WHERE id = (SELECT min(id::text) FROM journal_event)::uuid"
        )
    assert "Le sceau n° 1 ne correspond plus" in verified().stderr
    with psycopg.connect(owner(database)) as connection:
        connection.execute("UPDATE journal_event SET label = rtrim(label, '.') WHERE label LIKE '%%.'")
        connection.execute(
            "DELETE FROM journal_sealedevent WHERE event_id = (SELECT min(event_id::text) FROM journal_sealedevent)::uuid"
        )
    assert verified().returncode == 1, "an act taken out of its seal"


@pytest.mark.django_db
def test_the_doctor_counts_the_days_since_the_last_backup_and_its_drill(database: str, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    archive = backup.back_up(
        owner(database), files=tmp_path / "none", into=tmp_path, programs=PROGRAMS, at=now - timedelta(hours=1)
    )
    checks = examined(database, tmp_path)
    assert (checks["sauvegarde"].state, checks["restauration"].state) == (State.FINE, State.WATCH)
    backup.note_drill(archive, at=now, seconds=3)
    assert examined(database, tmp_path)["restauration"].state == State.FINE
    old = tmp_path / f"{backup.PREFIX}20260101T000000Z"
    manifest = json.loads((archive / backup.MANIFEST).read_text("utf-8"))
    shutil.move(archive, old)
    (old / backup.MANIFEST).write_text(json.dumps(manifest | {"made_at": str(now - timedelta(hours=27))}), "utf-8")
    assert examined(database, tmp_path)["sauvegarde"].state == State.FAULT


@pytest.mark.django_db
def test_what_cannot_be_examined_is_a_fault_and_the_rest_is_still_examined(database: str, tmp_path: Path) -> None:
    checks = examined(database, tmp_path, system="postgresql://nobody@/nothing?host=/nowhere")
    assert checks["clock"].state == State.FAULT
    assert checks["cloisons"].state == State.FINE
