"""The rows that a year of indicators is counted on: each relation is an Ibis expression over the canonical tables."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import ibis

from avenant.collect.counting.registry import Rows, Scalar
from avenant.collect.schema import bands
from avenant.domain.periods import Period

UNKNOWN: Final = "Non connu"
SMALL_COMPANY: Final = 10
"""Companies of fewer employees are the target of strand 2 (« TPE <10 »)."""


@dataclass(frozen=True, slots=True)
class Records:
    """The canonical tables by name, and the year that is counted."""

    tables: Mapping[str, Rows]
    period: Period

    def within(self, day: Scalar) -> Scalar:
        """Whether a day falls in the year; a missing day does not."""
        return ((day >= self.period.start) & (day < self.period.end)).fill_null(False)

    def reached(self, day: Scalar) -> Scalar:
        """Whether a day is past when the year ends."""
        return (day < self.period.end).fill_null(False)

    def of_year(self, table: str, day: str) -> Rows:
        rows = self.tables[table]
        return rows.filter(self.within(rows[day]))


def seen(records: Records) -> Rows:
    """One row an employee seen in the year: what was done at the visits, the last stage of the index."""
    rows = records.of_year("visits", "date")

    def times(condition: Scalar) -> Scalar:
        return condition.fill_null(False).cast("int32").sum()

    mid_career = rows.kind == "mid_career"
    return rows.group_by("employee").aggregate(
        mid_career=times(mid_career),
        pre_return=times(rows.kind == "pre_return"),
        back=times(rows.kind == "return"),
        extra=times(mid_career & rows.extra_exam),
        questionnaires=times(rows.questionnaire),
        pathologies=rows.pathologies.fill_null(0).sum(),
        risks=rows.risks_recorded.fill_null(False).cast("int8").max(),
        stage=latest(rows, "date", "irdp_stage"),
    )


def latest(rows: Rows, day: str, column: str) -> Scalar:
    """The last known text of a column; two of the same day give the greater, on every engine."""
    dated = rows[day].cast("string") + rows[column]
    return dated.max().substr(10)


def unfit(records: Records) -> Rows:
    """One row an employee declared unfit in the year: whether a dispense was given, whether the cell followed him."""
    opinions = records.of_year("unfitness", "date")
    dispensed = opinions.dispense.isin(["harmful", "obstacle"]).fill_null(False)
    people = opinions.group_by("employee").aggregate(dispensed=dispensed.cast("int8").max())
    cases = records.tables["cases"]
    known = cases.filter(records.reached(cases.started_on))
    helped = known.group_by("employee").aggregate(recalled=records.reached(known.recall_6m_on).cast("int8").max())
    joined = people.left_join(helped, "employee")
    return joined.select(
        "employee",
        "dispensed",
        followed=joined.employee_right.notnull().cast("int8"),
        recalled=joined.recalled.fill_null(0),
    )


def adaptations(records: Records) -> Rows:
    """The adaptations proposed in the year."""
    return records.of_year("adaptations", "date")


def cases(records: Records) -> Rows:
    """All the cases of the cell, each with what happened to it in the year."""
    rows = records.tables["cases"]
    still = (rows.closed_on >= records.period.start).fill_null(True)
    return rows.mutate(
        referred=records.within(rows.referred_on),
        consented=records.within(rows.consent_on),
        consulted=records.within(rows.consulted_on),
        planned=records.within(rows.plan_on),
        recalled_half=records.within(rows.recall_6m_on),
        recalled_year=records.within(rows.recall_12m_on),
        followed=records.reached(rows.started_on) & still,
    )


def outcomes(records: Records) -> Rows:
    """One row an employee whose support ended in the year, by its last outcome."""
    rows = records.of_year("cases", "closed_on").filter(lambda table: table.outcome.notnull())
    return rows.group_by("employee").aggregate(outcome=latest(rows, "closed_on", "outcome"))


def referred(records: Records) -> Rows:
    """One row an employee sent to the social service in the year, and whether the cell did it."""
    rows = records.of_year("social_referrals", "date")
    return rows.group_by("employee").aggregate(via_cell=(rows.channel == "cell").cast("int8").max())


def reports(records: Records) -> Rows:
    """The reports received from the health insurance in the year."""
    return records.of_year("reports", "received_on")


def meetings(records: Records) -> Rows:
    """The meetings of the cell in the year."""
    return records.of_year("meetings", "date")


def with_siren(rows: Rows) -> Rows:
    """The company of each establishment: the first nine digits."""
    return rows.mutate(siren=rows.siret.substr(0, 9))


def actions(records: Records) -> Rows:
    """The workplace actions of the year."""
    return with_siren(records.of_year("actions", "date"))


def outreach(records: Records) -> Rows:
    """Trainings, supports and communications of the year; one sending to many establishments has one ``sending``."""
    rows = with_siren(records.of_year("outreach", "date"))
    return rows.mutate(sending=rows.date.cast("string") + rows.theme.fill_null("") + rows.audience.fill_null(""))


def _with_size(records: Records, rows: Rows) -> Rows:
    sizes = records.tables["establishments"].group_by("siret").aggregate(headcount=lambda t: t.headcount.max())
    joined = with_siren(rows).left_join(sizes, "siret")
    return joined.drop("siret_right").mutate(small=(joined.headcount < SMALL_COMPANY).fill_null(False))


def assessments(records: Records) -> Rows:
    """The single documents received in the year, with the size of the company."""
    return _with_size(records, records.of_year("risk_assessments", "received_on"))


def sheets(records: Records) -> Rows:
    """The company sheets of the year, with the size of the company."""
    return _with_size(records, records.of_year("company_sheets", "date"))


def referents(records: Records) -> Rows:
    """One row a company: its establishments with a safety referent, by what was last known at the end of the year."""
    rows = records.tables["safety_referents"]
    known = rows.filter(records.reached(rows.date))
    dated = known.mutate(mark=known.identified.cast("int8").cast("string"))
    last = dated.group_by("siret").aggregate(mark=latest(dated, "date", "mark"))
    marked = with_siren(last).mutate(identified=(last.mark == "1").cast("int32"))
    return marked.group_by("siren").aggregate(identified=marked.identified.sum(), establishments=marked.count())


def followed(records: Records) -> Rows:
    """One row an employee followed by the cell in the year, with the profile that the contract asks for.

    Of several cases the last one speaks; of several employers the one of the smallest SIRET.
    """
    rows = cases(records)
    rows = rows.filter(rows.followed)
    told = ("reason", "pathology", "origin", "capacity", "employer", "job_market")
    people = rows.group_by("employee").aggregate(**{one: latest(rows, "referred_on", one) for one in told})
    staff = records.tables["employees"].semi_join(people, "employee")
    staff = staff.group_by("employee").aggregate(
        sex=staff.sex.max(), birth_year=staff.birth_year.max(), siret=staff.siret.min()
    )
    joined = people.left_join(staff, "employee").drop("employee_right")
    places = records.tables["establishments"].select("siret", "sector", "headcount")
    places = (
        places.semi_join(joined, "siret")
        .group_by("siret")
        .aggregate(sector=lambda t: t.sector.max(), headcount=lambda t: t.headcount.max())
    )
    whole = joined.left_join(places, "siret").drop("siret_right")
    return whole.mutate(
        age_class=banded(records.period.last_day.year - whole.birth_year, "age"), size=banded(whole.headcount, "size")
    )


def banded(number: Scalar, name: str) -> Scalar:
    """The label of the band of a number; NULL outside all bands."""
    return ibis.cases(*((number.between(low, high), label) for label, low, high in bands(name)), else_=ibis.null(str))


RELATIONS: Final[Mapping[str, Callable[[Records], Rows]]] = {
    one.__name__: one
    for one in (
        seen, unfit, adaptations, cases, outcomes, referred, reports, meetings, actions, outreach, assessments, sheets,
        referents, followed,
    )
}  # fmt: skip
