"""Definitions change: since last year, during the campaign; values are kept, versions never compared silently."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.test import Client
from tests.support.cast import Cast
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, Story

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_content, definition_of
from avenant.contracts.drafting.models import PromisedIndicator
from avenant.domain.decision import Refused
from avenant.domain.indicators import Component, Kind
from avenant.domain.indicators.definitions import ComponentType
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.consolidation import services as consolidation
from avenant.indicators.consolidation.models import RegionalFigure
from avenant.indicators.declarations.models import DraftValue, Part
from avenant.indicators.declarations.rows import Row
from avenant.indicators.declarations.services import entry
from avenant.indicators.declarations.sheet import sheet


def publish(like: str, **changes: Any) -> DefinitionRecord:
    """A new version of a definition, or (with ``code`` among the changes) another definition like it."""
    former = DefinitionRecord.objects.get(code=like, version=1)
    definition = replace(definition_of(former), **({"version": 2} | changes))
    return DefinitionRecord.objects.create(
        circle_id=former.circle_id,
        set_id=former.set_id,
        code=definition.code,
        version=definition.version,
        printed_code=definition.printed_code,
        label=definition.label,
        strand=definition.strand,
        position=former.position,
        provider=definition.provider,
        valid_from=date(2026, 2, 1),
        content=definition_content(definition),
    )


def promise(story: Story, record: DefinitionRecord, first: int, last: int) -> None:
    PromisedIndicator.objects.create(
        circle_id=story.contract.circle_id,
        contract=story.contract,
        definition=record,
        first_year=first,
        last_year=last,
    )


def row_of(actor: Actor, part: Part, code: str) -> Row:
    with acting_as(actor):
        return next(one for one in sheet(actor, part).rows if one.definition.code == code)


def test_a_version_published_for_later_years_is_told_and_the_value_is_kept(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    story.type(part, "pdp-1.10", "398")
    with as_system():
        promised = PromisedIndicator.objects.filter(contract=story.contract, definition__code="pdp-1.10")
        promised.update(last_year=2025)
        promise(story, publish("pdp-1.10", label="Salariés vus par un médecin"), 2026, 2029)
    row = row_of(cast.service, part, "pdp-1.10")
    assert (row.definition.version, row.newer, row.carried) == (1, 2, False)
    assert row.answer.value == {"total": 398}
    shown = signed_in(cast.service).get(part.page()).content.decode()
    assert "Définitions modifiées pendant la campagne" in shown
    assert "Cette déclaration reste sur la version 1" in shown


def test_a_version_promised_for_this_year_keeps_the_value_until_it_is_read_again(
    part: Part, story: Story, cast: Cast
) -> None:
    story.fill(part)
    story.settle(part)
    with as_system():
        amended = publish("pdp-1.3", label="Salariés suivis, autrement comptés")
        PromisedIndicator.objects.filter(contract=story.contract, definition__code="pdp-1.3").update(definition=amended)
    row = row_of(cast.service, part, "pdp-1.3")
    assert row.carried
    assert row.answer.value == {"total": 20}
    assert "la définition a changé (version 2)" in row.findings[0].sentence
    with pytest.raises(Refused, match="1 écart bloquant"):
        story.submit(part)
    kept = entry.Entry(amended.pk, {"total": "20"})
    with acting_as(cast.service):
        entry.save_form(actor=cast.service, part_id=part.pk, entries=[kept], at=FEBRUARY)
        assert sheet(cast.service, part).row(amended.pk).carried, "a form sent whole confirms nothing by itself"
        entry.save_entry(actor=cast.service, part_id=part.pk, entry=replace(kept, reread=True), at=FEBRUARY)
        assert DraftValue.objects.filter(definition__code="pdp-1.3").count() == 2, "both are kept"
    assert not row_of(cast.service, part, "pdp-1.3").carried
    assert story.submit(part)


def test_what_changed_since_last_year_is_listed(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    with acting_as(cast.service):
        assert not sheet(cast.service, part).changes.known, "nothing was handed in for 2024"
    story.hand_in()
    with as_system():
        promised = PromisedIndicator.objects.filter(contract=story.contract)
        promised.filter(definition__code="satdl-1.1.1").update(last_year=2025)
        promised.filter(definition__code="pdp-1.10").update(last_year=2025)
        promise(story, publish("pdp-1.10", label="Salariés vus par un médecin"), 2026, 2029)
        promise(story, publish("satdl-2.1.1", code="satdl-2.1.9", printed_code="2.1.9", version=1), 2026, 2029)
    story.campaign(2026, committee_on=date(2027, 4, 9))
    following = story.part(year=2026)
    with acting_as(cast.service):
        changes = sheet(cast.service, following).changes
    assert [one.code for one in changes.added] == ["satdl-2.1.9"]
    assert [one.code for one in changes.removed] == ["satdl-1.1.1"]
    assert [(before.version, after.version) for before, after in changes.amended] == [(1, 2)]
    shown = signed_in(cast.service).get(following.page()).content.decode()
    assert "3 changements depuis 2025" in shown
    story.type(following, "pdp-1.10", "30")
    assert row_of(cast.service, following, "pdp-1.10").evolution == "", "two versions are not compared"


@pytest.mark.req("S1-VI-01")
def test_a_number_and_a_text_indicator_of_volet_2_are_asked_and_the_text_is_never_summed(
    story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    text = Component("text", "Appréciation", ComponentType.TEXT, max_length=50)
    with as_system():
        number = publish("satdl-2.1.1", code="essai-nombre", printed_code="2.9.1", version=1)
        words = publish(
            "satdl-2.1.1", code="essai-texte", printed_code="2.9.2", version=1, kind=Kind.TEXT, components=(text,)
        )
        for record in (number, words):
            promise(story, record, 2025, 2029)
    campaign = story.campaign()
    part = story.part()
    shown = signed_in(cast.service).get(part.page()).content.decode()
    for record in (number, words):
        assert f'id="row-{record.pk}"' in shown
        assert record.strand == "volet-2"

    def typed(length: int) -> Row:
        story.type(part, "essai-texte", "é" * length)
        return row_of(cast.service, part, "essai-texte")

    assert typed(49).answer.value == {"text": "é" * 49}
    assert typed(50).answer.value == {"text": "é" * 50}
    assert "50 au plus" in typed(51).findings[0].sentence.replace("\u202f", " ")
    story.fill(part)
    story.settle(part)
    story.submit(part)
    story.validate(part)
    with as_system():
        consolidation.consolidate_campaign(campaign_id=campaign.pk, at=FEBRUARY)
    with acting_as(cast.labour):
        figures = {one.definition_id: one.result for one in RegionalFigure.objects.select_related("definition")}
    assert figures[number.pk]["parts"]["total"]["value"] == "20"
    assert "value" not in figures[words.pk]["parts"]["text"], "a text is listed by service, in no sum"
