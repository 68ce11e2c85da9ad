"""The pages of a region at the volume of the design: the collection, the directory, the contracts."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import quote

from avenant.contracts.drafting.models import Contract
from avenant.domain.french import format_number
from avenant.foundations.meetings.models import Session
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.secrecy.services.notice import acknowledge
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations.models import Part
from bench import directory, world
from bench.figures import Figure
from bench.pages import actor, page, signed_in


def _own_part() -> Part:
    """The service's part of the last year, its file entered."""
    service = actor(world.SERVICE)
    with acting_as(service):
        rows = Part.objects.visible_to(service).select_related("declaration")
        part = rows.get(declaration__year=world.YEARS[-1], provider="service")
        acknowledge(actor=service, circle_id=part.circle_id, purpose="bilan", at=world.AT)
    return part


def _campaign() -> Campaign:
    labour = actor(world.LABOUR)
    with acting_as(labour):
        return Campaign.objects.visible_to(labour).get(year=world.YEARS[-1])


def walks() -> dict[str, list[str]]:
    """What fifty people look at, by person."""
    campaign, part = _campaign(), _own_part()
    return {
        world.LABOUR: ["/", campaign.page(), f"/bilans/regions/{campaign.pk}", "/contrats/"],
        world.SERVICE: ["/", part.page()],
    }


def pages() -> Iterator[Figure]:
    """The pages of the collection, at the volume of the design."""
    campaign, part = _campaign(), _own_part()
    theirs, ours = signed_in(world.LABOUR), signed_in(world.SERVICE)
    yield page("accueil (direction du travail, 11 000 cercles)", theirs, "/")
    yield page("tableau de bord d’une campagne", theirs, campaign.page())
    yield page("formulaire d’une part (60 indicateurs)", ours, part.page())
    yield page("chiffres de la région", theirs, f"/bilans/regions/{campaign.pk}")
    yield page("se situer parmi les services", ours, f"/bilans/positions/{part.declaration.contract_id}/2025")
    yield page("liste des contrats", theirs, "/contrats/")
    yield page("recherche dans tout ce que je vois", theirs, "/recherche?q=service+2025")
    contract = f"/contrats/{part.declaration.contract_id}"
    yield page("un contrat", ours, contract)
    yield page("le texte d’un contrat (330 clauses)", ours, f"{contract}/texte")


def directory_pages() -> Iterator[Figure]:
    """The directory of the region's world."""
    return _directory(world.LABOUR, world.ESTABLISHMENTS)


def national_directory() -> Iterator[Figure]:
    """The directory of the whole country."""
    return _directory(directory.READER, directory.NATION)


def _directory(reader: str, establishments: int) -> Iterator[Figure]:
    """The directory, by page and by what is typed."""
    theirs = signed_in(reader)
    said = format_number(establishments)
    yield page(f"annuaire de {said}, première page", theirs, "/annuaire/")
    middle = establishments // 2
    searched = {
        "nom": "lavandes 123", "mot courant": "residence", "commune": "mont rouge", "SIRET": directory.siret(middle),
        "FINESS": directory.finess(middle),
    }  # fmt: skip
    for what, words in searched.items():
        yield page(f"annuaire de {said}, par {what}", theirs, f"/annuaire/?q={quote(words)}")


def contract_pages() -> Iterator[Figure]:
    """The pages of one contract and of its region: 200 contracts, 300 commitments, 12 amendments."""
    service = actor(world.SERVICE)
    _own_part()
    theirs, ours = signed_in(world.LABOUR), signed_in(world.SERVICE)
    with acting_as(service):
        session = Session.objects.visible_to(service).select_related("committee").get(year=2026)
        contract = Contract.objects.visible_to(service).get(circle_id=session.circle_id)
    address = contract.page()
    yield page("les contrats de la région (200)", theirs, "/bilans/cpom?annee=2025")
    yield page("les contrats de 18 régions (200)", signed_in(world.NATIONWIDE), "/bilans/cpom?annee=2025")
    yield page("mes actions (200 contrats)", theirs, "/contrats/mes-actions")
    yield page("un contrat (300 engagements, 12 avenants)", ours, address)
    yield page("les engagements d’un contrat (300)", ours, f"{address}/engagements")
    yield page("les avenants d’un contrat (12)", ours, f"{address}/avenants")
    yield page("les actions d’un contrat", ours, f"{address}/actions")
    compared = f"{address}/texte/comparer?du=2016-01-01&au=2025-12-31"
    yield page("comparaison de deux dates (330 clauses)", ours, compared, 300)
    yield page("une séance (30 points, 300 engagements)", ours, session.page())
