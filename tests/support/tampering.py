"""What somebody could change in a proof file, recomputing what can be recomputed without the platform."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from avenant.config.cli import main
from avenant.domain.proof import fingerprint


def verified(proof: dict[str, Any], folder: Path, *, seal: str = "") -> tuple[int, str]:
    """The exit code and the words of ``avenant verify``, with nothing but the file."""
    path = folder / "preuve.json"
    path.write_text(json.dumps(proof, ensure_ascii=False), "utf-8")
    result = CliRunner().invoke(main, ["verify", str(path), *(["--sceau", seal] if seal else [])])
    return result.exit_code, result.output


def tampered(proof: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The same proof, changed in one place, with the line that says so."""
    for change, told in (
        (_text, "FAUX        Le contenu a été modifié"),
        (_text_and_hash, "FAUX        Aucun acte du journal joint ne porte l’empreinte"),
        (_hash, "FAUX        Le contenu a été modifié"),
        (_journal, "ne correspond pas au sceau indiqué"),
        (_journal_hash, "ne correspond pas au sceau indiqué"),
        (_seal, "FAUX        Les sceaux ne s’enchaînent pas"),
        (_rules, "texte modifié"),
        (_rules_and_hash, "texte remplacé, ni le contenu ni le journal ne l’engagent"),
    ):
        other = copy.deepcopy(proof)
        change(other)
        yield told, other


def _text(proof: dict[str, Any]) -> None:
    name = sorted(proof["content"])[0]
    proof["content"][name] = "autre"


def _text_and_hash(proof: dict[str, Any]) -> None:
    _text(proof)
    proof["sha256"] = fingerprint(proof["content"])


def _hash(proof: dict[str, Any]) -> None:
    proof["sha256"] = "0" * 64


def _journal(proof: dict[str, Any]) -> None:
    proof["journal"][-1]["event"]["label"] = "Un autre acte"


def _journal_hash(proof: dict[str, Any]) -> None:
    """The content, its hash and the act that bears it, all three rewritten: the act no longer leads to its seal."""
    former = proof["sha256"]
    _text_and_hash(proof)
    proof["journal"] = json.loads(json.dumps(proof["journal"]).replace(former, proof["sha256"]))


def _seal(proof: dict[str, Any]) -> None:
    proof["seals"][0]["root"] = "0" * 64


def _rules(proof: dict[str, Any]) -> None:
    proof["context"][0]["content"] = "une autre règle"


def _rules_and_hash(proof: dict[str, Any]) -> None:
    _rules(proof)
    proof["context"][0]["sha256"] = fingerprint(proof["context"][0]["content"])
