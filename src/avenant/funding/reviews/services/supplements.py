"""More is asked of a complete dossier, field by field; the establishment answers; the authority accepts or asks again."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Max

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words
from avenant.foundations.documents import services as documents
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.facts import content_of
from avenant.funding.dossiers.fields import PIECE, QUESTION, find_field, read_value
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services.completing import complete_fields
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import AskedField, Supplement
from avenant.funding.reviews.selectors import instructions, supplements
from avenant.funding.reviews.services.opening import locked, settle

DOCUMENT_KIND = "dossier-piece"
MOST = 40


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it is sent."""

    name: str
    content: bytes


@transaction.atomic
def ask_supplement(
    *,
    actor: Actor,
    dossier_id: uuid.UUID,
    message: str,
    targets: Mapping[str, str],
    questions: Sequence[str],
    last_day: date,
    at: datetime,
) -> Supplement:
    """Ask an establishment for fields, pieces or answers (``targets``: address, with what to know; ``questions``: free).

    A complete dossier is never rejected for it (S4-5.2-04). Only what is asked becomes writable, until the last day
    included, on the call's clocks.
    """
    dossier = get_dossier(actor, dossier_id)
    found = instructions.find_instruction(actor, dossier.pk)
    interested = found is not None and instructions.has_interest(actor, found)
    policies.may_ask_more(actor, dossier, found, interested=interested).or_raise()
    asked = [one.strip() for one in questions if one.strip()]
    if not targets and not asked:
        raise DomainError("Choisissez au moins un champ, une pièce ou une question.", code="nothing")
    if len(targets) + len(asked) > MOST:
        raise DomainError(f"Une demande porte sur {MOST} points au plus.", code="too_many")
    if not message.strip():
        raise DomainError("Dites à l’établissement ce que vous attendez.", code="message")
    due = datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(dossier.call.zone))
    if due <= at:
        raise DomainError("Le dernier jour de la réponse est à venir.", code="past")
    number = (Supplement.objects.filter(dossier=dossier).aggregate(last=Max("number"))["last"] or 0) + 1
    made = Supplement.objects.create(
        circle_id=dossier.circle_id, dossier=dossier, number=number, message=message.strip(), asked_at=at, due_at=due,
        owner_id=actor.organisation_id, person_id=actor.person_id, state=Supplement.lifecycle.start, state_since=at,
    )  # fmt: skip
    content, pieces = content_of(dossier), dossier.call.book().vocabulary.pieces
    position = 0
    for target, why in targets.items():
        field = find_field(content, pieces, target)
        if field is None:
            raise DomainError("Un champ demandé n’est pas dans le dossier.", code="no_field")
        position += 1
        AskedField.objects.create(
            circle_id=dossier.circle_id, supplement=made, position=position, target=target, label=field.label,
            why=why.strip()[:500], before=field.shown,
        )  # fmt: skip
    for rank, one in enumerate(asked, 1):
        AskedField.objects.create(
            circle_id=dossier.circle_id, supplement=made, position=position + rank, target=f"{QUESTION}.{rank}",
            label=one[:250],
        )  # fmt: skip
    record(
        dossier.circle_id, verb="supplement.ask", label=f"{made} demandés", actor=actor, at=at, reason=made.message,
        page=dossier.page(), subject=dossier.pk,
    )  # fmt: skip
    _tell_applicant(made, actor, at)
    return made


def _tell_applicant(made: Supplement, actor: Actor, at: datetime) -> None:
    dossier = made.dossier
    journal.plan(
        made.circle_id,
        Due(
            key=supplement_key(made.pk), label=f"Compléter le dossier {dossier.number} : {made}",
            organisation_id=dossier.owner_id, waiting=dossier.call.owner.short_name, due_at=made.due_at,
            page=made.page(), basis=policies.INSTRUCTION, role=Role.DIRECTOR, zone=dossier.call.zone,
            consequence="le dossier est instruit sans ces compléments.",
        ),
    )  # fmt: skip
    notify_organisation(
        made.circle_id, dossier.owner_id,
        Message(
            key=f"supplement:{made.pk}:{at:%Y%m%dT%H%M}", title=f"L’ARS vous demande des compléments : {dossier.number}",
            body=made.message, act="Répondre", page=made.page(), basis=policies.INSTRUCTION,
            waiting=dossier.call.owner.short_name, consequence="Le dossier est instruit sans ces compléments.",
        ), at=at, roles=(Role.DIRECTOR, Role.PROJECT_LEAD),
    )  # fmt: skip


def supplement_key(supplement_id: uuid.UUID) -> str:
    """The natural key of the échéance of an answer."""
    return f"supplement:{supplement_id}:answer"


def _locked(actor: Actor, supplement_id: uuid.UUID) -> Supplement:
    found = supplements.get_supplement(actor, supplement_id)
    Supplement.objects.select_for_update(of=("self",)).get(pk=found.pk)
    return supplements.get_supplement(actor, supplement_id)


@transaction.atomic
def save_answers(
    *,
    actor: Actor,
    supplement_id: uuid.UUID,
    values: Mapping[uuid.UUID, Any],
    files: Mapping[uuid.UUID, Sent],
    answer: str,
    at: datetime,
) -> Supplement:
    """Keep what is typed and the files, before they are sent. Whatever was not asked is not there to be written."""
    supplement = _locked(actor, supplement_id)
    policies.may_answer(actor, supplement).or_raise()
    supplement.answer = answer.strip()
    supplement.save(update_fields=["answer"])
    for field in AskedField.objects.filter(supplement=supplement):
        if field.pk in values:
            field.value = values[field.pk]
        if field.pk in files:
            sent = files[field.pk]
            field.document = documents.receive_file(
                actor=actor,
                circle_id=supplement.circle_id,
                name=sent.name,
                content=sent.content,
                kind=DOCUMENT_KIND,
                at=at,
            )
        field.save(update_fields=["value", "document"])
    return supplement


@transaction.atomic
def answer_supplement(*, actor: Actor, supplement_id: uuid.UUID, at: datetime) -> Supplement:
    """Send the answer: every point answered, the fields written on the dossier, the former values kept in the journal."""
    supplement = _locked(actor, supplement_id)
    policies.may_answer(actor, supplement).or_raise()
    fields = list(AskedField.objects.filter(supplement=supplement).select_related("document"))
    blank = [one.label for one in fields if one.value in (None, "") and one.document_id is None]
    if blank:
        raise DomainError(f"Il reste à répondre : {enumerate_in_words(blank)}.", code="blank")
    dossier = get_dossier(actor, supplement.dossier_id)
    content, known = content_of(dossier), dossier.call.book().vocabulary.pieces
    values, changes = {}, {}
    for one in fields:
        field = find_field(content, known, one.target)
        if field is None or field.kind == PIECE:
            continue
        values[one.target] = read_value(field.kind, one.value)
        changes[one.label] = {"before": field.shown, "after": one.value}
    pieces = {one.target: one.document for one in fields if one.document and one.target.startswith(f"{PIECE}.")}
    complete_fields(actor=actor, dossier_id=dossier.pk, values=values, pieces=pieces, at=at)
    supplement.answered_at = at
    supplement.save(update_fields=["answered_at"])
    advance(
        supplement, "answer", actor=actor, at=at, label=f"{supplement} transmis",
        evidence={"changes": changes, "pieces": sorted(pieces)},
    )  # fmt: skip
    journal.close(supplement_key(supplement.pk))
    notify_organisation(
        supplement.circle_id, supplement.owner_id,
        Message(
            key=f"supplement:{supplement.pk}:answered:{at:%Y%m%dT%H%M}", title=f"Compléments reçus : {dossier.number}",
            act="Lire les compléments", page=supplement.page(), waiting=dossier.name,
            consequence="L’instruction attend votre accord.",
        ), at=at, roles=(Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER),
    )  # fmt: skip
    return supplement


def _examined_by(actor: Actor, supplement: Supplement, at: datetime) -> None:
    instruction = locked(actor, supplement.dossier_id)
    interested = instructions.has_interest(actor, instruction)
    policies.may_examine(actor, instruction, interested=interested).or_raise()
    settle(instruction, at=at)


@transaction.atomic
def accept_supplement(*, actor: Actor, supplement_id: uuid.UUID, at: datetime) -> Supplement:
    """The answer is received; the amounts follow what the dossier now says."""
    supplement = _locked(actor, supplement_id)
    _examined_by(actor, supplement, at)
    return advance(supplement, "accept", actor=actor, at=at, label=f"{supplement} reçus")


@transaction.atomic
def return_supplement(
    *, actor: Actor, supplement_id: uuid.UUID, reason: str, last_day: date, at: datetime
) -> Supplement:
    """Ask the same again, with the reason and another last day."""
    supplement = _locked(actor, supplement_id)
    _examined_by(actor, supplement, at)
    due = datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(supplement.dossier.call.zone))
    if due <= at:
        raise DomainError("Le dernier jour de la réponse est à venir.", code="past")
    supplement.due_at = due
    supplement.save(update_fields=["due_at"])
    advance(supplement, "return", actor=actor, at=at, reason=reason, label=f"{supplement} redemandés")
    _tell_applicant(supplement, actor, at)
    return supplement


@transaction.atomic
def lapse_supplement(*, actor: Actor | None, supplement_id: uuid.UUID, at: datetime) -> Supplement:
    """State that the answer did not come in time: the instruction goes on without it."""
    supplement = (
        _locked(actor, supplement_id)
        if actor
        else Supplement.objects.select_for_update(of=("self",)).select_related("dossier").get(pk=supplement_id)
    )
    if actor is not None:
        _examined_by(actor, supplement, at)
    if at < supplement.due_at:
        raise DomainError("Le délai de réponse n’est pas passé.", code="early")
    journal.drop(supplement_key(supplement.pk))
    return advance(supplement, "lapse", actor=actor, at=at, label=f"{supplement} restés sans réponse")


def lapse_passed_for_system(*, at: datetime) -> int:
    """State it for every request whose instant has passed. The platform's job; run twice, it changes nothing."""
    passed = list(Supplement.objects.filter(state="asked", due_at__lte=at).values_list("pk", flat=True))
    for one in passed:
        lapse_supplement(actor=None, supplement_id=one, at=at)
    return len(passed)
