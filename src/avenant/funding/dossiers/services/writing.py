"""A dossier is written, section by section. Each save recomputes what the rules say."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypeVar

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.funding.dialogue import body_fault
from avenant.domain.money import ZERO
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import policies, selectors
from avenant.funding.dossiers.checks import Standing, keep_facts, read_afresh
from avenant.funding.dossiers.models import (
    Action,
    Dialogue,
    Dossier,
    DossierRow,
    Expense,
    FundingLine,
    HrIndicator,
    Indicator,
    Project,
    ProjectPartner,
    ReceivedCredit,
)
from avenant.references.staff_bodies import staff_bodies

Row = TypeVar("Row", bound=DossierRow)
MOST_ROWS = 200


@dataclass(frozen=True, slots=True)
class RowSaid:
    """One row of a list as the form says it: its identifier (the page gave it, so that saving again never doubles it)
    and its values; None takes the row out."""

    pk: uuid.UUID
    values: Mapping[str, Any] | None


def _editing(actor: Actor, dossier_id: uuid.UUID, at: datetime) -> Dossier:
    """The dossier, locked, if the actor may write it now."""
    selectors.get_dossier(actor, dossier_id)
    dossier = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("call__owner", "owner", "establishment")
        .get(pk=dossier_id)
    )
    policies.may_write(actor, dossier, at=at).or_raise()
    return dossier


def settle(dossier: Dossier, *, actor: Actor, at: datetime) -> Standing:
    """Note who saved and when, then :func:`follow_rules`."""
    dossier.saved_at, dossier.saved_by_id = at, actor.person_id
    return follow_rules(dossier, at=at)


def follow_rules(dossier: Dossier, *, at: datetime) -> Standing:
    """After every write of what a dossier says: keep its facts for its pages, and what the rules compute for the lists."""
    standing = read_afresh(dossier, at=at)
    keep_facts(standing)
    told = standing.evaluation
    dossier.outcome, dossier.grant = told.outcome.value, told.grant
    dossier.requested = _sum(one.requested for one in told.projects)
    dossier.total = _sum(one.total_excl_tax for one in told.projects)
    dossier.eligible = _sum(one.eligible_excl_tax for one in told.projects)
    dossier.in_scope = scope_of(one.in_scope for one in standing.content.projects)
    dossier.save()
    return standing


def scope_of(projects: Iterable[bool | None]) -> bool | None:
    """A dossier is in the call's scope with one project that is; None while none says."""
    told = [one for one in projects if one is not None]
    return any(told) if told else None


def _sum(amounts: Iterable[Any]) -> Any:
    known = [one for one in amounts if one is not None]
    return sum(known, ZERO) if known else None


def _project(dossier: Dossier, position: int) -> Project:
    project = Project.objects.filter(dossier=dossier, position=position).first()
    if project is None:
        raise DomainError("Ce projet n’existe pas dans le dossier.", code="no_project")
    return project


@transaction.atomic
def tell_establishment(
    *, actor: Actor, dossier_id: uuid.UUID, said: Mapping[str, Any], received: Sequence[RowSaid] = (), at: datetime
) -> Standing:
    """Write who asks: figures, contact, answers to the call's own questions (``answers``), and the credits ``received``
    for current investment."""
    dossier = _editing(actor, dossier_id, at)
    for name in ("agents", "payroll", "contact", "contact_email", "category", "upstream_with", "upstream_since"):
        if name in said:
            setattr(dossier, name, said[name])
    dossier.answers = {**dossier.answers, **said.get("answers", {})}
    _save_rows(ReceivedCredit, received, dossier, {"dossier": dossier})
    return settle(dossier, actor=actor, at=at)


@transaction.atomic
def tell_diagnosis(
    *,
    actor: Actor,
    dossier_id: uuid.UUID,
    figures: Mapping[tuple[str, int], Any],
    formulas: Mapping[str, str],
    dialogue: Sequence[RowSaid],
    at: datetime,
) -> Standing:
    """Write the human-resources indicators (``figures`` by kind and year, ``formulas`` by kind) and the meetings with
    the staff representatives. Raises DomainError for a body that did not sit on the day of its meeting."""
    dossier = _editing(actor, dossier_id, at)
    for one in dialogue:
        if one.values:
            check_body(dossier, one.values.get("body", ""), one.values.get("on"))
    for (kind, year), value in figures.items():
        HrIndicator.objects.update_or_create(
            dossier=dossier, kind=kind, year=year,
            defaults={"circle_id": dossier.circle_id, "value": value, "formula": formulas.get(kind, "")[:300]},
        )  # fmt: skip
    _save_rows(Dialogue, dialogue, dossier, {"dossier": dossier})
    return settle(dossier, actor=actor, at=at)


def check_body(dossier: Dossier, body: str, on: date | None) -> None:
    """Raises DomainError when the body of the staff did not sit on that day in such an establishment."""
    fault = body_fault(staff_bodies(), body, dossier.status, on)
    if fault:
        raise DomainError(fault, code="body")


@transaction.atomic
def add_project(*, actor: Actor, dossier_id: uuid.UUID, at: datetime) -> Project:
    """Add a project, at most as many as the call admits."""
    dossier = _editing(actor, dossier_id, at)
    last = Project.objects.filter(dossier=dossier).count()
    book = dossier.call.book()
    limit = book.value("max_projects") if "max_projects" in book.parameters else 1
    if limit is not None and last >= limit:
        raise DomainError(
            f"L’appel admet {limit} projet{'s' if limit > 1 else ''} au plus par établissement.", code="limit"
        )
    project = Project.objects.create(circle_id=dossier.circle_id, dossier=dossier, position=last + 1)
    settle(dossier, actor=actor, at=at)
    return project


@transaction.atomic
def remove_project(*, actor: Actor, dossier_id: uuid.UUID, position: int, at: datetime) -> Standing:
    """Take out the last project with all its lines; the first one stays."""
    dossier = _editing(actor, dossier_id, at)
    last = Project.objects.filter(dossier=dossier).count()
    if position == 1 or position != last:
        raise DomainError("Seul le dernier projet se retire, et le dossier en garde un.", code="only_last")
    _project(dossier, position).delete()
    return settle(dossier, actor=actor, at=at)


@transaction.atomic
def tell_project(
    *,
    actor: Actor,
    dossier_id: uuid.UUID,
    position: int,
    said: Mapping[str, Any],
    partners: Sequence[RowSaid],
    at: datetime,
) -> Standing:
    """Write a project and the establishments that share it."""
    dossier = _editing(actor, dossier_id, at)
    project = _project(dossier, position)
    for name, value in {**said, "answers": {**project.answers, **said.get("answers", {})}}.items():
        setattr(project, name, value)
    if project.starts_on and project.ends_on and project.ends_on < project.starts_on:
        raise DomainError("La fin du projet suit son début.", code="dates")
    project.save()
    _save_rows(ProjectPartner, partners, dossier, {"project": project})
    return settle(dossier, actor=actor, at=at)


@transaction.atomic
def plan_actions(
    *,
    actor: Actor,
    dossier_id: uuid.UUID,
    position: int,
    actions: Sequence[RowSaid],
    indicators: Sequence[RowSaid],
    plan_on: date | None = None,
    at: datetime,
) -> Standing:
    """Write the actions of a project and their indicators (each names its action by its identifier).

    ``plan_on``: the day of the version of the plan that the staff representatives read; the one before stays when None.
    """
    dossier = _editing(actor, dossier_id, at)
    project = _project(dossier, position)
    dossier.plan_on = plan_on or dossier.plan_on
    _save_rows(Action, actions, dossier, {"project": project})
    held = {one.pk: one for one in Action.objects.filter(project=project)}
    kept = [
        RowSaid(one.pk, None if one.values is None or one.values["action"] not in held else one.values)
        for one in indicators
    ]
    _save_rows(
        Indicator, [RowSaid(one.pk, one.values and {**one.values, "action": held[one.values["action"]]}) for one in kept],
        dossier, {},
    )  # fmt: skip
    return settle(dossier, actor=actor, at=at)


@transaction.atomic
def list_expenses(
    *, actor: Actor, dossier_id: uuid.UUID, position: int, expenses: Sequence[RowSaid], at: datetime
) -> Standing:
    """Write the expense lines of a project."""
    dossier = _editing(actor, dossier_id, at)
    _save_rows(Expense, expenses, dossier, {"project": _project(dossier, position)})
    return settle(dossier, actor=actor, at=at)


@transaction.atomic
def plan_funding(
    *, actor: Actor, dossier_id: uuid.UUID, position: int, lines: Sequence[RowSaid], at: datetime
) -> Standing:
    """Write the funding plan of a project."""
    dossier = _editing(actor, dossier_id, at)
    _save_rows(FundingLine, lines, dossier, {"project": _project(dossier, position)})
    return settle(dossier, actor=actor, at=at)


def _save_rows(model: type[Row], said: Sequence[RowSaid], dossier: Dossier, parent: Mapping[str, Any]) -> None:
    """Bring a list of rows to what was said, in its order. A row of another dossier is never touched."""
    if len(said) > MOST_ROWS:
        raise DomainError(f"Un dossier compte au plus {MOST_ROWS} lignes de cette sorte.", code="too_many")
    mine = model._default_manager.filter(circle_id=dossier.circle_id)  # noqa: SLF001
    held = {row.pk: row for row in mine.filter(pk__in=[one.pk for one in said])}
    gone = [one.pk for one in said if one.values is None and one.pk in held]
    if gone:
        mine.filter(pk__in=gone).delete()
    position = 0
    for one in said:
        if one.values is None:
            continue
        position += 1
        row = held.get(one.pk) or model(pk=one.pk, circle_id=dossier.circle_id)
        for name, value in {**one.values, **parent, "position": position}.items():
            setattr(row, name, value)
        row.save(force_insert=one.pk not in held)
