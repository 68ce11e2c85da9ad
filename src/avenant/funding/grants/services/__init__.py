"""What is done to an aid, by moment."""

from avenant.funding.grants.services.agreement import add_indicator, open_agreement, resume_agreement
from avenant.funding.grants.services.amending import cancel, open_amendment, reduce, withdraw_amendment
from avenant.funding.grants.services.following import (
    abandon_action,
    complete_action,
    lapse_credits,
    note_consumption,
    remind_consumption,
)
from avenant.funding.grants.services.lending import (
    record_repayment,
    reschedule_loan,
    take_receipt_back,
    tell_late_repayments,
    write_off_loan,
)
from avenant.funding.grants.services.opening import open_grant
from avenant.funding.grants.services.paying import (
    bounce,
    certify,
    judge_document,
    lift_reserve,
    order,
    raise_reserve,
    receive_document,
    record_payment,
    take_order_back,
    uncertify,
)
from avenant.funding.grants.services.reimbursing import AcceptedInvoice, reimburse, reimburse_by_hand
from avenant.funding.grants.services.scanning import read_batch, send_batch
from avenant.funding.grants.services.signing import Copy, take_signatures

__all__ = [
    "AcceptedInvoice",
    "Copy",
    "abandon_action",
    "add_indicator",
    "bounce",
    "cancel",
    "certify",
    "complete_action",
    "judge_document",
    "lapse_credits",
    "lift_reserve",
    "note_consumption",
    "open_agreement",
    "open_amendment",
    "open_grant",
    "order",
    "raise_reserve",
    "read_batch",
    "receive_document",
    "record_payment",
    "record_repayment",
    "reduce",
    "reimburse",
    "reimburse_by_hand",
    "remind_consumption",
    "reschedule_loan",
    "resume_agreement",
    "send_batch",
    "take_order_back",
    "take_receipt_back",
    "take_signatures",
    "tell_late_repayments",
    "uncertify",
    "withdraw_amendment",
    "write_off_loan",
]
