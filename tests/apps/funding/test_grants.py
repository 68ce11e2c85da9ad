"""An aid granted to a dossier: opened once, made into an agreement, signed by every party."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction

import pytest
from tests.support.funding import OCTOBER, FundingCast, fill, hand_in, make_cast, open_for, publish
from tests.support.granting import (
    COPY,
    DECIDED,
    FEBRUARY,
    JANUARY,
    SIGNED,
    awarded,
    complete_dossier,
    grant_it,
    in_force,
    open_agreement,
    sign,
)

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.parties.actors import acting_as
from avenant.funding.grants import selectors, services
from avenant.funding.grants.models import Agreement, Grant, GrantIndicator
from avenant.funding.grants.printing import print_agreement
from avenant.funding.grants.services import socle as socles
from avenant.funding.grants.wording import articles

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> FundingCast:
    return make_cast()


def test_an_aid_is_opened_once_with_its_instalments_and_actions(cast: FundingCast) -> None:
    dossier = complete_dossier(cast)
    grant = grant_it(cast, dossier)
    assert grant_it(cast, dossier).pk == grant.pk
    with acting_as(cast.director):
        assert [one.amount for one in grant.instalments.all()] == [Decimal(16000), Decimal(12000), Decimal(12000)]
        assert [(one.title, one.due_on) for one in grant.actions.all()] == [("Revoir les cycles", date(2025, 12, 31))]
        assert grant.aid_rate == Fraction(2, 5)
        assert (grant.consume_until, grant.lapses_on) == (date(2026, 3, 31), date(2027, 12, 31))
    with pytest.raises(DomainError, match="autre montant"):
        grant_it(cast, dossier, "39999.99")


def test_only_the_authority_of_the_call_opens_an_aid_of_a_complete_dossier(cast: FundingCast) -> None:
    call = publish(cast)
    dossier = open_for(cast.director, call)
    fill(cast.director, dossier)
    hand_in(cast.director, dossier, at=OCTOBER)
    with pytest.raises(Refused, match="seul un dossier complet"):
        grant_it(cast, dossier)
    with acting_as(cast.fund), pytest.raises(Refused, match="l’autorité qui porte l’appel"):
        services.open_grant(actor=cast.fund, at=JANUARY, dossier=dossier, amount=Decimal(1), decided_on=DECIDED)


@pytest.mark.req("S4-3.2.2-05")
def test_the_agreement_has_its_four_parts_from_the_dossier_and_a_missing_indicator_blocks_it(cast: FundingCast) -> None:
    grant = awarded(cast)
    with acting_as(cast.officer):
        kept = GrantIndicator.objects.get(grant=grant)
        kept.delete()
    with pytest.raises(Refused, match="Aucun indicateur ne suit « Revoir les cycles »"):
        open_agreement(cast, grant)
    with acting_as(cast.officer):
        services.add_indicator(
            actor=cast.officer,
            grant_id=grant.pk,
            action_id=kept.action_id,
            label="Taux d’absentéisme",
            unit="%",
            at=JANUARY,
        )
    with pytest.raises(Refused, match="résultats"):
        open_agreement(cast, grant)
    with acting_as(cast.officer):
        services.add_indicator(
            actor=cast.officer, grant_id=grant.pk, action_id=kept.action_id, label="Jours d’absence", unit="jours",
            baseline=Decimal(4200), target=Decimal(3500), at=JANUARY,
        )  # fmt: skip
    row = open_agreement(cast, grant)
    assert row.content["amount"] == "40000.00"
    assert [one["title"] for one in row.content["actions"]] == ["Revoir les cycles"]
    assert [one["label"] for one in row.content["follow_up"]] == ["Taux d’absentéisme", "Jours d’absence"]
    assert [(one["label"], one["baseline"], one["target"]) for one in row.content["results"]] == [
        ("Jours d’absence", "4200.00", "3500.00")
    ]
    headings = [one.heading for one in articles(row.content)]
    assert {"Montant accordé", "Actions concernées", "Indicateurs de suivi et de résultats"} <= set(headings)


@pytest.mark.req("S4-1-01")
def test_a_clact_is_signed_by_the_direction_and_by_the_staff_representatives(cast: FundingCast) -> None:
    grant = awarded(cast)
    row = open_agreement(cast, grant)
    sign(cast.officer, row, ["authority"])
    sign(cast.director, row, ["direction"])
    with acting_as(cast.director):
        assert selectors.may_finalise(row).reason == "Signature attendue : les représentants du personnel."
        assert Grant.objects.get(pk=grant.pk).state == "to_sign"
    sign(cast.staff, row, ["staff"], on=date(2024, 2, 19))
    with acting_as(cast.director):
        done = Grant.objects.get(pk=grant.pk)
        assert (done.state, done.signed_on) == ("in_force", date(2024, 2, 19))
        assert {one.party: one.signed_on for one in row.signatures.all()} == {
            "authority": SIGNED, "direction": SIGNED, "staff": date(2024, 2, 19),
        }  # fmt: skip


def test_each_party_brings_its_own_signature_on_a_copy_of_the_text(cast: FundingCast) -> None:
    row = open_agreement(cast, awarded(cast))
    with pytest.raises(Refused, match="déposée par elle"):
        sign(cast.director, row, ["authority"])
    with pytest.raises(Refused, match="représentants du personnel pour leur part"):
        sign(cast.staff, row, ["direction"])
    with pytest.raises(Refused, match="Seules les parties"):
        sign(cast.fund, row, ["direction"])
    with acting_as(cast.director):
        for said, problem in (
            (services.Copy("CONV-000000000000", SIGNED, "a.pdf", COPY), "référence"),
            (services.Copy(row.reference, date(2024, 1, 15), "a.pdf", COPY), "existe depuis le"),
            (services.Copy(row.reference, date(2024, 2, 21), "a.pdf", COPY), "existe depuis le"),
            (services.Copy(row.reference, SIGNED, "a.pdf", b"\x89PNG\r\n\x1a\n"), "pas un PDF"),
            (services.Copy(row.reference, SIGNED, "a.pdf", b"%PDF-1.7"), "incomplet"),
        ):
            with pytest.raises(DomainError, match=problem):
                services.take_signatures(
                    actor=cast.director, agreement_id=row.pk, parties=["direction"], copy=said, at=FEBRUARY
                )
    sign(cast.director, row, ["direction"])
    with pytest.raises(DomainError, match="Déjà signé"):
        sign(cast.director, row, ["direction"])


def test_an_agreement_taken_back_is_not_signed_any_more(cast: FundingCast) -> None:
    grant = awarded(cast)
    row = open_agreement(cast, grant)
    with acting_as(cast.officer):
        services.resume_agreement(actor=cast.officer, grant_id=grant.pk, reason="Une action manque", at=FEBRUARY)
    with pytest.raises(Refused, match="retiré"):
        sign(cast.director, row, ["direction"])
    again = open_agreement(cast, grant, at=FEBRUARY)
    assert again.pk != row.pk
    assert sign(cast.officer, again, on=date(2024, 2, 20)).signed_on == date(2024, 2, 20)


def adopt_socle(cast: FundingCast, at: datetime, label: str = "Réduire le port de charges") -> None:
    with acting_as(cast.officer):
        socle = socles.prepare_socle(actor=cast.officer, title="Socle minimum", at=at)
        socles.add_practice(
            actor=cast.officer, socle_id=socle.pk, label=label, for_staff=True, for_residents=True, at=at
        )
    with acting_as(cast.decider):
        socles.adopt_socle(actor=cast.decider, socle_id=socle.pk, at=at)


@pytest.mark.req("S0-1-01")
def test_a_clact_is_not_signed_without_its_socle_whose_version_is_frozen(cast: FundingCast) -> None:
    grant = awarded(cast)
    row = open_agreement(cast, grant)
    adopt_socle(cast, JANUARY)
    with pytest.raises(Refused, match="socle minimum de bonnes pratiques"):
        sign(cast.officer, row)
    with acting_as(cast.officer):
        assert Grant.objects.get(pk=grant.pk).state == "to_sign"
        services.resume_agreement(actor=cast.officer, grant_id=grant.pk, reason="Joindre le socle", at=JANUARY)
    row = open_agreement(cast, grant)
    sign(cast.officer, row)
    adopt_socle(cast, FEBRUARY, "Une autre pratique")
    with acting_as(cast.officer):
        assert Grant.objects.get(pk=grant.pk).state == "in_force"
        kept = Agreement.objects.get(pk=row.pk)
        assert kept.socle
        assert kept.socle.number == 1
        assert kept.content["socle"]["version"] == 1
        assert [one["label"] for one in kept.content["socle"]["practices"]] == ["Réduire le port de charges"]
        latest = selectors.current_socle(grant.authority_id)
        assert latest
        assert latest.number == 2


@pytest.mark.req("S0-1-02")
def test_each_practice_of_the_socle_has_its_purposes(cast: FundingCast) -> None:
    with acting_as(cast.officer):
        socle = socles.prepare_socle(actor=cast.officer, title="Socle minimum", at=JANUARY)
        with pytest.raises(DomainError, match="finalité"):
            socles.add_practice(
                actor=cast.officer,
                socle_id=socle.pk,
                label="Sans finalité",
                for_staff=False,
                for_residents=False,
                at=JANUARY,
            )
        for label, staff, residents in (("Deux", True, True), ("Salariés", True, False), ("Résidents", False, True)):
            socles.add_practice(
                actor=cast.officer, socle_id=socle.pk, label=label, for_staff=staff, for_residents=residents, at=JANUARY
            )
        assert [one.label for one in selectors.list_practices(socle, "salaries")] == ["Deux", "Salariés"]
        assert [one.label for one in selectors.list_practices(socle, "residents")] == ["Deux", "Résidents"]
        both = socle.practices.get(label="Deux")
        assert both.purposes == [
            "préserver l’état de santé des salariés", "assurer la qualité de prise en charge des résidents"
        ]  # fmt: skip


def test_the_agreement_is_a_document_with_a_mark_on_each_page(cast: FundingCast) -> None:
    from avenant.foundations.documents import marks

    row = open_agreement(cast, awarded(cast))
    with acting_as(cast.officer):
        pdf = print_agreement(row, at=JANUARY).pdf
        assert print_agreement(row, at=JANUARY).pdf == pdf
    read = list(marks.read(pdf))
    assert [str(one) for one in read] == [f"AVENANT {row.reference} {n}/{len(read)}" for n in range(1, len(read) + 1)]


def test_the_signatures_are_asked_and_followed(cast: FundingCast) -> None:
    from avenant.foundations.journal.models import DueItem
    from avenant.foundations.messages.models import Notice

    grant = in_force(cast)
    with acting_as(cast.director):
        states = DueItem.objects.filter(key__startswith="agreement:").values_list("state", flat=True)
        assert set(states) == {"done"}
        assert Notice.objects.filter(person_id=cast.director.person_id, title__contains="à signer").count() == 1
    with acting_as(cast.officer):
        assert DueItem.objects.filter(key=f"grant:{grant.pk}:lapse", state="open").exists()
        due = DueItem.objects.get(key__startswith="instalment:", state="open")
        assert due.due_at == datetime(2024, 3, 17, 4, tzinfo=UTC)
