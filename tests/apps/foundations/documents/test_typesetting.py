"""Documents made from data: the words are there, the file is accessible, and no pasted character stops it."""

from __future__ import annotations

import hashlib
import io
import re
import unicodedata
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pypdf import PdfReader

from avenant.foundations.documents.glyphs import FONTS, MISSING, clean_text, covered_characters
from avenant.foundations.documents.typesetting import (
    ARCHIVED,
    Document,
    TypesettingError,
    moment_in_words,
    typeset,
)

AT = datetime(2026, 3, 12, 16, 2, tzinfo=ZoneInfo("Europe/Paris"))
GUADELOUPE = ZoneInfo("America/Guadeloupe")
SQUARE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="30"><path d="M0 0h9v9z" fill="currentColor"/></svg>'
)


def indicator(code: str, **changes: object) -> dict[str, object]:
    row = {"code": code, "label": f"Indicateur {code}", "dgt": True, "last_year": "1\u202f204", "value": "1\u202f391"}
    return {**row, "evolution": "+ 15,5\u202f%", "comment": "", **changes}


def review(**changes: object) -> dict[str, object]:
    groups = [
        {"heading": "Cellule", "rows": [indicator(f"1.{n}") for n in range(1, 31)]},
        {"heading": "Visites", "rows": [indicator(f"1.{n}") for n in range(31, 63)]},
    ]
    return {
        "contract": {"title": "CPOM Val d’Issole", "period": "2025-2029", "parties": ["DREETS", "Carsat", "Service"]},
        "year": 2025,
        "state": "Arrêté",
        "mention": "Démonstration, faits fictifs",
        "quantitative": [{"strand": "Volet 1, désinsertion", "groups": groups}],
        "qualitative": [{"strand": "Volet 1, désinsertion", "text": "Premier alinéa.\n\nSecond alinéa."}],
        "improvements": [
            {
                "proposal": "Ouvrir un créneau",
                "action": "Fiche 1.2",
                "finding": "Délai de 41 jours",
                "owner": "Service",
                "due": "30 juin 2026",
                "status": "Proposée",
            }
        ],
        "decisions": [
            {
                "indicator": "1.13",
                "finding": "La hausse se confirme.",
                "proposal": "Le comité arrête le bilan.",
                "owner": "DREETS",
                "due": "2 avril 2026",
            }
        ],
        "coverage": "60 indicateurs renseignés sur 62.",
        "charts": [
            {"title": "Pré-reprise", "svg": SQUARE, "alt": "Un carré", "table": [["Année", "Visites"], ["2025", "1"]]}
        ],
        "confidentiality": {"contract": "CPOM", "purpose": "comité", "person": "DREETS", "date": "12 mars 2026"},
        **changes,
    }


RECEIPT = {
    "institutions": ["DREETS", "Carsat"],
    "declaration": "Déclaration 2025, service Val d’Issole",
    "part": "Part du service",
    "provider": "Service Val d’Issole",
    "person": "la direction",
    "instant": "24 février 2026 à 16 h 02 min 31 s (heure de Paris)",
    "values": "60",
    "hash": hashlib.sha256(b"values").hexdigest(),
}


def set_review(data: dict[str, object], **changes: Any) -> Document:
    arguments: dict[str, Any] = {"title": "Bilan annuel 2025", "reference": "BIL-2025-1", "at": AT} | changes
    return typeset("review", data, **arguments)


def words(document: Document) -> str:
    pages = PdfReader(io.BytesIO(document.pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def test_review_says_everything_it_was_given() -> None:
    text = words(set_review(review()))
    for part in (
        "Bilan annuel 2025",
        "CPOM Val d’Issole, période 2025-2029",
        "Arrêté",
        "Démonstration, faits fictifs",
        "60 indicateurs renseignés sur 62.",
        "Volet 1, désinsertion",
        "Second alinéa.",
        "Ouvrir un créneau",
        "Le comité arrête le bilan.",
        "généré le 12 mars 2026 à 16 h 02 (heure de Paris)",
        "Confidentiel : CPOM · usage : comité · remis à DREETS, le 12 mars 2026",
        "enquête DGT",
    ):
        assert part in text, part
    assert all(f"Indicateur 1.{n}" in text for n in range(1, 63))


def test_review_has_its_four_sections_in_order() -> None:
    outline = PdfReader(io.BytesIO(set_review(review()).pdf)).outline
    titles = [str(entry["/Title"]) for entry in outline if not isinstance(entry, list)]
    assert titles == ["Bilan quantitatif", "Bilan qualitatif", "Pistes d’amélioration", "Décisions"]


def test_a_review_without_its_optional_parts_still_stands() -> None:
    data = review(improvements=[], decisions=[], charts=[])
    for optional in ("mention", "state", "coverage", "charts", "confidentiality"):
        del data[optional]
    text = words(set_review(data))
    assert "Aucune piste n’a été proposée." in text
    assert "Aucune décision n’a été prise." in text
    assert "Confidentiel" not in text


def test_every_page_has_its_number_reference_and_table_header() -> None:
    pages = PdfReader(io.BytesIO(set_review(review()).pdf)).pages
    assert len(pages) == 3
    for number, page in enumerate(pages, start=1):
        text = page.extract_text()
        assert f"page {number}/{len(pages)}" in text
        assert "BIL-2025-1" in text
    assert "Évolution" in pages[1].extract_text()
    assert "Visites" in pages[1].extract_text(), "the group's heading comes back after the page break"


def test_a_document_is_tagged_french_and_titled() -> None:
    reader = PdfReader(io.BytesIO(set_review(review()).pdf))
    catalogue = reader.root_object
    assert catalogue["/MarkInfo"]["/Marked"].value is True  # type: ignore[index]
    assert str(catalogue["/Lang"]) == "fr-FR"
    assert catalogue["/ViewerPreferences"]["/DisplayDocTitle"].value is True  # type: ignore[index]
    assert reader.metadata is not None
    assert reader.metadata.title == "Bilan annuel 2025"
    assert reader.metadata.creation_date == AT


def test_an_archived_document_says_its_standards() -> None:
    metadata = PdfReader(io.BytesIO(set_review(review(), standards=ARCHIVED).pdf)).xmp_metadata
    assert metadata is not None
    declared = metadata.stream.get_data().decode()
    assert "<pdfaid:part>3</pdfaid:part>" in declared
    assert "<pdfaid:conformance>A</pdfaid:conformance>" in declared
    assert "<pdfuaid:part>1</pdfuaid:part>" in declared


def test_only_our_fonts_are_in_the_file() -> None:
    fonts: set[str] = set()
    for page in PdfReader(io.BytesIO(set_review(review(state="✓ Arrêté ‸")).pdf)).pages:
        for font in page["/Resources"]["/Font"].values():  # type: ignore[index]
            fonts.add(font.get_object()["/BaseFont"].split("+")[1])
    assert {name.split("-")[0] for name in fonts} == {"SourceSans3", "DejaVuSans"}


def test_our_fonts_are_light_and_carry_their_licences() -> None:
    files = list(FONTS.iterdir())
    assert sum(file.stat().st_size for file in files) < 3_000_000
    assert {file.name for file in files if file.suffix == ".txt"} == {"SourceSans3-OFL.txt", "DejaVuSans-LICENSE.txt"}


def test_the_same_facts_give_the_same_bytes_and_another_instant_does_not() -> None:
    first, second = set_review(review()), set_review(review())
    assert first == second
    assert first.sha256 == hashlib.sha256(first.pdf).hexdigest()
    assert set_review(review(), at=AT + timedelta(minutes=1)).sha256 != first.sha256


def test_an_instant_of_a_real_clock_is_taken_at_its_second() -> None:
    assert set_review(review(), at=AT + timedelta(microseconds=654_321)) == set_review(review())


def test_a_pasted_emoji_or_byte_order_mark_does_not_stop_a_review() -> None:
    data = review(coverage="\ufeffBonne année 🦺\x07 中")
    document = set_review(data, standards=ARCHIVED)
    assert document.replaced == ("🦺", "中")
    assert f"Bonne année {MISSING} {MISSING}" in words(document)


def test_markup_in_a_text_is_text() -> None:
    text = words(set_review(review(coverage="#panic() $x$ *gras* <b> \\ [ {")))
    assert "#panic() $x$ *gras* <b> \\ [ {" in text


def test_the_receipt_states_the_proof() -> None:
    document = typeset("letter-receipt", RECEIPT, title="Accusé de transmission", reference="ACC-1", at=AT)
    text = words(document)
    for value in (*RECEIPT["institutions"], *(RECEIPT[key] for key in RECEIPT if key not in {"institutions", "hash"})):
        assert str(value) in text
    assert str(RECEIPT["hash"]) in text.replace(" ", "")


@pytest.mark.parametrize("name", ["missing", "../typesetting", "avenant/../review"])
def test_an_unknown_template_is_refused(name: str) -> None:
    with pytest.raises(TypesettingError):
        typeset(name, {}, title="t", reference="r", at=AT)


def test_data_that_a_template_does_not_find_is_an_error_of_ours() -> None:
    with pytest.raises(TypesettingError, match="review"):
        set_review({"year": 2025})


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (AT, "12 mars 2026 à 16 h 02 (heure de Paris)"),
        (datetime(2023, 11, 1, 23, 59, tzinfo=GUADELOUPE), "1er novembre 2023 à 23 h 59 (heure de Guadeloupe)"),
        (datetime(2026, 8, 2, 0, 0, tzinfo=UTC), "2 août 2026 à 0 h 00 (UTC+00:00)"),
        (datetime(2026, 8, 2, 9, 5, tzinfo=timezone(timedelta(hours=-4))), "2 août 2026 à 9 h 05 (UTC-04:00)"),
    ],
)
def test_an_instant_is_said_with_its_zone(at: datetime, expected: str) -> None:
    assert moment_in_words(at) == expected


def test_an_instant_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="zone"):
        moment_in_words(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("raw", "text", "replaced"),
    [
        ("e\u0301te\u0301", "été", ()),
        ("\ufeff12\u200b", "12", ()),
        ("a\r\nb\rc\vd\u2028e", "a\nb\nc\nd\ne", ()),
        ("a\tb\x00\x1f", "a b", ()),
        ("✓\ufe0f", "✓", ()),
        ("✕ ✓ ‸ □ → ≤ œ € « » \u202f\u00a0", "✕ ✓ ‸ □ → ≤ œ € « » \u202f\u00a0", ()),
        ("中 🦺 中", "□ □ □", ("中", "🦺")),
        ("\ue000", "□", ("\ue000",)),
        ("", "", ()),
    ],
)
def test_text_is_cleaned(raw: str, text: str, replaced: tuple[str, ...]) -> None:
    clean = clean_text(raw)
    assert (clean.text, clean.replaced) == (text, replaced)


@given(st.text())
def test_cleaning_twice_is_cleaning_once(raw: str) -> None:
    once = clean_text(raw).text
    assert clean_text(once) == type(clean_text(""))(once, ())
    assert unicodedata.is_normalized("NFC", once)


def test_every_character_said_to_be_covered_is_printed_under_both_standards() -> None:
    """All of them, and every combining mark on four kinds of base: Typst refuses a glyph that it lacks."""
    covered = sorted(chr(code) for code in frozenset().union(*covered_characters()))
    marks = [char for char in covered if unicodedata.category(char)[0] == "M"]
    everything = " ".join(covered) + " ".join(base + mark for mark in marks for base in "aé✕😀")
    data = {**RECEIPT, "provider": everything, "institutions": [everything]}
    assert typeset("letter-receipt", data, title="t", reference="r", at=AT, standards=ARCHIVED).pdf


@settings(max_examples=25)
@given(st.text(max_size=200))
def test_no_text_stops_a_document(raw: str) -> None:
    data = {**RECEIPT, "provider": raw, "institutions": [raw]}
    assert typeset("letter-receipt", data, title="t" + raw, reference=raw, at=AT, standards=ARCHIVED).pdf
