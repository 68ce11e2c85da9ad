"""Charts: the picture fits a strict page, survives grey and dark, and never goes without its words and its table."""

from __future__ import annotations

import io
from dataclasses import asdict
from datetime import UTC, datetime
from decimal import Decimal
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from avenant.domain.french import format_number
from avenant.foundations.documents.charts import (
    BLUE,
    BRAND,
    CARET,
    EARTH,
    VIOLET,
    Bar,
    Chart,
    Quartiles,
    Series,
    bars,
    distribution,
    trend,
)
from avenant.foundations.documents.typesetting import ARCHIVED, typeset

SVG = "{http://www.w3.org/2000/svg}"
YEARS = {2021: Decimal(980), 2022: Decimal(1040), 2023: None, 2024: Decimal(1204), 2025: Decimal("1391.5")}
ONE = Series("Val d’Issole", YEARS)
TWO = Series("Région", {year: Decimal(1000) for year in YEARS})
BREAK = {2024: "définition précisée"}
OTHERS = [Decimal(value) for value in (420, 610, 800, 1100, 1500, 1900)]
QUARTILES = Quartiles(Decimal(800), Decimal(1100), Decimal(1500))


def line() -> Chart:
    return trend([ONE], title="Visites de pré-reprise", unit="visites", breaks=BREAK)


def rows() -> Chart:
    shown = [Bar("Val d’Issole", Decimal(1391), marked=True), Bar("A & B <c>", None, "secret statistique")]
    return bars(shown, title="Comparaison", unit="visites")


def place() -> Chart:
    return distribution(Decimal(1391), QUARTILES, OTHERS, title="Place du service", unit="visites")


@pytest.fixture(scope="module", params=[line, rows, place], ids=["trend", "bars", "distribution"])
def chart(request: pytest.FixtureRequest) -> Chart:
    made: Chart = request.param()
    return made


def elements(chart: Chart) -> list[ElementTree.Element]:
    return list(ElementTree.fromstring(chart.svg).iter())  # noqa: S314 (our own picture)


def words(chart: Chart) -> list[str]:
    return [element.text or "" for element in elements(chart) if element.tag == f"{SVG}text"]


def test_the_picture_passes_a_strict_policy(chart: Chart) -> None:
    for element in elements(chart):
        assert element.tag not in {f"{SVG}style", f"{SVG}script", f"{SVG}image", f"{SVG}a", f"{SVG}foreignObject"}
        assert not [name for name in element.attrib if name == "style" or name.startswith("on") or "href" in name]


def test_the_picture_is_one_image_with_its_words_in_french(chart: Chart) -> None:
    root, *inside = elements(chart)
    assert root.get("role") == "img"
    assert root.get("aria-label") == chart.alt
    assert chart.alt.startswith(chart.title)
    assert not [name for element in inside for name in element.attrib if name.startswith("aria-") or name == "role"]


def test_the_picture_is_transparent_and_written_in_the_ink_of_the_page(chart: Chart) -> None:
    for element in elements(chart):
        assert element.get("fill") not in {"white", "#fff", "#ffffff", "black", "#000"}
        if element.tag == f"{SVG}text":
            assert element.get("fill") == "currentColor"
    assert "\u00a0" not in chart.svg


def test_the_same_figures_give_the_same_picture() -> None:
    assert line() == line()


def test_ids_are_the_chart_s_own(chart: Chart) -> None:
    ids = [element.get("id", "") for element in elements(chart) if "id" in element.attrib]
    assert all(len(each) > 11 and each.startswith("c") for each in ids)
    assert len(set(ids)) == len(ids)


def test_every_chart_stands_in_an_archived_document_with_its_table(chart: Chart) -> None:
    data = {
        "contract": {"title": "t", "period": "p", "parties": ["a"]},
        "year": 2025,
        "quantitative": [],
        "qualitative": [],
        "improvements": [],
        "decisions": [],
        "charts": [asdict(chart)],
    }
    at = datetime(2026, 3, 12, tzinfo=UTC)
    document = typeset("review", data, title="t", reference="r", at=at, standards=ARCHIVED)
    assert document.replaced == ()
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(document.pdf)).pages)
    for row in chart.table:
        for cell in row:
            assert cell in text, cell


def test_a_trend_tells_each_year_holes_and_breaks_included() -> None:
    chart = line()
    assert chart.table == (
        ("Année", "Val d’Issole", "Remarque"),
        ("2021", "980", ""),
        ("2022", "1\u202f040", ""),
        ("2023", "non disponible", ""),
        ("2024", "1\u202f204", "définition précisée"),
        ("2025", "1\u202f391,5", ""),
    )
    assert "1\u202f391,5 en 2025" in chart.alt
    assert "2024\u202f: définition précisée" in chart.alt
    assert {"définition précisée", "1\u202f391,5", "visites", "2023"} <= set(words(chart))


def strokes(chart: Chart) -> int:
    """How many pieces the lines are made of."""
    drawn = [element for element in elements(chart) if element.tag == f"{SVG}path" and element.get("stroke") == BRAND]
    return len([element for element in drawn if element.get("stroke-width") == "2"])


def test_no_line_crosses_a_hole_or_a_break() -> None:
    whole = Series("a", {year: Decimal(year) for year in range(2021, 2026)})
    title, unit = "t", "u"
    assert strokes(trend([whole], title=title, unit=unit)) == 1
    assert strokes(trend([whole], title=title, unit=unit, breaks={2024: "b"})) == 2
    holed = Series("a", {**whole.values, 2023: None})
    assert strokes(trend([holed], title=title, unit=unit)) == 2
    assert strokes(trend([holed], title=title, unit=unit, breaks={2024: "b"})) == 2


def test_several_series_differ_by_more_than_colour() -> None:
    chart = trend([ONE, TWO], title="t", unit="u")
    dashes = {element.get("stroke-dasharray") for element in elements(chart)} - {None}
    assert len(dashes) == 2
    marks = {element.get("d") for element in elements(chart) if element.get("fill") in {BRAND, CARET}}
    assert len(marks) >= 2
    assert {"Val d’Issole", "Région"} <= set(words(chart))


def test_a_trend_has_one_to_five_series_and_a_value() -> None:
    assert trend([Series(str(n), {2025: Decimal(n)}) for n in range(5)], title="t", unit="u").svg
    with pytest.raises(ValueError, match="1 to 5"):
        trend([Series(str(n), {2025: Decimal(n)}) for n in range(6)], title="t", unit="u")
    with pytest.raises(ValueError, match="1 to 5"):
        trend([Series("a", {2025: None})], title="t", unit="u")


def test_bars_say_why_a_value_is_absent_and_keep_their_order() -> None:
    chart = rows()
    assert chart.table == (("Ligne", "visites"), ("Val d’Issole", "1\u202f391"), ("A & B <c>", "secret statistique"))
    said = words(chart)
    assert said.index("Val d’Issole") < said.index("A & B <c>")
    assert {"secret statistique", "1\u202f391"} <= set(said)
    with pytest.raises(ValueError, match="row"):
        bars([], title="t", unit="u")


def test_two_bars_of_the_same_name_stay_two() -> None:
    chart = bars([Bar("Autre", Decimal(1)), Bar("Autre", Decimal(2))], title="t", unit="u")
    assert words(chart).count("Autre") == 2


def test_a_pasted_sign_in_a_label_breaks_neither_page_nor_document() -> None:
    chart = bars([Bar("\ufeffA\x01 🦺 \"'\\ </text>", Decimal(1))], title="t\x07", unit="u")
    assert "A □ \"'\\ </text>" in words(chart)
    assert chart.alt.startswith("t. ")


def test_a_distribution_marks_one_s_own_place_and_names_nobody_else() -> None:
    chart = place()
    assert "Votre service\u202f: 1\u202f391" in words(chart)
    assert ("Médiane", "1\u202f100") in chart.table
    assert chart.table[-1] == ("Autres services, sans nom", "420 · 610 · 800 · 1\u202f100 · 1\u202f500 · 1\u202f900")
    ticks = [element for element in elements(chart) if element.get("fill") == "currentColor" and element.get("d")]
    assert len(ticks) == len(OTHERS)


def test_a_distribution_without_own_value_says_so() -> None:
    chart = distribution(None, QUARTILES, OTHERS, title="t", unit="u", own_label="Val d’Issole")
    assert ("Val d’Issole", "non disponible") in chart.table
    assert not [word for word in words(chart) if word.startswith("Val d’Issole")]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("0", "0"),
        ("999", "999"),
        ("1000", "1\u202f000"),
        ("-1234567.80", "−1\u202f234\u202f567,80"),
        ("1E+3", "1\u202f000"),
    ],
)
def test_numbers_are_french(value: str, expected: str) -> None:
    assert format_number(Decimal(value)) == expected


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize("ground", ["#ffffff", "#fbfaf7", "#1c2424", "#141a1a"])
@pytest.mark.parametrize("colour", [BRAND, CARET, BLUE, VIOLET, EARTH])
def test_colours_keep_three_to_one_in_light_and_dark(colour: str, ground: str) -> None:
    low, high = sorted((luminance(colour), luminance(ground)))
    assert (high + 0.05) / (low + 0.05) >= 3
