"""What the dossiers of a call amount to, by nature of project, strand and staff concerned."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from avenant.domain.money import ZERO
from avenant.foundations.parties.actors import Actor
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Expense, FundingLine, Project

POPULATIONS = {"non_medical": "personnel non médical", "medical": "personnel médical", "students": "étudiants"}
UNTOLD = "non précisé"


@dataclass(frozen=True, slots=True)
class Count:
    """How many projects, their cost excluding tax and the aid they ask for."""

    label: str
    projects: int
    cost: Decimal
    asked: Decimal


@dataclass(frozen=True, slots=True)
class Table:
    """One way to split the projects. A project of two strands counts in both: ``exclusive`` says whether lines add up."""

    title: str
    counts: tuple[Count, ...]
    exclusive: bool


def call_statistics(actor: Actor, call: PublishedCall) -> list[Table]:
    """The tables of a call, over the dossiers handed in that the actor sees, withdrawn ones left out."""
    rows = Project.objects.visible_to(actor).filter(dossier__call=call, dossier__submitted_at__isnull=False)
    projects = list(rows.exclude(dossier__state="withdrawn").only("pk", "nature", "strands", "populations"))
    keys = [one.pk for one in projects]
    cost: dict[object, Decimal] = {}
    for pk, amount in Expense.objects.visible_to(actor).filter(project__in=keys).values_list("project_id", "excl_tax"):
        cost[pk] = cost.get(pk, ZERO) + (amount or ZERO)
    asked: dict[object, Decimal] = {}
    lines = FundingLine.objects.visible_to(actor).filter(project__in=keys, nature=FundingLine.Nature.REQUESTED)
    for pk, amount in lines.values_list("project_id", "amount"):
        asked[pk] = asked.get(pk, ZERO) + (amount or ZERO)
    strands = {one["code"]: f"volet {one['code']}, {one['title']}" for one in call.content.get("strands", [])}

    def table(
        title: str, labels: dict[str, str], codes: Callable[[Project], Iterable[str]], *, exclusive: bool
    ) -> Table:
        counts = []
        for code, label in [*labels.items(), ("", UNTOLD)]:
            mine = [one.pk for one in projects if code in (list(codes(one)) or [""])]
            if code or mine:
                counts.append(
                    Count(label, len(mine), sum((cost.get(pk, ZERO) for pk in mine), ZERO),
                          sum((asked.get(pk, ZERO) for pk in mine), ZERO))
                )  # fmt: skip
        return Table(title, tuple(counts), exclusive)

    return [
        table("Nature des projets", dict(Project.Nature.choices), lambda one: [one.nature], exclusive=True),
        table("Volets prioritaires", strands, lambda one: one.strands, exclusive=False),
        table("Personnels concernés", POPULATIONS, lambda one: one.populations, exclusive=False),
    ]
