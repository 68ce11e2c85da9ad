"""May this actor govern the accounts of an organisation, or lend a role."""

from __future__ import annotations

from collections.abc import Collection

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Membership


def may_administer(actor: Actor) -> Decision:
    """The administrator of an organisation governs its accounts, and no other's."""
    if not actor.has(Role.ADMINISTRATOR):
        return Decision.no("Les comptes de votre organisme sont tenus par son administrateur.")
    return Decision.yes()


def may_give(actor: Actor, roles: Collection[Role]) -> Decision:
    """The roles of one's own kind of organisation: no service names a pilot of the labour directorate."""
    if not (decision := may_administer(actor)).allowed:
        return decision
    foreign = sorted(role.label for role in roles if actor.kind not in role.kinds)
    if foreign:
        return Decision.no(f"Ce rôle n’est pas celui d’un organisme comme le vôtre\u202f: {', '.join(foreign)}.")
    return Decision.yes()


def may_reset_second_factor(actor: Actor, membership: Membership) -> Decision:
    """A colleague's, never one's own: recovery codes are for oneself."""
    if not (decision := may_administer(actor)).allowed:
        return decision
    if membership.person_id == actor.person_id:
        return Decision.no(
            "Votre propre second facteur se retrouve avec vos codes de secours, ou par un autre administrateur."
        )
    return Decision.yes()


def may_close(actor: Actor, membership: Membership) -> Decision:
    """One does not close one's own account."""
    if not (decision := may_administer(actor)).allowed:
        return decision
    if membership.person_id == actor.person_id:
        return Decision.no("Votre propre compte est fermé par un autre administrateur.")
    return Decision.yes()


def may_leave(membership: Membership, *, others: int) -> Decision:
    """The last administrator without end date stays: an organisation never remains without one."""
    if membership.ends_on is None and Role.ADMINISTRATOR.value in membership.roles and not others:
        return Decision.no(
            "Cette personne est le dernier administrateur de votre organisme : nommez d’abord quelqu’un d’autre."
        )
    return Decision.yes()


def may_lend(actor: Actor, own: Collection[str], roles: Collection[Role]) -> Decision:
    """One lends roles of one's own: what was lent is not lent further."""
    missing = [role.label for role in roles if role.value not in own]
    if not roles:
        return Decision.no("Choisissez au moins un rôle à déléguer.")
    if missing:
        return Decision.no(f"Vous ne tenez pas vous-même ce rôle : {', '.join(missing)}.")
    return Decision.yes()
