"""The committee's session, by moment: prepared, ranked, sitting, closed."""

from avenant.funding.allocation.services.sessions.closing import (
    cancel_selection,
    close_selection,
    reopen_selection,
)
from avenant.funding.allocation.services.sessions.locking import locked, locked_line
from avenant.funding.allocation.services.sessions.preparing import SelectionSaid, prepare_selection
from avenant.funding.allocation.services.sessions.ranking import amounts_of, rank_again, revise_amounts
from avenant.funding.allocation.services.sessions.sitting import (
    Proposal,
    check_proposal,
    give_opinion,
    present_for,
    propose,
    withdraw_member,
)

__all__ = [
    "Proposal",
    "SelectionSaid",
    "amounts_of",
    "cancel_selection",
    "check_proposal",
    "close_selection",
    "give_opinion",
    "locked",
    "locked_line",
    "prepare_selection",
    "present_for",
    "propose",
    "rank_again",
    "reopen_selection",
    "revise_amounts",
    "withdraw_member",
]
