"""What a region settles and puts together: thresholds with their author and reason, shared profiles added up."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from tests.apps.indicators.profiles.test_import import bring
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.counted import counted
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, Story

from avenant.collect.profiles import variable
from avenant.collect.schema import canonical
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.domain.disclosure import Rules
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.models import Part
from avenant.indicators.profiles import selectors, services
from avenant.indicators.profiles.feasibility import foresee, shares_of
from avenant.indicators.profiles.models import Profile, RegionalProfile
from avenant.indicators.profiles.services.thresholds import Asked

pytestmark = pytest.mark.django_db
SMALL = {"sexe": {"Femmes": 60, "Hommes": 7}}


def administrator(cast: Cast) -> Actor:
    with as_system():
        return actor(cast.organisation("dreets-paca"), "Administratrice", Role.ADMINISTRATOR)


def change(by: Actor, persons: int, reason: str = "Usage revu en comité régional.") -> None:
    with acting_as(by):
        services.change_thresholds(actor=by, asked=Asked(persons, 3, 85), reason=reason, at=FEBRUARY)
    with as_system():
        services.withdraw_unsafe(territory="R93", at=FEBRUARY)


def share(part: Part, cast: Cast, content: bytes) -> None:
    bring(cast.service, part, content)
    with acting_as(cast.service):
        services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)


def shown_to(reader: Actor) -> dict[str, int]:
    with acting_as(reader):
        rows = selectors.list_profiles(reader)
        return {line[0]: line[-1] for row in rows for table in row.tables.all() for line in table.cells}


@pytest.mark.req("S3-6-13")
def test_the_region_s_administrator_alone_changes_a_threshold_and_the_tables_follow(part: Part, cast: Cast) -> None:
    boss = administrator(cast)
    share(part, cast, counted(tables=SMALL))
    assert "Hommes" not in shown_to(cast.labour), "7 is under 11"
    for other in (cast.labour, cast.fund, cast.service):
        with acting_as(other), pytest.raises(Refused, match="administrateur"):
            services.change_thresholds(actor=other, asked=Asked(5, 3, 85), reason="Essai", at=FEBRUARY)
    with acting_as(boss), pytest.raises(Refused, match="motif"):
        services.change_thresholds(actor=boss, asked=Asked(5, 3, 85), reason="  ", at=FEBRUARY)
    change(boss, 5)
    share(part, cast, counted(tables=SMALL, persons=5))
    assert shown_to(cast.labour)["Hommes"] == 7, "7 is not under 5"
    with as_system():
        told = Event.objects.get(verb="thresholds.changed")
        assert (told.person_id, told.reason) == (boss.person_id, "Usage revu en comité régional.")
        assert told.evidence["before"]["persons"] == 11
    change(boss, 11, "Retour à l’usage.")
    assert shown_to(cast.labour) == {}, "tables made under the lower threshold are taken back"
    assert shown_to(cast.service)["Hommes"] == 7, "and stay with their service"
    page = signed_in(cast.labour).get(reverse("profiles:thresholds")).content.decode()
    assert "Administratrice" in page
    assert "Retour à l’usage." in page


@pytest.mark.req("S3-6-13")
def test_what_the_text_leaves_open_has_the_usual_defaults() -> None:
    schema = canonical()
    bands = {name: tuple(variable(name).categories(schema)) for name in ("âge", "taille", "secteur")}
    assert Rules().persons == 11
    assert bands["âge"][:5] == ("moins de 25 ans", "25-34 ans", "35-44 ans", "45-54 ans", "55 ans et plus")
    assert bands["taille"][:4] == ("moins de 10", "10-49", "50-249", "250 et plus")
    assert bands["secteur"][:21] == tuple("ABCDEFGHIJKLMNOPQRSTU")


@pytest.mark.parametrize(("persons", "status"), [(4, 422), (5, 302), (11, 302)])
def test_a_threshold_has_its_bounds(part: Part, cast: Cast, persons: int, status: int) -> None:
    said = {"persons": persons, "establishments": 3, "dominance": 85, "reason": "Essai"}
    assert signed_in(administrator(cast)).post(reverse("profiles:thresholds"), said).status_code == status


def test_a_profile_under_the_thresholds_is_not_shared(part: Part, cast: Cast) -> None:
    bring(cast.service, part, counted())
    change(administrator(cast), 12)
    with acting_as(cast.service), pytest.raises(DomainError, match="relevés"):
        services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)


def test_the_region_adds_up_what_services_show_and_nothing_hidden(part: Part, cast: Cast) -> None:
    share(part, cast, counted())
    with as_system():
        services.gather_region(campaign_id=part.declaration.campaign_id, at=FEBRUARY)
        content = RegionalProfile.objects.get().content
    tables = {one["name"]: dict(one["cells"]) for one in content["tables"]}
    assert tables["sexe"] == {"Femmes": 60, "Hommes": 40, "Non connu": 0, "Total": 100}
    assert "MCE" not in tables["raison"]
    assert content["total"] == 100
    url = reverse("profiles:regional", args=[part.declaration.campaign_id])
    page = signed_in(cast.fund).get(url).content.decode()
    assert "Durance Luberon" in page
    assert signed_in(cast.service).get(url).status_code == 404


def test_the_export_says_secret_where_the_page_does(part: Part, cast: Cast) -> None:
    share(part, cast, counted())
    client: Client = signed_in(cast.labour)
    text = client.get(reverse("profiles:export", args=[part.declaration_id, "csv"])).content.decode("utf-8-sig")
    assert ";MCE;;secret" in text
    assert ";Femmes;;60" in text
    assert client.get(reverse("profiles:export", args=[part.declaration_id, "xlsx"])).status_code == 200


def test_a_breakdown_is_previewed_before_it_is_promised(part: Part, cast: Cast, story: Story) -> None:
    found = foresee(["sexe", "secteur", "raison"], 120, None, Rules())
    assert found.asked.feasibility == "refused"
    assert all(len(one.names) < 3 for one in found.proposals)
    assert foresee(["sexe"], 120, None, Rules()).asked.feasibility == "feasible"
    share(part, cast, counted())
    with as_system():
        assert shares_of("sexe", Profile.objects.get()) == {"Femmes": 0.6, "Hommes": 0.4, "Non connu": 0}
    url = reverse("profiles:feasibility", args=[story.contract.pk])
    assert url in signed_in(cast.service).get(reverse("drafting:indicators", args=[story.contract.pk])).content.decode()
    page = signed_in(cast.service).get(url, {"variables": ["sexe", "secteur"], "people": 120}).content.decode()
    assert "serait caché par le secret statistique" in page
    assert signed_in(cast.service).get(url, {"people": 0}).status_code == 422
