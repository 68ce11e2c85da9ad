"""A recovery is told to the establishment, which answers; then decided, taken on a notification or ordered, settled."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from django.db import connection, transaction
from django.db.models import Sum

from avenant.domain.audiences import Role
from avenant.domain.decision import Decision, DomainError
from avenant.domain.french import format_euros
from avenant.domain.funding.recovery import ANSWER_DAYS, ARTICLE, GIVEN_UP, Way, last_day_to_answer
from avenant.domain.money import ZERO
from avenant.foundations.documents import services as documents
from avenant.foundations.journal import services as journal
from avenant.foundations.journal.services import Due
from avenant.foundations.journal.states import advance, record
from avenant.foundations.messages.services import Message, notify_organisation
from avenant.foundations.parties.actors import Actor
from avenant.funding.grants.models import Grant
from avenant.funding.grants.services import lending
from avenant.funding.reports import letters, policies
from avenant.funding.reports.models import Recovery, RecoveryEntry, RecoveryLetter
from avenant.funding.reports.selectors import recovery as selectors
from avenant.funding.reports.services import unblocking
from avenant.funding.reports.services.following import locked_grant, midnight_after
from avenant.funding.reports.services.settling import notify_key

DAYS_TO_DECIDE = 30
LETTER, ANSWER = "recovery-letter", "recovery-answer"
Kind = RecoveryLetter.Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class EntrySaid:
    """A part that comes back: the day, the reference of the notification or of the order; for an offset, the credits
    notified and, when it is known here, the aid on which it is taken."""

    amount: Decimal
    on: date
    reference: str
    notified: Decimal | None = None
    onto: uuid.UUID | None = None


def answer_key(recovery: Recovery) -> str:
    """The natural key of the answer of the establishment."""
    return f"recovery:{recovery.pk}:answer"


def decide_key(recovery: Recovery) -> str:
    """The natural key of the decision."""
    return f"recovery:{recovery.pk}:decide"


def collect_key(recovery: Recovery) -> str:
    """The natural key of the offset or of the order."""
    return f"recovery:{recovery.pk}:collect"


def _locked(actor: Actor, recovery_id: uuid.UUID) -> Recovery:
    selectors.get_recovery(actor, recovery_id)
    Recovery.objects.select_for_update(of=("self",)).get(pk=recovery_id)
    return selectors.get_recovery(actor, recovery_id)


def _moving(actor: Actor, recovery_id: uuid.UUID, verb: str, at: datetime) -> Recovery:
    recovery = _locked(actor, recovery_id)
    policies.may_move(actor, recovery, verb, today=_today(recovery, at)).or_raise()
    return recovery


def zone_of(recovery: Recovery) -> ZoneInfo:
    """On whose clocks a recovery lives."""
    return ZoneInfo(recovery.grant.follow_up.zone)


def _today(recovery: Recovery, at: datetime) -> date:
    return at.astimezone(zone_of(recovery)).date()


@transaction.atomic
def notify_recovery(*, actor: Actor, recovery_id: uuid.UUID, days: int = ANSWER_DAYS, at: datetime) -> Recovery:
    """Tell the establishment what is asked back and why; it has ``days`` to answer, at least fifteen."""
    recovery = _moving(actor, recovery_id, "notify", at)
    if not 15 <= days <= 90:
        raise DomainError("Le délai de réponse va de 15 à 90 jours.", code="days")
    recovery.answer_by = last_day_to_answer(_today(recovery, at), days)
    recovery.save(update_fields=["answer_by"])
    advance(recovery, "notify", actor=actor, at=at, evidence={"answer_by": recovery.answer_by.isoformat()})
    _write(actor, recovery, Kind.NOTICE, at)
    zone, grant = zone_of(recovery), recovery.grant
    journal.close(notify_key(recovery))
    due_at = midnight_after(recovery.answer_by, zone)
    if grant.beneficiary_id:
        _plan(recovery, answer_key(recovery), "Répondre au projet de récupération", grant.beneficiary_id, due_at,
              Role.DIRECTOR, "l’ARS décide sans vos observations.")  # fmt: skip
        _tell(recovery, "Un projet de récupération vous est notifié", "Lire et répondre", at)
    _plan(recovery, decide_key(recovery), "Décider la récupération", grant.authority_id,
          due_at + timedelta(days=DAYS_TO_DECIDE), Role.ARS_DECISION_MAKER, "les crédits ne reviennent pas.")  # fmt: skip
    return recovery


def _plan(
    recovery: Recovery, key: str, label: str, organisation: uuid.UUID, due_at: datetime, role: Role, consequence: str
) -> None:
    amount = recovery.decided if recovery.decided is not None else recovery.amount
    journal.plan(
        recovery.circle_id,
        Due(
            key=key, label=f"{label}, {format_euros(amount)} ({recovery.number})", organisation_id=organisation,
            waiting=recovery.grant.authority.short_name, due_at=due_at, page=recovery.page(), basis=ARTICLE, role=role,
            zone=str(zone_of(recovery)), consequence=consequence,
        ),
    )  # fmt: skip


def _tell(recovery: Recovery, title: str, act: str, at: datetime) -> None:
    if recovery.grant.beneficiary_id is None:
        return
    notify_organisation(
        recovery.circle_id, recovery.grant.beneficiary_id,
        Message(
            key=f"recovery:{recovery.pk}:{recovery.state}:{at:%Y%m%dT%H%M%S}", title=title, act=act,
            page=recovery.page(), basis=ARTICLE, waiting=recovery.grant.authority.short_name,
            body=" ".join(recovery.causes), consequence="Sans réponse, la décision est prise sur les pièces du dossier.",
        ),
        at=at, roles=[Role.DIRECTOR],
    )  # fmt: skip


@transaction.atomic
def answer_recovery(
    *, actor: Actor, recovery_id: uuid.UUID, text: str, name: str = "", content: bytes = b"", at: datetime
) -> Recovery:
    """The establishment gives its observations, with a file if it wants, until the last day of the exchange."""
    recovery = _moving(actor, recovery_id, "observe", at)
    if not text.strip():
        raise DomainError("Écrivez vos observations.", code="empty")
    recovery.observations = text.strip()
    if content:
        recovery.joined = documents.receive_file(
            actor=actor,
            circle_id=recovery.circle_id,
            name=name,
            content=content,
            kind=ANSWER,
            at=at,
            subject=recovery.pk,
        )
    recovery.save(update_fields=["observations", "joined"])
    advance(recovery, "observe", actor=actor, at=at)
    journal.close(answer_key(recovery))
    return recovery


@transaction.atomic
def decide_recovery(*, actor: Actor, recovery_id: uuid.UUID, amount: Decimal, reason: str, at: datetime) -> Recovery:
    """Decide what is taken back, at most what was established, once the establishment has answered or its time is over."""
    recovery = _moving(actor, recovery_id, "decide", at)
    if not Decimal(0) < amount <= recovery.amount:
        raise DomainError(
            f"Le montant décidé est positif, et au plus {format_euros(recovery.amount)}\u202f: "
            "pour ne rien récupérer, abandonnez la récupération.", code="amount",
        )  # fmt: skip
    recovery.decided, recovery.reason = amount, reason.strip()
    recovery.save(update_fields=["decided", "reason"])
    advance(
        recovery,
        "decide",
        actor=actor,
        at=at,
        reason=reason,
        label=f"Récupération décidée\u202f: {format_euros(amount)}",
    )
    _give_back(recovery, recovery.recalled - recovery.recalled_by(amount), reason, actor, at)
    _write(actor, recovery, Kind.DECISION, at)
    journal.drop(answer_key(recovery))
    journal.close(decide_key(recovery))
    day = _today(recovery, at) + timedelta(days=DAYS_TO_DECIDE)
    _plan(recovery, collect_key(recovery), "Imputer ou mettre en recouvrement", recovery.grant.authority_id,
          midnight_after(day, zone_of(recovery)), Role.ARS_CALL_OFFICER, "les crédits ne reviennent pas.")  # fmt: skip
    _tell(recovery, "Une récupération est décidée", "Lire la décision", at)
    return recovery


@transaction.atomic
def charge_recovery(*, actor: Actor, recovery_id: uuid.UUID, said: EntrySaid, at: datetime) -> RecoveryEntry:
    """Take a part on a notification of credits, at most what is notified (§3.2, 9°)."""
    recovery = _moving(actor, recovery_id, "charge", at)
    notified = said.notified or ZERO
    if notified < said.amount:
        raise DomainError(f"L’imputation dépasse les crédits notifiés ({format_euros(notified)}).", code="amount")
    left = notified - _taken_on(actor, recovery.grant, said.reference)
    if left < said.amount:
        raise DomainError(
            f"Il ne reste que {format_euros(max(left, ZERO))} de cette notification : une autre imputation en a déjà pris "
            "une part.", code="amount",
        )  # fmt: skip
    return _add(actor, recovery, Way.OFFSET, "charge", said, at)


def _taken_on(actor: Actor, grant: Grant, reference: str) -> Decimal:
    """What is already taken on a notification to this establishment; whoever takes on the same one waits."""
    named = reference.strip()[:120]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"offset:{grant.siret}:{named.casefold()}"]
        )
    rows = RecoveryEntry.objects.visible_to(actor).filter(way=Way.OFFSET, reference__iexact=named)
    rows = rows.filter(recovery__grant__authority=grant.authority_id, recovery__grant__siret=grant.siret)
    return rows.aggregate(sum=Sum("amount"))["sum"] or ZERO


@transaction.atomic
def order_recovery(*, actor: Actor, recovery_id: uuid.UUID, said: EntrySaid, at: datetime) -> RecoveryEntry:
    """Ask a part by a recovery order, when no notification is to come or beyond it."""
    recovery = _moving(actor, recovery_id, "order", at)
    return _add(actor, recovery, Way.ORDER, "order", said, at)


def _add(actor: Actor, recovery: Recovery, way: Way, verb: str, said: EntrySaid, at: datetime) -> RecoveryEntry:
    _hold_within(recovery.claim().may_add(way, said.amount))
    reference = said.reference.strip()[:120]
    if recovery.entries.filter(way=way.value, amount=said.amount, on=said.on, reference=reference).exists():
        raise DomainError(
            f"{reference}, {format_euros(said.amount)} : ce recouvrement est déjà enregistré.", code="twice"
        )
    onto = None
    if said.onto:
        onto = selectors.list_notified_after(actor, recovery).filter(pk=said.onto).first()
    entry = RecoveryEntry.objects.create(
        circle_id=recovery.circle_id, recovery=recovery, way=way.value, amount=said.amount, on=said.on,
        reference=reference, onto=onto, notified=said.notified if way is Way.OFFSET else None,
    )  # fmt: skip
    words = f"{entry.get_way_display().capitalize()}, {format_euros(said.amount)}, {entry.reference}"
    target = recovery.lifecycle.step(verb).target
    if recovery.state == target:
        record(recovery.circle_id, verb=f"recovery.{verb}", label=words, actor=actor, at=at, page=recovery.page(),
               subject=recovery.pk)  # fmt: skip
    else:
        advance(recovery, verb, actor=actor, at=at, label=words)
    fresh = selectors.get_recovery(actor, recovery.pk)
    _write(actor, fresh, Kind.OFFSET if way is Way.OFFSET else Kind.ORDER, at, entry)
    if not fresh.claim().unplanned:
        journal.close(collect_key(recovery))
    return entry


@transaction.atomic
def receive_payment(
    *, actor: Actor, entry_id: uuid.UUID, amount: Decimal, on: date, at: datetime, seen: Decimal | None = None
) -> RecoveryEntry:
    """Write what the establishment paid of an order, at most what it asks. ``seen`` is what was received when the form was
    opened: a payment sent twice is written once."""
    entry = selectors.get_entry(actor, entry_id)
    recovery = _moving(actor, entry.recovery_id, "order", at)
    entry = RecoveryEntry.objects.select_for_update(of=("self",)).get(pk=entry_id)
    if entry.way != Way.ORDER:
        raise DomainError("Une imputation n’est pas encaissée.", code="way")
    if seen is not None and entry.paid != seen:
        raise DomainError(
            f"{format_euros(entry.paid)} sont encaissés sur ce titre, et non {format_euros(seen)} comme à l’ouverture de la "
            "page : relisez avant d’enregistrer.", code="stale",
        )  # fmt: skip
    _hold_within(recovery.claim().may_receive(amount))
    if amount > entry.amount - entry.paid:
        raise DomainError(f"Ce titre n’attend plus que {format_euros(entry.amount - entry.paid)}.", code="amount")
    entry.paid, entry.paid_on = entry.paid + amount, on
    entry.save(update_fields=["paid", "paid_on"])
    record(
        recovery.circle_id, verb="recovery.pay", actor=actor, at=at, page=recovery.page(), subject=recovery.pk,
        label=f"Encaissé\u202f: {format_euros(amount)}, {entry.reference}",
    )  # fmt: skip
    return entry


@transaction.atomic
def give_up(
    *,
    actor: Actor,
    recovery_id: uuid.UUID,
    way: Way,
    amount: Decimal,
    on: date,
    reference: str,
    reason: str,
    at: datetime,
) -> RecoveryEntry:
    """Forgive a part of what is left, or admit it as what cannot be recovered, by a decision with its reason. A remission
    is told to the establishment by a letter; the admission binds the accounts alone, the debt stays."""
    recovery = _locked(actor, recovery_id)
    policies.may_give_up(actor, recovery).or_raise()
    if way not in GIVEN_UP:
        raise DomainError("Choisissez une remise gracieuse ou une admission en non-valeur.", code="way")
    if not reason.strip():
        raise DomainError("Une remise ou une admission en non-valeur a son motif.", code="reason")
    if on > _today(recovery, at):
        raise DomainError("La décision ne peut pas être datée d’un jour à venir.", code="future")
    _hold_within(recovery.claim().may_give_up(amount))
    entry = RecoveryEntry.objects.create(
        circle_id=recovery.circle_id, recovery=recovery, way=way.value, amount=amount, on=on,
        reference=reference.strip()[:120], reason=reason.strip(),
    )  # fmt: skip
    words = f"{entry.get_way_display().capitalize()}, {format_euros(amount)}, {entry.reference}"
    record(recovery.circle_id, verb=f"recovery.{way.value}", label=words, actor=actor, at=at, reason=reason.strip(),
           page=recovery.page(), subject=recovery.pk)  # fmt: skip
    fresh = selectors.get_recovery(actor, recovery.pk)
    if way is Way.FORGIVEN:
        _write(actor, fresh, Kind.FORGIVEN, at, entry)
        _tell(fresh, f"Une récupération vous est remise\u202f: {format_euros(amount)}", "Lire la décision", at)
    if not fresh.claim().unplanned:
        journal.close(collect_key(recovery))
    return entry


@transaction.atomic
def close_recovery(*, actor: Actor, recovery_id: uuid.UUID, at: datetime) -> Recovery:
    """Settle a recovery of which nothing is left; the aid is settled with it."""
    recovery = _moving(actor, recovery_id, "settle", at)
    advance(recovery, "settle", actor=actor, at=at)
    _write(actor, recovery, Kind.CLOSURE, at)
    journal.close(collect_key(recovery))
    unblocking.close(actor, Grant.objects.select_for_update(of=("self",)).get(pk=recovery.grant_id), at=at)
    _tell(recovery, "La récupération est soldée", "Lire la lettre", at)
    return recovery


@transaction.atomic
def waive_recovery(*, actor: Actor, recovery_id: uuid.UUID, reason: str, at: datetime) -> Recovery:
    """Give the recovery up, with a reason: the observations convinced, or it was wrong."""
    recovery = _moving(actor, recovery_id, "waive", at)
    advance(recovery, "waive", actor=actor, at=at, reason=reason)
    asked = recovery.amount if recovery.decided is None else recovery.decided
    _give_back(recovery, recovery.recalled_by(asked), reason, actor, at)
    journal.drop(notify_key(recovery), answer_key(recovery), decide_key(recovery), collect_key(recovery))
    _tell(recovery, "La récupération est abandonnée", "Lire le motif", at)
    return recovery


def _hold_within(told: Decision) -> None:
    """An amount beyond what is left is a slip of the pen: it goes back to its form."""
    if not told.allowed:
        raise DomainError(told.reason, code="amount")


def _give_back(recovery: Recovery, amount: Decimal, reason: str, actor: Actor, at: datetime) -> None:
    """What a recovery asks no more of a loan comes back to its schedule."""
    if not amount:
        return
    grant = locked_grant(recovery.grant_id)
    lending.restore(grant, amount, reason=f"{recovery} : {reason.strip()}", actor=actor, at=at)


def _write(
    actor: Actor, recovery: Recovery, kind: RecoveryLetter.Kind, at: datetime, entry: RecoveryEntry | None = None
) -> RecoveryLetter:
    letter = letters.print_letter(recovery, kind, entry, at=at.astimezone(zone_of(recovery)))
    document = documents.keep(
        circle_id=recovery.circle_id, owner_id=actor.organisation_id, person_id=actor.person_id,
        name=f"{kind.value}-{recovery.number.lower()}.pdf", content=letter.pdf, kind=LETTER, media_type="application/pdf",
        at=at, subject=recovery.pk,
    )  # fmt: skip
    return RecoveryLetter.objects.create(
        circle_id=recovery.circle_id, recovery=recovery, kind=kind, document=document, at=at
    )
