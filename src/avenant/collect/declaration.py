"""The declaration: what leaves the service, sealed by its digest, verified by whoever receives it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from avenant.collect.counting import Countable, standing
from avenant.collect.profiles import VARIABLES, as_rows
from avenant.collect.refusals import SECRECY, TAMPERED, CollectError
from avenant.collect.running import Result
from avenant.collect.secrecy import STAGED, STAGES, Names, Protected
from avenant.domain.disclosure import TOTAL, Rules, unproved
from avenant.domain.french import quoted
from avenant.domain.indicators import Catalogue, parse_value
from avenant.references.indicator_sets import load_catalogue

FORMAT, VERSION = "avenant-declaration", 1
SETS = ("pdp", "satdl", "a4")
DELAYS = {"6_months": "recalls-six-months", "1_year": "satdl-1.2.11:recalls"}
"""What the recalls of the year show of the follow-up after the cell (1.14). No recall noted is not a « no »."""


def catalogue() -> Catalogue:
    """The indicators that the collector knows."""
    return load_catalogue(*SETS)


def declare(
    result: Result, protected: Protected, rules: Rules, *, service: str = "", siren: str = ""
) -> dict[str, Any]:
    """The declaration of a result. Raises :class:`CollectError` when a value does not fit its definition.

    It holds neither the sensitive cells nor the reasons for hiding: only what readers see. What helps to steer (reports
    received, visits held…) leaves when too many persons are behind it to be found again: see :func:`steering`.
    """
    known = {one.key: one for one in standing(result.period.last_day)}
    values = _values(result, protected, known)
    _fit(values)
    content = {
        "format": FORMAT,
        "version": VERSION,
        "service": service,
        "siren": siren,
        "period": [result.period.start.isoformat(), result.period.last_day.isoformat()],
        "values": values,
        "proposals": _group(result, (one for one in known.values() if one.proposed_to)),
        "dashboard": steering(result, rules),
        "tables": [_table(names, table) for names, table in protected.tables.items()],
        "withheld": [list(names) for names in protected.withheld],
        "secrecy": {"persons": rules.persons, "establishments": rules.establishments, "hidden": protected.hidden},
        "lineage": dict(result.lineage),
    }
    return {**content, "seal": seal(content)}


def steering(result: Result, rules: Rules) -> dict[str, int]:
    """The figures of the cell's dashboard that may leave, by key.

    One that counts persons leaves when none or ``rules.persons`` of them are behind it, and when as many, or none, are
    behind the difference with each figure of the same whole that leaves too: a subtraction tells nothing smaller. A
    part stays home with its whole.
    """
    told: dict[str, int] = {}
    leaving: list[Countable] = []
    for one in standing(result.period.last_day):
        if not one.aid or (one.of and one.of not in told):
            continue
        if one.behind is not None:
            persons = result.behind[one.key]
            family = [result.behind[other.key] for other in leaving if one.of and one.of in (other.key, other.of)]
            if any(0 < gap < rules.persons for gap in (persons, *(abs(persons - other) for other in family))):
                continue
            leaving.append(one)
        told[one.key] = result.figures[one.key]
    return told


def seal(content: Mapping[str, Any]) -> str:
    """The SHA-256 of the content without its seal, keys sorted, no spaces."""
    bare = {key: value for key, value in content.items() if key != "seal"}
    return hashlib.sha256(
        json.dumps(bare, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()
    ).hexdigest()


def _values(result: Result, protected: Protected, known: Mapping[str, Countable]) -> dict[str, dict[str, Any]]:
    values = _group(result, (one for one in known.values() if not one.aid and not one.proposed_to))
    tables = {
        one.component: as_rows(_flat(protected.tables[(one.name,)]))
        for one in VARIABLES
        if one.component and (one.name,) in protected.tables
    }
    if tables:
        values["satdl-1.2.12"] = tables
    delays = [delay for delay, key in DELAYS.items() if result.figures[key]]
    if delays:
        values["pdp-1.14"] = {"status": "yes", "delays": delays}
    stages = protected.tables.get((STAGES,))
    if stages and all(number is not None for number in stages.values()):
        values[STAGED]["stages"] = as_rows(_flat(stages))
    return values


def _flat(table: Mapping[Names, int | None]) -> dict[str, int | None]:
    return {place[0]: number for place, number in table.items() if place[0] != TOTAL}


def _group(result: Result, countables: Any) -> dict[str, dict[str, Any]]:
    grouped: dict[str, dict[str, Any]] = {}
    for one in countables:
        grouped.setdefault(one.code, {})[one.component] = result.figures[one.key]
    return grouped


def _fit(values: Mapping[str, Mapping[str, Any]]) -> None:
    definitions = catalogue()
    for code, value in values.items():
        parsed = parse_value(definitions[code], value)
        if not parsed.ok:
            raise CollectError(f"L'indicateur {code} ne suit pas sa définition : {next(iter(parsed.errors.values()))}")


def _table(names: Names, table: Mapping[Names, int | None]) -> dict[str, Any]:
    return {"variables": list(names), "cells": [[*place, number] for place, number in table.items()]}


def read_declaration(path: Path) -> dict[str, Any]:
    """Read and verify a declaration: its form, its seal, its sums, its definitions. Raises :class:`CollectError`."""
    try:
        text = path.read_bytes()
    except FileNotFoundError as error:
        raise CollectError(
            f"Le fichier {quoted(str(path))} n'existe pas. Écrivez-le avec : avenant collect protect."
        ) from error
    except OSError as error:
        raise CollectError(f"{quoted(path.name)} ne se lit pas.") from error
    return parse_declaration(text, path.name)


def parse_declaration(text: bytes, name: str) -> dict[str, Any]:
    """The content of a declaration, once its form, its seal and its sums are verified. Raises :class:`CollectError`."""
    try:
        content: dict[str, Any] = json.loads(text)
        if content["format"] != FORMAT:
            raise KeyError(content["format"])
        if content["version"] > VERSION:
            raise CollectError(
                "Cette déclaration vient d'une version plus récente du logiciel : mettez le vôtre à jour."
            )
    except (ValueError, KeyError, TypeError) as error:
        raise CollectError(f"{quoted(name)} n'est pas une déclaration du collecteur.") from error
    if content.get("seal") != seal(content):
        raise CollectError(
            f"{quoted(name)} a été modifié après son écriture : son empreinte ne correspond plus. Refaites-le "
            "avec avenant collect protect.",
            code="tampered",
            exit_code=TAMPERED,
        )
    _sums(content)
    return content


def _sums(content: Mapping[str, Any]) -> None:
    """Shown tables of one variable add up to their total when nothing is hidden."""
    for table in content["tables"]:
        if len(table["variables"]) > 1:
            continue
        counts = {line[0]: line[1] for line in table["cells"]}
        total = counts.pop(TOTAL, None)
        if total is None:
            raise CollectError(f"La table {quoted(table['variables'][0])} n'a pas de total.", code="tampered")
        if None not in counts.values() and sum(counts.values()) != total:
            raise CollectError(
                f"La table {quoted(table['variables'][0])} ne fait pas son total.", code="tampered", exit_code=TAMPERED
            )


def below_thresholds(content: Mapping[str, Any], rules: Rules) -> str:
    """What of a declaration was protected under lower thresholds than these; empty when nothing was.

    The thresholds are the region's; ``protect`` takes them with ``--persons`` and ``--establishments``.
    """
    made, asked = content["secrecy"], {"persons": rules.persons, "establishments": rules.establishments}
    words = {"persons": "personnes", "establishments": "établissements"}
    return " et ".join(
        f"{made[key]} {words[key]} au lieu de {number}" for key, number in asked.items() if made[key] < number
    )


def older_definitions(content: Mapping[str, Any], result: Result) -> tuple[str, ...]:
    """The indicators that a declaration counted with another version of their definition."""
    made = content["lineage"]["definitions"]
    return tuple(key for key, version in result.lineage["definitions"].items() if made.get(key) != version)


def audit_declaration(content: Mapping[str, Any], result: Result, protected: Protected) -> None:
    """Verify a declaration against the figures kept home, and its proofs by additions alone.

    Raises :class:`CollectError` when it does not say what the result says, or shows more than what is proved.
    """
    same = content["lineage"]["extract_sha256"] == result.lineage["extract_sha256"]
    if not same:
        raise CollectError("La déclaration et le résultat viennent de deux extraits différents.", exit_code=TAMPERED)
    shown = [_table(names, table) for names, table in protected.tables.items()]
    if content["tables"] != shown:
        raise CollectError(
            "La déclaration ne montre pas ce que la protection du secret permet : refaites-la.", exit_code=SECRECY
        )
    outcome = protected.outcome
    if outcome and unproved(outcome.assessment, outcome.hidden, outcome.proofs):
        raise CollectError(
            "Une preuve du secret statistique manque : la déclaration ne peut pas partir.", exit_code=SECRECY
        )
