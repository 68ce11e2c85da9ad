"""Each party says where its commitments stand and brings what shows it; the others remark."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.commitments import policies, selectors
from avenant.contracts.commitments.models import Keeping, KeepingRemark, PartyYear, Proof
from avenant.contracts.commitments.selectors import RegisterLine
from avenant.contracts.commitments.services.planning import key_of, statement_key
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Clause, Contract
from avenant.domain.contracts.keeping import Status, check_status
from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words
from avenant.foundations.documents import services as documents
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.meetings.models import Session
from avenant.foundations.parties.actors import Actor

PROOF = "commitment-proof"


@dataclass(frozen=True, slots=True)
class Which:
    """A line of the register: the commitment, the party that owes it, the year and its occurrence."""

    contract_id: uuid.UUID
    clause_key: str
    party_id: int
    year: int
    occurrence: str = ""


@dataclass(frozen=True, slots=True)
class Said:
    """What a party says of a line."""

    status: Status
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ProofDraft:
    """What a party brings: a title at least; with a file it is a document, with a session a sitting, and so on."""

    title: str
    type: str = ""
    on: date | None = None
    quantity: Decimal | None = None
    unit: str = ""
    file: tuple[str, bytes] | None = None
    session: Session | None = None
    indicator: DefinitionRecord | None = None
    action: bool = False
    address: str = ""

    @property
    def kind(self) -> Proof.Kind:
        if self.file:
            return Proof.Kind.DOCUMENT
        if self.session:
            return Proof.Kind.SESSION
        if self.action:
            return Proof.Kind.ACTION
        return Proof.Kind.INDICATOR if self.indicator and self.quantity is None else Proof.Kind.FACT


def _mine(actor: Actor, which: Which, at: datetime) -> tuple[Contract, RegisterLine, Keeping]:
    """The line that the actor may write, with its row, made if it was not planned yet."""
    contract, line = _line(actor, which, at)
    frozen = selectors.frozen_balance(actor, contract, which.year)
    policies.may_state(actor, contract, line.said.party, frozen).or_raise()
    if line.lapsed_on is not None:
        raise DomainError("Un avenant a mis fin à cet engagement\u202f: il ne se déclare plus.")
    return contract, line, _row(contract, line, which)


def _line(actor: Actor, which: Which, at: datetime) -> tuple[Contract, RegisterLine]:
    contract = drafting.get_contract(actor, which.contract_id, lock=True)
    lines = selectors.get_lines(actor, contract, which.clause_key, which.party_id, which.year, at)
    line = next((one for one in lines if one.occurrence.key == which.occurrence), None)
    if line is None:
        raise DomainError("Choisissez l’une des échéances de cet engagement.")
    return contract, line


def _row(contract: Contract, line: RegisterLine, which: Which) -> Keeping:
    row, _ = Keeping.objects.get_or_create(
        contract=contract,
        clause_key=which.clause_key,
        party_id=which.party_id,
        year=which.year,
        occurrence=which.occurrence,
        defaults={"circle_id": contract.circle_id, "firm": line.firm},
    )
    return row


@transaction.atomic
def state_commitment(*, actor: Actor, which: Which, said: Said, at: datetime) -> Keeping:
    """My party says where one of its commitments stands, with a comment when it is not simply held."""
    contract, line, row = _mine(actor, which, at)
    check_status(said.status, said.comment, firm=line.firm)
    row.status, row.comment = said.status.value, said.comment.strip()
    row.said_at, row.said_by_id = at, actor.person_id
    row.save(update_fields=["status", "comment", "said_at", "said_by"])
    if said.status in (Status.TO_COME, Status.UNDERWAY):
        pass
    elif said.status is Status.NO_OBJECT:
        journal.drop(key_of(row))
    else:
        journal.close(key_of(row))
    _close_the_year(actor, contract, line, at)
    record(
        contract.circle_id,
        verb="commitment.stated",
        label=f"{line.said.clause.heading}, {which.year}\u202f: {said.status.word(firm=line.firm)}",
        actor=actor,
        at=at,
        reason=row.comment,
        evidence={"proofs": [proof.title for proof in line.proofs]},
        page=row.page(),
        subject=row.pk,
    )
    return row


def _close_the_year(actor: Actor, contract: Contract, line: RegisterLine, at: datetime) -> None:
    """Once every firm commitment of the year is stated, nothing more is asked of the party."""
    year = PartyYear.objects.visible_to(actor).filter(party=line.said.party, year=line.year).first()
    if year is None:
        return
    lines = selectors.list_register(actor, contract, line.year, at)
    waiting = [
        one
        for one in lines
        if one.said.party.pk == line.said.party.pk and one.firm and one.group == Status.TO_COME.value
    ]
    if not waiting:
        journal.close(statement_key(year))


@transaction.atomic
def add_proof(*, actor: Actor, which: Which, draft: ProofDraft, at: datetime) -> Proof:
    """My party brings evidence of one of its commitments.

    Raises DomainError for a type outside the closed list of the text, a day to come, or a file that is refused.
    """
    contract, line, row = _mine(actor, which, at)
    _check(line.said.clause, draft, selectors.local_day(contract, at))
    document = None
    if draft.file:
        name, content = draft.file
        document = documents.receive_file(
            actor=actor, circle_id=contract.circle_id, name=name, content=content, kind=PROOF, at=at, subject=row.pk
        )
    proof = Proof.objects.create(
        circle_id=contract.circle_id,
        keeping=row,
        kind=draft.kind,
        type=draft.type,
        title=draft.title.strip(),
        on=draft.on,
        quantity=draft.quantity,
        unit=draft.unit.strip(),
        document=document,
        session=draft.session,
        indicator=draft.indicator,
        address=draft.address,
        added_at=at,
        added_by_id=actor.person_id,
    )
    record(
        contract.circle_id,
        verb="commitment.proof_added",
        label=f"Preuve\u202f: {proof.title} ({line.said.clause.heading}, {which.year})",
        actor=actor,
        at=at,
        evidence={"sha256": document.sha256} if document else {},
        page=row.page(),
        subject=row.pk,
    )
    return proof


def _check(clause: Clause, draft: ProofDraft, today: date) -> None:
    types = clause.details.get("evidence", [])
    if clause.details.get("evidence_closed") and draft.type not in types:
        raise DomainError(f"Le texte n’admet que ces preuves\u202f: {enumerate_in_words(list(types))}.")
    if not draft.title.strip():
        raise DomainError("Donnez un intitulé à la preuve.")
    if draft.on is not None and draft.on > today:
        raise DomainError("Une preuve porte sur ce qui a eu lieu\u202f: sa date n’est pas à venir.")
    if draft.quantity is not None and not draft.unit.strip():
        raise DomainError("Dites l’unité de la quantité.")


@transaction.atomic
def withdraw_proof(*, actor: Actor, proof_id: int, at: datetime) -> Keeping:
    """My party takes back a piece of evidence that it brought."""
    proof = selectors.get_proof(actor, proof_id)
    row = proof.keeping
    frozen = selectors.frozen_balance(actor, row.contract, row.year)
    policies.may_withdraw(actor, proof, frozen).or_raise()
    record(
        row.circle_id,
        verb="commitment.proof_withdrawn",
        label=f"Preuve retirée\u202f: {proof.title}",
        actor=actor,
        at=at,
        page=row.page(),
        subject=row.pk,
    )
    proof.delete()
    return row


@transaction.atomic
def record_fact(*, row: Keeping, key: str, draft: ProofDraft, at: datetime) -> bool:
    """The platform found by itself that a firm commitment was held: evidence, and « tenu » while the party said nothing.

    Run twice, it is one piece of evidence. A party's own statement is never changed. For the system role.
    """
    proof, made = Proof.objects.get_or_create(
        keeping=row,
        key=key,
        defaults={
            "circle_id": row.circle_id,
            "kind": draft.kind,
            "type": draft.type,
            "title": draft.title,
            "on": draft.on,
            "session": draft.session,
            "address": draft.address,
            "added_at": at,
        },
    )
    if not made:
        return False
    if row.firm and row.status == Status.TO_COME.value and row.said_at is None:
        row.status, row.said_at = Status.HELD.value, at
        row.save(update_fields=["status", "said_at"])
        journal.close(key_of(row))
    record(
        row.circle_id,
        verb="commitment.fact_recorded",
        label=f"Constat de la plateforme\u202f: {proof.title} ({row.year})",
        actor=None,
        at=at,
        page=row.page(),
        subject=row.pk,
    )
    return True


@transaction.atomic
def remark(*, actor: Actor, which: Which, text: str, at: datetime) -> KeepingRemark:
    """A party says something of a commitment, its own or another's; it marks nothing."""
    contract, line = _line(actor, which, at)
    policies.may_take_part(actor, contract).or_raise()
    if not text.strip():
        raise DomainError("Écrivez votre remarque.")
    row = _row(contract, line, which)
    found = KeepingRemark.objects.create(
        circle_id=contract.circle_id,
        keeping=row,
        text=text.strip(),
        at=at,
        person_id=actor.person_id,
        organisation_id=actor.organisation_id,
    )
    record(
        contract.circle_id,
        verb="commitment.remark",
        label=f"Remarque sur «\u202f{line.said.clause.heading}\u202f», {which.year}",
        actor=actor,
        at=at,
        reason=found.text,
        page=row.page(),
        subject=row.pk,
    )
    return found
