"""A service brings what it counted at home: kept as it came, taken value by value, shared when it says so."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.services import entry as entries
from avenant.indicators.profiles import policies, selectors, tasks
from avenant.indicators.profiles.comparing import compare
from avenant.indicators.profiles.models import CountedFile, Profile, ProfileTable
from avenant.indicators.profiles.reading import Counted, read_counted

FOLLOWED = "pdp-1.3"
MEETINGS = frozenset({"cell-meetings", "cell-meetings-with-fund"})
"""What counts no person in the work of a cell."""
WORK = "travail de la cellule"


@transaction.atomic
def import_counted(*, actor: Actor, part_id: uuid.UUID, name: str, content: bytes, at: datetime) -> CountedFile:
    """Verify a declaration of the collector and keep it beside the part; the working copy does not change.

    The same file sent twice is the same import. Its protected tables become the service's own profile of the year,
    which the parties do not read before the service shares it. Raises what :func:`read_counted` refuses.
    """
    part = declarations.get_part(actor, part_id, lock=True)
    policies.may_import(actor, part, at=at).or_raise()
    declaration = part.declaration
    counted = read_counted(
        content,
        name,
        year=declaration.year,
        siren=part.owner.siren,
        service=part.owner.short_name,
        rules=selectors.rules_for(actor, declaration.contract),
    )
    kept, _ = CountedFile.objects.update_or_create(
        part=part,
        seal=counted.seal,
        defaults={
            "circle_id": part.circle_id,
            "private_to_id": part.owner_id,
            "name": name[:200],
            "values": counted.content["values"],
            "lineage": counted.content["lineage"],
            "older": list(counted.older),
            "at": at,
            "person_id": actor.person_id,
        },
    )
    _keep_profile(actor, kept, counted, at)
    return kept


def _keep_profile(actor: Actor, file: CountedFile, counted: Counted, at: datetime) -> None:
    declaration, said = file.part.declaration, counted.content
    shared = selectors.profiles_of(actor, declaration)[1]
    if shared is not None and shared.seal == counted.seal:
        return
    owned = {"circle_id": file.circle_id, "private_to_id": file.private_to_id}
    Profile.objects.visible_to(actor).filter(declaration=declaration, private_to_id=file.private_to_id).delete()
    profile = Profile.objects.create(
        **owned,
        declaration=declaration,
        year=declaration.year,
        total=said["values"].get(FOLLOWED, {}).get("total"),
        persons=said["secrecy"]["persons"],
        establishments=said["secrecy"]["establishments"],
        dashboard=said["dashboard"],
        withheld=said["withheld"],
        lineage=said["lineage"],
        seal=counted.seal,
        at=at,
    )
    ProfileTable.objects.bulk_create(
        ProfileTable(
            **owned,
            profile=profile,
            name=table.name,
            variables=list(table.variables),
            categories=[list(codes) for codes in table.categories],
            cells=table.shown,
            hidden=table.hidden,
        )
        for table in counted.tables
    )


@transaction.atomic
def take_values(
    *, actor: Actor, part_id: uuid.UUID, definition_ids: Iterable[uuid.UUID] | None, seen: dict[str, str], at: datetime
) -> tuple[int, dict[uuid.UUID, entries.StaleForm]]:
    """Take counted values in the working copy: those named, or all that differ (None).

    Comments and reasons that were typed stay. ``seen`` is the time of the last save that the page showed, by
    definition: what a colleague saved since is not overwritten. Returns how many were taken, and those left.
    """
    part = declarations.get_part(actor, part_id, lock=True)
    policies.may_import(actor, part, at=at).or_raise()
    file = selectors.list_files(actor, part).first()
    wanted = None if definition_ids is None else set(definition_ids)
    found = [
        one
        for one in compare(actor, part, file)
        if (one.differs and wanted is None) or (wanted is not None and one.definition_id in wanted)
    ]
    sent = [one.entry(seen.get(str(one.definition_id), "")) for one in found]
    conflicts = entries.save_form(actor=actor, part_id=part_id, entries=sent, at=at)
    return len(sent) - len(conflicts), conflicts


@dataclass(frozen=True, slots=True)
class Shared:
    """The profile that the parties read from now on, and the tables that stay as they were."""

    profile: Profile
    unchanged: tuple[str, ...]


@transaction.atomic
def share_profile(*, actor: Actor, declaration_id: uuid.UUID, at: datetime) -> Shared:
    """Let the parties of the contract read the protected tables of the year.

    A second version replaces the first, but for the tables in which a figure would move by a handful of persons: the
    difference of the two would tell of them, so the first stays.
    """
    declaration = declarations.get_declaration(actor, declaration_id)
    kept, former = selectors.profiles_of(actor, declaration)
    rules = selectors.rules_for(actor, declaration.contract)
    safe = kept is not None and kept.persons >= rules.persons and kept.establishments >= rules.establishments
    policies.may_share(
        actor, own=declarations.is_service_of(actor, declaration), kept=kept is not None, safe=safe
    ).or_raise()
    assert kept is not None  # noqa: S101 - the policy said so
    unchanged = _keep_former(kept, former, rules.persons) if former else ()
    if former:
        former.delete()
    kept.private_to, kept.shared_at = None, at
    kept.save(update_fields=["private_to", "shared_at", "dashboard"])
    kept.tables.update(private_to=None)
    record(
        kept.circle_id,
        verb="profile.shared",
        label=f"Profil {kept.year} des salariés suivis partagé avec les parties",
        actor=actor,
        at=at,
        page=kept.page(),
        subject=kept.pk,
        evidence={"seal": kept.seal, "persons": kept.persons},
    )
    tasks.gather_region.defer(campaign_id=str(declaration.campaign_id))
    return Shared(kept, unchanged)


def _keep_former(kept: Profile, former: Profile, small: int) -> tuple[str, ...]:
    """The names of the tables, the cell's work among them, that must stay as first shared; they replace the new ones in
    ``kept``."""
    before = {one.name: one for one in former.tables.all()}
    stay = [
        one
        for one in kept.tables.all()
        if one.name in before and _tells(_counts(before[one.name]), _counts(one), small)
    ]
    for one in stay:
        old = before[one.name]
        one.categories, one.cells, one.hidden = old.categories, old.cells, old.hidden
        one.save(update_fields=["categories", "cells", "hidden"])
    names = tuple(one.name for one in stay)
    first, second = ({key: n for key, n in one.dashboard.items() if key not in MEETINGS} for one in (former, kept))
    if not _tells(first, second, small):
        return names
    kept.dashboard = {**first, **{key: n for key, n in kept.dashboard.items() if key in MEETINGS}}
    return (*names, WORK)


def _counts(table: ProfileTable) -> dict[tuple[str, ...], int]:
    """The places of a table that are shown, and their numbers."""
    return {tuple(line[:-1]): line[-1] for line in table.cells}


def _tells(first: Mapping[Any, int], second: Mapping[Any, int], small: int) -> bool:
    """Would the difference of two versions be a small number, or does it hide what the first one showed."""
    moved = (abs(second[place] - number) for place, number in first.items() if place in second)
    return any(0 < one < small for one in moved) or not first.keys() <= second.keys()
