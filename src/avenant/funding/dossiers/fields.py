"""The fields of a dossier as an authority may ask for them again, one by one, each with its address and its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Final

from avenant.domain.rules.questions import asks
from avenant.funding.dossiers.facts import Content

QUESTION, PIECE = "question", "piece"

_DOSSIER: Final = {
    "agents": ("Nombre d’agents de l’établissement", "integer"),
    "payroll": ("Masse salariale annuelle", "euros"),
    "contact": ("Interlocuteur, par sa fonction", "text"),
    "contact_email": ("Adresse de l’interlocuteur", "text"),
}
_ANSWERS: Final = {
    "approach": ("Démarche d’amélioration des conditions de travail", "long"),
    "complementarity": ("Complémentarité avec les crédits d’investissement courant", "long"),
}
_PROJECT: Final = {
    "title": ("intitulé", "text"),
    "summary": ("ce que le projet change", "long"),
    "starts_on": ("début", "day"),
    "ends_on": ("fin", "day"),
    "agents": ("agents concernés", "integer"),
}
_EXPENSE: Final = {
    "label": ("intitulé de la dépense", "text"),
    "excl_tax": ("montant hors taxes", "euros"),
    "incl_tax": ("montant toutes taxes comprises", "euros"),
    "teaching": ("dont coût pédagogique", "euros"),
    "ordered_on": ("commandée le", "day"),
}
_ASKED_OF_EXPENSE: Final = {
    "quantity": ("nombre d’unités", "integer"),
    "deadline": ("à payer au plus tard le", "day"),
}
_PLAN: Final = {"amount": ("montant", "euros"), "payer": ("financeur", "text")}
_INDICATOR: Final = {"baseline": ("valeur de départ", "decimal"), "target": ("cible", "decimal")}
_ACTION: Final = {"risks": ("risques traités", "text"), "lead": ("pilote, par sa fonction", "text")}


@dataclass(frozen=True, slots=True)
class Field:
    """One field: ``target`` names its row and its column, ``kind`` how it is read, ``value`` what it holds now."""

    target: str
    section: str
    label: str
    kind: str
    value: Any = None

    @property
    def shown(self) -> Any:
        """The value as canonical data: amounts and dates are text."""
        return plain_value(self.value)


def plain_value(value: Any) -> Any:
    """A value as JSON keeps it."""
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def read_value(kind: str, kept: Any) -> Any:
    """The value of a field from what JSON kept."""
    if kept in (None, ""):
        return None if kind not in {"text", "long"} else ""
    if kind in {"euros", "decimal"}:
        return Decimal(kept)
    if kind == "day":
        return date.fromisoformat(kept)
    return int(kept) if kind == "integer" else kept


def list_fields(content: Content, pieces: Mapping[str, str]) -> list[Field]:
    """Every field of a dossier that may be asked again; ``pieces`` are the names of the rulebook."""
    return list(_fields(content, pieces))


def find_field(content: Content, pieces: Mapping[str, str], target: str) -> Field | None:
    """The field of an address; None when the dossier has it no more."""
    return next((one for one in _fields(content, pieces) if one.target == target), None)


def _fields(content: Content, pieces: Mapping[str, str]) -> Iterator[Field]:
    dossier = content.dossier
    for name, (label, kind) in _DOSSIER.items():
        yield Field(f"dossier.{name}", "Établissement", label, kind, getattr(dossier, name))
    for name, (label, kind) in _ANSWERS.items():
        yield Field(f"answer.{name}", "Établissement", label, kind, dossier.answers.get(name, ""))
    many, book = len(content.projects) > 1, dossier.call.book()
    of_expense = _EXPENSE | {name: told for name, told in _ASKED_OF_EXPENSE.items() if asks(book, f"line.{name}")}
    for project in content.projects:
        named = f"Projet {project.position}" if many else "Projet"
        yield from _row("project", project, _PROJECT, named, named)
        for action in project.actions.all():
            yield from _row("action", action, _ACTION, named, action.title)
            for indicator in action.indicators.all():
                yield from _row("indicator", indicator, _INDICATOR, named, indicator.label)
        for expense in project.expenses.all():
            yield from _row("expense", expense, of_expense, f"{named}, dépenses", expense.label)
        for line in project.plan.all():
            yield from _row("plan", line, _PLAN, f"{named}, plan de financement", line.payer)
    for kind, label in pieces.items():
        yield Field(f"{PIECE}.{kind}", "Pièces", label, PIECE)


def _row(name: str, row: Any, columns: Mapping[str, tuple[str, str]], section: str, what: str) -> Iterator[Field]:
    for column, (label, kind) in columns.items():
        yield Field(f"{name}.{row.pk}.{column}", section, f"{what} : {label}"[:250], kind, getattr(row, column))
