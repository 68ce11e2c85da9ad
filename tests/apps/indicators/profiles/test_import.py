"""A declaration of the collector comes in: verified again, compared, taken by a click, shared when the service says."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.counted import changed, counted
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, Story

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.accounts import tokens
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.declarations.models import DraftValue, Part
from avenant.indicators.profiles import selectors, services
from avenant.indicators.profiles.comparing import compare
from avenant.indicators.profiles.models import CountedFile, Profile, ProfileTable

pytestmark = pytest.mark.django_db


def bring(actor: Actor, part: Part, content: bytes, name: str = "declaration.json") -> CountedFile:
    with acting_as(actor):
        return services.import_counted(actor=actor, part_id=part.pk, name=name, content=content, at=FEBRUARY)


def refusal(actor: Actor, part: Part, content: bytes, name: str = "declaration.json") -> str:
    with pytest.raises(DomainError) as refused:
        bring(actor, part, content, name)
    with as_system():
        assert not CountedFile.objects.exists(), "nothing is kept"
        assert not Profile.objects.exists()
    return refused.value.message


def test_a_file_is_kept_beside_the_working_copy_which_does_not_change(part: Part, story: Story, cast: Cast) -> None:
    story.type(part, "pdp-1.3", "99")
    file = bring(cast.service, part, counted())
    with acting_as(cast.service):
        rows = {one.row.definition.code: one for one in compare(cast.service, part, file)}
        assert DraftValue.objects.get(part=part).value == {"total": 99}
    assert (rows["pdp-1.3"].typed, rows["pdp-1.3"].counted, rows["pdp-1.3"].differs) == ("99", "100", True)
    assert file.lineage["extract_sha256"] == "a" * 64
    assert bring(cast.service, part, counted()).pk == file.pk, "sent twice, one import"


def test_values_are_taken_one_by_one_or_all_and_what_was_written_beside_stays(
    part: Part, story: Story, cast: Cast
) -> None:
    story.type(part, "pdp-1.3", "99", comment="relu")
    story.type(part, "pdp-1.10", "12")
    file = bring(cast.service, part, counted())
    with acting_as(cast.service):
        rows = {one.row.definition.code: one for one in compare(cast.service, part, file)}
        seen = {str(one.definition_id): one.seen for one in rows.values()}
        taken, _ = services.take_values(
            actor=cast.service, part_id=part.pk, definition_ids=[rows["pdp-1.3"].definition_id], seen=seen, at=FEBRUARY
        )
        drafts = {one.definition.code: one for one in DraftValue.objects.filter(part=part)}
        assert (taken, drafts["pdp-1.3"].value, drafts["pdp-1.3"].comment) == (1, {"total": 100}, "relu")
        assert drafts["pdp-1.10"].value == {"total": 12}
        services.take_values(actor=cast.service, part_id=part.pk, definition_ids=None, seen=seen, at=FEBRUARY)
        assert not [one for one in compare(cast.service, part, file) if one.differs]


def test_what_a_colleague_saved_since_is_not_overwritten(part: Part, story: Story, cast: Cast) -> None:
    story.type(part, "pdp-1.3", "99")
    file = bring(cast.service, part, counted())
    with acting_as(cast.contributor):
        row = next(one for one in compare(cast.contributor, part, file) if one.row.definition.code == "pdp-1.3")
        _, left = services.take_values(
            actor=cast.contributor,
            part_id=part.pk,
            definition_ids=[row.definition_id],
            seen={str(row.definition_id): (FEBRUARY - timedelta(hours=1)).isoformat()},
            at=FEBRUARY,
        )
    assert list(left) == [row.definition_id]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (changed(counted(), resealed=False, service="Autre"), "modifié après son écriture"),
        (counted(year=2024), "--year 2025"),
        (changed(counted(), rows=[]), "n’a pas la forme"),
        (counted()[:-20], "incomplet"),
        (b'{"format": "autre"}', "n’est pas une déclaration du collecteur"),
        (b"Nom;Visite\nDUPONT Anne;VR\n", "ressemble à une liste de personnes"),
        (b"Cle;Visite\n1850578006084;VR\n", "numéro de sécurité sociale"),
        (b'{"employee": "S1", "visit": "VR"}', "ressemble à une liste de personnes"),
        (changed(counted(), values={"pdp-1.3": {"total": 1, "nir": 1}}), "ressemble à une liste de personnes"),
        (b"Code;Valeur\n1.3;100\n", "n’est pas une déclaration du collecteur"),
        (counted(persons=5), "5 personnes au lieu de 11"),
    ],
    ids=["tampered", "year", "shape", "cut", "other", "names", "nir", "rows", "field", "sheet", "thresholds"],
)
def test_what_is_not_a_sound_declaration_is_refused_in_one_sentence(
    part: Part, cast: Cast, content: bytes, said: str
) -> None:
    assert said in refusal(cast.service, part, content)


def test_the_siren_is_the_service_s(part: Part, cast: Cast) -> None:
    with as_system():
        Organisation.objects.filter(pk=cast.service.organisation_id).update(siren="775610000")
    assert "--siren 775610000" in refusal(cast.service, part, counted(siren="775619999"))
    assert "aucun SIREN" in refusal(cast.service, part, counted())
    assert bring(cast.service, part, counted(siren="775610000")).pk


def _shown(cells: list[list[object]]) -> bytes:
    content = counted()
    tables = [one for one in json.loads(content)["tables"] if one["variables"] != ["raison"]]
    return changed(content, tables=[*tables, {"variables": ["raison"], "cells": cells}])


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([["AT", 90], ["MCE", 10], ["Total", 100]], "moins de 11 personnes est montrée"),
        ([["AT", 89], ["MCE", None], ["Total", 100]], "par soustraction"),
        ([["AT", 91], ["MCE", None], ["Autres", None], ["Total", 100]], "par soustraction"),
        ([["AT", 60], ["MCE", 39], ["Total", 100]], "ne fait pas son total"),
        ([["AT", 60], ["MCE", 40], ["Total", None]], "pas de total"),
        ([["dos", 60], ["MCE", 40], ["Total", 100]], "n’est pas une modalité"),
        ([["AT", 60], ["MCE", 40]], "pas de total"),
    ],
)
def test_a_table_from_which_a_number_can_be_deduced_is_refused(
    part: Part, cast: Cast, cells: list[list[object]], said: str
) -> None:
    assert said in refusal(cast.service, part, _shown(cells))


def test_a_table_at_the_threshold_is_kept(part: Part, cast: Cast) -> None:
    bring(cast.service, part, _shown([["AT", 89], ["MCE", 11], ["Total", 100]]))
    bring(cast.service, part, _shown([["AT", 90], ["MCE", None], ["Autres", None], ["Total", 100]]))


def test_figures_of_an_older_definition_are_listed(part: Part, cast: Cast) -> None:
    content = json.loads(counted())
    lineage = {**content["lineage"], "definitions": {**content["lineage"]["definitions"], "pdp-1.3:total": 0}}
    file = bring(cast.service, part, changed(counted(), lineage=lineage))
    assert file.older == ["pdp-1.3:total"]
    page = signed_in(cast.service).get(reverse("profiles:counted", args=[part.pk])).content.decode()
    assert "définition plus ancienne" in page
    assert "pdp-1.3:total" in page


def test_after_the_part_is_handed_in_the_way_to_reopen_is_told(story: Story, cast: Cast, part: Part) -> None:
    story.hand_in()
    with acting_as(cast.service), pytest.raises(Refused, match="Demandez à la direction du travail"):
        services.import_counted(actor=cast.service, part_id=part.pk, name="d.json", content=counted(), at=FEBRUARY)
    answer = signed_in(cast.service).get(reverse("profiles:counted", args=[part.pk]))
    assert (answer.status_code, "Import fermé" in answer.content.decode()) == (200, True)


def test_the_page_and_the_api_take_the_same_file(part: Part, cast: Cast) -> None:
    client, url = signed_in(cast.service), reverse("profiles:counted", args=[part.pk])
    answer = client.post(url, {"file": SimpleUploadedFile("d.json", counted())})
    assert answer.status_code == 302
    page = client.get(url).content.decode()
    assert "Reprendre les" in page
    assert client.post(reverse("profiles:take", args=[part.pk]), {"definition": ""}).status_code == 302
    bad = client.post(url, {"file": SimpleUploadedFile("d.json", b"Nom;NIR\n")})
    assert (bad.status_code, "ressemble à une liste de personnes" in bad.content.decode()) == (422, True)
    with acting_as(cast.service):
        token = tokens.issue(actor=cast.service, label="collecteur", scope="declare", at=FEBRUARY)
    secret = token[1] if isinstance(token, tuple) else token
    sent = Client().post(
        f"/api/v1/parts/{part.pk}/collecte",
        counted(),
        content_type="application/json",
        headers={"Authorization": f"Bearer {secret}"},
    )
    assert (sent.status_code, sent.json()["differences"], sent.json()["tables"]) == (200, [], 2), sent.content
    assert Client().post(f"/api/v1/parts/{part.pk}/collecte", counted(), "application/json").status_code == 401


@pytest.mark.req("S3-6-12")
def test_parties_read_protected_tables_once_shared_and_hidden_cells_are_nowhere(part: Part, cast: Cast) -> None:
    tables = {"sexe": {"Femmes": 15, "Hommes": 10}, "raison": {"AT": 14, "MCE": 11}}
    with pytest.raises(DomainError, match="ressemble à une liste de personnes"):
        bring(cast.service, part, b"NIR;sexe\n1850578006084;F\n", "profil.csv")
    bring(cast.service, part, counted(tables=tables))
    url = reverse("profiles:profile", args=[part.declaration_id])
    assert "n’a pas partagé" in signed_in(cast.labour).get(url).content.decode()
    with acting_as(cast.service):
        done = services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)
    for party in (cast.labour, cast.fund):
        with acting_as(party):
            cells = {one.name: dict(one.cells) for one in ProfileTable.objects.visible_to(party)}
        assert cells["raison"].get("MCE", 11) == 11
        assert 10 not in cells["sexe"].values(), "10 is masked"
        assert not {"Femmes", "Hommes"} & cells["sexe"].keys(), "and 15, from which it is deduced"
        page = signed_in(party).get(url).content.decode()
        assert "secret" in page
    with as_system():
        assert "Hommes" not in json.dumps([one.cells for one in done.profile.tables.all()])
    assert signed_in(cast.other_service).get(url).status_code == 404


def test_a_second_version_does_not_tell_by_difference(part: Part, cast: Cast) -> None:
    big = {"sexe": {"Femmes": 60, "Hommes": 40}, "raison": {"AT": 50, "MCE": 50}}
    bring(cast.service, part, counted(tables=big))
    with acting_as(cast.service):
        services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)
    close = {"sexe": {"Femmes": 63, "Hommes": 60}, "raison": {"AT": 73, "MCE": 50}}
    bring(cast.service, part, counted(tables=close))
    with acting_as(cast.service):
        done = services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)
        shown = {one.name: dict(one.cells) for one in selectors.list_profiles(cast.service).get().tables.all()}
    assert done.unchanged == ("sexe",)
    assert (shown["sexe"]["Femmes"], shown["raison"]["AT"]) == (60, 73)


@pytest.mark.parametrize(("moved", "told"), [(110, 100), (111, 111), (100, 100), (0, 0), (89, 89), (90, 100)])
def test_the_work_of_a_cell_does_not_tell_by_difference_either(part: Part, cast: Cast, moved: int, told: int) -> None:
    """Reports that came, a hundred then some: a handful more or fewer is not said; the meetings, of nobody, are."""
    shown = {}
    for reports, meetings in ((100, 4), (moved, 5)):
        bring(cast.service, part, counted(reports_received=reports, cell_meetings=meetings))
        with acting_as(cast.service):
            done = services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)
        with acting_as(cast.labour):
            shown = selectors.list_profiles(cast.labour).get().dashboard
    assert (shown["reports-received"], shown["cell-meetings"]) == (told, 5)
    assert ("travail de la cellule" in done.unchanged) is (told != moved)


def test_a_figure_of_the_cell_that_becomes_small_is_not_taken_away(part: Part, cast: Cast) -> None:
    for reports in (100, 7):
        bring(cast.service, part, counted(reports_received=reports))
        with acting_as(cast.service):
            services.share_profile(actor=cast.service, declaration_id=part.declaration_id, at=FEBRUARY)
    with acting_as(cast.labour):
        page = signed_in(cast.labour).get(reverse("profiles:profile", args=[part.declaration_id])).content.decode()
    assert "Signalements reçus" in page
    assert ">100<" in page.replace("\u202f", "")
