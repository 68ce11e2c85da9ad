"""Questions on a call: routed to its one mailbox, kept, answered to who asks or to all."""

from __future__ import annotations

import uuid
from datetime import datetime, timedelta

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.messages.services import Message, notify
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.services import open_circle
from avenant.funding.calls import policies
from avenant.funding.calls.models import CallQuestion, PublishedAnswer, PublishedCall

ANSWER_DAYS = 5


@transaction.atomic
def ask_question(*, actor: Actor, call: PublishedCall, text: str, at: datetime) -> CallQuestion:
    """Ask the authority: kept with its date in a circle of who asks and of the authority; it becomes due there."""
    policies.may_ask(actor, call).or_raise()
    words = text.strip()
    if not words:
        raise DomainError("Écrivez votre question.", code="empty")
    circle = open_circle(
        kind="question",
        title=f"Question sur {call}"[:250],
        members={actor.organisation_id: "demandeur", call.owner_id: "autorité"},
    )
    question = CallQuestion.objects.create(
        circle_id=circle, call=call, asker_id=actor.organisation_id, person_id=actor.person_id, text=words, asked_at=at
    )
    record(
        circle,
        verb="call.ask",
        label="Question posée sur l’appel",
        actor=actor,
        at=at,
        page=call.page(),
        subject=question.pk,
    )
    journal.plan(
        circle,
        Due(
            key=f"question:{question.pk}", label=f"Répondre à une question sur {call.title}"[:250],
            organisation_id=call.owner_id, waiting=actor.organisation, due_at=at + timedelta(days=ANSWER_DAYS),
            page=f"{call.page()}#questions", role=Role.ARS_CALL_OFFICER, zone=call.zone, basis=call.mailbox,
        ),
    )  # fmt: skip
    return question


@transaction.atomic
def answer_question(
    *, actor: Actor, question_id: uuid.UUID, answer: str, to_all: str = "", at: datetime
) -> CallQuestion:
    """Answer who asked; ``to_all`` is the question as everybody reads it, without a name: then the answer is public."""
    rows = CallQuestion.objects.visible_to(actor).select_related("call")
    question = get_object_or_404(rows.select_for_update(of=("self",)), pk=question_id)
    policies.may_answer(actor, question).or_raise()
    if not answer.strip():
        raise DomainError("Écrivez la réponse.", code="empty")
    question.answer, question.answered_at = answer.strip(), at
    question.save(update_fields=["answer", "answered_at"])
    if to_all.strip():
        PublishedAnswer.objects.create(call=question.call, question=to_all.strip(), answer=answer.strip(), at=at)
    journal.close(f"question:{question.pk}")
    record(
        question.circle_id, verb="call.answer", label="Réponse à la question", actor=actor, at=at, subject=question.pk
    )
    if question.person_id:
        notify(
            question.circle_id, question.asker_id, [question.person_id],
            Message(
                key=f"answer:{question.pk}", title="L’ARS a répondu à votre question", act="Lire la réponse",
                page=f"{question.call.page()}#questions", consequence="Rien n’est attendu de vous.", body=answer.strip(),
            ), at=at,
        )  # fmt: skip
    return question
