"""A contract of three hundred commitments and twelve amendments: its pages ask the database little."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from tests.apps.contracts.test_text import NOW, PACA, Reader
from tests.support.roles import as_system

from avenant.contracts.amendments.models import Amendment
from avenant.contracts.drafting.models import Clause, Contract, Injunction
from avenant.foundations.journal.models import Event

pytestmark = pytest.mark.django_db
COMMITMENTS, AMENDMENTS = 300, 12
PARTS = (
    "drafting:text", "drafting:programme", "actions:contract", "commitments:register", "drafting:context",
    "drafting:indicators", "drafting:contributions", "commitments:exchanges", "amendments:amendments",
    "drafting:journal",
)  # fmt: skip
"""The other parts of a signed contract's page; its signature is read at another address once it is signed."""


TRANSACTION = {"SAVEPOINT", "RELEASE", "ROLLBACK"}


def queries_of(reader: Reader, address: str) -> int:
    """Statements of a page asked a second time, those that begin and end a transaction aside."""
    assert reader.client.get(address).status_code == 200
    with CaptureQueriesContext(connection) as captured:
        reader.client.get(address)
        sent = captured.captured_queries  # read now: the next request empties the log
    return sum(one["sql"].split(maxsplit=1)[0] not in TRANSACTION for one in sent)


@pytest.fixture
def reader(db: None) -> Reader:
    return Reader(PACA, "carsat-sud-est")


def grow(contract: Contract) -> None:
    """Make it as large as the volume asks, with a contract before it and another that proceeds from it."""
    model = Clause.objects.filter(contract=contract, kind="commitment").first()
    assert model is not None
    Clause.objects.bulk_create(
        Clause(
            circle_id=model.circle_id, contract=contract, kind=model.kind, key=f"eng-essai-{rank}", body="Texte.",
            heading=f"Essai {rank}", parent_key=model.parent_key, position=2000 + rank, details=model.details,
        )
        for rank in range(COMMITMENTS)
    )  # fmt: skip
    for number in range(1, AMENDMENTS + 1):
        row = Amendment.objects.create(
            circle_id=contract.circle_id, contract=contract, number=number, kind="content", title=f"Avenant {number}",
            effective_on=date(2025, number, 1), signed_on=date(2025, number, 1), state="draft", state_since=NOW,
        )  # fmt: skip
        for state in ("to_sign", "signed", "applied"):
            Amendment.objects.filter(pk=row.pk).update(state=state)
    for key, said in {"avant": {}, "apres": {"parent": contract, "kind": "sous_convention"}}.items():
        made = Contract.objects.create(
            **{
                "circle_id": contract.circle_id, "key": key, "kind": contract.kind, "title": f"Le contrat d’{key}",
                "territory": contract.territory, "state": "draft", "state_since": NOW, **said,
            }
        )  # fmt: skip
        if key == "avant":
            Contract.objects.filter(pk=contract.pk).update(previous=made)
    Event.objects.bulk_create(
        Event(circle_id=contract.circle_id, at=NOW - timedelta(minutes=rank), verb="essai", label=f"Fait {rank}")
        for rank in range(60)
    )


def test_the_page_of_a_large_contract_takes_twenty_queries_at_most(reader: Reader) -> None:
    with as_system():
        grow(reader.contract)
    address = reverse("drafting:contract", args=[reader.contract.pk])
    shown = reader.page("contract")
    assert "Le contrat d’avant" in shown
    assert "Le contrat d’apres" in shown
    assert queries_of(reader, address) <= 20


def test_the_page_of_an_establishments_contract_takes_no_more(reader: Reader) -> None:
    with as_system():
        Contract.objects.filter(pk=reader.contract.pk).update(kind="cpom_etablissement")
        Injunction.objects.create(
            circle_id=reader.contract.circle_id, contract=reader.contract, reference="INJ-1", subject="Rails",
            issued_on=date(2026, 1, 15),
        )  # fmt: skip
    assert "INJ-1" in reader.page("contract")
    address = reverse("drafting:contract", args=[reader.contract.pk])
    assert queries_of(reader, address) <= 20


@pytest.mark.parametrize("name", PARTS)
def test_no_other_part_takes_more_than_twenty(reader: Reader, name: str) -> None:
    with as_system():
        grow(reader.contract)
    address = reverse(name, args=[reader.contract.pk])
    assert queries_of(reader, address) <= 20


def test_the_journal_has_its_own_page_and_counts_no_further_than_it_numbers(reader: Reader) -> None:
    with as_system():
        grow(reader.contract)
    first = reader.page("journal")
    assert first.count("av-moved") == 20
    second = reader.page("journal", page="2")
    assert ("Fait 0" in first, "Fait 0" in second) == (True, False)
    assert ("Fait 30" in first, "Fait 30" in second) == (False, True)


def test_the_journal_is_searched_and_leaves_as_a_table(reader: Reader) -> None:
    with as_system():
        grow(reader.contract)
    found = reader.page("journal", q="fait 59")
    assert found.count("av-moved") == 1
    assert "1 fait<" in found
    assert "Aucun fait ne répond" in reader.page("journal", q="introuvable")
    assert "Aucun fait ne répond" in reader.page(
        "journal", q="fait", depuis=(NOW + timedelta(days=1)).date().isoformat()
    )
    assert "Fait 59" in reader.page(
        "journal", depuis=NOW.date().isoformat(), jusque=NOW.date().isoformat(), q="fait 59"
    )
    assert "Fait 59" in reader.page("journal", depuis="jamais", organisme="jamais", q="fait 59")
    lines = reader.page("export-journal", "csv", q="fait 59").removeprefix("\ufeff").splitlines()
    assert "Fait 59" in lines[1]
