"""The neutral count on the platform: promises before anything moves, one question, one answer, nothing but a rounded number."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.http import Http404
from django.test import Client
from django.urls import reverse
from tests.apps.indicators.registers.test_matching import OURS, bring
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.establishments import make_sirets
from tests.support.roles import as_system
from tests.support.story import Story
from tests.support.world import blind_message

from avenant.collect.exchange import exchange
from avenant.collect.matching import engage
from avenant.collect.refusals import CollectError
from avenant.collect.submission import Platform
from avenant.domain.decision import DomainError, Refused
from avenant.domain.neutral_count import BadMessage, Side, Stage
from avenant.foundations.accounts import tokens
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.registers import selectors, services
from avenant.indicators.registers.models import BlindCount, BlindMessage
from avenant.indicators.registers.services import blind

pytestmark = pytest.mark.django_db
AT = datetime(2026, 2, 1, 9, tzinfo=UTC)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def ask(story: Story, strand: str = "volet-3") -> BlindCount:
    actor = story.cast.service
    with acting_as(actor):
        return blind.ask_blind_count(
            actor=actor, circle_id=story.contract.circle_id, kind="targeted", strand=strand, year=2025, at=AT
        )


def put(actor: Actor, count: BlindCount, content: bytes) -> BlindMessage:
    with acting_as(actor), transaction.atomic():
        return blind.bring_message(actor=actor, count_id=count.pk, content=content, at=AT)


def sides(story: Story) -> list[tuple[Actor, Side]]:
    return [(story.cast.service, Side.SERVICE), (story.cast.fund, Side.FUND)]


def walk(story: Story, count: BlindCount, *stages: Stage, common: int = 100) -> None:
    for stage in stages:
        for actor, side in sides(story):
            put(actor, count, blind_message(str(count.pk), stage, side, common=common))


def counted(count: BlindCount) -> BlindCount:
    with as_system(), transaction.atomic():
        blind.count_blindly(at=AT)
        return BlindCount.objects.get(pk=count.pk)


def test_both_are_told_the_same_rounded_number_and_nothing_else_stays(story: Story, cast: Cast) -> None:
    count = ask(story)
    walk(story, count, *Stage, common=103)
    found = counted(count)
    assert (found.told, found.bound, found.words) == (100, "", "environ 100")
    counted(count)  # a worker killed in the middle runs again: nothing more
    with as_system():
        kept = {one.stage: one.content for one in BlindMessage.objects.filter(count=count)}
        events = list(Event.objects.filter(subject=count.pk).order_by("at", "pk"))
    assert kept["blinded"] is None
    assert kept["doubled"] is None
    assert [one.verb for one in events].count("blind.count") == 1
    promises = [one.evidence for one in events if one.verb == "blind.message" and one.evidence["stage"] == "committed"]
    assert len({one["commitment"] for one in promises}) == 2, "both commitments are in the journal"
    written = [f"{one.evidence} {one.label}" for one in events]
    # As a number: a fingerprint of 64 hexadecimal digits holds these three by chance, one run in twenty.
    assert not any(re.search(r"\b103\b", one) for one in written), "the exact number is nowhere"
    for reader in (cast.service, cast.fund, cast.labour):
        with acting_as(reader):
            assert selectors.get_blind_count(reader, count.pk).told == 100
    with acting_as(cast.service):
        proposed = selectors.proposals(cast.service, cast.organisation("satdl"), 2025)
    assert proposed["a4-v3-3"] == {"of_which": 100}
    with acting_as(cast.outsider), pytest.raises(Http404):
        selectors.get_blind_count(cast.outsider, count.pk)


@pytest.mark.parametrize(
    ("common", "words"), [(10, "moins de 11"), (11, "environ 10"), (489, "environ 490"), (490, "tous ou presque")]
)
def test_the_floor_and_the_rounding(story: Story, common: int, words: str) -> None:
    count = ask(story)
    walk(story, count, *Stage, common=common)
    assert counted(count).words == words


def test_an_answer_is_read_by_its_sender_and_the_job_alone(story: Story, cast: Cast) -> None:
    count = ask(story)
    walk(story, count, Stage.COMMITTED, Stage.BLINDED)
    put(cast.service, count, blind_message(str(count.pk), Stage.DOUBLED, Side.SERVICE))
    for reader, seen in ((cast.service, 5), (cast.fund, 4), (cast.labour, 4), (cast.outsider, 0)):
        with acting_as(reader), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM registers_blindmessage")
            assert cursor.fetchone()[0] == seen
    assert counted(count).answered_at is None, "one answer counts nothing"


def test_nothing_moves_before_both_have_promised(story: Story, cast: Cast) -> None:
    count = ask(story)
    put(cast.service, count, blind_message(str(count.pk), Stage.COMMITTED, Side.SERVICE))
    with pytest.raises(Refused, match="engagement"):
        put(cast.service, count, blind_message(str(count.pk), Stage.BLINDED, Side.SERVICE))
    put(cast.fund, count, blind_message(str(count.pk), Stage.COMMITTED, Side.FUND))
    put(cast.service, count, blind_message(str(count.pk), Stage.BLINDED, Side.SERVICE))
    with pytest.raises(Refused, match="liste masquée"):
        put(cast.service, count, blind_message(str(count.pk), Stage.DOUBLED, Side.SERVICE))
    with acting_as(cast.labour), pytest.raises(Http404):
        selectors.blinded_for(cast.labour, count)
    with acting_as(cast.fund):
        assert selectors.blinded_for(cast.fund, count).sender_id == cast.service.organisation_id


def test_a_message_cannot_be_replaced_nor_come_from_elsewhere(story: Story, cast: Cast) -> None:
    count = ask(story)
    promise = blind_message(str(count.pk), Stage.COMMITTED, Side.SERVICE)
    put(cast.service, count, promise)
    with pytest.raises(Refused, match="déjà déposé"):
        put(cast.service, count, promise)
    for actor, content, reason in (
        (cast.fund, promise, "autre partie"),
        (cast.fund, blind_message("autre", Stage.COMMITTED, Side.FUND), "autre question"),
        (cast.fund, b"n'importe quoi", "pas un message"),
    ):
        with pytest.raises(BadMessage, match=reason):
            put(actor, count, content)
    with pytest.raises(Refused):
        put(cast.labour, count, blind_message(str(count.pk), Stage.COMMITTED, Side.FUND))
    put(cast.fund, count, blind_message(str(count.pk), Stage.COMMITTED, Side.FUND))
    other_list = blind_message(str(count.pk), Stage.BLINDED, Side.SERVICE).replace(
        b'"commitment":"', b'"commitment":"0', 1
    )
    cut = other_list.split(b"\n", 1)
    shortened = cut[0].replace(b'"}', b'"}') + b"\n" + cut[1]
    with pytest.raises(BadMessage):
        put(cast.service, count, shortened)


def test_one_question_and_one_way_of_asking_it(story: Story, cast: Cast) -> None:
    ask(story)
    with pytest.raises(Refused, match="déjà demandé"):
        ask(story)
    listing = bring(story, OURS, kind="targeted", strand="volet-3")
    with acting_as(cast.service), pytest.raises(DomainError, match="compte neutre"):
        services.ask_match(actor=cast.service, list_id=listing.pk, at=AT)
    matched = bring(story, OURS, kind="targeted", strand="volet-2")
    with acting_as(cast.service):
        services.ask_match(actor=cast.service, list_id=matched.pk, at=AT)
    with pytest.raises(Refused, match="rapprochement"):
        ask(story, "volet-2")
    for other in (cast.fund, cast.labour):
        with acting_as(other), pytest.raises(Refused):
            blind.ask_blind_count(
                actor=other, circle_id=story.contract.circle_id, kind="trained", strand="volet-2", year=2024, at=AT
            )


def owed(count: BlindCount) -> dict[str, tuple[str, str, str]]:
    """What is open, by who owes it: the label, who waits, the day."""
    with as_system():
        found = DueItem.objects.filter(page=count.page(), state=DueItem.State.OPEN).select_related("organisation")
        return {one.organisation.short_name: (one.label, one.waiting, f"{one.due_at:%d/%m/%Y %H:%M}") for one in found}


def test_each_side_owes_its_next_message_and_the_other_waits(story: Story, cast: Cast) -> None:
    count = ask(story)
    service, fund = cast.service.organisation, cast.fund.organisation
    assert owed(count).keys() == {service, fund}
    label, waiting, day = owed(count)[fund]
    assert "« engagement »" in label.replace("\u202f", " ")
    assert (waiting, day) == (service, "16/02/2026 23:00"), "fifteen days, whole"
    for stage in Stage:
        put(cast.service, count, blind_message(str(count.pk), stage, Side.SERVICE))
        assert owed(count).keys() == {fund}
        assert stage.label in owed(count)[fund][0]
        put(cast.fund, count, blind_message(str(count.pk), stage, Side.FUND))
        assert owed(count).keys() == (set() if stage is Stage.DOUBLED else {service, fund})
    counted(count)
    with as_system():
        told = Notice.objects.filter(page=count.page()).select_related("organisation")
        assert {one.organisation.short_name for one in told} == {service, fund}
        assert all("environ 100" in one.title.replace("\u202f", " ") for one in told)


class Wire(Platform):
    """The platform of this test, through its own API."""

    def __init__(self, actor: Actor) -> None:
        super().__init__("https://avenant.example", "essai")
        with acting_as(actor):
            _, secret = tokens.issue(actor=actor, label="essai", scope="declare", at=datetime.now(UTC))
        self._client = Client(headers={"authorization": f"Bearer {secret}"}, SERVER_NAME="localhost")

    def carry(self, method: str, path: str, data: bytes | None = None, kind: str = "application/octet-stream") -> bytes:
        answer = self._client.generic(method, f"/api/v1{path}", data or b"", kind)
        if answer.status_code != 200:
            raise CollectError(str(answer.json()["detail"]))
        return answer.content


def test_the_collector_exchanges_by_the_api_until_both_have_answered(story: Story, cast: Cast, tmp_path: Path) -> None:
    pytest.importorskip("private_set_intersection")
    count = ask(story)
    wires = {Side.SERVICE: Wire(cast.service), Side.FUND: Wire(cast.fund)}
    lists = {Side.SERVICE: make_sirets(620), Side.FUND: make_sirets(900, start=400)}
    for side, sirets in lists.items():
        (tmp_path / f"{side}.csv").write_text("\n".join(["SIRET", *sirets]), encoding="utf-8")
        engage(tmp_path / f"{side}.csv", tmp_path / side, question=str(count.pk), side=side)

    def run(side: Side) -> tuple[list[str], str]:
        made = exchange(wires[side], tmp_path / side)
        return [one.value for one in made.brought], made.waits

    assert run(Side.SERVICE) == (["committed"], "Les deux parties déposent d’abord leur message « engagement ».")
    assert run(Side.SERVICE)[0] == [], "nothing is brought twice"
    assert run(Side.FUND)[0] == ["committed", "blinded"]
    assert run(Side.SERVICE)[0] == ["blinded", "doubled"]
    assert not (tmp_path / "service" / "secret.json").exists(), "the key is destroyed"
    brought, waits = run(Side.FUND)
    assert brought == ["doubled"]
    assert "Vos trois messages sont déposés" in waits
    assert counted(count).told == 220
    assert exchange(wires[Side.SERVICE], tmp_path / "service").words == "environ 220"
    listed = json.loads(wires[Side.FUND].carry("GET", "/comptes-neutres?annee=2025"))
    assert [one["words"] for one in listed] == ["environ 220"]


def test_the_api_shows_a_count_to_its_parties_and_takes_messages_of_its_sides(story: Story, cast: Cast) -> None:
    count = ask(story)
    address = f"/comptes-neutres/{count.pk}"
    labour, outsider = Wire(cast.labour), Wire(cast.outsider)
    assert labour.call("GET", address)["side"] == ""
    with pytest.raises(CollectError, match="Seuls le service et la caisse"):
        labour.carry("POST", f"{address}/messages", blind_message(str(count.pk), Stage.COMMITTED, Side.FUND))
    with pytest.raises(CollectError, match="Rien ne correspond"):
        outsider.call("GET", address)
    with pytest.raises(CollectError, match="Rien ne correspond"):
        Wire(cast.service).carry("GET", f"{address}/liste-masquee")
    with pytest.raises(CollectError, match="pas un message"):
        Wire(cast.service).carry("POST", f"{address}/messages", b"n'importe quoi" * 600_000)


def test_the_pages_lead_both_sides_to_the_count(story: Story, cast: Cast) -> None:
    clients = {}
    for actor, side in sides(story):
        clients[side] = signed_in(actor)
    said = {"circle": story.contract.circle_id, "kind": "targeted", "strand": "volet-3", "year": 2025}
    address = clients[Side.SERVICE].post(reverse("registers:blind-ask"), said).headers["Location"]
    again = clients[Side.SERVICE].post(reverse("registers:blind-ask"), said)
    assert "une question ne se pose qu’une fois" in unescape(again.content.decode())
    with acting_as(cast.service):
        count = selectors.list_blind_counts(cast.service).get()
    wrong = clients[Side.FUND].post(address, {"file": SimpleUploadedFile("m.acn", b"rien")})
    assert "pas un message" in unescape(wrong.content.decode())
    for stage in Stage:
        for side, client in clients.items():
            page = unescape(client.get(address).content.decode())
            assert f"Votre prochain pas : {stage.label}".replace(" :", "\u202f:") in page
            file = SimpleUploadedFile("m.acn", blind_message(str(count.pk), stage, side))
            assert client.post(address, {"file": file}).status_code == 302
    taken = clients[Side.FUND].get(reverse("registers:blinded", args=[count.pk]))
    assert taken.content == blind_message(str(count.pk), Stage.BLINDED, Side.SERVICE)
    counted(count)
    page = unescape(clients[Side.FUND].get(address).content.decode())
    assert "environ 100" in page
    assert "environ 100" in unescape(clients[Side.SERVICE].get(reverse("registers:lists")).content.decode())
