"""Reads of what is done under contracts, actor first."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.contracts.actions.models import (
    ActionFunding,
    Campaign,
    CampaignPlan,
    Effect,
    FollowedEnterprise,
    FundingRequest,
    OperationalObjective,
    Progress,
    SharedAction,
    SharedLink,
    SharedMember,
    Target,
)
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Annex, Clause, Contract, ContractParty, Provision
from avenant.contracts.drafting.text_pages import Text
from avenant.domain.contracts import ClauseKind
from avenant.domain.contracts.actions import CampaignCount, count_campaigns
from avenant.foundations.parties.actors import Actor

CAMPAIGNS = 2
"""Campaigns a year of each laboratory, when neither the text nor the parties say otherwise (S1-III.C-19)."""


@dataclass(frozen=True, slots=True)
class ActionLine:
    """One action of a contract: the party that answers for it, where it stands, what its effects were."""

    contract: Contract
    clause: Clause
    strand: str
    pilot: ContractParty | None
    progress: Progress | None
    effects: tuple[tuple[str, Effect | None], ...]

    @property
    def has_page(self) -> bool:
        return bool(self.strand)

    @property
    def programme(self) -> str:
        """The programme whose enterprises are followed one by one, empty when none are."""
        return str(self.clause.details.get("programme", ""))

    @property
    def state(self) -> str:
        return self.progress.get_state_display() if self.progress else "pas encore dite"

    @property
    def tone(self) -> str:
        return self.progress.tone if self.progress else ""


def list_actions(actor: Actor, contract: Contract, today: date) -> list[ActionLine]:
    """The sheets and actions of a contract, in the order of its text, those without a party too."""
    text = Text(actor, contract, today)
    said = {one.clause_key: one for one in Progress.objects.visible_to(actor).filter(contract=contract)}
    rated: dict[tuple[str, str], Effect] = {
        (one.clause_key, one.effect): one for one in Effect.objects.visible_to(actor).filter(contract=contract)
    }
    return [_line(text, contract, one, said.get(one.key), rated) for one in _actions_of(text)]


def _actions_of(text: Text) -> list[Clause]:
    kinds = (ClauseKind.SHEET, ClauseKind.ACTION)
    return [one for one in text.of_kind(*kinds) if text.is_in_a_strand(one)]


def _line(
    text: Text, contract: Contract, clause: Clause, said: Progress | None, rated: dict[tuple[str, str], Effect]
) -> ActionLine:
    above = [clause, *text.above(clause)]
    key = next((one.details["pilot"] for one in above if one.details.get("pilot")), "")
    strand = next((str(one) for one in above if one.kind == ClauseKind.STRAND), "")
    effects = tuple((name, rated.get((clause.key, name))) for name in clause.details.get("effects", ()))
    return ActionLine(contract, clause, strand, text.parties.get(key), said, effects)


def list_my_actions(actor: Actor, today: date) -> list[ActionLine]:
    """The actions that my organisation answers for, across the contracts in force: five queries, whatever their number."""
    contracts = {one.pk: one for one in drafting.list_contracts(actor).filter(state="in_force")}
    rows = Clause.objects.visible_to(actor).filter(contract__in=contracts)
    rows = rows.exclude(kind__in=[ClauseKind.COMMITMENT.value, ClauseKind.TABLE.value]).defer("editing")
    by_contract: dict[uuid.UUID, dict[str, Clause]] = {}
    for one in rows.in_force_on(today).order_by("contract_id", "position"):
        by_contract.setdefault(one.contract_id, {})[one.key] = one
    said = {
        (one.contract_id, one.clause_key): one
        for one in Progress.objects.visible_to(actor).filter(contract__in=contracts)
    }
    found = []
    for contract in contracts.values():
        clauses = by_contract.get(contract.pk, {})
        parties = {one.organisation.key: one for one in contract.parties.all()}
        for one in clauses.values():
            line, parent = [one], clauses.get(one.parent_key)
            while parent is not None and parent not in line:
                line.append(parent)
                parent = clauses.get(parent.parent_key)
            pilot = parties.get(next((each.details["pilot"] for each in line if each.details.get("pilot")), ""))
            strand = next((str(each) for each in line if each.kind == "strand"), "")
            mine = pilot is not None and pilot.organisation_id == actor.organisation_id
            if mine and strand and one.kind in ("sheet", "action"):
                found.append(ActionLine(contract, one, strand, pilot, said.get((contract.pk, one.key)), ()))
    return found


def get_action(actor: Actor, contract: Contract, clause_key: str, today: date) -> ActionLine | None:
    """One action of a contract."""
    return next((one for one in list_actions(actor, contract, today) if one.clause.key == clause_key), None)


# -- Funding and objectives --------------------------------------------------------------------------------------------


def list_requests(actor: Actor, contract: Contract, clause_key: str) -> list[FundingRequest]:
    """What an action asked of outside funders."""
    return list(FundingRequest.objects.visible_to(actor).filter(contract=contract, clause_key=clause_key))


def get_request(actor: Actor, request_id: uuid.UUID, *, lock: bool = False) -> FundingRequest:
    """One request; 404 outside its contract."""
    rows = FundingRequest.objects.visible_to(actor).select_related("contract")
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=request_id)


def list_funding(actor: Actor, contract: Contract, clause_key: str) -> list[ActionFunding]:
    """What funders granted to an action."""
    return list(ActionFunding.objects.visible_to(actor).filter(contract=contract, clause_key=clause_key))


def list_objectives(actor: Actor, contract: Contract, clause_key: str) -> list[OperationalObjective]:
    """The operational objectives of an action."""
    return list(OperationalObjective.objects.visible_to(actor).filter(contract=contract, clause_key=clause_key))


# -- Shared actions ----------------------------------------------------------------------------------------------------


def list_shared(actor: Actor) -> QuerySet[SharedAction]:
    """The shared actions in which my organisation takes part, with their members and contracts. Each once."""
    members = Prefetch("members", SharedMember.objects.select_related("organisation"))
    links = Prefetch("links", SharedLink.objects.visible_to(actor).select_related("contract"))
    rows = SharedAction.objects.visible_to(actor).select_related("leader", "document")
    return rows.prefetch_related(members).prefetch_related(links)


def shared_of(actor: Actor, contract: Contract) -> QuerySet[SharedAction]:
    """Those that are done for a contract."""
    return list_shared(actor).filter(links__contract=contract)


def get_shared(actor: Actor, action_id: uuid.UUID, *, lock: bool = False) -> SharedAction:
    """One shared action; 404 for who takes no part in it."""
    rows = list_shared(actor)
    return get_object_or_404(rows.select_for_update(of=("self",)) if lock else rows, pk=action_id)


# -- Campaigns ---------------------------------------------------------------------------------------------------------


def list_campaigns(actor: Actor, contract: Contract, year: int | None = None) -> list[Campaign]:
    """The measurement campaigns of a contract, of one year when it is given."""
    rows = Campaign.objects.visible_to(actor).filter(contract=contract).select_related("report")
    return list(rows.filter(starts_on__year=year) if year else rows)


def laboratories(actor: Actor, contract: Contract) -> list[dict[str, Any]]:
    """The outside laboratories that the text names, each with what it measures."""
    return [one.content for one in drafting.list_provisions(actor, contract, [Provision.Kind.LABORATORY])]


def campaign_counts(actor: Actor, contract: Contract, year: int) -> list[CampaignCount]:
    """How many campaigns a year has, against what the parties expect; empty when the text names no laboratory."""
    known = laboratories(actor, contract)
    if not known:
        return []
    planned = Counter(one.laboratory for one in list_campaigns(actor, contract, year))
    plan = CampaignPlan.objects.visible_to(actor).filter(contract=contract).first()
    each = {
        one["name"]: (plan.each if plan and plan.each is not None else one.get("campaigns_per_year", CAMPAIGNS))
        for one in known
    }
    return count_campaigns(planned, each=each, total=plan.total if plan else None)


# -- Targeted establishments and missing pieces ------------------------------------------------------------------------


def list_targets(actor: Actor, contract: Contract) -> QuerySet[Target]:
    """The establishments that a contract targets."""
    return Target.objects.visible_to(actor).filter(contract=contract).order_by("name", "siret")


def count_targets(actor: Actor, contract: Contract) -> dict[str, int]:
    """How many establishments a contract targets, and how many of them have no person in charge at the service."""
    without = Count("pk", filter=Q(contact=""))
    return list_targets(actor, contract).order_by().aggregate(targets=Count("pk"), gaps=without)


def search_targets(rows: QuerySet[Target], words: Iterable[str], *, gaps: bool) -> QuerySet[Target]:
    """Those that have each word; with ``gaps`` those without a person in charge at the service (S1-III.S-02)."""
    for word in words:
        rows = rows.filter(Q(name__icontains=word) | Q(siret__startswith=word) | Q(sector__icontains=word))
    return rows.filter(contact="") if gaps else rows


def list_enterprises(actor: Actor, contract: Contract, clause_key: str) -> QuerySet[FollowedEnterprise]:
    """The enterprises that a programme of a contract follows."""
    rows = FollowedEnterprise.objects.visible_to(actor).filter(contract=contract, clause_key=clause_key)
    return rows.order_by("name", "siret")


def count_steps(rows: QuerySet[FollowedEnterprise]) -> dict[str, int]:
    """How many enterprises are followed, identified and traced (S1-IV.2-04)."""
    done = FollowedEnterprise.Step.DONE
    return rows.aggregate(
        followed=Count("pk"),
        identified=Count("pk", filter=Q(identified=done)),
        traced=Count("pk", filter=Q(traced=done)),
    )


def list_missing(actor: Actor, today: date) -> list[tuple[Annex, int]]:
    """The annexes whose file no source gives, across my contracts, with the targets that were loaded for the contract."""
    rows = Annex.objects.visible_to(actor).filter(in_text=False, document=None).in_force_on(today)
    annexes = list(rows.select_related("contract").order_by("contract__title", "position"))
    loaded = Target.objects.visible_to(actor).filter(contract__in={one.contract_id for one in annexes})
    counts = Counter(loaded.order_by().values_list("contract_id", flat=True))
    return [(one, counts.get(one.contract_id, 0)) for one in annexes]
