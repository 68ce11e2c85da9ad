"""Writes of the structures followed in the FACT action: no indicator, milestones only."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.utils import timezone

from avenant.contracts.drafting import selectors as contracts
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.french import format_date, quoted, typeset
from avenant.domain.periods import refuse_to_come
from avenant.foundations.documents import services as documents
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.indicators.registers import policies, selectors
from avenant.indicators.registers.models import Structure, WorkloadGrid

GRID = "grille-charge-de-travail"


@dataclass(frozen=True, slots=True)
class Survey:
    """An internal state of play: its day, how many indicators it measured, and the grid that they build."""

    on: date
    indicators: int
    name: str
    content: bytes


@transaction.atomic
def follow_structure(
    *, actor: Actor, contract_id: uuid.UUID, name: str, siret: str, starts_on: date, at: datetime
) -> Structure:
    """Enter a structure in the action of a contract. Raises DomainError when it is already followed there."""
    policies.may_follow(actor).or_raise()
    contract = contracts.get_contract(actor, contract_id)
    key = fold(name)
    if not key:
        raise DomainError("Donnez le nom de la structure, en lettres.")
    if Structure.objects.visible_to(actor).filter(circle_id=contract.circle_id, sort_key=key).exists():
        raise DomainError(f"{quoted(name)} est déjà suivie dans ce contrat.", code="already_followed")
    structure = Structure.objects.create(
        circle_id=contract.circle_id, owner_id=actor.organisation_id, name=name, sort_key=key, siret=siret,
        starts_on=starts_on, at=at, person_id=actor.person_id,
    )  # fmt: skip
    _note(structure, "structure.follow", "entre dans l’action FACT", actor, at)
    return structure


@transaction.atomic
def attach_grid(*, actor: Actor, structure_id: uuid.UUID, survey: Survey, at: datetime) -> WorkloadGrid:
    """Join the next version of a structure's grid, measured by a state of play; version 1 validates its start.

    Raises RefusedFile, and DomainError when the state of play is told before it is made.
    """
    structure = selectors.get_structure(actor, structure_id, lock=True)
    policies.may_tell(actor, structure).or_raise()
    refuse_to_come(survey.on, timezone.localdate(at))
    if survey.indicators < 1:
        raise DomainError("Une grille mesure au moins un indicateur.")
    version = (getattr(structure, "version", None) or 0) + 1
    document = documents.receive_file(
        actor=actor, circle_id=structure.circle_id, name=survey.name, content=survey.content, kind=GRID, at=at,
        subject=structure.pk,
    )  # fmt: skip
    grid = WorkloadGrid.objects.create(
        circle_id=structure.circle_id, structure=structure, version=version, surveyed_on=survey.on,
        indicators=survey.indicators, document=document, at=at, person_id=actor.person_id,
    )  # fmt: skip
    said = "grille version 1 jointe, démarrage validé" if version == 1 else f"grille version {version} jointe"
    evidence = {"version": version, "indicators": survey.indicators, "sha256": document.sha256}
    _note(structure, "structure.grid", said, actor, at, evidence)
    return grid


@transaction.atomic
def tell_transformation(*, actor: Actor, structure_id: uuid.UUID, on: date, text: str, at: datetime) -> Structure:
    """Say since when, and how, the QVCT approach is taken into account in the structure's transformation project."""
    structure = selectors.get_structure(actor, structure_id, lock=True)
    policies.may_tell(actor, structure).or_raise()
    refuse_to_come(on, timezone.localdate(at))
    structure.transformed_on, structure.transformation = on, text
    structure.save(update_fields=["transformed_on", "transformation"])
    said = f"démarche QVCT prise en compte le {format_date(on)}"
    _note(structure, "structure.transformation", said, actor, at, {"text": text})
    return structure


@transaction.atomic
def withdraw_structure(*, actor: Actor, structure_id: uuid.UUID, at: datetime) -> None:
    """Take out a structure entered by mistake, before any of its milestones is validated."""
    structure = selectors.get_structure(actor, structure_id, lock=True)
    policies.may_withdraw(actor, structure).or_raise()
    _note(structure, "structure.withdraw", "retirée du suivi", actor, at)
    structure.delete()


def _note(
    structure: Structure, verb: str, said: str, actor: Actor, at: datetime, evidence: dict[str, object] | None = None
) -> None:
    record(
        structure.circle_id,
        verb=verb,
        label=typeset(f"{structure} : {said}"),
        actor=actor,
        at=at,
        evidence=evidence or {},
        page=structure.page() if verb != "structure.withdraw" else "",
        subject=structure.pk,
    )
