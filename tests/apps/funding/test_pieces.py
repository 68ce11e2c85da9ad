"""The pieces of a dossier: kept once and used again, each kind asks for what its rule reads, each line says what to do."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import Http404
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import OCTOBER, PDF, TOO_LATE, FundingCast, fill, hand_in, open_for, publish

from avenant.foundations import clock
from avenant.foundations.journal.models import Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import acting_as
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.checks import PieceLine, standing_of
from avenant.funding.dossiers.models import Dossier, FundingLine, Piece
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services import judging, pieces, writing
from avenant.funding.dossiers.services.pieces import PieceSaid
from avenant.funding.dossiers.services.writing import RowSaid

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


@pytest.fixture
def earlier(cast: FundingCast, call: PublishedCall) -> Dossier:
    """A dossier of the establishment for another call, with its pieces."""
    made = open_for(cast.director, call)
    fill(cast.director, made)
    return made


@pytest.fixture
def fresh(cast: FundingCast, earlier: Dossier) -> Dossier:
    """The next dossier of the same establishment, empty."""
    return open_for(cast.director, publish(cast, key="clact-suivant", title="Appel suivant"))


def place(dossier: Dossier) -> str:
    return reverse("dossiers:pieces", args=[dossier.pk])


def held(cast: FundingCast, dossier: Dossier, kind: str) -> Piece:
    with acting_as(cast.director):
        return Piece.objects.select_related("document").get(dossier=dossier, kind=kind)


def lines(cast: FundingCast, dossier: Dossier) -> dict[str, PieceLine]:
    with acting_as(cast.director):
        return {one.rule: one for one in standing_of(get_dossier(cast.director, dossier.pk), at=OCTOBER).pieces()}


def files_kept() -> int:
    return sum(one.is_file() for one in Path(settings.FILES).rglob("*"))


def test_a_piece_is_kept_once_and_used_again_with_what_it_says(
    cast: FundingCast, earlier: Dossier, fresh: Dossier
) -> None:
    client, kept = signed_in(cast.director), files_kept()
    for kind in ("duerp", "courrier_demande", "avis_personnel"):
        former = held(cast, earlier, kind)
        assert str(former.pk) in client.get(place(fresh), {"kind": kind}).content.decode()
        assert client.post(place(fresh), {"kind": kind, "reuse": str(former.pk)}).status_code == 302
        again = held(cast, fresh, kind)
        assert former.document is not None
        assert again.document is not None
        assert again.document.sha256 == former.document.sha256
        assert again.document.circle_id == fresh.circle_id != former.document.circle_id
        for said in ("on", "signatory", "signed_on", "body", "opinion"):
            assert getattr(again, said) == getattr(former, said), said
    assert files_kept() == kept, "the file itself is stored once"
    told = lines(cast, fresh)
    assert told["duerp"].done
    assert told["request-letter"].done
    with acting_as(cast.director):
        pieces.take_out_piece(actor=cast.director, piece_id=held(cast, earlier, "duerp").pk, at=OCTOBER)
    document = held(cast, fresh, "duerp").document
    assert document is not None
    assert client.get(reverse("documents:download", args=[document.pk])).status_code == 200


def test_a_piece_of_somebody_else_or_of_nobody_is_not_used_again(
    cast: FundingCast, earlier: Dossier, fresh: Dossier
) -> None:
    other = open_for(cast.other_director, fresh.call, "99B000002", status="private_profit", category="clinique")
    former = held(cast, earlier, "duerp")
    with acting_as(cast.other_director), pytest.raises(Http404):
        pieces.join_piece(
            actor=cast.other_director, dossier_id=other.pk, piece=PieceSaid(kind="duerp", reuse=former.pk), at=OCTOBER
        )
    client = signed_in(cast.director)
    for reuse in ("n’importe quoi", "00000000-0000-0000-0000-000000000000"):
        assert client.post(place(fresh), {"kind": "duerp", "reuse": reuse}).status_code == 422
    both = {"kind": "duerp", "reuse": str(former.pk), "file": SimpleUploadedFile("duerp.pdf", PDF)}
    answer = client.post(place(fresh), both)
    assert answer.status_code == 422
    assert "pas les deux" in answer.content.decode()


@pytest.mark.parametrize(
    ("kind", "asked"),
    [
        ("", set()),
        ("duerp", {"file", "on", "unavailable"}),
        ("courrier_demande", {"file", "on", "signatory", "signed_on"}),
        ("avis_personnel", {"file", "on", "body", "opinion", "unavailable"}),
        ("lettre_cofinanceur", {"file", "on", "signatory", "signed_on", "project"}),
        ("bilan_social", {"file", "on", "unavailable"}),
    ],
)
def test_the_form_asks_what_the_rule_of_the_piece_reads(
    cast: FundingCast, earlier: Dossier, kind: str, asked: set[str]
) -> None:
    form = signed_in(cast.director).get(place(earlier), {"kind": kind}).context["form"]
    assert {one.name for one in form.shown()} == {"kind", *asked}


def test_a_piece_without_what_its_rule_reads_is_refused_at_once(cast: FundingCast, earlier: Dossier) -> None:
    client = signed_in(cast.director)
    for kind, fields in (("duerp", ["on"]), ("courrier_demande", ["signatory", "signed_on"])):
        answer = client.post(place(earlier), {"kind": kind, "file": SimpleUploadedFile("piece.pdf", PDF)})
        assert answer.status_code == 422
        assert list(answer.context["form"].errors) == fields


def test_each_line_says_what_to_do_once_and_leads_there(cast: FundingCast, fresh: Dossier) -> None:
    told = lines(cast, fresh)
    letter = told["request-letter"]
    assert letter.sentence.count("courrier de demande") == 1
    assert letter.sentence.startswith("Joignez le courrier")
    own = told["own-letter"]
    assert not own.known
    assert (
        own.sentence.replace("\u202f", " ")
        == "Il manque « coût éligible hors taxes » et « aides d’autres financeurs »."
    )
    page = signed_in(cast.director).get(place(fresh)).content.decode()
    assert "?kind=courrier_demande#join" in page
    assert reverse("dossiers:financement", args=[fresh.pk, 1]) in page
    assert "?kind=plan_financement" not in page


def test_the_receipt_names_each_piece_and_the_rejection_is_told_to_the_direction(
    cast: FundingCast, earlier: Dossier, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand_in(cast.director, earlier)
    receipt = reverse("dossiers:receipt", args=[earlier.pk])
    page = signed_in(cast.director).get(receipt).content.decode()
    assert "Le courrier de demande signé par l’autorité compétente" in page
    assert "6 novembre 2023" in page
    piece = held(cast, earlier, "courrier_demande")
    monkeypatch.setattr(clock, "now", lambda: TOO_LATE)
    with acting_as(cast.officer):
        judging.check_piece(actor=cast.officer, piece_id=piece.pk, compliant=False, reason="Non signé.", at=TOO_LATE)
        judging.judge_completeness(actor=cast.officer, dossier_id=earlier.pk, at=TOO_LATE)
    with acting_as(cast.director):
        told = {one.person_id for one in Notice.objects.filter(key=f"dossier:{earlier.pk}:rejected")}
        assert {cast.director.person_id, cast.lead.person_id} == told
        labels = [one.label for one in Event.objects.filter(verb="dossier.check_piece")]
    assert labels == ["Pièce non conforme : le courrier de demande signé par l’autorité compétente"]
    assert "incomplet" in signed_in(cast.director).get(receipt).content.decode()


def test_what_several_rules_wait_for_is_told_once_with_their_articles(cast: FundingCast, earlier: Dossier) -> None:
    with acting_as(cast.director):
        emptied = [RowSaid(one.pk, None) for one in FundingLine.objects.filter(project__dossier=earlier)]
        writing.plan_funding(actor=cast.director, dossier_id=earlier.pk, position=1, lines=emptied, at=OCTOBER)
        standing = standing_of(get_dossier(cast.director, earlier.pk), at=OCTOBER)
    told = standing.shown("financement", 1)
    waiting = [one for one in told if one.sentence.startswith("Il manque «\u202fplan de financement\u202f»")]
    assert len(waiting) == 1
    assert "Aides publiques cumulées" in waiting[0].sentence
    assert "Co-financement obligatoire" in waiting[0].sentence
    assert {"§3.2, 2°", "§5.1"} <= {part.strip() for part in waiting[0].basis.replace("\u202f", " ").split(";")}
    assert len({one.sentence for one in told}) == len(told)
