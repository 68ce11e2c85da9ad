"""What the world holds of an aid that is followed: a report handed in, another expected, a recovery, a visit, a review."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from avenant.domain.audiences import Role
from avenant.foundations.documents.services import keep
from avenant.foundations.parties.actors import Actor, acting_as
from avenant.foundations.parties.directory import DirectoryLine, load_directory
from avenant.foundations.parties.models import Organisation
from avenant.funding.calls.models import PublishedCall
from avenant.funding.dossiers.services import judging
from avenant.funding.grants.models import Agreement, Grant, GrantedAction, Instalment
from avenant.funding.reports.models import (
    Recovery,
    RecoveryEntry,
    RecoveryLetter,
    ReportEvidence,
    Settlement,
    VisitFollowUp,
)
from avenant.funding.reports.services import evaluating, reviewing, visiting
from tests.support.cast import actor
from tests.support.funding import TOO_LATE, FundingCast, fill, hand_in, join, open_for
from tests.support.granting import grant_it, open_agreement, sign
from tests.support.reports import MARCH_2025, PDF, bill, declare, follow, pay, report_of, send, tell
from tests.support.roles import as_system

VISITED = date(2025, 5, 14)
JULY = datetime(2026, 7, 1, 13, tzinfo=UTC)


def _director() -> Actor:
    with as_system():
        load_directory(
            [
                DirectoryLine("EHPAD du Suivi (fictif)", finess_et="99B000003", territory="971", commune="Le Moule",
                              headcount=80, regime="general")
            ]
        )  # fmt: skip
        organisation = Organisation.objects.create(
            key="ehpad-suivi", kind="establishment", name="EHPAD du Suivi (fictif)", short_name="EHPAD du Suivi (fictif)",
            territory_id="R01", fictional=True,
        )  # fmt: skip
        return actor(organisation, "Direction de l’EHPAD", Role.DIRECTOR)


def follow_an_aid(cast: FundingCast, call: PublishedCall) -> dict[str, Any]:
    """A row of each table of the follow-up, and what the addresses of its pages name."""
    director = _director()
    dossier = open_for(director, call, "99B000003")
    fill(director, dossier)
    join(director, dossier, "lettre_duerp")
    hand_in(director, dossier)
    with acting_as(cast.officer):
        judging.judge_completeness(actor=cast.officer, dossier_id=dossier.pk, at=TOO_LATE)
    grant = grant_it(cast, dossier)
    sign(cast.officer, open_agreement(cast, grant))
    pay(cast, grant, 1, date(2024, 2, 21))
    follow(grant)
    return _report(cast, director, grant) | _visit(cast, director, grant, call) | _recover(cast, director, grant)


def _report(cast: FundingCast, director: Actor, grant: Grant) -> dict[str, Any]:
    report = report_of(director, grant, 2024)
    invoice = declare(director, report, bill())
    credit = bill(invoice="A-1", credits=invoice.pk, excl_tax=Decimal(-100), incl_tax=Decimal("-108.50"))
    declare(director, report, credit)
    tell(director, report, "900.00")
    send(director, report)
    with acting_as(cast.officer):
        reviewing.judge_expense(actor=cast.officer, expense_id=invoice.pk, accepted=True, reason="", at=MARCH_2025)
        return {
            "grant_id": grant.pk, "grantreport_id": report.pk, "reportedexpense_id": invoice.pk,
            "reportevidence_id": ReportEvidence.objects.filter(report=report)[0].pk,
            "instalment_id": Instalment.objects.get(grant=grant, number=2).pk,
            "agreement_id": Agreement.objects.filter(grant=grant)[0].pk,
        }  # fmt: skip


def _visit(cast: FundingCast, director: Actor, grant: Grant, call: PublishedCall) -> dict[str, Any]:
    with acting_as(director):
        action = GrantedAction.objects.filter(grant=grant)[0]
        evaluating.tell_news(
            actor=director, grant_id=grant.pk, action_id=action.pk, progress="ongoing", on=date(2025, 3, 1), comment="",
            at=MARCH_2025,
        )  # fmt: skip
    with acting_as(cast.fund):
        visit = visiting.plan_visit(
            actor=cast.fund, grant_id=grant.pk, on=VISITED, purpose="Matériel", participants={}, at=MARCH_2025
        )
        todo = VisitFollowUp.objects.create(
            circle_id=grant.circle_id, visit=visit, what="Former", organisation_id=director.organisation_id,
            due_on=date(2025, 9, 1),
        )  # fmt: skip
        review = visiting.start_joint_review(actor=cast.fund, call=call, title="Bilan conjoint", at=JULY)
        visiting.say_part(actor=cast.fund, review_id=review.pk, dimension="care", text="Positif.", at=JULY)
    return {"visit_id": visit.pk, "visitfollowup_id": todo.pk, "jointreview_id": review.pk}


def _recover(cast: FundingCast, director: Actor, grant: Grant) -> dict[str, Any]:
    zero, asked = Decimal(0), Decimal(8000)
    with acting_as(cast.officer):
        settlement = Settlement.objects.create(
            circle_id=grant.circle_id, grant=grant, number=1, at=JULY, granted=Decimal(40000), compliant=Decimal(20000),
            due=asked, paid=asked * 2, to_pay=zero, recovered=asked, penalty=zero,
            content={"method": "B", "rate": "2/5", "reasons": [], "causes": ["Sous-consommation."]},
        )  # fmt: skip
        recovery = Recovery.objects.create(
            circle_id=grant.circle_id, grant=grant, settlement=settlement, number=f"{grant.number}-R1", amount=asked,
            penalty=zero, causes=["Sous-consommation."], state=Recovery.lifecycle.start, state_since=JULY,
        )  # fmt: skip
        entry = RecoveryEntry.objects.create(
            circle_id=grant.circle_id, recovery=recovery, way="offset", amount=asked, on=JULY.date(), reference="FIR",
            notified=asked,
        )  # fmt: skip
        document = keep(
            circle_id=grant.circle_id, owner_id=cast.officer.organisation_id, name="lettre.pdf", content=PDF,
            kind="recovery-letter", media_type="application/pdf", at=JULY,
        )  # fmt: skip
        RecoveryLetter.objects.create(
            circle_id=grant.circle_id, recovery=recovery, kind="notice", document=document, at=JULY
        )
    return {"recovery_id": recovery.pk, "recoveryentry_id": entry.pk}
