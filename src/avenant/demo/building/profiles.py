"""Two fictional services count on made-up records, as they would at home, and bring their declaration."""

from __future__ import annotations

import tempfile
import uuid
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations import selectors as declarations
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.profiles import services as profiles

COUNTED = {"val-issole": 11, "castelmistral": 12}
"""The services that count at home, each with the seed of its made-up records."""
TOLD_OTHERWISE = frozenset({"pdp-1.3", "pdp-1.14", "satdl-1.2.2", "satdl-1.2.12"})
"""What the records of these services do not say as their return does; its comments, or what it leaves out, tell why."""


def bring(actor: Actor, part_id: uuid.UUID, service: str, year: int, at: datetime) -> None:
    """Import the declaration of a service that counts at home, and share its protected tables."""
    if service not in COUNTED:
        return
    name = f"declaration-{service}-{year}.json"
    with acting_as(actor):
        part = declarations.get_part(actor, part_id)
        typed = {row.definition.code: row.stated.value for row in sheet(actor, part).own_rows if row.stated}
        content = _declaration(service, year, COUNTED[service], typed)
        profiles.import_counted(actor=actor, part_id=part_id, name=name, content=content, at=at)
        profiles.share_profile(actor=actor, declaration_id=part.declaration_id, at=at)


def _declaration(service: str, year: int, seed: int, typed: Mapping[str, Mapping[str, Any]]) -> bytes:
    """A declaration whose tables are those of made-up records, and whose values are those of the return, but a few."""
    from avenant.collect.declaration import declare, seal
    from avenant.collect.running import dump, run
    from avenant.collect.secrecy import protect_tables
    from avenant.collect.synthesis import Plan, synthesise
    from avenant.domain.disclosure import Rules
    from avenant.domain.periods import Period

    with tempfile.TemporaryDirectory() as home:
        synthesise(Path(home), Plan(3_000, 40_000, 90_000, year, seed))
        result = run(Path(home), Period.of_year(year), crosses=[("sexe", "raison")])
        declaration = declare(result, protect_tables(result), Rules(), service=service)
    values = {
        code: {key: typed.get(code, {}).get(key, part) for key, part in said.items()}
        for code, said in declaration["values"].items()
        if code not in TOLD_OTHERWISE
    }
    declaration["values"] |= values
    return dump(declaration | {"seal": seal(declaration)}).encode()
