"""Other rules tried on the dossiers of a call, before publishing or revising."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import OCTOBER, SEPTEMBER, FundingCast, draft_of_2023, fill, hand_in, open_for, partners
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.rules.parameters import BadParameter
from avenant.foundations import clock
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls import services as calls
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, WhatIf, WhatIfLine
from avenant.funding.dossiers.services import opening, trying

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


@pytest.fixture
def dossiers(cast: FundingCast, call: PublishedCall) -> list[Dossier]:
    """One of 100,000 €, one of 28,000 €: both handed in."""
    first = open_for(cast.director, call)
    fill(cast.director, first)
    second = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, second, cost="28000.00", asked="11200.00")
    hand_in(cast.director, first)
    hand_in(cast.other_director, second)
    return [first, second]


def tried(cast: FundingCast, call: PublishedCall, **values: object) -> WhatIf:
    with acting_as(cast.officer):
        essay = trying.ask_what_if(actor=cast.officer, call=call, values=values, at=OCTOBER)
    with as_system():
        return trying.answer_what_if(essay_id=essay.pk, at=OCTOBER)


def test_a_higher_minimum_refuses_one_dossier_and_says_which_rule(
    cast: FundingCast, call: PublishedCall, dossiers: list[Dossier]
) -> None:
    essay = tried(cast, call, min_project=28000)
    assert (essay.done, essay.total, essay.refused_after) == (2, 2, 0)  # exactly at the minimum it passes
    essay = tried(cast, call, min_project="28000.01")
    assert (essay.refused_before, essay.refused_after) == (0, 1)
    with acting_as(cast.officer):
        line = WhatIfLine.objects.get(essay=essay)
        assert (line.dossier_id, line.after, line.rules) == (dossiers[1].pk, "fail", ["minimum"])


def test_another_rate_changes_the_aid_of_all_and_nothing_that_was_handed_in(
    cast: FundingCast, call: PublishedCall, dossiers: list[Dossier]
) -> None:
    essay = tried(cast, call, rate=30)
    assert (essay.grant_before, essay.grant_after) == (Decimal("51200.00"), Decimal("38400.00"))
    with acting_as(cast.officer):
        assert {(one.grant_before, one.grant_after) for one in WhatIfLine.objects.all()} == {
            (Decimal("40000.00"), Decimal("30000.00")), (Decimal("11200.00"), Decimal("8400.00")),
        }  # fmt: skip
        assert Dossier.objects.get(pk=dossiers[0].pk).grant == Decimal("40000.00")
    with as_system():
        assert trying.answer_what_if(essay_id=essay.pk, at=OCTOBER).done == 2  # the job run again changes nothing
        assert WhatIfLine.objects.count() == 2


def test_only_the_authority_tries_and_only_what_changes(cast: FundingCast, call: PublishedCall) -> None:
    with acting_as(cast.fund), pytest.raises(Refused):
        trying.ask_what_if(actor=cast.fund, call=call, values={"rate": 30}, at=OCTOBER)
    with acting_as(cast.officer):
        with pytest.raises(DomainError, match="au moins un"):
            trying.ask_what_if(actor=cast.officer, call=call, values={"rate": 40}, at=OCTOBER)
        with pytest.raises(BadParameter):
            trying.ask_what_if(actor=cast.officer, call=call, values={"rate": "100.01"}, at=OCTOBER)
    assert signed_in(cast.director).get(reverse("dossiers:what-ifs", args=[call.call_id])).status_code == 404


def test_the_pages_show_the_progress_the_totals_and_each_dossier(
    cast: FundingCast, call: PublishedCall, dossiers: list[Dossier]
) -> None:
    officer, place = signed_in(cast.officer), reverse("dossiers:what-ifs", args=[call.call_id])
    page = officer.get(place)
    assert page.status_code == 200
    typed = {
        name: field.initial or "" for name, field in page.context["form"].fields.items()
    }  # what the browser sends back
    typed = {f"p-{name}": value for name, value in typed.items()} | {"p-rate": "30", "dossiers": call.key}
    made = officer.post(place, typed)
    assert made.status_code == 302
    waiting = officer.get(made.url).content.decode()
    assert "Évaluation en cours" in waiting
    assert 'hx-trigger="every 1s"' in waiting
    with as_system():
        trying.answer_what_if(essay_id=WhatIf.objects.get().pk, at=OCTOBER)
    done = officer.get(made.url).content.decode().replace("\u202f", " ").replace("\xa0", " ")
    for words in ("51 200,00 €", "38 400,00 €", "2 sur 2", "Taux de prise en charge", "Aide de l’ARS"):
        assert words in done, words
    assert "<html" not in officer.get(made.url, headers={"HX-Request": "true"}).content.decode()
    with as_system():
        key = WhatIf.objects.get().pk
    for form in ("csv", "xlsx"):
        assert officer.get(reverse("dossiers:what-if-export", args=[key, form])).status_code == 200


def test_a_call_in_preparation_is_tried_on_the_dossiers_of_an_earlier_one(
    cast: FundingCast, call: PublishedCall, dossiers: list[Dossier]
) -> None:
    with acting_as(cast.officer):
        draft = draft_of_2023(key="clact-2024", year=2024, parameters={"min_project": 30000})
        new = calls.prepare_call(actor=cast.officer, draft=draft, partners=partners(), at=SEPTEMBER)
    officer, place = signed_in(cast.officer), reverse("dossiers:what-ifs", args=[new.pk])
    page = officer.get(place)
    typed = {f"p-{name}": field.initial or "" for name, field in page.context["form"].fields.items()}
    made = officer.post(place, {**typed, "dossiers": call.key})
    assert made.status_code == 302
    with as_system():
        essay = trying.answer_what_if(essay_id=WhatIf.objects.get().pk, at=OCTOBER)
    assert (essay.parameters, essay.refused_after) == ({"min_project": 30000}, 1)


def test_a_revision_is_decided_told_to_drafts_and_spares_what_was_handed_in(
    cast: FundingCast, call: PublishedCall
) -> None:
    first = open_for(cast.director, call)
    fill(cast.director, first)
    draft = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, draft)
    hand_in(cast.director, first)
    essay = tried(cast, call, rate=30)
    place = reverse("dossiers:what-if-apply", args=[essay.pk])
    assert signed_in(cast.officer).post(place, {"reason": "Enveloppe réduite."}).status_code == 403
    decider = signed_in(cast.decider)
    assert decider.post(place, {"reason": ""}).status_code == 409
    assert decider.post(place, {"reason": "Enveloppe réduite."}).status_code == 302
    call.refresh_from_db()
    assert (call.version, call.versions.first().reason) == (2, "Enveloppe réduite.")  # type: ignore[union-attr]
    with as_system():
        assert opening.follow_calls(at=OCTOBER) == 1
        assert Notice.objects.filter(key__endswith="call-version:2").count() == 1
        assert Dossier.objects.get(pk=draft.pk).grant == Decimal("30000.00")
        assert Dossier.objects.get(pk=first.pk).grant == Decimal("40000.00")
    with acting_as(cast.decider), pytest.raises(DomainError, match="prolonge"):
        calls.revise_call(
            actor=cast.decider, call_id=call.call_id, values={"submission_deadline": "2024-01-01T00:00:00"},
            reason="x", at=OCTOBER,
        )  # fmt: skip


def test_a_deposit_is_replayed_under_the_rules_of_any_day(cast: FundingCast, call: PublishedCall) -> None:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    hand_in(cast.director, made, at=OCTOBER)
    call.refresh_from_db()
    first = call.versions.get()
    essay, page = tried(cast, call, rate=30), reverse("dossiers:replay", args=[made.pk])
    revised_on = (OCTOBER + timedelta(days=3)).date()
    with acting_as(cast.decider):
        calls.revise_call(
            actor=cast.decider, call_id=call.call_id, values=essay.parameters, reason="Enveloppe.",
            at=OCTOBER + timedelta(days=3),
        )  # fmt: skip
    director = signed_in(cast.director)
    same = director.get(page, {"jour": (revised_on - timedelta(days=1)).isoformat()})
    assert same.context["told"].same
    assert "Mêmes constats" in same.content.decode()
    other = director.get(page, {"jour": revised_on.isoformat()})
    assert (other.context["told"].version.number, other.context["told"].evaluation.grant) == (2, Decimal("30000.00"))
    assert "40\u202f000,00\u202f€" in other.content.decode()
    assert director.get(page).context["told"].version.number == 1
    before = director.get(page, {"jour": (first.at - timedelta(days=2)).date().isoformat()})
    assert before.status_code == 422
    assert "pas publié" in before.content.decode()
    assert director.get(page, {"jour": "hier"}).status_code == 422
    with acting_as(cast.director):
        assert Dossier.objects.get(pk=made.pk).grant == Decimal("40000.00")
    assert signed_in(cast.other_director).get(page).status_code == 404
