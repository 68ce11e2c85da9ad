"""Two fictional services count on made-up records, as they would at home, and bring their declaration."""

from __future__ import annotations

import tempfile
import uuid
from datetime import datetime
from pathlib import Path

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.profiles import services as profiles

COUNTED = {"val-issole": 11, "castelmistral": 12}
"""The services that count at home, each with the seed of its made-up records."""


def bring(actor: Actor, part_id: uuid.UUID, service: str, year: int, at: datetime) -> None:
    """Import the declaration of a service that counts at home, and share its protected tables."""
    if service not in COUNTED:
        return
    content = _declaration(service, year, COUNTED[service])
    name = f"declaration-{service}-{year}.json"
    with acting_as(actor):
        part = declarations.get_part(actor, part_id)
        profiles.import_counted(actor=actor, part_id=part_id, name=name, content=content, at=at)
        profiles.share_profile(actor=actor, declaration_id=part.declaration_id, at=at)


def _declaration(service: str, year: int, seed: int) -> bytes:
    from avenant.collect.declaration import declare
    from avenant.collect.running import dump, run
    from avenant.collect.secrecy import protect_tables
    from avenant.collect.synthesis import Plan, synthesise
    from avenant.domain.disclosure import Rules
    from avenant.domain.periods import Period

    with tempfile.TemporaryDirectory() as home:
        synthesise(Path(home), Plan(3_000, 40_000, 90_000, year, seed))
        result = run(Path(home), Period.of_year(year), crosses=[("sexe", "raison")])
        return dump(declare(result, protect_tables(result), Rules(), service=service)).encode()
