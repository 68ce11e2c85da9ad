"""The pages of contracts and of the catalogue, as each person opens them."""

from __future__ import annotations

import re
from datetime import date

import pytest
from django.urls import reverse
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting import selectors
from avenant.domain.indicators import Answer, check, proposals
from avenant.domain.indicators.definitions import UnknownCode
from avenant.foundations.documents.tables import read_table
from avenant.foundations.parties.actors import Actor, acting_as

pytestmark = pytest.mark.django_db
CATALOGUE = "/contrats/catalogue/"
INDICATOR = {
    "printed_code": "2.9.1",
    "label": "Entreprises vues",
    "strand": "volet-2",
    "kind": "integer",
    "provider": "service",
    "first_year": "2026",
    "last_year": "2029",
}


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def text(reader: Actor, address: str, **query: str) -> str:
    response = signed_in(reader).get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def codes(content: str) -> list[str]:
    """The codes of the list, as they are printed."""
    return re.findall(rf'<th scope="row"[^>]*><a href="{CATALOGUE}[^"]+">([^<]+)</a>', content)


def exported(reader: Actor, form: str, **query: str) -> list[tuple[str, ...]]:
    response = signed_in(reader).get(reverse("catalogue:export", args=[form]), query)
    assert response.headers["Content-Disposition"] == (
        f'attachment; filename="catalogue-indicateurs{"-confidentiel" if form == "csv" else ""}.{form}"'
    )
    return [row.texts for row in read_table(response.content, f"catalogue.{form}", key_columns=["Code"]).rows]


@pytest.mark.req("S3-6-09")
def test_the_dgt_survey_is_exactly_eight_codes_and_the_notes_are_help(story: Story, cast: Cast) -> None:
    starred = text(cast.service, CATALOGUE, dgt="on")
    assert codes(starred) == ["1.1", "1.2", "1.3", "1.5", "1.6", "1.7", "1.10", "1.11"]
    assert "8 indicateurs répondent à ces filtres" in starred
    national = codes(text(cast.service, CATALOGUE, jeu="pdp"))
    assert [code for code in national if code not in codes(starred)] == ["1.4", "1.8", "1.9", "1.12", "1.13", "1.14"]
    waiver = text(cast.service, f"{CATALOGUE}pdp-1.11")
    assert "tout maintien du salarié dans un emploi serait gravement préjudiciable à sa santé" in waiver
    assert "l’état de santé du salarié fait obstacle à tout reclassement dans un emploi" in waiver
    assert "enquête DGT" in waiver
    for code in ("pdp-1.8", "pdp-1.9"):
        adaptation = text(cast.service, CATALOGUE + code)
        assert "L.4624-3" in adaptation
        assert "enquête DGT" not in adaptation
    assert "Commission Maintien dans l’Emploi" in text(cast.service, f"{CATALOGUE}pdp-1.1")


@pytest.mark.req("S3-6-15")
def test_overlapping_codes_are_told_apart_sorted_as_numbers_and_duplicates_said(story: Story, cast: Cast) -> None:
    with acting_as(cast.service):
        known = selectors.catalogue_for(selectors.definitions_of(cast.service, story.contract, 2025))
    for group in ("1.1", "1.2", "1.3"):
        assert known.find(group).code == f"pdp-{group}"
        assert known.find(f"{group}.1").code == f"satdl-{group}.1"
    with pytest.raises(UnknownCode):
        known.find("1.15")
    listed = codes(text(cast.service, CATALOGUE, volet="volet-1"))
    assert listed[:3] == ["1.1", "1.1.1", "1.1.2"]
    assert [code for code in listed if code.count(".") == 1][8:10] == ["1.9", "1.10"]
    assert listed.index("1.2.9") + 1 == listed.index("1.2.10")
    for local, nationals in {
        "1.2.6": ["1.5", "1.6", "1.7"],
        "1.2.7": ["1.8", "1.9"],
        "1.2.8": ["1.10"],
        "1.2.9": ["1.11"],
    }.items():
        page = text(cast.service, f"{CATALOGUE}satdl-{local}")
        assert "un écart demande une justification" in page
        assert re.findall(r'href="/contrats/catalogue/pdp-([\d.]+)"', page) == nationals
        assert f"{local} " in text(cast.service, f"{CATALOGUE}pdp-{nationals[0]}").split("Repris par")[1]


def test_duplicates_are_prefilled_and_a_difference_asks_for_a_reason(story: Story, cast: Cast) -> None:
    with acting_as(cast.service):
        known = selectors.catalogue_for(selectors.definitions_of(cast.service, story.contract, 2025))
    stated = {f"pdp-{code}": Answer.provided({"total": 10}) for code in ("1.5", "1.6", "1.7", "1.8", "1.9", "1.10")}
    assert proposals(known, stated)["satdl-1.2.7"] == {"total": 20}
    differs = {**stated, "satdl-1.2.7": Answer.provided({"total": 21})}
    found = next(one for one in check(known, differs) if one.code == "satdl-1.2.7-total-differs")
    assert found.severity == "to_justify"


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ({"q": "desinsertion"}, None),
        ({"q": "IRDP"}, ["1.2.1"]),
        ({"q": "PRÉ REPRISE", "jeu": "pdp"}, ["1.4", "1.6"]),
        ({"q": "1.13"}, ["1.13"]),
        ({"fournisseur": "social_service"}, ["1.4"]),
        ({"nature": "rate"}, ["1.2.3"]),
        ({"volet": "volet-3", "jeu": "a4"}, ["A4-V3-1", "A4-V3-2", "A4-V3-3"]),
        ({"jeu": "pdp", "tri": "-code"}, [f"1.{number}" for number in range(14, 0, -1)]),
        ({"q": "rien de tel"}, []),
    ],
)
def test_the_catalogue_filters_searches_and_sorts(
    story: Story, cast: Cast, query: dict[str, str], expected: list[str] | None
) -> None:
    content = text(cast.service, CATALOGUE, **query)
    if expected is not None:
        assert codes(content) == expected
    if expected == []:
        assert "Aucun indicateur répond à ces filtres" not in content
        assert "Aucun indicateur ne répond à ces filtres" in content


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_export_is_exactly_what_is_shown_with_codes_as_texts(story: Story, cast: Cast, form: str) -> None:
    query = {"dgt": "on", "tri": "-code"}
    rows = exported(cast.service, form, **query)
    assert [row[0] for row in rows] == codes(text(cast.service, CATALOGUE, **query))
    assert rows[0][:2] == ("1.11", "pdp-1.11")
    assert "1.10" in [row[0] for row in rows]


def test_the_export_has_no_page(story: Story, cast: Cast) -> None:
    assert len(exported(cast.service, "csv", contrat=str(story.contract.pk))) == 62
    assert signed_in(cast.service).get(reverse("catalogue:export", args=["pdf"])).status_code == 404


def test_versions_are_side_by_side_with_what_changed(story: Story, cast: Cast) -> None:
    with as_system():
        former = DefinitionRecord.objects.get(code="pdp-1.3")
        content = {**former.content, "version": 2, "label": "Salariés suivis, nouvelle lecture"}
        DefinitionRecord.objects.create(
            set=former.set,
            code=former.code,
            version=2,
            printed_code=former.printed_code,
            label=content["label"],
            strand=former.strand,
            position=former.position,
            provider=former.provider,
            valid_from=date(2027, 1, 1),
            content=content,
        )
    shown = text(cast.service, f"{CATALOGUE}pdp-1.3")
    assert "jamais comparées en silence" in shown
    assert shown.index("Version 2") < shown.index("Version 1")
    assert shown.count("changé") == 1
    assert codes(text(cast.service, CATALOGUE, jeu="pdp")).count("1.3") == 1


def test_rules_are_shown_with_their_weight(story: Story, cast: Cast) -> None:
    shown = text(cast.service, f"{CATALOGUE}pdp-1.12")
    assert "bloquant" in shown
    assert "à justifier" in shown
    assert "{left}" not in shown


def test_the_contract_page_links_every_code(story: Story, cast: Cast) -> None:
    shown = text(cast.fund, reverse("drafting:indicators", args=[story.contract.pk]))
    assert len(codes(shown)) == 62
    assert signed_in(cast.outsider).get(story.contract.page()).status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, 1),
        ({"annee": "2029"}, 1),
        ({"annee": "2030"}, 0),
        ({"etat": "draft"}, 0),
        ({"nature": "cpom_spsti", "territoire": "R93"}, 1),
        ({"q": "carsat"}, 1),
        ({"q": "ailleurs"}, 0),
        ({"annee": "tous", "etat": "?"}, 1),
    ],
)
def test_the_list_of_contracts_filters(story: Story, cast: Cast, query: dict[str, str], found: int) -> None:
    content = text(cast.service, reverse("drafting:contracts"), **query)
    assert content.count(f'<a href="{story.contract.page()}">') == found
    response = signed_in(cast.service).get(reverse("drafting:export", args=["csv"]), query)
    assert len(read_table(response.content, "contrats.csv").rows if found else []) == found


def test_the_forms_of_a_contract_post(story: Story, cast: Cast) -> None:
    labour, contract = signed_in(cast.labour), story.contract
    assert labour.post(reverse("drafting:add-indicator", args=[contract.pk]), INDICATOR).status_code == 403
    new = labour.post(reverse("amendments:new", args=[contract.pk]), {"kind": "content", "title": "Indicateurs"})
    page = new.headers["Location"]
    refused = labour.post(f"{page}/indicateur", {**INDICATOR, "printed_code": "1.10"})
    assert "Entreprises vues" in refused.content.decode(), "what was typed stays"
    assert labour.post(f"{page}/indicateur", INDICATOR).status_code == 302
    with acting_as(cast.labour):
        promise = story.contract.promises.get(definition__code="pdp-1.3")
    typed = {"promise": str(promise.pk), "targets": "2026 : 1 200"}
    assert labour.post(f"{page}/cibles", typed).status_code == 302
    assert labour.post(f"{page}/retrait", {"promise": str(promise.pk), "from_year": "2020"}).status_code == 403
    assert labour.post(f"{page}/retrait", {"promise": str(promise.pk), "from_year": ""}).status_code == 200
    shown = labour.get(page).content.decode()
    assert "2.9.1 Entreprises vues" in shown
    assert "Ajouté, de 2026 à 2029" in shown
    assert "2026\u202f: 1\u202f200" in shown
    published = labour.post(
        f"{CATALOGUE}pdp-1.3",
        {"text": "Extraction.", "applies_from": "2026-01-05", "contracts": [str(contract.pk)]},
    )
    assert published.status_code == 302
    assert "Extraction." in text(cast.service, f"{CATALOGUE}pdp-1.3")
    fund = signed_in(cast.fund)
    mode = reverse("drafting:operating-mode", args=[contract.pk])
    assert fund.post(mode, {"text": "Ensemble.", "tasks": "", "committee_on": "2026-04-10"}).status_code == 302
    service = signed_in(cast.service)
    assert service.post(reverse("drafting:agree", args=[contract.pk])).status_code == 302
    assert "arrêté" in text(cast.labour, reverse("drafting:indicators", args=[contract.pk]))


def test_what_one_may_not_do_is_said_with_its_reason(story: Story, cast: Cast) -> None:
    contract = story.contract
    service = signed_in(cast.service)
    add = reverse("drafting:add-indicator", args=[contract.pk])
    assert "avenant de toutes les parties" in service.get(add).content.decode()
    assert service.post(reverse("drafting:agree", args=[contract.pk])).status_code == 404
    assert service.post(reverse("drafting:confirm", args=[contract.pk]), {"all": "1"}).status_code == 409
    outsider = signed_in(cast.outsider)
    for name in ("add-indicator", "operating-mode"):
        assert outsider.get(reverse(f"drafting:{name}", args=[contract.pk])).status_code == 404
