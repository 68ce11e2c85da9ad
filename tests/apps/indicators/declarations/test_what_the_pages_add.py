"""What the pages of a part and of a contract say beside the figures."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from html import unescape

import pytest
from django.test import Client
from tests.support.cast import Cast
from tests.support.story import FEBRUARY, JANUARY, Story

from avenant.contracts.drafting.services import collection
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.models import Part
from avenant.indicators.declarations.services import control

pytestmark = pytest.mark.django_db
MODE = "Le service liste, la caisse rapproche."
SignIn = Callable[[Actor], Client]


def page(client: Client, address: str) -> str:
    return unescape(client.get(address).content.decode())


def test_the_form_shows_the_operating_mode_beside_annex_4_once_both_have_agreed(
    part: Part, story: Story, cast: Cast, signed_in: SignIn
) -> None:
    with acting_as(cast.fund):
        collection.propose_operating_mode(
            actor=cast.fund, contract_id=story.contract.pk, text=MODE, tasks="", committee_on=date(2026, 4, 10),
            at=JANUARY,
        )  # fmt: skip
    client = signed_in(cast.service)
    assert MODE not in page(client, part.page()), "proposed by one side is not agreed"
    with acting_as(cast.service):
        collection.agree_operating_mode(actor=cast.service, contract_id=story.contract.pk, at=JANUARY)
    shown = page(client, part.page())
    assert shown.count(MODE) == 6, "beside each indicator of annex 4, and no other"


def test_the_control_page_says_that_a_question_stayed_without_an_answer(
    part: Part, story: Story, cast: Cast, signed_in: SignIn
) -> None:
    story.fill(part)
    story.settle(part)
    story.submit(part)
    with acting_as(cast.labour):
        asked = [control.Asked("Combien ?"), control.Asked("Depuis quand ?")]
        control.return_part(actor=cast.labour, part_id=part.pk, reason="À préciser.", questions=asked, at=FEBRUARY)
    story.submit(story.part())
    shown = page(signed_in(cast.labour), part.page())
    assert "2 questions posées avant cette transmission n’ont pas reçu de réponse" in shown


def test_the_page_of_a_contract_leads_to_its_years(part: Part, story: Story, cast: Cast, signed_in: SignIn) -> None:
    shown = page(signed_in(cast.fund), f"/contrats/{story.contract.pk}")
    assert f'href="{part.declaration.page()}"' in shown
    assert "pas encore commencé" in shown
