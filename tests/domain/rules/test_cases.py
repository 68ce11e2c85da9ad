"""Every worked case of every rulebook gives what it says."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.worked import evaluation_of, listed, play

from avenant import rulebooks
from avenant.domain.rules.findings import Outcome
from avenant.domain.rules.rulebook import KINDS


@pytest.mark.parametrize(("name", "case"), [one for name in rulebooks.names() for one in listed(name)])
def test_a_worked_case(name: str, case: dict[str, Any]) -> None:
    play(name, case)


NEVER_UNMET = {"advance", "bonus", "consumption", "instalments", "interim", "rate", "recovery", "report"}
"""They give or tell; what they lack is a fact or a parameter."""


def test_every_kind_of_rule_has_its_worked_cases() -> None:
    """Each kind is met in a case, and unmet in another (or undetermined, for those that only give or tell)."""
    told: dict[str, set[Outcome]] = {kind: set() for kind in KINDS}
    for name in rulebooks.names():
        for case in rulebooks.cases(name)["case"]:
            said = {*case.get("expect", {}), *case.get("amounts", {}), *case.get("sentence", {})}
            for one in evaluation_of(name, case).findings:
                if one.rule in said:
                    told[one.kind].add(one.outcome)
    unmet = {Outcome.FAIL, Outcome.WARNING}
    assert [kind for kind, seen in told.items() if Outcome.PASS not in seen] == []
    assert [kind for kind, seen in told.items() if not seen & unmet and kind not in NEVER_UNMET] == []
    assert [kind for kind in NEVER_UNMET if Outcome.UNDETERMINED not in told[kind]] == []
