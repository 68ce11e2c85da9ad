"""What the loaded texts and the acts of the parties show on the pages: units, owners, clauses, plans, terms."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from tests.support.acts import MARCH, Acts, agree, noon
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.amendments import services as amendments
from avenant.contracts.amendments.models import AmendedAnnex, Amendment, CourtRuling
from avenant.contracts.amendments.pages import prove_amendment
from avenant.contracts.commitments import selectors as commitments
from avenant.contracts.commitments import services as keeping
from avenant.contracts.commitments.models import Keeping
from avenant.contracts.commitments.services import ProofDraft, Said, Which
from avenant.contracts.drafting import checklist, selectors, services
from avenant.contracts.drafting.models import Contract, ContractParty, Contribution, Framework, PromisedIndicator
from avenant.contracts.drafting.printing import print_contract
from avenant.contracts.drafting.services.collection import Attachment
from avenant.contracts.drafting.services.contributing import Means
from avenant.contracts.drafting.services.tagging import Reading
from avenant.domain.audiences import Role
from avenant.domain.contracts import Standing
from avenant.domain.contracts.amending import Verb
from avenant.domain.contracts.keeping import Status
from avenant.domain.decision import DomainError, Refused
from avenant.domain.indicators import Provider
from avenant.domain.proof import verify
from avenant.foundations.documents.tables import read_table
from avenant.foundations.journal.sealing import seal_journal
from avenant.foundations.meetings.models import Committee
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Membership, Organisation, Unit
from avenant.indicators.declarations.services import entry
from avenant.indicators.declarations.sheet import sheet
from avenant.site.committees import set_up_committees
from avenant.site.followed import record_facts

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
}
PDF = b"%PDF-1.7\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"
PARTIES = {
    PACA: ("dreets-paca", "carsat-sud-est", "satdl"),
    GUADELOUPE: ("deets-guadeloupe", "cgss-guadeloupe", "cist-97-1"),
    MARTINIQUE: ("ars-martinique", "cgss-martinique", "deets-martinique"),
}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Any) -> None:
    settings.FILES = tmp_path / "files"


@pytest.fixture
def acts(cast: Cast) -> Acts:
    return Acts(cast)


def person(organisation: str, role: Role | None = None) -> Actor:
    with as_system():
        row = Organisation.objects.get(key=organisation)
        return actor(row, f"Personne {organisation}", role or ROLES[row.kind])


def people(key: str) -> tuple[Actor, ...]:
    return tuple(person(one) for one in PARTIES[key])


def contract(key: str) -> Contract:
    with as_system():
        return Contract.objects.select_related("territory").get(key=key)


def page(who: Actor, name: str, *args: object, **query: str) -> str:
    response = signed_in(who).get(reverse(name, args=args), query)
    assert response.status_code == 200
    return response.content.decode()


def line(who: Actor, key: str, clause: str, year: int, at: datetime = NOW) -> commitments.RegisterLine:
    row = contract(key)
    with acting_as(who):
        party = ContractParty.objects.get(contract=row, organisation=who.organisation_id)
        return commitments.get_lines(who, row, clause, party.pk, year, at)[0]


def which(who: Actor, key: str, clause: str, year: int) -> Which:
    row = contract(key)
    with acting_as(who):
        party = ContractParty.objects.get(contract=row, organisation=who.organisation_id)
    return Which(row.pk, clause, party.pk, year)


# -- Parties, units, owners --------------------------------------------------------------------------------------------


@pytest.mark.req("S0-P-04")
def test_each_party_of_martinique_is_represented_by_units_and_people_belong_to_one() -> None:
    ars = person("ars-martinique")
    shown = page(ars, "drafting:text", contract(MARTINIQUE).pk)
    asked = {
        "ars-martinique": ["Direction de l’autonomie"],
        "cgss-martinique": ["Département des Risques Professionnels", "Action sociale"],
        "deets-martinique": ["Pôle Travail"],
    }
    with as_system():
        for key, names in asked.items():
            units = {one.name for one in Unit.objects.filter(organisation__key=key)}
            for name in names:
                assert any(name.casefold() in one.casefold() for one in units), (key, name, units)
                assert name.casefold() in shown.casefold()
        unit = Unit.objects.get(organisation__key="deets-martinique", key="pole-travail")
        member = actor(Organisation.objects.get(key="deets-martinique"), "Agent", Role.LABOUR_LEAD, unit="pole-travail")
        kept = Membership.objects.get(pk=member.membership_id)
    assert (kept.unit_id, kept.organisation_id, member.unit) == (unit.pk, member.organisation_id, unit.name)


@pytest.mark.req("S0-P-05")
def test_what_one_institution_says_is_read_by_the_others_and_edited_by_it_alone() -> None:
    ars, cgss, deets = people(MARTINIQUE)
    del ars
    at = datetime(2025, 6, 2, 12, tzinfo=UTC)
    opinion = which(cgss, MARTINIQUE, "eng-5-injonctions", 2025)
    with acting_as(cgss):
        row = contract(MARTINIQUE)
        occurrence = commitments.get_lines(cgss, row, opinion.clause_key, opinion.party_id, 2025, at)[0].occurrence.key
        keeping.state_commitment(
            actor=cgss, which=Which(row.pk, opinion.clause_key, opinion.party_id, 2025, occurrence),
            said=Said(Status.UNDERWAY, "Avis de la CGSS : bilan du premier semestre en relecture."), at=at,
        )  # fmt: skip
    args = (contract(MARTINIQUE).pk, opinion.clause_key, opinion.party_id, 2025)
    read = page(deets, "commitments:commitment", *args)
    assert "Avis de la CGSS" in read
    owner = read[read.index("<h1") :].split("</strong>")[0]
    assert "CGSS" in owner, "the page names, under its title, the institution that owns the record"
    assert "Déclarer où il en est" not in read
    assert "Déclarer où il en est" in page(cgss, "commitments:commitment", *args)
    forged = signed_in(deets).post(
        reverse("commitments:state", args=args), {"status": "held", "comment": "x", "occurrence": occurrence}
    )
    assert forged.status_code == 403
    for name, said in (
        ("add-proof", {"title": "Courrier", "type": "autre"}),
        ("remark", {"text": "Lu.", "occurrence": occurrence}),
    ):
        answer = signed_in(deets).post(reverse(f"commitments:{name}", args=args), said)
        assert answer.status_code == {"add-proof": 403, "remark": 302}[name], name
    with as_system():
        assert Keeping.objects.get(clause_key=opinion.clause_key, occurrence=occurrence).status == "underway"
    assert signed_in(person("satdl")).get(reverse("commitments:commitment", args=args)).status_code == 404


def test_an_ars_states_its_commitments_contributes_and_signs_an_amendment() -> None:
    ars, cgss, deets = people(MARTINIQUE)
    at, row = datetime(2025, 6, 2, 12, tzinfo=UTC), contract(MARTINIQUE)
    with acting_as(ars):
        party = ContractParty.objects.get(contract=row, organisation=ars.organisation_id)
        found = commitments.list_register(ars, row, 2025, at)
        mine = next(one for one in found if one.said.party.pk == party.pk and not one.occurrence.key)
        keeping.state_commitment(
            actor=ars, which=Which(row.pk, mine.said.clause.key, party.pk, 2025), said=Said(Status.HELD), at=at
        )
        services.declare_contribution(
            actor=ars, contract_id=row.pk, means=Means("financial", "FIR", Decimal(10000), "€", 2025), at=at
        )

    def rewrite(who: Actor, amendment: Amendment) -> None:
        change = amendments.ChangeDraft(Verb.REWRITE, "art-7", heading="Communication", body="Texte revu.")
        amendments.change_clause(actor=who, contract_id=row.pk, amendment_id=amendment.pk, change=change, at=at)

    assert agree((ars, cgss, deets), row, rewrite, at).state == "applied"


def test_the_three_parties_of_guadeloupe_sign_in_their_capacity(cast: Cast) -> None:
    deets = person("deets-guadeloupe")
    listed = page(deets, "drafting:contracts", nature="cpom_spsti", territoire="R01")
    assert "Un contrat répond à ces filtres" in listed
    shown = page(deets, "drafting:contract", contract(GUADELOUPE).pk)
    with acting_as(deets):
        rows = {
            one.printed_short_name: (one.organisation.kind, one.capacity, one.printed_name)
            for one in selectors.get_contract(deets, contract(GUADELOUPE).pk).parties.all()
        }
    assert {name: said[:2] for name, said in rows.items()} == {
        "CIST 97.1": ("spsti", "Directrice générale"),
        "DEETS": ("labour", "Directeur"),
        "CGSS": ("fund", "Directeur"),
    }
    assert "Saint-Martin" in rows["CGSS"][2]
    assert shown.count("Signataire en qualité de") == 3
    assert "2025-2030" in shown


@pytest.mark.req("S3-V-01")
def test_the_three_parties_of_paca_have_their_nature_seat_and_capacity() -> None:
    labour = person("dreets-paca")
    with acting_as(labour):
        row = selectors.get_contract(labour, contract(PACA).pk)
        found = {one.printed_short_name: one for one in row.parties.all()}
        printed = print_contract(labour, row, at=NOW)
    asked = {
        "DREETS PACA": ("service déconcentré", "rue Borde CS 10009", "Directeur régional"),
        "Carsat Sud-Est": ("organisme privé", "35 rue George", "Directeur général"),
        "SPSTi": ("association", "353", "Président"),
    }
    assert set(found) == set(asked)
    words = _words_of(printed.pdf)
    for name, (nature, seat, capacity) in asked.items():
        party = found[name]
        assert nature.casefold() in party.legal_nature.casefold()
        assert seat in party.seat
        assert party.capacity.casefold() == capacity.casefold()
        assert seat in words
        assert capacity.casefold() in words.casefold()
    shown = page(labour, "drafting:contract", row.pk)
    assert shown.count("Signataire en qualité de") == 3
    for short in asked:
        assert f"ci-après «\u202f{short}\u202f»" in shown


def _words_of(pdf: bytes) -> str:
    import io

    from pypdf import PdfReader

    return " ".join(" ".join(one.extract_text().split()) for one in PdfReader(io.BytesIO(pdf)).pages)


@pytest.mark.req("S3-3-09")
def test_the_accreditation_of_the_service_and_its_end_only_when_it_is_known() -> None:
    service = person("satdl")
    shown = page(service, "drafting:contract", contract(PACA).pk)
    card = shown[shown.index('id="leviers"') :]
    assert "Agrément n° 2022/03" in card
    assert "11 avril 2022" in card
    assert "fin non donnée" in card
    assert "échu depuis" not in card.split('id="annexes"')[0].split("projet")[0]
    at = datetime(2026, 3, 3, 12, tzinfo=UTC)
    for expires_on, told in ((date(2026, 9, 4), False), (date(2026, 9, 2), True), (date(2026, 3, 1), True)):
        with acting_as(service):
            services.enter_accreditation(
                actor=service, contract_id=contract(PACA).pk, number="2022/03", dated=date(2022, 4, 11),
                expires_on=expires_on, at=at,
            )  # fmt: skip
            from avenant.contracts.drafting.text_pages import expiring

            levers = list(selectors.list_levers(service, contract(PACA)))
            assert bool(expiring(levers, at.date())) is told


@pytest.mark.req("S3-6-19")
def test_the_social_service_is_a_unit_of_the_fund() -> None:
    with as_system():
        unit = Unit.objects.get(organisation__key="carsat-sud-est", key="ssam")
        known = {one.definition.printed_code for one in PromisedIndicator.objects.filter(
            contract__key=PACA, definition__provider="social_service").select_related("definition")}  # fmt: skip
    assert unit.organisation.key == "carsat-sud-est"
    assert known == {"1.4"}
    assert Role.SOCIAL_SERVICE.kinds == {Organisation.objects.get(key="carsat-sud-est").kind}


@pytest.mark.req("S3-6-19")
def test_the_social_service_has_an_entry_right_of_its_own_limited_to_indicator_1_4(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    assert cast.social_service.unit_id == Unit.objects.get(organisation__key="carsat-sud-est", key="ssam").pk
    own, service = story.part(Provider.SOCIAL_SERVICE), story.part()
    with acting_as(cast.social_service):
        assert [one.definition.printed_code for one in sheet(cast.social_service, own).rows] == ["1.4"]
    story.type(own, "pdp-1.4", "12")
    with acting_as(cast.service):
        other = next(one for one in sheet(cast.service, service).rows if one.definition.code == "pdp-1.3")
    with acting_as(cast.social_service), pytest.raises(Refused):
        entry.save_entry(
            actor=cast.social_service, part_id=service.pk, entry=entry.Entry(other.record.pk, {"total": "12"}), at=NOW
        )
    for colleague in (cast.fund, cast.service):
        with acting_as(colleague), pytest.raises(Refused):
            entry.save_entry(
                actor=colleague, part_id=own.pk, at=NOW,
                entry=entry.Entry(next(iter(sheet(colleague, own).rows)).record.pk, {"total": "13"}),
            )  # fmt: skip


# -- Texts and clauses -------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-V-01")
def test_the_legal_references_of_guadeloupe_are_links_to_the_register_of_texts() -> None:
    deets = person("deets-guadeloupe")
    shown = page(deets, "drafting:text", contract(GUADELOUPE).pk)
    block = shown[shown.index('id="textes-lies"') :].split("</ul>")[0]
    for article in ("L4622-10", "D4622-44", "D4622-45", "D4622-46", "D4622-47"):
        assert article in block
    assert "DGT/CT1/CNAM/DRP/2024/132" in block
    assert "12 juillet 2024" in block
    for key in ("ct-visas", "instruction-2024-132"):
        address = reverse("drafting:reference", args=[key])
        assert f'href="{address}"' in block
        assert contract(GUADELOUPE).page() in signed_in(deets).get(address).content.decode()
    register = page(deets, "drafting:references", q="instruction 2024")
    assert "DGT/CT1/CNAM/DRP/2024/132" in register
    exported = signed_in(deets).get(reverse("drafting:export-references", args=["csv"]), {"q": "instruction 2024"})
    assert len(read_table(exported.content, "t.csv").rows) >= 1


@pytest.mark.req("S0-P-07")
def test_the_convention_links_the_instruction_of_2018_which_links_it_back() -> None:
    ars, row = person("ars-martinique"), contract(MARTINIQUE)
    address = reverse("drafting:reference", args=["instruction-2018-177"])
    shown = page(ars, "drafting:text", row.pk)
    assert f'<a href="{address}">INSTRUCTION N°DGCS/4B/2018/177' in shown[shown.index('id="textes-lies"') :]
    back = signed_in(ars).get(address).content.decode()
    assert f'href="{row.page()}"' in back
    for factor in ("alourdissement", "attentes", "recomposition du paysage", "interdisciplinarité"):
        assert factor in back
    assert signed_in(person("satdl")).get(address).status_code == 404


@pytest.mark.req("S1-F-04")
def test_five_clauses_that_guadeloupe_lacks_are_listed_with_the_default_of_the_platform() -> None:
    deets, row = person("deets-guadeloupe"), contract(GUADELOUPE)
    with acting_as(deets):
        found = checklist.check(deets, row, NOW.date())
        silent = {one.asked.key: one.asked.default for one in found.silent if one.asked.default}
    assert set(silent) == {"comite-de-suivi", "frequence", "date-de-recueil", "confidentialite", "resiliation"}
    shown = page(deets, "drafting:writing", row.pk)
    assert shown.count("attendue, absente") >= 5
    assert shown.count("à défaut\u202f:") == 5
    assert "Campagne annuelle, en mars-avril" in shown
    assert "Par avenant signé de toutes les parties seulement" in shown
    with as_system():
        list(set_up_committees(at=NOW))
        committee = Committee.objects.get(key=f"follow-up-{row.key}")
    assert (committee.minimum, committee.window_first, committee.window_last) == (1, "03-01", "04-30")
    assert {"minimum", "window_first", "window_last"} <= set(committee.defaults)
    assert "réglage par défaut" in signed_in(deets).get(committee.page()).content.decode().casefold()


@pytest.mark.req("S3-5.V2.2-02")
def test_the_two_steering_groups_of_the_fact_project_have_their_named_composition() -> None:
    service = person("satdl")
    with as_system():
        list(set_up_committees(at=NOW))
    with acting_as(service):
        groups = {
            one.short_name: [seat.capacity for seat in one.seats.order_by("pk")]
            for one in Committee.objects.visible_to(service).filter(kind="steering")
        }
    assert groups == {
        "COPIL FACT institutionnel": ["DDETS 84", "UNIFORMATION, chargée de mission"],
        "COPIL FACT SAT DL": [
            "Médecin du travail",
            "Équipe pluridisciplinaire (infirmières en santé au travail, préventeurs)",
            "Consultant externe ergonome et psychologue du travail",
        ],
    }
    listed = page(service, "meetings:committees")
    for name in groups:
        assert name in listed


@pytest.mark.req("S1-IV.2-03")
def test_an_action_of_the_chemical_risk_chooses_among_four_roles() -> None:
    service, row = person("cist-97-1"), contract(GUADELOUPE)
    shown = page(service, "drafting:sheet", row.pk, "action-2-1")
    asked = (
        "aide à l’évaluation et à la prévention",
        "conseil aux employeurs, travailleurs et représentants",
        "surveillance de l’état de santé",
        "traçabilité des expositions et veille sanitaire",
    )
    roles = shown[shown.index("Missions du service pour le risque chimique (L4622-2)") :].split("</fieldset>")[0]
    assert all(one in roles for one in asked)
    assert roles.count('type="checkbox"') == 4
    posted = signed_in(service).post(
        reverse("drafting:describe", args=[row.pk, "action-2-1"]), {"roles": ["traceability"]}
    )
    assert posted.status_code == 302
    assert "Traçabilité des expositions et veille sanitaire." in page(service, "drafting:sheet", row.pk, "action-2-1")
    with acting_as(service), pytest.raises(DomainError, match="parmi"):
        services.describe_action(
            actor=service, contract_id=row.pk, clause_key="action-2-1", reading=Reading(roles=["autre"]), at=NOW
        )


@pytest.mark.req("S1-II-03")
def test_an_action_that_serves_two_frameworks_is_under_both_and_counted_once() -> None:
    deets, row = person("deets-guadeloupe"), contract(GUADELOUPE)
    with acting_as(deets):
        services.describe_action(
            actor=deets, contract_id=row.pk, clause_key="action-2-1",
            reading=Reading(frameworks=["pst-4", "cog-atmp-2023-2028"]), at=NOW,
        )  # fmt: skip
    shown = page(deets, "drafting:programme", row.pk)
    table = shown[shown.index('id="priorites"') :].split("</table>")[0]
    assert table.count(reverse("drafting:sheet", args=[row.pk, "action-2-1"])) == 2
    assert "1 action en tout, chacune comptée une fois." in shown


@pytest.mark.req("S0-P-03")
def test_an_action_of_both_natures_is_in_both_lists_and_its_amount_once_in_the_total() -> None:
    deets, row = person("deets-guadeloupe"), contract(GUADELOUPE)
    with acting_as(deets):
        services.describe_action(
            actor=deets, contract_id=row.pk, clause_key="action-2-1", reading=Reading(natures=["qvt", "prevention"]),
            at=NOW,
        )  # fmt: skip
        services.declare_contribution(
            actor=deets, contract_id=row.pk, at=NOW,
            means=Means("financial", "Subvention", Decimal(10000), "€", 2026, "action-2-1"),
        )  # fmt: skip
    shown = page(deets, "drafting:programme", row.pk)
    natures = shown[shown.index('id="natures"') :]
    qvt, prevention = natures.split("<h3>")[1:3]
    for one in (qvt, prevention):
        assert "10\u202f000" in one
        assert "accompagner des entreprises" in one
    total = natures[natures.index("Total, chaque action") :].split("</p>")[0]
    assert "10\u202f000" in total
    assert "20\u202f000" not in shown


@pytest.mark.req("S1-III.C-15")
def test_the_chemical_sub_agreement_starts_from_the_model_and_is_recommended_only() -> None:
    service, row = person("cist-97-1"), contract(GUADELOUPE)
    address = reverse("drafting:sub-agreement", args=[row.pk, "convention-risque-chimique"])
    shown = signed_in(service).get(address).content.decode()
    assert "risque chimique" in shown
    assert "recommandé, non obligatoire" in shown
    assert reverse("drafting:reference", args=["convention-type-2024-132"]) in shown
    made = signed_in(service).post(address, {"items": ["coopération sur le plan de la métrologie"]})
    assert made.status_code == 302
    with acting_as(service):
        agreement = Contract.objects.get(parent=row)
        parties = {one.organisation.key for one in agreement.parties.select_related("organisation")}
        bodies = " ".join(one.body for one in agreement.clauses.all())
    assert (agreement.kind, parties) == ("sous_convention", {"cist-97-1", "cgss-guadeloupe"})
    assert "2024/132" in bodies
    assert agreement.title in page(service, "drafting:contract", row.pk)
    assert "Procède de" in page(service, "drafting:contract", agreement.pk)
    assert signed_in(person("deets-guadeloupe")).post(address, {}).status_code == 403
    cgss = person("cgss-guadeloupe")
    with acting_as(cgss):
        assert services.open_to_signature(actor=cgss, contract_id=agreement.pk, at=NOW).state == "to_sign"


@pytest.mark.req("S1-III.C-17")
def test_the_physical_sub_agreement_names_at_least_one_nuisance() -> None:
    service, row = person("cist-97-1"), contract(GUADELOUPE)
    address = reverse("drafting:sub-agreement", args=[row.pk, "convention-nuisances-physiques"])
    shown = signed_in(service).get(address).content.decode()
    for one in ("aéraulique", "bruit", "vibrations", "rayonnements", "éclairage", "ambiances thermiques",
                "étalonnage", "protocoles de mesurage", "cahiers des charges types", "journées thématiques"):  # fmt: skip
        assert one in shown
    item = "performance et maintenance des équipements de mesure (vérification, étalonnage)"
    refused = signed_in(service).post(address, {"items": [item]}).content.decode()
    assert "Choisissez au moins une nuisance" in refused
    assert signed_in(service).post(address, {"topics": ["bruit"], "items": [item]}).status_code == 302
    with acting_as(service):
        clauses = {one.key: one.details for one in Contract.objects.get(parent=row).clauses.all()}
    assert clauses["nuisances"] == {"topics": ["bruit"]}
    assert clauses["cooperation"] == {"items": [item]}


# -- Means and commitments ---------------------------------------------------------------------------------------------


@pytest.mark.req("S1-III.S-04")
def test_the_means_of_the_service_are_recorded_by_profession() -> None:
    service, row = person("cist-97-1"), contract(GUADELOUPE)
    typed = {"year": "2026", "clause_key": "", "kind": "human", "text": "Mise à disposition"}
    for profession, quantity, unit in (("iprp", "0,5", "ETP"), ("nurse", "12", "jours")):
        said = {**typed, "profession": profession, "quantity": quantity, "unit": unit}
        assert signed_in(service).post(reverse("drafting:contributions", args=[row.pk]), said).status_code == 302
    shown = page(service, "drafting:contributions", row.pk)
    table = shown[shown.index("Déclarées par les parties") :]
    for words in ("2026", "IPRP", "0,5 ETP", "infirmier en santé au travail", "12 jours"):
        assert words in table
    labels = [label for _, label in Contribution.Profession.choices]
    assert labels == ["médecin du travail", "IPRP", "infirmier en santé au travail", "autre profession"]


@pytest.mark.req("S1-V.1-02")
def test_the_service_owes_a_yearly_report_of_the_first_strand() -> None:
    service, row = person("cist-97-1"), contract(GUADELOUPE)
    shown = page(service, "drafting:sheet", row.pk, "action-1-2")
    assert "bilans annuels" in shown
    assert "<dt>Pilote</dt><dd>CIST 97.1</dd>" in shown
    assert "<dt>Rythme</dt><dd>chaque année</dd>" in shown
    assert "bilan annuel" in shown
    with acting_as(service):
        text = selectors.clauses_on(service, row, NOW.date())
    action = next(one for one in text if one.key == "action-1-2")
    assert (action.parent_key, action.details["recurrence"], action.details["pilot"]) == (
        "volet-1", "yearly", "cist-97-1",
    )  # fmt: skip


@pytest.mark.req("S3-5.V1-13")
def test_the_service_contributes_to_the_national_reports() -> None:
    service = person("satdl")
    found = line(service, PACA, "eng-spsti-bilans-nationaux", 2026)
    body = found.said.clause.body.casefold()
    for words in (
        "26 avril 2022",
        "dgt",
        "cnam",
        "questionnaires",
        "départemental",
        "régional",
        "quantitati",
        "qualitati",
    ):
        assert words in body, words
    assert (found.firm, found.said.party.organisation.key) == (True, "satdl")
    assert found.said.clause.details["recurrence"] == "yearly"


@pytest.mark.req("S3-5.V1-10")
def test_a_partnership_is_evidence_and_proposes_one_more_for_the_indicator() -> None:
    service, row = person("satdl"), contract(PACA)
    asked = which(service, PACA, "eng-spsti-partenariats", 2025)
    with acting_as(service):
        indicator = selectors.list_promises(service, row).get(definition__printed_code="1.3.4").definition
        draft = ProofDraft(
            "Convention de partenariat", on=date(2025, 5, 1), quantity=Decimal(1), unit="partenariat",
            indicator=indicator,
        )  # fmt: skip
        proof = keeping.add_proof(actor=service, which=asked, draft=draft, at=NOW)
    assert proof.proposal == "+ 1 proposé pour l’indicateur 1.3.4"
    found = line(service, PACA, "eng-spsti-partenariats", 2025)
    assert found.firm
    assert [one.title for one in found.proofs] == ["Convention de partenariat"]
    for dimension in ("qualité des détections", "offre de service", "déploiement des dispositifs"):
        assert dimension in found.said.clause.body


@pytest.mark.req("S1-III.D-02")
def test_what_the_labour_directorate_writes_in_a_draft_holds_its_commitment() -> None:
    deets, row = person("deets-guadeloupe"), contract(GUADELOUPE)
    assert line(deets, GUADELOUPE, "eng-deets-2", 2026).status is Status.TO_COME
    with acting_as(deets):
        clause = next(one for one in selectors.clauses_on(deets, row, NOW.date()) if one.key == "art-1")
        services.write_clause(
            actor=deets, contract_id=row.pk, clause_key="art-1",
            text=services.ClauseText(clause.number, clause.heading, clause.body + "\n\nApport de la DEETS."), at=NOW,
        )  # fmt: skip
    with as_system():
        assert record_facts(at=NOW) == 1
        assert record_facts(at=NOW) == 0
    found = line(deets, GUADELOUPE, "eng-deets-2", 2026)
    assert (found.firm, found.status, found.state) == (True, Status.HELD, "tenu")
    assert "Version 2" in found.proofs[0].title


# -- Amendments and ends -----------------------------------------------------------------------------------------------


@pytest.mark.req("S0-9-02")
def test_a_withdrawn_scope_makes_the_commitments_of_its_article_lapse_and_nothing_else() -> None:
    ars, cgss, deets = people(MARTINIQUE)
    row, at = contract(MARTINIQUE), noon(date(2025, 5, 5))
    effect = date(2025, 6, 1)
    with as_system():
        keeping.plan_registers(at=at)
        definition = PromisedIndicator.objects.filter(contract__key=PACA)[0].definition
        PromisedIndicator.objects.create(
            circle_id=row.circle_id, contract=row, definition=definition, first_year=2023, last_year=2025
        )
        before = set(Keeping.objects.filter(contract=row).values_list("pk", flat=True))
    draft = amendments.AmendmentDraft(Amendment.Kind.SCOPE, "Opérations immobilières", effective_on=effect)
    with acting_as(ars):
        amendment = amendments.draft_amendment(actor=ars, contract_id=row.pk, draft=draft, at=at)
        change = amendments.ChangeDraft(Verb.LAPSE, "art-3")
        amendments.change_clause(actor=ars, contract_id=row.pk, amendment_id=amendment.pk, change=change, at=at)
        amendments.open_amendment(actor=ars, contract_id=row.pk, amendment_id=amendment.pk, at=at)
    _sign(amendment, row, (ars, cgss, deets), at)

    def lapsed(day: date) -> dict[str, bool]:
        with acting_as(deets):
            found = commitments.list_register(deets, row, 2025, noon(day))
        return {one.said.clause.key: one.lapsed_on is not None for one in found}

    assert not any(lapsed(effect - timedelta(days=1)).values())
    after = lapsed(effect)
    with acting_as(deets):
        keys = {one.key: one.parent_key for one in selectors.clauses_on(deets, row, effect)}
    third = {key for key in after if keys[key] == "art-3"}
    assert third
    assert {key for key, gone in after.items() if gone} == third
    shown = signed_in(deets).get(reverse("commitments:register", args=[row.pk]), {"annee": "2025", "etat": "lapsed"})
    assert "caduc" in shown.content.decode()
    with as_system():
        assert set(Keeping.objects.filter(contract=row).values_list("pk", flat=True)) == before
        assert PromisedIndicator.objects.filter(contract=row, first_year=2023, last_year=2025).exists()


def _sign(amendment: Amendment, row: Contract, actors: tuple[Actor, ...], at: datetime) -> Amendment:
    from avenant.contracts.amendments.services.amending import act_of
    from avenant.contracts.drafting.services import Paper

    for one in actors:
        with acting_as(one):
            party = ContractParty.objects.get(contract=row, organisation=one.organisation_id)
            amendment.contract = selectors.get_contract(one, row.pk)
            paper = Paper(Attachment("avenant.pdf", PDF), act_of(one, amendment, at).reference(party), at.date())
            amendment = amendments.sign_amendment(
                actor=one, contract_id=row.pk, amendment_id=amendment.pk, paper=paper, at=at
            )
    return amendment


@pytest.mark.req("S0-T3-06")
@pytest.mark.parametrize(
    ("signed", "told", "effect"),
    [(date(2025, 9, 30), False, date(2025, 12, 30)), (date(2025, 10, 1), True, date(2026, 1, 1))],
)
def test_a_notice_that_runs_past_the_natural_end_says_so(
    monkeypatch: pytest.MonkeyPatch, signed: date, told: bool, effect: date
) -> None:
    actors, row, at = people(MARTINIQUE), contract(MARTINIQUE), noon(signed)
    monkeypatch.setattr("avenant.foundations.clock.now", lambda: at)
    draft = amendments.AmendmentDraft(Amendment.Kind.TERMINATION, "Résiliation")
    with acting_as(actors[0]):
        amendment = amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=draft, at=at)
    shown = signed_in(actors[0]).get(amendment.page()).content.decode()
    assert ("Le contrat prend fin avant" in shown) is told
    assert ("31 décembre 2025" in shown) is True
    with acting_as(actors[0]):
        amendments.open_amendment(actor=actors[0], contract_id=row.pk, amendment_id=amendment.pk, at=at)
    assert _sign(amendment, row, actors, at).effective_on == effect
    last = contract(MARTINIQUE).ends_on
    assert last == (date(2025, 12, 31) if told else effect - timedelta(days=1))


@pytest.mark.req("S0-T3-08")
def test_no_tacit_renewal_and_an_extension_is_signed_before_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    actors, row = people(MARTINIQUE), contract(MARTINIQUE)
    assert row.standing(date(2026, 1, 1)) is Standing.EXPIRED
    last_day, late = noon(date(2025, 12, 31)), noon(date(2026, 1, 2))
    draft = amendments.AmendmentDraft(Amendment.Kind.DURATION, "Prolongation", new_ends_on=date(2026, 12, 31))
    with acting_as(actors[0]):
        amendment = amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=draft, at=last_day)
        amendments.open_amendment(actor=actors[0], contract_id=row.pk, amendment_id=amendment.pk, at=last_day)
    with pytest.raises(DomainError, match="Préparez un nouveau contrat"):
        _sign(amendment, row, actors, late)
    with acting_as(actors[0]), pytest.raises(Refused, match="Préparez un nouveau contrat"):
        amendments.draft_amendment(actor=actors[0], contract_id=row.pk, draft=draft, at=late)
    _sign(amendment, row, actors, last_day)
    extended = contract(MARTINIQUE)
    assert extended.ends_on == date(2026, 12, 31)
    assert extended.standing(date(2026, 1, 1)) is Standing.IN_FORCE


@pytest.mark.req("S0-T3-05")
def test_the_end_of_a_plan_is_told_once_with_the_contracts_that_depend_on_it() -> None:
    row = contract(MARTINIQUE)
    deets = person("deets-martinique")
    with as_system():
        framework = Framework.objects.get(pk="prst-4-martinique")
        assert framework.ends_on == date(2025, 12, 31)
        eve, day = noon(date(2025, 6, 29)), noon(date(2025, 6, 30))
        found = Notice.objects.filter(key__startswith="framework:prst-4-martinique:", person_id=deets.person_id)
        assert amendments.follow_plans(at=eve) == 0
        assert amendments.follow_plans(at=day) >= 1
        amendments.follow_plans(at=day)
        [notice] = found
        assert row.title in notice.body
        Framework.objects.filter(pk=framework.pk).update(ends_on=date(2026, 12, 31))
    assert contract(MARTINIQUE).ends_on == date(2025, 12, 31), "the end of the contract does not move by itself"


@pytest.mark.req("S3-7-11")
def test_the_outcome_of_a_dispute_before_the_court_is_recorded(acts: Acts) -> None:
    row, service = acts.in_force(), acts.cast.other_service
    address = reverse("amendments:ruling", args=[row.pk])
    typed = {"court": "Tribunal judiciaire de Marseille", "reference": "RG 26/00123", "ruled_on": "2026-03-01",
             "decision": "Demande rejetée."}  # fmt: skip
    assert signed_in(service).post(address, typed).status_code == 302
    shown = page(acts.cast.labour, "amendments:amendments", row.pk)
    for words in (typed["court"], typed["reference"], "1er mars 2026", typed["decision"]):
        assert words in shown
    assert "déjà au dossier" in signed_in(service).post(address, typed).content.decode()
    late = signed_in(service).post(address, {**typed, "reference": "RG 2", "ruled_on": "2199-01-01"}).content.decode()
    assert "est à venir" in late
    with acting_as(service):
        assert CourtRuling.objects.count() == 1
    assert signed_in(acts.cast.outsider).post(address, typed).status_code == 404


def test_an_amendment_joins_replaces_and_removes_annexes_from_its_day(acts: Acts) -> None:
    row, labour = acts.in_force(), acts.cast.labour
    april = date(2026, 4, 1)

    def annexes(day: date) -> dict[str, str]:
        with acting_as(labour):
            return {
                one.title: one.document.name if one.document else "" for one in selectors.list_annexes(labour, row, day)
            }

    def change(act: str, at: datetime, effective_on: date, **more: Any) -> Amendment:
        amendment = acts.amend(row, effective_on=effective_on, at=at)
        with acting_as(labour):
            amendments.change_annex(
                actor=labour, contract_id=row.pk, amendment_id=amendment.pk,
                draft=amendments.AnnexDraft(AmendedAnnex.Act(act), **more), at=at,
            )  # fmt: skip
        with as_system():
            amendments.apply_due(at=at)
        acts.open_amendment(amendment, at)
        return acts.sign_amendment(amendment, at=at)

    file = Attachment("liste.pdf", PDF)
    with pytest.raises(DomainError, match="Joignez le fichier"):
        change("add", MARCH, april, title="Liste des entreprises")
    added = change("add", MARCH, april, title="Liste des entreprises", number="1", file=file)
    assert annexes(april - timedelta(days=1)) == {}
    assert annexes(april) == {"Liste des entreprises": "liste.pdf"}
    with acting_as(labour):
        [key] = [one.key for one in selectors.list_annexes(labour, row, april)]
    later = noon(date(2026, 5, 1))
    change("replace", later, date(2026, 5, 2), key=key, file=Attachment("liste-2.pdf", PDF + b"%%EOF\n"))
    assert annexes(date(2026, 5, 2)) == {"Liste des entreprises": "liste-2.pdf"}
    assert annexes(date(2026, 5, 1)) == {"Liste des entreprises": "liste.pdf"}
    change("remove", noon(date(2026, 6, 1)), date(2026, 6, 2), key=key)
    assert annexes(date(2026, 6, 2)) == {}
    with as_system():
        seal_journal(at=noon(date(2026, 6, 3)))
    with acting_as(labour):
        added.contract = selectors.get_contract(labour, row.pk)
        proof = prove_amendment(labour, added, at=noon(date(2026, 6, 3)))
    assert len(proof["documents"]) == 4, "three signed copies and the annex"
    assert all(one.holds is not False for one in verify(proof))
    address = reverse("amendments:proof", args=[row.pk, added.pk])
    assert signed_in(labour).get(address).headers["Content-Type"].startswith("application/json")


@pytest.mark.req("S1-F-03")
def test_a_difficulty_settled_amicably_is_in_the_yearly_report_with_its_dates(acts: Acts) -> None:
    from avenant.foundations.meetings import services as meetings
    from avenant.foundations.meetings.services.reports import ReportText

    row, service = acts.in_force(), acts.cast.other_service
    with acting_as(service):
        found = amendments.raise_difficulty(
            actor=service, contract_id=row.pk, subject="Listes reçues en retard.", raised_on=date(2026, 3, 1), at=MARCH
        )
        amendments.note_step(
            actor=service, contract_id=row.pk, difficulty_id=found.pk, taken_on=date(2026, 3, 2), text="Réunion",
            at=MARCH,
        )  # fmt: skip
        amendments.settle_difficulty(
            actor=service, contract_id=row.pk, difficulty_id=found.pk, outcome="solved", closed_on=date(2026, 3, 2),
            at=MARCH,
        )  # fmt: skip
    with as_system():
        list(set_up_committees(at=MARCH))
    with acting_as(service):
        committee = Committee.objects.get(circle_id=row.circle_id, kind="follow_up")
        report = meetings.open_report(actor=service, committee_id=committee.pk, year=2026, at=MARCH)
        meetings.write_report(
            actor=service, report_id=report.pk, text=ReportText("Acquis.", "", True, "Suite."), at=MARCH
        )
    shown = signed_in(service).get(report.page()).content.decode()
    for words in ("Listes reçues en retard.", "1er mars 2026", "2 mars 2026", "réglée à l’amiable"):
        assert words in shown
    assert signed_in(service).post(reverse("site:adopt-report", args=[report.pk])).status_code == 302
    with acting_as(service):
        report.refresh_from_db()
    assert report.content["sections"][-1]["title"] == "Registre des difficultés"
    assert "close le 2 mars 2026" in report.content["sections"][-1]["text"]
