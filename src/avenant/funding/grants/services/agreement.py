"""The funding agreement: made from the dossier, frozen, opened to the signature of every party."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.funding.loans import plan_repayments
from avenant.domain.lifecycles import GRANTING
from avenant.domain.proof import fingerprint
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import FundingLine
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Agreement, AgreementSignature, Grant, GrantedAction, GrantIndicator, Socle

TIME_TO_SIGN: Final = timedelta(days=30)
Party = AgreementSignature.Party


def locked(actor: Actor, grant_id: uuid.UUID) -> Grant:
    """The aid, seen by the actor and locked."""
    selectors.get_grant(actor, grant_id)
    return (
        Grant.objects.select_for_update(of=("self",))
        .select_related("call", "authority__territory", "beneficiary", "dossier__submission")
        .get(pk=grant_id)
    )


def today_of(grant: Grant, at: datetime) -> date:
    """The day where the authority is."""
    return at.astimezone(ZoneInfo(grant.authority.territory.time_zone)).date()


def tell_both(grant: Grant, message: Message, *, at: datetime, roles: Collection[Role]) -> None:
    """Tell the authority of an aid and its establishment, when this one is on the platform."""
    for organisation in (grant.authority_id, grant.beneficiary_id):
        if organisation is not None:
            notify_organisation(grant.circle_id, organisation, message, at=at, roles=roles)


# -- Preparing ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def add_indicator(
    *, actor: Actor, grant_id: uuid.UUID, action_id: uuid.UUID, label: str, unit: str = "",
    baseline: Decimal | None = None, target: Decimal | None = None, at: datetime,
) -> GrantIndicator:  # fmt: skip
    """Add an indicator to an action, before the agreement is open to signature."""
    grant = locked(actor, grant_id)
    policies.may_prepare(actor, grant).or_raise()
    action = GrantedAction.objects.filter(grant=grant, pk=action_id).first()
    if action is None:
        raise DomainError("Cette action n’est pas dans l’aide.", code="no_action")
    if not label.strip():
        raise DomainError("Nommez l’indicateur.", code="label")
    row = GrantIndicator.objects.create(
        circle_id=grant.circle_id, grant=grant, action=action, position=grant.indicators.count() + 1,
        label=label.strip()[:200], unit=unit.strip()[:40], baseline=baseline, target=target,
    )  # fmt: skip
    record(grant.circle_id, verb="grant.add_indicator", label=f"Indicateur ajouté : {row.label}", actor=actor, at=at,
           page=grant.page(), subject=grant.pk)  # fmt: skip
    return row


def content_of(grant: Grant, socle: Socle | None) -> dict[str, Any]:
    """What the agreement says, canonical: figures as exact texts, days in ISO."""
    terms, call = grant.said_terms, grant.call
    indicators = list(grant.indicators.select_related("action"))
    plan = FundingLine.objects.filter(project__dossier=grant.dossier).exclude(nature="requested")
    return {
        "kind": "agreement",
        "grant": grant.number,
        "authority": grant.authority.name,
        "beneficiary": grant.name,
        "siret": grant.siret,
        "call": str(call) if call else grant.title,
        "call_reference": call.reference if call else "",
        "legal": list(call.content.get("legal", [])) if call else [],
        "fictional": grant.fictional,
        "parties": [{"party": party.value, "label": str(party.label)} for party in parties_of(grant)],
        "decided_on": grant.decided_on.isoformat(),
        "amount": str(grant.amount),
        "base": str(grant.base) if grant.base is not None else None,
        "source": grant.source,
        "conditions": grant.conditions,
        "cofunding": [
            {"payer": one.payer, "amount": str(one.amount) if one.amount is not None else None,
             "standing": "accordé" if one.granted else "demandé"}
            for one in plan.order_by("project__position", "position")
        ],
        "actions": [
            {"title": one.title, "project": one.project, "due_on": one.due_on.isoformat() if one.due_on else None}
            for one in grant.actions.all()
        ],
        "follow_up": [{"action": one.action.title, "label": one.label, "unit": one.unit} for one in indicators],
        "results": [
            {"label": one.label, "unit": one.unit, "target": str(one.target),
             "baseline": str(one.baseline) if one.baseline is not None else None}
            for one in indicators if one.target is not None
        ],
        "instalments": [
            {"number": one.number, "amount": str(one.amount), "after": one.get_after_display(),
             "needs": list(one.needs.values())}
            for one in grant.instalments.all()
        ],
        "documents": list(terms.documents.values()),
        "report_day": list(terms.report_day) if terms.report_day else None,
        "closing_months": terms.closing_months,
        "consume_until": grant.consume_until.isoformat() if grant.consume_until else None,
        "lapses_on": grant.lapses_on.isoformat(),
        "method": terms.method,
        "penalty": str(terms.penalty),
        "loan": _loan(grant),
        "socle": _frozen(socle) if socle else None,
    }  # fmt: skip


def _loan(grant: Grant) -> dict[str, Any] | None:
    """What is lent of the aid, and its schedule, told in months after the payment."""
    terms, one = grant.said_terms.loan, grant.instalments.filter(repayable=True).first()
    if terms is None or one is None:
        return None
    return {
        "amount": str(one.amount),
        "number": one.number,
        "over": terms.over,
        "deferred": terms.deferred,
        "repayments": [
            {"number": each.number, "amount": str(each.amount), "months": each.months}
            for each in plan_repayments(one.amount, terms)
        ],
    }


def _frozen(socle: Socle) -> dict[str, Any]:
    return {
        "name": str(socle),
        "version": socle.number,
        "practices": [{"label": one.label, "purposes": one.purposes} for one in socle.practices.all()],
    }


def parties_of(grant: Grant) -> list[AgreementSignature.Party]:
    """Who signs: the authority and the direction; the staff representatives where the call asks their opinion."""
    staff = grant.dossier is not None and "avis_personnel" in grant.dossier.submission.book().vocabulary.pieces
    return [Party.AUTHORITY, Party.DIRECTION, *([Party.STAFF] if staff else [])]


# -- Opening to signature ----------------------------------------------------------------------------------------------


@transaction.atomic
def open_agreement(*, actor: Actor, grant_id: uuid.UUID, at: datetime) -> Agreement:
    """Make the agreement from the dossier, freeze it by its hash, and ask each party to sign it outside.

    Raises Refused with every reason at once: an action without an indicator, no result, no socle where one is due.
    """
    grant = locked(actor, grant_id)
    policies.may_open_agreement(actor, grant, selectors.gaps_of(grant)).or_raise()
    socle = selectors.current_socle(grant.authority_id)
    row = ask(grant, content_of(grant, socle), number=0, socle=socle, actor=actor, at=at)
    advance(grant, "open_to_signature", actor=actor, at=at, label="Convention ouverte à la signature",
            evidence={"empreinte": row.sha256})  # fmt: skip
    return row


def ask(grant: Grant, content: dict[str, Any], *, number: int, actor: Actor, at: datetime, **more: Any) -> Agreement:
    """Freeze a text and ask the parties of the aid to sign it."""
    row = Agreement.objects.create(
        circle_id=grant.circle_id, grant=grant, number=number, content=content, sha256=fingerprint(content),
        asked_at=at, **more,
    )  # fmt: skip
    for party in parties_of(grant):
        AgreementSignature.objects.create(
            circle_id=grant.circle_id, agreement=row, party=party,
            organisation_id=grant.authority_id if party == Party.AUTHORITY else grant.beneficiary_id,
        )  # fmt: skip
    for organisation in (grant.authority_id, grant.beneficiary_id):
        if organisation is None:
            continue
        due = today_of(grant, at) + TIME_TO_SIGN
        zone = grant.authority.territory.time_zone
        journal.plan(
            grant.circle_id,
            Due(
                key=signing_key(row, organisation), label=f"Signer : {row}, {grant.number}", organisation_id=organisation,
                waiting=grant.name if organisation == grant.authority_id else grant.authority.short_name,
                due_at=datetime.combine(due + timedelta(days=1), time(), tzinfo=ZoneInfo(zone)), zone=zone,
                page=grant.page(), consequence="Aucun versement ne part avant la signature de toutes les parties.",
            ),
        )  # fmt: skip
        notify_organisation(
            grant.circle_id, organisation,
            Message(
                key=f"agreement:{row.pk}:asked:{organisation}", title=f"{row} à signer : {grant.number}",
                act="Ouvrir la convention", page=grant.page(),
                consequence="Aucun versement ne part avant la signature de toutes les parties.",
            ), at=at, roles=[*GRANTING, Role.DIRECTOR], but=actor,
        )  # fmt: skip
    return row


def signing_key(row: Agreement, organisation: uuid.UUID) -> str:
    """The natural key of the échéance of a signature."""
    return f"agreement:{row.pk}:sign:{organisation}"


@transaction.atomic
def resume_agreement(*, actor: Actor, grant_id: uuid.UUID, reason: str, at: datetime) -> Grant:
    """Take the agreement back before all have signed: what was signed stays on file, nobody is asked any more."""
    grant = locked(actor, grant_id)
    advance(grant, "resume", actor=actor, at=at, reason=reason, label="Convention reprise")
    row = selectors.current_text(grant, 0)
    if row is not None:
        withdraw_text(row, at=at)
    return grant


def withdraw_text(row: Agreement, *, at: datetime) -> None:
    """Nobody is asked to sign a text any more."""
    row.withdrawn_at = at
    row.save(update_fields=["withdrawn_at"])
    drop_asked(row)


def drop_asked(row: Agreement) -> None:
    """The échéances of its signature have lost their object."""
    organisations = row.signatures.values_list("organisation_id", flat=True)
    journal.drop(*(signing_key(row, one) for one in organisations if one))
