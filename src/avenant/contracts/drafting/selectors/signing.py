"""Reads of what is signed: the texts as they were frozen, each party's signature, the bodies heard before."""

from __future__ import annotations

import uuid

from avenant.contracts.drafting.models import (
    ConsistencyCheck,
    Consultation,
    Contract,
    ContractParty,
    FrozenText,
    Signature,
)
from avenant.foundations.parties.actors import Actor


def list_signatures(actor: Actor, subject: uuid.UUID) -> list[Signature]:
    """The signatures asked for an act, in the order of its parties."""
    rows = Signature.objects.visible_to(actor).filter(subject=subject)
    rows = rows.select_related("party__organisation", "document", "asked_text", "signed_text")
    return list(rows.order_by("party__position", "party__role", "pk"))


def signature_of(actor: Actor, subject: uuid.UUID, party: ContractParty | None) -> Signature | None:
    """What one party is asked to sign of an act."""
    return next((one for one in list_signatures(actor, subject) if party and one.party_id == party.pk), None)


def frozen_text(actor: Actor, subject: uuid.UUID) -> FrozenText | None:
    """The text of an act as it was last opened to signature."""
    return FrozenText.objects.visible_to(actor).filter(subject=subject).order_by("-at", "-pk").first()


def list_checks(actor: Actor, contract: Contract) -> list[ConsistencyCheck]:
    """What was found of the consistency of the text, by date."""
    return list(ConsistencyCheck.objects.visible_to(actor).filter(contract=contract).order_by("checked_on", "pk"))


def list_consultations(actor: Actor, contract: Contract) -> list[Consultation]:
    """The bodies heard, by date."""
    rows = Consultation.objects.visible_to(actor).filter(contract=contract).select_related("document")
    return list(rows.order_by("heard_on", "body_key"))
