"""What feeds the regional base SIRSé and the regional dashboard: a line an indicator, nothing personal, nothing small."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from django.urls import reverse
from tests.apps.indicators.profiles.test_region import share
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.counted import counted
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of
from avenant.domain.indicators import Definition
from avenant.domain.indicators.values import COUNT_FIELD, Value
from avenant.foundations.documents.stamping import MENTION
from avenant.foundations.documents.tables import read_table
from avenant.indicators.consolidation.regional_base import told_parts
from avenant.indicators.declarations.models import Part

pytestmark = pytest.mark.django_db


@pytest.mark.req("S3-6-07")
def test_one_line_for_each_indicator_service_and_year_and_small_profile_cells_are_masked(
    story: Story, part: Part, cast: Cast
) -> None:
    share(part, cast, counted())
    story.fill(part)
    story.hand_in(part.provider)
    campaign = part.declaration.campaign_id
    answer = signed_in(cast.labour).get(reverse("consolidation:export-base", args=[campaign, "csv"]))
    assert "base-regionale-2025-confidentiel.csv" in answer.headers["Content-Disposition"]
    table = read_table(answer.content, "base.csv")
    rows = [dict(zip(table.header, row.texts, strict=False)) for row in table.rows]
    told = Counter((row["Année"], row["SPSTI"], row["Indicateur"]) for row in rows)
    assert set(told.values()) == {1}
    indicators = [row for row in rows if not row["Indicateur"].startswith("profil-")]
    assert len(indicators) == 62
    assert {row["Année"] for row in rows} == {"2025"}
    assert {row["SPSTI"] for row in rows} == {"Durance Luberon"}
    gender = next(row["Valeur"] for row in rows if row["Indicateur"] == "profil-sexe")
    assert "Femmes\u202f: 60" in gender
    assert "MCE\u202f: secret statistique" in next(
        row["Valeur"] for row in rows if row["Indicateur"] == "profil-raison"
    )
    content = json.loads(
        signed_in(cast.fund).get(reverse("consolidation:export-base", args=[campaign, "json"])).content
    )
    assert content["mention"]["Mention"] == MENTION
    shown = next(one for one in content["lignes"] if one["indicateur"] == "profil-raison")
    assert shown["valeur"]["MCE"] is None
    assert "MCE" in shown["secret"]
    assert len([one for one in content["lignes"] if not one["indicateur"].startswith("profil-")]) == 62
    for name in ("csv", "json"):
        assert (
            signed_in(cast.service).get(reverse("consolidation:export-base", args=[campaign, name])).status_code == 404
        )


def definition(code: str) -> Definition:
    with as_system():
        return definition_of(DefinitionRecord.objects.get(code=code))


def test_no_free_text_leaves(story: Story) -> None:
    text = definition("satdl-1.1.1")
    parts = told_parts(text, {"supports": [{"url": "La fiche de Mme X", "type": "affiche"}]}, small=11)
    assert parts == {"Supports (nombre)": 1}
    cells = definition("pdp-1.1")
    told = told_parts(
        cells, {"status": "done", "cells": [{"cell": "Nord", "status": "done", "methods": "avec M. Y"}]}, small=11
    )
    assert "Y" not in str(told)


@pytest.mark.parametrize(
    ("counts", "hidden"),
    [
        ({"0": 40, "1": 11, "2": 12}, set()),
        ({"0": 40, "1": 10, "2": 12}, {"1", "2"}),
        ({"0": 40, "1": 10, "2": 9}, {"1", "2"}),
        ({"0": 40, "1": 0, "2": 60}, set()),
        ({"0": 40, "1": None, "2": 60}, {"0", "1"}),
    ],
)
def test_a_small_cell_is_never_given_back_by_the_total(
    story: Story, counts: dict[str, int | None], hidden: set[str]
) -> None:
    rows = [{"category": label, **({} if count is None else {COUNT_FIELD: count})} for label, count in counts.items()]
    value: Value = {"numerator": 63, "denominator": 100, "stages": rows}
    parts = told_parts(definition("satdl-1.2.1"), value, small=11)
    assert {label[-1] for label, number in parts.items() if number is None} == hidden
    assert parts["taux"] == "63,0\u202f%"
