"""What is due around a committee, and to whom it is told."""

from __future__ import annotations

import uuid
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from avenant.domain.audiences import OrganisationKind, Role
from avenant.domain.lifecycles import SEATED
from avenant.foundations.journal import services as journal
from avenant.foundations.meetings.models import Committee, CommitteeDecision, Session
from avenant.foundations.meetings.selectors import list_members
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Organisation

CONVENED_BEFORE = timedelta(days=21)
MINUTES_AFTER = timedelta(days=15)
APPROVED_AFTER = timedelta(days=15)
"""Terms of the platform: the texts give none, and each act may be done later."""

PLATFORM_TERM = "Délai proposé par la plateforme : le texte n’en fixe pas"
OWNERS = {
    OrganisationKind.SERVICE: Role.SERVICE_MANAGER,
    OrganisationKind.FUND: Role.FUND_CORRESPONDENT,
    OrganisationKind.LABOUR: Role.LABOUR_LEAD,
    OrganisationKind.ARS: Role.ARS_DECISION_MAKER,
    OrganisationKind.ESTABLISHMENT: Role.DIRECTOR,
}


def end_of_day(day: date, zone: str) -> datetime:
    """The excluded midnight that ends ``day`` on the clocks of ``zone``."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone))


def role_of(organisation: Organisation) -> Role | None:
    return OWNERS.get(OrganisationKind(organisation.kind))


def key_of(session: Session, what: str) -> str:
    return f"session:{session.pk}:{what}"


def plan_convening(session: Session) -> None:
    """The secretariat convenes three weeks before the day, or before the month while there is no day."""
    committee = session.committee
    day = session.day or date(session.year, session.month or 12, 1)
    journal.plan(
        session.circle_id,
        journal.Due(
            key=key_of(session, "convene"),
            label=f"Convoquer : {session} ({session.when})",
            organisation_id=committee.secretariat_id,
            role=role_of(committee.secretariat),
            waiting="les membres du comité",
            due_at=end_of_day(day - CONVENED_BEFORE, committee.zone),
            zone=committee.zone,
            page=session.page(),
            basis=committee.basis,
            consequence="Les membres n’ont ni convocation ni ordre du jour.",
        ),
    )


def plan_minutes(session: Session, at: datetime) -> None:
    """The secretariat shares the minutes fifteen days after the session."""
    committee = session.committee
    journal.plan(
        session.circle_id,
        journal.Due(
            key=key_of(session, "minutes"),
            label=f"Rédiger et soumettre le compte rendu : {session}",
            organisation_id=committee.secretariat_id,
            role=role_of(committee.secretariat),
            waiting="les membres du comité",
            due_at=end_of_day(at.astimezone(committee.clock).date() + MINUTES_AFTER, committee.zone),
            zone=committee.zone,
            page=session.page(),
            basis=PLATFORM_TERM,
            consequence="Les décisions restent sans trace partagée.",
        ),
    )


def plan_approvals(session: Session, at: datetime) -> None:
    """Each other member approves the minutes, or says what to correct."""
    for member in list_members(session.committee):
        if member.pk != session.committee.secretariat_id:
            plan_approval(session, member, at)


def plan_approval(session: Session, member: Organisation, at: datetime) -> None:
    """One member approves the minutes, or says what to correct."""
    committee = session.committee
    journal.plan(
        session.circle_id,
        journal.Due(
            key=key_of(session, f"approve:{member.key}"),
            label=f"Approuver le compte rendu : {session}",
            organisation_id=member.pk,
            role=role_of(member),
            waiting=committee.secretariat.short_name,
            due_at=end_of_day(at.astimezone(committee.clock).date() + APPROVED_AFTER, committee.zone),
            zone=committee.zone,
            page=session.page(),
            basis=PLATFORM_TERM,
            consequence="Le compte rendu reste à l’état de projet.",
        ),
    )


def drop_approvals(session: Session) -> None:
    journal.drop(*(key_of(session, f"approve:{one.key}") for one in list_members(session.committee)))


def plan_decision(decision: CommitteeDecision) -> None:
    """A decision is due from its owner while it is to be done and has a date."""
    key = f"decision:{decision.pk}"
    if decision.progress == CommitteeDecision.Progress.DONE:
        journal.close(key)
    elif decision.progress == CommitteeDecision.Progress.ABANDONED or decision.due_on is None:
        journal.drop(key)
    else:
        session = decision.session
        journal.plan(
            decision.circle_id,
            journal.Due(
                key=key,
                label=f"{decision.get_kind_display().capitalize()} du comité : {decision.text}",
                organisation_id=decision.owner_id,
                role=role_of(decision.owner),
                waiting="le comité",
                due_at=end_of_day(decision.due_on, session.committee.zone),
                zone=session.committee.zone,
                page=session.page(),
                basis=session.committee.basis,
                consequence="Elle reviendra sans suite à la prochaine séance.",
            ),
        )


def tell_members(session: Session, message: Message, *, actor: Actor | None, at: datetime) -> None:
    """Write to the people in charge in every member organisation."""
    for member in list_members(session.committee):
        notify_organisation(session.circle_id, member.pk, message, at=at, roles=SEATED, but=actor)


def plan_year_key(committee_id: uuid.UUID, year: int) -> str:
    return f"committee:{committee_id}:plan:{year}"


def plan_year(committee: Committee, year: int) -> None:
    """The secretariat plans the sessions of a year that has none."""
    window = committee.rule.window
    day = window.period(year).start if window else date(year, 1, 31)
    journal.plan(
        committee.circle_id,
        journal.Due(
            key=plan_year_key(committee.pk, year),
            label=f"Planifier les séances de {year} : {committee}",
            organisation_id=committee.secretariat_id,
            role=role_of(committee.secretariat),
            waiting="les membres du comité",
            due_at=end_of_day(day, committee.zone),
            zone=committee.zone,
            page=committee.page(),
            basis=committee.basis,
            consequence="La planification annuelle manque.",
        ),
    )
