"""The checklists of contracts to be drafted."""

from __future__ import annotations

import pytest

from avenant.references.contract_texts import ClauseKind, load_contract_text
from avenant.references.contract_texts.templates import (
    Requirement,
    contract_template_keys,
    load_contract_template,
)


@pytest.mark.parametrize("key", contract_template_keys())
def test_each_asked_clause_has_a_basis(key: str) -> None:
    template = load_contract_template(key)
    assert template.key == key
    assert template.roles
    assert template.source
    assert all(one.basis for one in template.clauses)
    assert all(one.basis for one in template.consultations)


def test_a_service_contract_asks_two_strands_and_lets_the_third_be() -> None:
    strands = [one for one in load_contract_template("cpom-spsti").clauses if one.kind is ClauseKind.STRAND]
    assert [one.requirement for one in strands] == [
        Requirement.REQUIRED,
        Requirement.REQUIRED,
        Requirement.OPTIONAL,
    ]


def test_the_two_kinds_of_contract_ask_for_other_parties() -> None:
    assert set(load_contract_template("cpom-spsti").roles) == {"service", "labour", "fund"}
    assert set(load_contract_template("clact-financement").roles) == {"ars", "establishment"}


def test_what_the_guadeloupe_text_is_silent_about_is_asked_with_the_same_default() -> None:
    template = load_contract_template("cpom-spsti")
    for silence in load_contract_text("cpom-guadeloupe-2025-2030").silences:
        asked = template.clause(silence.key)
        assert (asked.label, asked.default) == (silence.label, silence.default)
        assert asked.requirement is Requirement.EXPECTED


def test_what_must_be_consulted_before_a_service_contract_is_signed() -> None:
    asked = {one.key for one in load_contract_template("cpom-spsti").consultations}
    assert asked == {"crpst", "ars", "organisations"}


def test_a_template_that_is_not_kept_is_not_found() -> None:
    with pytest.raises(FileNotFoundError):
        load_contract_template("inconnu")
