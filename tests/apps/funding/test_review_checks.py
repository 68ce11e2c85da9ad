"""Requests for more, checks across funders, exchanges: what each side may do, and what it changes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import Http404
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import PDF, FundingCast, expense, fill, hand_in, open_for, row
from tests.support.reviews import NOVEMBER, complete_dossier, examine, give_all, instruct
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Expense, FundingLine, Submission
from avenant.funding.dossiers.services import judging, writing
from avenant.funding.grants.models import Scheme
from avenant.funding.grants.selectors import list_incomplete
from avenant.funding.grants.services.catalogue import take_up_catalogue, write_scheme
from avenant.funding.reviews.models import AskedField, Note, Post, Supplement, Thread
from avenant.funding.reviews.selectors import checks, exchanges, instructions
from avenant.funding.reviews.selectors.supplements import get_supplement, list_asked
from avenant.funding.reviews.services import aids, checking, opinions, supplements
from avenant.funding.reviews.services import exchanges as talking
from avenant.funding.reviews.services.aids import AidSaid
from avenant.funding.reviews.services.opening import evaluate_instructed
from avenant.funding.reviews.services.supplements import Sent

pytestmark = pytest.mark.django_db
LATER = NOVEMBER + timedelta(days=3)


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in November 2023."""
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = complete_dossier(cast, call)
    instruct(cast, made)
    return made


def ask(cast: FundingCast, dossier: Dossier, targets: dict[str, str], *questions: str) -> Supplement:
    with acting_as(cast.examiner):
        return supplements.ask_supplement(
            actor=cast.examiner, dossier_id=dossier.pk, message="Précisez, s’il vous plaît.", targets=targets,
            questions=questions, last_day=date(2023, 11, 24), at=NOVEMBER,
        )  # fmt: skip


def line_of(cast: FundingCast, dossier: Dossier) -> Expense:
    with acting_as(cast.director):
        return Expense.objects.get(project__dossier=dossier)


@pytest.mark.req("S4-5.2-02")
def test_a_request_is_answered_field_by_field_with_its_dates_and_files(cast: FundingCast, dossier: Dossier) -> None:
    line = line_of(cast, dossier)
    amount, piece = f"expense.{line.pk}.excl_tax", "piece.diagnostic"
    made = ask(cast, dossier, {amount: "Le devis dit autre chose.", piece: ""}, "Qui anime les groupes ?")
    assert (made.message, made.asked_at) == ("Précisez, s’il vous plaît.", NOVEMBER)
    assert made.due_at == datetime(2023, 11, 25, 4, tzinfo=UTC)
    client = signed_in(cast.director)
    page = client.get(made.page()).content.decode()
    assert "Le devis dit autre chose." in page
    with acting_as(cast.director):
        due = DueItem.objects.get(key=supplements.supplement_key(made.pk))
        assert (due.organisation_id, due.due_at, due.state) == (cast.director.organisation_id, made.due_at, "open")
        asked = {one.target: one.pk.hex for one in AskedField.objects.filter(supplement=made)}
    typed: dict[str, Any] = {
        asked[amount]: "90 000,00",
        asked["question.1"]: "Une psychologue du travail.",
        "answer": "Voici.",
    }
    half = client.post(made.page(), {**typed, "send": "oui"})
    assert half.status_code == 422
    assert "Il reste à répondre" in half.content.decode()
    assert "Une psychologue du travail." in half.content.decode()
    wrong = client.post(made.page(), {**typed, asked[amount]: "beaucoup"})
    assert wrong.status_code == 422
    assert "beaucoup" in wrong.content.decode()
    file = SimpleUploadedFile("diagnostic-complet.pdf", PDF)
    done = client.post(made.page(), {**typed, asked[piece]: file, "send": "oui"})
    assert done.status_code == 302
    with acting_as(cast.examiner):
        kept = get_supplement(cast.examiner, made.pk)
        assert (kept.state, kept.answer) == ("answered", "Voici.")
        told = {one.asked.target: one for one in list_asked(cast.examiner, kept)}
        assert (told[amount].before, told[amount].value) == (Decimal(100000), Decimal(90000))
        assert told["question.1"].value == "Une psychologue du travail."
        assert told[piece].asked.document
        assert Expense.objects.get(pk=line.pk).excl_tax == Decimal(90000)
        event = Event.objects.get(circle_id=dossier.circle_id, verb="supplement.answer")
        assert next(iter(event.evidence["changes"].values())) == {"before": "100000.00", "after": "90000.00"}
        supplements.accept_supplement(actor=cast.examiner, supplement_id=made.pk, at=LATER)
        assert instructions.get_instruction(cast.examiner, dossier.pk).grant == Decimal("36000.00")
        assert dossier.pieces.filter(kind="diagnostic").count() == 2
    with acting_as(cast.director):
        due.refresh_from_db()
        assert due.state == "done"


def test_only_what_is_asked_may_be_written_and_the_deposit_stays_as_it_was(cast: FundingCast, dossier: Dossier) -> None:
    made = ask(cast, dossier, {"dossier.contact": ""})
    with acting_as(cast.director):
        before = Submission.objects.get(dossier=dossier).sha256
        field = AskedField.objects.get(supplement=made)
    client = signed_in(cast.director)
    said = {field.pk.hex: "Direction des soins", "dossier.payroll": "1", "payroll": "1", "send": "oui"}
    assert client.post(made.page(), said).status_code == 302
    refused = client.post(reverse("dossiers:etablissement", args=[dossier.pk]), {"contact": "Autre"})
    assert refused.status_code in {403, 409}
    with acting_as(cast.director):
        kept = Dossier.objects.get(pk=dossier.pk)
        assert (kept.contact, kept.payroll, kept.state) == ("Direction des soins", Decimal(31000000), "complete")
        assert Submission.objects.get(dossier=dossier).sha256 == before


def test_it_is_asked_again_with_a_reason_or_lapses_after_its_last_second(cast: FundingCast, dossier: Dossier) -> None:
    made = ask(cast, dossier, {}, "Pourquoi ?")
    with acting_as(cast.examiner), pytest.raises(DomainError, match="n’est pas passé"):
        supplements.lapse_supplement(
            actor=cast.examiner, supplement_id=made.pk, at=made.due_at - timedelta(microseconds=1)
        )
    with as_system():
        assert supplements.lapse_passed_for_system(at=made.due_at - timedelta(seconds=1)) == 0
        assert supplements.lapse_passed_for_system(at=made.due_at) == 1
        assert supplements.lapse_passed_for_system(at=made.due_at) == 0
    with acting_as(cast.director), pytest.raises(Refused, match="sans réponse"):
        supplements.answer_supplement(actor=cast.director, supplement_id=made.pk, at=made.due_at)
    with acting_as(cast.examiner):
        with pytest.raises(Refused, match="motif"):
            supplements.return_supplement(
                actor=cast.examiner, supplement_id=made.pk, reason=" ", last_day=date(2023, 12, 8), at=made.due_at
            )
        again = supplements.return_supplement(
            actor=cast.examiner, supplement_id=made.pk, reason="Il nous la faut", last_day=date(2023, 12, 8),
            at=made.due_at,
        )  # fmt: skip
        assert again.state == "asked"
    with acting_as(cast.director):
        assert DueItem.objects.get(key=supplements.supplement_key(made.pk)).state == "open"


def test_who_may_ask_and_answer(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.fund), pytest.raises(Refused, match="autorité"):
        supplements.ask_supplement(
            actor=cast.fund, dossier_id=dossier.pk, message="Et ceci ?", targets={}, questions=["Quoi ?"],
            last_day=date(2023, 11, 24), at=NOVEMBER,
        )  # fmt: skip
    made = ask(cast, dossier, {}, "Pourquoi ?")
    with acting_as(cast.other_director), pytest.raises(Http404):
        get_supplement(cast.other_director, made.pk)
    with acting_as(cast.staff), pytest.raises(Refused, match="direction ou le chef de projet"):
        supplements.save_answers(actor=cast.staff, supplement_id=made.pk, values={}, files={}, answer="", at=NOVEMBER)
    with acting_as(cast.director):
        files = {AskedField.objects.get(supplement=made).pk: Sent("virus.exe", b"MZ")}
        with pytest.raises(DomainError, match="accepté"):
            supplements.save_answers(
                actor=cast.director, supplement_id=made.pk, values={}, files=files, answer="", at=NOVEMBER
            )


def fund_aid(cast: FundingCast, *, label: str, amount: str, cost: str | None = None, **more: Any) -> None:
    """An aid that the fund gave the first establishment, told to the other funders."""
    with acting_as(cast.fund):
        take_up_catalogue(actor=cast.fund, at=NOVEMBER)
        scheme = Scheme.objects.get(code=more.pop("scheme", "contrat-prevention"))
        said = AidSaid(
            scheme_id=scheme.pk, establishment=Establishment.objects.get(finess_et="99B000001"), label=label,
            amount=Decimal(amount), cost=Decimal(cost) if cost else None, **{"on": date(2024, 1, 20), **more},
        )  # fmt: skip
        aids.declare_aid(actor=cast.fund, said=said, at=NOVEMBER)


def empty_money(dossier: Dossier, cast: FundingCast) -> None:
    with acting_as(cast.director):
        Expense.objects.filter(project__dossier=dossier).delete()
        FundingLine.objects.filter(project__dossier=dossier).delete()


@pytest.mark.req("S4-3.2.5-01")
def test_a_cnr_grant_excludes_its_action_and_recorded_aids_are_proposed(cast: FundingCast, call: PublishedCall) -> None:
    declared = open_for(cast.director, call)
    fill(cast.director, declared)
    empty_money(declared, cast)
    with acting_as(cast.director):
        lines = [
            expense("Accompagnement des équipes", "100000.00"),
            expense(
                "Aménagement des vestiaires, financé par un CNR en 2022",
                "20000.00",
                "amenagement",
                funded_elsewhere=True,
            ),
        ]
        writing.list_expenses(
            actor=cast.director, dossier_id=declared.pk, position=1, expenses=lines, at=NOVEMBER - timedelta(days=20)
        )
        writing.plan_funding(
            actor=cast.director, dossier_id=declared.pk, position=1, at=NOVEMBER - timedelta(days=20),
            lines=[row(payer="ARS", nature="requested", amount=Decimal(40000), granted=False),
                   row(payer="Établissement", nature="own", amount=Decimal(80000), granted=True)],
        )  # fmt: skip
    hand_in(cast.director, declared)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=declared.pk, at=NOVEMBER)
    instruction = instruct(cast, declared)
    assert (instruction.eligible, instruction.grant) == (Decimal("100000.00"), Decimal("40000.00"))
    with acting_as(cast.examiner):
        told = evaluate_instructed(instruction, at=NOVEMBER)
        assert any("déjà financée" in one.sentence for one in told.of("funded-elsewhere"))
    fund_aid(cast, label="Accompagnement des équipes", amount="9000.00", on=date(2024, 2, 1), until=date(2024, 9, 30))
    fund_aid(cast, label="Accompagnement des équipes", amount="7000.00", on=date(2019, 2, 1), until=date(2019, 9, 30))
    page = signed_in(cast.examiner).get(reverse("reviews:checks", args=[declared.pk])).content.decode()
    assert "même objet" in page
    with acting_as(cast.examiner):
        matches = checks.list_matches(cast.examiner, instruction)
        assert [("9\u202f000" in one.other_label) for one in matches] == [True]
        assert "dates qui se recouvrent" in matches[0].reasons[0]


@pytest.mark.req("S4-3.2.5-02")
def test_the_same_invoice_paid_whole_by_the_fund_is_excluded_and_declared_cofunding_is_not(
    cast: FundingCast, call: PublishedCall
) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    empty_money(made, cast)
    with acting_as(cast.director):
        lines = [
            expense("Accompagnement des équipes", "100000.00"),
            expense("Rails de transfert", "30000.00", "equipement"),
        ]
        at = NOVEMBER - timedelta(days=20)
        writing.list_expenses(actor=cast.director, dossier_id=made.pk, position=1, expenses=lines, at=at)
        line = Expense.objects.get(project__dossier=made, label="Accompagnement des équipes")
        plan = [
            row(payer="ARS", nature="requested", amount=Decimal(40000), granted=False, expense=line),
            row(payer="Carsat", nature="public", amount=Decimal(20000), granted=False, expense=line),
            row(payer="Établissement", nature="own", amount=Decimal(70000), granted=True),
        ]
        writing.plan_funding(actor=cast.director, dossier_id=made.pk, position=1, lines=plan, at=at)
    hand_in(cast.director, made)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
    instruction = instruct(cast, made)
    with acting_as(cast.examiner):
        told = evaluate_instructed(instruction, at=NOVEMBER)
        assert {one.outcome.value for one in told.of("line-aids")} == {"pass"}
        assert {one.outcome.value for one in told.of("public-aid")} == {"pass"}
        assert instruction.eligible == Decimal("130000.00")
    fund_aid(cast, label="Rails de transfert", amount="30000.00", cost="30000.00", invoice="FA-2024-12")
    with acting_as(cast.examiner):
        match = checks.list_matches(cast.examiner, instruction)[0]
        assert match.line_label == "Rails de transfert"
        assert match.score >= 50
        with pytest.raises(DomainError, match="Dites ce qui le montre"):
            checking.settle_double(
                actor=cast.examiner, dossier_id=made.pk, line=match.line, other=match.other, same=True, reason="",
                at=LATER,
            )  # fmt: skip
    client = signed_in(cast.examiner)
    said = {
        "line": str(match.line),
        "other": match.other,
        "same": "oui",
        "reason": "Facture FA-2024-12, vue avec la caisse.",
    }
    assert client.post(reverse("reviews:settle-double", args=[made.pk]), said).status_code == 302
    with acting_as(cast.examiner):
        after = instructions.get_instruction(cast.examiner, made.pk)
        assert after.eligible == Decimal("100000.00")
        assert after.grant == Decimal("40000.00")
        conflicts = checks.list_conflicts(cast.examiner, after, checks.list_matches(cast.examiner, after))
        assert any("ne peuvent pas financer la même dépense" in one.sentence for one in conflicts.clashes)
    page = client.get(reverse("reviews:checks", args=[made.pk])).content.decode()
    assert "déjà financée, exclue" in page


def test_a_match_across_calls_is_by_expense_line(cast: FundingCast, call: PublishedCall) -> None:
    from tests.support.funding import publish

    other = publish(cast, key="clact-bis")
    first, second = complete_dossier(cast, call), complete_dossier(cast, other)
    instruction = instruct(cast, first)
    with acting_as(cast.examiner):
        found = checks.list_matches(cast.examiner, instruction)
        assert [second.number in one.other_label or "CLACT-BIS" in one.other_label for one in found] == [True]
        checking.settle_double(
            actor=cast.examiner, dossier_id=first.pk, line=found[0].line, other=found[0].other, same=False,
            reason="Deux services différents.", at=LATER,
        )  # fmt: skip
        assert instructions.get_instruction(cast.examiner, first.pk).grant == Decimal("40000.00")
        with pytest.raises(DomainError, match="n’est plus proposé"):
            checking.settle_double(
                actor=cast.examiner, dossier_id=first.pk, line=found[0].line, other="aid:inconnue", same=True,
                reason="Non", at=LATER,
            )  # fmt: skip


@pytest.mark.req("S0-2-17")
def test_a_scheme_without_conditions_is_kept_to_be_completed_and_listed(cast: FundingCast, dossier: Dossier) -> None:
    client = signed_in(cast.fund)
    said = {"kind": "aid", "title": "Subvention prévention TPE (STPE)", "funder": "CGSS"}
    assert client.post(reverse("grants:add-scheme"), said).status_code == 302
    page = client.get(reverse("grants:schemes")).content.decode()
    assert "Conditions à compléter" in page
    with acting_as(cast.fund):
        made = Scheme.objects.get()
        assert (made.rate, made.cap, made.beneficiaries) == (None, None, "")
        assert list_incomplete(cast.fund) == [made]
        assert made.lacks == ["taux", "plafond", "bénéficiaires"]
        assert take_up_catalogue(actor=cast.fund, at=NOVEMBER) == 6
        lacking = {one.code for one in list_incomplete(cast.fund)}
        assert {"stpe", "contrat-prevention"} <= lacking
        assert take_up_catalogue(actor=cast.fund, at=NOVEMBER) == 0
    with acting_as(cast.labour), pytest.raises(Refused, match="complétées par CGSS"):
        write_scheme(actor=cast.labour, scheme_id=made.pk, said={"rate": Decimal(50)}, at=NOVEMBER)
    whole = {**said, "rate": "50", "cap": "25 000", "beneficiaries": "moins de 50 salariés"}
    assert client.post(reverse("grants:scheme", args=[made.pk]), whole).status_code == 302
    with acting_as(cast.fund):
        assert made not in list_incomplete(cast.fund)


def test_an_aid_is_positive_within_its_cost_and_of_a_known_place(cast: FundingCast, dossier: Dossier) -> None:
    with pytest.raises(DomainError, match="ne dépasse pas le coût"):
        fund_aid(cast, label="Rails", amount="100.01", cost="100.00")
    with pytest.raises(DomainError, match="positif"):
        fund_aid(cast, label="Rails", amount="0.00")
    fund_aid(cast, label="Rails", amount="100.00", cost="100.00")
    client = signed_in(cast.fund)
    with acting_as(cast.fund):
        scheme = Scheme.objects.get(code="fipu")
    said = {
        "scheme": str(scheme.pk),
        "establishment": "000000000",
        "label": "Chariots",
        "amount": "10",
        "on": "2024-01-02",
    }
    answer = client.post(reverse("reviews:declare-aid"), said)
    assert answer.status_code == 422
    assert "annuaire" in answer.content.decode()
    assert "Chariots" in answer.content.decode()


def told() -> None:
    """What the job does of every message."""
    with as_system():
        for post in Post.objects.values_list("pk", flat=True):
            talking.tell_post_for_system(post_id=post, at=LATER)


def test_an_exchange_is_read_by_its_audience_alone(cast: FundingCast, dossier: Dossier) -> None:
    def open_it(author: Actor, audience: Thread.Audience, title: str) -> Thread:
        with acting_as(author):
            return talking.open_thread(
                actor=author, dossier_id=dossier.pk, audience=audience, title=title, text="Bonjour", at=NOVEMBER
            )

    open_it(cast.examiner, Thread.Audience.OWN, "Entre nous")
    open_it(cast.fund, Thread.Audience.INSTITUTIONS, "Entre institutions")
    together = open_it(cast.examiner, Thread.Audience.APPLICANT, "Avec vous")
    seen = {}
    for reader in (cast.officer, cast.fund, cast.director, cast.other_director):
        with acting_as(reader):
            seen[reader.name] = {one.title for one in exchanges.list_threads(reader, dossier)}
            assert {one.thread.title for one in Post.objects.select_related("thread")} == seen[reader.name]
    assert seen[cast.officer.name] == {"Entre nous", "Entre institutions", "Avec vous"}
    assert seen[cast.fund.name] == {"Entre institutions", "Avec vous"}
    assert seen[cast.director.name] == {"Avec vous"}
    assert seen[cast.other_director.name] == set()
    with acting_as(cast.director):
        talking.reply(actor=cast.director, thread_id=together.pk, text="Merci", at=LATER)
        with pytest.raises(Refused, match="lu par les institutions"):
            talking.open_thread(
                actor=cast.director, dossier_id=dossier.pk, audience=Thread.Audience.INSTITUTIONS, title="Non", text="Non",
                at=NOVEMBER,
            )  # fmt: skip
    told()
    with acting_as(cast.officer):
        assert Notice.objects.filter(key__startswith="post:", person_id=cast.officer.person_id).count() == 4


def test_the_representatives_of_the_staff_take_no_part_in_the_financial_instruction(
    cast: FundingCast, dossier: Dossier
) -> None:
    with acting_as(cast.examiner):
        thread = talking.open_thread(
            actor=cast.examiner, dossier_id=dossier.pk, audience=Thread.Audience.APPLICANT, title="Avec vous", text="Bonjour",
            at=NOVEMBER,
        )  # fmt: skip
    staff, director = signed_in(cast.staff), signed_in(cast.director)
    for name in ("reviews:exchanges", "reviews:supplements"):
        address = reverse(name, args=[dossier.pk])
        assert staff.get(address).status_code == 403
        assert director.get(address).status_code == 200
        assert address not in staff.get(dossier.page()).content.decode()
        assert address in director.get(dossier.page()).content.decode()
    address = reverse("reviews:reply", args=[thread.pk])
    assert staff.post(address, {"text": "Nous aussi"}).status_code == 403
    with acting_as(cast.director):
        assert thread.posts.count() == 1


def test_no_line_leads_the_representatives_of_the_staff_to_a_page_that_refuses_them(
    cast: FundingCast, dossier: Dossier
) -> None:
    made = ask(cast, dossier, {}, "Combien d’agents ont demandé ces horaires ?")
    with acting_as(cast.director):
        lines = list_asked(cast.director, made)
        supplements.save_answers(
            actor=cast.director, supplement_id=made.pk, values={lines[0].asked.pk: "Deux cents."}, files={}, answer="",
            at=NOVEMBER,
        )  # fmt: skip
        supplements.answer_supplement(actor=cast.director, supplement_id=made.pk, at=NOVEMBER)
    with acting_as(cast.examiner):
        supplements.return_supplement(
            actor=cast.examiner, supplement_id=made.pk, reason="À préciser.", last_day=date(2023, 12, 20), at=NOVEMBER
        )
    staff, director = signed_in(cast.staff), signed_in(cast.director)
    for page in (dossier.page(), "/"):
        told = staff.get(page).content.decode()
        assert "Compléments n° 1" in told
        assert made.page() not in told
    assert made.page() in director.get(dossier.page()).content.decode()
    with acting_as(cast.staff):
        for event in Event.objects.filter(circle_id=dossier.circle_id).exclude(page=""):
            assert staff.get(event.page).status_code == 200, event.label
        assert not Notice.objects.filter(person_id=cast.staff.person_id).exists()


def test_a_note_is_its_institution_s(cast: FundingCast, dossier: Dossier) -> None:
    client = signed_in(cast.examiner)
    assert (
        client.post(reverse("reviews:note", args=[dossier.pk]), {"text": "À revoir avec la DAOSS"}).status_code == 302
    )
    with acting_as(cast.officer):
        assert Note.objects.get().text == "À revoir avec la DAOSS"
    with acting_as(cast.fund):
        assert not Note.objects.exists()


def test_every_page_opens_for_each_institution(cast: FundingCast, call: PublishedCall) -> None:
    made = complete_dossier(cast, call)
    fund_aid(cast, label="Accompagnement des équipes", amount="9000.00", on=date(2024, 2, 1), until=date(2024, 9, 30))
    examine(cast, made)
    ask_pages = [reverse(f"reviews:{name}", args=[made.pk]) for name in
                 ("instruction", "study", "opinions", "grid", "checks", "supplements", "exchanges")]  # fmt: skip
    pages = [*ask_pages, reverse("reviews:desk"), reverse("reviews:ranking", args=[call.key]), reverse("reviews:aids"),
             reverse("reviews:export", args=["csv"]), reverse("reviews:export-ranking", args=[call.key, "xlsx"]),
             reverse("reviews:export-aids", args=["csv"]), made.page()]  # fmt: skip
    for reader in (cast.officer, cast.examiner, cast.fund, cast.labour, cast.decider):
        client = signed_in(reader)
        for page in pages:
            assert client.get(page).status_code == 200, (reader.name, page)


def test_the_pages_keep_to_twenty_queries(cast: FundingCast, call: PublishedCall) -> None:
    made = complete_dossier(cast, call)
    examine(cast, made)
    fund_aid(cast, label="Accompagnement des équipes", amount="9000.00", on=date(2024, 2, 1), until=date(2024, 9, 30))
    of_a_dossier = ("instruction", "study", "opinions", "grid", "checks", "supplements", "exchanges")
    pages = [("desk", []), ("ranking", [call.key]), ("aids", []), *((name, [made.pk]) for name in of_a_dossier)]
    for reader in (cast.examiner, cast.officer):
        client = signed_in(reader)
        for name, args in pages:
            with CaptureQueriesContext(connection) as told:
                client.get(reverse(f"reviews:{name}", args=args))
            asked = [one["sql"] for one in told if "SAVEPOINT" not in one["sql"]]  # the tests' own
            assert len(asked) <= 20, (name, len(asked), asked)


def test_an_opinion_is_given_from_its_page_and_what_is_typed_stays(cast: FundingCast, dossier: Dossier) -> None:
    client, page = signed_in(cast.fund), reverse("reviews:give-opinion", args=[dossier.pk])
    said = {"layout": "favourable", "equipment": "reserved", "equipment_comment": "", "relevance": "unknown"}
    wrong = client.post(page, said)
    assert wrong.status_code == 422
    assert "Il reste" in wrong.content.decode()
    assert client.post(page, {**said, "save": "oui"}).status_code == 302
    kept = client.get(reverse("reviews:opinions", args=[dossier.pk])).content.decode()
    assert 'value="reserved" checked' in kept
    assert (
        client.post(page, {**said, "equipment_comment": "Trop lourd", "assessments": "favourable"}).status_code == 302
    )
    assert (
        "Trop lourd"
        not in signed_in(cast.examiner).get(reverse("reviews:opinions", args=[dossier.pk])).content.decode()
    )


def test_the_letter_of_a_rejection_tells_reasons_and_remedies(cast: FundingCast, call: PublishedCall) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    hand_in(cast.director, made)
    with acting_as(cast.officer):
        letter = made.pieces.get(kind="courrier_demande")
        judging.check_piece(actor=cast.officer, piece_id=letter.pk, compliant=False, reason="Non signé.", at=NOVEMBER)
        judging.judge_completeness(actor=cast.officer, dossier_id=made.pk, at=NOVEMBER)
    page = reverse("reviews:rejection-letter", args=[made.pk])
    for reader in (cast.director, cast.officer):
        answer = signed_in(reader).get(page)
        assert answer.status_code == 200
        assert answer.content.startswith(b"%PDF")
    assert page in signed_in(cast.director).get(made.page()).content.decode()
    assert signed_in(cast.other_director).get(page).status_code == 404


def test_who_declared_an_interest_reads_no_opinion_page(cast: FundingCast, dossier: Dossier) -> None:
    give_all(cast, dossier)
    client = signed_in(cast.fund)
    assert client.get(reverse("reviews:opinions", args=[dossier.pk])).status_code == 200
    said = {"reason": "Ma sœur y travaille"}
    assert client.post(reverse("reviews:interest", args=[dossier.pk]), said).status_code == 302
    for name in ("opinions", "grid"):
        assert client.get(reverse(f"reviews:{name}", args=[dossier.pk])).status_code == 403
    assert client.get(reverse("reviews:instruction", args=[dossier.pk])).status_code == 200
    shown = client.get(reverse("reviews:ranking", args=[dossier.call.key])).content.decode()
    assert "lien d’intérêt déclaré" in shown


def test_who_declared_an_interest_reads_neither_the_checks_nor_the_exchanges(
    cast: FundingCast, dossier: Dossier
) -> None:
    fund_aid(cast, label="Accompagnement des équipes", amount="100000.00", cost="100000.00")
    with acting_as(cast.examiner):
        (match,) = checks.list_matches(cast.examiner, instructions.get_instruction(cast.examiner, dossier.pk))
        checking.settle_double(
            actor=cast.examiner, dossier_id=dossier.pk, line=match.line, other=match.other, same=True,
            reason="Vu avec la caisse.", at=NOVEMBER,
        )  # fmt: skip
        thread = talking.open_thread(
            actor=cast.examiner, dossier_id=dossier.pk, audience=Thread.Audience.INSTITUTIONS, title="Entre nous",
            text="Bonjour", at=NOVEMBER,
        )  # fmt: skip
    pages = [reverse(f"reviews:{name}", args=[dossier.pk]) for name in ("opinions", "checks", "exchanges")]
    acts = {
        reverse("reviews:settle-double", args=[dossier.pk]): {"same": "non", "reason": "Non"},
        reverse("reviews:settle-unlined", args=[dossier.pk]): {"line": "aucune", "reason": "Non"},
        reverse("reviews:reply", args=[thread.pk]): {"text": "Et moi"},
        reverse("reviews:note", args=[dossier.pk]): {"text": "Et moi"},
        reverse("reviews:exchanges", args=[dossier.pk]): {"title": "T", "text": "T", "audience": "institutions"},
    }
    for reader in (cast.examiner, cast.fund):
        client, summary = signed_in(reader), reverse("reviews:instruction", args=[dossier.pk])
        assert [client.get(one).status_code for one in pages] == [200, 200, 200]
        before = client.get(summary).content.decode()
        assert "Vu avec la caisse." in before
        with acting_as(reader):
            opinions.declare_interest(actor=reader, dossier_id=dossier.pk, reason="Ancien poste", at=NOVEMBER)
        for address in pages:
            answer = client.get(address)
            assert answer.status_code == 403
            assert "lien d’intérêt dans ce dossier" in answer.content.decode()
        shown = client.get(summary).content.decode()
        assert "Vu avec la caisse." not in shown
        assert "Double financement tranché" not in shown
        for address in pages[1:]:
            assert f'href="{address}"' not in shown.partition("<main")[2]
        for address, typed in acts.items():
            assert client.post(address, typed).status_code == 403, address
    with acting_as(cast.officer):
        assert (Post.objects.count(), Note.objects.count()) == (1, 0)
    assert signed_in(cast.officer).get(pages[1]).status_code == 200, "its colleagues are not closed out"


def test_who_declared_an_interest_is_told_no_message_of_the_exchanges(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.examiner):
        together = talking.open_thread(
            actor=cast.examiner, dossier_id=dossier.pk, audience=Thread.Audience.APPLICANT, title="Avec vous",
            text="Bonjour", at=NOVEMBER,
        )  # fmt: skip
    with acting_as(cast.fund):
        opinions.declare_interest(actor=cast.fund, dossier_id=dossier.pk, reason="Ancien poste", at=NOVEMBER)
    with acting_as(cast.director):
        talking.reply(actor=cast.director, thread_id=together.pk, text="Merci", at=LATER)
    told()
    told()
    seen = {}
    for reader in (cast.fund, cast.labour, cast.officer, cast.director):
        with acting_as(reader):
            mine = Notice.objects.filter(key__startswith="post:", person_id=reader.person_id)
            seen[reader.name] = sorted(mine.values_list("body", flat=True))
    assert seen == {
        cast.fund.name: [], cast.labour.name: ["Bonjour", "Merci"], cast.officer.name: ["Bonjour", "Merci"],
        cast.director.name: ["Bonjour"],
    }  # fmt: skip
