"""The yearly review: prefilled figures, words of each strand, improvements, decisions and what became of them."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime, timedelta

import pytest
from django.http import Http404
from django.urls import reverse
from pypdf import PdfReader
from tests.apps.indicators.consolidation.test_figures import ranked
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.region import Region
from tests.support.roles import as_system
from tests.support.story import Story

from avenant.contracts.catalogue.models import DefinitionRecord
from avenant.contracts.drafting.models import ContractParty
from avenant.domain.decision import DomainError, Refused
from avenant.domain.indicators import Provider
from avenant.foundations.documents import services as documents
from avenant.foundations.documents.models import Document
from avenant.foundations.journal.models import DueItem
from avenant.foundations.journal.selectors import list_due
from avenant.foundations.parties.actors import acting_as
from avenant.indicators.consolidation import printing, selectors, services
from avenant.indicators.consolidation.models import Review, ReviewItem, StoredChart

pytestmark = pytest.mark.django_db
APRIL = datetime(2026, 4, 10, 9, tzinfo=UTC)
STRANDS = ("volet-1", "volet-2", "volet-3")


def validated(cast: Cast) -> Story:
    story = Story(cast)
    campaign = story.campaign()
    for provider in (Provider.SERVICE, Provider.SOCIAL_SERVICE, Provider.FUND_PREVENTION):
        story.validate(story.hand_in(provider, amount=20))
    with as_system():
        services.consolidate_campaign(campaign_id=campaign.pk, at=APRIL)
    return story


def opened(cast: Cast, story: Story, year: int = 2025) -> Review:
    with acting_as(cast.labour):
        return services.open_review(actor=cast.labour, contract_id=story.contract.pk, year=year, at=APRIL)


def write(cast: Cast, review: Review, *strands: str) -> None:
    with acting_as(cast.labour):
        for strand in strands:
            services.write_strand(
                actor=cast.labour, review_id=review.pk, strand=strand, text=f"Dit du {strand}.", at=APRIL
            )


@pytest.mark.req("S3-7-04")
def test_the_quantitative_part_is_prefilled_and_each_strand_needs_its_words(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    with acting_as(cast.labour):
        rows = {row.definition.code: row.value for row in selectors.quantitative(cast.labour, review)}
    assert len(rows) == 62
    assert rows["pdp-1.10"] == "20"
    assert rows["pdp-1.4"] == "20", "the social service's figure too"
    page = signed_in(cast.labour).get(review.page()).content.decode()
    for heading in ("Bilan quantitatif", "Bilan qualitatif"):
        assert heading in page
    for written in ((), STRANDS[:1], STRANDS[:2]):
        write(cast, review, *written)
        left = ", ".join(strand.replace("-", " ") for strand in STRANDS[len(written) :])
        with acting_as(cast.labour), pytest.raises(Refused, match=left):
            services.sign_off_review(actor=cast.labour, review_id=review.pk, at=APRIL)
    write(cast, review, *STRANDS)
    with acting_as(cast.labour):
        signed = services.sign_off_review(actor=cast.labour, review_id=review.pk, at=APRIL)
    assert [part["text"] for part in signed.content["qualitative"]] == [f"Dit du {one}." for one in STRANDS]
    frozen = [row for part in signed.content["quantitative"] for group in part["groups"] for row in group["rows"]]
    assert next(row for row in frozen if row["code"] == "1.10*")["value"] == "20"


def test_blanks_are_no_words(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    write(cast, review, *STRANDS)
    with acting_as(cast.labour):
        services.write_strand(actor=cast.labour, review_id=review.pk, strand="volet-2", text=" \n ", at=APRIL)
        with pytest.raises(Refused, match="volet 2"):
            services.sign_off_review(actor=cast.labour, review_id=review.pk, at=APRIL)


@pytest.mark.req("S3-7-05")
def test_an_improvement_has_its_six_fields_is_edited_and_is_due_from_its_owner(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    client = signed_in(cast.labour)
    typed = {
        "kind": "improvement", "text": "Former les équipes", "action": "Fiche action 2",
        "finding": "Peu de signalements",
        "owner": str(cast.service.organisation_id), "due_on": "2026-09-01", "progress": "proposed",
    }  # fmt: skip
    assert client.post(reverse("consolidation:add-item", args=[review.pk]), typed).status_code == 302
    with acting_as(cast.service):
        item = ReviewItem.objects.get()
        due = list_due(cast.service).get(label__contains="Former les équipes")
        assert due.due_at.isoformat() == "2026-09-01T22:00:00+00:00", "the end of the day in the region's zone"
    address = reverse("consolidation:edit-item", args=[review.pk, item.pk])
    assert "Fiche action 2" in client.get(address).content.decode()
    client.post(address, {**typed, "due_on": "2026-10-01", "progress": "underway"})
    page = client.get(review.page()).content.decode()
    for shown in (
        "Former les équipes",
        "Fiche action 2",
        "Peu de signalements",
        "Durance Luberon",
        "1er octobre 2026",
        "en cours",
    ):
        assert shown in page
    bad = client.post(reverse("consolidation:add-item", args=[review.pk]), {**typed, "due_on": "demain"})
    assert bad.status_code == 422
    assert "Peu de signalements" in bad.content.decode(), "what was typed is kept"
    client.post(address, {**typed, "due_on": "2026-10-01", "progress": "done"})
    with acting_as(cast.service):
        assert DueItem.objects.get(label__contains="Former").state == "done"


def test_the_owner_is_a_party_and_a_removed_item_is_due_no_more(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    with acting_as(cast.labour):
        add = lambda owner: services.add_item(  # noqa: E731
            actor=cast.labour, review_id=review.pk, kind=ReviewItem.Kind.DECISION,
            content={"text": "Décider", "owner": owner, "due_on": date(2026, 9, 1)},
        )  # fmt: skip
        with pytest.raises(Refused, match="partie"):
            add(cast.organisation("val-issole"))
        item = add(cast.organisation("carsat-sud-est"))
        services.remove_item(actor=cast.labour, review_id=review.pk, item_id=item.pk)
        assert DueItem.objects.get(key=f"review-item:{item.pk}").state == "dropped"


@pytest.mark.req("S3-6-06")
def test_a_decision_on_an_indicator_comes_back_in_the_next_years_review(cast: Cast) -> None:
    region = Region(cast, 2, sets=("pdp",))
    campaign = region.campaign()
    region.declare(campaign, ranked)
    region.consolidate(campaign)
    with as_system():
        record = DefinitionRecord.objects.get(code="pdp-1.3")
    typed = {
        "finding": "La cellule suit peu de salariés", "decision": "Ouvrir une permanence de la cellule",
        "owner": ContractParty.Role.SERVICE.value, "due_on": "2026-12-31", "contracts": [str(region.contracts[0].pk)],
    }  # fmt: skip
    client = signed_in(cast.labour)
    address = reverse("consolidation:decide", args=[campaign.pk, record.pk])
    assert client.post(address, {**typed, "due_on": ""}).status_code == 422
    assert client.post(address, typed).status_code == 302
    item_of = ReviewItem.objects.select_related("review", "owner", "definition")
    with acting_as(cast.labour):
        item = item_of.get()
    assert item.definition is not None
    assert (item.definition.code, item.finding, item.text) == ("pdp-1.3", typed["finding"], typed["decision"])
    assert item.owner is not None
    assert (item.owner.key, item.due_on) == ("fictif-1", date(2026, 12, 31))
    manager = region.manager(1)
    with acting_as(manager):
        assert list_due(manager).filter(label__contains="permanence").exists()
        later = services.open_review(
            actor=manager, contract_id=region.contracts[0].pk, year=2026, at=APRIL + timedelta(days=365)
        )
    page = signed_in(manager).get(later.page()).content.decode()
    for shown in ("Suites des bilans précédents", typed["decision"], typed["finding"], "1.3"):
        assert shown in page, "the next year's committee reviews it"
    told = {"progress": "done", "outcome": "Permanence ouverte en juin"}
    signed_in(manager).post(reverse("consolidation:follow-up", args=[later.pk, item.pk]), told)
    with acting_as(manager):
        content = selectors.review_content(manager, later, at=APRIL)
        assert DueItem.objects.get(key=f"review-item:{item.pk}").state == "done"
    (followed,) = content["followed_up"]
    assert (followed["indicator"], followed["status"], followed["outcome"]) == ("1.3", "réalisée", told["outcome"])
    listed = client.get(reverse("consolidation:indicator", args=[campaign.pk, record.pk])).content.decode()
    assert told["outcome"] in listed, "recorded against the indicator"
    reorientation = services.Reorientation(record, "c", "d", ContractParty.Role.ARS, date(2026, 12, 31))
    with acting_as(cast.labour), pytest.raises(DomainError):
        services.decide_on_indicator(
            actor=cast.labour, contract_ids=[region.contracts[0].pk], year=2025, reorientation=reorientation, at=APRIL
        )


def test_who_writes_and_who_only_reads(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    for person in (cast.reader, cast.contributor, cast.social_service):
        with acting_as(person), pytest.raises(Refused, match="responsables CPOM"):
            services.write_strand(actor=person, review_id=review.pk, strand="volet-1", text="moi", at=APRIL)
    for stranger in (cast.other_service, cast.outsider):
        with acting_as(stranger), pytest.raises(Http404):
            services.write_strand(actor=stranger, review_id=review.pk, strand="volet-1", text="moi", at=APRIL)
    client = signed_in(cast.contributor)
    client.post(reverse("consolidation:comment", args=[review.pk]), {"text": "À relire"})
    assert "À relire" in signed_in(cast.fund).get(review.page()).content.decode()
    assert (
        signed_in(cast.reader).post(reverse("consolidation:comment", args=[review.pk]), {"text": "x"}).status_code
        == 403
    )


def test_the_words_are_saved_as_one_types_and_never_overwrite_another_person(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    address = reverse("consolidation:write-strand", args=[review.pk, "volet-1"])
    saved = signed_in(cast.service).post(address, {"text": "Le service", "seen": ""}, headers={"HX-Request": "true"})
    assert "Enregistré le" in saved.content.decode()
    assert "Responsable CPOM" in saved.content.decode()
    stale = signed_in(cast.fund).post(address, {"text": "La caisse", "seen": ""})
    assert stale.status_code == 409
    told = stale.content.decode()
    assert "La caisse" in told, "what was typed stays"
    assert "Le service" in told, "and what was written in between is shown"
    with acting_as(cast.fund):
        row = selectors.list_strands(cast.fund, review).get(strand="volet-1")
        assert row.text == "Le service"
        services.write_strand(
            actor=cast.fund,
            review_id=review.pk,
            strand="volet-1",
            text="Les deux",
            seen=services.text_version(row),
            at=APRIL,
        )


def test_the_pdf_says_its_confidentiality_its_charts_and_its_suites(cast: Cast) -> None:
    story = validated(cast)
    review = opened(cast, story)
    with as_system():
        StoredChart.objects.create(
            circle_id=review.circle_id, key="2025:outcome", title="Issues des accompagnements", alt="des barres",
            svg='<svg xmlns="http://www.w3.org/2000/svg" width="10" height="10"><path d="M0 0h9v9z"/></svg>',
            table=[["Ligne", "salariés"], ["1.1.8 Reclassements", "8"]], sha256="", at=APRIL,
        )  # fmt: skip
    write(cast, review, *STRANDS)
    with acting_as(cast.labour):
        services.sign_off_review(actor=cast.labour, review_id=review.pk, at=APRIL)
    with as_system():
        printing.print_review(review_id=review.pk)
        document = Document.objects.get(subject=review.pk)
        pages = [one.extract_text() for one in PdfReader(io.BytesIO(documents.read(document))).pages]
    assert all("Confidentiel" in page for page in pages)
    assert any("Issues des accompagnements" in page for page in pages)
    assert any("Dit du volet-3." in page for page in pages)
