"""Completeness is judged at the deadline: complete, or rejected with the list of its reasons and of what remedies them."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.domain.rules.findings import Finding, Outcome
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import Standing, keep_facts, read_afresh
from avenant.funding.dossiers.models import CategoryRuling, Dossier, Piece, PieceCheck

BASIS = "§5.2"
CATEGORY = "category"
"""The rule that leaves a category to the authority."""


@transaction.atomic
def check_piece(*, actor: Actor, piece_id: uuid.UUID, compliant: bool, reason: str, at: datetime) -> PieceCheck:
    """Say whether a piece handed in is compliant; a piece that is not counts as missing, with its reason."""
    piece = get_object_or_404(Piece.objects.visible_to(actor).select_related("dossier__call"), pk=piece_id)
    policies.may_judge(actor, piece.dossier, at=at).or_raise()
    if not compliant and not reason.strip():
        raise DomainError("Une pièce non conforme a son motif.", code="reason")
    check, _ = PieceCheck.objects.update_or_create(
        piece=piece,
        defaults={"circle_id": piece.circle_id, "compliant": compliant, "reason": reason.strip()[:300], "at": at,
                  "person_id": actor.person_id},
    )  # fmt: skip
    named = typeset(piece.dossier.call.book().vocabulary.pieces.get(piece.kind, piece.kind))
    record(
        piece.circle_id, verb="dossier.check_piece", actor=actor, at=at, reason=reason.strip(), subject=piece.dossier_id,
        label=f"Pièce {'conforme' if compliant else 'non conforme'} : {named}", page=piece.dossier.page(),
    )  # fmt: skip
    keep_facts(read_afresh(piece.dossier, at=at))
    return check


@transaction.atomic
def rule_category(*, actor: Actor, dossier_id: uuid.UUID, confirmed: bool, reason: str, at: datetime) -> CategoryRuling:
    """Confirm, or refuse with a reason, a category that the call does not list (§3.1). Refused, the dossier is rejected
    when its completeness is judged."""
    dossier = selectors.get_dossier(actor, dossier_id)
    policies.may_rule_category(actor, dossier).or_raise()
    if not confirmed and not reason.strip():
        raise DomainError("Une catégorie refusée a son motif.", code="reason")
    ruling, _ = CategoryRuling.objects.update_or_create(
        dossier=dossier,
        defaults={"circle_id": dossier.circle_id, "confirmed": confirmed, "reason": reason.strip()[:300], "at": at,
                  "person_id": actor.person_id},
    )  # fmt: skip
    record(
        dossier.circle_id, verb="dossier.category", actor=actor, at=at, reason=reason.strip(), subject=dossier.pk,
        label=f"Catégorie {'confirmée' if confirmed else 'refusée'} par l’autorité", page=dossier.page(),
    )  # fmt: skip
    dossier.category_ruling = ruling
    keep_facts(read_afresh(dossier, at=at))
    return ruling


def reasons_of(standing: Standing) -> list[tuple[Finding, str]]:
    """Why a dossier is incomplete: each rule not met, with what the authority said of the piece or of the category."""
    told = []
    ruling = getattr(standing.dossier, "category_ruling", None)
    if ruling is not None and not ruling.confirmed:
        told += [(one, ruling.reason) for one in standing.evaluation.of(CATEGORY) if one.outcome is Outcome.WARNING]
    for one in standing.blocking:
        if one.outcome not in {Outcome.FAIL, Outcome.UNDETERMINED}:
            continue
        line = next((line for line in standing.pieces() if line.rule == one.rule), None)
        refused = [piece.check_made.reason for piece in (line.pieces if line else ()) if hasattr(piece, "check_made")]
        told.append((one, " ".join(reason for reason in refused if reason)))
    return told


@transaction.atomic
def judge_completeness(*, actor: Actor, dossier_id: uuid.UUID, at: datetime) -> Dossier:
    """Complete when every mandatory piece is there at the deadline; else rejected without instruction (§5.2)."""
    selectors.get_dossier(actor, dossier_id)
    dossier = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("call__owner", "owner", "establishment")
        .get(pk=dossier_id)
    )
    policies.may_judge(actor, dossier, at=at).or_raise()
    standing = read_afresh(dossier, at=at)
    reasons = reasons_of(standing)
    if not reasons:
        return advance(dossier, "declare_complete", actor=actor, at=at, label="Dossier complet")
    words = " ".join(f"{one.sentence} {said}".strip() for one, said in reasons)
    dossier.outcome = Outcome.FAIL.value
    dossier.save(update_fields=["outcome"])
    advance(
        dossier, "reject_incomplete", actor=actor, at=at, reason=words, label="Dossier incomplet, rejeté",
        evidence={"reasons": [{"rule": one.rule, "article": one.article, "sentence": one.sentence,
                               "remedy": one.remedy, "said": said} for one, said in reasons]},
    )  # fmt: skip
    notify_organisation(
        dossier.circle_id, dossier.owner_id,
        Message(
            key=f"dossier:{dossier.pk}:rejected", title="Votre dossier est incomplet : il n’est pas instruit",
            act="Lire les motifs", page=dossier.page(), body=words, basis=BASIS,
            consequence="Le dossier n’est pas examiné pour cet appel.",
        ), at=at, roles=[Role.DIRECTOR, Role.PROJECT_LEAD],
    )  # fmt: skip
    return dossier
