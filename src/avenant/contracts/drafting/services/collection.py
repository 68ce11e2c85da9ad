"""How indicators are collected: the methods that the labour directorate publishes, the mode that two parties share."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import policies, selectors
from avenant.contracts.drafting.models import CollectionMethod, Contract, ContractParty, OperatingMode
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.services import receive_file
from avenant.foundations.journal.services import Due, close, plan
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file as a form received it."""

    name: str
    content: bytes


def methods_key(contract: Contract) -> str:
    """The natural key of what the labour directorate owes the parties of a contract."""
    return f"contract:{contract.pk}:collection-methods"


def plan_methods(contract: Contract, at: datetime) -> None:
    """The text sets a day by which the methods are communicated: the labour directorate owes them (S3-6-01).

    Nothing is planned once that day is over: what was communicated before the platform is not known here.
    """
    labour = contract.parties.filter(role=ContractParty.Role.LABOUR).first()
    if contract.methods_due_on is None or labour is None:
        return
    zone = contract.territory.time_zone
    due_at = datetime.combine(contract.methods_due_on + timedelta(days=1), time(), ZoneInfo(zone))
    if due_at <= at:
        return
    plan(
        contract.circle_id,
        Due(
            key=methods_key(contract),
            label=f"Communiquer les modalités de recueil\u202f: {contract}",
            organisation_id=labour.organisation_id,
            role=Role.LABOUR_LEAD,
            waiting="les parties au contrat",
            due_at=due_at,
            zone=zone,
            basis=policies.ARTICLE_6,
            consequence="Les indicateurs sans modalité sont signalés en retard dans le catalogue.",
            page=contract.page(),
        ),
    )


@transaction.atomic
def publish_collection_method(
    *,
    actor: Actor,
    code: str,
    contract_ids: Collection[uuid.UUID],
    text: str,
    applies_from: date,
    at: datetime,
    annex: Attachment | None = None,
) -> list[CollectionMethod]:
    """Publish how an indicator is collected, to the parties of each contract named; earlier methods are kept.

    The journal of each file tells its parties. What was due is done when the last indicator has its method.
    Raises DomainError when a contract does not promise the indicator, RefusedFile for the annex.
    """
    policies.may_publish_methods(actor).or_raise()
    promises = list(
        selectors.list_promises_of(actor, code).filter(contract__in=contract_ids, proposed=False).order_by("contract")
    )
    if not promises or {one.contract_id for one in promises} != set(contract_ids):
        raise DomainError("Choisissez au moins un contrat qui promet cet indicateur.")
    return [
        _publish(promise.contract, promise.definition, text.strip(), applies_from, actor=actor, at=at, annex=annex)
        for promise in promises
    ]


def _publish(
    contract: Contract,
    definition: DefinitionRecord,
    text: str,
    applies_from: date,
    *,
    actor: Actor,
    at: datetime,
    annex: Attachment | None,
) -> CollectionMethod:
    method = CollectionMethod.objects.create(
        circle_id=contract.circle_id,
        contract=contract,
        definition=definition,
        text=text,
        applies_from=applies_from,
        published_at=at,
        annex=_keep(annex, contract, kind="collection_method", actor=actor, at=at),
    )
    record(
        contract.circle_id,
        verb="contract.method_published",
        label=f"Modalité de recueil publiée\u202f: {definition}",
        actor=actor,
        at=at,
        evidence={"texte": text, "à compter du": applies_from.isoformat()},
        page=definition.page(),
        subject=method.pk,
    )
    if not selectors.list_without_method(actor).filter(contract=contract).exists():
        close(methods_key(contract))
    message = Message(
        key=f"method:{method.pk}",
        title=f"Modalité de recueil publiée\u202f: {definition.printed_code}",
        act="Lire la modalité",
        page=definition.page(),
        consequence="Votre prochaine déclaration se compte selon cette modalité.",
        body=text,
        basis=policies.ARTICLE_6,
    )
    for party in contract.parties.all():
        notify_organisation(contract.circle_id, party.organisation_id, message, at=at, but=actor)
    return method


def _keep(
    attachment: Attachment | None, contract: Contract, *, kind: str, actor: Actor, at: datetime
) -> Document | None:
    if attachment is None:
        return None
    return receive_file(
        actor=actor,
        circle_id=contract.circle_id,
        name=attachment.name,
        content=attachment.content,
        kind=kind,
        at=at,
        subject=contract.pk,
    )


@transaction.atomic
def propose_operating_mode(
    *,
    actor: Actor,
    contract_id: uuid.UUID,
    text: str,
    tasks: str,
    committee_on: date,
    at: datetime,
    document: Attachment | None = None,
) -> OperatingMode:
    """Write how the fund and the service obtain the annex 4 indicators, as the committee of that day worded it.

    The writer's side agrees; the other has still to say so, and says so again when the text changes (S3-6.V2-04).
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_settle_operating_mode(actor, contract).or_raise()
    party = policies.party_of(actor, contract)
    by_fund = party is not None and party.role == ContractParty.Role.FUND
    kept = _keep(document, contract, kind="operating_mode", actor=actor, at=at)
    mode, _ = OperatingMode.objects.update_or_create(
        contract=contract,
        defaults={
            "circle_id": contract.circle_id,
            "text": text.strip(),
            "tasks": tasks.strip(),
            "committee_on": committee_on,
            "fund_agrees": by_fund,
            "service_agrees": not by_fund,
            **({"document": kept} if kept else {}),
        },
    )
    record(
        contract.circle_id,
        verb="contract.operating_mode_proposed",
        label=f"Mode opératoire commun proposé, comité de suivi du {format_date(committee_on)}",
        actor=actor,
        at=at,
        evidence={"texte": mode.text, "qui fait quoi": mode.tasks},
        page=contract.page(),
    )
    return mode


@transaction.atomic
def agree_operating_mode(*, actor: Actor, contract_id: uuid.UUID, at: datetime) -> OperatingMode:
    """The other side agrees: the operating mode is now the two parties' own."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    mode = get_object_or_404(OperatingMode.objects.visible_to(actor), contract=contract)
    policies.may_agree(actor, mode, contract).or_raise()
    mode.fund_agrees = mode.service_agrees = True
    mode.save(update_fields=["fund_agrees", "service_agrees"])
    record(
        contract.circle_id,
        verb="contract.operating_mode_agreed",
        label="Mode opératoire commun arrêté par la caisse et le service",
        actor=actor,
        at=at,
        page=contract.page(),
    )
    return mode
