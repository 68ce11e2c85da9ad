"""The legal text: what the hash depends on, what is in force on a day, what differs between two states."""

from __future__ import annotations

import random
from dataclasses import fields, replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.contracts import (
    Annex,
    Clause,
    ClauseKind,
    LegalText,
    Party,
    Promise,
    Standing,
    Version,
    at,
    days_left,
    in_text_order,
    standing,
)
from avenant.domain.contracts.comparison import Mark, compare, words
from avenant.domain.periods import Period, add_months

DAY = date(2026, 1, 1)
words_typed = st.text(alphabet="abcé ’.,\n", max_size=30)


def clause(key: str, parent: str = "", position: int = 0, **given: Any) -> Clause:
    return Clause(key, ClauseKind.ARTICLE, parent=parent, position=position, **given)


TEXT = LegalText(
    title="CPOM 2025-2029",
    parties=(
        Party("dreets", "DREETS", "labour", "service déconcentré", "Marseille", "anime", "PRST 4", "Directeur"),
        Party("satdl", "Durance Luberon", "service", "association", "Cavaillon", "agit", "projet", "Président"),
    ),
    clauses=(
        clause("art-1", number="1", heading="Objet", body="Le présent contrat", position=1),
        clause("art-2", number="2", heading="Durée", body="Cinq ans", position=2, details={"party": "satdl"}),
        clause("art-2-1", "art-2", 1, number="2.1", body="À compter du 1er janvier"),
        clause("art-3", number="3", heading="Suivi", body="Un comité", position=3),
    ),
    promises=(Promise("pdp-1.1", 1, 2025, 2029, {"2026": "1 200"}),),
    annexes=(Annex("annexe-1", "1", "Fiche action", "art-1", "a" * 64),),
    starts_on=date(2025, 1, 1),
    ends_on=date(2029, 12, 31),
)


# -- The hash ----------------------------------------------------------------------------------------------------------


@st.composite
def texts(draw: st.DrawFn) -> LegalText:
    keys = draw(st.lists(st.sampled_from("abcdefgh"), unique=True, min_size=1))
    made = []
    for rank, key in enumerate(keys):
        parent = draw(st.sampled_from(["", *keys[:rank]]))
        made.append(clause(key, parent, draw(st.integers(0, 5)), number=draw(words_typed), body=draw(words_typed)))
    return replace(TEXT, clauses=tuple(made))


@given(texts(), st.randoms())
def test_the_hash_does_not_depend_on_the_order_of_rows(text: LegalText, chance: random.Random) -> None:
    shuffled = replace(
        text,
        parties=tuple(chance.sample(text.parties, len(text.parties))),
        clauses=tuple(chance.sample(text.clauses, len(text.clauses))),
    )
    assert shuffled.fingerprint == text.fingerprint
    assert in_text_order(shuffled.clauses) == in_text_order(text.clauses)


OTHERS: dict[str, Any] = {
    "title": "CPOM 2025-2030",
    "starts_on": date(2025, 1, 2),
    "ends_on": date(2030, 12, 31),
    "parties": TEXT.parties[:1],
    "clauses": TEXT.clauses[:-1],
    "promises": (),
    "annexes": (),
}


@pytest.mark.parametrize("name", [one.name for one in fields(LegalText)])
def test_the_hash_depends_on_each_field_of_the_text(name: str) -> None:
    assert replace(TEXT, **{name: OTHERS[name]}).fingerprint != TEXT.fingerprint


def changed(value: Any) -> Any:
    match value:
        case ClauseKind():
            return ClauseKind.SECTION
        case str():
            return value + "x"
        case int():
            return value + 1
        case _:
            return {**value, "more": "x"}


@pytest.mark.parametrize("name", [one.name for one in fields(Clause) if one.name != "position"])
def test_the_hash_depends_on_each_field_of_a_clause(name: str) -> None:
    first, *others = TEXT.clauses
    other = replace(first, **{name: changed(getattr(first, name))})
    assert replace(TEXT, clauses=(other, *others)).fingerprint != TEXT.fingerprint


def test_the_hash_depends_on_the_order_of_clauses_and_not_on_the_way_it_is_counted() -> None:
    spread = tuple(replace(one, position=one.position * 10) for one in TEXT.clauses)
    assert replace(TEXT, clauses=spread).fingerprint == TEXT.fingerprint
    last = replace(TEXT.clauses[-1], position=0)
    assert replace(TEXT, clauses=(*TEXT.clauses[:-1], last)).fingerprint != TEXT.fingerprint


@pytest.mark.parametrize("name", [one.name for one in fields(Party) if one.name != "capacity"])
def test_the_hash_depends_on_each_field_of_a_party(name: str) -> None:
    first, *others = TEXT.parties
    other = replace(first, **{name: getattr(first, name) + "x"})
    assert replace(TEXT, parties=(other, *others)).fingerprint != TEXT.fingerprint


@pytest.mark.parametrize("name", [one.name for one in fields(Promise)])
def test_the_hash_depends_on_each_field_of_a_promise(name: str) -> None:
    other = replace(TEXT.promises[0], **{name: changed(getattr(TEXT.promises[0], name))})
    assert replace(TEXT, promises=(other,)).fingerprint != TEXT.fingerprint


@pytest.mark.parametrize("name", [one.name for one in fields(Annex)])
def test_the_hash_depends_on_each_field_of_an_annex(name: str) -> None:
    other = replace(TEXT.annexes[0], **{name: changed(getattr(TEXT.annexes[0], name))})
    assert replace(TEXT, annexes=(other,)).fingerprint != TEXT.fingerprint


def test_a_representative_binds_the_signature_of_his_party_alone() -> None:
    service = replace(TEXT.parties[1], capacity="Présidente")
    other = replace(TEXT, parties=(TEXT.parties[0], service))
    assert other.fingerprint == TEXT.fingerprint
    assert other.fingerprint_for("dreets") == TEXT.fingerprint_for("dreets")
    assert other.fingerprint_for("satdl") != TEXT.fingerprint_for("satdl")
    with pytest.raises(KeyError):
        TEXT.fingerprint_for("stranger")


def test_composed_and_decomposed_accents_are_one_text() -> None:
    assert replace(TEXT, title="Dure\u0301e").fingerprint == replace(TEXT, title="Durée").fingerprint


# -- In force on a day -------------------------------------------------------------------------------------------------


def test_a_version_is_in_force_from_its_first_day_until_the_eve_of_its_end() -> None:
    old, new = clause("a", body="avant"), clause("a", body="après")
    versions = [Version(old, None, DAY), Version(new, DAY, None), Version(clause("b"), None, DAY + timedelta(1))]
    assert at(versions, DAY - timedelta(1)) == (old, clause("b"))
    assert at(versions, DAY) == (new, clause("b"))
    assert at(versions, DAY + timedelta(1)) == (new,)


@given(st.lists(st.integers(0, 60), unique=True, min_size=1), st.integers(0, 70))
def test_dated_versions_give_one_clause_a_day(starts: list[int], asked: int) -> None:
    starts = sorted(starts)
    ends = [*starts[1:], None]
    day = lambda shift: None if shift is None else DAY + timedelta(days=shift)  # noqa: E731
    versions = [
        Version(clause("a", body=str(start)), day(start), day(end)) for start, end in zip(starts, ends, strict=True)
    ]
    found = at(versions, DAY + timedelta(days=asked))
    assert [one.body for one in found] == [str(one) for one in [one for one in starts if one <= asked][-1:]]


def test_a_clause_without_its_parent_and_a_loop_are_still_read() -> None:
    rows = [clause("a", "gone"), clause("b", "c"), clause("c", "b")]
    assert {one.key for one in in_text_order(rows)} == {"a", "b", "c"}


# -- Comparison --------------------------------------------------------------------------------------------------------


@given(words_typed, words_typed)
def test_the_pieces_give_both_sentences_back(old: str, new: str) -> None:
    pieces = words(old, new)
    assert "".join(one.text for one in pieces if one.mark is not Mark.ADDED) == old
    assert "".join(one.text for one in pieces if one.mark is not Mark.REMOVED) == new


def test_a_changed_sentence_is_read_word_by_word() -> None:
    pieces = words("Le comité se réunit une fois par an.", "Le comité se réunit au moins deux fois par an.")
    assert [(one.mark.value, one.text) for one in pieces] == [
        ("kept", "Le comité se réunit "),
        ("removed", "une"),
        ("added", "au moins deux"),
        ("kept", " fois par an."),
    ]


@given(texts())
def test_a_text_does_not_differ_from_itself(text: LegalText) -> None:
    assert compare(text, text).empty
    assert compare(text, text).sentence == "Les deux textes sont identiques."


@given(texts(), texts())
def test_what_is_added_one_way_is_removed_the_other(old: LegalText, new: LegalText) -> None:
    there, back = compare(old, new), compare(new, old)
    assert {one.key for one in there.added} == {one.key for one in back.removed}
    assert {one.new.key for one in there.changed} == {one.old.key for one in back.changed}
    # A lone position may change without any clause passing another: the texts are then the same.
    assert there.empty == (old.fingerprint == new.fingerprint)


def test_a_comparison_tells_what_was_added_removed_changed_and_moved() -> None:
    one, two, sub, three = TEXT.clauses
    new = replace(
        TEXT,
        title="CPOM 2025-2030",
        clauses=(
            replace(three, position=0),
            replace(one, body="Le présent avenant"),
            clause("art-4", number="4", position=9),
            two,
        ),
        annexes=(replace(TEXT.annexes[0], sha256="b" * 64),),
    )
    found = compare(TEXT, new)
    assert [one.key for one in found.added] == ["art-4"]
    assert [one.key for one in found.removed] == [sub.key]
    assert [(one.new.key, [two.label for two in one.differences]) for one in found.changed] == [("art-1", ["texte"])]
    assert [one.new.key for one in found.moved] == ["art-3"]
    assert [one.label for one in found.head] == ["titre", "annexe"]
    assert found.sentence == "1 clause ajoutée, 1 retirée, 1 modifiée, 1 déplacée, en-tête modifié"


# -- Standing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2024, 12, 31), Standing.TO_COME),
        (date(2025, 1, 1), Standing.IN_FORCE),
        (date(2029, 12, 31), Standing.IN_FORCE),
        (date(2030, 1, 1), Standing.EXPIRED),
    ],
)
def test_a_contract_is_in_force_from_its_first_to_its_last_day(day: date, expected: Standing) -> None:
    assert standing("in_force", date(2025, 1, 1), date(2029, 12, 31), day) is expected
    assert standing("draft", None, None, day) is Standing.DRAFT
    assert standing("ended", date(2025, 1, 1), date(2029, 12, 31), day) is Standing.ENDED


def test_five_years_from_the_first_of_march_end_on_the_last_of_february() -> None:
    term = Period(date(2025, 3, 1), add_months(date(2025, 3, 1), 60))
    assert term.last_day == date(2030, 2, 28)
    assert standing("in_force", term.start, term.last_day, date(2030, 2, 28)) is Standing.IN_FORCE
    assert standing("in_force", term.start, term.last_day, date(2030, 3, 1)) is Standing.EXPIRED


def test_the_last_day_is_still_one_day() -> None:
    assert [days_left(DAY, DAY + timedelta(one)) for one in (-1, 0, 1)] == [2, 1, 0]
    assert days_left(None, DAY) is None
