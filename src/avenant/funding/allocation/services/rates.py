"""The rate of a call revised to its envelope: proposed with its effect, validated with its reason, logged."""

from __future__ import annotations

import uuid
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.funding.deciding import rate_warning
from avenant.domain.funding.grants import RateProposal, propose_rate, revisable
from avenant.domain.money import ZERO
from avenant.domain.rules.evaluation import aid_of
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.rulebook import Rulebook
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation import policies, scores, selectors
from avenant.funding.allocation.models import Examined, RateRevision, Selection
from avenant.funding.allocation.services.sessions import revise_amounts

RATE, MAXIMUM = "rate", "maximum_rate"


def _retained(actor: Actor, selection: Selection, at: datetime) -> tuple[Rulebook, list[Facts]]:
    """The facts of the dossiers that the session does not refuse, under the rules of the call."""
    refused = Examined.objects.visible_to(actor).filter(selection=selection, outcome=Examined.Outcome.REFUSED)
    out = set(refused.values_list("dossier_id", flat=True))
    listed = [one for one in scores.assess(actor, selection.call) if one.dossier.pk not in out]
    found = scores.facts_of(actor, listed, at=at)
    return selection.call.book(), [found[one.dossier.pk][1] for one in listed]


def proposal_of(actor: Actor, selection: Selection, *, at: datetime) -> RateProposal:
    """The uniform rate that the envelope of a session allows under every other rule of the call. Nothing is changed.

    Raises DomainError when the call has no rate to revise.
    """
    book, facts = _retained(actor, selection, at)
    if RATE not in book.parameters:
        raise DomainError("Cet appel n’a pas de taux à réviser.", code="no_rate")
    try:
        return propose_rate(book, facts, envelope=selection.envelope.left, maximum=_maximum(book))
    except ValueError:
        raise DomainError(
            "L’aide d’un dossier n’est pas encore connue : l’instruction la complète d’abord.", code="unknown"
        ) from None


def _maximum(book: Rulebook) -> Fraction | None:
    return book.value(MAXIMUM) if MAXIMUM in book.parameters else None


@transaction.atomic
def propose_revision(*, actor: Actor, selection_id: uuid.UUID, new: Decimal, reason: str, at: datetime) -> RateRevision:
    """Propose another rate for a call, in percent, with its reason and its effect. Nothing changes before validation."""
    selection = selectors.get_selection(actor, selection_id)
    call = selection.call
    policies.may_prepare(actor, call).or_raise()
    book, facts = _retained(actor, selection, at)
    if RATE not in book.parameters:
        raise DomainError("Cet appel n’a pas de taux à réviser.", code="no_rate")
    if not ZERO < new <= 100:
        raise DomainError("Un taux est supérieur à 0 et au plus de 100 %.", code="rate")
    if not reason.strip():
        raise DomainError("La révision du taux est motivée.", code="reason", basis="§3.2, 2°")
    old = (
        selectors.rate_in_force(actor, call) or Decimal(book.value(RATE).numerator * 100) / book.value(RATE).denominator
    )
    if new == old:
        raise DomainError("Ce taux est déjà celui de l’appel.", code="same")
    most = _maximum(book)
    made = RateRevision.objects.create(
        circle_id=call.call.circle_id, call=call, old=old, new=new,
        maximum=None if most is None else Decimal(most.numerator * 100) / most.denominator,
        total_before=_total(book, facts, old), total_after=_total(book, facts, new), envelope=selection.envelope.left,
        reason=reason.strip(), proposed_at=at, proposed_by_id=actor.person_id,
    )  # fmt: skip
    record(
        call.call.circle_id, verb="call.rate_proposed", label=f"Révision du taux proposée : {old:.2f} % → {new:.2f} %",
        actor=actor, at=at, reason=f"{reason.strip()} {rate_warning(new, made.maximum)}".strip(),
        page=selection.page(), subject=call.call_id,
    )  # fmt: skip
    return made


def _total(book: Rulebook, facts: list[Facts], rate: Decimal) -> Decimal:
    given = revisable(book).with_parameters({RATE: f"{rate:.2f}"})
    return sum((aid_of(given, one) or ZERO for one in facts), ZERO)


@transaction.atomic
def validate_revision(*, actor: Actor, revision_id: uuid.UUID, at: datetime) -> RateRevision:
    """Put a revised rate in force, for every dossier of the call; above the stated maximum by the decision-maker alone.

    Logged: old, new, reason, author, date. The sessions being prepared take it at once.
    """
    selectors.get_revision(actor, revision_id)
    revision = (
        RateRevision.objects.select_for_update(of=("self",))
        .select_related("call__owner", "call__call")
        .get(pk=revision_id)
    )
    policies.may_validate_rate(actor, revision).or_raise()
    revision.validated_at, revision.validated_by_id = at, actor.person_id
    revision.save(update_fields=["validated_at", "validated_by"])
    record(
        revision.circle_id, verb="call.rate_revised", actor=actor, at=at, reason=revision.reason,
        label=f"Taux révisé : {revision.old:.2f} % → {revision.new:.2f} %", page=revision.call.page(),
        subject=revision.call.call_id,
        evidence={"old": str(revision.old), "new": str(revision.new), "above_maximum": revision.above_maximum},
    )  # fmt: skip
    revise_amounts(actor, revision.call, at)
    return revision
