"""The establishments that a contract targets, loaded from the file of its annex; who follows each at the service."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.actions import policies, selectors
from avenant.contracts.actions.models import Target
from avenant.contracts.actions.services.following import page_of
from avenant.contracts.actions.services.reading import LinesRead, read_lines
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.services.collection import Attachment
from avenant.domain.decision import DomainError
from avenant.domain.folding import fold
from avenant.domain.identifiers import parse_finess, parse_siret
from avenant.domain.personal_rows import refuse_rows_about_people
from avenant.foundations.documents.services import check_file, keep
from avenant.foundations.documents.tables import Table, read_table
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor

LIST = "target-list"
COLUMNS = {"siret": "SIRET", "nom": "Nom", "finess": "FINESS", "secteur": "Secteur"}


@dataclass(frozen=True, slots=True)
class TargetLine:
    """An establishment as a line of the file gives it."""

    finess: str
    siret: str
    name: str
    sector: str


@transaction.atomic
def load_targets(
    *, actor: Actor, contract_id: uuid.UUID, file: Attachment, at: datetime, take_the_rest: bool = False
) -> LinesRead[TargetLine]:
    """Load the list of annex 3 from a CSV or a workbook: SIRET, Nom, FINESS, Secteur (S0-A2-02).

    With lines that cannot be taken nothing is written, unless ``take_the_rest``: they are told, the others are taken.
    An establishment already listed is brought up to date; none is removed. Raises DomainError for the file as a whole.
    """
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_follow(actor, contract).or_raise()
    found = read_targets(file)
    if not found.lines or (found.rejected and not take_the_rest):
        return found
    for one in found.lines:
        Target.objects.update_or_create(
            contract=contract,
            siret=one.siret,
            defaults={"circle_id": contract.circle_id, "finess": one.finess, "name": one.name, "sector": one.sector},
        )
    _keep(actor, contract, file, at)
    found.taken = True
    record(
        contract.circle_id,
        verb="targets.loaded",
        label=f"Établissements ciblés\u202f: {len(found.lines)} lignes reprises de {file.name}",
        actor=actor,
        at=at,
        evidence={"écartées": len(found.rejected)},
        page=page_of(contract),
    )
    return found


def _keep(actor: Actor, contract: Contract, file: Attachment, at: datetime) -> None:
    media_type = check_file(file.name, file.content) if file.content.startswith(b"PK") else "text/csv"
    keep(
        circle_id=contract.circle_id, owner_id=actor.organisation_id, person_id=actor.person_id, subject=contract.pk,
        kind=LIST, name=file.name, content=file.content, media_type=media_type, at=at,
    )  # fmt: skip


def read_targets(file: Attachment) -> LinesRead[TargetLine]:
    """The lines of a file and what is wrong with the others. Raises DomainError when a column is missing or is about
    people."""
    table = read_table(file.content, file.name)
    titles = ["" if fold(title) == "nom" else title for title in table.header]  # that of the establishment
    refuse_rows_about_people(titles, (row.texts for row in table.rows))
    return read_lines(table, _places(table), _line)


def _places(table: Table) -> dict[str, int]:
    titles = {fold(title): rank for rank, title in enumerate(table.header)}
    places = {name: titles[name] for name in COLUMNS if name in titles}
    missing = [COLUMNS[name] for name in ("siret", "nom") if name not in places]
    if missing:
        raise DomainError(
            f"Il manque une colonne\u202f: {', '.join(missing)}. Attendues\u202f: {', '.join(COLUMNS.values())}."
        )
    return places


def _line(said: dict[str, str]) -> TargetLine:
    siret = parse_siret(said["siret"])
    finess = parse_finess(said["finess"]) if said.get("finess") else ""
    if not said["nom"]:
        raise DomainError("le nom manque.")
    return TargetLine(finess, siret, said["nom"][:200], said.get("secteur", "")[:120])


@transaction.atomic
def name_contact(*, actor: Actor, contract_id: uuid.UUID, target_id: int, contact: str, at: datetime) -> Target:
    """The service says who follows an establishment, by function; empty leaves a gap (S1-III.S-02)."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_follow(actor, contract).or_raise()
    row = get_object_or_404(selectors.list_targets(actor, contract), pk=target_id)
    row.contact = contact.strip()[:160]
    row.save(update_fields=["contact"])
    record(
        contract.circle_id, verb="targets.contact_named", label=f"Interlocuteur de {row}\u202f: {row.contact or 'aucun'}",
        actor=actor, at=at, page=page_of(contract),
    )  # fmt: skip
    return row
