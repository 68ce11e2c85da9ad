"""An envelope that a national body delegates to a region: how far it may be changed, and what is told of its use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from avenant.domain.french import format_date, format_euros, typeset
from avenant.domain.money import ZERO


@dataclass(frozen=True, slots=True)
class Use:
    """What a delegation has become, in euros: delegated, committed by its receiver (reserved, granted or delegated
    further), granted, paid."""

    delegated: Decimal = ZERO
    committed: Decimal = ZERO
    granted: Decimal = ZERO
    paid: Decimal = ZERO

    @property
    def left(self) -> Decimal:
        """What the receiver may still commit."""
        return self.delegated - self.committed

    @property
    def rate(self) -> Decimal | None:
        """The committed share of what is delegated; None of nothing."""
        return self.committed / self.delegated if self.delegated else None


def below_committed(amount: Decimal, committed: Decimal, receiver: str) -> str:
    """Why a delegation does not come down to ``amount`` (0: is not withdrawn); empty when it may, what is committed
    included. The total is told, and nothing of what it is made of."""
    if amount >= committed:
        return ""
    told = f"{receiver} a déjà engagé {format_euros(committed)} de cette délégation"
    if not amount:
        return typeset(f"{told} : elle ne se retire plus, elle descend au plus bas à ce montant.")
    return typeset(f"{told} : elle ne descend pas à {format_euros(amount)}.")


def decided_too_late(decided_on: date, today: date) -> str:
    """Why the day of a decision is refused: it has not come; empty for today and before."""
    if decided_on <= today:
        return ""
    return typeset(f"La décision est datée du {format_date(decided_on)}, qui n’est pas encore venu.")
