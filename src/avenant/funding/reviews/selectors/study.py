"""What helps the study of a dossier: diagnosis, context, human-resources indicators over three years, proportionality."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from avenant.domain.french import format_date
from avenant.funding.dossiers.checks import Standing
from avenant.funding.dossiers.models import HrIndicator
from avenant.funding.dossiers.remarks import ProjectProportion, proportions

YEARS = 3
"""Years of indicators that the platform proposes; the text says none."""


@dataclass(frozen=True, slots=True)
class HrLine:
    """An indicator over the years, with its formula."""

    label: str
    formula: str
    values: tuple[Decimal | None, ...]


@dataclass(frozen=True, slots=True)
class Study:
    """The elements of the study (§2.2): the diagnosis, the context, the indicators, the proportionality."""

    approach: str
    complementarity: str
    equipment: tuple[tuple[str, Decimal | None], ...]
    debates: tuple[str, ...]
    years: tuple[int, ...]
    hr: tuple[HrLine, ...]
    proportions: tuple[ProjectProportion, ...]


def study_of(standing: Standing) -> Study:
    """The elements of a dossier's study, by what its last write kept. Equipment lines come beside the investment credits that
    the dossier says it received (§3.2, 6°)."""
    dossier, content = standing.dossier, standing.content
    years = tuple(sorted({one.year for one in content.hr}))[-YEARS:]
    lines = [one for project in standing.facts.projects or () for one in project.expenses or ()]
    return Study(
        approach=str(dossier.answers.get("approach") or ""),
        complementarity=str(dossier.answers.get("complementarity") or ""),
        equipment=tuple((one.label, one.excl_tax) for one in lines if "equip" in (one.kind or "")),
        debates=tuple(
            f"{one.get_kind_display()}, {one.get_body_display()}, {format_date(one.on)}"
            for one in content.dialogue
            if one.on
        ),
        years=years,
        hr=tuple(_hr(content.hr, years)),
        proportions=tuple(proportions(standing)),
    )


def _hr(rows: Iterable[HrIndicator], years: tuple[int, ...]) -> Iterable[HrLine]:
    listed = list(rows)
    for kind, label in HrIndicator.Kind.choices:
        found = {one.year: one for one in listed if one.kind == kind}
        if any(one.value is not None for one in found.values()):
            formula = next((one.formula for one in found.values() if one.formula), "")
            yield HrLine(label, formula, tuple(found[year].value if year in found else None for year in years))
