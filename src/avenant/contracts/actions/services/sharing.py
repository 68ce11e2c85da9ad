"""What an institution does for several contracts at once: opened with its members, joined to contracts, promoted."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.models import SharedAction, SharedLink, SharedMember
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.services.collection import Attachment
from avenant.domain.decision import DomainError
from avenant.foundations.documents.services import receive_file
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.foundations.parties.services import admit_to_circle, open_circle

DOCUMENT = "shared-document"


@dataclass(frozen=True, slots=True)
class SharedDraft:
    """A shared action: its members and partners (organisations), the contracts for which it is done."""

    kind: SharedAction.Kind
    title: str
    held_on: date
    members: Sequence[Organisation] = ()
    partners: Sequence[Organisation] = ()
    contracts: Sequence[uuid.UUID] = ()
    file: Attachment | None = None
    publication: str = ""


@transaction.atomic
def open_shared(*, actor: Actor, draft: SharedDraft, at: datetime) -> SharedAction:
    """Open a shared action. Its members read it, with the parties of its contracts, and nobody else.

    Raises DomainError without a title, without anybody else, for a pooled document without its file.
    """
    policies.may_open_shared(actor).or_raise()
    if not draft.title.strip():
        raise DomainError("Donnez un intitulé.")
    if draft.kind == SharedAction.Kind.DOCUMENT and draft.file is None:
        raise DomainError("Joignez le document à mettre en commun.")
    contracts = [drafting.get_contract(actor, one) for one in draft.contracts]
    partners = {one.pk: one for one in draft.partners}
    members = {one.pk: one for one in draft.members}
    members |= {one.organisation_id: one.organisation for row in contracts for one in row.parties.all()}
    others = (members.keys() | partners.keys()) - {actor.organisation_id}
    if not others:
        raise DomainError("Choisissez au moins un contrat ou un organisme qui y participe.")
    circle = open_circle(
        kind="action", title=draft.title.strip(),
        members={actor.organisation_id: "leader", **{one: "partner" if one in partners else "member" for one in others}},
    )  # fmt: skip
    row = SharedAction.objects.create(
        circle_id=circle, kind=draft.kind, title=draft.title.strip(), leader_id=actor.organisation_id,
        held_on=draft.held_on, publication=draft.publication.strip(),
    )  # fmt: skip
    if draft.file is not None:
        row.document = receive_file(
            actor=actor, circle_id=circle, name=draft.file.name, content=draft.file.content, kind=DOCUMENT, at=at,
            subject=row.pk,
        )  # fmt: skip
        row.save(update_fields=["document"])
    SharedMember.objects.bulk_create(
        SharedMember(circle_id=circle, action=row, organisation_id=one, partner=one in partners)
        for one in sorted(others, key=str)
    )
    for contract in contracts:
        _link(row, contract, actor, at)
    record(
        circle, verb="shared.opened", label=f"Ouverte\u202f: {row}", actor=actor, at=at, page=row.page(), subject=row.pk
    )
    return row


@transaction.atomic
def join_contract(*, actor: Actor, action_id: uuid.UUID, contract_id: uuid.UUID, at: datetime) -> SharedLink:
    """Do a shared action for one contract more: its parties take part. A second time changes nothing."""
    row = selectors.get_shared(actor, action_id, lock=True)
    policies.may_lead_shared(actor, row).or_raise()
    contract = drafting.get_contract(actor, contract_id)
    known = {one.organisation_id for one in row.members.all()} | {actor.organisation_id}
    for party in contract.parties.all():
        if party.organisation_id not in known:
            admit_to_circle(circle_id=row.circle_id, organisation=party.organisation, role="member")
            SharedMember.objects.create(circle_id=row.circle_id, action=row, organisation=party.organisation)
    return _link(row, contract, actor, at)


def _link(row: SharedAction, contract: Contract, actor: Actor, at: datetime) -> SharedLink:
    link, made = SharedLink.objects.get_or_create(action=row, contract=contract, defaults={"circle_id": row.circle_id})
    if made:
        record(
            contract.circle_id, verb="action.shared", label=f"{row.get_kind_display().capitalize()}\u202f: {row}",
            actor=actor, at=at, page=row.page(),
        )  # fmt: skip
    return link


@transaction.atomic
def promote_shared(
    *, actor: Actor, action_id: uuid.UUID, publication: str, promoted_on: date, at: datetime
) -> SharedAction:
    """Say where an action was published: it enters the communication list of the year (S1-III.D-11)."""
    row = selectors.get_shared(actor, action_id, lock=True)
    policies.may_lead_shared(actor, row).or_raise()
    if not publication.strip():
        raise DomainError("Donnez le lien de la publication.")
    if promoted_on < row.held_on:
        raise DomainError("Une action se valorise après sa date.")
    row.publication, row.promoted_on = publication.strip(), promoted_on
    row.save(update_fields=["publication", "promoted_on"])
    record(
        row.circle_id, verb="shared.promoted", label=f"Valorisée\u202f: {row}", actor=actor, at=at, page=row.page(),
        subject=row.pk,
    )  # fmt: skip
    return row
