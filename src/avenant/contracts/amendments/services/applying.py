"""A signed amendment becomes text from its day on; contracts that reach their end are told so. Jobs run here too."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from avenant.contracts.amendments import heirs
from avenant.contracts.amendments.models import AmendedAnnex, AmendedIndicator, Amendment, Denunciation, PartyChange
from avenant.contracts.amendments.selectors import NOTICE_MONTHS
from avenant.contracts.catalogue.local import LocalIndicator
from avenant.contracts.drafting.models import (
    Annex,
    Clause,
    Contract,
    ContractFramework,
    ContractParty,
    Framework,
    Provision,
    Signature,
)
from avenant.contracts.drafting.selectors import designation
from avenant.contracts.drafting.services.promises import Span, end_promise, enter_indicator
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.audiences import Role
from avenant.domain.contracts import Clause as LegalClause
from avenant.domain.contracts import earliest_end, in_text_order, last_day_after, warning_days
from avenant.domain.contracts.amending import changed_versions
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.domain.indicators import Kind, Provider
from avenant.domain.periods import add_months
from avenant.foundations.journal.services import Due, drop, hand_over, plan
from avenant.foundations.journal.states import advance
from avenant.foundations.meetings.services import hand_over_seats
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor

WARNED_BEFORE = 6
"""Months before the end of a plan at which the parties of the contracts tied to it are told, once."""
OWED = ("commitment:", "commitments:", "contract:", "method:")
"""What a party owes under the contract itself, by the first words of the keys: who takes its place owes it."""


def enact(amendment: Amendment, *, actor: Actor, at: datetime) -> None:
    """All have signed: fix the day, write the dated versions of the clauses, move the end of the contract.

    What has no dates of its own (targets, parties) waits for the day itself, in :func:`apply_due`.
    """
    contract = amendment.contract
    signed = [one.signed_on for one in Signature.objects.filter(subject=amendment.pk) if one.signed_on]
    amendment.signed_on = max(signed)
    amendment.former_ends_on = contract.ends_on
    amendment.effective_on = _effect(amendment, amendment.signed_on)
    amendment.save(update_fields=["signed_on", "former_ends_on", "effective_on"])
    _write_versions(amendment, amendment.effective_on)
    _write_annexes(amendment)
    if amendment.kind == Amendment.Kind.TERMINATION and contract.ends_on:
        last = last_day_after(amendment.effective_on, contract.ends_on)
        _move_end(contract, last, terminated=last < contract.ends_on)
    elif amendment.new_ends_on:
        _move_end(contract, amendment.new_ends_on)
    advance(
        amendment, "sign_last", actor=actor, at=at,
        label=f"Signé par tous, effet au {format_date(amendment.effective_on)}\u202f: {amendment}",
        evidence={"dernier jour avant": str(amendment.former_ends_on), "dernier jour après": str(contract.ends_on)},
    )  # fmt: skip
    if amendment.effective_on <= today_of(contract, at):
        _apply(amendment, actor=actor, at=at)


def _effect(amendment: Amendment, last_signature: date) -> date:
    """The day that it says; never before the last signature, unless the parties explain it."""
    if amendment.kind == Amendment.Kind.TERMINATION:
        rows = Provision.objects.filter(contract=amendment.contract, kind=Provision.Kind.TERMINATION)
        months = next((one.content["notice_months"] for one in rows if one.content.get("notice_months")), NOTICE_MONTHS)
        return amendment.effective_on or earliest_end(last_signature, months)
    if amendment.effective_on is None:
        return last_signature
    return amendment.effective_on if amendment.retroactive_reason else max(amendment.effective_on, last_signature)


def _write_versions(amendment: Amendment, day: date) -> None:
    contract = amendment.contract
    rows = {one.key: one for one in contract.clauses.all().in_force_on(day).order_by("in_force_from")}
    ordered = in_text_order(one.legal for one in rows.values())
    after = changed_versions(ordered, [one.domain for one in amendment.changes.all()])
    for key, new in after.items():
        old = rows.get(key)
        if old is not None and old.in_force_from == day:
            raise DomainError(f"Un autre avenant change déjà cette clause le {format_date(day)}\u202f: {old}.")
        until = old.in_force_until if old else None
        if old is not None:
            old.in_force_until = day
            old.save(update_fields=["in_force_until"])
        if new is not None:
            _version(contract, new, day, until, amendment, old)


def _version(
    contract: Contract, new: LegalClause, day: date, until: date | None, amendment: Amendment, old: Clause | None
) -> None:
    Clause.objects.create(
        circle_id=contract.circle_id, contract=contract, key=new.key, kind=new.kind.value, number=new.number,
        heading=new.heading, body=new.body, parent_key=new.parent, position=new.position, details=dict(new.details),
        editing={**(old.editing if old else {}), "amendment": amendment.number}, in_force_from=day,
        in_force_until=until,
    )  # fmt: skip


def _write_annexes(amendment: Amendment) -> None:
    """All have signed: each annex has its version from the day of the amendment on."""
    day, contract = amendment.effective_on, amendment.contract
    for one in amendment.annexes.select_related("annex", "document"):
        last = Annex.objects.filter(contract=contract).aggregate(last=Max("position"))["last"] or 0
        old = Annex.objects.filter(contract=contract, key=one.key, in_force_until=None).first()
        if old is not None:
            if old.in_force_from is not None and day is not None and old.in_force_from >= day:
                raise DomainError(f"Un autre avenant change déjà cette annexe à cette date\u202f: {old}.")
            old.in_force_until = day
            old.save(update_fields=["in_force_until"])
        if one.act != AmendedAnnex.Act.REMOVE:
            Annex.objects.create(
                circle_id=contract.circle_id, contract=contract, key=one.key, number=one.number, title=one.title,
                document=one.document, position=old.position if old else last + 1, in_force_from=day,
                cited_in=old.cited_in if old else [],
            )  # fmt: skip


def _move_end(contract: Contract, ends_on: date, *, terminated: bool = False) -> None:
    """The last day moves, with the years for which indicators are promised until the end.

    ``terminated``: the parties stop the contract before its term. A later prolongation takes that back.
    """
    former = contract.ends_on
    contract.ends_on, contract.terminated = ends_on, terminated
    contract.save(update_fields=["ends_on", "terminated"])
    if former is not None and ends_on.year > former.year:
        contract.promises.filter(last_year=former.year).update(last_year=ends_on.year)
    drop(*(f"contract:{contract.pk}:end:{months}" for months, _ in warning_days(ends_on)))


def _apply(amendment: Amendment, *, actor: Actor | None, at: datetime) -> None:
    """What changes on the day itself: targets and parties."""
    for target in amendment.targets.select_related("promise"):
        promise = target.promise
        promise.targets = {**promise.targets, **target.targets}
        promise.save(update_fields=["targets"])
    _change_indicators(amendment)
    for change in amendment.party_changes.select_related("party__organisation", "organisation"):
        _replace(change, amendment.effective_on or today_of(amendment.contract, at), actor=actor, at=at)
    advance(amendment, "apply", actor=actor, at=at, label=f"En application\u202f: {amendment}")


def _change_indicators(amendment: Amendment) -> None:
    for one in amendment.indicators.select_related("promise"):
        if one.is_added:
            enter_indicator(amendment.contract, *_indicator_of(one))
        elif one.promise is not None:
            end_promise(one.promise, one.first_year)


def _indicator_of(row: AmendedIndicator) -> tuple[LocalIndicator, Span, dict[int, str]]:
    """The indicator that an amendment adds, as it was stated."""
    said: dict[str, Any] = dict(row.added)
    targets = {int(year): aim for year, aim in said.pop("targets", {}).items()}
    said |= {"kind": Kind(said["kind"]), "provider": Provider(said["provider"]), "choices": tuple(said["choices"])}
    return LocalIndicator(**said), Span(row.first_year, row.last_year or row.first_year), targets


def _replace(change: PartyChange, day: date, *, actor: Actor | None, at: datetime) -> None:
    """The former designation is kept with its last day: the text of before still names it. Its seats end that day, and
    what it had still to do under the contract is due from its successor."""
    party = change.party
    hand_over(party.circle_id, party.organisation_id, change.organisation_id, among=OWED)
    hand_over_seats(
        actor=actor, circle_id=party.circle_id, former=party.organisation, successor=change.organisation, on=day, at=at
    )
    heirs.tell(contract_id=party.contract_id, former_id=party.organisation_id, successor_id=change.organisation_id)
    former = designation(party, day)
    said = {name: getattr(former, name) for name in former.__dataclass_fields__}
    party.former = [*party.former, {**said, "until": day.isoformat()}]
    party.organisation = change.organisation
    party.printed_name = party.printed_short_name = party.seat = party.correspondent = party.mailbox = ""
    party.capacity = change.capacity or party.capacity
    party.save()


# -- Jobs --------------------------------------------------------------------------------------------------------------


@transaction.atomic
def apply_due(*, at: datetime) -> int:
    """Apply each signed amendment whose day has come; how many. For the nightly job."""
    waiting = Amendment.objects.filter(state="signed").select_for_update(of=("self",))
    count = 0
    for one in waiting.select_related("contract__territory").order_by("effective_on", "number"):
        if one.effective_on and one.effective_on <= today_of(one.contract, at):
            _apply(one, actor=None, at=at)
            count += 1
    return count


@transaction.atomic
def follow_ends(*, at: datetime) -> int:
    """Record the contracts whose last day is over; warn of the ends that come at 12, 6 and 3 months. How many ended."""
    ended = 0
    rows = Contract.objects.filter(state__in=["in_force", "denounced"], ends_on__isnull=False)
    for one in rows.select_for_update(of=("self",)).select_related("territory"):
        today, ends_on = today_of(one, at), one.ends_on
        if ends_on and today > ends_on:
            _record_end(one, at)
            ended += 1
        elif ends_on and one.state == "in_force":
            _warn(one, ends_on, today, at)
    return ended


@transaction.atomic
def follow_plans(*, at: datetime) -> int:
    """Warn once, six months before a plan ends, the parties of the contracts tied to it; how many plans (S0-T3-05).

    One notice for each plan, with every contract of the reader that depends on it. No contract's end moves by itself.
    """
    told = 0
    for plan_ in Framework.objects.filter(ends_on__gte=at.date() - timedelta(days=1)).exclude(ends_on=None):
        links = ContractFramework.objects.filter(framework=plan_, contract__state="in_force")
        rows = list(links.select_related("contract__territory").order_by("contract__title"))
        if plan_.ends_on is None or not rows:
            continue
        months, first = WARNED_BEFORE, add_months(plan_.ends_on + timedelta(days=1), -WARNED_BEFORE) - timedelta(days=1)
        if today_of(rows[0].contract, at) < first:
            continue
        told += 1
        by_party: dict[uuid.UUID, list[Contract]] = {}
        for one in rows:
            for party in one.contract.parties.all():
                by_party.setdefault(party.organisation_id, []).append(one.contract)
        for organisation_id, contracts in by_party.items():
            titles = "\n".join(f"– {one.title}" for one in contracts)
            message = Message(
                key=f"framework:{plan_.pk}:{plan_.ends_on:%Y%m%d}:end",
                title=f"Fin dans {months} mois\u202f: {plan_.label}",
                act="Voir les contrats qui en dépendent",
                page=plan_.page(),
                body=f"Dernier jour\u202f: {format_date(plan_.ends_on)}. Contrats qui s’y rattachent\u202f:\n{titles}",
                consequence="Le terme de ces contrats ne change pas de lui-même.",
            )
            notify_organisation(contracts[0].circle_id, organisation_id, message, at=at)
    return told


def _record_end(contract: Contract, at: datetime) -> None:
    drop(f"contract:{contract.pk}:follow-up")
    last = f"dernier jour\u202f: {format_date(contract.ends_on)}" if contract.ends_on else ""
    denounced = Denunciation.objects.filter(contract=contract, effective_on__isnull=False).exists()
    if contract.state == "denounced" or denounced:
        advance(contract, "end", actor=None, at=at, reason="Dénonciation", label=f"Terminé par dénonciation, {last}")
    elif contract.terminated:
        advance(contract, "end", actor=None, at=at, reason="Résiliation", label=f"Terminé par résiliation, {last}")
    else:
        advance(contract, "expire", actor=None, at=at, label=f"Contrat échu, {last}")


def _warn(contract: Contract, ends_on: date, today: date, at: datetime) -> None:
    """Once at each step, to every party; the labour directorate has the suite to decide before the last day."""
    reached = [months for months, day in warning_days(ends_on) if day <= today]
    if not reached:
        return
    months, zone = min(reached), contract.territory.time_zone
    parties = list(contract.parties.select_related("organisation"))
    for party in parties:
        message = Message(
            key=f"contract:{contract.pk.hex}:end:{months}:{ends_on:%Y%m%d}",
            title=f"Fin dans moins de {months} mois\u202f: {contract}",
            act="Préparer la suite",
            page=contract.page(),
            body=f"Dernier jour\u202f: {format_date(ends_on)}. Sans avenant signé avant, il n’y a pas de reconduction.",
            consequence="Le contrat prend fin, sans reconduction tacite.",
        )
        notify_organisation(contract.circle_id, party.organisation_id, message, at=at)
    labour = next((one for one in parties if one.role == ContractParty.Role.LABOUR), None)
    if labour is not None:
        plan(
            contract.circle_id,
            Due(
                key=f"contract:{contract.pk}:follow-up",
                label=f"Décider de la suite du contrat\u202f: {contract}",
                organisation_id=labour.organisation_id,
                role=Role.LABOUR_LEAD,
                waiting="les parties au contrat",
                due_at=datetime.combine(ends_on + timedelta(days=1), time(), ZoneInfo(zone)),
                zone=zone,
                basis="pas de reconduction tacite",
                consequence="Le contrat prend fin, sans reconduction tacite.",
                page=contract.page(),
            ),
        )
