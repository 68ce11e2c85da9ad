"""The instalments of an aid: what blocks them, what pays them, what changes them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from tests.support.funding import FundingCast, make_cast
from tests.support.granting import (
    COPY,
    FEBRUARY,
    JANUARY,
    accept_documents,
    awarded,
    in_force,
    instalment,
    open_agreement,
    pay,
    sign,
)
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.awards import signature_window, terms_from_json, word_window
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants import selectors, services
from avenant.funding.grants.models import Grant, Instalment, InstalmentDocument
from avenant.funding.grants.tables import order_sheet

pytestmark = pytest.mark.django_db
APRIL = datetime(2025, 4, 10, 13, tzinfo=UTC)
NEXT_APRIL = datetime(2026, 4, 10, 13, tzinfo=UTC)


@pytest.fixture
def cast() -> FundingCast:
    return make_cast()


@pytest.mark.req("S4-3.2.2-06")
@pytest.mark.parametrize(
    ("amount", "parts"),
    [("100000.00", ("40000.00", "30000.00", "30000.00")), ("10000.01", ("4000.00", "3000.00", "3000.01"))],
)
def test_the_aid_is_paid_in_three_parts_and_never_before_the_signature(
    cast: FundingCast, amount: str, parts: tuple[str, ...]
) -> None:
    grant = awarded(cast, amount)
    with acting_as(cast.officer):
        assert [str(one.amount) for one in grant.instalments.all()] == list(parts)
        with pytest.raises(DomainError, match="aucun versement"):
            services.certify(actor=cast.officer, instalment_id=instalment(grant, 1).pk, at=JANUARY)
        one = selectors.list_instalments(grant)[0]
        assert "n’est pas signée" in selectors.may_be_paid(one, [one], grant, []).reason
    sign(cast.officer, open_agreement(cast, grant))
    assert pay(cast, instalment(grant, 1), FEBRUARY).state == "paid"


@pytest.mark.req("S4-3.2.2-08")
def test_the_schedule_of_an_agreement_signed_in_february(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.officer):
        days = [(one.due_on, one.report_on) for one in grant.instalments.all()]
        assert days == [
            (date(2024, 2, 15), None),
            (date(2025, 3, 30), date(2025, 3, 30)),
            (date(2026, 3, 30), date(2026, 3, 30)),
        ]
        warnings = selectors.warnings_of(grant)
    assert warnings == [
        "Versement 3\u202f: il suit le bilan du 30 mars 2026, 1 jour avant la fin de la consommation (31 mars 2026)."
    ]


@pytest.mark.req("S4-3.2.2-07")
def test_the_second_part_waits_for_its_three_documents_accepted_and_for_no_reserve(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    second = instalment(grant, 2)
    accept_documents(cast, second, APRIL, ["bilan_annuel", "justificatifs_financiers"])
    with acting_as(cast.officer), pytest.raises(Refused, match=r"en attente de.*état récapitulatif annuel"):
        services.certify(actor=cast.officer, instalment_id=second.pk, at=APRIL)
    with acting_as(cast.director):
        services.receive_document(
            actor=cast.director,
            instalment_id=second.pk,
            code="etat_recapitulatif",
            name="e.pdf",
            content=COPY,
            at=APRIL,
        )
    with acting_as(cast.officer):
        with pytest.raises(Refused, match=r"en attente de.*état récapitulatif annuel"):
            services.certify(actor=cast.officer, instalment_id=second.pk, at=APRIL)
        services.judge_document(
            actor=cast.officer, instalment_id=second.pk, code="etat_recapitulatif", accepted=True, at=APRIL
        )
        reserve = services.raise_reserve(
            actor=cast.officer, grant_id=grant.pk, reason="La facture 12 est illisible", at=APRIL
        )
        with pytest.raises(Refused, match="réserve"):
            services.certify(actor=cast.officer, instalment_id=second.pk, at=APRIL)
        services.lift_reserve(actor=cast.officer, grant_id=grant.pk, reserve_id=reserve.pk, at=APRIL)
        assert services.certify(actor=cast.officer, instalment_id=second.pk, at=APRIL).state == "certified"


def test_a_document_refused_tells_why_and_may_be_sent_again(cast: FundingCast) -> None:
    grant = in_force(cast)
    second = instalment(grant, 2)
    with acting_as(cast.director):
        send = {"actor": cast.director, "instalment_id": second.pk, "at": APRIL, "name": "b.pdf", "content": COPY}
        services.receive_document(code="bilan_annuel", **send)
        with pytest.raises(DomainError, match="n’attend pas"):
            services.receive_document(code="autre", **send)
    with acting_as(cast.officer):
        judge = {"actor": cast.officer, "instalment_id": second.pk, "code": "bilan_annuel", "at": APRIL}
        with pytest.raises(DomainError, match="a son motif"):
            services.judge_document(accepted=False, **judge)
        services.judge_document(accepted=False, reason="Année 2023", **judge)
    with acting_as(cast.director):
        assert Notice.objects.filter(person_id=cast.director.person_id, body="Année 2023").exists()
        services.receive_document(code="bilan_annuel", **send)
        assert InstalmentDocument.objects.get(instalment=second).verdict == "received"
        with pytest.raises(Refused, match="autorité"):
            services.judge_document(**{**judge, "actor": cast.director}, accepted=True)


@pytest.mark.req("S4-3.2.2-09")
def test_each_payment_is_recorded_and_the_sum_never_exceeds_the_aid(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    second = instalment(grant, 2)
    accept_documents(cast, second, APRIL)
    pay(cast, second, APRIL)
    with acting_as(cast.officer):
        paid = instalment(grant, 2)
        assert (paid.number, paid.amount, paid.ordered_on, paid.paid_on) == (
            2, Decimal(12000), date(2025, 4, 10), date(2025, 4, 10),
        )  # fmt: skip
        assert {one["label"] for one in paid.justified_by} == {
            "bilan annuel", "justificatifs financiers", "état récapitulatif annuel",
        }  # fmt: skip
        assert all(len(one["sha256"]) == 64 for one in paid.justified_by)
        first = instalment(grant, 1)
        assert [one["label"] for one in first.justified_by] == ["convention signée"]
        assert Grant.objects.get(pk=grant.pk).paid == Decimal(28000)
    third = instalment(grant, 3)
    accept_documents(cast, third, NEXT_APRIL)
    with acting_as(cast.officer):
        services.certify(actor=cast.officer, instalment_id=third.pk, at=NEXT_APRIL)
        services.order(actor=cast.officer, instalment_ids=[third.pk], at=NEXT_APRIL)
        Grant.objects.filter(pk=grant.pk).update(amount=Decimal("39999.99"))
        with pytest.raises(DomainError, match="au-delà de l’aide"):
            services.record_payment(
                actor=cast.officer, instalment_id=third.pk, paid_on=NEXT_APRIL.date(), at=NEXT_APRIL
            )
        assert Grant.objects.get(pk=grant.pk).paid == Decimal(28000)


@pytest.mark.req("S4-6-04")
@pytest.mark.parametrize(
    ("signed", "words", "tone"),
    [
        (date(2024, 2, 29), "dans le calendrier de l’appel", "good"),
        (date(2024, 3, 1), "en retard sur le calendrier de l’appel (29 février 2024)", "warn"),
        (date(2024, 1, 31), "avant le calendrier de l’appel (1er février 2024)", "warn"),
    ],
)
def test_agreements_are_signed_in_february_and_forty_percent_delegated(
    cast: FundingCast, signed: date, words: str, tone: str
) -> None:
    grant = awarded(cast, "80000.00", cost="200000.00", asked="80000.00")
    later = datetime(2024, 3, 4, 13, tzinfo=UTC)
    sign(cast.officer, open_agreement(cast, grant), on=signed, at=later)
    with acting_as(cast.officer):
        assert instalment(grant, 1).amount == Decimal(32000)
        assert instalment(grant, 1).due_on == signed
        assert word_window(signed, signature_window(grant.call.content["calendar"])) == (words, tone)
        page = selectors.get_grant(cast.officer, grant.pk)
        assert selectors.window_of(page) == (words, tone)


@pytest.mark.req("S4-6-05")
def test_the_first_part_is_forty_percent_of_the_aid_and_not_of_the_cost(cast: FundingCast) -> None:
    grant = awarded(cast, "80000.00", cost="200000.00", asked="80000.00")
    with acting_as(cast.officer):
        dossier = grant.dossier
        assert dossier
        assert (dossier.eligible, dossier.grant) == (Decimal(200000), Decimal(80000))
        book = dossier.submission.book()
        assert {"rate", "maximum_rate", "instalments"} <= set(book.parameters)
        assert (instalment(grant, 1).amount, grant.amount) == (Decimal(32000), Decimal(80000))


def test_a_payment_order_groups_what_is_certified_and_is_given_to_the_accountant(cast: FundingCast) -> None:
    grant = in_force(cast)
    first, second = instalment(grant, 1), instalment(grant, 2)
    with acting_as(cast.officer):
        services.certify(actor=cast.officer, instalment_id=first.pk, at=FEBRUARY)
        with pytest.raises(DomainError):
            services.order(actor=cast.officer, instalment_ids=[first.pk, second.pk], at=FEBRUARY)
        assert instalment(grant, 1).state == "certified"
        number = services.order(actor=cast.officer, instalment_ids=[first.pk], at=FEBRUARY)
        assert number == "OP-2024-0001"
        (line,) = order_sheet(number, selectors.list_ordered(cast.officer, number)).rows
        assert line[0] == number
        assert Decimal("16000.00") in line
        assert "Convention" in " ".join(str(cell) for cell in line)
        with pytest.raises(DomainError, match="au moins un"):
            services.order(actor=cast.officer, instalment_ids=[], at=FEBRUARY)
        services.take_order_back(
            actor=cast.officer, instalment_id=first.pk, reason="Coordonnées bancaires à compléter", at=FEBRUARY
        )
        assert instalment(grant, 1).order_number == ""
        services.order(actor=cast.officer, instalment_ids=[first.pk], at=FEBRUARY)
        for on in (date(2024, 2, 19), date(2024, 2, 21)):
            with pytest.raises(DomainError, match="date de paiement"):
                services.record_payment(actor=cast.officer, instalment_id=first.pk, paid_on=on, at=FEBRUARY)


@pytest.mark.req("S4-3.2.4-02")
def test_both_are_reminded_of_what_is_not_consumed(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.officer):
        services.note_consumption(
            actor=cast.officer, grant_id=grant.pk, consumed=Decimal(25000), on=date(2025, 9, 30), at=APRIL
        )
    until = datetime(2026, 3, 31, 16, tzinfo=UTC)
    with as_system():
        assert services.remind_consumption(at=until - timedelta(days=181)) == 0
        assert services.remind_consumption(at=datetime(2025, 10, 2, 16, tzinfo=UTC)) == 1
        assert services.remind_consumption(at=datetime(2025, 10, 3, 16, tzinfo=UTC)) == 1
    for person in (cast.director, cast.officer):
        with acting_as(person):
            told = Notice.objects.filter(person_id=person.person_id, key__contains=":consume:")
            assert [one.title.split(" à consommer")[0] for one in told] == ["15\u202f000,00\u202f€"]
    with as_system():
        for days in (90, 30):
            services.remind_consumption(at=until - timedelta(days=days))
        services.remind_consumption(at=until + timedelta(days=1))
    with acting_as(cast.director):
        keys = Notice.objects.filter(person_id=cast.director.person_id, key__contains=":consume:").values_list(
            "key", flat=True
        )
        assert {key.rsplit(":", 1)[1] for key in keys} == {"180", "90", "30"}


def test_what_is_not_ordered_lapses_after_the_last_day_of_the_third_year(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    with as_system():
        assert services.lapse_credits(at=datetime(2028, 1, 1, 3, 59, tzinfo=UTC)) == 0
        assert services.lapse_credits(at=datetime(2028, 1, 1, 4, 1, tzinfo=UTC)) == 2
        assert services.lapse_credits(at=datetime(2028, 1, 2, tzinfo=UTC)) == 0
    with acting_as(cast.director):
        assert [one.state for one in grant.instalments.all()] == ["paid", "lapsed", "lapsed"]
        assert Event.objects.filter(verb="instalment.lapse").count() == 2


def test_an_aid_reduced_after_payment_cuts_what_is_unpaid_then_asks_the_rest_back(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    with acting_as(cast.officer), pytest.raises(Refused, match="décideur"):
        services.reduce(actor=cast.officer, grant_id=grant.pk, amount=Decimal(30000), reason="x", at=APRIL)
    with acting_as(cast.decider):
        reduced = services.reduce(
            actor=cast.decider, grant_id=grant.pk, amount=Decimal(20000), reason="Une action sur deux", at=APRIL
        )
        assert reduced.to_recover == Decimal(0)
        assert [(one.amount, one.state) for one in grant.instalments.all()] == [
            (Decimal(16000), "paid"), (Decimal(4000), "planned"), (Decimal(0), "cancelled"),
        ]  # fmt: skip
        with pytest.raises(DomainError, match="inférieur"):
            services.reduce(actor=cast.decider, grant_id=grant.pk, amount=Decimal(20000), reason="x", at=APRIL)
        reduced = services.reduce(
            actor=cast.decider, grant_id=grant.pk, amount=Decimal(10000), reason="Abandon", at=APRIL
        )
        assert (reduced.to_recover, reduced.awarded, reduced.paid) == (Decimal(6000), Decimal(40000), Decimal(16000))


def test_an_amendment_signed_by_all_changes_the_amount_and_the_duration(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    said = {"actor": cast.officer, "grant_id": grant.pk, "at": APRIL}
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="ne change rien"):
            services.open_amendment(**said, amount=Decimal(40000), reason="x")
        with pytest.raises(DomainError, match="caducs"):
            services.open_amendment(**said, consume_until=date(2028, 1, 1), reason="x")
        with pytest.raises(DomainError, match="motif"):
            services.open_amendment(**said, amount=Decimal(41000), reason=" ")
        row = services.open_amendment(
            **said, amount=Decimal(30000), consume_until=date(2026, 12, 31), reason="Projet réduit et prolongé"
        )
        with pytest.raises(DomainError, match="déjà à la signature"):
            services.open_amendment(**said, amount=Decimal(31000), reason="x")
    sign(cast.officer, row, ["authority", "direction"], on=date(2025, 4, 10), at=APRIL)
    with acting_as(cast.officer):
        assert Grant.objects.get(pk=grant.pk).amount == Decimal(40000)
    sign(cast.staff, row, ["staff"], on=date(2025, 4, 10), at=APRIL)
    with acting_as(cast.officer):
        changed = Grant.objects.get(pk=grant.pk)
        assert (changed.amount, changed.consume_until) == (Decimal(30000), date(2026, 12, 31))
        assert terms_from_json(changed.terms).consume_until == date(2026, 12, 31)
        assert [one.amount for one in changed.instalments.all()] == [Decimal(16000), Decimal(12000), Decimal(2000)]
        assert selectors.warnings_of(changed) == []
        more = services.open_amendment(**said, amount=Decimal(45000), reason="Un avenant à la hausse")
        assert more.number == 2
    sign(cast.officer, more, on=date(2025, 4, 10), at=APRIL)
    with acting_as(cast.officer):
        changed = Grant.objects.get(pk=grant.pk)
        assert (changed.amount, changed.awarded) == (Decimal(45000), Decimal(45000))
        assert sum(one.amount for one in Instalment.objects.filter(grant=grant)) == Decimal(45000)


def test_a_payment_that_the_bank_sends_back_is_not_paid_and_is_ordered_again(cast: FundingCast) -> None:
    grant = in_force(cast)
    one = pay(cast, instalment(grant, 1), FEBRUARY)
    with acting_as(cast.officer):
        with pytest.raises(Refused, match="demande un motif"):
            services.bounce(actor=cast.officer, instalment_id=one.pk, reason=" ", at=APRIL)
        services.bounce(actor=cast.officer, instalment_id=one.pk, reason="Compte clos.", at=APRIL)
        paid = Grant.objects.get(pk=grant.pk).paid
    back = instalment(grant, 1)
    assert (paid, back.state, back.paid_on, back.order_number) == (0, "certified", None, "")
    with as_system():
        told = Event.objects.get(verb="instalment.bounce")
        assert (told.reason, told.evidence["montant"], told.evidence["référence"]) == (
            "Compte clos.",
            "16000.00",
            "MANDAT 12",
        )
        assert Notice.objects.filter(key__startswith=f"instalment:{one.pk}:bounced").exists(), (
            "the establishment is told"
        )
        assert DueItem.objects.get(key=f"instalment:{one.pk}:pay").state == "open", "it is to be ordered again"
    with acting_as(cast.officer):
        services.order(actor=cast.officer, instalment_ids=[one.pk], at=APRIL)
        again = services.record_payment(actor=cast.officer, instalment_id=one.pk, paid_on=APRIL.date(), at=APRIL)
        with pytest.raises(Refused):
            services.take_order_back(actor=cast.officer, instalment_id=one.pk, reason="Trop tard.", at=APRIL)
        assert (again.state, Grant.objects.get(pk=grant.pk).paid) == ("paid", Decimal("16000.00"))


def test_an_order_taken_back_is_due_again(cast: FundingCast) -> None:
    one = instalment(in_force(cast), 1)
    with acting_as(cast.officer):
        services.certify(actor=cast.officer, instalment_id=one.pk, at=FEBRUARY)
        services.order(actor=cast.officer, instalment_ids=[one.pk], at=FEBRUARY)
        services.take_order_back(actor=cast.officer, instalment_id=one.pk, reason="RIB périmé.", at=FEBRUARY)
    with as_system():
        assert DueItem.objects.get(key=f"instalment:{one.pk}:pay").state == "open"


def test_the_number_of_an_order_that_was_taken_back_is_never_given_again(cast: FundingCast) -> None:
    """The accountant may still hold the first one; the year is that of the authority, four hours behind."""
    grant = in_force(cast)
    one = instalment(grant, 1)
    eve = datetime(2025, 1, 1, 3, 59, tzinfo=UTC)
    said = {"actor": cast.officer, "instalment_id": one.pk}
    with acting_as(cast.officer):
        services.certify(**said, at=eve)
        told = [services.order(actor=cast.officer, instalment_ids=[one.pk], at=eve)]
        services.take_order_back(**said, reason="RIB périmé.", at=eve)
        told.append(services.order(actor=cast.officer, instalment_ids=[one.pk], at=eve))
        services.record_payment(**said, paid_on=date(2024, 12, 31), at=eve)
        services.bounce(**said, reason="Compte clos.", at=eve)
        told.append(services.order(actor=cast.officer, instalment_ids=[one.pk], at=eve))
    assert told == ["OP-2024-0001", "OP-2024-0002", "OP-2024-0003"]


@pytest.mark.parametrize("bounced", [False, True])
def test_what_a_reduction_could_not_cut_is_cut_when_its_order_comes_back(cast: FundingCast, *, bounced: bool) -> None:
    grant = in_force(cast)
    one = instalment(grant, 1)
    said = {"actor": cast.officer, "instalment_id": one.pk}
    with acting_as(cast.officer):
        services.certify(**said, at=FEBRUARY)
        services.order(actor=cast.officer, instalment_ids=[one.pk], at=FEBRUARY)
        if bounced:
            services.record_payment(**said, paid_on=FEBRUARY.date(), at=FEBRUARY)
    with acting_as(cast.decider):
        services.reduce(
            actor=cast.decider, grant_id=grant.pk, amount=Decimal(10000), reason="Une action sur deux", at=FEBRUARY
        )
    assert instalment(grant, 1).amount == Decimal(16000), "its order has left"
    with acting_as(cast.officer):
        if bounced:
            services.bounce(**said, reason="Compte clos.", at=FEBRUARY)
        else:
            services.take_order_back(**said, reason="Aide réduite.", at=FEBRUARY)
    back = instalment(grant, 1)
    assert (back.amount, back.state, back.certified_on) == (Decimal(10000), "planned", None)
    pay(cast, back, FEBRUARY)
    with as_system():
        assert Grant.objects.get(pk=grant.pk).paid == Decimal(10000)


def test_nobody_is_asked_to_pay_an_instalment_that_a_reduction_cancelled(cast: FundingCast) -> None:
    grant = in_force(cast)
    key = f"instalment:{instalment(grant, 1).pk}:pay"
    with as_system():
        assert DueItem.objects.get(key=key).state == "open"
    with acting_as(cast.decider):
        services.reduce(actor=cast.decider, grant_id=grant.pk, amount=Decimal(0), reason="Renoncé", at=FEBRUARY)
    with as_system():
        assert DueItem.objects.get(key=key).state != "open"


def test_a_reduction_withdraws_the_amendment_that_would_undo_it(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.officer):
        row = services.open_amendment(
            actor=cast.officer, grant_id=grant.pk, amount=Decimal(45000), reason="Projet étendu", at=FEBRUARY
        )
    sign(cast.officer, row, ["authority", "direction"], on=FEBRUARY.date())
    with acting_as(cast.decider):
        services.reduce(actor=cast.decider, grant_id=grant.pk, amount=Decimal(20000), reason="Abandon", at=FEBRUARY)
    with pytest.raises(Refused, match="retiré"):
        sign(cast.staff, row, ["staff"], on=FEBRUARY.date())
    with as_system():
        assert Grant.objects.get(pk=grant.pk).amount == Decimal(20000)
        assert not DueItem.objects.filter(key__startswith=f"agreement:{row.pk}:sign", state="open").exists()
        told = Event.objects.get(verb="agreement.amendment_withdrawn")
    assert told.reason == "Abandon"


def test_an_amendment_of_the_duration_stands_after_a_reduction(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.officer):
        row = services.open_amendment(
            actor=cast.officer, grant_id=grant.pk, consume_until=date(2026, 12, 31), reason="Retard", at=FEBRUARY
        )
    with acting_as(cast.decider):
        services.reduce(actor=cast.decider, grant_id=grant.pk, amount=Decimal(20000), reason="Abandon", at=FEBRUARY)
    sign(cast.officer, row, on=FEBRUARY.date())
    with as_system():
        changed = Grant.objects.get(pk=grant.pk)
    assert (changed.amount, changed.consume_until) == (Decimal(20000), date(2026, 12, 31))


def test_what_was_paid_beyond_a_reduced_aid_counts_when_it_is_raised_again(cast: FundingCast) -> None:
    grant = in_force(cast)
    pay(cast, instalment(grant, 1), FEBRUARY)
    said = {"actor": cast.officer, "grant_id": grant.pk, "at": FEBRUARY, "reason": "Projet revu"}
    for amount in (Decimal(10000), Decimal(44000)):
        with acting_as(cast.officer):
            row = services.open_amendment(**said, amount=amount)
        sign(cast.officer, row, on=FEBRUARY.date())
    with as_system():
        told = [(one.amount, one.state) for one in grant.instalments.order_by("number") if one.state != "cancelled"]
    assert told == [(Decimal(16000), "paid"), (Decimal(28000), "planned")]


def test_an_amendment_is_withdrawn_once(cast: FundingCast) -> None:
    grant = in_force(cast)
    with acting_as(cast.officer):
        row = services.open_amendment(
            actor=cast.officer, grant_id=grant.pk, amount=Decimal(30000), reason="Projet réduit", at=FEBRUARY
        )
        said = {"actor": cast.officer, "agreement_id": row.pk, "reason": "Renoncé", "at": FEBRUARY}
        services.withdraw_amendment(**said)
        with pytest.raises(DomainError, match="à la signature"):
            services.withdraw_amendment(**said)
