"""Whatever is done to an aid, in whatever order: no cent is lost, none is asked twice, and each act is in the journal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from decimal import Decimal
from functools import partial

import pytest
from django.db import transaction
from hypothesis import Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from tests.support.funding import FundingCast
from tests.support.granting import accept_documents, sign
from tests.support.lending import lent
from tests.support.reports import JUNE_2026, MARCH_2025, MARCH_2026, THERE, accept, follow, followed, report_of, whole
from tests.support.roles import as_system

from avenant.domain.decision import DomainError
from avenant.domain.money import ZERO
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.funding.grants import services
from avenant.funding.grants.models import Agreement, Grant, Instalment, LoanReceipt, Repayment
from avenant.funding.grants.services.cutting import pay_key
from avenant.funding.reports.models import GrantReport, Recovery, RecoveryEntry, ReportedExpense
from avenant.funding.reports.services import recovering, reviewing, settling
from avenant.funding.reports.services.recovering import EntrySaid

pytestmark = pytest.mark.django_db
JULY = datetime(2026, 7, 1, 9, tzinfo=THERE)
AFTER_THE_ANSWER = datetime(2026, 9, 15, 9, tzinfo=THERE)
INVOICES = ["20000.00", "35000.01", "5000.00", "15000.33"]
WAITS = {
    "certify": "planned", "uncertify": "certified", "order": "certified", "take_back": "ordered", "pay": "ordered",
    "bounce": "paid",
}  # fmt: skip
RANKS = st.integers(min_value=1, max_value=4)
SHARES = st.sampled_from([Decimal(one) for one in ("0.00", "0.01", "0.25", "0.40", "0.75", "0.99", "1.00", "1.10")])
BOUNDED = settings(
    max_examples=12, stateful_step_count=40, derandomize=True, deadline=None, phases=(Phase.explicit, Phase.generate)
)
"""The same walks at each run; a failing one is told as it was found, for to shorten it takes minutes."""


def with_reports(cast: FundingCast, grant: Grant) -> Grant:
    """The first report waits for its reading, the later ones tell that nothing more was spent."""
    whole(cast.director, report_of(cast.director, grant, 2024), INVOICES, at=MARCH_2025)
    for year, kind, at in ((2025, "yearly", MARCH_2026), (2026, "closing", JUNE_2026)):
        later = report_of(cast.director, grant, year, kind)
        whole(cast.director, later, [], at=at)
        accept(cast, later, at=at)
    return grant


def granted(cast: FundingCast) -> Grant:
    return with_reports(cast, followed(cast))


def half_lent(cast: FundingCast) -> Grant:
    grant = lent(cast, share="1/2")
    follow(grant)
    return with_reports(cast, grant)


class Aid(RuleBasedStateMachine):
    """What the people of an aid may do to it."""

    cast: FundingCast
    grant: Grant

    def __init__(self) -> None:
        super().__init__()
        self.savepoint = transaction.savepoint()
        self.numbers: set[str] = set()

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.savepoint)

    def act(self, who: Actor, done: Callable[[], object]) -> object:
        """A refusal changes nothing; what is done is in the journal."""
        before, known = self.told(), self.events()
        try:
            with acting_as(who):
                answer = done()
        except DomainError:
            assert self.told() == before, "a refusal changed something"
            assert self.events() == known
            return None
        assert self.events() > known, "nothing is written in the journal"
        return answer

    def told(self) -> list[object]:
        with as_system():
            return [
                list(model.objects.filter(**{to: self.grant.pk}).order_by("pk").values())
                for model, to in (
                    (Grant, "pk"), (Instalment, "grant"), (Agreement, "grant"), (Recovery, "grant"),
                    (RecoveryEntry, "recovery__grant"), (Repayment, "grant"), (LoanReceipt, "grant"),
                )
            ]  # fmt: skip

    def events(self) -> int:
        with as_system():
            return Event.objects.filter(circle=self.grant.circle_id).count()

    def first(self, state: str) -> Instalment | None:
        with as_system():
            return Instalment.objects.filter(grant=self.grant, state=state).order_by("number").first()

    def recovery(self) -> Recovery | None:
        with as_system():
            return Recovery.objects.filter(grant=self.grant).order_by("-state_since", "-number").first()

    # -- Paying ----------------------------------------------------------------------------------------------------

    def paying(self, verb: str, one: Instalment) -> None:
        does: dict[str, Callable[..., object]] = {
            "certify": services.certify,
            "uncertify": partial(services.uncertify, reason="À revoir."),
            "take_back": partial(services.take_order_back, reason="RIB périmé."),
            "pay": partial(services.record_payment, paid_on=JULY.date()),
            "bounce": partial(services.bounce, reason="Compte clos."),
        }
        officer = self.cast.officer
        if verb != "order":
            self.act(officer, lambda: does[verb](actor=officer, instalment_id=one.pk, at=JULY))
            return
        number = self.act(officer, lambda: services.order(actor=officer, instalment_ids=[one.pk], at=JULY))
        assert number not in self.numbers, "two orders have one number"
        if isinstance(number, str):
            self.numbers.add(number)

    @rule(verb=st.sampled_from(["certify", "order", "order", "pay", "pay", "take_back", "bounce", "uncertify"]))
    def pay_in_turn(self, verb: str) -> None:
        """The first instalment that waits for it; its documents come with its certification."""
        one = self.first(WAITS[verb])
        if one is None:
            return
        with as_system():
            come = set(one.documents.values_list("code", flat=True))
        if verb == "certify" and (awaited := [code for code in one.needs if code not in come]):
            accept_documents(self.cast, one, JULY, awaited)
        self.paying(verb, one)

    @rule(verb=st.sampled_from(["certify", "order", "pay", "take_back", "bounce"]), rank=RANKS)
    def pay_out_of_turn(self, verb: str, rank: int) -> None:
        with as_system():
            one = Instalment.objects.filter(grant=self.grant, number=rank).first()
        if one is not None:
            self.paying(verb, one)

    # -- Changing the aid ------------------------------------------------------------------------------------------

    @rule(share=SHARES)
    def reduce(self, share: Decimal) -> None:
        self.act(
            self.cast.decider,
            lambda: services.reduce(
                actor=self.cast.decider,
                grant_id=self.grant.pk,
                amount=40_000 * share,
                reason="Une action de moins.",
                at=JULY,
            ),
        )

    @rule(share=SHARES)
    def open_amendment(self, share: Decimal) -> None:
        self.act(
            self.cast.officer,
            lambda: services.open_amendment(
                actor=self.cast.officer, grant_id=self.grant.pk, amount=40_000 * share, reason="Projet revu.", at=JULY
            ),
        )

    @rule(signed=st.booleans())
    def end_amendment(self, signed: bool) -> None:
        with as_system():
            row = Agreement.objects.filter(grant=self.grant, number__gt=0, signed_on=None, withdrawn_at=None).first()
        if row is None:
            return
        if signed:
            self.act(self.cast.officer, lambda: sign(self.cast.officer, row, on=JULY.date(), at=JULY))
            return
        self.act(
            self.cast.officer,
            lambda: services.withdraw_amendment(
                actor=self.cast.officer, agreement_id=row.pk, reason="Renoncé.", at=JULY
            ),
        )

    # -- Reading, settling, taking back ----------------------------------------------------------------------------

    @rule(rank=st.integers(min_value=0, max_value=len(INVOICES) - 1), accepted=st.booleans())
    def judge(self, rank: int, accepted: bool) -> None:
        with as_system():
            row = ReportedExpense.objects.filter(report__grant=self.grant).order_by("position")[rank]
        self.act(
            self.cast.officer,
            lambda: reviewing.judge_expense(
                actor=self.cast.officer, expense_id=row.pk, accepted=accepted, reason="Hors projet.", at=JULY
            ),
        )

    @rule()
    def accept_report(self) -> None:
        with as_system():
            row = GrantReport.objects.get(grant=self.grant, year=2024)
        with acting_as(self.cast.officer):
            if row.state == "received":
                reviewing.accept_remaining(actor=self.cast.officer, report_id=row.pk, at=JULY)
        self.act(self.cast.officer, lambda: reviewing.accept_report(actor=self.cast.officer, report_id=row.pk, at=JULY))

    @rule(breach=st.booleans())
    def strike_balance(self, breach: bool) -> None:
        self.act(
            self.cast.decider,
            lambda: settling.strike_balance(
                actor=self.cast.decider, grant_id=self.grant.pk, breach=breach, reason="Solde.", at=JULY
            ),
        )

    @rule()
    def close(self) -> None:
        self.act(
            self.cast.decider, lambda: settling.close_grant(actor=self.cast.decider, grant_id=self.grant.pk, at=JULY)
        )

    @rule(share=SHARES)
    def notify_then_decide(self, share: Decimal) -> None:
        row = self.recovery()
        if row is None:
            return
        self.act(
            self.cast.officer, lambda: recovering.notify_recovery(actor=self.cast.officer, recovery_id=row.pk, at=JULY)
        )
        self.act(
            self.cast.decider,
            lambda: recovering.decide_recovery(
                actor=self.cast.decider,
                recovery_id=row.pk,
                amount=(row.amount * share).quantize(Decimal("0.01")),
                reason="Sans observations.",
                at=AFTER_THE_ANSWER,
            ),
        )

    @rule(share=SHARES, offset=st.booleans())
    def take_back(self, share: Decimal, offset: bool) -> None:
        row = self.recovery()
        if row is None:
            return
        asked = (row.decided or row.amount) * share
        said = EntrySaid(
            amount=asked.quantize(Decimal("0.01")), on=AFTER_THE_ANSWER.date(), reference="NOTIF",
            notified=Decimal(90_000) if offset else None,
        )  # fmt: skip
        does = recovering.charge_recovery if offset else recovering.order_recovery
        self.act(
            self.cast.officer, lambda: does(actor=self.cast.officer, recovery_id=row.pk, said=said, at=AFTER_THE_ANSWER)
        )

    @rule(share=SHARES)
    def receive(self, share: Decimal) -> None:
        with as_system():
            entry = RecoveryEntry.objects.filter(recovery__grant=self.grant, way="order").order_by("-pk").first()
        if entry is None:
            return
        self.act(
            self.cast.officer,
            lambda: recovering.receive_payment(
                actor=self.cast.officer,
                entry_id=entry.pk,
                amount=(entry.amount * share).quantize(Decimal("0.01")),
                on=AFTER_THE_ANSWER.date(),
                at=AFTER_THE_ANSWER,
            ),
        )

    @rule(waived=st.booleans())
    def end_recovery(self, waived: bool) -> None:
        row = self.recovery()
        if row is None:
            return
        if waived:
            self.act(
                self.cast.decider,
                lambda: recovering.waive_recovery(
                    actor=self.cast.decider, recovery_id=row.pk, reason="Convaincus.", at=AFTER_THE_ANSWER
                ),
            )
            return
        self.act(
            self.cast.officer,
            lambda: recovering.close_recovery(actor=self.cast.officer, recovery_id=row.pk, at=AFTER_THE_ANSWER),
        )

    # -- What is lent ----------------------------------------------------------------------------------------------

    @rule(share=SHARES)
    def repay(self, share: Decimal) -> None:
        self.act(
            self.cast.officer,
            lambda: services.record_repayment(
                actor=self.cast.officer,
                grant_id=self.grant.pk,
                amount=20_000 * share,
                on=JULY.date(),
                reference=f"ENC-{self.events()}",
                at=JULY,
            ),
        )

    @rule(share=SHARES)
    def write_off(self, share: Decimal) -> None:
        self.act(
            self.cast.decider,
            lambda: services.write_off_loan(
                actor=self.cast.decider, grant_id=self.grant.pk, amount=20_000 * share, reason="Remise.", at=JULY
            ),
        )

    @rule()
    def take_receipt_back(self) -> None:
        with as_system():
            row = LoanReceipt.objects.filter(grant=self.grant, taken_back_at=None).order_by("-at", "-pk").first()
        if row is not None:
            self.act(
                self.cast.officer,
                lambda: services.take_receipt_back(
                    actor=self.cast.officer, grant_id=self.grant.pk, receipt_id=row.pk, reason="Erreur.", at=JULY
                ),
            )

    # -- What is always true ---------------------------------------------------------------------------------------

    @invariant()
    def every_cent_has_its_place(self) -> None:
        with as_system():
            aid = Grant.objects.get(pk=self.grant.pk)
            rows = list(Instalment.objects.filter(grant=self.grant))
            asked = {one.key for one in DueItem.objects.filter(state="open", circle=self.grant.circle_id)}
        of = {
            state: sum((one.amount for one in rows if one.state == state), ZERO)
            for state in Instalment.lifecycle.states
        }
        assert aid.paid == of["paid"]
        assert ZERO <= aid.amount <= aid.awarded
        assert of["planned"] + of["certified"] == max(aid.amount - of["paid"] - of["ordered"], ZERO)
        done = {pay_key(one) for one in rows if one.state in {"paid", "cancelled", "ordered"}}
        assert not done & asked, "nobody is asked to order what is ordered, paid or cancelled"

    @invariant()
    def nothing_is_taken_back_twice(self) -> None:
        with as_system():
            aid = Grant.objects.get(pk=self.grant.pk)
            claims = list(Recovery.objects.filter(grant=self.grant).exclude(state="waived").prefetch_related("entries"))
            back = sum((one.principal_back for one in claims), ZERO)
            lines = list(Repayment.objects.filter(grant=self.grant))
            received = sum(
                (one.amount for one in LoanReceipt.objects.filter(grant=self.grant, taken_back_at=None)), ZERO
            )
        assert ZERO <= back + received <= aid.paid
        assert all(one.claim().left >= 0 and one.claim().unplanned >= 0 for one in claims)
        assert all(one.paid >= 0 and one.released >= 0 and one.as_domain().left >= 0 for one in lines)
        assert sum((one.paid for one in lines), ZERO) == received
        if aid.state == "closed":
            assert not [one for one in claims if one.state != "settled"]
            assert not sum((one.as_domain().left for one in lines), ZERO), "a loan still asks something"


@pytest.mark.slow
@pytest.mark.parametrize("make", [granted, half_lent])
def test_no_act_in_any_order_loses_a_cent(cast: FundingCast, make: Callable[[FundingCast], Grant]) -> None:
    walk = type("Walk", (Aid,), {"cast": cast, "grant": make(cast)})
    run_state_machine_as_test(walk, settings=BOUNDED)
