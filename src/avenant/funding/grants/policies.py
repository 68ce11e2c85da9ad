"""Who grants, pays and follows an aid; and why not."""

from __future__ import annotations

from decimal import Decimal

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor
from avenant.funding.dossiers.models import Dossier

GRANTING = (Role.ARS_CALL_OFFICER, Role.ARS_DECISION_MAKER)


def may_open(actor: Actor, dossier: Dossier, amount: Decimal) -> Decision:
    """The authority of the call opens the aid of a complete dossier, for a positive amount."""
    if actor.organisation_id != dossier.call.owner_id or not actor.has(*GRANTING):
        return Decision.no("Une aide est accordée par l’autorité qui porte l’appel.")
    if dossier.state != "complete":
        return Decision.no(f"Le dossier est « {dossier.state_label} » : seul un dossier complet reçoit une aide.")
    if amount <= 0:
        return Decision.no("Le montant accordé est positif.")
    return Decision.yes()
