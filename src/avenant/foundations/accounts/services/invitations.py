"""Asking people in. The link of an invitation is signed, serves once, and dies at its date or when it is sent again."""

from __future__ import annotations

import uuid
from collections.abc import Collection
from datetime import date, datetime, timedelta
from smtplib import SMTPException
from typing import Any, Final

from allauth.account.models import EmailAddress
from django.conf import settings
from django.core import signing
from django.core.mail import send_mail
from django.db import transaction
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision, DomainError
from avenant.foundations.accounts import policies, selectors
from avenant.foundations.accounts.models import Invitation, User
from avenant.foundations.accounts.services.people import note
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership, Organisation

LIFE: Final = timedelta(days=7)
SALT: Final = "accounts.invitation"


@transaction.atomic
def invite(
    *,
    actor: Actor,
    email: str,
    name: str,
    roles: Collection[Role],
    unit_id: uuid.UUID | None,
    starts_on: date,
    ends_on: date | None,
    at: datetime,
) -> Invitation:
    """Ask a person into my organisation; the e-mail is sent by a job, and can be sent again."""
    policies.may_give(actor, roles).or_raise()
    if not roles:
        Decision.no("Donnez au moins un rôle à la personne invitée.").or_raise()
    if unit_id is not None:
        get_object_or_404(selectors.list_units(actor), pk=unit_id)
    row = _make(actor.organisation_id, email, name, roles, starts_on, ends_on, at, unit_id=unit_id, by=actor.person_id)
    note(actor, "invited", f"Invitation : {row.email}", at=at)
    return row


@transaction.atomic
def invite_first_administrator(*, organisation: Organisation, email: str, at: datetime) -> Invitation:
    """Open an organisation: its first administrator is asked in by whoever runs the platform, from the command line."""
    return _make(organisation.pk, email, "", {Role.ADMINISTRATOR}, timezone.localdate(at), None, at)


@transaction.atomic
def send_again(*, actor: Actor, invitation_id: uuid.UUID, at: datetime) -> Invitation:
    """Send a new link, good for seven days; the former one no longer opens."""
    row = _lock(actor, invitation_id)
    policies.may_administer(actor).or_raise()
    row.occurrence, row.expires_at, row.sent_at, row.failed_at = row.occurrence + 1, at + LIFE, None, None
    row.save(update_fields=["occurrence", "expires_at", "sent_at", "failed_at"])
    _defer(row)
    note(actor, "invited-again", f"Invitation renvoyée : {row.email}", at=at)
    return row


@transaction.atomic
def revoke_invitation(*, actor: Actor, invitation_id: uuid.UUID, at: datetime) -> None:
    """Take an invitation back: its link no longer opens."""
    row = _lock(actor, invitation_id)
    policies.may_administer(actor).or_raise()
    row.revoked_at = at
    row.save(update_fields=["revoked_at"])
    note(actor, "invitation-revoked", f"Invitation retirée : {row.email}", at=at)


def find_invitation(token: str, *, at: datetime) -> Invitation:
    """The invitation that a link opens; else says why it does not (:class:`DomainError`)."""
    try:
        said: dict[str, Any] = signing.loads(token, salt=SALT)
        row = Invitation.objects.select_related("organisation", "unit").get(pk=said["i"])
    except (signing.BadSignature, Invitation.DoesNotExist, KeyError, TypeError) as error:
        raise DomainError("Ce lien d’invitation n’est pas complet : ouvrez-le depuis le message reçu.") from error
    if row.accepted_at:
        raise DomainError("Cette invitation a déjà servi : connectez-vous avec l’adresse invitée.")
    if row.revoked_at or said.get("n") != row.occurrence or at >= row.expires_at:
        raise DomainError(
            "Cette invitation n’est plus valable : ouvrez le dernier message reçu, ou demandez à l’administrateur "
            "de votre organisme de la renvoyer."
        )
    return row


@transaction.atomic
def accept_invitation(*, token: str, name: str, password: str, at: datetime) -> User:
    """Open the account, or add the organisation to an account that exists (its password stays). Once only."""
    row = find_invitation(token, at=at)
    row = Invitation.objects.select_for_update(of=("self",)).select_related("organisation", "unit").get(pk=row.pk)
    if row.accepted_at:
        raise DomainError("Cette invitation a déjà servi : connectez-vous avec l’adresse invitée.")
    person = User.objects.filter(email=row.email).first()
    if person is None:
        person = User.objects.create_user(email=row.email, name=name, password=password)
    elif not person.is_active:
        person.is_active, person.warned_at, person.last_login = True, None, at
        person.save(update_fields=["is_active", "warned_at", "last_login"])
    EmailAddress.objects.get_or_create(user=person, email=row.email, defaults={"verified": True, "primary": True})
    membership, _ = Membership.objects.update_or_create(
        person=person,
        organisation=row.organisation,
        unit=row.unit,
        defaults={"roles": row.roles, "starts_on": row.starts_on, "ends_on": row.ends_on},
    )
    row.accepted_at = at
    row.save(update_fields=["accepted_at"])
    actor = Actor.of(membership)
    with acting_as(actor):
        note(actor, "invitation-accepted", f"Compte ouvert : {person.name}", at=at)
    return person


def send(*, invitation_id: uuid.UUID, occurrence: int, at: datetime) -> bool:
    """Send the e-mail of an invitation, once; did it go. A silent mail server is noted, and the invitation stays."""
    row = Invitation.objects.select_related("organisation", "invited_by").get(pk=invitation_id)
    if row.sent_at or row.revoked_at or row.accepted_at or row.occurrence != occurrence:
        return True
    address = reverse("accounts:accept-invitation", args=[sign(row)])
    context = {"invitation": row, "address": f"{settings.ADDRESS}{address}"}
    try:
        send_mail(
            f"Votre accès à Avenant pour {row.organisation.short_name}",
            render_to_string("accounts/mail/invitation.txt", context),
            None,
            [row.email],
        )
    except (OSError, SMTPException):
        Invitation.objects.filter(pk=row.pk).update(failed_at=at)
        return False
    Invitation.objects.filter(pk=row.pk).update(sent_at=at, failed_at=None)
    return True


def sign(row: Invitation) -> str:
    """The secret part of the link of an invitation, for its last sending."""
    return signing.dumps({"i": str(row.pk), "n": row.occurrence}, salt=SALT)


def _make(
    organisation_id: uuid.UUID,
    email: str,
    name: str,
    roles: Collection[Role],
    starts_on: date,
    ends_on: date | None,
    at: datetime,
    *,
    unit_id: uuid.UUID | None = None,
    by: uuid.UUID | None = None,
) -> Invitation:
    email = email.strip().lower()
    waiting = Invitation.objects.filter(organisation_id=organisation_id, email=email, accepted_at=None, revoked_at=None)
    if waiting.exists():
        raise DomainError("Cette adresse a déjà une invitation en attente : renvoyez-la ou retirez-la.")
    row = Invitation.objects.create(
        organisation_id=organisation_id,
        unit_id=unit_id,
        email=email,
        name=name.strip(),
        roles=sorted(role.value for role in roles),
        starts_on=starts_on,
        ends_on=ends_on,
        invited_by_id=by,
        invited_at=at,
        expires_at=at + LIFE,
    )
    _defer(row)
    return row


def _defer(row: Invitation) -> None:
    from avenant.foundations.accounts import tasks  # the jobs call these services

    tasks.send_invitation.defer(invitation_id=str(row.pk), occurrence=row.occurrence)


def _lock(actor: Actor, invitation_id: uuid.UUID) -> Invitation:
    return get_object_or_404(selectors.list_invitations(actor).select_for_update(of=("self",)), pk=invitation_id)
