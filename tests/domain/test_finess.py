"""The FINESS file: its two shapes, and every line that is set aside with its reason."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.finess import COLUMNS, NotFiness, SetAside, Shape, Site, read_sites, recognise

GOOD = {
    "structureet": "structureet", "nofinesset": "010003820", "nofinessej": "010003812", "rs": "EHPAD LES OLIVIERS",
    "rslongue": "RÉSIDENCE LES OLIVIERS", "numvoie": "3", "typvoie": "R", "voie": "DE L’ŒUVRE", "departement": "9A",
    "ligneacheminement": "97110 POINTE A PITRE CEDEX", "categetab": "500", "libcategetab": "EHPAD",
    "dateouv": "1998-05-12",
}  # fmt: skip


def line(separator: str = ";", **said: str) -> str:
    return separator.join((GOOD | said).get(name, "") for name in COLUMNS)


def historic(*lines: str) -> list[Site | SetAside]:
    text = "\n".join(["finess;etalab;93;2026-03-03", *lines])
    return list(read_sites(text.splitlines(keepends=True), recognise(text.encode("latin-1", "replace"), utf8=False)))


def aside(*lines: str) -> SetAside:
    found = historic(*lines)[-1]
    assert isinstance(found, SetAside)
    return found


def test_the_historic_file_is_recognised_and_read() -> None:
    (site,) = historic(line())
    assert isinstance(site, Site)
    assert (site.line, site.finess_et, site.finess_ej, site.name) == (
        2,
        "010003820",
        "010003812",
        "RÉSIDENCE LES OLIVIERS",
    )
    assert (site.department, site.postcode, site.commune) == ("971", "97110", "POINTE A PITRE")
    assert (site.address, str(site.opened_on), site.warning) == ("3 R DE L’ŒUVRE", "1998-05-12", "")


def test_the_variant_with_titles_and_commas_says_the_same() -> None:
    text = f"{','.join(COLUMNS)}\n{line(',')}\n"
    shape = recognise(("\ufeff" + text).encode(), utf8=True)
    assert (shape.separator, shape.headed, shape.encoding.label) == (",", True, "UTF-8")
    (site,) = read_sites(text.splitlines(keepends=True), shape)
    assert isinstance(site, Site)
    assert site.commune == "POINTE A PITRE"


def test_columns_of_the_variant_may_come_in_another_order() -> None:
    text = "departement,rs,nofinesset\n04,Foyer,010003820\n"
    (site,) = read_sites(text.splitlines(), recognise(text.encode(), utf8=True))
    assert isinstance(site, Site)
    assert (site.name, site.department, site.siret) == ("Foyer", "04", "")


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"nofinesset": "12345"}, "n’est pas un numéro FINESS"),
        ({"siret": "12345678901234"}, "clé de ce SIRET"),
        ({"siret": "1234567890123"}, "13 chiffres"),
        ({"siret": "123456789012345"}, "15 chiffres"),
        ({"rs": " ", "rslongue": ""}, "raison sociale manque"),
        ({"dateouv": "1998-13-40"}, "n’est pas une date"),
        ({"rs": '"FOYER'}, "guillemet"),
        ({"rs": "FOYER\x07"}, "caractère interdit"),
    ],
)
def test_a_line_that_cannot_be_taken_says_why(said: dict[str, str], reason: str) -> None:
    assert reason in aside(line(**said)).reason


def test_a_missing_or_an_extra_column_sets_its_line_aside() -> None:
    assert "31 colonnes au lieu de 32" in aside(line().rsplit(";", 1)[0]).reason
    assert "33 colonnes au lieu de 32" in aside(line() + ";").reason
    assert "Enregistrement inconnu" in aside(line(), "inconnu;010003820").reason


def test_an_unquoted_comma_is_told_and_its_establishment_is_still_in_the_file() -> None:
    text = f"{','.join(COLUMNS)}\n{line(',', rs='FOYER, SITE 2')}\n"
    (found,) = read_sites(text.splitlines(), recognise(text.encode(), utf8=True))
    assert isinstance(found, SetAside)
    assert "virgule sans guillemets" in found.reason
    assert found.finess_et == "010003820"


def test_quotation_marks_well_closed_hold_a_separator_and_an_open_one_spoils_its_line_only() -> None:
    good, broken, after = historic(
        line(rs='"FOYER; SITE 2"', rslongue=""), line(nofinesset="010003838", rs='"FOYER'), line(nofinesset="010003846")
    )
    assert isinstance(good, Site)
    assert good.name == "FOYER; SITE 2"
    assert isinstance(broken, SetAside)
    assert isinstance(after, Site)


def test_a_false_key_and_a_shared_siret_only_warn() -> None:
    siret = "35600000000048"
    first, second = historic(line(siret=siret), line(nofinesset="010003821", siret=siret))
    assert isinstance(first, Site)
    assert isinstance(second, Site)
    assert first.warning == ""
    assert "La clé du numéro FINESS 010003821 est fausse" in second.warning
    assert "est aussi celui du FINESS 010003820" in second.warning


def test_a_finess_number_given_twice_is_set_aside_with_its_first_line() -> None:
    assert "déjà à la ligne 2" in aside(line(), line()).reason


def test_a_number_of_corsica_has_a_letter() -> None:
    (site,) = historic(line(nofinesset="2A0000014", departement="2A"))
    assert isinstance(site, Site)
    assert (site.finess_et, site.department, site.warning) == ("2A0000014", "2A", "")


def test_other_records_of_the_file_are_passed_over() -> None:
    assert len(historic("geolocalisation;010003820;1;2", line(), "")) == 1


@pytest.mark.parametrize("content", [b"", b"\n\n", b"Nom;Prenom\nA;B\n", b"%PDF-1.7\n", b"PK\x03\x04xlsx"])
def test_another_file_is_not_a_finess_file(content: bytes) -> None:
    with pytest.raises(NotFiness):
        recognise(content, utf8=True)


@given(st.lists(st.text(max_size=60), max_size=8))
def test_whatever_the_lines_nothing_else_is_raised_and_each_is_taken_or_told(lines: list[str]) -> None:
    shape: Shape = recognise(b"structureet;010003820\n", utf8=True)
    flat = [one.replace("\n", " ").replace("\r", " ") for one in lines]
    for found in read_sites(flat, shape):
        assert isinstance(found, Site) or found.reason
