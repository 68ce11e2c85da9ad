"""``match``: the neutral count, on the side of one party. The list and the key stay in one folder of its own.

The curve's arithmetic is that of openmined-psi (``avenant[psi]``), imported when it is needed and never otherwise.
"""

from __future__ import annotations

import json
import secrets
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, TypeVar

import duckdb

from avenant.collect.engine import connect, name, unreadable
from avenant.collect.reading import siret_digits, siret_holds
from avenant.collect.refusals import REJECTED, SECRECY, CollectError
from avenant.collect.sources import inspect, read_sample, relation
from avenant.collect.storage import write_whole
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import counted, quoted
from avenant.domain.neutral_count import (
    Message,
    Side,
    Stage,
    commitment,
    read_message,
    refuse_size,
    write_message,
)

Read = TypeVar("Read")
SECRET: Final = "secret.json"  # noqa: S105 - the name of a file
PROMISE, BLINDED, DOUBLED = "engagement.acn", "liste-masquee.acn", "reponse.acn"
RECEIPT: Final = "preuve.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """What a party keeps: its question, its side, its key and salt (hexadecimal), its list."""

    question: str
    side: str
    key: str
    salt: str
    sirets: Sequence[str]

    @property
    def promise(self) -> Message:
        promised = commitment(bytes.fromhex(self.salt), self.question, self.sirets)
        return Message(self.question, Stage.COMMITTED, Side(self.side), len(self.sirets), promised)


def read_list(path: Path) -> list[str]:
    """The SIRETs of a file, sorted, each once. Raises :class:`CollectError` on a bad or repeated number, naming lines.

    The column is the one titled SIRET, or the only one.
    """
    source = inspect(path)
    titles = read_sample(source).titles
    wanted = [title for title in titles if "siret" in fold(title).split()] or (list(titles) if len(titles) == 1 else [])
    if len(wanted) != 1:
        raise CollectError(
            f"{quoted(path.name)} : il faut une colonne « SIRET », et une seule. Titres : {', '.join(titles)}."
        )
    cell = f"trim(CAST({name(wanted[0])} AS VARCHAR))"
    digits = siret_digits(cell)
    try:
        with TemporaryDirectory(prefix="avenant-") as spare, connect() as connection:
            rows = connection.execute(
                f"SELECT row_number() OVER () + 1, CASE WHEN {siret_holds(digits)} THEN {digits} END "
                f"FROM ({relation(connection, source, titles, Path(spare))}) WHERE {cell} <> ''"
            ).fetchall()
    except duckdb.Error as error:
        raise unreadable(path.name, error) from error
    _refuse_lines(path, "numéros qui ne sont pas des SIRET", [line for line, number in rows if number is None])
    times = Counter(number for _, number in rows)
    _refuse_lines(path, "SIRET en double", [line for line, number in rows if times[number] > 1])
    return sorted(times)


def _refuse_lines(path: Path, what: str, lines: Sequence[int]) -> None:
    if lines:
        shown = ", ".join(map(str, lines[:10])) + ("…" if len(lines) > 10 else "")
        raise CollectError(
            f"{quoted(path.name)} : {what}, {counted(len(lines), 'ligne')} ({shown}). Corrigez la liste, puis recommencez.",
            exit_code=REJECTED,
        )


def engage(listing: Path, folder: Path, *, question: str, side: Side) -> Message:
    """Promise a list: its folder gets a new key, a new salt and the message to bring to the platform.

    Raises :class:`CollectError` when the folder already holds a count: one list, one question, one answer.
    """
    if any((folder / file).exists() for file in (SECRET, RECEIPT)):
        raise CollectError(
            f"Le dossier {quoted(str(folder))} contient déjà un compte neutre : une question ne se pose qu'une fois. Prenez un "
            "autre dossier pour une autre question.",
            exit_code=SECRECY,
        )
    sirets = read_list(listing)
    _said(lambda: refuse_size(len(sirets)))
    kept = Kept(question, side.value, secrets.token_hex(32), secrets.token_hex(32), sirets)
    _write_secret(folder, kept)
    promise = kept.promise
    write_whole(folder / PROMISE, write_message(promise))
    return promise


def blind(folder: Path) -> Message:
    """Blind one's own list with one's own key, for the other side."""
    kept, promise = _kept(folder), _kept(folder).promise
    request = _psi().client.CreateFromKey(bytes.fromhex(kept.key), False).CreateRequest(list(kept.sirets))
    message = Message(promise.question, Stage.BLINDED, promise.by, promise.size, promise.commitment,
                      tuple(request.encrypted_elements))  # fmt: skip
    write_whole(folder / BLINDED, write_message(message))
    return message


def answer(folder: Path, received: Path, *, promised: str = "") -> Message:
    """Blind the other's blinded list again, for the platform, and destroy the key: there is no second answer.

    ``promised`` is the commitment that the platform shows for the other side. Raises :class:`CollectError` when what
    was received is about another question, is one's own list, or is not the list that was promised.
    """
    kept = _kept(folder)
    given = _said(lambda: read_message(_bytes(received)))
    if given.stage is not Stage.BLINDED or given.question != kept.question or given.by.value == kept.side:
        raise CollectError(
            f"{quoted(received.name)} n'est pas la liste masquée de l'autre partie pour cette question : prenez celle que la "
            "plateforme vous remet.",
            exit_code=SECRECY,
        )
    if promised and promised.strip().lower() != given.commitment:
        raise CollectError(
            "La liste reçue n'est pas celle que l'autre partie avait promise : rien n'a été répondu.",
            exit_code=SECRECY,
        )
    psi = _psi()
    request = psi.Request(reveal_intersection=False, encrypted_elements=list(given.points))
    try:
        response = psi.server.CreateFromKey(bytes.fromhex(kept.key), False).ProcessRequest(request)
    except (RuntimeError, ValueError) as error:
        raise CollectError(f"{quoted(received.name)} est abîmé : demandez-le de nouveau.") from error
    message = Message(given.question, Stage.DOUBLED, Side(kept.side), given.size, given.commitment,
                      tuple(response.encrypted_elements))  # fmt: skip
    write_whole(folder / DOUBLED, write_message(message))
    _destroy_key(folder, kept)
    return message


def verify(listing: Path, receipt: Path) -> bool:
    """Is this list the one that was promised, as the receipt kept beside the answer lets anybody check."""
    try:
        said: dict[str, Any] = json.loads(receipt.read_text(encoding="utf-8"))
        promised = commitment(bytes.fromhex(said["salt"]), said["question"], read_list(listing))
        return bool(promised == said["commitment"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise CollectError(f"{quoted(receipt.name)} n'est pas la preuve d'un compte neutre.") from error


def read_answer(path: Path) -> Message:
    """A message from its file. Raises :class:`CollectError`."""
    return _said(lambda: read_message(_bytes(path)))


def question_of(folder: Path) -> str:
    """The question of a folder, whether it has answered or not. Raises :class:`CollectError`."""
    if (folder / RECEIPT).exists():
        return read_answer(folder / PROMISE).question
    return _kept(folder).question


def _psi() -> Any:
    try:
        import private_set_intersection.python as psi
    except ImportError as error:
        raise CollectError(
            "Le compte neutre demande un composant de plus. Dans un environnement à part : pip install 'avenant[psi]' (Linux ou "
            "macOS ; sous Windows, dans WSL)."
        ) from error
    return psi


def _write_secret(folder: Path, kept: Kept) -> None:
    write_whole(folder / SECRET, json.dumps(asdict(kept)))
    (folder / SECRET).chmod(0o600)


def _kept(folder: Path) -> Kept:
    if (folder / RECEIPT).exists():
        raise CollectError(
            f"Le dossier {quoted(str(folder))} a déjà répondu : sa clé est détruite, une seconde réponse est impossible.",
            exit_code=SECRECY,
        )
    try:
        return Kept(**json.loads((folder / SECRET).read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise CollectError(
            f"Le dossier {quoted(str(folder))} ne contient pas de compte neutre : commencez par avenant collect match engage."
        ) from error


def _destroy_key(folder: Path, kept: Kept) -> None:
    """The salt stays, with which the promise can be checked; the key goes, and the copy of the list with it."""
    promise = kept.promise
    receipt = {"question": kept.question, "side": kept.side, "salt": kept.salt, "size": promise.size,
               "commitment": promise.commitment}  # fmt: skip
    write_whole(folder / RECEIPT, json.dumps(receipt, indent=1) + "\n")
    (folder / SECRET).unlink()


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise CollectError(f"Le fichier {quoted(str(path))} est introuvable ou illisible.") from error


def _said(act: Callable[[], Read]) -> Read:
    """Run ``act``, its refusal given the exit code of secrecy."""
    try:
        return act()
    except CollectError:
        raise
    except DomainError as refusal:
        raise CollectError(refusal.message, code=refusal.code, exit_code=SECRECY) from refusal
