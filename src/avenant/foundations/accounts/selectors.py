"""Reads of the accounts. The people, invitations and log of an organisation are read by its own administrators."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Mapping
from datetime import date, datetime
from typing import Any

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce, JSONObject

from avenant.domain.audiences import Role
from avenant.foundations.accounts.models import Delegation, Invitation, Proposal, SecurityEntry, User
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Membership, Organisation, Unit

Acknowledgements = Callable[[uuid.UUID, Collection[uuid.UUID]], Mapping[uuid.UUID, date]]
_acknowledgements: list[Acknowledgements] = []


def tell_acknowledgements(source: Acknowledgements) -> None:
    """Say who knows on which day each person of an organisation has acknowledged professional secrecy."""
    _acknowledgements[:] = [source]


def list_memberships(person_id: uuid.UUID, *, on: date) -> list[Membership]:
    """The memberships that a person holds on a day, fetched with what an actor is made of.

    ``lent`` of each: the roles that colleagues lend it that day, in the same query.
    """
    lent = Delegation.objects.filter(
        _current(on), borrower=OuterRef("pk"), revoked_at=None, lender__person__is_active=True
    ).filter(Q(lender__ends_on=None) | Q(lender__ends_on__gt=on))
    return list(
        Membership.objects.filter(_current(on), person_id=person_id)
        .select_related("person", "organisation", "unit")
        .annotate(
            loans=ArraySubquery(
                lent.values(json=JSONObject(roles="roles", own="lender__roles", lender="lender__person__name"))
            )
        )
        .order_by("organisation__name", "unit__name")
    )


def loans_of(membership: Membership) -> list[tuple[Role, str]]:
    """What colleagues lend to a membership of :func:`list_memberships`: only what they still hold themselves."""
    loans: list[dict[str, object]] = getattr(membership, "loans", [])
    return [
        (Role(role), str(loan["lender"]))
        for loan in loans
        for role in loan["roles"]  # type: ignore[attr-defined]
        if role in loan["own"]  # type: ignore[operator]
    ]


def get_own(actor: Actor) -> Membership:
    """The membership in whose name the actor acts."""
    return Membership.objects.get(person_id=actor.person_id, pk=str(actor.membership_id))


def list_roles(person_id: uuid.UUID, *, on: date) -> frozenset[Role]:
    """Every role that a person holds on a day or will hold, in any organisation."""
    rows = Membership.objects.filter(Q(ends_on=None) | Q(ends_on__gt=on), person_id=person_id)
    return frozenset(Role(role) for roles in rows.values_list("roles", flat=True) for role in roles)


def holds_second_factor(person_id: uuid.UUID) -> bool:
    """Has the person an authenticator application or a security key. Recovery codes alone are none."""
    return _second_factors().filter(user_id=person_id).exists()


def list_people(actor: Actor) -> QuerySet[Membership]:
    """Who works or has worked for my organisation, whether each has a second factor."""
    return (
        Membership.objects.filter(organisation_id=actor.organisation_id)
        .select_related("person", "unit", "organisation")
        .annotate(second_factor=Exists(_second_factors().filter(user_id=OuterRef("person_id"))))
    )


def list_acknowledged(actor: Actor, people: Collection[uuid.UUID]) -> Mapping[uuid.UUID, date]:
    """On which day each of ``people`` has acknowledged professional secrecy for my organisation."""
    return _acknowledgements[0](actor.organisation_id, people) if _acknowledgements else {}


def list_invitations(actor: Actor) -> QuerySet[Invitation]:
    """The invitations of my organisation that nobody has answered."""
    rows = Invitation.objects.filter(organisation_id=actor.organisation_id, accepted_at=None, revoked_at=None)
    return rows.select_related("unit", "invited_by")


def list_proposals(actor: Actor) -> QuerySet[Proposal]:
    """The people who wait for the answer of my organisation."""
    return Proposal.objects.filter(organisation_id=actor.organisation_id, answered_at=None).select_related("person")


def list_units(actor: Actor) -> QuerySet[Unit]:
    """The units of my organisation."""
    return Unit.objects.filter(organisation_id=actor.organisation_id)


def list_colleagues(actor: Actor, *, on: date) -> QuerySet[Membership]:
    """Those of my organisation to whom I can lend a role."""
    rows = Membership.objects.filter(_current(on), organisation_id=actor.organisation_id, person__is_active=True)
    return rows.exclude(person_id=actor.person_id).select_related("person", "unit").order_by("person__name")


def list_delegations(actor: Actor) -> QuerySet[Delegation]:
    """What I lend and what is lent to me in this organisation, the last first; an administrator reads all of them."""
    rows = Delegation.objects.filter(lender__organisation_id=actor.organisation_id)
    if not actor.has(Role.ADMINISTRATOR):
        rows = rows.filter(Q(lender__person_id=actor.person_id) | Q(borrower__person_id=actor.person_id))
    return rows.select_related("lender__person", "borrower__person")


def list_sessions(actor: Actor) -> QuerySet[UserSession]:
    """My sessions, the last opened first."""
    rows: QuerySet[UserSession] = UserSession.objects.filter(user_id=actor.person_id).order_by("-created_at")
    return rows


def list_security_entries(actor: Actor) -> QuerySet[Any]:
    """What the people of my organisation opened, took away or were refused, the last first; ``file`` is the title of
    the file, when I see it."""
    title = Circle.objects.filter(pk=OuterRef("space")).values("title")
    rows = SecurityEntry.objects.filter(organisation_id=actor.organisation_id).select_related("person")
    return rows.annotate(file=Coalesce(Subquery(title), Value("")))


def find_organisation(siret: str) -> Organisation | None:
    """The organisation of a SIRET, by its SIREN, when only one has it."""
    found = list(Organisation.objects.filter(siren=siret[:9])[:2]) if len(siret) == 14 and siret.isdigit() else []
    return found[0] if len(found) == 1 else None


def list_unused(*, before: datetime) -> QuerySet[User]:
    """Open accounts whose last sign-in (or opening) is before an instant. For a job."""
    rows = User.objects.filter(is_active=True)
    return rows.filter(Q(last_login__lt=before) | Q(last_login=None, joined_at__lt=before))


def _current(on: date) -> Q:
    return Q(starts_on__lte=on) & (Q(ends_on=None) | Q(ends_on__gt=on))


def _second_factors() -> QuerySet[Authenticator]:
    kinds = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
    rows: QuerySet[Authenticator] = Authenticator.objects.filter(type__in=kinds)
    return rows
