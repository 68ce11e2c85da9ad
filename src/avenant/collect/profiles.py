"""The profile of the employees followed by the cell: one count by combination, from which every table is summed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from avenant.collect.counting import RELATIONS, Engine, Records, distribution
from avenant.collect.counting.relations import UNKNOWN
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Schema, bands, sections
from avenant.domain.folding import fold
from avenant.domain.french import quoted


@dataclass(frozen=True, slots=True)
class Variable:
    """One variable of the profile: its column, the part of indicator 1.2.12 it fills, and how a table names it."""

    name: str
    column: str
    label: str
    component: str = ""
    codes: str = ""
    health: bool = False

    def categories(self, schema: Schema) -> tuple[str, ...]:
        """The closed list of its categories in reading order, « Non connu » last."""
        if self.column == "sector":
            return (*sections(), UNKNOWN)
        if self.codes:
            known = schema.lists[self.codes]
            return (*(self._told(known.label_of(code), code) for code in known.codes), UNKNOWN)
        return (*(label for label, _, _ in bands("age" if self.column == "age_class" else "size")), UNKNOWN)

    def category(self, schema: Schema, code: str | None) -> str:
        """The category of a stored code."""
        if code is None:
            return UNKNOWN
        return self._told(schema.lists[self.codes].label_of(code), code) if self.codes else code

    def _told(self, label: str, code: str) -> str:
        return _PRINTED.get((self.name, code), label)


# The contract prints these categories so (article 6, lines 498 to 506).
_PRINTED: Final = {
    ("sexe", "F"): "Femmes",
    ("sexe", "H"): "Hommes",
    ("raison", "AT"): "AT",
    ("raison", "MP"): "MP par tableaux",
    ("raison", "MCE"): "MCE",
    ("raison", "other"): "Autres",
    ("pathologie", "other"): "Autres",
}

VARIABLES: Final = (
    Variable("sexe", "sex", "Genre", "gender", "sex"),
    Variable("âge", "age_class", "Classe d’âge", "age"),
    Variable("secteur", "sector", "Secteur d’activité (section NAF)", "sector"),
    Variable("taille", "size", "Taille de l’entreprise", "company_size"),
    Variable("raison", "reason", "Raison de l’accompagnement", "reason", "reason", health=True),
    Variable("pathologie", "pathology", "Pathologie concernée", "condition", "pathology", health=True),
    Variable("origine", "origin", "Origine de la situation", "", "origin", health=True),
    Variable("capacité", "capacity", "Capacité restante du salarié", "", "factor", health=True),
    Variable("employeur", "employer", "Possibilités de l’employeur", "", "factor"),
    Variable("emploi", "job_market", "Marché de l’emploi", "", "factor"),
)

Place = tuple[str, ...]
Table = Mapping[Place, int]


def variable(name: str) -> Variable:
    """A variable by its French name, accents and case set aside. Raises :class:`CollectError`."""
    for one in VARIABLES:
        if fold(name) in (fold(one.name), fold(one.label), fold(one.column)):
            return one
    raise CollectError(f"{quoted(name)} n'est pas une variable du profil : {', '.join(one.name for one in VARIABLES)}.")


@dataclass(frozen=True, slots=True)
class Profile:
    """How many employees there are by combination of all variables, in the order of ``VARIABLES``. It stays home."""

    counts: Table

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    def table(self, variables: Sequence[Variable]) -> dict[Place, int]:
        """The crossed table of some variables, empty places left out."""
        ranks = [VARIABLES.index(one) for one in variables]
        summed: dict[Place, int] = {}
        for place, number in self.counts.items():
            kept = tuple(place[rank] for rank in ranks)
            summed[kept] = summed.get(kept, 0) + number
        return summed


def compute_profile(engine: Engine, records: Records, schema: Schema) -> Profile:
    """The profile of a year, by one query."""
    rows = RELATIONS["followed"](records)
    counted = distribution(engine, rows, *(one.column for one in VARIABLES))
    summed: dict[Place, int] = {}
    for codes, number in counted.items():
        place = tuple(one.category(schema, code) for one, code in zip(VARIABLES, codes, strict=True))
        summed[place] = summed.get(place, 0) + number
    return Profile(summed)


def compute_stages(engine: Engine, records: Records, stages: Sequence[str]) -> dict[str, int]:
    """The employees by last stage of the index of risk of exclusion; empty while the service has given no stage.

    A stage that is not in the service's list counts on « Non connu », so that the sum is the numerator.
    """
    if not stages:
        return {}
    rows = RELATIONS["seen"](records)
    counted = distribution(engine, rows.filter(rows.stage.notnull()), "stage")
    folded = {fold(one): one for one in stages}
    found = dict.fromkeys(stages, 0)
    for (stage,), number in counted.items():
        name = folded.get(fold(str(stage)), UNKNOWN)
        found[name] = found.get(name, 0) + number
    return found


def as_rows(table: Mapping[str, Any]) -> list[dict[str, Any]]:
    """A table of one variable as an indicator's list: a category and its count, left out when it is hidden."""
    return [{"category": name, **({} if number is None else {"count": number})} for name, number in table.items()]
