"""The register of difficulties, then a denunciation by registered letters."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction
from django.shortcuts import get_object_or_404

from avenant.contracts.amendments import policies, selectors
from avenant.contracts.amendments.models import AmicableStep, CourtRuling, Denunciation, Difficulty, RegisteredLetter
from avenant.contracts.drafting import selectors as drafting
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.policies import speaking_party
from avenant.contracts.drafting.services.signing import today_of
from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.domain.periods import refuse_to_come
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor


@dataclass(frozen=True, slots=True)
class LetterDraft:
    """A registered letter: its number, the day it was sent. Without a number it counts for nothing yet."""

    number: str = ""
    sent_on: date | None = None


@transaction.atomic
def raise_difficulty(
    *, actor: Actor, contract_id: uuid.UUID, subject: str, raised_on: date, at: datetime
) -> Difficulty:
    """Write a difficulty of execution in the register (S1-F-03)."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_raise_difficulty(actor, contract).or_raise()
    _not_to_come(contract, raised_on, at)
    row = Difficulty.objects.create(
        circle_id=contract.circle_id, contract=contract, raised_by_id=actor.organisation_id, raised_on=raised_on,
        subject=subject.strip(),
    )  # fmt: skip
    _tell(
        contract, "difficulty_raised", f"Difficulté soulevée par {actor.organisation}\u202f: {row.subject}", actor, at
    )
    return row


@transaction.atomic
def note_step(
    *, actor: Actor, contract_id: uuid.UUID, difficulty_id: int, taken_on: date, text: str, at: datetime
) -> AmicableStep:
    """Write what the parties tried to settle it."""
    contract, row = _difficulty(actor, contract_id, difficulty_id)
    _not_to_come(contract, taken_on, at)
    if taken_on < row.raised_on:
        raise DomainError(f"La difficulté date du {format_date(row.raised_on)}\u202f: une démarche la suit.")
    step = AmicableStep.objects.create(
        circle_id=contract.circle_id, difficulty=row, taken_on=taken_on, text=text.strip()
    )
    _tell(contract, "amicable_step", f"Démarche amiable du {format_date(taken_on)}\u202f: {step.text}", actor, at)
    return step


@transaction.atomic
def settle_difficulty(
    *, actor: Actor, contract_id: uuid.UUID, difficulty_id: int, outcome: str, closed_on: date, at: datetime
) -> Difficulty:
    """Close it: settled amicably, or a disagreement that lasts."""
    contract, row = _difficulty(actor, contract_id, difficulty_id)
    _not_to_come(contract, closed_on, at)
    if outcome == Difficulty.Outcome.OPEN or closed_on < row.raised_on:
        raise DomainError(f"Dites l’issue, à une date qui suit le {format_date(row.raised_on)}.")
    row.outcome, row.closed_on = outcome, closed_on
    row.save(update_fields=["outcome", "closed_on"])
    _tell(contract, "difficulty_closed", f"Difficulté {row.get_outcome_display()}\u202f: {row.subject}", actor, at)
    return row


@dataclass(frozen=True, slots=True)
class RulingDraft:
    """What a court decided: where, under which reference, when, on which difficulty of the register if any."""

    court: str
    reference: str
    ruled_on: date
    decision: str
    difficulty_id: int | None = None


@transaction.atomic
def note_ruling(*, actor: Actor, contract_id: uuid.UUID, draft: RulingDraft, at: datetime) -> CourtRuling:
    """Write the outcome of a dispute before the competent court (S3-7-11). A contract that is over may still have one."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_note_ruling(actor, contract).or_raise()
    _not_to_come(contract, draft.ruled_on, at)
    if not (draft.court.strip() and draft.reference.strip() and draft.decision.strip()):
        raise DomainError("Dites la juridiction, la référence et la décision.")
    rows = Difficulty.objects.visible_to(actor).filter(contract=contract)
    difficulty = get_object_or_404(rows, pk=draft.difficulty_id) if draft.difficulty_id else None
    said = {"court": draft.court.strip(), "reference": draft.reference.strip()}
    if CourtRuling.objects.visible_to(actor).filter(contract=contract, **said).exists():
        raise DomainError("Cette décision de justice est déjà au dossier.")
    row = CourtRuling.objects.create(
        circle_id=contract.circle_id, contract=contract, difficulty=difficulty, ruled_on=draft.ruled_on,
        decision=draft.decision.strip(), **said,
    )  # fmt: skip
    label = f"Décision de justice\u202f: {row}, du {format_date(row.ruled_on)}"
    _tell(contract, "ruling_noted", label, actor, at, row.decision)
    return row


@transaction.atomic
def denounce(
    *, actor: Actor, contract_id: uuid.UUID, grounds: str, letters: Mapping[int, LetterDraft], at: datetime,
    override_reason: str = "", effective_on: date | None = None,
) -> Denunciation:  # fmt: skip
    """Write the denunciation and its letters, one to each other party; nothing is effective before all are received.

    ``effective_on`` is the day that the parties agree on; by default the last acknowledgement of receipt (S3-7-10).
    """
    contract = drafting.get_contract(actor, contract_id, lock=True)
    tried = AmicableStep.objects.visible_to(actor).filter(difficulty__contract=contract).exists()
    policies.may_denounce(actor, contract, tried=tried, override_reason=override_reason).or_raise()
    if not grounds.strip():
        raise DomainError("Dites les motifs de la dénonciation\u202f: la lettre les porte.")
    if Denunciation.objects.visible_to(actor).filter(contract=contract).exists():
        raise DomainError("Une dénonciation de ce contrat est déjà en cours.")
    author = speaking_party(actor, contract)
    row = Denunciation.objects.create(
        circle_id=contract.circle_id, contract=contract, author=author, grounds=grounds.strip(),
        override_reason="" if tried else override_reason.strip(), effective_on=effective_on,
    )  # fmt: skip
    for party in contract.parties.all():
        if party.pk != author.pk:
            said = letters.get(party.pk, LetterDraft())
            _check_letter(contract, said, at)
            RegisteredLetter.objects.create(
                circle_id=contract.circle_id, denunciation=row, party=party, number=said.number.strip(),
                sent_on=said.sent_on,
            )  # fmt: skip
            _warn(contract, party.organisation_id, row, actor, at)
    _tell(contract, "denunciation_opened", f"Dénonciation engagée par {actor.organisation}", actor, at, row.grounds)
    return row


@transaction.atomic
def note_receipt(
    *, actor: Actor, contract_id: uuid.UUID, letter_id: int, letter: LetterDraft, received_on: date | None, at: datetime
) -> Contract:
    """Write the number, the day sent and the day received of one letter; the last receipt denounces the contract."""
    contract = drafting.get_contract(actor, contract_id, lock=True)
    rows = (
        RegisteredLetter.objects.visible_to(actor)
        .filter(denunciation__contract=contract)
        .select_related("denunciation")
    )
    row = get_object_or_404(rows.select_for_update(of=("self",)), pk=letter_id)
    denunciation = row.denunciation
    policies.may_denounce(actor, contract, tried=True).or_raise()
    if received_on is not None and (not letter.number.strip() or letter.sent_on is None):
        raise DomainError("Une lettre reçue a son numéro de recommandé et sa date d’envoi.")
    _check_letter(contract, letter, at)
    if received_on is not None:
        _not_to_come(contract, received_on, at)
        if letter.sent_on and received_on < letter.sent_on:
            raise DomainError("La lettre arrive après son envoi\u202f: vérifiez les deux dates.")
    row.number, row.sent_on, row.received_on = letter.number.strip(), letter.sent_on, received_on
    row.save(update_fields=["number", "sent_on", "received_on"])
    letters = list(RegisteredLetter.objects.visible_to(actor).filter(denunciation=denunciation))
    received = [one.received_on for one in letters if one.number and one.received_on]
    if len(received) == len(letters):
        _take_effect(contract, denunciation, max(received), actor, at)
    return contract


def _take_effect(contract: Contract, row: Denunciation, last_receipt: date, actor: Actor, at: datetime) -> None:
    effect = max(row.effective_on or last_receipt, last_receipt)
    row.effective_on = effect
    row.save(update_fields=["effective_on"])
    former = contract.ends_on
    contract.ends_on = min(effect, former) if former else effect
    contract.save(update_fields=["ends_on"])
    advance(
        contract, "denounce", actor=actor, at=at, reason=row.grounds,
        label=f"Contrat dénoncé, effet au {format_date(effect)}",
        evidence={"dernier accusé de réception": last_receipt.isoformat(), "dernier jour avant": str(former)},
    )  # fmt: skip


def _check_letter(contract: Contract, letter: LetterDraft, at: datetime) -> None:
    if letter.sent_on is not None:
        _not_to_come(contract, letter.sent_on, at)


def _difficulty(actor: Actor, contract_id: uuid.UUID, difficulty_id: int) -> tuple[Contract, Difficulty]:
    contract = drafting.get_contract(actor, contract_id, lock=True)
    policies.may_raise_difficulty(actor, contract).or_raise()
    row = selectors.get_difficulty(actor, contract, difficulty_id)
    if row.outcome != Difficulty.Outcome.OPEN:
        raise DomainError("Cette difficulté est close.")
    return contract, row


def _not_to_come(contract: Contract, day: date, at: datetime) -> None:
    refuse_to_come(day, today_of(contract, at))


def _warn(contract: Contract, organisation_id: uuid.UUID, row: Denunciation, actor: Actor, at: datetime) -> None:
    message = Message(
        key=f"denunciation:{row.pk}",
        title=f"Dénonciation engagée\u202f: {contract}",
        act="Lire les motifs",
        page=contract.page(),
        consequence="Le contrat prend fin quand chaque partie a reçu sa lettre recommandée.",
        body=row.grounds,
        basis="CPOM PACA 2025-2029, article 7",
    )
    notify_organisation(contract.circle_id, organisation_id, message, at=at, but=actor)


def _tell(contract: Contract, verb: str, label: str, actor: Actor, at: datetime, reason: str = "") -> None:
    record(
        contract.circle_id, verb=f"contract.{verb}", label=label, actor=actor, at=at, reason=reason,
        page=contract.page(), subject=contract.pk,
    )  # fmt: skip
