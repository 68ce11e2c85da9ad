"""An aid that is lent: its annex, its schedule once paid, what is repaid, late, rescheduled, written off, recovered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.granting import FEBRUARY, instalment, open_agreement
from tests.support.lending import LENT_ON, lent, loan_awarded, repay
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.loans import LoanTerms, Standing
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants import services
from avenant.funding.grants.models import Grant, LoanReceipt, Repayment
from avenant.funding.grants.selectors import loans
from avenant.funding.grants.services import publishing
from avenant.funding.grants.services.lending import repay_key
from avenant.funding.grants.wording import articles

pytestmark = pytest.mark.django_db
D = Decimal
NOVEMBER_20 = datetime(2024, 11, 20, 13, tzinfo=UTC)


def plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")


def account(cast: FundingCast, grant: Grant, today: date = LENT_ON) -> loans.Account:
    with acting_as(cast.officer):
        found = loans.read_account(cast.officer, grant, today=today)
    assert found is not None
    return found


def lines(cast: FundingCast, grant: Grant) -> list[tuple[str, str]]:
    """The days and amounts still asked."""
    return [(one.row.due_on.isoformat(), str(one.left)) for one in account(cast, grant).lines if one.left]


FIRST = [("2024-11-20", "10000.00"), ("2025-02-20", "10000.00"), ("2025-05-20", "10000.00"), ("2025-08-20", "10000.00")]


def test_the_agreement_carries_its_schedule_in_an_annex(cast: FundingCast) -> None:
    grant = loan_awarded(cast, share="1/3", loan=LoanTerms(over=3), amount="40000.00")
    row = open_agreement(cast, grant)
    annex = articles(row.content)[-1]
    assert (annex.number, annex.heading) == ("Annexe", "Plan de remboursement")
    told = [tuple(map(plain, line)) for line in annex.tables[0].rows]
    assert told == [
        ("1", "1 mois", "4 444,44 €"), ("2", "2 mois", "4 444,44 €"), ("3", "3 mois", "4 444,45 €"), ("Total", "", "13 333,33 €"),
    ]  # fmt: skip
    body = next(one for one in articles(row.content) if one.heading == "Avance remboursable").body
    assert "taux de 0 %" in plain(body)
    assert "13 333,33 €" in plain(body)
    pdf = signed_in(cast.director).get(reverse("grants:agreement-pdf", args=[row.pk]))
    assert pdf.status_code == 200
    assert account(cast, grant).planned[-1].amount == D("4444.45")


def test_an_aid_without_a_loan_has_no_account(cast: FundingCast) -> None:
    grant = loan_awarded(cast)
    with as_system():
        grant.instalments.update(repayable=False)
    assert signed_in(cast.officer).get(grant.loan_page()).status_code == 404
    assert "Annexe" not in [one.number for one in articles(open_agreement(cast, grant).content)]


def test_the_schedule_begins_with_the_payment_and_each_line_is_due(cast: FundingCast) -> None:
    grant = lent(cast)
    assert lines(cast, grant) == FIRST
    with acting_as(cast.director):
        due = DueItem.objects.filter(key__startswith="repayment:").order_by("due_at")
        assert [one.state for one in due] == ["open"] * 4
        assert due[0].organisation_id == cast.director.organisation_id
        assert due[0].due_at == datetime(2024, 11, 21, 4, tzinfo=UTC), "the end of the day in Guadeloupe"
        assert Event.objects.filter(verb="loan.begin").count() == 1


def test_a_part_only_is_lent(cast: FundingCast) -> None:
    grant = lent(cast, share="1/4", loan=LoanTerms(over=3))
    assert lines(cast, grant) == [("2024-03-20", "3333.33"), ("2024-04-20", "3333.33"), ("2024-05-20", "3333.34")]
    assert account(cast, grant).lent == D(10000)
    assert not instalment(grant, 2).repayable


def test_repayments_are_counted_on_the_oldest_line(cast: FundingCast) -> None:
    grant = lent(cast)
    repay(cast, grant, "9999.99")
    first = account(cast, grant).lines[0]
    assert (first.left, first.standing) == (D("0.01"), Standing.PARTLY)
    with acting_as(cast.officer):
        item = DueItem.objects.get(key=repay_key(first.row))
        assert item.state == "open"
        assert "0,01 €" in plain(item.label)
    repay(cast, grant, "0.02", "ENC-2")
    told = account(cast, grant)
    assert [one.left for one in told.lines] == [0, D("9999.99"), 10000, 10000]
    assert (told.lent, told.repaid, told.left) == (D(40000), D("10000.01"), D("29999.99"))
    with acting_as(cast.officer):
        assert DueItem.objects.get(key=repay_key(first.row)).state == "done"
        with pytest.raises(DomainError, match="ne reste que"):
            services.record_repayment(actor=cast.officer, grant_id=grant.pk, amount=D(30000), on=LENT_ON,
                                      reference="ENC-3", at=FEBRUARY)  # fmt: skip


def test_everything_left_may_come_back_early(cast: FundingCast) -> None:
    grant = lent(cast)
    repay(cast, grant, "15000.01")
    assert repay(cast, grant, None, "ENC-2").amount == D("24999.99")
    assert account(cast, grant).left == 0
    repay(cast, grant, None, "ENC-2")
    with as_system():
        assert LoanReceipt.objects.count() == 2, "the same receipt sent again changes nothing"
        assert set(DueItem.objects.filter(key__startswith="repayment:").values_list("state", flat=True)) == {"done"}
    with pytest.raises(DomainError, match="Rien ne reste"):
        repay(cast, grant, "0.01", "ENC-3")


def test_a_reference_counts_once(cast: FundingCast) -> None:
    grant = lent(cast)
    assert repay(cast, grant, "100").pk == repay(cast, grant, "100").pk
    with pytest.raises(DomainError, match="déjà celle"):
        repay(cast, grant, "101")
    assert account(cast, grant).repaid == D(100)


@pytest.mark.parametrize(
    ("amount", "on", "reference", "why"),
    [
        ("0", LENT_ON, "E", "positif"), ("-1", LENT_ON, "E", "positif"), ("40000.01", LENT_ON, "E", "ne reste que"),
        ("1", date(2024, 2, 19), "E", "aujourd’hui"), ("1", date(2024, 2, 21), "E", "aujourd’hui"),
        ("1", LENT_ON, " ", "référence"),
    ],
)  # fmt: skip
def test_a_wrong_receipt_is_refused(cast: FundingCast, amount: str, on: date, reference: str, why: str) -> None:
    grant = lent(cast)
    with acting_as(cast.officer), pytest.raises(DomainError, match=why):
        services.record_repayment(
            actor=cast.officer, grant_id=grant.pk, amount=D(amount), on=on, reference=reference, at=FEBRUARY
        )
    assert account(cast, grant).repaid == 0


def test_a_receipt_taken_back_makes_its_lines_due_again(cast: FundingCast) -> None:
    grant = lent(cast)
    row = repay(cast, grant, "12000")
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="motif"):
            services.take_receipt_back(
                actor=cast.officer, grant_id=grant.pk, receipt_id=row.pk, reason=" ", at=FEBRUARY
            )
        services.take_receipt_back(
            actor=cast.officer, grant_id=grant.pk, receipt_id=row.pk, reason="Chèque rejeté.", at=FEBRUARY
        )
        assert set(DueItem.objects.filter(key__startswith="repayment:").values_list("state", flat=True)) == {"open"}
        with pytest.raises(DomainError, match="n’est plus"):
            services.take_receipt_back(
                actor=cast.officer, grant_id=grant.pk, receipt_id=row.pk, reason="x", at=FEBRUARY
            )
    assert lines(cast, grant) == FIRST
    repay(cast, grant, "12000")  # the same reference may come back
    assert account(cast, grant).repaid == D(12000)


def test_a_line_is_late_the_day_after_and_told_once(cast: FundingCast) -> None:
    grant = lent(cast)
    assert account(cast, grant, date(2024, 11, 20)).late == 0
    assert account(cast, grant, date(2024, 11, 21)).late == D(10000)
    with as_system():
        assert services.tell_late_repayments(at=NOVEMBER_20) == 0
        for _ in range(2):
            assert services.tell_late_repayments(at=datetime(2024, 11, 21, 13, tzinfo=UTC)) == 1
        keys = Notice.objects.filter(key__endswith=":late:2024-11-20")
        assert {one.person_id for one in keys} >= {cast.officer.person_id, cast.director.person_id}
        assert keys.count() == len({one.person_id for one in keys})


def test_another_schedule_is_decided_with_its_reason(cast: FundingCast) -> None:
    grant = lent(cast)
    repay(cast, grant, "15000.01")

    def decide(first_on: date = date(2025, 1, 31), parts: int = 2, every: int = 1, reason: str = "Trésorerie.") -> None:
        with acting_as(cast.decider):
            services.reschedule_loan(actor=cast.decider, grant_id=grant.pk, first_on=first_on, parts=parts, every=every,
                                     reason=reason, at=FEBRUARY)  # fmt: skip

    with acting_as(cast.officer), pytest.raises(Refused, match="décideur"):
        services.reschedule_loan(actor=cast.officer, grant_id=grant.pk, first_on=LENT_ON, parts=1, every=1, reason="x",
                                 at=FEBRUARY)  # fmt: skip
    for wrong in ({"reason": " "}, {"parts": 0}, {"parts": 121}, {"every": 0}, {"first_on": date(2024, 2, 19)}):
        with pytest.raises(DomainError):
            decide(**wrong)  # type: ignore[arg-type]
    decide()
    assert lines(cast, grant) == [("2025-01-31", "12499.99"), ("2025-02-28", "12500.00")]
    with pytest.raises(DomainError, match="déjà le plan"):
        decide()
    with as_system():
        states = list(DueItem.objects.filter(key__startswith="repayment:").values_list("state", flat=True))
        assert sorted(states) == ["done", "done", "dropped", "dropped", "open", "open"]
    repay(cast, grant, None, "ENC-2")
    assert account(cast, grant).left == 0


def test_a_debt_is_given_up_by_a_decision(cast: FundingCast) -> None:
    grant = lent(cast)

    def decide(amount: str | None, reason: str = "Liquidation.", seen: Decimal | None = None) -> None:
        with acting_as(cast.decider):
            services.write_off_loan(actor=cast.decider, grant_id=grant.pk, amount=None if amount is None else D(amount),
                                    reason=reason, seen=seen, at=FEBRUARY)  # fmt: skip

    for amount, reason in (("0", "x"), ("40000.01", "x"), ("1", " ")):
        with pytest.raises(DomainError):
            decide(amount, reason)
    decide("15000.00")
    assert lines(cast, grant) == [("2024-11-20", "10000.00"), ("2025-02-20", "10000.00"), ("2025-05-20", "5000.00")]
    with pytest.raises(DomainError, match=r"Il reste 25.000,00.€ à rembourser, et non 40.000,00.€"):
        decide("15000.00", seen=D(40_000))
    decide(None)
    told = account(cast, grant)
    assert (told.left, told.written_off, told.repaid) == (0, D(40000), 0)
    with pytest.raises(DomainError, match="Rien ne reste"):
        decide(None)


def test_the_account_is_seen_by_its_circle_alone(cast: FundingCast) -> None:
    grant = lent(cast)
    repay(cast, grant, "10000.00")
    for reader in (cast.officer, cast.director):
        assert signed_in(reader).get(grant.loan_page()).status_code == 200
    assert signed_in(cast.other_director).get(grant.loan_page()).status_code == 404
    with acting_as(cast.other_director):
        assert not Repayment.objects.exists()
        assert not loans.list_loans(cast.other_director, loans.LoanSearch(), today=LENT_ON).exists()
    told = plain(signed_in(cast.director).get(grant.loan_page()).content.decode())
    assert "30 000,00 €" in told
    assert "Enregistrer le remboursement" not in told
    post = signed_in(cast.director).post(reverse("grants:repay", args=[grant.pk]), {"amount": "1", "on": "2024-02-20"})
    assert post.status_code == 403


def test_the_pages_of_a_loan(cast: FundingCast) -> None:
    grant = lent(cast)
    client = signed_in(cast.officer)
    address = reverse("grants:repay", args=[grant.pk])
    said = {"amount": "2 500,50", "on": "2024-02-20", "reference": "TR 12"}
    wrong = client.post(address, {**said, "amount": "beaucoup"})
    assert wrong.status_code == 422
    assert "TR 12" in wrong.content.decode(), "what was typed stays"
    assert client.post(address, said).status_code == 302
    assert client.post(address, said).status_code == 302
    assert account(cast, grant).repaid == D("2500.50")
    assert client.post(address, {"whole": "1", "on": "2024-02-20", "reference": "TR 13"}).status_code == 302
    assert account(cast, grant).left == 0
    for form, start in (("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK")):
        got = client.get(reverse("grants:export-loan", args=[grant.pk, form]))
        assert b"".join(got.streaming_content if got.streaming else [got.content])[:3].startswith(start[:2])
        assert client.get(reverse("grants:export-loans", args=[form])).status_code == 200
    assert "40 000,00 €" in plain(client.get(reverse("grants:loans") + "?etat=rembourse&tri=-reste").content.decode())
    assert "Aucun prêt ne répond" in client.get(reverse("grants:loans") + "?etat=en-retard").content.decode()
    decider = signed_in(cast.decider)
    assert decider.post(reverse("grants:write-off", args=[grant.pk]), {"reason": "x"}).status_code == 422
    with as_system():
        pk = LoanReceipt.objects.get(reference="TR 13").pk
    assert client.post(reverse("grants:take-back-receipt", args=[grant.pk, pk]), {"reason": "Rejet"}).status_code == 302
    plan = {"first_on": "2040-01-01", "parts": "3", "every": "12", "reason": "Accord"}
    assert decider.post(reverse("grants:reschedule", args=[grant.pk]), plan).status_code == 302
    assert [day for day, _ in lines(cast, grant)] == ["2040-01-01", "2041-01-01", "2042-01-01"]
    assert decider.post(reverse("grants:write-off", args=[grant.pk]), {"reason": "Remise"}).status_code == 302
    assert account(cast, grant).written_off == D("37499.50")


def test_the_database_keeps_a_line_within_its_amount(cast: FundingCast) -> None:
    grant = lent(cast)
    with as_system():
        for wrong in ({"paid": D("10000.01")}, {"released": D("-0.01")}, {"paid": D(1), "released": D(10000)}):
            with pytest.raises(IntegrityError), transaction.atomic():
                Repayment.objects.filter(grant=grant, number=1).update(**wrong)


def test_what_is_lent_is_not_published_as_a_subsidy(cast: FundingCast) -> None:
    half = lent(cast, share="1/2")
    with acting_as(cast.officer):
        (one,) = publishing.prepare(cast.officer)
        assert (one.grant.pk, one.subsidy.amount, one.lent, one.subsidy.instalments) == (half.pk, D(20000), D(20000), 1)
        assert one.subsidy.first_day == half.signed_on, "the payment of the loan is no date of the subsidy"
        assert DueItem.objects.filter(key=f"grant:{half.pk}:publish", state="open").exists()
        page = plain(signed_in(cast.officer).get(reverse("grants:open-data")).content.decode())
    assert "20 000,00 € prêtés" in page
    assert "article 9-1" in page


def test_an_aid_lent_whole_has_no_line_and_no_limit(cast: FundingCast) -> None:
    whole = lent(cast)
    with acting_as(cast.officer):
        assert publishing.prepare(cast.officer) == []
        assert not DueItem.objects.filter(key=f"grant:{whole.pk}:publish").exists()


def test_a_loan_whose_payment_bounces_never_began(cast: FundingCast) -> None:
    grant = lent(cast)
    one = instalment(grant, 1)
    receipt = repay(cast, grant, "1000.00", on=LENT_ON)
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="n’a donc pas été rejeté"):
            services.bounce(actor=cast.officer, instalment_id=one.pk, reason="RIB clos.", at=FEBRUARY)
        services.take_receipt_back(
            actor=cast.officer, grant_id=grant.pk, receipt_id=receipt.pk, reason="Erreur.", at=FEBRUARY
        )
        services.bounce(actor=cast.officer, instalment_id=one.pk, reason="RIB clos.", at=FEBRUARY)
        assert not Repayment.objects.filter(grant=grant).exists()
        assert not DueItem.objects.filter(key__startswith="repayment:", state="open").exists()
        assert Grant.objects.get(pk=grant.pk).paid == 0
        services.order(actor=cast.officer, instalment_ids=[one.pk], at=FEBRUARY)
        services.record_payment(actor=cast.officer, instalment_id=one.pk, paid_on=LENT_ON, at=FEBRUARY)
    assert lines(cast, grant) == FIRST, "paid again, it begins again"
