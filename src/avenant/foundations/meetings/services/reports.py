"""The yearly report of a committee: written together, adopted, frozen with its PDF."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.foundations.journal.states import advance, record
from avenant.foundations.meetings import policies, selectors, tasks
from avenant.foundations.meetings.models import Report
from avenant.foundations.meetings.printing import FICTIONAL
from avenant.foundations.meetings.services.minutes import refuse_stale
from avenant.foundations.parties.actors import Actor


@dataclass(frozen=True, slots=True)
class ReportText:
    """The three parts (convention, article 8). ``no_difficulty`` says that there were none."""

    gains: str = ""
    difficulties: str = ""
    no_difficulty: bool = False
    prospects: str = ""

    @property
    def whole(self) -> str:
        """One text of all of them, to know whether somebody else wrote in between."""
        none = "néant" if self.no_difficulty else ""
        return "\x1f".join((self.gains, self.difficulties, none, self.prospects))


def text_of(report: Report) -> ReportText:
    """The report as it is stored."""
    return ReportText(report.gains, report.difficulties, report.no_difficulty, report.prospects)


@transaction.atomic
def open_report(*, actor: Actor, committee_id: uuid.UUID, year: int, at: datetime) -> Report:
    """Start the report of a year, or find the one that was started."""
    committee = selectors.get_committee(actor, committee_id, lock=True)
    policies.may_follow(actor, committee).or_raise()
    if year > at.astimezone(committee.clock).year:
        raise DomainError(f"L’année {year} n’a pas commencé : son bilan ne s’écrit pas encore.")
    report, made = Report.objects.get_or_create(
        committee=committee,
        year=year,
        defaults={"circle_id": committee.circle_id, "state": Report.lifecycle.start, "state_since": at},
    )
    if made:
        record(
            report.circle_id,
            verb="report.opened",
            label=f"Bilan annuel {year} ouvert : {committee}",
            actor=actor,
            at=at,
            page=report.page(),
            subject=report.pk,
        )
    return report


@transaction.atomic
def write_report(
    *, actor: Actor, report_id: uuid.UUID, text: ReportText, at: datetime, seen: str | None = None
) -> Report:
    """Write the three parts; raises StaleText when somebody else wrote since the form was opened."""
    report = selectors.get_report(actor, report_id, lock=True)
    policies.may_write_report(actor, report).or_raise()
    clean = ReportText(
        text.gains.replace("\r\n", "\n").strip(),
        text.difficulties.replace("\r\n", "\n").strip(),
        text.no_difficulty,
        text.prospects.replace("\r\n", "\n").strip(),
    )
    who = report.saved_by.name if report.saved_by else "Une autre personne"
    refuse_stale(stored=text_of(report).whole, typed=clean.whole, seen=seen, who=who)
    report.gains, report.difficulties, report.prospects = clean.gains, clean.difficulties, clean.prospects
    report.no_difficulty, report.saved_at, report.saved_by_id = clean.no_difficulty, at, actor.person_id
    report.version += 1
    report.save()
    return report


@transaction.atomic
def adopt_report(
    *, actor: Actor, report_id: uuid.UUID, at: datetime, annexed: Sequence[Mapping[str, str]] = ()
) -> Report:
    """Adopt: the content is frozen, and a job makes its PDF from it and nothing else.

    ``annexed`` are sections (title, text) that the file brings by itself, after the three of the committee.
    """
    report = selectors.get_report(actor, report_id, lock=True)
    policies.may_adopt_report(actor, report).or_raise()
    committee = report.committee
    report.content = {
        "title": f"Bilan annuel {report.year}",
        "committee": committee.name,
        "file": committee.file_title,
        "members": [one.name for one in selectors.list_members(committee)],
        "state": f"adopté le {format_date(at.astimezone(committee.clock))}",
        "basis": committee.basis,
        "mention": FICTIONAL if committee.fictional else None,
        "sections": [
            {"title": "Acquis de la coopération", "text": report.gains},
            {"title": "Difficultés éventuelles", "text": report.difficulties or "Néant."},
            {"title": "Perspectives de développement", "text": report.prospects},
            *annexed,
        ],
    }
    report.save(update_fields=["content"])
    advance(report, "adopt", actor=actor, at=at, label=f"Bilan annuel {report.year} adopté : {committee}")
    tasks.typeset_committee_report.defer(report_id=str(report.pk))
    return report


@transaction.atomic
def reopen_report(*, actor: Actor, report_id: uuid.UUID, reason: str, at: datetime) -> Report:
    """Reopen by a decision that says why; the former PDF stays among the documents."""
    report = selectors.get_report(actor, report_id, lock=True)
    policies.may_follow(actor, report.committee).or_raise()
    advance(report, "reopen", actor=actor, at=at, reason=reason, label=f"Bilan annuel {report.year} rouvert")
    report.sha256 = ""
    report.save(update_fields=["sha256"])
    return report
