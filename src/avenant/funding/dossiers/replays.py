"""The rules of a call computed again on a dossier as it was handed in, under the version in force on a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.domain.rules.evaluation import evaluate
from avenant.domain.rules.facts import Facts
from avenant.domain.rules.findings import Evaluation
from avenant.domain.rules.reading import read
from avenant.funding.calls.models import CallVersion, kept_rulebook
from avenant.funding.dossiers.models import Submission
from avenant.rulebooks.check import findings_data


@dataclass(frozen=True, slots=True)
class Change:
    """A finding that is not the one of the deposit; empty where there is none."""

    subject: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Replay:
    """What the rules say of a deposit under a version of its call, beside what they said that day."""

    version: CallVersion
    evaluation: Evaluation
    kept_grant: Decimal | None
    changes: tuple[Change, ...]

    @property
    def same(self) -> bool:
        return not self.changes and self.evaluation.grant == self.kept_grant


def replay(submission: Submission, *, day: date) -> Replay:
    """Evaluate again the facts kept at the deposit, under the version of the call in force at the end of ``day`` in the
    call's zone; on the day of the deposit, at its instant. Nothing is written. Raises DomainError before the publication."""
    zone = ZoneInfo(submission.zone)
    versions = CallVersion.objects.filter(call_id=submission.dossier.call_id).order_by("-number")
    if day == submission.at.astimezone(zone).date():
        version = versions.filter(number=submission.call_version).first()
    else:
        version = versions.filter(at__lt=datetime.combine(day + timedelta(days=1), time(), zone)).first()
    if version is None:
        raise DomainError(f"L’appel n’était pas publié le {format_date(day)}.", code="not_published")
    rules = version.content["rulebook"]
    told = evaluate(kept_rulebook(rules["digest"], rules["rules"]), read(Facts, submission.facts))
    kept = submission.findings
    grant = Decimal(kept["grant"]) if kept["grant"] is not None else None
    return Replay(version, told, grant, tuple(_changes(kept, findings_data(told))))


def _changes(kept: Mapping[str, Any], told: Mapping[str, Any]) -> list[Change]:
    before = {(one["rule"], one["subject"]): one["sentence"] for one in kept["findings"]}
    after = {(one["rule"], one["subject"]): one["sentence"] for one in told["findings"]}
    return [
        Change(key[1], before.get(key, ""), after.get(key, ""))
        for key in dict.fromkeys((*before, *after))
        if before.get(key) != after.get(key)
    ]
