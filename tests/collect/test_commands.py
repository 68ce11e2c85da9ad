"""The command line as a person or a scheduler uses it."""

import json
import os
import signal
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from tests.support.extract import write_csv
from typer.testing import CliRunner

from avenant.collect import proposing
from avenant.collect.commands import collect
from avenant.collect.documentation import pages
from avenant.collect.engine import connect
from avenant.collect.running import read_result
from avenant.collect.schema import canonical

ROOT = Path(__file__).resolve().parents[2]


def answer(*arguments: object) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(collect, [*map(str, arguments), "--json"])
    return result.exit_code, json.loads(result.stdout.splitlines()[-1])


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """From an export to its declaration."""
    home = tmp_path_factory.mktemp("home")
    sizes = ("--establishments", 200, "--employees", 3_000, "--visits", 6_000)
    steps = [
        ("synthesise", home / "export", *sizes, "--format", "export"),
        ("init", home / "export", "--non-interactive"),
        ("check", home / "export" / "correspondance.toml", "--out", home / "extrait", "--year", 2025),
        ("run", home / "extrait", "--year", 2025, "--out", home / "2025.json"),
        ("run", home / "extrait", "--year", 2024, "--out", home / "2024.json"),
        ("preview", home / "extrait", "--year", 2025, "--cross", "sexe,secteur,raison"),
        ("protect", home / "2025.json", "--former", home / "2024.json", "--out", home / "declaration.json"),
        ("audit", home / "declaration.json", "--result", home / "2025.json"),
    ]  # fmt: skip
    for step in steps:
        code, said = answer(*step)
        assert (code, said["ok"]) == (0, True), said
    return home


def test_a_whole_walk_leaves_a_declaration_and_its_report(walked: Path) -> None:
    content = json.loads((walked / "declaration.json").read_text(encoding="utf-8"))
    assert content["lineage"]["checked"] is True
    assert "2024" not in content["period"][0]
    page = (walked / "declaration.html").read_text(encoding="utf-8")
    assert "Année d’avant" in page
    assert not [path for path in walked.iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("run", "nowhere", "--year", 2025), 4),
        (("run", "{home}/extrait", "--year", 2012, "--out", "{home}/x.json"), 4),
        (("check", "{home}/nothing.toml"), 4),
        (("audit", "{home}/2025.json"), 4),
        (("run", "{home}/extrait", "--year", 2025, "--memory", "lots"), 4),
        (("submit", "{home}/declaration.json", "--address", "http://example.org"), 6),
    ],
)
def test_refusals_have_their_exit_code(walked: Path, arguments: tuple[object, ...], code: int) -> None:
    found, said = answer(*(str(one).format(home=walked) for one in arguments))
    assert found == code, said
    assert said["ok"] is False
    assert said["message"].endswith((".", "?"))


@pytest.mark.parametrize("command", [("run", "--out", "{home}/later.json"), ("preview", "--cross", "sexe")])
def test_a_year_after_the_extract_is_refused_though_some_cases_last(walked: Path, command: tuple[str, ...]) -> None:
    verb, *more = (one.format(home=walked) for one in command)
    for year, code in ((2025, 0), (2026, 4)):
        found, said = answer(verb, walked / "extrait", "--year", year, *more)
        assert found == code, said
    assert "Aucune visite du 1er janvier 2026 au 31 décembre 2026" in said["message"]
    written = walked / "later.json"
    assert not written.exists() or read_result(written).period.last_day.year == 2025


def test_identity_and_tampering_have_their_exit_code(walked: Path, tmp_path: Path) -> None:
    write_csv(
        tmp_path / "Visites.csv",
        ["Id salarié", "Date visite", "Type de visite", "NIR"],
        [["S1", "12/03/2025", "VR", ""]],
    )
    assert answer("init", tmp_path)[0] == 3
    spoilt = tmp_path / "declaration.json"
    spoilt.write_text(
        (walked / "declaration.json").read_text(encoding="utf-8").replace("2025", "2026", 1), encoding="utf-8"
    )
    assert answer("audit", spoilt)[0] == 7


def test_ctrl_c_while_a_statement_runs_is_an_interruption() -> None:
    def last_long() -> None:
        with connect() as connection:
            threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
            connection.execute("SELECT count(*) FROM range(1000000000000) WHERE hash(range) = 1").fetchall()

    with pytest.raises(KeyboardInterrupt):
        last_long()


def test_an_interruption_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(proposing, "propose", interrupted)
    code, said = answer("init", tmp_path)
    assert (code, said["code"], said["message"]) == (130, "interrupted", "Interrompu\u202f: rien n’a été écrit.")


def test_rejected_rows_are_said_by_the_exit_code(tmp_path: Path) -> None:
    rows = [["S1", "12/03/2025", "VR"], ["S2", "hier", "VR"]]
    write_csv(tmp_path / "Visites.csv", ["Id salarié", "Date visite", "Type de visite"], rows)
    assert answer("init", tmp_path)[0] == 0
    code, said = answer("check", tmp_path / "correspondance.toml", "--out", tmp_path / "extrait")
    assert (code, said["rejected"]) == (1, 1)


class Fake(BaseHTTPRequestHandler):
    """The few operations of the platform that a submission calls."""

    received: list[tuple[str, str, Any]]

    def _reply(self) -> None:
        size = int(self.headers.get("Content-Length") or 0)
        self.received.append((self.command, self.path, json.loads(self.rfile.read(size)) if size else None))
        status, content = 200, self._content()
        if self.headers["Authorization"] != "Bearer right":
            status, content = 401, {"title": "Jeton refusé", "detail": "Donnez un jeton valable."}
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _content(self) -> Any:
        if "declarations" in self.path:
            return [{"parts": [{"id": "p1", "provider": "service"}, {"id": "p2", "provider": "social_service"}]}]
        if self.path.endswith("transmission"):
            return {"receipt": "AR-1"}
        return {"values": [{"code": "pdp-1.3"}, {"code": "pdp-1.5"}], "findings": [], "next_number": 3}

    do_GET = do_PUT = do_POST = _reply

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def platform() -> Iterator[str]:
    Fake.received = []
    with HTTPServer(("127.0.0.1", 0), Fake) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_submitting_fills_the_part_of_the_service_and_hands_it_in_on_demand(
    walked: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVENANT_TOKEN", "right")
    code, said = answer("submit", walked / "declaration.json", "--address", platform)
    assert (code, said["kept"], said["receipt"]) == (0, 2, "")
    sent = next(content for verb, path, content in Fake.received if verb == "PUT" and "/parts/p1/" in path)
    assert {one["code"] for one in sent["entries"]} == {"pdp-1.3", "pdp-1.5"}
    assert answer("submit", walked / "declaration.json", "--address", platform, "--hand-in")[1]["receipt"] == "AR-1"
    handed = next(content for verb, path, content in Fake.received if path.endswith("transmission"))
    assert handed == {"number": 3}, "after two former submissions"
    deposited = next(content for _, path, content in Fake.received if path.endswith("/parts/p1/collecte"))
    assert deposited["seal"] == json.loads((walked / "declaration.json").read_text(encoding="utf-8"))["seal"]


def test_lower_thresholds_than_the_region_s_are_said(walked: Path) -> None:
    assert answer("audit", walked / "declaration.json", "--persons", 11)[0] == 0
    code, said = answer("audit", walked / "declaration.json", "--persons", 12)
    assert (code, said["ok"]) == (5, False)
    assert "11 personnes au lieu de 12" in said["message"]


def test_codes_added_by_a_service_reach_the_result(tmp_path: Path) -> None:
    sizes = ("--establishments", 100, "--employees", 2_000, "--visits", 4_000)
    assert answer("synthesise", tmp_path / "made", *sizes)[0] == 0
    name = next(name for name, one in canonical().lists.items() if one.open)
    codes = tmp_path / "codes.toml"
    codes.write_text(f'[{name}.codes]\nnew = ["Thème propre au service"]\n', encoding="utf-8")
    out = tmp_path / "2025.json"
    assert answer("run", tmp_path / "made", "--year", 2025, "--codes", codes, "--out", out)[0] == 0
    assert read_result(out).schema.lists[name].label_of("new") == "Thème propre au service"


def test_a_refused_token_is_said_and_nothing_is_written(
    walked: Path, platform: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AVENANT_TOKEN", "wrong")
    code, said = answer("submit", walked / "declaration.json", "--address", platform)
    assert code == 6
    assert "Donnez un jeton valable" in said["message"]


def test_the_reference_pages_are_those_of_the_definitions() -> None:
    for title, text in pages().items():
        assert (ROOT / "docs" / "reference" / title).read_text(encoding="utf-8") == text, (
            "run python -m avenant.collect.documentation"
        )
