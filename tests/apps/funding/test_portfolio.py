"""The limits of a call over all its dossiers: told beside each scenario and each decision, and kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.allocation import (
    NOVEMBER,
    SITTING,
    closed,
    envelope_of,
    instructed,
    judged,
    session_on,
)
from tests.support.clients import signed_in
from tests.support.funding import FundingCast, fill, hand_in, open_for, publish

from avenant.domain.decision import DomainError
from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation import selectors
from avenant.funding.allocation.models import Award, Examined, Selection
from avenant.funding.allocation.services import deciding, scenarios, sessions
from avenant.funding.allocation.services.deciding import Decided
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.allocation.services.sessions import Proposal

pytestmark = pytest.mark.django_db
DAY = date(2023, 12, 12)
HIGH = "900000.00"
SAID = {
    "caps": {"public": HIGH}, "dossier_cap": HIGH, "own_cap": HIGH, "group_cap": HIGH, "unit_prices": {},
    "pay_by": "2027-12-31", "floors": {"978": "30000.00"}, "shares": {"971": 60},
}  # fmt: skip


@pytest.fixture
def selection(cast: FundingCast, monkeypatch: pytest.MonkeyPatch) -> Selection:
    """Two dossiers before the committee, one of Guadeloupe, one of Saint-Martin; each has 33 708,33 € computed."""
    monkeypatch.setattr(clock, "now", lambda: SITTING)
    call = publish(cast, key="exemple-2023", rulebook="exemple_fictif", parameters=SAID)
    for who, finess in ((cast.director, "99B000001"), (cast.other_director, "99B000002")):
        made = open_for(who, call, finess)
        fill(who, made, joined=("courrier",), kind="conseil")
        with acting_as(who):
            made.refresh_from_db()
            made.answers = {**made.answers, "network": False}
            made.save()
        hand_in(who, made)
        judged(made)
    instructed(call)
    return session_on(cast, call, envelope_of(cast.officer, "100000"))


def propose(cast: FundingCast, selection: Selection, *, there: str) -> None:
    with acting_as(cast.officer):
        for line in Examined.objects.filter(selection=selection):
            amount = Decimal(there) if line.territory_code == "978" else Decimal("33708.33")
            said = Proposal(
                outcome="retained" if amount == line.computed else "partly", amount=amount, reason="Limite."
            )
            sessions.propose(actor=cast.officer, line_id=line.pk, said=said, at=SITTING)


def decide(cast: FundingCast, selection: Selection) -> deciding.Report:
    with acting_as(cast.decider):
        return deciding.decide_all(actor=cast.decider, selection_id=selection.pk, decided_on=DAY, at=SITTING)


def test_a_limit_that_refuses_keeps_the_decisions_until_it_is_met(cast: FundingCast, selection: Selection) -> None:
    """Saint-Martin receives 30 000 € at least: one cent below, nothing is decided; exactly there, everything is."""
    propose(cast, selection, there="29999.99")
    closed(cast, selection)
    with pytest.raises(DomainError, match="Saint-Martin reçoit") as refused:
        decide(cast, selection)
    assert refused.value.basis == "exemple, article 11"
    page = signed_in(cast.decider).get(reverse("allocation:decisions", args=[selection.pk])).content.decode()
    assert "empêche de décider" in page
    assert "Limites sur l’ensemble de l’appel" in page
    with acting_as(cast.decider):
        line = Examined.objects.get(selection=selection, territory_code="978")
        more = Decided(amount=Decimal("30000.00"), override="Le minimum de Saint-Martin.")
        deciding.award(actor=cast.decider, line_id=line.pk, said=more, decided_on=DAY, at=SITTING)
    assert len(decide(cast, selection).done) == 1
    with acting_as(cast.decider):
        assert {one.line.territory_code: one.amount for one in Award.objects.select_related("line")} == {
            "971": Decimal("33708.33"), "978": Decimal("30000.00"),
        }  # fmt: skip
    page = signed_in(cast.decider).get(reverse("allocation:decisions", args=[selection.pk])).content.decode()
    assert "empêche de décider" not in page
    assert page.count(">tenu<") + page.count("tenu</") >= 2


def test_each_scenario_says_which_limits_it_keeps(cast: FundingCast, selection: Selection) -> None:
    """35 000 € for both: the first takes all it can, Saint-Martin is under its minimum and Guadeloupe over its share. The
    form proposes the minimum as a floor: with it, both are kept."""
    with acting_as(cast.officer):
        assert selectors.floors_of(selection.call) == {"978": Decimal("30000.00")}
        asked = [
            scenarios.ask_scenario(
                actor=cast.officer, selection_id=selection.pk, method="in_order", label=label, at=NOVEMBER,
                said=Hypotheses(envelope=Decimal(50_000), floors=floors),
            )
            for label, floors in (("sans", {}), ("avec", {"978": Decimal(30_000)}))
        ]  # fmt: skip
        selection.refresh_from_db()
        found = selectors.list_scenarios(cast.officer, selection)
        told = selectors.compare_scenarios(cast.officer, found, selectors.list_places(cast.officer, selection))
        outcomes = {one.scenario.label: [str(each.outcome) for each in one.limits] for one in told}
    assert len(asked) == 2
    assert outcomes == {"sans": ["fail", "warning"], "avec": ["pass", "pass"]}
    client = signed_in(cast.officer)
    page = client.get(reverse("allocation:scenarios", args=[selection.pk])).content.decode()
    assert "Saint-Martin reçoit" in page
    assert "30\u202f000,00" in page.split("Plancher, Saint-Martin")[1][:400]
