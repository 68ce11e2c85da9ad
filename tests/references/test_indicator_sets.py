"""The indicators that the contracts name, as loaded from the catalogue files."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import pytest

from avenant.domain.indicators import (
    Catalogue,
    ComponentType,
    Definition,
    Kind,
    Provider,
    Scope,
    format_value,
    parse_value,
    sort_key,
)
from avenant.domain.indicators.definitions import UnknownCode
from avenant.domain.indicators.rules import Comparison, Condition, Reference
from avenant.references.indicator_sets import load_catalogue, load_set, set_codes

CATALOGUE = load_catalogue("pdp", "a4", "satdl")


def plain(text: str) -> str:
    """As typed: straight apostrophes and ordinary spaces."""
    return text.replace("’", "'").replace("\u202f", " ")


def refuses_negative_and_keeps_counts(definition: Definition) -> bool:
    """The value is one required whole number of at least 0."""
    key = definition.components[0].key
    return (
        [one.type for one in definition.components if not one.optional] == [ComponentType.INTEGER]
        and bool(parse_value(definition, {key: "-1"}).errors)
        and parse_value(definition, {key: "0"}).value == {key: 0}
    )


@pytest.mark.parametrize(
    ("code", "label", "stated", "in_dgt_survey"),
    [
        pytest.param("pdp-1.6", "Visites de pré-reprise", True, True, marks=pytest.mark.req("S3-6.1.6-01")),
        pytest.param(
            "pdp-1.13", "Plans de retour à l'emploi formalisés", True, False, marks=pytest.mark.req("S3-6.1.13-01")
        ),
        pytest.param(
            "satdl-1.1.3",
            "Entreprises adhérentes ayant bénéficié d'une information collective au maintien dans l'emploi",
            False,
            False,
            marks=pytest.mark.req("S3-6.1.1.3-01"),
        ),
        pytest.param("satdl-1.1.7", "Maintiens dans l'emploi", False, False, marks=pytest.mark.req("S3-6.1.1.7-01")),
        pytest.param(
            "satdl-1.2.4",
            "Questionnaires de pré visite remplis",
            False,
            False,
            marks=pytest.mark.req("S3-6.1.2.4-01"),
        ),
        pytest.param(
            "satdl-1.2.5",
            "Visites de mi-carrière avec examens complémentaires",
            False,
            False,
            marks=pytest.mark.req("S3-6.1.2.5-01"),
        ),
        pytest.param(
            "satdl-1.3.2", "Messages de santé publique relayés", False, False, marks=pytest.mark.req("S3-6.1.3.2-01")
        ),
        pytest.param(
            "satdl-2.1.2",
            "Communications auprès des entreprises (FIPU)",
            False,
            False,
            marks=pytest.mark.req("S3-6.2.1.2-01"),
        ),
        pytest.param(
            "satdl-3.2.4",
            "Entreprises bénéficiant d'un plan d'action dans leur DUERP",
            False,
            False,
            marks=pytest.mark.req("S3-6.3.2.4-01"),
        ),
    ],
)
def test_counts_of_the_service(code: str, label: str, stated: bool, in_dgt_survey: bool) -> None:
    definition = CATALOGUE[code]
    assert definition.printed_code == code.split("-")[1]
    assert plain(definition.label) == label
    assert definition.kind is Kind.INTEGER
    assert refuses_negative_and_keeps_counts(definition)
    assert definition.provider is Provider.SERVICE
    assert definition.provider_stated is stated
    assert definition.in_dgt_survey is in_dgt_survey


@pytest.mark.req("S3-6.1.1-01")
def test_consultation_methods() -> None:
    definition = CATALOGUE["pdp-1.1"]
    assert definition.printed_code == "1.1"
    assert (
        plain(definition.label) == "Modalités de concertation pluri-acteurs au sein de chaque cellule PDP, avec le SSAM"
    )
    assert definition.kind is Kind.CHOICE
    status = definition.component("status")
    assert [one.label for one in status.choices] == ["Réalisé", "Partiellement réalisé", "Non réalisé"]
    assert definition.provider is Provider.SERVICE
    assert definition.provider_stated
    assert definition.in_dgt_survey
    for example in ("Commission Maintien dans l'Emploi", "revues de dossiers", "circuits d'échanges SPSTi-SSAM"):
        assert example in plain(definition.help)
    assert definition.granularity == "cellule PDP"
    one_row_a_cell = {"cell": "Cellule nord", "status": "partiellement réalisé"}
    parsed = parse_value(definition, {"status": "Réalisé", "cells": [one_row_a_cell]})
    assert parsed.value == {"status": "done", "cells": [{"cell": "Cellule nord", "status": "partly"}]}


@pytest.mark.req("S3-6.1.1.1-01")
def test_supports_are_a_list() -> None:
    definition = CATALOGUE["satdl-1.1.1"]
    assert definition.printed_code == "1.1.1"
    assert plain(definition.label) == "Informations en ligne sur le site et autres moyens de diffusion"
    assert definition.kind is Kind.LIST
    assert [one.key for one in definition.components[0].fields] == ["url", "type", "date"]
    parsed = parse_value(
        definition, {"supports": [{"url": "https://example.org", "type": "page", "date": "12/03/2025"}]}
    )
    assert parsed.ok
    assert parsed.value["supports"][0]["date"] == "2025-03-12"
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.1.1.5-01")
def test_consents_are_counted_and_stay_in_the_service() -> None:
    definition = CATALOGUE["satdl-1.1.5"]
    assert definition.printed_code == "1.1.5"
    assert definition.label == "Consentements éclairés signés"
    assert refuses_negative_and_keeps_counts(definition)
    assert len(definition.components) == 1
    assert "les formulaires restent au service" in definition.help
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.1.2.3-01")
def test_the_rate_of_risk_entry_lies_between_0_and_100_percent() -> None:
    definition = CATALOGUE["satdl-1.2.3"]
    assert definition.printed_code == "1.2.3"
    assert plain(definition.label) == "Taux de saisie des risques dans les dossiers salariés"
    assert definition.kind is Kind.RATE
    assert [one.key for one in definition.components] == ["numerator", "denominator"]
    assert plain(format_value(definition, {"numerator": 20, "denominator": 20})) == "100,0 % (20 / 20)"
    assert plain(format_value(definition, {"numerator": 0, "denominator": 20})) == "0,0 % (0 / 20)"
    bound = next(rule for rule in CATALOGUE.rules if rule.code == "satdl-1.2.3-rate")
    assert isinstance(bound, Comparison)
    assert (bound.left.terms, bound.right.terms) == (
        (Reference("satdl-1.2.3", "numerator"),),
        (Reference("satdl-1.2.3", "denominator"),),
    )
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.1.2.6-01")
def test_visits_are_three_counts_that_repeat_national_ones() -> None:
    definition = CATALOGUE["satdl-1.2.6"]
    assert definition.printed_code == "1.2.6"
    assert plain(definition.label) == "Visites de mi-carrière, pré-reprise et reprise au niveau du service"
    assert [one.label for one in definition.components] == ["Mi-carrière", "Pré-reprise", "Reprise"]
    assert {one.type for one in definition.components} == {ComponentType.INTEGER}
    duplicates = [definition.prefill[one.key].terms for one in definition.components]
    assert duplicates == [(Reference("pdp-1.5"),), (Reference("pdp-1.6"),), (Reference("pdp-1.7"),)]
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.1.2.11-01")
def test_one_year_recalls_have_a_status_and_may_have_a_count() -> None:
    definition = CATALOGUE["satdl-1.2.11"]
    assert definition.printed_code == "1.2.11"
    assert plain(definition.label) == "Suivi des salariés, rappels à 1 an"
    assert definition.recall_months == 12
    status, recalls = definition.components
    assert [one.label for one in status.choices] == ["Réalisé", "Partiellement réalisé", "Non réalisé"]
    assert recalls.optional
    assert parse_value(definition, {"status": "done"}).ok
    assert parse_value(definition, {"status": "done", "recalls": "12"}).value == {"status": "done", "recalls": 12}
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.1.3.1-01")
def test_communications_may_be_split() -> None:
    definition = CATALOGUE["satdl-1.3.1"]
    assert definition.printed_code == "1.3.1"
    assert plain(definition.label) == "Communications à destination des entreprises et des salariés"
    assert refuses_negative_and_keeps_counts(definition)
    assert [one.label for one in definition.components if one.optional] == ["Entreprises", "Salariés"]
    assert parse_value(definition, {"companies": "4", "employees": "6"}).value["total"] == 10
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.2.2.2-01")
def test_risk_documents_are_those_of_very_small_enterprises() -> None:
    definition = CATALOGUE["satdl-2.2.2"]
    assert definition.printed_code == "2.2.2"
    assert definition.label == "DU chez les entreprises cibles"
    assert refuses_negative_and_keeps_counts(definition)
    assert definition.target == "TPE <10"
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.req("S3-6.2.3.2-01")
def test_participants_come_with_their_evaluation() -> None:
    definition = CATALOGUE["satdl-2.3.2"]
    assert definition.printed_code == "2.3.2"
    assert plain(definition.label) == "Salariés ayant participé aux ateliers, évaluation qualitative par questionnaires"
    assert definition.kind is Kind.NUMBER_AND_TEXT
    assert [one.type for one in definition.components] == [ComponentType.INTEGER, ComponentType.TEXT]
    assert "questionnaires" in definition.component("evaluation").label
    assert parse_value(definition, {"total": "-1", "evaluation": "Utile"}).errors.keys() == {"total"}
    assert parse_value(definition, {"total": "65", "evaluation": "Utile"}).value == {"total": 65, "evaluation": "Utile"}
    assert definition.provider is Provider.SERVICE
    assert not definition.provider_stated
    assert not definition.in_dgt_survey


@pytest.mark.parametrize(
    ("code", "label", "strand"),
    [
        pytest.param("a4-v2-2", "Nombre d'établissements accompagnés", "volet-2", marks=pytest.mark.req("S3-6.V2-02")),
        pytest.param(
            "a4-v2-3",
            "Nombre d'établissements ciblés par une action de communication",
            "volet-2",
            marks=pytest.mark.req("S3-6.V2-03"),
        ),
        pytest.param("a4-v3-1", "Nombre d'établissements formés", "volet-3", marks=pytest.mark.req("S3-6.V3-01")),
        pytest.param("a4-v3-2", "Nombre d'établissements accompagnés", "volet-3", marks=pytest.mark.req("S3-6.V3-02")),
    ],
)
def test_annex_4_counts_establishments_and_those_of_the_fund(code: str, label: str, strand: str) -> None:
    definition = CATALOGUE[code]
    assert definition.printed_code == code.upper()
    assert plain(definition.label) == label
    of_which = plain(definition.component("of_which").label).lower()
    assert of_which == "dont nombre d'établissements suivis par la caisse régionale dans le cadre de la cog"
    assert definition.kind is Kind.INTEGER_OF_WHICH
    assert parse_value(definition, {"total": "80", "of_which": "15"}).value == {"total": 80, "of_which": 15}
    assert parse_value(definition, {"total": "-1", "of_which": "-1"}).errors.keys() == {"total", "of_which"}
    assert definition.provider is Provider.JOINT
    assert definition.provider_of(definition.component("of_which")) is Provider.FUND_PREVENTION
    assert "mode opératoire commun" in definition.help
    assert definition.strand == strand
    assert load_set("a4").scope is Scope.NATIONAL


@pytest.mark.req("S3-6.V2-05")
def test_the_line_that_the_text_cuts_is_completed() -> None:
    label = CATALOGUE["a4-v2-3"].component("of_which").label
    assert plain(label).startswith("Dont Nombre d'établissements suivis par la caisse régionale dans le cadre de")
    assert label.endswith("dans le cadre de la COG")


@pytest.mark.req("S3-6-09")
def test_table_notes_are_kept() -> None:
    national = load_set("pdp").definitions
    starred = [one.printed_code for one in national if one.in_dgt_survey]
    assert starred == ["1.1", "1.2", "1.3", "1.5", "1.6", "1.7", "1.10", "1.11"]
    assert [one.code for one in CATALOGUE.definitions if one.in_dgt_survey] == [f"pdp-{code}" for code in starred]
    assert [one.printed_code for one in national if not one.in_dgt_survey] == [
        "1.4",
        "1.8",
        "1.9",
        "1.12",
        "1.13",
        "1.14",
    ]
    waiver = plain(CATALOGUE["pdp-1.11"].help)
    assert "tout maintien du salarié dans un emploi serait gravement préjudiciable à sa santé" in waiver
    assert "l'état de santé du salarié fait obstacle à tout reclassement dans un emploi" in waiver
    for code in ("pdp-1.8", "pdp-1.9"):
        assert "L.4624-3" in CATALOGUE[code].help
    assert "Commission Maintien dans l’Emploi" in CATALOGUE["pdp-1.1"].help


def test_the_contract_counts_62_indicators() -> None:
    definitions = CATALOGUE.definitions
    assert len(definitions) == 62
    counted = Counter((one.set_code, one.strand) for one in definitions)
    assert counted == {
        ("pdp", "volet-1"): 14,
        ("satdl", "volet-1"): 26,
        ("satdl", "volet-2"): 9,
        ("satdl", "volet-3"): 7,
        ("a4", "volet-2"): 3,
        ("a4", "volet-3"): 3,
    }
    chapters = Counter(
        one.printed_code[:3] for one in definitions if one.set_code == "satdl" and one.strand == "volet-1"
    )
    assert chapters == {"1.1": 9, "1.2": 12, "1.3": 5}


def test_the_service_fills_61_and_the_social_service_one() -> None:
    assert len(CATALOGUE.filled_by(Provider.SERVICE)) == 61
    assert [one.code for one in CATALOGUE.filled_by(Provider.SOCIAL_SERVICE)] == ["pdp-1.4"]
    assert sum(one.provider_stated for one in CATALOGUE.definitions if one.set_code == "satdl") == 0


def test_printed_codes_are_told_apart_and_sorted_as_numbers() -> None:
    assert CATALOGUE.find("1.1").code == "pdp-1.1"
    assert CATALOGUE.find("1.10").code == "pdp-1.10"
    assert CATALOGUE.find(" 1.1.1 ").code == "satdl-1.1.1"
    assert CATALOGUE.find("A4-V2-1").code == "a4-v2-1"
    for one in load_set("pdp").definitions, load_set("satdl").definitions, load_set("a4").definitions:
        codes = [definition.code for definition in one]
        assert sorted(codes, key=sort_key) == codes
        assert sorted((definition.printed_code for definition in one), key=sort_key) == [d.printed_code for d in one]


def test_nothing_is_invented_for_the_action_without_indicator() -> None:
    local = load_set("satdl")
    assert [field.code for field in local.free_fields] == ["satdl-fact"]
    assert "satdl-fact" not in CATALOGUE


def test_the_guadeloupe_template_is_wholly_to_be_confirmed() -> None:
    template = load_set("guadeloupe-proposed")
    assert template.to_be_confirmed
    assert len(template.definitions) == 14 + 3
    assert all(one.to_be_confirmed for one in template.definitions)
    assert {one.strand for one in template.definitions} == {"volet-1", "volet-2"}
    assert not any(one.to_be_confirmed for one in CATALOGUE.definitions)


@pytest.mark.parametrize("code", set_codes())
def test_every_entry_has_its_source_and_every_rule_speaks_of_known_parts(code: str) -> None:
    loaded = load_set(code)
    readable = CATALOGUE
    for definition in loaded.definitions:
        assert definition.source_lines
        assert definition.clause
        assert definition.group
        assert definition.label == definition.label.strip()
    rules = [rule.code for rule in loaded.rules]
    assert len(set(rules)) == len(rules)
    for rule in loaded.rules:
        for term in terms_of(rule):
            assert readable[term.code].component(term.part)
    for definition in loaded.definitions:
        for expression in definition.prefill.values():
            for term in expression.terms:
                assert readable[term.code].component(term.part)


def terms_of(rule: Comparison | Condition) -> tuple[Reference, ...]:
    if isinstance(rule, Comparison):
        return (*rule.left.terms, *rule.right.terms)
    return (rule.when, *rule.parts)


def test_a_definition_stands_from_its_first_day_to_its_last() -> None:
    definition = replace(CATALOGUE["pdp-1.3"], valid_to=date(2026, 12, 31))
    days = date(2024, 12, 31), date(2025, 1, 1), date(2026, 12, 31), date(2027, 1, 1)
    assert [definition.stands_on(day) for day in days] == [False, True, True, False]
    assert CATALOGUE["pdp-1.3"].stands_on(date(2099, 1, 1))


def test_unknown_codes_are_refused() -> None:
    with pytest.raises(UnknownCode):
        CATALOGUE.find("9.9")
    with pytest.raises(KeyError):
        CATALOGUE["pdp-1.3"].component("of_which")
    with pytest.raises(FileNotFoundError):
        load_set("nowhere")


def test_two_sets_may_not_share_a_code() -> None:
    with pytest.raises(ValueError, match="share a code"):
        Catalogue.of(load_set("pdp"), load_set("guadeloupe-proposed"))
