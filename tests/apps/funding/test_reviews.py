"""The instruction of a dossier: opened, given opinions hidden until all are in, marked, concluded."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.http import Http404
from tests.conftest import as_system
from tests.support.funding import GUADELOUPE, OCTOBER, FundingCast, fill, hand_in, open_for
from tests.support.reviews import (
    DECEMBER,
    NOVEMBER,
    complete_dossier,
    examine,
    give,
    give_all,
    instruct,
    mark,
    open_them,
    points,
)

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.grid import Value
from avenant.domain.funding.opinions import Answer, Collegial, PointAnswer
from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import CircleMember
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import judging
from avenant.funding.reviews.models import Instruction, Mark, Opinion, OpinionAsked
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.instructions import InstructionSearch
from avenant.funding.reviews.services import marking, opening, opinions

pytestmark = pytest.mark.django_db


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    return complete_dossier(cast, call)


def test_the_instruction_opens_on_a_complete_dossier_once_and_never_for_its_establishment(
    cast: FundingCast, dossier: Dossier
) -> None:
    first = instruct(cast, dossier)
    with acting_as(cast.officer):
        assert opening.open_instruction(actor=cast.officer, dossier_id=dossier.pk, at=DECEMBER).pk == first.pk
    with as_system():
        members = CircleMember.objects.filter(circle_id=first.circle_id).values_list("organisation__key", flat=True)
        assert set(members) == {"ars-guadeloupe", "cgss-guadeloupe", "deets-guadeloupe"}
    with acting_as(cast.director):
        assert not Instruction.objects.exists()
        assert not OpinionAsked.objects.exists()
        with pytest.raises(Http404):
            selectors.get_instruction(cast.director, dossier.pk)


def test_the_job_opens_what_waits_and_twice_changes_nothing(cast: FundingCast, dossier: Dossier) -> None:
    with as_system():
        assert opening.open_waiting_for_system(at=NOVEMBER) == 1
        assert opening.open_waiting_for_system(at=NOVEMBER) == 0
    with acting_as(cast.fund):
        assert selectors.get_instruction(cast.fund, dossier.pk).state == "opened"


@pytest.mark.req("S4-5.2-04")
def test_incomplete_it_is_rejected_without_instruction_and_complete_it_may_be_asked_more(
    cast: FundingCast, call: PublishedCall, dossier: Dossier
) -> None:
    other = open_for(cast.other_director, call, "99B000002")
    fill(cast.other_director, other)
    hand_in(cast.other_director, other)
    with acting_as(cast.officer):
        letter = other.pieces.get(kind="courrier_demande")
        judging.check_piece(actor=cast.officer, piece_id=letter.pk, compliant=False, reason="Non signé.", at=NOVEMBER)
        assert judging.judge_completeness(actor=cast.officer, dossier_id=other.pk, at=NOVEMBER).state == (
            "rejected_incomplete"
        )
        with pytest.raises(Refused, match="seul un dossier complet est instruit"):
            opening.open_instruction(actor=cast.officer, dossier_id=other.pk, at=NOVEMBER)
    instruct(cast, dossier)
    from avenant.funding.reviews.services import supplements

    with acting_as(cast.examiner):
        asked = supplements.ask_supplement(
            actor=cast.examiner, dossier_id=dossier.pk, message="Le détail du devis, s’il vous plaît.", targets={},
            questions=["Détail du devis de l’intervenant"], last_day=date(2023, 11, 24), at=NOVEMBER,
        )  # fmt: skip
        assert asked.state == "asked"
        assert Dossier.objects.get(pk=dossier.pk).state == "complete"
        with pytest.raises(Refused, match="ne reçoit pas de demande"):
            supplements.ask_supplement(
                actor=cast.examiner, dossier_id=other.pk, message="Encore.", targets={}, questions=["Le devis"],
                last_day=date(2023, 11, 24), at=NOVEMBER,
            )  # fmt: skip


@pytest.mark.req("S0-2-07")
def test_three_institutions_answer_four_points_and_the_one_that_is_late_is_named(
    cast: FundingCast, dossier: Dossier
) -> None:
    instruction = instruct(cast, dossier)
    give(cast.examiner, dossier)
    give(cast.fund, dossier, relevance=Answer.RESERVED)
    for reader in (cast.examiner, cast.fund, cast.labour):
        with acting_as(reader):
            lines = selectors.list_opinions(reader, instruction)
            assert sum(one.given for one in lines) == 2
            assert len(lines) == 3
            assert [one.asked.organisation.key for one in lines if not one.given] == ["deets-guadeloupe"]
    with acting_as(cast.fund):
        own = next(one for one in selectors.list_opinions(cast.fund, instruction) if one.mine)
        assert [label for label, _ in own.answers] == [
            "Projets d’aménagement proposés", "Avantages et inconvénients des équipements sollicités",
            "Pertinence dans le contexte de l’établissement", "Évaluations extérieures ou internes effectuées",
        ]  # fmt: skip
        with pytest.raises(Refused, match="est rendu"):
            give(cast.fund, dossier)


@pytest.mark.req("S0-2-08")
def test_no_knowledge_is_an_answer_a_blank_is_not_and_a_reserve_says_why(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    three = {**points(), "assessments": None}
    bare = {**points(), "relevance": PointAnswer(Answer.RESERVED, " ")}
    with acting_as(cast.fund):
        for said, words in ((three, "Il reste : Évaluations"), (bare, "se motive")):
            with pytest.raises(DomainError, match=words):
                opinions.give_opinion(actor=cast.fund, dossier_id=dossier.pk, said=said, comment="", at=NOVEMBER)
        assert not Opinion.objects.exists()
        refused = {**points(), "relevance": PointAnswer(Answer.UNFAVOURABLE)}
        with pytest.raises(DomainError, match="se motive"):
            opinions.give_opinion(actor=cast.fund, dossier_id=dossier.pk, said=refused, comment="", at=NOVEMBER)
        accepted = points(assessments=Answer.UNKNOWN)
        opinions.give_opinion(actor=cast.fund, dossier_id=dossier.pk, said=accepted, comment="", at=NOVEMBER)
        assert OpinionAsked.objects.get(organisation_id=cast.fund.organisation_id).given_at == NOVEMBER


def test_opinions_stay_hidden_until_the_last_is_in_even_in_bare_sql(cast: FundingCast, dossier: Dossier) -> None:
    instruction = instruct(cast, dossier)
    give(cast.examiner, dossier)
    give(cast.fund, dossier)
    for reader, count in ((cast.examiner, 1), (cast.fund, 1), (cast.labour, 0)):
        with acting_as(reader):
            assert Opinion.objects.count() == count
    assert open_them(dossier) == 0
    give(cast.labour, dossier)
    assert open_them(dossier) == 3
    assert open_them(dossier) == 0
    for reader in (cast.examiner, cast.fund, cast.labour):
        with acting_as(reader):
            assert all(one.opinion for one in selectors.list_opinions(reader, instruction))
    with acting_as(cast.director):
        assert not Opinion.objects.exists()


def test_the_authority_closes_the_round_with_its_reason_and_a_draft_stays_hidden(
    cast: FundingCast, dossier: Dossier
) -> None:
    instruction = instruct(cast, dossier)
    give(cast.examiner, dossier)
    with acting_as(cast.labour):
        opinions.save_opinion(actor=cast.labour, dossier_id=dossier.pk, said=points(), comment="Brouillon", at=NOVEMBER)
    with acting_as(cast.fund), pytest.raises(Refused, match="autorité"):
        opinions.close_round(actor=cast.fund, dossier_id=dossier.pk, reason="Trop long", at=DECEMBER)
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="Dites pourquoi"):
            opinions.close_round(actor=cast.officer, dossier_id=dossier.pk, reason=" ", at=DECEMBER)
        opinions.close_round(actor=cast.officer, dossier_id=dossier.pk, reason="Délai passé", at=DECEMBER)
    assert open_them(dossier) == 1
    with acting_as(cast.officer):
        told = {one.asked.organisation.key: one.opinion for one in selectors.list_opinions(cast.officer, instruction)}
        assert told["ars-guadeloupe"]
        assert told["deets-guadeloupe"] is None
    with pytest.raises(Refused, match="clos"):
        give(cast.labour, dossier)


def test_the_due_day_of_opinions_moves_with_its_reminders(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    with acting_as(cast.fund):
        due = DueItem.objects.get(organisation_id=cast.fund.organisation_id, key__startswith="opinion:")
        assert due.due_at.astimezone(GUADELOUPE).date() == date(2023, 12, 1)
        assert due.zone == "America/Guadeloupe"
    with acting_as(cast.officer):
        opinions.move_opinions_due(actor=cast.officer, dossier_id=dossier.pk, last_day=date(2023, 12, 8), at=NOVEMBER)
    with acting_as(cast.fund):
        due.refresh_from_db()
        assert due.due_at.astimezone(GUADELOUPE).date() == date(2023, 12, 9)
    give(cast.fund, dossier)
    with acting_as(cast.fund):
        due.refresh_from_db()
        assert due.state == "done"


@pytest.mark.req("S0-2-11")
def test_the_committee_gives_one_opinion_with_each_party_represented(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    present = {
        cast.examiner.organisation_id: "Directrice adjointe", cast.fund.organisation_id: "Ingénieure",
        cast.labour.organisation_id: "Responsable du pôle Travail",
    }  # fmt: skip
    absent = {key: who for key, who in present.items() if key != cast.labour.organisation_id}
    with acting_as(cast.officer):

        def say(value: Collegial, comment: str, there: dict[object, str]) -> object:
            return opinions.record_collegial(
                actor=cast.officer, dossier_id=dossier.pk, value=value, comment=comment, held_on=date(2023, 12, 4),
                present=there, at=DECEMBER,  # type: ignore[arg-type]
            )  # fmt: skip

        with pytest.raises(Refused, match="quand les avis sont tous rendus"):
            say(Collegial.FAVOURABLE, "", present)
    give_all(cast, dossier)
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="il manque un représentant de DEETS"):
            say(Collegial.FAVOURABLE, "", absent)
        with pytest.raises(DomainError, match="Dites la réserve"):
            say(Collegial.RESERVED, "", present)
        say(Collegial.ADJOURNED, "La direction du travail est absente.", absent)
        made = opinions.record_collegial(
            actor=cast.officer, dossier_id=dossier.pk, value=Collegial.RESERVED, comment="Revoir le devis.",
            held_on=date(2023, 12, 5), present=present, at=DECEMBER,
        )  # fmt: skip
        assert made.present == {str(key): who for key, who in present.items()}
        assert made.get_value_display() == "favorable avec réserve"
        with pytest.raises(DomainError, match="est enregistré"):
            say(Collegial.FAVOURABLE, "", present)
        with as_system():
            assert Instruction.objects.filter(collegial__value="reserved").count() == 1


@pytest.mark.req("S0-2-09")
def test_dossiers_worked_on_upstream_come_first_then_by_instant(cast: FundingCast, call: PublishedCall) -> None:
    late = open_for(cast.other_director, call, "99B000002")
    fill(cast.other_director, late)
    early = complete_dossier(cast, call)
    from avenant.funding.dossiers.services import writing

    with acting_as(cast.other_director):
        writing.tell_establishment(
            actor=cast.other_director, dossier_id=late.pk, at=OCTOBER,
            said={"upstream_with": "CGSS", "upstream_since": date(2023, 3, 1)},
        )  # fmt: skip
    hand_in(cast.other_director, late, at=OCTOBER + timedelta(days=3))
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=late.pk, at=NOVEMBER)
        assert opening.open_waiting(actor=cast.officer, at=NOVEMBER) == 2
        queue = list(selectors.list_instructions(cast.officer, InstructionSearch()))
        assert [one.dossier_id for one in queue] == [late.pk, early.pk]
        assert (queue[0].dossier.upstream_with, queue[0].dossier.upstream_since) == ("CGSS", date(2023, 3, 1))
        by_deposit = selectors.list_instructions(cast.officer, InstructionSearch(sort="depot"))
        assert [one.dossier_id for one in by_deposit] == [early.pk, late.pk]


@pytest.mark.req("S4-5.2-01")
def test_delegations_and_directorates_of_the_authority_examine(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    from avenant.funding.reviews.models import Examination

    names = ("Guadeloupe", "Saint-Martin", "Saint-Barthélemy")
    with acting_as(cast.officer):
        made = [
            marking.ask_examination(
                actor=cast.officer, dossier_id=dossier.pk, kind=Examination.Kind.DELEGATION, name=name,
                last_day=date(2023, 11, 30), at=NOVEMBER,
            )
            for name in names
        ]  # fmt: skip
        made.append(
            marking.ask_examination(
                actor=cast.officer, dossier_id=dossier.pk, kind=Examination.Kind.DIRECTORATE, name="DAOSS",
                last_day=date(2023, 11, 30), at=NOVEMBER,
            )
        )  # fmt: skip
        with pytest.raises(DomainError, match="déjà demandé"):
            marking.ask_examination(
                actor=cast.officer, dossier_id=dossier.pk, kind=Examination.Kind.DIRECTORATE, name="DAOSS",
                last_day=date(2023, 11, 30), at=NOVEMBER,
            )  # fmt: skip
    give_all(cast, dossier)
    mark(cast, dossier)
    with acting_as(cast.examiner):
        with pytest.raises(Refused, match="Examen attendu : DAOSS"):
            opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Oui.", at=DECEMBER)
        with pytest.raises(DomainError, match="se motive"):
            marking.give_examination(
                actor=cast.examiner,
                examination_id=made[0].pk,
                verdict=Examination.Verdict.RESERVED,
                text="",
                at=DECEMBER,
            )
        for one in made:
            marking.give_examination(
                actor=cast.examiner, examination_id=one.pk, verdict=Examination.Verdict.FAVOURABLE, text="", at=DECEMBER
            )
        done = opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Oui.", at=DECEMBER)
        assert done.state == "examined"
        kinds = {one.get_kind_display() for one in selectors.list_examinations(cast.examiner, done)}
        assert kinds == {"délégation départementale", "direction métier"}


def test_a_person_with_an_interest_reads_no_opinion_and_examines_no_more(cast: FundingCast, dossier: Dossier) -> None:
    instruction = instruct(cast, dossier)
    with acting_as(cast.examiner):
        opinions.declare_interest(actor=cast.examiner, dossier_id=dossier.pk, reason="Ancien salarié", at=NOVEMBER)
        assert selectors.has_interest(cast.examiner, instruction)
        with pytest.raises(Refused, match="lien d’intérêt"):
            mark(cast, dossier)
        with pytest.raises(Refused, match="lien d’intérêt"):
            give(cast.examiner, dossier)
    with acting_as(cast.officer):
        assert selectors.get_instruction(cast.officer, dossier.pk).examiner is None
        with pytest.raises(DomainError, match="lien d’intérêt"):
            opening.assign_examiner(
                actor=cast.officer, dossier_id=dossier.pk, person_id=cast.examiner.person_id, at=NOVEMBER
            )


def test_it_is_concluded_once_everything_is_in_and_reopened_with_a_reason(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    with acting_as(cast.examiner), pytest.raises(Refused, match="À apprécier"):
        opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Oui.", at=DECEMBER)
    mark(cast, dossier)
    with acting_as(cast.examiner), pytest.raises(Refused, match="avis des institutions"):
        opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Oui.", at=DECEMBER)
    give_all(cast, dossier)
    with acting_as(cast.examiner):
        with pytest.raises(DomainError, match="conclusion"):
            opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion=" ", at=DECEMBER)
        opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Oui.", at=DECEMBER)
        with pytest.raises(Refused, match="conclue"):
            mark(cast, dossier)
    with acting_as(cast.officer):
        with pytest.raises(Refused, match="motif"):
            opening.reopen_instruction(actor=cast.officer, dossier_id=dossier.pk, reason="", at=DECEMBER)
        again = opening.reopen_instruction(actor=cast.officer, dossier_id=dossier.pk, reason="Pièce neuve", at=DECEMBER)
        assert again.state == "assigned"


def test_what_the_dossier_tells_is_proposed_and_the_amounts_are_kept(cast: FundingCast, dossier: Dossier) -> None:
    instruction = instruct(cast, dossier)
    with acting_as(cast.examiner):
        proposed = dict(Mark.objects.filter(instruction=instruction).values_list("criterion", "value"))
        assert proposed == {"shared": "not_met", "policy": "met", "innovative": "not_met"}
        assert (instruction.eligible, instruction.grant) == (Decimal("100000.00"), Decimal("40000.00"))


def test_an_examined_dossier_keeps_its_conclusion(cast: FundingCast, dossier: Dossier) -> None:
    examine(cast, dossier, {"innovative": Value.MET})
    with acting_as(cast.fund):
        assert selectors.get_instruction(cast.fund, dossier.pk).conclusion == "Projet utile et mesuré."
