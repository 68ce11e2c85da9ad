"""From the terms of a rulebook to the parts of an aid: an advance, invoices paid back, a balance."""

from __future__ import annotations

from fractions import Fraction

import pytest
from tests.support.rulebook import book

from avenant import rulebooks
from avenant.domain.funding.awards import Terms, terms_from_json, terms_of


def terms(**values: str) -> Terms:
    text = ""
    for kind, field in (("advance", "share"), ("interim", "ceiling")):
        if kind in values:
            text += f'''
[[parameter]]
name = "{kind}_share"
label = "{kind}"
unit = "percent"
value = {values[kind]}

[[rule]]
id = "{kind}"
kind = "{kind}"
label = "{kind}"
{field} = "{kind}_share"
'''
    return terms_of(book(text, rate=True))


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({}, [("1", "signature")]),
        ({"advance": "30"}, [("3/10", "signature"), ("7/10", "balance")]),
        ({"interim": "80"}, [("4/5", "invoices"), ("1/5", "balance")]),
        ({"interim": "100"}, [("1", "invoices")]),
        ({"advance": "30", "interim": "80"}, [("3/10", "signature"), ("1/2", "invoices"), ("1/5", "balance")]),
        ({"advance": "30", "interim": "30"}, [("3/10", "signature"), ("7/10", "balance")]),
        ({"advance": "40", "interim": "30"}, [("2/5", "signature"), ("3/5", "balance")]),
        ({"advance": "100"}, [("1", "signature")]),
    ],
)
def test_an_aid_paid_as_it_is_spent(values: dict[str, str], parts: list[tuple[str, str]]) -> None:
    told = terms(**values)
    assert list(zip(told.parts, told.after, strict=True)) == [(Fraction(part), after) for part, after in parts]
    assert sum(told.parts) == 1
    assert terms_from_json(told.to_json()) == told


def test_a_part_waits_for_the_documents_of_its_trigger() -> None:
    told = terms(advance="30", interim="80")
    assert told.needs("signature") == {}
    assert told.needs("invoices") == {"factures": "factures acquittées"}
    assert told.needs("balance") == {"justificatifs_financiers": "justificatifs financiers"}


def test_the_rolling_call_pays_nothing_at_the_signature() -> None:
    """Auvergne-Rhône-Alpes: reimbursement on paid invoices."""
    told = terms_of(rulebooks.load("clact_rolling"))
    assert (told.parts, told.after, told.interim) == ((Fraction(1),), ("invoices",), Fraction(1))


def test_the_call_of_2023_keeps_its_three_instalments() -> None:
    told = terms_of(rulebooks.load("clact_guadeloupe_2023"))
    assert told.parts == (Fraction(2, 5), Fraction(3, 10), Fraction(3, 10))
    assert told.interim is None
