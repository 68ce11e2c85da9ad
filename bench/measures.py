"""What is measured: each measure says its bar, runs, and gives its figure with the number of queries."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from urllib.parse import quote

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from avenant.contracts.drafting.models import Contract
from avenant.foundations.accounts.middleware import DEMONSTRATION
from avenant.foundations.meetings.models import Session
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership
from avenant.indicators.campaigns.models import Campaign
from avenant.indicators.declarations.models import Part
from bench import directory, world
from bench.figures import Figure

RUNS = 15


def actor(email: str) -> Actor:
    return Actor.of(Membership.objects.select_related("person", "organisation", "unit").get(person__email=email))


def page(name: str, client: Client, address: str, bar: str = "100 ms, 20 requêtes") -> Figure:
    """Median time of a page on the server, and its queries (session and person included)."""
    client.get(address)
    with CaptureQueriesContext(connection) as captured:
        response = client.get(address)
    queries = len(captured)  # read now: the next request empties the log
    if response.status_code != 200:
        raise RuntimeError(f"{name}: {address} answers {response.status_code}")
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - start) * 1000)
    return Figure(name, statistics.median(times), queries, bar)


def signed_in(email: str) -> Client:
    client = Client(SERVER_NAME="localhost")
    client.force_login(get_user_model().objects.get(email=email))
    session = client.session
    session[DEMONSTRATION] = True  # as the buttons of the sign-in page do: no second factor to set up
    session.save()
    return client


def walks() -> dict[str, list[str]]:
    """What fifty people look at, by person."""
    labour, service = actor(world.LABOUR), actor(world.SERVICE)
    with acting_as(labour):
        campaign = Campaign.objects.visible_to(labour).get(year=2025)
    with acting_as(service):
        part = Part.objects.visible_to(service).get(declaration__year=2025, provider="service")
    return {
        world.LABOUR: ["/", campaign.page(), f"/bilans/regions/{campaign.pk}", "/contrats/"],
        world.SERVICE: ["/", part.page()],
    }


def pages() -> Iterator[Figure]:
    """The pages of the collection, at the volume of the design."""
    labour, service = actor(world.LABOUR), actor(world.SERVICE)
    with acting_as(labour):
        campaign = Campaign.objects.visible_to(labour).get(year=2025)
    with acting_as(service):
        part = (
            Part.objects.visible_to(service)
            .select_related("declaration")
            .get(declaration__year=2025, provider="service")
        )
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
    yield page("annuaire, première page (150 000)", theirs, "/annuaire/")
    middle = world.ESTABLISHMENTS // 2
    searched = {
        "nom": "lavandes 123", "mot courant": "residence", "commune": "mont rouge", "SIRET": directory.siret(middle),
        "FINESS": directory.finess(middle),
    }  # fmt: skip
    for what, words in searched.items():
        yield page(f"annuaire, par {what}", theirs, f"/annuaire/?q={quote(words)}")


def contract_pages() -> Iterator[Figure]:
    """The pages of one contract and of its region: 200 contracts, 300 commitments, 12 amendments."""
    service = actor(world.SERVICE)
    theirs, ours = signed_in(world.LABOUR), signed_in(world.SERVICE)
    with acting_as(service):
        session = Session.objects.visible_to(service).select_related("committee").get(year=2026)
        contract = Contract.objects.visible_to(service).get(circle_id=session.circle_id)
    address = contract.page()
    yield page("les contrats de la région (200)", theirs, "/bilans/cpom?annee=2025")
    yield page("mes actions (200 contrats)", theirs, "/contrats/mes-actions")
    yield page("un contrat (300 engagements, 12 avenants)", ours, address)
    yield page("les engagements d’un contrat (300)", ours, f"{address}/engagements")
    yield page("les avenants d’un contrat (12)", ours, f"{address}/avenants")
    yield page("les actions d’un contrat", ours, f"{address}/actions")
    compared = f"{address}/texte/comparer?du=2016-01-01&au=2025-12-31"
    yield page("comparaison de deux dates (330 clauses)", ours, compared, "300 ms, 20 requêtes")
    yield page("une séance (30 points, 300 engagements)", ours, session.page())


def timed(name: str, bar: str, act: Callable[[], object], *, runs: int = 3) -> Figure:
    """Best of a few runs of an act that writes or computes."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        act()
        times.append((time.perf_counter() - start) * 1000)
    with CaptureQueriesContext(connection) as captured:
        act()
    return Figure(name, min(times), len(captured), bar)
