"""``match exchange``: the messages of a neutral count go to the platform and come back, each as soon as it can."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from avenant.collect import matching
from avenant.collect.storage import write_whole
from avenant.collect.submission import Platform
from avenant.domain.neutral_count import Side, Stage

RECEIVED: Final = "liste-masquee-recue.acn"
FILES: Final = {
    Stage.COMMITTED: matching.PROMISE,
    Stage.BLINDED: matching.BLINDED,
    Stage.DOUBLED: matching.DOUBLED,
}


@dataclass(frozen=True, slots=True)
class Exchanged:
    """The messages that were brought now, the count when it is told, else why the next message waits."""

    brought: tuple[Stage, ...]
    words: str
    waits: str


def exchange(platform: Platform, folder: Path) -> Exchanged:
    """Bring every message of this folder's count that can be brought. Run again, it goes on from where it stands.

    Raises :class:`CollectError`: nothing is answered to a list other than the one that was promised, and a message
    that the platform did not take stays in the folder.
    """
    address = f"/comptes-neutres/{quote(matching.question_of(folder), safe='')}"
    state, brought = platform.call("GET", address), []
    while state["following"] and not state["waits"] and not state["answered_at"]:
        stage = Stage(state["following"])
        _make(platform, address, folder, stage, state)
        content = (folder / FILES[stage]).read_bytes()
        platform.carry("POST", f"{address}/messages", content)
        brought.append(stage)
        state = platform.call("GET", address)
    return Exchanged(tuple(brought), state["words"], state["waits"])


def _make(platform: Platform, address: str, folder: Path, stage: Stage, state: Mapping[str, Any]) -> None:
    """Make the message of a stage, unless it was made by hand or before an interruption."""
    if (folder / FILES[stage]).exists():
        return
    if stage is Stage.BLINDED:
        matching.blind(folder)
    if stage is Stage.DOUBLED:
        write_whole(folder / RECEIVED, platform.carry("GET", f"{address}/liste-masquee"))
        other = Side(state["side"]).other.value
        promised = next(one["commitment"] for one in state["messages"]
                        if (one["by"], one["stage"]) == (other, Stage.COMMITTED.value))  # fmt: skip
        matching.answer(folder, folder / RECEIVED, promised=promised)
