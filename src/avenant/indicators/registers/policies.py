"""Who keeps registers and lists, who asks for a match, and why not."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Final

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.decision import Decision
from avenant.domain.neutral_count import Stage
from avenant.foundations.parties.actors import Actor
from avenant.indicators.registers.models import BlindCount, EstablishmentList, Match, Structure

SMALLEST_LIST: Final = 5
"""A list of fewer establishments is not matched: its answer would be about each of them."""

QUESTIONS: Final = 3
"""Matches that may be asked for one kind, strand and year: a first list and two corrections."""

KEEPERS: Final = (Role.SERVICE_MANAGER, Role.SERVICE_CONTRIBUTOR)
FACT: Final = "CPOM PACA 2025-2029, volet 2, FACT aide à domicile"
MATCHING: Final = "Instruction conjointe du 12 juillet 2024, annexe 4"


def may_keep_register(actor: Actor) -> Decision:
    """The register of a service is kept by its people."""
    if actor.kind is OrganisationKind.SERVICE and actor.has(*KEEPERS):
        return Decision.yes()
    return Decision.no("Le registre est tenu par le responsable du CPOM et les contributeurs du service.")


def may_import_list(actor: Actor, kind: str) -> Decision:
    """A service lists what it did; the fund lists what it follows under the COG."""
    if kind == EstablishmentList.Kind.COG:
        if actor.kind is OrganisationKind.FUND and actor.has(Role.FUND_CORRESPONDENT):
            return Decision.yes()
        return Decision.no(
            "La liste des établissements suivis dans le cadre de la COG est celle de la caisse.", MATCHING
        )
    return may_keep_register(actor)


def may_change(actor: Actor, listing: EstablishmentList) -> Decision:
    """Share it, take it back, ask for its match: its owner alone, with the rights to have made it."""
    if listing.owner_id != actor.organisation_id:
        return Decision.no("Cette liste appartient à l’organisme qui l’a établie.")
    return may_import_list(actor, listing.kind)


def may_share(actor: Actor, listing: EstablishmentList) -> Decision:
    if listing.shared:
        return Decision.no("Cette liste est déjà partagée avec les parties au contrat.")
    return may_change(actor, listing)


def may_discard(actor: Actor, listing: EstablishmentList, asked: Iterable[Match]) -> Decision:
    if any(one.listing_id == listing.pk for one in asked):
        return Decision.no("Cette liste a servi à un rapprochement : elle est conservée. Déposez-en une autre.")
    if listing.shared:
        return Decision.no("Cette liste est partagée : elle est conservée. Déposez-en une autre.")
    return may_change(actor, listing)


def may_match(
    actor: Actor, listing: EstablishmentList, asked: Iterable[Match], twins: Iterable[EstablishmentList]
) -> Decision:
    """May the owner of ``listing`` ask how many of its lines the fund follows.

    ``asked`` are the owner's former questions of the same file, kind, strand and year; ``twins`` its lists that were
    already matched and hold the same establishments.
    """
    allowed = may_change(actor, listing)
    if not allowed.allowed:
        return allowed
    former = list(asked)
    if listing.kind == EstablishmentList.Kind.COG:
        return Decision.no(
            "C’est le service qui demande le rapprochement de sa liste avec celle de la caisse.", MATCHING
        )
    if any(one.listing_id == listing.pk for one in former) or any(twins):
        return Decision.no("Ce rapprochement est déjà demandé pour les mêmes établissements.")
    if listing.size < SMALLEST_LIST:
        return Decision.no(
            f"Une liste de moins de {SMALLEST_LIST} établissements n’est pas rapprochée : "
            "la réponse désignerait presque chacun d’eux."
        )
    if len(former) >= QUESTIONS:
        return Decision.no(
            f"{QUESTIONS} rapprochements ont déjà été demandés pour cette nature, ce volet et cette année. "
            "Voyez avec la caisse, au comité de suivi, ce qui doit être corrigé.",
            MATCHING,
        )
    return Decision.yes()


def may_count_blindly(actor: Actor, kind: str, asked: bool, shared: bool) -> Decision:
    """May a service ask a neutral count: ``asked`` and ``shared`` say whether the same question was asked, blindly or by
    a list matched on the platform. One way a question: two answers side by side would tell more than each."""
    keeper = may_keep_register(actor)
    if not keeper.allowed:
        return Decision.no("Le compte neutre est demandé par le service, pour sa propre liste.", MATCHING)
    if kind == EstablishmentList.Kind.COG:
        return Decision.no(
            "La liste de la COG est celle de la caisse : le service demande le compte pour la sienne.", MATCHING
        )
    if asked:
        return Decision.no("Ce compte neutre est déjà demandé : une question ne se pose qu’une fois.", MATCHING)
    if shared:
        return Decision.no(
            "Cette part est déjà comptée par rapprochement de listes : deux comptes mis côte à côte en diraient trop.",
            MATCHING,
        )
    return Decision.yes()


def may_bring(
    actor: Actor, count: BlindCount, stage: Stage | None, brought: Iterable[tuple[uuid.UUID, str]]
) -> Decision:
    """May the actor's organisation bring its message of this stage; ``brought`` are the (organisation, stage) there.

    ``stage`` is None when a side has brought all of its messages.
    """
    sides = (count.owner_id, count.counterpart_id)
    if actor.organisation_id not in sides:
        return Decision.no("Seuls le service et la caisse déposent les messages de ce compte neutre.")
    keeper = may_import_list(actor, "cog" if actor.organisation_id == count.counterpart_id else "trained")
    if not keeper.allowed:
        return keeper
    if stage is None:
        return Decision.no("Vos trois messages sont déposés : le compte se fait dès que l’autre partie a répondu.")
    known = set(brought)
    if (actor.organisation_id, stage.value) in known:
        return Decision.no(f"Votre message « {stage.label} » est déjà déposé : il ne se remplace pas.")
    before = {Stage.COMMITTED: None, Stage.BLINDED: Stage.COMMITTED, Stage.DOUBLED: Stage.BLINDED}[stage]
    if before and any((side, before.value) not in known for side in sides):
        return Decision.no(f"Les deux parties déposent d’abord leur message « {before.label} ».")
    return Decision.yes()


def may_follow(actor: Actor) -> Decision:
    """The service that accompanies the structures keeps their milestones."""
    if actor.kind is OrganisationKind.SERVICE and actor.has(*KEEPERS):
        return Decision.yes()
    return Decision.no("Le suivi des structures est tenu par le service de prévention qui les accompagne.", FACT)


def may_note(actor: Actor, service_id: uuid.UUID) -> Decision:
    """Objectives and the cell are told by the service of the contract; the other parties read them."""
    if actor.organisation_id != service_id:
        return Decision.no("Le suivi des objectifs et de la cellule est tenu par le service partie au contrat.")
    if actor.has(*KEEPERS):
        return Decision.yes()
    return Decision.no("Le suivi est tenu par le responsable du CPOM et les contributeurs du service.")


def may_tell(actor: Actor, structure: Structure) -> Decision:
    """Grids and milestones of a structure are told by the service that accompanies it; the other parties read them."""
    if structure.owner_id != actor.organisation_id:
        return Decision.no("Cette structure est suivie par le service qui l’accompagne.", FACT)
    return may_follow(actor)


def may_withdraw(actor: Actor, structure: Structure) -> Decision:
    """A structure entered by mistake is withdrawn as long as no milestone is validated."""
    if any(one.validated for one in structure.milestones):
        return Decision.no("Un jalon de cette structure est validé : son suivi est conservé.", FACT)
    return may_tell(actor, structure)
