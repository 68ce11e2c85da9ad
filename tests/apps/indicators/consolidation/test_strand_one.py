"""Strand 1, prevention of occupational exclusion: references, levels, objectives, partnerships, the cell."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from html import unescape
from typing import Any

import pytest
from django.apps import apps
from django.http import Http404
from django.urls import reverse
from tests.apps.contracts.test_commitments import GUADELOUPE, MARTINIQUE, Person
from tests.support.cast import Cast
from tests.support.clients import signed_in
from tests.support.story import Story

from avenant.contracts.commitments.services import ProofDraft
from avenant.domain.decision import DomainError, Refused
from avenant.domain.registers import ActionKind, Level, PartnerKind, Quality
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.indicators.consolidation.strand_one import objective_context, strand_context
from avenant.indicators.profiles.pages import label_of
from avenant.indicators.registers import selectors as registers
from avenant.indicators.registers import services
from avenant.indicators.registers.reading import ActionLine, checked_action
from avenant.indicators.registers.services import strand_one

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 3, 8, tzinfo=UTC)
DAY = date(2025, 3, 4)


@pytest.fixture
def story(cast: Cast) -> Story:
    return Story(cast)


def page(actor: Actor, name: str, *arguments: object, **query: object) -> str:
    response = signed_in(actor).get(reverse(name, args=arguments), query)
    assert response.status_code == 200, response.content.decode()[:500]
    return unescape(response.content.decode()).replace("\u202f", " ")


def register(actor: Actor, *lines: ActionLine) -> None:
    with acting_as(actor):
        services.register_actions(actor=actor, lines=lines, at=AT)


def note(
    story: Story, clause_key: str, validated: tuple[int, ...] = (), comment: str = "", state: str = "under_way"
) -> None:
    service = story.cast.service
    with acting_as(service):
        strand_one.note_objective(
            actor=service, contract_id=story.contract.pk, clause_key=clause_key, year=2025, state=state, comment=comment,
            validated=validated, at=AT,
        )  # fmt: skip


def card(story: Story, clause_key: str, reader: Actor | None = None) -> Any:
    reader = reader or story.cast.labour
    with acting_as(reader):
        return objective_context(reader, story.contract.pk, 2025, AT.date(), clause_key)["card"]


@pytest.mark.req("S1-III.C-20")
def test_the_support_of_the_insured_is_shown_by_a_number_and_by_nobody_s_data() -> None:
    fund = Person.of(GUADELOUPE, "cgss-guadeloupe")
    fund.prove("eng-cgss-16", ProofDraft("Assurés accompagnés en 2026", quantity=Decimal(340), unit="personnes"))
    line = fund.line("eng-cgss-16")
    told = f"{line.said.clause.body} {line.said.clause.heading}".replace("’", "'")
    for words in (
        "arrêt de travail",
        "risque de désinsertion",
        "service social régional",
        "remobilisation",
        "compensation",
    ):
        assert words in told
    assert line.firm
    assert [one.amount for one in line.proofs] == ["340 personnes"]
    shown = fund.page("register", annee="2026")
    assert line.said.clause.heading in unescape(shown)
    fields = {one.name for model in ("Keeping", "Proof") for one in apps.get_model("commitments", model)._meta.fields}
    assert not fields & {
        "name",
        "first_name",
        "last_name",
        "nir",
        "birth",
        "birth_year",
        "sex",
        "address_line",
        "email",
    }
    with acting_as(fund.actor), pytest.raises(DomainError, match="unité"):
        fund.prove("eng-cgss-16", ProofDraft("Sans unité", quantity=Decimal(1)))


@pytest.mark.req("S1-IV.1-01")
def test_an_action_is_listed_under_each_of_its_levels_and_flagged_without_any(story: Story, cast: Cast) -> None:
    detection = ActionLine(
        ActionKind.PDP_ACTION, DAY, label="Détection précoce", levels=(Level.PRIMARY, Level.SECONDARY)
    )
    register(cast.service, detection, ActionLine(ActionKind.PDP_ACTION, DAY, label="Action sans niveau"))
    for level, there in (("primaire", True), ("secondaire", True), ("tertiaire", False), ("sans", False)):
        assert ("Détection précoce" in page(cast.service, "registers:register", niveau=level)) is there
        with acting_as(cast.service):
            listed = strand_context(cast.service, story.contract.pk, 2025, AT.date(), level)["actions"]
        assert ("Détection précoce" in [one.label for one in listed]) is there
    untold = page(cast.service, "registers:register", niveau="sans")
    assert "Action sans niveau" in untold
    assert "sans niveau</" in untold
    strand = page(cast.service, "consolidation:strand-one", story.contract.pk, 2025)
    for words in ("avant l’arrêt de travail", "détection", "arrêt long ou répété, retour à l’emploi"):
        assert words in strand
    assert "sans niveau de prévention" in strand
    with pytest.raises(DomainError, match="niveau"):
        checked_action(ActionLine(ActionKind.WORKSHOP, DAY, levels=(Level.PRIMARY,)))


@pytest.mark.req("S3-5.V1-01")
def test_the_strand_links_its_two_references_and_filters_by_level(story: Story, cast: Cast) -> None:
    shown = page(cast.fund, "consolidation:strand-one", story.contract.pk, 2025)
    references = shown[shown.index('id="textes"') : shown.index('id="niveaux"')]
    assert references.count("<li><a href=") == 2
    assert "loi du 2 août 2021" in references
    assert "CIR-27/2024" in references
    client = signed_in(cast.labour)
    address = reverse("consolidation:tag-levels", args=[story.contract.pk, 2025, "objectif-1-1-2"])
    assert client.post(address, {"levels": ["secondaire", "tertiaire"]}).status_code == 302
    for level, there in (("primaire", False), ("secondaire", True), ("tertiaire", True)):
        told = page(cast.fund, "consolidation:strand-one", story.contract.pk, 2025, niveau=level)
        table = told[told.index('id="niveaux"') : told.index('id="objectifs"')]
        assert ("objectif-1-1-2" in table) is there
    assert client.post(address, {"levels": ["autre"]}).status_code == 409
    assert signed_in(cast.outsider).get(
        reverse("consolidation:strand-one", args=[story.contract.pk, 2025])
    ).status_code == 404  # fmt: skip


@pytest.mark.req("S1-V.1-01")
def test_a_partnership_is_counted_in_strand_1_with_what_it_improves() -> None:
    service = Person.of(GUADELOUPE, "cist-97-1")
    agreement = ActionLine(
        ActionKind.AGREEMENT_SIGNED, DAY, label="Convention cadre", partner="Assurance maladie (CGSS)",
        partner_kind=PartnerKind.INSTITUTION, qualities=tuple(Quality),
    )  # fmt: skip
    register(service.actor, agreement)
    shown = page(service.actor, "consolidation:strand-one", service.contract.pk, 2025)
    assert "1 convention inscrite" in shown
    row = shown[shown.index('id="conventions"') :]
    assert "4 mars 2025" in row
    assert "Assurance maladie (CGSS)" in row
    for quality in ("qualité des détections", "qualité de l’offre de service", "déploiement des dispositifs"):
        assert quality in row


@pytest.mark.req("S3-5.V1.1-01")
def test_the_first_objective_shows_its_two_indicators_its_state_and_its_comment(story: Story, cast: Cast) -> None:
    note(story, "objectif-1-1-1", comment="Une plaquette et une page sur le site.", state="done")
    found = card(story, "objectif-1-1-1")
    assert [one.printed for one in found.measured] == ["1.1.1", "1.1.3"]
    assert "Communiquer en interne et externe" in found.clause.body
    shown = page(cast.fund, "consolidation:objective", story.contract.pk, 2025, "objectif-1-1-1")
    assert "réalisé" in shown
    assert "Une plaquette et une page sur le site." in shown
    for other in (cast.fund, cast.labour):
        with acting_as(other), pytest.raises(Refused, match="service"):
            strand_one.note_objective(
                actor=other, contract_id=story.contract.pk, clause_key="objectif-1-1-1", year=2025, state="done",
                comment="", validated=(), at=AT,
            )  # fmt: skip


@pytest.mark.req("S3-5.V1.1-02")
def test_four_steps_of_six_are_progress_and_a_proposal_for_the_indicator(story: Story, cast: Cast) -> None:
    note(story, "objectif-1-1-2", validated=(0, 2, 4, 5))
    found = card(story, "objectif-1-1-2")
    steps = [step for step, _ in found.steps]
    assert (found.done, len(steps)) == (4, 6)
    for words, step in zip(
        (
            "repérage du salarié",
            "critères",
            "irdp",
            "situations à risque",
            "parcours maintien",
            "organisation du suivi",
        ),
        steps,
        strict=True,
    ):
        assert words in step.casefold()
    assert [one.printed for one in found.measured] == ["1.1.2"]
    assert found.proposal == " ; ".join(steps[rank] for rank in (0, 2, 4, 5))
    shown = page(cast.service, "consolidation:objective", story.contract.pk, 2025, "objectif-1-1-2")
    assert "4 sur 6" in shown
    assert "Proposé pour 1.1.2" in shown
    with pytest.raises(DomainError, match="étapes"):
        note(story, "objectif-1-1-2", validated=(6,))


@pytest.mark.req("S3-5.V1.1-04")
def test_the_stages_of_the_index_are_the_service_s_and_empty_until_it_says_them(story: Story, cast: Cast) -> None:
    assert "indice de risque" in label_of("stade")
    address = ("consolidation:cell", story.contract.pk, 2025)
    before = page(cast.fund, *address)
    assert "Stades de l’indice de risque (IRDP)" in before
    assert "stades non configurés" in before
    client = signed_in(cast.service)
    form = reverse("consolidation:describe-cell", args=[story.contract.pk, 2025])
    assert "indice de référence" in unescape(client.get(form).content.decode())
    said = {"stages": "Vert\nOrange\nRouge", "regional_stages": "Stade 1\nStade 2\nStade 3"}
    assert client.post(form, said).status_code == 302
    after = page(cast.fund, *address)
    stages = after[after.rindex("<ol>") : after.rindex("</ol>")]
    assert [stages.index(one) for one in ("Vert", "Orange", "Rouge")] == sorted(
        stages.index(one) for one in ("Vert", "Orange", "Rouge")
    )
    assert "liste régionale : Stade 2" in stages
    assert "même nom" in unescape(client.post(form, {"stages": "Vert\nVert"}).content.decode())
    assert "un nom par stade" in unescape(
        client.post(form, {"stages": "V", "regional_stages": "1\n2"}).content.decode()
    )


@pytest.mark.req("S3-5.V1.2-02")
def test_an_objective_without_indicator_says_so_and_is_followed_by_its_comment(story: Story, cast: Cast) -> None:
    note(story, "objectif-1-2-2", comment="Périodicité revue pour les postes à risque.")
    assert card(story, "objectif-1-2-2").measured == []
    shown = page(cast.labour, "consolidation:strand-one", story.contract.pk, 2025)
    shown = shown[shown.index('id="objectifs"') :]
    block = shown[shown.index("Adapter la périodicité du suivi selon la situation individuelle") :]
    assert "aucun indicateur défini" in block[:1200]
    assert "Périodicité revue pour les postes à risque." in block[:2000]


@pytest.mark.req("S3-5.V1.2-03")
def test_the_mid_career_visit_shows_its_two_indicators_with_the_values_of_the_year(story: Story, cast: Cast) -> None:
    story.campaign()
    part = story.part()
    story.fill(part)
    story.settle(part)
    before = card(story, "objectif-1-2-3")
    assert [one.now for one in before.measured] == ["", ""]
    story.submit(part)
    found = card(story, "objectif-1-2-3")
    assert [one.printed for one in found.measured] == ["1.2.5", "1.2.6"]
    assert all(one.now for one in found.measured)
    assert "ECG" in found.clause.body
    assert "Bilans" in found.clause.body
    shown = page(cast.labour, "consolidation:objective", story.contract.pk, 2025, "objectif-1-2-3")
    assert all(one.now.replace("\u202f", " ") in shown for one in found.measured)


@pytest.mark.req("S3-5.V1.3-02")
def test_a_relayed_campaign_adds_one_to_what_is_proposed(story: Story, cast: Cast) -> None:
    satdl = cast.organisation("satdl")

    def proposed() -> dict[str, int] | None:
        with acting_as(cast.service):
            return registers.proposals(cast.service, satdl, 2025).get("satdl-1.3.2")

    assert proposed() is None
    register(cast.service, ActionLine(ActionKind.CAMPAIGN_RELAYED, DAY, label="Mars bleu"))
    assert proposed() == {"total": 1}
    register(cast.service, ActionLine(ActionKind.CAMPAIGN_RELAYED, date(2025, 10, 1), label="Octobre rose"))
    assert proposed() == {"total": 2}
    assert [one.printed for one in card(story, "objectif-1-3-2").measured] == ["1.3.2"]
    assert "Relayer les messages de santé publique" in card(story, "objectif-1-3-2").clause.body


@pytest.mark.req("S3-5.V1.3-03")
def test_the_institutional_partners_are_found_in_the_register(story: Story, cast: Cast) -> None:
    kinds = {
        "Service social de l’Assurance Maladie": PartnerKind.INSTITUTION, "Cap emploi": PartnerKind.INSTITUTION,
        "CAIRE 84": PartnerKind.ASSOCIATION,
    }  # fmt: skip
    register(
        cast.service,
        *(
            ActionLine(ActionKind.AGREEMENT_SIGNED, DAY, partner=name, partner_kind=kind)
            for name, kind in kinds.items()
        ),
    )
    shown = page(cast.service, "registers:register", partenaire="institution")
    assert ["CAIRE 84" in shown, "Cap emploi" in shown, "Service social de l’Assurance Maladie" in shown] == [
        False, True, True,
    ]  # fmt: skip
    found = card(story, "objectif-1-3-3")
    assert [one.printed for one in found.measured] == ["1.3.3", "1.3.4"]
    assert "Service social de l’Assurance Maladie" in found.partners
    assert "Cap Emploi" in found.partners


@pytest.mark.req("S3-5.V1.3-04")
def test_an_information_to_forty_physicians_adds_forty_to_what_is_proposed(story: Story, cast: Cast) -> None:
    told = ActionLine(
        ActionKind.PROFESSIONALS_INFORMED, DAY, count=40, label="Réunion de médecins généralistes",
        partner="Professionnels de santé du territoire", partner_kind=PartnerKind.MEDICAL,
    )  # fmt: skip
    register(cast.service, told)
    with acting_as(cast.service):
        proposed = registers.proposals(cast.service, cast.organisation("satdl"), 2025)
    assert proposed["satdl-1.3.5"] == {"total": 40}
    found = card(story, "objectif-1-3-4")
    assert [one.printed for one in found.measured] == ["1.3.4", "1.3.5"]
    assert {"CAIRE 84", "professionnels de santé du territoire"} <= set(found.partners)


@pytest.mark.req("S1-IV.1-04")
def test_the_cell_has_its_date_its_members_by_function_and_its_protocol() -> None:
    service = Person.of(GUADELOUPE, "cist-97-1")
    address = ("consolidation:cell", service.contract.pk, 2025)
    assert "non renseignée" in page(service.actor, *address)
    client = signed_in(service.actor)
    form = reverse("consolidation:describe-cell", args=[service.contract.pk, 2025])
    future = client.post(form, {"created_on": "2036-01-01", "functions": "médecin du travail"})
    assert "à venir" in unescape(future.content.decode())
    assert "médecin du travail" in unescape(future.content.decode()), "what was typed stays"
    said = {
        "created_on": "2024-02-01", "functions": "médecin du travail\nassistant de service social",
        "protocol_on": "2024-06-15",
    }  # fmt: skip
    assert client.post(form, said).status_code == 302
    for reader in (service.actor, Person.of(GUADELOUPE, "cgss-guadeloupe").actor):
        shown = page(reader, *address)
        for words in (
            "le 1er février 2024",
            "médecin du travail",
            "assistant de service social",
            "signé le 15 juin 2024",
        ):
            assert words in shown, words
    fund = Person.of(GUADELOUPE, "cgss-guadeloupe")
    assert signed_in(fund.actor).post(form, said).status_code == 403


def test_a_contract_without_a_service_has_no_strand_1(cast: Cast) -> None:
    ars = Person.of(MARTINIQUE, "cgss-martinique")
    with acting_as(ars.actor), pytest.raises(Http404):
        strand_context(ars.actor, ars.contract.pk, 2025, AT.date())
