"""May this actor keep a contact list, and if not why."""

from __future__ import annotations

from typing import Final

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.foundations.contacts.models import Contact, ContactList
from avenant.foundations.parties.actors import Actor

KEEPERS: Final = (Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT, Role.SERVICE_MANAGER, Role.ADMINISTRATOR)


def may_keep_lists(actor: Actor) -> Decision:
    """Those who speak for their organisation, and its administrator."""
    if not actor.has(*KEEPERS):
        roles = ", ".join(role.label for role in KEEPERS)
        return Decision.no(f"Les contacts d’un organisme sont tenus par\u202f: {roles}.")
    return Decision.yes()


def may_keep(actor: Actor, listing: ContactList) -> Decision:
    """Each organisation keeps its own list; the others read it."""
    if listing.organisation_id != actor.organisation_id:
        return Decision.no("Chaque organisme tient sa propre liste de contacts.")
    return may_keep_lists(actor)


def may_exchange(own: Contact | None) -> Decision:
    """Direct exchanges are about the establishments that one follows; ``own`` is the contact by which one does."""
    if own is None:
        return Decision.no(
            "Vous ne suivez pas cet établissement : la liste de contacts de votre organisme vous y désigne, avec votre courriel.",
            "Convention Martinique, article 6",
        )
    return Decision.yes()
