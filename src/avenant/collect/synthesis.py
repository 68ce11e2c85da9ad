"""Synthetic extracts of any size, wholly invented: valid SIRET, skewed sectors and sizes, five years, faults on demand.

Every cell is a function of its row number and the seed, computed by DuckDB column by column: the same seed gives the
same extract whatever the number of threads, and no row is visited in Python.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from avenant.collect.engine import connect, literal, name
from avenant.collect.refusals import CollectError
from avenant.collect.schema import Column, ColumnType, Schema, Table, canonical
from avenant.collect.storage import folder_whole

YEARS = 5
_PRIME = 89_999_999
"""Numbers of companies are spread over this many: below it, no two are alike."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to make: sizes, the last of the five years, and the share of faulty rows of an export."""

    establishments: int = 3_000
    employees: int = 30_000
    visits: int = 70_000
    last_year: int = 2025
    seed: int = 1
    faults: float = 0.0

    def __post_init__(self) -> None:
        if min(self.establishments, self.employees, self.visits) < 1 or self.establishments > _PRIME:
            raise CollectError(
                "Les tailles demandées doivent être des nombres positifs (90 millions d'établissements au plus)."
            )
        if not 0 <= self.faults < 1:
            raise CollectError("La part de fautes se donne entre 0 et 1 : 0,01 pour une ligne sur cent.")


def synthesise(folder: Path, plan: Plan, *, kind: str = "parquet", memory: str = "1GB") -> dict[str, int]:
    """Write an extract: ``parquet`` or ``csv`` (canonical), or ``export`` (as a software would, with its faults).

    Returns the number of rows by table. The folder is replaced whole.
    """
    if kind not in ("parquet", "csv", "export"):
        raise CollectError(f"Format inconnu : {kind}. Choisissez parquet, csv ou export.")
    with connect(memory=memory) as connection, folder_whole(folder) as made:
        _macros(connection, plan)
        return {
            table.name: _write(connection, made, table, _query(table.name, plan), kind, plan)
            for table in canonical().tables.values()
        }


def _macros(connection: duckdb.DuckDBPyConnection, plan: Plan) -> None:
    """Chance as a function of (row, salt), and the SIRET of each establishment, computed once."""
    connection.execute(f"CREATE MACRO u(i, salt) AS (hash(i * 131 + salt, {plan.seed}::BIGINT) % 1000000) / 1000000.0")
    connection.execute("CREATE MACRO pick(i, salt, n) AS CAST(floor(u(i, salt) * n) AS BIGINT)")
    connection.execute("CREATE MACRO person(p) AS 'S' || lpad(CAST(p AS VARCHAR), 9, '0')")
    connection.execute(f"""
        CREATE TABLE sirets AS
        WITH companies AS (
            SELECT e, 10000000 + (e * 9 // 10 * 48271 + {plan.seed} * 7919) % {_PRIME} AS n
            FROM range({plan.establishments}) AS numbers(e)
        ), sirens AS (SELECT e, (10 * n + {_check_digit()}) * 10000 + CAST(e % 10 = 1 AS INTEGER) + 1 AS n FROM companies)
        SELECT e, CAST(10 * n + {_check_digit()} AS VARCHAR) AS siret FROM sirens
    """)


def _check_digit() -> str:
    """The digit that completes ``n`` by the key of Luhn, in SQL."""
    digits = [f"(n // {10**rank} % 10)" for rank in range(13)]
    doubled = (f"(2 * {one} - CASE WHEN {one} > 4 THEN 9 ELSE 0 END)" for one in digits[::2])
    return f"((10 - ({' + '.join((*doubled, *digits[1::2]))}) % 10) % 10)"


def _chosen(salt: int, weights: Mapping[str, float]) -> str:
    """An SQL choice among codes by weight; what is left to 1 is NULL."""
    cumulated, cases = 0.0, []
    for code, weight in weights.items():
        cumulated += weight
        cases.append(f"WHEN u(i, {salt}) < {cumulated:.4f} THEN {literal(code)}")
    return f"CASE {' '.join(cases)} END"


def _day(salt: int, plan: Plan, *, years: int = YEARS) -> str:
    first = plan.last_year - years + 1
    return f"DATE '{first}-01-01' + CAST(pick(i, {salt}, {years * 365 + years // 4}) AS INTEGER)"


def _later(day: str, salt: int, share: float, low: int, high: int) -> str:
    return (
        f"CASE WHEN u(i, {salt}) < {share} THEN {day} + CAST({low} + pick(i, {salt + 1}, {high - low}) AS INTEGER) END"
    )


_SECTORS = {"G": .17, "F": .13, "C": .11, "I": .10, "N": .09, "M": .08, "Q": .08, "H": .06, "S": .05, "L": .03, "J": .03,
            "K": .025, "R": .02, "P": .015, "A": .01, "E": .004, "D": .002, "B": .001}  # fmt: skip
_VISITS = {"initial": .22, "periodic": .33, "reinforced": .17, "return": .12, "on_request": .07, "pre_return": .05,
           "mid_career": .025, "end_of_career": .005, "other": .01}  # fmt: skip
_THEMES = {"tms": .3, "fipu": .1, "job_retention": .15, "assessment": .15, "psychosocial": .1, "chemical": .08,
           "safety_referent": .05, "public_health": .04}  # fmt: skip


def _query(table: str, plan: Plan) -> str:
    """The rows of a table in order. A column ``siret`` is given as the number of its establishment."""
    rows, columns = _TABLES[table](plan)
    listed = ", ".join(f"{sql} AS {name(column)}" for column, sql in columns.items())
    numbered = f"SELECT i, {listed} FROM range({max(int(rows), 1)}) AS numbers(i)"
    if "siret" not in columns:
        return f"SELECT * EXCLUDE (i) FROM ({numbered})"
    return (
        f"SELECT made.* EXCLUDE (i) REPLACE (sirets.siret AS siret) FROM ({numbered}) AS made "
        "LEFT JOIN sirets ON sirets.e = made.siret ORDER BY i"
    )


def _employer(plan: Plan, of: str = "i") -> str:
    return f"CAST(floor({plan.establishments} * pow(u({of}, 11), 2.2)) AS BIGINT)"


def _followed(plan: Plan, step: int = 37) -> str:
    """Rows of the cell and opinions draw the same employees in the same order: some are in both."""
    return f"person((i * {step}) % {plan.employees})"


def _establishments(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.establishments, {
        "siret": "i",
        "sector": _chosen(1, _SECTORS),
        "headcount": f"CAST(least(5000, 1 + floor(0.6 * {plan.employees / plan.establishments:.3f} "
        f"/ pow((i + 1) / {plan.establishments}.0, 0.5))) AS INTEGER)",
    }


def _employees(plan: Plan) -> tuple[float, dict[str, str]]:
    extra = plan.employees // 100
    who = f"(i % {plan.employees})"
    where = f"CASE WHEN i < {plan.employees} THEN {_employer(plan)} ELSE ({_employer(plan, who)} + 1) % {plan.establishments} END"
    return plan.employees + extra, {
        "employee": f"person({who})",
        "siret": where,
        "sex": f"CASE WHEN u({who}, 12) < 0.47 THEN 'F' ELSE 'H' END",
        "birth_year": f"CAST({plan.last_year} - 18 - floor(50 * pow(u({who}, 13), 0.9)) AS SMALLINT)",
    }


def _visits(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.visits, {
        "employee": f"person(pick(i, 21, {plan.employees}))",
        "date": _day(22, plan),
        "kind": _chosen(23, _VISITS),
        "irdp_stage": _chosen(24, {"Stade 1": 0.15, "Stade 2": 0.07, "Stade 3": 0.03}),
        "risks_recorded": "u(i, 25) < 0.6",
        "questionnaire": "u(i, 26) < 0.3",
        "extra_exam": "u(i, 27) < 0.1",
        "pathologies": "CAST(floor(3 * pow(u(i, 28), 4)) AS INTEGER)",
    }


def _unfitness(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.employees * 0.035, {
        "employee": _followed(plan),
        "date": _day(31, plan),
        "dispense": _chosen(32, {"none": 0.3, "harmful": 0.05, "obstacle": 0.65}),
    }


def _adaptations(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.employees * 0.05, {
        "employee": _followed(plan, 41),
        "date": _day(41, plan),
        "proposed_by": _chosen(42, {"cell": 0.2, "physician": 0.8}),
    }


def _cases(plan: Plan) -> tuple[float, dict[str, str]]:
    day = f"({_day(51, plan)})"
    return plan.employees * 0.02, {
        "employee": _followed(plan),
        "referred_on": day,
        "consent_on": _later(day, 52, 0.85, 3, 40),
        "started_on": _later(day, 54, 0.8, 5, 60),
        "consulted_on": _later(day, 56, 0.6, 20, 90),
        "plan_on": _later(day, 58, 0.45, 40, 150),
        "closed_on": _later(day, 60, 0.7, 90, 330),
        "outcome": _chosen(
            62, {"same_job": 0.25, "in_employment": 0.15, "reclassified": 0.1, "refused": 0.08, "unfinished": 0.12}
        ),
        "recall_6m_on": _later(day, 63, 0.3, 340, 520),
        "recall_12m_on": _later(day, 65, 0.2, 540, 720),
        "reason": _chosen(67, {"AT": 0.25, "MP": 0.2, "MCE": 0.2, "other": 0.33}),
        "disease_table": f"CASE WHEN u(i, 67) BETWEEN 0.25 AND 0.44 THEN {_chosen(68, {'57': 0.8, '98': 0.1, '42': 0.1})} END",
        "pathology": _chosen(69, {"tms": 0.42, "psychic": 0.25, "cancers": 0.07, "deafness": 0.03, "allergies": 0.04,
                                  "cardiovascular": 0.06, "other": 0.11}),
        "origin": "CASE WHEN u(i, 67) < 0.45 THEN 'work' ELSE 'illness' END",
        "capacity": _chosen(70, {"favourable": 0.3, "mixed": 0.4, "unfavourable": 0.25}),
        "employer": _chosen(71, {"favourable": 0.3, "mixed": 0.3, "unfavourable": 0.35}),
        "job_market": _chosen(72, {"favourable": 0.2, "mixed": 0.4, "unfavourable": 0.35}),
    }  # fmt: skip


def _social_referrals(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.employees * 0.01, {
        "employee": _followed(plan, 43),
        "date": _day(81, plan),
        "channel": _chosen(82, {"cell": 0.6, "physician": 0.4}),
    }


def _reports(plan: Plan) -> tuple[float, dict[str, str]]:
    day = f"({_day(91, plan)})"
    return plan.employees * 0.006, {
        "employee": _followed(plan, 47),
        "received_on": day,
        "reporter": _chosen(92, {"medical": 0.4, "social": 0.6}),
        "visit_on": _later(day, 93, 0.9, 5, 45),
        "feedback_on": _later(day, 95, 0.75, 46, 90),
    }


def _meetings(plan: Plan) -> tuple[float, dict[str, str]]:
    return 50, {"date": _day(101, plan), "fund_present": "u(i, 102) < 0.7"}


def _actions(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.establishments * 0.9, {
        "siret": f"pick(i, 111, {plan.establishments})",
        "date": _day(112, plan),
        "kind": _chosen(113, {"study": 0.3, "workshop": 0.15, "advice": 0.2, "assessment_help": 0.15, "improvement": 0.1,
                              "pathway": 0.05, "other": 0.05}),
        "theme": _chosen(114, _THEMES),
        "participants": "CAST(2 + pick(i, 115, 14) AS INTEGER)",
        "adapted": "u(i, 116) < 0.4",
    }  # fmt: skip


def _risk_assessments(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.establishments * 1.2, {
        "siret": f"pick(i, 121, {plan.establishments})",
        "received_on": _day(122, plan),
        "musculoskeletal_plan": "u(i, 123) < 0.35",
        "action_plan": "u(i, 124) < 0.55",
    }


def _company_sheets(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.establishments * 1.0, {"siret": f"pick(i, 131, {plan.establishments})", "date": _day(132, plan)}


def _safety_referents(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.establishments * 0.8, {
        "siret": f"pick(i, 141, {plan.establishments})",
        "date": _day(142, plan),
        "identified": "u(i, 143) < 0.55",
    }


def _outreach(plan: Plan) -> tuple[float, dict[str, str]]:
    return plan.establishments * 0.7, {
        "siret": f"CASE WHEN u(i, 151) < 0.8 THEN pick(i, 152, {plan.establishments}) END",
        "date": _day(153, plan),
        "kind": _chosen(154, {"training": 0.2, "support": 0.2, "communication": 0.35, "collective": 0.15, "message": 0.04,
                              "professionals": 0.03, "solicitation": 0.02, "agreement": 0.01}),
        "theme": _chosen(155, _THEMES),
        "audience": _chosen(156, {"companies": 0.6, "employees": 0.25, "internal": 0.1, "professionals": 0.05}),
        "people": "CASE WHEN u(i, 154) >= 0.94 AND u(i, 154) < 0.97 THEN CAST(5 + pick(i, 157, 60) AS INTEGER) END",
    }  # fmt: skip


_TABLES = {
    "establishments": _establishments,
    "employees": _employees,
    "visits": _visits,
    "unfitness": _unfitness,
    "adaptations": _adaptations,
    "cases": _cases,
    "social_referrals": _social_referrals,
    "reports": _reports,
    "meetings": _meetings,
    "actions": _actions,
    "risk_assessments": _risk_assessments,
    "company_sheets": _company_sheets,
    "safety_referents": _safety_referents,
    "outreach": _outreach,
}


def _write(connection: duckdb.DuckDBPyConnection, folder: Path, table: Table, query: str, kind: str, plan: Plan) -> int:
    if kind == "parquet":
        target, options = folder / f"{table.name}.parquet", "FORMAT parquet, COMPRESSION zstd"
    elif kind == "csv":
        target, options = folder / f"{table.name}.csv", "FORMAT csv, HEADER, DELIMITER ','"
    else:
        query = _as_export(query, table, plan, canonical())
        target, options = folder / f"{table.label.replace('’', ' ')}.csv", "FORMAT csv, HEADER, DELIMITER ';'"
    written = connection.execute(f"COPY ({query}) TO {literal(target)} ({options})").fetchone()
    if kind == "export":
        _to_windows(target)
    return int(written[0]) if written else 0


def _as_export(query: str, table: Table, plan: Plan, schema: Schema) -> str:
    """The rows as an occupational-health software writes them: French titles, labels, dates and yes or no."""
    columns = ", ".join(f"{_foreign(one, schema, plan)} AS {name(_title(one))}" for one in table.columns)
    numbered = f"SELECT *, row_number() OVER () AS i FROM ({query})"
    repeated = f"UNION ALL SELECT * FROM numbered WHERE u(i, 999) < {plan.faults / 4}" if plan.faults else ""
    return f"WITH numbered AS ({numbered}), both_ AS (SELECT * FROM numbered {repeated}) SELECT {columns} FROM both_"


def _title(column: Column) -> str:
    text = column.aliases[0] if column.aliases else column.name
    return text.capitalize()


def _foreign(column: Column, schema: Schema, plan: Plan) -> str:
    cell, salt, spoilt = name(column.name), 900 + len(column.name), ""
    if column.type is ColumnType.CODE:
        labels = " ".join(
            f"WHEN {literal(code)} THEN {literal(texts[0])}" for code, texts in schema.lists[column.codes].codes.items()
        )
        cell, spoilt = f"CASE {cell} {labels} END", "'inconnu'"
    elif column.type is ColumnType.DATE:
        cell, spoilt = f"strftime({cell}, '%d/%m/%Y')", "'31/02/2025'"
    elif column.type is ColumnType.BOOLEAN:
        cell = f"CASE WHEN {cell} THEN 'Oui' WHEN NOT {cell} THEN 'Non' END"
    elif column.type is ColumnType.SIRET:
        spoilt = f"left({cell}, 13)"
    elif column.type is ColumnType.KEY:
        spoilt = "''"
    if plan.faults and spoilt:
        return f"CASE WHEN u(i, {salt}) < {plan.faults} THEN {spoilt} ELSE {cell} END"
    return cell


def _to_windows(path: Path) -> None:
    """The encoding that a French Excel writes."""
    other = path.with_suffix(".tmp")
    with path.open(encoding="utf-8", newline="") as source, other.open("w", encoding="cp1252", newline="") as target:
        while block := source.read(1 << 20):
            target.write(block.replace("’", "'"))
    other.replace(path)
