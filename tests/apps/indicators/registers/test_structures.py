"""The FACT action of home help is followed by milestones, structure by structure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in

from avenant.contracts.drafting.models import Contract
from avenant.domain.decision import DomainError, Refused
from avenant.domain.registers import milestones_of
from avenant.foundations.documents.services import RefusedFile
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.registers import selectors
from avenant.indicators.registers.models import Structure
from avenant.indicators.registers.services import structures

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
PDF = b"%PDF-1.4\n%%EOF\n"


def page(response: Any) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode()).replace("\u202f", " ")


def contract_of(cast: Cast) -> Contract:
    with acting_as(cast.service):
        return Contract.objects.get(key="cpom-durance-luberon-2025-2029")


def followed(cast: Cast, name: str = "Aide à domicile des Ocres") -> Structure:
    contract = contract_of(cast)
    with acting_as(cast.service):
        return structures.follow_structure(
            actor=cast.service, contract_id=contract.pk, name=name, siret="", starts_on=date(2026, 1, 5), at=AT
        )


def survey(on: date = date(2026, 1, 12), content: bytes = PDF) -> structures.Survey:
    return structures.Survey(on, 9, "grille.pdf", content)


@pytest.mark.req("S3-5.V2.2-08")
def test_the_start_is_validated_by_version_1_of_the_grid_and_by_nothing_else(cast: Cast) -> None:
    structure, client = followed(cast), signed_in(cast.service)
    before = page(client.get(structure.page()))
    assert "Démarrage" in before
    assert "non validé" in before
    assert "L’état des lieux initial et sa grille d’indicateurs sont attendus." in before
    assert "Grille d’indicateurs de la charge de travail" in before
    assert "Prise en compte de la démarche QVCT dans le projet de transformation" in before
    with acting_as(cast.service):
        assert [one.validated for one in selectors.get_structure(cast.service, structure.pk).milestones] == [False] * 2
    sent = {"surveyed_on": "2026-01-12", "indicators": "9", "file": SimpleUploadedFile("grille.pdf", PDF)}
    assert client.post(reverse("registers:structure-grid", args=[structure.pk]), sent).status_code == 302
    with acting_as(cast.service):
        row = selectors.get_structure(cast.service, structure.pk)
        assert [one.validated for one in row.milestones] == [True, False]
        assert selectors.list_grids(cast.service, row).get().version == 1
    after = page(signed_in(cast.labour).get(structure.page()))
    assert "État des lieux fait, grille en version 1." in after
    assert "grille.pdf" in after
    told = {"on": "2026-01-20", "text": "De petites équipes par territoire."}
    assert client.post(reverse("registers:structure-transformation", args=[structure.pk]), told).status_code == 302
    with acting_as(cast.fund):
        assert all(one.validated for one in selectors.get_structure(cast.fund, structure.pk).milestones)
        labels = Event.objects.visible_to(cast.fund).filter(subject=structure.pk).values_list("label", flat=True)
        assert any("grille version 1 jointe, démarrage validé" in label for label in labels)
        assert any("démarche QVCT prise en compte" in label for label in labels)


def test_the_milestones_follow_the_newest_grid_and_the_deliverable() -> None:
    assert [one.validated for one in milestones_of(None, transformed=True)] == [False, True]
    assert [one.validated for one in milestones_of(2, transformed=False)] == [True, False]
    assert "version 2" in milestones_of(2, transformed=False)[0].sentence


def test_a_new_grid_is_the_next_version_and_the_former_ones_stay(cast: Cast) -> None:
    structure = followed(cast)
    with acting_as(cast.service):
        for _ in range(2):
            structures.attach_grid(actor=cast.service, structure_id=structure.pk, survey=survey(), at=AT)
        assert [one.version for one in selectors.list_grids(cast.service, structure)] == [2, 1]


def test_a_wrong_grid_or_a_day_to_come_changes_nothing(cast: Cast) -> None:
    structure = followed(cast)
    with acting_as(cast.service):
        with pytest.raises(RefusedFile, match="type accepté"):
            structures.attach_grid(actor=cast.service, structure_id=structure.pk, survey=survey(content=b"MZ"), at=AT)
        with pytest.raises(DomainError, match="à venir"):
            structures.attach_grid(
                actor=cast.service, structure_id=structure.pk, survey=survey(date(2026, 2, 2)), at=AT
            )
        structures.attach_grid(actor=cast.service, structure_id=structure.pk, survey=survey(AT.date()), at=AT)
        assert selectors.list_grids(cast.service, structure).count() == 1
    client = signed_in(cast.service)
    wrong = {"surveyed_on": "2026-01-12", "indicators": "4", "file": SimpleUploadedFile("virus.exe", b"MZ")}
    refused = page(client.post(reverse("registers:structure-grid", args=[structure.pk]), wrong))
    assert "n’est pas d’un type accepté" in refused
    assert 'value="4"' in refused


def test_the_service_writes_the_parties_read_and_nobody_else_sees(cast: Cast) -> None:
    structure, contract = followed(cast), contract_of(cast)
    for party in (cast.labour, cast.fund):
        with acting_as(party):
            assert selectors.list_structures(party).get() == structure
            with pytest.raises(Refused, match="suivie par le service"):
                structures.attach_grid(actor=party, structure_id=structure.pk, survey=survey(), at=AT)
            with pytest.raises(Refused, match="tenu par le service"):
                structures.follow_structure(
                    actor=party, contract_id=contract.pk, name="Autre", siret="", starts_on=AT.date(), at=AT
                )
    for stranger in (cast.other_service, cast.outsider):
        assert signed_in(stranger).get(structure.page()).status_code == 404
        with acting_as(stranger):
            assert not selectors.list_structures(stranger).exists()


def test_a_structure_is_followed_once_and_withdrawn_before_its_first_milestone(cast: Cast) -> None:
    structure, client = followed(cast), signed_in(cast.service)
    typed = {"contract": contract_of(cast).pk, "name": "AIDE A DOMICILE DES OCRES", "starts_on": "2026-01-05"}
    assert "déjà suivie" in page(client.post(reverse("registers:structure-add"), typed))
    assert "1 chiffre" in page(client.post(reverse("registers:structure-add"), typed | {"siret": "1"}))
    with acting_as(cast.service):
        other = followed(cast, "Domicile Attentif")
        structures.withdraw_structure(actor=cast.service, structure_id=other.pk, at=AT)
        structures.attach_grid(actor=cast.service, structure_id=structure.pk, survey=survey(), at=AT)
        with pytest.raises(Refused, match="Un jalon"):
            structures.withdraw_structure(actor=cast.service, structure_id=structure.pk, at=AT)
        assert selectors.list_structures(cast.service).get() == structure


def test_the_list_filters_sorts_and_exports_what_it_shows(cast: Cast) -> None:
    started, waiting = followed(cast, "Œillets du Ventoux"), followed(cast, "Aides des Alpilles")
    with acting_as(cast.service):
        structures.attach_grid(actor=cast.service, structure_id=started.pk, survey=survey(), at=AT)
    client, address = signed_in(cast.labour), reverse("registers:structures")
    everything = page(client.get(address))
    assert everything.index(waiting.name) < everything.index(started.name)
    backwards = page(client.get(address, {"tri": "-nom"}))
    assert backwards.index(started.name) < backwards.index(waiting.name)
    filtered = page(client.get(address, {"jalon": "a-demarrer"}))
    assert waiting.name in filtered
    assert started.name not in filtered
    assert started.name in page(client.get(address, {"texte": "oeillets"}))
    assert "Aucune structure ne répond" in page(client.get(address, {"texte": "zzz"}))
    export = reverse("registers:structures-export", args=["csv"])
    lines = client.get(export, {"jalon": "a-transformer"}).content.decode("utf-8-sig").splitlines()
    assert len(lines) == 2
    assert lines[1].startswith("Œillets du Ventoux;;")
    assert ";validé;1;non validé;" in lines[1]
    assert client.get(reverse("registers:structures-export", args=["xlsx"])).content.startswith(b"PK")
    assert client.get(reverse("registers:structures-export", args=["pdf"])).status_code == 404
