"""What may leave: small cells hidden with enough others, sealed, verified, and read by a person."""

import json
from pathlib import Path

import pytest

from avenant.collect.declaration import audit_declaration, declare, older_definitions, read_declaration, seal
from avenant.collect.profiles import VARIABLES, Profile
from avenant.collect.refusals import CollectError
from avenant.collect.report import write_report
from avenant.collect.running import Result, dump, run
from avenant.collect.schema import bands, sections
from avenant.collect.secrecy import preview_cross, protect_tables
from avenant.collect.synthesis import Plan, synthesise
from avenant.domain.disclosure import Rules, unproved
from avenant.domain.periods import Period

YEAR = Period.of_year(2025)


def result_of(**tables: dict[str, int]) -> Result:
    """A result with these tables of one variable; the cell follows as many employees as they total."""
    made = {(name,): {(code,): number for code, number in counts.items()} for name, counts in tables.items()}
    total = max((sum(counts.values()) for counts in tables.values()), default=0)
    lineage = {"software": "1", "schema": 1, "extract_sha256": "0" * 64, "checked": True, "definitions": {}}
    return Result(YEAR, {"pdp-1.3:total": total}, {}, made, {}, (), lineage)


def shown(result: Result, name: str, rules: Rules | None = None) -> dict[str, int | None]:
    return {place[0]: number for place, number in protect_tables(result, rules).tables[(name,)].items()}


@pytest.mark.req("S3-6-12")
def test_ten_is_hidden_eleven_is_shown_and_ten_cannot_be_deduced() -> None:
    assert shown(result_of(sexe={"Femmes": 30, "Hommes": 11}), "sexe")["Hommes"] == 11
    told = shown(result_of(sexe={"Femmes": 15, "Hommes": 10}), "sexe")
    assert told["Total"] == 25
    assert (told["Femmes"], told["Hommes"]) == (None, None)


@pytest.mark.parametrize(("size", "visible"), [(10, False), (11, True), (12, True)])
def test_the_threshold_is_exact(size: int, visible: bool) -> None:
    told = shown(result_of(origine={"Maladie": 50, "AT/MP": size, "Non connu": 20}), "origine")
    assert (told["AT/MP"] is not None) is visible


def test_the_parameters_of_the_profile_are_those_proposed_and_the_threshold_changes_the_tables() -> None:
    assert [label for label, _, _ in bands("age")] == [
        "moins de 25 ans", "25-34 ans", "35-44 ans", "45-54 ans", "55 ans et plus",
    ]  # fmt: skip
    assert [label for label, _, _ in bands("size")] == ["moins de 10", "10-49", "50-249", "250 et plus"]
    assert "".join(sections()) == "ABCDEFGHIJKLMNOPQRSTU"
    result = result_of(sexe={"Femmes": 15, "Hommes": 6})
    assert shown(result, "sexe", Rules())["Hommes"] is None
    assert shown(result, "sexe", Rules(persons=5))["Hommes"] == 6


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Result:
    folder = tmp_path_factory.mktemp("extract") / "made"
    synthesise(folder, Plan(300, 9_000, 20_000))
    return run(folder, YEAR, crosses=[("âge", "sexe")], stages=("Stade 1", "Stade 2", "Stade 3"))


@pytest.mark.req("S3-6-10")
def test_the_six_profile_variables_are_drawn_from_the_records(counted: Result) -> None:
    for name in ("sexe", "âge", "secteur", "taille", "raison", "pathologie"):
        assert sum(counted.tables[(name,)].values()) == counted.figures["pdp-1.3:total"] > 0


def test_everything_shown_is_proved_by_additions(counted: Result) -> None:
    outcome = protect_tables(counted).outcome
    assert outcome is not None
    assert outcome.assessment.requirements
    assert not unproved(outcome.assessment, outcome.hidden, outcome.proofs)


def test_the_declaration_says_no_small_cell_and_no_reason(counted: Result) -> None:
    content = declare(counted, protect_tables(counted), Rules())
    for table in content["tables"]:
        assert all(line[-1] is None or line[-1] == 0 or line[-1] >= 11 for line in table["cells"])
    written = dump({**content, "lineage": {}})
    assert not any(word in written for word in ("dominance", "primary", "witness", "behind"))
    persons = [counted.behind[key] for key in content["dashboard"] if key in counted.behind]
    assert persons
    assert all(one == 0 or one >= 11 for one in persons), "what steers a cell is no smaller"
    assert content["lineage"]["extract_sha256"] == counted.lineage["extract_sha256"]
    assert content["values"]["pdp-1.3"] == {"total": counted.figures["pdp-1.3:total"]}


def test_the_same_result_gives_the_same_bytes(counted: Result) -> None:
    written = [dump(declare(counted, protect_tables(counted), Rules())) for _ in range(2)]
    assert written[0] == written[1]


def test_a_total_too_small_withholds_its_tables() -> None:
    protected = protect_tables(result_of(sexe={"Femmes": 5, "Hommes": 3}))
    assert protected.tables == {}
    assert protected.withheld == (("sexe",),)


def declared(tmp_path: Path, result: Result) -> Path:
    path = tmp_path / "declaration.json"
    path.write_text(dump(declare(result, protect_tables(result), Rules())), encoding="utf-8")
    return path


def test_a_declaration_is_read_back_and_proved(tmp_path: Path, counted: Result) -> None:
    content = read_declaration(declared(tmp_path, counted))
    audit_declaration(content, counted, protect_tables(counted))
    assert older_definitions(content, counted) == ()


def test_a_tampered_declaration_is_refused(tmp_path: Path, counted: Result) -> None:
    path = declared(tmp_path, counted)
    path.write_text(path.read_text(encoding="utf-8").replace('"total": ', '"total": 1', 1), encoding="utf-8")
    with pytest.raises(CollectError, match="modifié"):
        read_declaration(path)


def test_a_seal_made_anew_does_not_hide_what_was_added(tmp_path: Path, counted: Result) -> None:
    path = declared(tmp_path, counted)
    content = json.loads(path.read_text(encoding="utf-8"))
    table = next(one for one in content["tables"] if any(line[-1] is None for line in one["cells"]))
    next(line for line in table["cells"] if line[-1] is None)[-1] = 3
    path.write_text(json.dumps({**content, "seal": seal(content)}), encoding="utf-8")
    with pytest.raises(CollectError, match="secret permet"):
        audit_declaration(read_declaration(path), counted, protect_tables(counted))


def test_a_declaration_with_an_older_definition_is_seen(counted: Result) -> None:
    content = declare(counted, protect_tables(counted), Rules())
    old = {
        **content,
        "lineage": {**content["lineage"], "definitions": {**content["lineage"]["definitions"], "pdp-1.5:total": 0}},
    }
    assert older_definitions(old, counted) == ("pdp-1.5:total",)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": "other"}'])
def test_what_is_not_a_declaration(tmp_path: Path, text: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(CollectError, match="pas une déclaration"):
        read_declaration(path)


def test_the_report_shows_the_flow_of_the_cell_its_rates_and_what_is_hidden(counted: Result) -> None:
    page = write_report(counted, protect_tables(counted), Rules(), former=counted, service="Service <fictif>")
    for said in ("Orientations vers la cellule", "Consentements signés", "Salariés suivis", "Plans de retour", "stable",
                 "Maintiens et reclassements", "Refus ou non aboutis", "caché", "Moins de 11 personnes"):  # fmt: skip
        assert said in page
    assert "<script" not in page
    assert "Service &lt;fictif&gt;" in page


def test_a_breakdown_is_tried_before_it_is_promised() -> None:
    place = ("Non connu",) * len(VARIABLES)
    profile = Profile({("Femmes", "25-34 ans", *place[2:]): 40, ("Hommes", "25-34 ans", *place[2:]): 40})
    assert preview_cross(profile, ["sexe"]).sentence().startswith("Au moins 0")
    with pytest.raises(CollectError, match="variable du profil"):
        preview_cross(profile, ["couleur"])
