"""What the page of a call offers: sources, policies, models, links, directory, table; and who may change them."""

from __future__ import annotations

import csv
import io
import json
from datetime import date, timedelta
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests.support.beside import beside
from tests.support.clients import signed_in
from tests.support.funding import (
    OCTOBER,
    SEPTEMBER,
    FundingCast,
    draft_of_2023,
    fill,
    hand_in,
    join,
    open_for,
    partners,
    publish,
)
from tests.support.roles import as_system

from avenant import rulebooks
from avenant.domain.decision import DomainError, Refused
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Applicant, Facts
from avenant.domain.rules.findings import Outcome
from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls import selectors, services
from avenant.funding.calls.aid_table import FIELDS
from avenant.funding.calls.models import Call, CallFile, Consultant, PublishedCall
from avenant.funding.calls.wording import link_fault
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.models import Project
from avenant.funding.dossiers.selectors import get_dossier
from avenant.funding.dossiers.services import writing
from avenant.funding.dossiers.statistics import call_statistics

pytestmark = pytest.mark.django_db
SCHEMA = beside("etalab-dispositif-aide-schema.json")
PDF = b"%PDF-1.7 modele"


@pytest.fixture(autouse=True)
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


def page_of(call: PublishedCall) -> str:
    return Client().get(call.page()).content.decode()


def prepared(cast: FundingCast, **changes: object) -> Call:
    with acting_as(cast.officer):
        return services.prepare_call(
            actor=cast.officer, draft=draft_of_2023(**changes), partners=partners(), at=SEPTEMBER
        )


@pytest.mark.req("S4-1-06")
def test_the_call_cites_its_two_legal_bases_and_its_source_of_money(call: PublishedCall) -> None:
    page = page_of(call)
    assert len(call.content["legal"]) == 2
    for words in ("Article R. 1435-19, 1°, du code de la santé publique",
                  "DGOS/RH3/MEIMMS/2013/410 du 17 décembre 2013", "Fonds d’intervention régional (FIR) 2023"):  # fmt: skip
        assert words in page, words


@pytest.mark.req("S4-1-07")
def test_the_call_is_linked_to_the_two_policies_it_supports(call: PublishedCall) -> None:
    page = page_of(call)
    assert len(call.content["frameworks"]) == 2
    for words in ("Ségur de la santé", "Prendre soin de ceux qui nous soignent"):
        assert words in page


@pytest.mark.req("S4-2.1-01")
def test_reference_texts_and_the_definition_of_qvt_with_its_nine_components(call: PublishedCall) -> None:
    page = page_of(call)
    for words in (
        "interprofessionnel de juin 2013",
        "certification de la HAS",
        "DGOS/RH4/DGCS/4B/2021/168 du 26 juillet 2021",
    ):
        assert words in page, words
    entry = next(one for one in selectors.glossary() if one["key"] == "qvt")
    assert [one.replace("’", "'") for one in entry["components"]] == [
        "ambiance", "culture de l'entreprise", "intérêt du travail", "conditions de travail", "sentiment d'implication",
        "autonomie et responsabilisation", "égalité", "droit à l'erreur", "reconnaissance et valorisation",
    ]  # fmt: skip
    glossary = Client().get(reverse("calls:glossary")).content.decode()
    assert glossary.count("<li>") >= 9
    assert "juin 2013" in entry["source"]
    assert entry["source"] in glossary


@pytest.mark.req("S4-2.1-02")
def test_the_statistics_of_a_call_count_projects_and_amounts_by_nature(cast: FundingCast, call: PublishedCall) -> None:
    assert [label for _, label in Project.Nature.choices] == [
        "amélioration des conditions de travail", "prévention des risques professionnels", "démarche QVT",
    ]  # fmt: skip
    first = open_for(cast.director, call)
    fill(cast.director, first)
    second = open_for(cast.other_director, call, "99B000002", status="private_profit", category="clinique")
    fill(cast.other_director, second, cost="50000.00", asked="20000.00")
    with acting_as(cast.other_director):
        writing.tell_project(
            actor=cast.other_director,
            dossier_id=second.pk,
            position=1,
            said={"nature": "prevention"},
            partners=[],
            at=OCTOBER,
        )
    hand_in(cast.director, first)
    hand_in(cast.other_director, second)
    with acting_as(cast.officer):
        natures = call_statistics(cast.officer, call)[0]
        assert [(one.label, one.projects, str(one.cost), str(one.asked)) for one in natures.counts] == [
            ("amélioration des conditions de travail", 0, "0.00", "0.00"),
            ("prévention des risques professionnels", 1, "50000.00", "20000.00"),
            ("démarche QVT", 1, "100000.00", "40000.00"),
        ]
    place = reverse("dossiers:statistics", args=[call.key])
    page = signed_in(cast.officer).get(place).content.decode().replace("\u202f", " ").replace("\xa0", " ")
    assert "100 000,00 €" in page
    assert signed_in(cast.director).get(place).status_code == 403


@pytest.mark.req("S0-2-05")
def test_each_call_states_the_sources_it_opens_with_the_criteria_of_each(cast: FundingCast) -> None:
    call = prepared(cast, key="sources", sources=[])
    client, place = signed_in(cast.officer), reverse("calls:options", args=[call.pk])
    page = client.get(call.page()).content.decode()
    for words in ("Fonds d’intervention régional (FIR)", "Subvention prévention Très Petites Entreprises (STPE)",
                  "contrat de prévention"):  # fmt: skip
        assert words in page
    typed = {
        "o-title": call.title, "o-reference": "ARS/DAOSS/ N°971-2023-12", "o-mailbox": call.mailbox,
        "o-sources": ["fir", "stpe"], "o-criteria_fir": "Lien direct avec l’activité\nCo-financement",
        "o-criteria_stpe": "Moins de 50 salariés", "o-criteria_contrat_prevention": "Sans objet",
    }  # fmt: skip
    refused = client.post(place, typed)
    assert refused.status_code == 422  # criteria of a source that the call does not open
    assert "n’ouvre pas cette source" in refused.content.decode()
    assert client.post(place, {**typed, "o-criteria_contrat_prevention": ""}).status_code == 302
    with acting_as(cast.decider):
        services.validate_call(actor=cast.decider, call_id=call.pk, at=SEPTEMBER)
    with acting_as(cast.officer):
        published = services.publish_call(actor=cast.officer, call_id=call.pk, at=SEPTEMBER)
    assert published.sources == ["fir", "stpe"]
    shown = page_of(published).partition("Sources de financement ouvertes")[2]
    assert (
        shown.index("(FIR)")
        < shown.index("Co-financement")
        < shown.index("(STPE)")
        < shown.index("Moins de 50 salariés")
    )
    assert Client().get(reverse("calls:call-json", args=[published.key])).json()["sources"] == ["fir", "stpe"]


@pytest.mark.req("S0-X-01")
def test_sector_and_opinions_are_the_choice_of_each_call(cast: FundingCast) -> None:
    guadeloupe = publish(cast, key="clact-971", opinions=["ars"])
    martinique = publish(cast, key="clact-972", opinions=["ars", "fund", "labour"])
    assert [len(one.opinions) for one in (martinique, guadeloupe)] == [3, 1]
    assert {one.kind for one in martinique.partners.all()} == {"fund", "labour"}
    assert not guadeloupe.partners.exists()
    assert "Avis demandés" in page_of(martinique)
    outcomes = []
    for name, territory in (("clact_medico_social_martinique", "972"), ("clact_guadeloupe_2023", "971")):
        nursing_home = Applicant(
            status="private_nonprofit", sectors=("medico_social",), category="ehpad", territory=territory
        )
        book = rulebooks.load(name)
        outcomes.append(evaluate(book, Facts(applicant=nursing_home, submitted_at=OCTOBER)).of("applicant")[0].outcome)
    assert outcomes == [Outcome.PASS, Outcome.FAIL]
    assert rulebooks.load("clact_medico_social_martinique").value("opinions") == 3
    made = open_for(cast.director, guadeloupe)
    fill(cast.director, made)
    hand_in(cast.director, made)
    with acting_as(cast.fund):  # whose opinion is not asked for does not read the dossier
        assert not Project.objects.exists()


@pytest.mark.req("S4-H-02")
def test_an_incomplete_reference_is_kept_as_it_is_and_a_new_call_completes_it(
    cast: FundingCast, call: PublishedCall
) -> None:
    assert call.reference == "ARS/DAOSS/ N°971-2023-"
    assert not call.reference_is_complete
    page = page_of(call)
    assert "ARS/DAOSS/ N°971-2023-" in page
    assert "référence à compléter" in page
    new = prepared(cast, key="nouveau", taken_over=False)
    with acting_as(cast.decider):
        services.validate_call(actor=cast.decider, call_id=new.pk, at=SEPTEMBER)
    with acting_as(cast.officer):
        with pytest.raises(Refused, match="référence"):
            services.publish_call(actor=cast.officer, call_id=new.pk, at=SEPTEMBER)
        services.resume_preparation(actor=cast.officer, call_id=new.pk, reason="Référence.", at=SEPTEMBER)
        services.tell_call(
            actor=cast.officer, call_id=new.pk, said={"reference": "ARS/DAOSS/ N°971-2023-18"}, at=SEPTEMBER
        )
    with acting_as(cast.decider):
        services.validate_call(actor=cast.decider, call_id=new.pk, at=SEPTEMBER)
    with acting_as(cast.officer):
        assert services.publish_call(actor=cast.officer, call_id=new.pk, at=SEPTEMBER).reference_is_complete


@pytest.mark.req("S4-4-08")
def test_one_address_and_one_channel(cast: FundingCast, call: PublishedCall) -> None:
    page = page_of(call)
    assert "ars971-daoss@ars.sante.fr" in page
    assert "Le dossier se dépose uniquement sur cette plateforme" in page
    assert call.mailbox == "ars971-daoss@ars.sante.fr"
    book = call.book()
    for channel, outcome in (("platform", Outcome.PASS), ("email", Outcome.FAIL), ("paper", Outcome.FAIL)):
        assert evaluate(book, Facts(channel=channel, submitted_at=OCTOBER)).of("channel")[0].outcome is outcome
    made = open_for(cast.director, call)
    with acting_as(cast.director):
        facts = standing_of(get_dossier(cast.director, made.pk), at=OCTOBER).facts
    assert facts.channel == "platform"


@pytest.mark.req("S4-7-02")
def test_the_page_is_read_without_signing_in_and_names_the_site_of_the_agency(call: PublishedCall) -> None:
    listed = Client().get(reverse("calls:calls"))
    assert call.page() in listed.content.decode()
    page = page_of(call)
    assert 'href="https://www.guadeloupe.ars.sante.fr/"' in page
    for heading in ("Calendrier", "Règles", "Domaines d’action prioritaires", "Contact"):
        assert heading in page


@pytest.mark.req("S4-4-15")
def test_missing_annexes_are_placeholders_until_the_authority_puts_up_its_models(
    cast: FundingCast, call: PublishedCall
) -> None:
    labels = [one["label"] for one in call.content["documents"] if one["state"] == "missing"]
    assert len(labels) == 2
    assert page_of(call).count("manquant") == 2
    made = open_for(cast.director, call)
    director = signed_in(cast.director)
    section = reverse("dossiers:etablissement", args=[made.pk])
    assert "Formulaire dérivé des paragraphes 1 à 5" in director.get(section).content.decode()
    officer, place = signed_in(cast.officer), reverse("calls:put-up", args=[call.call_id])
    wrong = officer.post(place, {"label": labels[0], "file": SimpleUploadedFile("a.exe", b"MZ")})
    assert wrong.status_code == 409
    for label in labels:
        assert officer.post(place, {"label": label, "file": SimpleUploadedFile("modele.pdf", PDF)}).status_code == 302
    page = page_of(call)
    assert "manquant" not in page
    assert page.count("modèle officiel") == 2
    file = CallFile.objects.get(label=labels[0])
    assert Client().get(reverse("calls:model", args=[file.pk])).content == PDF
    assert "Formulaire dérivé" not in director.get(section).content.decode()
    with acting_as(cast.fund), pytest.raises(Refused):
        services.put_up_file(
            actor=cast.fund, call_id=call.call_id, label="x", name="x.pdf", content=PDF, at=OCTOBER
        )  # fmt: skip


@pytest.mark.req("S4-4-05")
def test_the_form_is_online_and_its_model_is_downloaded_and_joined_when_the_call_takes_it(cast: FundingCast) -> None:
    for key, taken in (("en-ligne", False), ("modele", True)):
        call = publish(cast, key=key, form_upload=taken)
        model = Client().get(reverse("dossiers:model", args=[call.key]))
        assert model.content.startswith(b"PK")
        made = open_for(cast.director, call)
        online = signed_in(cast.director).get(reverse("dossiers:etablissement", args=[made.pk]))
        assert online.status_code == 200
        if not taken:
            with pytest.raises(DomainError, match="en ligne"):
                join(cast.director, made, "formulaire")
            continue
        fill(cast.director, made)
        with acting_as(cast.director):
            writing.tell_establishment(actor=cast.director, dossier_id=made.pk, said={"contact": ""}, at=OCTOBER)
        with pytest.raises(Refused, match="Interlocuteur"):
            hand_in(cast.director, made)
        join(cast.director, made, "formulaire", name="modele.xlsx", content=model.content)
        assert hand_in(cast.director, made).number
    letter = signed_in(cast.director).get(reverse("dossiers:letter", args=[made.pk]))
    assert letter.content.startswith(b"%PDF")


@pytest.mark.req("S4-7-03")
def test_the_fund_keeps_a_directory_of_consultants_and_who_is_past_it_is_hidden(
    cast: FundingCast, call: PublishedCall
) -> None:
    today = OCTOBER.date()
    fund, keep = signed_in(cast.fund), reverse("calls:keep-consultants")
    lines = {
        "Cabinet Alizé (fictif)": today, "Cabinet Passé (fictif)": today - timedelta(days=1), "Cabinet Stable (fictif)": "",
    }  # fmt: skip
    for name, last in lines.items():
        said = {"name": name, "speciality": "Médiation", "contact": "contact@example.org", "listed_since": "2021-01-01",
                "valid_to": last}  # fmt: skip
        assert fund.post(keep, said).status_code == 302
    assert signed_in(cast.officer).get(keep).status_code == 403
    shown = Client().get(reverse("calls:consultants")).content.decode()
    assert [name in shown for name in lines] == [True, False, True]
    for words in ("Médiation", "contact@example.org", "1er janvier 2021"):
        assert words in shown
    assert "Cabinet Passé" in fund.get(keep).content.decode()
    export = Client().get(reverse("calls:consultants-export", args=["csv"])).content.decode("utf-8-sig")
    assert "Cabinet Stable" in export
    assert "Cabinet Passé" not in export
    made = open_for(cast.director, call)
    with acting_as(cast.director):
        writing.tell_project(
            actor=cast.director, dossier_id=made.pk, position=1, said={"strands": ["2"]}, partners=[], at=OCTOBER
        )
    place = reverse("dossiers:projet", args=[made.pk, 1])
    assert reverse("calls:consultants") in signed_in(cast.director).get(place).content.decode()
    stable = Consultant.objects.get(name__startswith="Cabinet Stable")
    assert fund.post(reverse("calls:end-consultant", args=[stable.pk])).status_code == 302
    assert not selectors.list_consultants(on=today + timedelta(days=1), text="Stable").exists()


@pytest.mark.req("S4-7-04")
def test_a_cut_address_is_flagged_and_never_a_link_until_it_is_corrected(
    cast: FundingCast, call: PublishedCall
) -> None:
    cut = "https://www.preventioncgss971."
    assert call.content["links"][0]["address"] == cut
    page = page_of(call)
    assert "adresse à compléter" in page
    assert f'href="{cut}' not in page
    for wrong in (cut, "", "www.example.org", "https://example", "javascript:alert(1)", "https://a.fr/x y"):
        assert link_fault(wrong), wrong
    place = reverse("calls:link", args=[call.call_id])
    officer, label = signed_in(cast.officer), call.content["links"][0]["label"]
    assert officer.post(place, {"label": label, "address": cut}).status_code == 409
    assert officer.post(place, {"label": label, "address": "https://www.example.org/rps"}).status_code == 302
    page = page_of(call)
    assert 'href="https://www.example.org/rps"' in page
    assert "adresse à compléter" not in page


def test_the_calls_are_lines_of_the_national_table(cast: FundingCast) -> None:
    place = reverse("calls:aid-table")
    publish(cast, key="fictif")
    call = publish(cast, key="reel", fictional=False)
    assert len(Client().get(place).content.decode().splitlines()) == 1  # no SIREN: the line waits for it
    with as_system():
        Organisation.objects.filter(key="ars-guadeloupe").update(siren="130008048")
    lines = list(csv.DictReader(io.StringIO(Client().get(place).content.decode())))
    assert [one["id_aide"] for one in lines] == ["reel"]
    (line,) = lines
    assert (line["taux_subvention_maximum"], line["date_cloture"], line["recurrence_aide"]) == (
        "40",
        "2023-11-06",
        "Ponctuelle",
    )
    assert line["date_ouverture"] == date(2023, 10, 2).isoformat()
    with acting_as(cast.decider):
        services.revise_call(
            actor=cast.decider, call_id=call.call_id, values={"rate": "33.5"}, reason="Budget réduit.", at=OCTOBER
        )
    (line,) = csv.DictReader(io.StringIO(Client().get(place).content.decode()))
    assert line["taux_subvention_maximum"] == "33.5"
    assert line["date_mise_a_jour"] == OCTOBER.date().isoformat()


@pytest.mark.skipif(not SCHEMA.exists(), reason="the national schema is read beside the project")
def test_the_table_is_valid_against_the_national_schema(cast: FundingCast, tmp_path: Path) -> None:
    frictionless = pytest.importorskip("frictionless")
    publish(cast, key="reel", fictional=False)
    with as_system():
        Organisation.objects.filter(key="ars-guadeloupe").update(siren="130008048")
    table = tmp_path / "aides.csv"
    table.write_bytes(Client().get(reverse("calls:aid-table")).content)
    told = json.loads(SCHEMA.read_text())
    assert tuple(one["name"] for one in told["fields"]) == FIELDS
    with frictionless.system.use_context(trusted=True):
        report = frictionless.Resource(path=str(table), schema=frictionless.Schema.from_descriptor(told)).validate()
    assert report.valid, report.flatten(["rowNumber", "fieldName", "message"])
