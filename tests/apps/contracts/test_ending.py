"""The end of a contract: its term, a termination and its notice, a denunciation by registered letters."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.support.acts import MARCH, Acts, noon
from tests.support.cast import Cast
from tests.support.roles import as_system

from avenant.contracts.amendments import services
from avenant.contracts.amendments.models import Difficulty, RegisteredLetter
from avenant.contracts.drafting.models import Contract
from avenant.contracts.drafting.selectors.contracts import standing_as
from avenant.domain.contracts import Standing, earliest_end, last_day_after, warning_days
from avenant.domain.decision import DomainError, Refused
from avenant.foundations.journal.models import DueItem
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as

pytestmark = pytest.mark.django_db


@pytest.fixture
def acts(cast: Cast) -> Acts:
    return Acts(cast)


@pytest.mark.parametrize(
    ("signed", "months", "first"),
    [
        (date(2024, 6, 15), 3, date(2024, 9, 15)),
        (date(2024, 11, 30), 3, date(2025, 2, 28)),
        (date(2023, 11, 30), 3, date(2024, 2, 29)),
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
    ],
)
def test_calendar_months_are_clipped(signed: date, months: int, first: date) -> None:
    assert earliest_end(signed, months) == first


@pytest.mark.parametrize(
    ("signed", "effect", "accepted"),
    [
        (date(2026, 6, 15), date(2026, 9, 14), False),
        (date(2026, 6, 15), date(2026, 9, 15), True),
        (date(2026, 6, 15), date(2026, 9, 16), True),
        (date(2026, 11, 30), date(2027, 2, 28), True),
        (date(2026, 11, 30), date(2027, 2, 27), False),
    ],
)
def test_a_termination_waits_three_months(acts: Acts, signed: date, effect: date, accepted: bool) -> None:
    contract = acts.in_force()
    if not accepted:
        with pytest.raises(DomainError, match="au plus tôt"):
            acts.amend(contract, kind="termination", effective_on=effect, at=noon(signed))
        return
    row = acts.amend(contract, kind="termination", effective_on=effect, at=noon(signed))
    acts.open_amendment(row, noon(signed))
    acts.sign_amendment(row, at=noon(signed))
    assert acts.again(contract).ends_on == effect - timedelta(days=1)


def test_a_termination_signed_too_late_says_so(acts: Acts) -> None:
    contract = acts.in_force()
    row = acts.amend(contract, kind="termination", effective_on=date(2026, 6, 2))
    acts.open_amendment(row)
    with pytest.raises(DomainError, match="3 juin 2026"):
        acts.sign_amendment(row, at=MARCH + timedelta(days=1))


@pytest.mark.req("S0-T3-03")
def test_two_signatures_of_three_end_nothing(acts: Acts) -> None:
    contract = acts.in_force()
    former = acts.again(contract).ends_on
    row = acts.amend(contract, kind="termination")
    acts.open_amendment(row)
    acts.sign_amendment(row, "labour", "fund")
    assert (acts.again(contract).state, acts.again(contract).ends_on) == ("in_force", former)
    missing = [one for one in _statuses(acts, row.pk) if one != "signé"]
    assert missing == ["signature attendue"]
    row = acts.sign_amendment(row, "service")
    assert row.effective_on == date(2026, 6, 2)
    stopped = acts.again(contract)
    assert stopped.ends_on == date(2026, 6, 1)
    assert stopped.standing(date(2026, 6, 1)) is Standing.TERMINATED
    assert stopped.standing(date(2026, 6, 2)) is Standing.ENDED
    with as_system():
        alone = Contract.objects.filter(pk=contract.pk)
        for day in (date(2026, 6, 1), date(2026, 6, 2)):
            found = [one for one in Standing if standing_as(alone, one, day).exists()]
            assert found == [stopped.standing(day)]
    with as_system():
        services.follow_ends(at=noon(date(2026, 6, 1)))
        assert Contract.objects.get(pk=contract.pk).state == "in_force"
        services.follow_ends(at=noon(date(2026, 6, 2)))
        assert Contract.objects.get(pk=contract.pk).state == "ended"


def _statuses(acts: Acts, subject: object) -> list[str]:
    from avenant.contracts.drafting import selectors

    with acting_as(acts.cast.labour):
        return [one.status for one in selectors.list_signatures(acts.cast.labour, subject)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("signed", "last_day"),
    [(date(2025, 9, 30), date(2025, 12, 29)), (date(2025, 10, 1), date(2025, 12, 31))],
)
def test_a_natural_end_that_comes_first_wins(signed: date, last_day: date) -> None:
    assert last_day_after(earliest_end(signed, 3), date(2025, 12, 31)) == last_day


def test_a_contract_past_its_last_day_is_recorded_expired() -> None:
    with as_system():
        row = Contract.objects.get(key="convention-martinique-2022-2025")
        assert row.standing(date(2025, 12, 31)) is Standing.IN_FORCE
        services.follow_ends(at=noon(date(2025, 12, 31)))
        row.refresh_from_db()
        assert row.state == "in_force"
        services.follow_ends(at=noon(date(2026, 1, 1)))
        row.refresh_from_db()
        assert (row.state, row.standing(date(2026, 1, 1))) == ("expired", Standing.EXPIRED)
        assert services.follow_ends(at=noon(date(2026, 1, 1))) == 0


def test_the_end_is_told_at_twelve_six_and_three_months(acts: Acts) -> None:
    contract = acts.in_force()
    ends_on = acts.again(contract).ends_on
    assert ends_on is not None
    found = Notice.objects.filter(key__startswith=f"contract:{contract.pk.hex}:end:")
    with as_system():
        for months, day in warning_days(ends_on):
            before = found.values("key").distinct().count()
            services.follow_ends(at=noon(day - timedelta(days=1)))
            assert found.values("key").distinct().count() == before
            services.follow_ends(at=noon(day))
            services.follow_ends(at=noon(day))
            assert found.filter(key__contains=f":end:{months}:").exists()
        assert found.values("key").distinct().count() == 3
        assert DueItem.objects.get(key=f"contract:{contract.pk}:follow-up").state == "open"


@pytest.mark.req("S3-7-08")
def test_a_denunciation_comes_after_an_amicable_step(acts: Acts) -> None:
    contract, actor = acts.in_force(), acts.cast.other_service
    said = {"grounds": "Données non transmises.", "letters": {}, "at": MARCH}
    with acting_as(actor):
        with pytest.raises(Refused, match="démarche amiable"):
            services.denounce(actor=actor, contract_id=contract.pk, **said)  # type: ignore[arg-type]
        row = services.raise_difficulty(
            actor=actor, contract_id=contract.pk, subject="Données", raised_on=MARCH.date(), at=MARCH
        )
        services.note_step(
            actor=actor, contract_id=contract.pk, difficulty_id=row.pk, taken_on=MARCH.date(), text="Réunion", at=MARCH
        )
        assert (row.subject, row.raised_by_id, row.raised_on) == ("Données", actor.organisation_id, MARCH.date())
        made = services.denounce(actor=actor, contract_id=contract.pk, **said)  # type: ignore[arg-type]
        assert made.override_reason == ""
        closed = services.settle_difficulty(
            actor=actor, contract_id=contract.pk, difficulty_id=row.pk, outcome="persistent", closed_on=MARCH.date(),
            at=MARCH,
        )  # fmt: skip
        assert closed.outcome == Difficulty.Outcome.PERSISTENT


def test_without_any_step_a_reason_is_asked(acts: Acts) -> None:
    contract, actor = acts.in_force(), acts.cast.other_service
    with acting_as(actor):
        made = services.denounce(
            actor=actor, contract_id=contract.pk, grounds="Faute", letters={}, at=MARCH, override_reason="Urgence"
        )
    assert made.override_reason == "Urgence"


@pytest.mark.req("S3-7-09")
@pytest.mark.req("S3-7-10")
def test_letters_to_all_the_others_make_the_denunciation(acts: Acts) -> None:
    contract, actor = acts.in_force(), acts.cast.other_service
    with acting_as(actor):
        made = services.denounce(
            actor=actor, contract_id=contract.pk, grounds="Désaccord", letters={}, at=MARCH, override_reason="Urgence"
        )
        first, second = RegisteredLetter.objects.filter(denunciation=made)
        sent = date(2026, 5, 2)

        def receive(letter: RegisteredLetter, number: str, day: date) -> Contract:
            return services.note_receipt(
                actor=actor, contract_id=contract.pk, letter_id=letter.pk,
                letter=services.LetterDraft(number, sent if number else None), received_on=day,
                at=noon(date(2026, 5, 6)),
            )  # fmt: skip

        assert receive(first, "2C 1", date(2026, 5, 4)).state == "in_force"
        with pytest.raises(DomainError, match="numéro de recommandé"):
            receive(second, "", date(2026, 5, 6))
        with pytest.raises(DomainError, match="après son envoi"):
            receive(second, "2C 2", date(2026, 5, 1))
        done = receive(second, "2C 2", date(2026, 5, 6))
        made.refresh_from_db()
    assert (done.state, made.effective_on) == ("denounced", date(2026, 5, 6))
    assert done.state_label == "dénoncé"
    assert {one.number for one in (first, second)} == {""}
    with as_system():
        services.follow_ends(at=noon(date(2026, 5, 7)))
        assert Contract.objects.get(pk=contract.pk).state == "ended"


def test_another_date_is_the_parties_own(acts: Acts) -> None:
    contract, actor = acts.in_force(), acts.cast.other_service
    with acting_as(actor):
        made = services.denounce(
            actor=actor, contract_id=contract.pk, grounds="Désaccord", letters={}, at=MARCH, override_reason="Urgence",
            effective_on=date(2026, 6, 30),
        )  # fmt: skip
        for letter in RegisteredLetter.objects.filter(denunciation=made):
            row = services.note_receipt(
                actor=actor, contract_id=contract.pk, letter_id=letter.pk,
                letter=services.LetterDraft("2C 3", MARCH.date()), received_on=MARCH.date(), at=MARCH,
            )  # fmt: skip
    assert row.standing(date(2026, 6, 30)) is Standing.DENOUNCED
    assert row.standing(date(2026, 7, 1)) is Standing.ENDED
