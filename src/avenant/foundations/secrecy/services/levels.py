"""The level of an item: confidential by default, lifted by one of the three exceptions of article 8, with its proof."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.http import Http404
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.foundations.documents import services as documents
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy import policies, selectors
from avenant.foundations.secrecy.models import Declassification, SecurityPolicy
from avenant.references.secrecy import exemptions

PROOF = "declassification-proof"


@dataclass(frozen=True, slots=True)
class Proof:
    """What shows that an exception applies: a file, a link, and in which words."""

    name: str = ""
    content: bytes = b""
    link: str = ""
    reason: str = ""


@transaction.atomic
def declassify(
    *, actor: Actor, circle_id: uuid.UUID, item: str, exemption: str, proof: Proof, at: datetime
) -> Declassification:
    """Lift the confidentiality of an item (``kind:identifier``). Raises DomainError without exception or proof."""
    selectors.get_entry(actor, circle_id)
    found = next((one for one in selectors.list_items(actor, circle_id) if one.key == item), None)
    if found is None:
        raise Http404
    policies.may_lift(actor, found.owner_id, auditor=selectors.reads_only(actor, circle_id)).or_raise()
    said = exemptions().get(exemption)
    if said is None:
        raise DomainError(
            "Sans l’une des trois exceptions, cet élément reste confidentiel.",
            code="exemption", basis=policies.ARTICLE_8,
        )  # fmt: skip
    if found.public:
        raise DomainError("La confidentialité de cet élément est déjà levée.", code="already")
    if not proof.content and (said.proof == "document" or not proof.link):
        wanted = "un fichier" if said.proof == "document" else "un fichier ou un lien"
        raise DomainError(
            f"L’exception «\u202f{said.label}\u202f» demande sa preuve\u202f: {wanted}.",
            code="proof", basis=policies.ARTICLE_8,
        )  # fmt: skip
    kept = None
    if proof.content:
        kept = documents.receive_file(
            actor=actor, circle_id=circle_id, name=proof.name, content=proof.content, kind=PROOF, at=at,
            subject=found.subject,
        )  # fmt: skip
    row = Declassification.objects.create(
        circle_id=circle_id,
        subject=found.subject,
        subject_kind=found.kind,
        label=found.label[:250],
        exemption=exemption,
        link=proof.link,
        proof=kept,
        reason=proof.reason,
        owner_id=actor.organisation_id,
        person_id=actor.person_id,
        at=at,
    )
    record(
        circle_id,
        verb="secrecy.declassified",
        label=f"Confidentialité levée ({said.label}) : {found.label}",
        actor=actor,
        at=at,
        reason=proof.reason,
        evidence={"exemption": exemption, "link": proof.link, "proof": kept.sha256 if kept else ""},
        subject=found.subject,
    )
    return row


@transaction.atomic
def deposit_security_policy(
    *, actor: Actor, circle_id: uuid.UUID, name: str, content: bytes, at: datetime
) -> SecurityPolicy:
    """Keep the security policy of one's organisation in a file: nobody else reads it until it is shared."""
    selectors.get_entry(actor, circle_id)
    policies.may_decide(actor, auditor=selectors.reads_only(actor, circle_id)).or_raise()
    media_type = documents.check_file(name, content)
    return SecurityPolicy.objects.create(
        circle_id=circle_id,
        private_to_id=actor.organisation_id,
        owner_id=actor.organisation_id,
        name=name[:200],
        media_type=media_type,
        size=len(content),
        sha256=documents.store(name, content),
        at=at,
    )


@transaction.atomic
def share_security_policy(*, actor: Actor, policy_id: uuid.UUID, at: datetime) -> SecurityPolicy:
    """Let the parties of the file read a security policy; the journal says who shared it."""
    rows = SecurityPolicy.objects.visible_to(actor).select_for_update(of=("self",))
    row = get_object_or_404(rows, pk=policy_id)
    policies.may_share(actor, row).or_raise()
    if row.shared_at is None:
        row.private_to, row.shared_at = None, at
        row.save(update_fields=["private_to", "shared_at"])
        record(
            row.circle_id, verb="secrecy.shared", label=f"{actor.organisation} partage sa politique de sécurité",
            actor=actor, at=at, subject=row.pk,
        )  # fmt: skip
    return row
