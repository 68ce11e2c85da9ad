"""A call of the fictional rulebook: half of the aid lent, invoices before the balance, a penalty on a recovery."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from tests.support.funding import FundingCast, draft_of_2023, partners

SEPTEMBER = datetime(2023, 9, 20, 13, tzinfo=UTC)
TYPED: dict[str, Any] = {
    "submission_deadline": "2023-11-06T23:59:59", "rate": 40, "max_grant": "60000.00", "lent_share": 50, "repaid_over": 12,
    "repaid_every": 3, "deferred": 6, "interim_ceiling": 80, "consumption_deadline": "2026-03-31", "report_day": "03-30",
    "closing_months": 3, "recovery_method": "B", "penalty": 10,
}  # fmt: skip


def publish_loan_call(cast: FundingCast, **typed: Any) -> PublishedCall:
    """Prepared with every parameter blank, then typed as the form does, validated, published."""
    draft = draft_of_2023(key="avance-fictive", rulebook="avance_remboursable_fictive", title="Avances (fictif)")
    with acting_as(cast.officer):
        call = calls.prepare_call(actor=cast.officer, draft=draft, partners=partners(), at=SEPTEMBER)
        calls.set_parameters(actor=cast.officer, call_id=call.pk, values={**TYPED, **typed}, at=SEPTEMBER)
    with acting_as(cast.decider):
        calls.validate_call(actor=cast.decider, call_id=call.pk, at=SEPTEMBER)
    with acting_as(cast.officer):
        return calls.publish_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)
