"""What comes before a signature: the two CPOM kept apart, consistency checks, who answers for each action."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.acts import MARCH, Acts
from tests.support.cast import Cast, _organisation, actor
from tests.support.clients import signed_in
from tests.support.roles import as_system

from avenant.contracts.drafting import checklist, programme_pages, services, text_pages
from avenant.contracts.drafting.models import ConsistencyCheck, Contract
from avenant.contracts.drafting.services import ClauseText, Found
from avenant.domain.audiences import Role
from avenant.domain.contracts import ClauseKind, Standing
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import Event
from avenant.foundations.meetings.models import Committee
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db
Subject, Result = ConsistencyCheck.Subject, ConsistencyCheck.Result
NOW = datetime(2025, 3, 20, 12, tzinfo=UTC)
GUADELOUPE = "cpom-guadeloupe-2025-2030"


@pytest.fixture
def acts(cast: Cast) -> Acts:
    return Acts(cast)


@pytest.fixture
def deets(db: None) -> Actor:
    with as_system():
        return actor(Organisation.objects.get(key="deets-guadeloupe"), "Pilote", Role.LABOUR_LEAD)


def guadeloupe() -> Contract:
    with as_system():
        return Contract.objects.select_related("territory").get(key=GUADELOUPE)


def check(acts: Acts, contract: Contract, subject: str, result: str = "consistent", comment: str = "") -> None:
    with acting_as(acts.cast.labour):
        services.record_check(
            actor=acts.cast.labour, contract_id=contract.pk, subject=Subject(subject),
            found=Found(Result(result), comment), at=MARCH,
        )  # fmt: skip


def open_to_sign(acts: Acts, contract: Contract) -> Contract:
    with acting_as(acts.cast.labour):
        return services.open_to_signature(actor=acts.cast.labour, contract_id=contract.pk, at=MARCH)


# -- Consistency -------------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-III.D-04")
def test_no_signature_before_the_text_agrees_with_both_plans(acts: Acts) -> None:
    contract = acts.begin()
    acts.write(contract)
    acts.hear(contract)
    with pytest.raises(Refused, match=r"cohérence à contrôler.*PST.*cohérence à contrôler.*PRST"):
        open_to_sign(acts, contract)
    check(acts, contract, "pst")
    with pytest.raises(Refused, match=r"PRST"):
        open_to_sign(acts, contract)
    with pytest.raises(DomainError, match="ce qu’il faut reprendre"):
        check(acts, contract, "prst", "to_revise")
    check(acts, contract, "prst", "to_revise", "L’axe 2 du plan manque.")
    with pytest.raises(Refused, match="cohérence à reprendre"):
        open_to_sign(acts, contract)
    shown = signed_in(acts.cast.labour).get(contract.signing_page()).content.decode()
    assert "L’axe 2 du plan manque." in shown
    assert "à reprendre" in shown
    check(acts, contract, "prst")
    assert open_to_sign(acts, contract).state == "to_sign"
    with acting_as(acts.cast.fund), pytest.raises(Refused, match="direction du travail"):
        services.record_check(
            actor=acts.cast.fund, contract_id=contract.pk, subject=Subject.PST, found=Found(Result.CONSISTENT), at=MARCH
        )


@pytest.mark.req("S1-III.D-05")
def test_the_accreditation_is_checked_once_it_is_known(acts: Acts) -> None:
    contract = acts.ready()
    with pytest.raises(DomainError, match="il manque le numéro et la date de l’agrément"):
        check(acts, contract, "accreditation")
    client = signed_in(acts.cast.labour)
    said = {"subject": "accreditation", "result": "consistent", "comment": ""}
    refused = client.post(reverse("drafting:check", args=[contract.pk]), said).content.decode()
    assert "il manque le numéro et la date" in refused
    typed = {"number": "2026/04", "dated": "2026-01-15", "expires_on": ""}
    assert client.post(reverse("drafting:accreditation", args=[contract.pk]), typed).status_code == 302
    check(acts, contract, "accreditation")
    check(acts, contract, "policy")
    with acting_as(acts.cast.labour):
        found = checklist.check(acts.cast.labour, contract, MARCH.date())
    assert {one.asked.key: one.found is not None for one in found.checks} == dict.fromkeys(Subject.values, True)
    assert open_to_sign(acts, contract).state == "to_sign"


@pytest.mark.req("S1-III.D-06")
def test_a_consultation_is_a_dated_step_of_the_procedure(deets: Actor) -> None:
    contract = guadeloupe()
    client = signed_in(deets)
    typed = {"body_key": "crpst", "heard_on": "2025-03-10", "opinion": "favourable", "remarks": ""}
    assert client.post(reverse("drafting:consultation", args=[contract.pk]), typed).status_code == 302
    shown = client.get(contract.signing_page()).content.decode()
    steps = shown[shown.index('id="procedure"') :].split("</ol>")[0]
    assert "10 mars 2025" in steps
    assert "Comité régional de prévention et de santé au travail" in steps
    assert "avis favorable" in steps
    with as_system():
        cgss = actor(Organisation.objects.get(key="cgss-guadeloupe"), "Pilote", Role.FUND_CORRESPONDENT)
    assert signed_in(cgss).post(reverse("drafting:consultation", args=[contract.pk]), typed).status_code == 403


# -- Who answers for an action -----------------------------------------------------------------------------------------


def test_every_action_of_a_strand_has_one_party_that_answers_for_it(acts: Acts) -> None:
    contract, labour = acts.ready(), acts.cast.labour
    with acting_as(labour):
        row = services.add_clause(
            actor=labour, contract_id=contract.pk, kind="action", parent_key="volet-1",
            text=ClauseText("", "Repérage précoce", "Texte."), at=MARCH,
        )  # fmt: skip
    with pytest.raises(Refused, match=r"action sans partie responsable.*Repérage précoce"):
        open_to_sign(acts, contract)
    with acting_as(labour), pytest.raises(DomainError, match="parmi les parties"):
        services.write_clause(
            actor=labour, contract_id=contract.pk, clause_key=row.key,
            text=ClauseText("", "Repérage précoce", "Texte.", pilot="ailleurs"), at=MARCH,
        )  # fmt: skip
    client = signed_in(labour)
    form = client.get(reverse("drafting:clause", args=[contract.pk, row.key])).content.decode()
    assert "Partie responsable" in form
    typed = {"heading": "Repérage précoce", "body": "Texte.", "pilot": "val-issole"}
    assert client.post(reverse("drafting:clause", args=[contract.pk, row.key]), typed).status_code == 302
    assert open_to_sign(acts, contract).state == "to_sign"


@pytest.mark.req("S1-V.0-01")
def test_two_strands_with_their_sheets_and_one_without_is_told_before_the_signature(acts: Acts, deets: Actor) -> None:
    contract = guadeloupe()
    client = signed_in(deets)
    with acting_as(deets):
        text = text_pages.Text(deets, contract, NOW.date())
        views = {one.clause.key: one for one in programme_pages.sheet_views(text, [])}
    strands = text.of_kind(ClauseKind.STRAND)
    assert [one.number for one in strands] == ["Volet 1", "Volet 2"]
    annexes = {"fiche-1": ("volet-1", "Annexe 1"), "fiche-2": ("volet-2", "Annexe 2")}
    for key, (strand, number) in annexes.items():
        sheet = text.by_key[key]
        assert (sheet.kind, sheet.parent_key, sheet.number) == ("sheet", strand, number)
        assert views[key].pilot == "CIST 97.1"
        assert views[key].partners == ("CGSS", "DEETS")
        shown = client.get(reverse("drafting:sheet", args=[contract.pk, key])).content.decode()
        for words in ("Pilote", "Partenaires"):
            assert words in shown
    drafted = acts.ready()
    with acting_as(acts.cast.labour):
        before = checklist.check(acts.cast.labour, drafted, MARCH.date()).flags
        services.add_clause(
            actor=acts.cast.labour, contract_id=drafted.pk, kind="sheet", parent_key="volet-1",
            text=ClauseText("Annexe 1", "Fiche action", "Objectifs, actions, calendrier, moyens, indicateurs.",
                            pilot="val-issole"), at=MARCH,
        )  # fmt: skip
        after = checklist.check(acts.cast.labour, drafted, MARCH.date()).flags
    assert len(before) - len(after) == 1
    assert all("n’a pas de fiche action" in one for one in before)
    page = signed_in(acts.cast.labour).get(drafted.signing_page()).content.decode()
    assert after[0].split(" · ", maxsplit=1)[0] in page


# -- The two CPOM ------------------------------------------------------------------------------------------------------


@pytest.fixture
def ars(db: None) -> Actor:
    with as_system():
        return actor(Organisation.objects.get(key="ars-martinique"), "Décision", Role.ARS_DECISION_MAKER)


@pytest.fixture
def home(db: None) -> Organisation:
    with as_system():
        return _organisation("residence-essai", "establishment", "Résidence d’essai", "R02")


@pytest.mark.req("S0-X-03")
def test_two_cpom_of_one_name_have_their_own_parties(ars: Actor, home: Organisation, acts: Acts) -> None:
    new = reverse("drafting:new")
    client = signed_in(ars)
    page = client.get(new).content.decode()
    assert "CPOM d’un établissement ou de son gestionnaire" in page
    assert "CPOM d’un service de prévention et de santé au travail interentreprises" in page
    typed = {"source": "cpom-etablissement", "title": "CPOM de la résidence", "first_year": "2026",
             "duration_years": "5"}  # fmt: skip
    missing = client.post(new, typed).content.decode()
    assert "Ce contrat ne se fait pas sans cette partie" in missing
    made = client.post(new, {**typed, "establishment": str(home.pk)})
    assert made.status_code == 302
    with acting_as(ars):
        contract = Contract.objects.get(title="CPOM de la résidence")
        roles = {one.role for one in contract.parties.all()}
    assert (contract.kind, roles) == ("cpom_etablissement", {"ars", "establishment"})
    assert client.post(new, {**typed, "source": "cpom-spsti"}).status_code == 200, "its own parties are asked"
    labour = signed_in(acts.cast.labour)
    refused = labour.post(new, {**typed, "establishment": ""}).content.decode()
    assert "Ce contrat ne se fait pas sans cette partie" in refused
    other = acts.begin()
    with acting_as(acts.cast.labour):
        assert {one.role for one in other.parties.all()} == {"labour", "fund", "service"}
    listed = client.get(reverse("drafting:contracts")).content.decode()
    assert "CPOM d’un établissement" in listed, "the kind is a column of the list"
    link = reverse("drafting:injunction", args=[contract.pk])
    injunction = {"reference": "INJ-2026-01", "issued_on": "2026-01-15", "subject": "Lève-personnes"}
    assert client.post(link, injunction).status_code == 302
    assert "INJ-2026-01" in client.get(contract.page()).content.decode()
    with acting_as(acts.cast.labour), pytest.raises(Refused, match="CPOM d’un établissement"):
        services.link_injunction(
            actor=acts.cast.labour, contract_id=other.pk, reference="INJ-2", issued_on=date(2026, 1, 15), subject="x",
            at=MARCH,
        )  # fmt: skip


# -- Terms -------------------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-F-01")
def test_five_years_from_the_signature(acts: Acts) -> None:
    contract = acts.opened(at=datetime(2025, 3, 1, 12, tzinfo=UTC))
    for who in acts.parties:
        contract = acts.sign(who, contract, at=datetime(2025, 3, 1, 12, tzinfo=UTC))
    assert (contract.starts_on, contract.ends_on) == (date(2025, 3, 1), date(2030, 2, 28))
    assert contract.standing(date(2030, 2, 28)) is Standing.IN_FORCE
    assert contract.standing(date(2030, 3, 1)) is Standing.EXPIRED
    assert contract.duration_years == 5


@pytest.mark.req("S1-I-01")
def test_a_contract_states_its_generation_and_follows_an_earlier_one(deets: Actor) -> None:
    contract = guadeloupe()
    assert contract.generation == 3
    assert "Génération" in signed_in(deets).get(contract.page()).content.decode()
    with as_system():
        later = Contract.objects.create(
            circle_id=contract.circle_id, key="autre", kind=contract.kind, title="Autre", territory=contract.territory,
            generation=4, state="draft", state_since=NOW,
        )  # fmt: skip
        with pytest.raises(DomainError, match="génération 4"):
            services.link_previous(contract, later)
        later.generation = 2
        services.link_previous(contract, later)
    assert contract.previous == later
    assert "Fait suite à" in signed_in(deets).get(contract.page()).content.decode()


def test_two_parties_that_sign_at_once_wait_for_each_other_and_both_count(acts: Acts) -> None:
    contract = acts.opened()
    seen = {who: acts.reference(who, contract) for who in acts.parties}
    with CaptureQueriesContext(connection) as captured:
        acts.sign("labour", contract, reference=seen["labour"])
    locked = [one["sql"] for one in captured if "FOR UPDATE" in one["sql"]]
    assert any("drafting_contract" in sql for sql in locked), "the second waits until the first has been written"
    acts.sign("fund", contract, reference=seen["fund"])
    last = acts.sign("service", contract, reference=seen["service"])
    assert last.state == "in_force"
    assert set(acts.signatures(contract).values()) == {"signé"}
    with as_system():
        assert Event.objects.filter(verb="contract.signed", subject=contract.pk).count() == 3
        assert Event.objects.filter(verb="contract.sign_last", subject=contract.pk).count() == 1


def test_the_committee_of_a_contract_not_yet_signed_has_nothing_to_plan(acts: Acts) -> None:
    contract = acts.begin()
    with as_system():
        list(set_up_committees(at=MARCH))
        committee = Committee.objects.get(circle=contract.circle_id, kind="follow_up")
    client = signed_in(acts.cast.labour)
    listed = client.get(reverse("meetings:committees"), {"annee": "2026", "q": contract.title}).content.decode()
    assert "à la signature du contrat" in listed
    assert "aucune séance due" in listed
    assert "à planifier" not in listed
    assert "la planification annuelle manque" not in listed
    page = client.get(committee.page()).content.decode()
    assert "dès que le contrat sera signé" in page
