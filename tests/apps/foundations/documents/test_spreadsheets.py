"""Spreadsheets: what is written is read back, codes stay codes, texts never run, and a bad file is a sentence."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from avenant.domain.decision import DomainError
from avenant.foundations.documents import spreadsheets
from avenant.foundations.documents.spreadsheets import (
    Column,
    Kind,
    Sheet,
    Value,
    csv_bytes,
    disarm,
    rearm,
    workbook_bytes,
    write_workbook,
)
from avenant.foundations.documents.tables import CellKind, Limits, Table, read_table

AT = datetime(2026, 3, 12, 16, 2, tzinfo=UTC)
COLUMNS = (
    Column("Clé", Kind.CODE, hidden=True),
    Column("Ind.", Kind.CODE, width=8),
    Column("Définition", width=60),
    Column("2025", Kind.INTEGER, editable=True),
    Column("Modalité", choices=("réalisé", "partiellement, en cours", "non réalisé"), editable=True),
)
ROWS: list[list[Value]] = [
    ["pdp-1.1", "1.1", "Concertation", "hors champ", "réalisé"],
    ["pdp-1.10", "1.10", "Salariés déclarés inaptes", 1391, None],
]
SIGNS = ["=1+1", "+33 4", "-2", "@SUM(A1)", "\t=1", "\r=1", "=cmd|'/c calc'!A1", "＝1", "'=1"]


def xlsx(rows: list[list[Value]] = ROWS, columns: tuple[Column, ...] = COLUMNS) -> bytes:
    return workbook_bytes([Sheet("Déclaration 2025", columns, rows)], title="Déclaration", at=AT)


def texts(table: Table) -> list[tuple[str, ...]]:
    return [row.texts for row in table.rows]


def refusal(content: bytes, filename: str = "declaration.xlsx", limits: Limits | None = None) -> DomainError:
    with pytest.raises(DomainError) as caught:
        read_table(content, filename, limits=limits)
    assert caught.value.message.strip()
    return caught.value


def part(workbook: bytes, name: str) -> str:
    return zipfile.ZipFile(io.BytesIO(workbook)).read(name).decode()


def repacked(workbook: bytes, change: Callable[[str, bytes], bytes]) -> bytes:
    """The same package, each part changed."""
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as source, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as copy:
        for name in source.namelist():
            copy.writestr(name, change(name, source.read(name)))
    return target.getvalue()


# ---------------------------------------------------------------- writing


def test_a_workbook_is_read_back_with_its_codes_and_words() -> None:
    table = read_table(xlsx(), "declaration.xlsx", key_columns=["Clé", "Ind."])
    assert table.header == ("Clé", "Ind.", "Définition", "2025", "Modalité")
    assert texts(table) == [
        ("pdp-1.1", "1.1", "Concertation", "hors champ", "réalisé"),
        ("pdp-1.10", "1.10", "Salariés déclarés inaptes", "1391", ""),
    ]
    assert [row.line for row in table.rows] == [2, 3]
    assert table.rows[1].cells[3].kind is CellKind.NUMBER
    assert table.rows[1].cells[1].kind is CellKind.TEXT
    assert table.rows[1].cells[4].kind is CellKind.EMPTY
    assert table.numeric_keys == ()


def test_every_kind_of_value_comes_back() -> None:
    columns = tuple(Column(kind.value, kind) for kind in Kind)
    row: list[Value] = ["x", 12345678901234, -3, Decimal("1.391"), Decimal("120000.05"), 0.155, date(2026, 3, 1), AT]
    table = read_table(xlsx([row, [True, False, None, "", 0, 0.0, None, None]], columns), "a.xlsx")
    instant = "2026-03-12 16:02"
    assert texts(table)[0] == ("x", "12345678901234", "-3", "1,391", "120000,05", "0,155", "2026-03-01", instant)
    assert texts(table)[1] == ("oui", "non", "", "", "0", "0", "", "")


def test_the_same_rows_give_the_same_bytes_and_a_file_holds_the_same_as_memory(tmp_path: Path) -> None:
    assert xlsx() == xlsx()
    path = tmp_path / "export.xlsx"
    write_workbook(path, [Sheet("Déclaration 2025", COLUMNS, iter(ROWS))], title="Déclaration", at=AT)
    assert texts(read_table(path.read_bytes(), "export.xlsx")) == texts(read_table(xlsx(), "declaration.xlsx"))


def test_header_is_frozen_key_hidden_and_only_editable_cells_unlocked() -> None:
    sheet = part(xlsx(), "xl/worksheets/sheet1.xml")
    assert 'state="frozen"' in sheet
    assert re.search(r'<col min="1" max="1"[^>]*hidden="1"', sheet)
    assert "<sheetProtection" in sheet
    styles = part(xlsx(), "xl/styles.xml").split("<cellXfs")[1].split("<xf ")[1:]
    style = {ref: styles[int(s)] for ref, s in re.findall(r'<c r="([A-Z]\d)" s="(\d+)"', sheet)}
    assert [('locked="0"' in style[f"{column}3"]) for column in "ABCDE"] == [False, False, False, True, True]


def test_a_sheet_that_nobody_fills_is_not_protected() -> None:
    assert "<sheetProtection" not in part(
        xlsx([["1.1", "x"]], (Column("Ind.", Kind.CODE), Column("y"))), "xl/worksheets/sheet1.xml"
    )


def test_choices_are_a_list_even_with_a_comma_and_beyond_255_signs() -> None:
    many = tuple(f"Modalité numéro {number}, assez longue" for number in range(60))
    columns = (*COLUMNS, Column("Suivi", choices=many, editable=True))
    book = xlsx([[*row, None] for row in ROWS], columns)
    sheet = part(book, "xl/worksheets/sheet1.xml")
    assert "<formula1>Choix!$A$1:$A$3</formula1>" in sheet
    assert "<formula1>Choix!$B$1:$B$60</formula1>" in sheet
    assert 'name="Choix" sheetId="2" state="hidden"' in part(book, "xl/workbook.xml")
    assert read_table(book, "a.xlsx").header[0] == "Clé", "the hidden sheet is not the table"


@pytest.mark.parametrize("sign", SIGNS)
def test_a_text_never_becomes_a_formula(sign: str) -> None:
    book = xlsx([[sign, sign, sign, sign, sign]])
    sheet = part(book, "xl/worksheets/sheet1.xml")
    assert "<f>" not in sheet
    assert "quotePrefix" in part(book, "xl/styles.xml")
    assert texts(read_table(book, "a.xlsx")) == [(sign,) * 5]
    line = csv_bytes(Sheet("a", COLUMNS, [[sign] * 5])).decode("utf-8-sig").split("\r\n", 1)[1]
    assert line.lstrip('"').startswith("'" + sign[:1])


def test_sheet_names_are_accepted_by_excel_and_distinct() -> None:
    name = "Établissements [2025] : à suivre de près"
    sheets = [Sheet(each, (Column("a"),), [["1"]]) for each in (name, name, "Choix", "", "'")]
    names = re.findall(r'<sheet name="([^"]*)"', part(workbook_bytes(sheets, title="t", at=AT), "xl/workbook.xml"))
    assert len(names) == len({each.casefold() for each in names}) == 5
    assert all(0 < len(each) <= 31 and not set("[]:*?/\\") & set(each) for each in names)
    assert "Choix" not in names


def test_a_very_long_text_is_cut_and_shows_it() -> None:
    assert texts(read_table(xlsx([["a" * 40_000]], (Column("x"),)), "a.xlsx"))[0][0] == "a" * 32_766 + "…"


def test_more_rows_than_a_sheet_holds_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spreadsheets, "MAX_ROWS", 3)
    columns = (Column("x"),)
    assert len(read_table(xlsx([["a"], ["b"]], columns), "a.xlsx").rows) == 2
    with pytest.raises(DomainError) as caught:
        xlsx([["a"], ["b"], ["c"]], columns)
    assert caught.value.code == "too_many_rows"


def test_csv_is_what_a_french_spreadsheet_opens() -> None:
    columns = (Column("Ind.", Kind.CODE), Column("Valeur", Kind.NUMBER), Column("Date", Kind.DATE), Column("Note"))
    content = csv_bytes(Sheet("a", columns, [["1.10", Decimal("-1391.5"), date(2026, 3, 1), "a;b\n« c »"]]))
    assert content == (b"\xef\xbb\xbf" + 'Ind.;Valeur;Date;Note\r\n1.10;-1391,5;2026-03-01;"a;b\n« c »"\r\n'.encode())


@given(st.text())
def test_disarming_is_undone_exactly(text: str) -> None:
    assert rearm(disarm(text)) == text
    assert not disarm(text).startswith(("=", "+", "-", "@", "\t", "\r"))


printable = st.text(st.characters(exclude_categories=["Cs", "Cc", "Zl", "Zp"]), max_size=20).map(str.strip)


@settings(max_examples=40)
@given(st.lists(st.tuples(printable, printable), min_size=1, max_size=5))
def test_what_is_exported_is_imported(rows: list[tuple[str, str]]) -> None:
    sheet = Sheet("a", (Column("Un"), Column("Deux")), rows)
    expected = [row for row in rows if any(row)]
    if expected:
        assert texts(read_table(csv_bytes(sheet), "a.csv")) == expected
        assert texts(read_table(workbook_bytes([sheet], title="t", at=AT), "a.xlsx")) == expected


# ---------------------------------------------------------------- reading


def test_a_code_typed_as_a_number_is_asked_about_and_the_other_columns_are_not() -> None:
    columns = (Column("Ind.", Kind.NUMBER), Column("Valeur", Kind.NUMBER))
    table = read_table(
        xlsx([["1.10", 3.5], [1.10, 3.5], [date(2026, 1, 10), 1]], columns), "a.xlsx", key_columns=["Ind."]
    )
    assert [(key.line, key.column, key.text) for key in table.numeric_keys] == [
        (3, "Ind.", "1,1"),
        (4, "Ind.", "46032"),
    ]
    assert "Ligne 3, colonne «\u202fInd.\u202f»" in table.numeric_keys[0].question
    assert "Quel code vouliez-vous écrire\u202f?" in table.numeric_keys[0].question


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_csv_is_read_in_each_encoding_and_separator(encoding: str, separator: str) -> None:
    lines = [["Ind.", "Définition", "2025"], ["1.10", "Salariés déclarés inaptes, œuvre", "1 391"], ["", "", ""]]
    quoted = "\r\n".join(separator.join(f'"{value}"' for value in line) for line in lines)
    table = read_table(quoted.encode(encoding), "a.csv", key_columns=["Ind."])
    assert table.header == ("Ind.", "Définition", "2025")
    assert texts(table) == [("1.10", "Salariés déclarés inaptes, œuvre", "1 391")]
    assert table.numeric_keys == ()


def test_blank_lines_are_skipped_and_lines_keep_their_number() -> None:
    table = read_table(b'\n;\nCode;Note\n\n1;"a\nb"\n;;\n2\n', "a.csv")
    assert [(row.line, row.texts) for row in table.rows] == [(5, ("1", "a\nb")), (8, ("2", ""))]


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (b" \r\n", "file_empty"),
        (b";;\n;\n", "file_empty"),
        (b"\x89PNG\r\n\x1a\n\0\0", "file_kind"),
        (b"%PDF-1.7\n", "file_kind"),
        (b"\x81\x8d\x8f", "file_kind"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "file_kind"),
        (b"PK\x03\x04", "file_unreadable"),
        (b'a;b\n1;"2\n', "file_unreadable"),
        (b"a;b\n1;" + b"2" * 140_000, "file_unreadable"),
        (b"a;b\n1;2;3\n", "row_too_long"),
        (b"a;b;a\n1;2;3\n", "duplicate_column"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(content: bytes, code: str) -> None:
    assert refusal(content).code == code


def test_another_zip_is_not_a_workbook() -> None:
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as package:
        package.writestr("note.txt", "bonjour")
    assert refusal(target.getvalue()).code == "file_kind"


def test_a_truncated_workbook_is_refused_wherever_it_is_cut() -> None:
    whole = xlsx()
    for cut in range(4, len(whole), 97):
        assert refusal(whole[:cut]).code == "file_unreadable"


@settings(max_examples=150)
@given(st.data())
def test_a_damaged_workbook_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    """Bytes changed in the XML under a sound package, where the package's own checks see nothing."""
    name = data.draw(
        st.sampled_from(["xl/workbook.xml", "xl/worksheets/sheet1.xml", "xl/sharedStrings.xml", "xl/styles.xml"])
    )
    noise = data.draw(st.binary(min_size=1, max_size=6))

    def damage(part_name: str, content: bytes) -> bytes:
        if part_name != name:
            return content
        place = data.draw(st.integers(0, len(content)))
        return content[:place] + noise + content[place + data.draw(st.integers(0, 8)) :]

    with suppress(DomainError):
        read_table(repacked(xlsx(), damage), "a.xlsx")


def test_limits_are_exact() -> None:
    two = xlsx([["a"], ["b"]], (Column("x"),))
    assert len(read_table(two, "a.xlsx", limits=Limits(rows=2)).rows) == 2
    assert refusal(two, limits=Limits(rows=1)).code == "too_many_rows"
    assert read_table(two, "a.xlsx", limits=Limits(size=len(two)))
    assert refusal(two, limits=Limits(size=len(two) - 1)).code == "file_too_large"
    wide = b"a;b;c\n1;2;3\n"
    assert read_table(wide, "a.csv", limits=Limits(columns=3)).header == ("a", "b", "c")
    assert refusal(wide, limits=Limits(columns=2)).code == "too_many_columns"


def test_a_bomb_is_refused_by_its_size_and_by_its_ratio() -> None:
    bomb = repacked(xlsx(), lambda name, part: part + b" " * 30_000_000 if "sheet1" in name else part)
    assert len(bomb) < 100_000
    assert refusal(bomb).code == "file_too_large"
    assert refusal(bomb, limits=Limits(unpacked=20_000_000, ratio=10_000)).code == "file_too_large"


def test_a_package_that_lies_about_its_sizes_is_refused() -> None:
    bomb = bytearray(repacked(xlsx(), lambda name, part: part + b" " * 3_000_000 if "sheet1" in name else part))
    for entry in zipfile.ZipFile(io.BytesIO(bytes(bomb))).infolist():
        declared = entry.file_size.to_bytes(4, "little")
        if entry.file_size > 3_000_000:
            place = bomb.rindex(declared)
            bomb[place : place + 4] = (900).to_bytes(4, "little")
    assert refusal(bytes(bomb)).code == "file_unreadable"


def test_a_lone_cell_at_the_far_end_does_not_take_the_memory() -> None:
    far = repacked(xlsx(), lambda name, part: part.replace(b'r="E3"', b'r="XFD1048576"') if "sheet1" in name else part)
    assert read_table(far, "a.xlsx").header[0] == "Clé", "a cell with a look and no value does not count"
    far = repacked(xlsx(), lambda name, part: part.replace(b'r="E2"', b'r="XFD1048576"') if "sheet1" in name else part)
    assert refusal(far).code == "file_too_large"


def test_an_error_of_a_formula_is_not_read_as_an_empty_cell() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        page = book.add_worksheet()
        page.write_row(0, 0, ["Ind.", "Valeur"])
        page.write_formula(1, 1, "=1/0", None, "#DIV/0!")
    error = refusal(target.getvalue())
    assert error.code == "formula_error"
    assert "B2" in error.message


def test_hidden_sheets_before_the_table_are_skipped() -> None:
    target = io.BytesIO()
    with xlsxwriter.Workbook(target) as book:
        hidden, table = book.add_worksheet("Paramètres"), book.add_worksheet("Table")
        table.activate()
        table.set_first_sheet()
        hidden.hide()
        hidden.write_string(0, 0, "secret")
        table.write_row(2, 1, ["Ind."])
        table.write_row(3, 1, ["1.1"])
    table_read = read_table(target.getvalue(), "a.xlsx")
    assert table_read.header == ("", "Ind.")
    assert [(row.line, row.texts) for row in table_read.rows] == [(4, ("", "1.1"))]
