"""A party leaves its contract: who takes its place states what it had still to state."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.db import transaction

from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.parties.models import Organisation, Unit
from avenant.indicators.declarations.models import Assignment, DraftValue, FreeText, Part, Submission
from avenant.indicators.declarations.policies import EDITABLE
from avenant.indicators.declarations.services.due import entry_key
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
        former = part.owner
        part.unit = Unit.objects.filter(organisation=successor, key=part.unit.key).first() if part.unit else None
        part.owner = successor
        part.save(update_fields=["owner", "unit"])
        _drop_sections(part)
        _start_from_the_last(part, at)
        journal.hand_over(part.circle_id, former_id, successor_id, among=(entry_key(part),), unit=part.unit)
        record(
            part.circle_id,
            verb="part.handed_over",
            label=f"Indicateurs {part.declaration.year} : {successor.short_name} répond à la place de "
            f"{former.short_name}",
            actor=None,
            at=at,
            page=part.page(),
            subject=part.pk,
        )
    return len(parts)


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
    DraftValue.objects.bulk_create(
        DraftValue(**own, definition_id=one.definition_id, **one.said) for one in submission.values.all()
    )
    FreeText.objects.bulk_create(FreeText(**own, code=code, text=text) for code, text in submission.texts.items())
