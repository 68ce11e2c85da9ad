"""Opinions: saved, given, opened when the last is in or the round is closed; then the collegial one."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction

from avenant.domain.decision import DomainError
from avenant.domain.french import format_date
from avenant.domain.funding.opinions import Collegial, PointAnswer, check_collegial, check_opinion
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.reviews import policies, tasks
from avenant.funding.reviews.models import CollegialOpinion, Instruction, Interest, Opinion, OpinionAsked
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.services.opening import examining, locked, opinion_key, plan_assignment, plan_opinion

Said = Mapping[str, PointAnswer | None]


def _asked(actor: Actor, dossier_id: uuid.UUID) -> tuple[Instruction, OpinionAsked]:
    """My institution's line of a dossier, if its opinion may be given now."""
    instruction = locked(actor, dossier_id)
    line = next((one for one in selectors.list_opinions(actor, instruction) if one.mine), None)
    interested = selectors.has_interest(actor, instruction)
    policies.may_give(actor, instruction, line, interested=interested).or_raise()
    if line is None:
        raise DomainError("L’avis de votre institution n’est pas attendu.")
    return instruction, line.asked


def opinion_mark(opinion: Opinion | None) -> str:
    """What a form carries to say which opinion it was opened on: the last time it was saved."""
    return opinion.saved_at.isoformat() if opinion else ""


def _refuse_stale(asked: OpinionAsked, said: Said, comment: str, seen: str | None) -> None:
    stored = Opinion.objects.filter(asked=asked).select_related("person").first()
    if seen is None or stored is None or seen == opinion_mark(stored):
        return
    typed = {code: one for code, one in said.items() if one is not None}
    if selectors.answers_of(stored) != typed or stored.comment != comment.strip():
        raise DomainError(
            f"{stored.person.name if stored.person else 'Quelqu’un'} a enregistré l’avis de votre institution depuis que vous "
            "l’avez ouvert. Vos réponses restent à l’écran : relisez-les avec cette personne, puis enregistrez de nouveau.",
            code="stale",
        )


@transaction.atomic
def save_opinion(
    *, actor: Actor, dossier_id: uuid.UUID, said: Said, comment: str, at: datetime, seen: str | None = None
) -> Opinion:
    """Keep what is written so far; nobody else reads it. ``seen`` is the :func:`opinion_mark` that the form was opened on:
    what a colleague wrote since is not overwritten unread."""
    _, asked = _asked(actor, dossier_id)
    _refuse_stale(asked, said, comment, seen)
    return _keep(actor, asked, said, comment, at)


def _keep(actor: Actor, asked: OpinionAsked, said: Said, comment: str, at: datetime) -> Opinion:
    points = {code: [one.answer.value, one.comment.strip()] for code, one in said.items() if one is not None}
    return Opinion.objects.update_or_create(
        asked=asked,
        defaults={"circle_id": asked.circle_id, "private_to_id": actor.organisation_id, "points": points,
                  "comment": comment.strip(), "saved_at": at, "person_id": actor.person_id},
    )[0]  # fmt: skip


@transaction.atomic
def give_opinion(
    *, actor: Actor, dossier_id: uuid.UUID, said: Said, comment: str, at: datetime, seen: str | None = None
) -> Opinion:
    """Give the opinion of my institution: four answers. The others see that it is given; they read it, and I read theirs,
    when the last one is in (a job opens them)."""
    instruction, asked = _asked(actor, dossier_id)
    _refuse_stale(asked, said, comment, seen)
    check_opinion(said)
    opinion = _keep(actor, asked, said, comment, at)
    asked.given_at = at
    asked.save(update_fields=["given_at"])
    journal.close(opinion_key(asked.pk))
    record(
        instruction.circle_id, verb="opinion.give", label=f"Avis rendu par {actor.organisation}", actor=actor, at=at,
        page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    if not OpinionAsked.objects.filter(instruction=instruction, given_at=None).exists():
        _open(instruction, at)
    return opinion


@transaction.atomic
def take_opinion_back(*, actor: Actor, dossier_id: uuid.UUID, reason: str, at: datetime) -> OpinionAsked:
    """Take my institution's opinion back before all are in: what it said stays written, and its opinion is due again."""
    instruction = locked(actor, dossier_id)
    line = next((one for one in selectors.list_opinions(actor, instruction) if one.mine), None)
    interested = selectors.has_interest(actor, instruction)
    policies.may_take_back(actor, instruction, line, interested=interested).or_raise()
    if line is None:
        raise DomainError("L’avis de votre institution n’est pas attendu.")
    if not reason.strip():
        raise DomainError("Dites pourquoi l’avis est repris.", code="reason")
    line.asked.given_at = None
    line.asked.save(update_fields=["given_at"])
    plan_opinion(instruction, line.asked, line.asked.organisation)
    record(
        instruction.circle_id, verb="opinion.take_back", label=f"Avis repris par {actor.organisation}", actor=actor,
        at=at, reason=reason.strip(), page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    return line.asked


@transaction.atomic
def close_round(*, actor: Actor, dossier_id: uuid.UUID, reason: str, at: datetime) -> Instruction:
    """End the round without the opinions that did not come, with the reason; those given are opened."""
    instruction = locked(actor, dossier_id)
    policies.may_close_round(actor, instruction).or_raise()
    if not reason.strip():
        raise DomainError("Dites pourquoi le recueil des avis est clos sans les attendre tous.", code="reason")
    silent = OpinionAsked.objects.filter(instruction=instruction, given_at=None)
    journal.drop(*(opinion_key(one) for one in silent.values_list("pk", flat=True)))
    record(
        instruction.circle_id, verb="opinion.close", label="Recueil des avis clos", actor=actor, at=at, reason=reason.strip(),
        page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    _open(instruction, at)
    return instruction


def _open(instruction: Instruction, at: datetime) -> None:
    instruction.opinions_opened_at = at
    instruction.save(update_fields=["opinions_opened_at"])
    tasks.open_opinions.defer(instruction_id=str(instruction.pk))


def open_opinions_for_system(*, instruction_id: uuid.UUID) -> int:
    """Show the opinions that were given to the whole circle. The platform's job: no institution may open another's row."""
    given = Opinion.objects.filter(
        asked__instruction_id=instruction_id, asked__instruction__opinions_opened_at__isnull=False,
        asked__given_at__isnull=False,
    )  # fmt: skip
    return given.exclude(private_to=None).update(private_to=None)


@transaction.atomic
def move_opinions_due(*, actor: Actor, dossier_id: uuid.UUID, last_day: date, at: datetime) -> Instruction:
    """Give another last day for the opinions; the reminders follow it."""
    instruction = examining(actor, dossier_id)
    if instruction.opinions_opened_at:
        raise DomainError("Les avis sont ouverts : il n’y a plus rien à attendre.", code="open")
    zone = ZoneInfo(instruction.call.zone)
    due = datetime.combine(last_day + timedelta(days=1), time(), zone)
    if due <= at:
        raise DomainError("Le dernier jour des avis est à venir.", code="past")
    instruction.opinions_due_at = due
    instruction.save(update_fields=["opinions_due_at"])
    for one in OpinionAsked.objects.filter(instruction=instruction, given_at=None).select_related("organisation"):
        plan_opinion(instruction, one, one.organisation)
    record(
        instruction.circle_id, verb="opinion.due", label=f"Avis attendus jusqu’au {format_date(last_day)}", actor=actor,
        at=at, page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    return instruction


@transaction.atomic
def record_collegial(
    *, actor: Actor, dossier_id: uuid.UUID, value: Collegial, comment: str, held_on: date,
    present: Mapping[uuid.UUID, str], at: datetime,
) -> CollegialOpinion:  # fmt: skip
    """Keep the one opinion of the concertation committee: value, reserve, representatives of each party by capacity.

    An adjourned opinion may be replaced; another one is said once.
    """
    instruction = locked(actor, dossier_id)
    interested = selectors.has_interest(actor, instruction)
    policies.may_record_collegial(actor, instruction, interested=interested).or_raise()
    existing = CollegialOpinion.objects.filter(instruction=instruction).first()
    if existing is not None and existing.value != Collegial.ADJOURNED:
        raise DomainError("L’avis collégial de ce dossier est enregistré.", code="done")
    if held_on > at.astimezone(ZoneInfo(instruction.call.zone)).date():
        raise DomainError("Le comité s’est tenu à une date passée.", code="future")
    asked = OpinionAsked.objects.filter(instruction=instruction).select_related("organisation")
    parties = {str(one.organisation_id): one.organisation.short_name for one in asked}
    there = {str(key): who.strip()[:120] for key, who in present.items() if who.strip() and str(key) in parties}
    check_collegial(value, comment, parties=parties, present=there)
    made, _ = CollegialOpinion.objects.update_or_create(
        instruction=instruction,
        defaults={"circle_id": instruction.circle_id, "value": value.value, "comment": comment.strip(),
                  "held_on": held_on, "present": there, "recorded_at": at, "person_id": actor.person_id},
    )  # fmt: skip
    record(
        instruction.circle_id, verb="opinion.collegial", label="Avis collégial enregistré", actor=actor, at=at,
        evidence={"present": there, "on": held_on.isoformat(), "value": value.value}, page=instruction.page(),
        subject=instruction.pk,
    )  # fmt: skip
    return made


@transaction.atomic
def declare_interest(*, actor: Actor, dossier_id: uuid.UUID, reason: str, at: datetime) -> Interest:
    """Declare that I have an interest in a dossier: its opinions, grid, checks and exchanges close to me, and I examine it
    no more."""
    instruction = locked(actor, dossier_id)
    if not reason.strip():
        raise DomainError("Dites le lien : il est lu par les institutions.", code="reason")
    made, fresh = Interest.objects.get_or_create(
        instruction=instruction, person_id=actor.person_id, lifted_at=None,
        defaults={"circle_id": instruction.circle_id, "organisation_id": actor.organisation_id,
                  "reason": reason.strip()[:300], "at": at},
    )  # fmt: skip
    if fresh:
        if instruction.examiner_id == actor.person_id:
            instruction.examiner = None
            instruction.save(update_fields=["examiner"])
            plan_assignment(instruction, at)
        record(
            instruction.circle_id, verb="instruction.interest", label=f"Lien d’intérêt déclaré, {actor.organisation}",
            actor=actor, at=at, reason=reason.strip(), page=instruction.page(), subject=instruction.pk,
        )  # fmt: skip
    return made


@transaction.atomic
def lift_interest(
    *, actor: Actor, dossier_id: uuid.UUID, interest_id: uuid.UUID, reason: str, at: datetime
) -> Interest:
    """Lift an interest that no longer is, or was declared by mistake: never by the person who declared it."""
    instruction = locked(actor, dossier_id)
    policies.may_lift_interests(actor, instruction).or_raise()
    row = Interest.objects.filter(instruction=instruction, pk=interest_id, lifted_at=None).first()
    if row is None:
        raise DomainError("Ce lien d’intérêt n’est pas en cours dans ce dossier.", code="unknown")
    if row.person_id == actor.person_id:
        raise DomainError("Votre lien d’intérêt est levé par une autre personne que vous.", code="own")
    if not reason.strip():
        raise DomainError("Dites pourquoi le lien d’intérêt est levé.", code="reason")
    row.lifted_at, row.lifted_reason, row.lifted_by_id = at, reason.strip()[:300], actor.person_id
    row.save(update_fields=["lifted_at", "lifted_reason", "lifted_by"])
    record(
        instruction.circle_id, verb="instruction.lift_interest", label=f"Lien d’intérêt levé, {row.organisation}",
        actor=actor, at=at, reason=row.lifted_reason, page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    return row
