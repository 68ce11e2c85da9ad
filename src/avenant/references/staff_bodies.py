"""The bodies that represent the staff, as the reference file lists them."""

from __future__ import annotations

from functools import cache

from avenant.domain.french import typeset
from avenant.domain.funding.dialogue import StaffBody
from avenant.references.reading import read


@cache
def staff_bodies() -> tuple[StaffBody, ...]:
    """Every body, in the order of the file."""
    return tuple(
        StaffBody(
            code=one["code"],
            label=typeset(one["label"]),
            statuses=frozenset(one["statuses"]),
            until=one.get("until", {}),
        )
        for one in read("staff_bodies")["body"]
    )
