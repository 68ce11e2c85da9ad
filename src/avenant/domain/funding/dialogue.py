"""Social dialogue around a local contract: which body sits when, and whose staff the concertation concerns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from avenant.domain.french import format_date, typeset

PRIVATE, PUBLIC, MIXED = "private", "public", "mixed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffBody:
    """A body that represents the staff: the legal statuses where it sits, and the first day on which it no longer does.

    ``until`` is by status (excluded day); a status that is not there has no end.
    """

    code: str
    label: str
    statuses: frozenset[str]
    until: dict[str, date]
    article: str = ""

    def end_for(self, status: str) -> date | None:
        """The first day on which it no longer sat in a body of this status; the latest of its ends for an unknown one."""
        return self.until.get(status) if status in self.until or not self.until else max(self.until.values())


def bodies_of(bodies: Sequence[StaffBody], status: str) -> list[StaffBody]:
    """The bodies that a form offers to a status, those of the past included: old dates are still written."""
    return [one for one in bodies if not status or status in one.statuses]


def body_fault(bodies: Sequence[StaffBody], code: str, status: str, day: date | None) -> str:
    """Why a body could not meet on a day; empty when it could, or when nothing is said."""
    body = next((one for one in bodies if one.code == code), None)
    end = body.end_for(status) if body else None
    if body is None or day is None or end is None or day < end:
        return ""
    words = (
        f"{body.label} : cette instance ne siège plus depuis le {format_date(end)}. Choisissez celle qui l'a remplacée."
    )
    return typeset(words)


@dataclass(frozen=True, slots=True)
class Concertation:
    """Does the concertation of the convention concern the staff of an establishment, and which part of it."""

    concerned: bool | None
    sentence: str


def concertation_of(staff: str) -> Concertation:
    """The concertation concerns staff under private law only: all of it, its private-law part, or none (article 2, 1)."""
    match staff:
        case "private":
            return Concertation(True, "Personnel de droit privé : la concertation le concerne.")
        case "mixed":
            return Concertation(True, "Personnel de statut mixte : la concertation concerne sa part de droit privé.")
        case "public":
            return Concertation(False, "Personnel de droit public : hors du champ de la concertation.")
        case _:
            return Concertation(None, "Statut du personnel à préciser : la concertation concerne le droit privé seul.")
