"""A proof holds as long as nothing in it was touched; the tree and the chain are those of their definitions."""

from __future__ import annotations

import base64
import copy
import hashlib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.proof import (
    FORMAT,
    canonical,
    chained,
    fingerprint,
    leaf,
    path_of,
    root_from,
    root_of,
    seal_of,
    verify,
)
from avenant.domain.proof.seals import BEGINNING
from avenant.domain.proof.trees import EMPTY, paths_of

CONTENT = {"pdp-1.10": {"value": {"total": 412}}}
HASHES = st.lists(st.binary(max_size=8), min_size=1, max_size=40).map(lambda parts: [leaf(part) for part in parts])


def made() -> dict[str, Any]:
    """A whole proof: the event that holds the hash is the third of five, under the second seal of three."""
    held = {"sha256": fingerprint(CONTENT), "definitions": {"pdp-1.10": fingerprint({"version": 1})}}
    event = {"id": "e-3", "label": "Indicateurs 2025 transmis", "evidence": held}
    leaves = [leaf(b"one"), leaf(b"two"), leaf(canonical(event)), leaf(b"four"), leaf(b"five")]
    seals, previous = [], BEGINNING
    for number, root in enumerate([leaf(b"before"), root_of(leaves), EMPTY], start=1):
        seal = seal_of(number=number, at=f"2026-03-0{number}T01:20:00Z", count=5, root=root, previous=previous)
        seals.append(seal.as_dict())
        previous = seal.chain
    pdf = b"%PDF-1.7"
    return {
        "format": FORMAT,
        "kind": "figure",
        "title": "Indicateurs 2025",
        "content": CONTENT,
        "sha256": fingerprint(CONTENT),
        "context": [{"title": "pdp-1.10", "content": {"version": 1}, "sha256": fingerprint({"version": 1})}],
        "documents": [
            {"name": "a.pdf", "sha256": hashlib.sha256(pdf).hexdigest(), "base64": base64.b64encode(pdf).decode()}
        ],
        "journal": [{"event": event, "seal": 2, "path": path_of(leaves, 2)}],
        "seals": seals[1:],
    }


def holds(proof: dict[str, Any], **options: str) -> dict[str, bool | None]:
    return {check.key: check.holds for check in verify(proof, **options)}


def test_a_whole_proof_holds_and_asks_to_compare_the_seal() -> None:
    assert holds(made()) == {
        "content": True,
        "recorded": True,
        "context": True,
        "document": True,
        "event": True,
        "chain": True,
        "known": None,
    }
    assert holds(made(), known_chain=made()["seals"][1]["chain"])["known"] is True
    assert holds(made(), known_chain="f" * 64)["known"] is False


@pytest.mark.parametrize(
    ("path", "value", "broken"),
    [
        (("content", "pdp-1.10", "value", "total"), 413, "content"),
        (("sha256",), "0" * 64, "recorded"),
        (("context", 0, "content", "version"), 2, "context"),
        (
            ("context", 0),
            {"title": "pdp-1.10", "content": {"version": 2}, "sha256": fingerprint({"version": 2})},
            "context",
        ),
        (("documents", 0, "base64"), base64.b64encode(b"%PDF-1.8").decode(), "document"),
        (("documents", 0, "base64"), "not base 64!", "document"),
        (("journal", 0, "event", "label"), "Autre", "event"),
        (("journal", 0, "path", 0), ["left", "0" * 64], "event"),
        (("journal", 0, "seal"), 3, "event"),
        (("seals", 0, "root"), "0" * 64, "chain"),
        (("seals", 1, "previous"), "0" * 64, "chain"),
        (("seals", 1, "at"), "2026-03-04T01:20:00Z", "chain"),
    ],
)
def test_each_change_is_seen(path: tuple[Any, ...], value: object, broken: str) -> None:
    proof = copy.deepcopy(made())
    place: Any = proof
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert holds(proof)[broken] is False


@pytest.mark.parametrize("missing", ["content", "journal", "seals", "sha256"])
def test_an_incomplete_file_is_told(missing: str) -> None:
    proof = made()
    del proof[missing]
    assert holds(proof) == {"format": False}


def test_an_event_of_today_is_not_yet_proved() -> None:
    proof = made()
    proof["journal"][0] |= {"seal": None, "path": []}
    assert holds(proof)["event"] is None


def test_another_file_is_refused() -> None:
    assert holds({"format": "something"}) == {"format": False}


@given(HASHES)
def test_each_leaf_leads_to_the_root(leaves: list[str]) -> None:
    for index, (one, path) in enumerate(zip(leaves, paths_of(leaves), strict=True)):
        assert path == path_of(leaves, index)
        assert root_from(one, path) == root_of(leaves)


@given(HASHES, st.data())
def test_another_leaf_leads_elsewhere(leaves: list[str], data: st.DataObject) -> None:
    index = data.draw(st.integers(0, len(leaves) - 1))
    assert root_from(leaf(b"a leaf of more than eight bytes"), path_of(leaves, index)) != root_of(leaves)


def test_the_tree_is_that_of_the_rfc() -> None:
    """RFC 6962, 2.1.3: the tree of seven leaves splits at four."""
    d = [leaf(bytes([n])) for n in range(7)]

    def node(left: str, right: str) -> str:
        return hashlib.sha256(b"\x01" + bytes.fromhex(left) + bytes.fromhex(right)).hexdigest()

    k = node(node(node(d[0], d[1]), node(d[2], d[3])), node(node(d[4], d[5]), d[6]))
    assert root_of(d) == k


def test_a_chain_begins_at_the_beginning() -> None:
    first = seal_of(number=1, at="2026-03-01T01:20:00Z", count=0, root=EMPTY, previous=BEGINNING)
    second = seal_of(number=2, at="2026-03-02T01:20:00Z", count=0, root=EMPTY, previous=first.chain)
    third = seal_of(number=3, at="2026-03-03T01:20:00Z", count=0, root=EMPTY, previous=second.chain)
    assert chained([first, second, third])
    assert not chained([first, third]), "a seal was taken away"
    forged = seal_of(number=1, at="2026-03-01T01:20:00Z", count=0, root=EMPTY, previous=second.chain)
    assert not chained([forged])


@pytest.mark.parametrize("value", [1.0, {"a": [0.5]}, {1: "a"}, object()])
def test_what_has_no_one_writing_is_refused(value: object) -> None:
    with pytest.raises(TypeError):
        canonical(value)


def test_order_does_not_change_the_hash_and_accents_are_kept() -> None:
    assert canonical({"b": 1, "a": "é"}) == '{"a":"é","b":1}'.encode()
