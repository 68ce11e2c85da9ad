"""What a report does to the instalments: its documents are received, accepted or refused; a reserve blocks them."""

from __future__ import annotations

from datetime import datetime

from avenant.foundations.parties.actors import Actor
from avenant.funding.reports.models import Report


def receive(actor: Actor, report: Report, *, at: datetime) -> None:
    """The documents of the report are received for the instalment that waits for them."""


def refuse(actor: Actor, report: Report, *, reason: str, at: datetime) -> None:
    """They are refused, with the reason of the return."""


def accept(actor: Actor, report: Report, *, reserve: str, at: datetime) -> None:
    """They are accepted; a reserve, when there is one, is held against the aid."""


def lift(actor: Actor, report: Report, *, at: datetime) -> None:
    """The reserve of this report is lifted."""
