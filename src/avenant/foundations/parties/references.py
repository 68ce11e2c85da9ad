"""Loads territories, organisations and units from their reference files."""

from __future__ import annotations

from avenant.foundations.loading import entries, upsert
from avenant.foundations.parties.models import Organisation, Territory, Unit
from avenant.references.reading import read


def load_parties() -> list[str]:
    """Bring the tables to what the files say; return what changed (empty the second time)."""
    changes: list[str] = []
    for entry in entries(read("territories"), "territory"):
        upsert(
            Territory,
            {"code": entry["code"]},
            {
                "kind": entry["kind"],
                "name": entry["name"],
                "parent_id": entry.get("parent"),
                "time_zone": entry.get("time_zone", "Europe/Paris"),
            },
            changes,
        )
    for entry in entries(read("organisations"), "organisation"):
        organisation = upsert(
            Organisation,
            {"key": entry["key"]},
            {
                "kind": entry["kind"],
                "name": entry["name"],
                "short_name": entry["short_name"],
                "territory_id": entry["territory"],
                "seat": entry.get("seat", ""),
                "source": entry["source"],
            },
            changes,
        )
        for unit in entry.get("units", []):
            upsert(Unit, {"organisation": organisation, "key": unit["key"]}, {"name": unit["name"]}, changes)
    return changes
