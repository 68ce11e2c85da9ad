"""The aids that the funders of a region declare to each other, expense by expense."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.shortcuts import get_object_or_404
from django.urls import reverse

from avenant.domain.audiences import INSTITUTIONS, Role
from avenant.domain.decision import DomainError
from avenant.domain.lifecycles import EXAMINERS
from avenant.foundations.journal.models import Event
from avenant.foundations.journal.states import record
from avenant.foundations.messages.selectors import list_people
from avenant.foundations.messages.services import Message, notify
from avenant.foundations.parties.actors import Actor
from avenant.foundations.parties.models import Circle, Establishment, Organisation, Territory
from avenant.foundations.parties.services import open_circle
from avenant.funding.grants.selectors import list_schemes
from avenant.funding.reviews import policies, tasks
from avenant.funding.reviews.models import DoubleVerdict, Instruction, Interest, PartnerAid
from avenant.funding.reviews.selectors.checks import get_aid
from avenant.funding.reviews.selectors.instructions import CHANGED
from avenant.funding.reviews.selectors.outdated import AID, aid_words, what_changed
from avenant.funding.reviews.services.opening import settle

_SPACE = uuid.UUID("6f1d0a52-6c61-5b0c-9d0b-2f5d8a6f0a11")


@dataclass(frozen=True, slots=True, kw_only=True)
class AidSaid:
    """An aid as a funder declares it, of a scheme of the catalogue or of a source in words. ``cost`` is the whole cost of
    the expense, when it is known; ``page`` is where the funder keeps the aid."""

    scheme_id: uuid.UUID | None
    establishment: Establishment
    label: str
    amount: Decimal
    on: date
    cost: Decimal | None = None
    until: date | None = None
    invoice: str = ""
    supplier: str = ""
    source: str = ""
    page: str = ""


def funders_circle(actor: Actor) -> uuid.UUID:
    """The circle of the health agency, the fund and the labour directorate of the actor's region, opened when first
    needed. Its identifier follows from the territory: two people at once cannot open two."""
    circle = uuid.uuid5(_SPACE, f"funders:{actor.territory}")
    if not Circle.objects.filter(pk=circle).exists():
        kinds = [one.value for one in INSTITUTIONS]
        members = Organisation.objects.filter(territory_id=actor.territory, kind__in=kinds)
        place = Territory.objects.get(pk=actor.territory)
        open_circle(
            kind="funders",
            title=f"Financeurs, {place}",
            members={one.pk: one.kind for one in members},
            circle_id=circle,
        )
    return circle


@transaction.atomic
def declare_aid(*, actor: Actor, said: AidSaid, at: datetime) -> PartnerAid:
    """Tell the other funders of an aid that my institution gave to an establishment, for one expense."""
    policies.may_declare_aids(actor).or_raise()
    return keep_aid(actor=actor, said=said, at=at)


def keep_aid(*, actor: Actor, said: AidSaid, at: datetime, key: uuid.UUID | None = None) -> PartnerAid:
    """Write an aid among those that the funders compare; whoever calls it has checked that the actor may. ``key`` is the
    identifier that was chosen for it."""
    values = _compared(actor, said)
    same = PartnerAid.objects.filter(owner_id=actor.organisation_id, establishment=said.establishment, ended_at=None)
    if same.filter(**{name: values[name] for name in ("label", "amount", "on", "invoice")}).exists():
        raise DomainError("Cette aide est déjà déclarée.", code="twice")
    return PartnerAid.objects.create(
        pk=key or uuid.uuid4(), circle_id=funders_circle(actor), owner_id=actor.organisation_id,
        establishment=said.establishment, page=said.page, recorded_at=at, **values,
    )  # fmt: skip


def _compared(actor: Actor, said: AidSaid) -> dict[str, Any]:
    """What the checks compare of an aid, as it is kept. Raises DomainError on what cannot be."""
    scheme = get_object_or_404(list_schemes(actor), pk=said.scheme_id) if said.scheme_id else None
    if said.amount <= 0:
        raise DomainError("Une aide est un montant positif.", code="amount")
    if said.cost is not None and said.cost < said.amount:
        raise DomainError("L’aide ne dépasse pas le coût de la dépense.", code="cost")
    if said.until is not None and said.until < said.on:
        raise DomainError("L’action finit après la date de l’aide, ou le même jour.", code="until")
    return {
        "scheme": scheme, "source": said.source[:120], "label": said.label.strip()[:200], "amount": said.amount,
        "cost": said.cost, "on": said.on, "until": said.until, "invoice": said.invoice.strip()[:60],
        "supplier": said.supplier.strip()[:120],
    }  # fmt: skip


def says_otherwise(*, actor: Actor, aid: PartnerAid, said: AidSaid) -> bool:
    """Would an aid be compared otherwise, said so."""
    return any(getattr(aid, name) != value for name, value in _compared(actor, said).items())


@transaction.atomic
def correct_aid(*, actor: Actor, aid_id: uuid.UUID, said: AidSaid, reason: str, at: datetime) -> PartnerAid:
    """Say an aid otherwise, with the reason. What was said before is kept with its day; who judged it is asked again."""
    aid = _changing(actor, aid_id)
    made = replace_aid(actor=actor, aid=aid, said=said, reason=reason, at=at)
    _note(actor, aid, f"Aide corrigée : {aid_words(made)}", {"before": aid_words(aid)}, at)
    return made


@transaction.atomic
def withdraw_aid(*, actor: Actor, aid_id: uuid.UUID, reason: str, at: datetime) -> PartnerAid:
    """Say that an aid is none, with the reason: it funds nothing any more, and who judged it is asked again."""
    aid = _changing(actor, aid_id)
    end_aid(actor=actor, aid=aid, reason=reason, at=at)
    _note(actor, aid, f"Aide retirée : {aid_words(aid)}", {}, at)
    return aid


def _changing(actor: Actor, aid_id: uuid.UUID) -> PartnerAid:
    """An aid, locked, if the actor may change it. Raises DomainError when somebody did since its page was opened."""
    found = get_aid(actor, aid_id)
    PartnerAid.objects.select_for_update(of=("self",)).get(pk=found.pk)
    aid = get_aid(actor, aid_id)
    if aid.owner_id == actor.organisation_id and aid.ended_at is not None:
        raise DomainError(f"Cette aide a changé depuis que vous avez ouvert la page. {what_changed(aid)}", code="stale")
    policies.may_change_aid(actor, aid).or_raise()
    return aid


def replace_aid(*, actor: Actor, aid: PartnerAid, said: AidSaid, reason: str, at: datetime) -> PartnerAid:
    """End an aid by what corrects it; whoever calls it has locked it, and checked that the actor may. An aid stays to its
    establishment: told of the wrong one, it is withdrawn, then told of the right one."""
    if said.establishment.pk != aid.establishment_id:
        raise DomainError(
            "Une aide reste à son établissement : retirez-la, puis déclarez-la pour l’autre.", code="establishment"
        )
    if not says_otherwise(actor=actor, aid=aid, said=said):
        raise DomainError("Rien ne change dans cette aide.", code="same")
    key = uuid.uuid4()
    _end(actor, aid, reason, at, next_id=key)
    return keep_aid(actor=actor, said=said, at=at, key=key)


def end_aid(*, actor: Actor, aid: PartnerAid, reason: str, at: datetime) -> None:
    """End an aid that nothing corrects; whoever calls it has locked it, and checked that the actor may."""
    _end(actor, aid, reason, at, next_id=None)


def _end(actor: Actor, aid: PartnerAid, reason: str, at: datetime, *, next_id: uuid.UUID | None) -> None:
    if not reason.strip():
        raise DomainError("Dites pourquoi : les institutions qui ont regardé cette aide le liront.", code="reason")
    aid.next_id, aid.ended_at, aid.ended_reason, aid.ended_by_id = next_id, at, reason.strip()[:300], actor.person_id
    aid.save(update_fields=["next", "ended_at", "ended_reason", "ended_by"])
    tasks.tell_changed_aid.defer(aid_id=str(aid.pk))


def _note(actor: Actor, aid: PartnerAid, label: str, evidence: dict[str, str], at: datetime) -> None:
    record(
        aid.circle_id, verb="aid.change", label=label, actor=actor, at=at, reason=aid.ended_reason, evidence=evidence,
        page=aid.story(), subject=aid.pk,
    )  # fmt: skip


def tell_changed_aid_for_system(*, aid_id: uuid.UUID, at: datetime) -> int:
    """Bring each instruction that judged an aid, which its funder has corrected or withdrawn since, to what counts now, and
    tell who is to look again; how many. The platform's job: the funder need not see these instructions. Run twice, it
    tells once.

    What is concluded or decided stays as it is: its officer is told.
    """
    aid = PartnerAid.objects.select_related("owner__territory", "scheme").get(pk=aid_id)
    judged = DoubleVerdict.objects.filter(other=f"{AID}{aid.pk}").exclude(instruction__dossier__state="withdrawn")
    rows = Instruction.objects.select_for_update(of=("self",)).filter(pk__in=judged.values("instruction"))
    told = Event.objects.filter(verb=CHANGED, subject__in=rows.values("pk"), evidence__aid=str(aid.pk))
    waiting = rows.exclude(pk__in=set(told.values_list("subject", flat=True))).order_by("pk")
    found = list(waiting.select_related("dossier__call", "dossier__establishment", "call", "owner"))
    for instruction in found:
        _ask_again(instruction, aid, set(judged.filter(instruction=instruction).values_list("person", flat=True)), at)
    return len(found)


def _ask_again(instruction: Instruction, aid: PartnerAid, authors: set[uuid.UUID | None], at: datetime) -> None:
    concluded = instruction.state == "examined"
    if not concluded:
        settle(instruction, at=at)
    word = "retirée" if aid.withdrawn else "corrigée"
    page = reverse("reviews:checks", args=[instruction.dossier_id])
    record(
        instruction.circle_id, verb=CHANGED, label=f"Aide {word} depuis un contrôle, {aid.owner.short_name}", actor=None,
        at=at, reason=aid.ended_reason, evidence={"aid": str(aid.pk), "concluded": concluded}, page=instruction.page(),
        subject=instruction.pk,
    )  # fmt: skip
    owner, day = instruction.owner_id, at.date()
    officers = list_people(owner, on=day, roles=[Role.ARS_CALL_OFFICER])
    people = list_people(owner, on=day, roles=EXAMINERS) & {*authors, instruction.examiner_id}
    if concluded or not people:
        people |= officers
    interested = Interest.objects.filter(instruction=instruction, lifted_at=None).values_list("person", flat=True)
    consequence = (
        "Ce qui a été conclu ou décidé ne change pas ; rouvrez l’instruction s’il le faut."
        if concluded
        else "L’instruction ne se conclut pas avant votre réponse ; les montants sont recalculés."
    )
    notify(
        instruction.circle_id, owner, people - set(interested),
        Message(
            key=f"aid:{aid.pk}:changed:{instruction.pk}", title=f"À regarder de nouveau : {instruction.dossier}",
            body=f"{aid_words(aid)}. {what_changed(aid)}", act="Ouvrir les contrôles", page=page,
            consequence=consequence, waiting=aid.owner.short_name, basis="§3.2, 5°",
        ), at=at,
    )  # fmt: skip
