"""The journal is sealed each night; what was proved stays provable, what was changed shows."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import ProgrammingError, connection, transaction
from django.test import Client
from tests.support.cast import Cast
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, Story
from tests.support.tampering import tampered, verified
from typer.testing import CliRunner

from avenant.config.cli import main
from avenant.domain.proof import canonical, leaf, root_from, verify
from avenant.foundations.accounts.models import User
from avenant.foundations.journal.models import DailySeal, Event, SealedEvent
from avenant.foundations.journal.sealing import as_sealed, find_broken_seal, make_proof, seal_journal
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.declarations.models import Submission
from avenant.indicators.declarations.receipts import prove_submission

pytestmark = pytest.mark.django_db
NIGHT = FEBRUARY + timedelta(hours=16)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def sealed(at: Any = NIGHT) -> DailySeal | None:
    with as_system():
        return seal_journal(at=at)


def prove(cast: Cast, submission: Submission) -> dict[str, Any]:
    with acting_as(cast.service):
        return prove_submission(cast.service, submission, at=NIGHT)


def act(story: Story, cast: Cast, label: str) -> Event:
    with acting_as(cast.service):
        return record(
            story.contract.circle_id,
            verb="contract.noted",
            label=label,
            actor=cast.service,
            at=FEBRUARY,
            subject=story.contract.pk,
        )


def test_each_act_is_under_one_seal_and_seals_follow_each_other(story: Story, cast: Cast) -> None:
    act(story, cast, "premier")
    first = sealed()
    assert first is not None
    with as_system():
        assert (first.number, first.count) == (1, Event.objects.count())
    assert sealed() is None, "nothing happened since"
    late = act(story, cast, "inscrit après coup")
    second = sealed(NIGHT + timedelta(days=1))
    assert second is not None
    assert (second.number, second.count, second.previous) == (2, 1, first.chain)
    with as_system():
        assert SealedEvent.objects.get(event=late).seal_id == 2
        assert find_broken_seal() is None


@pytest.mark.parametrize("column", ["label", "reason", "verb"])
def test_an_act_told_otherwise_no_longer_leads_to_its_seal(story: Story, cast: Cast, column: str) -> None:
    act(story, cast, "premier")
    sealed()
    changed = act(story, cast, "second")
    act(story, cast, "troisième")
    seal = sealed(NIGHT + timedelta(days=1))
    assert seal is not None
    with as_system():
        path = SealedEvent.objects.get(event=changed).path
    assert root_from(leaf(canonical(as_sealed(changed))), path) == seal.root
    setattr(changed, column, "autre")
    assert root_from(leaf(canonical(as_sealed(changed))), path) != seal.root


def test_neither_web_nor_jobs_rewrite_a_seal_and_the_web_makes_none(story: Story, cast: Cast) -> None:
    act(story, cast, "premier")
    sealed()
    for statement in ("UPDATE journal_dailyseal SET count = 0", "DELETE FROM journal_sealedevent"):
        with as_system(), pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    with acting_as(cast.service), pytest.raises(ProgrammingError), transaction.atomic():
        DailySeal.objects.create(number=9, at=NIGHT, count=0, root="0" * 64, previous="0" * 64, chain="1" * 64)


def test_a_proof_shows_my_acts_and_nobody_elses(story: Story, cast: Cast) -> None:
    act(story, cast, "premier")
    sealed()
    waiting = act(story, cast, "du jour")
    subjects = [story.contract.pk]
    with acting_as(cast.service):
        proof = make_proof(cast.service, kind="file", title="x", content={}, subjects=subjects, at=NIGHT)
    labels = {entry["event"]["label"]: entry["seal"] for entry in proof["journal"]}
    assert labels["premier"] == 1
    assert labels[waiting.label] is None
    assert {check.holds for check in verify(proof) if check.key == "event"} == {True, None}
    with acting_as(cast.outsider):
        other = make_proof(cast.outsider, kind="file", title="x", content={}, subjects=subjects, at=NIGHT)
    assert (other["journal"], other["seals"]) == ([], [])


def test_a_figure_is_proved_offline_and_one_unit_more_is_seen(
    story: Story, cast: Cast, client: Client, tmp_path: Path
) -> None:
    story.campaign()
    part = story.hand_in()
    with acting_as(cast.service):
        submission = Submission.objects.get(part=part)
    seal = sealed()
    assert seal is not None
    proof = prove(cast, submission)
    path = tmp_path / "preuve.json"
    path.write_text(json.dumps(proof), "utf-8")
    result = CliRunner().invoke(main, ["verify", str(path), "--sceau", seal.chain])
    assert result.exit_code == 0, result.output
    assert "à comparer" not in result.output
    total = next(
        said["value"] for said in proof["content"].values() if isinstance(said.get("value", {}).get("total"), int)
    )
    total["total"] += 1
    path.write_text(json.dumps(proof), "utf-8")
    result = CliRunner().invoke(main, ["verify", str(path)])
    assert result.exit_code == 1
    assert "FAUX        Le contenu a été modifié" in result.output

    for told, other in tampered(prove(cast, submission)):
        code, words = verified(other, tmp_path)
        assert (code, told in words) == (1, True), (told, words)

    client.force_login(User.objects.get(pk=cast.service.person_id))
    response = client.get(f"/declarations/transmissions/{submission.pk}/preuve.json")
    assert response.status_code == 200
    assert all(check.holds is not False for check in verify(response.json()))


def test_what_is_not_a_proof_is_told(tmp_path: Path) -> None:
    path = tmp_path / "autre.json"
    path.write_text("[]", "utf-8")
    result = CliRunner().invoke(main, ["verify", str(path)])
    assert (result.exit_code, "n’est pas une preuve d’Avenant" in result.output) == (1, True)
    path.write_text("{", "utf-8")
    assert CliRunner().invoke(main, ["verify", str(path)]).exit_code == 1


def test_anyone_reads_the_last_seals(story: Story, cast: Cast, client: Client) -> None:
    assert "Aucun sceau" in client.get("/sceaux").content.decode()
    act(story, cast, "premier")
    seal = sealed()
    assert seal is not None
    assert seal.chain in client.get("/sceaux").content.decode()
