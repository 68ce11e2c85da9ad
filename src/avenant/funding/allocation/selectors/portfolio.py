"""The limits of a call over all its dossiers: by territory, by status, as its rulebook writes them."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal

from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Finding
from avenant.domain.rules.kinds.portfolio import Portfolio
from avenant.domain.rules.parameters import Unit
from avenant.domain.rules.reading import read
from avenant.foundations.parties.actors import Actor
from avenant.funding.allocation.models import Award, Examined, Scenario, Selection, Share
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.models import Submission

Amounts = Mapping[uuid.UUID, Decimal]
"""What each dossier receives, by the identifier of the dossier."""

TERRITORY = "applicant.territory"


class CallLimits:
    """The limits of the call of a session; without any, nothing is read. What other sessions granted counts."""

    def __init__(self, actor: Actor, selection: Selection) -> None:
        self._book = selection.call.book()
        self.any = self._book.first_of(Portfolio) is not None
        self._facts: dict[uuid.UUID, Facts] = {}
        self._granted: dict[uuid.UUID, Decimal] = {}
        if not self.any:
            return
        awards = Award.objects.visible_to(actor).filter(line__selection__call_id=selection.call_id, amount__gt=0)
        self._granted = dict(awards.exclude(line__selection=selection).values_list("dossier_id", "amount"))
        rows = Submission.objects.visible_to(actor).filter(dossier__call_id=selection.call_id)
        self._facts = {pk: read(Facts, facts) for pk, facts in rows.values_list("dossier_id", "facts").iterator()}

    def judge(self, amounts: Amounts) -> tuple[Finding, ...]:
        """What the limits say of these amounts; a dossier that receives nothing weighs nothing."""
        if not self.any:
            return ()
        given = {**self._granted, **amounts}
        return self._book.judge_portfolio(
            (self._facts.get(pk, Facts()), amount) for pk, amount in given.items() if amount > 0
        )


def proposed_amounts(actor: Actor, selection: Selection) -> dict[uuid.UUID, Decimal]:
    """What is decided of each dossier of a session, or else what the committee proposes."""
    return amounts_of(Examined.objects.visible_to(actor).filter(selection=selection).select_related("award"))


def amounts_of(lines: Iterable[Examined]) -> dict[uuid.UUID, Decimal]:
    """What is decided of each dossier, or else what the committee proposes; the lines come with their award."""
    return {
        one.dossier_id: award.amount if (award := getattr(one, "award", None)) else one.amount
        for one in lines
    }  # fmt: skip


def shared_amounts(actor: Actor, scenarios: Iterable[Scenario]) -> dict[uuid.UUID, dict[uuid.UUID, Decimal]]:
    """What each dossier receives in each scenario."""
    rows = Share.objects.visible_to(actor).filter(scenario__in=scenarios, amount__gt=0)
    found: dict[uuid.UUID, dict[uuid.UUID, Decimal]] = {}
    for scenario, dossier, amount in rows.values_list("scenario_id", "line__dossier_id", "amount"):
        found.setdefault(scenario, {})[dossier] = amount
    return found


def floors_of(call: PublishedCall) -> dict[str, Decimal]:
    """The least that the call's own rules leave to each territory, in euros."""
    return {
        code: amount
        for rule in call.book().all_of(Portfolio)
        if rule.side == "at_least" and rule.by.name == TERRITORY and rule.limits.unit is Unit.EUROS_BY
        for code, amount in (rule.given or {}).items()
    }
