"""Numbers of establishments as people and spreadsheets write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import luhn
from tests.support.establishments import make_siret

from avenant.domain.folding import fold
from avenant.domain.identifiers import (
    BadIdentifier,
    finess_key_holds,
    looks_like_nir,
    parse_finess,
    parse_siret,
    siren_of,
)

VALID = make_siret(7)


@pytest.mark.parametrize(
    "typed",
    [VALID, f" {VALID} ", f"{VALID[:3]} {VALID[3:6]} {VALID[6:9]} {VALID[9:]}", f"{VALID[:9]}\u202f{VALID[9:]}"],
)
def test_a_siret_is_read_with_or_without_spaces(typed: str) -> None:
    assert parse_siret(typed) == VALID


def test_a_siret_kept_as_a_number_is_recovered_when_its_14_digits_are_there() -> None:
    assert parse_siret(f"{VALID}.0") == VALID
    assert parse_siret(f"{VALID},00") == VALID


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("1,23457E+13", "arrondi"),
        ("1.23457e13", "arrondi"),
        (VALID[:-1], "13 chiffres"),
        (VALID + "0", "15 chiffres"),
        ("", "manque"),
        ("SIRET inconnu", "que des chiffres"),
        (f"{VALID}.5", "15 chiffres"),
        (VALID[:-1] + str((int(VALID[-1]) + 1) % 10), "clé"),
        ("٣" * 14, "que des chiffres"),
    ],
)
def test_what_is_no_siret_is_refused_with_a_sentence(typed: str, sentence: str) -> None:
    with pytest.raises(BadIdentifier, match=sentence):
        parse_siret(typed)


def test_la_poste_follows_its_own_key() -> None:
    head_office, post_office = "35600000000048", "35600000049837"
    assert parse_siret(head_office) == head_office
    assert not luhn.is_valid(post_office)
    assert parse_siret(post_office) == post_office
    with pytest.raises(BadIdentifier, match="clé"):
        parse_siret("35600000049838")


@given(st.text())
def test_reading_a_siret_answers_14_digits_or_a_sentence(typed: str) -> None:
    try:
        found = parse_siret(typed)
    except BadIdentifier:
        return
    assert len(found) == 14
    assert found.isdigit()
    assert siren_of(found) == found[:9]


def test_finess_is_nine_characters_and_its_key_only_warns() -> None:
    assert parse_finess("97 010 022 8") == "970100228"
    assert parse_finess("2a0000001") == "2A0000001"
    assert finess_key_holds("010003820")
    assert not finess_key_holds("010003821")
    assert not finess_key_holds("2A0000001")
    for typed in ("12345678", "1234567890", "ZZ0000001"):
        with pytest.raises(BadIdentifier, match="FINESS"):
            parse_finess(typed)


def test_a_social_security_number_is_recognised() -> None:
    assert looks_like_nir("2 85 05 78 006 084 36")
    assert looks_like_nir("2850578006084")
    assert not looks_like_nir(VALID)
    assert not looks_like_nir("Résidence des Oliviers")


@pytest.mark.parametrize(
    ("text", "folded"),
    [("Résidence L’Œillet-d’Or", "residence l oeillet d or"), ("ÉLAN", "elan"), ("  ", ""), ("Île n° 2", "ile n 2")],
)
def test_names_are_folded(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing(text: str) -> None:
    assert fold(fold(text)) == fold(text)
