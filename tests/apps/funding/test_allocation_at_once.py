"""Twenty people decide at once on one envelope: it is never exceeded, and nobody is told yes wrongly."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from itertools import count

import pytest
from tests.support.allocation import NOVEMBER, SITTING, envelope_of
from tests.support.at_once import at_once
from tests.support.delegating import changed, entrusted, national_body, national_envelope
from tests.support.envelope import DECIDED, DOSSIERS, FIT, PROPOSED, decide_at_once, prepared
from tests.support.funding import make_cast
from tests.support.roles import as_system

from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.allocation.models import Aid, Award, Envelope, Examined, Movement
from avenant.funding.allocation.services import correcting, envelopes
from avenant.funding.allocation.services.envelopes import AidSaid
from avenant.funding.reviews.models import PartnerAid


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_an_envelope_is_never_exceeded_by_twenty_at_once() -> None:
    cast = make_cast()
    selection = prepared(cast)
    with acting_as(cast.officer):
        lines = list(Examined.objects.filter(selection=selection).values_list("pk", flat=True))
    told = decide_at_once(cast.decider, lines)
    with as_system():
        awards = {one.line_id: one.amount for one in Award.objects.all()}
        envelope = Envelope.objects.get(pk=selection.envelope_id)
    yes = [line for line, taken, _ in told if taken]
    assert len(told) == 2 * DOSSIERS
    assert len(yes) == len(set(yes)) == len(awards) == FIT
    assert set(yes) == set(awards), "who was told yes has its award, and nobody else"
    assert set(awards.values()) == {DECIDED}
    assert envelope.held == FIT * DECIDED + (DOSSIERS - FIT) * PROPOSED
    assert envelope.held <= envelope.amount
    assert all("dépassée" in refusal or "déjà sa décision" in refusal for _, taken, refusal in told if not taken)


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_a_national_envelope_is_never_delegated_beyond_by_ten_at_once() -> None:
    """Twelve parts of 1 000 € asked at the same instant of an envelope of 10 500 €, to three institutions of a region."""
    make_cast()
    national = national_body()
    whole = national_envelope(national, "10500")
    places = ("ars-guadeloupe", "cgss-guadeloupe", "deets-guadeloupe")
    acts = [
        lambda number=number: entrusted(national, whole, "1000", to=places[number % 3], label=f"Part {number}")
        for number in range(12)
    ]
    told = at_once(*acts)
    with as_system():
        given = list(Envelope.objects.filter(giver=national.organisation_id))
        whole.refresh_from_db()
    assert len([one for one in told if not one]) == len(given) == 10
    assert whole.delegated == sum(one.amount for one in given) == 10_000
    assert all("dépassée de 500,00" in one.replace("\u202f", " ") for one in told if one)
    assert len({one.circle_id for one in given}) == 1, "opened once"


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_what_is_delegated_never_comes_under_what_is_drawn_meanwhile() -> None:
    """The region draws 100 € at a time while the national body takes back 500 € at a time: neither passes the other."""
    cast, national = make_cast(), national_body()
    whole = national_envelope(national, "20000")
    row = entrusted(national, whole, "10000")

    numbers = count()

    def draw(who: Actor) -> None:
        for _ in range(15):
            said = AidSaid(
                beneficiary="Forum", outside="événement", subject=f"Projet {next(numbers)}", on=SITTING.date(),
                granted=Decimal(100),
            )  # fmt: skip
            with acting_as(who):
                envelopes.declare_aid(actor=who, envelope_id=row.pk, said=said, at=NOVEMBER)

    def take_back() -> None:
        for step in range(1, 19):
            changed(national, row, str(10_000 - 500 * step))

    told = at_once(*[lambda: draw(cast.officer), lambda: draw(cast.decider)] * 4, take_back)
    with as_system():
        row.refresh_from_db()
        whole.refresh_from_db()
        granted = [one.granted for one in Aid.objects.filter(envelope=row)]
        moved = list(Movement.objects.filter(envelope=row).order_by("number"))
    assert row.held == sum(granted) <= row.amount
    assert row.amount == whole.delegated == moved[-1].after
    assert [one.number for one in moved] == list(range(1, len(moved) + 1))
    assert any(told), "12 000 € were asked and 9 000 € taken back of 10 000 €: somebody was refused"


@pytest.mark.slow
@pytest.mark.usefixtures("committed")
def test_an_aid_that_several_correct_and_withdraw_at_once_changes_as_each_read_it() -> None:
    """Four correct it, two withdraw it: whoever comes after another is told, and the envelope holds what is written."""
    cast = make_cast()
    envelope = envelope_of(cast.fund, "30000", source="contrat_prevention")
    with acting_as(cast.fund):
        place = Establishment.objects.get(finess_et="99B000001")
        said = AidSaid(subject="Projet", on=SITTING.date(), granted=Decimal(9_000), establishment=place)
        aid = envelopes.declare_aid(actor=cast.fund, envelope_id=envelope.pk, said=said, at=NOVEMBER)
        seen = correcting.aid_mark(Aid.objects.select_related("told").get(pk=aid.pk))
    common = {"actor": cast.fund, "envelope_id": envelope.pk, "aid_id": aid.pk, "reason": "Erreur", "at": NOVEMBER}

    def correct(amount: int) -> None:
        with acting_as(cast.fund):
            correcting.correct_aid(said=replace(said, granted=Decimal(amount), establishment=None), seen=seen, **common)

    def withdraw() -> None:
        with acting_as(cast.fund):
            correcting.withdraw_aid(**common)

    told = at_once(
        *[lambda amount=amount: correct(amount) for amount in (8_000, 10_000, 11_000, 12_000)], withdraw, withdraw
    )
    with as_system():
        envelope.refresh_from_db()
        standing = PartnerAid.objects.filter(ended_at=None)
        assert not Aid.objects.filter(pk=aid.pk).exists()
        assert (envelope.held, standing.count()) == (0, 0)
        assert PartnerAid.objects.filter(next=None).count() == 1, "one story, whatever came first"
    assert sum(not one for one in told[:4]) <= 1
    assert [not one for one in told[4:]].count(True) == 1
    assert all("a changé depuis" in one or "n’est plus sur cette enveloppe" in one for one in told if one)
