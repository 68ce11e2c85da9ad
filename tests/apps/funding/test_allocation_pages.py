"""The pages of the allocation, and how many lines they bear."""

from __future__ import annotations

import statistics
import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.allocation import (
    NOVEMBER,
    SITTING,
    all_present,
    copies,
    envelope_of,
    instructed,
    judged_dossier,
    session_on,
)
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.roles import as_system

from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.allocation import printing
from avenant.funding.allocation.models import Award, Envelope, Examined, Selection
from avenant.funding.allocation.services import scenarios
from avenant.funding.allocation.services.scenarios import Hypotheses
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier

pytestmark = pytest.mark.django_db
MANY = 2_000


@pytest.fixture(autouse=True)
def december(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives on the day of the committee."""
    monkeypatch.setattr(clock, "now", lambda: SITTING + timedelta(hours=3))


@pytest.fixture
def model(cast: FundingCast, call: PublishedCall) -> Dossier:
    return judged_dossier(cast, call)


def words(answer: object) -> str:
    return answer.content.decode().replace("\u202f", " ").replace("\xa0", " ")  # type: ignore[attr-defined]


def test_the_officer_walks_from_the_envelope_to_the_letters(
    cast: FundingCast, call: PublishedCall, model: Dossier
) -> None:
    """Every page by the browser: envelope, session, scenario adopted, proposal, close, decide, notify, send, ask."""
    copies(model, 2)
    instructed(call)
    officer, fund = signed_in(cast.officer), signed_in(cast.fund)
    made = officer.post(
        reverse("allocation:write-envelope"),
        {"source": "fir", "year": "2023", "territory": "R01", "label": "CLACT", "amount": "100 000", "basis": ""},
    )
    assert made.status_code == 302
    assert "100 000,00 €" in words(officer.get(reverse("allocation:envelopes")))
    assert "100 000,00 €" in words(fund.get(made.url))
    with acting_as(cast.officer):
        envelope = Envelope.objects.get()
    prepare = reverse("allocation:prepare", args=[call.key])
    assert officer.get(prepare).status_code == 200
    said = {"envelope": str(envelope.pk), "day": "2023-12-13", "starts": "09:00", "ends": "12:00", "place": "Les Abymes",
            "payroll": "reference"}  # fmt: skip
    place = officer.post(prepare, said).url
    with acting_as(cast.officer):
        selection = Selection.objects.get()
    page = words(officer.get(place))
    assert "aides calculées 120 000,00 €" in page
    asked = reverse("allocation:scenarios", args=[selection.pk])
    wrong = officer.post(asked, {"method": "in_order", "floor_971": "beaucoup"})
    assert wrong.status_code == 422
    assert "beaucoup" in words(wrong)
    assert officer.post(asked, {"method": "in_order", "partial": "on"}).status_code == 302
    told = words(officer.get(asked))
    assert "Retenu en partie au rang 3" in told
    assert "Il entrerait en entier avec 20 000,00 € de plus" in told
    with acting_as(cast.officer):
        scenario = selection.scenarios.get()
    officer.post(reverse("allocation:adopt", args=[scenario.pk]))
    with acting_as(cast.officer):
        last = Examined.objects.get(selection=selection, rank=3)
    form = {"proposal-outcome": "refused", "proposal-amount": "", "proposal-reason": "", "proposal-override": ""}
    again = officer.post(reverse("allocation:propose", args=[last.pk]), form)
    assert again.status_code == 422
    assert "« non retenu » a son motif" in words(again).replace("«\xa0", "« ")
    form |= {"proposal-reason": "Hors orientations.", "proposal-override": "Avis du comité."}
    assert officer.post(reverse("allocation:propose", args=[last.pk]), form).status_code == 302
    assert "500,00 € par agent" in words(officer.get(last.page()))
    all_present(cast, selection)
    with acting_as(cast.officer):
        selection.meeting.refresh_from_db()
    closing = officer.post(reverse("allocation:close", args=[selection.pk]), {"reason": "Deux absents."})
    assert closing.status_code == 422, "the session is on the 13th"
    assert "Deux absents." in words(closing), "what was typed stays"


def test_pages_after_the_session(
    cast: FundingCast, call: PublishedCall, model: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    copies(model, 2)
    instructed(call)
    officer, decider, fund = signed_in(cast.officer), signed_in(cast.decider), signed_in(cast.fund)
    selection = session_on(cast, call, envelope_of(cast.officer, "100000"))
    officer.post(reverse("allocation:scenarios", args=[selection.pk]), {"method": "in_order", "partial": "on"})
    with acting_as(cast.officer):
        scenario = selection.scenarios.get()
    officer.post(reverse("allocation:adopt", args=[scenario.pk]))
    all_present(cast, selection)
    assert officer.post(reverse("allocation:close", args=[selection.pk]), {"reason": ""}).status_code == 302
    decisions = reverse("allocation:decisions", args=[selection.pk])
    assert "3 dossiers à décider" in words(decider.get(decisions))
    assert officer.post(reverse("allocation:decide-all", args=[selection.pk])).status_code == 403
    unread = decider.post(reverse("allocation:decide-all", args=[selection.pk]), {"decided_on": "hier"})
    assert unread.status_code == 422, "a day that cannot be read is not today"
    with acting_as(cast.decider):
        assert not Award.objects.exists()
    assert (
        decider.post(reverse("allocation:decide-all", args=[selection.pk]), {"decided_on": "2023-12-12"}).status_code
        == 302
    )
    with acting_as(cast.decider):
        assert Award.objects.count() == 3
    assert officer.post(reverse("allocation:notify", args=[selection.pk])).status_code == 302
    with as_system():
        printing.print_letters_for_system(selection_id=selection.pk, at=SITTING)
    assert "Tous les courriers en un PDF" in words(officer.get(decisions))
    assert officer.post(reverse("allocation:send-table", args=[selection.pk])).status_code == 302
    ask = reverse("allocation:ask-listing", args=[selection.pk])
    assert [fund.post(ask, {"text": one}).status_code for one in ("", "Le détail.")] == [422, 302]
    for form in ("xlsx", "pdf"):
        assert officer.get(reverse("allocation:retained", args=[selection.pk, form])).status_code == 200
    for name in ("export-lines", "export-scenarios"):
        for form in ("csv", "xlsx"):
            assert officer.get(reverse(f"allocation:{name}", args=[selection.pk, form])).status_code == 200
    director = signed_in(cast.director)
    own = words(director.get(reverse("allocation:told", args=[model.pk])))
    assert "Courrier de décision" in own
    assert "rang" not in own.lower().replace("rangée", "")
    assert director.get(selection.page()).status_code == 404
    assert director.get(decisions).status_code == 404
    for address in (
        selection.page(),
        decisions,
        reverse("allocation:scenarios", args=[selection.pk]),
        reverse("allocation:envelopes"),
        reverse("allocation:selections"),
        reverse("allocation:call", args=[call.key]),
        reverse("allocation:aids"),
    ):
        with CaptureQueriesContext(connection) as told:
            assert officer.get(address).status_code == 200
            count = len(told)
        assert count <= 20, (address, count)
    monkeypatch.setattr(clock, "now", lambda: SITTING + timedelta(days=60))
    assert "Aucun dossier sans décision" in words(officer.get(reverse("allocation:undecided", args=[call.key])))


def test_what_is_refused_stays_in_its_form(cast: FundingCast, call: PublishedCall, model: Dossier) -> None:
    """An act that its service refuses comes back on its page with what was typed; nothing is lost, nothing is done."""
    instructed(call)
    envelope = envelope_of(cast.officer, "100000")
    selection = session_on(cast, call, envelope)
    officer = signed_in(cast.officer)
    with acting_as(cast.officer):
        line = Examined.objects.get(selection=selection)
    for name, row, typed, told in (
        (
            "delegate",
            envelope,
            {"delegate-territory": "978", "delegate-amount": "100 000,01", "delegate-label": "Nord"},
            "dépassée de 0,01 €",
        ),
        ("revise-envelope", envelope, {"revise-amount": "90 000", "revise-reason": " "}, "Motif"),
        ("opinion", line, {"opinion-value": "reserved", "opinion-comment": ""}, "réserve"),
        ("withdraw", line, {"withdraw-seat": "", "withdraw-reason": "Cousine de la direction"}, "Membre"),
        ("cancel", selection, {"reason": ""}, "Motif"),
        ("open-source", call, {"source": "fir", "criteria": ""}, "Critères"),
    ):
        key = row.key if row is call else row.pk
        answer = officer.post(reverse(f"allocation:{name}", args=[key]), typed)
        assert answer.status_code == 422, name
        assert told in words(answer), name
        assert all(one.strip() in words(answer) for one in typed.values()), name
    with acting_as(cast.officer):
        envelope.refresh_from_db()
        assert (envelope.delegated, envelope.amount) == (0, 100_000)


@pytest.mark.slow
def test_the_page_of_scenarios_bears_two_thousand_lines(cast: FundingCast, call: PublishedCall, model: Dossier) -> None:
    copies(model, MANY - 1)
    instructed(call)
    selection = session_on(cast, call, envelope_of(cast.officer, "30000000"))
    with acting_as(cast.officer):
        for method in ("in_order", "uniform_rate", "by_payroll"):
            scenarios.ask_scenario(
                actor=cast.officer, selection_id=selection.pk, method=method, label="", at=NOVEMBER,
                said=Hypotheses(least=Decimal(5_000)),
            )  # fmt: skip
    client = signed_in(cast.officer)
    place = reverse("allocation:scenarios", args=[selection.pk])
    client.get(place)
    for name, said in {"first": {}, "last page": {"page": "20"}, "searched": {"texte": "1999"}}.items():
        times, work = [], []
        for _ in range(5):
            with CaptureQueriesContext(connection) as told:
                start, started = time.perf_counter(), time.process_time()
                answer = client.get(place, said)
                times.append(time.perf_counter() - start)
                work.append(time.process_time() - started)
                queries = len(told)
            assert answer.status_code == 200
            assert queries <= 20, queries
        assert statistics.median(work) <= 0.3, "seconds of processor: a busy machine changes little"
        told_as = f"{statistics.median(times) * 1000:.0f} ms, {statistics.median(work) * 1000:.0f} ms of processor"
        print(f"{name}: {told_as}, {queries} queries")  # noqa: T201
