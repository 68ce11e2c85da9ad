"""Tables of the allocation, by moment: envelopes, session, decisions."""

from avenant.funding.allocation.models.decisions import Award, ListingRequest, Outcome, RateRevision, TableSent, Told
from avenant.funding.allocation.models.delegations import Consumption, Movement
from avenant.funding.allocation.models.envelopes import COUNTRY, Aid, Envelope, OpenedSource, Source
from avenant.funding.allocation.models.sessions import Examined, Scenario, Selection, Share, Withdrawal

__all__ = [
    "COUNTRY", "Aid", "Award", "Consumption", "Envelope", "Examined", "ListingRequest", "Movement", "OpenedSource", "Outcome",
    "RateRevision", "Scenario", "Selection", "Share", "Source", "TableSent", "Told", "Withdrawal",
]  # fmt: skip
