"""What holds of every scenario, whatever the call: Hypothesis looks for a call where it does not."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avenant.domain.french import parse_number
from avenant.domain.funding.allocation import Candidate, Constraints, Scenario, effective_floors
from avenant.domain.funding.optimum import optimum
from avenant.domain.funding.order import in_order
from avenant.domain.funding.scenarios import by_payroll, uniform_rate
from avenant.domain.money import percent, share

Scheme = Callable[[list[Candidate], Constraints], Scenario]
SCHEMES: dict[str, Scheme] = {
    "in_order": in_order,
    "strict": lambda listed, constraints: in_order(listed, constraints, strict=True),
    "uniform_rate": lambda listed, constraints: uniform_rate(listed, constraints, maximum=percent(40)),
    "by_payroll": by_payroll,
    "optimum": optimum,
}
EUROS = st.one_of(st.integers(0, 300), st.integers(0, 30_000_000)).map(lambda cents: Decimal(cents) / 100)

CENT = Decimal("0.01")


@st.composite
def calls(draw: st.DrawFn, *, most: int = 7) -> tuple[list[Candidate], Constraints]:
    """A small call: amounts close to the cent or to 300,000 €, shared establishments, floors, useful minima."""
    listed = [
        Candidate(
            key=f"D{number}",
            rank=number,
            amount=draw(EUROS),
            points=draw(st.integers(0, 9)),
            base=draw(EUROS),
            ceiling=draw(st.none() | EUROS),
            least=draw(st.just(Decimal(0)) | EUROS),
            establishment=draw(st.sampled_from(["", "E1", "E2", "D1"])),
            territory=draw(st.sampled_from(["971", "978"])),
            payroll=draw(st.none() | EUROS),
        )
        for number in range(1, draw(st.integers(0, most)) + 1)
    ]
    constraints = Constraints(
        envelope=draw(EUROS),
        floors=draw(st.dictionaries(st.sampled_from(["971", "978"]), EUROS)),
        per_establishment=draw(st.none() | EUROS),
        partial=draw(st.booleans()),
    )
    return listed, constraints


@pytest.mark.parametrize("name", SCHEMES)
@settings(max_examples=80)
@given(calls())
def test_an_envelope_is_never_exceeded(name: str, call: tuple[list[Candidate], Constraints]) -> None:
    listed, constraints = call
    told = SCHEMES[name](listed, constraints)
    assert told.total <= constraints.envelope
    assert told.left >= 0
    own: dict[str, Decimal] = defaultdict(Decimal)
    for one, given_ in zip(listed, told.shares, strict=True):
        assert given_.key == one.key
        assert 0 <= given_.amount <= (one.most if name == "uniform_rate" else one.wanted)
        assert given_.amount == round(given_.amount, 2)
        assert given_.reason
        own[one.establishment] += given_.amount
    if constraints.per_establishment is not None:
        assert all(total <= constraints.per_establishment for name, total in own.items() if name)


@pytest.mark.parametrize("name", SCHEMES)
@settings(max_examples=80)
@given(calls())
def test_partial_funding_is_never_below_the_useful_minimum(
    name: str, call: tuple[list[Candidate], Constraints]
) -> None:
    listed, constraints = call
    for one, given_ in zip(listed, SCHEMES[name](listed, constraints).shares, strict=True):
        assert given_.amount == 0 or given_.amount >= one.least
        if not constraints.partial and name in ("in_order", "strict", "optimum"):
            assert given_.amount in (0, one.wanted)


@pytest.mark.parametrize("name", SCHEMES)
@settings(max_examples=30)
@given(calls(), st.randoms(use_true_random=False))
def test_an_allocation_is_deterministic(name: str, call: tuple[list[Candidate], Constraints], chance: object) -> None:
    listed, constraints = call
    shuffled = list(listed)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert SCHEMES[name](listed, constraints) == SCHEMES[name](shuffled, constraints)


@settings(max_examples=80)
@given(calls())
def test_floors_are_kept_in_order_of_rank_and_at_the_optimum(call: tuple[list[Candidate], Constraints]) -> None:
    """A floor that its territory can use, without useful minimum nor maximum of an establishment, is met."""
    listed, constraints = call
    eased = [
        Candidate(key=one.key, rank=one.rank, amount=one.amount, points=one.points, territory=one.territory)
        for one in listed
    ]
    eased_constraints = Constraints(envelope=constraints.envelope, floors=constraints.floors)
    reserved = effective_floors(eased, eased_constraints)
    if sum(reserved.values()) > constraints.envelope:
        return
    for told in (in_order(eased, eased_constraints), optimum(eased, eased_constraints)):
        got: dict[str, Decimal] = defaultdict(Decimal)
        for one, given_ in zip(eased, told.shares, strict=True):
            got[one.territory] += given_.amount
        assert all(got[place] >= floor for place, floor in reserved.items()), (told, reserved)


@settings(max_examples=80)
@given(calls(most=6))
def test_whole_projects_of_the_optimum_are_the_best_of_every_choice(
    call: tuple[list[Candidate], Constraints],
) -> None:
    listed, given_ = call
    constraints = Constraints(envelope=given_.envelope, per_establishment=given_.per_establishment, partial=False)
    best = 0
    for choice in product((False, True), repeat=len(listed)):
        kept = [one for one, chosen in zip(listed, choice, strict=True) if chosen]
        own: dict[str, Decimal] = defaultdict(Decimal)
        for one in kept:
            own[one.establishment] += one.wanted if one.establishment else 0
        most = constraints.per_establishment
        if (
            all(one.wanted and one.wanted >= one.least for one in kept)
            and sum(one.wanted for one in kept) <= constraints.envelope
            and (most is None or all(total <= most for total in own.values()))
        ):
            best = max(best, sum(one.points for one in kept))
    told = optimum(listed, constraints)
    assert told.proven
    assert sum(one.points for one, got in zip(listed, told.shares, strict=True) if got.amount) == best


def test_scenarios_side_by_side() -> None:
    listed = [Candidate(key=key, rank=number, amount=Decimal(60)) for number, key in enumerate("AB", 1)]
    constraints = Constraints(envelope=Decimal(100))
    told = [in_order(listed, constraints), optimum(listed, Constraints(envelope=Decimal(100), partial=False))]
    assert [[one.amount for one in scenario.shares] for scenario in told] == [[60, 40], [60, 0]]
    with pytest.raises(KeyError):
        told[0].of("C")


@pytest.mark.parametrize("name", ["uniform_rate", "by_payroll"])
@settings(max_examples=120)
@given(calls())
def test_floors_are_kept_by_one_rule_for_all(name: str, call: tuple[list[Candidate], Constraints]) -> None:
    """A floor that its territory can use, and that fits the envelope with the others, is met; else a note says it."""
    listed, given_ = call
    eased = [
        Candidate(
            key=one.key,
            rank=one.rank,
            amount=one.amount,
            base=one.base,
            territory=one.territory,
            payroll=one.payroll or Decimal(1),
        )
        for one in listed
    ]
    constraints = Constraints(envelope=given_.envelope, floors=given_.floors)
    told = SCHEMES[name](eased, constraints)
    usable: dict[str, Decimal] = defaultdict(Decimal)
    got: dict[str, Decimal] = defaultdict(Decimal)
    for one, given_share in zip(eased, told.shares, strict=True):
        at_most = min(share_at(one), one.wanted) if name == "uniform_rate" else one.wanted
        usable[one.territory] += at_most
        got[one.territory] += given_share.amount
    reserved = {place: min(floor, usable[place]) for place, floor in constraints.floors.items()}
    if all(got[place] >= floor for place, floor in reserved.items()):
        return
    assert any("écartés" in note for note in told.notes)
    assert (
        sum(reserved.values())
        > constraints.envelope - len(eased) * max((one.base for one in eased), default=0) / 10_000
    )


def share_at(one: Candidate) -> Decimal:
    return share(one.base, percent(40))


def two_territories(**more: object) -> list[Candidate]:
    made = {"base": Decimal(1000), "amount": Decimal(400), "payroll": Decimal(10), **more}
    return [
        Candidate(key=key, rank=number, territory=place, **made)  # type: ignore[arg-type]
        for number, (key, place) in enumerate((("A", "971"), ("B", "971"), ("C", "978")), 1)
    ]


def test_a_uniform_rate_gives_a_territory_its_floor_by_a_rate_of_its_own() -> None:
    listed = two_territories()
    even = uniform_rate(listed, Constraints(envelope=Decimal(600)), maximum=percent(40))
    assert [one.amount for one in even.shares] == [200, 200, 200]
    for floor, expected in (
        ("200.00", [200, 200, 200]),
        ("300.00", [150, 150, 300]),
        ("200.01", ["199.90", "199.90", "200.10"]),
    ):
        told = uniform_rate(
            listed, Constraints(envelope=Decimal(600), floors={"978": Decimal(floor)}), maximum=percent(40)
        )
        assert [one.amount for one in told.shares] == [Decimal(one) for one in expected]
        assert not told.notes
        assert ("garanti à son territoire" in told.of("C").reason) is (floor != "200.00")


def test_a_floor_above_what_a_territory_may_use_is_lowered_and_told() -> None:
    for scheme in (by_payroll, SCHEMES["uniform_rate"]):
        told = scheme(two_territories(), Constraints(envelope=Decimal(600), floors={"978": Decimal(500)}))
        assert told.of("C").amount == 400
        assert "500,00" in told.notes[0]


def test_floors_beyond_the_envelope_are_dropped_and_told() -> None:
    floors = {"971": Decimal(400), "978": Decimal(300)}
    for scheme in (by_payroll, SCHEMES["uniform_rate"]):
        told = scheme(two_territories(), Constraints(envelope=Decimal(600), floors=floors))
        assert [one.amount for one in told.shares] == [200, 200, 200]
        assert "écartés" in told.notes[0]
        whole = scheme(two_territories(), Constraints(envelope=Decimal(700), floors=floors))
        assert [one.amount for one in whole.shares] == [200, 200, 300]


def test_by_payroll_gives_a_territory_its_floor_and_the_others_share_the_rest() -> None:
    told = by_payroll(two_territories(), Constraints(envelope=Decimal(600), floors={"978": Decimal(300)}))
    assert [one.amount for one in told.shares] == [150, 150, 300]
    assert not told.notes


def test_a_floor_may_bring_another_territory_under_its_own() -> None:
    """Two floors: the first takes from the second, which was above its own."""
    listed = [*two_territories(), Candidate(key="D", rank=4, amount=Decimal(400), territory="977", payroll=Decimal(10))]
    floors = {"978": Decimal(400), "977": Decimal(190)}
    told = by_payroll(listed, Constraints(envelope=Decimal(800), floors=floors))
    assert {one.key: one.amount for one in told.shares} == {"A": 105, "B": 105, "C": 400, "D": 190}


PLAIN = str.maketrans({"\u202f": " ", "\xa0": " ", "’": "'"})
MORE = re.compile(r"([\d ,]+) € de plus dans l'enveloppe")
MOST = re.compile(r"un maximum de ([\d ,]+) € par établissement")
LEAST = re.compile(r"d'abord un minimum utile de ([\d ,]+) € au plus")


def amount_in(pattern: re.Pattern[str], remedy: str) -> Decimal | None:
    found = pattern.search(remedy.translate(PLAIN))
    return parse_number(found[1]) if found else None


def as_it_says(constraints: Constraints, remedy: str) -> Constraints:
    """The constraints that a remedy asks for."""
    more, most = amount_in(MORE, remedy) or Decimal(0), amount_in(MOST, remedy)
    return replace(
        constraints, envelope=constraints.envelope + more, per_establishment=most or constraints.per_establishment
    )


@pytest.mark.parametrize("name", ["in_order", "strict"])
@settings(max_examples=150)
@given(calls())
def test_what_would_bring_it_in_does_in_order_of_rank(name: str, call: tuple[list[Candidate], Constraints]) -> None:
    listed, constraints = call
    for given_to in SCHEMES[name](listed, constraints).shares:
        wanted = next(one.wanted for one in listed if one.key == given_to.key)
        if given_to.remedy.startswith("Il entrerait"):
            assert SCHEMES[name](listed, as_it_says(constraints, given_to.remedy)).of(given_to.key).amount == wanted
        elif given_to.remedy:
            assert amount_in(LEAST, given_to.remedy) == wanted


@settings(max_examples=150)
@given(calls())
def test_what_would_bring_it_in_is_the_least_when_it_takes_nothing_from_who_is_before(
    call: tuple[list[Candidate], Constraints],
) -> None:
    listed, constraints = call
    for given_to in in_order(listed, constraints).shares:
        if (
            not given_to.remedy.startswith("Il entrerait")
            or "mieux classés" in given_to.remedy
            or amount_in(MOST, given_to.remedy)
        ):
            continue
        less = replace(
            as_it_says(constraints, given_to.remedy), envelope=as_it_says(constraints, given_to.remedy).envelope - CENT
        )
        wanted = next(one.wanted for one in listed if one.key == given_to.key)
        assert less.envelope < constraints.envelope or in_order(listed, less).of(given_to.key).amount < wanted


@settings(max_examples=200)
@given(
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 6)), min_size=1, max_size=7), st.integers(0, 40),
)  # fmt: skip
def test_of_whole_aids_held_by_the_envelope_alone_it_is_the_least_of_all(
    amounts: list[tuple[int, int]], envelope: int
) -> None:
    """Every smaller envelope is tried, cent by cent: what those before receive may go up and down."""
    listed = [
        Candidate(key=f"D{rank}", rank=rank, amount=CENT * amount, base=CENT * amount, least=CENT * least)
        for rank, (amount, least) in enumerate(amounts)
    ]

    def given_to(key: str, cents: int) -> Decimal:
        return in_order(listed, Constraints(envelope=CENT * cents, partial=False)).of(key).amount

    for one, told in zip(
        listed, in_order(listed, Constraints(envelope=CENT * envelope, partial=False)).shares, strict=True
    ):
        if not told.remedy.startswith("Il entrerait"):
            assert told.amount == one.wanted or one.wanted < one.least
            continue
        more = amount_in(MORE, told.remedy)
        assert more is not None
        enough = envelope + int(more * 100)
        assert given_to(one.key, enough) == one.wanted
        assert all(given_to(one.key, less) < one.wanted for less in range(envelope, enough))


def test_beyond_what_is_followed_a_remedy_is_still_enough() -> None:
    """Powers of two: each rank doubles what may be received before."""
    amounts = [2**power for power in range(14, -1, -1)] + [2**15]
    listed = [
        Candidate(key=f"D{rank}", rank=rank, amount=Decimal(amount), base=Decimal(amount))
        for rank, amount in enumerate(amounts)
    ]
    last = in_order(listed, Constraints(envelope=Decimal(0), partial=False)).of("D15")
    enough = as_it_says(Constraints(envelope=Decimal(0), partial=False), last.remedy)
    assert in_order(listed, enough).of("D15").amount == Decimal(2**15)


@pytest.mark.parametrize("name", ["uniform_rate", "by_payroll"])
@settings(max_examples=150)
@given(calls())
def test_what_would_bring_it_in_does_by_one_rule_for_all(name: str, call: tuple[list[Candidate], Constraints]) -> None:
    listed, drawn = call
    eased = [replace(one, payroll=None if one.payroll is None else Decimal(7)) for one in listed]
    for constraints in (drawn, replace(drawn, floors={}, per_establishment=None)):
        for given_to in SCHEMES[name](eased, constraints).shares:
            if given_to.remedy.startswith("Il entrerait"):
                assert SCHEMES[name](eased, as_it_says(constraints, given_to.remedy)).of(given_to.key).amount > 0


@settings(max_examples=100)
@given(calls())
def test_what_would_bring_it_in_takes_nothing_from_the_others_of_the_optimum(
    call: tuple[list[Candidate], Constraints],
) -> None:
    listed, constraints = call
    found, establishments = optimum(listed, constraints), {one.key: one.establishment for one in listed}
    for given_to in found.shares:
        if not given_to.remedy.startswith("Le comité"):
            continue
        wanted = next(one.wanted for one in listed if one.key == given_to.key)
        asked, own = as_it_says(constraints, given_to.remedy), establishments[given_to.key]
        assert found.total - given_to.amount + wanted <= asked.envelope
        if own and asked.per_establishment is not None:
            sibling = sum(one.amount for one in found.shares if establishments[one.key] == own)
            assert sibling - given_to.amount + wanted <= asked.per_establishment


def test_who_is_before_takes_the_money_first() -> None:
    """Five projects of 40 for 100: the third receives 20, and 20 more would be all for it."""
    listed = [Candidate(key=f"D{rank}", rank=rank, amount=Decimal(40)) for rank in range(1, 6)]
    told = in_order(listed, Constraints(envelope=Decimal(100)))
    assert [amount_in(MORE, one.remedy) for one in told.shares] == [None, None, 20, 60, 100]
    whole = in_order(listed, Constraints(envelope=Decimal(100), partial=False))
    assert [amount_in(MORE, one.remedy) for one in whole.shares] == [None, None, 20, 60, 100]
    listed[2] = replace(listed[2], amount=Decimal(90))
    small = in_order(listed, Constraints(envelope=Decimal(100), partial=False))
    assert [amount_in(MORE, one.remedy) for one in small.shares] == [None, None, 70, 20, 60], "the third stays out"
    assert [one.amount for one in in_order(listed, Constraints(envelope=Decimal(120), partial=False)).shares] == [
        40,
        40,
        0,
        40,
        0,
    ]
