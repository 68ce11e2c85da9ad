"""Merkle trees as RFC 6962 makes them: leaves and nodes are hashed apart, so neither can pass for the other."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence

Step = tuple[str, str]
"""A neighbour on the way to the root: its side, « left » or « right », and its hash."""

EMPTY = hashlib.sha256(b"").hexdigest()


def leaf(content: bytes) -> str:
    """Hash of one leaf."""
    return hashlib.sha256(b"\x00" + content).hexdigest()


def root_of(leaves: Sequence[str]) -> str:
    """Root of the tree of ``leaves``, in their order; the hash of nothing when there is none."""
    if not leaves:
        return EMPTY
    if len(leaves) == 1:
        return leaves[0]
    split = _split(len(leaves))
    return _node(root_of(leaves[:split]), root_of(leaves[split:]))


def path_of(leaves: Sequence[str], index: int) -> list[Step]:
    """What must be added to leaf ``index`` to find the root again, nearest neighbour first."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*path_of(leaves[:split], index), ("right", root_of(leaves[split:]))]
    return [*path_of(leaves[split:], index - split), ("left", root_of(leaves[:split]))]


def paths_of(leaves: Sequence[str]) -> list[list[Step]]:
    """The path of every leaf, each subtree being hashed once."""
    return _with_root(leaves)[1]


def root_from(leaf_hash: str, path: Iterable[Sequence[str]]) -> str:
    """The root that a leaf and its path lead to."""
    reached = leaf_hash
    for side, neighbour in path:
        reached = _node(neighbour, reached) if side == "left" else _node(reached, neighbour)
    return reached


def _with_root(leaves: Sequence[str]) -> tuple[str, list[list[Step]]]:
    if len(leaves) < 2:
        return root_of(leaves), [[] for _ in leaves]
    split = _split(len(leaves))
    left, left_paths = _with_root(leaves[:split])
    right, right_paths = _with_root(leaves[split:])
    for path in left_paths:
        path.append(("right", right))
    for path in right_paths:
        path.append(("left", left))
    return _node(left, right), [*left_paths, *right_paths]


def _node(left: str, right: str) -> str:
    return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()


def _split(size: int) -> int:
    """The largest power of two below ``size``."""
    return 1 << (size - 1).bit_length() - 1
