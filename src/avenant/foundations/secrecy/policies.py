"""May this actor lift the confidentiality of an item, let an auditor read, govern what was acknowledged."""

from __future__ import annotations

from datetime import date
from typing import Final
from uuid import UUID

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision
from avenant.foundations.parties.actors import Actor
from avenant.foundations.secrecy.models import AuditRight, SecurityPolicy

ARTICLE_8: Final = "CPOM PACA 2025-2029, article 8"
DECIDERS: Final = (Role.LABOUR_LEAD, Role.FUND_CORRESPONDENT, Role.SERVICE_MANAGER)
LONGEST_AUDIT: Final = 366


def may_withdraw(actor: Actor) -> Decision:
    """The administrator makes the people of their organisation respect the rules of the article."""
    if not actor.has(Role.ADMINISTRATOR):
        return Decision.no("Le secret professionnel de votre organisme est suivi par son administrateur.", ARTICLE_8)
    return Decision.yes()


def may_decide(actor: Actor, *, auditor: bool) -> Decision:
    """Who speaks for a party decides; an auditor only reads."""
    if auditor:
        return Decision.no("Vous lisez ce dossier au titre d’un audit : rien ne s’y écrit.", ARTICLE_8)
    if not actor.has(*DECIDERS):
        names = ", ".join(role.label for role in DECIDERS)
        return Decision.no(f"Cette décision revient à une partie\u202f: {names}.", ARTICLE_8)
    return Decision.yes()


def may_lift(actor: Actor, owner_id: UUID, *, auditor: bool) -> Decision:
    """The organisation that owns the item, by who speaks for it."""
    if owner_id != actor.organisation_id:
        return Decision.no("Seul l’organisme qui a produit cet élément peut en lever la confidentialité.", ARTICLE_8)
    return may_decide(actor, auditor=auditor)


def may_audit(actor: Actor, *, auditor: bool, starts_on: date, last_day: date, today: date) -> Decision:
    """From today at the earliest, for a year at most."""
    if not (decision := may_decide(actor, auditor=auditor)).allowed:
        return decision
    if starts_on < today or last_day < starts_on:
        return Decision.no("Un audit commence aujourd’hui au plus tôt, et finit après avoir commencé.")
    if (last_day - starts_on).days >= LONGEST_AUDIT:
        return Decision.no("Un audit dure un an au plus : au-delà, décidez-en un nouveau.")
    return Decision.yes()


def may_end(actor: Actor, audit: AuditRight, *, auditor: bool) -> Decision:
    """Any party ends an audit that runs or is to come."""
    if audit.ended_at is not None:
        return Decision.no("Cet audit est déjà terminé.")
    return may_decide(actor, auditor=auditor)


def may_share(actor: Actor, policy: SecurityPolicy) -> Decision:
    """The party that owns a security policy shares it, nobody else."""
    if policy.owner_id != actor.organisation_id:
        return Decision.no("Cette politique de sécurité est celle d’un autre organisme.", ARTICLE_8)
    return may_decide(actor, auditor=False)


def may_retain(actor: Actor) -> Decision:
    """The administrator of the platform approves what is eliminated."""
    if not actor.has(Role.PLATFORM_ADMINISTRATOR):
        return Decision.no("Les durées de conservation sont suivies par l’administrateur de la plateforme.")
    return Decision.yes()
