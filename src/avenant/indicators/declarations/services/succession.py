"""A party leaves its contract: who takes its place states what it had still to state."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.contracts.drafting.models import ContractParty
from avenant.domain.indicators import Provider
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation, Unit
from avenant.indicators.declarations import tasks
from avenant.indicators.declarations.models import Assignment, DraftValue, FreeText, Part, Submission
from avenant.indicators.declarations.policies import EDITABLE
from avenant.indicators.declarations.services.due import entry_key
from avenant.indicators.declarations.services.opening import HOLDERS
from avenant.indicators.declarations.services.sharing import key_of_section

OPEN = EDITABLE | {"submitted"}


@transaction.atomic
def hand_over_parts(*, contract_id: uuid.UUID, former_id: uuid.UUID, successor_id: uuid.UUID, at: datetime) -> int:
    """The parts not yet validated become the successor's, with what is due of them; how many. Run by a job, as often as
    one likes.

    What the former party typed and did not hand in stays its own, as it was before: the successor starts from what was
    last handed in, which all the parties read. A validated part keeps the name of who stated it.
    """
    successor = Organisation.objects.get(pk=successor_id)
    rows = Part.objects.filter(declaration__contract_id=contract_id, owner_id=former_id, state__in=OPEN)
    parts = list(rows.select_related("owner", "unit", "declaration").select_for_update(of=("self",)))
    for part in parts:
        _give(part, successor, actor=None, at=at)
        _drop_sections(part)
        _start_from_the_last(part, at)
        journal.hand_over(part.circle_id, former_id, successor_id, among=(entry_key(part),), unit=part.unit)
    return len(parts)


def give_to_heir(part: Part, *, actor: Actor, at: datetime) -> None:
    """A part that a decision reopens is for who holds its place in the contract today, if its owner has left it.

    The job brings what was last handed in to the successor's desk, which nobody else may touch.
    """
    parties = ContractParty.objects.filter(contract_id=part.declaration.contract_id)
    role, _ = HOLDERS[Provider(part.provider)]
    heir = parties.filter(role=role).select_related("organisation").first()
    if heir is None or parties.filter(organisation_id=part.owner_id).exists():
        return
    _give(part, heir.organisation, actor=actor, at=at)
    tasks.start_from_the_last.defer(part_id=str(part.pk))


@transaction.atomic
def start_from_the_last(*, part_id: uuid.UUID, at: datetime) -> None:
    """The owner of a part finds on its desk what was last handed in, but what it has typed meanwhile. Run by a job."""
    _start_from_the_last(Part.objects.select_for_update().get(pk=part_id), at)


def _give(part: Part, successor: Organisation, *, actor: Actor | None, at: datetime) -> None:
    former = part.owner
    part.unit = Unit.objects.filter(organisation=successor, key=part.unit.key).first() if part.unit else None
    part.owner = successor
    part.save(update_fields=["owner", "unit"])
    record(
        part.circle_id,
        verb="part.handed_over",
        label=f"Indicateurs {part.declaration.year} : {successor.short_name} répond à la place de {former.short_name}",
        actor=actor,
        at=at,
        page=part.page(),
        subject=part.pk,
    )


def _drop_sections(part: Part) -> None:
    """The colleagues of the former party are no longer expected."""
    entrusted = Assignment.objects.filter(part=part)
    journal.drop(*(key_of_section(one) for one in entrusted))
    entrusted.delete()


def _start_from_the_last(part: Part, at: datetime) -> None:
    submission = Submission.objects.filter(part=part).order_by("-number").first()
    if submission is None:
        return
    own = {"circle_id": part.circle_id, "private_to_id": part.owner_id, "part": part, "saved_at": at}
    drafts = (DraftValue(**own, definition_id=one.definition_id, **one.said) for one in submission.values.all())
    DraftValue.objects.bulk_create(drafts, ignore_conflicts=True)
    texts = (FreeText(**own, code=code, text=text) for code, text in submission.texts.items())
    FreeText.objects.bulk_create(texts, ignore_conflicts=True)
