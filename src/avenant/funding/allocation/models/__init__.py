"""Tables of the allocation, by moment: envelopes, session, decisions."""

from avenant.funding.allocation.models.decisions import Award, ListingRequest, Outcome, RateRevision, TableSent, Told
from avenant.funding.allocation.models.envelopes import Aid, Envelope, OpenedScheme, Scheme
from avenant.funding.allocation.models.sessions import Examined, Scenario, Selection, Share, Withdrawal

__all__ = [
    "Aid", "Award", "Envelope", "Examined", "ListingRequest", "OpenedScheme", "Outcome", "RateRevision", "Scenario",
    "Scheme", "Selection", "Share", "TableSent", "Told", "Withdrawal",
]  # fmt: skip
