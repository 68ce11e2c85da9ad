"""Amendments: what they change, from which day, signed by all; two on one clause; what lapses."""

from __future__ import annotations

import time
from datetime import date, timedelta

import pytest
from django.urls import reverse
from procrastinate.contrib.django.models import ProcrastinateJob
from tests.support.acts import MARCH, Acts, noon
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.roles import as_system

from avenant.contracts.amendments import services
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.commitments.services.planning import plan_contract
from avenant.contracts.drafting import selectors
from avenant.contracts.drafting.models import Clause, Contract
from avenant.domain.contracts import Clause as LegalClause
from avenant.domain.contracts import ClauseKind, LegalText
from avenant.domain.contracts.amending import Verb
from avenant.domain.contracts.comparison import compare
from avenant.domain.decision import DomainError, Refused
from avenant.domain.french import format_date
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.meetings import selectors as meetings
from avenant.foundations.meetings.models import Attendance, Committee, Session
from avenant.foundations.meetings.selectors.bodies import gaps_of
from avenant.foundations.meetings.services.due import plan_year
from avenant.foundations.parties.actors import acting_as
from avenant.site.committees import set_up_committees

pytestmark = pytest.mark.django_db
LATER = MARCH + timedelta(days=10)
APRIL = date(2026, 4, 1)


@pytest.fixture
def acts(cast: Cast) -> Acts:
    return Acts(cast)


def body(acts: Acts, contract: Contract, key: str, day: date) -> str | None:
    with acting_as(acts.cast.labour):
        text = selectors.legal_text(acts.cast.labour, contract, day)
    return next((one.body for one in text.clauses if one.key == key), None)


def amendment(acts: Acts, row: Amendment) -> Amendment:
    with acting_as(acts.cast.labour):
        return Amendment.objects.get(pk=row.pk)


@pytest.mark.req("S1-F-02")
def test_signed_by_all_then_applied_from_its_day(acts: Acts) -> None:
    contract = acts.in_force()
    before = body(acts, contract, "objectifs", APRIL)
    row = acts.amend(contract, (Verb.REWRITE, "objectifs", "Objectifs revus."), effective_on=APRIL)
    acts.open_amendment(row)
    acts.sign_amendment(row, "labour", "fund")
    assert amendment(acts, row).state == "to_sign"
    assert body(acts, contract, "objectifs", APRIL) == before
    acts.sign_amendment(row, "service")
    assert amendment(acts, row).state == "signed"
    assert body(acts, contract, "objectifs", APRIL - timedelta(days=1)) == before
    assert body(acts, contract, "objectifs", APRIL) == "Objectifs revus."
    with as_system():
        assert services.apply_due(at=noon(APRIL - timedelta(days=1))) == 0
        assert services.apply_due(at=noon(APRIL)) == 1
    late = acts.again(contract)
    assert late.ends_on is not None
    with pytest.raises(Refused, match="a pris fin"):
        acts.amend(contract, at=noon(late.ends_on + timedelta(days=1)))


def test_duration_moves_the_end_during_the_validity_only(acts: Acts) -> None:
    contract = acts.in_force()
    last = acts.again(contract).ends_on
    assert last is not None
    new = date(last.year + 1, 12, 31)
    row = acts.amend(contract, kind="duration", new_ends_on=new, at=noon(last))
    acts.open_amendment(row, noon(last))
    acts.sign_amendment(row, at=noon(last))
    assert acts.again(contract).ends_on == new
    assert amendment(acts, row).former_ends_on == last
    with as_system():
        event = Event.objects.get(verb="amendment.sign_last", subject=row.pk)
    assert event.evidence["dernier jour avant"] == last.isoformat()
    row = acts.amend(contract, (Verb.REWRITE, "objectifs", "Trop tard."), at=noon(new))
    acts.open_amendment(row, noon(new))
    with pytest.raises(DomainError, match="a pris fin"):
        acts.sign_amendment(row, at=noon(new + timedelta(days=1)))


@pytest.mark.req("S0-9-01")
def test_new_actions_state_the_conditions_of_the_cooperation(acts: Acts) -> None:
    contract = acts.in_force()
    with pytest.raises(DomainError, match="conditions de la coopération"):
        acts.amend(contract, kind="actions")
    row = acts.amend(
        contract, (Verb.ADD, "programme", "Action nouvelle."), kind="actions", conditions="À parts égales."
    )
    assert (row.kind, row.conditions) == ("actions", "À parts égales.")


def test_an_effect_in_the_past_is_explained_or_refused(acts: Acts) -> None:
    contract = acts.in_force()
    past = LATER.date() - timedelta(days=2)
    with pytest.raises(DomainError, match="est passé"):
        acts.amend(contract, (Verb.REWRITE, "objectifs", "x"), effective_on=past, at=LATER)
    row = acts.amend(
        contract, (Verb.REWRITE, "objectifs", "Objectifs revus."), effective_on=past, at=LATER,
        retroactive_reason="Accord des parties en comité.",
    )  # fmt: skip
    acts.open_amendment(row, LATER)
    acts.sign_amendment(row, at=LATER)
    assert body(acts, contract, "objectifs", past) == "Objectifs revus."
    assert amendment(acts, row).state == "applied"


def test_two_amendments_on_one_article_are_told(acts: Acts) -> None:
    contract = acts.in_force()
    first = acts.amend(contract, (Verb.REWRITE, "objectifs", "Un."), effective_on=APRIL)
    second = acts.amend(contract, (Verb.REWRITE, "objectifs", "Deux."), effective_on=APRIL)
    other = acts.amend(contract, (Verb.REWRITE, "indicateurs", "Trois."), effective_on=APRIL)
    acts.open_amendment(first)
    with pytest.raises(Refused, match="avenant n° 1, pas encore appliqué, touche aussi"):
        acts.open_amendment(second)
    acts.open_amendment(other)
    acts.sign_amendment(first)
    with as_system():
        services.apply_due(at=noon(APRIL))
    with pytest.raises(Refused, match=r"La clause a changé|passée"):
        acts.open_amendment(second, noon(APRIL + timedelta(days=1)))


def test_a_removed_clause_takes_what_stands_in_it(acts: Acts) -> None:
    contract = acts.in_force()
    row = acts.amend(contract, (Verb.REMOVE, "programme", ""), effective_on=APRIL)
    acts.open_amendment(row)
    acts.sign_amendment(row)
    assert body(acts, contract, "volet-1", APRIL) is None
    assert body(acts, contract, "volet-1", APRIL - timedelta(days=1)) is not None


@pytest.mark.req("S0-9-03")
def test_commitments_lapse_from_the_day_of_a_signed_scope_amendment(acts: Acts) -> None:
    contract = acts.in_force()
    with as_system():
        for key, parent in (("engagement-1", "engagements"), ("engagement-2", "programme")):
            Clause.objects.create(
                circle_id=contract.circle_id, contract=contract, key=key, kind="commitment", parent_key=parent,
                heading=key, position=1001,
            )  # fmt: skip
    row = acts.amend(contract, (Verb.LAPSE, "engagements", ""), kind="scope", effective_on=APRIL)
    acts.open_amendment(row)

    def status(key: str, day: date) -> str:
        with acting_as(acts.cast.labour):
            rows = selectors.clauses_on(acts.cast.labour, contract, day)
        return next(str(one.details.get("status", "")) for one in rows if one.key == key)

    client = signed_in(acts.cast.labour)
    page = client.get(reverse("amendments:amendment", args=[contract.pk, row.pk])).content.decode()
    assert "contesté" in page
    assert status("engagement-1", APRIL) == ""
    promises = len(acts.promises(contract))
    acts.sign_amendment(row)
    assert status("engagement-1", APRIL) == "lapsed"
    assert status("engagement-1", APRIL - timedelta(days=1)) == ""
    assert status("engagement-2", APRIL) == ""
    assert len(acts.promises(contract)) == promises


def test_a_party_that_disappears_is_replaced_by_who_signs_for_it(acts: Acts) -> None:
    from tests.support.cast import _organisation, actor

    from avenant.domain.audiences import Role

    contract = acts.in_force()
    with as_system():
        successor = _organisation("val-uni", "spsti", "Val Uni", "R93")
        manager = actor(successor, "Responsable", Role.SERVICE_MANAGER)
    row = acts.amend(contract, kind="party")
    with pytest.raises(Refused, match="quelle partie change"):
        acts.open_amendment(row)
    labour = acts.cast.labour
    with acting_as(labour):
        party = contract.parties.model.objects.get(contract=contract.pk, role="service")
        services.replace_party(
            actor=labour, contract_id=contract.pk, amendment_id=row.pk, party_id=party.pk, organisation=successor,
            capacity="Présidente", reason="Fusion", at=MARCH,
        )  # fmt: skip
    acts.open_amendment(row)
    acts.sign_amendment(row, "labour", "fund")
    committee, held = _committee_that_met(contract)
    with as_system():
        plan_contract(contract=contract, at=LATER)
    owed = DueItem.objects.filter(circle_id=contract.circle_id, state="open", key__startswith="commitments:")
    with acting_as(labour):
        assert owed.filter(organisation=party.organisation).exists()
    from tests.support.acts import PDF

    from avenant.contracts.amendments.services.amending import act_of
    from avenant.contracts.drafting.services import Paper
    from avenant.contracts.drafting.services.collection import Attachment

    with acting_as(manager):
        row.contract = selectors.get_contract(manager, contract.pk)
        party = contract.parties.model.objects.select_related("organisation").get(pk=party.pk)
        paper = Paper(Attachment("a.pdf", PDF), act_of(manager, row, LATER).reference(party), LATER.date())
        services.sign_amendment(actor=manager, contract_id=contract.pk, amendment_id=row.pk, paper=paper, at=LATER)
    assert amendment(acts, row).state == "applied"
    with as_system():
        queued = ProcrastinateJob.objects.get(task_name="hand_over_parts").args
    assert queued == {
        "contract_id": str(contract.pk), "former_id": str(party.organisation_id), "successor_id": str(successor.pk)
    }  # fmt: skip
    with acting_as(labour):
        before = selectors.legal_text(labour, acts.again(contract), LATER.date() - timedelta(days=1))
        after = selectors.legal_text(labour, acts.again(contract), LATER.date())
    assert {one.key for one in before.parties} - {one.key for one in after.parties} == {"val-issole"}
    assert "val-uni" in {one.key for one in after.parties}
    with acting_as(labour):
        now = meetings.get_committee(labour, committee.pk)
        assert {one.organisation.key for one in now.seats.all()} == {"val-uni", "carsat-sud-est", "dreets-paca"}
        assert (now.secretariat.key, gaps_of(now)) == ("val-uni", ())
        assert now.asked == ["carsat-sud-est", "dreets-paca", "val-uni"]
        sat = meetings.get_session(labour, held.pk).committee.seats.all()
        assert "val-issole" in {one.organisation.key for one in sat}, "a session that it sat in still names it"
        due = DueItem.objects.get(key=f"committee:{committee.pk}:plan:2026")
        assert due.organisation.key == "val-uni", "what its secretariat had to do is its successor's"
        assert {one.organisation.key for one in owed} == {"val-uni", "carsat-sud-est", "dreets-paca"}
        told = Event.objects.get(verb="committee.seat_handed_over", subject=committee.pk)
        assert told.label.endswith(f"Val Uni succède à Val d’Issole à compter du {format_date(LATER.date())}")


def _committee_that_met(contract: Contract) -> tuple[Committee, Session]:
    """The committee of a contract, and one session of which the service's presence was noted."""
    with as_system():
        list(set_up_committees(at=MARCH))
        committee = Committee.objects.get(circle=contract.circle_id, kind="follow_up")
        plan_year(committee, 2026)
        session = Session.objects.create(
            circle_id=contract.circle_id, committee=committee, year=2026, state="planned", state_since=MARCH,
            starts_at=MARCH, ends_at=MARCH + timedelta(hours=2),
        )  # fmt: skip
        seat = committee.seats.filter(organisation__key="val-issole").first()
        Attendance.objects.create(circle_id=contract.circle_id, session=session, seat=seat, status="present")
    return committee, session


def test_the_text_on_a_day_and_the_comparison_of_two(acts: Acts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avenant.foundations.clock.now", lambda: MARCH)
    contract = acts.in_force()
    row = acts.amend(contract, (Verb.REWRITE, "objectifs", "Objectifs revus."), effective_on=APRIL)
    acts.open_amendment(row)
    acts.sign_amendment(row)
    client = signed_in(acts.cast.labour)
    text = reverse("drafting:text", args=[contract.pk])
    assert "Objectifs revus." not in client.get(text).content.decode()
    assert "Objectifs revus." in client.get(text, {"au": "2026-04-01"}).content.decode()
    assert client.get(text, {"au": "n’importe quoi"}).status_code == 200
    compared = reverse("drafting:compared", args=[contract.pk])
    page = client.get(compared, {"du": "2026-03-31", "au": "2026-04-01"}).content.decode()
    assert "modifiée" in page
    assert "<ins>" in page
    none = client.get(compared, {"du": "2026-03-31", "au": "2026-04-01", "montrer": "added"}).content.decode()
    assert "<del><span" not in none


def test_the_comparison_of_two_dates_is_fast() -> None:
    words = "Les parties conviennent de suivre les actions du volet, avec leurs moyens et leur calendrier. " * 6

    def clause(rank: int, said: str = "") -> LegalClause:
        return LegalClause(f"c-{rank}", ClauseKind.ARTICLE, f"{rank}", f"Clause {rank}", words + said, position=rank)

    old = LegalText("Contrat", (), tuple(clause(rank) for rank in range(330)))
    new = LegalText("Contrat", (), tuple(clause(rank, "revue" if rank % 27 == 0 else "") for rank in range(330)))
    start = time.process_time()
    assert len(compare(old, new).changed) == 13
    assert time.process_time() - start < 0.3


def test_a_new_end_and_the_walk_in_the_browser(acts: Acts, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avenant.foundations.clock.now", lambda: MARCH)
    contract = acts.in_force()
    client = signed_in(acts.cast.labour)
    new = reverse("amendments:new", args=[contract.pk])
    past = client.post(new, {"kind": "content", "title": "Trop tôt", "effective_on": "2026-03-01"}).content.decode()
    assert "Trop tôt" in past
    answer = client.post(new, {"kind": "content", "title": "Objet"})
    assert answer.status_code == 302
    page = answer.headers["Location"]
    assert "Rien encore" in client.get(page).content.decode()
    form = client.get(f"{page}/clause", {"clause": "objectifs"}).content.decode()
    assert "Texte de" in form
    said = {"verb": "rewrite", "heading": "Objectifs généraux", "body": "Objectifs revus."}
    assert client.post(f"{page}/clause?clause=objectifs", said).status_code == 302
    shown = client.get(page).content.decode()
    assert "Le texte avant et après" in shown
    assert client.get(f"{page}/exemplaire.pdf").content.startswith(b"%PDF-")
    assert client.post(f"{page}/ouvrir").status_code == 302
    assert "Il manque 3 signatures." in client.get(page).content.decode()
