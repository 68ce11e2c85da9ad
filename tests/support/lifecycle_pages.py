"""``docs/reference/lifecycles.md``: the lifecycle tables as diagrams and as tables, for people."""

from __future__ import annotations

from collections.abc import Iterator

from avenant.domain.lifecycles import LIFECYCLES, Lifecycle

INTRODUCTION = """\
# Lifecycles

Generated from `domain/lifecycles.py` by `python -m pytest tests/guarantees/test_lifecycles.py --write-tables`. The same
tables make the buttons, `journal.advance` and the trigger of the database that refuses any other move.
"""


def make_page() -> str:
    return "\n".join([INTRODUCTION, *(line for cycle in LIFECYCLES.values() for line in _section(cycle))]) + "\n"


def _section(cycle: Lifecycle) -> Iterator[str]:
    yield f"## {cycle.name}\n"
    yield "```mermaid"
    yield "stateDiagram-v2"
    for state, label in cycle.states.items():
        yield f"    {state} : {label}"
    yield f"    [*] --> {cycle.start}"
    for step in cycle.steps:
        for source in sorted(step.sources):
            yield f"    {source} --> {step.target} : {step.label}"
    for state in sorted(cycle.final):
        yield f"    {state} --> [*]"
    yield "```\n"
    yield "| verb | from | to | by | reason |"
    yield "|---|---|---|---|---|"
    for step in cycle.steps:
        sources = ", ".join(cycle.states[state] for state in sorted(step.sources))
        roles = ", ".join(sorted(role.label for role in step.by))
        reason = "compulsory" if step.reason else ""
        yield f"| {step.verb} · {step.label} | {sources} | {cycle.states[step.target]} | {roles} | {reason} |"
    yield ""
