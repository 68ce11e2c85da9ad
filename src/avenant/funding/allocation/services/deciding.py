"""Final decisions: one dossier or the whole session, drawn on the envelope under its lock, never beyond it."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.money import ZERO
from avenant.domain.rules.findings import Outcome
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, scores, selectors
from avenant.funding.allocation.models import Aid, Award, Examined, Selection
from avenant.funding.allocation.models.decisions import FUNDED
from avenant.funding.allocation.services.envelopes import draw, keeping_circle, lock_in_order
from avenant.funding.allocation.services.sessions import Proposal, check_proposal, locked, locked_line


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What is decided of a dossier. What is not said is what the committee proposed, an empty reason or condition is
    none. A change asks for its reason."""

    outcome: str = ""
    amount: Decimal | None = None
    reason: str | None = None
    conditions: str | None = None
    override: str = ""
    envelope_id: uuid.UUID | None = None


@transaction.atomic
def award(*, actor: Actor, line_id: uuid.UUID, said: Decided, decided_on: date, at: datetime) -> Award:
    """Decide of one dossier. What is granted is taken on the envelope, or refused when it does not hold it."""
    selection, line = locked_line(actor, line_id)
    policies.may_decide(actor, selection, scores.all_examined(actor, selection.call)).or_raise()
    _keep_limits(actor, selection, {line.dossier_id: _proposal(line, said).amount})
    made = _award(actor, line.pk, said, decided_on, at)
    _settle(actor, selection, at)
    return made


def _keep_limits(actor: Actor, selection: Selection, changed: Mapping[uuid.UUID, Decimal]) -> None:
    """Raises DomainError when the decisions together break a limit of the call that refuses; one that warns is shown."""
    limits = selectors.CallLimits(actor, selection)
    if not limits.any:
        return
    for one in limits.judge({**selectors.proposed_amounts(actor, selection), **changed}):
        if one.outcome is Outcome.FAIL:
            raise DomainError(f"{one.sentence} {one.remedy}", code="portfolio", basis=one.article)


def _award(actor: Actor, line_id: uuid.UUID, said: Decided, decided_on: date, at: datetime) -> Award:
    """The session is locked: two who decide at once take one decision, the second is told."""
    line = Examined.objects.select_related("selection__call", "dossier").get(pk=line_id)
    interested = selectors.closed_to(actor).filter(instruction__dossier_id=line.dossier_id).exists()
    policies.may_read(line, interested=interested).or_raise()
    policies.may_award(line, Award.objects.filter(dossier_id=line.dossier_id).first()).or_raise()
    proposal = _proposal(line, said)
    check_proposal(line, proposal)
    if proposal.outcome == Examined.Outcome.WAITING:
        raise DomainError("Une liste d’attente n’est pas une décision : le dossier garde sa place.", code="waiting")
    changed = (proposal.outcome, proposal.amount) != (line.outcome, line.amount)
    if changed and not said.override.strip():
        raise DomainError("Une décision qui s’écarte de la proposition du comité a son motif.", code="override")
    envelope = said.envelope_id or line.selection.envelope_id
    funded = proposal.outcome in FUNDED
    _hold(actor, line, envelope if funded else None, proposal.amount, decided_on)
    made = Award.objects.create(
        circle_id=line.circle_id, line=line, dossier_id=line.dossier_id, outcome=proposal.outcome, amount=proposal.amount,
        envelope_id=envelope if funded else None, reason=proposal.reason, conditions=proposal.conditions,
        decided_on=decided_on, decided_at=at, person_id=actor.person_id,
    )  # fmt: skip
    words = f", {format_euros(made.amount)}" if made.amount else ""
    record(
        line.circle_id, verb="award.decide", label=f"Décision, {line.number} : {made.get_outcome_display()}{words}",
        actor=actor, at=at, reason=said.override or proposal.reason, page=line.page(), subject=line.selection_id,
        evidence={"dossier": line.number, "outcome": made.outcome, "amount": str(made.amount)},
    )  # fmt: skip
    return made


def _proposal(line: Examined, said: Decided) -> Proposal:
    outcome = said.outcome or line.outcome
    funded = outcome in FUNDED
    amount = (line.amount if said.amount is None else said.amount) if funded else ZERO
    return Proposal(
        outcome=outcome,
        amount=amount,
        reason=line.reason if said.reason is None else said.reason,
        conditions=(line.conditions if said.conditions is None else said.conditions) if funded else "",
    )


def _hold(actor: Actor, line: Examined, envelope_id: uuid.UUID | None, amount: Decimal, on: date) -> None:
    """What was reserved for the dossier becomes what is granted, on the envelope of the session or on another."""
    own = line.selection.envelope_id
    lock_in_order(own, *([envelope_id] if envelope_id else []))
    kept = Aid.objects.filter(dossier_id=line.dossier_id, envelope_id=own, granted=0).first()
    reserved = kept.reserved if kept else ZERO
    if envelope_id == own:
        draw(own, amount - reserved)
    else:
        draw(own, -reserved)
        if envelope_id is not None:
            policies.may_change(actor, selectors.get_envelope(actor, envelope_id)).or_raise()
            draw(envelope_id, amount)
    if kept is not None and envelope_id != own:
        kept.delete()
        kept = None
    if envelope_id is None:
        return
    if kept is None:
        kept = Aid(
            circle_id=keeping_circle(actor), envelope_id=envelope_id, dossier_id=line.dossier_id, beneficiary=line.name,
            subject=(line.title or line.number)[:250],
        )  # fmt: skip
    kept.reserved, kept.granted, kept.on = ZERO, amount, on
    kept.save()


def _settle(actor: Actor, selection: Selection, at: datetime) -> None:
    """The session, locked, is decided with its last decision, the waiting list apart."""
    if selection.state == "closed" and not selectors.list_undecided(actor, selection).exists():
        advance(selection, "decide_last", actor=actor, at=at, label=f"Toutes les décisions sont prises : {selection}")


@dataclass(frozen=True, slots=True)
class Report:
    """What a bulk decision did, and what it did not: each dossier left, with its reason."""

    done: tuple[Examined, ...]
    left: tuple[tuple[Examined, str], ...]


def preview(actor: Actor, selection: Selection, lines: Sequence[Examined]) -> Report:
    """What deciding these dossiers as proposed would do; those decided already aside. The waiting list keeps its place."""
    done, left = [], []
    for line in lines:
        if getattr(line, "award", None) is not None:
            continue
        if line.outcome in ("", Examined.Outcome.WAITING):
            left.append((line, "En liste d’attente." if line.outcome else "Le comité n’a rien proposé."))
        else:
            done.append(line)
    return Report(tuple(done), tuple(left))


def decide_all(*, actor: Actor, selection_id: uuid.UUID, decided_on: date, at: datetime) -> Report:
    """Decide every dossier as the committee proposed it, in rank. One that cannot be is left, with its reason, and the
    others are decided all the same."""
    with transaction.atomic():
        selection = locked(actor, selection_id)
        policies.may_decide(actor, selection, scores.all_examined(actor, selection.call)).or_raise()
        _keep_limits(actor, selection, {})
        lines = selectors.list_lines(actor, selection, selectors.LineSearch()).select_related("award")
        told = preview(actor, selection, list(lines))
        done, left = [], list(told.left)
        for line in told.done:
            try:
                with transaction.atomic():
                    _award(actor, line.pk, Decided(), decided_on, at)
                done.append(line)
            except DomainError as refusal:
                left.append((line, refusal.message))
        _settle(actor, selection, at)
    return Report(tuple(done), tuple(left))
