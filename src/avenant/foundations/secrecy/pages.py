"""What the pages of secrecy show, and their tables to take away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.foundations.accounts import selectors as accounts
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy import selectors
from avenant.foundations.secrecy.models import Acknowledgement, Elimination
from avenant.foundations.secrecy.services.retention import LISTED, PURGED, term_of
from avenant.references.secrecy import Retention, retentions

ORDERS = {"date": "at", "personne": "person__name", "dossier": "circle__title"}


def find_answers(actor: Actor, asked: Mapping[str, Any], *, sort: str) -> QuerySet[Acknowledgement]:
    """What my organisation's people answered, as filtered and sorted; the last first by default."""
    rows = selectors.list_acknowledgements(actor)
    if words := (asked.get("q") or "").strip():
        rows = rows.filter(Q(person__name__icontains=words) | Q(circle__title__icontains=words))
    match asked.get("reponse"):
        case "oui":
            rows = rows.filter(accepted=True, withdrawn_at=None)
        case "non":
            rows = rows.filter(accepted=False)
        case "retiree":
            rows = rows.exclude(withdrawn_at=None)
    order = ORDERS.get(sort.lstrip("-"), "at")
    back = "-" if sort.startswith("-") or not sort else ""
    return rows.order_by(f"{back}{order}", "-at", "pk")


@dataclass(frozen=True, slots=True)
class Answer:
    """A line of the administrator's report: user, role, acknowledged on, last access."""

    row: Acknowledgement
    roles: str
    last_access: datetime | None

    @property
    def state(self) -> str:
        if not self.row.accepted:
            return "refusée"
        return "réinitialisée" if self.row.withdrawn_at else "acceptée"

    @property
    def tone(self) -> str:
        return {"acceptée": "good", "refusée": "bad"}.get(self.state, "warn")


def answers(actor: Actor, rows: Iterable[Acknowledgement]) -> list[Answer]:
    """The lines of the report, with the roles that each person holds in my organisation."""
    members = {row.person_id: row for row in accounts.list_people(actor)}
    found = []
    for row in rows:
        member = members.get(row.person_id)
        roles = ", ".join(Role(role).label for role in member.roles) if member else ""
        found.append(Answer(row, roles, row.person.last_login))
    return found


def answers_sheet(lines: Iterable[Answer]) -> Sheet:
    """The report, one answer a line."""
    columns = (
        Column("Personne", width=40),
        Column("Rôles", width=40),
        Column("Dossier", width=50),
        Column("Réponse", width=16),
        Column("Reconnu le", Kind.DATE, 14),
        Column("Version", Kind.INTEGER, 10),
        Column("Dernier accès", Kind.INSTANT, 18),
        Column("Motif de réinitialisation", width=40),
    )
    return Sheet(
        "Secret professionnel",
        columns,
        (
            (
                one.row.person.name, one.roles, one.row.circle.title, one.state, timezone.localdate(one.row.at),
                one.row.version, timezone.localtime(one.last_access) if one.last_access else None, one.row.reason,
            )
            for one in lines
        ),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kept:
    """A category of the retention page: its rule, the first day still kept, and what was listed or deleted.

    ``followed``: the platform itself tells what has reached its term.
    """

    rule: Retention
    term: date
    followed: bool
    waiting: Elimination | None
    last: Elimination | None


def list_kept(today: date) -> list[Kept]:
    """Every category with its last elimination."""
    rows = list(Elimination.objects.select_related("approved_by").order_by("-at")[:200])
    found = []
    for key, rule in retentions().items():
        mine = [row for row in rows if row.category == key]
        waiting = next((row for row in mine if not row.automatic and row.approved_at is None), None)
        last = next((row for row in mine if row is not waiting), None)
        found.append(Kept(rule, term_of(key, today), key in {*PURGED, *LISTED}, waiting, last))
    return found


def elimination_sheet(rows: Iterable[Elimination]) -> Sheet:
    """The bordereau d’élimination: what reached its term, by which rule, deleted or under which visa."""
    columns = (
        Column("Catégorie", width=50),
        Column("Durée (mois)", Kind.INTEGER, 12),
        Column("À compter de", width=30),
        Column("Fondement", width=60),
        Column("Sort final", width=40),
        Column("Échus avant le", Kind.DATE, 14),
        Column("Nombre", Kind.INTEGER, 10),
        Column("Relevé le", Kind.INSTANT, 18),
        Column("Mode", width=30),
        Column("Visa de", width=40),
        Column("Visé le", Kind.INSTANT, 18),
        Column("Observation", width=40),
    )
    known = retentions()
    return Sheet(
        "Bordereau d’élimination",
        columns,
        (
            (
                known[row.category].label, known[row.category].months, known[row.category].start,
                known[row.category].basis, known[row.category].fate, row.until, row.count, timezone.localtime(row.at),
                "par la plateforme" if row.automatic else "soumis à visa",
                row.approved_by.name if row.approved_by else "",
                timezone.localtime(row.approved_at) if row.approved_at else None, row.remark,
            )
            for row in rows if row.category in known
        ),
    )  # fmt: skip
