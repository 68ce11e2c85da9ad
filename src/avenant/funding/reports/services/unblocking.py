"""What a report does to the instalments: its documents are received, accepted or refused; a reserve blocks them."""

from __future__ import annotations

from datetime import datetime

from avenant.domain.funding.payments import Balance
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import Report


def receive(actor: Actor, report: Report, *, at: datetime) -> None:
    """The documents of the report are received for the instalment that waits for them."""


def refuse(actor: Actor, report: Report, *, reason: str, at: datetime) -> None:
    """They are refused, with the reason of the return."""


def accept(actor: Actor, report: Report, *, reserve: str, at: datetime) -> None:
    """They are accepted; a reserve, when there is one, is held against the aid."""


def lift(actor: Actor, report: Report, *, at: datetime) -> None:
    """The reserve of this report is lifted."""


def cut(actor: Actor, grant: Grant, balance: Balance, *, at: datetime) -> None:
    """The unpaid instalments are reduced to what is due, the last ones first."""


def close(actor: Actor, grant: Grant, *, at: datetime) -> None:
    """Nothing is left to pay nor to take back: the aid is settled."""
