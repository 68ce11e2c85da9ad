"""A national envelope delegated to a region: never beyond, never under what is committed, each side told what is its own."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from python_calamine import CalamineWorkbook
from tests.support.allocation import NOVEMBER, envelope_of
from tests.support.clients import signed_in
from tests.support.delegating import changed, entrusted, national_body, national_envelope, withdrawn
from tests.support.funding import FundingCast
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.french import format_euros
from avenant.foundations import clock
from avenant.foundations.journal.models import Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import CircleMember, Organisation
from avenant.funding.allocation import selectors
from avenant.funding.allocation.models import Aid, Consumption, Envelope, Movement
from avenant.funding.allocation.selectors import DelegationSearch, EnvelopeSearch
from avenant.funding.allocation.services import delegating, envelopes
from avenant.funding.allocation.services.envelopes import AidSaid

pytestmark = pytest.mark.django_db
BENEFICIARY = "Clinique de la Ravine (fictive)"


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives on the day of these acts."""
    monkeypatch.setattr(clock, "now", lambda: NOVEMBER)


@pytest.fixture
def national(cast: FundingCast) -> Actor:
    return national_body()


@pytest.fixture
def whole(national: Actor) -> Envelope:
    return national_envelope(national, "100000", label="Section V", basis="Instruction fictive")


def aid(who: Actor, row: Envelope, amount: str, **more: Any) -> Aid:
    said: dict[str, Any] = {
        "beneficiary": BENEFICIARY,
        "outside": "association",
        "subject": "Rails",
        "on": date(2023, 11, 15),
        **more,
    }
    with acting_as(who):
        return envelopes.declare_aid(
            actor=who, envelope_id=row.pk, said=AidSaid(granted=Decimal(amount), **said), at=NOVEMBER
        )


def seen(row: Envelope) -> Envelope:
    with as_system():
        return Envelope.objects.get(pk=row.pk)


def words(answer: object) -> str:
    return answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")  # type: ignore[attr-defined]


# -- Given


def test_the_receiver_draws_at_once_on_what_it_is_given(cast: FundingCast, national: Actor, whole: Envelope) -> None:
    """One row that both sides read: source, decision and day, notice, journal on both sides, part for a territory."""
    row = entrusted(national, whole, "60000")
    with acting_as(cast.officer):
        told = selectors.get_envelope(cast.officer, row.pk)
        assert (told.owner_id, told.amount, told.label) == (cast.officer.organisation_id, Decimal(60_000), "Section V")
        assert (told.giver_id, told.basis) == (national.organisation_id, "Décision fictive n° 1")
        assert told.parent is None, "the giver's own envelope stays the giver's"
        assert row in selectors.list_own_envelopes(cast.officer)
        notice = Notice.objects.get(person_id=cast.officer.person_id, key__startswith="delegation:")
        assert "60 000,00 €" in notice.title.replace("\u202f", " ").replace("\xa0", " ")
        assert "Décision fictive n° 1" in notice.body
        assert notice.page == row.page()
        assert Event.objects.filter(subject=row.pk, verb="delegation.delegated").count() == 1
        part = envelopes.delegate(
            actor=cast.officer, envelope_id=row.pk, territory="978", amount=Decimal(10_000), label="", at=NOVEMBER
        )
    aid(cast.officer, part, "4000")
    aid(cast.officer, row, "5000")
    assert (seen(row).delegated, seen(row).held, seen(part).held) == (10_000, 5_000, 4_000)
    with acting_as(national):
        assert Event.objects.filter(subject=whole.pk, verb="delegation.delegated").count() == 1
        assert seen(whole).delegated == 60_000


@pytest.mark.parametrize(("amount", "taken"), [("99999.99", True), ("100000", True), ("100000.01", False)])
def test_the_parts_never_exceed_the_national_envelope(
    national: Actor, whole: Envelope, amount: str, taken: bool
) -> None:
    if taken:
        entrusted(national, whole, amount)
    else:
        with pytest.raises(DomainError, match="dépassée de 0,01"):
            entrusted(national, whole, amount)
    assert seen(whole).delegated == (Decimal(amount) if taken else 0)


def test_the_database_itself_refuses_the_cent_too_many(national: Actor, whole: Envelope) -> None:
    entrusted(national, whole, "100000")
    with (
        acting_as(national),
        pytest.raises(DatabaseError, match="allocation_envelope_never_exceeded"),
        transaction.atomic(),
    ):
        Envelope.objects.filter(pk=whole.pk).update(amount=Decimal("99999.99"))


@pytest.mark.parametrize(
    ("amount", "said", "told"),
    [
        ("0", {}, "positif"),
        ("1000", {"reference": "  "}, "cite sa décision"),
        ("1000", {"decided_on": date(2023, 11, 21)}, "pas encore venu"),
    ],
)
def test_a_delegation_without_its_decision_is_refused(
    national: Actor, whole: Envelope, amount: str, said: dict[str, Any], told: str
) -> None:
    with pytest.raises(DomainError, match=told):
        entrusted(national, whole, amount, **said)
    assert seen(whole).delegated == 0


def test_the_same_delegation_is_not_given_twice(cast: FundingCast, national: Actor, whole: Envelope) -> None:
    """Whatever envelopes the receiver has of its own, which the giver does not know."""
    envelope_of(cast.officer, "5000", label="Section V")
    entrusted(national, whole, "1000")
    with pytest.raises(DomainError, match="a déjà cette délégation"):
        entrusted(national, whole, "1000")
    entrusted(national, whole, "1000", label="Accompagnement")
    entrusted(national, whole, "1000", to="cgss-guadeloupe")
    other = national_body("caisse-nationale")
    entrusted(other, national_envelope(other, "9000", label="Section V"), "1000")
    assert seen(whole).delegated == 3_000


def test_a_part_kept_for_a_region_goes_to_no_other(national: Actor, whole: Envelope) -> None:
    with acting_as(national):
        part = envelopes.delegate(
            actor=national,
            envelope_id=whole.pk,
            territory="R02",
            amount=Decimal(9_000),
            label="Martinique",
            at=NOVEMBER,
        )
    with pytest.raises(DomainError, match="réservée à Martinique"):
        entrusted(national, part, "1000")
    row = entrusted(national, part, "1000", to="ars-martinique")
    assert (row.label, seen(part).delegated, seen(whole).delegated) == ("Martinique", 1_000, 9_000)


# -- Changed, withdrawn


@pytest.mark.parametrize(("amount", "taken"), [("15000.01", True), ("15000", True), ("14999.99", False)])
def test_a_reduction_stops_at_what_is_committed(
    cast: FundingCast, national: Actor, whole: Envelope, amount: str, taken: bool
) -> None:
    """Committed: delegated further, reserved, granted. The giver is told the total, and not of what it is made."""
    row = entrusted(national, whole, "60000")
    aid(cast.officer, row, "5000")
    with acting_as(cast.officer):
        envelopes.delegate(
            actor=cast.officer, envelope_id=row.pk, territory="978", amount=Decimal(10_000), label="", at=NOVEMBER
        )
    if not taken:
        with pytest.raises(DomainError) as refusal:
            changed(national, row, amount)
        told = refusal.value.message.replace("\u202f", " ").replace("\xa0", " ")
        assert (
            told == "ARS Guadeloupe a déjà engagé 15 000,00 € de cette délégation : elle ne descend pas à 14 999,99 €."
        )
        assert (seen(row).amount, seen(whole).delegated) == (60_000, 60_000)
        return
    changed(national, row, amount)
    assert seen(row).amount == seen(whole).delegated == Decimal(amount)
    with acting_as(cast.officer):
        assert Notice.objects.filter(person_id=cast.officer.person_id, key__startswith="delegation:").count() == 2
        last = selectors.list_movements(cast.officer, row)[0]
        assert (last.kind, last.before, last.after, last.reason) == (
            "revised", 60_000, Decimal(amount), "Seconde circulaire.",
        )  # fmt: skip


def test_an_increase_is_held_by_the_national_envelope(national: Actor, whole: Envelope) -> None:
    row = entrusted(national, whole, "60000")
    with pytest.raises(DomainError, match="dépassée de 0,01"):
        changed(national, row, "100000.01")
    changed(national, row, "100000")
    assert seen(whole).left == 0


def test_a_withdrawal_is_refused_from_the_first_cent(cast: FundingCast, national: Actor, whole: Envelope) -> None:
    row = entrusted(national, whole, "60000")
    mine = aid(cast.officer, row, "0.01")
    with pytest.raises(DomainError, match="ne se retire plus"):
        withdrawn(national, row)
    with as_system():
        mine.delete()
        Envelope.objects.filter(pk=row.pk).update(held=0)
    withdrawn(national, row)
    assert (seen(row).amount, seen(whole).delegated) == (0, 0)
    with pytest.raises(DomainError, match="déjà retirée"):
        withdrawn(national, row)
    with pytest.raises(DomainError, match="dépassée"):
        aid(cast.officer, row, "0.01")
    changed(national, row, "1000")
    with acting_as(national):
        kinds = [one.kind for one in selectors.list_movements(national, row)]
    assert kinds == ["revised", "withdrawn", "delegated"], "the history keeps all, and nobody rewrites it"


@pytest.mark.parametrize(
    ("amount", "reason", "told"),
    [("50000", " ", "a son motif"), ("0", "Moins", "retirez"), ("60000", "Rien", "sont déjà délégués")],
)
def test_a_change_has_its_reason_and_changes_something(
    national: Actor, whole: Envelope, amount: str, reason: str, told: str
) -> None:
    row = entrusted(national, whole, "60000")
    with pytest.raises(DomainError, match=told):
        changed(national, row, amount, reason=reason)
    assert seen(row).amount == 60_000


# -- Who may, who sees


def test_only_who_delegated_changes_and_only_who_received_draws(
    cast: FundingCast, national: Actor, whole: Envelope
) -> None:
    row = entrusted(national, whole, "60000")
    own = envelope_of(cast.officer, "5000", label="à elle")
    with acting_as(cast.officer), pytest.raises(Refused, match="ne change que par sa décision"):
        envelopes.revise_envelope(
            actor=cast.officer, envelope_id=row.pk, amount=Decimal(1), reason="Moins", at=NOVEMBER
        )
    for other in (cast.officer, cast.fund, cast.labour):
        with pytest.raises(Refused):
            changed(other, row, "50000")
    with acting_as(cast.officer), pytest.raises(Refused, match="organisme national délègue"):
        entrusted(cast.officer, own, "100", to="cgss-guadeloupe")
    with pytest.raises(Refused):
        aid(national, row, "1")
    with pytest.raises(Refused, match="inscrites par ceux qui les accordent"):
        aid(national, whole, "1")


@pytest.mark.parametrize(
    ("who", "change"),
    [("officer", {"amount": 70_000}), ("fund", {"held": 1}), ("national", {"held": 1}), ("labour", {"basis": "Autre"})],
)
def test_the_database_keeps_the_two_pens_apart(
    cast: FundingCast, national: Actor, whole: Envelope, who: str, change: dict[str, Any]
) -> None:
    """Whatever a service forgets."""
    row = entrusted(national, whole, "60000")
    actor = national if who == "national" else getattr(cast, who)
    with acting_as(actor), pytest.raises(DatabaseError, match="alone"), transaction.atomic():
        Envelope.objects.filter(pk=row.pk).update(**change)


def test_what_each_side_sees(cast: FundingCast, national: Actor, whole: Envelope) -> None:
    """The giver: its envelope, the row, its use. Neither beneficiary, nor dossier, nor part, nor other envelope."""
    row = entrusted(national, whole, "60000")
    own = envelope_of(cast.officer, "5000", label="à elle")
    mine = aid(cast.officer, row, "5000")
    with acting_as(cast.officer):
        part = envelopes.delegate(
            actor=cast.officer, envelope_id=row.pk, territory="978", amount=Decimal(10_000), label="", at=NOVEMBER
        )
    with acting_as(national):
        assert set(Envelope.objects.visible_to(national)) == {whole, row}
        assert not Aid.objects.filter(pk=mine.pk).exists()
        assert not Event.objects.filter(label__contains=BENEFICIARY).exists()
        assert set(selectors.list_envelopes(national, EnvelopeSearch())) == {whole}
    for partner in (cast.officer, cast.fund, cast.labour):
        with acting_as(partner):
            assert set(Envelope.objects.visible_to(partner)) == {row, own, part}
            assert set(selectors.list_envelopes(partner, EnvelopeSearch())) == {row, own, part}
    stranger = national_body("autre-direction")
    for other in (stranger, cast.director):
        with acting_as(other):
            assert not Envelope.objects.exists()
            assert not Movement.objects.exists()
            assert not Consumption.objects.exists()
    with as_system():
        members = CircleMember.objects.filter(circle_id=row.circle_id).values_list("organisation__key", flat=True)
        assert set(members) == {"credits-nationaux", "ars-guadeloupe", "cgss-guadeloupe", "deets-guadeloupe"}


@pytest.mark.req("S2-A3-04")
@pytest.mark.parametrize(("spent", "left"), [("59999", "1,00 €"), ("60000", "0,00 €"), ("60001", None)])
def test_the_consumption_of_each_region_against_what_it_was_notified(
    cast: FundingCast, national: Actor, whole: Envelope, spent: str, left: str | None
) -> None:
    """Columns: agency, notified, committed (supports and clusters), paid, remaining, rate."""
    row = entrusted(national, whole, "60000")
    aid(cast.officer, row, "50000", subject="Cluster, lancement", paid=Decimal(20_000))
    rest = str(Decimal(spent) - 50_000)
    if left is None:
        with pytest.raises(DomainError, match="dépassée de 1,00"):
            aid(cast.officer, row, rest, subject="Accompagnement")
        return
    aid(cast.officer, row, rest, subject="Accompagnement")
    with as_system():
        assert delegating.tell_consumption_for_system(at=NOVEMBER) == 1
    page = words(signed_in(national).get(reverse("allocation:delegations")))
    for told in (
        "ARS Guadeloupe",
        "60 000,00 €",
        format_euros(Decimal(spent)).replace("\u202f", " ").replace("\xa0", " "),
        "20 000,00 €",
        left,
    ):
        assert told in page, told
    with acting_as(national):
        use = selectors.use_of(selectors.list_delegations(national, DelegationSearch()).get())
    assert (use.delegated, use.committed, use.paid) == (60_000, Decimal(spent), 20_000)
    assert use.rate == Decimal(spent) / 60_000


def test_what_is_granted_and_paid_below_is_told_with_its_parts(
    cast: FundingCast, national: Actor, whole: Envelope
) -> None:
    row = entrusted(national, whole, "60000")
    with acting_as(cast.officer):
        part = envelopes.delegate(
            actor=cast.officer, envelope_id=row.pk, territory="978", amount=Decimal(10_000), label="", at=NOVEMBER
        )
    aid(cast.officer, part, "4000", paid=Decimal(1_000))
    aid(cast.officer, row, "5000", reserved=Decimal(700))
    for _ in range(2):  # a job may run again
        with as_system():
            delegating.tell_consumption_for_system(at=NOVEMBER)
    with acting_as(national):
        use = selectors.total_use(selectors.list_delegations(national, DelegationSearch(envelope=whole.pk)))
    assert (use.delegated, use.committed, use.granted, use.paid) == (60_000, 15_700, 9_000, 1_000)


# -- Invariants


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["entrust", "change", "withdraw", "aid", "part", "revise"]), st.integers(0, 1),
            st.decimals(min_value=0, max_value=120_000, places=2),
        ),
        min_size=4, max_size=14,
    )
)  # fmt: skip
def test_whatever_is_tried_the_sums_hold(
    cast: FundingCast, national: Actor, acts: list[tuple[str, int, Decimal]]
) -> None:
    """The parts are what the whole says; nothing is beyond its amount; each movement follows the one before."""
    with undone():
        whole = national_envelope(national, "100000")
        rows: dict[int, Envelope] = {}
        for kind, which, amount in acts:
            receiver = (cast.officer, cast.fund)[which]
            try:
                with transaction.atomic():
                    _try(kind, national, receiver, whole, rows, which, str(amount))
            except DomainError:
                pass
        with as_system():
            every = list(Envelope.objects.all())
            for one in every:
                parts = Envelope.objects.filter(parent=one).aggregate(sum=Sum("amount"))["sum"] or 0
                drawn = Aid.objects.filter(envelope=one).aggregate(sum=Sum("granted"))["sum"] or 0
                assert (one.delegated, one.held) == (parts, drawn)
                assert one.delegated + one.held <= one.amount
            amounts = {one.pk: one.amount for one in every}
            for row in rows.values():
                told = list(Movement.objects.filter(envelope=row).order_by("number"))
                assert [0, *(one.after for one in told)] == [*(one.before for one in told), amounts[row.pk]]


@contextmanager
def undone() -> Iterator[None]:
    """Nothing of what is written inside stays."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def _try(
    kind: str, national: Actor, receiver: Actor, whole: Envelope, rows: dict[int, Envelope], which: int, amount: str
) -> None:
    row = rows.get(which)
    if kind == "entrust" and row is None:
        rows[which] = entrusted(national, whole, amount, to=Organisation.objects.get(pk=receiver.organisation_id).key)
    elif kind == "revise":
        with acting_as(national):
            envelopes.revise_envelope(
                actor=national, envelope_id=whole.pk, amount=Decimal(amount), reason="Révision", at=NOVEMBER
            )
    elif row is None:
        return
    elif kind == "change":
        changed(national, row, amount)
    elif kind == "withdraw":
        withdrawn(national, row)
    elif kind == "aid":
        aid(receiver, row, amount)
    elif kind == "part":
        with acting_as(receiver):
            envelopes.delegate(
                actor=receiver, envelope_id=row.pk, territory="978", amount=Decimal(amount), label=amount, at=NOVEMBER
            )


# -- Pages


def test_the_pages_of_both_sides(cast: FundingCast, national: Actor) -> None:
    """By the browser: write, delegate, read as the agency, be refused a reduction, change, withdraw another, export."""
    body, officer = signed_in(national), signed_in(cast.officer)
    made = body.post(
        reverse("allocation:write-envelope"),
        {
            "source": "autre",
            "year": "2023",
            "territory": "",
            "label": "Section V",
            "amount": "100 000",
            "basis": "Instruction",
        },
    )
    assert made.status_code == 302
    assert "France entière" in words(body.get(made.url))
    with acting_as(national):
        whole = Envelope.objects.get()
    place = reverse("allocation:entrust", args=[whole.pk])
    receiver = str(cast.officer.organisation_id)
    form = {"entrust-receiver": receiver, "entrust-amount": "100 000,01", "entrust-label": "",
            "entrust-reference": "Décision n° 1", "entrust-decided_on": "2023-11-10"}  # fmt: skip
    wrong = body.post(place, form)
    assert wrong.status_code == 422
    assert "dépassée de 0,01 €" in words(wrong)
    assert "100 000,01" in words(wrong), "what was typed stays"
    assert body.post(place, {**form, "entrust-amount": "60 000"}).status_code == 302
    with acting_as(national):
        row = Envelope.objects.get(giver=national.organisation_id)
    told = words(officer.get(row.page()))
    assert "Reçue de Direction nationale (fictive) : Décision n° 1, décision du 10 novembre 2023" in told
    assert "ne change que par sa décision" in told
    assert whole.page() not in told
    assert "reçue de Direction nationale (fictive)" in words(officer.get(reverse("allocation:envelopes")))
    aid(cast.officer, row, "5000")
    change = reverse("allocation:change-delegation", args=[row.pk])
    form = {"change-amount": "4 999,99", "change-reference": "Décision n° 2", "change-decided_on": "2023-11-15",
            "change-reason": "Reprise"}  # fmt: skip
    wrong = body.post(change, form)
    assert wrong.status_code == 422
    assert "a déjà engagé 5 000,00 € de cette délégation" in words(wrong)
    assert body.post(change, {**form, "change-amount": "5 000"}).status_code == 302
    assert officer.post(change, form).status_code == 403
    withdraw = reverse("allocation:withdraw-delegation", args=[row.pk])
    form = {"withdraw-reference": "Décision n° 3", "withdraw-decided_on": "2023-11-16", "withdraw-reason": "Reprise"}
    assert body.post(withdraw, form).status_code == 422
    page = words(body.get(row.page()))
    assert "Délégation à ARS Guadeloupe" in page
    assert BENEFICIARY not in page
    for reader in (body, officer):
        for name in ("export-delegations", "export-envelopes"):
            for kind in ("csv", "xlsx"):
                assert reader.get(reverse(f"allocation:{name}", args=[kind])).status_code == 200
    book = body.get(reverse("allocation:export-delegations", args=["xlsx"]))
    content = b"".join(book.streaming_content) if book.streaming else book.content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(content)).get_sheet_by_index(0).to_python()
    assert [one for one in rows if "ARS Guadeloupe" in one]


def test_pages_of_many_delegations_ask_few_queries(cast: FundingCast, national: Actor, whole: Envelope) -> None:
    for number in range(30):
        entrusted(national, whole, "1000", label=f"Usage {number}")
    body, officer = signed_in(national), signed_in(cast.officer)
    for reader, page in (
        (body, reverse("allocation:delegations")), (body, reverse("allocation:envelopes")), (body, whole.page()),
        (officer, reverse("allocation:delegations")), (officer, reverse("allocation:envelopes")),
    ):  # fmt: skip
        with CaptureQueriesContext(connection) as asked:
            assert reader.get(page).status_code == 200
        assert len(asked) <= 20, (page, len(asked))
