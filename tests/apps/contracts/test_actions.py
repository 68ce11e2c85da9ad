"""What is done under contracts: progress and effects of actions, actions of several contracts, campaigns, targets."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from tests.support.cast import _organisation, actor
from tests.support.clients import signed_in
from tests.support.establishments import make_sirets
from tests.support.roles import as_system

from avenant.contracts.actions import selectors, services
from avenant.contracts.actions.models import (
    ActionFunding,
    Effect,
    FundingRequest,
    Progress,
    SharedAction,
    Target,
)
from avenant.contracts.actions.services import CampaignDraft, SharedDraft
from avenant.contracts.commitments import selectors as commitments
from avenant.contracts.commitments.services import ProofDraft, Which, add_proof
from avenant.contracts.drafting.models import Contract, ContractParty
from avenant.contracts.drafting.services import ContractDraft, PartyDraft, take_over_contract
from avenant.contracts.drafting.services.collection import Attachment
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents.tables import read_table
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
PACA, GUADELOUPE, MARTINIQUE = (
    "cpom-durance-luberon-2025-2029",
    "cpom-guadeloupe-2025-2030",
    "convention-martinique-2022-2025",
)
ROLES = {
    "labour": Role.LABOUR_LEAD,
    "fund": Role.FUND_CORRESPONDENT,
    "spsti": Role.SERVICE_MANAGER,
    "ars": Role.ARS_DECISION_MAKER,
    "establishment": Role.DIRECTOR,
}
PDF = b"%PDF-1.4\n%%EOF\n"


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.FILES = tmp_path / "files"


def person(organisation: str, role: Role | None = None) -> Actor:
    with as_system():
        row = Organisation.objects.get(key=organisation)
        return actor(row, f"Personne {organisation}", role or ROLES[row.kind])


def contract(key: str) -> Contract:
    with as_system():
        return Contract.objects.select_related("territory").get(key=key)


def page(who: Actor, name: str, *args: object, **query: str) -> str:
    response = signed_in(who).get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


# -- Progress and effects ----------------------------------------------------------------------------------------------


@pytest.mark.req("S3-4-01")
def test_every_action_has_one_party_and_each_party_lists_its_own_with_progress(acts_contract: Contract) -> None:
    paca, service, labour = contract(PACA), person("satdl"), person("dreets-paca")
    with acting_as(labour):
        lines = selectors.list_actions(labour, paca, NOW.date())
    assert lines
    assert all(one.pilot is not None for one in lines)
    theirs = [one for one in lines if one.pilot and one.pilot.organisation.key == "satdl"]
    key = theirs[0].clause.key
    with acting_as(labour), pytest.raises(Refused, match="répond de cette action"):
        services.say_progress(
            actor=labour, contract_id=paca.pk, clause_key=key, state=Progress.State.DONE, comment="", at=NOW
        )
    posted = signed_in(service).post(
        reverse("actions:action", args=[paca.pk, key]), {"state": "underway", "comment": "Deux entreprises vues."}
    )
    assert posted.status_code == 302
    mine = page(service, "actions:mine")
    assert f"{len(theirs)} actions" in mine
    assert "Deux entreprises vues." in mine
    assert "en cours" in mine
    assert "Aucune action" in page(person("carsat-sud-est"), "actions:mine", q="zzz")
    exported = signed_in(service).get(reverse("actions:export-mine", args=["csv"]), {"etat": "underway"})
    assert [row.texts[4] for row in read_table(exported.content, "a.csv").rows] == ["en cours"]
    # A draft whose action nobody answers for is not open to signature: test_preparing shows it by the same checklist.
    assert acts_contract.state == "to_sign"


@pytest.fixture
def acts_contract(cast: Any) -> Contract:
    """A contract refused at the signature while an action had no responsible party, then open once it has one."""
    from tests.support.acts import MARCH, Acts

    from avenant.contracts.drafting import services as drafting
    from avenant.contracts.drafting.services import ClauseText

    acts = Acts(cast)
    row, labour = acts.ready(), cast.labour
    with acting_as(labour):
        clause = drafting.add_clause(
            actor=labour, contract_id=row.pk, kind="action", parent_key="volet-1",
            text=ClauseText("", "Repérage", "Texte."), at=MARCH,
        )  # fmt: skip
        with pytest.raises(Refused, match="action sans partie responsable"):
            drafting.open_to_signature(actor=labour, contract_id=row.pk, at=MARCH)
        text = ClauseText("", "Repérage", "Texte.", pilot="val-issole")
        drafting.write_clause(actor=labour, contract_id=row.pk, clause_key=clause.key, text=text, at=MARCH)
        return drafting.open_to_signature(actor=labour, contract_id=row.pk, at=MARCH)


@pytest.mark.req("S3-5.V2.2-09")
def test_each_expected_effect_is_rated_with_a_comment() -> None:
    paca, service = contract(PACA), person("satdl")
    with acting_as(service):
        line = selectors.get_action(service, paca, "fiche-2-2", NOW.date())
    assert line is not None
    names = [name for name, _ in line.effects]
    assert len(names) == 2
    assert "pratiques organisationnelles" in names[0]
    assert "parcours professionnels" in names[1]
    address = reverse("actions:effect", args=[paca.pk, "fiche-2-2"])
    assert (
        signed_in(service).post(address, {"effect": names[0], "rating": "achieved", "comment": ""}).status_code == 422
    )
    for name, rating in zip(names, ("partial", "none"), strict=True):
        said = {"effect": name, "rating": rating, "comment": f"Constat {rating}."}
        assert signed_in(service).post(address, said).status_code == 302
    shown = page(service, "actions:action", paca.pk, "fiche-2-2")
    for words in ("partiellement atteint", "non atteint", "Constat partial.", "Constat none."):
        assert words in shown
    assert {value for value, _ in Effect.Rating.choices} == {"none", "partial", "achieved"}
    with acting_as(service), pytest.raises(DomainError, match="n’est pas de ceux"):
        services.assess_effect(
            actor=service, contract_id=paca.pk, clause_key="fiche-2-2", effect="Autre", rating=Effect.Rating.NONE,
            comment="x", at=NOW,
        )  # fmt: skip


# -- Actions of several contracts --------------------------------------------------------------------------------------


def second_contract(service: Organisation) -> Contract:
    """Another CPOM of the DEETS of Guadeloupe."""
    with as_system():
        labour, fund = (Organisation.objects.get(key=key) for key in ("deets-guadeloupe", "cgss-guadeloupe"))
        return take_over_contract(
            actor=None, at=NOW,
            draft=ContractDraft(
                key=f"cpom-{service.key}", kind=Contract.Kind.CPOM_SERVICE, title=f"CPOM, {service}",
                territory_id="R01", starts_on=date(2025, 1, 1), ends_on=date(2029, 12, 31),
                parties=(PartyDraft(labour, ContractParty.Role.LABOUR), PartyDraft(fund, ContractParty.Role.FUND),
                         PartyDraft(service, ContractParty.Role.SERVICE)),
            ),
        )  # fmt: skip


def services_of_guadeloupe(count: int) -> list[Organisation]:
    with as_system():
        return [_organisation(f"essai-{rank}", "spsti", f"Service d’essai {rank}", "R01") for rank in range(count)]


def open_action(kind: str, title: str, **more: Any) -> SharedAction:
    deets = person("deets-guadeloupe")
    with acting_as(deets):
        draft = SharedDraft(SharedAction.Kind(kind), title, date(2026, 2, 10), **more)
        return services.open_shared(actor=deets, draft=draft, at=NOW)


@pytest.mark.req("S1-III.D-08")
def test_a_thematic_day_of_two_contracts_is_on_both_and_counted_once() -> None:
    [service] = services_of_guadeloupe(1)
    first, second = contract(GUADELOUPE), second_contract(service)
    day = open_action("day", "Journée thématique sur le risque chimique", contracts=[first.pk, second.pk])
    deets = person("deets-guadeloupe")
    for one in (first, second):
        assert day.title in page(deets, "actions:contract", one.pk)
    assert day.title in page(person("cist-97-1"), "actions:contract", first.pk)
    listed = page(deets, "actions:shared", nature="day", annee="2026")
    assert "1 action commune répond à ces filtres" in listed
    assert listed.count(f'<a href="{day.page()}">') == 1
    exported = signed_in(deets).get(reverse("actions:export-shared", args=["csv"]), {"nature": "day"})
    assert len(read_table(exported.content, "a.csv").rows) == 1


@pytest.mark.req("S1-III.D-09")
def test_a_pooled_document_is_read_by_its_three_services_alone() -> None:
    members = services_of_guadeloupe(3)
    with as_system():
        home = _organisation("maison-essai", "establishment", "Maison d’essai", "R01")
    pooled = open_action(
        "document", "Repères de bonnes pratiques", members=members, file=Attachment("reperes.pdf", PDF)
    )
    for one in members:
        assert "reperes.pdf" in page(person(one.key), "actions:shared-one", pooled.pk)
    stranger = signed_in(person(home.key))
    assert stranger.get(pooled.page()).status_code == 404
    assert stranger.get(reverse("documents:download", args=[pooled.document_id])).status_code == 404
    assert pooled.title not in page(person(home.key), "actions:shared")


@pytest.mark.req("S1-III.D-10")
def test_a_network_lists_its_members_and_flags_the_partner() -> None:
    members = services_of_guadeloupe(4)
    with as_system():
        cgss = Organisation.objects.get(key="cgss-guadeloupe")
    network = open_action("network", "Réseau des services", members=members, partners=[cgss])
    deets = person("deets-guadeloupe")
    with acting_as(deets):
        row = selectors.get_shared(deets, network.pk)
        found = {one.organisation.key: one.partner for one in row.members.all()}
    assert found == {**{one.key: False for one in members}, "cgss-guadeloupe": True}
    assert len(found) == 5
    shown = page(deets, "actions:shared-one", network.pk)
    assert shown.count("partenaire") == 1
    assert 'Participants <span class="av-basis">5</span>' in shown


@pytest.mark.req("S1-III.D-11")
def test_a_promoted_action_is_in_the_communication_list_of_its_year() -> None:
    row = open_action("action", "Mesures d’exposition chez les artisans", contracts=[contract(GUADELOUPE).pk])
    deets = person("deets-guadeloupe")
    assert row.title not in page(deets, "actions:shared", valorisees="on", annee="2026")
    typed = {"publication": "https://guadeloupe.deets.example/article", "promoted_on": "2026-03-01"}
    assert signed_in(deets).post(row.page(), {**typed, "publication": ""}).status_code == 422
    assert signed_in(deets).post(row.page(), typed).status_code == 302
    listed = page(deets, "actions:shared", valorisees="on", annee="2026")
    assert row.title in listed
    assert typed["publication"] in listed
    assert row.title not in page(deets, "actions:shared", valorisees="on", annee="2025")
    assert signed_in(person("cist-97-1")).post(row.page(), typed).status_code == 403


@pytest.mark.req("S1-III.D-07")
def test_help_to_a_diagnosis_is_a_means_that_is_used_or_simply_not() -> None:
    deets, row = person("deets-guadeloupe"), contract(GUADELOUPE)
    with acting_as(deets):
        party = ContractParty.objects.get(contract=row, organisation=deets.organisation_id)

        def line() -> commitments.RegisterLine:
            return commitments.get_lines(deets, row, "eng-deets-7", party.pk, 2026, NOW)[0]

        unused = line()
        assert (unused.firm, unused.state) == (False, "non mobilisé à ce jour")
        assert "diagnostic" in unused.said.clause.heading
        draft = ProofDraft("Diagnostic territorial, volet 2", on=date(2026, 2, 2), file=("diagnostic.pdf", PDF))
        add_proof(actor=deets, which=Which(row.pk, "eng-deets-7", party.pk, 2026), draft=draft, at=NOW)
        used = line()
    assert used.state == "mobilisé"
    shown = page(deets, "commitments:commitment", row.pk, "eng-deets-7", party.pk, 2026)
    assert "2 février 2026" in shown
    assert "Diagnostic territorial, volet 2" in shown


# -- Campaigns of the laboratories -------------------------------------------------------------------------------------

CHEMISTRY, PHYSICS = "Carsat Hauts-de-France", "Carsat Auvergne"


def plan(rank: int, laboratory: str = CHEMISTRY) -> None:
    cgss = person("cgss-guadeloupe")
    with acting_as(cgss):
        services.plan_campaign(
            actor=cgss, contract_id=contract(GUADELOUPE).pk,
            draft=CampaignDraft(laboratory, date(2026, rank, 1), date(2026, rank, 5), enterprises=rank), at=NOW,
        )  # fmt: skip


def counts() -> dict[str, str]:
    cgss = person("cgss-guadeloupe")
    with acting_as(cgss):
        found = selectors.campaign_counts(cgss, contract(GUADELOUPE), 2026)
    return {one.laboratory: one.words for one in found}


@pytest.mark.req("S1-III.C-18")
def test_the_campaigns_of_a_year_are_counted_against_two() -> None:
    plan(3)
    assert counts() == {CHEMISTRY: "1 sur 2", PHYSICS: "0 sur 2"}
    plan(6)
    assert counts()[CHEMISTRY] == "complet"
    plan(10)
    assert counts()[CHEMISTRY] == "3 sur 2\u202f: au-delà de ce qui est prévu"
    shown = page(person("cist-97-1"), "actions:contract", contract(GUADELOUPE).pk)
    for words in (CHEMISTRY, "chimiques", "1er mars 2026", "5 mars 2026", "attendu"):
        assert words in shown
    cgss = person("cgss-guadeloupe")
    with acting_as(cgss), pytest.raises(DomainError, match="laboratoires que le contrat nomme"):
        services.plan_campaign(
            actor=cgss, contract_id=contract(GUADELOUPE).pk,
            draft=CampaignDraft("Autre", date(2026, 1, 1), date(2026, 1, 2)), at=NOW,
        )  # fmt: skip


@pytest.mark.req("S1-III.C-19")
def test_twice_a_year_is_read_by_laboratory_or_in_all() -> None:
    plan(3)
    plan(4, PHYSICS)
    assert counts() == {CHEMISTRY: "1 sur 2", PHYSICS: "1 sur 2"}, "two chemical and two physical by default"
    deets, row = person("deets-guadeloupe"), contract(GUADELOUPE)
    both = signed_in(deets).post(reverse("actions:plan", args=[row.pk]), {"each": "2", "total": "2"})
    assert both.status_code == 422
    assert signed_in(deets).post(reverse("actions:plan", args=[row.pk]), {"total": "2"}).status_code == 302
    assert counts() == {"": "complet"}
    assert signed_in(deets).post(reverse("actions:plan", args=[row.pk]), {"each": "1"}).status_code == 302
    assert counts() == {CHEMISTRY: "complet", PHYSICS: "complet"}


# -- Targeted establishments and missing pieces ------------------------------------------------------------------------


def csv_of(lines: list[tuple[str, str, str, str]]) -> SimpleUploadedFile:
    rows = ["FINESS;SIRET;Nom;Secteur", *(";".join(one) for one in lines)]
    return SimpleUploadedFile("annexe-3.csv", "\n".join(rows).encode(), content_type="text/csv")


@pytest.mark.req("S0-A2-02")
def test_three_annexes_are_missing_and_the_list_of_the_third_is_loaded_from_a_file() -> None:
    row, ars = contract(MARTINIQUE), person("ars-martinique")
    report = page(ars, "actions:missing")
    assert report.count('<th scope="row">Annexe ') == 3
    for title in ("Support de présentation CLACT", "Subventions TPE", "Liste des établissements ciblés"):
        assert title in report
    first, second = make_sirets(2)
    address = reverse("actions:targets", args=[row.pk])
    lines = [("970200001", first, "Résidence Un", "EHPAD"), ("", second, "Maison Deux", "SSIAD"),
             ("970200003", "123", "Fausse", "EHPAD")]  # fmt: skip
    refused = signed_in(ars).post(address, {"file": csv_of(lines)})
    assert refused.status_code == 422
    assert "Ligne 4" in refused.content.decode()
    with acting_as(ars):
        assert not Target.objects.exists()
    taken = signed_in(ars).post(address, {"file": csv_of(lines), "take_the_rest": "on"})
    assert taken.status_code == 302
    shown = page(ars, "actions:targets", row.pk)
    for words in ("Résidence Un", "970200001", first, "EHPAD", "Maison Deux"):
        assert words in shown
    with acting_as(ars):
        assert selectors.list_targets(ars, row).count() == 2
    assert "2 établissements chargés" in page(ars, "actions:missing")
    exported = signed_in(ars).get(reverse("actions:export-missing", args=["csv"]))
    assert len(read_table(exported.content, "p.csv").rows) == 3
    assert signed_in(person("satdl")).get(address).status_code == 404


@pytest.mark.req("S1-III.S-02")
def test_a_targeted_enterprise_without_its_contact_at_the_service_is_a_gap() -> None:
    row, service = contract(GUADELOUPE), person("cist-97-1")
    lines = [("", siret, f"Entreprise {rank}", "Bâtiment") for rank, siret in enumerate(make_sirets(2), start=1)]
    address = reverse("actions:targets", args=[row.pk])
    assert signed_in(service).post(address, {"file": csv_of(lines)}).status_code == 302
    with acting_as(service):
        first = selectors.list_targets(service, row)[0]
    named = signed_in(service).post(
        reverse("actions:contact", args=[row.pk, first.pk]), {"contact": "IPRP du bassin nord"}
    )
    assert named.status_code == 302
    shown = page(service, "actions:targets", row.pk)
    assert "IPRP du bassin nord" in shown
    assert shown.count(">manque<") == 1
    gaps = page(service, "actions:targets", row.pk, manques="on")
    assert "Entreprise 2" in gaps
    assert "Entreprise 1" not in gaps
    assert "1 sans interlocuteur au service" in page(service, "actions:contract", row.pk)
    with acting_as(service):
        party = ContractParty.objects.get(contract=row, organisation=service.organisation_id)
        [line] = commitments.get_lines(service, row, "eng-cist-2", party.pk, 2026, NOW)
    assert not line.firm


# -- Enterprises of a programme ----------------------------------------------------------------------------------------

FOLLOWED = ["SIRET", "Raison sociale", "Identification", "Traçabilité", "Salariés exposés"]


def programme(header: list[str], *lines: list[str]) -> SimpleUploadedFile:
    text = "\n".join(";".join(one) for one in (header, *lines))
    return SimpleUploadedFile("suivi-cmr.csv", text.encode(), content_type="text/csv")


def enterprises() -> str:
    return reverse("actions:enterprises", args=[contract(GUADELOUPE).pk, "action-2-1"])


@pytest.mark.req("S1-IV.2-04")
def test_each_enterprise_of_the_programme_has_two_steps_and_the_page_counts_them() -> None:
    first, second = make_sirets(2)
    lines = [first, "Ateliers du Port", "faite", "en cours", "4"], [second, "Imprimerie Sud", "pas commencée", "", ""]
    service = person("cist-97-1")
    refused = signed_in(service).post(enterprises(), {"file": programme(FOLLOWED, *lines)})
    assert refused.status_code == 422
    assert "Ligne 3" in refused.content.decode()
    lines[1][3] = "pas commencée"
    assert signed_in(service).post(enterprises(), {"file": programme(FOLLOWED, *lines)}).status_code == 302
    shown = page(person("deets-guadeloupe"), "actions:enterprises", contract(GUADELOUPE).pk, "action-2-1")
    for words in ("Suivies\u202f: 2", "identifiées\u202f: 1", "tracées\u202f: 0", "<td>1/2</td>", "<td>0/2</td>"):
        assert words in shown
    for step in ("pas commencée", "en cours", "faite"):
        assert step in shown
    link = reverse("actions:enterprises", args=[contract(GUADELOUPE).pk, "action-2-1"])
    assert link in page(service, "actions:action", contract(GUADELOUPE).pk, "action-2-1")
    name = [contract(GUADELOUPE).pk, "action-2-1", "csv"]
    taken = signed_in(service).get(reverse("actions:export-enterprises", args=name)).content
    again = SimpleUploadedFile("suivi.csv", taken, content_type="text/csv")
    assert signed_in(service).post(enterprises(), {"file": again}).status_code == 302, "an export is loaded again"
    assert signed_in(person("satdl")).get(enterprises()).status_code == 404


@pytest.mark.req("S1-IV.2-06")
@pytest.mark.parametrize("column", ["nom du salarié", "NIR", "Plombémie (µg/L)"])
@pytest.mark.parametrize("party", ["cist-97-1", "cgss-guadeloupe", "deets-guadeloupe"])
def test_a_file_of_the_shared_programme_holds_statuses_and_counts_and_nothing_of_a_worker(
    column: str, party: str
) -> None:
    who = person(party)
    line = [make_sirets(1)[0], "Ateliers du Port", "faite", "en cours", "4"]
    refused = signed_in(who).post(enterprises(), {"file": programme([*FOLLOWED, column], [*line, "x"])})
    assert refused.status_code == 422
    shown = refused.content.decode()
    assert f"Colonne «\u202f{column}\u202f»" in shown
    assert "rien n’a été enregistré" in shown
    with acting_as(who):
        assert not selectors.list_enterprises(who, contract(GUADELOUPE), "action-2-1").exists()
    assert signed_in(who).post(enterprises(), {"file": programme(FOLLOWED, line)}).status_code == 302


@pytest.mark.req("S1-IV.2-06")
def test_a_social_security_number_in_any_column_is_refused_too() -> None:
    line = [make_sirets(1)[0], "2 69 05 49 588 157 80", "faite", "en cours", "4"]
    refused = signed_in(person("cist-97-1")).post(enterprises(), {"file": programme(FOLLOWED, line)})
    assert refused.status_code == 422
    assert "numéro de sécurité sociale" in refused.content.decode()


def test_the_list_of_targets_takes_no_column_about_people() -> None:
    row, service = contract(GUADELOUPE), person("cist-97-1")
    file = SimpleUploadedFile("annexe-3.csv", f"SIRET;Nom;NIR\n{make_sirets(1)[0]};Atelier;x".encode(), "text/csv")
    refused = signed_in(service).post(reverse("actions:targets", args=[row.pk]), {"file": file})
    assert refused.status_code == 422
    assert "Colonne «\u202fNIR\u202f»" in refused.content.decode()


# -- Funding and objectives --------------------------------------------------------------------------------------------


@pytest.mark.req("S3-5.V2.2-07")
def test_the_funding_request_of_the_text_waits_until_it_is_granted_and_creates_its_line() -> None:
    paca, service = contract(PACA), person("satdl")
    with acting_as(service):
        asked = FundingRequest.objects.visible_to(service).get(contract=paca)
    assert (asked.funder, asked.state, asked.submitted_on) == ("mission FACT", "awaiting", date(2024, 9, 26))
    shown = page(service, "actions:action", paca.pk, "fiche-2-2")
    assert "en attente de retour" in shown
    assert "déposée le 26 septembre 2024" in shown
    assert list(FundingRequest.lifecycle.states.values()) == [
        "en préparation", "déposée", "en attente de retour", "accordée", "refusée",
    ]  # fmt: skip
    address = reverse("actions:move-request", args=[asked.pk])
    before = {"act": "grant", "on": "2024-09-25", "amount": "30 000"}
    assert "la réponse la suit" in signed_in(service).post(address, before).content.decode()
    assert signed_in(service).post(address, {**before, "on": "2026-02-10", "amount": "0"}).status_code == 422
    assert signed_in(service).post(address, {**before, "on": "2026-02-10"}).status_code == 302
    with acting_as(service):
        line = ActionFunding.objects.visible_to(service).get(contract=paca)
        assert (line.funder, line.amount, line.granted_on) == ("mission FACT", Decimal(30_000), date(2026, 2, 10))
        assert FundingRequest.objects.get(pk=asked.pk).state == "granted"
    after = page(service, "actions:action", paca.pk, "fiche-2-2").replace("\u202f", " ")
    assert "30 000,00 €" in after.replace("\xa0", " ")
    again = signed_in(service).post(address, {**before, "on": "2026-02-10"})
    assert again.status_code == 403
    assert "l’état est « accordée »" in again.content.decode().replace("\u202f", " ")


@pytest.mark.req("S3-5.V2.2-07")
def test_operational_objectives_are_set_with_the_enterprises_that_take_part() -> None:
    paca, service, labour = contract(PACA), person("satdl"), person("dreets-paca")
    address = reverse("actions:objective", args=[paca.pk, "fiche-2-2"])
    said = {"text": "Bâtir les plannings avec la grille", "enterprises": ""}
    assert signed_in(service).post(address, said).status_code == 422
    assert signed_in(service).post(address, {**said, "enterprises": "Aide fictive des Ocres"}).status_code == 302
    shown = page(labour, "actions:action", paca.pk, "fiche-2-2")
    assert "Bâtir les plannings avec la grille" in shown
    assert "Aide fictive des Ocres" in shown
    assert signed_in(labour).post(address, {**said, "enterprises": "Autre"}).status_code == 403


def test_a_request_is_prepared_deposited_refused_and_made_again() -> None:
    paca, service = contract(PACA), person("satdl")
    ask = reverse("actions:ask-funding", args=[paca.pk, "fiche-2-2"])
    assert "déjà suivie" in signed_in(service).post(ask, {"funder": "mission FACT"}).content.decode()
    assert signed_in(service).post(ask, {"funder": "Un fonds", "asked": "12 000,50"}).status_code == 302
    with acting_as(service):
        row = FundingRequest.objects.visible_to(service).get(funder="Un fonds")
    step = reverse("actions:move-request", args=[row.pk])
    assert signed_in(service).post(step, {"act": "submit", "on": "2099-01-01"}).status_code == 422
    assert signed_in(service).post(step, {"act": "submit", "on": "2026-01-15"}).status_code == 302
    assert signed_in(service).post(step, {"act": "acknowledge"}).status_code == 302
    assert (
        signed_in(service).post(step, {"act": "refuse", "on": "2026-02-01", "reason": "Hors du champ"}).status_code
        == 302
    )
    assert signed_in(service).post(step, {"act": "take_over"}).status_code == 404
    assert signed_in(service).post(ask, {"funder": "Un fonds"}).status_code == 302
    with acting_as(service):
        assert sorted(FundingRequest.objects.filter(funder="Un fonds").values_list("state", flat=True)) == [
            "draft", "refused",
        ]  # fmt: skip
