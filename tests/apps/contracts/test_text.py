"""The text of a contract in the tables and on its pages: loaded once, read on a day, told as it is printed."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.cast import actor
from tests.support.roles import as_system

from avenant.contracts.drafting import commitment_pages, programme_pages, selectors, services, text_pages
from avenant.contracts.drafting.models import Clause, ClauseTag, Contract, Provision
from avenant.contracts.drafting.services.contributing import Means
from avenant.domain.audiences import Role
from avenant.domain.contracts import ClauseKind, Standing
from avenant.domain.contracts.comparison import compare
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.accounts.models import User
from avenant.foundations.documents.tables import read_table
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.references.contract_texts import load_contract_text
from avenant.site.loading import load_references

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
TODAY = date(2026, 3, 3)
PACA, GUADELOUPE, MARTINIQUE = (
    "cpom-durance-luberon-2025-2029",
    "cpom-guadeloupe-2025-2030",
    "convention-martinique-2022-2025",
)
PARTS = ("contract", "text", "programme", "commitments", "context", "indicators", "contributions")


class Reader:
    """A person of one party before one contract."""

    def __init__(self, key: str, organisation: str, role: Role = Role.LABOUR_LEAD) -> None:
        with as_system():
            self.contract = Contract.objects.get(key=key)
            self.actor: Actor = actor(Organisation.objects.get(key=organisation), "Pilote", role)
        self.client = Client()
        self.client.force_login(User.objects.get(pk=self.actor.person_id))

    def address(self, name: str, *more: object) -> str:
        route = {"commitments": "commitments:register", "export-commitments": "commitments:export"}
        return reverse(route.get(name, f"drafting:{name}"), args=[self.contract.pk, *more])

    def page(self, name: str, *more: object, **query: str) -> str:
        response = self.client.get(self.address(name, *more), query)
        assert response.status_code == 200
        return response.content.decode()

    def text(self) -> text_pages.Text:
        return text_pages.Text(self.actor, selectors.get_contract(self.actor, self.contract.pk), TODAY)

    def commitments(self) -> list[commitment_pages.CommitmentLine]:
        provisions = selectors.list_provisions(self.actor, self.contract, [Provision.Kind.CATEGORY])
        tags = selectors.list_tags(self.actor, self.contract)
        return commitment_pages.commitment_lines(self.text(), provisions, tags)


@pytest.fixture
def paca(db: None) -> Reader:
    return Reader(PACA, "dreets-paca")


@pytest.fixture
def guadeloupe(db: None) -> Reader:
    return Reader(GUADELOUPE, "deets-guadeloupe")


@pytest.fixture
def martinique(db: None) -> Reader:
    return Reader(MARTINIQUE, "deets-martinique")


# -- Loading -----------------------------------------------------------------------------------------------------------


def test_loading_twice_changes_nothing() -> None:
    with as_system():
        assert list(load_references()) == []
        assert all(one.loaded_sha256 for one in Contract.objects.all())


def test_a_corrected_reference_corrects_the_transcription_and_says_so(paca: Reader) -> None:
    text = load_contract_text(PACA)
    first, *others = text.clauses
    with as_system():
        corrected = replace(text, clauses=(replace(first, body="Vu le code du travail,"), *others))
        changes = services.take_over_text(actor=None, contract=paca.contract, text=corrected, at=NOW)
        again = services.take_over_text(actor=None, contract=paca.contract, text=corrected, at=NOW)
    assert changes == ["~ clause Vu le code du travail,\u202f: body"]
    assert again == []


def test_a_text_that_the_parties_changed_is_theirs(paca: Reader) -> None:
    with as_system():
        Clause.objects.filter(contract=paca.contract, key="art-1").update(body="Les parties écrivent autre chose.")
        paca.contract.refresh_from_db()
        text = load_contract_text(PACA)
        assert services.take_over_text(actor=None, contract=paca.contract, text=text, at=NOW) == []
        assert Clause.objects.get(contract=paca.contract, key="art-1").body == "Les parties écrivent autre chose."


# -- The legal text ----------------------------------------------------------------------------------------------------


def test_the_hash_of_the_tables_ignores_what_is_not_signed(paca: Reader) -> None:
    with acting_as(paca.actor):
        before = selectors.legal_text(paca.actor, paca.contract, TODAY)
    with as_system():
        paca.contract.parties.update(correspondent="Chargée de mission", mailbox="cpom@example.org")
        Clause.objects.filter(contract=paca.contract).update(editing={"note": "relu"})
        ClauseTag.objects.filter(contract=paca.contract).delete()
    with acting_as(paca.actor):
        after = selectors.legal_text(paca.actor, paca.contract, TODAY)
    assert after.fingerprint == before.fingerprint
    with as_system():
        Clause.objects.filter(contract=paca.contract, key="art-8").update(number="Article 8 bis")
    with acting_as(paca.actor):
        assert selectors.legal_text(paca.actor, paca.contract, TODAY).fingerprint != before.fingerprint


def test_a_version_of_an_amendment_stands_from_its_day_and_is_compared(paca: Reader) -> None:
    from_ = date(2027, 1, 1)
    with as_system():
        old = Clause.objects.get(contract=paca.contract, key="art-8")
        Clause.objects.filter(pk=old.pk).update(in_force_until=from_)
        old.pk, old.in_force_from, old.heading = None, from_, "Confidentialité"
        old.save(force_insert=True)
    with acting_as(paca.actor):
        eve, day = (selectors.legal_text(paca.actor, paca.contract, one) for one in (date(2026, 12, 31), from_))
    found = compare(eve, day)
    assert [(one.new.key, [two.label for two in one.differences]) for one in found.changed] == [("art-8", ["intitulé"])]
    assert (found.added, found.removed, found.moved, found.head) == ((), (), (), ())


# -- The pages ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "organisation"), [(PACA, "satdl"), (GUADELOUPE, "cist-97-1"), (MARTINIQUE, "ars-martinique")]
)
def test_every_part_opens_for_a_reader_of_a_party(key: str, organisation: str) -> None:
    reader = Reader(key, organisation, Role.READER)
    for name in PARTS:
        assert str(reader.contract) in reader.page(name)


@pytest.mark.req("S1-X-01")
def test_a_stranger_to_the_contract_finds_nothing(paca: Reader) -> None:
    stranger = Reader(PACA, "cist-97-1", Role.SERVICE_MANAGER)
    for name in PARTS:
        assert stranger.client.get(stranger.address(name)).status_code == 404
        assert paca.client.get(paca.address(name)).status_code == 200
    assert stranger.client.get(stranger.address("printed")).status_code == 404
    with acting_as(stranger.actor):
        assert not Clause.objects.filter(contract=paca.contract).exists(), "row level security, whatever the filter"


@pytest.mark.req("S3-7-12")
def test_articles_are_in_order_and_the_signatures_last(paca: Reader) -> None:
    shown = paca.page("text")
    places = [shown.index(f'<span class="number">Article {number}</span>') for number in range(1, 10)]
    assert places == sorted(places)
    assert places[-1] < shown.index("tribunal compétent") < shown.rindex("Signature des parties")


@pytest.mark.req("S0-P-06")
def test_the_list_of_martinique_holds_its_convention(martinique: Reader) -> None:
    listed = martinique.client.get(reverse("drafting:contracts"), {"territoire": "R02"}).content.decode()
    assert listed.count(f'<a href="{martinique.contract.page()}">') == 1
    assert "Un contrat répond à ces filtres" in listed
    assert "convention" in listed
    shown = martinique.page("contract")
    for words in ("Fort-de-France", "30 novembre 2022", "PRST 4"):
        assert words in shown
    with acting_as(martinique.actor):
        text = martinique.text()
        annexes = selectors.list_annexes(martinique.actor, martinique.contract, TODAY)
    assert [one.number for one in text.of_kind(ClauseKind.ARTICLE)] == [f"Article {rank}" for rank in range(1, 10)]
    assert len(text.of_kind(ClauseKind.PART)) == 3
    assert {one.organisation.kind for one in text.parties.values()} == {"ars", "fund", "labour"}
    assert [one.number for one in annexes] == ["1", "2", "3"]


def test_three_signature_rows_two_of_which_are_not_in_the_source(martinique: Reader) -> None:
    shown = martinique.page("contract")
    assert shown.count("Signature\u202f: 30 novembre 2022") == 3
    assert shown.count("bloc de signature absent de la source") >= 2
    with acting_as(martinique.actor):
        contract = selectors.get_contract(martinique.actor, martinique.contract.pk)
        doubtful = {one.organisation.kind for one in contract.parties.all() if one.signature_to_confirm}
    assert doubtful == {"fund", "labour"}
    assert contract.standing(date(2022, 11, 30)) is Standing.IN_FORCE


@pytest.mark.req("S0-T3-01", "S0-T3-02")
def test_the_convention_runs_from_its_signature_to_the_end_of_the_plan(martinique: Reader) -> None:
    contract = martinique.contract
    told = {
        day: contract.standing(day)
        for day in (date(2022, 11, 29), date(2022, 11, 30), date(2025, 12, 31), date(2026, 1, 1))
    }
    assert list(told.values()) == [Standing.TO_COME, Standing.IN_FORCE, Standing.IN_FORCE, Standing.EXPIRED]
    assert contract.term_framework is not None
    assert contract.term_framework.label.startswith("PRST 4")


@pytest.mark.req("S3-9-01")
def test_the_paca_contract_runs_five_calendar_years(paca: Reader) -> None:
    days = (date(2024, 12, 31), date(2025, 1, 1), date(2029, 12, 31), date(2030, 1, 1))
    assert [paca.contract.standing(day) for day in days] == [
        Standing.TO_COME,
        Standing.IN_FORCE,
        Standing.IN_FORCE,
        Standing.EXPIRED,
    ]


def test_no_date_of_signature_is_guessed(paca: Reader) -> None:
    shown = paca.page("contract")
    assert shown.count("date de signature à compléter, absente de la source") >= 3
    assert "lieu et date à compléter" in shown
    assert all(one.signed_on is None and one.signature_to_confirm for one in paca.contract.parties.all())
    assert (paca.contract.state, paca.contract.starts_on) == ("in_force", date(2025, 1, 1))


@pytest.mark.req("S0-1-07")
def test_missing_annexes_are_listed_with_the_article_that_cites_them(martinique: Reader) -> None:
    shown = martinique.page("text")
    annexes = shown[shown.index('id="annexes"') : shown.index('id="manques"')]
    assert annexes.count("pièce absente de la source") == 3
    for words in ("Annexe 1", "Annexe 2", "Annexe 3", "Article 1", "Article 2"):
        assert words in annexes
    missing = shown[shown.index('id="manques"') :]
    assert missing.count("pièce absente de la source") == 3


@pytest.mark.req("S1-I-03")
def test_the_two_logics_of_the_preamble_are_shown(guadeloupe: Reader) -> None:
    shown = guadeloupe.page("text")
    logics = shown[shown.index('id="logiques"') :]
    assert logics.index("synergie") < logics.index("partenariat opérationnel")


@pytest.mark.req("S1-II-01")
def test_contracts_are_found_by_framework(guadeloupe: Reader) -> None:
    with acting_as(guadeloupe.actor):
        links = list(selectors.list_frameworks(guadeloupe.actor, guadeloupe.contract))
    assert len(links) == 6
    shown = guadeloupe.page("text")
    assert all(one.framework.label in shown for one in links)
    cog = next(one.framework for one in links if "AT/MP" in one.framework.label)
    found = guadeloupe.client.get(reverse("drafting:contracts"), {"cadre": cog.pk}).content.decode()
    assert guadeloupe.contract.page() in found
    assert "Aucun contrat" in guadeloupe.client.get(
        reverse("drafting:contracts"), {"cadre": cog.pk, "etat": "in_force"}
    ).content.decode()  # fmt: skip


@pytest.mark.req("S3-2-01")
def test_frameworks_have_their_period_or_say_that_none_is_given(paca: Reader) -> None:
    shown = paca.page("text")
    frameworks = shown[shown.index('id="cadres"') : shown.index('id="manques"')]
    assert frameworks.count('<th scope="row">') == 9
    assert "2023-2028" in frameworks
    assert "période non donnée" in frameworks


@pytest.mark.req("S3-1-01")
def test_the_three_levers_stand_side_by_side(paca: Reader) -> None:
    shown = paca.page("contract")
    levers = shown[shown.index('id="leviers"') :]
    for words in (
        "CPOM d’un SPSTI",
        "1er janvier 2025",
        "2022/03",
        "11 avril 2022",
        "fin non donnée",
        "31 décembre 2025",
    ):
        assert words in levers
    assert levers.count("<rect") == 3


@pytest.mark.req("S3-3-13")
def test_the_service_project_has_four_axes_and_thirteen_projects(paca: Reader) -> None:
    shown = paca.page("contract")
    project = shown[shown.index('id="leviers"') :]
    axes = [part.count("<li>Projet ") for part in project.split("<h3>Axe ")[1:]]
    assert axes == [3, 3, 3, 4]
    with acting_as(paca.actor):
        row = selectors.list_levers(paca.actor, paca.contract).get(kind="project")
    held = {axis["number"]: [one["number"] for one in axis["projects"]] for axis in row.content["axes"]}
    assert held == {1: [1, 2, 3], 2: [7, 8, 9], 3: [4, 5, 6], 4: [10, 11, 12, 13]}
    assert (row.starts_on.year, row.ends_on.year, row.content["validated_on"]) == (2021, 2025, "2021-12-16")


@pytest.mark.req("S3-3-14")
def test_a_project_that_ended_before_its_contract_asks_for_the_next_and_stays_readable(paca: Reader) -> None:
    with acting_as(paca.actor):
        levers = list(selectors.list_levers(paca.actor, paca.contract))
    eve, day = (text_pages.overlap_gap(paca.contract, levers, one) for one in (date(2025, 12, 31), date(2026, 1, 1)))
    assert "prend fin en 2025, alors que le contrat qui s’y appuie court jusqu’en 2029" in eve
    assert "est échu depuis 2025" in day
    assert "joignez le projet suivant" in day
    shown = paca.page("contract")
    assert day in shown
    assert "Projet 3\u202f:" in shown
    assert "Projet 9\u202f:" in shown


def test_the_purpose_that_guadeloupe_leaves_out_is_marked(guadeloupe: Reader, paca: Reader) -> None:
    def rows(shown: str) -> list[str]:
        return shown[shown.index('id="finalites"') :].split("</table>")[0].split("<tr>")[2:]

    theirs, ours = rows(guadeloupe.page("programme")), rows(paca.page("programme"))
    absent = "absente du texte de ce contrat"
    assert (len(theirs), sum(absent in row for row in theirs)) == (8, 1)
    assert "COG" in next(row for row in theirs if absent in row)
    assert (len(ours), sum(absent in row for row in ours)) == (8, 0)


def test_an_action_serves_at_least_one_purpose_and_a_purpose_without_action_is_a_gap(guadeloupe: Reader) -> None:
    contract = guadeloupe.contract
    with acting_as(guadeloupe.actor):
        listed = [one.key for one in selectors.list_provisions(guadeloupe.actor, contract, [Provision.Kind.PURPOSE])]
        assert len(listed) == 7
        for purposes in ([], ["orientations-cog"]):
            with pytest.raises(DomainError, match="au moins une"):
                services.tag_action(
                    actor=guadeloupe.actor, contract_id=contract.pk, clause_key="action-1-1", purposes=purposes, at=NOW
                )
        ClauseTag.objects.filter(contract=contract, family="purpose").delete()
        before = selectors.legal_text(guadeloupe.actor, contract, TODAY).fingerprint
        services.tag_action(
            actor=guadeloupe.actor, contract_id=contract.pk, clause_key="action-1-1", purposes=listed[:2], at=NOW
        )
        assert selectors.legal_text(guadeloupe.actor, contract, TODAY).fingerprint == before, "a tag is not the text"
    shown = guadeloupe.page("programme")
    matrix = shown[shown.index('id="finalites"') :].split("</table>")[0]
    assert matrix.count("aucune action") == 5
    assert matrix.count(guadeloupe.address("sheet", "action-1-1")) == 2


def test_a_reader_corrects_no_tag() -> None:
    reader = Reader(GUADELOUPE, "cist-97-1", Role.READER)
    assert reader.client.post(reader.address("sheet", "action-1-1"), {"purposes": ["ciblage"]}).status_code == 403
    assert reader.client.get(reader.address("sheet", "rien")).status_code == 404


# -- Programme ---------------------------------------------------------------------------------------------------------


def test_each_strand_has_its_action_sheet_and_says_when_it_is_not_known(guadeloupe: Reader) -> None:
    shown = guadeloupe.page("programme")
    assert shown.count('<h2 id="volet-') == 2
    for rank in (1, 2):
        assert guadeloupe.address("sheet", f"fiche-{rank}") in shown
        with acting_as(guadeloupe.actor):
            sheet = guadeloupe.text().by_key[f"fiche-{rank}"]
        assert sheet.details["missing"] in guadeloupe.page("text"), "told among what is missing, before signature"


def test_a_sheet_tells_who_pilots_and_what_it_delivers(paca: Reader) -> None:
    with acting_as(paca.actor):
        text = paca.text()
        sheets = programme_pages.sheet_views(text, selectors.list_tags(paca.actor, paca.contract))
    for one in sheets:
        shown = paca.page("sheet", one.clause.key) if one.clause.kind == ClauseKind.SHEET else ""
        if shown and one.pilot:
            assert f"<dt>Pilote</dt><dd>{one.pilot}</dd>" in shown
        if shown and one.said.get("indicators"):
            assert "Mesurée par" in shown
    assert {one.clause.parent_key for one in sheets} >= {"volet-2", "volet-3"}
    assert [one.details.get("mandatory", True) for one in text.of_kind(ClauseKind.STRAND)] == [True, True, False]


# -- Commitments -------------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-III-02")
def test_the_commitments_of_guadeloupe_are_31_lines_by_party_and_category(guadeloupe: Reader) -> None:
    with acting_as(guadeloupe.actor):
        lines = guadeloupe.commitments()
    parties = ("deets-guadeloupe", "cgss-guadeloupe", "cist-97-1")
    counts = {key: sum(one.party.organisation.key == key for one in lines) for key in parties}
    assert (len(lines), counts) == (31, {"deets-guadeloupe": 11, "cgss-guadeloupe": 16, "cist-97-1": 4})
    rows = read_table(guadeloupe.client.get(guadeloupe.address("export-commitments", "csv")).content, "e.csv").rows
    assert len(rows) == 31
    for column in ("Partie", "Catégorie", "Engagement", "Nature"):
        assert column in guadeloupe.page("commitments")
    kept = guadeloupe.page("commitments", partie="cist-97-1")
    assert "0 engagement ferme et 4 mobilisables avec ces filtres" in kept
    query = {"partie": "cist-97-1", "tri": "-engagement"}
    exported = guadeloupe.client.get(guadeloupe.address("export-commitments", "csv"), query)
    assert len(read_table(exported.content, "e.csv").rows) == 4, "exactly what is shown"
    assert guadeloupe.client.get(guadeloupe.address("export-commitments", "pdf")).status_code == 404


def test_commitments_are_found_by_words_without_accents(paca: Reader) -> None:
    shown = paca.page("commitments", annee="2025", q="DESIGNER interlocuteurs")
    assert "3 engagements fermes avec ces filtres" in shown, "each party owes it for itself"


# -- Contributions -----------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-I-02")
def test_contributions_to_one_action_are_shared_out(guadeloupe: Reader) -> None:
    contract = guadeloupe.contract
    for organisation, role, text, days in (
        ("cist-97-1", Role.SERVICE_MANAGER, "IPRP", 10),
        ("cgss-guadeloupe", Role.FUND_CORRESPONDENT, "ergonome", 2),
    ):
        party = Reader(GUADELOUPE, organisation, role)
        action = {"year": "2026", "clause_key": "action-2-1", "kind": "human"}
        typed = {**action, "text": text, "quantity": str(days), "unit": "jours"}
        assert party.client.post(party.address("contributions"), typed).status_code == 302
    with acting_as(guadeloupe.actor):
        rows = selectors.list_contributions(guadeloupe.actor, contract)
        lines = [one for one in text_pages.contribution_lines(guadeloupe.text(), rows) if not one.row.printed]
    assert [(one.row.text, one.row.quantity, one.row.year, one.row.kind) for one in lines] == [
        ("ergonome", Decimal(2), 2026, "human"),
        ("IPRP", Decimal(10), 2026, "human"),
    ]
    shown = guadeloupe.page("contributions")
    assert "83,3\u202f%" in shown
    assert "16,7\u202f%" in shown


def test_a_contribution_is_its_party_s_own(guadeloupe: Reader) -> None:
    labour, contract = guadeloupe.actor, guadeloupe.contract
    fund = Reader(GUADELOUPE, "cgss-guadeloupe", Role.FUND_CORRESPONDENT)
    means = Means("human", "inspection", Decimal(3), "jours", 2026)
    with acting_as(labour):
        row = services.declare_contribution(actor=labour, contract_id=contract.pk, means=means, at=NOW)
        with pytest.raises(DomainError, match="pas dans le contrat"):
            services.declare_contribution(
                actor=labour, contract_id=contract.pk, means=replace(means, clause_key="rien"), at=NOW
            )
        printed = selectors.list_contributions(labour, contract).filter(printed=True)[0]
        with pytest.raises(Refused, match="par avenant"):
            services.withdraw_contribution(actor=labour, contract_id=contract.pk, contribution_id=printed.pk, at=NOW)
    with acting_as(fund.actor), pytest.raises(Refused, match="Seule la partie"):
        services.withdraw_contribution(actor=fund.actor, contract_id=contract.pk, contribution_id=row.pk, at=NOW)
    with acting_as(labour):
        services.withdraw_contribution(actor=labour, contract_id=contract.pk, contribution_id=row.pk, at=NOW)
        verbs = list(
            Event.objects.filter(circle_id=contract.circle_id).order_by("at", "pk").values_list("verb", flat=True)
        )
    assert {"contract.contribution_declared", "contract.contribution_withdrawn"} <= set(verbs)


@pytest.mark.parametrize("quantity", ["0", "-1", "1,234", "1.5", "dix", "1000000000"])
def test_what_is_not_a_quantity_is_kept_and_told(guadeloupe: Reader, quantity: str) -> None:
    typed = {"year": "2026", "kind": "human", "text": "Temps d’ergonome", "quantity": quantity, "unit": "jours"}
    response = guadeloupe.client.post(guadeloupe.address("contributions"), typed)
    assert response.status_code == 200
    assert "Temps d’ergonome" in response.content.decode()


def test_a_year_outside_the_contract_is_refused(paca: Reader) -> None:
    with acting_as(paca.actor):
        for year in (2024, 2030):
            with pytest.raises(DomainError, match="de 2025 à 2029"):
                services.declare_contribution(
                    actor=paca.actor,
                    contract_id=paca.contract.pk,
                    means=Means("human", "IPRP", Decimal(1), "jours", year),
                    at=NOW,
                )


# -- Context and document ----------------------------------------------------------------------------------------------


def test_context_tables_are_as_printed_with_the_rounding_told(paca: Reader) -> None:
    shown = paca.page("context")
    with acting_as(paca.actor):
        tables = [text_pages.table_view(one) for one in paca.text().of_kind(ClauseKind.TABLE)]
    assert any("écart d’arrondi de 1" in note for one in tables for note in one.notes)
    assert "écart d’arrondi de 1" in shown
    assert all(abs(gap.amount) <= 1 for one in tables for gap in one.table.gaps())
    for one in tables:
        assert one.title in shown
        if one.table.missing:
            assert one.table.missing in shown


@pytest.mark.parametrize("key", [PACA, GUADELOUPE, MARTINIQUE])
def test_the_contract_is_a_document(key: str) -> None:
    reader = Reader(key, {PACA: "satdl", GUADELOUPE: "cist-97-1", MARTINIQUE: "ars-martinique"}[key], Role.READER)
    response = reader.client.get(reader.address("printed"))
    assert response.status_code == 200
    assert response.content.startswith(b"%PDF-")
    assert b"pdfuaid" in response.content or len(response.content) > 20_000
    assert f"{key}.pdf" in response.headers["Content-Disposition"]


@pytest.mark.req("S3-5.V1-02")
def test_the_seven_orientations_tag_actions_and_the_matrix_shows_the_uncovered_ones(paca: Reader) -> None:
    with acting_as(paca.actor):
        text = paca.text()
        listed = [one.key for one in text.of_kind(ClauseKind.ORIENTATION)]
        action = next(one for one in text.of_kind(ClauseKind.SHEET, ClauseKind.ACTION) if one.key in text.sheets)
        ClauseTag.objects.filter(contract=paca.contract, family="orientation").delete()
    assert len(listed) == 7
    told = " ".join(text.by_key[key].body + text.by_key[key].heading for key in listed).casefold().replace("’", "'")
    for words in (
        "précocité", "articul", "partenariat", "acteurs de l'entreprise", "entreprises", "handicap",
        "salariés",
    ):  # fmt: skip
        assert words in told
    form = paca.page("sheet", action.key)
    assert form.count('name="orientations"') == 7
    assert paca.client.post(paca.address("orient", action.key), {"orientations": listed[:2]}).status_code == 302
    shown = paca.page("programme")
    matrix = shown[shown.index('id="orientations"') :].split("</table>")[0]
    assert matrix.count('<tr><th scope="row">') == 7
    assert matrix.count("aucune action") == 5
    assert matrix.count(paca.address("sheet", action.key)) == 2
    assert paca.client.post(paca.address("orient", action.key), {"orientations": ["autre"]}).status_code == 409
    stranger = Reader(PACA, "satdl", Role.READER)
    assert stranger.client.post(stranger.address("orient", action.key), {}).status_code == 403


def test_the_page_of_a_contract_tells_its_next_committee(paca: Reader) -> None:
    shown = paca.page("contract")
    assert 'id="next-session"' in shown
    assert "Aucune séance n’est planifiée." in shown
