"""Scenarios: never beyond the envelope, deterministic, each project with its reason; ranking, doubles, aids."""

from __future__ import annotations

import random
from collections import defaultdict
from datetime import date
from decimal import Decimal
from fractions import Fraction
from itertools import product

import pytest
from tests.support.worked import facts_of

from avenant import rulebooks
from avenant.domain.funding.aids import CatalogueAid, HeldAid, clashes, public_ceiling, unknown_aids
from avenant.domain.funding.allocation import (
    Candidate,
    Constraints,
    Scenario,
)
from avenant.domain.funding.doubles import FundedLine, doubles, invoice_key
from avenant.domain.funding.grants import grant_of, propose_rate
from avenant.domain.funding.optimum import optimum
from avenant.domain.funding.order import in_order
from avenant.domain.funding.ranking import Scored, rank
from avenant.domain.funding.scenarios import by_payroll, reference_shares, uniform_rate
from avenant.domain.money import percent


def call(seed: int) -> tuple[list[Candidate], Constraints]:
    """A small call drawn from a seed: up to seven projects, two territories, two establishments."""
    draw = random.Random(seed)  # noqa: S311

    def euros() -> Decimal:
        return Decimal(draw.randrange(300_000)) / 100

    listed = [
        Candidate(
            key=f"D{number}",
            rank=number,
            amount=euros(),
            points=draw.randrange(1, 9),
            base=euros(),
            least=draw.choice([Decimal(0), Decimal(500)]),
            establishment=draw.choice(["", "E1", "E2"]),
            territory=draw.choice(["971", "978"]),
            payroll=draw.choice([None, Decimal(3), Decimal(7)]),
        )
        for number in range(1, draw.randrange(1, 8))
    ]
    floors = draw.choice([{}, {"978": Decimal(400)}])
    most = draw.choice([None, Decimal(1000)])
    return listed, Constraints(envelope=euros(), floors=floors, per_establishment=most, partial=draw.random() < 0.5)


def all_of(listed: list[Candidate], constraints: Constraints) -> list[Scenario]:
    return [
        in_order(listed, constraints),
        in_order(listed, constraints, strict=True),
        uniform_rate(listed, constraints, maximum=percent(100)),
        by_payroll(listed, constraints),
        optimum(listed, constraints),
    ]


@pytest.mark.parametrize("seed", range(25))
def test_no_scenario_exceeds_anything(seed: int) -> None:
    listed, constraints = call(seed)
    shuffled = random.Random(3).sample(listed, len(listed))  # noqa: S311
    for scenario, again in zip(all_of(listed, constraints), all_of(shuffled, constraints), strict=True):
        assert scenario == again
        assert scenario.total <= constraints.envelope
        own: dict[str, Decimal] = defaultdict(Decimal)
        for one, given_ in zip(listed, scenario.shares, strict=True):
            assert 0 <= given_.amount <= (one.base if scenario.name == "uniform_rate" else one.amount)
            assert given_.amount == 0 or given_.amount >= one.least
            assert given_.amount == round(given_.amount, 2)
            assert given_.reason
            own[one.establishment] += given_.amount
        if constraints.per_establishment is not None:
            assert all(total <= constraints.per_establishment for name, total in own.items() if name)


@pytest.mark.parametrize("seed", range(25))
def test_the_optimum_is_that_of_every_choice_tried(seed: int) -> None:
    listed, given_ = call(seed)
    constraints = Constraints(envelope=given_.envelope, per_establishment=given_.per_establishment, partial=False)
    best = 0
    for choice in product((False, True), repeat=len(listed)):
        kept = [
            one for one, chosen in zip(listed, choice, strict=True) if chosen and one.amount and one.amount >= one.least
        ]
        own: dict[str, Decimal] = defaultdict(Decimal)
        for one in kept:
            own[one.establishment] += one.amount if one.establishment else 0
        most = constraints.per_establishment
        fits = sum(one.amount for one in kept) <= constraints.envelope
        if fits and (most is None or all(total <= most for total in own.values())):
            best = max(best, sum(one.points for one in kept))
    told = optimum(listed, constraints)
    assert told.proven
    assert sum(one.points for one, got in zip(listed, told.shares, strict=True) if got.amount) == best


def test_a_floor_keeps_money_for_a_territory() -> None:
    listed = [
        Candidate(key="A", rank=1, amount=Decimal(100), territory="971", points=9),
        Candidate(key="B", rank=2, amount=Decimal(100), territory="978", points=1),
    ]
    constraints = Constraints(envelope=Decimal(100), floors={"978": Decimal(40)})
    for scenario in (in_order(listed, constraints), optimum(listed, constraints)):
        assert (scenario.of("A").amount, scenario.of("B").amount) == (60, 40)
        assert "40,00" in scenario.of("A").remedy


def test_why_out_and_what_brings_in() -> None:
    listed = [Candidate(key=key, rank=number, amount=Decimal(60)) for number, key in enumerate("AB", 1)]
    told = in_order(listed, Constraints(envelope=Decimal(100), partial=False)).of("B")
    assert told.amount == 0
    assert "20,00" in told.remedy
    assert in_order(listed, Constraints(envelope=Decimal(120), partial=False)).of("B").amount == 60


def test_reference_shares_by_payroll() -> None:
    shares = reference_shares(
        Decimal(300_000), {"A": Decimal(10_000_000), "B": Decimal(5_000_000), "C": Decimal(5_000_000), "D": None}
    )
    assert shares == {"A": 150_000, "B": 75_000, "C": 75_000, "D": None}


def test_a_revised_rate_is_proposed_and_nothing_changes() -> None:
    book = rulebooks.load("clact_guadeloupe_2023")
    facts = facts_of(book.name, {})
    told = propose_rate(book, [facts] * 10, envelope=Decimal(500_000), maximum=percent(40))
    assert (told.current, told.proposed, told.factor) == (percent(40), percent(50), Fraction(5, 4))
    assert (told.total_before, told.total_after, told.above_maximum) == (400_000, 500_000, True)
    assert (grant_of(book, facts).total, grant_of(book, facts).own_share) == (40_000, 60_000)


def test_ranking_has_gates_scope_priority_score_and_always_an_order() -> None:
    def one(key: str, **more: object) -> Scored:
        return Scored(**{"key": key, "points": {"x": 1}, "gates": {"pièces": True}, **more})  # type: ignore[arg-type]

    dossiers = [
        one("z", points={"x": 9}, in_scope=False),
        one("b", tie_break=(20,)),
        one("a", tie_break=(20,)),
        one("c", tie_break=(300,)),
        one("n", points={"x": 5}, priority=False),
        one("g", gates={"pièces": False}),
    ]
    assert [place.key for place in rank(dossiers)] == ["c", "a", "b", "n", "z", "g"]
    assert rank(dossiers) == rank(dossiers[::-1])
    assert rank(dossiers)[-1].rank == 0


def test_the_same_invoice_under_two_funders() -> None:
    def line(key: str, file: str, **more: object) -> FundedLine:
        base = {"funder": "ARS", "label": "Rails de transfert", "amount": Decimal("1200.00"), "establishment": "E"}
        return FundedLine(**{"key": key, "file": file, **base, **more})  # type: ignore[arg-type]

    pairs = doubles(
        [
            line("1", "CLACT", invoice="FA-2024/0012", on=date(2024, 5, 2)),
            line("2", "FIPU", invoice="fa 2024 12", label="rail de transfert", on=date(2024, 5, 20)),
            line("3", "CLACT", invoice="FA-2024/0012"),
            line("4", "CNR", label="Sièges", amount=Decimal("80.00")),
        ]
    )
    assert [(one.first, one.second) for one in pairs] == [("1", "2"), ("2", "3")]
    assert pairs[0].score == 100
    assert any("facture" in reason for reason in pairs[0].reasons)
    assert invoice_key("FA-2024/0012") != invoice_key("FA-2024/0013")


def test_aids_that_exclude_each_other() -> None:
    catalogue = {
        "fipu": CatalogueAid(code="fipu", label="FIPU", excludes=frozenset({"stpe"})),
        "stpe": CatalogueAid(code="stpe", label="STPE", complete=False),
    }
    held = [HeldAid("stpe", Decimal(5), "L1"), HeldAid("fipu", Decimal(5), "L1"), HeldAid("autre", Decimal(5), "L1")]
    assert len(clashes(held, catalogue)) == 1
    assert unknown_aids(held, catalogue) == ["autre", "stpe"]


@pytest.mark.parametrize(("public", "over"), [("79.99", "0"), ("80.00", "0"), ("80.01", "0.01")])
def test_the_ceiling_of_public_aids_belongs_to_the_call(public: str, over: str) -> None:
    assert public_ceiling(Decimal(100), [Decimal(public)], percent(80)).over == Decimal(over)
    assert public_ceiling(Decimal(100), [Decimal(public)], percent(100)).over == 0
    assert public_ceiling(Decimal(100), [Decimal(public)], None).over == 0
