"""A call is data: a dossier of each rulebook of the platform is filled by its pages, computed and handed in."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from io import BytesIO
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader
from tests.support.clients import signed_in
from tests.support.funding import OCTOBER, FundingCast, fill, hand_in, open_for, publish

from avenant.foundations import clock
from avenant.foundations.parties.actors import acting_as
from avenant.funding.dossiers import selectors
from avenant.funding.dossiers.checks import standing_of
from avenant.funding.dossiers.models import Dossier, Expense

pytestmark = pytest.mark.django_db


@dataclass
class AtWork:
    """One rulebook, the parameters that its source leaves to the call, and what a dossier answers."""

    name: str
    parameters: dict[str, Any]
    pieces: tuple[str, ...]
    grant: str
    category: str
    kind: str = "accompagnement"
    line: dict[str, Any] = field(default_factory=dict)
    project: dict[str, str] = field(default_factory=dict)
    establishment: dict[str, str] = field(default_factory=dict)
    waits: str = ""


WINDOW = {"opens": "2023-10-01T00:00:00", "closes": "2023-10-31T23:59:59"}
BOOKS = [
    AtWork(
        "clact_rolling", {"rate": 40}, ("accord", "avis_f3sct", "avis_medecine"), "40000.00", "eps",
        project={"answer_begun": "non"}, waits="projet déjà commencé",
    ),
    AtWork(
        "sinistralite_ehpad_2025",
        {**WINDOW, "rate": 100, "max_grant": 300000, "unit_costs": {"verticalisateur": "4000.00"}},
        ("devis",), "43400.00", "ehpad", kind="verticalisateur", line={"quantity": 10},
        waits="nombre d’unités de la dépense",
    ),
    AtWork(
        "clact_medico_social_martinique",
        {"closes": "2023-10-31T23:59:59", "rate": 40, "max_grant": "38000.00", "min_project": 5000,
         "instalments": [60, 40], "territories": ["971"]},
        ("socle",), "38000.00", "ehpad", establishment={"answer_source": "fir"},
        waits="source de financement demandée",
    ),
]  # fmt: skip


def made_of(one: AtWork, cast: FundingCast) -> Dossier:
    call = publish(cast, key=one.name.replace("_", "-"), rulebook=one.name, parameters=one.parameters)
    dossier = open_for(cast.director, call, category=one.category)
    fill(cast.director, dossier, joined=one.pieces, kind=one.kind)
    return dossier


def standing(cast: FundingCast, dossier: Dossier) -> Any:
    return standing_of(selectors.get_dossier(cast.director, dossier.pk), at=OCTOBER)


@pytest.fixture
def october(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: OCTOBER)


@pytest.mark.parametrize("one", BOOKS, ids=lambda one: one.name)
def test_the_call_asks_what_its_rules_read(one: AtWork, cast: FundingCast, october: None) -> None:
    """What a rule waits for is told, asked by the page, and once it is typed the aid is computed and the dossier leaves."""
    dossier = made_of(one, cast)
    with acting_as(cast.director):
        before = standing(cast, dossier)
        assert any(one.waits.lower() in told.sentence.lower() for told in before.missing()), before.missing()
        client: Client = signed_in(cast.director)
        (line,) = Expense.objects.filter(project__dossier=dossier)
    if one.project:
        type_in(client, reverse("dossiers:projet", args=[dossier.pk, 1]), one.project)
    if one.establishment:
        type_in(client, reverse("dossiers:etablissement", args=[dossier.pk]), one.establishment)
    if one.line:
        typed = {f"{line.pk}-{name}": str(value) for name, value in one.line.items()}
        type_in(client, reverse("dossiers:depenses", args=[dossier.pk, 1]), typed)
    with acting_as(cast.director):
        after = standing(cast, dossier)
        assert not after.missing(), [told.sentence for told in after.missing()]
        assert after.evaluation.grant == Decimal(one.grant)
    submission = hand_in(cast.director, dossier)
    assert submission.findings["grant"] == one.grant


def type_in(client: Client, page: str, typed: dict[str, str]) -> None:
    """Send a section as the browser does: what it shows, and what is typed."""
    shown = client.get(page)
    parts = [shown.context[name] for name in ("form", "rows", "partners", "received") if name in shown.context]
    sent: dict[str, Any] = {part.name: [form.prefix for form in part.forms] for part in parts if hasattr(part, "forms")}
    fields = [bound for part in parts for form in getattr(part, "forms", [part]) for bound in form]
    sent |= {
        bound.html_name: value
        for bound in fields
        if (value := bound.field.prepare_value(bound.value())) not in (None, "", False)
    }
    assert typed.keys() <= {bound.html_name for bound in fields}
    answer = client.post(page, {**sent, **typed})
    assert answer.status_code == 302, answer.content.decode()


def test_the_whole_dossier_is_taken_away_as_a_pdf(cast: FundingCast, october: None) -> None:
    """A draft and a dossier handed in: what it says, the answers to the call's own questions, its amounts, its rules; and
    nobody else's."""
    one = BOOKS[0]
    dossier = made_of(one, cast)
    client = signed_in(cast.director)
    type_in(client, reverse("dossiers:projet", args=[dossier.pk, 1]), one.project)
    page = reverse("dossiers:pdf", args=[dossier.pk])
    assert "en préparation" in words_of(client, page)
    submission = hand_in(cast.director, dossier)
    told = words_of(client, page)
    for words in (
        submission.number, submission.sha256[:20], "Revoir les cycles", "Taux d’absentéisme", "Projet déjà commencé",
        "Accompagnement des équipes", "100 000,00 €", "40 000,00 €", "accord.pdf", "Rien de commencé", "page de l’ARS",
        "Équipes en forme",
    ):  # fmt: skip
        assert words in told, words
    assert reverse("dossiers:pdf", args=[dossier.pk]) in client.get(dossier.page()).content.decode()
    assert signed_in(cast.other_director).get(page).status_code == 404


def words_of(client: Client, page: str) -> str:
    answer = client.get(page)
    assert answer.status_code == 200
    text = " ".join(one.extract_text() for one in PdfReader(BytesIO(answer.content)).pages)
    return " ".join(text.translate({0x202F: " ", 0xA0: " "}).split())
