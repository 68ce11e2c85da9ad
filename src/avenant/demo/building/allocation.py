"""The allocation of 2023: envelopes of three funders, a session with its scenarios, and what follows once all is examined."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from avenant.demo.building.funding import there
from avenant.demo.building.people import Cast
from avenant.foundations.loading import entries
from avenant.foundations.meetings.models import Attendance
from avenant.foundations.meetings.services import sessions as sittings
from avenant.foundations.meetings.services.sessions import Presence
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.allocation import printing, scores
from avenant.funding.allocation.models import Envelope, Examined, Scenario, Selection
from avenant.funding.allocation.services import deciding, envelopes, listing, scenarios, sessions, telling
from avenant.funding.allocation.services.envelopes import AidSaid, EnvelopeSaid, Expense
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.allocation.services.sessions import Proposal, SelectionSaid
from avenant.funding.calls.models import PublishedCall
from avenant.references.reading import read

CALL, REGION = "clact-guadeloupe-2023", "R01"


def allocate(cast: Cast) -> None:
    """Write the envelopes, hold the session; decide, notify and send when the instruction of every dossier is concluded."""
    told = read("demo/allocation")
    call = PublishedCall.objects.select_related("owner", "call").get(key=CALL)
    envelope = _write_envelopes(cast, call, told)
    selection = _prepare(cast, call, envelope, told)
    if not scores.all_examined(cast.person("appel-ars"), call).allowed:
        return
    _sit(cast, selection, told)
    _follow(cast, selection, told)


def _write_envelopes(cast: Cast, call: PublishedCall, told: Mapping[str, Any]) -> Envelope:
    at, made = there(told["written_at"]), {}
    for one in entries(told, "envelope"):
        person = cast.person(one["person"])
        said = EnvelopeSaid(
            source=one["source"], year=call.year, territory=REGION, amount=Decimal(one["amount"]), label=one["label"],
            basis=one["basis"],
        )  # fmt: skip
        with acting_as(person):
            made[one["source"]] = envelopes.write_envelope(actor=person, said=said, at=at)
    officer, own = cast.person("appel-ars"), made["fir"]
    with acting_as(officer):
        for one in entries(told, "part"):
            envelopes.delegate(
                actor=officer, envelope_id=own.pk, territory=one["territory"], amount=Decimal(one["amount"]), at=at,
                label=own.label,
            )  # fmt: skip
        for one in entries(told, "source"):
            envelopes.open_source(actor=officer, call=call, source=one["source"], criteria=one["criteria"], at=at)
    for one in entries(told, "aid"):
        person = cast.person(one["person"])
        with acting_as(person):
            envelopes.declare_aid(actor=person, envelope_id=made[one["source"]].pk, said=_aid(one, at), at=at)
    return own


def _aid(one: Mapping[str, Any], at: datetime) -> AidSaid:
    return AidSaid(
        beneficiary=one.get("beneficiary", ""), outside=one.get("outside", ""),
        establishment=Establishment.objects.get(finess_et=one["finess"]) if "finess" in one else None,
        expense=Expense(cost=Decimal(one["cost"])) if "cost" in one else Expense(), subject=one["subject"], on=at.date(),
        nature=one["nature"], partnership=one["partnership"], granted=Decimal(one["granted"]), paid=Decimal(one["paid"]),
    )  # fmt: skip


def _prepare(cast: Cast, call: PublishedCall, envelope: Envelope, told: Mapping[str, Any]) -> Selection:
    """The session and its scenarios; the first is the one that the committee starts from."""
    officer, at = cast.person("appel-ars"), there(told["prepared_at"])
    said = SelectionSaid(
        envelope_id=envelope.pk, starts_at=there(told["starts_at"]), ends_at=there(told["ends_at"]), place=told["place"]
    )
    with acting_as(officer):
        selection = sessions.prepare_selection(actor=officer, call=call, said=said, at=at)
        asked = enumerate(entries(told, "scenario"))
        made = [_ask(cast, selection, one, at + timedelta(minutes=rank)) for rank, one in asked]
        scenarios.adopt_scenario(actor=officer, scenario_id=made[0].pk, at=at + timedelta(minutes=len(made)))
    return selection


def _ask(cast: Cast, selection: Selection, one: Mapping[str, Any], at: datetime) -> Scenario:
    floor = one.get("floor")
    said = Hypotheses(
        maximum=Decimal(one.get("maximum", 100)),
        floors={floor[0]: Decimal(floor[1])} if floor else {},
        least=Decimal(5_000),
        envelope=Decimal(one["envelope"]) if "envelope" in one else None,
        per_establishment=Decimal(one["per_establishment"]) if "per_establishment" in one else None,
        partial=one.get("partial", True),
    )
    made = scenarios.ask_scenario(
        actor=cast.person("appel-ars"),
        selection_id=selection.pk,
        method=one["method"],
        label=one["label"],
        said=said,
        at=at,
    )
    scenarios.compute_for_system(scenario_id=made.pk, at=at)  # a job, for the optimum
    return made


def _sit(cast: Cast, selection: Selection, told: Mapping[str, Any]) -> None:
    """Everybody is there; the committee keeps the scenario but for two dossiers, and closes."""
    officer, start, end = cast.person("appel-ars"), there(told["starts_at"]), there(told["ends_at"])
    with acting_as(officer):
        sittings.convene_session(actor=officer, session_id=selection.meeting_id, at=there(told["prepared_at"]))
        seats = selection.meeting.committee.seats.all()
        noted = {one.pk: Presence(Attendance.Status.PRESENT) for one in seats}
        sittings.take_attendance(actor=officer, session_id=selection.meeting_id, noted=noted, at=start)
        funded = list(Examined.objects.filter(selection=selection, amount__gt=0).order_by("rank"))
        if len(funded) > 2:
            refused = Proposal(outcome="refused", reason=told["refused"], override=told["override"])
            sessions.propose(actor=officer, line_id=funded[-1].pk, said=refused, at=start)
            phase = Proposal(
                outcome="partly", amount=(funded[0].amount / 2).quantize(Decimal("0.01")), override=told["override"],
                conditions=told["conditions"],
            )  # fmt: skip
            sessions.propose(actor=officer, line_id=funded[0].pk, said=phase, at=start)
        sessions.close_selection(actor=officer, selection_id=selection.pk, reason="", at=end)


def _follow(cast: Cast, selection: Selection, told: Mapping[str, Any]) -> None:
    """Decided, notified with the letters, the table sent, a detailed listing asked and given."""
    decider, officer, fund = (cast.person(one) for one in ("decision-ars", "appel-ars", "caisse-guadeloupe"))
    decided_at = there(told["decided_at"])
    with acting_as(decider):
        deciding.decide_all(actor=decider, selection_id=selection.pk, decided_on=decided_at.date(), at=decided_at)
    with acting_as(officer):
        telling.notify_decisions(actor=officer, selection_id=selection.pk, at=there(told["notified_at"]))
        listing.send_table(actor=officer, selection_id=selection.pk, at=there(told["sent_at"]))
    printing.print_letters_for_system(selection_id=selection.pk, at=there(told["notified_at"]))
    with acting_as(fund):
        asked = listing.ask_listing(
            actor=fund, selection_id=selection.pk, scope=told["listing"], at=there(told["asked_at"])
        )
    with acting_as(officer):
        listing.answer_listing(actor=officer, request_id=asked.pk, at=there(told["answered_at"]))
