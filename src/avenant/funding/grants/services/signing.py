"""Signed copies come back; the last signature brings a text into force."""

from __future__ import annotations

import re
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_date, quoted
from avenant.domain.funding.awards import plan_days
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.services import RefusedFile, check_file, receive_file
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants import policies, selectors
from avenant.funding.grants.models import Agreement, Grant
from avenant.funding.grants.services import amending, paying
from avenant.funding.grants.services.agreement import locked, signing_key, today_of

_END_OF_PDF: Final = b"%%EOF"


@dataclass(frozen=True, slots=True)
class Copy:
    """A signed copy that comes back: the file (or one already kept), the reference of its foot, the day it was signed."""

    reference: str
    signed_on: date
    name: str = ""
    content: bytes = b""
    document: Document | None = None


@transaction.atomic
def take_signatures(
    *, actor: Actor, agreement_id: uuid.UUID, parties: Collection[str], copy: Copy, at: datetime
) -> Agreement:
    """Keep a signed copy and the parties whose signatures it bears; the last one brings the text into force.

    Raises Refused for another's signature or a missing socle, DomainError for a copy of another text or a wrong day,
    RefusedFile for the file.
    """
    found = selectors.get_agreement(actor, agreement_id)
    grant = locked(actor, found.grant_id)
    row = Agreement.objects.select_for_update(of=("self",)).get(pk=agreement_id)
    policies.may_sign(actor, grant, row, parties).or_raise()
    waiting = {one.party: one for one in row.signatures.all()}
    asked = [waiting[party] for party in parties if party in waiting]
    if not asked:
        raise DomainError("Dites quelles signatures l’exemplaire porte.", code="no_party")
    if any(one.signed_on for one in asked):
        names = enumerate_in_words([one.get_party_display() for one in asked if one.signed_on])
        raise DomainError(f"Déjà signé : {names}. Rien n’est changé.", code="signed")
    _check(grant, row, copy, at)
    document = copy.document or _receive(actor, grant, row, copy, at)
    for one in asked:
        one.signed_on, one.document, one.recorded_at = copy.signed_on, document, at
        one.save(update_fields=["signed_on", "document", "recorded_at"])
    record(
        grant.circle_id, verb="agreement.signed", actor=actor, at=at, page=grant.page(), subject=grant.pk,
        label=f"{row} : signée par {enumerate_in_words([one.get_party_display() for one in asked])}",
        evidence={"texte": row.sha256, "exemplaire": document.sha256, "le": copy.signed_on.isoformat()},
    )  # fmt: skip
    if selectors.may_finalise(row).allowed:
        _finalise(grant, row, actor=actor, at=at)
    return row


def _check(grant: Grant, row: Agreement, copy: Copy, at: datetime) -> None:
    typed = re.sub(r"[^0-9A-Z]", "", copy.reference.upper())
    if typed != row.reference.replace("-", ""):
        raise DomainError(
            f"La référence saisie n’est pas celle du texte à signer ({row.reference}). Vérifiez le bas de page de "
            "l’exemplaire signé.", code="reference",
        )  # fmt: skip
    opened, today = today_of(grant, row.asked_at), today_of(grant, at)
    if not opened <= copy.signed_on <= today:
        raise DomainError(
            f"Ce texte existe depuis le {format_date(opened)} : la date de signature va de ce jour à aujourd’hui.",
            code="day",
        )


def _receive(actor: Actor, grant: Grant, row: Agreement, copy: Copy, at: datetime) -> Document:
    if check_file(copy.name, copy.content) != "application/pdf":
        raise RefusedFile(f"{quoted(copy.name)} n’est pas un PDF : envoyez l’exemplaire signé en PDF.")
    if _END_OF_PDF not in copy.content[-2048:]:
        raise RefusedFile(f"{quoted(copy.name)} est un PDF incomplet : numérisez-le ou envoyez-le de nouveau.")
    return receive_file(
        actor=actor, circle_id=grant.circle_id, name=copy.name, content=copy.content, kind="signed_copy", at=at,
        subject=row.pk,
    )  # fmt: skip


def _finalise(grant: Grant, row: Agreement, *, actor: Actor, at: datetime) -> None:
    """All have signed: the text is in force, its échéances closed, its instalments dated or its changes applied."""
    policies.has_its_socle(row, selectors.needs_socle(grant)).or_raise()
    row.signed_on = max(one.signed_on for one in row.signatures.all() if one.signed_on)
    row.save(update_fields=["signed_on"])
    journal.close(*(signing_key(row, one) for one in (grant.authority_id, grant.beneficiary_id) if one))
    if row.number:
        amending.apply(grant, row, actor=actor, at=at)
        return
    grant.signed_on = row.signed_on
    grant.save(update_fields=["signed_on"])
    for instalment, planned in zip(grant.instalments.all(), plan_days(grant.said_terms, row.signed_on), strict=True):
        instalment.due_on, instalment.report_on = planned.due_on, planned.report_on
        instalment.save(update_fields=["due_on", "report_on"])
    advance(grant, "sign_last", actor=actor, at=at, label="Convention signée par tous : l’aide est en cours",
            evidence={"signée le": row.signed_on.isoformat()})  # fmt: skip
    paying.plan_dues(grant)
