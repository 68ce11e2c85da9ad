"""The committees: one held last year, one whose minutes wait, one convened, and the calendar of the region published."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time, timedelta
from typing import Any

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import ContractParty
from avenant.demo.building.calendar import PARIS, paris
from avenant.demo.building.people import Cast
from avenant.domain.meetings.planner import Answer
from avenant.domain.periods import is_working_day
from avenant.foundations.journal import services as journal
from avenant.foundations.meetings import printing, selectors, services
from avenant.foundations.meetings.models import Attendance, Committee, CommitteeDecision, Planning, Session
from avenant.foundations.meetings.services.minutes import DecisionDraft
from avenant.foundations.meetings.services.reports import ReportText
from avenant.foundations.meetings.services.sessions import Presence
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.consolidation.services import Reorientation, decide_in_session
from avenant.references.reading import read
from avenant.site.committees import set_up_committees


def meet(cast: Cast, contracts_at: datetime) -> None:
    """Every committee of the demonstration, from last year's to the one that is convened."""
    told = read("demo/committees")
    list(set_up_committees(at=contracts_at))
    _held(cast, told["held"], Committee.Kind.FOLLOW_UP, Session.Purpose.SETUP)
    planning = _plan_region(cast, told["planning"])
    _convene_the_near_ones(cast, planning, told)
    _held(cast, told["waiting"], Committee.Kind.TECHNICAL, Session.Purpose.TECHNICAL)
    _convene(cast, told["convened"], planning)
    _report(cast, told["report"])


def _committee(actor: Actor, service: str, kind: Committee.Kind) -> Committee:
    return selectors.list_committees(actor).get(kind=kind, secretariat__key=service, first_year=2025)


def _held(cast: Cast, told: Mapping[str, Any], kind: Committee.Kind, purpose: Session.Purpose) -> None:
    """A session walked from its plan to its minutes; approved by all when the story says so."""
    actor = cast.labour if told.get("kept_by_labour") else cast.manager(told["service"])
    with acting_as(actor):
        committee = _committee(actor, told["service"], kind)
        if told.get("kept_by_labour"):
            settings = {"secretariat": Organisation.objects.get(pk=actor.organisation_id)}
            services.configure_committee(
                actor=actor, committee_id=committee.pk, settings=settings, at=paris(told["planned_at"])
            )
            committee = selectors.get_committee(actor, committee.pk)
        timing = services.Timing(paris(told["starts_at"]), paris(told["ends_at"]), place=told["place"])
        session = services.plan_session(
            actor=actor, committee_id=committee.pk, timing=timing, purpose=purpose, at=paris(told["planned_at"])
        )
        services.add_agenda_item(
            actor=actor,
            session_id=session.pk,
            title="Organisation du suivi",
            detail="",
            at=paris(told["planned_at"]),
        )
        services.convene_session(actor=actor, session_id=session.pk, at=paris(told["convened_at"]))
        after = paris(told["ends_at"])
        noted = {seat.pk: Presence(Attendance.Status.PRESENT) for seat in committee.seats.all()}
        services.take_attendance(actor=actor, session_id=session.pk, noted=noted, at=after)
        point = selectors.list_agenda(actor, session)[0]
        services.write_notes(actor=actor, session_id=session.pk, item_id=point.pk, text=told["notes"], at=after)
        decided = [_decide(actor, session, point.pk, one, after) for one in told["decisions"]]
        for one in told.get("reorientations", ()):
            _reorient(actor, session, one, after)
        services.hold_session(actor=actor, session_id=session.pk, reason=told["reason"], at=after)
        services.write_minutes(actor=actor, session_id=session.pk, text=told["minutes"], at=after)
        services.share_minutes(actor=actor, session_id=session.pk, at=paris(told["shared_at"]))
    for authority in (cast.labour, cast.fund):
        if "approved_at" in told and authority != actor:
            with acting_as(authority):
                services.approve_minutes(actor=authority, session_id=session.pk, at=paris(told["approved_at"]))
    if "kept_by_labour" not in told:
        printing.print_minutes(session_id=session.pk)
    with acting_as(actor):
        for row, one in zip(decided, told["decisions"], strict=True):
            if "progress" in one:
                services.follow_up_decision(
                    actor=actor,
                    decision_id=row.pk,
                    progress=one["progress"],
                    outcome=one["outcome"],
                    at=paris(told["approved_at"]) + timedelta(days=60),
                )


def _decide(actor: Actor, session: Session, point_id: int, told: Mapping[str, Any], at: datetime) -> CommitteeDecision:
    draft = DecisionDraft(
        text=told["text"],
        owner=Organisation.objects.get(key=told["owner"]),
        due_on=told["due_on"],
        kind=CommitteeDecision.Kind(told["kind"]),
        action=told.get("action", ""),
        finding=told.get("finding", ""),
        item_id=point_id,
    )
    return services.record_decision(actor=actor, session_id=session.pk, draft=draft, at=at)


def _reorient(actor: Actor, session: Session, told: Mapping[str, Any], at: datetime) -> None:
    """A decision against the indicator that motivated it: in the minutes, and in the review of the year."""
    definition = DefinitionRecord.objects.get(code=told["indicator"])
    owner = ContractParty.Role(told["owner"])
    reorientation = Reorientation(definition, told["finding"], told["decision"], owner, told["due_on"])
    decide_in_session(actor=actor, session_id=session.pk, reorientation=reorientation, at=at)


def _plan_region(cast: Cast, told: Mapping[str, Any]) -> Planning:
    """The labour directorate and the fund propose slots, hear each service, place, publish."""
    labour, fund, at = cast.labour, cast.fund, paris(told["opened_at"])
    with acting_as(labour):
        planning = services.open_planning(actor=labour, year=told["year"], at=at)
        services.add_slots(actor=labour, planning_id=planning.pk, times=_slots(told), at=at)
    for actor, people in ((labour, told["labour"]), (fund, told["fund"])):
        with acting_as(actor):
            for capacity in people:
                services.add_representative(actor=actor, planning_id=planning.pk, capacity=capacity)
    with acting_as(labour):
        services.consult_services(actor=labour, planning_id=planning.pk, at=at)
        asked = selectors.list_consultations(labour, planning)
    for rank, consultation in enumerate(sorted(asked, key=lambda one: one.organisation.key)):
        manager = cast.manager(
            consultation.organisation.key if consultation.organisation.fictional else "durance-luberon"
        )
        answers = {
            key: Answer.YES if not consultation.organisation.fictional or (rank + place) % 3 else Answer.NO
            for place, (key, _, _) in enumerate(consultation.offered)
        }
        with acting_as(manager):
            services.answer_consultation(
                actor=manager,
                consultation_id=consultation.pk,
                answers=answers,
                comment="",
                at=paris(told["answered_at"]),
            )
    with acting_as(labour):
        services.propose_calendar(actor=labour, planning_id=planning.pk, at=paris(told["proposed_at"]))
        return services.publish_planning(actor=labour, planning_id=planning.pk, at=paris(told["published_at"]))


def _slots(told: Mapping[str, Any]) -> list[tuple[datetime, datetime]]:
    days = [told["first"] + timedelta(days=number) for number in range((told["last"] - told["first"]).days + 1)]
    starts = [
        datetime.combine(day, told["morning"], PARIS)
        for day in days
        if day.weekday() in told["weekdays"] and is_working_day(day)
    ]
    return [(start, start + timedelta(minutes=told["minutes"])) for start in starts]


def _convene_the_near_ones(cast: Cast, planning: Planning, told: Mapping[str, Any]) -> None:
    """Each fictional service has convened in time; a real one has a date, and nothing that could become late."""
    sessions = Session.objects.filter(year=planning.year, state="planned", committee__regional=True)
    for session in sessions.select_related("committee__secretariat"):
        service = session.committee.secretariat
        if not service.fictional:
            journal.drop(f"session:{session.pk}:convene")
            continue
        day = session.day
        if service.key == told["convened"]["service"] or day is None or day > told["convened"]["until"]:
            continue
        actor = cast.manager(service.key)
        at = paris(datetime.combine(day - timedelta(days=28), time(9)))
        with acting_as(actor):
            services.convene_session(actor=actor, session_id=session.pk, at=at)


def _convene(cast: Cast, told: Mapping[str, Any], planning: Planning) -> None:
    """The session that the calendar gave to the fictional twin: agenda from the file, then the notice."""
    actor = cast.manager(told["service"])
    with acting_as(actor):
        committee = _committee(actor, told["service"], Committee.Kind.FOLLOW_UP)
        session = committee.sessions.get(year=planning.year, state="planned")
        services.build_agenda(actor=actor, session_id=session.pk, at=paris(told["at"]))
        services.add_agenda_item(
            actor=actor, session_id=session.pk, title=told["point"], detail="", at=paris(told["at"])
        )
        services.convene_session(actor=actor, session_id=session.pk, at=paris(told["at"]))


def _report(cast: Cast, told: Mapping[str, Any]) -> None:
    """A yearly report that lacks its prospects: it cannot be adopted yet."""
    actor = cast.manager(told["service"])
    with acting_as(actor):
        committee = _committee(actor, told["service"], Committee.Kind.FOLLOW_UP)
        report = services.open_report(actor=actor, committee_id=committee.pk, year=told["year"], at=paris(told["at"]))
        text = ReportText(gains=told["gains"], difficulties=told["difficulties"])
        services.write_report(actor=actor, report_id=report.pk, text=text, at=paris(told["at"]))
