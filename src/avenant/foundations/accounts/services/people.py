"""Who works for an organisation, with which roles, from when to when; leavers; a lost second factor."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping
from contextlib import suppress
from datetime import date, datetime
from importlib import import_module

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.shortcuts import get_object_or_404

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision, DomainError
from avenant.foundations.accounts import policies, selectors
from avenant.foundations.accounts.models import ApiToken, Delegation, Proposal, User
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership, Organisation
from avenant.foundations.parties.services import own_circle


def note(actor: Actor, verb: str, label: str, *, at: datetime, reason: str = "") -> None:
    """Write what was done with the accounts in the journal of the actor's own organisation."""
    record(own_circle(actor), verb=f"accounts.{verb}", label=label, actor=actor, at=at, reason=reason)


@transaction.atomic
def change_membership(
    *,
    actor: Actor,
    membership_id: uuid.UUID,
    roles: Collection[Role],
    unit_id: uuid.UUID | None,
    starts_on: date,
    ends_on: date | None,
    at: datetime,
    today: date,
) -> Membership:
    """Give a person of my organisation other roles, another unit, other dates. Who has left is out at once."""
    row = _lock(actor, membership_id)
    policies.may_give(actor, roles).or_raise()
    if not roles:
        Decision.no("Donnez au moins un rôle, ou mettez une date de fin.").or_raise()
    if ends_on is not None or Role.ADMINISTRATOR not in roles:
        policies.may_leave(row, others=_other_administrators(row, today)).or_raise()
    if unit_id is not None:
        get_object_or_404(selectors.list_units(actor), pk=unit_id)
    row.roles, row.unit_id = sorted(role.value for role in roles), unit_id
    row.starts_on, row.ends_on = starts_on, ends_on
    _save(row)
    if ends_on is not None and ends_on <= today:
        shut_out(row, at=at, today=today)
    labels = ", ".join(sorted(role.label for role in roles))
    until = f", jusqu’au {ends_on:%d/%m/%Y} exclu" if ends_on else ""
    note(actor, "membership", f"{row.person.name} : {labels}{until}", at=at)
    return row


@transaction.atomic
def close_account(*, actor: Actor, membership_id: uuid.UUID, reason: str, at: datetime, today: date) -> User:
    """Close the account of a person who works for my organisation alone: sessions and tokens end at once."""
    row = _lock(actor, membership_id)
    policies.may_close(actor, row).or_raise()
    _reason(reason)
    policies.may_leave(row, others=_other_administrators(row, today)).or_raise()
    elsewhere = Membership.objects.filter(person_id=row.person_id).exclude(organisation_id=actor.organisation_id)
    if elsewhere.filter(Q(ends_on=None) | Q(ends_on__gt=today)).exists():
        Decision.no(
            "Cette personne travaille aussi pour un autre organisme : mettez plutôt une date de fin."
        ).or_raise()
    row.person.is_active = False
    row.person.save(update_fields=["is_active"])
    ApiToken.objects.filter(membership__person_id=row.person_id, revoked_at=None).update(revoked_at=at)
    end_sessions(row.person_id)
    note(actor, "account-closed", f"Compte fermé : {row.person.name}", at=at, reason=reason)
    return row.person


@transaction.atomic
def reopen_account(*, actor: Actor, membership_id: uuid.UUID, at: datetime) -> User:
    """Open again an account that was closed, by hand or for want of use."""
    row = _lock(actor, membership_id)
    policies.may_administer(actor).or_raise()
    row.person.is_active, row.person.warned_at, row.person.last_login = True, None, at
    row.person.save(update_fields=["is_active", "warned_at", "last_login"])
    note(actor, "account-reopened", f"Compte rouvert : {row.person.name}", at=at)
    return row.person


@transaction.atomic
def reset_second_factor(*, actor: Actor, membership_id: uuid.UUID, reason: str, at: datetime) -> User:
    """Remove the second factors of a colleague who has lost them; the next sign-in asks to set up new ones."""
    row = _lock(actor, membership_id)
    policies.may_reset_second_factor(actor, row).or_raise()
    _reason(reason)
    Authenticator.objects.filter(user_id=row.person_id).delete()
    end_sessions(row.person_id)
    note(actor, "second-factor-reset", f"Second facteur réinitialisé : {row.person.name}", at=at, reason=reason)
    return row.person


@transaction.atomic
def answer_proposal(
    *, actor: Actor, proposal_id: uuid.UUID, roles: Collection[Role], at: datetime, today: date
) -> Proposal:
    """Confirm that a person works for my organisation, with roles; without any, refuse."""
    row = get_object_or_404(selectors.list_proposals(actor).select_for_update(of=("self",)), pk=proposal_id)
    policies.may_give(actor, roles).or_raise()
    row.answered_at = at
    row.save(update_fields=["answered_at"])
    if roles:
        values = sorted(role.value for role in roles)
        _save(Membership(person=row.person, organisation_id=actor.organisation_id, roles=values, starts_on=today))
    label = "Appartenance confirmée" if roles else "Appartenance refusée"
    note(actor, "proposal", f"{label} : {row.person.name}", at=at)
    return row


@transaction.atomic
def lend_roles(
    *,
    actor: Actor,
    borrower_id: uuid.UUID,
    roles: Collection[Role],
    starts_on: date,
    ends_on: date,
    at: datetime,
    today: date,
) -> Delegation:
    """Lend roles of mine to a colleague from one day to another (the last excluded), a year at most."""
    own = selectors.get_own(actor)
    borrower = get_object_or_404(selectors.list_colleagues(actor, on=today), pk=borrower_id)
    policies.may_lend(actor, own.roles, roles).or_raise()
    if ends_on <= today or (ends_on - starts_on).days > 366:
        Decision.no("Une délégation finit après aujourd’hui et dure un an au plus.").or_raise()
    values = sorted(role.value for role in roles)
    row = Delegation(lender=own, borrower=borrower, roles=values, starts_on=starts_on, ends_on=ends_on, made_at=at)
    _save(row)
    note(actor, "delegation", f"{actor.name} délègue à {borrower.person.name} : {', '.join(row.role_labels())}", at=at)
    return row


@transaction.atomic
def end_delegation(*, actor: Actor, delegation_id: uuid.UUID, at: datetime) -> None:
    """Take back what I lent, give back what was lent to me, or as administrator end any of my organisation."""
    row = get_object_or_404(selectors.list_delegations(actor).filter(revoked_at=None), pk=delegation_id)
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    note(actor, "delegation-ended", f"Délégation retirée : {row}", at=at)


def shut_out(membership: Membership, *, at: datetime, today: date) -> None:
    """A leaver: the tokens of the membership end, and the person's sessions when no other membership is left."""
    ApiToken.objects.filter(membership=membership, revoked_at=None).update(revoked_at=at)
    if not selectors.list_memberships(membership.person_id, on=today):
        end_sessions(membership.person_id)


def end_sessions(person_id: uuid.UUID, *, but: str = "", only: int | None = None) -> int:
    """Close the sessions of a person: all of them, ``only`` one, or all ``but`` the one of a key. How many."""
    rows = UserSession.objects.filter(user_id=person_id).exclude(session_key=but)
    return _close(rows.filter(pk=only) if only is not None else rows)


def end_sessions_of_provider(told: Mapping[str, str]) -> int:
    """Close the sessions that the provider of identity opened and has ended; how many.

    ``told`` is the ``sub`` of the person, the ``sid`` of one session, or both: without ``sid``, all those of the person.
    """
    return _close(UserSession.objects.filter(data__proconnect__contains=dict(told)))


def _close(rows: QuerySet[UserSession]) -> int:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for row in rows:
        store(row.session_key).delete()
    return int(rows.delete()[0])


def _lock(actor: Actor, membership_id: uuid.UUID) -> Membership:
    """A membership of my organisation; the organisation is locked, so that two last administrators never leave at once."""
    row = get_object_or_404(Membership, pk=membership_id, organisation_id=actor.organisation_id)
    Organisation.objects.select_for_update().get(pk=actor.organisation_id)
    return Membership.objects.select_for_update(of=("self",)).select_related("person", "organisation").get(pk=row.pk)


def _other_administrators(row: Membership, today: date) -> int:
    rows = Membership.objects.filter(organisation_id=row.organisation_id, roles__contains=[Role.ADMINISTRATOR.value])
    return (
        rows.filter(ends_on=None, starts_on__lte=today, person__is_active=True).exclude(person_id=row.person_id).count()
    )


def _save(row: Membership | Delegation) -> None:
    try:
        with transaction.atomic():
            row.save()
    except IntegrityError as error:
        for constraint in row._meta.constraints:  # noqa: SLF001  Django's public-by-use
            with suppress(AttributeError):
                if constraint.name in str(error):
                    raise DomainError(str(constraint.violation_error_message)) from error
        raise


def _reason(reason: str) -> None:
    if not reason.strip():
        Decision.no("Dites le motif : il est inscrit au journal de votre organisme.").or_raise()
