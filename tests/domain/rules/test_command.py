"""``avenant rules check``: exit codes, JSON that its schema describes, without Django."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from typer.testing import CliRunner

from avenant import rulebooks
from avenant.config.cli import main
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.reading import read
from avenant.rulebooks import check

REFERENCE = Path(__file__).parents[3] / "docs" / "reference"
GENERATED = {
    "rules-facts.schema.json": lambda: json.dumps(check.facts_schema(), ensure_ascii=False, indent=1) + "\n",
    "rules-findings.schema.json": lambda: json.dumps(check.findings_schema(), ensure_ascii=False, indent=1) + "\n",
    "rules.md": check.vocabulary_page,
}


@pytest.mark.parametrize("name", GENERATED)
def test_the_reference_is_what_the_code_says(name: str) -> None:
    assert (REFERENCE / name).read_text(encoding="utf-8") == GENERATED[name](), f"generate again: {name}"


@pytest.fixture
def facts(tmp_path: Path) -> Path:
    path = tmp_path / "facts.json"
    path.write_text(json.dumps(rulebooks.cases("clact_guadeloupe_2023")["base"]), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("change", "code"),
    [({}, 0), ({"channel": "email"}, 1), ({"channel": None}, 3), ({"chanel": "x"}, 2), ({"dossiers": 1.0}, 2)],
)
def test_the_exit_code_says_the_outcome(facts: Path, change: dict[str, object], code: int) -> None:
    facts.write_text(json.dumps(json.loads(facts.read_text()) | change))
    answer = CliRunner().invoke(main, ["rules", "check", str(facts), "--rulebook", "clact_guadeloupe_2023"])
    assert answer.exit_code == code, answer.output


@pytest.mark.parametrize(
    "text", ["", "[]", "{", '{"projects": [{}]}', '{"projects": 3}', '{"submitted_at": "2023-11-06T23:59:59"}']
)
def test_bad_facts_are_one_sentence(facts: Path, text: str) -> None:
    facts.write_text(text)
    answer = check.check(facts, "clact_guadeloupe_2023", "")
    assert answer.code == 2
    assert answer.error
    assert "\n" not in answer.error


def test_json_follows_its_schemas(facts: Path) -> None:
    data = json.loads(facts.read_text())
    jsonschema.Draft202012Validator(check.facts_schema()).validate(data)
    answer = CliRunner().invoke(main, ["rules", "check", str(facts), "--rulebook", "clact_guadeloupe_2023", "--json"])
    found = json.loads(answer.output)
    jsonschema.Draft202012Validator(check.findings_schema()).validate(found)
    assert found["grant"] == "40000.00"


def test_the_deposit_may_be_given(facts: Path) -> None:
    data = json.loads(facts.read_text())
    del data["submitted_at"]
    facts.write_text(json.dumps(data))
    assert check.check(facts, "clact_guadeloupe_2023", "2023-11-06T23:59:59").code == 0
    assert check.check(facts, "clact_guadeloupe_2023", "2023-11-07T00:00:00").code == 1
    assert check.check(facts, "clact_guadeloupe_2023", "demain").code == 2
    assert check.check(facts, "inconnu", "").code == 2


def test_no_django(facts: Path) -> None:
    program = (
        "import sys; sys.modules['django'] = None\n"
        "from avenant.config.cli import main\n"
        f"main(['rules', 'check', {str(facts)!r}, '--rulebook', 'clact_guadeloupe_2023', '--json'])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)  # noqa: S603
    assert result.returncode == 0, result.stderr


def test_facts_without_anything() -> None:
    assert read(Facts, {}) == Facts()
