"""May this actor recompute a region's figures, write a review, sign it off."""

from __future__ import annotations

from collections.abc import Sequence

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.indicators.consolidation.models import Review
from avenant.indicators.declarations.models import Part

BASIS = "CPOM PACA 2025-2029, article 7"
WRITERS = (Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT, Role.SERVICE_MANAGER)
STRANDS = {"volet-1": "volet 1", "volet-2": "volet 2", "volet-3": "volet 3"}


def may_consolidate(actor: Actor) -> Decision:
    """The authorities of the region consolidate and compare by name."""
    if actor.kind not in (OrganisationKind.LABOUR, OrganisationKind.FUND):
        return Decision.no("La consolidation régionale revient à la direction du travail et à la caisse.", BASIS)
    return Decision.yes()


def may_write_review(actor: Actor) -> Decision:
    """The committee's parties write the review; the secretariat is the service's (article 7)."""
    if not actor.has(*WRITERS):
        return Decision.no("Le bilan s’écrit par les responsables CPOM des parties.", BASIS)
    return Decision.yes()


def may_edit_review(actor: Actor, review: Review) -> Decision:
    """A review is written until it is signed off."""
    if review.state != "draft":
        return Decision.no("Le bilan est arrêté : il ne se modifie plus sans le rouvrir par décision.", BASIS)
    return may_write_review(actor)


def may_sign_off(actor: Actor, review: Review, *, empty_strands: Sequence[str], parts: Sequence[Part]) -> Decision:
    """Every strand has its qualitative text and every part of the year is validated."""
    decision = may_advance(review, "sign_off", actor)
    if not decision.allowed:
        return decision
    if empty_strands:
        named = ", ".join(STRANDS.get(strand, strand) for strand in empty_strands)
        return Decision.no(f"Il manque le bilan qualitatif : {named}.", BASIS)
    waiting = [part for part in parts if part.state not in ("validated", "consolidated")]
    if waiting:
        named = ", ".join(f"{part.owner.short_name} ({part.state_label})" for part in waiting)
        return Decision.no(f"Toutes les parts de la déclaration ne sont pas validées : {named}.", BASIS)
    return Decision.yes()
