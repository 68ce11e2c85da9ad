"""The pages of the follow-up: as each person opens them, what is typed stays, twenty queries at most."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.reports import MARCH_2025, PDF, THERE, accept, all_accepted, followed, report_of, whole

from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.grants.models import Grant
from avenant.funding.reports.models import GrantReport, JointReview, Recovery, ReportedExpense, Visit
from avenant.funding.reports.services import settling

pytestmark = pytest.mark.django_db
JULY = datetime(2026, 7, 1, 9, tzinfo=THERE)
MOST = 20


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in March 2025."""
    monkeypatch.setattr(clock, "now", lambda: MARCH_2025)


@pytest.fixture
def grant(cast: FundingCast) -> Grant:
    return followed(cast)


@pytest.fixture
def report(cast: FundingCast, grant: Grant) -> GrantReport:
    return report_of(cast.director, grant, 2024)


def shown(client: Client, address: str, status: int = 200) -> str:
    with CaptureQueriesContext(connection) as caught:
        answer = client.get(address)
    assert answer.status_code == status, address
    asked = [one["sql"] for one in caught.captured_queries if one["sql"].startswith(("SELECT", "WITH"))]
    asked = [one for one in asked if "set_config" not in one]
    assert len(asked) <= MOST, (address, len(asked), asked)
    return answer.content.decode()


def test_a_director_writes_a_report_and_hands_it_in(cast: FundingCast, report: GrantReport) -> None:
    client, page = signed_in(cast.director), report.page()
    assert "Avant de remettre" in shown(client, page)
    add = reverse("reports:add-expense", args=[report.pk])
    shown(client, add)
    typed: dict[str, Any] = {
        "label": "Accompagnement", "supplier": "Ergo (fictif)", "invoice": "F-1", "paid_on": "2024-06-03",
        "excl_tax": "-1 000", "incl_tax": "-1 085", "vat": "not_recovered", "kind": "invoice",
    }  # fmt: skip
    wrong = client.post(add, typed)
    assert wrong.status_code == 422
    assert "facture n’est pas négative" in wrong.content.decode()
    assert 'value="Ergo (fictif)"' in wrong.content.decode()
    file = SimpleUploadedFile("facture.pdf", PDF, "application/pdf")
    assert client.post(add, {**typed, "excl_tax": "1 000", "incl_tax": "1 085,00", "file": file}).status_code == 302
    with acting_as(cast.director):
        row = ReportedExpense.objects.get()
    assert client.post(page, {"story": "Fait.", "total": "999"}).status_code == 302
    assert "écart de" in shown(client, page)
    assert client.post(reverse("reports:hand-in", args=[report.pk])).status_code == 403
    assert client.post(page, {"story": "Fait.", "total": "1 000,00"}).status_code == 302
    assert "Rien ne manque" in shown(client, page)
    shown(client, reverse("reports:expense", args=[row.pk]))
    assert client.post(reverse("reports:hand-in", args=[report.pk])).status_code == 302
    told = shown(client, page)
    assert "reçu" in told
    assert "Remise 1" in told


def test_the_authority_reads_expense_by_expense(cast: FundingCast, report: GrantReport) -> None:
    officer, page = signed_in(cast.officer), report.page()
    assert "Encore chez l’établissement" in shown(officer, page)
    assert client_get(officer, "reports:statement", report.pk, "csv").status_code == 404
    good, bad = whole(cast.director, report, ["1000.00", "500.00"])
    assert "Accepter le bilan" in shown(officer, page)
    judge = reverse("reports:judge", args=[bad.pk])
    assert officer.post(judge, {"decision": "non", "reason": ""}).status_code == 409
    assert officer.post(judge, {"decision": "non", "reason": "Hors projet"}).status_code == 302
    early = officer.post(reverse("reports:accept", args=[report.pk]), {"reserve": ""})
    assert early.status_code == 403
    assert good.code in early.content.decode()
    assert officer.post(reverse("reports:accept-remaining", args=[report.pk])).status_code == 302
    assert officer.post(reverse("reports:accept", args=[report.pk]), {"reserve": ""}).status_code == 302
    told = shown(officer, page)
    assert "accepté" in told
    assert "Hors projet" in shown(signed_in(cast.director), page)
    for form in ("csv", "xlsx", "pdf"):
        assert client_get(officer, "reports:statement", report.pk, form).status_code == 200
    assert "confidentiel.csv" in client_get(officer, "reports:export-reports", "csv").headers["Content-Disposition"]


def client_get(client: Client, name: str, *arguments: Any) -> Any:
    return client.get(reverse(name, args=arguments))


@pytest.mark.parametrize("name", ["reports", "recoveries", "visits", "joint-reviews"])
def test_lists_open_for_everybody_and_show_their_own(cast: FundingCast, grant: Grant, name: str) -> None:
    for reader in (cast.officer, cast.director, cast.fund, cast.other_director):
        told = shown(signed_in(reader), reverse(f"reports:{name}"))
        assert (grant.name in told) == (name == "reports" and reader is not cast.other_director)
    assert (
        signed_in(cast.officer)
        .get(reverse("reports:reports"), {"etat": "late", "texte": "x", "tri": "-nom"})
        .status_code
        == 200
    )


def test_another_establishment_finds_nothing(cast: FundingCast, grant: Grant, report: GrantReport) -> None:
    other = signed_in(cast.other_director)
    for name, pk in (
        ("follow-up", grant.pk),
        ("report", report.pk),
        ("evaluation", grant.pk),
        ("plan-visit", grant.pk),
    ):
        assert client_get(other, f"reports:{name}", pk).status_code == 404


@pytest.mark.req("S4-3.2.9-04")
def test_the_page_of_a_recovery_leads_to_the_obligations_of_3_3(
    cast: FundingCast, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = recovery(cast, grant, monkeypatch)
    client = signed_in(cast.officer)
    told = shown(client, row.page())
    link = f"{reverse('reports:follow-up', args=[grant.pk])}#obligations"
    assert f'<a href="{link}">Voir les obligations du §3.3</a>' in told
    assert "un «\u202f2.3\u202f» qui n’existe pas" in told
    obligations = shown(client, link.partition("#")[0])
    assert '<h2 id="obligations">Obligations (§3.3)</h2>' in obligations
    for expected in ("Bilan annuel 2024", "Bilan annuel 2025", "Bilan final 2026", "Évaluation d’impact"):
        assert expected in obligations


def recovery(cast: FundingCast, grant: Grant, monkeypatch: pytest.MonkeyPatch) -> Recovery:
    all_accepted(cast, grant, ["20000.00"])
    monkeypatch.setattr(clock, "now", lambda: JULY)
    with acting_as(cast.decider):
        settling.strike_balance(actor=cast.decider, grant_id=grant.pk, at=JULY)
        return Recovery.objects.get(grant=grant)


def test_a_recovery_is_told_answered_and_decided_on_its_page(
    cast: FundingCast, grant: Grant, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = recovery(cast, grant, monkeypatch)
    officer, director, decider = signed_in(cast.officer), signed_in(cast.director), signed_in(cast.decider)

    def post(client: Client, name: str, **typed: Any) -> int:
        return client.post(reverse(f"reports:{name}", args=[row.pk]), typed).status_code

    assert post(officer, "notify", days="3") == 422
    assert post(officer, "notify", days="30") == 302
    assert "Transmettre les observations" in shown(director, row.page())
    assert post(decider, "decide", amount="8 000", reason="x") == 403
    assert post(director, "answer", text="Nous contestons.") == 302
    assert "Nous contestons." in shown(decider, row.page())
    assert post(decider, "decide", amount="9 000", reason="x") == 422
    assert post(decider, "decide", amount="8 000,00", reason="Sous-consommation") == 302
    said = {"way": "offset", "amount": "5000", "on": "2026-07-01", "reference": "FIR", "notified": "5000"}
    assert post(officer, "collect", **said) == 302
    assert post(officer, "collect", **{**said, "way": "order", "amount": "3 000", "reference": "TR 4"}) == 302
    with acting_as(cast.officer):
        entry = Recovery.objects.get(pk=row.pk).entries.get(way="order")
    paid = {"amount": "3000", "on": "2026-07-01"}
    assert officer.post(reverse("reports:pay", args=[entry.pk]), paid).status_code == 302
    assert post(officer, "close") == 302
    told = shown(director, row.page())
    assert "soldée" in told
    assert told.count("/documents/") >= 5
    assert client_get(officer, "reports:export-recoveries", "xlsx").status_code == 200


def test_the_follow_up_of_an_aid_is_one_page(cast: FundingCast, grant: Grant, report: GrantReport) -> None:
    whole(cast.director, report, ["1000.00"])
    accept(cast, report)
    told = shown(signed_in(cast.decider), reverse("reports:follow-up", args=[grant.pk]))
    assert "Si le solde était arrêté aujourd’hui" in told
    own = signed_in(cast.director)
    page = reverse("reports:follow-up", args=[grant.pk])
    assert "Dire où en est une action" in shown(own, page)
    with acting_as(cast.director):
        action = grant.actions.get()
    news = {"action": action.pk, "progress": "ongoing", "on": "2025-03-01", "comment": ""}
    assert own.post(reverse("reports:tell-news", args=[grant.pk]), news).status_code == 302
    late = own.post(reverse("reports:tell-news", args=[grant.pk]), {**news, "progress": "delayed"})
    assert late.status_code == 422
    assert "demande un commentaire" in late.content.decode()


def test_an_evaluation_is_filled_on_its_page(cast: FundingCast, grant: Grant) -> None:
    client, page = signed_in(cast.director), reverse("reports:evaluation", args=[grant.pk])
    shown(client, page)
    shown(signed_in(cast.officer), page)
    wrong = {"label": "Turn-over", "unit": "%", "baseline": "12", "target": "", "due_on": "2025-12-31"}
    refused = client.post(reverse("reports:set-objective", args=[grant.pk]), wrong)
    assert refused.status_code == 422
    assert "valeur cible" in refused.content.decode()
    assert client.post(reverse("reports:set-objective", args=[grant.pk]), {**wrong, "target": "10"}).status_code == 302
    assert client.post(page, {"conditions": "Mieux.", "care": "Mieux."}).status_code == 302
    assert client.post(reverse("reports:hand-in-evaluation", args=[grant.pk])).status_code == 403


def test_visits_and_joint_reviews_have_their_pages(cast: FundingCast, grant: Grant) -> None:
    fund, page = signed_in(cast.fund), reverse("reports:plan-visit", args=[grant.pk])
    shown(fund, page)
    typed = {"on": "2025-03-19", "purpose": "Matériel", f"with-{cast.labour.organisation_id}": "on"}
    assert fund.post(page, typed).status_code == 302
    assert fund.post(page, {"on": "", "purpose": ""}).status_code == 422
    with acting_as(cast.fund):
        visit = Visit.objects.get()
    assert "compte rendu en retard" in shown(fund, visit.page())
    report = reverse("reports:report-visit", args=[visit.pk])
    half = {"findings": "Vu", "what-1": "Former"}
    assert fund.post(report, half).status_code == 422
    assert fund.post(report, {"findings": "Vu"}).status_code == 302
    assert client_get(fund, "reports:export-visits", "csv").status_code == 200
    call = PublishedCall.objects.get(pk=grant.call_id)
    opened = fund.post(reverse("reports:joint-reviews"), {"call": call.pk, "title": "Bilan 2023"})
    assert opened.status_code == 302
    with acting_as(cast.fund):
        review = JointReview.objects.get()
    assert "Texte commun" in shown(fund, review.page())
    assert fund.post(review.page(), {"conditions": "Mieux", "care": ""}).status_code == 302
    assert fund.post(reverse("reports:close-joint-review", args=[review.pk])).status_code == 403
    said = {"dimension": "care", "text": "Équipes stables"}
    assert fund.post(reverse("reports:say-part", args=[review.pk]), said).status_code == 302
    assert client_get(signed_in(cast.director), "reports:joint-review", review.pk).status_code == 404
