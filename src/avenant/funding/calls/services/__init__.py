"""Writes about calls, by moment."""

from avenant.funding.calls.services.asking import answer_question, ask_question
from avenant.funding.calls.services.preparing import (
    CallDraft,
    advise_on_criteria,
    consult_partner,
    prepare_call,
    resume_preparation,
    set_parameters,
    submit_to_committee,
    tell_call,
    validate_call,
)
from avenant.funding.calls.services.publishing import (
    close_call,
    close_passed_calls,
    extend_call,
    publish_call,
    take_number,
    tell_step_done,
)

__all__ = [
    "CallDraft",
    "advise_on_criteria",
    "answer_question",
    "ask_question",
    "close_call",
    "close_passed_calls",
    "consult_partner",
    "extend_call",
    "prepare_call",
    "publish_call",
    "resume_preparation",
    "set_parameters",
    "submit_to_committee",
    "take_number",
    "tell_call",
    "tell_step_done",
    "validate_call",
]
