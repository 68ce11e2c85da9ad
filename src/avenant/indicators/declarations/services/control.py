"""A part is handed in, asked about, answered, remarked on, validated, reopened."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.domain.decision import Decision
from avenant.domain.french import counted
from avenant.domain.proof import fingerprint, textual
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import Acceptance, DeclaredValue, Part, Question, Remark, Submission
from avenant.indicators.declarations.services.due import control_ends, control_key, entry_key, plan_control, plan_entry
from avenant.indicators.declarations.services.evidence import publish_evidence
from avenant.indicators.declarations.services.sharing import drop_sections
from avenant.indicators.declarations.services.succession import give_to_heir
from avenant.indicators.declarations.services.told import tell_reopened, tell_returned, tell_validated
from avenant.indicators.declarations.sheet import sheet


@transaction.atomic
def submit_part(*, actor: Actor, part_id: uuid.UUID, at: datetime, expected: int | None = None) -> Submission:
    """Hand the part in: what was said becomes readable by the parties, with a receipt and a hash.

    ``expected`` is the number that this submission should bear (the form knows it): a double click finds the one it
    has just made instead of an error.
    """
    part = selectors.get_part(actor, part_id, lock=True)
    number = Submission.objects.filter(part=part).count() + 1
    if expected is not None and expected < number:
        return Submission.objects.get(part=part, number=expected)
    filled = sheet(actor, part)
    policies.may_submit(actor, part, filled.findings, filled.justified, at=at).or_raise()
    texts = {one.field.code: one.text for one in filled.free if one.text}
    statements = [(row.record.pk, row.record.code, row.stated) for row in filled.own_rows if row.stated]
    submission = Submission.objects.create(
        circle_id=part.circle_id,
        part=part,
        number=number,
        at=at,
        person_id=actor.person_id,
        sha256=fingerprint(said_in([(code, stated) for _, code, stated in statements], texts)),
        texts=texts,
        receipt=f"AV-{part.declaration.year}-{part.pk.hex[:8].upper()}-{number}",
    )
    DeclaredValue.objects.bulk_create(
        DeclaredValue(circle_id=part.circle_id, submission=submission, definition_id=record_id, **stated.said)
        for record_id, _, stated in statements
    )
    late = at >= part.declaration.due_at
    advance(
        part,
        "submit",
        actor=actor,
        at=at,
        label=f"Indicateurs {part.declaration.year} transmis{' en retard' if late else ''}, "
        f"accusé {submission.receipt}",
        evidence={"receipt": submission.receipt, "sha256": submission.sha256, "late": late}
        | definitions_used(row.record for row in filled.own_rows if row.stated),
    )
    journal.close(entry_key(part))
    publish_evidence(actor=actor, submission=submission)
    drop_sections(actor=actor, part=part)
    plan_control(part, at)
    return submission


def definitions_used(records: Iterable[DefinitionRecord]) -> dict[str, Any]:
    """What the journal keeps of the definitions under which figures were stated: the hash of each, by code."""
    return {"definitions": {one.code: fingerprint(textual(one.content)) for one in records}}


def said_in(statements: Sequence[tuple[str, Any]], texts: Mapping[str, str] | None = None) -> dict[str, Any]:
    """What a submission says, by code: the content of its hash."""
    return {code: {**one.said, "value": textual(one.value)} for code, one in statements} | {
        code: {"text": text} for code, text in (texts or {}).items()
    }


@dataclass(frozen=True, slots=True)
class Asked:
    """One question, on an indicator or on the whole part."""

    text: str
    definition_id: uuid.UUID | None = None


@transaction.atomic
def return_part(*, actor: Actor, part_id: uuid.UUID, reason: str, questions: Sequence[Asked], at: datetime) -> Part:
    """Send the part back with questions; its provider answers and corrects."""
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_return(actor, part).or_raise()
    advance(
        part, "return", actor=actor, at=at, reason=reason, label=f"Renvoyée avec {counted(len(questions), 'question')}"
    )
    Question.objects.bulk_create(
        Question(
            circle_id=part.circle_id,
            part=part,
            definition_id=one.definition_id,
            asked_at=at,
            asked_by_id=actor.organisation_id,
            text=one.text.strip(),
        )
        for one in questions
    )
    journal.drop(control_key(part))
    plan_entry(
        part,
        waiting=actor.organisation,
        due_at=max(part.declaration.due_at, control_ends(part, at)),
        label=f"Répondre et corriger : {part.declaration.service.short_name}, indicateurs {part.declaration.year}",
    )
    tell_returned(part, reason=reason, questions=len(questions), actor=actor, at=at)
    return part


@transaction.atomic
def answer_question(*, actor: Actor, question_id: uuid.UUID, text: str, at: datetime) -> Question:
    """Answer what the authority asked."""
    question = get_object_or_404(Question.objects.visible_to(actor).select_related("part"), pk=question_id)
    part = selectors.get_part(actor, question.part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    if not text.strip():
        Decision.no("Écrivez une réponse avant de l’enregistrer.").or_raise()
    question.answer, question.answered_at = text.strip(), at
    question.save(update_fields=["answer", "answered_at"])
    return question


@transaction.atomic
def remark(*, actor: Actor, part_id: uuid.UUID, text: str, at: datetime) -> Remark:
    """The fund has its say before the validation; empty text says that it has nothing to add."""
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_remark(actor, part, remarked=selectors.list_remarks(actor, part).exists()).or_raise()
    submission = Submission.objects.filter(part=part).latest("number")
    record(
        part.circle_id,
        verb="part.remarked",
        label=f"{part.declaration.service.short_name} : "
        + ("remarques de la caisse" if text.strip() else "la caisse n’a pas de remarque"),
        actor=actor,
        at=at,
        reason=text,
        page=part.page(),
        subject=part.pk,
    )
    return Remark.objects.create(
        circle_id=part.circle_id,
        submission=submission,
        organisation_id=actor.organisation_id,
        text=text.strip(),
        at=at,
        person_id=actor.person_id,
    )


def may_validate(actor: Actor, part: Part, *, at: datetime) -> Decision:
    """The decision on a validation, with what it depends on read once (page and service ask the same)."""
    submission = selectors.last_submission(actor, part)
    return policies.may_validate(
        actor,
        part,
        at=at,
        remarked=selectors.list_remarks(actor, part).exists(),
        control_ends=control_ends(part, submission.at) if submission else None,
        open_questions=selectors.list_questions(actor, part).filter(answer="").count(),
    )


@transaction.atomic
def accept_justification(*, actor: Actor, part_id: uuid.UUID, definition_id: uuid.UUID, at: datetime) -> Acceptance:
    """The controller accepts the reason given for a gap of the last submission; the next submission asks again."""
    part = selectors.get_part(actor, part_id, lock=True)
    submission = selectors.last_submission(actor, part)
    value = submission.values.filter(definition_id=definition_id).first() if submission else None
    policies.may_accept(actor, part, justified=bool(value and value.justification)).or_raise()
    accepted, _ = Acceptance.objects.get_or_create(
        submission=submission,
        definition_id=definition_id,
        defaults={
            "circle_id": part.circle_id,
            "organisation_id": actor.organisation_id,
            "person_id": actor.person_id,
            "at": at,
        },
    )
    return accepted


@transaction.atomic
def validate_part(*, actor: Actor, part_id: uuid.UUID, at: datetime) -> Part:
    """Accept the figures of the part; they change only by a decision to reopen."""
    part = selectors.get_part(actor, part_id, lock=True)
    may_validate(actor, part, at=at).or_raise()
    advance(part, "validate", actor=actor, at=at, label=f"Indicateurs {part.declaration.year} validés")
    journal.close(control_key(part))
    tell_validated(part, actor=actor, at=at)
    return part


@transaction.atomic
def reopen_part(*, actor: Actor, part_id: uuid.UUID, reason: str, at: datetime) -> Part:
    """Reopen what was validated, by a decision that says why; former and new values both stay.

    Where another party has taken the place of who stated it, the part is the successor's.
    """
    part = selectors.get_part(actor, part_id, lock=True)
    advance(part, "reopen", actor=actor, at=at, reason=reason, label=f"Rouverte par décision : {reason}")
    give_to_heir(part, actor=actor, at=at)
    plan_entry(part, waiting=actor.organisation, due_at=control_ends(part, at))
    tell_reopened(part, reason=reason, actor=actor, at=at)
    return part
