"""What whoever runs the platform looks at."""

from __future__ import annotations

import json
import logging
import re
from collections import deque

import pytest
from django.test import Client
from django.urls import reverse

from avenant.foundations import traces
from avenant.site import violations

pytestmark = pytest.mark.django_db
REFERENCE = re.compile(f"^[{traces.ALPHABET}]{{8}}$")


def test_the_health_page_says_whether_the_database_answers_and_the_jobs_run(client: Client) -> None:
    response = client.get("/sante")
    assert response.json() == {"base": "en ordre", "travaux": "à l’arrêt"}


@pytest.mark.parametrize(
    "body",
    [
        {"csp-report": {"effective-directive": "script-src", "blocked-uri": "https://x.test/a?jeton=1",
                        "document-uri": "http://localhost/contrats/?q=secret"}},
        [{"type": "csp-violation", "body": {"effectiveDirective": "script-src", "blockedURL": "https://x.test/a?jeton=1",
                                            "documentURL": "http://localhost/contrats/?q=secret"}}],
    ],
)  # fmt: skip
def test_what_the_content_policy_refused_is_a_line_of_the_log(
    body: object, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without a token, with neither words nor secrets of addresses, and thirty a minute at most."""
    monkeypatch.setattr(violations, "_recent", deque(maxlen=violations.A_MINUTE))
    browser = Client(enforce_csrf_checks=True)
    policy = browser.get("/mentions-legales").headers["Content-Security-Policy"]
    address = policy.partition("report-uri ")[2].split(";")[0].strip()
    for _ in range(violations.A_MINUTE + 5):
        assert browser.post(address, json.dumps(body), "application/csp-report").status_code == 204
    lines = [one.getMessage() for one in caplog.records if one.name == "avenant.content_policy"]
    assert lines == ["content policy: script-src refused x.test on /contrats/"] * violations.A_MINUTE


@pytest.mark.parametrize("body", ["", "{", "[]", "[1]", "{}", '{"csp-report": 1}', '"' + "a" * 9000 + '"'])
def test_what_is_no_report_is_dropped(body: str, caplog: pytest.LogCaptureFixture) -> None:
    assert Client().post("/rapports-de-securite", body, "application/csp-report").status_code == 204
    assert not [one for one in caplog.records if one.name == "avenant.content_policy"]


def test_each_answer_bears_a_reference_of_its_own(client: Client) -> None:
    first, second = (client.get("/mentions-legales").headers["X-Reference"] for _ in range(2))
    assert REFERENCE.match(first)
    assert REFERENCE.match(second)
    assert first != second


def test_the_page_of_a_fault_shows_the_reference_that_the_log_holds(
    client: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> bool:
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr("avenant.foundations.jobs.worker_is_alive", fail)
    client.raise_request_exception = False
    caplog.handler.addFilter(traces.ReferenceFilter())
    with caplog.at_level(logging.ERROR):
        response = client.get("/sante")
    shown = re.search(r"<strong>(\w+)<", response.content.decode())
    assert response.status_code == 500
    assert shown is not None
    record = next(record for record in caplog.records if record.name == "django.request")
    assert getattr(record, "reference", "") == shown[1] == response.headers["X-Reference"]
    line = json.loads(traces.JsonFormatter().format(record))
    assert line["reference"] == shown[1]
    assert "a fault of ours" in line["error"]


def test_measures_are_for_who_bears_the_token(client: Client, settings: pytest.FixtureRequest) -> None:
    address = reverse("site:metrics")
    assert client.get(address).status_code == 404, "closed while no token is set"
    settings.METRICS_TOKEN = "a-token"  # type: ignore[attr-defined]
    assert client.get(address, headers={"Authorization": "Bearer another"}).status_code == 404
    client.get("/mentions-legales")
    text = client.get(address, headers={"Authorization": "Bearer a-token"}).content.decode()
    assert 'avenant_answers_total{method="GET",status="200",view="site:legal"}' in text
    assert 'avenant_jobs{status="failed"}' in text


def test_who_finds_a_weakness_knows_whom_to_tell(client: Client, settings: pytest.FixtureRequest) -> None:
    address = "/.well-known/security.txt"
    assert client.get(address).status_code == 404
    settings.SECURITY_CONTACT = "mailto:securite@exemple.fr"  # type: ignore[attr-defined]
    text = client.get(address).content.decode()
    assert "Contact: mailto:securite@exemple.fr\n" in text
    assert re.search(r"^Expires: 20\d\d-\d\d-\d\dT00:00:00Z$", text, re.MULTILINE)
