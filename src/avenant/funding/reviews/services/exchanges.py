"""Notes that an institution keeps for itself, and exchanges with their audience."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError
from avenant.foundations.messages.selectors import list_people
from avenant.foundations.messages.services import Message, notify
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.reviews import policies, tasks
from avenant.funding.reviews.models import Instruction, Interest, Note, Post, Thread
from avenant.funding.reviews.selectors import exchanges, instructions

READERS = (
    Role.ARS_CALL_OFFICER, Role.ARS_EXAMINER, Role.FUND_CORRESPONDENT, Role.LABOUR_LEAD, Role.DIRECTOR, Role.PROJECT_LEAD,
)  # fmt: skip


@transaction.atomic
def write_note(*, actor: Actor, dossier_id: uuid.UUID, text: str, at: datetime) -> Note:
    """Keep a note for my institution alone."""
    instruction = instructions.get_instruction(actor, dossier_id)
    _taking_part(actor, instruction)
    if not text.strip():
        raise DomainError("Écrivez la note.", code="text")
    return Note.objects.create(
        circle_id=instruction.circle_id, private_to_id=actor.organisation_id, instruction=instruction, text=text.strip(),
        at=at, person_id=actor.person_id,
    )  # fmt: skip


@transaction.atomic
def open_thread(
    *, actor: Actor, dossier_id: uuid.UUID, audience: Thread.Audience, title: str, text: str, at: datetime
) -> Thread:
    """Open an exchange on a dossier: for my institution, for the institutions, or with the establishment too. Who reads is
    said once and does not change: a message never goes to more people than its author saw."""
    dossier = get_dossier(actor, dossier_id)
    policies.may_open_thread(actor, dossier, audience).or_raise()
    _taking_part(actor, instructions.find_instruction(actor, dossier_id))
    if not title.strip() or not text.strip():
        raise DomainError("Un échange a un objet et un premier message.", code="text")
    circle, private = dossier.circle_id, None
    if audience != Thread.Audience.APPLICANT:
        circle = instructions.get_instruction(actor, dossier_id).circle_id
        private = actor.organisation_id if audience == Thread.Audience.OWN else None
    thread = Thread.objects.create(
        circle_id=circle, private_to_id=private, dossier=dossier, audience=audience, title=title.strip()[:200],
        opened_at=at, owner_id=actor.organisation_id,
    )  # fmt: skip
    _post(actor, thread, text, at)
    return thread


@transaction.atomic
def reply(*, actor: Actor, thread_id: uuid.UUID, text: str, at: datetime) -> Post:
    """Answer in an exchange, to its audience."""
    thread = exchanges.get_thread(actor, thread_id)
    policies.may_reply(actor, thread).or_raise()
    _taking_part(actor, instructions.find_instruction(actor, thread.dossier_id))
    if not text.strip():
        raise DomainError("Écrivez votre message.", code="text")
    return _post(actor, thread, text, at)


def _taking_part(actor: Actor, instruction: Instruction | None) -> None:
    """Raise for who declared an interest. The establishment sees no instruction, and has none to declare."""
    if instruction is not None:
        interested = instructions.has_interest(actor, instruction)
        policies.may_take_part(actor, instruction, interested=interested).or_raise()


def _post(actor: Actor, thread: Thread, text: str, at: datetime) -> Post:
    post = Post.objects.create(
        circle_id=thread.circle_id, private_to_id=thread.private_to_id, thread=thread, text=text.strip(), at=at,
        person_id=actor.person_id, organisation_id=actor.organisation_id,
    )  # fmt: skip
    tasks.tell_post.defer(post_id=str(post.pk))
    return post


def tell_post_for_system(*, post_id: uuid.UUID, at: datetime) -> None:
    """Tell a message to the audience of its exchange, but its author and who declared an interest in the dossier. The
    platform's job: an establishment does not see who did. Run twice, it tells once."""
    post = Post.objects.select_related("thread__dossier__call", "organisation").get(pk=post_id)
    thread, dossier = post.thread, post.thread.dossier
    interested = Interest.objects.filter(instruction__dossier=dossier, lifted_at=None).values_list("person", flat=True)
    aside = {post.person_id, *interested}
    message = Message(
        key=f"post:{post.pk}", title=f"{thread.title} · {dossier.number or dossier.name}", body=post.text[:600],
        act="Lire et répondre", page=thread.page(), waiting=post.organisation.short_name,
        consequence="L’échange reste sans réponse de votre part.",
    )  # fmt: skip
    for one in [thread.private_to_id] if thread.private_to_id else _members(thread):
        notify(thread.circle_id, one, list_people(one, on=at.date(), roles=READERS) - aside, message, at=at)


def _members(thread: Thread) -> list[uuid.UUID]:
    """Who reads an exchange that is not one institution's own."""
    dossier = thread.dossier
    institutions = [dossier.call.owner_id, *dossier.call.partners.values_list("pk", flat=True)]
    return [*institutions, dossier.owner_id] if thread.audience == Thread.Audience.APPLICANT else institutions
