"""The whole texts of the contracts, as kept in the reference files."""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections import Counter
from datetime import date
from importlib.resources import files
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from avenant.references.contract_texts import (
    AnnexStatus,
    BrokenText,
    ClauseKind,
    ContextTable,
    ContractText,
    Effect,
    Nature,
    Recurrence,
    contract_text_keys,
    load_contract_text,
    load_frameworks,
    load_purposes,
    parse_contract_text,
)
from avenant.references.indicator_sets import load_set, set_codes
from avenant.references.reading import read

PACA = load_contract_text("cpom-durance-luberon-2025-2029")
GUADELOUPE = load_contract_text("cpom-guadeloupe-2025-2030")
MARTINIQUE = load_contract_text("convention-martinique-2022-2025")
TEXTS = [PACA, GUADELOUPE, MARTINIQUE]
FOLDER = files("avenant.references") / "contracts"
# The surnames that the source documents print, hashed so that they are named nowhere.
SURNAMES = {
    "53cdd59fcc4aed05",
    "7afddf00368880f3",
    "4f43c5a1f883a3bd",
    "661eaaff47a56e51",
    "10bf9528887f8101",
    "2993f8453f06da87",
    "5efcd627ce44ad96",
    "190dd45d466e00f3",
}


def plain(text: str) -> str:
    """As typed: straight apostrophes and ordinary spaces."""
    return text.replace("’", "'").replace("\u202f", " ")


def table(text: ContractText, key: str) -> ContextTable:
    return next(one for one in text.tables if one.key == key)


def figures(text: ContractText) -> dict[str, Any]:
    return {one.key: one.number for one in text.figures}


def content_of(key: str) -> dict[str, Any]:
    """The raw content of a contract's files, as one mapping."""
    folder = FOLDER / "texts" / key
    head = tomllib.loads((folder / "head.toml").read_text(encoding="utf-8"))
    for name in head.pop("files"):
        for title, entries in tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8")).items():
            head.setdefault(title, []).extend(entries)
    return head


def strings(content: Any) -> list[str]:
    if isinstance(content, str):
        return [content]
    if isinstance(content, dict):
        return [text for one in content.values() for text in strings(one)]
    if isinstance(content, list | tuple):
        return [text for one in content for text in strings(one)]
    return []


def articles(text: ContractText) -> list[str]:
    return [one.number for _, one in text.walk() if one.kind is ClauseKind.ARTICLE]


def parties(text: ContractText) -> list[str]:
    return [one.organisation for one in text.parties]


class TestEveryText:
    def test_three_contracts_are_kept_whole(self) -> None:
        assert contract_text_keys() == tuple(sorted(one.key for one in TEXTS))

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_walking_meets_every_clause_once_and_numbers_siblings_from_one(self, text: ContractText) -> None:
        met = [one.key for _, one in text.walk()]
        assert sorted(met) == sorted(one.key for one in text.clauses)
        for key in ("", *met):
            assert [one.position for one in text.children(key)] == list(range(1, len(text.children(key)) + 1))

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_each_clause_says_something_and_gives_its_lines(self, text: ContractText) -> None:
        for one in text.clauses:
            assert one.body or one.heading or one.tables or text.children(one.key), one.key
            assert re.fullmatch(r"\d+(-\d+)?(, \d+(-\d+)?)*", one.lines), one.key
            for line in one.lines.split(", "):
                first, _, last = line.partition("-")
                assert int(first) <= int(last or first), one.key

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_bodies_are_clean(self, text: ContractText) -> None:
        for one in text.clauses:
            assert one.body == one.body.strip(), one.key
            assert not re.search(r"[✓☞•\t<>{}\[\]^]|\n\n\n|  - .*\n\n  |[^\n ]  |\bPARS\b| \n", one.body), one.key
            assert "'" not in one.body, one.key

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_organisations_and_units_are_known(self, text: ContractText) -> None:
        known = {
            one["key"]: {unit["key"] for unit in one.get("units", [])} for one in read("organisations")["organisation"]
        }
        for party in text.parties:
            assert known[party.organisation] >= set(party.units), party.organisation
        for one in text.commitments:
            owed = set().union(*(known[party] for party in one.parties))
            assert owed >= set(one.units), one.key
        consulted = {one.organisation for one in text.consultations} - {""}
        assert known.keys() >= consulted

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_indicators_are_defined(self, text: ContractText) -> None:
        known = {one.code for code in set_codes() for one in load_set(code).definitions}
        named = {code for one in text.clauses for code in one.indicators}
        named |= {code for one in text.clauses if one.sheet for code in one.sheet.indicators}
        named |= {code for one in text.commitments for code in one.indicators}
        assert known >= named

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_the_head_of_the_contract_agrees_with_its_text(self, text: ContractText) -> None:
        head = tomllib.loads((FOLDER / f"{text.key}.toml").read_text(encoding="utf-8"))
        assert (text.kind, text.territory) == (head["kind"], head["territory"])
        assert text.title == plain(head["title"])
        assert (text.term.starts_on, text.term.ends_on) == (head.get("starts_on"), head.get("ends_on"))
        assert text.term.duration_years == head.get("duration_years")
        assert text.title_period == head.get("title_period", "")
        told = {(one.organisation, one.role, plain(one.capacity).casefold()) for one in text.parties}
        assert told == {(one["organisation"], one["role"], one.get("capacity", "").casefold()) for one in head["party"]}

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_every_action_names_its_party_in_charge_and_a_purpose_that_the_contract_lists(
        self, text: ContractText
    ) -> None:
        for one in text.clauses:
            if one.kind in (ClauseKind.SHEET, ClauseKind.ACTION):
                assert one.sheet is not None, one.key
                assert one.sheet.pilot in parties(text), one.key
        sheets = [one for one in text.clauses if one.kind is ClauseKind.SHEET and one.sheet and not one.sheet.missing]
        assert all(one.purposes for one in sheets)

    @pytest.mark.parametrize("text", TEXTS, ids=lambda one: one.key)
    def test_an_optional_commitment_is_never_due_on_a_day(self, text: ContractText) -> None:
        for one in text.commitments:
            if one.nature is Nature.OPTIONAL:
                assert one.due_on is None
                assert not one.due_days
                assert one.recurrence is Recurrence.AS_NEEDED, one.key

    def test_no_natural_person_is_named(self) -> None:
        texts = [text for path in FOLDER.iterdir() if path.name.endswith(".toml") for text in strings(read_file(path))]
        texts += [text for key in contract_text_keys() for text in strings(content_of(key))]
        words = {word.casefold() for text in texts for word in re.findall(r"[^\W\d_]+", text)}
        assert not {word for word in words if hashlib.sha256(word.encode()).hexdigest()[:16] in SURNAMES}
        assert not words & {"monsieur", "madame", "mme", "dr", "docteur"}

    def test_a_name_left_out_is_said(self) -> None:
        left = {(text.key, one.key) for text in TEXTS for one in text.clauses if one.person_left_out}
        assert left == {(PACA.key, "signatures"), (PACA.key, "fiche-2-2-copil"), (GUADELOUPE.key, "signatures")}


def read_file(path: Any) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


class TestRefusals:
    @pytest.mark.parametrize(
        ("change", "says"),
        [
            (lambda c: c["clauses"].append(c["clauses"][0]), "clause visas stands 2 times"),
            (lambda c: c["clauses"][2].update(parent="art-99"), "without its parent art-99"),
            (lambda c: c["clauses"].insert(0, c["clauses"].pop(2)), "stands before or without its parent"),
            (lambda c: c["commitments"][0].update(parties=["ars-paca"]), "names ars-paca, which is not a party"),
            (lambda c: c["commitments"][0].update(parties=[]), "has no party"),
            (lambda c: c["commitments"][0].update(clause="art-12"), "points at the clause art-12"),
            (lambda c: c["commitments"][0].update(category="autre"), "the category autre"),
            (lambda c: c["commitments"][0].update(nature="ferme"), "'ferme' is not a valid Nature"),
            (lambda c: c["commitments"][0].update(owner="x"), "unknown owner"),
            (lambda c: c["commitments"][0].pop("label"), "label missing"),
            (lambda c: c["frameworks"][0].update(framework="prst-5"), "the framework prst-5"),
            (lambda c: c["purposes"].pop(0), "which the contract does not list"),
            (lambda c: c["tables"][0]["rows"][0]["values"].pop(), "7 values for 8 columns"),
            (lambda c: c["tables"][3].pop("missing"), "has no row and does not say why"),
        ],
    )
    def test_a_text_that_contradicts_itself_is_refused_and_the_entry_named(self, change: Any, says: str) -> None:
        content = content_of(PACA.key)
        change(content)
        with pytest.raises(BrokenText, match=re.escape(says)):
            parse_contract_text(content)

    def test_a_text_that_is_not_kept_is_not_found(self) -> None:
        with pytest.raises(FileNotFoundError):
            load_contract_text("cpom-inconnu")

    @given(key=st.sampled_from([one.key for one in PACA.clauses]))
    def test_the_article_of_a_clause_stands_at_or_above_it(self, key: str) -> None:
        article = PACA.article_of(key)
        assert article.kind is ClauseKind.ARTICLE or not article.parent
        above = [key]
        while parent := PACA.clause(above[-1]).parent:
            above.append(parent)
        assert article.key in above


class TestPaca:
    @pytest.mark.req("S3-7-12")
    def test_articles_one_to_nine_in_order_disputes_under_nine_signatures_last(self) -> None:
        assert articles(PACA) == [f"Article {number}" for number in range(1, 10)]
        assert PACA.children()[-1].kind is ClauseKind.SIGNATURE
        assert PACA.article_of("art-9-litiges").number == "Article 9"
        disputes = plain(PACA.clause("art-9-litiges").body)
        assert "résoudre à l'amiable" in disputes
        assert "lettre recommandée avec accusé de réception envoyée aux autres signataires" in disputes
        assert "tribunal compétent" in disputes
        seven = PACA.clause("art-7").body
        assert seven.index("représentants de chacune des parties") < seven.index("Son secrétariat")
        assert "amiable" not in seven
        assert any("désordre" in note for note in PACA.notes)

    @pytest.mark.req("S3-9-04")
    def test_in_force_from_2025_with_three_signatories_whose_dates_are_to_be_completed(self) -> None:
        assert (PACA.term.effect, PACA.term.starts_on, PACA.term.ends_on) == (
            Effect.FIXED,
            date(2025, 1, 1),
            date(2029, 12, 31),
        )
        assert (PACA.signed_at, PACA.signed_on) == ("", None)
        assert [one.signed_on for one in PACA.parties] == [None] * 3
        assert all(one.signature_to_confirm and "à compléter" in one.signature_note for one in PACA.parties)
        assert len([one for one in PACA.missing() if one.startswith("Signature")]) == 3

    def test_parties_with_their_nature_seat_and_capacity(self) -> None:
        """The printed header without the persons who sign."""
        told = {one.short_name: (plain(one.legal_nature), plain(one.seat), plain(one.capacity)) for one in PACA.parties}
        assert told["DREETS PACA"] == (
            "Service déconcentré de l'Etat",
            "23/25, rue Borde CS 10009 – 13285 Marseille cedex 08",
            "Directeur Régional",
        )
        assert told["Carsat Sud-Est"] == (
            "Organisme privé chargé d'une mission de service public",
            "35 rue George - 13386 Marseille cedex 20",
            "Directeur général",
        )
        nature, seat, capacity = told["SPSTi"]
        assert "loi du 1er juillet 1901" in nature
        assert seat == "353 Route du Moulin de Losque – Quartier de la Lauze – 84301 CAVAILLON Cédex"
        assert capacity == "Président"

    @pytest.mark.req("S3-V-05")
    def test_it_applies_the_instruction_that_the_guadeloupe_contract_applies(self) -> None:
        for text in (PACA, GUADELOUPE):
            [applied] = [one for one in text.references if one.key == "instruction-2024-132"]
            assert (applied.label, applied.dated, applied.relation) == (
                "DGT/CT1/CNAM/DRP/2024/132",
                date(2024, 7, 12),
                "applies",
            )

    def test_bodies_to_consult_before_signature(self) -> None:
        assert [(one.key, plain(one.basis)) for one in PACA.consultations] == [
            ("crpst", "article D. 4622-44 du code du travail"),
            ("ars", "article L.4622-10 du code du travail"),
        ]

    @pytest.mark.req("S3-2-01")
    def test_nine_frameworks_with_their_period_where_given(self) -> None:
        periods = {one.framework: one.period_printed for one in PACA.frameworks}
        assert periods == {
            "prst-4-paca": "",
            "cog-atmp-2023-2028": "2023-2028",
            "cog-maladie-2023-2027": "2023-2027",
            "patgm-2022-2025": "2022-2025",
            "diagnostics-paca": "",
            "prs-paca-2023-2028": "2023-2028",
            "prith-paca": "",
            "prse-paca": "",
            "projets-de-service": "",
        }
        body = plain(PACA.clause("art-2").body).casefold()
        assert all(plain(one.wording).casefold() in body for one in PACA.frameworks)

    @pytest.mark.req("S3-2-02")
    def test_actions_serve_the_eight_purposes_listed(self) -> None:
        assert [one.number for one in PACA.purposes] == list(range(1, 9))
        assert [one.purpose for one in PACA.purposes] == list(load_purposes())
        body = plain(PACA.clause("art-2").body)
        assert all(plain(one.wording) in body for one in PACA.purposes)
        actions = [one for one in PACA.clauses if one.kind is ClauseKind.SHEET]
        assert len(actions) == 7
        assert all(one.purposes for one in actions)

    @pytest.mark.req("S3-3-13")
    def test_the_service_project_has_four_axes_and_thirteen_projects(self) -> None:
        [project] = PACA.service_projects
        assert (project.first_year, project.last_year) == (2021, 2025)
        assert (project.proposed_by, plain(project.validated_by)) == ("CMT", "Conseil d'Administration")
        assert project.validated_on == date(2021, 12, 16)
        assert {one.number: [each.number for each in one.projects] for one in project.axes} == {
            1: [1, 2, 3],
            2: [7, 8, 9],
            3: [4, 5, 6],
            4: [10, 11, 12, 13],
        }
        assert [plain(one.title) for one in project.axes] == [
            "Veiller sur la santé des travailleurs",
            "Prévenir la désinsertion professionnelle et favoriser le maintien en emploi",
            "Accompagner une démarche continue et adaptée de prévention en partenariat avec les entreprises",
            "S'engager ensemble pour adapter le service aux changements",
        ]
        body = plain(PACA.clause("art-3-projet").body).casefold()
        for one in (each for axis in project.axes for each in axis.projects):
            assert f"projet {one.number} : {plain(one.title).casefold()}" in body

    def test_accreditation_without_expiry(self) -> None:
        [one] = PACA.accreditations
        assert (one.organisation, one.number, one.dated, one.expires_on) == (
            "satdl",
            "2022/03",
            date(2022, 4, 11),
            None,
        )

    def test_three_strands_the_third_optional(self) -> None:
        strands = [one for one in PACA.children("art-5") if one.kind is ClauseKind.STRAND]
        assert [(plain(one.number), one.mandatory) for one in strands] == [
            ("Volet 1", True),
            ("Volet 2", True),
            ("Volet 3 (facultatif)", False),
        ]

    def test_seven_orientations_of_the_regional_plan(self) -> None:
        orientations = [one for one in PACA.children("volet-1") if one.kind is ClauseKind.ORIENTATION]
        assert len(orientations) == 7
        assert {one.frameworks for one in orientations} == {("prst-4-paca",)}

    @pytest.mark.parametrize(
        ("key", "indicators"),
        [
            pytest.param("objectif-1-1-1", ["1.1.1", "1.1.3"]),
            pytest.param("objectif-1-1-2", ["1.1.2"]),
            pytest.param("objectif-1-2-1", ["1.2.1", "1.2.2", "1.2.3", "1.2.4"], marks=pytest.mark.req("S3-5.V1.2-01")),
            pytest.param("objectif-1-2-2", []),
            pytest.param("objectif-1-2-3", ["1.2.5", "1.2.6"]),
            pytest.param("objectif-1-2-4", [f"1.2.{number}" for number in range(6, 13)]),
            pytest.param("objectif-1-3-1", ["1.3.1"], marks=pytest.mark.req("S3-5.V1.3-01")),
            pytest.param("objectif-1-3-2", ["1.3.2"]),
            pytest.param("objectif-1-3-3", ["1.3.3", "1.3.4"]),
            pytest.param("objectif-1-3-4", ["1.3.4", "1.3.5"]),
            pytest.param("action-2-1-1-a", ["2.1.1"]),
            pytest.param("action-2-1-1-b", ["2.1.2"]),
            pytest.param("action-2-1-1-c", ["2.1.3"]),
            pytest.param("action-2-1-2-a", ["2.2.1"]),
            pytest.param("action-2-1-2-b", ["2.2.2", "2.2.3"]),
            pytest.param("action-2-1-3-a", ["2.3.1", "2.3.2"]),
            pytest.param("action-2-1-4-a", []),
            pytest.param("action-2-1-4-b", ["2.4.1"]),
            pytest.param("objectif-3-1-1", ["3.2.1", "3.2.4"]),
            pytest.param("objectif-3-1-2", ["3.1.1"]),
            pytest.param("objectif-3-2-1", ["3.2.2"]),
            pytest.param("objectif-3-2-4", ["3.2.3"]),
        ],
    )
    def test_objectives_and_their_indicators(self, key: str, indicators: list[str]) -> None:
        objective = PACA.clause(key)
        assert objective.body
        assert objective.sheet is not None
        assert list(objective.sheet.indicators) == [f"satdl-{code}" for code in indicators]
        assert bool(objective.sheet.indicators_note) is (not indicators)
        assert [clause.key for clause in PACA.clauses if set(objective.sheet.indicators) & set(clause.indicators)] or (
            not indicators
        )

    @pytest.mark.req("S3-5.V2.2-01")
    def test_the_fact_project_has_seven_points_of_context_and_two_levers(self) -> None:
        project = PACA.clause("fiche-2-2")
        assert project.parent == "volet-2"
        assert "aide à domicile" in project.heading
        points = [plain(one.body) for one in PACA.children("fiche-2-2-contexte") if one.item]
        assert len(points) == 7
        for point, said in zip(
            points,
            (
                "peu qualifiée, majoritairement féminine, plutôt vieillissante",
                "salariés isolés",
                "risque fort d'incapacité et d'usure au travail accentué avec l'âge",
                "temps partiel",
                "turn-over et un absentéisme",
                "nouvelles compétences par la qualification",
                "coordination avec d'autres acteurs",
            ),
            strict=True,
        ):
            assert said in point
        levers = plain(PACA.clause("fiche-2-2-leviers").body)
        assert "l'intégration des nouvelles recrues" in levers
        assert "l'organisation du travail" in levers

    def test_the_fact_project_has_two_steering_groups_named_by_function(self) -> None:
        """Two of the members are named persons in the source: their function is kept, not their name."""
        groups = {one.key: [plain(each.member) for each in one.members] for one in PACA.committees}
        assert groups["copil-fact-institutionnel"] == ["DDETS 84", "UNIFORMATION : chargée de mission"]
        assert groups["copil-fact-satdl"] == [
            "Médecin du travail SAT Durance Luberon",
            "Équipe pluridisciplinaire du service composée d'infirmières en santé au travail et de préventeurs",
            "Consultant externe ergonomiste et psychologue du travail",
        ]

    def test_the_fact_project_waits_for_an_answer(self) -> None:
        sheet = PACA.clause("fiche-2-2").sheet
        assert sheet is not None
        assert "soumis le 26/09/2024 à la mission FACT, en attente de retour" in sheet.progress
        assert len(sheet.effects) == 2
        assert not sheet.indicators

    def test_article_six_prints_the_62_indicators(self) -> None:
        printed = [row[0].rstrip("*") for one in PACA.clauses for each in one.tables for row in each.rows]
        assert len(printed) == 14 + 42
        asked = [code for one in PACA.clauses for code in one.indicators]
        assert Counter(asked).most_common(1)[0][1] == 1
        assert set(asked) == {one.code for code in ("pdp", "satdl", "a4") for one in load_set(code).definitions}
        starred = [row[0] for one in PACA.clauses for each in one.tables for row in each.rows if row[0].endswith("*")]
        assert starred == ["1.1*", "1.2*", "1.3*", "1.5*", "1.6*", "1.7*", "1.10*", "1.11*"]

    def test_commitments_by_party(self) -> None:
        assert Counter(party for one in PACA.commitments for party in one.parties) == {
            "dreets-paca": 13,
            "carsat-sud-est": 16,
            "satdl": 20,
        }
        of_article_four = [one.key for one in PACA.commitments if one.clause == "art-4"]
        assert len(of_article_four) == 5
        three = [one for one in PACA.commitments if one.clause == "volet-1-parties"]
        assert [len(one.parties) for one in three] == [3] * 4
        assert {one.nature for one in PACA.commitments} == {Nature.FIRM}
        for one in PACA.commitments:
            if one.key != "eng-secretariat":
                assert plain(one.text) in plain(PACA.clause(one.clause).body), one.key

    def test_the_committee_as_printed(self) -> None:
        committee = next(one for one in PACA.committees if one.key == "comite-de-suivi")
        assert {one.party for one in committee.members} == set(parties(PACA))
        assert (committee.sessions_per_year, committee.window, committee.secretariat) == (
            1,
            ("03-01", "04-30"),
            "satdl",
        )
        assert len(committee.secretariat_tasks) == len(committee.missions) == 2
        assert committee.calendar_by == ("dreets-paca", "carsat-sud-est")
        assert (committee.calendar_day, committee.calendar_proposed) == ("12-15", True)
        assert (committee.set_up_year, committee.first_year, committee.last_year) == (2025, 2025, 2029)

    def test_denunciation_amendment_and_the_missing_notice(self) -> None:
        [denunciation] = PACA.terminations
        assert (denunciation.by, denunciation.notice_months, denunciation.amicable_first) == ("one", None, True)
        assert [one.key for one in PACA.amendments] == ["duree", "contenu"]


EMPLOYMENT = {
    "salaries": [48314, 46887, 348614, 725480, 309295, 180499, 1659090, 23187364],
    "duree-illimitee": [39109, 35317, 301473, 621012, 260593, 150254, 1407757, 19592358],
    "duree-limitee": [6609, 9475, 32039, 68752, 35289, 20467, 172631, 2263315],
    "apprentis": [1242, 1074, 7417, 16752, 6485, 4626, 37596, 609153],
    "interimaires": [733, 486, 4755, 12133, 4081, 3088, 25277, 476862],
    "emploi-aide": [525, 448, 2061, 4619, 2356, 1751, 11759, 166300],
    "stagiaires": [97, 87, 869, 2212, 492, 313, 4070, 79377],
    "non-salaries": [11540, 11515, 69476, 104726, 65455, 36885, 299597, 3252386],
    "independants": [7360, 7104, 45040, 66737, 42922, 22695, 191857, 1955682],
    "employeurs": [4030, 4251, 23718, 37192, 21729, 13729, 104648, 1263048],
    "aides-familiaux": [150, 160, 717, 797, 805, 462, 3091, 33656],
    "total": [59854, 58402, 418090, 830206, 374750, 217385, 1958686, 26439750],
}


class TestFiguresOfPaca:
    @pytest.mark.req("S3-3-01")
    def test_employment_by_condition(self) -> None:
        employment = table(PACA, "emploi-2020")
        assert [one.label for one in employment.columns] == [
            "Alpes-de-Haute-Provence",
            "Hauts-Alpes",
            "Alpes-Maritimes",
            "Bouches-du-Rhône",
            "Var",
            "Vaucluse",
            "Paca",
            "France métro.",
        ]
        assert {one.key: list(one.values) for one in employment.rows} == EMPLOYMENT
        assert (employment.period, plain(employment.source)) == ("2020", "DREETS PACA, chiffres clés 2020")
        assert employment.value("total", "84") == 217385
        assert employment.value("salaries", "R93") == 1659090
        assert employment.value("apprentis", "FR") == 609153

    @pytest.mark.req("S3-3-03")
    def test_sixteen_rounding_notes_and_no_more(self) -> None:
        employment = table(PACA, "emploi-2020")
        gaps = employment.gaps()
        by_row = {gap.at: gap.amount for gap in gaps if gap.sum.axis == "columns"}
        assert by_row == {
            "salaries": -1,
            "duree-illimitee": 1,
            "interimaires": -1,
            "emploi-aide": 1,
            "independants": 1,
            "employeurs": 1,
            "total": 1,
        }
        details = {(gap.at, gap.sum.total): gap.amount for gap in gaps if gap.sum.axis == "rows"}
        assert details == {
            ("04", "salaries"): 1,
            ("83", "salaries"): 1,
            ("FR", "salaries"): 1,
            ("06", "non-salaries"): -1,
            ("83", "non-salaries"): 1,
            ("84", "non-salaries"): 1,
            ("R93", "non-salaries"): -1,
            ("84", "total"): -1,
            ("R93", "total"): 1,
        }
        assert (len(by_row), len(details), employment.tolerance) == (7, 9, 1)

        content = content_of(PACA.key)
        row = next(one for one in content["tables"][0]["rows"] if one["key"] == "apprentis")
        row["values"][3] += 5
        with pytest.raises(BrokenText, match="« Apprentis, Bouches-du-Rhône »"):
            parse_contract_text(content)

    @pytest.mark.parametrize("off", [-2, 2])
    def test_a_sum_off_by_two_is_no_rounding(self, off: int) -> None:
        """« Alpes-de-Haute-Provence » adds up by departments for « Stagiaires »: one unit more or less is the limit."""
        content = content_of(PACA.key)
        row = next(one for one in content["tables"][0]["rows"] if one["key"] == "total")
        row["values"][7] += off
        with pytest.raises(BrokenText, match="France métro"):
            parse_contract_text(content)
        row["values"][7] -= off // 2
        assert parse_contract_text(content)

    @pytest.mark.req("S3-3-02")
    def test_two_headline_figures_with_their_dates(self) -> None:
        told = {one.key: (one.number, one.period) for one in PACA.figures}
        assert told["population-active"] == (1958686, "2020")
        assert told["entreprises-actives"] == (585718, "31/12/2020")

    @pytest.mark.req("S3-3-04")
    def test_regional_activity_of_the_services(self) -> None:
        told = figures(PACA)
        assert (told["services"], told["etablissements-suivis"], told["salaries-suivis"]) == (14, 133405, 1277127)
        assert {one.source for one in PACA.figures if one.key in ("services", "salaries-suivis")} == {
            "enquête 2022, DGT"
        }
        assert round(told["salaries-suivis"] / told["services"]) == 91223

    @pytest.mark.req("S3-3-05")
    def test_accidents_and_diseases_of_2021(self) -> None:
        told = {one.key: (one.number, one.period, one.source) for one in PACA.figures}
        assert told["at-avec-arret"][:2] == (51960, "2021")
        assert told["maladies-professionnelles"][:2] == (2520, "2021")
        assert "Carsat Sud-Est" in told["at-avec-arret"][2]

    @pytest.mark.req("S3-3-06")
    def test_fatal_accidents_of_2023_add_up(self) -> None:
        fatal = table(PACA, "accidents-mortels-2023")
        assert {one.key: one.values[0] for one in fatal.rows} == {
            "total": 71,
            "travail": 52,
            "trajet": 19,
            "malaises": 37,
            "hors-malaises": 15,
            "routier": 5,
            "chutes": 4,
            "suicides": 2,
            "manutention": 2,
            "machines": 1,
            "agression": 1,
        }
        assert not fatal.gaps()
        assert len(fatal.sums) == 3
        assert "Système d’Inspection du Travail" in fatal.source
        assert "régime général" in fatal.scope

        content = content_of(PACA.key)
        row = next(one for one in content["tables"][1]["rows"] if one["key"] == "agression")
        row["values"] = [2]
        with pytest.raises(BrokenText, match="accidents-mortels-2023"):
            parse_contract_text(content)

    def test_discomfort_is_a_part_of_work_accidents_never_added(self) -> None:
        fatal = {one.key: one for one in table(PACA, "accidents-mortels-2023").rows}
        assert fatal["malaises"].within == "travail"
        assert sum(one.values[0] for one in fatal.values() if one.within == "total") == 71

    @pytest.mark.req("S3-3-08")
    def test_the_social_service_in_2023(self) -> None:
        told = figures(PACA)
        values = [told[key] for key in ("ssam-accompagnements", "ssam-personnes", "ssam-entretiens")]
        assert values == [13072, 12812, 42335]
        assert {one.period for one in PACA.figures if one.key.startswith("ssam")} == {"2023"}
        assert round(values[2] / values[1], 2) == 3.30

    def test_four_blocks_are_images_that_the_source_lacks(self) -> None:
        lacking = [one for one in PACA.tables if one.missing]
        assert [one.key for one in lacking] == [
            "adherents-salaries-suivis",
            "activite-chiffres-cles",
            "fiches-entreprise",
            "collecte-duerp",
        ]
        assert not any(one.rows for one in lacking)

    @pytest.mark.req("S3-3-11")
    def test_thirteen_types_of_workplace_actions(self) -> None:
        actions = table(PACA, "actions-milieu-travail")
        assert {plain(one.label): one.values for one in actions.rows} == {
            "Fiche d'entreprise": (1116, 729),
            "Etude de poste": (275, 457),
            "Échange avec employeur / salarié": (256, 177),
            "Information - Sensibilisation - Formation": (70, 145),
            "Document Unique": (15, 83),
            "RPS": (2, 34),
            "Participation réunions (CSE, CSSCT...)": (2, 32),
            "Ergonomie": (66, 31),
            "Risque chimique": (6, 10),
            "Métrologie": (15, 9),
            "Autre": (65, 3),
            "RDV de liaison": (0, 1),
            "Suivi d'action": (11, 0),
            "Total": (1899, 1711),
        }
        [total] = actions.sums
        assert (len(total.parts), actions.tolerance, actions.gaps()) == (13, 0, ())
        assert round((1711 - 1899) / 1899 * 100, 1) == -9.9

    def test_the_title_and_a_label_are_corrected_and_the_print_kept(self) -> None:
        actions = table(PACA, "actions-milieu-travail")
        assert actions.title == "Actions en milieu de travail 2022-2023"
        assert actions.printed_title == "Actions en milieu de travail – année 2023"
        assert [one.printed_label for one in actions.rows if one.label == "Métrologie"] == ["Métriologie"]

    @pytest.mark.req("S3-5.V2.1-02")
    def test_four_reference_figures_on_musculoskeletal_disorders(self) -> None:
        told = {one.key: one for one in PACA.figures if one.key.startswith("tms-")}
        assert {key: one.number for key, one in told.items()} == {
            "tms-part-mp": 87,
            "tms-colonne": 20,
            "tms-cout": 2_000_000_000,
            "tms-sequelles": 50,
        }
        assert {(one.source, one.period, one.clause) for one in told.values()} == {("CNAM", "2021", "fiche-2-1")}
        assert plain(told["tms-cout"].value) == "près de deux milliards d'euros"
        assert plain(told["tms-sequelles"].value) == "près de la moitié"


class TestGuadeloupe:
    def test_legal_references_and_the_instruction(self) -> None:
        told = {one.key: one for one in GUADELOUPE.references}
        assert told["ct-visas"].articles == ("L4622-10", "D4622-44", "D4622-45", "D4622-46", "D4622-47")
        assert told["ct-visas"].code == "Code du travail"
        instruction = told["instruction-2024-132"]
        assert (instruction.label, instruction.dated) == ("DGT/CT1/CNAM/DRP/2024/132", date(2024, 7, 12))
        assert {one.relation for one in (told["ct-visas"], instruction)} == {"applies"}

    def test_three_parties_by_capacity_and_a_blank_date(self) -> None:
        assert {one.short_name: one.capacity for one in GUADELOUPE.parties} == {
            "CIST 97.1": "Directrice générale",
            "DEETS": "Directeur",
            "CGSS": "Directeur",
        }
        assert (GUADELOUPE.signed, GUADELOUPE.signed_on, GUADELOUPE.signed_at) == (False, None, "Baie-Mahault")
        assert (GUADELOUPE.term.duration_years, GUADELOUPE.title_period) == (5, "2025-2030")
        assert (GUADELOUPE.term.starts_on, GUADELOUPE.term.ends_on) == (None, None)
        assert articles(GUADELOUPE) == ["I", "II", "III", "IV", "V", "VI"]

    @pytest.mark.req("S1-I-03")
    def test_the_double_logic_of_the_preamble_is_kept_as_objectives(self) -> None:
        logic = [one for one in GUADELOUPE.children("art-1") if one.kind is ClauseKind.OBJECTIVE]
        assert ["synergie des acteurs" in one.body for one in logic] == [True, False]
        assert "partenariat opérationnel" in logic[1].body
        assert "proportionnée" in logic[1].body
        assert "optimisation de ses ressources" in logic[1].body
        assert GUADELOUPE.generation == PACA.generation == 3

    def test_six_frameworks_with_their_periods(self) -> None:
        assert {one.framework: one.period_printed for one in GUADELOUPE.frameworks} == {
            "pst-4": "",
            "cog-atmp-2023-2028": "2023-2028",
            "cog-maladie-2023-2027": "2023-2027",
            "prst-4-guadeloupe": "2022 - 2025",
            "diagnostic-guadeloupe": "",
            "projets-de-service": "",
        }
        following = [one for one in TEXTS if any(each.framework == "cog-atmp-2023-2028" for each in one.frameworks)]
        assert GUADELOUPE in following
        kept = load_frameworks()["cog-atmp-2023-2028"]
        assert (kept.starts_on, kept.ends_on) == (date(2023, 1, 1), date(2028, 12, 31))

    @pytest.mark.req("S1-II-04")
    def test_seven_of_the_eight_purposes(self) -> None:
        shared = load_purposes()
        assert len(shared) == 8
        listed = [one.purpose for one in GUADELOUPE.purposes]
        assert len(listed) == len(GUADELOUPE.coverage()) == 7
        assert set(shared) - set(listed) == {"orientations-cog"}
        assert "Guadeloupe" in shared["orientations-cog"].note

    @pytest.mark.req("S1-II-02")
    def test_coverage_shows_a_purpose_without_action(self) -> None:
        actions = [one for one in GUADELOUPE.clauses if one.kind is ClauseKind.ACTION]
        assert actions
        assert all(one.purposes for one in actions)
        assert [one.number for one in GUADELOUPE.purposes] == list(range(1, 8))
        assert all(GUADELOUPE.coverage().values())

        content = content_of(GUADELOUPE.key)
        for clause in content["clauses"]:
            clause["purposes"] = [one for one in clause.get("purposes", []) if one != "mutualisation"]
        assert [key for key, served in parse_contract_text(content).coverage().items() if not served] == [
            "mutualisation"
        ]

    def test_31_commitments(self) -> None:
        assert Counter(party for one in GUADELOUPE.commitments for party in one.parties) == {
            "deets-guadeloupe": 11,
            "cgss-guadeloupe": 16,
            "cist-97-1": 4,
        }
        assert len(GUADELOUPE.commitments) == 31

    @pytest.mark.req("S1-III.D-01")
    def test_the_labour_directorate_keeps_to_framework_and_procedure(self) -> None:
        first = GUADELOUPE.owed_by("deets-guadeloupe")[0]
        assert "cadre réglementaire" in first.text
        assert "procédure" in first.text
        assert first.nature is Nature.FIRM
        assert first.evidence == ("liste de contrôle de la procédure",)

    def test_natures_of_the_labour_directorate_and_the_service(self) -> None:
        natures = [one.nature for one in GUADELOUPE.owed_by("deets-guadeloupe")]
        assert natures == [Nature.FIRM] * 6 + [Nature.OPTIONAL] * 5
        assert {one.nature for one in GUADELOUPE.owed_by("cist-97-1")} == {Nature.OPTIONAL}
        possible = [one.key for one in GUADELOUPE.owed_by("cgss-guadeloupe") if one.nature is Nature.OPTIONAL]
        assert possible == ["eng-cgss-10", "eng-cgss-12", "eng-cgss-13", "eng-cgss-14"]
        assert any("peut notamment mobiliser" in note for note in GUADELOUPE.notes)

    @pytest.mark.req("S1-III.C-21")
    def test_a_sixth_category_holds_the_social_service_once_with_its_second_wording(self) -> None:
        of_fund = [one for one in GUADELOUPE.categories if one.party == "cgss-guadeloupe"]
        assert [(one.key, one.added) for one in of_fund] == [
            ("organisationnel", False),
            ("informationnel", False),
            ("echanges-entreprises", False),
            ("evenementiel", False),
            ("technique", False),
            ("social-pdp", True),
        ]
        [social] = [one for one in GUADELOUPE.commitments if one.category == "social-pdp"]
        assert (
            social.alias
            == "Soutenir par son service social régional afin de prévenir le risque de désinsertion professionnelle."
        )
        assert social.alias in GUADELOUPE.clause("art-3-cgss-social").body

    @pytest.mark.req("S1-III.C-16")
    def test_the_chemical_sub_agreement(self) -> None:
        chemical, physical = GUADELOUPE.sub_agreements
        assert [plain(one) for one in chemical.items] == [
            "coopération sur le plan de la métrologie",
            "ouverture aux moyens analytiques des laboratoires du Réseau Prévention",
        ]
        assert chemical.model in {one.key for one in GUADELOUPE.references}
        assert physical.topics == (
            "aéraulique",
            "bruit",
            "vibrations",
            "rayonnements",
            "éclairage",
            "ambiances thermiques",
        )
        assert len(physical.items) == 4

    def test_two_laboratories_twice_a_year(self) -> None:
        assert [(one.name, one.measures, one.campaigns_per_year) for one in GUADELOUPE.laboratories] == [
            ("Carsat Hauts-de-France", "chimiques", 2),
            ("Carsat Auvergne", "physiques", 2),
        ]

    def test_four_legal_roles_for_chemical_risk(self) -> None:
        roles = GUADELOUPE.children("art-4-2-roles")
        assert [one.body.split()[0] for one in roles] == ["Apportent", "Conseillent", "Assurent", "Participent"]

    def test_two_strands_each_with_a_sheet_that_the_source_lacks(self) -> None:
        strands = [one for one in GUADELOUPE.clauses if one.kind is ClauseKind.STRAND]
        assert [one.number for one in strands] == ["Volet 1", "Volet 2"]
        for strand in strands:
            [sheet] = [one for one in GUADELOUPE.children(strand.key) if one.kind is ClauseKind.SHEET]
            assert sheet.sheet is not None
            assert sheet.sheet.missing
            assert not sheet.sheet.indicators
        assert [(one.number, one.status) for one in GUADELOUPE.annexes] == [
            ("1", AnnexStatus.MISSING),
            ("2", AnnexStatus.MISSING),
        ]
        report = GUADELOUPE.clause("action-1-2").sheet
        assert report is not None
        assert report.recurrence is Recurrence.YEARLY

    def test_five_clauses_are_absent_and_the_defaults_say_that_they_are_the_platform_s(self) -> None:
        assert [plain(one.label) for one in GUADELOUPE.silences] == [
            "Comité de suivi",
            "Fréquence des réunions",
            "Date de recueil des indicateurs",
            "Confidentialité",
            "Résiliation ou dénonciation",
        ]
        assert all(one.default for one in GUADELOUPE.silences)
        [committee] = GUADELOUPE.committees
        assert committee.platform_default
        assert (committee.sessions_per_year, committee.window) == (1, ("03-01", "04-30"))
        assert not GUADELOUPE.terminations
        assert not any(one.platform_default for text in (PACA, MARTINIQUE) for one in text.committees)


class TestMartinique:
    @pytest.mark.req("S0-P-06")
    def test_a_convention_signed_at_fort_de_france(self) -> None:
        assert (MARTINIQUE.kind, MARTINIQUE.territory) == ("convention", "R02")
        assert (MARTINIQUE.signed_at, MARTINIQUE.signed_on) == ("Fort-de-France", date(2022, 11, 30))
        assert [one.short_name for one in MARTINIQUE.parties] == ["ARS", "CGSS", "DEETS"]
        assert articles(MARTINIQUE) == [f"Article {number}" for number in range(1, 10)]
        parts = [one for one in MARTINIQUE.children() if one.kind is ClauseKind.PART]
        assert [(one.number, one.heading) for one in parts] == [
            ("TITRE 1", "LES DOMAINES DE LA COOPÉRATION"),
            ("TITRE II", "SUIVI DE LA CONVENTION"),
            ("TITRE III", "DURÉE ET RÉSILIATION DE LA CONVENTION"),
        ]
        assert [len([one for one in MARTINIQUE.children(part.key) if one.number]) for part in parts] == [7, 2, 0]
        assert [one.number for one in MARTINIQUE.annexes] == ["1", "2", "3"]

    @pytest.mark.req("S0-P-02")
    def test_each_party_has_its_role_and_framework(self) -> None:
        told = {one.short_name: one for one in MARTINIQUE.parties}
        assert "pilote de la stratégie régionale de la promotion de la Qualité de vie au Travail" in told["ARS"].mission
        assert told["DEETS"].frameworks == ("prst-4-martinique",)
        for said in ("améliorer les conditions de travail", "risques prioritaires", "réduire la sinistralité"):
            assert said in told["DEETS"].mission
        assert told["CGSS"].frameworks == ("cpg-martinique",)
        for said in ("Troubles Musculo Squelettiques", "médico-sociaux", "manutention/mobilisation"):
            assert said in told["CGSS"].mission
        assert "partenaires sociaux" in MARTINIQUE.clause("preambule-cgss").body

        content = content_of(MARTINIQUE.key)
        content["parties"][1].pop("mission")
        with pytest.raises(BrokenText, match="cgss-martinique has no role"):
            parse_contract_text(content)

    def test_units_of_the_parties(self) -> None:
        assert {one.short_name: one.units for one in MARTINIQUE.parties} == {
            "ARS": ("direction-autonomie",),
            "CGSS": ("prevention", "action-sociale"),
            "DEETS": ("pole-travail",),
        }

    def test_the_preamble_reproduces_the_national_instruction(self) -> None:
        [instruction] = [one for one in MARTINIQUE.references if one.relation == "reproduces"]
        assert instruction.label == "INSTRUCTION N°DGCS/4B/2018/177"
        assert len(instruction.content) == 4
        body = plain(MARTINIQUE.clause("preambule-contexte").body)
        assert all(plain(one) in body for one in instruction.content)

    def test_the_fund_supports_enterprises_in_four_ways_and_no_other(self) -> None:
        [support] = [one for one in MARTINIQUE.commitments if one.key == "eng-1-accompagnement-cgss"]
        assert support.parties == ("cgss-martinique",)
        assert [plain(one) for one in support.evidence] == [
            "expertise",
            "conseil",
            "formation",
            "financement (Subvention TPE, annexe 2)",
        ]
        assert support.evidence_closed

    @pytest.mark.req("S0-1-04")
    def test_the_labour_directorate_supports_enterprises_within_the_regional_plan(self) -> None:
        of_article = [
            one
            for one in MARTINIQUE.owed_by("deets-martinique")
            if MARTINIQUE.article_of(one.clause).number == "Article 1"
        ]
        support = next(one for one in of_article if one.key == "eng-1-accompagnement-deets")
        assert support.frameworks == ("prst-4-martinique",)
        assert "médicosocial" in support.text
        assert "prévention des risques professionnels" in support.text

    def test_at_least_one_commitment_for_each_of_the_articles_one_to_eight(self) -> None:
        told = Counter(MARTINIQUE.article_of(one.clause).number for one in MARTINIQUE.commitments)
        assert set(told) == {f"Article {number}" for number in range(1, 9)}

    @pytest.mark.req("S0-1-07")
    def test_annexes_are_attached_to_the_article_that_cites_them_file_or_not(self) -> None:
        told = [
            (one.number, one.title, MARTINIQUE.article_of(one.cited_in[0]).number, one.status)
            for one in MARTINIQUE.annexes
        ]
        assert told == [
            ("1", "Support de présentation CLACT", "Article 1", AnnexStatus.MISSING),
            ("2", "Subventions TPE", "Article 1", AnnexStatus.MISSING),
            ("3", "Liste des établissements ciblés", "Article 2", AnnexStatus.MISSING),
        ]
        assert [one for one in MARTINIQUE.missing() if one.startswith("Annexe 3")]

    @pytest.mark.req("S0-T3-07")
    def test_three_signatures_two_of_which_the_source_does_not_show(self) -> None:
        told = {
            one.short_name: (one.capacity, one.signature_in_source, one.signature_to_confirm, one.signed_on)
            for one in MARTINIQUE.parties
        }
        assert told == {
            "ARS": ("Directeur général", True, False, date(2022, 11, 30)),
            "CGSS": ("", False, True, date(2022, 11, 30)),
            "DEETS": ("", False, True, date(2022, 11, 30)),
        }
        assert MARTINIQUE.term.starts_on == date(2022, 11, 30)
        notes = {one.signature_note for one in MARTINIQUE.parties if one.signature_to_confirm}
        assert notes == {"bloc de signature absent de la source, date à confirmer"}

    def test_term_and_termination(self) -> None:
        assert (MARTINIQUE.term.effect, MARTINIQUE.term.ends_on) == (Effect.SIGNATURE, date(2025, 12, 31))
        assert MARTINIQUE.term.framework == "prst-4-martinique"
        assert MARTINIQUE.term.renewal == ""
        [termination] = MARTINIQUE.terminations
        assert (termination.by, termination.notice_months) == ("all", 3)
        assert [one.key for one in MARTINIQUE.amendments] == ["actions-nouvelles", "champ-remis-en-cause"]
        assert [plain(one) for one in MARTINIQUE.amendments[0].required] == [
            "les conditions de coopération entre les parties"
        ]

    def test_the_committee_has_both_levels_of_each_institution(self) -> None:
        committee = next(one for one in MARTINIQUE.committees if one.key == "comite-de-suivi")
        slots = [(one.party, level) for one in committee.members for level in one.levels]
        assert len(slots) == len(set(slots)) == 6
        assert committee.sessions_per_year == 1
        assert [MARTINIQUE.clause(key).number for key in committee.fields] == [f"Article {n}" for n in range(1, 8)]
        assert (len(committee.report_sections), len(committee.yearly_checklist)) == (3, 4)
        selection = next(one for one in MARTINIQUE.committees if one.key == "comite-de-selection")
        assert [plain(one) for one in selection.aliases] == ["l'instance", "Comité de concertation"]

    def test_the_half_yearly_report_has_proposed_days(self) -> None:
        report = next(one for one in MARTINIQUE.commitments if one.key == "eng-5-injonctions")
        assert (report.recurrence, report.due_days, report.due_proposed) == (
            Recurrence.HALF_YEARLY,
            ("09-30", "03-31"),
            True,
        )

    def test_errors_of_the_scan_are_put_right_and_listed(self) -> None:
        put_right = {one for clause in MARTINIQUE.clauses for one in clause.corrections}
        assert ("TITRE 111", "TITRE III") in put_right
        for clause in MARTINIQUE.clauses:
            for _, given_as in clause.corrections:
                text = " ".join((clause.number, "-", clause.heading, clause.body))
                assert given_as in text or plain(given_as) in plain(text), clause.key


class TestFrameworks:
    @pytest.mark.req("S0-X-02")
    def test_the_regional_plan_is_one_row_a_region_with_the_same_end(self) -> None:
        rows = {key: one for key, one in load_frameworks().items() if key.startswith("prst-4")}
        assert {key: (one.territory, one.starts_on, one.ends_on) for key, one in rows.items()} == {
            "prst-4-martinique": ("R02", None, date(2025, 12, 31)),
            "prst-4-guadeloupe": ("R01", date(2022, 1, 1), date(2025, 12, 31)),
            "prst-4-paca": ("R93", date(2021, 1, 1), date(2025, 12, 31)),
        }
        national = load_frameworks()["pst-4"]
        assert (national.starts_on, national.ends_on) == (None, None)
        assert {one.parent for one in rows.values()} == {"pst-4"}

    def test_each_framework_says_where_it_is_read(self) -> None:
        territories = {one["code"] for one in read("territories")["territory"]}
        for one in load_frameworks().values():
            assert one.source, one.key
            assert one.parent == "" or one.parent in load_frameworks()
            assert one.territory == "" or one.territory in territories
            assert not (one.starts_on and one.ends_on and one.starts_on > one.ends_on)
