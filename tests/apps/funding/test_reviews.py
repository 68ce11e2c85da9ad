"""The instruction of a dossier: opened, given opinions hidden until all are in, marked, concluded."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.http import Http404
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import (
    GUADELOUPE,
    LAST,
    OCTOBER,
    TOO_LATE,
    FundingCast,
    draft_of_2023,
    fill,
    hand_in,
    join,
    open_for,
    partners,
    publish,
    row,
)
from tests.support.granting import grant_it, open_agreement, sign
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
    take_over_aid,
)
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding import grid
from avenant.domain.funding.grid import Value
from avenant.domain.funding.opinions import Answer, Collegial, PointAnswer
from avenant.foundations import clock
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import CircleMember
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.models import Action, Dossier, HrIndicator
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services import judging, writing
from avenant.funding.dossiers.services.writing import RowSaid
from avenant.funding.grants import services as grants
from avenant.funding.reports.models import GrantReport
from avenant.funding.reviews.models import Examination, Instruction, Mark, Opinion, OpinionAsked
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.selectors.former import former_respect
from avenant.funding.reviews.selectors.instructions import InstructionSearch
from avenant.funding.reviews.selectors.ranking import all_examined, assess_call
from avenant.funding.reviews.selectors.study import study_of
from avenant.funding.reviews.services import marking, opening, opinions
from avenant.funding.reviews.views.grid import gates_of

pytestmark = pytest.mark.django_db
MAY_2025 = datetime(2025, 5, 12, 13, tzinfo=UTC)


@pytest.fixture(autouse=True)
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in December 2023."""
    monkeypatch.setattr(clock, "now", lambda: DECEMBER)


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
            "Projets d’aménagement proposés par l’établissement",
            "Avantages et inconvénients des équipements en matériels sollicités",
            "Leur pertinence dans le contexte spécifique de l’établissement demandeur",
            "Évaluations extérieures ou internes effectuées",
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


def test_partners_read_neither_grid_nor_examinations_before_the_opinions(
    cast: FundingCast, dossier: Dossier, call: PublishedCall
) -> None:
    """They are opinions of the authority: a partner answers without them, whether it has answered or not."""
    instruct(cast, dossier)
    mark(cast, dossier)
    with acting_as(cast.examiner):
        asked = marking.ask_examination(
            actor=cast.examiner, dossier_id=dossier.pk, kind=Examination.Kind.DELEGATION, name="Saint-Martin",
            last_day=date(2023, 12, 20), at=NOVEMBER,
        )  # fmt: skip
        marking.give_examination(
            actor=cast.examiner, examination_id=asked.pk, verdict=Examination.Verdict.UNFAVOURABLE,
            text="Le terrain manque.", at=NOVEMBER,
        )  # fmt: skip
    give(cast.labour, dossier)
    pages = {
        name: reverse(f"reviews:{name}", args=[dossier.pk]) for name in ("instruction", "grid", "opinions", "study")
    }
    ranking = [reverse("reviews:ranking", args=[call.key]), reverse("reviews:export-ranking", args=[call.key, "csv"])]
    for reader in (cast.fund, cast.labour):
        client = signed_in(reader)
        assert client.get(pages["grid"]).status_code == 403
        assert "Le terrain manque" not in client.get(pages["instruction"]).content.decode()
        assert client.get(pages["study"]).status_code == client.get(pages["opinions"]).status_code == 200
        for page in ranking:
            answer = client.get(page)
            told = b"".join(answer) if answer.streaming else answer.content
            assert "avis attendus" in told.decode()
    own = signed_in(cast.examiner)
    assert own.get(pages["grid"]).status_code == 200
    assert "Le terrain manque" in own.get(pages["instruction"]).content.decode()
    with acting_as(cast.officer):
        opinions.close_round(actor=cast.officer, dossier_id=dossier.pk, reason="Délai passé.", at=NOVEMBER)
    client = signed_in(cast.fund)
    assert client.get(pages["grid"]).status_code == 200
    assert "Le terrain manque" in client.get(pages["instruction"]).content.decode()
    assert "avis attendus" not in client.get(ranking[0]).content.decode()


def test_what_is_left_before_the_conclusion_is_listed_with_its_place(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    client, page = signed_in(cast.examiner), reverse("reviews:instruction", args=[dossier.pk])
    told = client.get(page).content.decode()
    for name, words in (("grid", "À apprécier"), ("opinions", "ne sont pas tous rendus")):
        assert re.search(rf'<a href="{reverse(f"reviews:{name}", args=[dossier.pk])}">[^<]*{words}', told)
    assert "Conclure l’instruction" not in told
    give_all(cast, dossier)
    mark(cast, dossier)
    assert "Conclure l’instruction" in client.get(page).content.decode()


def test_two_who_fill_one_grid_or_one_opinion_never_overwrite_each_other_unread(
    cast: FundingCast, dossier: Dossier
) -> None:
    instruct(cast, dossier)
    pages = {
        signed_in(cast.examiner): (reverse("reviews:grid", args=[dossier.pk]),) * 2,
        signed_in(cast.fund): (
            reverse("reviews:opinions", args=[dossier.pk]), reverse("reviews:give-opinion", args=[dossier.pk])
        ),
    }  # fmt: skip
    typed = {
        "coherence": ({"coherence": "met"}, {"coherence": "partly", "coherence_reason": "Un lien manque."}),
        "layout": ({"layout": "favourable", "save": "oui"}, {"layout": "unknown", "save": "oui"}),
    }
    for (client, (page, act)), (first, second) in zip(pages.items(), typed.values(), strict=True):
        seen = re.findall(r'name="seen" value="([^"]*)"', client.get(page).content.decode())
        assert client.post(act, {**first, "seen": seen}).status_code == 302
        assert client.post(act, {**first, "seen": seen}).status_code == 302  # pressed twice: the same, nothing to say
        late = client.post(act, {**second, "seen": seen})
        assert late.status_code == 422
        told = late.content.decode()
        assert "depuis que vous" in told
        fresh = re.findall(r'name="seen" value="([^"]*)"', told)
        assert fresh != seen
        assert client.post(act, {**second, "seen": fresh}).status_code == 302
    with acting_as(cast.examiner):
        assert Mark.objects.get(criterion="coherence").value == Value.PARTLY


def test_an_examination_badly_asked_keeps_what_is_typed(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    address = reverse("reviews:ask-examination", args=[dossier.pk])
    said = {"kind": "delegation", "name": "Délégation de Saint-Martin", "last_day": "2023-01-01"}
    for typed in (said, {**said, "last_day": ""}):
        answer = signed_in(cast.examiner).post(address, typed)
        assert answer.status_code == 422
        assert "Délégation de Saint-Martin" in answer.content.decode()
    assert signed_in(cast.fund).post(address, {}).status_code == 403


def test_what_is_left_to_examine_comes_before_what_is_concluded(cast: FundingCast, call: PublishedCall) -> None:
    first = complete_dossier(cast, call)
    instruct(cast, first)
    examine(cast, first)
    other = complete_dossier(cast, publish(cast, key="appel-suivant"))
    instruct(cast, other)
    with acting_as(cast.officer):
        queue = list(selectors.list_instructions(cast.officer, InstructionSearch()))
    assert [one.dossier_id for one in queue] == [other.pk, first.pk]


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
        with pytest.raises(Refused, match=r"Examen attendu : Guadeloupe.* DAOSS"):
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
        assert DueItem.objects.get(key=f"instruction:{instruction.pk}:assign").state == "open"
        with pytest.raises(DomainError, match="lien d’intérêt"):
            opening.assign_examiner(
                actor=cast.officer, dossier_id=dossier.pk, person_id=cast.examiner.person_id, at=NOVEMBER
            )


def test_an_interest_is_lifted_by_somebody_else_with_a_reason(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    with acting_as(cast.officer):
        mine = opinions.declare_interest(actor=cast.officer, dossier_id=dossier.pk, reason="Voisine", at=NOVEMBER)
        with pytest.raises(DomainError, match="par une autre personne que vous"):
            opinions.lift_interest(
                actor=cast.officer, dossier_id=dossier.pk, interest_id=mine.pk, reason="Erreur", at=NOVEMBER
            )
    with acting_as(cast.fund):
        row = opinions.declare_interest(actor=cast.fund, dossier_id=dossier.pk, reason="Ancien salarié", at=NOVEMBER)
        with pytest.raises(Refused, match="Cet acte est celui de l’autorité"):
            opinions.lift_interest(
                actor=cast.fund, dossier_id=dossier.pk, interest_id=row.pk, reason="Erreur", at=NOVEMBER
            )
    address = reverse("reviews:lift-interest", args=[dossier.pk, row.pk])
    assert "Dites pourquoi" in signed_in(cast.officer).post(address, {"reason": " "}).content.decode()
    assert signed_in(cast.officer).post(address, {"reason": "Homonyme"}).status_code == 302
    with acting_as(cast.fund):
        instruction = selectors.get_instruction(cast.fund, dossier.pk)
        assert not selectors.has_interest(cast.fund, instruction)
        told = Event.objects.visible_to(cast.fund).get(verb="instruction.lift_interest")
        assert (told.reason, told.person_id) == ("Homonyme", cast.officer.person_id)
        again = opinions.declare_interest(actor=cast.fund, dossier_id=dossier.pk, reason="Parent", at=NOVEMBER)
        assert again.pk != row.pk
        assert selectors.has_interest(cast.fund, instruction)
    page = signed_in(cast.officer).get(reverse("reviews:instruction", args=[dossier.pk])).content.decode()
    assert "Homonyme" in page
    assert "Parent" in page


def test_an_opinion_is_taken_back_before_all_are_in_and_not_after(cast: FundingCast, dossier: Dossier) -> None:
    instruct(cast, dossier)
    give(cast.fund, dossier)
    client, address = signed_in(cast.fund), reverse("reviews:take-opinion-back", args=[dossier.pk])
    assert "Reprendre votre avis" in client.get(reverse("reviews:opinions", args=[dossier.pk])).content.decode()
    assert "Dites pourquoi" in client.post(address, {"reason": ""}).content.decode()
    assert client.post(address, {"reason": "Le devis a changé."}).status_code == 302
    with acting_as(cast.fund):
        instruction = selectors.get_instruction(cast.fund, dossier.pk)
        line = next(one for one in selectors.list_opinions(cast.fund, instruction) if one.mine)
        assert not line.given
        assert line.answers, "what was written is kept"
        assert DueItem.objects.get(key=f"opinion:{line.asked.pk}:give").state == "open"
        assert Event.objects.visible_to(cast.fund).get(verb="opinion.take_back").reason == "Le devis a changé."
    with acting_as(cast.labour), pytest.raises(Refused, match="n’est pas rendu"):
        opinions.take_opinion_back(actor=cast.labour, dossier_id=dossier.pk, reason="x", at=NOVEMBER)
    give_all(cast, dossier)
    with acting_as(cast.fund), pytest.raises(Refused, match="ne se reprend plus"):
        opinions.take_opinion_back(actor=cast.fund, dossier_id=dossier.pk, reason="x", at=NOVEMBER)


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
        assert proposed == {
            "shared": "not_met", "policy": "met", "innovative": "not_met", "earlier_clact": "neutral",
        }  # fmt: skip
        assert (instruction.eligible, instruction.grant) == (Decimal("100000.00"), Decimal("40000.00"))


def test_an_examined_dossier_keeps_its_conclusion(cast: FundingCast, dossier: Dossier) -> None:
    examine(cast, dossier, {"innovative": Value.MET})
    with acting_as(cast.fund):
        assert selectors.get_instruction(cast.fund, dossier.pk).conclusion == "Projet utile et mesuré."


@pytest.mark.req("S4-2.2-12")
def test_out_of_scope_in_time_it_is_instructed_with_the_others_and_ranked_after_them(
    cast: FundingCast, call: PublishedCall
) -> None:
    outside = open_for(cast.other_director, call, "99B000002")
    fill(cast.other_director, outside)
    with acting_as(cast.other_director):
        project = outside.projects.get()
        project.in_scope = False
        project.agents = 900
        project.save()
    inside = complete_dossier(cast, call)
    late = LAST.replace(hour=23, minute=0, second=0)
    with pytest.raises(Refused, match="Trop tard"):
        hand_in(cast.other_director, outside, at=TOO_LATE)
    hand_in(cast.other_director, outside, at=late)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=outside.pk, at=NOVEMBER)
    examine(cast, outside, {"shared": Value.MET, "innovative": Value.MET, "policy": Value.MET})
    examine(cast, inside, {"coherence": Value.NOT_MET, "orientations": Value.NOT_MET, "policy": Value.NOT_MET})
    with acting_as(cast.officer):
        rows = assess_call(cast.officer, call)
        assert [(one.dossier.pk, one.rank, one.in_scope) for one in rows] == [
            (inside.pk, 1, True), (outside.pk, 2, False),
        ]  # fmt: skip
        assert rows[1].score > rows[0].score
        assert "hors périmètre" in rows[1].sentence
        assert {one.instruction.opinions_due_at for one in rows if one.instruction} == {
            rows[0].instruction.opinions_due_at if rows[0].instruction else None
        }


def two_examined(
    cast: FundingCast, call: PublishedCall, first: dict[str, Value], second: dict[str, Value]
) -> tuple[Dossier, Dossier]:
    """Two dossiers of one call, alike but for their marks; the first was handed in first."""
    a, b = complete_dossier(cast, call), complete_dossier(cast, call, director=cast.other_director)
    none = dict.fromkeys(("shared", "policy", "innovative"), Value.NOT_MET)
    examine(cast, a, {**none, **first})
    examine(cast, b, {**none, **second})
    return a, b


def order(cast: FundingCast, call: PublishedCall) -> list[object]:
    with acting_as(cast.officer):
        return [one.dossier.pk for one in assess_call(cast.officer, call)]


@pytest.mark.req("S4-2.2-07")
def test_a_dossier_that_meets_a_priority_passes_before_a_better_score(cast: FundingCast, call: PublishedCall) -> None:
    weak = {"shared": Value.MET, "coherence": Value.NOT_MET, "orientations": Value.NOT_MET}
    a, b = two_examined(cast, call, {}, weak)
    assert order(cast, call) == [b.pk, a.pk]
    with acting_as(cast.officer):
        first, second = assess_call(cast.officer, call)
        assert first.score < second.score
        assert first.priority_labels == ["Actions mutualisées entre établissements"]


@pytest.mark.req("S4-5.1-07")
@pytest.mark.req("S4-5.1-10")
@pytest.mark.parametrize("criterion", ["shared", "innovative"])
def test_a_priority_weighs_what_the_call_says(cast: FundingCast, criterion: str) -> None:
    call = publish(cast, parameters={f"weight_{criterion}": 5})
    a, b = two_examined(cast, call, {}, {criterion: Value.MET})
    assert order(cast, call) == [b.pk, a.pk]
    with acting_as(cast.officer):
        first, second = assess_call(cast.officer, call)
        assert first.score - second.score == 5
        assert first.priorities == (criterion,)
        assert second.priorities == ()


@pytest.mark.req("S4-5.1-09")
def test_a_project_tagged_with_a_listed_orientation_has_its_flag_on_and_weighs(cast: FundingCast) -> None:
    call = publish(cast, parameters={"weight_policy": 3})
    tagged = complete_dossier(cast, call)
    other = open_for(cast.other_director, call, "99B000002")
    fill(cast.other_director, other)
    with acting_as(cast.other_director):
        project = other.projects.get()
        project.strands = []
        project.save()
    hand_in(cast.other_director, other)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=other.pk, at=NOVEMBER)
    examine(cast, tagged)
    examine(cast, other)
    with acting_as(cast.officer):
        first, second = assess_call(cast.officer, call)
        assert (first.dossier.pk, first.priorities) == (tagged.pk, ("policy",))
        assert (second.dossier.pk, second.priorities) == (other.pk, ())
        assert first.score - second.score == 3


@pytest.mark.req("S4-5.1-08")
def test_without_a_threshold_the_number_of_agents_ranks_at_equal_other_criteria(cast: FundingCast) -> None:
    call = publish(cast, parameters={"weight_many_agents": 2})
    dossiers = []
    for director, finess, agents in ((cast.other_director, "99B000002", 20), (cast.director, "99B000001", 300)):
        made = open_for(director, call, finess)
        fill(director, made)
        with acting_as(director):
            made.projects.update(agents=agents)
        hand_in(director, made)
        with acting_as(cast.officer):
            judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
        examine(cast, made)
        dossiers.append(made.pk)
    small, large = dossiers
    assert order(cast, call) == [large, small]
    with acting_as(cast.officer):
        first, second = assess_call(cast.officer, call)
        assert (first.agents, second.agents) == (300, 20)
        assert first.score - second.score == 2 * (1 - Fraction(20, 300))


@pytest.mark.req("S4-5.1-05")
@pytest.mark.req("S4-5.1-06")
@pytest.mark.parametrize("criterion", ["orientations", "coherence"])
def test_an_appreciation_is_said_with_its_reason_and_weighs(cast: FundingCast, criterion: str) -> None:
    call = publish(cast, parameters={f"weight_{criterion}": 4})
    a, b = two_examined(cast, call, {criterion: Value.PARTLY}, {})
    assert order(cast, call) == [b.pk, a.pk]
    with acting_as(cast.officer):
        first, second = assess_call(cast.officer, call)
        assert first.score - second.score == 2
        opening.reopen_instruction(actor=cast.officer, dossier_id=a.pk, reason="Relire", at=DECEMBER)
    with acting_as(cast.examiner), pytest.raises(DomainError, match="dites pourquoi"):
        marking.mark_criteria(actor=cast.examiner, dossier_id=a.pk, said={criterion: (Value.NOT_MET, "")}, at=DECEMBER)


@pytest.mark.req("S4-5.1-04")
def test_former_contracts_with_a_late_report_are_not_respected_and_without_any_the_criterion_is_neutral(
    cast: FundingCast, call: PublishedCall
) -> None:
    first = complete_dossier(cast, call)
    second = complete_dossier(cast, call, director=cast.other_director)
    with acting_as(cast.officer):
        former = take_over_aid(cast, first)
        GrantReport.objects.create(
            circle_id=former.circle_id, grant=former, kind="yearly", year=2021, starts_on=date(2021, 1, 1),
            ends_on=date(2021, 12, 31), due_on=date(2022, 3, 30), due_at=datetime(2022, 3, 31, 4, tzinfo=UTC), late=True,
            state="expected", state_since=NOVEMBER,
        )  # fmt: skip
    late, none = instruct(cast, first), instruct(cast, second)
    with acting_as(cast.examiner):
        told = former_respect(late.dossier, at=NOVEMBER)
        assert (told.proposed, [one.respected for one in told.contracts]) == (Value.NOT_MET, [False])
        mark_of = Mark.objects.get(instruction=late, criterion="earlier_clact")
        assert mark_of.get_value_display() == "non respecté"
        assert "2021 reçu en retard" in mark_of.reason
        neutral = Mark.objects.get(instruction=none, criterion="earlier_clact")
        assert neutral.get_value_display() == "sans objet"
        assert former_respect(none.dossier, at=NOVEMBER).contracts == ()
        page = signed_in(cast.examiner).get(reverse("reviews:checks", args=[first.pk])).content.decode()
        assert "non respecté" in page
        assert "2021 reçu en retard" in page
        alone = signed_in(cast.examiner).get(reverse("reviews:checks", args=[second.pk])).content.decode()
        assert "sans objet" in alone
    weights = dict.fromkeys((one.code for one in grid.WEIGHED), Fraction(1))
    for value in (Value.MET, Value.NOT_MET):
        others = {"orientations": value, "coherence": value}
        said = grid.points({**others, "earlier_clact": Value.NEUTRAL}, weights, agents=1, most_agents=1)
        assert said["earlier_clact"] == said["orientations"]


@pytest.mark.req("S4-5.1-21")
def test_the_grid_is_three_gates_three_appreciations_four_priorities_weights_one_until_publication(
    cast: FundingCast, call: PublishedCall
) -> None:
    assert [len(kind) for kind in (grid.GATES, grid.APPRECIATIONS, grid.PRIORITIES)] == [3, 3, 4]
    assert set(grid.weights_of(call.book().value, call.book().parameters).values()) == {Fraction(1)}
    dossier = complete_dossier(cast, call)
    instruct(cast, dossier)
    with acting_as(cast.examiner):
        gates = gates_of(standing_of(get_dossier(cast.examiner, dossier.pk), at=NOVEMBER))
        assert [one["passed"] for one in gates] == [True, True, True]
        with pytest.raises(DomainError, match="la règle le constate"):
            marking.mark_criteria(
                actor=cast.examiner, dossier_id=dossier.pk, said={"request": (Value.MET, "")}, at=NOVEMBER
            )
    with acting_as(cast.officer):
        other = calls.prepare_call(
            actor=cast.officer, draft=draft_of_2023(key="appel-2027", year=2027), partners=partners(), at=NOVEMBER
        )
        calls.set_parameters(actor=cast.officer, call_id=other.pk, values={"weight_shared": 3}, at=NOVEMBER)
    with acting_as(cast.decider):
        calls.validate_call(actor=cast.decider, call_id=other.pk, at=NOVEMBER)
    with acting_as(cast.officer):
        published = calls.publish_call(actor=cast.officer, call_id=other.pk, at=NOVEMBER)
        weights = grid.weights_of(published.book().value, published.book().parameters)
        assert (weights["shared"], weights["coherence"]) == (3, 1)
        with pytest.raises(Refused, match="ses règles ne changent plus"):
            calls.set_parameters(actor=cast.officer, call_id=other.pk, values={"weight_shared": 1}, at=NOVEMBER)


@pytest.mark.req("S4-3.2.1-02")
def test_nothing_is_decided_before_every_dossier_received_is_examined(cast: FundingCast, call: PublishedCall) -> None:
    first = complete_dossier(cast, call)
    rejected = open_for(cast.other_director, call, "99B000002")
    fill(cast.other_director, rejected)
    hand_in(cast.other_director, rejected)
    with acting_as(cast.officer):
        told = all_examined(cast.officer, call)
        assert not told.allowed
        assert "il en reste 2 dossiers" in told.reason
        letter = rejected.pieces.get(kind="courrier_demande")
        judging.check_piece(actor=cast.officer, piece_id=letter.pk, compliant=False, reason="Non signé.", at=NOVEMBER)
        judging.judge_completeness(actor=cast.officer, dossier_id=rejected.pk, at=NOVEMBER)
        assert "il en reste 1 dossier" in all_examined(cast.officer, call).reason
    examine(cast, first)
    with acting_as(cast.officer):
        assert all_examined(cast.officer, call).allowed
        assert [one.examined for one in assess_call(cast.officer, call)] == [True]


@pytest.mark.req("S4-2.2-11")
def test_the_study_shows_diagnosis_context_and_three_years_of_indicators(
    cast: FundingCast, call: PublishedCall
) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    kinds = [kind for kind in HrIndicator.Kind if kind is not HrIndicator.Kind.OTHER]
    with acting_as(cast.director):
        for kind in kinds:
            for year, value in ((2019, "9.5"), (2020, "10.1"), (2021, "10.9"), (2022, "11.2")):
                HrIndicator.objects.update_or_create(
                    dossier=made, kind=kind, year=year,
                    defaults={"circle_id": made.circle_id, "value": Decimal(value), "formula": "la formule dite"},
                )  # fmt: skip
    hand_in(cast.director, made)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
    instruct(cast, made)
    with acting_as(cast.examiner):
        study = study_of(standing_of(get_dossier(cast.examiner, made.pk), at=NOVEMBER))
    assert study.years == (2020, 2021, 2022)
    assert [one.label for one in study.hr] == [
        "taux d’absentéisme", "accidents de travail", "turn-over", "attractivité et fidélisation des personnels",
    ]  # fmt: skip
    assert study.approach == "Une démarche menée avec le CSE."
    assert any("débat sur le diagnostic" in one for one in study.debates)
    page = signed_in(cast.examiner).get(reverse("reviews:study", args=[made.pk])).content.decode()
    for words in ("taux d’absentéisme", "turn-over", "la formule dite", "2020", "Une démarche menée avec le CSE."):
        assert words in page


@pytest.mark.req("S4-3.2.7-01")
def test_each_of_five_actions_is_a_commitment_and_one_abandoned_is_a_fault_at_the_next_call(
    cast: FundingCast, call: PublishedCall
) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    actions = [
        row(title=f"Action {rank}", risks="TMS", starts_on=None, ends_on=date(2025, rank, 28), lead="Cadre de santé")
        for rank in range(1, 6)
    ]
    with acting_as(cast.director):
        former = [RowSaid(one.pk, None) for one in Action.objects.filter(project__dossier=made)]
        measured = [row(action=one.pk, label="Suivi", unit="", baseline=None, target=Decimal(1)) for one in actions]
        writing.plan_actions(
            actor=cast.director, dossier_id=made.pk, position=1, actions=[*former, *actions], indicators=measured,
            at=OCTOBER,
        )  # fmt: skip
    hand_in(cast.director, made)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
    grant = grant_it(cast, made)
    with acting_as(cast.director):
        promised = list(grant.actions.filter(state="promised"))
        assert [one.title for one in promised] == [f"Action {rank}" for rank in range(1, 6)]
        assert [one.due_on for one in promised] == [date(2025, rank, 28) for rank in range(1, 6)]
    sign(cast.officer, open_agreement(cast, grant))
    with acting_as(cast.director):
        given_up = grants.abandon_action(
            actor=cast.director,
            grant_id=grant.pk,
            action_id=promised[0].pk,
            reason="Le prestataire a cessé.",
            at=MAY_2025,
        )
    with acting_as(cast.officer):
        assert "récupérée" in DueItem.objects.get(key=f"action:{given_up.pk}:examine").consequence
    following = publish(cast, key="appel-suivant")
    second = open_for(cast.director, following)
    fill(cast.director, second)
    hand_in(cast.director, second)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=second.pk, at=NOVEMBER)
        respect = former_respect(get_dossier(cast.officer, second.pk), at=MAY_2025)
        assert respect.proposed is Value.NOT_MET
        assert respect.reason.startswith("Action abandonnée")
    page = signed_in(cast.officer)
    instruct(cast, second)
    shown = page.get(reverse("reviews:checks", args=[second.pk])).content.decode()
    assert "Action abandonnée" in shown


@pytest.mark.req("S4-3.2.8-02")
def test_five_thousand_euros_an_agent_are_shown_and_proportionality_is_compulsory(
    cast: FundingCast, call: PublishedCall
) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made, cost="200000.00", asked="80000.00")
    join(cast.director, made, "lettre_etablissement", project=1)
    with acting_as(cast.director):
        made.projects.update(agents=40)
    hand_in(cast.director, made)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
    instruct(cast, made)
    page = signed_in(cast.examiner).get(reverse("reviews:grid", args=[made.pk])).content.decode()
    assert "5\u202f000,00\u202f€ par agent" in page
    assert "0,65\u202f% de la masse salariale" in page
    give_all(cast, made)
    with acting_as(cast.examiner):
        marking.mark_criteria(
            actor=cast.examiner, dossier_id=made.pk, at=NOVEMBER,
            said=dict.fromkeys(("earlier_clact", "orientations", "coherence"), (Value.MET, "")),
        )  # fmt: skip
        with pytest.raises(Refused, match="Proportionnalité"):
            opening.conclude_instruction(actor=cast.examiner, dossier_id=made.pk, conclusion="Oui.", at=DECEMBER)


@pytest.mark.req("S4-5.2-06")
def test_an_establishment_never_reads_opinions_scores_or_other_dossiers(cast: FundingCast, call: PublishedCall) -> None:
    mine = complete_dossier(cast, call)
    other = complete_dossier(cast, call, director=cast.other_director)
    examine(cast, mine)
    examine(cast, other)
    client = signed_in(cast.director)
    for name in ("instruction", "opinions", "grid", "checks"):
        told = client.get(reverse(f"reviews:{name}", args=[mine.pk]))
        assert told.status_code == 403, name
        assert "restent aux institutions" in told.content.decode()
        assert client.get(reverse(f"reviews:{name}", args=[other.pk])).status_code == 404, name
    for page in (reverse("reviews:ranking", args=[call.key]), reverse("reviews:desk"), reverse("reviews:aids")):
        assert client.get(page).status_code == 403, page
    for name in ("supplements", "exchanges"):
        assert client.get(reverse(f"reviews:{name}", args=[mine.pk])).status_code == 200
        assert client.get(reverse(f"reviews:{name}", args=[other.pk])).status_code == 404
    own = client.get(mine.page()).content.decode()
    assert "Projet utile et mesuré" not in own
    with acting_as(cast.director):
        for model in (Instruction, OpinionAsked, Opinion, Mark):
            assert not model.objects.exists()
