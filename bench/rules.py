"""Rules of a call and sharing of an envelope: pure computing, in processor time, so that a busy machine changes little."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from avenant import rulebooks
from avenant.domain.funding.allocation import Candidate, Constraints
from avenant.domain.funding.optimum import optimum
from avenant.domain.funding.order import in_order
from avenant.domain.funding.scenarios import by_payroll, uniform_rate
from avenant.domain.money import percent, share
from avenant.domain.rules.evaluation import compare, evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.reading import read
from avenant.domain.rules.rulebook import Rulebook
from bench.figures import Figure, measured

CALL = "clact_guadeloupe_2023"
EVALUATIONS = 1_000
DOSSIERS = 10_000


def dossiers(number: int) -> list[Facts]:
    """Complete dossiers of the call: two projects of six expenses each, no two alike. Seeded."""
    chance = random.Random(971)  # noqa: S311  figures of a bench
    return [read(Facts, one) for one in drawn(number, chance)]


def drawn(number: int, chance: random.Random) -> Iterator[dict[str, Any]]:
    """The facts of so many dossiers, as they are written."""
    base = rulebooks.cases(CALL)["base"]
    return (_drawn(base, chance) for _ in range(number))


def _drawn(base: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    data = copy.deepcopy(base)
    (model,) = data["projects"]
    data["projects"] = []
    for rank in (1, 2):
        project = copy.deepcopy(model)
        (line,) = project["expenses"]
        amounts = [Decimal(chance.randrange(300_000, 12_000_000)) / 100 for _ in range(6)]
        project["code"] = f"P{rank}"
        project["expenses"] = [
            {
                **line,
                "code": f"L{number}",
                "excl_tax": str(amount),
                "incl_tax": str(amount + share(amount, percent("8.5"))),
            }
            for number, amount in enumerate(amounts, 1)
        ]
        data["projects"].append(project)
    return data


def candidates(number: int) -> tuple[list[Candidate], Constraints]:
    """A call of so many projects that asks for two and a half times its envelope. Seeded."""
    chance = random.Random(978)  # noqa: S311  figures of a bench
    listed = []
    for rank in range(1, number + 1):
        base = Decimal(chance.randrange(2_500_000, 75_000_000)) / 100
        listed.append(
            Candidate(
                key=f"D{rank:05}",
                rank=rank,
                amount=share(base, percent(40)),
                points=chance.randrange(1, 100),
                base=base,
                ceiling=Decimal(300_000),
                least=Decimal(chance.choice([0, 5_000, 20_000])),
                establishment=f"E{chance.randrange(number * 2 // 3)}",
                territory=chance.choice(["971", "977", "978"]),
                payroll=Decimal(chance.randrange(1, 50_000_000)),
            )
        )
    envelope = share(sum((one.amount for one in listed), Decimal(0)), percent(40))
    return listed, Constraints(
        envelope=envelope, floors={"978": Decimal(100_000)}, per_establishment=Decimal(400_000), partial=False
    )


def _each(rulebook: Rulebook, listed: list[Facts]) -> None:
    for one in listed:
        evaluate(rulebook, one)


def measures() -> Iterator[Figure]:
    """Evaluations, a what-if over a whole call, the scenarios and the optimum."""
    rulebook = rulebooks.load(CALL)
    listed = dossiers(DOSSIERS)
    some = listed[:EVALUATIONS]
    yield measured(
        "1 000 dossiers complets évalués", lambda: _each(rulebook, some), runs=3, bar=500, note="2 000 par seconde"
    )
    raised = rulebook.with_parameters({"min_project": 30_000, "rate": 35})
    named = [(str(rank), one) for rank, one in enumerate(listed)]
    yield measured(
        "un règlement modifié, 10 000 dossiers", lambda: list(compare(rulebook, raised, named)), runs=1, bar=10_000
    )
    few, many = candidates(500), candidates(5_000)
    yield measured("meilleur choix prouvé, 500 projets", lambda: optimum(*few), runs=3, bar=5_000)
    yield measured("meilleur choix, 5 000 projets", lambda: optimum(*many), runs=1, bar=60_000)
    for name, act in {
        "par rang": lambda: in_order(*many),
        "taux commun": lambda: uniform_rate(*many, maximum=percent(40)),
        "masse salariale": lambda: by_payroll(*many),
    }.items():
        yield measured(f"répartition, {name}, 5 000 projets", act, runs=3, bar=2_000)
