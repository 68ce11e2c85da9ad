"""Writes about what is done under contracts."""

from avenant.contracts.actions.services.campaigns import CampaignDraft, plan_campaign, settle_plan
from avenant.contracts.actions.services.following import assess_effect, say_progress
from avenant.contracts.actions.services.programme import ProgrammeFile, load_programme
from avenant.contracts.actions.services.sharing import SharedDraft, join_contract, open_shared, promote_shared
from avenant.contracts.actions.services.targeting import TargetFile, load_targets, name_contact

__all__ = [
    "CampaignDraft",
    "ProgrammeFile",
    "SharedDraft",
    "TargetFile",
    "assess_effect",
    "join_contract",
    "load_programme",
    "load_targets",
    "name_contact",
    "open_shared",
    "plan_campaign",
    "promote_shared",
    "say_progress",
    "settle_plan",
]
