"""What becomes of some aids of the call of 2023: reports, visits, a recovery settled, another being discussed."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from avenant.demo.building.funding import CENT, VAT, there
from avenant.demo.building.people import Cast
from avenant.domain.audiences import Role
from avenant.domain.money import percent
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant, GrantedAction, Instalment
from avenant.funding.grants.services import publishing
from avenant.funding.reports.models import GrantReport, Recovery, ReportedExpense
from avenant.funding.reports.services import (
    evaluating,
    following,
    handing_in,
    recovering,
    reviewing,
    settling,
    visiting,
    writing,
)
from avenant.references.reading import read, typeset_content

PAPER = b"%PDF-1.4\n% D\xc3\xa9monstration, faits fictifs\n%%EOF\n"
PARTIES = ("authority", "direction", "staff")


def follow(cast: Cast) -> None:
    """Each aid of the file lives its years. Those that the committee did not retain have none; while it has decided
    nothing, they are granted here."""
    told = typeset_content(read("demo/follow_ups"))
    held = set(Grant.objects.filter(call__key=told["call"]).values_list("dossier__owner__key", flat=True))
    for entry in entries(told, "aid"):
        if held and entry["key"] not in held:
            continue
        grant = _granted(cast, told, entry["key"])
        director = director_of(grant.beneficiary_id)
        following.follow_grant(actor=None, grant_id=grant.pk, at=there(told["paid_at"]))
        _live(cast, director, grant, entry)
    _publish(cast, told)
    _review_together(cast, told)


def _publish(cast: Cast, told: Mapping[str, Any]) -> None:
    """What can be published is, before the three months are over; the rest waits for the SIRET that it lacks."""
    officer, at = cast.person("appel-ars"), there(told["published_at"])
    with acting_as(officer):
        publishing.name_grantor(actor=officer, siret=told["grantor_siret"], at=at)
        publishing.publish(actor=officer, at=at)


def director_of(organisation_id: uuid.UUID | None) -> Actor:
    """The direction of an establishment."""
    rows = Membership.objects.filter(organisation=organisation_id, roles__contains=[Role.DIRECTOR.value])
    return Actor.of(rows.select_related("person", "organisation", "unit")[0])


def _granted(cast: Cast, told: Mapping[str, Any], key: str) -> Grant:
    """The aid of an establishment, signed and first paid."""
    dossier = Dossier.objects.get(call__key=told["call"], owner__key=key)
    officer, decider, at = cast.person("appel-ars"), cast.person("decision-ars"), there(told["decided_at"])
    grant = Grant.objects.filter(dossier=dossier).first()
    if grant is None:
        with acting_as(decider):
            grant = grants.open_grant(
                actor=decider, at=at, dossier=dossier, amount=dossier.grant or Decimal(0), rate=percent(40),
                source="FIR 2023", decided_on=told["decided_on"],
            )  # fmt: skip
    if grant.state == "awarded":
        with acting_as(officer):
            text = grants.open_agreement(actor=officer, grant_id=grant.pk, at=at)
            sign(officer, text, told["signed_on"], there(told["signed_at"]))
    first = Instalment.objects.get(grant=grant, number=1)
    if first.state == "planned":
        pay(officer, first, there(told["paid_at"]))
    return Grant.objects.get(pk=grant.pk)


def sign(officer: Actor, text: Any, on: date, at: datetime) -> None:
    """The paper that every party signed comes back."""
    copy = grants.Copy(reference=text.reference, signed_on=on, name="convention.pdf", content=PAPER)
    grants.take_signatures(actor=officer, agreement_id=text.pk, parties=PARTIES, copy=copy, at=at)


def pay(officer: Actor, one: Instalment, at: datetime) -> None:
    """Certified, ordered and paid the same day."""
    with acting_as(officer):
        grants.certify(actor=officer, instalment_id=one.pk, at=at)
        grants.order(actor=officer, instalment_ids=[one.pk], at=at)
        grants.record_payment(actor=officer, instalment_id=one.pk, paid_on=at.date(), at=at)


def _live(cast: Cast, director: Actor, grant: Grant, entry: Mapping[str, Any]) -> None:
    officer = cast.person("appel-ars")
    if "shortened" in entry:
        moment, until, reason = entry["shortened"]
        at = there(datetime.fromisoformat(moment))
        with acting_as(officer):
            text = grants.open_amendment(
                actor=officer, grant_id=grant.pk, consume_until=date.fromisoformat(until), reason=reason, at=at
            )
            sign(officer, text, at.date(), at)
    for progress, on, comment in entry.get("news", ()):
        day = date.fromisoformat(on)
        with acting_as(director):
            evaluating.tell_news(
                actor=director, grant_id=grant.pk, action_id=GrantedAction.objects.filter(grant=grant)[0].pk,
                progress=progress, on=day, comment=comment, at=there(datetime(day.year, day.month, day.day, 10)),
            )  # fmt: skip
    for said in entry.get("report", []):
        following.follow_grant(actor=None, grant_id=grant.pk, at=there(said["written_at"]))
        _report(cast, director, grant, said)
    for said in entry.get("visit", ()):
        _visit(cast, grant, said)
    if "recovery" in entry:
        _recover(cast, director, grant, entry["recovery"])


def _report(cast: Cast, director: Actor, grant: Grant, said: Mapping[str, Any]) -> None:
    report = GrantReport.objects.get(grant=grant, kind=said["kind"], year=said["year"])
    at, officer = there(said["written_at"]), cast.person("appel-ars")
    with acting_as(director):
        made = declare(director, report, said["expenses"], at)
        total = sum((one.excl_tax for one in made), Decimal(0))
        text = writing.TextSaid(story=said["story"], total=total)
        writing.write_report(actor=director, report_id=report.pk, said=text, at=at)
        if "handed_in_at" not in said:
            return
        handing_in.hand_in_report(actor=director, report_id=report.pk, at=there(said["handed_in_at"]))
    at = there(said["accepted_at"])
    with acting_as(officer):
        judge(officer, report, made, said.get("refused", ()), at)
    if "pays" in said:
        pay(officer, Instalment.objects.get(grant=grant, number=said["pays"]), at)


def declare(director: Actor, report: GrantReport, rows: Iterable[Sequence[str]], at: datetime) -> list[ReportedExpense]:
    """Declare expenses in a report, each with its invoice."""
    action = GrantedAction.objects.filter(grant=report.grant_id)[0].pk
    made = []
    for label, supplier, number, paid_on, amount in rows:
        excl = Decimal(amount)
        expense = writing.ExpenseSaid(
            label=label, supplier=supplier, invoice=number, paid_on=date.fromisoformat(paid_on), excl_tax=excl,
            incl_tax=(excl * VAT).quantize(CENT), action=action,
            file=writing.EvidenceSaid(name=f"facture-{number.lower()}.pdf", content=PAPER + number.encode()),
        )  # fmt: skip
        made.append(writing.declare_expense(actor=director, report_id=report.pk, said=expense, at=at))
    return made


def judge(
    officer: Actor,
    report: GrantReport,
    made: Sequence[ReportedExpense],
    refused: Iterable[tuple[int, str]],
    at: datetime,
) -> None:
    """Refuse expenses by their rank, accept the others, then the report."""
    for rank, reason in refused:
        reviewing.judge_expense(actor=officer, expense_id=made[rank - 1].pk, accepted=False, reason=reason, at=at)
    reviewing.accept_remaining(actor=officer, report_id=report.pk, at=at)
    reviewing.accept_report(actor=officer, report_id=report.pk, at=at)


def _visit(cast: Cast, grant: Grant, said: Mapping[str, Any]) -> None:
    host = cast.person(said["by"])
    guests = {cast.person(one).organisation_id: "inspection" for one in said["with"]}
    with acting_as(host):
        visit = visiting.plan_visit(
            actor=host, grant_id=grant.pk, on=said["on"], purpose=said["purpose"],
            participants={host.organisation_id: "ingénierie de prévention", **guests}, at=there(said["planned_at"]),
        )  # fmt: skip
        if "reported_at" in said:
            at = there(said["reported_at"])
            visiting.report_visit(actor=host, visit_id=visit.pk, findings=said["findings"], at=at)


def _recover(cast: Cast, director: Actor, grant: Grant, said: Mapping[str, Any]) -> None:
    officer, decider = cast.person("appel-ars"), cast.person("decision-ars")
    with acting_as(decider):
        settling.strike_balance(actor=decider, grant_id=grant.pk, at=there(said["struck_at"]))
    row = Recovery.objects.filter(grant=grant).first()
    if row is None:
        return
    with acting_as(officer):
        recovering.notify_recovery(actor=officer, recovery_id=row.pk, at=there(said["notified_at"]))
    if "answered_at" not in said:
        return
    with acting_as(director):
        at = there(said["answered_at"])
        recovering.answer_recovery(actor=director, recovery_id=row.pk, text=said["answer"], at=at)
    with acting_as(decider):
        recovering.decide_recovery(
            actor=decider, recovery_id=row.pk, amount=row.amount, reason=said["reason"], at=there(said["decided_at"])
        )
    with acting_as(officer):
        at = there(said["offset_at"])
        entry = recovering.EntrySaid(
            amount=row.amount, on=said["offset_on"], reference=said["reference"], notified=Decimal(said["notified"])
        )
        recovering.charge_recovery(actor=officer, recovery_id=row.pk, said=entry, at=at)
        recovering.close_recovery(actor=officer, recovery_id=row.pk, at=at)


def _review_together(cast: Cast, told: Mapping[str, Any]) -> None:
    at, host = there(told["joint_review_at"]), cast.person("caisse-guadeloupe")
    call = PublishedCall.objects.get(key=told["call"])
    with acting_as(host):
        review = visiting.start_joint_review(actor=host, call=call, title=told["joint_review"], at=at)
    for key, dimension, text in told["joint_parts"]:
        author = cast.person(key)
        with acting_as(author):
            visiting.say_part(actor=author, review_id=review.pk, dimension=dimension, text=text, at=at)
