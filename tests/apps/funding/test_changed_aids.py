"""An aid that a funder declared, corrected or withdrawn: what was judged on it stays readable and is asked again."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.reviews import DECEMBER, NOVEMBER, complete_dossier, examine, give_all, instruct, mark
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.journal.models import Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier
from avenant.funding.grants.models import Scheme
from avenant.funding.grants.services.catalogue import take_up_catalogue
from avenant.funding.reviews.models import DoubleVerdict, Instruction, PartnerAid
from avenant.funding.reviews.selectors.checks import (
    AidSearch,
    Match,
    list_aids,
    list_conflicts,
    list_matches,
    list_versions,
)
from avenant.funding.reviews.selectors.instructions import get_instruction
from avenant.funding.reviews.selectors.unlined import Unlined, list_unlined, list_unsettled
from avenant.funding.reviews.services import aids, checking, opening, opinions
from avenant.funding.reviews.services.aids import AidSaid

pytestmark = pytest.mark.django_db
LATER = DECEMBER + timedelta(days=3)
WHY = "Montant saisi deux fois"
FULL = Decimal("40000.00")


@pytest.fixture(autouse=True)
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives after the conclusions of these dossiers."""
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    """One expense of 100 000 €, from 15 January 2024 to 31 December 2025; 40 000 € are computed."""
    made = complete_dossier(cast, call)
    instruct(cast, made)
    with acting_as(cast.fund):
        take_up_catalogue(actor=cast.fund, at=NOVEMBER)
    return made


def said(**more: Any) -> AidSaid:
    """The whole cost of the dossier's expense."""
    return AidSaid(
        scheme_id=Scheme.objects.get(code="contrat-prevention").pk,
        establishment=Establishment.objects.get(finess_et="99B000001"),
        **{"label": "Accompagnement des équipes", "amount": Decimal(100_000), "cost": Decimal(100_000),
           "on": date(2024, 1, 20), "invoice": "FA-7", **more},
    )  # fmt: skip


def declare(cast: FundingCast, **more: Any) -> PartnerAid:
    with acting_as(cast.fund):
        return aids.declare_aid(actor=cast.fund, said=said(**more), at=NOVEMBER)


def correct(
    cast: FundingCast, aid: PartnerAid, *, by: Actor | None = None, reason: str = WHY, **more: Any
) -> PartnerAid:
    actor = by or cast.fund
    with acting_as(actor):
        return aids.correct_aid(actor=actor, aid_id=aid.pk, said=said(**more), reason=reason, at=LATER)


def withdraw(cast: FundingCast, aid: PartnerAid, *, by: Actor | None = None, reason: str = WHY) -> PartnerAid:
    actor = by or cast.fund
    with acting_as(actor):
        return aids.withdraw_aid(actor=actor, aid_id=aid.pk, reason=reason, at=LATER)


def tell(aid: PartnerAid) -> int:
    """What the job does."""
    with as_system():
        return aids.tell_changed_aid_for_system(aid_id=aid.pk, at=LATER)


def row(cast: FundingCast, dossier: Dossier) -> Instruction:
    with acting_as(cast.examiner):
        return get_instruction(cast.examiner, dossier.pk)


def matches(cast: FundingCast, dossier: Dossier) -> list[Match]:
    with acting_as(cast.examiner):
        return list_matches(cast.examiner, get_instruction(cast.examiner, dossier.pk))


def whole(cast: FundingCast, dossier: Dossier) -> list[Unlined]:
    with acting_as(cast.examiner):
        return list_unlined(cast.examiner, get_instruction(cast.examiner, dossier.pk))


def unsettled(cast: FundingCast, dossier: Dossier) -> list[str]:
    with acting_as(cast.examiner):
        return list_unsettled(cast.examiner, get_instruction(cast.examiner, dossier.pk))


def judge(cast: FundingCast, dossier: Dossier, *, same: bool) -> Match:
    (match,) = matches(cast, dossier)
    with acting_as(cast.examiner):
        checking.settle_double(
            actor=cast.examiner, dossier_id=dossier.pk, line=match.line, other=match.other, same=same,
            reason="Facture FA-7, vue avec la caisse.", at=NOVEMBER,
        )  # fmt: skip
    return match


def page_of(actor: Actor, dossier: Dossier) -> str:
    return signed_in(actor).get(reverse("reviews:checks", args=[dossier.pk])).content.decode()


def test_a_corrected_aid_comes_back_open_and_the_former_answer_stays_readable(
    cast: FundingCast, dossier: Dossier
) -> None:
    aid = declare(cast)
    judge(cast, dossier, same=True)
    assert row(cast, dossier).grant != FULL
    assert unsettled(cast, dossier) == []
    made = correct(cast, aid, amount=Decimal(90_000))
    (match,) = matches(cast, dossier)
    assert (match.other, match.verdict) == (f"aid:{made.pk}", None)
    (before,) = match.outdated
    assert before.verdict.person_id == cast.examiner.person_id
    assert (before.verdict.at, before.verdict.same, before.counts) == (NOVEMBER, True, False)
    assert "100\u202f000,00" in before.judged_words
    assert unsettled(cast, dossier) == ["1 rapprochement"]
    assert tell(aid) == 1
    assert row(cast, dossier).grant == FULL, "an open question excludes nothing"
    page = page_of(cast.examiner, dossier)
    assert "à regarder de nouveau" in page
    assert "Facture FA-7, vue avec la caisse." in page
    assert WHY in page
    story = signed_in(cast.labour).get(aid.story()).content.decode()
    assert "Cette déclaration a été corrigée" in story
    assert made.story() in story
    with acting_as(cast.examiner):
        checking.settle_double(
            actor=cast.examiner, dossier_id=dossier.pk, line=match.line, other=match.other, same=False,
            reason="Un autre service.", at=LATER,
        )  # fmt: skip
    assert unsettled(cast, dossier) == []
    with acting_as(cast.examiner):
        assert DoubleVerdict.objects.count() == 2, "what was said of the former is kept"


def test_a_withdrawn_aid_counts_no_more_and_is_asked_once(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    judge(cast, dossier, same=True)
    withdraw(cast, aid)
    assert matches(cast, dossier) == []
    (gone,) = whole(cast, dossier)
    assert (gone.withdrawn, gone.settled, gone.other) == (True, False, f"withdrawn:{aid.pk}")
    assert WHY in gone.why
    assert unsettled(cast, dossier) == ["1 aide"]
    tell(aid)
    assert row(cast, dossier).grant == FULL
    client = signed_in(cast.examiner)
    page = page_of(cast.examiner, dossier)
    assert "C’est vu" in page
    assert "Aucune aide déclarée" in page
    address, typed = reverse("reviews:settle-unlined", args=[dossier.pk]), {"other": gone.other, "reason": "Vu."}
    line = gone.outdated[0].verdict.line
    with acting_as(cast.examiner), pytest.raises(DomainError, match="ne finance plus rien"):
        checking.settle_unlined(
            actor=cast.examiner, dossier_id=dossier.pk, other=gone.other, line=line, reason="Non", at=LATER
        )
    assert client.post(address, {**typed, "line": "aucune"}).status_code == 302
    assert unsettled(cast, dossier) == []
    assert client.post(address, {**typed, "line": "aucune"}).status_code == 302, "a second click says it again"
    assert [one.settled for one in whole(cast, dossier)] == [True]
    with acting_as(cast.examiner):
        instruction = get_instruction(cast.examiner, dossier.pk)
        assert list_conflicts(cast.examiner, instruction, list_matches(cast.examiner, instruction)).clashes == []
        assert list(list_aids(cast.examiner, AidSearch())) == []
        assert [one.pk for one in list_aids(cast.examiner, AidSearch(withdrawn=True))] == [aid.pk]


def test_an_aid_looked_at_whole_is_looked_at_again(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast, label="Soutien", amount=Decimal(500), cost=None, invoice="")
    (found,) = whole(cast, dossier)
    with acting_as(cast.examiner):
        checking.settle_unlined(
            actor=cast.examiner,
            dossier_id=dossier.pk,
            other=found.other,
            line=None,
            reason="Rien de commun.",
            at=NOVEMBER,
        )
    assert unsettled(cast, dossier) == []
    made = correct(cast, aid, label="Soutien", amount=Decimal(500), cost=Decimal(500), invoice="")
    (again,) = whole(cast, dossier)
    assert (again.other, again.settled, again.apart) == (f"aid:{made.pk}", False, False), "its lines are known, and yet"
    assert [one.verdict.reason for one in again.outdated] == ["Rien de commun."]
    assert again.why.startswith("Corrigée par")
    third = correct(cast, made, label="Soutien", amount=Decimal(400), cost=Decimal(500), invoice="")
    (last,) = whole(cast, dossier)
    assert [one.now.pk for one in last.outdated] == [third.pk], "through each correction"
    with acting_as(cast.labour):
        assert [one.amount for one in list_versions(cast.labour, aid)] == [400, 500, 500]


def test_what_was_concluded_stays_until_it_is_reopened(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    give_all(cast, dossier)
    mark(cast, dossier)
    judge(cast, dossier, same=True)
    with acting_as(cast.examiner):
        opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Réduit.", at=DECEMBER)
    concluded = row(cast, dossier)
    made = correct(cast, aid, amount=Decimal(90_000))
    assert (tell(aid), tell(aid)) == (1, 0), "told once"
    after = row(cast, dossier)
    assert (after.grant, after.eligible, after.state) == (concluded.grant, concluded.eligible, "examined")
    (match,) = matches(cast, dossier)
    assert [one.counts for one in match.outdated] == [True]
    assert "la conclusion s’y appuie encore" in page_of(cast.officer, dossier)
    with acting_as(cast.officer):
        told = Notice.objects.get(person_id=cast.officer.person_id, key__startswith=f"aid:{aid.pk}")
        assert "ne change pas" in told.consequence
        assert Notice.objects.filter(person_id=cast.examiner.person_id, key=told.key).exists(), "its author"
        (event,) = Event.objects.filter(verb="instruction.aid_changed")
        assert (event.reason, event.subject) == (WHY, after.pk)
        opening.reopen_instruction(actor=cast.officer, dossier_id=dossier.pk, reason="Aide corrigée", at=LATER)
    assert row(cast, dossier).grant == FULL
    with acting_as(cast.examiner):
        with pytest.raises(Refused, match="1 rapprochement"):
            opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Entier.", at=LATER)
        checking.settle_double(
            actor=cast.examiner, dossier_id=dossier.pk, line=match.line, other=f"aid:{made.pk}", same=False,
            reason="Autre service.", at=LATER,
        )  # fmt: skip
        later = LATER + timedelta(hours=1)
        opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Entier.", at=later)
    assert row(cast, dossier).grant == FULL, "a former answer counts no more in the new conclusion"


def test_who_declared_an_interest_is_told_nothing_of_it(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    judge(cast, dossier, same=True)
    with acting_as(cast.examiner):
        opinions.declare_interest(actor=cast.examiner, dossier_id=dossier.pk, reason="Ancien poste", at=NOVEMBER)
    withdraw(cast, aid)
    tell(aid)
    with acting_as(cast.officer):
        people = set(Notice.objects.filter(key__startswith=f"aid:{aid.pk}").values_list("person", flat=True))
    assert cast.examiner.person_id not in people


def test_an_aid_that_nobody_judged_troubles_nobody(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    withdraw(cast, aid)
    assert tell(aid) == 0
    assert (matches(cast, dossier), whole(cast, dossier), unsettled(cast, dossier)) == ([], [], [])
    again = declare(cast)
    assert again.pk != aid.pk, "the same may be declared again"


@pytest.mark.parametrize("act", [correct, withdraw])
def test_its_funder_alone_changes_an_aid_once_and_says_why(cast: FundingCast, dossier: Dossier, act: Any) -> None:
    aid = declare(cast)
    more = {"amount": Decimal(90_000)} if act is correct else {}
    with pytest.raises(DomainError, match="Dites pourquoi"):
        act(cast, aid, reason="  ", **more)
    for other in (cast.labour, cast.examiner):
        with pytest.raises(Refused, match="CGSS"):
            act(cast, aid, by=other, **more)
    act(cast, aid, **more)
    with pytest.raises(DomainError, match="a changé depuis que vous avez ouvert la page"):
        act(cast, aid, **more)
    with acting_as(cast.labour), pytest.raises(Exception, match="its owner alone"), transaction.atomic():
        PartnerAid.objects.filter(pk=aid.pk).update(label="Autre")


def test_a_correction_changes_something_and_keeps_the_establishment(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    with pytest.raises(DomainError, match="Rien ne change"):
        correct(cast, aid)
    with pytest.raises(DomainError, match="ne dépasse pas le coût"):
        correct(cast, aid, amount=Decimal("100000.01"))
    other = Establishment.objects.get(finess_et="99B000002")
    with acting_as(cast.fund), pytest.raises(DomainError, match="reste à son établissement"):
        aids.correct_aid(
            actor=cast.fund, aid_id=aid.pk, said=replace(said(), establishment=other), reason=WHY, at=LATER
        )
    twin = declare(cast, invoice="FA-8")
    with pytest.raises(DomainError, match="déjà déclarée"):
        correct(cast, twin)
    with acting_as(cast.fund):
        assert PartnerAid.objects.filter(ended_at=None).count() == 2, "nothing half done"


def test_two_pages_open_at_once_and_what_was_typed_stays(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    client, form = signed_in(cast.fund), reverse("reviews:correct-aid", args=[aid.pk])
    with acting_as(cast.fund):
        scheme = str(aid.scheme_id)
    typed = {"correct-scheme": scheme, "correct-label": "Accompagnement", "correct-amount": "90 000,50",
             "correct-on": "2024-01-20", "correct-reason": WHY}  # fmt: skip
    assert "Corriger cette aide" in client.get(aid.story()).content.decode()
    done = client.post(form, typed)
    assert done.status_code == 302
    assert "90\u202f000,50" in client.get(done["Location"]).content.decode()
    stale = client.post(form, {**typed, "correct-label": "Autre chose"})
    assert stale.status_code == 422
    assert "a changé depuis que vous avez ouvert la page" in stale.content.decode()
    assert "Autre chose" in stale.content.decode()
    blank = client.post(reverse("reviews:withdraw-aid", args=[done["Location"].rstrip("/").split("/")[-1]]), {})
    assert blank.status_code == 422
    refused = signed_in(cast.labour).post(form, typed)
    assert refused.status_code == 403
    assert "CGSS" in refused.content.decode()
    assert signed_in(cast.director).get(aid.story()).status_code == 404


def test_a_stale_check_says_what_became_of_the_aid(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    (match,) = matches(cast, dossier)
    correct(cast, aid, amount=Decimal(90_000))
    with acting_as(cast.examiner), pytest.raises(DomainError, match="a changé depuis que vous avez ouvert la page"):
        checking.settle_double(
            actor=cast.examiner, dossier_id=dossier.pk, line=match.line, other=match.other, same=True, reason="Vu",
            at=LATER,
        )  # fmt: skip


def test_pages_keep_to_twenty_queries(cast: FundingCast, dossier: Dossier) -> None:
    first, second = declare(cast), declare(cast, label="Soutien", amount=Decimal(500), cost=None, invoice="")
    for match in matches(cast, dossier):
        with acting_as(cast.examiner):
            checking.settle_double(
                actor=cast.examiner, dossier_id=dossier.pk, line=match.line, other=match.other, same=True, reason="Vu",
                at=NOVEMBER,
            )  # fmt: skip
    correct(cast, first, amount=Decimal(90_000))
    withdraw(cast, second)
    client = signed_in(cast.examiner)
    for address in (reverse("reviews:checks", args=[dossier.pk]), reverse("reviews:instruction", args=[dossier.pk]),
                    first.story(), reverse("reviews:aids")):  # fmt: skip
        with CaptureQueriesContext(connection) as told:
            assert client.get(address).status_code == 200
        asked = [one["sql"] for one in told if "SAVEPOINT" not in one["sql"]]
        assert len(asked) <= 20, (address, len(asked), asked)


def test_the_list_shows_and_exports_the_withdrawn(cast: FundingCast, dossier: Dossier) -> None:
    aid = declare(cast)
    withdraw(cast, aid)
    client, address = signed_in(cast.labour), reverse("reviews:aids")
    assert aid.story() not in client.get(address).content.decode()
    page = client.get(address, {"etat": "retirees"}).content.decode()
    assert aid.story() in page
    assert WHY in page
    for query, there in (({}, False), ({"etat": "retirees"}, True)):
        sent = client.get(reverse("reviews:export-aids", args=["csv"]), query)
        text = (b"".join(sent) if sent.streaming else sent.content).decode("utf-8-sig")
        assert (WHY in text) is there


def test_a_dossier_examined_without_any_aid_is_as_before(cast: FundingCast, call: PublishedCall) -> None:
    other = complete_dossier(cast, call, director=cast.other_director)
    examine(cast, other)
    assert row(cast, other).grant == FULL
