"""Proofs that anyone verifies without the platform: canonical text, hash, Merkle path, chain of daily seals.

A *seal* commits to every event of the journal that no former seal holds: the root of a Merkle tree of their leaves
(RFC 6962), chained to the seal before it. An event is proved by its leaf, the path to the root of its seal, and the
chain from there to a seal that the reader knows from elsewhere; the events of others stay unknown.
"""

from avenant.domain.proof.canonical import canonical, fingerprint, textual
from avenant.domain.proof.files import FORMAT, ProofCheck, verify
from avenant.domain.proof.seals import BEGINNING, Seal, chained, read_seal, seal_of
from avenant.domain.proof.trees import leaf, path_of, paths_of, root_from, root_of

__all__ = [
    "BEGINNING",
    "FORMAT",
    "ProofCheck",
    "Seal",
    "canonical",
    "chained",
    "fingerprint",
    "leaf",
    "path_of",
    "paths_of",
    "read_seal",
    "root_from",
    "root_of",
    "seal_of",
    "textual",
    "verify",
]
