"""The joint audit: what is told outside the circle is what was put together and attacked, and nothing else."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.urls import reverse
from tests.apps.indicators.consolidation.test_figures import ranked
from tests.apps.indicators.consolidation.test_publication import MAY, close, partner, publish, small, words
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system

from avenant.domain.disclosure import TOTAL, Axis, Publication, Rules, assess, audit, cross, protect
from avenant.domain.indicators import Catalogue
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.campaigns.models import RegionSettings
from avenant.indicators.consolidation import auditing, selectors, services
from avenant.indicators.consolidation.models import BenchmarkLine, CampaignAudit
from avenant.indicators.consolidation.profile_tables import ProfileCounts
from avenant.indicators.consolidation.records import position_of

pytestmark = pytest.mark.django_db


def test_a_small_regional_count_and_what_gives_it_back_stay_inside(cast: Cast) -> None:
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, small, ranks=range(1, 6))
    region.consolidate(campaign)
    with as_system():
        made = CampaignAudit.objects.get(campaign=campaign)
    assert "pdp-1.3:total" in made.hidden
    assert (made.breaches, made.done, made.total) == ([], 4, 4)
    assert made.readers == 6, "the public and five services"
    page = signed_in(cast.labour).get(reverse("consolidation:audit", args=[campaign.pk])).content.decode()
    assert "Publication sûre" in page
    assert signed_in(cast.service).get(reverse("consolidation:audit", args=[campaign.pk])).status_code == 404


@pytest.mark.parametrize(("threshold", "told"), [(8, True), (9, False), (10, False), (11, False)])
def test_the_threshold_of_the_region_decides(cast: Cast, threshold: int, told: bool) -> None:
    """Five services of two persons: ten in all, and eight for a service that takes its own two away."""
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, small, ranks=range(1, 6))
    with as_system():
        RegionSettings.objects.update(small_count=threshold)
    region.consolidate(campaign)
    with as_system():
        found = CampaignAudit.objects.get(campaign=campaign)
    assert ("pdp-1.3:total" in found.told) is told
    assert ("pdp-1.3:total" in found.hidden) is not told


def test_ten_is_told_to_the_public_and_its_eight_to_no_service() -> None:
    """At a threshold of ten the public may read ten; a service that knows its two may not read the eight of others."""
    made = cross("m", (Axis.flat("service", [f"s{rank}" for rank in range(5)], owners=True),),
                 {(f"s{rank}",): 2 for rank in range(5)})  # fmt: skip
    made = Publication.of(map(auditing._printed, made.cells.values()), made.equations, made.grids)
    assert "m" not in audit(protect(assess(made, Rules(persons=10)))).hidden
    assert "m" in auditing.audit_campaign(made, Rules(persons=10)).hidden
    assert "m" not in auditing.audit_campaign(made, Rules(persons=8)).hidden


def test_what_was_not_audited_is_not_told_outside(cast: Cast) -> None:
    partner()
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, ranked, ranks=range(1, 7))
    region.consolidate(campaign)
    close(cast, campaign)
    with acting_as(cast.labour):
        before = selectors.prepare_note(cast.labour, campaign)
    assert any(shown is not None for shown, _ in before.cells.values())
    with as_system():
        CampaignAudit.objects.update(fingerprint="of other submissions")
    with acting_as(cast.labour):
        after = selectors.prepare_note(cast.labour, campaign)
    assert all(shown is None for shown, _ in after.cells.values())
    publication = publish(cast, campaign)
    assert set(words(publication, "1.3*")) == {"secret statistique"}


def test_a_position_goes_through_the_audit(cast: Cast) -> None:
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, small, ranks=range(1, 7))
    region.consolidate(campaign)
    with as_system():
        made = CampaignAudit.objects.get(campaign=campaign)
        for line in BenchmarkLine.objects.select_related("definition"):
            placed = position_of(line)
            if placed.spread and placed.measure != "rate":
                assert f"{line.definition.code}:{placed.measure}" in made.told


def test_the_job_alone_makes_the_same_audit(cast: Cast) -> None:
    region = Region(cast, 6)
    campaign = region.campaign()
    region.declare(campaign, ranked, ranks=range(1, 7))
    region.consolidate(campaign)
    with as_system():
        before = CampaignAudit.objects.get(campaign=campaign)
        services.run_audit(campaign_id=campaign.pk, at=MAY)
        after = CampaignAudit.objects.get(campaign=campaign)
    assert (after.told, after.hidden, after.proofs, after.done) == (before.told, before.hidden, before.proofs, 4)
    answer = signed_in(cast.labour).post(reverse("consolidation:ask-audit", args=[campaign.pk]))
    assert answer.status_code == 302


def test_an_earlier_note_is_part_of_what_is_attacked() -> None:
    services_ = [f"s{rank}" for rank in range(6)]
    made = cross("m", (Axis.flat("service", services_, owners=True),), {(one,): 20 for one in services_})
    told = auditing.Told("la note 1", {"m": 117}, {"m": 117})
    tied = auditing.after_release(made, told.shown, told.truth, release=told.name)
    outcome = auditing.Outcome.of(auditing.audit_campaign(tied, Rules()))
    assert "m" in outcome.hidden, "120 after 117 tells of three persons"


def test_a_region_of_fourteen_services_is_audited_within_its_minute(
    cast: Cast, record_property: Callable[[str, object], None]
) -> None:
    region = Region(cast, 14, ("pdp", "a4", "satdl"))
    campaign = region.campaign()
    region.declare(campaign, lambda rank, code, key: ranked(rank, code, key), ranks=range(1, 15))
    region.consolidate(campaign)
    with as_system():
        made = CampaignAudit.objects.get(campaign=campaign)
    record_property("audit", f"{made.cells} cells, {made.cpu_seconds} s")
    assert made.cpu_seconds < 60


CROSSED = ("sexe", "taille")


def table(service: str, variables: tuple[str, ...], shown: dict[tuple[str, ...], int]) -> ProfileCounts:
    codes = {"sexe": ("F", "H"), "taille": ("petite", "grande")}
    return ProfileCounts(service, variables, tuple(codes[one] for one in variables), shown)


def services_with(grand: int) -> list[ProfileCounts]:
    """Six services of 60 women and 40 men, 70 in small companies; a crossed table shows the cell of women in small ones."""
    found = []
    for rank in range(6):
        name = f"s{rank}"
        found.append(table(name, ("sexe",), {("F",): 60, ("H",): 40, (TOTAL,): 100}))
        found.append(table(name, ("taille",), {("petite",): 70, ("grande",): 30, (TOTAL,): 100}))
        found.append(table(name, CROSSED, {("F", "petite"): grand, (TOTAL, TOTAL): 100}))
    return found


def test_crossed_tables_are_in_the_audit_and_tied_to_their_margins() -> None:
    whole = auditing.publication_of(Catalogue((), ()), {}, services_with(58))
    key = "profil sexe × taille|service=s0|sexe=F|taille=grande"
    assert whole.cells[key].value == 2, "60 women less 58: the margins come from the tables of one variable"
    assert whole.cells["profil sexe × taille|service=s0|sexe=F"].value == 60
    tied = {frozenset((*one.left, *one.right)) for one in whole.equations if len(one.right) == 1}
    assert frozenset({"profil sexe|service=s0|sexe=F", "profil sexe × taille|service=s0|sexe=F"}) in tied
    outcome = auditing.examine(whole, Rules())
    assert outcome.breaches == ()
    assert "profil sexe|sexe=F" in outcome.told
    assert "profil sexe × taille|sexe=F|taille=grande" not in outcome.told, "hidden by each service"


def test_a_crossed_regional_cell_that_would_give_a_small_one_is_not_told() -> None:
    shown = {("F", "petite"): 9, ("F", "grande"): 1, ("H", "petite"): 45, ("H", "grande"): 45, (TOTAL, TOTAL): 100,
             ("F", TOTAL): 10, ("H", TOTAL): 90, (TOTAL, "petite"): 54, (TOTAL, "grande"): 46}  # fmt: skip
    outcome = auditing.examine(
        auditing.publication_of(Catalogue((), ()), {}, [table(f"s{rank}", CROSSED, shown) for rank in range(6)]),
        Rules(),
    )
    assert "profil sexe × taille|sexe=F|taille=grande" in outcome.hidden, "six women in all"
    assert "profil sexe × taille|sexe=H|taille=petite" in outcome.told or outcome.breaches == ()


def test_tables_of_two_imports_that_do_not_go_together_are_audited_each_by_itself() -> None:
    pair = [table("s0", ("sexe",), {("F",): 60, ("H",): 40, (TOTAL,): 100}),
            table("s0", CROSSED, {("F", "petite"): 80, (TOTAL, TOTAL): 120})]  # fmt: skip
    whole = auditing.publication_of(Catalogue((), ()), {}, pair)
    assert whole.cells["profil sexe|service=s0"].value == 100
    assert auditing.examine(whole, Rules()).breaches == ()
