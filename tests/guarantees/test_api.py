"""The API: the same rights as the pages, and what its description says is what it does."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import hypothesis
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from schemathesis.specs.openapi.checks import ignored_auth
from tests.support.cast import Cast
from tests.support.server import ROOT
from tests.support.story import Story

from avenant.domain.indicators import Provider
from avenant.foundations.accounts import tokens
from avenant.foundations.parties.actors import Actor
from avenant.site.management.commands.write_openapi import openapi_text

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-0000-0000-000000000000"


def client(actor: Actor, scope: str = "declare") -> Client:
    _, secret = tokens.issue(actor=actor, label="essai", scope=scope, at=datetime.now(UTC))
    return Client(headers={"authorization": f"Bearer {secret}"}, SERVER_NAME="localhost")


def said(total: str) -> dict[str, Any]:
    return {"entries": [{"code": "pdp-1.4", "value": {"total": total}}]}


def test_the_committed_description_is_the_codes() -> None:
    assert (ROOT / "openapi.json").read_text(encoding="utf-8") == openapi_text()


def test_a_program_declares_and_hands_in(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    part = story.part(Provider.SOCIAL_SERVICE)
    api = client(cast.social_service)
    listed = api.get("/api/v1/declarations?annee=2025").json()
    assert [one["service"] for one in listed] == ["Santé au Travail Durance Luberon"]
    address = f"/api/v1/parts/{part.pk}"
    wrong = api.put(
        f"{address}/saisie", {"entries": [{"code": "pdp-1.4", "value": {"total": "-1"}}]}, "application/json"
    )
    assert wrong.json()["findings"][0]["severity"] == "blocking"
    refused = api.post(f"{address}/transmission", {"number": 1}, "application/json")
    assert (refused.status_code, refused.headers["content-type"]) == (403, "application/problem+json")
    saved = api.put(
        f"{address}/saisie", {"entries": [{"code": "pdp-1.4", "value": {"total": "15"}}]}, "application/json"
    )
    assert saved.json()["values"][0]["value"] == {"total": 15}
    receipts = [api.post(f"{address}/transmission", {"number": 1}, "application/json").json() for _ in range(2)]
    assert receipts[0] == receipts[1]
    assert receipts[0]["receipt"].startswith("AV-2025-")


def test_a_code_of_another_part_is_refused_whole(cast: Cast) -> None:
    story = Story(cast)
    story.campaign()
    part = story.part(Provider.SOCIAL_SERVICE)
    entries = [{"code": "pdp-1.4", "value": {"total": "15"}}, {"code": "pdp-1.10", "value": {"total": "3"}}]
    answer = client(cast.social_service).put(
        f"/api/v1/parts/{part.pk}/saisie", {"entries": entries}, "application/json"
    )
    assert answer.status_code == 409
    assert "pdp-1.10" in answer.json()["detail"]
    assert client(cast.social_service).get(f"/api/v1/parts/{part.pk}").json()["values"][0]["value"] == {}


def test_what_is_of_another_circle_answers_404_and_a_reading_token_does_not_write(cast: Cast) -> None:
    story = Story(cast)
    campaign = story.campaign()
    part = story.part()
    assert client(cast.outsider).get(f"/api/v1/parts/{part.pk}").status_code == 404
    assert client(cast.service).get(f"/api/v1/campagnes/{campaign.pk}/chiffres").status_code == 404
    reader = client(cast.service, "read")
    shown = reader.get(f"/api/v1/parts/{part.pk}")
    assert (shown.status_code, shown.headers["Cache-Control"]) == (200, "private, no-store")
    assert reader.put(f"/api/v1/parts/{part.pk}/saisie", {"entries": []}, "application/json").status_code == 401


def test_a_token_ends(cast: Cast) -> None:
    now = datetime.now(UTC)
    row, secret = tokens.issue(actor=cast.service, label="essai", scope="read", at=now, life=timedelta(days=1))
    assert secret not in (row.digest, row.label)
    assert tokens.actor_of(secret, scope="read", at=row.expires_at - timedelta(seconds=1)) == cast.service
    assert tokens.actor_of(secret, scope="read", at=row.expires_at) is None
    tokens.revoke(actor=cast.other_service, token_id=row.pk, at=now)
    assert tokens.actor_of(secret, scope="read", at=now) is not None
    tokens.revoke(actor=cast.service, token_id=row.pk, at=now)
    assert tokens.actor_of(secret, scope="read", at=now) is None


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_every_operation_answers_as_described(cast: Cast) -> None:
    """Schemathesis sends what the description allows and what it does not: no 5xx, no undescribed answer."""
    Story(cast).campaign()
    _, secret = tokens.issue(actor=cast.labour, label="essai", scope="declare", at=datetime.now(UTC))
    schema = schemathesis.openapi.from_dict(_description()).include(path_regex=".*")
    application = WSGIHandler()
    # As Django's own test client does: the test's transaction outlives the requests.
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)

    def prove(operation: Any) -> None:
        @hypothesis.given(case=operation.as_strategy())
        @hypothesis.settings(max_examples=15, database=None, suppress_health_check=list(hypothesis.HealthCheck))
        def run(case: Any) -> None:
            case.headers = {**(case.headers or {}), "Authorization": f"Bearer {secret}", "Host": "localhost"}
            case.call_and_validate(app=application, base_url="http://localhost", excluded_checks=[ignored_auth])

        run()

    try:
        for result in schema.get_all_operations():
            prove(result.ok())
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def _description() -> dict[str, Any]:
    described: dict[str, Any] = json.loads(openapi_text())
    return described


def test_no_operation_answers_without_a_token() -> None:
    described = _description()
    for path, operations in described["paths"].items():
        address = path.format_map({"part_id": NOBODY, "campaign_id": NOBODY, "count_id": NOBODY})
        for method in operations:
            answer = getattr(Client(SERVER_NAME="localhost"), method)(address, content_type="application/json")
            assert answer.status_code == 401, (method, path)
