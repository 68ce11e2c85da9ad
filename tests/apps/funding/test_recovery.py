"""The balance of an aid, and what is asked back of it until nothing is left."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.granting import instalment
from tests.support.reports import (
    JUNE_2026,
    MARCH_2026,
    THERE,
    accept,
    all_accepted,
    followed,
    pay,
    report_of,
    whole,
)

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.recovery import Way
from avenant.domain.lifecycles import RECOVERY
from avenant.foundations import clock
from avenant.foundations.documents import services as documents
from avenant.foundations.journal.models import DueItem
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.grants import services as grants
from avenant.funding.grants.models import Grant
from avenant.funding.reports.balances import strike
from avenant.funding.reports.models import Recovery, RecoveryLetter, Settlement
from avenant.funding.reports.selectors import recovery as selectors
from avenant.funding.reports.selectors.recovery import RecoverySearch
from avenant.funding.reports.services import recovering, settling
from avenant.funding.reports.services.recovering import EntrySaid

pytestmark = pytest.mark.django_db
D = Decimal
JULY = datetime(2026, 7, 1, 9, tzinfo=THERE)
AFTER = datetime(2026, 8, 1, 9, tzinfo=THERE)


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    return followed(cast)


def settle(cast: FundingCast, grant: Grant, at: datetime = JULY, **more: Any) -> Settlement:
    with acting_as(cast.decider):
        return settling.strike_balance(actor=cast.decider, grant_id=grant.pk, at=at, **more)


def notified(cast: FundingCast, grant: Grant) -> Recovery:
    settle(cast, grant)
    with acting_as(cast.officer):
        row = Recovery.objects.get(grant=grant)
        return recovering.notify_recovery(actor=cast.officer, recovery_id=row.pk, at=JULY)


def decided(cast: FundingCast, grant: Grant, amount: str) -> Recovery:
    row = notified(cast, grant)
    with acting_as(cast.decider):
        return recovering.decide_recovery(
            actor=cast.decider, recovery_id=row.pk, amount=D(amount), reason="Sous-consommation.", at=AFTER
        )


def said(amount: str, **more: Any) -> EntrySaid:
    return EntrySaid(amount=D(amount), on=AFTER.date(), **{"reference": "FIR 2026-07", **more})


def test_all_consumed_nothing_is_asked_back_and_the_rest_is_paid(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["100000.00"])
    told = settle(cast, grant)
    assert (told.due, told.paid, told.to_pay, told.recovered) == (D(40000), D(16000), D(24000), D(0))
    with acting_as(cast.officer):
        assert not Recovery.objects.exists()
        with pytest.raises(Refused, match="24"):
            settling.close_grant(actor=cast.officer, grant_id=grant.pk, at=JULY)
    pay(cast, grant, 2, date(2026, 7, 2))
    pay(cast, grant, 3, date(2026, 7, 3))
    with acting_as(cast.officer):
        assert settling.close_grant(actor=cast.officer, grant_id=grant.pk, at=AFTER).state == "closed"


def test_unpaid_instalments_are_cut_before_anything_is_recovered(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["50000.00"])
    told = settle(cast, grant)
    assert (told.due, told.to_pay, told.recovered) == (D(20000), D(4000), D(0))
    with acting_as(cast.officer):
        assert [instalment(grant, one).amount for one in (2, 3)] == [D(4000), D(0)]
        assert instalment(grant, 3).state == "cancelled"
        assert Grant.objects.get(pk=grant.pk).amount == D(20000)


def test_a_refused_expense_does_not_count(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["30000.00", "10000.00"], refused=1)
    told = settle(cast, grant)
    assert (told.compliant, told.due, told.recovered) == (D(30000), D(12000), D(4000))
    with acting_as(cast.director):
        row = Recovery.objects.get(grant=grant)
        assert "10 000,00" in row.causes[0].replace("\u202f", " ").replace("\xa0", " ")
        assert "étrangère au projet" in row.settlement.content["reasons"][0]


@pytest.mark.parametrize(
    ("spent", "claim"), [("40000.00", None), ("39999.98", "0.01"), ("39999.97", "0.01"), ("0.01", "16000.00")]
)
def test_recovery_begins_one_cent_above_what_is_due(
    cast: FundingCast, grant: Grant, spent: str, claim: str | None
) -> None:
    all_accepted(cast, grant, [spent])
    told = settle(cast, grant)
    assert told.recovered == D(claim or 0)


def test_the_balance_waits_for_the_reports_or_for_a_reason(cast: FundingCast, grant: Grant) -> None:
    with acting_as(cast.officer), pytest.raises(Refused, match="décideur"):
        settling.strike_balance(actor=cast.officer, grant_id=grant.pk, at=JULY)
    with pytest.raises(Refused, match="attend"):
        settle(cast, grant, at=MARCH_2026)
    with pytest.raises(Refused, match="motif"):
        settle(cast, grant)
    told = settle(cast, grant, reason="Aucun bilan malgré deux rappels.")
    assert (told.due, told.recovered) == (D(0), D(16000))


@pytest.mark.req("S4-3.2.9-03")
def test_a_recovery_goes_from_its_statement_to_its_closure(cast: FundingCast, grant: Grant) -> None:
    assert [RECOVERY.states[one] for one in ("established", "notified", "observed", "decided", "charged", "settled")] == [
        "constatée", "notifiée à l’établissement", "observations reçues", "décidée", "imputée sur notification", "soldée",
    ]  # fmt: skip
    all_accepted(cast, grant, ["20000.00"])
    settle(cast, grant)
    with acting_as(cast.officer):
        row = Recovery.objects.get(grant=grant)
        assert (row.state, row.amount) == ("established", D(8000))
        recovering.notify_recovery(actor=cast.officer, recovery_id=row.pk, at=JULY)
    with acting_as(cast.director):
        row = Recovery.objects.get(pk=row.pk)
        assert (row.state, row.answer_by) == ("notified", date(2026, 7, 31))
        assert DueItem.objects.get(key=recovering.answer_key(row)).state == "open"
    with acting_as(cast.decider), pytest.raises(Refused, match="31 juillet 2026"):
        recovering.decide_recovery(actor=cast.decider, recovery_id=row.pk, amount=D(8000), reason="x", at=JULY)
    with acting_as(cast.director):
        done = recovering.answer_recovery(
            actor=cast.director,
            recovery_id=row.pk,
            text="Une facture arrive.",
            name="f.pdf",
            content=b"%PDF-1.7 f",
            at=JULY,
        )
        assert (done.state, done.state_label) == ("observed", "observations reçues")
    with acting_as(cast.decider):
        with pytest.raises(DomainError, match="au plus 8"):
            recovering.decide_recovery(actor=cast.decider, recovery_id=row.pk, amount=D("8000.01"), reason="x", at=JULY)
        recovering.decide_recovery(
            actor=cast.decider, recovery_id=row.pk, amount=D(7000), reason="Facture admise.", at=JULY
        )
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="notifiés"):
            recovering.charge_recovery(
                actor=cast.officer, recovery_id=row.pk, said=said("7000", notified=D(6999)), at=AFTER
            )
        recovering.charge_recovery(
            actor=cast.officer, recovery_id=row.pk, said=said("7000", notified=D(50000)), at=AFTER
        )
        assert selectors.get_recovery(cast.officer, row.pk).state == "charged"
        closed = recovering.close_recovery(actor=cast.officer, recovery_id=row.pk, at=AFTER)
        assert closed.state == "settled"
        assert Grant.objects.get(pk=grant.pk).state == "closed"
        letters = [one.kind for one in RecoveryLetter.objects.order_by("at", "kind")]
        assert sorted(letters) == ["closure", "decision", "notice", "offset"]
        for one in RecoveryLetter.objects.select_related("document"):
            assert documents.read(one.document).startswith(b"%PDF-")


def test_without_an_answer_the_decision_waits_for_the_last_day(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    row = notified(cast, grant)
    last = datetime(2026, 7, 31, 23, 59, 59, tzinfo=THERE)

    def decide(at: datetime) -> Recovery:
        with acting_as(cast.decider):
            return recovering.decide_recovery(
                actor=cast.decider, recovery_id=row.pk, amount=D(8000), reason="Sans réponse.", at=at
            )

    with pytest.raises(Refused):
        decide(last)
    assert decide(last + timedelta(seconds=1)).state == "decided"
    with acting_as(cast.director), pytest.raises(Refused):
        recovering.answer_recovery(actor=cast.director, recovery_id=row.pk, text="Trop tard", at=AFTER)


def test_what_the_offset_leaves_is_ordered_and_paid(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    row = decided(cast, grant, "8000.00")
    officer = cast.officer
    with acting_as(officer):
        recovering.charge_recovery(actor=officer, recovery_id=row.pk, said=said("5000", notified=D(5000)), at=AFTER)
        with pytest.raises(DomainError, match=r"3.000,00"):
            recovering.order_recovery(actor=officer, recovery_id=row.pk, said=said("3000.01"), at=AFTER)
        entry = recovering.order_recovery(
            actor=officer, recovery_id=row.pk, said=said("3000", reference="TR 41"), at=AFTER
        )
        with pytest.raises(Refused, match=r"3.000,00"):
            recovering.close_recovery(actor=officer, recovery_id=row.pk, at=AFTER)
        with pytest.raises(DomainError, match=r"3.000,00"):
            recovering.receive_payment(actor=officer, entry_id=entry.pk, amount=D("3000.01"), on=AFTER.date(), at=AFTER)
        for part in ("1000", "2000"):
            recovering.receive_payment(actor=officer, entry_id=entry.pk, amount=D(part), on=AFTER.date(), at=AFTER)
        assert recovering.close_recovery(actor=officer, recovery_id=row.pk, at=AFTER).state == "settled"


def test_a_notification_is_never_taken_beyond_its_credits(cast: FundingCast, grant: Grant) -> None:
    """Two offsets on one notification share its credits, to the cent."""
    all_accepted(cast, grant, ["20000.00"])
    row, officer = decided(cast, grant, "8000.00"), cast.officer
    with acting_as(officer):
        recovering.charge_recovery(actor=officer, recovery_id=row.pk, said=said("3000", notified=D(5000)), at=AFTER)
        for amount, reference in (("2000.01", "FIR 2026-07"), ("2500", " fir 2026-07 ")):
            again = said(amount, reference=reference, notified=D(5000))
            with pytest.raises(DomainError, match=r"2.000,00"):
                recovering.charge_recovery(actor=officer, recovery_id=row.pk, said=again, at=AFTER)
        recovering.charge_recovery(actor=officer, recovery_id=row.pk, said=said("2000", notified=D(5000)), at=AFTER)
        other = said("3000", reference="FIR 2027-01", notified=D(5000))
        recovering.charge_recovery(actor=officer, recovery_id=row.pk, said=other, at=AFTER)


def test_what_comes_back_is_written_once_though_it_is_sent_twice(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    row, officer = decided(cast, grant, "8000.00"), cast.officer
    with acting_as(officer):
        for does, told in (
            (recovering.charge_recovery, said("1000", notified=D(5000))),
            (recovering.order_recovery, said("2000", reference="TR 41")),
        ):
            entry = does(actor=officer, recovery_id=row.pk, said=told, at=AFTER)
            with pytest.raises(DomainError, match="déjà enregistré"):
                does(actor=officer, recovery_id=row.pk, said=told, at=AFTER)
        paid = {"actor": officer, "entry_id": entry.pk, "amount": D(500), "on": AFTER.date(), "at": AFTER}
        recovering.receive_payment(**paid, seen=D(0))
        with pytest.raises(DomainError, match=r"500,00.*et non 0,00"):
            recovering.receive_payment(**paid, seen=D(0))
        assert recovering.receive_payment(**paid, seen=D(500)).paid == D(1000)


def test_a_balance_that_asks_nothing_is_struck_again_once_something_changed(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["60000.00"])
    settle(cast, grant)
    with pytest.raises(DomainError, match="rien n’a changé"):
        settle(cast, grant)
    with acting_as(cast.officer):
        assert Settlement.objects.filter(grant=grant).count() == 1


def test_a_recovery_may_be_given_up(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    row = notified(cast, grant)
    with acting_as(cast.officer), pytest.raises(Refused):
        recovering.waive_recovery(actor=cast.officer, recovery_id=row.pk, reason="Erreur", at=JULY)
    with acting_as(cast.decider):
        assert (
            recovering.waive_recovery(actor=cast.decider, recovery_id=row.pk, reason="Erreur", at=JULY).state
            == "waived"
        )
        assert not DueItem.objects.filter(key=recovering.decide_key(row), state="open").exists()


def test_what_an_order_cannot_bring_back_is_forgiven_or_admitted_as_lost(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    row = decided(cast, grant, "8000.00")
    said_up: dict[str, Any] = {"recovery_id": row.pk, "on": AFTER.date(), "reference": "DG-12", "at": AFTER}
    with acting_as(cast.decider), pytest.raises(Refused, match="ne se remet pas"):
        recovering.give_up(actor=cast.decider, way=Way.FORGIVEN, amount=D(1), reason="Trésorerie.", **said_up)
    with acting_as(cast.officer):
        entry = recovering.order_recovery(actor=cast.officer, recovery_id=row.pk, said=said("6000"), at=AFTER)
        recovering.receive_payment(actor=cast.officer, entry_id=entry.pk, amount=D(1000), on=AFTER.date(), at=AFTER)
        with pytest.raises(Refused, match="décideur"):
            recovering.give_up(actor=cast.officer, way=Way.FORGIVEN, amount=D(1), reason="x", **said_up)
    with acting_as(cast.decider):
        give = {"actor": cast.decider, **said_up}
        for wrong, words in (
            ({"amount": D("7000.01")}, r"7.000,00"), ({"amount": D(0)}, "positif"), ({"reason": " "}, "motif"),
            ({"way": Way.ORDER}, "remise"), ({"on": AFTER.date() + timedelta(days=1)}, "à venir"),
        ):  # fmt: skip
            told = {"way": Way.FORGIVEN, "amount": D(1), "reason": "Trésorerie.", **give, **wrong}
            with pytest.raises((DomainError, Refused), match=words):
                recovering.give_up(**told)
        recovering.give_up(way=Way.FORGIVEN, amount=D(4500), reason="Trésorerie.", **give)
        recovering.give_up(way=Way.LOST, amount=D(2500), reason="Établissement liquidé.", **give)
        assert not DueItem.objects.filter(key=recovering.collect_key(row), state="open").exists()
        with pytest.raises(Refused, match="reste rien"):
            recovering.give_up(way=Way.LOST, amount=D("0.01"), reason="x", **give)
    with acting_as(cast.officer):
        with pytest.raises(DomainError):
            recovering.receive_payment(actor=cast.officer, entry_id=entry.pk, amount=D(1), on=AFTER.date(), at=AFTER)
        assert recovering.close_recovery(actor=cast.officer, recovery_id=row.pk, at=AFTER).state == "settled"
        assert Grant.objects.get(pk=grant.pk).state == "closed"
        kinds = list(RecoveryLetter.objects.order_by("at", "kind").values_list("kind", flat=True))
        assert (kinds.count("forgiven"), kinds.count("closure")) == (1, 1)
        assert selectors.get_recovery(cast.officer, row.pk).principal_back == D(8000)


def test_a_recovery_waived_after_its_decision_is_nobody_s_act_any_more(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    row = decided(cast, grant, "8000.00")
    with acting_as(cast.decider):
        recovering.waive_recovery(actor=cast.decider, recovery_id=row.pk, reason="Erreur.", at=AFTER)
        assert not DueItem.objects.filter(key__startswith=f"recovery:{row.pk}", state="open").exists()


def test_the_page_of_an_order_offers_the_decision_maker_alone_to_give_up(
    cast: FundingCast, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clock, "now", lambda: AFTER)
    all_accepted(cast, grant, ["20000.00"])
    row = decided(cast, grant, "8000.00")
    with acting_as(cast.officer):
        recovering.order_recovery(actor=cast.officer, recovery_id=row.pk, said=said("8000"), at=AFTER)
    place = reverse("reports:give-up", args=[row.pk])
    officer, decider, director = (signed_in(one) for one in (cast.officer, cast.decider, cast.director))
    assert place in decider.get(row.page()).content.decode()
    for other in (officer, director):
        assert place not in other.get(row.page()).content.decode()
        assert other.post(place, {}).status_code == 403
    wrong = {"way": "forgiven", "amount": "9 000", "on": "2026-08-01", "reference": "DG-12", "reason": "Trésorerie."}
    refused = decider.post(place, wrong)
    assert refused.status_code == 422
    assert "Trésorerie." in refused.content.decode()
    assert decider.post(place, {**wrong, "amount": "8 000"}).status_code == 302
    page = director.get(row.page()).content.decode()
    assert "Remise gracieuse" in page
    assert "Trésorerie." in page


def test_an_award_reduced_after_payment_is_recovered(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["100000.00"])
    pay(cast, grant, 2, date(2026, 6, 20))
    with acting_as(cast.decider):
        grants.reduce(actor=cast.decider, grant_id=grant.pk, amount=D(20000), reason="Périmètre réduit.", at=JUNE_2026)
    told = settle(cast, grant)
    assert (told.granted, told.due, told.paid, told.recovered) == (D(20000), D(20000), D(28000), D(8000))
    with acting_as(cast.director):
        assert "réduite" in Recovery.objects.get(grant=grant).causes[0]


def test_an_expense_paid_after_the_last_day_is_not_consumption(cast: FundingCast, grant: Grant) -> None:
    closing = report_of(cast.director, grant, 2026, "closing")
    with pytest.raises(DomainError, match="31 mars 2026"):
        whole(cast.director, closing, ["1000.00"], at=JUNE_2026, paid_on=date(2026, 4, 1))
    whole(cast.director, closing, ["1000.00"], at=JUNE_2026, paid_on=date(2026, 3, 31))
    accept(cast, closing, at=JUNE_2026)
    with acting_as(cast.officer):
        struck = strike(cast.officer, Grant.objects.get(pk=grant.pk), closing.grant.follow_up)
        assert (struck.spent.compliant, struck.spent.late) == (D(1000), D(0))


def test_recoveries_are_listed_for_who_sees_the_aid(cast: FundingCast, grant: Grant) -> None:
    all_accepted(cast, grant, ["20000.00"])
    notified(cast, grant)

    def found(reader: Actor, **search: Any) -> int:
        with acting_as(reader):
            return selectors.list_recoveries(reader, RecoverySearch(**search)).count()

    assert [found(one) for one in (cast.officer, cast.director, cast.fund, cast.other_director)] == [1, 1, 1, 0]
    assert [found(cast.officer, state=one) for one in ("notified", "decided")] == [1, 0]
    assert [found(cast.officer, text=one) for one in ("mornes", "ravine")] == [1, 0]
