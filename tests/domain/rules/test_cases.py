"""Every worked case of every rulebook gives what it says."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support.worked import listed, play

from avenant import rulebooks


@pytest.mark.parametrize(("name", "case"), [one for name in rulebooks.names() for one in listed(name)])
def test_a_worked_case(name: str, case: dict[str, Any]) -> None:
    play(name, case)
