"""A small rulebook written for one test, and the facts of a small dossier."""

from __future__ import annotations

from typing import Any

from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation
from avenant.domain.rules.reading import read
from avenant.domain.rules.rulebook import Rulebook, parse_rulebook

HEAD = """name = "essai"
title = "Essai"
zone = "America/Guadeloupe"

[vocabulary.expenses]
conseil = "Conseil"
formation = "Formation"

[vocabulary.pieces]
plan = "le plan"

[vocabulary.measures]
agents = "nombre d'agents"
"""
RATE = """
[[parameter]]
name = "rate"
label = "Taux"
unit = "percent"
value = 40

[[rule]]
id = "rate"
kind = "rate"
label = "Aide"
rate = "rate"
"""


def book(text: str, *, rate: bool = False) -> Rulebook:
    """The rulebook of these rules; ``rate``: after an aid of 40 % of the eligible cost."""
    return parse_rulebook(HEAD + (RATE if rate else "") + text)


def dossier(*projects: dict[str, Any], **facts: Any) -> Facts:
    """A dossier of these projects; one of 1,000 € of advice when none is given."""
    return read(Facts, {"projects": [project("P1")] if not projects else list(projects), **facts})


def project(code: str, *amounts: str, **more: Any) -> dict[str, Any]:
    """A project with a line of advice for each amount."""
    return {
        "code": code,
        "expenses": [
            {"code": f"L{number}", "kind": "conseil", "excl_tax": amount, "incl_tax": amount}
            for number, amount in enumerate(amounts or ("1000.00",), 1)
        ],
        **more,
    }


def told(rulebook: Rulebook, facts: Facts, rule: str) -> tuple[str, Evaluation]:
    """The only outcome of a rule, and the evaluation."""
    evaluation = evaluate(rulebook, facts)
    (finding,) = evaluation.of(rule)
    return finding.outcome.value, evaluation
