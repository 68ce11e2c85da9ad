"""May this actor bring a counted file, take its values, share its tables, change a region's thresholds."""

from __future__ import annotations

from datetime import datetime

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.indicators import Provider
from avenant.foundations.parties.actors import Actor
from avenant.indicators.declarations import policies as declarations
from avenant.indicators.declarations.models import Part

BASIS = "CPOM PACA 2025-2029, article 6"
SECRECY = "secret statistique, paramètre de la région"
AUTHORITIES = (OrganisationKind.LABOUR, OrganisationKind.FUND)


def may_import(actor: Actor, part: Part, *, at: datetime) -> Decision:
    """The service brings what it counted while its part is open; once handed in, the way is to have it reopened."""
    if part.provider != Provider.SERVICE:
        return Decision.no("Le collecteur compte les indicateurs du service\u202f: ouvrez la part du service.", BASIS)
    if declarations.holds_pen(actor, part) and part.state not in declarations.EDITABLE:
        ask = "de vous la renvoyer" if part.state == "submitted" else "de la rouvrir, avec votre motif"
        return Decision.no(
            f"Cette part est «\u202f{part.state_label}\u202f»\u202f: une nouvelle déclaration comptée n’y entre pas. "
            f"Demandez à la direction du travail {ask}, puis déposez de nouveau le fichier.",
            BASIS,
        )
    return declarations.may_fill(actor, part, at=at)


def may_share(actor: Actor, *, own: bool, kept: bool, safe: bool) -> Decision:
    """The service that answers for a return shares the protected tables of its cell with the parties of its contract."""
    if not (own and actor.has(Role.SERVICE_MANAGER)):
        return Decision.no("Partager le profil revient au responsable du CPOM du service.", BASIS)
    if not kept:
        return Decision.no("Aucune table n’attend d’être partagée\u202f: importez d’abord une déclaration comptée.")
    if not safe:
        return Decision.no("Les seuils de la région ont été relevés\u202f: refaites la déclaration comptée.", SECRECY)
    return Decision.yes()


def may_read_region(actor: Actor) -> Decision:
    """The regional profile is read by the authorities of the region."""
    if actor.kind not in AUTHORITIES:
        return Decision.no("Le profil régional est lu par la direction du travail et la caisse.", BASIS)
    return Decision.yes()


def may_read_thresholds(actor: Actor) -> Decision:
    """The authorities of the region read its thresholds and who changed them."""
    if actor.kind not in AUTHORITIES:
        return Decision.no("Les seuils de la région sont suivis par la direction du travail et la caisse.", SECRECY)
    return Decision.yes()


def may_change_thresholds(actor: Actor, *, settled: bool, reason: str = "…") -> Decision:
    """Only the administrator of the region's labour directorate changes a threshold, with a reason."""
    if actor.kind is not OrganisationKind.LABOUR or not actor.has(Role.ADMINISTRATOR):
        return Decision.no(
            "Les seuils du secret statistique se changent par l’administrateur de la direction du travail.", SECRECY
        )
    if not settled:
        return Decision.no("La région n’a pas encore de campagne\u202f: préparez-en une d’abord.")
    if not reason.strip():
        return Decision.no("Un changement de seuil demande un motif\u202f: il est gardé au journal.", SECRECY)
    return Decision.yes()
