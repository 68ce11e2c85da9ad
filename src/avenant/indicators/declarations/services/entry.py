"""A provider fills its part: its working copy, its own until it is handed in."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.catalogue.records import definition_of, free_fields_of
from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import DomainError, Refused
from avenant.domain.french import format_moment
from avenant.domain.indicators import Provider, parse_value
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies, selectors
from avenant.indicators.declarations.models import DraftValue, FreeText, Part
from avenant.indicators.declarations.sheet import WorkingCopy, working_copy


class StaleForm(DomainError):
    """Somebody else saved the same indicator meanwhile; both values are shown, nothing is lost."""

    def __init__(self, draft: DraftValue | FreeText, zone: str) -> None:
        who = draft.saved_by.name if draft.saved_by else "un traitement"
        super().__init__(
            f"{who} a enregistré une autre valeur le {format_moment(draft.saved_at.astimezone(ZoneInfo(zone)))}. "
            "Votre saisie est encore à l’écran : relisez les deux, puis enregistrez celle qui convient.",
            code="stale",
        )
        self.draft = draft


@dataclass(frozen=True, slots=True)
class Entry:
    """What a person typed for one indicator. ``seen`` is the time of the last save that their form showed.

    ``reread`` confirms, unchanged, a value that was typed under a former version of the definition.
    """

    definition_id: uuid.UUID
    raw: Mapping[str, Any]
    unavailable: str = ""
    comment: str = ""
    justification: str = ""
    seen: datetime | None = None
    check_stale: bool = True
    reread: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """A part being filled, with what its saves need, read once."""

    actor: Actor
    part: Part
    records: Mapping[uuid.UUID, DefinitionRecord]
    copy: WorkingCopy

    @property
    def zone(self) -> str:
        return self.part.declaration.contract.territory.time_zone


def _open_desk(actor: Actor, part_id: uuid.UUID, at: datetime) -> Desk:
    part = selectors.get_part(actor, part_id, lock=True)
    policies.may_fill(actor, part, at=at).or_raise()
    records = contracts.definitions_of(actor, part.declaration.contract, part.declaration.year)
    return Desk(actor, part, {record.pk: record for record in records}, working_copy(actor, part, records))


@transaction.atomic
def save_entry(*, actor: Actor, part_id: uuid.UUID, entry: Entry, at: datetime) -> DraftValue | None:
    """Keep what was typed for one indicator, readable or not; None when there was nothing to keep.

    Raises StaleForm when somebody else saved another value meanwhile.
    """
    return _save(_open_desk(actor, part_id, at), entry, at)


@transaction.atomic
def save_entries(*, actor: Actor, part_id: uuid.UUID, entries: Iterable[Entry], at: datetime) -> list[DraftValue]:
    """Keep several indicators at once: all or nothing. Raises StaleForm."""
    desk = _open_desk(actor, part_id, at)
    return [draft for entry in entries if (draft := _save(desk, entry, at))]


@transaction.atomic
def save_form(
    *, actor: Actor, part_id: uuid.UUID, entries: Iterable[Entry], at: datetime
) -> dict[uuid.UUID, StaleForm]:
    """Keep what can be kept of a whole form, and return by indicator what somebody else saved meanwhile."""
    desk = _open_desk(actor, part_id, at)
    conflicts: dict[uuid.UUID, StaleForm] = {}
    for entry in entries:
        try:
            _save(desk, entry, at)
        except StaleForm as stale:
            conflicts[entry.definition_id] = stale
    return conflicts


def _save(desk: Desk, entry: Entry, at: datetime) -> DraftValue | None:
    said = _read(desk, entry)
    record = desk.records[entry.definition_id]
    shown = desk.copy.of(record)
    if _same(shown, said) and not (desk.copy.is_carried(record) and entry.reread):
        return shown
    former = desk.copy.drafts.get(record.pk)
    theirs = former is not None and former.saved_by_id != desk.actor.person_id and former.saved_at != entry.seen
    if former is not None and theirs and entry.check_stale:
        raise StaleForm(former, desk.zone)
    draft = former or DraftValue(
        circle_id=desk.part.circle_id, private_to_id=desk.part.owner_id, part=desk.part, definition=record
    )
    for name, value in said.items():
        setattr(draft, name, value)
    draft.saved_at, draft.saved_by_id = at, desk.actor.person_id
    draft.save()
    return draft


def _read(desk: Desk, entry: Entry) -> dict[str, Any]:
    """What a draft keeps of what was typed; a value that cannot be read is kept as it was typed, with the reason."""
    record = desk.records.get(entry.definition_id)
    if record is None:
        raise Refused("Cet indicateur n’est pas dans le contrat pour cette année.", basis=policies.BASIS)
    definition = definition_of(record)
    own = {component.key for component in definition.parts_of(Provider(desk.part.provider))}
    if not own:
        raise Refused(f"Cet indicateur est fourni par {definition.provider.label}.", basis=policies.BASIS)
    parsed = parse_value(definition, {key: value for key, value in entry.raw.items() if key.split(".")[0] in own})
    return {
        "value": {} if entry.unavailable.strip() else dict(parsed.value),
        "typed": {"raw": dict(parsed.typed), "errors": dict(parsed.errors)} if parsed.errors else {},
        "unavailable": entry.unavailable.strip(),
        "comment": entry.comment.strip(),
        "justification": entry.justification.strip(),
    }


def _same(shown: DraftValue | None, said: Mapping[str, Any]) -> bool:
    """Does the form say nothing new: a form sent whole, or twice, rewrites nobody's figures."""
    if shown is None:
        return not any(said.values())
    return all(getattr(shown, name) == value for name, value in said.items())


@transaction.atomic
def save_free_text(
    *,
    actor: Actor,
    part_id: uuid.UUID,
    code: str,
    text: str,
    at: datetime,
    seen: datetime | None = None,
) -> FreeText | None:
    """Keep what is written in a free field of the contract, which is no indicator. Raises StaleForm."""
    desk = _open_desk(actor, part_id, at)
    offered = free_fields_of({record.set_id: record.set for record in desk.records.values()}.values())
    field = next((one for one in offered if one.code == code), None)
    if field is None or Provider(desk.part.provider) is not Provider.SERVICE:
        raise Refused("Ce champ libre n’est pas dans le contrat du service.", basis=policies.BASIS)
    rows = FreeText.objects.visible_to(actor).select_related("saved_by")
    former = rows.filter(part=desk.part, code=code).first()
    if (former.text if former else "") == text.strip():
        return former
    if former and former.saved_by_id != actor.person_id and former.saved_at != seen:
        raise StaleForm(former, desk.zone)
    kept = former or FreeText(
        circle_id=desk.part.circle_id, private_to_id=desk.part.owner_id, part=desk.part, code=code
    )
    kept.text, kept.saved_at, kept.saved_by_id = text.strip(), at, actor.person_id
    kept.save()
    return kept
