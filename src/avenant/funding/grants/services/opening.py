"""An aid is opened when its decision is notified: amount, terms, instalments, and each action promised."""

from __future__ import annotations

import uuid
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.awards import as_percent, lapse_day, terms_of
from avenant.domain.funding.payments import schedule
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers import selectors as dossiers
from avenant.funding.dossiers.models import Action, Dossier, Indicator
from avenant.funding.grants import policies
from avenant.funding.grants.models import Grant, GrantedAction, GrantIndicator, Instalment


@transaction.atomic
def open_grant(
    *,
    actor: Actor,
    at: datetime,
    dossier: Dossier | uuid.UUID,
    amount: Decimal,
    rate: Fraction | None = None,
    conditions: str = "",
    source: str = "",
    decided_on: date,
) -> Grant:
    """Open the aid of a complete dossier, in its circle. Opening it again for the same amount gives the one there is.

    ``amount`` in euros at the cent; ``rate`` the exact share of the eligible cost, known or not; ``source`` the
    envelope in words. The terms are those of the rulebook under which the dossier was handed in.
    Raises Refused from who may not, DomainError when the dossier already has another amount.
    """
    pk = dossier.pk if isinstance(dossier, Dossier) else dossier
    dossiers.get_dossier(actor, pk)
    held = (
        Dossier.objects.select_for_update(of=("self",))
        .select_related("call__owner", "owner", "establishment", "submission")
        .get(pk=pk)
    )
    policies.may_open(actor, held, amount).or_raise()
    there = Grant.objects.filter(dossier=held).first()
    if there is not None:
        if there.awarded != amount:
            raise DomainError("Ce dossier a déjà une aide, d’un autre montant.", code="granted")
        return there
    terms = terms_of(held.submission.book())
    titles = list(held.projects.order_by("position").values_list("title", flat=True))
    grant = Grant.objects.create(
        circle_id=held.circle_id, state=Grant.lifecycle.start, state_since=at, dossier=held, call=held.call,
        authority=held.call.owner, beneficiary=held.owner, establishment=held.establishment, name=held.name,
        siret=held.establishment.siret, sector=", ".join(one.replace("_", "-") for one in held.sectors),
        nature=Grant.Nature.CLACT if held.call.rulebook.startswith("clact") else Grant.Nature.OTHER,
        folded=held.folded, territory_code=held.territory_code, number=held.number,
        title=" ; ".join(title for title in titles if title)[:256] or held.name, source=source[:60], awarded=amount,
        amount=amount, base=held.eligible, rate=as_percent(rate) if rate is not None else None, conditions=conditions,
        terms=terms.to_json(), decided_on=decided_on, notified_at=at, consume_until=terms.consume_until,
        lapses_on=lapse_day(decided_on), fictional=held.call.fictional,
    )  # fmt: skip
    promise(grant, held, at=at)
    plan_instalments(grant, at=at)
    record(
        grant.circle_id, verb="grant.open", label=f"Aide accordée : {format_euros(amount)}", actor=actor, at=at,
        reason=conditions, evidence={"amount": str(amount), "decided_on": decided_on.isoformat()}, page=grant.page(),
        subject=grant.pk,
    )  # fmt: skip
    return grant


def plan_instalments(grant: Grant, *, at: datetime) -> None:
    """Write the instalments of the aid, as its terms cut it; the last one is what remains."""
    terms = grant.said_terms
    Instalment.objects.bulk_create(
        Instalment(
            circle_id=grant.circle_id, state=Instalment.lifecycle.start, state_since=at, grant=grant,
            number=one.number, amount=one.amount, after=one.after or "signature",
            needs=terms.needs(one.after), repayable=terms.loan is not None and one.number == 1,
        )
        for one in schedule(grant.amount, terms.parts, after=terms.after)
    )  # fmt: skip


def promise(grant: Grant, dossier: Dossier, *, at: datetime) -> None:
    """Each action of the dossier becomes a commitment: by its own end, its project's, or the end of the consumption."""
    actions = Action.objects.filter(project__dossier=dossier).select_related("project")
    rows = GrantedAction.objects.bulk_create(
        GrantedAction(
            circle_id=grant.circle_id, state=GrantedAction.lifecycle.start, state_since=at, grant=grant, source=one,
            position=position, title=one.title, project=one.project.title,
            due_on=one.ends_on or one.project.ends_on or grant.consume_until,
        )
        for position, one in enumerate(actions.order_by("project__position", "position"), 1)
    )  # fmt: skip
    promised = {row.source_id: row for row in rows}
    said = Indicator.objects.filter(action__project__dossier=dossier)
    GrantIndicator.objects.bulk_create(
        GrantIndicator(
            circle_id=grant.circle_id, grant=grant, action=promised[one.action_id], position=position, label=one.label,
            unit=one.unit, baseline=one.baseline, target=one.target,
        )
        for position, one in enumerate(said.order_by("action__project__position", "action__position", "position"), 1)
    )  # fmt: skip
