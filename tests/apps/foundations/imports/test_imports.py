"""Taking over: a file is recognised, previewed, confirmed, marked, undone the same day; bad files are told in a sentence."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.urls import reverse
from tests.domain.test_finess import line as finess_line
from tests.support.cast import Cast
from tests.support.cast import actor as person
from tests.support.clients import signed_in
from tests.support.contact_lists import open_lists
from tests.support.establishments import make_siret
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.drafting.models import Contract
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.contacts.models import Contact
from avenant.foundations.documents.spreadsheets import Column, Kind, Sheet, workbook_bytes
from avenant.foundations.imports import large, selectors, services
from avenant.foundations.imports.models import Import, TakenRow
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Establishment, Organisation

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 3, 9, tzinfo=UTC)
CONTRACTS = "Intitulé;Type;Signataires;Prise d’effet;Terme;Statut"


@pytest.fixture
def administrator(cast: Cast) -> Actor:
    with as_system():
        house = Organisation.objects.create(
            key="plateforme", kind="national", name="Plateforme", short_name="Plateforme", territory_id="R93"
        )
        return person(house, "Administratrice", Role.PLATFORM_ADMINISTRATOR)


def csv(*lines: str) -> bytes:
    return "\n".join(lines).encode()


def contract(title: str = "CPOM 2020-2024", state: str = "", ends: str = "31/12/2024") -> str:
    return f'{title};CPOM;"DREETS PACA; Carsat Sud-Est; satdl";01/01/2020;{ends};{state}'


def send(actor: Actor, kind: str, content: bytes, name: str = "liste.csv") -> Import:
    with acting_as(actor):
        return services.receive_file(actor=actor, kind=kind, filename=name, content=content, at=AT)


def confirm(actor: Actor, row: Import, at: datetime = AT) -> Import:
    with acting_as(actor):
        return services.confirm_import(actor=actor, import_id=row.pk, at=at)


def undo(actor: Actor, row: Import, at: datetime = AT) -> Import:
    with acting_as(actor):
        return services.undo_import(actor=actor, import_id=row.pk, at=at)


def reasons(row: Import) -> dict[int, str]:
    return {line: reason for line, _, reason in row.said("set_aside", [])}


# -- contracts ---------------------------------------------------------------------------------------------------------


def test_contracts_are_previewed_taken_and_marked(cast: Cast) -> None:
    row = send(cast.labour, "contrats", csv(CONTRACTS, contract(), contract("CPOM 2026", "", "31/12/2029")))
    assert row.columns["starts_on"] == "Prise d’effet"
    assert (row.said("count"), reasons(row)) == (2, {})
    with acting_as(cast.labour):
        assert not Contract.objects.filter(title="CPOM 2020-2024").exists()
    done = confirm(cast.labour, row)
    assert done.taken == 2
    with acting_as(cast.labour):
        ended, running = Contract.objects.filter(source__startswith="Repris de").order_by("title")
        assert (ended.state, running.state) == ("ended", "in_force")
        assert "Repris de «\u202fliste.csv\u202f», empreinte" in ended.source
        assert ended.source.endswith("le 3 mars 2026")
        assert row.sha256[:12] in ended.source
        assert {party.role for party in ended.parties.all()} == {"labour", "fund", "service"}
        assert TakenRow.objects.filter(subject=ended.pk).get().line == 2
    with acting_as(cast.other_service):
        assert not Contract.objects.exists()


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (contract(ends="01/01/2019"), "précède le début"),
        (contract(ends="demain"), "n’est pas une date"),
        (contract(state="perdu"), "état inconnu"),
        ('CPOM;Bail;"DREETS PACA; satdl";01/01/2020;31/12/2024;', "nature inconnue"),
        ('CPOM;CPOM;"DREETS PACA; Ailleurs";01/01/2020;31/12/2024;', "ne désigne pas un organisme"),
        ('CPOM;CPOM;"Carsat Sud-Est; satdl";01/01/2020;31/12/2024;', "n’est pas partie à ce contrat"),
        ("CPOM;CPOM;DREETS PACA;01/01/2020;31/12/2024;", "deux parties au moins"),
        (';CPOM;"DREETS PACA; satdl";01/01/2020;31/12/2024;', "est vide"),
    ],
)
def test_a_contract_that_cannot_be_taken_says_why(cast: Cast, line: str, reason: str) -> None:
    row = send(cast.labour, "contrats", csv(CONTRACTS, line))
    assert reason in reasons(row)[2]
    with pytest.raises(Refused, match="Aucune ligne"):
        confirm(cast.labour, row)


def test_a_twin_and_a_contract_already_there_are_set_aside(cast: Cast) -> None:
    row = send(cast.labour, "contrats", csv(CONTRACTS, contract(), contract()))
    assert reasons(row) == {3: "Déjà donné à la ligne 2."}
    confirm(cast.labour, row)
    assert "déjà sur la plateforme" in reasons(send(cast.labour, "contrats", csv(CONTRACTS, contract())))[2]


def test_an_import_is_undone_the_same_day_and_never_twice(cast: Cast) -> None:
    row = confirm(cast.labour, send(cast.labour, "contrats", csv(CONTRACTS, contract())))
    with pytest.raises(Refused, match="jour même"):
        undo(cast.labour, row, AT + timedelta(days=1))
    undo(cast.labour, row, AT + timedelta(hours=3))
    with acting_as(cast.labour):
        assert not Contract.objects.filter(title="CPOM 2020-2024").exists()
    with pytest.raises(Refused, match="rien à annuler"):
        undo(cast.labour, row)


def test_what_has_lived_since_is_not_undone(cast: Cast) -> None:
    row = confirm(cast.labour, send(cast.labour, "contrats", csv(CONTRACTS, contract(ends="31/12/2029"))))
    with acting_as(cast.labour):
        taken = Contract.objects.get(title="CPOM 2020-2024")
    open_lists(taken, AT)
    with acting_as(cast.labour):
        from avenant.foundations.contacts import services as contacts
        from avenant.foundations.contacts.models import ContactList

        listing = ContactList.objects.get(circle_id=taken.circle_id, organisation_id=cast.labour.organisation_id)
        draft = contacts.ContactDraft("Pilote", AT.date(), phone="1")
        contacts.add_contact(actor=cast.labour, list_id=listing.pk, draft=draft, at=AT)
    with pytest.raises(DomainError, match="a déjà vécu"):
        undo(cast.labour, row)


# -- columns -----------------------------------------------------------------------------------------------------------


def test_columns_are_told_once_and_remembered_for_the_organisation(cast: Cast) -> None:
    header = CONTRACTS.replace("Intitulé", "Affaire")
    row = send(cast.labour, "contrats", csv(header, contract()))
    assert "Titre" in row.said("missing")
    with acting_as(cast.labour):
        row = services.tell_columns(
            actor=cast.labour, import_id=row.pk, columns=row.columns | {"title": "Affaire"}, at=AT
        )
    assert row.said("count") == 1
    again = send(cast.labour, "contrats", csv(header, contract("CPOM 2021")))
    assert again.columns["title"] == "Affaire"
    assert again.said("count") == 1
    with acting_as(cast.labour), pytest.raises(DomainError, match="deux fois"):
        services.tell_columns(
            actor=cast.labour, import_id=again.pk, columns={"title": "Affaire", "kind": "Affaire"}, at=AT
        )


# -- contacts ----------------------------------------------------------------------------------------------------------


def test_contacts_come_from_a_workbook_with_the_establishments_they_follow(cast: Cast) -> None:
    story = Story(cast)
    open_lists(story.contract, AT)
    load_directory([DirectoryLine("Foyer fictif", siret=make_siret(5))])
    columns = (Column("Poste"), Column("Nom"), Column("E-mail"), Column("SIRET suivis", Kind.CODE))
    lines: list[Any] = [
        ("Pilote des CPOM", "Agente fictive", "pole@demo.invalid", make_siret(5)),
        ("Inspection", "", "pas une adresse", ""),
        ("Secrétariat", "", "", ""),
        ("Accueil", "", "accueil@demo.invalid", make_siret(6)),
    ]
    content = workbook_bytes([Sheet("Contacts", columns, lines)], title="Contacts", at=AT)
    row = send(cast.labour, "contacts", content, "contacts.xlsx")
    assert [*reasons(row)] == [3, 4, 5]
    assert "n’est pas dans l’annuaire" in reasons(row)[5]
    confirm(cast.labour, row)
    with acting_as(cast.service):
        made = Contact.objects.get()
        assert (made.function, made.name) == ("Pilote des CPOM", "Agente fictive")
        assert made.source.startswith("Repris de")
        assert made.followings.get().establishment.siret == make_siret(5)
    undo(cast.labour, row)
    with acting_as(cast.labour):
        assert not Contact.objects.exists()


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "est vide"),
        (b"\n \n", "vide"),
        (b"%PDF-1.7 x", "ni un classeur"),
        (b"PK\x03\x04 casse", "endommagé"),
        (csv("Fonction;Courriel;NIR", "x;y;1"), "numéro de sécurité sociale"),
        (csv("Fonction;Date de naissance", "x;1"), "date de naissance"),
        (csv("Fonction;Courriel;Remarque", "x;y;185077505612345"), "numéro de sécurité sociale"),
        (csv("Fonction;Fonction", "x;y"), "Deux colonnes portent le titre"),
        (csv("Fonction;Courriel", '"x;y'), "guillemet"),
        (csv("Fonction;Courriel", *["x;y"] * 20_001), "plus de 20\u202f000 lignes"),
    ],
    ids=["empty", "blank", "pdf", "damaged", "nir", "birth", "nir in a cell", "twins", "quote", "long"],
)
def test_a_bad_file_is_refused_in_a_sentence_and_nothing_is_kept(cast: Cast, content: bytes, told: str) -> None:
    with pytest.raises(DomainError) as refusal:
        send(cast.labour, "contacts", content)
    assert told in refusal.value.message
    with acting_as(cast.labour):
        assert not Import.objects.exists()


# -- organisations and FINESS ------------------------------------------------------------------------------------------


def test_organisations_are_the_platform_administrators(cast: Cast, administrator: Actor) -> None:
    header = "Raison sociale;Type;Région;SIREN"
    content = csv(
        header,
        "Service fictif;SPSTI;Provence-Alpes-Côte d’Azur;",
        "Service fictif;SPSTI;R93;",
        "Autre;Navire;R93;",
        "Autre;SPSTI;Atlantide;",
        "Autre;SPSTI;R93;123456789",
    )
    with pytest.raises(Refused):
        send(cast.labour, "organismes", content)
    row = send(administrator, "organismes", content)
    assert [*reasons(row)] == [3, 4, 5, 6]
    confirm(administrator, row)
    made = Organisation.objects.get(name="Service fictif")
    assert (made.kind, made.territory_id, made.source[:9]) == ("spsti", "R93", "Repris de")
    undo(administrator, row)
    assert not Organisation.objects.filter(name="Service fictif").exists()


def test_the_finess_file_goes_by_two_jobs_and_its_confirmation(cast: Cast, administrator: Actor) -> None:
    content = "\n".join(["finess;etalab", finess_line(), finess_line(nofinesset="x")]).encode("latin-1", "replace")
    row = send(administrator, "finess", content, "etalab.csv")
    assert row.working
    with as_system():
        large.work(str(row.pk), at=AT, write=False)
        assert not Establishment.objects.exists()
    with acting_as(administrator):
        row = selectors.get_import(administrator, row.pk)
    assert (row.said("count"), row.said("added"), len(reasons(row))) == (1, 1, 1)
    confirm(administrator, row)
    with as_system():
        large.work(str(row.pk), at=AT, write=True)
        large.work(str(row.pk), at=AT, write=True)
    assert Establishment.objects.get().finess_et == "010003820"
    page = signed_in(administrator).get(row.page()).content.decode()
    assert "fichier FINESS historique, Latin-1" in page
    assert "n’est pas un numéro FINESS" in page
    with pytest.raises(Refused, match="ne se défait pas"):
        undo(administrator, row)


def test_a_workbook_where_the_finess_file_is_awaited_is_refused_by_the_job(cast: Cast, administrator: Actor) -> None:
    content = workbook_bytes([Sheet("x", (Column("Nom"),), [("a",)])], title="x", at=AT)
    row = send(administrator, "finess", content, "autre.xlsx")
    with as_system():
        large.work(str(row.pk), at=AT, write=False)
    page = signed_in(administrator).get(row.page()).content.decode()
    assert "Le fichier est refusé" in page
    assert "pas un fichier FINESS" in page


def test_two_hundred_thousand_lines_of_which_too_many_cannot_be_read(cast: Cast, administrator: Actor) -> None:
    content = ("finess;etalab\n" + "structureet;x\n" * 200_000).encode()
    row = send(administrator, "finess", content, "long.csv")
    with as_system():
        large.work(str(row.pk), at=AT, write=False)
        row.refresh_from_db()
    assert "Plus de 20\u202f000 lignes ne se lisent pas" in row.failure


# -- pages -------------------------------------------------------------------------------------------------------------


def test_the_whole_walk_in_the_pages(cast: Cast) -> None:
    client = signed_in(cast.labour)
    assert "Contrats existants" in client.get(reverse("imports:imports")).content.decode()
    assert "Chiffres d’années antérieures" in client.get(reverse("imports:imports")).content.decode()
    file = SimpleUploadedFile("contrats.csv", csv(CONTRACTS, contract(), "x"))
    sent = client.post(reverse("imports:send", args=["contrats"]), {"file": file}, follow=True)
    assert "Rien n’est encore enregistré" in sent.content.decode()
    address = sent.redirect_chain[-1][0]
    assert "lignes-ecartees-confidentiel.csv" in client.get(f"{address}/lignes-ecartees/csv")["Content-Disposition"]
    done = client.post(f"{address}/confirmer", follow=True)
    assert "1 ligne reprise" in done.content.decode()
    undone = client.post(f"{address}/annuler", follow=True)
    assert "annulé" in undone.content.decode()
    wrong = client.post(reverse("imports:send", args=["contrats"]), {"file": SimpleUploadedFile("a.csv", b"%PDF-1.7")})
    assert wrong.status_code == 422


def test_an_import_is_its_organisations_alone(cast: Cast) -> None:
    row = send(cast.labour, "contrats", csv(CONTRACTS, contract()))
    assert signed_in(cast.fund).get(row.page()).status_code == 404
    with acting_as(cast.fund), pytest.raises(Http404):
        selectors.get_import(cast.fund, row.pk)


def test_the_model_is_read_back_with_all_its_columns(cast: Cast) -> None:
    model = signed_in(cast.labour).get(reverse("imports:model", args=["contrats", "xlsx"])).content
    with pytest.raises(DomainError):
        send(cast.labour, "contrats", model[: len(model) // 2])
    row = send(cast.labour, "contrats", model, "modele.xlsx")
    assert set(row.columns) == {"title", "kind", "parties", "starts_on", "ends_on", "state"}
