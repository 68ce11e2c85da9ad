"""The neutral count, from both lists to a number that a third tells without having seen an establishment."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.establishments import make_sirets
from typer.testing import CliRunner

from avenant.collect.commands import collect
from avenant.domain.neutral_count import (
    FLOOR,
    POINT,
    SMALLEST,
    BadMessage,
    Message,
    Side,
    Stage,
    check_against,
    commitment,
    common,
    read_message,
    release,
    write_message,
)

QUESTION = "6f0e1d5e-0000-4000-8000-000000000001"
SERVICE, FUND = make_sirets(620), make_sirets(900, start=400)
"""221 in common: numbers 400 to 620."""


def run(*arguments: object) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(collect, ["match", *map(str, arguments), "--json"])
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


def listed(path: Path, sirets: Sequence[str], title: str = "SIRET") -> Path:
    path.write_text("\n".join([title, *sirets]) + "\n", encoding="utf-8")
    return path


def points(count: int, start: int = 0) -> tuple[bytes, ...]:
    return tuple(b"\x02" + number.to_bytes(POINT - 1, "big") for number in range(start, start + count))


def message(stage: Stage = Stage.BLINDED, by: Side = Side.SERVICE, size: int = SMALLEST, **said: Any) -> Message:
    return Message(**{"question": QUESTION, "stage": stage, "by": by, "size": size, "commitment": "a" * 64,
                      "points": points(size) if stage is not Stage.COMMITTED else (), **said})  # fmt: skip


def test_both_sides_count_without_showing_a_list(tmp_path: Path) -> None:
    pytest.importorskip("private_set_intersection")
    folders = {"service": tmp_path / "s", "fund": tmp_path / "f"}
    spaced = [f"{one[:3]} {one[3:6]} {one[6:9]} {one[9:]}" for one in SERVICE]
    files = {"service": listed(tmp_path / "s.csv", spaced), "fund": listed(tmp_path / "f.csv", FUND[::-1])}
    promised = {}
    for side, folder in folders.items():
        code, said = run("engage", files[side], folder, "--question", QUESTION, "--side", side)
        assert code == 0, said
        promised[side] = said["commitment"]
        assert run("blind", folder)[0] == 0
    for side, other in (("service", "fund"), ("fund", "service")):
        code, said = run("answer", folders[side], folders[other] / "liste-masquee.acn", "--commitment", promised[other])
        assert code == 0, said
        assert not (folders[side] / "secret.json").exists(), "the key is destroyed"
    answers = [folder / "reponse.acn" for folder in folders.values()]
    assert common(*(read_message(path.read_bytes()) for path in answers)) == 221, "exact before rounding"
    assert run("count", *answers) == (0, {"ok": True, "told": 220, "bound": ""})
    for folder in folders.values():
        moved = b"".join(path.read_bytes() for path in folder.glob("*.acn"))
        assert not any(siret.encode() in moved for siret in (*SERVICE, *FUND))
    # No second answer, no second question in the folder; the promise can still be checked.
    assert run("answer", folders["service"], folders["fund"] / "liste-masquee.acn")[0] == 5
    assert run("engage", files["service"], folders["service"], "--question", QUESTION, "--side", "service")[0] == 5
    assert run("verify", files["service"], folders["service"] / "preuve.json") == (0, {"ok": True, "same": True})
    assert run("verify", files["fund"], folders["service"] / "preuve.json")[0] == 7


def test_a_list_other_than_the_promised_one_is_not_answered(tmp_path: Path) -> None:
    pytest.importorskip("private_set_intersection")
    for side, sirets in (("service", SERVICE), ("fund", FUND)):
        assert run("engage", listed(tmp_path / "l.csv", sirets), tmp_path / side, "--question", QUESTION,
                   "--side", side)[0] == 0  # fmt: skip
        assert run("blind", tmp_path / side)[0] == 0
    given, own = tmp_path / "fund" / "liste-masquee.acn", tmp_path / "service" / "liste-masquee.acn"
    assert run("answer", tmp_path / "service", given, "--commitment", "b" * 64)[0] == 5
    assert run("answer", tmp_path / "service", own)[0] == 5
    broken = tmp_path / "broken.acn"
    broken.write_bytes(write_message(message(by=Side.FUND)))
    code, said = run("answer", tmp_path / "service", broken)
    assert code in (4, 5), said
    assert (tmp_path / "service" / "secret.json").exists(), "a refusal loses nothing"


@pytest.mark.parametrize(
    ("sirets", "title", "code", "said"),
    [
        (SERVICE[: SMALLEST - 1], "SIRET", 5, "au moins 500"),
        ([*SERVICE, SERVICE[0]], "SIRET", 1, "en double"),
        ([*SERVICE, "12345678901234"], "SIRET", 1, "ne sont pas des SIRET"),
        (SERVICE, "Nom;Ville", 4, "une colonne"),
        (SERVICE[:SMALLEST], "Numéro SIRET", 0, ""),
    ],
)
def test_what_a_list_must_be(tmp_path: Path, sirets: list[str], title: str, code: int, said: str) -> None:
    listing = listed(tmp_path / "l.csv", sirets if ";" not in title else [f"{one};x" for one in sirets], title)
    got, answer = run("engage", listing, tmp_path / "f", "--question", QUESTION, "--side", "service")
    assert got == code, answer
    assert said in answer.get("message", "")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "n'est pas un message"),
        (b"{}\n", "n'est pas un message"),
        (write_message(message())[:-1], "tronqué"),
        (write_message(message(points=(*points(SMALLEST - 1), points(1)[0]))), "deux fois"),
        (write_message(message(size=SMALLEST - 1)), "au moins"),
        (write_message(message(commitment="x")), "illisible"),
        (write_message(message(points=(b"\x05" * POINT, *points(SMALLEST - 1)))), "abîmé"),
        (write_message(message(Stage.COMMITTED)) + b"x", "aucune liste"),
    ],
)
def test_a_bad_message_is_refused_with_its_reason(content: bytes, said: str) -> None:
    with pytest.raises(BadMessage) as refused:
        read_message(content)
    assert said.replace("'", "’") in refused.value.message.replace("'", "’")


def test_a_message_is_tied_to_its_promise() -> None:
    promised = message(Stage.COMMITTED)
    check_against(message(), promised)
    check_against(message(Stage.DOUBLED, Side.FUND), promised)
    for other in (message(by=Side.FUND), message(commitment="b" * 64), message(size=501), message(question="other")):
        with pytest.raises(BadMessage, match="engagement"):
            check_against(other, promised)


def test_a_promise_depends_on_the_list_the_question_and_the_salt() -> None:
    one = commitment(b"salt", QUESTION, SERVICE)
    assert one == commitment(b"salt", QUESTION, SERVICE[::-1])
    assert len({one, commitment(b"more", QUESTION, SERVICE), commitment(b"salt", "q", SERVICE),
                commitment(b"salt", QUESTION, SERVICE[1:])}) == 4  # fmt: skip


def test_two_answers_of_one_side_give_no_count() -> None:
    doubled = message(Stage.DOUBLED)
    for pair in ((doubled, doubled), (message(), doubled), (doubled, message(by=Side.FUND))):
        with pytest.raises(BadMessage):
            common(*pair)


@pytest.mark.parametrize(
    ("exact", "told", "words"),
    [
        (0, None, "moins de 11"),
        (FLOOR - 1, None, "moins de 11"),
        (FLOOR, 10, "environ 10"),
        (14, 10, "environ 10"),
        (15, 20, "environ 20"),
        (489, 490, "environ 490"),
        (490, None, "tous ou presque"),
        (500, None, "tous ou presque"),
    ],
)
def test_what_is_told_has_a_floor_and_is_rounded(exact: int, told: int | None, words: str) -> None:
    released = release(exact, (500, 5_000))
    assert (released.told, released.words) == (told, words)


@given(st.integers(0, 5_000), st.integers(SMALLEST, 5_000))
def test_what_is_told_never_gives_a_small_number_or_a_small_rest(exact: int, size: int) -> None:
    exact = min(exact, size)
    released = release(exact, (size,))
    if released.told is not None:
        assert exact >= FLOOR
        assert size - exact >= FLOOR
        assert abs(released.told - exact) <= 5
