"""The register of the commitments: each party's own statement, what shows it, the balance that a committee freezes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from tests.support.cast import actor
from tests.support.clients import signed_in
from tests.support.roles import as_system

from avenant.contracts.commitments import selectors, services
from avenant.contracts.commitments.balances import balances_of, counts_by_article
from avenant.contracts.commitments.models import Balance, Exchange, Keeping, PartyYear
from avenant.contracts.commitments.services import (
    ExchangeDraft,
    ExpertiseDraft,
    ProofDraft,
    Said,
    Which,
)
from avenant.contracts.drafting.models import Clause, Contract, ContractParty
from avenant.domain.audiences import Role
from avenant.domain.contracts.keeping import Reading, Status
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents.models import Document
from avenant.foundations.documents.tables import read_table
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.meetings import services as meetings
from avenant.foundations.meetings.models import Committee
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 3, 8, tzinfo=UTC)
PDF = b"%PDF-1.4\n%%EOF\n"
PACA, GUADELOUPE, MARTINIQUE = (
    "cpom-durance-luberon-2025-2029",
    "cpom-guadeloupe-2025-2030",
    "convention-martinique-2022-2025",
)
ROLES = {"labour": Role.LABOUR_LEAD, "fund": Role.FUND_CORRESPONDENT, "spsti": Role.SERVICE_MANAGER}


@pytest.fixture(autouse=True)
def _files(settings: Any, tmp_path: Path) -> None:
    settings.FILES = tmp_path / "files"


@dataclass
class Person:
    """Someone who speaks for a party of a contract."""

    contract: Contract
    actor: Actor
    party: ContractParty
    client: Client

    @classmethod
    def of(cls, key: str, organisation: str) -> Person:
        with as_system():
            contract = Contract.objects.select_related("territory").get(key=key)
            row = Organisation.objects.get(key=organisation)
            who = actor(row, "Pilote", ROLES[row.kind])
            party = ContractParty.objects.get(contract=contract, organisation=row)
        client = signed_in(who)
        return cls(contract, who, party, client)

    def which(self, clause: str, year: int = 2026, occurrence: str = "", party: ContractParty | None = None) -> Which:
        return Which(self.contract.pk, clause, (party or self.party).pk, year, occurrence)

    def state(self, clause: str, status: Status, comment: str = "", at: datetime = NOW, **of: Any) -> Keeping:
        with acting_as(self.actor):
            return services.state_commitment(
                actor=self.actor, which=self.which(clause, **of), said=Said(status, comment), at=at
            )

    def prove(self, clause: str, draft: ProofDraft, at: datetime = NOW, **of: Any) -> None:
        with acting_as(self.actor):
            services.add_proof(actor=self.actor, which=self.which(clause, **of), draft=draft, at=at)

    def line(
        self, clause: str, year: int = 2026, at: datetime = NOW, party: int | None = None
    ) -> selectors.RegisterLine:
        with acting_as(self.actor):
            return selectors.get_lines(self.actor, self.contract, clause, party or self.party.pk, year, at)[0]

    def page(self, name: str, *more: object, **query: str) -> str:
        response = self.client.get(reverse(f"commitments:{name}", args=[self.contract.pk, *more]), query)
        assert response.status_code == 200
        return response.content.decode()


@pytest.fixture
def deets(db: None) -> Person:
    return Person.of(GUADELOUPE, "deets-guadeloupe")


@pytest.fixture
def cgss(db: None) -> Person:
    return Person.of(MARTINIQUE, "cgss-martinique")


@pytest.fixture
def dreets(db: None) -> Person:
    return Person.of(PACA, "dreets-paca")


def plan(at: datetime = NOW) -> int:
    with as_system():
        return services.plan_registers(at=at)


def is_done(key: str) -> str:
    with as_system():
        return str(DueItem.objects.get(key=key).state)


# -- Planning ----------------------------------------------------------------------------------------------------------


def test_planning_twice_adds_nothing_and_a_year_already_over_asks_for_nothing(dreets: Person) -> None:
    assert plan() > 0
    assert plan() == 0
    with as_system():
        mine = {row.year: row.closes_at for row in PartyYear.objects.filter(party=dreets.party)}
        assert mine[2025] is None, "over when the contract came in: nobody is asked"
        assert mine[2026] == datetime(2026, 12, 31, 23, tzinfo=UTC), "midnight in Paris"
        assert not DueItem.objects.filter(key__startswith="commitment", due_at__lt=NOW).exists()
        due = DueItem.objects.get(key=f"commitments:{PartyYear.objects.get(party=dreets.party, year=2026).pk}")
    assert due.due_at == datetime(2027, 1, 31, 23, tzinfo=UTC)
    assert (due.organisation_id, due.role) == (dreets.actor.organisation_id, "labour_lead")


@pytest.mark.req("S0-5-08")
def test_half_yearly_reports_have_default_days_that_the_parties_move(cgss: Person) -> None:
    start = datetime(2025, 2, 1, tzinfo=UTC)
    plan(start)
    with as_system():
        rows = {
            row.occurrence: row
            for row in Keeping.objects.filter(clause_key="eng-5-injonctions", year=2025, party=cgss.party)
        }
        first, second = (DueItem.objects.get(key=f"commitment:{rows[one].pk}") for one in ("S1", "S2"))
    zone = "America/Martinique"
    assert (first.zone, first.due_at) == (zone, datetime(2025, 10, 1, 4, tzinfo=UTC)), "30 September is the last day"
    assert second.due_at == datetime(2026, 4, 1, 4, tzinfo=UTC), "31 March of the next year"
    with acting_as(cgss.actor):
        services.settle_due_days(
            actor=cgss.actor, contract_id=cgss.contract.pk, clause_key="eng-5-injonctions", days=["07-31", "03-31"],
            at=start,
        )  # fmt: skip
        for wrong in (["07-31"], ["02-30", "03-31"], ["x", "y"]):
            with pytest.raises(DomainError):
                services.settle_due_days(
                    actor=cgss.actor, contract_id=cgss.contract.pk, clause_key="eng-5-injonctions", days=wrong, at=start
                )
    with as_system():
        assert DueItem.objects.get(pk=first.pk).due_at == datetime(2025, 8, 1, 4, tzinfo=UTC)
    assert plan(start) == 0


def test_a_commitment_that_an_amendment_ended_is_shown_lapsed_and_no_longer_due(dreets: Person) -> None:
    plan()
    ended = date(2026, 2, 1)
    with as_system():
        Clause.objects.filter(contract=dreets.contract, key="eng-calendrier-comites").update(in_force_until=ended)
    plan()
    line = dreets.line("eng-calendrier-comites")
    assert (line.reading, line.state, line.lapsed_on) == (Reading.LAPSED, "caduc", ended)
    assert is_done(f"commitment:{line.keeping.pk}") == "dropped"  # type: ignore[union-attr]
    with pytest.raises(DomainError, match="mis fin"):
        dreets.state("eng-calendrier-comites", Status.HELD)
    assert dreets.line("eng-calendrier-comites", 2025).reading is Reading.WAITING, "it was owed in 2025"
    assert "depuis le 1er février 2026" in dreets.page("register", annee="2026").replace("\xa0", " ")


# -- Statements --------------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-III-01")
def test_only_a_firm_commitment_can_be_reported_as_not_held(deets: Person) -> None:
    with as_system():
        Contract.objects.filter(pk=deets.contract.pk).update(
            state="in_force", starts_on=date(2025, 1, 1), ends_on=date(2030, 12, 31)
        )
        deets.contract.refresh_from_db()
    plan()
    year_end = datetime(2027, 1, 1, 4, tzinfo=UTC)
    firm, optional = "eng-deets-3", "eng-deets-7"
    before = year_end - timedelta(seconds=1)
    assert [deets.line(key, at=before).state for key in (firm, optional)] == ["à venir", "non mobilisé à ce jour"]
    assert deets.line(optional, at=year_end).state == "non mobilisé"
    assert deets.line(firm, at=year_end).state == "non tenu, commentaire attendu"
    for status in (Status.NOT_HELD, Status.PARTLY):
        with pytest.raises(DomainError, match="jamais"):
            deets.state(optional, status, "faute de temps")
        with pytest.raises(DomainError, match="commentaire"):
            deets.state(firm, status, " ")
    deets.state(firm, Status.NOT_HELD, "Poste vacant depuis mars.")
    assert deets.line(firm, at=year_end).state == "non tenu"
    with acting_as(deets.actor):
        lines = selectors.list_register(deets.actor, deets.contract, 2026, year_end)
        [mine] = [one for one in balances_of(lines, ()) if one.party == deets.party]
    assert (mine.firm_total, mine.optional_total) == (2, 5), "four are asked once, in 2025; firm and optional apart"
    assert mine.firm["not_held"] == 1
    assert "not_held" not in mine.optional
    categories = {one.said.clause.details["category"] for one in lines if one.said.party.role == "fund"}
    assert {"organisationnel", "informationnel", "echanges-entreprises", "evenementiel", "technique"} <= categories


@pytest.mark.req("S0-1-06")
def test_each_commitment_is_tracked_with_its_author_date_and_evidence(cgss: Person) -> None:
    with acting_as(cgss.actor):
        lines = selectors.list_register(cgss.actor, cgss.contract, 2025, NOW)
    told = {one.said.article_name for one in lines}
    assert all(any(f"rticle {number}" in name for name in told) for number in range(1, 9))
    assert {one.status for one in lines} == {Status.TO_COME}
    clause = "eng-4-difficultes"
    cgss.prove(clause, ProofDraft("Note de signalement", on=date(2025, 6, 3), file=("note.pdf", PDF)), year=2025)
    row = cgss.state(clause, Status.HELD, "Une note par semestre.", year=2025)
    assert (row.said_at, row.said_by_id) == (NOW, cgss.actor.person_id)
    with as_system():
        event = Event.objects.get(subject=row.pk, verb="commitment.stated")
    assert (event.person_id, event.at, event.evidence["proofs"]) == (cgss.actor.person_id, NOW, ["Note de signalement"])
    shown = cgss.page("commitment", clause, cgss.party.pk, 2025)
    for words in ("Une note par semestre.", "Note de signalement", "Historique", "tenu", "CGSS"):
        assert words in shown
    rows = read_table(cgss.client.get(reverse("commitments:export", args=[cgss.contract.pk, "csv"])).content, "e.csv")
    [line] = [one.texts for one in rows.rows if "tenu" in one.texts]
    assert "Note de signalement, 3 juin 2025" in line
    last = [Status.UNDERWAY, Status.NOT_HELD, Status.NO_OBJECT]
    for status in last:
        assert cgss.state(clause, status, "Dit en comité.", year=2025).status == status.value


@pytest.mark.req("S0-1-03")
def test_the_four_kinds_of_help_are_the_only_evidence_admitted(cgss: Person) -> None:
    clause = "eng-1-accompagnement-cgss"
    kinds = ("expertise", "conseil", "formation", "financement (Subvention TPE, annexe 2)")
    for kind in kinds:
        cgss.prove(clause, ProofDraft("Entreprise fictive", type=kind), year=2025)
    for kind in ("", "parrainage"):
        with pytest.raises(DomainError, match="n’admet que"):
            cgss.prove(clause, ProofDraft("Entreprise fictive", type=kind), year=2025)
    assert [one.type for one in cgss.line(clause, 2025).proofs] == list(kinds)
    assert "Preuves (4)" in cgss.page("commitment", clause, cgss.party.pk, 2025)


def test_nobody_marks_another_s_commitment_but_may_remark(dreets: Person) -> None:
    service = Person.of(PACA, "satdl")
    with pytest.raises(Refused, match="propres engagements"):
        dreets.state("eng-secretariat", Status.NOT_HELD, "non", party=service.party)
    address = reverse("commitments:state", args=[dreets.contract.pk, "eng-secretariat", service.party.pk, 2026])
    assert dreets.client.post(address, {"status": "held"}).status_code == 403
    with acting_as(dreets.actor):
        services.remark(
            actor=dreets.actor, which=dreets.which("eng-secretariat", party=service.party), text="Merci.", at=NOW
        )
    assert "Merci." in service.page("commitment", "eng-secretariat", service.party.pk, 2026)
    assert service.line("eng-secretariat").status is Status.TO_COME
    outsider = Person.of(GUADELOUPE, "deets-guadeloupe")
    assert outsider.client.get(address.replace("/declarer", "")).status_code == 404


def test_the_year_asks_nothing_more_once_every_firm_commitment_is_stated() -> None:
    service = Person.of(PACA, "satdl")
    plan()
    with as_system():
        key = f"commitments:{PartyYear.objects.get(party=service.party, year=2026).pk}"
    with acting_as(service.actor):
        lines = selectors.list_register(service.actor, service.contract, 2026, NOW)
    mine = [one.said.clause.key for one in lines if one.said.party.pk == service.party.pk]
    for clause in mine[:-1]:
        service.state(clause, Status.HELD)
    assert is_done(key) == "open"
    service.state(mine[-1], Status.NO_OBJECT, "Sans matière cette année.")
    assert is_done(key) == "done"


# -- Evidence ----------------------------------------------------------------------------------------------------------


@pytest.mark.req("S1-III.D-03")
def test_a_technical_note_and_a_medical_note_show_both_viewpoints(deets: Person) -> None:
    for kind in ("note technique", "note médicale"):
        deets.prove("eng-deets-3", ProofDraft(f"Une {kind}", type=kind, file=("note.pdf", PDF)))
    line = deets.line("eng-deets-3")
    assert line.firm
    assert sorted(one.type for one in line.proofs) == ["note médicale", "note technique"]


@pytest.mark.req("S3-5.V1-05", "S3-5.V1-06")
def test_actions_and_promotions_are_evidence_with_their_audience(dreets: Person) -> None:
    for title in ("Forum régional", "Atelier des branches"):
        dreets.prove("eng-politique-mde-pdp", ProofDraft(title, action=True, on=date(2026, 2, 3)))
    assert len(dreets.line("eng-politique-mde-pdp").proofs) == 2
    assert "Preuves (2)" in dreets.page("commitment", "eng-politique-mde-pdp", dreets.party.pk, 2026)
    dreets.prove("eng-promotion-outils", ProofDraft("OiRA", quantity=Decimal(140), unit="entreprises"))
    assert "OiRA" in dreets.page("commitment", "eng-promotion-outils", dreets.party.pk, 2026)
    [proof] = dreets.line("eng-promotion-outils").proofs
    assert (proof.title, proof.amount) == ("OiRA", "140 entreprises")
    for clause in ("eng-politique-mde-pdp", "eng-promotion-outils"):
        line = dreets.line(clause)
        assert line.firm
        assert len(line.said.clause.details["parties"]) == 3
    with pytest.raises(DomainError, match="unité"):
        dreets.prove("eng-promotion-outils", ProofDraft("OiRA", quantity=Decimal(1)))
    with pytest.raises(DomainError, match="à venir"):
        dreets.prove("eng-promotion-outils", ProofDraft("OiRA", on=date(2026, 3, 4)))


@pytest.mark.req("S3-5.V1-07")
def test_an_information_action_is_evidence_and_proposes_its_number_for_the_indicator() -> None:
    service = Person.of(PACA, "satdl")
    with as_system():
        indicator = service.contract.promises.get(definition__printed_code="1.3.5").definition
    draft = ProofDraft("SISTE PACA", quantity=Decimal(25), unit="professionnels de santé", indicator=indicator)
    service.prove("eng-parcours-adaptes", draft)
    shown = service.page("commitment", "eng-parcours-adaptes", service.party.pk, 2026)
    assert "+ 25 proposé pour l’indicateur 1.3.5" in shown
    assert "25 professionnels de santé" in shown


@pytest.mark.req("S1-III.S-01")
def test_a_dataset_is_evidence_that_only_the_parties_read() -> None:
    service = Person.of(GUADELOUPE, "cist-97-1")
    service.prove("eng-cist-1", ProofDraft("Risques par bassin d’emploi", file=("bassins.pdf", PDF)))
    line = service.line("eng-cist-1")
    assert (line.firm, line.state) == (False, "mobilisé")
    told = f"{line.said.clause.heading} {line.said.clause.body}".casefold().replace("’", "'")
    assert all(one in told for one in ("bassins d'emploi", "entreprises", "données statistiques", "risques"))
    with as_system():
        document = Document.objects.get(name="bassins.pdf")
    address = reverse("documents:download", args=[document.pk])
    for reader in (service, Person.of(GUADELOUPE, "deets-guadeloupe"), Person.of(GUADELOUPE, "cgss-guadeloupe")):
        assert reader.client.get(address).status_code == 200
    assert Person.of(PACA, "dreets-paca").client.get(address).status_code == 404


def test_what_the_platform_found_is_held_once_and_never_over_the_party_s_word(dreets: Person) -> None:
    plan()
    draft = ProofDraft("Séance du 12 février 2026", on=date(2026, 2, 12))
    with as_system():
        row = Keeping.objects.get(clause_key="eng-participer-comite", party=dreets.party, year=2026)
        assert services.record_fact(row=row, key="session:1", draft=draft, at=NOW)
        assert not services.record_fact(row=row, key="session:1", draft=draft, at=NOW)
    assert dreets.line("eng-participer-comite").status is Status.HELD
    dreets.state("eng-participer-comite", Status.PARTLY, "Une absence.")
    with as_system():
        row.refresh_from_db()
        services.record_fact(row=row, key="session:2", draft=draft, at=NOW)
    assert dreets.line("eng-participer-comite").status is Status.PARTLY


# -- Balance -----------------------------------------------------------------------------------------------------------


def a_session(person: Person, day: datetime) -> Any:
    with as_system():
        list(set_up_committees(at=NOW - timedelta(days=300)))
    with acting_as(person.actor):
        committee = Committee.objects.visible_to(person.actor).get(
            kind="follow_up", circle_id=person.contract.circle_id
        )
        timing = meetings.Timing(day, day + timedelta(hours=2))
        return meetings.plan_session(
            actor=person.actor, committee_id=committee.pk, timing=timing, at=day - timedelta(days=30)
        )


def test_a_balance_is_frozen_at_the_committee_and_reopened_with_a_reason() -> None:
    service = Person.of(PACA, "satdl")
    plan()
    session = a_session(service, NOW - timedelta(hours=3))
    service.state("eng-secretariat", Status.HELD, year=2025)
    with acting_as(service.actor):
        common = {"actor": service.actor, "contract_id": service.contract.pk}
        services.comment_year(**common, year=2025, text="Une année de mise en place.", at=NOW)
        with pytest.raises(DomainError, match="une fois l’année terminée"):
            services.freeze_balance(**common, year=2026, session_id=session.pk, at=NOW)
        balance = services.freeze_balance(**common, year=2025, session_id=session.pk, at=NOW)
    assert len(balance.sha256) == 64
    with pytest.raises(Refused, match="arrêté"):
        service.state("eng-secretariat", Status.UNDERWAY, year=2025)
    shown = service.page("balance", 2025)
    for words in ("Une année de mise en place.", balance.sha256, "Moyens mobilisables", "arrêté"):
        assert words in shown
    pdf = service.client.get(reverse("commitments:printed-balance", args=[service.contract.pk, 2025]))
    assert pdf.content.startswith(b"%PDF")
    with acting_as(service.actor):
        services.reopen_balance(**common, year=2025, reason="Une ligne oubliée.", at=NOW)
    service.state("eng-secretariat", Status.UNDERWAY, year=2025)
    with as_system():
        assert Balance.objects.get().reopened_why == "Une ligne oubliée."
    assert "Une ligne oubliée." in service.page("balance", 2025)


@pytest.mark.req("S0-8-04")
def test_the_agenda_tells_the_commitments_of_each_field_of_cooperation(cgss: Person) -> None:
    with acting_as(cgss.actor):
        counts = counts_by_article(selectors.list_register(cgss.actor, cgss.contract, 2025, NOW))
    assert {f"article {number}" for number in range(1, 8)} <= set(counts)
    with as_system():
        list(set_up_committees(at=datetime(2025, 1, 6, tzinfo=UTC)))
        committee = Committee.objects.get(circle_id=cgss.contract.circle_id, kind="follow_up")
        committee.secretariat = Organisation.objects.get(key="cgss-martinique")
        committee.save()
    start = NOW + timedelta(days=20)
    with acting_as(cgss.actor):
        session = meetings.plan_session(
            actor=cgss.actor,
            committee_id=committee.pk,
            timing=meetings.Timing(start, start + timedelta(hours=2)),
            at=NOW,
        )
        meetings.build_agenda(actor=cgss.actor, session_id=session.pk, at=NOW)
    shown = cgss.client.get(session.page()).content.decode()
    agenda = shown[shown.index("Ordre du jour</h2>") : shown.index("Dossier de séance</h2>")]
    points = agenda.split('<li class="av-moved">')[1:8]
    for number, point in enumerate(points, start=1):
        assert f"article {number}" in point
        assert counts[f"article {number}"] in point
    assert "engagement" in counts["article 1"]


# -- Exchanges ---------------------------------------------------------------------------------------------------------


def test_the_exchange_log_says_who_gave_what_why_and_on_which_basis(cgss: Person) -> None:
    draft = ExchangeDraft(
        "cgss-martinique", "ars-martinique", date(2026, 3, 2), "Bilan semestriel", "Suivi", "Convention, article 5"
    )
    common = {"actor": cgss.actor, "contract_id": cgss.contract.pk, "at": NOW}
    with acting_as(cgss.actor):
        services.log_exchange(**common, draft=draft)
        for wrong in (
            {"receiver": "cgss-martinique"},
            {"giver": "ars-martinique", "receiver": "deets-martinique"},
            {"on": date(2026, 3, 4)},
            {"basis": " "},
            {"giver": "satdl"},
        ):
            with pytest.raises(DomainError):
                services.log_exchange(**common, draft=replace(draft, **wrong))
    shown = cgss.page("exchanges")
    for words in ("Bilan semestriel", "Suivi", "Convention, article 5", "2 mars 2026"):
        assert words in shown
    assert "Aucun échange ne répond" in cgss.page("exchanges", q="rien")
    rows = read_table(
        cgss.client.get(reverse("commitments:export-exchanges", args=[cgss.contract.pk, "csv"])).content, "e.csv"
    ).rows
    assert len(rows) == 1
    assert Exchange._meta.verbose_name == "échange"


@pytest.mark.req("S1-III.C-14")
def test_an_expertise_is_asked_by_name_and_declined_with_a_reason() -> None:
    service, fund = Person.of(GUADELOUPE, "cist-97-1"), Person.of(GUADELOUPE, "cgss-guadeloupe")
    page = service.page("exchanges")
    for name in (
        "laboratoire de chimie", "centre de mesures physiques", "laboratoire des bio contaminants", "ergonomes",
        "psychologue du travail", "formateurs", "documentalistes", "autre",
    ):  # fmt: skip
        assert name in page
    draft = ExpertiseDraft("cgss-guadeloupe", "ergonomics", "Postes de caisse", date(2026, 3, 20))
    with acting_as(service.actor):
        row = services.ask_expertise(actor=service.actor, contract_id=service.contract.pk, draft=draft, at=NOW)
        with pytest.raises(Refused):
            services.answer_expertise(
                actor=service.actor, contract_id=service.contract.pk, request_id=row.pk, answer="accepted", reason="",
                at=NOW,
            )  # fmt: skip
    assert is_done(f"expertise:{row.pk}") == "open"
    page = fund.page("exchanges")
    for words in ("acceptée", "déclinée (ressources)", "déclinée (disponibilité)"):
        assert words.capitalize() in page
    with acting_as(fund.actor):
        common = {"actor": fund.actor, "contract_id": fund.contract.pk, "request_id": row.pk, "at": NOW}
        with pytest.raises(DomainError, match="motif"):
            services.answer_expertise(**common, answer="no_resources", reason="")
        services.answer_expertise(**common, answer="no_resources", reason="Deux ergonomes pour la région.")
        with pytest.raises(Refused, match="déjà"):
            services.answer_expertise(**common, answer="accepted", reason="")
    assert is_done(f"expertise:{row.pk}") == "done"
    assert "Deux ergonomes pour la région." in service.page("exchanges")
    optional = fund.line("eng-cgss-12")
    assert not optional.firm


# -- Lists -------------------------------------------------------------------------------------------------------------


def test_my_commitments_are_those_of_my_organisation_across_its_contracts(dreets: Person) -> None:
    plan()
    dreets.state("eng-charte-maintien", Status.HELD)
    shown = dreets.client.get(reverse("commitments:mine"), {"annee": "2026"}).content.decode()
    assert "Charte régionale" in shown
    assert "Assurer le secrétariat" not in shown, "the service's own"
    rows = dreets.client.get(reverse("commitments:export-mine", args=["csv"]), {"annee": "2026", "etat": "held"})
    assert len(read_table(rows.content, "m.csv").rows) == 1
    assert dreets.client.get(reverse("commitments:mine"), {"annee": "1900"}).status_code == 404


def test_three_hundred_commitments_take_few_queries(dreets: Person, django_assert_max_num_queries: Any) -> None:
    with as_system():
        model = Clause.objects.get(contract=dreets.contract, key="eng-charte-maintien")
        Clause.objects.bulk_create(
            Clause(
                circle_id=model.circle_id, contract_id=model.contract_id, kind=model.kind, key=f"eng-essai-{rank}",
                heading=f"Essai {rank}", body="Texte.", parent_key=model.parent_key, position=2000 + rank,
                details=model.details,
            )
            for rank in range(100)
        )  # fmt: skip
    plan()
    address = reverse("commitments:register", args=[dreets.contract.pk])
    dreets.client.get(address)
    with django_assert_max_num_queries(20):
        shown = dreets.client.get(address).content.decode()
    assert "347 engagements fermes" in shown
