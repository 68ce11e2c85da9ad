"""What people do with the commitments of a contract, one verb a function."""

from avenant.contracts.commitments.services.balancing import comment_year, freeze_balance, reopen_balance
from avenant.contracts.commitments.services.exchanging import (
    ExchangeDraft,
    ExpertiseDraft,
    answer_expertise,
    ask_expertise,
    log_exchange,
)
from avenant.contracts.commitments.services.planning import (
    plan_contract,
    plan_registers,
    postpone_line,
    postpone_year,
    settle_due_days,
)
from avenant.contracts.commitments.services.stating import (
    ProofDraft,
    Said,
    Which,
    add_proof,
    record_fact,
    remark,
    state_commitment,
    withdraw_proof,
)

__all__ = [
    "ExchangeDraft",
    "ExpertiseDraft",
    "ProofDraft",
    "Said",
    "Which",
    "add_proof",
    "answer_expertise",
    "ask_expertise",
    "comment_year",
    "freeze_balance",
    "log_exchange",
    "plan_contract",
    "plan_registers",
    "postpone_line",
    "postpone_year",
    "record_fact",
    "remark",
    "reopen_balance",
    "settle_due_days",
    "state_commitment",
    "withdraw_proof",
]
