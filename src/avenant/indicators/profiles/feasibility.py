"""Before a breakdown is put in a contract: what share of it would be hidden, and which simpler ones would not."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from math import prod

from avenant.domain.disclosure import TOTAL, Axis, Preview, Rules, preview
from avenant.indicators.profiles.models import Profile

Share = Mapping[str, float]


def foresee(variables: Sequence[str], people: int, profile: Profile | None, rules: Rules) -> Preview:
    """Estimate a breakdown of ``people`` by ``variables`` under the thresholds of the region.

    The distribution of each variable is the one that the profile shows (its hidden cells share what is left), else
    even; variables are taken as independent, which real ones are not: true tables hide more, never much less.
    """
    shares = [shares_of(name, profile) for name in variables]
    axes = tuple(Axis.flat(name, share) for name, share in zip(variables, shares, strict=True))
    places = itertools.product(*(share.items() for share in shares))
    exact = {tuple(code for code, _ in place): people * prod(part for _, part in place) for place in places}
    return preview(_whole(exact, people), axes, rules)


def shares_of(name: str, profile: Profile | None) -> Share:
    """The share of each category of a variable."""
    from avenant.collect.profiles import variable
    from avenant.collect.schema import canonical

    tables: Iterable[object] = profile.tables.all() if profile else ()
    table = next((one for one in tables if one.variables == [name]), None)  # type: ignore[attr-defined]
    if table is None:
        codes = [code for code in variable(name).categories(canonical()) if code != "Non connu"]
        return dict.fromkeys(codes, 1 / len(codes))
    shown = {line[0]: line[1] for line in table.cells}  # type: ignore[attr-defined]
    total = shown.pop(TOTAL, 0) or sum(shown.values()) or 1
    codes = table.categories[0]  # type: ignore[attr-defined]
    hidden = [code for code in codes if code not in shown]
    rest = max(total - sum(shown.values()), 0) / len(hidden) if hidden else 0
    return {code: shown.get(code, rest) / total for code in codes}


def _whole(exact: Mapping[tuple[str, ...], float], people: int) -> dict[tuple[str, ...], int]:
    """Whole numbers with the same sum, by the largest remainders."""
    whole = {place: int(number) for place, number in exact.items()}
    missing = people - sum(whole.values())
    for place in sorted(exact, key=lambda one: (whole[one] - exact[one], one))[: max(missing, 0)]:
        whole[place] += 1
    return whole
