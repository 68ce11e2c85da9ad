"""``avenant rules``: evaluates the facts of a dossier, prints its findings. Works without Django."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

from rich.console import Console
from rich.table import Table

from avenant import rulebooks
from avenant.domain.decision import DomainError
from avenant.domain.french import format_euros
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Effect, Evaluation, Outcome
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.reading import BadFacts, read, schema
from avenant.domain.rules.rulebook import KINDS

ADDRESS: Final = "https://avenant.example/schemas/"
EXIT_CODES: Final = {Outcome.PASS: 0, Outcome.WARNING: 0, Outcome.FAIL: 1, Outcome.UNDETERMINED: 3}
UNREADABLE: Final = 2
OUTCOMES: Final = {
    Outcome.PASS: "conforme",
    Outcome.FAIL: "non conforme",
    Outcome.WARNING: "à voir",
    Outcome.UNDETERMINED: "indéterminé",
    Outcome.NOT_APPLICABLE: "sans objet",
}


def read_facts(text: str) -> Facts:
    """The facts of a JSON text. Raises BadFacts, naming the field, or the line when it is not JSON."""
    try:
        data = json.loads(text, parse_float=str)
    except (json.JSONDecodeError, RecursionError) as error:
        raise BadFacts("", f"ce n'est pas du JSON lisible ({error}).") from None
    facts: Facts = read(Facts, data)
    return facts


def findings_data(told: Evaluation) -> dict[str, Any]:
    """The evaluation as plain data, as ``rules-findings.schema.json`` describes it."""
    return {
        "rulebook": told.rulebook,
        "digest": told.digest,
        "outcome": told.outcome.value,
        "grant": _text(told.grant),
        "missing": list(told.missing),
        "projects": [
            {
                "code": one.code,
                "total_excl_tax": _text(one.total_excl_tax),
                "eligible_excl_tax": _text(one.eligible_excl_tax),
                "eligible_incl_tax": _text(one.eligible_incl_tax),
                "requested": _text(one.requested),
                "grant": _text(one.grant),
                "steps": [
                    {"rule": step.rule, "sentence": step.sentence, "after": str(step.after)} for step in one.steps
                ],
            }
            for one in told.projects
        ],
        "findings": [
            {
                "rule": one.rule,
                "kind": one.kind,
                "effect": one.effect.value,
                "outcome": one.outcome.value,
                "subject": one.subject,
                "sentence": one.sentence,
                "remedy": one.remedy,
                "article": one.article,
                "amounts": {name: str(amount) for name, amount in one.amounts},
                "missing": list(one.missing),
            }
            for one in told.findings
        ],
    }


def _text(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


def facts_schema() -> dict[str, Any]:
    """The JSON Schema of the facts."""
    return schema(Facts, title="Faits d’un dossier", address=ADDRESS + "rules-facts.schema.json")


def findings_schema() -> dict[str, Any]:
    """The JSON Schema of the findings."""
    amount = {"type": ["string", "null"], "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
    text, texts = {"type": "string"}, {"type": "array", "items": {"type": "string"}}
    sure = {"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$"}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ADDRESS + "rules-findings.schema.json",
        "title": "Constats d’un règlement sur un dossier",
        **_closed(
            rulebook=text,
            digest={"type": "string", "pattern": "^[0-9a-f]{64}$"},
            outcome={"enum": [one.value for one in EXIT_CODES]},
            grant=amount,
            missing=texts,
            projects={
                "type": "array",
                "items": _closed(
                    code=text,
                    **dict.fromkeys(
                        ("total_excl_tax", "eligible_excl_tax", "eligible_incl_tax", "requested", "grant"), amount
                    ),
                    steps={"type": "array", "items": _closed(rule=text, sentence=text, after=sure)},
                ),
            },
            findings={
                "type": "array",
                "items": _closed(
                    rule=text,
                    kind={"enum": sorted(KINDS)},
                    effect={"enum": [one.value for one in Effect]},
                    outcome={"enum": [one.value for one in Outcome]},
                    subject=text,
                    sentence=text,
                    remedy=text,
                    article=text,
                    amounts={"type": "object", "additionalProperties": sure},
                    missing=texts,
                ),
            },
        ),
    }


def _closed(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


@dataclass(frozen=True)
class Answer:
    """What the command prints, on which side, and its exit code."""

    code: int
    told: Evaluation | None = None
    error: str = ""


def check(path: Path, rulebook: str, at: str) -> Answer:
    """Evaluate a file of facts. ``at`` is the instant of the deposit when the facts do not say it."""
    try:
        book = rulebooks.load(rulebook)
        facts = read_facts(path.read_text(encoding="utf-8"))
        if at and facts.submitted_at is None:
            moment = datetime.fromisoformat(at)
            local = moment if moment.tzinfo else moment.replace(tzinfo=book.zone)
            facts = dataclasses.replace(facts, submitted_at=local)
        told = evaluate(book, facts)
    except DomainError as error:
        return Answer(UNREADABLE, error=error.message)
    except (OSError, UnicodeDecodeError):
        return Answer(UNREADABLE, error=f"Le fichier {path} est introuvable ou illisible.")
    except ValueError:
        return Answer(UNREADABLE, error=f"« {at} » n’est pas un instant : écrivez par exemple 2023-11-06T23:59:59.")
    return Answer(EXIT_CODES[told.outcome], told)


def show(answer: Answer, *, as_json: bool) -> int:
    """Print an answer; its exit code: 0 conforme ou à voir, 1 non conforme, 2 illisible, 3 indéterminé."""
    if answer.told is None:
        Console(stderr=True).print(answer.error, markup=False, style="red")
        return answer.code
    if as_json:
        print(json.dumps(findings_data(answer.told), ensure_ascii=False, indent=1))  # noqa: T201
        return answer.code
    table = Table("constat", "objet", "phrase", "pour y remédier", "article", title=f"Règlement {answer.told.rulebook}")
    for one in answer.told.findings:
        table.add_row(OUTCOMES[one.outcome], one.subject or "dossier", one.sentence, one.remedy, one.article)
    console = Console()
    console.print(table, markup=False)
    for project in answer.told.projects:
        steps = " ; ".join(step.sentence for step in project.steps)
        aid = "indéterminée" if project.grant is None else format_euros(project.grant)
        console.print(f"Projet {project.code} : aide {aid}. {steps}", markup=False)
    console.print(f"Ensemble : {OUTCOMES[answer.told.outcome]}.", markup=False)
    return answer.code


def show_rulebooks() -> None:
    """Print the rulebooks, with the number of their blanks."""
    table = Table("règlement", "titre", "règles", "paramètres à fixer")
    for name in rulebooks.names():
        book = rulebooks.load(name)
        table.add_row(name, book.title, str(len(book.rules)), str(len(book.blanks())))
    Console().print(table)


def vocabulary_page() -> str:
    """The reference page of the kinds of rules and the units of parameters, made from the code."""
    lines = [
        "# The vocabulary of rules",
        "",
        "Generated from `domain/rules`. A rulebook is `rules.toml`: `[vocabulary.*]`, `[[parameter]]`, `[[rule]]`.",
        "Every rule has `id`, `kind`, `label`, `article`, and may have `effect` and `when` (a condition).",
        "",
        "| kind | effects (first is the default) | fields | what it says |",
        "|---|---|---|---|",
    ]
    for name, kind in sorted(KINDS.items()):
        first = (kind.__doc__ or "").split("\n\n")[0].replace("\n", " ").replace("    ", "").strip()
        lines.append(f"| `{name}` | {', '.join(kind.effects)} | {kind.fields} | {first} |")
    lines += ["", "Units of parameters: " + ", ".join(f"`{one}`" for one in Unit) + ".", ""]
    return "\n".join(lines)
