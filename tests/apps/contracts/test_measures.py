"""What a contract promises to measure, and how it is collected."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from tests.support.acts import agree, noon, promise, sign_by_all
from tests.support.cast import Cast, actor
from tests.support.clients import signed_in
from tests.support.roles import as_system
from tests.support.story import FEBRUARY, Story

from avenant.contracts.amendments import services as amendments
from avenant.contracts.amendments.models import Amendment
from avenant.contracts.catalogue.local import LocalIndicator
from avenant.contracts.catalogue.models import DefinitionRecord, IndicatorSet
from avenant.contracts.drafting import selectors, services
from avenant.contracts.drafting.models import Contract, OperatingMode, PromisedIndicator
from avenant.contracts.drafting.services import collection, promises
from avenant.domain.audiences import Role
from avenant.domain.decision import DomainError, Refused
from avenant.domain.indicators import Answer, Kind, Total, consolidate, measures
from avenant.domain.indicators.definitions import Scope
from avenant.foundations.journal.models import DueItem, Event
from avenant.foundations.messages.models import Notice
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Organisation
from avenant.indicators.declarations.models import DraftValue
from avenant.indicators.declarations.services import entry
from avenant.indicators.declarations.sheet import sheet
from avenant.site.loading import load_references

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 1, 5, 9, tzinfo=UTC)
SPAN = promises.Span(2025, 2029)
NUMBER = LocalIndicator("2.9.1", "Nombre de visites FACT", "volet-2", Kind.INTEGER)
TEXT = LocalIndicator("2.9.2", "Bilan qualitatif", "volet-2", Kind.TEXT, max_length=20)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


class Guadeloupe:
    """The three parties of the contract that nobody has signed yet."""

    def __init__(self) -> None:
        with as_system():
            self.contract = Contract.objects.get(key="cpom-guadeloupe-2025-2030")
            self.service = self._lead("cist-97-1", Role.SERVICE_MANAGER)
            self.labour = self._lead("deets-guadeloupe", Role.LABOUR_LEAD)
            self.fund = self._lead("cgss-guadeloupe", Role.FUND_CORRESPONDENT)

    def _lead(self, key: str, role: Role) -> Actor:
        return actor(Organisation.objects.get(key=key), "Pilote", role)

    def promised(self, reader: Actor) -> list[PromisedIndicator]:
        return list(selectors.list_promises(reader, self.contract))


@pytest.fixture
def guadeloupe(db: None) -> Guadeloupe:
    return Guadeloupe()


def page(reader: Actor, address: str) -> str:
    client = signed_in(reader)
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


# -- Loading -----------------------------------------------------------------------------------------------------------


@pytest.mark.req("S3-6-14")
def test_loading_twice_leaves_62_indicators_each_described(story: Story, cast: Cast) -> None:
    with as_system():
        assert list(load_references()) == []
    with acting_as(cast.service):
        rows = [one.definition for one in selectors.list_promises(cast.service, story.contract)]
    assert len(rows) == 62
    assert all(one.printed_code and one.label and one.content["kind"] and one.provider and one.strand for one in rows)
    chapters = [(one.set_id, one.strand, one.printed_code.rsplit(".", 1)[0]) for one in rows]
    assert sum(chapter[0] == "pdp" for chapter in chapters) == 14
    assert [sum(chapter == ("satdl", "volet-1", group) for chapter in chapters) for group in ("1.1", "1.2", "1.3")] == [
        9,
        12,
        5,
    ]
    assert sum(chapter[:2] == ("satdl", "volet-2") for chapter in chapters) == 9
    assert sum(chapter[:2] == ("satdl", "volet-3") for chapter in chapters) == 7
    assert [sum(chapter[:2] == ("a4", strand) for chapter in chapters) for strand in ("volet-2", "volet-3")] == [3, 3]


def test_a_contract_not_signed_has_no_dates_and_no_campaign(guadeloupe: Guadeloupe) -> None:
    contract = guadeloupe.contract
    assert (contract.state, contract.starts_on, contract.ends_on) == ("draft", None, None)
    assert contract.term == "5 ans à compter de la dernière signature"
    with acting_as(guadeloupe.labour):
        mine = selectors.list_contracts(guadeloupe.labour)
        assert [party.organisation.short_name for party in mine.get().parties.all()] == [
            "CIST 97.1",
            "DEETS Guadeloupe",
            "CGSS Guadeloupe",
        ]
        assert not selectors.in_force_during(mine, 2026).exists()


def test_a_contract_in_force_has_its_dates(story: Story, cast: Cast) -> None:
    with acting_as(cast.labour), pytest.raises(IntegrityError, match="dated_once_signed"), transaction.atomic():
        Contract.objects.filter(pk=story.contract.pk).update(ends_on=None)


@pytest.mark.req("S1-V-04")
@pytest.mark.parametrize(
    ("signed_on", "ends_on", "gap"),
    [(date(2025, 7, 1), date(2030, 6, 30), False), (date(2025, 1, 1), date(2029, 12, 31), True)],
)
def test_the_last_signature_fixes_the_term(guadeloupe: Guadeloupe, signed_on: date, ends_on: date, gap: bool) -> None:
    labour = guadeloupe.labour
    row = sign_by_all((labour, guadeloupe.fund, guadeloupe.service), guadeloupe.contract, noon(signed_on))
    with acting_as(labour):
        years = {(one.first_year, one.last_year) for one in guadeloupe.promised(labour)}
    assert (row.state, row.starts_on, row.ends_on) == ("in_force", signed_on, ends_on)
    assert years == {(signed_on.year, ends_on.year)}
    assert (row.title_period, row.duration_years) == ("2025-2030", 5)
    warning = "l’année 2030 n’est pas atteinte"
    assert (warning in row.title_gap) is gap
    assert (warning in page(labour, row.page())) is gap


def test_no_page_brings_a_draft_into_force_without_its_signatures(guadeloupe: Guadeloupe) -> None:
    shown = page(guadeloupe.labour, guadeloupe.contract.page())
    assert "Mettre en vigueur" not in shown
    assert "Voir ce qui manque avant la signature" in shown


# -- Proposed indicators -----------------------------------------------------------------------------------------------


@pytest.mark.req("S1-VI-02")
def test_every_guadeloupe_indicator_is_to_be_confirmed_until_each_party_has_said_so(guadeloupe: Guadeloupe) -> None:
    contract = guadeloupe.contract
    address = reverse("drafting:indicators", args=[contract.pk])
    with acting_as(guadeloupe.service):
        rows = guadeloupe.promised(guadeloupe.service)
        asked = selectors.list_promises(guadeloupe.service, contract, 2026)
        assert not asked.exists(), "nothing is asked that the parties have not confirmed"
    assert len(rows) == 14 + 3
    assert all(one.proposed for one in rows)
    assert {one.definition.set_id for one in rows} == {"pdp", "a4"}, "no chemical-risk indicator is invented"
    mark = ">proposé, à confirmer<"
    assert page(guadeloupe.service, address).count(mark) == 17
    first = rows[0]
    for rank, party in enumerate((guadeloupe.service, guadeloupe.labour, guadeloupe.fund), start=1):
        with acting_as(party):
            settled = promises.confirm_indicators(actor=party, contract_id=contract.pk, promise_ids=[first.pk], at=NOW)
        assert [one.pk for one in settled] == ([first.pk] if rank == 3 else [])
    assert page(guadeloupe.service, address).count(mark) == 16
    with acting_as(guadeloupe.service):
        assert selectors.list_promises(guadeloupe.service, contract, 2026).get() == first
        labels = [event.label for event in Event.objects.filter(circle_id=contract.circle_id).order_by("-at")]
    assert "Confirmés par toutes les parties\u202f: 1.1" in labels
    assert "CIST 97.1 confirme\u202f: 1.1" in labels


def test_a_party_confirms_once_and_for_itself(guadeloupe: Guadeloupe, cast: Cast) -> None:
    contract = guadeloupe.contract
    with acting_as(guadeloupe.fund):
        first = guadeloupe.promised(guadeloupe.fund)[0].pk
        promises.confirm_indicators(actor=guadeloupe.fund, contract_id=contract.pk, promise_ids=[first], at=NOW)
        with pytest.raises(DomainError, match="pas encore confirmé"):
            promises.confirm_indicators(actor=guadeloupe.fund, contract_id=contract.pk, promise_ids=[first], at=NOW)
        assert len(selectors.confirmed_by(guadeloupe.fund, contract)[first]) == 1
    client = signed_in(cast.service)
    assert client.get(contract.page()).status_code == 404


# -- Local indicators --------------------------------------------------------------------------------------------------


def add(story: Story, indicator: LocalIndicator, span: promises.Span = SPAN) -> PromisedIndicator:
    """Added by an amendment that the three parties sign."""
    return promise(parties_of(story), story.contract, indicator, span, NOW)


def parties_of(story: Story) -> tuple[Actor, ...]:
    return story.cast.labour, story.cast.fund, story.cast.service


@pytest.mark.req("S1-VI-01")
def test_a_number_and_a_text_of_strand_2_are_in_the_campaign_form(story: Story, cast: Cast) -> None:
    number, text = add(story, NUMBER), add(story, TEXT)
    story.campaign()
    part = story.part()
    with acting_as(cast.service):
        rows = {row.record.pk: row for row in sheet(cast.service, part).own_rows}
    assert {rows[one.definition_id].definition.strand for one in (number, text)} == {"volet-2"}
    form = page(cast.service, part.page())
    for one in (number, text):
        assert one.definition.label in form
        assert str(one.definition_id) in form
    story.type(part, number.definition.code, "12")
    story.type(part, text.definition.code, "x" * 20)
    with acting_as(cast.service):
        kept = {one.definition_id: one.value for one in DraftValue.objects.visible_to(cast.service)}
        counted = {
            row.definition.printed_code: measures(row.definition, kept[row.record.pk])
            for row in sheet(cast.service, part).own_rows
            if row.record.pk in kept
        }
    assert kept[text.definition_id] == {"text": "x" * 20}
    assert counted == {"2.9.1": {"total": 12}, "2.9.2": {}}, "a text has no measure: no sum can hold it"
    summed = {
        row.definition.printed_code: [
            isinstance(one, Total)
            for one in consolidate(row.definition, {"service": Answer.provided(kept[row.record.pk])}).parts.values()
        ]
        for row in rows.values()
        if row.record.pk in kept
    }
    assert summed == {"2.9.1": [True], "2.9.2": [False]}, "the region's sums hold the number and leave the text out"
    story.type(part, text.definition.code, "x" * 21)
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).own_rows if one.record.pk == text.definition_id)
    assert "20 au plus" in row.errors["text"]


def test_a_local_indicator_is_read_in_its_circle_alone(story: Story, cast: Cast) -> None:
    code = add(story, NUMBER).definition.code
    with acting_as(cast.fund):
        assert DefinitionRecord.objects.visible_to(cast.fund).filter(code=code).exists()
    with acting_as(cast.other_service):
        assert not DefinitionRecord.objects.filter(code=code).exists(), "row level security, whatever the filter"
        assert not IndicatorSet.objects.filter(scope=Scope.LOCAL, circle__isnull=False).exists()
    client = signed_in(cast.other_service)
    assert client.get(reverse("catalogue:definition", args=[code])).status_code == 404


@pytest.mark.parametrize("printed", ["2.9.1", "1.10", "2.9.A"])
def test_a_code_is_printed_once_in_a_contract(story: Story, printed: str) -> None:
    add(story, NUMBER)
    add(story, LocalIndicator("2.9.a", "Autre", "volet-2", Kind.INTEGER))
    with pytest.raises(DomainError, match="déjà"):
        add(story, LocalIndicator(printed, "Doublon", "volet-2", Kind.INTEGER))


@pytest.mark.parametrize(
    ("indicator", "refusal"),
    [
        (LocalIndicator("2 9", "Espace", "volet-2", Kind.INTEGER), "pas lisible"),
        (LocalIndicator("1" * 21, "Trop long", "volet-2", Kind.INTEGER), "20 signes"),
        (LocalIndicator("2.9.3", "Une réponse", "volet-2", Kind.CHOICE, choices=("Oui", " Oui ")), "au moins deux"),
        (LocalIndicator("2.9.3", "Taux de rien", "volet-2", Kind.RATE, numerator="Vus"), "dénominateur"),
    ],
)
def test_what_cannot_be_an_indicator_is_refused(story: Story, indicator: LocalIndicator, refusal: str) -> None:
    with pytest.raises(DomainError, match=refusal):
        add(story, indicator)


def test_a_rate_brings_its_rule(story: Story, cast: Cast) -> None:
    rate = LocalIndicator("2.9.4", "Part des vus", "volet-2", Kind.RATE, numerator="Vus", denominator="Suivis")
    code = add(story, rate).definition.code
    story.campaign()
    part = story.part()
    story.type(part, code, {"numerator": "21", "denominator": "20"})
    with acting_as(cast.service):
        row = next(one for one in sheet(cast.service, part).rows if one.definition.code == code)
    assert any("ne peut pas dépasser" in one.sentence for one in row.findings)


def test_once_signed_what_is_promised_changes_by_an_amendment_only(story: Story, cast: Cast) -> None:
    promised = add(story, NUMBER)
    said = {"actor": cast.labour, "at": NOW}
    with acting_as(cast.labour):
        with pytest.raises(Refused, match="avenant de toutes les parties"):
            promises.add_local_indicator(contract_id=story.contract.pk, indicator=TEXT, span=SPAN, **said)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="avenant de toutes les parties"):
            promises.set_targets(promise_id=promised.pk, targets={2026: "12"}, **said)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="avenant de toutes les parties"):
            promises.remove_indicator(promise_id=promised.pk, from_year=2027, **said)  # type: ignore[arg-type]
    with acting_as(cast.service):
        event = Event.objects.get(circle_id=story.contract.circle_id, verb="amendment.apply")
    assert event.organisation_id == cast.service.organisation_id, "in force with the last signature"


def test_two_amendments_never_add_the_same_code(story: Story, cast: Cast) -> None:
    labour, contract = cast.labour, story.contract
    draft = amendments.AmendmentDraft(Amendment.Kind.CONTENT, "Objet")
    with acting_as(labour):
        first, second = (
            amendments.draft_amendment(actor=labour, contract_id=contract.pk, draft=draft, at=NOW) for _ in range(2)
        )
        for one in (first, second):
            amendments.promise_indicator(
                actor=labour, contract_id=contract.pk, amendment_id=one.pk, indicator=NUMBER, span=SPAN, at=NOW
            )
        amendments.open_amendment(actor=labour, contract_id=contract.pk, amendment_id=first.pk, at=NOW)
        with pytest.raises(Refused, match="touche aussi"):
            amendments.open_amendment(actor=labour, contract_id=contract.pk, amendment_id=second.pk, at=NOW)
        with pytest.raises(DomainError, match="Un autre avenant ajoute déjà"):
            amendments.promise_indicator(
                actor=labour, contract_id=contract.pk, amendment_id=second.pk, indicator=NUMBER, span=SPAN, at=NOW
            )


def test_in_preparation_each_party_adds(guadeloupe: Guadeloupe) -> None:
    with acting_as(guadeloupe.service):
        promise = promises.add_local_indicator(
            actor=guadeloupe.service,
            contract_id=guadeloupe.contract.pk,
            indicator=LocalIndicator("2.1.1", "Entreprises accompagnées (CMR)", "volet-2", Kind.INTEGER),
            span=promises.Span(2025, 2030),
            targets={2026: "1200", 2027: ""},
            at=NOW,
        )
    assert promise.targets == {"2026": "1\u202f200"}
    assert not promise.proposed


@pytest.mark.parametrize("span", [promises.Span(2024, 2026), promises.Span(2026, 2025), promises.Span(2025, 2030)])
def test_years_are_those_of_the_contract(story: Story, span: promises.Span) -> None:
    with pytest.raises(DomainError, match="de 2025 à 2029"):
        add(story, NUMBER, span)


@pytest.mark.parametrize(
    ("from_year", "asked"), [(2026, [2025]), (2027, [2025, 2026]), (2029, [2025, 2026, 2027, 2028])]
)
def test_an_indicator_is_removed_from_a_year_on(story: Story, cast: Cast, from_year: int, asked: list[int]) -> None:
    promised = add(story, NUMBER)

    def end(actor: Actor, row: Amendment) -> None:
        amendments.end_indicator(
            actor=actor, contract_id=story.contract.pk, amendment_id=row.pk, promise_id=promised.pk,
            from_year=from_year, at=NOW,
        )  # fmt: skip

    agree(parties_of(story), story.contract, end, NOW)
    with acting_as(cast.labour):
        years = [
            year
            for year in range(2025, 2030)
            if selectors.list_promises(cast.labour, story.contract, year).filter(pk=promised.pk).exists()
        ]
    assert years == asked


def test_a_year_that_is_over_keeps_its_indicators(story: Story, cast: Cast) -> None:
    promised = add(story, NUMBER)

    def end(actor: Actor, row: Amendment) -> None:
        with pytest.raises(Refused, match="Les chiffres de 2025 sont dus"):
            amendments.end_indicator(
                actor=actor, contract_id=story.contract.pk, amendment_id=row.pk, promise_id=promised.pk,
                from_year=2025, at=NOW,
            )  # fmt: skip
        amendments.end_indicator(
            actor=actor, contract_id=story.contract.pk, amendment_id=row.pk, promise_id=promised.pk, from_year=2026,
            at=NOW,
        )  # fmt: skip

    agree(parties_of(story), story.contract, end, NOW)


@pytest.mark.parametrize(
    ("typed", "kept"), [("0", "0\u202f%"), ("100 %", "100\u202f%"), ("87,5", "87,5\u202f%"), ("", None)]
)
def test_a_target_of_a_rate_is_a_percentage(story: Story, cast: Cast, typed: str, kept: str | None) -> None:
    rate = LocalIndicator("2.9.4", "Part des vus", "volet-2", Kind.RATE, numerator="Vus", denominator="Suivis")
    promised = add(story, rate)

    def aim(actor: Actor, row: Amendment) -> None:
        amendments.retarget(
            actor=actor, contract_id=story.contract.pk, amendment_id=row.pk, promise_id=promised.pk,
            targets={2026: typed}, at=NOW,
        )  # fmt: skip

    agree(parties_of(story), story.contract, aim, NOW)
    with acting_as(cast.labour):
        assert PromisedIndicator.objects.get(pk=promised.pk).targets.get("2026") == kept


@pytest.mark.parametrize("typed", ["100,1", "-1", "beaucoup"])
def test_a_target_out_of_reach_is_refused(guadeloupe: Guadeloupe, typed: str) -> None:
    rate = LocalIndicator("2.9.4", "Part des vus", "volet-2", Kind.RATE, numerator="Vus", denominator="Suivis")
    said = {"actor": guadeloupe.labour, "at": NOW}
    with acting_as(guadeloupe.labour):
        row = promises.add_local_indicator(
            contract_id=guadeloupe.contract.pk,
            indicator=rate,
            span=promises.Span(2025, 2030),
            **said,  # type: ignore[arg-type]
        )
        with pytest.raises(DomainError):
            promises.set_targets(promise_id=row.pk, targets={2026: typed}, **said)  # type: ignore[arg-type]


# -- Collection methods ------------------------------------------------------------------------------------------------


def publish(story: Story, code: str, **options: object) -> None:
    labour = story.cast.labour
    with acting_as(labour):
        collection.publish_collection_method(
            actor=labour,
            code=code,
            contract_ids=[story.contract.pk],
            **{  # type: ignore[arg-type]
                "text": "Extraction du logiciel métier.",
                "applies_from": NOW.date(),
                "at": NOW,
                **options,
            },
        )


@pytest.mark.req("S3-6-01")
def test_an_indicator_without_method_is_overdue_in_2026_and_publishing_tells_the_parties(
    story: Story, cast: Cast
) -> None:
    with acting_as(cast.labour):
        last_day = selectors.list_overdue_methods(cast.labour, date(2025, 12, 31))
        assert not last_day.exists(), "communicated during 2025: its last day is in time"
        overdue = selectors.list_overdue_methods(cast.labour, date(2026, 1, 1))
        assert len(overdue) == 62
    publish(story, "pdp-1.3")
    for party in (cast.service, cast.fund, cast.labour):
        with acting_as(party):
            late = {one.definition.code for one in selectors.list_overdue_methods(party, date(2026, 1, 1))}
            told = Event.objects.visible_to(party).get(verb="contract.method_published")
            assert selectors.list_methods(party, "pdp-1.3").get().text == "Extraction du logiciel métier."
        assert len(late) == 61
        assert "pdp-1.3" not in late
        assert "1.3 Salariés suivis par la cellule PDP" in told.label
        assert told.page == "/contrats/catalogue/pdp-1.3"
    for party in (cast.service, cast.fund):
        with acting_as(party):
            notice = Notice.objects.visible_to(party).get(person_id=party.person_id)
        assert notice.title == "Modalité de recueil publiée\u202f: 1.3"
        assert notice.page == told.page
    listed = page(cast.service, "/contrats/catalogue/?recueil=overdue")
    assert "61 indicateurs répondent" in listed
    assert "/contrats/catalogue/pdp-1.3" not in listed


def other_contract(cast: Cast, at: datetime) -> Contract:
    """A contract of two indicators that sets a day for their collection methods."""
    return services.take_over_contract(
        actor=cast.labour,
        at=at,
        draft=services.ContractDraft(
            key="essai",
            kind=Contract.Kind.CPOM_SERVICE,
            title="Essai",
            territory_id="R93",
            starts_on=date(2025, 1, 1),
            ends_on=date(2029, 12, 31),
            methods_due_on=date(2025, 12, 31),
            parties=(
                services.PartyDraft(cast.organisation("dreets-paca"), "labour"),
                services.PartyDraft(cast.organisation("val-issole"), "service"),
            ),
            definitions=tuple(DefinitionRecord.objects.filter(code__in=["pdp-1.3", "pdp-1.5"])),
        ),
    )


LAST_INSTANT = datetime(2025, 12, 31, 23, tzinfo=UTC)
"""Midnight in Paris, at the end of the last day."""


def test_the_last_method_closes_what_was_due(cast: Cast) -> None:
    with acting_as(cast.labour):
        contract = other_contract(cast, LAST_INSTANT - timedelta(seconds=1))
        owed = DueItem.objects.filter(key=collection.methods_key(contract))
        assert owed.get().due_at == LAST_INSTANT
        for code, state in (("pdp-1.3", "open"), ("pdp-1.5", "done")):
            collection.publish_collection_method(
                actor=cast.labour,
                code=code,
                contract_ids=[contract.pk],
                text="Extraction.",
                applies_from=NOW.date(),
                at=NOW,
            )
            assert owed.get().state == state


def test_nothing_is_owed_for_a_day_already_over(cast: Cast) -> None:
    with acting_as(cast.labour):
        contract = other_contract(cast, LAST_INSTANT)
        assert not DueItem.objects.filter(key=collection.methods_key(contract)).exists()


def test_only_the_labour_directorate_publishes_and_to_its_contracts(story: Story, cast: Cast) -> None:
    ask = {"contract_ids": [story.contract.pk], "text": "…", "applies_from": NOW.date(), "at": NOW}
    with acting_as(cast.fund), pytest.raises(Refused, match="direction du travail"):
        collection.publish_collection_method(actor=cast.fund, code="pdp-1.3", **ask)  # type: ignore[arg-type]
    with acting_as(cast.outsider), pytest.raises(DomainError, match="au moins un contrat"):
        collection.publish_collection_method(actor=cast.outsider, code="pdp-1.3", **ask)  # type: ignore[arg-type]


# -- Operating mode ----------------------------------------------------------------------------------------------------


@pytest.mark.req("S3-6.V2-04")
def test_the_operating_mode_is_determined_by_the_fund_and_the_service_at_the_committee(
    story: Story, cast: Cast
) -> None:
    contract = story.contract
    text = {"text": "La caisse transmet sa liste.", "tasks": "Le service compte.", "committee_on": date(2026, 4, 10)}
    with acting_as(cast.service):
        before = selectors.operating_mode(cast.service, contract)
    assert before.text == "À déterminer au premier comité de suivi."
    assert before.strands == ("volet-2", "volet-3")
    with acting_as(cast.labour), pytest.raises(Refused, match="entre la caisse et le service"):
        collection.propose_operating_mode(actor=cast.labour, contract_id=contract.pk, at=FEBRUARY, **text)  # type: ignore[arg-type]
    with acting_as(cast.fund):
        collection.propose_operating_mode(actor=cast.fund, contract_id=contract.pk, at=FEBRUARY, **text)  # type: ignore[arg-type]
        with pytest.raises(Refused, match="déjà donné son accord"):
            collection.agree_operating_mode(actor=cast.fund, contract_id=contract.pk, at=FEBRUARY)
        assert not selectors.operating_mode(cast.fund, contract).decided
    with acting_as(cast.service):
        collection.agree_operating_mode(actor=cast.service, contract_id=contract.pk, at=FEBRUARY)
        after = selectors.operating_mode(cast.service, contract)
    assert after.decided
    assert after.row is not None
    assert after.row.committee_on == date(2026, 4, 10)
    shown = page(cast.labour, reverse("drafting:indicators", args=[contract.pk]))
    assert "La caisse transmet sa liste." in shown
    assert "10 avril 2026" in shown
    assert "volet 2, volet 3" in shown


def test_a_new_text_asks_for_both_agreements_again(story: Story, cast: Cast) -> None:
    ask = {"contract_id": story.contract.pk, "tasks": "", "committee_on": date(2026, 4, 10), "at": FEBRUARY}
    with acting_as(cast.fund):
        collection.propose_operating_mode(actor=cast.fund, text="premier", **ask)  # type: ignore[arg-type]
    with acting_as(cast.service):
        collection.agree_operating_mode(actor=cast.service, contract_id=story.contract.pk, at=FEBRUARY)
        collection.propose_operating_mode(actor=cast.service, text="second", **ask)  # type: ignore[arg-type]
        mode = OperatingMode.objects.get(contract=story.contract)
    assert (mode.text, mode.service_agrees, mode.fund_agrees) == ("second", True, False)


def test_the_action_without_indicator_has_a_free_field(story: Story, cast: Cast) -> None:
    with acting_as(cast.service):
        fields = selectors.free_fields(cast.service, story.contract, 2025)
        codes = [one.definition.code for one in selectors.list_promises(cast.service, story.contract)]
    assert [(one.code, one.strand) for one in fields] == [("satdl-fact", "volet-2")]
    assert not any("fact" in code for code in codes)


def test_an_entry_outside_its_years_is_refused(story: Story, cast: Cast) -> None:
    later = add(story, NUMBER, span=promises.Span(2026, 2029))
    story.campaign()
    with acting_as(cast.service), pytest.raises(Refused, match="pas dans le contrat"):
        entry.save_entry(
            actor=cast.service, part_id=story.part().pk, entry=entry.Entry(later.definition_id, {"total": "1"}), at=NOW
        )
