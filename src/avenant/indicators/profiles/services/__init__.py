"""Writes of the profiles, by moment: a counted file comes in, its values are taken, its tables shared; the thresholds
of a region change; the job puts the shared profiles together."""

from avenant.indicators.profiles.services.bringing import import_counted, share_profile, take_values
from avenant.indicators.profiles.services.region import gather_region, withdraw_unsafe
from avenant.indicators.profiles.services.thresholds import change_thresholds

__all__ = ["change_thresholds", "gather_region", "import_counted", "share_profile", "take_values", "withdraw_unsafe"]
