"""What the money changed: targets, evaluation, visits, joint review, DUERP, news."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from tests.support.funding import TOO_LATE, FundingCast, fill, hand_in, join, open_for, publish
from tests.support.granting import grant_it, in_force, open_agreement, sign
from tests.support.reports import JUNE_2026, MARCH_2025, THERE, follow, followed

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.journal.selectors import list_due, list_events
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Objective
from avenant.funding.dossiers.services import judging
from avenant.funding.grants.models import Grant, GrantedAction
from avenant.funding.reports.models import DuerpPromise, Evaluation, GrantObjective, JointReview, ProgressNews, Visit
from avenant.funding.reports.selectors import impact
from avenant.funding.reports.selectors.impact import VisitSearch
from avenant.funding.reports.services import evaluating, following, visiting
from avenant.funding.reports.services.evaluating import ObjectiveSaid
from avenant.funding.reports.services.visiting import FollowUpSaid

pytestmark = pytest.mark.django_db
D = Decimal
VISITED = date(2025, 5, 14)
APRIL = datetime(2025, 4, 2, 9, tzinfo=THERE)
THAT_DAY = datetime(2025, 5, 14, 18, tzinfo=THERE)
NEXT_DAY = datetime(2025, 5, 15, 0, 0, tzinfo=THERE)


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    return followed(cast)


def objective(**changes: Any) -> ObjectiveSaid:
    said: dict[str, Any] = {
        "label": "absentéisme",
        "unit": "%",
        "baseline": D(12),
        "target": D(10),
        "due_on": date(2025, 12, 31),
    }
    return ObjectiveSaid(**{**said, **changes})


@pytest.mark.req("S4-1-05")
def test_an_objective_has_its_target_or_is_refused(cast: FundingCast, grant: Grant) -> None:
    with acting_as(cast.director):
        made = evaluating.set_objective(actor=cast.director, grant_id=grant.pk, said=objective(), at=MARCH_2025)
        kept = GrantObjective.objects.get(pk=made.pk)
        assert (kept.label, kept.baseline, kept.target, kept.unit, kept.due_on) == (
            "absentéisme", D(12), D(10), "%", date(2025, 12, 31),
        )  # fmt: skip
        for label in (
            "diminution des AT-MP",
            "diminution de l’absentéisme",
            "remplacements de courte durée",
            "turn-over",
        ):
            evaluating.set_objective(actor=cast.director, grant_id=grant.pk, said=objective(label=label), at=MARCH_2025)
        wrong = objective(label="autre", target=None)
        with pytest.raises(DomainError, match="valeur cible"):
            evaluating.set_objective(actor=cast.director, grant_id=grant.pk, said=wrong, at=MARCH_2025)
        assert not GrantObjective.objects.filter(label="autre").exists()
        with pytest.raises(DomainError, match="déjà"):
            evaluating.set_objective(actor=cast.director, grant_id=grant.pk, said=objective(), at=MARCH_2025)
    with acting_as(cast.fund), pytest.raises(Refused):
        evaluating.set_objective(actor=cast.fund, grant_id=grant.pk, said=objective(label="x"), at=MARCH_2025)


def test_the_targets_of_the_local_contract_are_taken_with_their_day_and_not_told_again(cast: FundingCast) -> None:
    made = in_force(cast)
    with acting_as(cast.director):
        promised = Objective.objects.create(
            circle_id=made.circle_id, dossier_id=made.dossier_id, position=1, label="Turn-over", unit="%", baseline=D(14),
            target=D(11), due_on=date(2025, 6, 30),
        )  # fmt: skip
    follow(made)
    with acting_as(cast.director):
        told = {one.label: one for one in impact.list_objectives(cast.director, made)}
        assert set(told) == {"Turn-over", "Taux d’absentéisme"}
        kept = told["Turn-over"]
        assert (kept.baseline, kept.target, kept.due_on) == (promised.baseline, promised.target, promised.due_on)
        with pytest.raises(DomainError, match="a déjà son objectif"):
            evaluating.set_objective(
                actor=cast.director, grant_id=made.pk, said=objective(label="Turn-over"), at=MARCH_2025
            )
    follow(made)
    with acting_as(cast.director):
        assert impact.list_objectives(cast.director, made).count() == 2


@pytest.mark.req("S4-3.3-04")
def test_the_evaluation_tells_each_indicator_from_its_start_to_its_end(cast: FundingCast, grant: Grant) -> None:
    with acting_as(cast.director):
        one = GrantObjective.objects.get(grant=grant)  # that of the agreement
        assert (one.baseline, one.target) == (D("11.20"), D("9.00"))
        with pytest.raises(Refused, match="conditions de travail"):
            evaluating.hand_in_evaluation(actor=cast.director, grant_id=grant.pk, at=JUNE_2026)
        evaluating.write_evaluation(
            actor=cast.director, grant_id=grant.pk, conditions="Moins de port de charges.", care="Moins de changements.",
            finals={one.pk: (None, "")}, at=JUNE_2026,
        )  # fmt: skip
        with pytest.raises(Refused, match="absentéisme"):
            evaluating.hand_in_evaluation(actor=cast.director, grant_id=grant.pk, at=JUNE_2026)
        evaluating.write_evaluation(
            actor=cast.director, grant_id=grant.pk, conditions="Moins de port de charges.", care="Moins de changements.",
            finals={one.pk: (D("9.5"), "Une vague de grippe en janvier.")}, at=JUNE_2026,
        )  # fmt: skip
        row = evaluating.hand_in_evaluation(actor=cast.director, grant_id=grant.pk, at=JUNE_2026)
        assert (row.state, row.late) == ("received", False)
    with acting_as(cast.officer):
        told = Event.objects.get(verb="evaluation.hand_in").evidence["objectives"]
        assert told == [
            {"label": "Taux d’absentéisme", "unit": "%", "baseline": "11.20", "target": "9.00", "final": "9.50",
             "gap": "0.50", "comment": "Une vague de grippe en janvier."}
        ]  # fmt: skip
        kept = GrantObjective.objects.get(pk=one.pk)
        assert (kept.gap, kept.reached) == (D("0.50"), False)
        evaluating.judge_evaluation(
            actor=cast.officer, grant_id=grant.pk, accepted=False, reason="Préciser", at=JUNE_2026
        )
        assert Evaluation.objects.get(grant=grant).state == "returned"
    with acting_as(cast.director):
        evaluating.hand_in_evaluation(actor=cast.director, grant_id=grant.pk, at=JUNE_2026)
    with acting_as(cast.officer):
        assert (
            evaluating.judge_evaluation(actor=cast.officer, grant_id=grant.pk, accepted=True, at=JUNE_2026).state
            == "accepted"
        )


@pytest.mark.parametrize(
    ("baseline", "target", "final", "reached"),
    [("12", "10", "10", True), ("12", "10", "10.01", False), ("50", "60", "60", True), ("50", "60", "59.99", False)],
)
def test_a_target_is_reached_in_the_direction_it_aimed(baseline: str, target: str, final: str, reached: bool) -> None:
    assert GrantObjective(baseline=D(baseline), target=D(target), final=D(final)).reached is reached


def plan(actor: Actor, grant: Grant, others: list[Actor]) -> Visit:
    people = {actor.organisation_id: "ingénieure", **{one.organisation_id: "inspecteur" for one in others}}
    with acting_as(actor):
        return visiting.plan_visit(
            actor=actor, grant_id=grant.pk, on=VISITED, purpose="Matériel de levage", participants=people, at=APRIL
        )


@pytest.mark.req("S0-2-14")
def test_a_joint_visit_is_on_the_timeline_of_the_three_partners_and_overdue_without_its_report(
    cast: FundingCast, grant: Grant
) -> None:
    visit = plan(cast.fund, grant, [cast.labour])
    for partner in (cast.officer, cast.fund, cast.labour):
        with acting_as(partner):
            timeline = list_events(partner, grant.circle_id)
            assert timeline.get(verb="visit.plan").label.startswith("Visite sur site prévue le 14 mai 2025")
            overdue = VisitSearch(state="overdue")
            assert not impact.list_visits(partner, overdue, at=THAT_DAY).exists()
            assert impact.list_visits(partner, overdue, at=NEXT_DAY).get().pk == visit.pk
    with acting_as(cast.fund):
        assert list_due(cast.fund).get(key=visiting.visit_key(visit, cast.fund.organisation_id)).due_at == NEXT_DAY
        with pytest.raises(Refused, match="pas encore eu lieu"):
            visiting.report_visit(actor=cast.fund, visit_id=visit.pk, findings="Vu", at=APRIL)
    todo = FollowUpSaid(
        what="Former deux référents", organisation=cast.director.organisation_id, due_on=date(2025, 9, 1)
    )
    with acting_as(cast.labour):
        done = visiting.report_visit(
            actor=cast.labour, visit_id=visit.pk, findings="Le matériel est en service.", follow_ups=[todo], at=NEXT_DAY
        )
    assert done.state == "reported"
    with acting_as(cast.director):
        row = impact.get_visit(cast.director, visit.pk)
        assert (row.grant.name, row.grant.dossier_id, row.on) == (grant.name, grant.dossier_id, VISITED)
        assert [(one.organisation.key, one.people) for one in row.participants.all()] == [
            ("cgss-guadeloupe", "ingénieure"), ("deets-guadeloupe", "inspecteur"),
        ]  # fmt: skip
        assert row.findings == "Le matériel est en service."
        (follow_up,) = row.follow_ups.all()
        assert (follow_up.what, follow_up.due_on) == ("Former deux référents", date(2025, 9, 1))
        assert not impact.list_visits(cast.director, VisitSearch(state="overdue"), at=NEXT_DAY).exists()
        visiting.finish_follow_up(actor=cast.director, follow_up_id=follow_up.pk, on=date(2025, 8, 1), at=JUNE_2026)
        assert DueItem.objects.get(key=f"visit-follow-up:{follow_up.pk}").state == "done"


@pytest.mark.req("S0-2-14")
def test_a_visit_may_be_alone_and_cancelled_with_its_reason(cast: FundingCast, grant: Grant) -> None:
    visit = plan(cast.fund, grant, [])
    with acting_as(cast.labour), pytest.raises(Refused, match="participe"):
        visiting.cancel_visit(actor=cast.labour, visit_id=visit.pk, reason="non", at=APRIL)
    with acting_as(cast.fund):
        assert (
            visiting.cancel_visit(actor=cast.fund, visit_id=visit.pk, reason="Cyclone", at=APRIL).state == "cancelled"
        )
    with acting_as(cast.director), pytest.raises(Refused):
        visiting.plan_visit(actor=cast.director, grant_id=grant.pk, on=VISITED, purpose="x", participants={}, at=APRIL)


@pytest.mark.req("S0-2-15")
def test_a_joint_review_closes_with_both_its_parts_for_the_three_institutions(cast: FundingCast, grant: Grant) -> None:
    call = PublishedCall.objects.get(pk=grant.call_id)
    with acting_as(cast.labour):
        review = visiting.start_joint_review(actor=cast.labour, call=call, title="", at=JUNE_2026)
    for author, dimension in ((cast.fund, "conditions"), (cast.officer, "care")):
        with acting_as(author):
            visiting.say_part(actor=author, review_id=review.pk, dimension=dimension, text="Positif.", at=JUNE_2026)
    with acting_as(cast.fund):
        visiting.write_joint_review(
            actor=cast.fund, review_id=review.pk, conditions="Moins de TMS.", care=" ", at=JUNE_2026
        )
    with acting_as(cast.officer), pytest.raises(Refused, match="prise en charge des résidents"):
        visiting.close_joint_review(actor=cast.officer, review_id=review.pk, at=JUNE_2026)
    with acting_as(cast.officer):
        visiting.write_joint_review(
            actor=cast.officer,
            review_id=review.pk,
            conditions="Moins de TMS.",
            care="Des équipes stables.",
            at=JUNE_2026,
        )
        closed = visiting.close_joint_review(actor=cast.officer, review_id=review.pk, at=JUNE_2026)
        assert (closed.state, closed.figures["number"], closed.figures["amount"]) == ("closed", 1, "40000.00")
    for partner in (cast.officer, cast.fund, cast.labour):
        with acting_as(partner):
            assert impact.get_joint_review(partner, review.pk).care == "Des équipes stables."
    for outside in (cast.director, cast.other_director):
        with acting_as(outside):
            assert not JointReview.objects.exists()


@pytest.mark.req("S4-3.3-01")
def test_the_establishment_tells_how_its_actions_go(cast: FundingCast, grant: Grant) -> None:
    with acting_as(cast.lead):
        action = GrantedAction.objects.get(grant=grant)
        told: dict[str, Any] = {"actor": cast.lead, "grant_id": grant.pk, "action_id": action.pk, "at": MARCH_2025}
        with pytest.raises(DomainError, match="commentaire"):
            evaluating.tell_news(**told, progress="delayed", on=date(2025, 3, 1), comment="")
        with pytest.raises(DomainError, match="à venir"):
            evaluating.tell_news(**told, progress="ongoing", on=date(2025, 4, 1), comment="")
        evaluating.tell_news(**told, progress="ongoing", on=date(2025, 3, 1), comment="Deux services sur trois.")
    with acting_as(cast.officer):
        (row,) = impact.list_news(cast.officer, grant)
        assert (row.action.title, row.get_progress_display(), row.on, row.comment) == (
            "Revoir les cycles", "en cours", date(2025, 3, 1), "Deux services sur trois.",
        )  # fmt: skip
        with pytest.raises(Refused):
            evaluating.tell_news(**{**told, "actor": cast.officer}, progress="done", on=date(2025, 3, 1), comment="")
    with acting_as(cast.director):
        evaluating.tell_news(**{**told, "actor": cast.director}, progress="done", on=date(2025, 3, 2), comment="")
        assert ProgressNews.objects.count() == 2
        assert GrantedAction.objects.get(pk=action.pk).state == "done"


@pytest.mark.req("S4-4-11")
def test_a_duerp_letter_is_a_promise_until_the_duerp_is_received(cast: FundingCast) -> None:
    dossier = open_for(cast.director, publish(cast))
    fill(cast.director, dossier)
    join(cast.director, dossier, "lettre_duerp")
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
    grant = grant_it(cast, dossier)
    sign(cast.officer, open_agreement(cast, grant))
    follow(grant)
    late = datetime(2025, 4, 1, tzinfo=UTC)
    with acting_as(cast.officer):
        promise = DuerpPromise.objects.get(grant=grant)
        assert (promise.standing(MARCH_2025), promise.standing(late)) == ("lettre signée", "en retard")
        assert promise.due_on == date(2025, 3, 30)  # with the first yearly report
        assert (promise.signed_on, promise.letter.name if promise.letter else "") == (
            date(2023, 10, 15),
            "lettre_duerp.pdf",
        )
    with acting_as(cast.director):
        said: dict[str, Any] = {
            "actor": cast.director,
            "grant_id": grant.pk,
            "name": "duerp.pdf",
            "content": b"%PDF-1.7 d",
        }
        assert list_due(cast.director).filter(key=following.duerp_key(promise)).exists()
        with pytest.raises(DomainError, match="antérieur"):
            evaluating.hand_in_duerp(**said, updated_on=date(2023, 10, 14), at=MARCH_2025)
        with pytest.raises(DomainError, match="à venir"):
            evaluating.hand_in_duerp(**said, updated_on=MARCH_2025.date() + timedelta(days=1), at=MARCH_2025)
        done = evaluating.hand_in_duerp(**said, updated_on=date(2025, 2, 3), at=MARCH_2025)
        assert done.standing(late) == "DUERP mis à jour reçu"
        assert not list_due(cast.director).filter(key=following.duerp_key(promise)).exists()
    with acting_as(cast.officer):
        again = evaluating.ask_duerp_again(actor=cast.officer, grant_id=grant.pk, reason="Illisible", at=MARCH_2025)
        assert again.state == "promised"
