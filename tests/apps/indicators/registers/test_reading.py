"""Files of lists and registers: every rejected line with its reason, and nothing about people."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from tests.support.establishments import make_siret, make_sirets

from avenant.domain.decision import DomainError
from avenant.domain.personal_rows import RowsAboutPeople, refuse_rows_about_people
from avenant.domain.registers import ActionKind
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, workbook_bytes
from avenant.indicators.registers.reading import ActionLine, action_sheet, read_actions, read_list

AT = datetime(2026, 2, 1, tzinfo=UTC)
ONE, TWO = make_sirets(2)


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def test_a_list_is_read_with_each_rejected_line_and_its_reason() -> None:
    wrong_key = ONE[:-1] + str((int(ONE[-1]) + 1) % 10)
    found = read_list(
        csv(
            "SIRET;Raison sociale;Effectif;Remarque",
            f"{ONE};Les Oliviers;9;vu",
            f"{wrong_key};Clé fausse;;",
            f"{ONE[:3]} {ONE[3:]};Encore;;",
            f"{TWO}.0;Écrit comme un nombre;;",
            "1,23457E+13;Arrondi;;",
            f"{make_siret(3)};Effectif illisible;beaucoup;",
            ";Sans numéro;;",
        ),
        "liste.csv",
    )
    assert [(line.siret, line.label, line.headcount) for line in found.lines] == [
        (ONE, "Les Oliviers", 9),
        (TWO, "Écrit comme un nombre", None),
    ]
    reasons = {one.line: one.reason for one in found.rejected}
    assert list(reasons) == [3, 4, 6, 7, 8]
    assert "clé" in reasons[3]
    assert "Déjà donné à la ligne 2" in reasons[4]
    assert "Quel est-il" in reasons[6]
    assert "pas un nombre" in reasons[7]
    assert "manque" in reasons[8]


def test_what_the_preview_carries_reads_as_the_same_lines() -> None:
    found = read_list(csv("SIRET;Raison sociale;Effectif", f'{ONE};"=1+1; ""a""";12', f"{TWO};-;"), "liste.csv")
    again = read_list(found.carried.encode(), "aperçu")
    assert again.lines == found.lines
    assert again.rejected == ()


def test_a_siret_kept_as_a_number_in_a_workbook_is_recovered_or_asked_about() -> None:
    sheet = Sheet("Liste", (Column("SIRET", Kind.NUMBER),), [[int(ONE)], [int("0" + TWO[1:])]])
    found = read_list(workbook_bytes([sheet], title="liste", at=AT), "liste.xlsx")
    assert [line.siret for line in found.lines] == [ONE]
    assert "Quel est-il" in found.rejected[0].reason


@pytest.mark.parametrize(
    ("column", "what"),
    [
        ("Nom", "nom de personne"),
        ("PRÉNOM", "nom de personne"),
        ("N° Sécurité sociale", "sécurité sociale"),
        ("NIR", "sécurité sociale"),
        ("Date de naissance", "date de naissance"),
        ("Né(e) le", ""),
        ("Pathologie", "santé"),
    ],
)
def test_a_file_about_people_is_refused_with_the_column_and_why(column: str, what: str) -> None:
    content = csv(f"SIRET;{column}", f"{ONE};x")
    if not what:
        assert read_list(content, "liste.csv").lines  # an unknown title is left aside
        return
    with pytest.raises(RowsAboutPeople, match=what) as refusal:
        read_list(content, "liste.csv")
    assert column in refusal.value.message
    assert "rien n’a été enregistré" in refusal.value.message


def test_a_social_security_number_under_any_title_is_refused() -> None:
    with pytest.raises(RowsAboutPeople, match="Remarque"):
        read_list(csv("SIRET;Remarque", f"{ONE};ras", f"{TWO};2 85 05 78 006 084 36"), "liste.csv")
    refuse_rows_about_people(["SIRET", "Raison sociale", "Téléphone"], [[ONE, "Les Oliviers", "04 92 00 00 00"]])


def test_a_list_without_a_siret_column_says_which_columns_it_has() -> None:
    with pytest.raises(DomainError, match=r"Colonnes lues.*Numéro, Ville"):
        read_list(csv("Numéro;Ville", "1;2"), "liste.csv")


LINES = (
    ActionLine(ActionKind.WORKSHOP, date(2025, 3, 12), label="TMS, aide à domicile"),
    ActionLine(ActionKind.PATHWAY, date(2025, 3, 12), date(2026, 5, 1), ONE),
    ActionLine(ActionKind.ENTERPRISE_SHEET, date(2025, 3, 12), None, TWO, 9, 1),
)


@pytest.mark.parametrize("door", ["csv", "xlsx"])
def test_what_is_exported_can_be_imported(door: str) -> None:
    from avenant.indicators.registers.reading import carry_actions

    content = (
        carry_actions(LINES).encode()
        if door == "csv"
        else workbook_bytes([action_sheet(LINES)], title="Registre", at=AT)
    )
    found = read_actions(content, f"registre.{door}")
    assert found.rejected == ()
    assert found.lines == LINES


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("Jardinage;12/03/2025;;;;;", "inconnue"),
        ("Atelier de sensibilisation;32/03/2025;;;;;", "date"),
        ("DUERP reçu;12/03/2025;;;;;", "SIRET"),
        (f"Fiche d’entreprise;12/03/2025;;{ONE};;;", "effectif"),
        ("Professionnels de santé informés;12/03/2025;;;;;", "nombre"),
        (f"DUERP reçu;12/03/2025;13/03/2025;{ONE};;;", "fin vide"),
        (f"Parcours personnalisé de prévention;12/03/2025;11/03/2025;{ONE};;;", "précède"),
        ("Convention signée;12/03/2025;;;;1.5;", "entier"),
    ],
)
def test_a_line_of_a_register_that_cannot_be_is_told_why(line: str, reason: str) -> None:
    found = read_actions(csv("Nature;Date;Fin;SIRET;Effectif;Nombre;Objet", line), "registre.csv")
    assert found.lines == ()
    assert reason in found.rejected[0].reason
