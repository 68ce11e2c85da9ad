"""Before the signature: does the text agree with the plans, the regional policy, the accreditation of the service."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.contracts.drafting import policies, selectors
from avenant.contracts.drafting.models import ConsistencyCheck, ContractParty, ServiceLever
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_date
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor


@dataclass(frozen=True, slots=True)
class Found:
    """What a check found; « à reprendre » says what in its comment."""

    result: ConsistencyCheck.Result
    comment: str = ""


@transaction.atomic
def record_check(
    *, actor: Actor, contract_id: uuid.UUID, subject: ConsistencyCheck.Subject, found: Found, at: datetime
) -> ConsistencyCheck:
    """Write whether the text agrees with a plan; said again, the later stands (S1-III.D-04, S1-III.D-05).

    Raises DomainError for « à reprendre » without a comment, and for an accreditation whose number or date is not known.
    """
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_check(actor, contract).or_raise()
    if found.result == ConsistencyCheck.Result.TO_REVISE and not found.comment.strip():
        raise DomainError("Dites ce qu’il faut reprendre dans le texte.")
    if subject == ConsistencyCheck.Subject.ACCREDITATION:
        levers = selectors.list_levers(actor, contract).filter(kind=ServiceLever.Kind.ACCREDITATION)
        missing = missing_of_accreditation(list(levers))
        if missing:
            raise DomainError(
                f"Le contrôle ne peut pas se faire\u202f: il manque {enumerate_in_words(missing)} de l’agrément du service."
            )
    row, _ = ConsistencyCheck.objects.update_or_create(
        contract=contract,
        subject=subject,
        defaults={
            "circle_id": contract.circle_id, "result": found.result, "comment": found.comment.strip(),
            "checked_on": today_of(contract, at),
        },
    )  # fmt: skip
    record(
        contract.circle_id,
        verb="contract.checked",
        label=f"Cohérence contrôlée, {row}",
        actor=actor,
        at=at,
        reason=row.comment,
        page=contract.signing_page(),
        subject=contract.pk,
    )
    return row


def missing_of_accreditation(levers: list[ServiceLever]) -> list[str]:
    """What is not known of the accreditation, in words."""
    known = levers[-1] if levers else None
    said = {
        "le numéro": known is not None and bool(known.content.get("number")),
        "la date": known is not None and known.starts_on is not None,
    }
    return [name for name, there in said.items() if not there]


@transaction.atomic
def enter_accreditation(
    *, actor: Actor, contract_id: uuid.UUID, number: str, dated: date, expires_on: date | None, at: datetime
) -> ServiceLever:
    """Write the accreditation of the service beside its contract, outside the signed text."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_speak(actor, contract).or_raise()
    service = next((one for one in contract.parties.all() if one.role == ContractParty.Role.SERVICE), None)
    if service is None:
        raise DomainError("Aucun service n’est partie à ce contrat\u202f: il n’a pas d’agrément.")
    if not number.strip():
        raise DomainError("Donnez le numéro de l’agrément.")
    if expires_on is not None and expires_on < dated:
        raise DomainError(f"L’agrément est du {format_date(dated)}\u202f: son dernier jour vient après.")
    row, _ = ServiceLever.objects.update_or_create(
        contract=contract,
        organisation=service.organisation,
        kind=ServiceLever.Kind.ACCREDITATION,
        label=f"Agrément n° {number.strip()}"[:200],
        defaults={
            "circle_id": contract.circle_id, "starts_on": dated, "ends_on": expires_on,
            "content": {"number": number.strip()},
        },
    )  # fmt: skip
    record(
        contract.circle_id,
        verb="contract.accreditation_entered",
        label=f"{row}, du {format_date(dated)}",
        actor=actor,
        at=at,
        page=contract.signing_page(),
    )
    return row
