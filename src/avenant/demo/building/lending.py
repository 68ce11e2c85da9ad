"""A fictional call that lends a part of its aids: one repaid early, one late, its invoices paid back."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from avenant.demo.building.funding import CENT, there, write
from avenant.demo.building.people import DOMAIN, Cast
from avenant.demo.building.reports import declare, director_of, judge, pay, sign
from avenant.foundations.loading import entries
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.dossiers.services import handing_in as depositing
from avenant.funding.dossiers.services import judging, opening
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant, Instalment
from avenant.funding.grants.services import publishing
from avenant.funding.reports.services import following, handing_in, reimbursing, writing
from avenant.references.reading import read, typeset_content


def lend(cast: Cast) -> None:
    """The call from its form to its loans, each aid of the file at its dates."""
    told = typeset_content(read("demo/lending"))
    profiles = {one["key"]: one for one in entries(typeset_content(read("demo/calls")), "dossier")}
    call = _publish(cast, told["call"])
    rows = list(entries(told, "aid"))
    dossiers = {one["key"]: _hand_in(call, profiles[one["key"]], one) for one in rows}
    calls.close_passed_calls(at=there(told["call"]["judged_at"]))
    for one in rows:
        _live(cast, dossiers[one["key"]], one, judged=there(told["call"]["judged_at"]))
    officer, at = cast.person("appel-ars"), there(told["call"]["data_published_at"])
    with acting_as(officer):
        publishing.publish(actor=officer, at=at)


def _publish(cast: Cast, said: Mapping[str, Any]) -> PublishedCall:
    officer, decider, at = cast.person("appel-ars"), cast.person("decision-ars"), there(said["prepared_at"])
    draft = calls.CallDraft(
        key=said["key"], rulebook="avance_remboursable_fictive", title=said["title"], year=said["year"],
        mailbox=f"appels@{DOMAIN}", opens_on=said["opens_on"], reference=said["reference"], fictional=True, sources=["fir"],
        content={"presentation": ["Appel fictif : une part de l’aide est prêtée, les factures sont remboursées."]},
    )  # fmt: skip
    partners = list(Organisation.objects.filter(key__in=["cgss-guadeloupe", "deets-guadeloupe"]))
    with acting_as(officer):
        call = calls.prepare_call(actor=officer, draft=draft, partners=partners, at=at)
        calls.set_parameters(actor=officer, call_id=call.pk, values=said["typed"], at=at)
    at = there(said["published_at"])
    with acting_as(decider):
        calls.validate_call(actor=decider, call_id=call.pk, at=at)
    with acting_as(officer):
        return calls.publish_call(actor=officer, call_id=call.pk, at=at)


def _hand_in(call: PublishedCall, profile: Mapping[str, Any], said: Mapping[str, Any]) -> Dossier:
    director = director_of(Organisation.objects.get(key=said["key"]).pk)
    entry = {name: value for name, value in profile.items() if name not in {"excluded", "cofunding"}}
    with acting_as(director):
        dossier = opening.open_dossier(actor=director, call=call, at=there(said["written_at"]))
        write(director, dossier, {**entry, "cost": said["cost"]}, at=there(said["written_at"]), whole=True, year=2024)
        depositing.submit_dossier(actor=director, dossier_id=dossier.pk, at=there(said["handed_in_at"]))
    return dossier


def _live(cast: Cast, dossier: Dossier, said: Mapping[str, Any], *, judged: datetime) -> None:
    officer, decider = cast.person("appel-ars"), cast.person("decision-ars")
    with acting_as(officer):
        judging.judge_completeness(actor=officer, dossier_id=dossier.pk, at=judged)
    at, amount = there(said["decided_at"]), Decimal(said["cost"]) * 40 / 100
    with acting_as(decider):
        grant = grants.open_grant(
            actor=decider, at=at, dossier=dossier, amount=amount.quantize(CENT), source="FIR 2025 (fictif)",
            decided_on=said["decided_on"],
        )  # fmt: skip
    with acting_as(officer):
        text = grants.open_agreement(actor=officer, grant_id=grant.pk, at=at)
        sign(officer, text, said["signed_on"], there(said["signed_at"]))
    pay(officer, Instalment.objects.get(grant=grant, number=1), there(said["paid_at"]))
    following.follow_grant(actor=None, grant_id=grant.pk, at=there(said["paid_at"]))
    for day, amount_back, reference in said["receipts"]:
        on = date.fromisoformat(day)
        with acting_as(officer):
            grants.record_repayment(
                actor=officer, grant_id=grant.pk, amount=Decimal(amount_back), on=on, reference=reference,
                at=there(datetime(on.year, on.month, on.day, 15)),
            )  # fmt: skip
    director = director_of(grant.beneficiary_id)
    for one in said.get("claim", ()):
        _claim(officer, director, grant, one)


def _claim(officer: Actor, director: Actor, grant: Grant, said: Mapping[str, Any]) -> None:
    at = there(said["handed_in_at"])
    with acting_as(director):
        report = reimbursing.open_claim(actor=director, grant_id=grant.pk, at=at)
        made = declare(director, report, said["expenses"], at)
        total = sum((one.excl_tax for one in made), Decimal(0))
        writing.write_report(actor=director, report_id=report.pk, said=writing.TextSaid(total=total), at=at)
        handing_in.hand_in_report(actor=director, report_id=report.pk, at=at)
    if "accepted_at" not in said:
        return
    at = there(said["accepted_at"])
    with acting_as(officer):
        judge(officer, report, made, said.get("refused", ()), at)
        row = reimbursing.pay_back(actor=officer, grant_id=grant.pk, at=at)
    pay(officer, row.instalment, there(said["paid_at"]))
