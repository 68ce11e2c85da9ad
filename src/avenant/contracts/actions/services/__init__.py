"""Writes about what is done under contracts."""

from avenant.contracts.actions.services.campaigns import CampaignDraft, plan_campaign, settle_plan
from avenant.contracts.actions.services.following import assess_effect, say_progress
from avenant.contracts.actions.services.funding import (
    REQUEST_STEPS,
    await_answer,
    grant_request,
    prepare_request,
    refuse_request,
    set_objective,
    submit_request,
    take_over_request,
)
from avenant.contracts.actions.services.programme import EnterpriseLine, load_programme
from avenant.contracts.actions.services.reading import LinesRead
from avenant.contracts.actions.services.sharing import SharedDraft, join_contract, open_shared, promote_shared
from avenant.contracts.actions.services.targeting import TargetLine, load_targets, name_contact

__all__ = [
    "REQUEST_STEPS",
    "CampaignDraft",
    "EnterpriseLine",
    "LinesRead",
    "SharedDraft",
    "TargetLine",
    "assess_effect",
    "await_answer",
    "grant_request",
    "join_contract",
    "load_programme",
    "load_targets",
    "name_contact",
    "open_shared",
    "plan_campaign",
    "prepare_request",
    "promote_shared",
    "refuse_request",
    "say_progress",
    "set_objective",
    "settle_plan",
    "submit_request",
    "take_over_request",
]
