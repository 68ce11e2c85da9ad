"""Visits on site, alone or together, and the joint review of the institutions (convention, article 2, II)."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import enumerate_in_words, format_date
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants import selectors as grants
from avenant.funding.reports import policies, terms
from avenant.funding.reports.models import JointPart, JointReview, Visit, VisitFollowUp, VisitParticipant
from avenant.funding.reports.selectors import impact as selectors
from avenant.funding.reports.services.following import midnight_after

BASIS = "Convention, article 2, II"


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUpSaid:
    """Something to do after a visit."""

    what: str
    organisation: uuid.UUID
    due_on: date


def visit_key(visit: Visit, organisation_id: uuid.UUID) -> str:
    """The natural key of the report that an institution owes of a visit."""
    return f"visit:{visit.pk}:report:{organisation_id}"


@transaction.atomic
def plan_visit(
    *, actor: Actor, grant_id: uuid.UUID, on: date, purpose: str, participants: Mapping[uuid.UUID, str], at: datetime
) -> Visit:
    """Plan a visit of a funded project. ``participants``: the people, by their function, of each institution; the
    actor's own always takes part. Its report is due the day after, from who plans it."""
    grant = grants.get_grant(actor, grant_id)
    policies.may_plan_visit(actor, grant).or_raise()
    known = {one.pk: one for one in selectors.institutions_of(grant)}
    if actor.organisation_id not in known or not set(participants) <= set(known):
        raise DomainError("Les participants sont l’autorité et les institutions de l’appel.", code="participants")
    if not purpose.strip():
        raise DomainError("Dites l’objet de la visite.", code="purpose")
    zone = terms.zone_of(grant)
    visit = Visit.objects.create(
        circle_id=grant.circle_id, grant=grant, planned_by_id=actor.organisation_id, on=on,
        report_by=midnight_after(on, zone), purpose=purpose.strip()[:300], state=Visit.lifecycle.start, state_since=at,
    )  # fmt: skip
    people = {actor.organisation_id: "", **participants}
    for pk, text in people.items():
        VisitParticipant.objects.create(
            circle_id=grant.circle_id, visit=visit, organisation_id=pk, people=text.strip()[:300]
        )
    names = enumerate_in_words([known[pk].short_name for pk in people])
    record(
        grant.circle_id, verb="visit.plan", label=f"Visite sur site prévue le {format_date(on)}, {names}", actor=actor,
        at=at, reason=visit.purpose, page=visit.page(), subject=visit.pk,
    )  # fmt: skip
    journal.plan(
        grant.circle_id,
        Due(
            key=visit_key(visit, actor.organisation_id), label=f"Compte rendu de la visite de {grant.name}",
            organisation_id=actor.organisation_id, waiting=names[:200], due_at=visit.report_by, page=visit.page(),
            basis=BASIS, zone=str(zone), consequence="la visite reste sans compte rendu.",
        ),
    )  # fmt: skip
    return visit


def _locked(actor: Actor, visit_id: uuid.UUID, verb: str, at: datetime) -> Visit:
    selectors.get_visit(actor, visit_id)
    Visit.objects.select_for_update(of=("self",)).get(pk=visit_id)
    visit = selectors.get_visit(actor, visit_id)
    today = at.astimezone(terms.zone_of(visit.grant)).date()
    policies.may_report_visit(actor, visit, verb, today=today).or_raise()
    return visit


@transaction.atomic
def report_visit(
    *, actor: Actor, visit_id: uuid.UUID, findings: str, follow_ups: Sequence[FollowUpSaid] = (), at: datetime
) -> Visit:
    """Write the report of a visit: what was seen, what is to be done after it, by whom and when."""
    visit = _locked(actor, visit_id, "report", at)
    if not findings.strip():
        raise DomainError("Le compte rendu dit ce qui a été constaté.", code="findings")
    visit.findings = findings.strip()
    visit.save(update_fields=["findings"])
    members = {one.pk: one for one in selectors.members_of(visit.grant)}
    zone = terms.zone_of(visit.grant)
    for said in follow_ups:
        if said.organisation not in members:
            raise DomainError("Une suite est confiée à un organisme du dossier.", code="organisation")
        row = VisitFollowUp.objects.create(
            circle_id=visit.circle_id, visit=visit, what=said.what.strip()[:300], organisation_id=said.organisation,
            due_on=said.due_on,
        )  # fmt: skip
        journal.plan(
            visit.circle_id,
            Due(
                key=f"visit-follow-up:{row.pk}", label=row.what[:250], organisation_id=said.organisation,
                waiting=visit.planned_by.short_name, due_at=midnight_after(said.due_on, zone), page=visit.page(),
                basis=BASIS, zone=str(zone),
            ),
        )  # fmt: skip
    advance(visit, "report", actor=actor, at=at, label=f"Compte rendu de la visite du {format_date(visit.on)}")
    journal.close(visit_key(visit, visit.planned_by_id))
    return visit


@transaction.atomic
def cancel_visit(*, actor: Actor, visit_id: uuid.UUID, reason: str, at: datetime) -> Visit:
    """Cancel a visit, with a reason."""
    visit = _locked(actor, visit_id, "cancel", at)
    advance(visit, "cancel", actor=actor, at=at, reason=reason, label=f"Visite du {format_date(visit.on)} annulée")
    journal.drop(visit_key(visit, visit.planned_by_id))
    return visit


@transaction.atomic
def finish_follow_up(*, actor: Actor, follow_up_id: uuid.UUID, on: date, at: datetime) -> VisitFollowUp:
    """Say that what was to be done after a visit is done, by who was to do it."""
    row = selectors.get_visit_follow_up(actor, follow_up_id)
    policies.may_finish(actor, row).or_raise()
    if on > at.astimezone(terms.zone_of(row.visit.grant)).date():
        raise DomainError("Le jour n’est pas à venir.", code="future")
    row.done_on = on
    row.save(update_fields=["done_on"])
    journal.close(f"visit-follow-up:{row.pk}")
    record(row.circle_id, verb="visit.follow_up", label=f"Fait\u202f: {row.what}", actor=actor, at=at,
           page=row.visit.page(), subject=row.visit_id)  # fmt: skip
    return row


@transaction.atomic
def start_joint_review(*, actor: Actor, call: PublishedCall, title: str, at: datetime) -> JointReview:
    """Open the joint review of the actions that a call funded, in the circle of its institutions."""
    inside = any(one.pk == call.pk for one in selectors.calls_to_review(actor))
    policies.may_start_joint_review(actor, call, inside=inside).or_raise()
    review = JointReview.objects.create(
        circle_id=call.call.circle_id, call=call, title=title.strip()[:200] or f"Bilan conjoint, {call}",
        state=JointReview.lifecycle.start, state_since=at,
    )  # fmt: skip
    record(review.circle_id, verb="joint_review.open", label=f"{review.title}\u202f: ouvert", actor=actor, at=at,
           page=review.page(), subject=review.pk)  # fmt: skip
    return review


def _reviewing(actor: Actor, review_id: uuid.UUID) -> JointReview:
    selectors.get_joint_review(actor, review_id)
    JointReview.objects.select_for_update(of=("self",)).get(pk=review_id)
    return selectors.get_joint_review(actor, review_id)


@transaction.atomic
def say_part(*, actor: Actor, review_id: uuid.UUID, dimension: str, text: str, at: datetime) -> JointPart:
    """What my institution says of one dimension."""
    review = _reviewing(actor, review_id)
    policies.may_write_joint_review(actor, review).or_raise()
    if not text.strip():
        raise DomainError("Écrivez votre appréciation.", code="empty")
    row, _ = JointPart.objects.update_or_create(
        review=review, organisation_id=actor.organisation_id, dimension=dimension,
        defaults={"circle_id": review.circle_id, "text": text.strip(), "at": at},
    )  # fmt: skip
    return row


@transaction.atomic
def write_joint_review(*, actor: Actor, review_id: uuid.UUID, conditions: str, care: str, at: datetime) -> JointReview:
    """Write the common text, its two parts."""
    review = _reviewing(actor, review_id)
    policies.may_write_joint_review(actor, review).or_raise()
    review.conditions, review.care = conditions.strip(), care.strip()
    review.save(update_fields=["conditions", "care"])
    return review


@transaction.atomic
def close_joint_review(*, actor: Actor, review_id: uuid.UUID, at: datetime) -> JointReview:
    """Close the joint review, with both its parts; its figures are frozen as they are."""
    review = _reviewing(actor, review_id)
    policies.may_close_joint_review(actor, review).or_raise()
    review.figures = selectors.figures_of(actor, review.call)
    review.save(update_fields=["figures"])
    return advance(review, "close", actor=actor, at=at, label=f"{review.title}\u202f: arrêté")


@transaction.atomic
def reopen_joint_review(*, actor: Actor, review_id: uuid.UUID, reason: str, at: datetime) -> JointReview:
    """Open a closed review again, with a reason."""
    review = _reviewing(actor, review_id)
    return advance(review, "reopen", actor=actor, at=at, reason=reason)
