"""An export that is not what it should be: one clear sentence each, nothing lost, nothing about identity copied."""

import errno
import json
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import duckdb
import pytest
import xlsxwriter
from tests.support.extract import BAKERY, FACTORY, GARAGE, write_csv

from avenant.collect import checking, storage
from avenant.collect.checking import REJECTS, Check, check, read_manifest
from avenant.collect.identity import IdentityColumn, refuse_cells
from avenant.collect.mapping import read_mapping, write_mapping
from avenant.collect.proposing import Proposal, propose
from avenant.collect.refusals import CollectError
from avenant.collect.schema import canonical
from avenant.collect.sources import inspect
from avenant.collect.synthesis import Plan, synthesise

VISITS = ["Id salarié", "Date visite", "Type de visite"]
CASES = ["Matricule", "Date orientation", "Raison", "Pathologie", "Tableau MP"]


def proposed(folder: Path, ask: object = None) -> Proposal:
    return propose(folder, canonical(), ask)  # type: ignore[arg-type]


def checked(folder: Path, *, year: int | None = 2025) -> Check:
    proposal = proposed(folder)
    mapping = folder / "correspondance.toml"
    mapping.write_text(write_mapping(proposal.sources, canonical(), proposal.open_points), encoding="utf-8")
    return check(read_mapping(mapping, canonical()), folder / "extrait", year=year)


def rejects(folder: Path) -> list[tuple[int, str, str]]:
    text = (folder / "extrait" / REJECTS).read_text(encoding="utf-8-sig")
    table = duckdb.read_csv(str(folder / "extrait" / REJECTS), delimiter=";", header=True).fetchall()
    assert text.startswith("Fichier;Ligne;Colonne;Motif")
    return [(row[1], row[2] or "", row[3]) for row in table]


def visits(folder: Path, rows: Iterable[Iterable[object]], **written: str) -> Path:
    return write_csv(folder / "Visites.csv", VISITS, rows, **written)


GOOD = ("S1", "12/03/2025", "Pré-reprise")


def test_a_whole_export_is_mapped_without_a_question(tmp_path: Path) -> None:
    synthesise(tmp_path / "export", Plan(100, 1_000, 2_000), kind="export")
    proposal = proposed(tmp_path / "export")
    assert len(proposal.sources) == len(canonical().tables)
    assert proposal.complete
    outcome = checked(tmp_path / "export")
    assert outcome.rejected == 0
    assert all(one.read == one.kept > 0 for one in outcome.tables)


def test_totals_add_up_and_each_rejected_row_is_listed(tmp_path: Path) -> None:
    synthesise(tmp_path / "export", Plan(100, 1_000, 2_000, faults=0.05), kind="export")
    outcome = checked(tmp_path / "export")
    assert outcome.rejected > 100
    assert all(one.read == one.kept + one.rejected for one in outcome.tables)
    assert len(rejects(tmp_path / "export")) == outcome.rejected


@pytest.mark.req("S3-6-11")
def test_closed_lists_accept_their_codes_and_refuse_others_with_the_line(tmp_path: Path) -> None:
    rows = [["S1", "01/02/2025", "AT", "TMS", ""], ["S2", "01/02/2025", "AT", "dos", ""],
            ["S3", "01/02/2025", "MP", "TMS", ""], ["S4", "01/02/2025", "MP", "Surdité", "42"]]  # fmt: skip
    write_csv(tmp_path / "Accompagnements de la cellule PDP.csv", CASES, rows)
    outcome = checked(tmp_path)
    assert (outcome.tables[0].kept, outcome.tables[0].rejected) == (3, 1)
    line, column, reason = rejects(tmp_path)[0]
    assert (line, column) == (3, "Pathologie")
    assert "« dos »" in reason.replace("\u202f", " ")
    assert any("sans numéro de tableau" in remark and remark.endswith("1.") for remark in outcome.remarks)
    lists = canonical().lists
    assert list(lists["reason"].codes) == ["AT", "MP", "MCE", "other"]
    assert [lists["pathology"].label_of(code) for code in lists["pathology"].codes] == [
        "TMS", "Souffrance psychique", "Cancers", "Surdité", "Allergies", "Maladies cardiovasculaires",
        "Autres pathologies",
    ]  # fmt: skip


NIRS = ("2 55 08 14 168 025 38", "255081416802538", "2.55.08.14.168.025-38", "2 55 08 14 168 025", "2550814168025")


@pytest.mark.req("S3-6-12")
@pytest.mark.parametrize("nir", NIRS)
def test_a_social_security_number_is_refused_under_any_title_and_never_copied(tmp_path: Path, nir: str) -> None:
    write_csv(tmp_path / "Visites.csv", [*VISITS, "Réf"], [[*GOOD, nir]] * 20)
    with pytest.raises(IdentityColumn) as refused:
        proposed(tmp_path)
    assert refused.value.column == "Réf"
    assert "sécurité sociale" in refused.value.message
    assert nir not in refused.value.message
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Visites.csv"]


@pytest.mark.parametrize(
    "title",
    [
        "Nom",
        "NOM DU SALARIÉ",
        "Prénom",
        "N° Sécu",
        "NIR",
        "Date de naissance",
        "E-mail",
        "Adresse",
        "DateNaissance",
        "Employeur",
    ],
)
def test_titles_of_identity_are_refused_in_any_spelling(tmp_path: Path, title: str) -> None:
    write_csv(tmp_path / "Visites.csv", [*VISITS, title], [[*GOOD, ""]])
    with pytest.raises(IdentityColumn) as refused:
        proposed(tmp_path)
    assert refused.value.column == title


@pytest.mark.parametrize(
    "cells",
    [["jean.dupont@example.org"], ["12 bis rue des Lilas"], ["06 12 34 56 78"], ["DUPONT Marie", "Sophie MARTIN"]],
    ids=["e-mail", "address", "phone", "names"],
)
def test_cells_of_identity_are_refused_under_any_title(tmp_path: Path, cells: list[str]) -> None:
    with pytest.raises(IdentityColumn):
        refuse_cells("f.csv", ["X"], [cells * 10])


def test_ordinary_cells_are_not_identities() -> None:
    columns = [
        [BAKERY, GARAGE],
        ["S000000001", "1234567890123"],
        ["Pré-reprise", "VIP"],
        ["12/03/2025", ""],
        ["4711F", "86"],
    ]
    refuse_cells("f.csv", list("abcde"), columns)


def test_identity_deep_in_a_long_file_is_refused_before_it_is_written(tmp_path: Path) -> None:
    rows = [[f"S{rank}", "12/03/2025", "Reprise"] for rank in range(6_000)]
    visits(tmp_path, [*rows, *[["255081416802538", "12/03/2025", "Reprise"]] * 60])
    with pytest.raises(IdentityColumn):
        checked(tmp_path)
    assert not (tmp_path / "extrait").exists()


@pytest.mark.parametrize(
    "cell", ["255081416802538", "marie@example.org", "Sophie MARTIN", "06 12 34 56 78", "12 bis rue des Lilas"]
)
def test_identity_in_a_column_that_nobody_maps_is_refused_wherever_it_stands(tmp_path: Path, cell: str) -> None:
    """After the first 5,000 rows, in a column that the mapping leaves out, the file is still refused whole."""
    ordinary = [[*GOOD[:1], "12/03/2025", "Reprise", "rien"]] * 6_000
    write_csv(tmp_path / "Visites.csv", [*VISITS, "Remarque"], ordinary)
    proposal, mapping = proposed(tmp_path), tmp_path / "correspondance.toml"
    mapping.write_text(write_mapping(proposal.sources, canonical(), proposal.open_points), encoding="utf-8")
    write_csv(
        tmp_path / "Visites.csv",
        [*VISITS, "Remarque"],
        [*ordinary, *[[*GOOD[:1], "12/03/2025", "Reprise", cell]] * 3_000],
    )
    with pytest.raises(IdentityColumn) as refused:
        check(read_mapping(mapping, canonical()), tmp_path / "extrait")
    assert refused.value.column == "Remarque"
    assert cell not in refused.value.message
    assert not (tmp_path / "extrait").exists()


def test_a_single_identity_rejects_its_line_and_is_repeated_nowhere(tmp_path: Path) -> None:
    rows = [[f"S{rank}", "12/03/2025", "Reprise"] for rank in range(6_000)]
    rows[5_500][0], rows[5_600][1], rows[5_700][2] = "255081416802538", "255081416802538", "marie@example.org"
    visits(tmp_path, rows)
    outcome = checked(tmp_path)
    assert outcome.tables[0].rejected == 3
    for path in (tmp_path / "extrait").iterdir():
        assert b"255081416802538" not in path.read_bytes()
        assert b"marie@example.org" not in path.read_bytes()


@pytest.mark.parametrize(
    ("cell", "what"),
    [
        *((nir, "un numéro de sécurité sociale") for nir in (*NIRS, "253072A07300443", "2 53 07 2a 073 004 43")),
        ("a@b.fr", "une adresse électronique"),
        ("12 bis rue X", "une adresse"),
        (" 1, av Y", "une adresse"),
        ("06.12.34.56.78", "un numéro de téléphone"),
        ("+33 (0)6 12 34 56 78", "un numéro de téléphone"),
        ("Éric-André LE GOFF", "un nom de personne"),
        ("255081416802539", ""),
        ("253072C07300443", ""),
        ("Marie est venue hier à deux heures", ""),
        ("Mariette", ""),
        (BAKERY, ""),
    ],
)
def test_each_identity_is_recognised_by_its_rule(cell: str, what: str) -> None:
    """A wrong key, a third department of Corsica, a sentence, a word that begins like a given name are none."""
    found = ""
    try:
        refuse_cells("f.csv", ["X"], [[cell]])
    except IdentityColumn as refused:
        found = refused.what
    assert found == what


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
def test_any_usual_encoding_and_separator(tmp_path: Path, encoding: str, delimiter: str) -> None:
    visits(tmp_path, [GOOD, ("S2", "13/03/2025", "Mi-carrière")], encoding=encoding, delimiter=delimiter)
    assert checked(tmp_path).tables[0].kept == 2


def test_two_encodings_in_one_file_are_read_line_by_line(tmp_path: Path) -> None:
    lines = [
        ";".join(VISITS).encode(),
        ";".join(GOOD).encode(),
        ";".join(("S2", "13/03/2025", "Mi-carrière")).encode("cp1252"),
    ]
    (tmp_path / "Visites.csv").write_bytes(b"\n".join(lines) + b"\n")
    outcome = checked(tmp_path)
    assert outcome.tables[0].kept == 2
    assert any("deux encodages" in remark for remark in outcome.remarks)


def test_an_excel_workbook_with_its_own_dates_and_numbers(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "Actions en milieu de travail.xlsx") as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        sheet.write_row(0, 0, ["SIRET", "Date", "Type", "Thème", "Participants"])
        sheet.write_row(1, 0, [int(BAKERY)])
        sheet.write_datetime(1, 1, date(2025, 3, 12), day)  # type: ignore[arg-type]
        sheet.write_row(1, 2, ["Atelier", "TMS", 8])
        sheet.write_row(2, 0, [BAKERY, 45728, "Étude de poste", "TMS"])
    outcome = checked(tmp_path)
    assert outcome.tables[0].kept == 2, rejects(tmp_path)
    found = (
        duckdb.read_parquet(str(tmp_path / "extrait" / "actions.parquet"))
        .project("siret, date, kind, participants")
        .fetchall()
    )
    assert found == [(BAKERY, date(2025, 3, 12), "workshop", 8), (BAKERY, date(2025, 3, 12), "study", None)]


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("1,00079E+13", "arrondi"),
        (BAKERY[:13], "13 chiffres"),
        (BAKERY[:13] + "0", "clé"),
        ("ABC", "14 chiffres"),
        ("", "vide"),
    ],
)
def test_a_siret_that_is_not_one(tmp_path: Path, cell: str, said: str) -> None:
    write_csv(
        tmp_path / "Fiches d'entreprise.csv",
        ["SIRET", "Date fiche"],
        [*[[BAKERY, "01/02/2025"]] * 9, [cell, "01/02/2025"]],
    )
    assert checked(tmp_path).rejected == 1
    line, column, reason = rejects(tmp_path)[0]
    assert (line, column) == (11, "SIRET")
    assert said in reason


def test_siret_with_spaces_are_read(tmp_path: Path) -> None:
    spaced = f"{GARAGE[:3]} {GARAGE[3:6]}\u00a0{GARAGE[6:9]} {GARAGE[9:]}"
    write_csv(tmp_path / "Fiches d'entreprise.csv", ["SIRET", "Date fiche"], [[spaced, "01/02/2025"]])
    assert checked(tmp_path).rejected == 0


@pytest.mark.parametrize("cell", ["31/02/2025", "2025", "hier", "12/13/2025"])
def test_a_day_that_does_not_exist(tmp_path: Path, cell: str) -> None:
    visits(tmp_path, [GOOD, ("S2", cell, "Reprise")])
    assert checked(tmp_path).rejected == 1
    assert "(jj/mm/aaaa)" in rejects(tmp_path)[0][2]


def test_a_line_with_too_many_cells_keeps_the_numbers_of_the_others(tmp_path: Path) -> None:
    text = "\n".join([";".join(VISITS), "S1;12/03/2025;Reprise", "S2;12/03/2025;Reprise;en trop", "S3;hier;Reprise"])
    (tmp_path / "Visites.csv").write_text(text + "\n", encoding="utf-8")
    outcome = checked(tmp_path)
    assert (outcome.tables[0].read, outcome.tables[0].kept) == (3, 1)
    assert [line for line, _, _ in rejects(tmp_path)] == [3, 4]


def test_lines_are_numbered_as_in_the_file_and_rows_keep_their_order(tmp_path: Path) -> None:
    """Broken lines one after the other, then a repetition of a line above them and of one below."""
    lines = [";".join(VISITS), "S1;12/03/2025;Reprise", "S2;12/03/2025", "S3;12/03/2025;Reprise;en trop",
             "S4;12/03/2025;Reprise", "S1;12/03/2025;Reprise", "S5;trop;peu;de;titres", "S6;12/03/2025;Reprise",
             "S4;12/03/2025;Reprise", "S6;12/03/2025;Reprise", "S7;hier;Reprise"]  # fmt: skip
    (tmp_path / "Visites.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    outcome = checked(tmp_path)
    assert (outcome.tables[0].read, outcome.tables[0].kept, outcome.tables[0].rejected) == (10, 3, 7)
    told = {line: reason for line, _, reason in rejects(tmp_path)}
    assert list(told) == [3, 4, 6, 7, 9, 10, 11]
    assert [told[line][-4:] for line in (6, 9, 10)] == ["e 2.", "e 5.", "e 8."]
    kept = duckdb.read_parquet(str(tmp_path / "extrait" / "visits.parquet")).project("employee").fetchall()
    assert kept == [("S1",), ("S4",), ("S6",)]


def test_a_row_that_repeats_a_rejected_one_is_kept(tmp_path: Path) -> None:
    rows = [[BAKERY, "", "ni oui"], [BAKERY, "47.11F", "12"], [BAKERY, "47.11F", "13"]]
    write_csv(tmp_path / "Établissements suivis.csv", ["SIRET", "Code APE", "Effectif"], rows)
    outcome = checked(tmp_path, year=None)
    assert (outcome.tables[0].kept, [line for line, _, _ in rejects(tmp_path)]) == (1, [2, 4])


def test_a_long_file_keeps_its_order_with_rows_struck_out(tmp_path: Path) -> None:
    """More rows than the engine takes at once, one in seven repeated."""
    rows = [(f"S{rank - (rank % 7 == 6)}", "12/03/2025", "Reprise") for rank in range(300_000)]
    visits(tmp_path, rows)
    outcome = checked(tmp_path)
    assert [line for line, _, _ in rejects(tmp_path)] == [rank + 2 for rank in range(300_000) if rank % 7 == 6]
    assert outcome.tables[0].rejected == 300_000 // 7
    kept = duckdb.read_parquet(str(tmp_path / "extrait" / "visits.parquet")).project("employee").fetchall()
    assert [row[0] for row in kept] == list(dict.fromkeys(row[0] for row in rows))


@pytest.mark.parametrize("spelling", ["oui", "OUI", " Oui ", "1", "x", "Vrai"])
def test_a_spelling_that_the_sample_does_not_have_is_read_all_the_same(tmp_path: Path, spelling: str) -> None:
    rows = [(f"S{rank}", "12/03/2025", "Reprise", "Non") for rank in range(5_100)]
    write_csv(
        tmp_path / "Visites.csv", [*VISITS, "Questionnaire"], [*rows, ("S-last", "12/03/2025", "REPRISE ", spelling)]
    )
    assert checked(tmp_path).rejected == 0
    found = duckdb.read_parquet(str(tmp_path / "extrait" / "visits.parquet")).filter("employee = 'S-last'")
    assert found.project("kind, questionnaire").fetchall() == [("return", True)]


def test_duplicates_and_an_employee_of_two_establishments(tmp_path: Path) -> None:
    rows = [["S1", BAKERY, "F", 1980], ["S1", GARAGE, "F", 1980], ["S1", BAKERY, "F", 1980], ["S2", FACTORY, "H", 1990]]
    write_csv(tmp_path / "Salariés suivis.csv", ["Matricule", "SIRET", "Sexe", "Année de naissance"], rows)
    visits(tmp_path, [GOOD, GOOD])
    outcome = checked(tmp_path)
    assert [(one.table, one.rejected) for one in outcome.tables] == [("employees", 1), ("visits", 1)]
    assert {reason for _, _, reason in rejects(tmp_path)} == {"Ligne en double de la ligne 2."}
    assert any("plusieurs établissements" in remark for remark in outcome.remarks)


def test_the_pseudonym_of_a_rejected_row_is_not_repeated(tmp_path: Path) -> None:
    visits(tmp_path, [("SECRET-KEY", "hier", "Reprise"), GOOD])
    checked(tmp_path)
    assert "SECRET-KEY" not in (tmp_path / "extrait" / REJECTS).read_text(encoding="utf-8-sig")


def test_visits_outside_the_year_are_said_and_the_wrong_year_is_refused(tmp_path: Path) -> None:
    visits(tmp_path, [GOOD, ("S2", "01/01/2024", "Reprise")])
    assert "Lignes hors de 2025, gardées" in checked(tmp_path).outside
    assert checked(tmp_path).outside.endswith("Visites et examens 1.")
    with pytest.raises(CollectError, match="Aucune visite en 2023"):
        checked(tmp_path, year=2023)


@pytest.mark.parametrize(
    ("content", "said"),
    [("", "est vide"), ("\n", "est vide"), ("A;A\n1;2\n", "deux colonnes")],
    ids=["nothing", "blank", "twice"],
)
def test_files_without_rows_or_titles(tmp_path: Path, content: str, said: str) -> None:
    (tmp_path / "Visites.csv").write_text(content, encoding="utf-8")
    mapping = tmp_path / "m.toml"
    mapping.write_text('[[sources]]\ntable = "visits"\nfile = "Visites.csv"\n', encoding="utf-8")
    with pytest.raises(CollectError) as refused:
        check(read_mapping(mapping, canonical()), tmp_path / "extrait")
    assert said in refused.value.message
    assert not (tmp_path / "extrait").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x =", "TOML"),
        ("file = 'a'", "[[sources]]"),
        ('[[sources]]\ntable = "visites"', "n’existe pas"),
        ('[[sources]]\ntable = "visits"\nfile = "a.csv"\n[sources.columns]\nnir = "x"', "n’a pas de colonne"),
        ('[[sources]]\ntable = "visits"\nfile = "C:\\exports\\a.csv"', "apostrophes"),
        ('[[sources]]\ntable = "visits"', "« file »"),
    ],
)
def test_a_mapping_that_is_wrong_says_where(tmp_path: Path, text: str, said: str) -> None:
    mapping = tmp_path / "m.toml"
    mapping.write_text(text, encoding="utf-8")
    with pytest.raises(CollectError) as refused:
        read_mapping(mapping, canonical())
    assert said in refused.value.message.replace("\u202f", " ")


def test_a_windows_path_in_a_mapping(tmp_path: Path) -> None:
    visits(tmp_path / "exports", [GOOD])
    mapping = tmp_path / "m.toml"
    mapping.write_text(
        "[[sources]]\ntable = 'visits'\nfile = 'exports\\Visites.csv'\n[sources.columns]\nemployee = 'Id salarié'\n"
        "date = 'Date visite'\nkind = 'Type de visite'\n",
        encoding="utf-8",
    )
    assert check(read_mapping(mapping, canonical()), tmp_path / "extrait").tables[0].kept == 1


def test_what_cannot_be_guessed_is_asked_and_only_that(tmp_path: Path) -> None:
    visits(tmp_path, [GOOD, ("S2", "12/03/2025", "Visite bizarre")])
    asked: list[str] = []

    def ask(question: str, answers: object) -> str:
        asked.append(question)
        return "other"

    assert not proposed(tmp_path).complete
    proposal = proposed(tmp_path, ask)
    assert len(asked) == 1
    assert "Visite bizarre" in asked[0]
    assert proposal.complete
    assert proposal.sources[0].codes == {"kind": {"Visite bizarre": "other"}}


def test_a_file_of_codes_extends_open_lists_only(tmp_path: Path) -> None:
    own = tmp_path / "codes.toml"
    own.write_text('[visit.codes]\ntele = ["Téléconsultation"]\n', encoding="utf-8")
    assert canonical().extended(own).lists["visit"].readings()["teleconsultation"] == "tele"
    own.write_text('[pathology.codes]\nback = ["dos"]\n', encoding="utf-8")
    with pytest.raises(CollectError, match="fermée"):
        canonical().extended(own)
    own.write_text('[pathology.codes]\ntms = ["dos"]\n', encoding="utf-8")
    assert canonical().extended(own).lists["pathology"].readings()["dos"] == "tms"


def test_a_full_disk_leaves_what_was_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "declaration.json"
    target.write_text("before", encoding="utf-8")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(storage.os, "fsync", full)
    with pytest.raises(CollectError, match="disque est plein"):
        storage.write_whole(target, "after")
    assert [path.name for path in tmp_path.iterdir()] == ["declaration.json"]
    assert target.read_text(encoding="utf-8") == "before"


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (duckdb.IOException('Could not write file "x.parquet": No space left on device'), "disque est plein"),
        (duckdb.OutOfMemoryException("could not allocate block of size 30.5 MiB"), "mémoire accordée ne suffit pas"),
    ],
    ids=["disk", "memory"],
)
def test_what_falls_short_in_the_engine_is_said_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: duckdb.Error, said: str
) -> None:
    visits(tmp_path, [GOOD])
    checked(tmp_path)
    before = (tmp_path / "extrait" / "visits.parquet").read_bytes()

    def fail(*_: object, **__: object) -> list[str]:
        raise error

    monkeypatch.setattr(checking, "findings", fail)
    with pytest.raises(CollectError, match=said):
        checked(tmp_path)
    assert (tmp_path / "extrait" / "visits.parquet").read_bytes() == before
    assert not list(tmp_path.glob(".extrait*")), "nothing half written is left"


TEN_GIGABYTES = 10 * 1_000_000_000


def test_a_file_larger_than_the_room_left_is_refused_before_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    visits(tmp_path, [GOOD])
    checked(tmp_path)
    with (tmp_path / "Visites.csv").open("r+b") as file:
        file.truncate(TEN_GIGABYTES)
    room = shutil.disk_usage(tmp_path)._replace(free=4 * 1_000_000_000)
    monkeypatch.setattr(checking.shutil, "disk_usage", lambda _: room)
    with pytest.raises(CollectError, match="pèsent 10,0 Go et le dossier temporaire du poste n’a que 4,0 Go"):
        check(read_mapping(tmp_path / "correspondance.toml", canonical()), tmp_path / "extrait")
    assert (tmp_path / "extrait" / "visits.parquet").is_file()


def test_a_workbook_of_ten_gigabytes_is_sent_back_to_csv(tmp_path: Path) -> None:
    with (tmp_path / "Visites.xlsx").open("wb") as file:
        file.truncate(TEN_GIGABYTES)
    with pytest.raises(CollectError, match="Exportez-le en CSV"):
        inspect(tmp_path / "Visites.xlsx")


def interrupted(target: Path) -> None:
    with storage.folder_whole(target) as made:
        (made / "half").touch()
        raise KeyboardInterrupt


def test_an_interruption_leaves_the_former_extract(tmp_path: Path) -> None:
    target = tmp_path / "extrait"
    target.mkdir()
    (target / "kept").touch()
    with pytest.raises(KeyboardInterrupt):
        interrupted(target)
    assert [path.name for path in tmp_path.rglob("*")] == ["extrait", "kept"]


def test_a_file_changed_after_the_check_is_seen(tmp_path: Path) -> None:
    visits(tmp_path, [GOOD])
    checked(tmp_path)
    folder = tmp_path / "extrait"
    manifest = read_manifest(folder)
    assert manifest is not None
    assert json.dumps(manifest["tables"][0]["sha256"])
    (folder / "visits.parquet").write_bytes(b"other")
    with pytest.raises(CollectError, match="a changé"):
        read_manifest(folder)
