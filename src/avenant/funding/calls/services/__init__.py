"""Writes about calls, by moment."""

from avenant.funding.calls.services.asking import answer_question, ask_question
from avenant.funding.calls.services.consultants import ConsultantSaid, end_listing, list_consultant
from avenant.funding.calls.services.files import correct_link, put_up_file
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
    published_zone,
    record_incident,
    revise_call,
    take_number,
    tell_step_done,
)

__all__ = [
    "CallDraft",
    "ConsultantSaid",
    "advise_on_criteria",
    "answer_question",
    "ask_question",
    "close_call",
    "close_passed_calls",
    "consult_partner",
    "correct_link",
    "end_listing",
    "extend_call",
    "list_consultant",
    "prepare_call",
    "publish_call",
    "published_zone",
    "put_up_file",
    "record_incident",
    "resume_preparation",
    "revise_call",
    "set_parameters",
    "submit_to_committee",
    "take_number",
    "tell_call",
    "tell_step_done",
    "validate_call",
]
