"""The facts that a rulebook may name: « project.requested », « line.kind »; their labels, types and how they are read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from operator import attrgetter
from typing import Any, Final, get_args, get_type_hints

from avenant.domain.rules.facts import Action, Applicant, Expense, Facts, Project
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.work import Sheet, project_of

Types = frozenset[type]
NUMBER: Final[Types] = frozenset({int, Decimal, Fraction})
DAY: Final[Types] = frozenset({date})
MOMENT: Final[Types] = frozenset({datetime})
IN_WORDS: Final[Mapping[Types, str]] = {
    NUMBER: "un nombre ou un montant",
    DAY: "une date",
    MOMENT: "un instant",
    DAY | MOMENT: "une date ou un instant",
}


@dataclass(frozen=True, slots=True)
class Operand:
    """What a rule reads: a fact by its path, or a parameter. ``name`` is how it is called when it is missing."""

    name: str
    label: str
    read: Callable[[Sheet], Any]
    unit: Unit | None = None


LABELS: Final[Mapping[str, str]] = {
    "submitted_at": "instant du dépôt",
    "channel": "voie du dépôt",
    "notified_on": "date de notification",
    "signed_on": "date de signature de la convention",
    "dossiers": "nombre de dossiers de l'établissement",
    "projects": "projets",
    "projects.count": "nombre de projets portés",
    "grant": "aide calculée du dossier",
    "pieces": "pièces du dossier",
    "earlier_aids": "aides antérieures",
    "applicant.status": "statut du demandeur",
    "applicant.sectors": "secteur d'activité du demandeur",
    "applicant.category": "catégorie d'établissement",
    "applicant.territory": "territoire du demandeur",
    "project.expenses": "dépenses du projet",
    "project.plan": "plan de financement",
    "project.actions": "actions du projet",
    "project.pieces": "pièces du projet",
    "project.requested": "aide demandée",
    "project.starts_on": "date de début du projet",
    "project.ends_on": "date de fin du projet",
    "project.strands": "volets du projet",
    "project.in_scope": "périmètre du projet",
    "project.partners": "établissements du projet",
    "project.partners.count": "nombre d'établissements du projet",
    "project.total_excl_tax": "coût total hors taxes",
    "project.total_incl_tax": "coût total toutes taxes comprises",
    "project.eligible_excl_tax": "coût éligible hors taxes",
    "project.eligible_incl_tax": "coût éligible toutes taxes comprises",
    "project.grant": "aide calculée",
    "project.public_aid": "aides publiques du plan de financement",
    "project.other_public_aid": "autres aides publiques",
    "project.third_party_aid": "aides d'autres financeurs",
    "project.plan_total": "total du plan de financement",
    "line.kind": "nature de la dépense",
    "line.excl_tax": "montant hors taxes de la dépense",
    "line.incl_tax": "montant toutes taxes comprises de la dépense",
    "line.quantity": "nombre d'unités de la dépense",
    "line.recurrent": "caractère récurrent de la dépense",
    "line.engagement": "nature de l'engagement",
    "line.refundable_by": "autre prise en charge de la dépense",
    "line.funded_elsewhere": "financement hors du plan de la dépense",
    "line.ordered_on": "date de commande de la dépense",
    "line.paid_on": "date d'acquittement de la dépense",
    "line.deadline": "dernier jour propre à la dépense",
    "action.indicators": "indicateurs de suivi de l'action",
    "action.risks": "risques que traite l'action",
}
_DERIVED: Final = {
    "total_excl_tax", "total_incl_tax", "eligible_excl_tax", "eligible_incl_tax",
    "grant", "public_aid", "other_public_aid", "third_party_aid", "plan_total",
}  # fmt: skip
_RECORDS: Final[Mapping[str, tuple[type, str]]] = {
    "applicant": (Applicant, "facts.applicant"),
    "project": (Project, "project.facts"),
    "line": (Expense, "line.facts"),
    "action": (Action, "action"),
    "": (Facts, "facts"),
}
_COUNTED: Final[Mapping[str, Callable[[Sheet], Any]]] = {
    "projects.count": lambda sheet: None if sheet.facts.projects is None else len(sheet.facts.projects),
    "project.partners.count": lambda sheet: len(project_of(sheet).facts.partners),
}


@dataclass(frozen=True, slots=True)
class Path:
    """How a fact is read on a sheet, and the types of its values; ``types`` None for a measure, whose values are open."""

    read: Callable[[Sheet], Any]
    types: Types | None


@cache
def path_of(path: str) -> Path | None:
    """The fact of this path; None when no such fact exists.

    ``measures.x``, ``applicant.measures.x``, ``project.measures.x`` and ``line.measures.x`` are open: the rulebook's
    vocabulary declares them.
    """
    if path in _COUNTED:
        return Path(_COUNTED[path], NUMBER)
    if path == "grant":
        return Path(attrgetter("grant"), NUMBER)
    head, _, rest = path.partition(".")
    if head not in _RECORDS:
        head, rest = "", path
    record, where = _RECORDS[head]
    names = {one.name for one in fields(record)}
    if rest.startswith("measures.") and "measures" in names:
        measures, name = attrgetter(f"{where}.measures"), rest.removeprefix("measures.")
        return Path(lambda sheet: measures(sheet).get(name), None)
    if head == "project" and rest in _DERIVED:
        return Path(attrgetter(path), NUMBER)
    if rest not in names:
        return None
    kind = get_type_hints(record)[rest]
    return Path(attrgetter(f"{where}.{rest}"), frozenset(get_args(kind) or (kind,)) - {type(None)})


def place_of(path: str) -> str:
    """Where a fact stands: « project », « line », « action », or « » for the dossier."""
    head = path.partition(".")[0]
    return head if head in ("project", "line", "action") else ""
