"""May this actor recompute a region's figures, publish them, write a review, sign it off."""

from __future__ import annotations

from collections.abc import Sequence

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.strands import strand_name
from avenant.foundations.journal.states import may_advance
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.consolidation.models import Review, ReviewItem
from avenant.indicators.declarations.models import Part

BASIS = "CPOM PACA 2025-2029, article 7"
PARTNERS_BASIS = "CPOM PACA 2025-2029, article 6"
AUTHORITIES = (OrganisationKind.LABOUR, OrganisationKind.FUND)
WRITERS = (Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT, Role.SERVICE_MANAGER)


def may_consolidate(actor: Actor) -> Decision:
    """The authorities of the region consolidate and compare by name."""
    if actor.kind not in AUTHORITIES:
        return Decision.no("La consolidation régionale revient à la direction du travail et à la caisse.", BASIS)
    return Decision.yes()


def may_read_cockpit(actor: Actor) -> Decision:
    """The cockpit of the region's contracts is its authorities'; each sees the contracts to which it is a party."""
    if actor.kind not in (*AUTHORITIES, OrganisationKind.ARS):
        return Decision.no(
            "Le tableau de bord des contrats est celui de la direction du travail, de la caisse et de l’agence régionale "
            "de santé."
        )
    return Decision.yes()


def may_publish(actor: Actor, campaign: Campaign, *, consolidated: bool, partners: int) -> Decision:
    """The labour directorate publishes the note to the social partners, on the figures of a closed campaign."""
    if not actor.has(Role.LABOUR_LEAD):
        return Decision.no("Publier la note aux partenaires sociaux revient à la direction du travail.", PARTNERS_BASIS)
    if not consolidated:
        return Decision.no("Rien n’est encore consolidé : lancez d’abord la consolidation de la campagne.")
    if campaign.state != "closed":
        return Decision.no(
            "La campagne n’est pas close : publiez ses chiffres quand ils ne bougent plus.", PARTNERS_BASIS
        )
    if not partners:
        return Decision.no("Aucun organisme de partenaires sociaux n’est enregistré dans la région.")
    return Decision.yes()


def may_follow_up(actor: Actor) -> Decision:
    """The parties' people in charge say what became of a decision."""
    if not actor.has(*WRITERS):
        return Decision.no("La suite donnée se dit par les responsables CPOM des parties.", BASIS)
    return Decision.yes()


def may_comment_review(actor: Actor, text: str = "…") -> Decision:
    """Who works on the contract may comment; a reader reads."""
    if not actor.has(*WRITERS, Role.SERVICE_CONTRIBUTOR):
        return Decision.no("Les commentaires sont ceux des personnes qui suivent le contrat.", BASIS)
    return Decision.yes() if text.strip() else Decision.no("Écrivez un commentaire avant de l’enregistrer.")


def may_own_item(owner: Organisation, parties: Sequence[Organisation]) -> Decision:
    """A way to improve or a decision belongs to a party of the contract."""
    if owner.pk not in [party.pk for party in parties]:
        return Decision.no(f"{owner.short_name} n’est pas partie à ce contrat : choisissez un responsable parmi elles.")
    return Decision.yes()


def may_write_review(actor: Actor) -> Decision:
    """The committee's parties write the review; the secretariat is the service's (article 7)."""
    if not actor.has(*WRITERS):
        return Decision.no("Le bilan s’écrit par les responsables CPOM des parties.", BASIS)
    return Decision.yes()


def may_edit_review(actor: Actor, review: Review) -> Decision:
    """A review is written until it is signed off."""
    if review.state != "draft":
        return Decision.no("Le bilan est arrêté : il ne se modifie plus sans le rouvrir par décision.", BASIS)
    return may_write_review(actor)


def may_edit_item(actor: Actor, item: ReviewItem) -> Decision:
    """A line of a review is changed while it is written; what the committee decided, in the minutes of its session."""
    if item.decided_in is not None:
        return Decision.no(
            f"Cette décision est celle du comité ({item.decided_in.session.when})\u202f: elle se modifie dans sa séance.",
            BASIS,
        )
    return may_edit_review(actor, item.review)


def may_sign_off(actor: Actor, review: Review, *, empty_strands: Sequence[str], parts: Sequence[Part]) -> Decision:
    """Every strand has its qualitative text and every part of the year is validated."""
    decision = may_advance(review, "sign_off", actor)
    if not decision.allowed:
        return decision
    if empty_strands:
        named = ", ".join(strand_name(strand) for strand in empty_strands)
        return Decision.no(f"Il manque le bilan qualitatif : {named}.", BASIS)
    waiting = [part for part in parts if part.state not in ("validated", "consolidated")]
    if waiting:
        named = ", ".join(f"{part.owner.short_name} ({part.state_label})" for part in waiting)
        return Decision.no(f"Toutes les parts de la déclaration ne sont pas validées : {named}.", BASIS)
    return Decision.yes()
