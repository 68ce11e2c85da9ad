"""Each criterion of RGAA 4.1.2 has one known state, and the statement shows it."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from django.test import Client

from avenant.references.accessibility import STATES, count_by_state, load_groups

LISTS = [parent / "shared/reference/rgaa-4.1.2-criteres.csv" for parent in Path(__file__).resolve().parents]


def test_each_criterion_stands_once_in_a_known_state() -> None:
    numbers = [number for group in load_groups() for number in group.numbers]
    assert len(numbers) == len(set(numbers)) == 106 == sum(count_by_state().values())
    assert {group.state for group in load_groups()} == set(STATES)


def test_the_criteria_are_those_of_the_reference() -> None:
    found = next((path for path in LISTS if path.exists()), None)
    if found is None:
        pytest.skip("the reference's own list is not here")
    with found.open(encoding="utf-8") as stream:
        expected = {row["numero"] for row in csv.DictReader(stream)}
    assert {number for group in load_groups() for number in group.numbers} == expected


@pytest.mark.django_db
def test_the_statement_says_that_no_audit_was_made_and_what_is_known(client: Client) -> None:
    page = client.get("/accessibilite").content.decode()
    assert "non conforme" in page
    assert "à évaluer par une personne" in page
    for group in load_groups():
        assert ", ".join(group.numbers) in page
