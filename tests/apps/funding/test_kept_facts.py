"""The facts kept by each write of a dossier are those that its rows tell: its pages evaluate them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.support.funding import OCTOBER, TOO_LATE, FundingCast, fill, hand_in, open_for, row
from tests.support.reviews import NOVEMBER, instruct

from avenant.domain.rules.facts import Facts
from avenant.domain.rules.reading import read
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.checks import read_afresh, standing_of
from avenant.funding.dossiers.models import Dossier, Expense, KeptFacts, Piece, ProjectPartner
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services import judging, sharing, writing
from avenant.funding.reviews.models import AskedField
from avenant.funding.reviews.services import supplements

pytestmark = pytest.mark.django_db


def assert_kept(reader: Any, dossier: Dossier) -> None:
    """What a page evaluates and what the rows tell are the same facts."""
    with acting_as(reader):
        held = get_dossier(reader, dossier.pk)
        assert standing_of(held, at=NOVEMBER).facts == read_afresh(held, at=NOVEMBER).facts
        assert held.kept.circle_id == held.circle_id


def test_every_write_keeps_the_facts_of_the_dossier(cast: FundingCast, call: PublishedCall) -> None:
    dossier = open_for(cast.director, call)
    assert_kept(cast.director, dossier)
    fill(cast.director, dossier)
    assert_kept(cast.director, dossier)
    with acting_as(cast.director):
        writing.add_project(actor=cast.director, dossier_id=dossier.pk, at=OCTOBER)
        assert_kept(cast.director, dossier)
        writing.remove_project(actor=cast.director, dossier_id=dossier.pk, position=2, at=OCTOBER)
        partners = [
            row(name=f"Établissement {rank}", siret="", carrier=rank == 1, agents=100, cost_share=Decimal(share))
            for rank, share in ((1, 60), (2, 40))
        ]
        writing.tell_project(
            actor=cast.director,
            dossier_id=dossier.pk,
            position=1,
            said={"strands": ["1"]},
            partners=partners,
            at=OCTOBER,
        )
    assert_kept(cast.director, dossier)
    hand_in(cast.director, dossier)
    assert_kept(cast.director, dossier)
    with acting_as(cast.director):
        left = ProjectPartner.objects.get(project__dossier=dossier, carrier=False)
        carrier = ProjectPartner.objects.get(project__dossier=dossier, carrier=True)
        sharing.leave_project(
            actor=cast.director, partner_id=left.pk, on=date(2023, 10, 20), reason="Fermeture",
            shares={carrier.pk: Decimal(100)}, at=TOO_LATE,
        )  # fmt: skip
    assert_kept(cast.officer, dossier)
    with acting_as(cast.officer):
        piece = Piece.objects.filter(dossier=dossier, kind="diagnostic").get()
        for compliant in (False, True):
            judging.check_piece(
                actor=cast.officer, piece_id=piece.pk, compliant=compliant, reason="Illisible.", at=TOO_LATE
            )
            assert_kept(cast.officer, dossier)
        judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=NOVEMBER)
    instruct(cast, dossier)
    with acting_as(cast.director):
        line = Expense.objects.get(project__dossier=dossier)
    with acting_as(cast.examiner):
        asked = supplements.ask_supplement(
            actor=cast.examiner, dossier_id=dossier.pk, message="Le devis ?", questions=(), at=NOVEMBER,
            targets={f"expense.{line.pk}.excl_tax": ""}, last_day=date(2023, 11, 24),
        )  # fmt: skip
    with acting_as(cast.director):
        field = AskedField.objects.get(supplement=asked)
        supplements.save_answers(
            actor=cast.director, supplement_id=asked.pk, values={field.pk: "90000.00"}, files={}, answer="Voici.",
            at=NOVEMBER,
        )  # fmt: skip
        supplements.answer_supplement(actor=cast.director, supplement_id=asked.pk, at=NOVEMBER)
        told = read(Facts, KeptFacts.objects.get(dossier=dossier).facts)
        assert told.projects is not None
        assert told.projects[0].expenses is not None
        assert told.projects[0].expenses[0].excl_tax == Decimal("90000.00")
    assert_kept(cast.examiner, dossier)
