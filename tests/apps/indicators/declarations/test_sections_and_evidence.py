"""Sections shared out with a day, files that support a figure: the provider's own until it hands the part in."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from tests.support.cast import Cast
from tests.support.story import FEBRUARY, Story

from avenant.domain.decision import DomainError, Refused
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.selectors import list_due
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.declarations.models import Assignment, Evidence, Part
from avenant.indicators.declarations.services import evidence, sharing
from avenant.indicators.declarations.sheet import sheet

DAY = date(2026, 3, 2)
PDF = b"%PDF-1.7 extraction"


def entrust(cast: Cast, part: Part, section: str = "volet-2", due_on: date = DAY) -> Assignment:
    with acting_as(cast.service):
        return sharing.entrust_section(
            actor=cast.service,
            part_id=part.pk,
            section=section,
            person_id=cast.contributor.person_id,
            due_on=due_on,
            at=FEBRUARY,
        )


def test_a_section_is_on_the_colleagues_home_until_it_is_done(
    part: Part, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    assignment = entrust(cast, part)
    with acting_as(cast.contributor):
        due = list_due(cast.contributor).get(person_id=cast.contributor.person_id)
    assert "section qui vous est confiée" in due.label
    with acting_as(cast.labour):  # the other parties read the item: neither the section nor who asked is theirs
        read = DueItem.objects.visible_to(cast.labour).get(pk=due.pk)
        assert "Volet 2" not in read.label
        assert read.waiting == cast.organisation("satdl").short_name
    assert due.due_at.date() == DAY
    assert due.page == part.page()
    with acting_as(cast.service):
        assert not list_due(cast.service).filter(person_id__isnull=False).exists(), "the colleague's alone"
    client = signed_in(cast.contributor)
    assert "pour le 2 mars 2026" in client.get(part.page()).content.decode()
    client.post(f"/declarations/sections/{assignment.pk}/terminer")
    with acting_as(cast.contributor):
        assert not list_due(cast.contributor).filter(person_id__isnull=False).exists()
    assert "terminée" in client.get(part.page()).content.decode()


def test_entrusting_again_moves_the_section_and_never_doubles_it(part: Part, cast: Cast) -> None:
    entrust(cast, part)
    entrust(cast, part, due_on=DAY + timedelta(days=4))
    with acting_as(cast.contributor):
        assert Assignment.objects.get().due_on == DAY + timedelta(days=4)
        assert list_due(cast.contributor).get(person_id__isnull=False).due_at.date() == DAY + timedelta(days=4)


@pytest.mark.parametrize("section", ["volet-9", "volet-1/autre"])
def test_a_section_must_be_in_the_part(section: str, part: Part, cast: Cast) -> None:
    with pytest.raises(DomainError, match="n’est pas dans la déclaration"):
        entrust(cast, part, section)


def test_a_section_goes_to_a_colleague_who_may_fill_for_today_at_the_earliest(part: Part, cast: Cast) -> None:
    with pytest.raises(DomainError, match="La date est passée"):
        entrust(cast, part, due_on=FEBRUARY.date() - timedelta(days=1))
    assert entrust(cast, part, due_on=FEBRUARY.date())
    for stranger in (cast.labour, cast.reader):
        with acting_as(cast.service), pytest.raises(DomainError, match="personne de votre organisme"):
            sharing.entrust_section(
                actor=cast.service,
                part_id=part.pk,
                section="volet-2",
                person_id=stranger.person_id,
                due_on=DAY,
                at=FEBRUARY,
            )


def test_handing_in_or_taking_back_frees_the_colleague(part: Part, story: Story, cast: Cast) -> None:
    first, second = entrust(cast, part), entrust(cast, part, "volet-3")
    with acting_as(cast.service):
        sharing.take_section_back(actor=cast.service, assignment_id=second.pk, at=FEBRUARY)
    story.fill(part)
    story.settle(part)
    story.submit(part)
    with acting_as(cast.service):
        states = set(DueItem.objects.filter(key__contains=":section:").values_list("state", flat=True))
        assert states == {"dropped"}
        assert Assignment.objects.get() == first
    with acting_as(cast.labour):
        assert not Assignment.objects.exists(), "how a provider shares its work is its own"


def join(cast: Cast, part: Part, name: str = "extraction.pdf", content: bytes = PDF) -> Evidence:
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == "pdp-1.10")
        return evidence.join_evidence(
            actor=cast.service, part_id=part.pk, definition_id=row.record.pk, name=name, content=content, at=FEBRUARY
        )


def test_a_file_is_the_providers_until_it_hands_the_part_in(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    one = join(cast, part)
    assert signed_in(cast.contributor).get(f"/declarations/pieces/{one.pk}").content == PDF
    assert signed_in(cast.labour).get(f"/declarations/pieces/{one.pk}").status_code == 404
    assert "1 pièce" in signed_in(cast.service).get(part.page()).content.decode()
    with acting_as(cast.labour):
        assert not Evidence.objects.exists()
        assert not Document.objects.exists()
    story.fill(part)
    story.settle(part)
    submission = story.submit(part)
    with acting_as(cast.labour):
        published = Document.objects.get(subject=submission.pk)
        assert (published.kind, published.name, documents.read(published)) == ("pdp-1.10", "extraction.pdf", PDF)
    assert "extraction.pdf" in signed_in(cast.labour).get(part.page()).content.decode()
    with acting_as(cast.service), pytest.raises(Refused):
        evidence.remove_evidence(actor=cast.service, evidence_id=one.pk, at=FEBRUARY)


def test_a_file_is_removed_before_the_part_is_handed_in(
    part: Part, cast: Cast, signed_in: Callable[[Actor], Client]
) -> None:
    one = join(cast, part)
    address = f"/declarations/pieces/{one.pk}/retirer"
    assert signed_in(cast.fund).post(address).status_code == 404
    signed_in(cast.service).post(address)
    with acting_as(cast.service):
        assert not Evidence.objects.exists()


def test_the_same_file_an_eleventh_or_another_type_is_refused(part: Part, cast: Cast) -> None:
    join(cast, part)
    with pytest.raises(DomainError, match="déjà joint"):
        join(cast, part)
    with pytest.raises(DomainError, match="type accepté"):
        join(cast, part, "virus.exe", b"MZ")
    for number in range(9):
        join(cast, part, content=PDF + bytes([number]))
    with pytest.raises(DomainError, match="a déjà 10 pièces"):
        join(cast, part, content=PDF + b"eleventh")


def test_a_full_disk_loses_nothing_and_says_so(
    part: Part, story: Story, cast: Cast, signed_in: Callable[[Actor], Client], monkeypatch: pytest.MonkeyPatch
) -> None:
    story.type(part, "pdp-1.10", "398")
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == "pdp-1.10")

    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "mkdir", full)
    file = SimpleUploadedFile("jamais-vu.pdf", b"%PDF-1.7 never seen before")
    answer = signed_in(cast.service).post(f"/declarations/parts/{part.pk}/pieces/{row.record.pk}", {"file": file})
    assert answer.status_code == 422
    assert "le serveur manque de place" in answer.content.decode()
    monkeypatch.undo()
    with acting_as(cast.service):
        assert not Evidence.objects.exists()
        kept = next(one for one in sheet(cast.service, part).rows if one.definition.code == "pdp-1.10")
    assert kept.answer.value == {"total": 398}
