"""A proof file: what is proved, the journal that holds its hash, the seals that hold the journal. Verified by hashing.

Shape (JSON)::

    {"format": "avenant-proof/1", "kind": "figure", "title": "…", "issued_at": "…",
     "content": {…},                      what is proved, as it was hashed
     "sha256": "…",                       of the canonical form of "content"
     "context": [{"title": "…", "content": {…}, "sha256": "…"}],   definitions, rules, articles of that date, whose
                                          hash (or, for a text, itself) is in "content" or in an event
     "documents": [{"name": "…", "sha256": "…", "base64": "…"}],   "base64" is there when the file travels with its proof
     "journal": [{"event": {…}, "seal": 12, "path": [["left", "…"], …]}],
     "seals": [{"number": 12, "at": "…", "count": 40, "root": "…", "previous": "…", "chain": "…"}, …]}
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from avenant.domain.proof.canonical import canonical, fingerprint
from avenant.domain.proof.seals import chained, read_seal
from avenant.domain.proof.trees import leaf, root_from

FORMAT: Final = "avenant-proof/1"


@dataclass(frozen=True, slots=True)
class ProofCheck:
    """One verification. ``holds`` is None where the file does not hold what it takes: not false, not yet proved."""

    key: str
    holds: bool | None
    sentence: str


def verify(proof: Mapping[str, Any], *, known_chain: str = "") -> list[ProofCheck]:
    """Every verification that the file allows, in reading order; nothing is asked of the platform.

    ``known_chain`` is the chain hash that the reader had from elsewhere (a printed seal, a colleague's proof): without
    it the file proves that it holds together, not that the platform once published it.
    """
    if proof.get("format") != FORMAT:
        return [ProofCheck("format", False, "Ce fichier n’est pas une preuve d’Avenant, ou vient d’une autre version.")]
    try:
        return [
            *_content(proof),
            *_context(proof),
            *_documents(proof),
            *_journal(proof),
            *_seals(proof, known_chain),
        ]
    except (KeyError, TypeError, ValueError, AttributeError):
        return [ProofCheck("format", False, "Cette preuve est incomplète ou abîmée\u202f: elle ne se vérifie pas.")]


def _content(proof: Mapping[str, Any]) -> Iterator[ProofCheck]:
    same = fingerprint(proof["content"]) == proof["sha256"]
    yield ProofCheck(
        "content",
        same,
        "Le contenu est celui dont l’empreinte est donnée."
        if same
        else "Le contenu a été modifié\u202f: son empreinte n’est plus celle qui est donnée.",
    )
    held = any(proof["sha256"] in _texts(entry["event"].get("evidence", {})) for entry in proof["journal"])
    yield ProofCheck(
        "recorded",
        held,
        "Le journal porte cette empreinte."
        if held
        else "Aucun acte du journal joint ne porte l’empreinte du contenu\u202f: rien ne dit quand il a été reçu.",
    )


def _context(proof: Mapping[str, Any]) -> Iterator[ProofCheck]:
    """Rules, articles, definitions: each as its hash says, a hash that what is proved or the journal holds."""
    engaged = {*_texts(proof["content"]), *(text for entry in proof["journal"] for text in _texts(entry["event"]))}
    for one in proof.get("context", ()):
        whole = fingerprint(one["content"]) == one["sha256"]
        held = one["sha256"] in engaged or (isinstance(one["content"], str) and one["content"] in engaged)
        words = "texte intact" if whole and held else "texte remplacé, ni le contenu ni le journal ne l’engagent"
        yield ProofCheck("context", whole and held, f"{one['title']}\u202f: {words if whole else 'texte modifié'}.")


def _documents(proof: Mapping[str, Any]) -> Iterator[ProofCheck]:
    for one in proof.get("documents", ()):
        if "base64" not in one:
            yield ProofCheck(
                "document", None, f"{one['name']}\u202f: le fichier n’est pas joint, comparez son empreinte."
            )
            continue
        try:
            content = base64.b64decode(one["base64"], validate=True)
        except binascii.Error:
            content = b""
        same = hashlib.sha256(content).hexdigest() == one["sha256"]
        yield ProofCheck("document", same, f"{one['name']}\u202f: {'fichier intact' if same else 'fichier modifié'}.")


def _journal(proof: Mapping[str, Any]) -> Iterator[ProofCheck]:
    roots = {seal["number"]: seal["root"] for seal in proof["seals"]}
    for entry in proof["journal"]:
        label = entry["event"]["label"]
        if entry.get("seal") is None:
            yield ProofCheck(
                "event", None, f"«\u202f{label}\u202f»\u202f: acte trop récent, il sera scellé cette nuit."
            )
            continue
        reached = root_from(leaf(canonical(entry["event"])), entry["path"])
        held = roots.get(entry["seal"]) == reached
        yield ProofCheck(
            "event",
            held,
            f"«\u202f{label}\u202f»\u202f: "
            + (f"scellé sous le n°\u00a0{entry['seal']}." if held else "ne correspond pas au sceau indiqué."),
        )


def _seals(proof: Mapping[str, Any], known_chain: str) -> Iterator[ProofCheck]:
    seals = [read_seal(seal) for seal in proof["seals"]]
    if not seals:
        return
    whole = chained(seals)
    last = seals[-1]
    yield ProofCheck(
        "chain",
        whole,
        f"Les sceaux {seals[0].number} à {last.number} s’enchaînent."
        if whole
        else "Les sceaux ne s’enchaînent pas\u202f: l’un d’eux a été changé ou retiré.",
    )
    if known_chain:
        known = any(seal.chain == known_chain for seal in seals)
        yield ProofCheck(
            "known",
            known and whole,
            "La chaîne passe par le sceau que vous connaissez."
            if known
            else "La chaîne ne passe pas par le sceau que vous connaissez.",
        )
    else:
        yield ProofCheck(
            "known",
            None,
            f"Comparez le sceau n°\u00a0{last.number} à celui que publie la plateforme\u202f: {last.chain[:16]}…",
        )


def _texts(value: object) -> Iterator[str]:
    """Every text inside a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)
