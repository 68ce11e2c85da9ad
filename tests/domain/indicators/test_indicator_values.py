"""Reading what was typed, never losing it, and writing values back."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.domain.french import Unreadable
from avenant.domain.indicators import Answer, AnswerState, check, consolidate, format_value, measures, parse_value
from avenant.references.indicator_sets import load_catalogue

CATALOGUE = load_catalogue("pdp", "a4", "satdl")


def plain(text: str) -> str:
    return text.replace("’", "'").replace("\u202f", " ")


def stored(code: str, typed: str) -> int:
    """What the database gives back of a single count typed in a form."""
    answer = parse_value(CATALOGUE[code], {"total": typed}).answer
    assert answer.state is AnswerState.PROVIDED
    total = json.loads(json.dumps(answer.value))["total"]
    assert isinstance(total, int)
    return total


@pytest.mark.parametrize(
    ("code", "typed", "expected"),
    [
        ("pdp-1.2", "37", 37),
        pytest.param("satdl-1.2.2", "3 400", 3400, marks=pytest.mark.req("S3-6.1.2.2-01")),
        pytest.param("satdl-2.1.1", "3", 3, marks=pytest.mark.req("S3-6.2.1.1-01")),
        pytest.param("satdl-3.1.1", "5", 5, marks=pytest.mark.req("S3-6.3.1.1-01")),
    ],
)
def test_a_count_is_stored(code: str, typed: str, expected: int) -> None:
    assert stored(code, typed) == expected


@pytest.mark.req("S3-6.1.2-01")
def test_a_count_is_whole_positive_and_never_supposed() -> None:
    assert stored("pdp-1.2", "37") == 37
    for typed in ("-1", "3.5", "3,5", "abc"):
        parsed = parse_value(CATALOGUE["pdp-1.2"], {"total": typed})
        assert parsed.errors.keys() == {"total"}
        assert parsed.value == {}
        assert parsed.typed == {"total": typed}
    empty = parse_value(CATALOGUE["pdp-1.2"], {"total": " "})
    assert empty.ok
    assert empty.value == {}
    assert empty.answer.state is AnswerState.EMPTY
    assert format_value(CATALOGUE["pdp-1.2"], empty.value) == "Non renseigné"
    assert parse_value(CATALOGUE["pdp-1.2"], {"total": "0"}).answer == Answer.provided({"total": 0})


@pytest.mark.req("S3-6.1.9-01")
def test_adaptations_outside_the_cell_recall_the_article() -> None:
    assert stored("pdp-1.9", "300") == 300
    text = plain(CATALOGUE["pdp-1.9"].help)
    assert "L.4624-3" in text
    assert "aménagement, d'adaptation ou de transformation du poste de travail" in text


@pytest.mark.req("S3-6.1.1.2-01")
def test_procedures_count_when_they_are_dated() -> None:
    definition = CATALOGUE["satdl-1.1.2"]
    rows = [
        {"title": "Orientation", "validated_on": "12/03/2025"},
        {"title": "Sortie", "validated_on": "2025-04-01"},
        {"title": "En projet", "validated_on": ""},
        {"title": "", "validated_on": ""},
    ]
    parsed = parse_value(definition, {"procedures": rows})
    assert parsed.ok
    assert len(parsed.value["procedures"]) == 3
    assert measures(definition, parsed.value) == {"procedures": 2}
    assert plain(format_value(definition, parsed.value)).startswith("2 (Orientation – 12 mars 2025, ")


@pytest.mark.req("S3-6.1.1.9-01")
def test_a_total_may_be_given_by_its_parts_or_without_them() -> None:
    definition = CATALOGUE["satdl-1.1.9"]
    split = parse_value(definition, {"total": "", "refused": "5", "unfinished": "7"})
    assert split.value == {"total": 12, "refused": 5, "unfinished": 7}
    whole = parse_value(definition, {"total": "12"})
    assert whole.value == {"total": 12}
    for parsed in (split, whole):
        assert not [f for f in check(CATALOGUE, {"satdl-1.1.9": parsed.answer}) if f.code.startswith("satdl-1.1.9")]


def test_a_total_is_not_derived_from_some_of_its_parts_nor_over_an_error() -> None:
    definition = CATALOGUE["satdl-1.1.9"]
    assert parse_value(definition, {"refused": "5"}).value == {"refused": 5}
    refused = parse_value(definition, {"total": "abc", "refused": "5", "unfinished": "7"})
    assert "total" not in refused.value
    assert refused.errors.keys() == {"total"}


def test_errors_name_the_row_and_keep_the_rest() -> None:
    definition = CATALOGUE["satdl-1.2.1"]
    rows = [{"category": "Stade 1", "count": "12"}, {"category": "", "count": "4"}, {"category": "3", "count": "x"}]
    parsed = parse_value(definition, {"numerator": "16", "denominator": "trop", "stages": rows})
    assert parsed.errors.keys() == {"denominator", "stages.1.category", "stages.2.count"}
    assert parsed.value["numerator"] == 16
    assert parsed.value["stages"] == [{"category": "Stade 1", "count": 12}]
    assert parsed.typed["stages"] == rows


def test_a_list_is_not_a_sentence() -> None:
    assert parse_value(CATALOGUE["satdl-1.1.1"], {"supports": "le site"}).errors.keys() == {"supports"}
    assert parse_value(CATALOGUE["satdl-1.1.1"], {"supports": ""}).answer == Answer.empty()


def test_a_list_of_nothing_is_an_answer() -> None:
    definition = CATALOGUE["satdl-1.1.2"]
    parsed = parse_value(definition, {"procedures": "Aucun"})
    assert parsed.answer == Answer.provided({"procedures": []})
    assert measures(definition, parsed.value) == {"procedures": 0}
    assert format_value(definition, parsed.value) == "aucun"
    assert not [one for one in check(CATALOGUE, {definition.code: parsed.answer}) if definition.code in one.subjects]


def test_choices_are_read_by_key_or_label_and_kept_in_order() -> None:
    definition = CATALOGUE["pdp-1.14"]
    parsed = parse_value(definition, {"status": "OUI", "delays": ["1_year", "3 mois", ""]})
    assert parsed.value == {"status": "yes", "delays": ["3_months", "1_year"]}
    assert parse_value(definition, {"status": "Oui", "delays": "Autre délai"}).value["delays"] == ["other"]
    assert parse_value(definition, {"status": "peut-être"}).errors.keys() == {"status"}
    assert parse_value(definition, {"delays": ["2 ans"]}).errors.keys() == {"delays"}
    assert parse_value(definition, {"other_months": "0"}).errors.keys() == {"other_months"}


def test_a_text_is_kept_without_what_no_store_accepts() -> None:
    definition = CATALOGUE["satdl-2.3.2"]
    typed = "\ufeffUtile\x00\nÀ refaire e\u0301t\u00e9 \ud800"
    assert parse_value(definition, {"evaluation": typed}).value == {"evaluation": "Utile\nÀ refaire été"}
    assert parse_value(definition, {"evaluation": "\x00"}).answer == Answer.empty()


def test_a_text_has_a_length() -> None:
    definition = CATALOGUE["satdl-2.3.2"]
    assert parse_value(definition, {"evaluation": "x" * 4000}).ok
    assert parse_value(definition, {"evaluation": "x" * 4001}).errors.keys() == {"evaluation"}


@pytest.mark.parametrize(
    ("code", "value", "written"),
    [
        ("pdp-1.3", {"total": 1391}, "1 391"),
        ("pdp-1.3", {"total": 0}, "0"),
        (
            "pdp-1.2",
            {"total": 37, "via_cell": 30, "outside_cell": 7},
            "37 ; Via cellule PDP : 30 ; Hors cellule PDP : 7",
        ),
        ("satdl-2.4.1", {"total": 0, "of_which": 0}, "0, dont 0"),
        ("satdl-2.4.1", {"total": 30}, "30"),
        ("satdl-2.4.1", {"of_which": 12}, "Dont postes aménagés : 12"),
        (
            "satdl-2.2.3",
            {"with_tms": 20, "actions": 45},
            "DU avec TMS au plan d'action : 20 ; Actions TMS réalisées : 45",
        ),
        ("satdl-1.2.3", {"numerator": 0, "denominator": 0}, "non calculable (0 / 0)"),
        ("pdp-1.14", {"status": "yes", "delays": ["3_months", "1_year"]}, "Oui ; Délais : 3 mois, 1 an"),
        ("pdp-1.14", {"status": "no"}, "Non"),
        ("pdp-1.3", {}, "Non renseigné"),
    ],
)
def test_values_are_written_for_readers(code: str, value: dict[str, object], written: str) -> None:
    assert plain(format_value(CATALOGUE[code], value)) == written


def test_an_absence_has_a_reason() -> None:
    assert Answer.not_available(" Logiciel en panne ").reason == "Logiciel en panne"
    with pytest.raises(Unreadable):
        Answer.not_available("  ")


WITH_ROWS = [one for one in CATALOGUE.definitions if any(part.fields for part in one.components)]

typed_parts = st.one_of(
    st.text(),
    st.integers(-5, 10**6).map(str),
    st.lists(st.text()),
    st.lists(st.dictionaries(st.sampled_from(["category", "count", "title", "url"]), st.text())),
    st.dictionaries(st.text(), st.text()),
    st.integers(),
    st.none(),
)


@given(
    definition=st.sampled_from(CATALOGUE.definitions) | st.sampled_from(WITH_ROWS),
    parts=st.lists(typed_parts, min_size=8, max_size=8),
)
def test_no_typing_breaks_and_what_is_read_is_json_and_can_be_written(definition, parts) -> None:  # type: ignore[no-untyped-def]
    raw = dict(zip([one.key for one in definition.components], parts, strict=False))
    parsed = parse_value(definition, raw)
    assert json.loads(json.dumps(parsed.value)) == parsed.value
    assert parsed.typed == raw
    assert format_value(definition, parsed.value)
    check(CATALOGUE, {definition.code: parsed.answer})
    consolidate(definition, {"service": parsed.answer})
