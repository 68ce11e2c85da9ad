"""Sections of a part shared out to colleagues, each with a day, a due item on their home, a mark when done."""

from __future__ import annotations

import uuid
from datetime import date, datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.domain.decision import DomainError
from avenant.domain.french import typeset
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.parties.actors import Actor
from avenant.indicators.campaigns.services import end_of_day
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import Assignment, Part
from avenant.indicators.declarations.sheet import sheet


def key_of_section(assignment: Assignment) -> str:
    """The key of what a colleague owes of a section."""
    return f"part:{assignment.part_id}:section:{assignment.pk}"


@transaction.atomic
def entrust_section(
    *, actor: Actor, part_id: uuid.UUID, section: str, person_id: uuid.UUID, due_on: date, at: datetime
) -> Assignment:
    """Entrust a strand, or a group of it, to a colleague until ``due_on``; again, it moves to another person or day."""
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    strands = sheet(actor, part).strands
    if section not in {one.key for one in strands} | {group.section for one in strands for group in one.groups}:
        raise DomainError("Cette section n’est pas dans la déclaration.")
    colleague = selectors.list_colleagues(actor, part, on=at.date()).filter(person_id=person_id).first()
    if colleague is None:
        raise DomainError("Choisissez une personne de votre organisme qui peut remplir cette part.")
    if due_on < at.date():
        raise DomainError("La date est passée : choisissez aujourd’hui ou un jour à venir.")
    assignment, _ = Assignment.objects.update_or_create(
        part=part,
        section=section,
        defaults={
            "circle_id": part.circle_id,
            "private_to_id": part.owner_id,
            "person_id": person_id,
            "due_on": due_on,
            "assigned_by_id": actor.person_id,
            "done_at": None,
        },
    )
    territory = part.declaration.contract.territory
    journal.plan(
        part.circle_id,
        Due(
            key=key_of_section(assignment),
            # Every party of the file reads the item: which section, and who asks, stay in the owner's own assignment.
            label=typeset(f"Renseigner la section qui vous est confiée : {part.declaration}"),
            organisation_id=part.owner_id,
            unit_id=part.unit_id,
            person_id=person_id,
            waiting=part.owner.short_name,
            due_at=end_of_day(due_on, territory),
            zone=territory.time_zone,
            page=part.page(),
            consequence="La part ne pourra pas être transmise complète.",
        ),
    )
    return assignment


@transaction.atomic
def finish_section(*, actor: Actor, assignment_id: uuid.UUID, at: datetime) -> Part:
    """Say that a section is done; its person, or whoever fills the part, may."""
    assignment, part = _mine(actor, assignment_id, at)
    assignment.done_at = at
    assignment.save(update_fields=["done_at"])
    journal.close(key_of_section(assignment))
    return part


@transaction.atomic
def take_section_back(*, actor: Actor, assignment_id: uuid.UUID, at: datetime) -> Part:
    """Nobody is asked for the section any more."""
    assignment, part = _mine(actor, assignment_id, at)
    journal.drop(key_of_section(assignment))
    assignment.delete()
    return part


def drop_sections(*, actor: Actor, part: Part) -> None:
    """The part is handed in: nobody owes a section of it any more."""
    journal.drop(*(key_of_section(one) for one in selectors.list_assignments(actor, part)))


def _mine(actor: Actor, assignment_id: uuid.UUID, at: datetime) -> tuple[Assignment, Part]:
    assignment = get_object_or_404(Assignment.objects.visible_to(actor), pk=assignment_id)
    part = selectors.get_part(actor, assignment.part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    return assignment, part
