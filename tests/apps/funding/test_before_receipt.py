"""What an establishment says, joins and signs before its receipt, requirement by requirement."""

from __future__ import annotations

import uuid
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.http import QueryDict
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import (
    GUADELOUPE,
    LAST,
    OCTOBER,
    TOO_LATE,
    FundingCast,
    expense,
    fill,
    hand_in,
    join,
    open_for,
    publish,
    row,
)
from tests.support.roles import as_system

from avenant.domain.decision import DomainError, Refused
from avenant.domain.funding.dialogue import bodies_of, body_fault, concertation_of
from avenant.domain.funding.ranking import Scored, rank
from avenant.domain.rules.findings import Outcome
from avenant.foundations import clock
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.checks import Standing, standing_of
from avenant.funding.dossiers.forms import ObjectiveRow, ProjectForm, Rows
from avenant.funding.dossiers.forms.rows import PartnerRow, body_choices
from avenant.funding.dossiers.models import (
    Certification,
    Dossier,
    Expense,
    LocalContract,
    Objective,
    Piece,
    Project,
    ProjectPartner,
)
from avenant.funding.dossiers.remarks import concertation, linked_documents, proportions, remarks_of
from avenant.funding.dossiers.selectors import DossierSearch, get_dossier, list_dossiers
from avenant.funding.dossiers.services import (
    certifying,
    contracting,
    judging,
    opening,
    pieces,
    sharing,
    writing,
)
from avenant.references.staff_bodies import staff_bodies

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in October 2023."""
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    made = open_for(cast.director, call)
    fill(cast.director, made)
    return made


def standing(reader: Actor, dossier: Dossier, at: datetime = OCTOBER) -> Standing:
    with acting_as(reader):
        return standing_of(get_dossier(reader, dossier.pk), at=at)


def remarks(reader: Actor, dossier: Dossier) -> str:
    with acting_as(reader):
        return " ".join(one.sentence for one in remarks_of(standing_of(get_dossier(reader, dossier.pk), at=OCTOBER)))


def tell_project(director: Actor, dossier: Dossier, *, partners: Any = (), **said: Any) -> Standing:
    with acting_as(director):
        return writing.tell_project(
            actor=director, dossier_id=dossier.pk, position=1, said=said, partners=partners, at=OCTOBER
        )


def take_out(director: Actor, dossier: Dossier, kind: str) -> None:
    with acting_as(director):
        for piece in Piece.objects.filter(dossier=dossier, kind=kind):
            pieces.take_out_piece(actor=director, piece_id=piece.pk, at=OCTOBER)


def missing(reader: Actor, dossier: Dossier) -> str:
    with acting_as(reader):
        return " ".join(one.sentence for one in standing(reader, dossier).missing())


# -- The local contract, its two parties, its diagnosis, its objectives -------------------------------------------------

ABSENTEEISM = {
    "label": "Taux d’absentéisme", "unit": "%", "baseline": Decimal(12), "target": Decimal(10),
    "due_on": date(2025, 12, 31),
}  # fmt: skip
MANAGEMENT = {"management_capacity": "Directrice", "management_signed_on": date(2023, 10, 10)}
STAFF = {"staff_body": "cse", "staff_capacity": "Secrétaire du CSE", "staff_signed_on": date(2023, 10, 12)}


@pytest.mark.req("S4-1-01")
def test_a_local_contract_is_finalised_by_its_two_parties_with_their_dates(cast: FundingCast, dossier: Dossier) -> None:
    director = cast.director
    with acting_as(director):
        contracting.set_objectives(actor=director, dossier_id=dossier.pk, objectives=[row(**ABSENTEEISM)], at=OCTOBER)
        contracting.tell_signatures(actor=director, dossier_id=dossier.pk, said=MANAGEMENT, at=OCTOBER)
        with pytest.raises(Refused, match="représentants du personnel"):
            contracting.finalise_contract(actor=director, dossier_id=dossier.pk, at=OCTOBER)
        contracting.tell_signatures(
            actor=director, dossier_id=dossier.pk, said={**STAFF, "staff_signed_on": None}, at=OCTOBER
        )
        with pytest.raises(Refused, match="la date"):
            contracting.finalise_contract(actor=director, dossier_id=dossier.pk, at=OCTOBER)
        contracting.tell_signatures(actor=director, dossier_id=dossier.pk, said=STAFF, at=OCTOBER)
        made = contracting.finalise_contract(actor=director, dossier_id=dossier.pk, at=OCTOBER)
        assert made.finalised_at == OCTOBER
        with pytest.raises(Refused, match="ne change plus"):
            contracting.tell_signatures(actor=director, dossier_id=dossier.pk, said=MANAGEMENT, at=OCTOBER)
    page = signed_in(director).get(reverse("dossiers:contrat", args=[dossier.pk])).content.decode()
    assert "Contrat local finalisé" in page
    assert "Secrétaire du CSE" in page


def test_a_signature_is_never_of_tomorrow_nor_the_contract_another_s(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director), pytest.raises(DomainError, match="à venir"):
        contracting.tell_signatures(
            actor=cast.director, dossier_id=dossier.pk, at=OCTOBER,
            said={**MANAGEMENT, "management_signed_on": OCTOBER.date() + timedelta(days=1)},
        )  # fmt: skip
    hand_in(cast.director, dossier)
    with acting_as(cast.officer):
        with pytest.raises(Refused, match="établissement"):
            contracting.tell_signatures(actor=cast.officer, dossier_id=dossier.pk, said=MANAGEMENT, at=OCTOBER)
        assert not LocalContract.objects.exists()
    with acting_as(cast.director):
        contracting.tell_signatures(actor=cast.director, dossier_id=dossier.pk, said=MANAGEMENT, at=OCTOBER)


@pytest.mark.req("S4-1-02")
def test_the_diagnosis_has_its_document_the_debate_its_body_date_and_minutes(
    cast: FundingCast, dossier: Dossier
) -> None:
    debate = {"kind": "debate", "participants": "direction, élus", "result": ""}
    for body, day in (("chsct", date(2022, 12, 31)), ("cse", date(2023, 6, 12))):
        with acting_as(cast.director):
            writing.tell_diagnosis(
                actor=cast.director, dossier_id=dossier.pk, figures={}, formulas={}, at=OCTOBER,
                dialogue=[row(**debate, body=body, on=day)],
            )  # fmt: skip
    assert "compte rendu du débat" in remarks(cast.director, dossier)
    join(cast.director, dossier, "compte_rendu_debat", on=date(2023, 6, 12))
    assert "compte rendu du débat" not in remarks(cast.director, dossier)
    take_out(cast.director, dossier, "diagnostic")
    assert "le diagnostic débattu avec l’instance du personnel" in missing(cast.director, dossier)
    fresh = open_for(cast.other_director, dossier.call, "99B000002", status="private_profit", category="clinique")
    assert "Débat sur le diagnostic : instance et date" in missing(cast.other_director, fresh).replace("\u202f:", " :")


@pytest.mark.req("S4-1-03")
def test_the_four_linked_documents_are_joined_or_said_unavailable(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), reverse("dossiers:pieces", args=[dossier.pk])
    assert "1 / 4" in client.get(place).content.decode()  # the DUERP is among the pieces already joined
    join(cast.director, dossier, "volet_social_cpom")
    join(cast.director, dossier, "bilan_social")
    assert "3 / 4" in client.get(place).content.decode()
    assert "médecine du travail" in remarks(cast.director, dossier)
    join(cast.director, dossier, "rapport_medecine", content=b"", name="", unavailable="Le service n’en a pas remis.")
    page = client.get(place).content.decode()
    assert "4 / 4" in page
    assert "Le service n’en a pas remis." in page
    assert [one.label for one in linked_documents(standing(cast.director, dossier))] == [
        "Volet social du CPOM", "Document unique", "Bilan social", "Rapport annuel de la médecine du travail",
    ]  # fmt: skip


@pytest.mark.req("S4-1-04")
def test_negotiation_meetings_are_kept_and_their_absence_is_told(cast: FundingCast, dossier: Dossier) -> None:
    hand_in(cast.director, dossier)
    assert "négociation" not in remarks(cast.officer, dossier)
    other = open_for(cast.other_director, dossier.call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, other)
    with acting_as(cast.other_director):
        held = {one.kind: one for one in other.dialogue.all()}["negotiation"]
        assert (held.on, held.participants) == (date(2023, 9, 4), "direction, élus")
        writing.tell_diagnosis(
            actor=cast.other_director, dossier_id=other.pk, figures={}, formulas={}, at=OCTOBER,
            dialogue=[writing.RowSaid(held.pk, {"kind": "negotiation", "result": "Accord sur trois actions."})],
        )  # fmt: skip
        held.refresh_from_db()
        assert held.result == "Accord sur trois actions."
        writing.tell_diagnosis(
            actor=cast.other_director, dossier_id=other.pk, figures={}, formulas={}, at=OCTOBER,
            dialogue=[writing.RowSaid(held.pk, None)],
        )  # fmt: skip
    hand_in(cast.other_director, other)
    page = signed_in(cast.officer).get(other.page()).content.decode()
    assert "À voir à l’instruction" in page
    assert "Aucune réunion de négociation des actions n’est enregistrée." in page


@pytest.mark.req("S4-1-05")
def test_an_objective_has_its_baseline_target_and_deadline(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), reverse("dossiers:contrat", args=[dossier.pk])
    key = str(uuid.uuid4())
    typed = {
        "objectives": key, f"{key}-label": "absentéisme", f"{key}-unit": "%", f"{key}-baseline": "12",
        f"{key}-target": "10", f"{key}-due_on": "2025-12-31",
    }  # fmt: skip
    without = client.post(place, {**typed, f"{key}-target": ""})
    assert without.status_code == 422
    with acting_as(cast.director):
        assert not Objective.objects.exists()
    assert client.post(place, typed).status_code == 302
    with acting_as(cast.director):
        kept = Objective.objects.get()
        assert (kept.label, kept.baseline, kept.target, kept.unit, kept.due_on) == (
            "absentéisme", Decimal(12), Decimal(10), "%", date(2025, 12, 31),
        )  # fmt: skip
        with pytest.raises(DomainError, match="cible"):
            contracting.set_objectives(
                actor=cast.director,
                dossier_id=dossier.pk,
                objectives=[row(**{**ABSENTEEISM, "target": None})],
                at=OCTOBER,
            )
    examples = client.get(place).content.decode()
    for word in ("AT-MP", "absentéisme", "remplacements de courte durée", "turn-over"):
        assert word in examples
    assert ObjectiveRow.base_fields["target"].required


@pytest.mark.req("S4-X-01")
def test_the_bodies_follow_the_status_and_the_chsct_is_kept_for_its_time(cast: FundingCast, dossier: Dossier) -> None:
    public = [code for code, _ in body_choices("public")]
    assert {"cse", "f3sct", "chsct"} <= set(public)
    assert "f3sct" not in [one.code for one in bodies_of(staff_bodies(), "private_profit")]
    for status, last in (("public", date(2022, 12, 31)), ("private_profit", date(2019, 12, 31))):
        assert body_fault(staff_bodies(), "chsct", status, last) == ""
        assert "ne siège plus" in body_fault(staff_bodies(), "chsct", status, last + timedelta(days=1))
        assert body_fault(staff_bodies(), "cse", status, last + timedelta(days=1)) == ""
    with acting_as(cast.director), pytest.raises(DomainError, match="CHSCT"):
        writing.tell_diagnosis(
            actor=cast.director, dossier_id=dossier.pk, figures={}, formulas={}, at=OCTOBER,
            dialogue=[row(kind="debate", body="chsct", on=date(2023, 6, 12), participants="", result="")],
        )  # fmt: skip


# -- Strands, topics, shared teams --------------------------------------------------------------------------------------


def project_form(call: PublishedCall, **typed: Any) -> ProjectForm:
    data = QueryDict(mutable=True)
    for name, value in typed.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    return ProjectForm(data, call=call)


@pytest.mark.parametrize(
    ("strand", "topics"),
    [
        pytest.param("1", ["management participatif", "modification des rythmes de travail",
                           "contenu, charge et organisation du travail", "transmission des informations"],
                     marks=pytest.mark.req("S4-2.2-02")),
        pytest.param("2", ["en amont : diagnostic", "en amont : accompagnement",
                           "en amont : mise en œuvre d’un plan d’action",
                           "en aval : prise en charge de salariés en souffrance", "soutien psychologique",
                           "accompagnement individuel", "groupes de parole", "communication interne", "temps d’écoute",
                           "espaces de discussion dédiés"], marks=pytest.mark.req("S4-2.2-03")),
        pytest.param("3", ["valorisation des métiers", "accueil et intégration",
                           "valorisation des parcours professionnels"], marks=pytest.mark.req("S4-2.2-04")),
    ],
)  # fmt: skip
def test_each_strand_offers_its_topics_and_another_one(
    cast: FundingCast, dossier: Dossier, strand: str, topics: list[str]
) -> None:
    form = ProjectForm(call=dossier.call)
    offered = [code.replace("\u202f:", " :") for code, _ in form.fields[f"topics_{strand}"].choices]
    assert offered == topics
    page = signed_in(cast.director).get(reverse("dossiers:projet", args=[dossier.pk, 1])).content.decode()
    assert f"Volet {strand}, autre thème" in page
    if strand == "1":
        stakes = form.fields["topics_1"].help_text
        for stake in ("absentéisme", "turn-over", "recrutement", "réintégration des personnels suspendus"):
            assert stake in stakes
            assert stakes.partition("Enjeux")[2][:20] in page
    chosen = form.fields[f"topics_{strand}"].choices[-1][0]
    bound = project_form(
        dossier.call,
        strands=[strand],
        **{f"topics_{strand}": [chosen], f"other_{strand}": "sommeil des équipes de nuit"},
    )
    assert bound.is_valid(), bound.errors
    tell_project(cast.director, dossier, **bound.said())
    with acting_as(cast.director):
        kept = Project.objects.get()
        assert chosen in kept.topics
        again = ProjectForm(call=dossier.call, project=kept)
    assert again.initial[f"topics_{strand}"] == [chosen]
    assert again.initial[f"other_{strand}"] == "sommeil des équipes de nuit"


@pytest.mark.req("S4-2.2-05")
def test_strand_four_expects_several_establishments(cast: FundingCast, dossier: Dossier) -> None:
    form = ProjectForm(call=dossier.call)
    assert len(form.fields["topics_4"].choices) == 6
    assert "other_4" in form.fields
    topics = [code for code, _ in form.fields["topics_4"].choices]
    alone = tell_project(cast.director, dossier, strands=["4"], topics=topics, team={"rhythm": "both"})
    told = alone.evaluation.of("shared-team")[0]
    assert told.outcome is Outcome.WARNING
    assert "mutualisé entre établissements est attendu" in told.sentence
    three = tell_project(cast.director, dossier, strands=["4"], sharing="ght", partners=shared(50, 30, 20))
    assert three.evaluation.of("shared-team")[0].outcome is Outcome.PASS


@pytest.mark.req("S4-2.2-01")
def test_strands_are_priorities_and_none_is_needed(cast: FundingCast, dossier: Dossier) -> None:
    assert [(one["code"], one["title"]) for one in dossier.call.content["strands"]] == [
        ("1", "Management et organisation du travail"),
        ("2", "RPS, qualité de vie au travail et engagement des équipes"),
        ("3", "Amélioration de l’attractivité et lutte contre l’absentéisme"),
        ("4", "Prévention QVCT et mutualisation des ressources"),
    ]
    both = tell_project(cast.director, dossier, strands=["1", "3"])
    assert both.evaluation.of("strands")[0].outcome is Outcome.PASS  # priority, and strands do not exclude each other
    none = tell_project(cast.director, dossier, strands=[])
    told = none.evaluation.of("strands")[0]
    assert told.outcome is Outcome.WARNING
    assert "recevable, sans priorité" in told.sentence
    assert hand_in(cast.director, dossier).number
    page = signed_in(cast.officer).get(dossier.call.page()).content.decode()
    assert "Non exclusifs" in page


def shared(*shares: int) -> list[Any]:
    """A carrier and its partners, with their parts of the cost."""
    return [
        row(name=f"Établissement {rank}", siret="", carrier=rank == 1, agents=100 * rank, cost_share=Decimal(share))
        for rank, share in enumerate(shares, 1)
    ]


@pytest.mark.req("S4-2.2-06")
def test_a_shared_team_says_its_members_professions_support_and_rhythm(cast: FundingCast, dossier: Dossier) -> None:
    form = ProjectForm(call=dossier.call)
    assert [code for code, _ in form.fields["professions"].choices] == [
        "psychologue du travail", "psychologue clinicien", "ergonome", "infirmier en soins palliatifs",
        "expert en communication", "expert en management", "préparateur physique", "nutritionniste", "assistant social",
    ]  # fmt: skip
    assert [code for code, _ in form.fields["support_types"].choices] == [
        "individuel", "collectif", "ludique", "créatif", "groupes de travail", "groupes de régulation",
    ]  # fmt: skip
    assert "other_profession" in form.fields
    tell_project(cast.director, dossier, strands=["4"], team={})
    lacking = missing(cast.director, dossier)
    assert "structures membres" in lacking
    assert "rythme" in lacking
    bound = project_form(
        dossier.call, strands=["4"], professions=["ergonome"], other_profession="sophrologue", support_types=["collectif"],
        rhythm="both", sharing="ght",
    )  # fmt: skip
    assert bound.is_valid(), bound.errors
    said = bound.said()
    tell_project(cast.director, dossier, strands=["4"], team=said["team"])
    assert "structures membres" in missing(cast.director, dossier)
    tell_project(cast.director, dossier, strands=["4"], team=said["team"], partners=shared(60, 40))
    assert "quipe mutualisée" not in missing(cast.director, dossier)
    with acting_as(cast.director):
        assert Project.objects.get().team == {
            "professions": ["ergonome"], "other_profession": "sophrologue", "support_types": ["collectif"], "rhythm": "both",
        }  # fmt: skip


@pytest.mark.req("S4-5.1-22")
def test_the_shares_of_a_shared_project_make_a_hundred(cast: FundingCast, dossier: Dossier) -> None:
    whole = tell_project(cast.director, dossier, sharing="ght", partners=shared(50, 30, 20))
    assert whole.evaluation.of("shares")[0].outcome is Outcome.PASS
    with acting_as(cast.director):
        held = list(ProjectPartner.objects.all())
        assert [(one.carrier, one.agents, one.cost_share) for one in held] == [
            (True, 100, Decimal(50)), (False, 200, Decimal(30)), (False, 300, Decimal(20)),
        ]  # fmt: skip
        assert Project.objects.get().get_sharing_display() == "territoire de GHT"
        last = held[-1].pk
    short = tell_project(cast.director, dossier, partners=[writing.RowSaid(last, {"cost_share": Decimal(19)})])
    assert short.evaluation.of("shares")[0].outcome is Outcome.FAIL
    with pytest.raises(Refused, match="99"):
        hand_in(cast.director, dossier)


def test_a_partner_that_leaves_after_the_deposit_gives_its_share(cast: FundingCast, dossier: Dossier) -> None:
    tell_project(cast.director, dossier, sharing="partnership", partners=shared(50, 30, 20))
    submission = hand_in(cast.director, dossier)
    with acting_as(cast.director):
        carrier, second, third = ProjectPartner.objects.all()
        for shares, message in (({second.pk: Decimal(49)}, "99"), ({second.pk: Decimal(51)}, "101")):
            with pytest.raises(DomainError, match=message):
                sharing.leave_project(
                    actor=cast.director,
                    partner_id=third.pk,
                    on=OCTOBER.date(),
                    reason="Fusion.",
                    shares=shares,
                    at=OCTOBER,
                )
        with pytest.raises(Refused, match="porteur"):
            sharing.leave_project(
                actor=cast.director, partner_id=carrier.pk, on=OCTOBER.date(), reason="x", shares={}, at=OCTOBER
            )
    client = signed_in(cast.director)
    place = reverse("dossiers:leave", args=[third.pk])
    assert client.get(place).status_code == 200
    typed = {"on": "2023-10-19", "reason": "Fusion.", f"share-{carrier.pk}": "50", f"share-{second.pk}": "50"}
    assert client.post(place, {**typed, f"share-{second.pk}": "40"}).status_code == 422
    assert client.post(place, typed).status_code == 302
    with acting_as(cast.officer):
        told = standing_of(get_dossier(cast.officer, dossier.pk), at=OCTOBER)
        assert told.evaluation.of("shares")[0].outcome is Outcome.PASS
        assert "a quitté le projet" in " ".join(one.sentence for one in remarks_of(told))
        submission.refresh_from_db()
        assert [one["cost_share"] for one in submission.content["projectpartner"]].count("20.00") == 1
    assert "a quitté le projet" in signed_in(cast.officer).get(dossier.page()).content.decode()


# -- Who asks, for whom, with what --------------------------------------------------------------------------------------


@pytest.mark.req("S4-2.2-10")
def test_operating_expenses_are_excluded_and_the_establishment_reads_why(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        office = expense("Fournitures de bureau annuelles", "3000.00", "fonctionnement_courant")
        held = [writing.RowSaid(one.pk, {}) for one in Expense.objects.all()]
        writing.list_expenses(
            actor=cast.director, dossier_id=dossier.pk, position=1, expenses=[*held, office], at=OCTOBER
        )
        kept = Expense.objects.get(label="Fournitures de bureau annuelles")
    told = standing(cast.director, dossier)
    line = next(one for one in told.amounts(1).lines if one.code == kept.code)  # type: ignore[union-attr]
    assert line.eligible_excl_tax == 0
    page = signed_in(cast.director).get(reverse("dossiers:depenses", args=[dossier.pk, 1])).content.decode()
    assert "le CLACT ne prend pas en charge le fonctionnement courant" in page
    assert "§2.2" in page


@pytest.mark.req("S4-2.2-11")
def test_human_resources_indicators_of_three_years_with_their_formula(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), reverse("dossiers:diagnostic", args=[dossier.pk])
    page = client.get(place).content.decode()
    for label in (
        "taux d’absentéisme",
        "accidents de travail",
        "turn-over",
        "attractivité et fidélisation",
        "autre indicateur",
    ):
        assert label in page
    typed: dict[str, Any] = {}
    for kind in ("absenteeism", "accidents", "turnover", "attractiveness", "other"):
        typed |= {f"hr-{kind}-{year}": f"{rank + 1},5" for rank, year in enumerate((2020, 2021, 2022))}
        typed[f"hr-{kind}-formula"] = f"formule {kind}"
    assert client.post(place, typed).status_code == 302
    hand_in(cast.director, dossier)
    read = signed_in(cast.officer).get(place).content.decode()
    assert read.count('value="3,50"') == 5
    assert "formule turnover" in read
    assert all(f">{year}<" in read for year in (2020, 2021, 2022))
    with acting_as(cast.officer):
        assert Piece.objects.filter(dossier=dossier, kind="diagnostic").exists()


@pytest.mark.req("S4-2.2-12")
def test_out_of_scope_it_has_the_same_calendar_and_the_last_ranks(cast: FundingCast, call: PublishedCall) -> None:
    outside = open_for(cast.director, call)
    fill(cast.director, outside)
    inside = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, inside)
    told = tell_project(cast.director, outside, in_scope=False)
    assert told.evaluation.of("scope")[0].outcome is Outcome.WARNING
    assert hand_in(cast.director, outside, at=datetime(2023, 11, 6, 23, tzinfo=GUADELOUPE)).number
    with pytest.raises(Refused, match="Trop tard"):
        hand_in(cast.other_director, inside, at=datetime(2023, 11, 7, tzinfo=GUADELOUPE))
    hand_in(cast.other_director, inside, at=LAST)
    with acting_as(cast.officer):
        rows = list_dossiers(cast.officer, DossierSearch(call=call.pk, sort="perimetre"))
        assert [(one.owner_id, one.in_scope) for one in rows] == [
            (cast.other_director.organisation_id, True), (cast.director.organisation_id, False),
        ]  # fmt: skip
        placed = rank(
            Scored(key=one.number, points={"score": 0 if one.in_scope else 20}, gates={}, in_scope=bool(one.in_scope))
            for one in rows
        )
        for one in (outside, inside):
            done = judging.judge_completeness(actor=cast.officer, dossier_id=one.pk, at=TOO_LATE)
            assert done.state == "complete"  # both go to the same instruction
    assert [one.key[-1] for one in placed] == ["2", "1"]
    assert (
        "hors périmètre, non prioritaire" in signed_in(cast.officer).get(reverse("dossiers:dossiers")).content.decode()
    )


@pytest.mark.req("S4-3.1-02")
@pytest.mark.parametrize(
    "populations", [["non_medical"], ["medical"], ["students"], ["non_medical", "medical", "students"]]
)
def test_all_the_staff_is_in_the_field_of_the_call(cast: FundingCast, dossier: Dossier, populations: list[str]) -> None:
    labels = [str(label) for _, label in ProjectForm(call=dossier.call).fields["populations"].choices]
    assert labels == ["personnel non médical", "personnel médical", "étudiants"]
    tell_project(cast.director, dossier, populations=populations)
    assert hand_in(cast.director, dossier).number


@pytest.mark.req("S4-3.1-03")
def test_a_category_that_is_not_listed_is_confirmed_or_refused_by_the_authority(
    cast: FundingCast, call: PublishedCall
) -> None:
    made = []
    for director, finess in ((cast.director, "99B000001"), (cast.other_director, "99B000002")):
        dossier = open_for(director, call, finess, status="public", category="centre_de_sante")
        fill(director, dossier)
        told = standing(director, dossier).evaluation.of("category")[0]
        assert told.outcome is Outcome.WARNING
        assert "catégorie à confirmer par l’ARS" in told.sentence
        hand_in(director, dossier)
        made.append(dossier)
    officer = signed_in(cast.officer)
    assert "Catégorie à confirmer" in officer.get(made[0].page()).content.decode()
    with acting_as(cast.director), pytest.raises(Refused):
        judging.rule_category(actor=cast.director, dossier_id=made[0].pk, confirmed=True, reason="", at=OCTOBER)
    with acting_as(cast.officer), pytest.raises(DomainError, match="motif"):
        judging.rule_category(actor=cast.officer, dossier_id=made[0].pk, confirmed=False, reason=" ", at=OCTOBER)
    assert officer.post(reverse("dossiers:category", args=[made[0].pk]), {"confirmed": "oui"}).status_code == 302
    refused = {"confirmed": "non", "reason": "Structure sans activité sanitaire."}
    assert officer.post(reverse("dossiers:category", args=[made[1].pk]), refused).status_code == 302
    assert standing(cast.officer, made[0]).evaluation.of("category")[0].outcome is Outcome.PASS
    with acting_as(cast.officer):
        states = [judging.judge_completeness(actor=cast.officer, dossier_id=one.pk, at=TOO_LATE).state for one in made]
    assert states == ["complete", "rejected_incomplete"]
    assert "Structure sans activité sanitaire." in signed_in(cast.other_director).get(made[1].page()).content.decode()
    medico = open_for(cast.lead, publish(cast, key="autre"), sectors=("medico_social",), category="")
    assert standing(cast.lead, medico).evaluation.of("applicant")[0].outcome is Outcome.FAIL


@pytest.mark.req("S4-3.2.6-01")
def test_credits_of_current_investment_are_told_beside_the_expenses(cast: FundingCast, dossier: Dossier) -> None:
    client, place = signed_in(cast.director), reverse("dossiers:etablissement", args=[dossier.pk])
    key = str(uuid.uuid4())
    kept = {
        "agents": "640",
        "payroll": "31 000 000",
        "contact": "DRH",
        "contact_email": "rh@example.org",
        "approach": "Une démarche.",
    }
    credit = {"credits": key, f"{key}-amount": "80 000", f"{key}-year": "2021", f"{key}-purpose": "lits"}
    assert client.post(place, {**kept, "complementarity": ""}).status_code == 302
    assert "Complémentarité" in missing(cast.director, dossier)
    with pytest.raises(Refused):
        hand_in(cast.director, dossier)
    assert client.post(place, {**kept, **credit, "complementarity": "Le projet complète les lits."}).status_code == 302
    hand_in(cast.director, dossier)
    page = signed_in(cast.officer).get(reverse("dossiers:depenses", args=[dossier.pk, 1])).content.decode()
    assert "80 000,00 € en 2021, lits" in page.replace("\u202f", " ").replace("\xa0", " ")
    assert "Le projet complète les lits." in page
    assert page.index("lits") < page.index("Accompagnement des équipes")


@pytest.mark.req("S0-2-02")
def test_the_concertation_concerns_staff_under_private_law(cast: FundingCast) -> None:
    assert [concertation_of(one).concerned for one in ("private", "mixed", "public", "")] == [True, True, False, None]
    assert "sa part de droit privé" in concertation_of("mixed").sentence
    asked = publish(cast, key="concerte", opinions=["ars", "fund", "labour"])
    alone = publish(cast, key="seule", opinions=["ars"])
    for staff, words in (("private", "la concertation le concerne"), ("public", "hors du champ de la concertation")):
        with acting_as(cast.director):
            Dossier.objects.all().delete()
        made = open_for(cast.director, asked, staff=staff)
        assert made.staff == staff
        assert words in signed_in(cast.director).get(made.page()).content.decode()
    other = open_for(cast.director, alone, staff="private")
    assert concertation(standing(cast.director, other)) is None


@pytest.mark.req("S4-4-14")
def test_one_dossier_of_two_projects_and_partner_elsewhere(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        assert opening.open_dossier(actor=cast.director, call=dossier.call, at=OCTOBER).pk == dossier.pk
        writing.add_project(actor=cast.director, dossier_id=dossier.pk, at=OCTOBER)
        with pytest.raises(DomainError, match="2 projets"):
            writing.add_project(actor=cast.director, dossier_id=dossier.pk, at=OCTOBER)
    told = standing(cast.director, dossier)
    with acting_as(cast.director):
        lacking = [one.sentence for one in standing_of(get_dossier(cast.director, dossier.pk), at=OCTOBER).missing()
                   if "/projets/2" in one.page]  # fmt: skip
    assert lacking
    assert [one for one in lacking if "(projet 2)" not in one] == []
    assert [told.evaluation.of(rule)[0].outcome for rule in ("single-dossier", "projects")] == [Outcome.PASS] * 2
    other = open_for(cast.other_director, dossier.call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, other)
    mine = Establishment.objects.get(finess_et="99B000001")
    carried = row(name="Clinique", siret="", carrier=True, agents=10, cost_share=Decimal(70))
    partner = row(name=mine.name, siret=mine.siret, carrier=False, agents=10, cost_share=Decimal(30))
    tell_project(cast.other_director, other, partners=[carried, partner], sharing="partnership")
    assert hand_in(cast.other_director, other).number
    assert standing(cast.director, dossier).evaluation.of("projects")[0].outcome is Outcome.PASS


# -- Pieces -------------------------------------------------------------------------------------------------------------


@pytest.mark.req("S4-4-01")
def test_risks_are_identified_with_the_single_document(cast: FundingCast, dossier: Dossier) -> None:
    assert next(one for one in standing(cast.director, dossier).pieces() if one.rule == "duerp").done
    take_out(cast.director, dossier, "duerp")
    line = next(one for one in standing(cast.director, dossier).pieces() if one.rule == "duerp")
    assert not line.done
    assert "le DUERP (à jour au 1er janvier 2021 ou après)" in line.sentence
    with pytest.raises(Refused, match="DUERP"):
        hand_in(cast.director, dossier)


@pytest.mark.req("S4-4-02")
def test_without_an_action_the_plan_is_named_among_what_is_missing(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        project = Project.objects.get()
        gone = [writing.RowSaid(one.pk, None) for one in project.actions.all()]
        writing.plan_actions(
            actor=cast.director, dossier_id=dossier.pk, position=1, actions=gone, indicators=[], at=OCTOBER
        )
    assert "le plan d’actions" in missing(cast.director, dossier)
    with pytest.raises(Refused, match="plan d’actions"):
        hand_in(cast.director, dossier)


def opinion(director: Actor, dossier: Dossier, on: date, sense: str = "favourable") -> None:
    join(director, dossier, "avis_personnel", on=on, opinion=sense, body="cse")


@pytest.mark.req("S4-4-03")
def test_the_opinion_of_the_staff_has_its_body_date_and_sense(cast: FundingCast, dossier: Dossier) -> None:
    director = cast.director
    for lacking in ({"body": ""}, {"on": None}, {"opinion": ""}):
        with pytest.raises(DomainError, match="instance, sa date et son sens"):
            join(director, dossier, "avis_personnel", **lacking)
    with acting_as(director):
        writing.plan_actions(
            actor=director,
            dossier_id=dossier.pk,
            position=1,
            actions=[],
            indicators=[],
            plan_on=date(2023, 9, 28),
            at=OCTOBER,
        )
    for day, outcome in ((date(2023, 9, 27), Outcome.WARNING), (date(2023, 9, 28), Outcome.PASS)):
        opinion(director, dossier, day)
        assert standing(director, dossier).evaluation.of("staff-opinion-date")[0].outcome is outcome
    take_out(director, dossier, "avis_personnel")
    assert "l’avis des représentants du personnel" in missing(director, dossier)
    opinion(director, dossier, date(2023, 9, 28), "unfavourable")
    assert hand_in(director, dossier).number
    page = signed_in(cast.officer).get(dossier.page()).content.decode()
    assert "Avis défavorable" in page
    assert "28 septembre 2023" in page


@pytest.mark.req("S4-4-04")
def test_each_action_without_an_identified_risk_is_warned_of(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        bare = row(title="Former les cadres", risks="", starts_on=None, ends_on=None, lead="")
        both = [writing.RowSaid(one.pk, {}) for one in Project.objects.get().actions.all()]
        writing.plan_actions(
            actor=cast.director, dossier_id=dossier.pk, position=1, actions=[*both, bare], indicators=[], at=OCTOBER
        )
    told = standing(cast.director, dossier).evaluation.of("risks")
    assert [one.outcome for one in told if one.outcome is Outcome.WARNING] == [Outcome.WARNING]
    warned = next(one for one in told if one.outcome is Outcome.WARNING)
    assert "aucun risque identifié" in warned.sentence
    assert "A2" in warned.subject + warned.sentence
    with acting_as(cast.director):
        Dossier.objects.update(answers={})
    assert "Démarche d’amélioration des conditions de travail" in missing(cast.director, dossier)


@pytest.mark.req("S4-5.1-01")
@pytest.mark.parametrize("lacking", [{"signatory": ""}, {"signed_on": None}])
def test_the_request_is_signed_by_a_competent_person(
    cast: FundingCast, dossier: Dossier, lacking: dict[str, Any]
) -> None:
    join(cast.director, dossier, "courrier_demande", **lacking)
    line = next(one for one in standing(cast.director, dossier).pieces() if one.rule == "request-letter")
    assert not line.done
    assert "le courrier de demande signé par l’autorité compétente" in line.sentence
    with pytest.raises(Refused, match="courrier de demande"):
        hand_in(cast.director, dossier)
    join(cast.director, dossier, "courrier_demande", signatory="Directrice", signed_on=date(2023, 11, 6))
    assert hand_in(cast.director, dossier, at=LAST).number


@pytest.mark.req("S4-5.1-03")
def test_each_action_has_an_indicator(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.director):
        action = Project.objects.get().actions.get()
        held = action.indicators.get()
        writing.plan_actions(
            actor=cast.director, dossier_id=dossier.pk, position=1, actions=[],
            indicators=[writing.RowSaid(held.pk, None)], at=OCTOBER,
        )  # fmt: skip
    assert "aucun indicateur de suivi" in missing(cast.director, dossier)
    with pytest.raises(Refused, match="indicateur"):
        hand_in(cast.director, dossier)
    with acting_as(cast.director):
        writing.plan_actions(
            actor=cast.director, dossier_id=dossier.pk, position=1, actions=[], at=OCTOBER,
            indicators=[row(action=action.pk, label="AT", unit="nombre", baseline=Decimal(9), target=Decimal(5))],
        )  # fmt: skip
    assert hand_in(cast.director, dossier).number


def test_the_cost_by_agent_and_against_the_payroll_is_shown(cast: FundingCast, dossier: Dossier) -> None:
    fill(cast.director, dossier, cost="100000.00", asked="40000.00")  # a second line: 200,000 € in all
    tell_project(cast.director, dossier, agents=40)
    with acting_as(cast.director):
        (told,) = proportions(standing(cast.director, dossier))
    assert (told.cost, told.said.by_agent) == (Decimal("200000.00"), Decimal("5000.00"))
    assert told.said.of_payroll == Decimal("200000.00") / Decimal(31_000_000)


# -- A second person ----------------------------------------------------------------------------------------------------


def test_a_second_person_certifies_what_is_handed_in(cast: FundingCast) -> None:
    call = publish(cast, key="certifie", certified=True)
    made = open_for(cast.director, call)
    fill(cast.director, made)
    with pytest.raises(Refused, match="seconde personne"):
        hand_in(cast.director, made)
    with acting_as(cast.director), pytest.raises(Refused, match="une seconde personne"):
        certifying.certify_dossier(actor=cast.director, dossier_id=made.pk, at=OCTOBER)
    lead = signed_in(cast.lead)
    assert "Certifier le dossier" in lead.get(made.page()).content.decode()
    assert lead.post(reverse("dossiers:certify", args=[made.pk])).status_code == 302
    with acting_as(cast.director):
        writing.tell_establishment(actor=cast.director, dossier_id=made.pk, said={"agents": 641}, at=OCTOBER)
    with pytest.raises(Refused, match="tel qu’il est"):  # what was certified is no longer what would be handed in
        hand_in(cast.director, made)
    with acting_as(cast.lead):
        certifying.certify_dossier(actor=cast.lead, dossier_id=made.pk, at=OCTOBER)
        assert Certification.objects.get().person_id == cast.lead.person_id
    submission = hand_in(cast.director, made)
    with acting_as(cast.director):
        assert submission.sha256 == Certification.objects.get().sha256
    receipt = signed_in(cast.director).get(reverse("dossiers:receipt", args=[made.pk])).content.decode()
    assert "Certifié par" in receipt


def test_an_empty_row_is_never_wrong_and_a_row_without_its_name_is_not_lost() -> None:
    data = QueryDict(mutable=True)
    empty, unnamed = str(uuid.uuid4()), str(uuid.uuid4())
    data.setlist("partners", [empty, unnamed])
    data[f"{unnamed}-cost_share"] = "20"
    rows = Rows(PartnerRow, [], name="partners", data=data)
    assert [one.blank for one in rows] == [True, False]
    assert [one.pk for one in rows.wrong] == [uuid.UUID(unnamed)]
    assert next(str(one.errors) for one in rows) == ""
    assert "required" not in str(rows.forms[0])
    assert [one.pk for one in rows.said] == [uuid.UUID(empty)]


def test_rows_of_an_objective_are_read_whole_or_not(call: PublishedCall) -> None:
    data = QueryDict(mutable=True)
    key = str(uuid.uuid4())
    data.update({"objectives": key, f"{key}-label": "Turn-over", f"{key}-unit": "%", f"{key}-baseline": "x"})
    rows = Rows(ObjectiveRow, [], name="objectives", data=data)
    assert len(rows.wrong) == 1
    assert rows.said == []
    with as_system():
        assert not Objective.objects.exists()
