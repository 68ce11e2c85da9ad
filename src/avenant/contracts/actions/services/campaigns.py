"""The measurement campaigns of the outside laboratories, and how many of them a year should have."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.models import Campaign, CampaignPlan
from avenant.contracts.actions.services.following import page_of
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.services.collection import Attachment
from avenant.domain.decision import DomainError
from avenant.foundations.documents.services import receive_file
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

REPORT = "campaign-report"


@dataclass(frozen=True, slots=True)
class CampaignDraft:
    """A campaign of a laboratory, planned or held: with the enterprises it visited and its report once they are known."""

    laboratory: str
    starts_on: date
    ends_on: date
    enterprises: int | None = None
    report: Attachment | None = None


@transaction.atomic
def plan_campaign(*, actor: Actor, contract_id: uuid.UUID, draft: CampaignDraft, at: datetime) -> Campaign:
    """Put a campaign in the plan of its year; more than expected is accepted, and told (S1-III.C-18)."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_follow(actor, contract).or_raise()
    known = {one["name"]: one["measures"] for one in selectors.laboratories(actor, contract)}
    if draft.laboratory not in known:
        raise DomainError("Choisissez l’un des laboratoires que le contrat nomme.")
    if draft.ends_on < draft.starts_on:
        raise DomainError("Le dernier jour d’une campagne suit le premier.")
    report = None
    if draft.report is not None:
        report = receive_file(
            actor=actor, circle_id=contract.circle_id, name=draft.report.name, content=draft.report.content,
            kind=REPORT, at=at, subject=contract.pk,
        )  # fmt: skip
    row = Campaign.objects.create(
        circle_id=contract.circle_id, contract=contract, laboratory=draft.laboratory, measures=known[draft.laboratory],
        starts_on=draft.starts_on, ends_on=draft.ends_on, enterprises=draft.enterprises, report=report,
    )  # fmt: skip
    record(
        contract.circle_id, verb="campaign.planned", label=f"Campagne de mesure\u202f: {row}", actor=actor, at=at,
        page=page_of(contract),
    )  # fmt: skip
    return row


@transaction.atomic
def settle_plan(
    *, actor: Actor, contract_id: uuid.UUID, each: int | None, total: int | None, at: datetime
) -> CampaignPlan:
    """The parties settle how « deux fois par an » is counted: of each laboratory, or in all (S1-III.C-19)."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_follow(actor, contract).or_raise()
    if (each is None) == (total is None):
        raise DomainError("Comptez les campagnes par laboratoire, ou en tout\u202f: l’un des deux.")
    row, _ = CampaignPlan.objects.update_or_create(
        contract=contract, defaults={"circle_id": contract.circle_id, "each": each, "total": total}
    )
    words = f"{each} par laboratoire" if total is None else f"{total} en tout"
    record(
        contract.circle_id, verb="campaign.plan_settled", label=f"Campagnes de mesure attendues par an\u202f: {words}",
        actor=actor, at=at, page=page_of(contract),
    )  # fmt: skip
    return row
