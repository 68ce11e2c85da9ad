"""Lists of establishments: private until shared, matched by SIRET without showing one side's list to the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.http import Http404
from tests.support.cast import Cast
from tests.support.establishments import make_sirets
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.domain.decision import Refused, Severity
from avenant.domain.indicators import Provider
from avenant.foundations.journal.models import Event
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.registers import selectors, services
from avenant.indicators.registers.models import EstablishmentList, ListedEstablishment, Match, MatchSide
from avenant.indicators.registers.policies import QUESTIONS, SMALLEST_LIST
from avenant.indicators.registers.reading import ListLine

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
OURS = make_sirets(80)
COG = OURS[:15] + make_sirets(200, start=1_000)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def bring(
    story: Story, sirets: Sequence[str], *, kind: str = "trained", strand: str = "volet-2", actor: Actor | None = None,
    as_of: date = date(2025, 12, 31),
) -> EstablishmentList:  # fmt: skip
    actor = actor or story.cast.service
    with acting_as(actor):
        return services.import_list(
            actor=actor, circle_id=story.contract.circle_id, kind=kind, strand=strand, year=2025, as_of=as_of,
            lines=[ListLine(siret) for siret in sirets], at=AT,
        )  # fmt: skip


def bring_cog(story: Story, sirets: Sequence[str] = COG) -> EstablishmentList:
    fund = story.cast.fund
    with acting_as(fund):
        return services.import_list(
            actor=fund, circle_id=None, kind="cog", strand="", year=2025, as_of=date(2025, 12, 31),
            lines=[ListLine(siret) for siret in sirets], at=AT,
        )  # fmt: skip


def ask(story: Story, listing: EstablishmentList) -> Match:
    with acting_as(story.cast.service):
        return services.ask_match(actor=story.cast.service, list_id=listing.pk, at=AT)


def answer() -> None:
    with as_system(), transaction.atomic():
        services.answer_matches(at=AT)


def seen(actor: Actor, table: str) -> int:
    with acting_as(actor), connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  table names of this file
        return int(cursor.fetchone()[0])


def row_of(story: Story, provider: Provider, code: str) -> Any:
    actor, part = story.holder(provider), story.part(provider)
    with acting_as(actor):
        return next(one for one in sheet(actor, part).rows if one.definition.code == code)


@pytest.mark.parametrize(
    ("code", "kind", "strand"),
    [
        pytest.param("a4-v2-1", "trained", "volet-2", marks=pytest.mark.req("S3-6.V2-01")),
        ("a4-v3-1", "trained", "volet-3"),
        pytest.param("a4-v3-3", "targeted", "volet-3", marks=pytest.mark.req("S3-6.V3-03")),
    ],
)
def test_80_establishments_of_which_15_followed_by_the_fund(
    story: Story, cast: Cast, code: str, kind: str, strand: str
) -> None:
    story.campaign()
    bring_cog(story)
    match = ask(story, bring(story, OURS, kind=kind, strand=strand))
    answer()

    # The service is proposed its total, the fund the part that it follows; parts of the value stay each its own.
    assert row_of(story, Provider.SERVICE, code).proposal["total"] == 80
    fund_row = row_of(story, Provider.FUND_PREVENTION, code)
    assert fund_row.proposal["of_which"] == 15
    assert [field.proposal for field in fund_row.fields] == ["15"]

    # Neither side has seen the other's list: no row, no number beyond those that it gave.
    assert seen(cast.service, "registers_listedestablishment") == 80
    assert seen(cast.fund, "registers_listedestablishment") == len(COG)
    assert seen(cast.labour, "registers_listedestablishment") == 0
    for side, given in ((cast.service, OURS), (cast.fund, COG)):
        with acting_as(side):
            assert set(selectors.matched_sirets(side, match)) == set(OURS[:15]) <= set(given)
            assert MatchSide.objects.count() == 1
    with acting_as(cast.labour):
        assert selectors.matched_sirets(cast.labour, match) == []
        assert selectors.list_matches(cast.labour).get().of_which == 15

    # Total 80: of which 15 and 80 are accepted, 81 is an error.
    part = story.part()
    fund_part = story.part(Provider.FUND_PREVENTION)
    _hand_in_total(story, part, code)
    for of_which, wrong in (("15", False), ("80", False), ("81", True)):
        story.type(fund_part, code, {"of_which": of_which})
        blocking = [
            one for one in row_of(story, Provider.FUND_PREVENTION, code).findings if one.severity is Severity.BLOCKING
        ]
        assert bool(blocking) is wrong, of_which


def _hand_in_total(story: Story, part: Any, code: str) -> None:
    """The service hands its part in with 80 for ``code``."""
    story.fill(part)
    story.type(part, code, "80")
    story.settle(part)
    story.submit(part)


def test_a_match_waits_for_the_list_of_the_fund(story: Story, cast: Cast) -> None:
    match = ask(story, bring(story, OURS))
    answer()
    with acting_as(cast.service):
        assert selectors.list_matches(cast.service).get().answered_at is None
        assert selectors.proposals(cast.service, cast.organisation("satdl"), 2025) == {"a4-v2-1": {"total": 80}}
    bring_cog(story, COG[: SMALLEST_LIST - 1])
    answer()
    with acting_as(cast.service):
        assert selectors.list_matches(cast.service).get().answered_at is None
    bring_cog(story)
    answer()
    answer()  # a worker killed in the middle runs again: nothing more
    with acting_as(cast.service):
        assert Match.objects.get(pk=match.pk).of_which == 15
        verbs = list(Event.objects.filter(subject=match.pk).order_by("verb").values_list("verb", flat=True))
    assert verbs == ["match.answer", "match.ask"]


def test_tiny_lists_are_not_matched(story: Story) -> None:
    with pytest.raises(Refused, match="moins de 5"):
        ask(story, bring(story, OURS[: SMALLEST_LIST - 1]))
    assert ask(story, bring(story, OURS[:SMALLEST_LIST])).total == SMALLEST_LIST


def test_the_same_question_is_not_asked_twice(story: Story) -> None:
    listing = bring(story, OURS)
    ask(story, listing)
    for twin in (listing, bring(story, OURS[::-1], as_of=date(2026, 1, 15))):
        with pytest.raises(Refused, match="déjà demandé"):
            ask(story, twin)
    assert ask(story, bring(story, OURS, strand="volet-3")).total == 80


def test_probing_is_bounded_and_each_question_is_in_the_journal(story: Story, cast: Cast) -> None:
    for number in range(QUESTIONS):
        ask(story, bring(story, OURS[: 70 + number]))
    with pytest.raises(Refused, match="3 rapprochements"):
        ask(story, bring(story, OURS))
    with acting_as(cast.fund):
        assert Event.objects.filter(verb="match.ask").count() == QUESTIONS


def test_a_list_is_its_owner_s_alone_until_shared(story: Story, cast: Cast) -> None:
    listing = bring(story, OURS)
    assert seen(cast.labour, "registers_establishmentlist") == 0
    with acting_as(cast.labour), pytest.raises(Http404):
        selectors.get_list(cast.labour, listing.pk)
    with acting_as(cast.service):
        assert not Event.objects.filter(subject=listing.pk).exists()
        services.share_list(actor=cast.service, list_id=listing.pk, at=AT)
    for party in (cast.labour, cast.fund):
        with acting_as(party):
            shown = selectors.get_list(party, listing.pk)
            assert shown.shared
            assert selectors.list_lines(party, shown).count() == 80
            for refused in (services.share_list, services.ask_match):
                with pytest.raises(Refused):
                    refused(actor=party, list_id=listing.pk, at=AT)
            with pytest.raises(Refused):
                services.discard_list(actor=party, list_id=listing.pk)
    assert seen(cast.outsider, "registers_establishmentlist") == 0
    assert seen(cast.other_service, "registers_listedestablishment") == 0


def test_a_row_cannot_be_made_private_to_another(story: Story, cast: Cast) -> None:
    listing = bring(story, OURS)
    other = cast.organisation("carsat-sud-est")
    with acting_as(cast.service), pytest.raises(Exception, match="row-level security"), transaction.atomic():
        ListedEstablishment.objects.filter(listing=listing).update(private_to=other)
    with as_system(), pytest.raises(IntegrityError, match="private_to_its_owner"), transaction.atomic():
        EstablishmentList.objects.filter(pk=listing.pk).update(private_to=other)


def test_who_brings_which_list(story: Story, cast: Cast) -> None:
    for actor, kind, strand in (
        (cast.service, "cog", ""),
        (cast.fund, "trained", "volet-2"),
        (cast.labour, "trained", "volet-2"),
        (cast.social_service, "cog", ""),
    ):
        with pytest.raises(Refused):
            bring(story, OURS, kind=kind, strand=strand, actor=actor)


def test_a_list_brought_by_mistake_is_taken_back_unless_it_was_used(story: Story, cast: Cast) -> None:
    mistake, used = bring(story, OURS[:10]), bring(story, OURS)
    ask(story, used)
    with acting_as(cast.service):
        services.discard_list(actor=cast.service, list_id=mistake.pk)
        with pytest.raises(Refused, match="conservée"):
            services.discard_list(actor=cast.service, list_id=used.pk)
    assert seen(cast.service, "registers_listedestablishment") == 80


@pytest.mark.req("S3-6.V2-06")
def test_an_establishment_of_two_strands_counts_once_in_the_contract(story: Story, cast: Cast) -> None:
    satdl = cast.organisation("satdl")

    def totals() -> Any:
        with acting_as(cast.service):
            return selectors.distinct_totals(
                cast.service, service=satdl, circle_id=story.contract.circle_id, year=2025
            ).get("établissements formés")

    assert totals() is None  # no list at all: numbers alone give no total
    bring(story, OURS[:1], strand="volet-2")
    alone = totals()
    assert alone.value is None
    assert "volet 3" in alone.reason
    bring(story, OURS[:1], strand="volet-3")
    assert totals().value == 1
    with acting_as(cast.service):
        proposed = selectors.proposals(cast.service, satdl, 2025)
    assert (proposed["a4-v2-1"], proposed["a4-v3-1"]) == ({"total": 1}, {"total": 1})
    bring(story, OURS[1:3], strand="volet-1")
    assert totals().value == 3  # strand 1 is not asked for, but joins when it is listed


def test_the_newest_list_is_the_one_that_counts(story: Story, cast: Cast) -> None:
    bring(story, OURS, as_of=date(2025, 12, 31))
    bring(story, OURS[:40], as_of=date(2025, 6, 30))
    with acting_as(cast.service):
        assert selectors.proposals(cast.service, cast.organisation("satdl"), 2025)["a4-v2-1"] == {"total": 80}
