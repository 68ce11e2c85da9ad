"""One figure travels from a service to a signed-off review."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from tests.support.cast import Cast
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, JANUARY, Story

from avenant.domain.decision import Refused
from avenant.domain.indicators import Provider
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.selectors import list_due
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.consolidation import printing, selectors, services
from avenant.indicators.consolidation.models import BenchmarkLine, RegionalFigure, ReviewItem
from avenant.indicators.declarations.models import DeclaredValue, DraftValue, Question, Submission
from avenant.indicators.declarations.services import control, entry, opening
from avenant.indicators.declarations.sheet import sheet

pytestmark = pytest.mark.django_db
MARCH = datetime(2026, 3, 9, 9, tzinfo=UTC)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


@pytest.mark.req("S3-6-14")
def test_the_contract_promises_62_indicators(story: Story, cast: Cast) -> None:
    with acting_as(cast.service):
        codes = list(story.contract.promises.values_list("definition__code", flat=True))
    counts = {
        "pdp": sum(code.startswith("pdp-") for code in codes),
        "local": sum(code.startswith("satdl-1.") for code in codes),
        "volet 2": sum(code.startswith("satdl-2.") for code in codes),
        "volet 3": sum(code.startswith("satdl-3.") for code in codes),
        "annexe 4": sum(code.startswith("a4-") for code in codes),
    }
    assert counts == {"pdp": 14, "local": 26, "volet 2": 9, "volet 3": 7, "annexe 4": 6}
    assert len(set(codes)) == 62


@pytest.mark.req("S3-6-16")
def test_the_service_fills_61_and_awaits_one_from_the_social_service(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part()
    with acting_as(cast.service):
        filled = sheet(cast.service, part)
        awaited = [row.definition.code for row in filled.rows if not row.own]
    assert len(filled.own_rows) == 61
    assert awaited == ["pdp-1.4"]
    social = story.part(Provider.SOCIAL_SERVICE)
    with acting_as(cast.social_service):
        assert [row.definition.code for row in sheet(cast.social_service, social).rows] == ["pdp-1.4"]


@pytest.mark.req("S3-6.1.4-01")
def test_indicator_1_4_is_the_social_services_and_shown_on_the_services_form(story: Story, cast: Cast) -> None:
    story.campaign()
    part, social = story.part(), story.part(Provider.SOCIAL_SERVICE)
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == "pdp-1.4")
        assert row.own == ()
        with pytest.raises(Refused, match="service social"):
            entry.save_entry(
                actor=cast.service, part_id=part.pk, entry=entry.Entry(row.record.pk, {"total": "3"}), at=FEBRUARY
            )
    story.type(social, "pdp-1.4", "15")
    story.submit(social)
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == "pdp-1.4")
    assert row.answer.value == {"total": 15}


@pytest.mark.req("S3-6-17")
def test_a_campaign_is_on_the_year_before_unique_and_a_validated_value_changes_only_reopened(
    story: Story, cast: Cast
) -> None:
    campaign = story.campaign()
    with acting_as(cast.labour), pytest.raises(Refused, match="existe déjà"):
        story.campaign()
    assert campaign.year == JANUARY.year - 1
    part = story.hand_in()
    story.validate(part)
    with pytest.raises(Refused, match="validée"):
        story.type(part, "pdp-1.10", "21")
    with acting_as(cast.labour):
        control.reopen_part(actor=cast.labour, part_id=part.pk, reason="chiffre rectifié", at=MARCH)
    story.type(part, "pdp-1.10", "21", at=MARCH)
    story.type(part, "satdl-1.2.8", "21", at=MARCH)
    story.settle(part, at=MARCH)
    story.submit(part, at=MARCH)
    with acting_as(cast.labour):
        kept = DeclaredValue.objects.filter(submission__part=part, definition__code="pdp-1.10").order_by(
            "submission__number"
        )
        assert [value.value for value in kept] == [{"total": 20}, {"total": 21}]


@pytest.mark.req("S3-6-18")
@pytest.mark.parametrize(
    ("committee", "last_day"),
    [
        (date(2026, 4, 10), date(2026, 3, 11)),
        (date(2026, 3, 1), date(2026, 1, 31)),
        (date(2026, 3, 2), date(2026, 1, 31)),
    ],
)
def test_the_deadline_is_thirty_days_before_the_committee(
    story: Story, cast: Cast, committee: date, last_day: date
) -> None:
    campaign = story.campaign(committee_on=committee)
    assert campaign.due_at.astimezone(campaign.territory_zone).date() == last_day + timedelta(days=1)


@pytest.mark.req("S3-6-18")
def test_moving_the_committee_moves_the_deadline_and_the_due_items(story: Story, cast: Cast) -> None:
    campaign = story.campaign()
    with acting_as(cast.labour):
        moved = opening.move_committee(
            actor=cast.labour, campaign_id=campaign.pk, committee_on=date(2026, 4, 17), at=JANUARY
        )
    assert moved.due_at - campaign.due_at == timedelta(days=7) - timedelta(hours=0)
    with acting_as(cast.service):
        assert list_due(cast.service).get().due_at == moved.due_at


def test_what_is_not_handed_in_is_the_providers_alone(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part()
    story.type(part, "pdp-1.10", "398")
    for reader in (cast.labour, cast.fund, cast.social_service):
        with acting_as(reader):
            assert not DraftValue.objects.exists(), "row level security, whatever the filter"
            assert all(row.stated is None for row in sheet(reader, part).rows)
    with acting_as(cast.service):
        assert DraftValue.objects.visible_to(cast.service).count() == 1


def test_one_figure_travels_from_a_service_to_a_signed_off_review(story: Story, cast: Cast) -> None:
    campaign = story.campaign()
    part = story.part()
    with acting_as(cast.service):
        assert list_due(cast.service).get().page == part.page()
    story.fill(part)
    story.type(part, "pdp-1.10", "398")
    story.type(part, "pdp-1.11", "402")
    with pytest.raises(Refused, match="bloquant"):
        story.submit(part)
    story.type(part, "pdp-1.11", "371")
    story.settle(part)
    submission = story.submit(part)
    assert len(submission.sha256) == 64

    with acting_as(cast.labour):
        assert list_due(cast.labour).filter(key__endswith="control").count() == 1
        question = control.Asked("Quelle nouvelle procédure ?", None)
        control.return_part(actor=cast.labour, part_id=part.pk, reason="à préciser", questions=[question], at=FEBRUARY)
    with acting_as(cast.service):
        asked = Question.objects.visible_to(cast.service).get()
        control.answer_question(actor=cast.service, question_id=asked.pk, text="Depuis mars.", at=FEBRUARY)
    story.settle(part)
    story.submit(part)
    story.validate(part)
    for provider in (Provider.SOCIAL_SERVICE, Provider.FUND_PREVENTION):
        other = story.hand_in(provider, amount=4)
        story.validate(other)
    with acting_as(cast.labour):
        assert not list_due(cast.labour).exists()
        assert not DueItem.objects.visible_to(cast.labour).filter(state="open").exists()

    with as_system():
        services.consolidate_campaign(campaign_id=campaign.pk, at=MARCH)
        first = RegionalFigure.objects.count()
        services.consolidate_campaign(campaign_id=campaign.pk, at=MARCH)
        assert RegionalFigure.objects.count() == first == 62
    with acting_as(cast.labour):
        figure = RegionalFigure.objects.visible_to(cast.labour).get(definition__code="pdp-1.10")
        assert figure.result["parts"]["total"]["value"] == "398"
        assert (figure.contributors, figure.expected) == (1, 1)
    with acting_as(cast.service):
        assert not RegionalFigure.objects.exists()
        line = BenchmarkLine.objects.visible_to(cast.service).filter(definition__code="pdp-1.10")
        assert not line, "one service alone has nobody to be compared with"

    with acting_as(cast.labour):
        review = services.open_review(actor=cast.labour, contract_id=story.contract.pk, year=2025, at=MARCH)
        with pytest.raises(Refused, match="volet 1, volet 2, volet 3"):
            services.sign_off_review(actor=cast.labour, review_id=review.pk, at=MARCH)
        for strand in ("volet-1", "volet-2", "volet-3"):
            services.write_strand(
                actor=cast.labour, review_id=review.pk, strand=strand, text="Ce qui s’est fait.", at=MARCH
            )
        services.add_item(
            actor=cast.labour, review_id=review.pk, kind=ReviewItem.Kind.IMPROVEMENT,
            content={"text": "Former les équipes", "owner": cast.organisation("satdl"), "due_on": date(2026, 9, 1)},
        )  # fmt: skip
        services.sign_off_review(actor=cast.labour, review_id=review.pk, at=MARCH)
        with pytest.raises(Refused, match="arrêté"):
            services.write_strand(actor=cast.labour, review_id=review.pk, strand="volet-1", text="après coup", at=MARCH)
    with as_system():
        printing.print_review(review_id=review.pk)
    with acting_as(cast.fund):
        signed = selectors.get_review(cast.fund, review.pk)
        assert len(signed.sha256) == 64
        rows = [row for strand in signed.content["quantitative"] for group in strand["groups"] for row in group["rows"]]
        assert next(row for row in rows if row["code"] == "1.10*")["value"] == "398"


@pytest.mark.req("S3-6.1.3.3-01")
def test_requests_of_partners_are_counted_and_their_direction_may_be_said(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part()
    story.type(part, "satdl-1.3.3", {"total": "22"})
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == "satdl-1.3.3")
        assert row.answer.value == {"total": 22}
        direction = row.definition.component("direction")
    assert [choice.label for choice in direction.choices][:2] == ["Vers les partenaires", "Venues des partenaires"]
    assert row.definition.printed_code == "1.3.3"
    assert row.definition.label == "Sollicitations de partenaires extérieurs"
    assert not row.definition.in_dgt_survey
    for key in ("to", "from"):
        story.type(part, "satdl-1.3.3", {"total": "22", "direction": key})
        with acting_as(cast.service):
            kept = DraftValue.objects.get(definition__code="satdl-1.3.3").value
        assert kept == {"total": 22, "direction": key}


def test_a_double_click_hands_in_once(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part(Provider.SOCIAL_SERVICE)
    story.type(part, "pdp-1.4", "15")
    with acting_as(cast.social_service):
        first = control.submit_part(actor=cast.social_service, part_id=part.pk, at=FEBRUARY, expected=1)
        again = control.submit_part(actor=cast.social_service, part_id=part.pk, at=FEBRUARY, expected=1)
        assert first == again
        assert Submission.objects.filter(part=part).count() == 1


def test_one_second_after_the_closing_nothing_is_handed_in(story: Story, cast: Cast) -> None:
    campaign = story.campaign()
    part = story.part(Provider.SOCIAL_SERVICE)
    story.type(part, "pdp-1.4", "15")
    closing = MARCH
    with acting_as(cast.labour):
        opening.close_campaign(actor=cast.labour, campaign_id=campaign.pk, reason="date passée", at=closing)
    for at in (closing, closing + timedelta(seconds=1)):
        with pytest.raises(Refused, match="close depuis"):
            story.submit(part, at=at)
    assert story.submit(part, at=closing - timedelta(seconds=1))


def test_two_people_in_one_declaration_never_overwrite_each_other(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part()
    story.type(part, "pdp-1.10", "398")
    with acting_as(cast.contributor):
        row = next(one for one in sheet(cast.contributor, part).rows if one.definition.code == "pdp-1.10")
        typed = entry.Entry(row.record.pk, {"total": "400"}, seen=None)
        with pytest.raises(entry.StaleForm, match="Responsable CPOM a enregistré"):
            entry.save_entry(actor=cast.contributor, part_id=part.pk, entry=typed, at=FEBRUARY)
        knowing = entry.Entry(row.record.pk, {"total": "400"}, seen=row.stated.saved_at)  # type: ignore[union-attr]
        entry.save_entry(actor=cast.contributor, part_id=part.pk, entry=knowing, at=FEBRUARY)
        assert DraftValue.objects.get(definition=row.record).value == {"total": 400}
        history = DraftValue.pgh_event_model.objects.order_by("pgh_id")  # type: ignore[attr-defined]
        assert [event.value for event in history] == [{"total": 398}, {"total": 400}]


def test_what_cannot_be_read_is_kept_as_typed_and_blocks(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part(Provider.SOCIAL_SERVICE)
    story.type(part, "pdp-1.4", "quinze")
    with acting_as(cast.social_service):
        row = sheet(cast.social_service, part).rows[0]
        assert row.fields[0].value == "quinze"
        assert row.weight == "blocking"
    with pytest.raises(Refused, match="bloquant"):
        story.submit(part)
