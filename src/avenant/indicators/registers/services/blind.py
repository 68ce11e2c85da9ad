"""Writes of the neutral count: a question, the messages of both sides in their order, the count by a job."""

from __future__ import annotations

import hashlib
import uuid
from datetime import datetime

from django.db import transaction

from avenant.contracts.drafting.models import ContractParty
from avenant.domain.decision import DomainError
from avenant.domain.french import format_number, typeset
from avenant.domain.neutral_count import (
    BadMessage,
    Message,
    Side,
    Stage,
    check_against,
    common,
    read_message,
    release,
)
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.indicators.registers import policies, selectors, tasks
from avenant.indicators.registers.models import BlindCount, BlindMessage, Match
from avenant.indicators.registers.services import blind_due


@transaction.atomic
def ask_blind_count(
    *, actor: Actor, circle_id: uuid.UUID, kind: str, strand: str, year: int, at: datetime
) -> BlindCount:
    """Ask how many establishments the service's list and the fund's have in common, both blind. Once for a question."""
    question = {"circle_id": circle_id, "kind": kind, "strand": strand, "year": year}
    policies.may_count_blindly(
        actor, kind, BlindCount.objects.visible_to(actor).filter(**question).exists(),
        Match.objects.visible_to(actor).filter(**question).exists(),
    ).or_raise()  # fmt: skip
    parties = ContractParty.objects.visible_to(actor).filter(circle_id=circle_id)
    fund = parties.filter(role=ContractParty.Role.FUND).first()
    if fund is None or not parties.filter(organisation_id=actor.organisation_id).exists():
        raise DomainError("Il faut un contrat dont votre service et une caisse sont parties.")
    count = BlindCount.objects.create(
        **question, owner_id=actor.organisation_id, counterpart_id=fund.organisation_id, asked_at=at
    )
    blind_due.plan(count, Stage.COMMITTED, at)
    _note(count, "blind.ask", "demandé", actor, at)
    return count


@transaction.atomic
def bring_message(*, actor: Actor, count_id: uuid.UUID, content: bytes, at: datetime) -> BlindMessage:
    """Keep a message of a neutral count, once it is verified against what its list's owner promised.

    The first brings a promise, then each brings its blinded list, then its answer to the other's; the last answer
    starts the count. Raises :class:`BadMessage` and leaves what is there untouched.
    """
    count = selectors.get_blind_count(actor, count_id, lock=True)
    message = read_message(content)
    rows = list(selectors.list_blind_messages(actor, count))
    brought = [(one.sender_id, one.stage) for one in rows]
    policies.may_bring(actor, count, message.stage, brought).or_raise()
    _check(actor, count, message, rows)
    doubled = message.stage is Stage.DOUBLED
    row = BlindMessage.objects.create(
        circle_id=count.circle_id, private_to_id=actor.organisation_id if doubled else None, count=count,
        sender_id=actor.organisation_id, stage=message.stage.value, size=message.size, commitment=message.commitment,
        fingerprint=hashlib.sha256(content).hexdigest(), content=content, at=at, person_id=actor.person_id,
    )  # fmt: skip
    evidence = {"stage": row.stage, "size": row.size, "commitment": row.commitment, "sha256": row.fingerprint}
    _note(
        count,
        "blind.message",
        f"{message.stage.label}, {format_number(message.size)} établissements",
        actor,
        at,
        evidence,
    )
    blind_due.close(count, actor)
    if doubled:
        tasks.count_blindly.defer()
    elif any(one.stage == row.stage for one in rows):
        blind_due.plan(count, list(Stage)[list(Stage).index(message.stage) + 1], at)
    return row


def _check(actor: Actor, count: BlindCount, message: Message, rows: list[BlindMessage]) -> None:
    side = Side.SERVICE if actor.organisation_id == count.owner_id else Side.FUND
    if message.question != str(count.pk):
        raise BadMessage("Ce message répond à une autre question : refaites-le avec le numéro de cette page.")
    if message.by is not side:
        raise BadMessage("Ce message vient de l'autre partie : vérifiez le côté donné à avenant collect match engage.")
    if message.stage is Stage.COMMITTED:
        return
    owner = count.owner_id if message.of is Side.SERVICE else count.counterpart_id
    promised = next(one for one in rows if (one.sender_id, one.stage) == (owner, Stage.COMMITTED.value))
    check_against(message, read_message(bytes(promised.content or b"")))


def count_blindly(*, at: datetime) -> None:
    """Count the questions whose two answers are there, tell both parties at once, erase every point. System role."""
    for count in BlindCount.objects.filter(answered_at=None).select_for_update(skip_locked=True).order_by("asked_at"):
        answers = list(BlindMessage.objects.filter(count=count, stage=Stage.DOUBLED.value))
        if len(answers) == len(Side):
            _count(count, [read_message(bytes(one.content or b"")) for one in answers], at)


def _count(count: BlindCount, answers: list[Message], at: datetime) -> None:
    told = release(common(*answers), [one.size for one in answers])
    count.told, count.bound, count.answered_at = told.told, told.bound, at
    count.save(update_fields=["told", "bound", "answered_at"])
    BlindMessage.objects.filter(count=count).exclude(stage=Stage.COMMITTED.value).update(content=None)
    _note(count, "blind.count", told.words, None, at, {"told": told.told, "bound": told.bound})
    blind_due.tell(count, at)


def _note(
    count: BlindCount,
    verb: str,
    said: str,
    actor: Actor | None,
    at: datetime,
    evidence: dict[str, object] | None = None,
) -> None:
    record(
        count.circle_id,
        verb=verb,
        label=typeset(f"Compte neutre : {count}, {said}"),
        actor=actor,
        at=at,
        evidence=evidence or {},
        page=count.page(),
        subject=count.pk,
    )
