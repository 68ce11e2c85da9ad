"""A provider fills its part: its working copy, its own until it is handed in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import DomainError, Refused
from avenant.domain.french import format_moment
from avenant.domain.indicators import Provider, parse_value
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import DraftValue, Part


class StaleForm(DomainError):
    """Somebody else saved the same indicator meanwhile; both values are shown, nothing is lost."""

    def __init__(self, draft: DraftValue) -> None:
        who = draft.saved_by.name if draft.saved_by else "un traitement"
        super().__init__(
            f"{who} a enregistré une autre valeur le {format_moment(draft.saved_at)}. "
            "Votre saisie est encore à l’écran : relisez les deux, puis enregistrez celle qui convient.",
            code="stale",
        )
        self.draft = draft


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person typed for one indicator. ``seen`` is the time of the last save that their form showed."""

    definition_id: uuid.UUID
    raw: Mapping[str, Any]
    unavailable: str = ""
    comment: str = ""
    justification: str = ""
    seen: datetime | None = None
    check_stale: bool = True


@transaction.atomic
def save_entry(*, actor: Actor, part_id: uuid.UUID, entry: Entry, at: datetime) -> DraftValue:
    """Keep what was typed for one indicator, readable or not. Raises StaleForm when somebody saved it meanwhile."""
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    return _save(actor, part, entry, at)


@transaction.atomic
def save_entries(*, actor: Actor, part_id: uuid.UUID, entries: Iterable[Entry], at: datetime) -> list[DraftValue]:
    """Keep several indicators at once (a pasted column, a sheet): all or nothing."""
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    return [_save(actor, part, entry, at) for entry in entries]


def _save(actor: Actor, part: Part, entry: Entry, at: datetime) -> DraftValue:
    promised = contracts.list_promises(actor, part.declaration.contract, part.declaration.year)
    promise = promised.filter(definition_id=entry.definition_id).first()
    if promise is None:
        raise Refused("Cet indicateur n’est pas dans le contrat pour cette année.", basis=policies.BASIS)
    definition = contracts.catalogue_for([promise.definition])[promise.definition.code]
    own = {component.key for component in definition.parts_of(Provider(part.provider))}
    if not own:
        raise Refused(f"Cet indicateur est fourni par {definition.provider.label}.", basis=policies.BASIS)
    former = (
        DraftValue.objects.visible_to(actor)
        .filter(part=part, definition_id=entry.definition_id)
        .select_related("saved_by")
        .first()
    )
    if former and entry.check_stale and former.saved_by_id != actor.person_id and former.saved_at != entry.seen:
        raise StaleForm(former)
    parsed = parse_value(definition, {key: value for key, value in entry.raw.items() if key.split(".")[0] in own})
    draft = former or DraftValue(
        circle_id=part.circle_id, private_to_id=part.owner_id, part=part, definition_id=entry.definition_id
    )
    draft.value = {} if entry.unavailable.strip() else dict(parsed.value)
    draft.typed = {"raw": dict(parsed.typed), "errors": dict(parsed.errors)} if parsed.errors else {}
    draft.unavailable, draft.comment = entry.unavailable.strip(), entry.comment.strip()
    draft.justification = entry.justification.strip()
    draft.saved_at, draft.saved_by_id = at, actor.person_id
    draft.save()
    return draft
