"""The grid is filled; delegations and directorates of the authority give their examination."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import IntegrityError, transaction

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision, DomainError
from avenant.domain.french import enumerate_in_words
from avenant.domain.funding import grid
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import record
from avenant.foundations.parties.actors import Actor
from avenant.funding.reviews import policies
from avenant.funding.reviews.models import Examination, Instruction, Mark
from avenant.funding.reviews.selectors import instructions as selectors
from avenant.funding.reviews.services.opening import examining, settle

Said = Mapping[str, tuple[grid.Value, str]]


def grid_mark(marks: Iterable[Mark]) -> str:
    """What a form carries to say which grid it was opened on: the last time it was written."""
    return max((one.at.isoformat() for one in marks), default="")


def _refuse_stale(instruction: Instruction, said: Said, seen: str) -> None:
    stored = list(Mark.objects.filter(instruction=instruction).select_related("person"))
    if seen == grid_mark(stored):
        return
    last = max(stored, key=lambda one: one.at)
    others = [
        f"{one.get_criterion_display()}, {one.get_value_display()}"
        for one in stored
        if one.criterion in said and (grid.Value(one.value), one.reason) != said[one.criterion]
    ]
    if others:
        who = last.person.name if last.person else "Quelqu’un"
        raise DomainError(
            f"{who} a enregistré cette grille depuis que vous l’avez ouverte : {enumerate_in_words(others)}. Vos réponses "
            "restent à l’écran : relisez-les, puis enregistrez de nouveau.",
            code="stale",
        )


@transaction.atomic
def mark_criteria(
    *, actor: Actor, dossier_id: uuid.UUID, said: Said, at: datetime, seen: str | None = None
) -> Instruction:
    """Say what each criterion is worth: value, and a reason for less than met (priorities are yes or no).

    The gates are not marked: the rules say them. Amounts follow (respect of the former contracts is a fact of the rules).
    ``seen`` is the :func:`grid_mark` that the form was opened on: what somebody else wrote since is not overwritten unread.
    """
    instruction = examining(actor, dossier_id)
    if not said:
        raise DomainError("Appréciez au moins un critère.", code="blank")
    if seen is not None:
        _refuse_stale(instruction, said, seen)
    for code, (value, reason) in said.items():
        criterion = grid.CRITERIA.get(code)
        if criterion is None or criterion.kind is grid.Kind.GATE:
            raise DomainError("Ce critère ne s’apprécie pas : la règle le constate.", code="gate")
        weighed = criterion.kind is not grid.Kind.PRIORITY
        if weighed and value.needs_reason and not reason.strip():
            raise DomainError(
                f"« {criterion.label} », {value.label} : dites pourquoi.", code="reason", basis=criterion.article
            )
        Mark.objects.update_or_create(
            instruction=instruction, criterion=code,
            defaults={"circle_id": instruction.circle_id, "value": value.value, "reason": reason.strip()[:500], "at": at,
                      "person_id": actor.person_id},
        )  # fmt: skip
    record(
        instruction.circle_id, verb="instruction.mark", label="Grille remplie", actor=actor, at=at, page=instruction.page(),
        evidence={code: value.value for code, (value, _) in said.items()}, subject=instruction.pk,
    )  # fmt: skip
    return settle(instruction, at=at)


@transaction.atomic
def ask_examination(
    *, actor: Actor, dossier_id: uuid.UUID, kind: Examination.Kind, name: str, last_day: date, at: datetime
) -> Examination:
    """Ask a departmental delegation or a business directorate of the authority to examine a dossier, by a day (§5.2)."""
    instruction = examining(actor, dossier_id)
    if not name.strip():
        raise DomainError("Nommez la délégation ou la direction.", code="name")
    due = datetime.combine(last_day + timedelta(days=1), time(), ZoneInfo(instruction.call.zone))
    if due <= at:
        raise DomainError("Le dernier jour de l’examen est à venir.", code="past")
    try:
        with transaction.atomic():
            made = Examination.objects.create(
                circle_id=instruction.circle_id, instruction=instruction, kind=kind, name=name.strip()[:120], due_at=due
            )
    except IntegrityError:
        raise DomainError("Cet examen est déjà demandé.", code="twice") from None
    journal.plan(
        instruction.circle_id,
        Due(
            key=f"examination:{made.pk}", label=f"Examiner {instruction.dossier.number}, {made.name}"[:250],
            organisation_id=instruction.owner_id, waiting=actor.organisation, due_at=due, page=instruction.page(),
            basis=policies.INSTRUCTION, role=Role.ARS_EXAMINER, zone=instruction.call.zone,
        ),
    )  # fmt: skip
    return made


@transaction.atomic
def give_examination(
    *, actor: Actor, examination_id: uuid.UUID, verdict: Examination.Verdict, text: str, at: datetime
) -> Examination:
    """Write what a delegation or a directorate says: favourable, reserved or not, with its reason."""
    found = selectors.get_examination(actor, examination_id)
    instruction = examining(actor, found.instruction.dossier_id)
    if found.given_at is not None:
        Decision.no("Cet examen est rendu.").or_raise()
    if verdict != Examination.Verdict.FAVOURABLE and not text.strip():
        raise DomainError("Un examen réservé ou défavorable se motive.", code="reason")
    found.verdict, found.text, found.given_at, found.person_id = verdict, text.strip(), at, actor.person_id
    found.save(update_fields=["verdict", "text", "given_at", "person"])
    journal.close(f"examination:{found.pk}")
    record(
        instruction.circle_id, verb="instruction.examination", label=f"Examen rendu, {found.name}"[:250], actor=actor, at=at,
        evidence={"verdict": found.verdict}, page=instruction.page(), subject=instruction.pk,
    )  # fmt: skip
    return found
