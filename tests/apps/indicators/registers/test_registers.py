"""The register of a service proposes the values of its declaration."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from tests.support.cast import Cast
from tests.support.establishments import make_siret, make_sirets
from tests.support.story import Story

from avenant.domain.decision import Refused
from avenant.domain.registers import ActionKind
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.declarations.sheet import sheet
from avenant.indicators.registers import selectors, services
from avenant.indicators.registers.models import RegisteredAction
from avenant.indicators.registers.reading import ActionLine

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)
DAY = date(2025, 6, 1)
ONE, TWO = make_sirets(2)


def proposed(cast: Cast, lines: Iterable[ActionLine], year: int = 2025) -> dict[str, dict[str, int]]:
    with acting_as(cast.service):
        services.register_actions(actor=cast.service, lines=lines, at=AT)
        return selectors.proposals(cast.service, cast.organisation("satdl"), year)


@pytest.mark.req("S3-6.1.3.4-01")
def test_two_agreements_signed_in_2025_propose_2(cast: Cast) -> None:
    kind = ActionKind.AGREEMENT_SIGNED
    lines = [ActionLine(kind, DAY, label="Cap emploi"), ActionLine(kind, DAY, label="Hôpital")]
    assert proposed(cast, [*lines, ActionLine(kind, date(2024, 6, 1))]) == {"satdl-1.3.4": {"total": 2}}


@pytest.mark.req("S3-6.1.3.5-01")
def test_actions_with_25_and_40_professionals_propose_65(cast: Cast) -> None:
    kind = ActionKind.PROFESSIONALS_INFORMED
    lines = [ActionLine(kind, DAY, count=25), ActionLine(kind, DAY, count=40)]
    assert proposed(cast, lines) == {"satdl-1.3.5": {"total": 65}}


@pytest.mark.req("S3-6.2.1.3-01")
def test_an_enterprise_advised_twice_in_the_year_counts_once(cast: Cast) -> None:
    kind = ActionKind.FIPU_ADVICE
    lines = [ActionLine(kind, DAY, siret=ONE), ActionLine(kind, date(2025, 9, 1), siret=ONE)]
    lines.append(ActionLine(kind, DAY, siret=make_siret(1, establishment=2)))  # another place of the same enterprise
    assert proposed(cast, lines) == {"satdl-2.1.3": {"total": 1}}


@pytest.mark.req("S3-6.2.2.1-01")
def test_a_sheet_counts_in_an_enterprise_of_9_and_not_of_10(cast: Cast) -> None:
    kind = ActionKind.ENTERPRISE_SHEET
    assert proposed(cast, [ActionLine(kind, DAY, siret=ONE, headcount=10)]) == {"satdl-2.2.1": {"total": 0}}
    assert proposed(cast, [ActionLine(kind, DAY, siret=TWO, headcount=9)]) == {"satdl-2.2.1": {"total": 1}}


@pytest.mark.req("S3-6.2.3.1-01")
def test_4_workshops_propose_4(cast: Cast) -> None:
    lines = [ActionLine(ActionKind.WORKSHOP, DAY, label=f"séance {number}") for number in range(4)]
    assert proposed(cast, lines) == {"satdl-2.3.1": {"total": 4}}


@pytest.mark.req("S3-6.3.1.2-01")
def test_340_referents_at_31_december_propose_340(cast: Cast) -> None:
    kind = ActionKind.SAFETY_REFERENT
    held = [ActionLine(kind, DAY, siret=siret) for siret in make_sirets(340)]
    gone = [
        ActionLine(kind, DAY, date(2025, 12, 30), siret=make_siret(400)),
        ActionLine(kind, date(2026, 1, 1), siret=ONE),
    ]
    assert proposed(cast, [*held, *gone])["satdl-3.1.2"] == {"total": 340}


@pytest.mark.req("S3-6.3.1.3-01")
def test_1000_enterprises_of_which_300_have_a_referent_propose_700(cast: Cast) -> None:
    lines = [ActionLine(ActionKind.SAFETY_REFERENT, DAY, siret=siret) for siret in make_sirets(300)]
    lines += [ActionLine(ActionKind.SAFETY_REFERENT, DAY, siret=ONE, label="second référent")]
    lines += [ActionLine(ActionKind.MEMBER_ENTERPRISES, date(2025, 12, 31), count=1_000)]
    assert proposed(cast, lines)["satdl-3.1.3"] == {"total": 700}


@pytest.mark.req("S3-6.3.2.1-01")
def test_a_duerp_received_twice_from_one_enterprise_proposes_1(cast: Cast) -> None:
    kind = ActionKind.DUERP_RECEIVED
    lines = [ActionLine(kind, DAY, siret=ONE), ActionLine(kind, date(2025, 11, 3), siret=ONE)]
    assert proposed(cast, lines) == {"satdl-3.2.1": {"total": 1}}


@pytest.mark.req("S3-6.3.2.2-01")
def test_two_supports_for_one_enterprise_propose_2(cast: Cast) -> None:
    kind = ActionKind.DUERP_SUPPORT
    lines = [ActionLine(kind, DAY, siret=ONE), ActionLine(kind, date(2025, 11, 3), siret=ONE)]
    assert proposed(cast, lines) == {"satdl-3.2.2": {"total": 2}}


@pytest.mark.req("S3-6.3.2.3-01")
def test_a_pathway_started_2025_and_continued_2026_counts_once_in_each_year(cast: Cast) -> None:
    kind = ActionKind.PATHWAY
    lines = [ActionLine(kind, DAY, date(2026, 3, 1), ONE), ActionLine(kind, date(2025, 9, 1), date(2026, 9, 1), ONE)]
    assert proposed(cast, lines, 2025) == {"satdl-3.2.3": {"total": 1}}
    assert proposed(cast, [], 2026) == {"satdl-3.2.3": {"total": 1}}
    assert proposed(cast, [], 2027) == {}


def test_the_sheet_of_the_service_shows_the_proposal_beside_its_field(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    proposed(cast, [ActionLine(ActionKind.PROFESSIONALS_INFORMED, DAY, count=1_391)])
    part = story.part()
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == "satdl-1.3.5")
    assert row.proposal == {"total": 1_391}
    assert row.fields[0].proposal == "1\u202f391"
    assert not row.answer.value  # proposed, never declared for the service


def test_sending_the_same_lines_twice_doubles_nothing(cast: Cast) -> None:
    lines = [ActionLine(ActionKind.WORKSHOP, DAY), ActionLine(ActionKind.WORKSHOP, DAY)]
    with acting_as(cast.contributor):
        assert services.register_actions(actor=cast.contributor, lines=lines, at=AT) == 1
        assert services.register_actions(actor=cast.contributor, lines=lines, at=AT) == 0
        row = selectors.list_actions(cast.contributor).get()
        services.strike_action(actor=cast.contributor, action_id=row.pk)
        assert not selectors.list_actions(cast.contributor).exists()


def test_a_register_is_its_service_s_alone(cast: Cast) -> None:
    proposed(cast, [ActionLine(ActionKind.WORKSHOP, DAY)])
    for other in (cast.labour, cast.fund, cast.other_service):
        with acting_as(other), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM registers_registeredaction")
            assert cursor.fetchone() == (0,)
            assert selectors.proposals(other, cast.organisation("satdl"), 2025) == {}


def test_who_may_write(cast: Cast) -> None:
    for other in (cast.labour, cast.fund, cast.reader):
        with acting_as(other), pytest.raises(Refused, match="registre"):
            services.register_actions(actor=other, lines=[ActionLine(ActionKind.WORKSHOP, DAY)], at=AT)


def test_the_year_filter_keeps_what_lasts(cast: Cast) -> None:
    lines = [
        ActionLine(ActionKind.PATHWAY, date(2024, 5, 1), date(2025, 1, 1), ONE),
        ActionLine(ActionKind.SAFETY_REFERENT, date(2023, 5, 1), siret=ONE),
        ActionLine(ActionKind.WORKSHOP, date(2024, 12, 31)),
        ActionLine(ActionKind.PATHWAY, date(2024, 5, 1), date(2024, 12, 31), TWO),
    ]
    with acting_as(cast.service):
        services.register_actions(actor=cast.service, lines=lines, at=AT)
        found = {row.kind for row in selectors.list_actions(cast.service, year=2025)}
        assert found == {"pathway", "safety_referent"}
        assert selectors.list_actions(cast.service, year=2025).count() == 2
        assert selectors.list_actions(cast.service, kind="pathway", siret=TWO[:9]).count() == 1


@pytest.mark.parametrize(
    ("wrong", "constraint"),
    [
        ({"kind": "pathway", "siret": ""}, "of_enterprise_has_siret"),
        ({"kind": "workshop", "siret": "123"}, "siret_14_digits"),
        ({"kind": "workshop", "until": date(2025, 5, 31)}, "until_after_on"),
    ],
)
def test_the_database_refuses_an_impossible_line(cast: Cast, wrong: dict[str, object], constraint: str) -> None:
    with acting_as(cast.service):
        circle = services.own_circle(cast.service)
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            RegisteredAction.objects.create(
                circle_id=circle, private_to_id=cast.service.organisation_id, on=DAY, at=AT, **wrong
            )
