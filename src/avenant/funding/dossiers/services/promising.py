"""The letter that promises the risk document: a commitment of the establishment, due, until the document is received."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.rules.kinds.terms import Report
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.documents import services as documents
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import policies
from avenant.funding.dossiers.facts import RISKS, RISKS_LETTER, Content, is_refused
from avenant.funding.dossiers.models import RiskDocumentPromise

BASIS = "§4, note 1"


def promise_key(dossier_id: uuid.UUID) -> str:
    """The natural key of the échéance of the risk document."""
    return f"dossier:{dossier_id}:duerp"


def first_report_day(book: Rulebook, agreed_in: int) -> date:
    """The first yearly report's last day: that of the year after the agreement; 30 March when the call sets none."""
    rule = next((one for one in book.rules if isinstance(one, Report)), None)
    month, day = (book.value(rule.day.name.removeprefix("parameter:")) if rule else None) or (3, 30)
    return date(agreed_in + 1, month, day)


def keep_promise(content: Content, book: Rulebook, *, at: datetime) -> RiskDocumentPromise | None:
    """The commitment of a complete dossier that holds the signed letter and no risk document; due with the first report."""
    dossier = content.dossier
    letter = next((one for one in content.pieces_of(RISKS_LETTER) if one.signed and not is_refused(one)), None)
    if (
        letter is None
        or letter.signed_on is None
        or any(one.document_id and not is_refused(one) for one in content.pieces_of(RISKS))
    ):
        return None
    steps = {one["key"]: one for one in dossier.call.content.get("calendar", [])}
    agreed = steps.get("agreement", {}).get("ends_on", "")
    due_on = first_report_day(book, int(agreed[:4]) if agreed else at.astimezone(ZoneInfo(dossier.call.zone)).year)
    made, _ = RiskDocumentPromise.objects.get_or_create(
        dossier=dossier,
        defaults={"circle_id": dossier.circle_id, "signed_on": letter.signed_on, "due_on": due_on},
    )
    plan_promise(made)
    return made


def plan_promise(promise: RiskDocumentPromise) -> None:
    """The échéance of the risk document, until it is received."""
    dossier = promise.dossier
    zone = ZoneInfo(dossier.call.zone)
    journal.plan(
        promise.circle_id,
        Due(
            key=promise_key(dossier.pk), label="Transmettre le DUERP mis à jour, promis par la lettre d’engagement",
            organisation_id=dossier.owner_id, waiting=dossier.call.owner.short_name,
            due_at=datetime.combine(promise.due_on + timedelta(days=1), time(), zone), page=dossier.page(), basis=BASIS,
            role=Role.DIRECTOR, zone=dossier.call.zone,
            consequence="l’aide est subordonnée au document unique, obligation légale de l’employeur.",
        ),
    )  # fmt: skip


@transaction.atomic
def receive_risk_document(
    *, actor: Actor, dossier_id: uuid.UUID, name: str, content: bytes, updated_on: date, at: datetime
) -> RiskDocumentPromise:
    """The establishment sends the document it promised: dated after the letter's first admitted update; the échéance ends."""
    rows = RiskDocumentPromise.objects.visible_to(actor).select_related("dossier__call__owner")
    promise = get_object_or_404(rows.select_for_update(of=("self",)), dossier_id=dossier_id)
    policies.may_keep_promise(actor, promise).or_raise()
    book = promise.dossier.submission.book()
    least = book.value("duerp_minimum") if "duerp_minimum" in book.parameters else None
    if least and updated_on < least:
        raise DomainError("Ce document unique est plus ancien que ce que l’appel demande.", code="old")
    if updated_on > at.date():
        raise DomainError("Une mise à jour ne peut pas être datée d’un jour à venir.", code="future")
    promise.document = documents.receive_file(
        actor=actor, circle_id=promise.circle_id, name=name, content=content, kind="dossier-piece", at=at,
        subject=promise.dossier_id,
    )  # fmt: skip
    promise.received_on, promise.received_at = updated_on, at
    promise.save()
    journal.close(promise_key(dossier_id))
    record(
        promise.circle_id, verb="dossier.duerp_received", label="DUERP mis à jour reçu", actor=actor, at=at,
        page=promise.dossier.page(), subject=promise.dossier_id, evidence={"updated_on": updated_on.isoformat()},
    )  # fmt: skip
    return promise
