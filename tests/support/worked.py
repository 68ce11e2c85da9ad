"""Plays the worked cases of a rulebook."""

from __future__ import annotations

import copy
import dataclasses
from decimal import Decimal
from typing import Any

import pytest

from avenant import rulebooks
from avenant.domain.french import typeset
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation, Outcome
from avenant.domain.rules.reading import read

ORDER = (Outcome.FAIL, Outcome.UNDETERMINED, Outcome.WARNING, Outcome.PASS, Outcome.NOT_APPLICABLE)


def listed(name: str, *groups: str) -> list[Any]:
    """The cases of these groups (all when none is given), as parameters of a test. An unknown group is an error."""
    found = rulebooks.cases(name)["case"]
    if missing := set(groups) - {one["group"] for one in found}:
        raise LookupError(missing)
    return [
        pytest.param(name, one, id=f"{one['group']}: {one['name']}")
        for one in found
        if not groups or one["group"] in groups
    ]


def facts_of(name: str, case: dict[str, Any]) -> Facts:
    data = copy.deepcopy(case.get("only", rulebooks.cases(name)["base"]))
    if copies := case.get("copy_project"):
        data["projects"] = [{**copy.deepcopy(data["projects"][0]), "code": f"P{n}"} for n in range(1, copies + 1)]
    for path, value in case.get("set", {}).items():
        _put(data, path.split("."), value)
    return read(Facts, data)


def _put(data: Any, path: list[str], value: Any) -> None:
    if path[0] == "*":
        for rank in range(len(data)):
            _put(data, [str(rank), *path[1:]], value)
        return
    key: Any = int(path[0]) if isinstance(data, list) else path[0]
    if len(path) > 1:
        _put(data[key] if isinstance(data, list) else data.setdefault(key, {}), path[1:], value)
    elif value == "∅":
        data.pop(key)
    elif isinstance(data, list) and key == len(data):
        data.append(copy.deepcopy(value))
    else:
        data[key] = copy.deepcopy(value)


def evaluation_of(name: str, case: dict[str, Any]) -> Evaluation:
    """What a case gives: of a dossier, or of the whole portfolio when it lists ``awards``."""
    rulebook = rulebooks.load(name)
    if "parameters" in case:
        given = {one: None if value == "∅" else value for one, value in case["parameters"].items()}
        rulebook = rulebook.with_parameters(given)
    told = evaluate(rulebook, facts_of(name, case))
    if "awards" not in case:
        return told
    awards = [(facts_of(name, one), Decimal(one["amount"])) for one in case["awards"]]
    return dataclasses.replace(told, findings=rulebook.judge_portfolio(awards))


def worst(evaluation: Evaluation, rule: str) -> Outcome:
    present = {one.outcome for one in evaluation.of(rule)}
    return next(one for one in ORDER if one in present)


def plain(text: str) -> str:
    """A sentence with ordinary spaces."""
    return text.translate({0x202F: " ", 0xA0: " "})


def play(name: str, case: dict[str, Any]) -> Evaluation:
    """Evaluate a case and assert all that it says."""
    told = evaluation_of(name, case)
    for rule, outcome in case.get("expect", {}).items():
        assert worst(told, rule) == outcome, (rule, [one.sentence for one in told.of(rule)])
    for rule, words in case.get("sentence", {}).items():
        written = plain(" ".join(f"{one.sentence} {one.remedy}" for one in told.of(rule)))
        assert plain(typeset(words)) in written, written
    for rule, amounts in case.get("amounts", {}).items():
        assert [str(amount) for _, amount in told.of(rule)[0].amounts] == amounts
    if "grant" in case:
        assert told.grant == Decimal(case["grant"]), told.projects
    if "eligible" in case:
        assert told.projects[0].eligible_excl_tax == Decimal(case["eligible"])
    if "outcome" in case:
        assert told.outcome == case["outcome"], [(one.rule, one.sentence) for one in told.why_not()]
    for name_of in case.get("missing", ()):
        assert any(name_of in one for one in told.missing), told.missing
    return told
