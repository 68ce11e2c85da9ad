"""A contract is written: from a template or after another contract, clause by clause, then bodies are heard."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from django.db import transaction
from django.db.models import Max
from django.shortcuts import get_object_or_404

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import checklist, policies, selectors
from avenant.contracts.drafting.models import (
    Clause,
    ClauseTag,
    Consultation,
    Contract,
    ContractFramework,
    ContractParty,
    Provision,
)
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.heads import ContractDraft, PartyDraft, prepare_contract
from avenant.contracts.drafting.services.signing import follow_text, today_of
from avenant.domain.contracts import ClauseKind, fingerprint_of
from avenant.domain.decision import Decision, DomainError
from avenant.domain.french import format_date
from avenant.foundations.documents.services import receive_file
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.references.contract_texts.templates import Requirement, load_contract_template

COPIED: Final = (Provision.Kind.AMENDMENT, Provision.Kind.TERMINATION, Provision.Kind.CONSULTATION,
                 Provision.Kind.PURPOSE, Provision.Kind.CATEGORY, Provision.Kind.REFERENCE)  # fmt: skip
"""What a new contract takes from the one it follows; its figures, notes and committees are not the new one's."""
PILOTED: Final = frozenset({ClauseKind.SHEET.value, ClauseKind.ACTION.value, ClauseKind.OBJECTIVE.value})
"""The clauses that one party answers for."""
WRITTEN: Final = tuple(one for one in ClauseKind if one not in {ClauseKind.TABLE, ClauseKind.COMMITMENT})


@dataclass(frozen=True, slots=True)
class Beginning:
    """How a contract begins: its title, its parties, the years of its title, its duration."""

    key: str
    title: str
    territory_id: str
    parties: tuple[PartyDraft, ...]
    title_period: str
    duration_years: int
    fictional: bool = False
    definitions: tuple[DefinitionRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class ClauseText:
    """A clause as a form gives it. ``base`` is the fingerprint of the clause that the writer had under the eyes."""

    number: str
    heading: str
    body: str
    base: str = ""
    pilot: str | None = None
    """For an action: the key of the party that answers for it; None leaves it as it is, empty says nobody."""


@transaction.atomic
def prepare_from_template(*, actor: Actor, template_key: str, beginning: Beginning, at: datetime) -> Contract:
    """A contract in preparation whose clauses are those that the template asks, still to be written."""
    template = load_contract_template(template_key)
    policies.may_prepare(actor, template.kind).or_raise()
    missing = set(template.roles) - {one.role for one in beginning.parties}
    if missing:
        names = ", ".join(sorted(ContractParty.Role(one).label for one in missing))
        raise DomainError(f"Il manque une partie à ce contrat\u202f: {names}.")
    contract = prepare_contract(actor=actor, at=at, draft=_draft(beginning, Contract.Kind(template.kind)))
    contract.template = template.key
    contract.save(update_fields=["template"])
    Clause.objects.bulk_create(
        Clause(
            circle_id=contract.circle_id, contract=contract, key=one.key, kind=one.kind.value, heading=one.label,
            parent_key=one.parent, position=rank, details={"mandatory": False} if one.requirement is Requirement.OPTIONAL else {},
        )
        for rank, one in enumerate(template.clauses, start=1)
    )  # fmt: skip
    return contract


@transaction.atomic
def prepare_after(*, actor: Actor, source_id: uuid.UUID, beginning: Beginning, at: datetime) -> Contract:
    """A contract in preparation with the text of another as it stands, one generation later.

    Nothing of the other is changed; its annexes, figures and signatures stay its own.
    """
    source = selectors.get_contract(actor, source_id)
    policies.may_prepare(actor, source.kind).or_raise()
    contract = prepare_contract(actor=actor, at=at, draft=_draft(beginning, Contract.Kind(source.kind)))
    contract.template = source.template
    contract.printed_title = ""
    contract.generation = (source.generation or 0) + 1 if source.generation else None
    contract.save(update_fields=["template", "printed_title", "generation"])
    link_previous(contract, source)
    day = min(today_of(source, at), source.ends_on) if source.ends_on else today_of(source, at)
    _copy(selectors.clauses_on(actor, source, day), contract, in_force_from=None, in_force_until=None)
    _copy(selectors.list_provisions(actor, source, COPIED), contract)
    _copy(ContractFramework.objects.visible_to(actor).filter(contract=source), contract)
    _copy(ClauseTag.objects.visible_to(actor).filter(contract=source), contract)
    renamed = {one.role: one for one in source.parties.all()}
    for party in contract.parties.all():
        former = renamed.get(party.role)
        if former is not None and former.organisation_id == party.organisation_id:
            for name in (
                "printed_name",
                "printed_short_name",
                "legal_nature",
                "seat",
                "mission",
                "frameworks",
                "position",
            ):
                setattr(party, name, getattr(former, name))
            party.capacity = party.capacity or former.capacity
            party.save()
    return contract


def link_previous(contract: Contract, previous: Contract) -> None:
    """Say which contract this one follows. Raises DomainError when its generation is not before (S1-I-01)."""
    if contract.generation and previous.generation and previous.generation >= contract.generation:
        raise DomainError(
            f"Le contrat précédent est de la génération {previous.generation}\u202f: "
            f"il ne précède pas un contrat de la génération {contract.generation}."
        )
    contract.previous = previous
    contract.save(update_fields=["previous"])


@transaction.atomic
def write_clause(*, actor: Actor, contract_id: uuid.UUID, clause_key: str, text: ClauseText, at: datetime) -> Clause:
    """Rewrite a clause of a contract that is not yet signed by all; at the signature, those who had signed sign again.

    Raises DomainError when somebody has changed the clause since the writer read it: nothing is lost, nothing is written.
    """
    contract, clause = _lock_clause(actor, contract_id, clause_key)
    if text.base and text.base != fingerprint_of(clause.legal):
        raise DomainError(
            "Quelqu’un a modifié cette clause pendant votre saisie. Le texte actuel est affiché au-dessus du vôtre\u202f: "
            "reprenez-le, puis enregistrez."
        )
    former = {"numéro": clause.number, "intitulé": clause.heading, "texte": clause.body}
    clause.number, clause.heading, clause.body = text.number.strip(), text.heading.strip(), text.body.strip()
    if not (clause.heading or clause.body):
        raise DomainError(
            "Une clause a au moins un intitulé ou un texte. Pour la retirer, utilisez «\u202fRetirer\u202f»."
        )
    if text.pilot is not None and clause.kind in PILOTED:
        clause.details = _with_pilot(contract, clause.details, text.pilot)
    clause.save(update_fields=["number", "heading", "body", "details"])
    _tell(contract, "clause_written", f"Clause modifiée\u202f: {clause}", actor, at, {"avant": former})
    return clause


@transaction.atomic
def add_clause(
    *, actor: Actor, contract_id: uuid.UUID, kind: str, parent_key: str, text: ClauseText, at: datetime
) -> Clause:
    """Add a clause, last among those of its parent."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_write(actor, contract).or_raise()
    if not (text.heading.strip() or text.body.strip()):
        raise DomainError("Donnez un intitulé ou un texte à la clause.")
    rows = contract.clauses.filter(in_force_from=None)
    if parent_key and not rows.filter(key=parent_key).exists():
        raise DomainError("La clause où placer celle-ci n’existe plus. Choisissez-en une autre.")
    last = rows.filter(parent_key=parent_key, position__lt=1000).aggregate(last=Max("position"))["last"] or 0
    clause = Clause.objects.create(
        circle_id=contract.circle_id, contract=contract, key=f"clause-{uuid.uuid4().hex[:10]}", kind=kind,
        number=text.number.strip(), heading=text.heading.strip(), body=text.body.strip(), parent_key=parent_key,
        position=last + 1, details=_with_pilot(contract, {}, text.pilot or "") if kind in PILOTED else {},
    )  # fmt: skip
    _tell(contract, "clause_added", f"Clause ajoutée\u202f: {clause}", actor, at)
    return clause


@transaction.atomic
def remove_clause(*, actor: Actor, contract_id: uuid.UUID, clause_key: str, at: datetime) -> None:
    """Take a clause out. One that holds others is emptied of them first."""
    contract, clause = _lock_clause(actor, contract_id, clause_key)
    if contract.clauses.filter(parent_key=clause.key, in_force_from=None).exists():
        raise DomainError("Cette clause en contient d’autres\u202f: retirez-les d’abord.")
    label, former = f"Clause retirée\u202f: {clause}", {"texte": clause.body}
    clause.delete()
    _tell(contract, "clause_removed", label, actor, at, {"avant": former})


@transaction.atomic
def open_consultations(*, actor: Actor, contract_id: uuid.UUID, at: datetime) -> Contract:
    """The draft goes to the bodies that the law has heard."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_lead_signature(actor, contract).or_raise()
    return advance(contract, "consult", actor=actor, at=at)


@transaction.atomic
def record_consultation(
    *, actor: Actor, contract_id: uuid.UUID, body_key: str, heard_on: date, opinion: str, remarks: str, at: datetime,
    file: Attachment | None = None,
) -> Consultation:  # fmt: skip
    """Write what a body said, and when: before today, hence before the signature (S3-V-02)."""
    contract = selectors.get_contract(actor, contract_id, lock=True)
    policies.may_record_consultation(actor, contract).or_raise()
    today = today_of(contract, at)
    if heard_on > today:
        raise DomainError("Une consultation se note une fois tenue\u202f: sa date ne peut pas être à venir.")
    signed = [one.signed_on for one in selectors.list_signatures(actor, contract.pk) if one.is_signed and one.signed_on]
    if signed and heard_on > min(signed):
        raise DomainError(f"Une partie a signé le {format_date(min(signed))}\u202f: la consultation doit la précéder.")
    asked = {one.asked.key: one.asked for one in checklist.check(actor, contract, today).consultations}.get(body_key)
    if asked is None:
        raise DomainError("Cette instance n’est pas de celles que ce contrat consulte.")
    kept = file and receive_file(
        actor=actor, circle_id=contract.circle_id, name=file.name, content=file.content, kind="opinion", at=at,
        subject=contract.pk,
    )  # fmt: skip
    row, _ = Consultation.objects.update_or_create(
        contract=contract,
        body_key=body_key,
        defaults={
            "circle_id": contract.circle_id, "body": asked.body, "basis": asked.basis, "heard_on": heard_on,
            "opinion": opinion, "remarks": remarks.strip(), **({"document": kept} if kept else {}),
        },
    )  # fmt: skip
    record(
        contract.circle_id,
        verb="contract.consulted",
        label=f"{row.body}, consultation du {format_date(heard_on)}\u202f: avis {row.get_opinion_display()}",
        actor=actor,
        at=at,
        page=contract.signing_page(),
        subject=contract.pk,
    )
    return row


def _with_pilot(contract: Contract, details: dict[str, Any], pilot: str) -> dict[str, Any]:
    """The legal fields of an action with the party that answers for it (S3-4-01)."""
    if pilot and pilot not in {one.organisation.key for one in contract.parties.all()}:
        raise DomainError("Choisissez la partie responsable parmi les parties au contrat.")
    kept = {name: value for name, value in details.items() if name != "pilot"}
    return {**kept, "pilot": pilot} if pilot else kept


def _draft(beginning: Beginning, kind: Contract.Kind) -> ContractDraft:
    if Contract.objects.filter(key=beginning.key).exists():
        raise DomainError("Un contrat de ces parties porte déjà cette période.")
    return ContractDraft(
        key=beginning.key, kind=kind, title=beginning.title, territory_id=beginning.territory_id, starts_on=None,
        ends_on=None, parties=beginning.parties, title_period=beginning.title_period,
        duration_years=beginning.duration_years, fictional=beginning.fictional, definitions=beginning.definitions,
    )  # fmt: skip


def _copy(rows: Any, contract: Contract, **values: Any) -> None:
    rows = list(rows)
    for one in rows:
        one.pk, one._state.adding, one.contract, one.circle_id = None, True, contract, contract.circle_id  # noqa: SLF001
        for name, value in values.items():
            setattr(one, name, value)
    if rows:
        type(rows[0]).objects.bulk_create(rows)


def _lock_clause(actor: Actor, contract_id: uuid.UUID, clause_key: str) -> tuple[Contract, Clause]:
    contract = selectors.get_contract(actor, contract_id, lock=True)
    rows = Clause.objects.visible_to(actor).filter(contract=contract, in_force_from=None)
    clause: Clause = get_object_or_404(rows.select_for_update(), key=clause_key)
    policies.may_write(actor, contract).or_raise()
    if clause.kind not in WRITTEN:
        Decision.no("Un tableau ou un engagement se corrige dans sa clause, pas ici.").or_raise()
    return contract, clause


def _tell(
    contract: Contract, verb: str, label: str, actor: Actor, at: datetime, evidence: dict[str, Any] | None = None
) -> None:
    record(
        contract.circle_id, verb=f"contract.{verb}", label=label, actor=actor, at=at, evidence=evidence,
        page=contract.page(), subject=contract.pk,
    )  # fmt: skip
    follow_text(contract, actor=actor, at=at)
