"""A FINESS file brought into the directory: previewed, taken again without change, closing what has gone."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from stdnum import luhn
from tests.domain.test_finess import line
from tests.support.establishments import make_siret

from avenant.domain.decision import DomainError
from avenant.foundations.parties import directory
from avenant.foundations.parties.directory import DirectoryLine, FinessLoad, load_directory, load_finess
from avenant.foundations.parties.finess_files import FinessFile
from avenant.foundations.parties.models import Establishment

pytestmark = pytest.mark.django_db
DAY = date(2026, 3, 3)


def number(index: int) -> str:
    digits = f"04{index:06}"
    return digits + luhn.calc_check_digit(digits)


def site(index: int, **said: str) -> str:
    return line(**{"nofinesset": number(index), "rslongue": f"FOYER {index}", "departement": "04"} | said)


def load(tmp_path: Path, *lines: str, write: bool = True, on: date = DAY) -> FinessLoad:
    path = tmp_path / "finess.csv"
    path.write_bytes("\n".join(["finess;etalab", *lines]).encode("latin-1", "replace"))
    with FinessFile(path) as file:
        return load_finess(file.records(), on=on, write=write)


def test_the_preview_says_what_will_happen_and_writes_nothing(tmp_path: Path) -> None:
    seen = load(tmp_path, site(1), site(2, siret="12345678901234"), write=False)
    assert (seen.added, seen.changed, seen.closed, len(seen.set_aside)) == (1, 0, 0, 1)
    assert not Establishment.objects.exists()
    done = load(tmp_path, site(1), site(2, siret="12345678901234"))
    assert (done.added, done.changed, done.closed) == (1, 0, 0)
    row = Establishment.objects.get()
    assert (row.name, row.territory_id, row.category_label, row.in_finess) == ("FOYER 1", "04", "EHPAD", True)


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    load(tmp_path, site(1), site(2))
    again = load(tmp_path, site(1), site(2))
    assert (again.added, again.changed, again.closed) == (0, 0, 0)


def test_what_has_gone_is_dated_and_what_comes_back_is_open_again(tmp_path: Path) -> None:
    load(tmp_path, site(1), site(2))
    assert load(tmp_path, site(1), write=False).closed == 1
    assert load(tmp_path, site(1)).closed == 1
    assert Establishment.objects.get(finess_et=number(2)).closed_on == DAY
    assert load(tmp_path, site(1), site(2)).changed == 1
    assert Establishment.objects.get(finess_et=number(2)).closed_on is None
    assert Establishment.objects.count() == 2


def test_a_line_set_aside_closes_nothing_nor_does_a_file_of_another_department(tmp_path: Path) -> None:
    load(tmp_path, site(1), site(2))
    assert load(tmp_path, site(1), site(2, siret="1")).closed == 0
    assert load(tmp_path, site(3, departement="13")).closed == 0
    assert not Establishment.objects.exclude(closed_on=None).exists()


def test_an_establishment_of_another_source_is_never_closed(tmp_path: Path) -> None:
    load_directory([DirectoryLine("Atelier", siret=make_siret(7), department="04", territory="04")])
    assert load(tmp_path, site(1)).closed == 0


def test_an_establishment_known_by_its_siret_receives_its_finess_number(tmp_path: Path) -> None:
    load_directory([DirectoryLine("Foyer", siret=make_siret(1), headcount=12, regime="general")])
    load(tmp_path, site(1, siret=make_siret(1)))
    row = Establishment.objects.get()
    assert (row.finess_et, row.headcount, row.regime) == (number(1), 12, "general"), "an empty cell erases nothing"


def test_a_file_of_another_shape_is_refused_when_most_of_it_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(directory, "MOST_SET_ASIDE", 3)
    assert len(load(tmp_path, *[site(n, siret="1") for n in range(3)], site(9)).set_aside) == 3
    with pytest.raises(DomainError, match="n’a pas la forme attendue"):
        load(tmp_path, *[site(n, siret="1") for n in range(4)], site(10))
    assert not Establishment.objects.filter(finess_et=number(10)).exists()


def test_the_command_shows_then_asks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "etalab.csv"
    path.write_bytes("\n".join(["finess;étalab", site(1), site(2, siret="1")]).encode("latin-1", "replace"))
    monkeypatch.setattr("builtins.input", lambda _: "n")
    call_command("load_directory", path)
    told = capsys.readouterr()
    assert "fichier FINESS historique, Latin-1, points-virgules, sans titres" in told.out
    assert "1 établissements ajoutés" in told.out
    assert "Ligne 3 écartée" in told.err
    assert not Establishment.objects.exists()
    monkeypatch.setattr("builtins.input", lambda _: "o")
    call_command("load_directory", path)
    assert Establishment.objects.count() == 1


def test_the_command_refuses_another_file_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "liste.csv"
    path.write_text("Nom;Ville\nA;B\n")
    with pytest.raises(CommandError, match="Ce n’est pas un fichier FINESS"):
        call_command("load_directory", path, "--oui")
