"""The official models of a call, put up by the authority for everybody; and the links of its page, corrected."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.foundations.documents.services import check_file, store
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls import policies
from avenant.funding.calls.models import Call, CallFile, PublishedCall
from avenant.funding.calls.services.preparing import _locked
from avenant.funding.calls.wording import link_fault

MISSING, OFFICIAL = "missing", "official"


def _published(actor: Actor, call_id: uuid.UUID) -> tuple[Call, PublishedCall]:
    call = _locked(actor, call_id)
    policies.may_keep_page(actor, call).or_raise()
    return call, PublishedCall.objects.select_for_update(of=("self",)).get(call=call)


@transaction.atomic
def put_up_file(*, actor: Actor, call_id: uuid.UUID, label: str, name: str, content: bytes, at: datetime) -> CallFile:
    """Put up the official model of a document of the call; the placeholder of a missing annex is filled by it."""
    call, published = _published(actor, call_id)
    if not label.strip():
        raise DomainError("Dites de quel document il s’agit.", code="label")
    media_type = check_file(name, content)
    row, _ = CallFile.objects.update_or_create(
        call=published, label=label.strip()[:200],
        defaults={"name": name[:200], "media_type": media_type, "size": len(content), "sha256": store(name, content),
                  "at": at},
    )  # fmt: skip
    listed: list[dict[str, Any]] = published.content.setdefault("documents", [])
    found = next((one for one in listed if one["label"] == row.label), None)
    if found is None:
        listed.append({"label": row.label, "state": OFFICIAL, "note": ""})
    else:
        found |= {"state": OFFICIAL, "note": ""}
    published.save(update_fields=["content"])
    record(
        call.circle_id, verb="call.file", label=f"Modèle mis en ligne : {row.label}", actor=actor, at=at,
        evidence={"sha256": row.sha256}, page=call.page(), subject=call.pk,
    )  # fmt: skip
    return row


@transaction.atomic
def correct_link(*, actor: Actor, call_id: uuid.UUID, label: str, address: str, at: datetime) -> PublishedCall:
    """Write the address of a link of the page. Raises DomainError while it is not a whole web address."""
    call, published = _published(actor, call_id)
    found = next((one for one in published.content.get("links", []) if one["label"] == label), None)
    if found is None:
        raise DomainError("Ce lien n’est pas sur la page de l’appel.", code="no_link")
    fault = link_fault(address)
    if fault:
        raise DomainError(fault, code="address")
    found |= {"address": address.strip(), "note": ""}
    published.save(update_fields=["content"])
    record(
        call.circle_id, verb="call.link", label=f"Lien complété : {label}"[:250], actor=actor, at=at,
        evidence={"address": address.strip()}, page=call.page(), subject=call.pk,
    )  # fmt: skip
    return published
