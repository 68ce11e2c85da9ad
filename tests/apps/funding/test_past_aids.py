"""Aids taken over from former files, in the double-funding check: by their lines where known, to be looked at where not."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.support.clients import signed_in
from tests.support.funding import FundingCast
from tests.support.reviews import NOVEMBER, complete_dossier, give_all, instruct, mark

from avenant.domain.decision import DomainError, Refused
from avenant.foundations import clock
from avenant.foundations.imports import services as imports
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.models import Establishment
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Dossier, Expense
from avenant.funding.grants.models import Grant, PastExpense, Scheme
from avenant.funding.grants.services.catalogue import take_up_catalogue
from avenant.funding.reviews.models import DoubleVerdict, Instruction
from avenant.funding.reviews.selectors.checks import list_conflicts, list_matches
from avenant.funding.reviews.selectors.instructions import get_instruction
from avenant.funding.reviews.selectors.unlined import Unlined, list_unlined
from avenant.funding.reviews.services import aids, checking, opening

pytestmark = pytest.mark.django_db
LATER = NOVEMBER + timedelta(days=3)
EXPENSE = "Catégorie de dépense;Coût HT;Date de la dépense;Fournisseur;Facture"
AIDS = (
    "Numéro;Bénéficiaire;SIRET ou FINESS;Montant accordé;Date de décision;Objet;À consommer jusqu’au;Dépense;"
    f"{EXPENSE};Partagée"
)
LINES = f"Numéro;Dépense;{EXPENSE}"


@pytest.fixture(autouse=True)
def november(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site lives in November 2023."""
    monkeypatch.setattr(clock, "now", lambda: LATER)


@pytest.fixture
def dossier(cast: FundingCast, call: PublishedCall) -> Dossier:
    """One expense of 100 000 €, from 15 January 2024 to 31 December 2025."""
    made = complete_dossier(cast, call)
    instruct(cast, made)
    return made


def take(actor: Actor, kind: str, header: str, *lines: str) -> Any:
    with acting_as(actor):
        content = "\n".join([header, *lines]).encode()
        row = imports.receive_file(actor=actor, kind=kind, filename=f"{kind}.csv", content=content, at=LATER)
        imports.confirm_import(actor=actor, import_id=row.pk, at=LATER)
        return row


def look(cast: FundingCast, dossier: Dossier) -> list[Unlined]:
    with acting_as(cast.examiner):
        return list_unlined(cast.examiner, get_instruction(cast.examiner, dossier.pk))


def own_line(cast: FundingCast, dossier: Dossier) -> Expense:
    with acting_as(cast.director):
        return Expense.objects.get(project__dossier=dossier)


def test_an_expense_of_a_past_aid_is_compared_line_by_line(cast: FundingCast, dossier: Dossier) -> None:
    take(
        cast.officer, "aides", AIDS,
        "C-2022-1;CH;99B000001;30 000;15/03/2022;Prévention;31/12/2024;Accompagnement des équipes;Prestation;100 000,00;"
        "20/01/2024;Cabinet;FA-12;",
    )  # fmt: skip
    with acting_as(cast.examiner):
        kept = PastExpense.objects.get()
        assert (kept.cost, kept.supplier, kept.invoice, kept.category) == (
            Decimal("100000.00"), "Cabinet", "FA-12", "Prestation",
        )  # fmt: skip
        (match,) = list_matches(cast.examiner, get_instruction(cast.examiner, dossier.pk))
    assert match.score == 60
    assert "C-2022-1" in match.other_label
    assert any("même montant" in one for one in match.reasons)
    assert look(cast, dossier) == []
    page = signed_in(cast.examiner)
    said = {"line": str(match.line), "other": match.other, "same": "oui", "reason": "Facture FA-12."}
    assert page.post(reverse("reviews:settle-double", args=[dossier.pk]), said).status_code == 302
    with acting_as(cast.examiner):
        assert Instruction.objects.get(dossier=dossier).grant == Decimal(0)


def test_a_past_subsidy_that_the_catalogue_forbids_beside_the_call_is_said(cast: FundingCast, dossier: Dossier) -> None:
    with acting_as(cast.fund):
        take_up_catalogue(actor=cast.fund, at=NOVEMBER)
    header = AIDS.replace("Objet", "Objet;Nature du financement")
    line = "C-{0};CH;99B000001;30 000;15/03/2024;Prévention;{1};;Accompagnement des équipes;;100 000;15/01/2024;;;oui"
    monkey = LATER.replace(year=2024)
    with acting_as(cast.fund):
        content = "\n".join([header, line.format(1, "contrat de prévention")]).encode()
        row = imports.receive_file(actor=cast.fund, kind="aides", filename="a.csv", content=content, at=monkey)
        imports.confirm_import(actor=cast.fund, import_id=row.pk, at=monkey)
    with acting_as(cast.examiner):
        instruction = get_instruction(cast.examiner, dossier.pk)
        told = list_conflicts(cast.examiner, instruction, list_matches(cast.examiner, instruction))
    assert [one.codes for one in told.clashes] == [("clact", "contrat-prevention")]


def test_a_past_aid_without_lines_is_looked_at_and_settled_with_a_remark(cast: FundingCast, dossier: Dossier) -> None:
    take(cast.officer, "aides", AIDS, "C-2022-2;CH;99B000001;30 000;15/03/2022;Bien-être au travail;30/06/2024;;;;;;;")
    (found,) = look(cast, dossier)
    assert (found.amount, found.subject, found.settled, found.apart) == (
        Decimal(30000), "Bien-être au travail", False, False,
    )  # fmt: skip
    assert found.why == "Aucune ligne de dépense n’est connue."
    client, address = signed_in(cast.examiner), reverse("reviews:checks", args=[dossier.pk])
    client.get(address)
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address).content.decode()
    assert len([one for one in queries if "SAVEPOINT" not in one["sql"]]) <= 20
    for words in (
        "C-2022-2",
        "30\u202f000,00\u202f€",
        "Bien-être au travail",
        "15 mars 2022",
        "30 juin 2024",
        "à regarder",
    ):
        assert words in page
    settle = reverse("reviews:settle-unlined", args=[dossier.pk])
    said = {"other": found.other, "line": "aucune", "reason": ""}
    assert client.post(settle, said).status_code == 409
    assert client.post(settle, {**said, "reason": "Vu", "line": ""}).status_code == 409
    assert client.post(settle, {**said, "reason": "Vu", "line": "x"}).status_code == 409
    assert client.post(settle, {**said, "reason": "Vu", "other": "grant:x"}).status_code == 409
    assert client.post(settle, {**said, "reason": "Dossier papier : des ateliers de 2022."}).status_code == 302
    (after,) = look(cast, dossier)
    assert (after.settled, after.lines) == (True, frozenset())
    page = client.get(address).content.decode()
    assert "regardée, rien de commun" in page
    assert "Dossier papier : des ateliers de 2022." in page


def test_a_past_aid_found_to_fund_a_line_excludes_it_and_none_takes_it_back(
    cast: FundingCast, dossier: Dossier
) -> None:
    take(cast.officer, "aides", AIDS, "C-2022-2;CH;99B000001;30 000;15/03/2022;Ateliers;30/06/2024;;;;;;;")
    (found,), line = look(cast, dossier), own_line(cast, dossier)

    def settle(said: Any) -> Decimal | None:
        with acting_as(cast.examiner):
            checking.settle_unlined(
                actor=cast.examiner,
                dossier_id=dossier.pk,
                other=found.other,
                line=said,
                reason="Facture lue.",
                at=LATER,
            )
            return Instruction.objects.get(dossier=dossier).grant

    assert settle(None) == Decimal(40000)
    assert settle(line.pk) == Decimal(0)
    assert [one.lines for one in look(cast, dossier)] == [frozenset({line.pk})]
    assert "finance une dépense du dossier" in signed_in(cast.examiner).get(
        reverse("reviews:checks", args=[dossier.pk])
    ).content.decode()  # fmt: skip
    assert settle(None) == Decimal(40000)
    with acting_as(cast.examiner):
        assert [one.line for one in DoubleVerdict.objects.all()] == [None]
        with pytest.raises(DomainError, match="pas dans le dossier"):
            checking.settle_unlined(
                actor=cast.examiner, dossier_id=dossier.pk, other=found.other, line=dossier.pk, reason="Vu",
                at=LATER,
            )  # fmt: skip
    with acting_as(cast.fund), pytest.raises(Refused):
        checking.settle_unlined(
            actor=cast.fund, dossier_id=dossier.pk, other=found.other, line=None, reason="Vu", at=LATER
        )


@pytest.mark.parametrize(
    ("until", "apart"), [("14/01/2024", True), ("15/01/2024", False), ("16/01/2024", False), ("", False)]
)
def test_an_aid_over_the_day_before_the_project_needs_no_remark(
    cast: FundingCast, dossier: Dossier, until: str, apart: bool
) -> None:
    take(cast.officer, "aides", AIDS, f"C-2022-2;CH;99B000001;30 000;15/03/2022;Ateliers;{until};;;;;;;")
    assert [one.apart for one in look(cast, dossier)] == [apart]


@pytest.mark.parametrize(("cost", "number"), [("29 999,99", 1), ("30 000", 0), ("30 000,01", 0), ("", 1)])
def test_lines_that_do_not_add_up_to_the_aid_leave_it_to_be_looked_at(
    cast: FundingCast, dossier: Dossier, cost: str, number: int
) -> None:
    take(cast.officer, "aides", AIDS, f"C-1;CH;99B000001;30 000;15/03/2022;Ateliers;;Rails;;{cost};;;;")
    assert len(look(cast, dossier)) == number


def test_the_expenses_of_an_aid_come_by_their_own_file_and_are_taken_back(cast: FundingCast, dossier: Dossier) -> None:
    take(cast.officer, "aides", AIDS, "C-1;CH;99B000001;30 000;15/03/2022;Ateliers;;;;;;;;")
    row = take(
        cast.officer, "depenses-aides", LINES,
        "C-1;Rails de transfert;Matériel;10 000;02/05/2022;Ergo;FA-1",
        "C-1;Rails de transfert;Matériel;10 000;02/05/2022;Ergo;FA-1",
        "C-1;Formation;Prestation;20 000;;;",
        "C-9;Inconnue;;1;;;",
        "C-1;Négative;;-1;;;",
    )  # fmt: skip
    with acting_as(cast.officer):
        assert [one.label for one in PastExpense.objects.order_by("label")] == ["Formation", "Rails de transfert"]
        page = signed_in(cast.officer).get(Grant.objects.get(number="C-1").page()).content.decode()
    assert "FA-1" in page
    assert look(cast, dossier) == []
    with acting_as(cast.officer):
        imports.undo_import(actor=cast.officer, import_id=row.pk, at=LATER)
        assert not PastExpense.objects.exists()
        page = signed_in(cast.officer).get(Grant.objects.get(number="C-1").page()).content.decode()
    assert "Aucune dépense connue" in page
    assert len(look(cast, dossier)) == 1


def test_an_aid_without_number_of_the_very_same_name_is_looked_at_and_says_so(
    cast: FundingCast, dossier: Dossier
) -> None:
    take(
        cast.officer, "aides", AIDS,
        f"C-1;{dossier.name.upper()};;30 000;15/03/2022;Ateliers;;;;;;;;",
        f"C-2;{dossier.name} annexe;;30 000;15/03/2022;Ateliers;;;;;;;;",
    )  # fmt: skip
    (found,) = look(cast, dossier)
    assert "C-1" in found.label
    assert "seul le nom est le même" in found.why


def test_an_aid_told_without_its_cost_is_looked_at_unless_a_line_resembles_it(
    cast: FundingCast, dossier: Dossier
) -> None:
    place = Establishment.objects.get(finess_et="99B000001")
    with acting_as(cast.fund):
        take_up_catalogue(actor=cast.fund, at=NOVEMBER)
        scheme = Scheme.objects.get(code="stpe").pk
        for label, cost in (
            ("Aide globale", None),
            ("Aide entière", Decimal(9000)),
            ("Accompagnement des équipes", None),
        ):
            said = aids.AidSaid(
                scheme_id=scheme, establishment=place, label=label, amount=Decimal(9000), cost=cost,
                on=NOVEMBER.date().replace(year=2024),
            )  # fmt: skip
            aids.declare_aid(actor=cast.fund, said=said, at=NOVEMBER)
    (found,) = look(cast, dossier)
    address = reverse("reviews:aid", args=[found.other.removeprefix("aid:")])
    assert (found.subject, found.page) == ("Aide globale", address)
    assert found.why.startswith("Coût inconnu")


def test_an_instruction_is_concluded_once_every_double_is_settled(cast: FundingCast, dossier: Dossier) -> None:
    take(cast.officer, "aides", AIDS, "C-1;CH;99B000001;30 000;15/03/2022;Ateliers;;;;;;;;")
    give_all(cast, dossier)
    mark(cast, dossier)
    page = signed_in(cast.examiner).get(reverse("reviews:instruction", args=[dossier.pk])).content.decode()
    assert "à trancher dans les contrôles" in page
    (found,) = look(cast, dossier)
    with acting_as(cast.examiner):
        with pytest.raises(Refused, match="1 aide"):
            opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Utile.", at=LATER)
        checking.settle_unlined(
            actor=cast.examiner, dossier_id=dossier.pk, other=found.other, line=None, reason="Vu.", at=LATER
        )
        done = opening.conclude_instruction(actor=cast.examiner, dossier_id=dossier.pk, conclusion="Utile.", at=LATER)
    assert done.state == "examined"


def test_an_aid_of_another_institution_stays_hidden_until_it_is_shared(cast: FundingCast, dossier: Dossier) -> None:
    take(cast.fund, "aides", AIDS, "S-1;CH;99B000001;30 000;15/03/2022;Ateliers;;;;;;;;")
    assert look(cast, dossier) == []
    take(cast.fund, "aides", AIDS, "S-2;CH;99B000001;30 000;15/03/2022;Ateliers;;;;;;;;oui")
    assert [one.label.split(",")[0] for one in look(cast, dossier)] == ["S-2"]
