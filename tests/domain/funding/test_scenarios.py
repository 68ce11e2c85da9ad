"""What holds of every scenario, whatever the call: Hypothesis looks for a call where it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from avenant.domain.funding.allocation import Candidate, Constraints, Scenario, beside, effective_floors, in_order
from avenant.domain.funding.optimum import optimum
from avenant.domain.funding.scenarios import by_payroll, uniform_rate
from avenant.domain.money import percent

Scheme = Callable[[list[Candidate], Constraints], Scenario]
SCHEMES: dict[str, Scheme] = {
    "in_order": in_order,
    "strict": lambda listed, constraints: in_order(listed, constraints, strict=True),
    "uniform_rate": lambda listed, constraints: uniform_rate(listed, constraints, maximum=percent(40)),
    "by_payroll": by_payroll,
    "optimum": optimum,
}
EUROS = st.one_of(st.integers(0, 300), st.integers(0, 30_000_000)).map(lambda cents: Decimal(cents) / 100)


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
@settings(max_examples=80, deadline=None)
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
@settings(max_examples=80, deadline=None)
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
@settings(max_examples=30, deadline=None)
@given(calls(), st.randoms(use_true_random=False))
def test_an_allocation_is_deterministic(name: str, call: tuple[list[Candidate], Constraints], chance: object) -> None:
    listed, constraints = call
    shuffled = list(listed)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert SCHEMES[name](listed, constraints) == SCHEMES[name](shuffled, constraints)


@settings(max_examples=80, deadline=None)
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


@settings(max_examples=80, deadline=None)
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
    assert beside(told) == {"A": (60, 60), "B": (40, 0)}
    assert beside([]) == {}
    with pytest.raises(KeyError):
        told[0].of("C")
