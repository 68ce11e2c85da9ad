"""The pages of registers, lists and directory, from a file sent to a value proposed."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.establishments import make_siret, make_sirets

from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment
from avenant.indicators.registers import selectors

pytestmark = pytest.mark.django_db


def page(response: Any) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def carried(text: str) -> str:
    found = re.search(r'<textarea name="lines" hidden>(.*?)</textarea>', text, re.DOTALL)
    assert found
    return found[1]


def file(*lines: str) -> SimpleUploadedFile:
    return SimpleUploadedFile("fichier.csv", "\n".join(lines).encode())


def test_a_file_is_shown_before_it_is_written_then_filtered_exported_and_struck(cast: Cast) -> None:
    client = signed_in(cast.service)
    upload = file("Nature;Date;Nombre", "Professionnels de santé informés;12/03/2025;25", "Jardinage;12/03/2025;1")
    preview = page(client.post(reverse("registers:import"), {"file": upload}))
    assert "1 ligne à inscrire, 1 écartée" in preview
    assert "nature inconnue" in preview
    with acting_as(cast.service):
        assert not selectors.list_actions(cast.service).exists()
    client.post(reverse("registers:import-confirm"), {"lines": carried(preview)})
    shown = page(client.get(reverse("registers:register"), {"annee": "2025", "nature": "professionals_informed"}))
    assert "12 mars 2025" in shown
    assert "Proposé pour 2025" in shown
    assert "Aucune ligne" in page(client.get(reverse("registers:register"), {"annee": "2024"}))
    exported = client.get(reverse("registers:export", args=["csv"]), {"annee": "2025"}).content.decode("utf-8-sig")
    assert exported.splitlines()[1] == "Professionnels de santé informés;2025-03-12;;;;25;;;;;"
    assert client.get(reverse("registers:export", args=["xlsx"])).content.startswith(b"PK")
    assert client.get(reverse("registers:export", args=["pdf"])).status_code == 404
    with acting_as(cast.service):
        row = selectors.list_actions(cast.service).get()
    assert signed_in(cast.other_service).post(reverse("registers:strike", args=[row.pk])).status_code == 404
    assert client.post(reverse("registers:strike", args=[row.pk])).status_code == 302


def test_a_line_typed_by_hand_keeps_what_was_typed_when_it_is_refused(cast: Cast) -> None:
    client = signed_in(cast.contributor)
    typed = {"kind": "fipu_advice", "on": "2025-03-03", "siret": "123", "label": "visite"}
    refused = page(client.post(reverse("registers:add"), typed))
    assert "3 chiffres" in refused
    assert 'value="123"' in refused
    assert client.post(reverse("registers:add"), typed | {"siret": make_siret(1)}).status_code == 302


def test_a_list_goes_from_its_file_to_its_match(cast: Cast) -> None:
    client = signed_in(cast.service)
    sirets = make_sirets(6)
    with acting_as(cast.service):
        from avenant.contracts.drafting.models import Contract

        circle = Contract.objects.get(key="cpom-durance-luberon-2025-2029").circle_id
    said = {"circle": str(circle), "kind": "trained", "strand": "volet-2", "year": "2025", "as_of": date(2025, 12, 31)}
    address = reverse("registers:list-import")
    people = page(client.post(address, said | {"file": file("SIRET;Nom;Prénom", f"{sirets[0]};x;y")}))
    assert "nom de personne" in people
    preview = page(client.post(address, said | {"file": file("SIRET", *sirets, "12")}))
    assert "6 établissements, 1 ligne écartée" in preview
    kept = client.post(reverse("registers:list-confirm"), said | {"lines": carried(preview)})
    assert kept.status_code == 302
    assert "visible de votre organisme seul" in page(client.get(kept["Location"]))
    assert signed_in(cast.labour).get(kept["Location"]).status_code == 404
    act = f"{kept['Location']}/"
    assert client.post(f"{act}rapprocher").status_code == 302
    assert "Rapprochement demandé" in page(client.get(kept["Location"]))
    assert client.post(f"{act}rapprocher").status_code == 403
    assert client.post(f"{act}partager").status_code == 302
    assert "partagée" in page(signed_in(cast.labour).get(kept["Location"]))
    assert "Carsat" in page(signed_in(cast.fund).get(reverse("registers:lists")))
    assert client.post(f"{act}retirer").status_code == 403
    assert client.post(f"{act}autre").status_code == 404


def test_the_fund_brings_its_list_of_the_cog_in_its_own_circle(cast: Cast) -> None:
    client = signed_in(cast.fund)
    said = {"year": "2025", "as_of": "2025-12-31"}
    preview = page(client.post(reverse("registers:list-import"), said | {"file": file("SIRET", *make_sirets(5))}))
    assert client.post(reverse("registers:list-confirm"), said | {"lines": carried(preview)}).status_code == 302
    assert signed_in(cast.labour).get(reverse("registers:list-import")).status_code == 403


def test_the_directory_is_searched_and_its_card_read(cast: Cast) -> None:
    client = signed_in(cast.labour)
    assert "L’annuaire est vide" in page(client.get(reverse("parties:directory")))
    load_directory(
        [DirectoryLine(f"Élan {number:02}", siret=make_siret(number), headcount=None) for number in range(60)]
    )
    first = page(client.get(reverse("parties:directory"), {"q": "elan", "territoire": "nulle part", "apres": "?"}))
    assert "Établissements suivants" in first
    address = re.search(r'href="(\?[^"]*apres=[^"]*)"', first)
    assert address
    assert "10 établissements sur cette page" in page(client.get(reverse("parties:directory") + address[1]))
    assert "Aucun établissement" in page(client.get(reverse("parties:directory"), {"q": "zzz"}))
    card = page(client.get(Establishment.objects.order_by("siret")[0].page()))
    assert make_siret(0) in card
    assert "non renseigné" in card
